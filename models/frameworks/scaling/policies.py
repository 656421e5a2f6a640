"""Autoscaling policies side by side: replicas over the day, what is late, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence

from models.evaluation import Evaluation
from models.evaluation.autoscaled import REACTIVE
from models.evaluation.columns import filled
from models.evaluation.load import DEFAULT_TARGET
from models.formatting import format_value
from models.frameworks.scaling.capacity import HOURS_PER_MONTH
from models.frameworks.scaling.inputs import held
from models.report import Axis, Block, Cell, Chart, Column, Finding, Message, Remedy, Sentence, Series, Table
from models.studies.autoscaling import DRAWN, HIGHEST_TARGET, AutoscalingComparison, NodeDay
from models.studies.autoscaling import POLICIES as POLICIES_OF
from models.words import Number, Text

QUARTERS = 4.0
MOST_SHOWN = 2
LEAST_USD = 100.0
LATE_S, SATURATED_S = 300.0, 60.0
"""A day with less is held to be as good as one without."""
POLICIES = Message(
    "Policies: as drawn (policy and window of the node), conservative (target × 0.8, 10 min), aggressive (target × "
    "1.25, 1 min), scheduled by the hour, predictive (knows the start-up time ahead). Late: the mean wait exceeds the "
    "work."
)


NAMES = {
    "as drawn": Text("as drawn"),
    "conservative": Text("conservative"),
    "aggressive": Text("aggressive"),
    "scheduled": Text("scheduled"),
    "predictive": Text("predictive"),
}


def fitting(evaluation: Evaluation, studies: Sequence[object]) -> tuple[AutoscalingComparison | None, bool]:
    """Return the newest comparison, and whether it was made for what the evaluation shows."""
    made = [study for study in studies if isinstance(study, AutoscalingComparison)]
    fresh = next((study for study in reversed(made) if study.fits(evaluation)), None)
    return fresh or (made[-1] if made else None), fresh is not None


def blocks(evaluation: Evaluation, studies: Sequence[object]) -> list[Block]:
    """Return the table of policies and the chart of the fullest node, or that they are still being computed."""
    found, fresh = fitting(evaluation, studies)
    if found is None:
        return [Sentence(Message("Autoscaling policies: not run yet."), "muted")]
    if not found.nodes:
        return [Sentence(Message("No node with replicas carries a load that an autoscaler could follow."), "muted")]
    result: list[Block] = [Sentence(POLICIES, "muted")]
    result += [_table(node) for node in found.nodes[:MOST_SHOWN]]
    result.append(
        _chart(found.nodes[0], *(str(held(evaluation.design, name)) for name in ("policy", "policy_against")))
    )
    if not fresh:
        result.insert(0, Sentence(Message("The drawing has changed since the policies were compared."), "warning"))
    return result


def findings(evaluation: Evaluation, studies: Sequence[object]) -> list[Finding]:
    """Return the nodes that an autoscaler would run for clearly less without being late, with the policy to set."""
    found, fresh = fitting(evaluation, studies)
    if found is None or not fresh:
        return []
    return [finding for node in found.nodes if (finding := _cheaper(evaluation, node)) is not None]


def _cheaper(evaluation: Evaluation, node: NodeDay) -> Finding | None:
    """Return that a policy saves money, with the edit that writes it into the design: way, target and window."""
    price, nodes = node.usd_replica_hour, evaluation.pipeline.nodes
    days = {day.policy: day for day in node.days}
    if price is None or node.node not in nodes.row_of:
        return None
    drawn = days["as drawn"].replica_hours if node.autoscaled else node.drawn * 24.0
    allowed = max(days["as drawn"].late_s, LATE_S)
    fit = [day for day in days.values() if day.saturated_s <= SATURATED_S and day.late_s <= allowed]
    best = min(fit, key=lambda day: day.replica_hours, default=None)
    if best is None or (drawn - best.replica_hours) * price * HOURS_PER_MONTH / 24.0 < LEAST_USD:
        return None
    row = nodes.row_of[node.node]
    target = float(filled(nodes.column("service", "target_utilization")[row], DEFAULT_TARGET))
    way, factor, window = POLICIES_OF[best.policy]
    aim = round(min(target * factor, HIGHEST_TARGET), 3)
    params: dict[str, object] = {"autoscaled": True, "max_replicas": int(max(node.drawn, *best.replicas))}
    params["target_utilization"] = aim
    if best.policy != DRAWN:
        params["scaling_policy"] = way
        params.update({"scale_down_s": window} if way == REACTIVE else {})
    words = {
        "name": node.name,
        "policy": NAMES[best.policy],
        "usd": format_value((drawn - best.replica_hours) * price * HOURS_PER_MONTH / 24.0, "USD/month"),
        "mean": Number(f"{best.replica_hours / 24.0:.1f}"),
        "drawn": Number(f"{drawn / 24.0:.1f}"),
        "aim": format_value(aim, "fraction"),
        "late": format_value(best.late_s, "s"),
    }
    title = Message("Autoscaling “{name}” saves {usd} a month at each site", words)
    why = Message(
        "Over the simulated day the policy “{policy}” runs {mean} replicas on average instead of {drawn}, aims at "
        "{aim} and is late for {late}. The remedy writes it into the design.",
        words,
    )
    remedy = Remedy(
        "change_nodes", {"params": {node.node: params}}, Message("Autoscale so"), (f"node/{node.node}/cost_per_month",)
    )
    evidence = (f"node/{node.node}/cost_per_month",)
    return Finding("scaling.autoscaling_pays", "note", title, why, (node.node,), evidence, remedy)


def _table(node: NodeDay) -> Table:
    columns = (
        Column(Message("Policy")),
        Column(Message("Replicas"), "count"),
        Column(Message("Most"), "count"),
        Column(Message("Saturated"), "s"),
        Column(Message("Late"), "s"),
        Column(Message("Per month"), "USD/month"),
    )
    price = node.usd_replica_hour
    fixed = None if price is None else price * node.drawn * HOURS_PER_MONTH
    rows: list[tuple[Cell, ...]] = [(Text("fixed"), float(node.drawn), float(node.drawn), "–", "–", fixed)]
    for day in node.days:
        usd = None if price is None else price * day.replica_hours * HOURS_PER_MONTH / 24.0
        rows.append((NAMES[day.policy], day.replica_hours / 24.0, max(day.replicas), day.saturated_s, day.late_s, usd))
    title = Message("Autoscaling “{name}” over the drawn day, one site", {"name": node.name})
    return Table(title, columns, tuple(rows), (node.node,) * len(rows))


def _chart(node: NodeDay, policy: str, against: str) -> Chart:
    hours = tuple(number / QUARTERS for number in range(len(node.needed)))
    chosen = {day.policy: day for day in node.days}
    series = [Series(Text("needed at the target"), hours, node.needed, role="muted")]
    for name in dict.fromkeys((against, policy)):
        series.append(Series(NAMES[name], hours, chosen[name].replicas))
    title = Message("Replicas of “{name}” over the day", {"name": node.name})
    return Chart("line", title, Axis(Message("Hour")), Axis(Message("Replicas")), tuple(series))
