"""Autoscaling policies side by side: replicas over the day, what is late, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence

from models.evaluation import Evaluation
from models.frameworks.scaling.capacity import HOURS_PER_MONTH
from models.frameworks.scaling.inputs import held
from models.report import Axis, Block, Cell, Chart, Column, Message, Sentence, Series, Table
from models.studies.autoscaling import AutoscalingComparison, NodeDay

QUARTERS = 4.0
MOST_SHOWN = 2
POLICIES = Message(
    "Policies: as drawn (window before scaling down 5 min), conservative (target × 0.8, 10 min), aggressive (target × "
    "1.25, 1 min), scheduled by the hour, predictive (knows the start-up time ahead). Late: the mean wait exceeds the "
    "work."
)


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
    result.append(_chart(found.nodes[0], str(held(evaluation.design, "policy"))))
    if not fresh:
        result.insert(0, Sentence(Message("The drawing has changed since the policies were compared."), "warning"))
    return result


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
    rows: list[tuple[Cell, ...]] = [("fixed", float(node.drawn), float(node.drawn), "–", "–", fixed)]
    for day in node.days:
        usd = None if price is None else price * day.replica_hours * HOURS_PER_MONTH / 24.0
        rows.append((day.policy, day.replica_hours / 24.0, max(day.replicas), day.saturated_s, day.late_s, usd))
    title = Message("Autoscaling “{name}” over the drawn day, one site", {"name": node.name})
    return Table(title, columns, tuple(rows), (node.node,) * len(rows))


def _chart(node: NodeDay, policy: str) -> Chart:
    hours = tuple(number / QUARTERS for number in range(len(node.needed)))
    chosen = {day.policy: day for day in node.days}
    series = [Series("needed at the target", hours, node.needed, role="muted")]
    for name in ("as drawn", policy):
        series.append(Series(name, hours, chosen[name].replicas))
    title = Message("Replicas of “{name}” over the day", {"name": node.name})
    return Chart("line", title, Axis(Message("Hour")), Axis(Message("Replicas")), tuple(series))
