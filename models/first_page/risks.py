"""What could go wrong: sentences "If …, then …; we see it by …; answer: …" from figures that are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.design.elements import Id, Node
from models.design.kinds import value_of
from models.evaluation import Evaluation
from models.evaluation.reliability import is_managed
from models.evaluation.result import YEAR_HOURS
from models.first_page.parts import Names, Statement
from models.first_page.targets import cost_last_month
from models.formatting import format_figure, format_value
from models.report import Assessment, Figures

MOST = 3
USD = "USD/month"
WEEKS_PER_MONTH = 730.0 / 168.0


def risks(
    evaluation: Evaluation, alternative: Evaluation | None, names: Names, assessments: Sequence[Assessment] = ()
) -> tuple[Statement, ...]:
    """Return up to three risks, one of each sort: supply or else vendor exit, failure, demand."""
    supply = _supply(evaluation, alternative, names) or _exit(assessments)
    found = (supply, _failure(evaluation), _demand(evaluation))
    return tuple(risk for risk in found if risk)[:MOST]


def _supply(evaluation: Evaluation, alternative: Evaluation | None, names: Names) -> Statement:
    """Return the risk that a hosted model is withdrawn or accelerators cannot be had, the dearest node first."""
    cost = evaluation.node_column("cost_per_month")
    for row in np.argsort(-np.nan_to_num(cost)):
        key = evaluation.node_ids[int(row)]
        node = evaluation.design.node(key)
        statement = _withdrawn(evaluation, node) or _scarce(evaluation, key, node)
        if statement:
            return (*statement, _fallback(evaluation, alternative, names, node.kind))
    return ()


def _withdrawn(evaluation: Evaluation, node: Node) -> Statement:
    model = str(value_of(node, "model_api") or "")
    api = evaluation.catalog.model_api(model) if model else None
    if api is None:
        return ()
    if api.deprecation_date:
        return (
            f"If the provider withdraws {model} as announced for {api.deprecation_date}, then “{node.name}” gives no "
            f"answer from that day; we see it in the provider's notices; answer: ",
        )
    return (
        f"If the provider withdraws {model} or raises its price, then “{node.name}” must move; we see it in the "
        f"provider's notices; answer: ",
    )


def _scarce(evaluation: Evaluation, key: Id, node: Node) -> Statement:
    card = str(value_of(node, "accelerator") or "")
    if not card:
        return ()
    per_replica = value_of(node, "accelerators") or 1
    count = sum(site.replicas for site in node.sites) * float(per_replica)
    if count <= 0:
        return ()
    where = _provider(evaluation, key)
    return (
        f"If the {count:g} {card} for “{node.name}” cannot be had{where}, then it cannot start or grow; we see it when "
        f"quota and lead time are confirmed; answer: ",
    )


def _provider(evaluation: Evaluation, key: Id) -> str:
    nodes = evaluation.pipeline.nodes
    rows = np.flatnonzero(nodes.row_node == nodes.row_of[key])
    names = dict.fromkeys(nodes.place_list[int(nodes.places[row])].provider for row in rows)
    known = [evaluation.catalog.providers[name].name for name in names if name in evaluation.catalog.providers]
    return f" from {' or '.join(known)}" if known else ""


def _fallback(evaluation: Evaluation, alternative: Evaluation | None, names: Names, kind: str) -> str:
    """Return the alternative as the answer when it does without this kind, with its price; else a second source."""
    if alternative is not None and not any(node.kind == kind for node in alternative.design.nodes.values()):
        price = format_figure(alternative.figure("total/cost_per_month"))
        return f"keep “{names.alternative or 'the alternative'}” ready, {price} a month."
    return "agree with a second supplier before the start."


def _exit(assessments: Sequence[Assessment]) -> Statement:
    """Return what leaving the provider costs and how long it takes, where a framework has estimated it."""
    for assessment in assessments:
        figures = [figure for block in assessment.blocks if isinstance(block, Figures) for figure in block.figures]
        leaving = next((figure for figure in figures if figure.id.endswith("/exit") and figure.value is not None), None)
        if leaving is None:
            continue
        months = next((figure.value for figure in figures if figure.id.endswith("/exit_months")), None)
        weeks = f" and takes about {format_value(months * WEEKS_PER_MONTH, '')} weeks" if months else ""
        return (
            "If the provider raises its prices or ends a service, then leaving costs ",
            leaving,
            f" once{weeks}; we see it in the provider's notices; answer: "
            "keep what is its own behind interfaces of ours.",
        )
    return ()


def _failure(evaluation: Evaluation) -> Statement:
    """Return the failure that costs most hours: a single point of failure, else the weakest node users wait for."""
    reliability, nodes = evaluation.reliability, evaluation.pipeline.nodes
    single = [int(row) for row in reliability.single]
    used = np.flatnonzero(reliability.path.any(axis=0)).tolist() if len(reliability.path) else []
    rows = single or [row for row in used if np.isfinite(reliability.node[row])]
    if not rows:
        return ()
    weight = reliability.path.max(axis=0)
    row = max(rows, key=lambda candidate: float(weight[candidate] * (1.0 - reliability.node[candidate])))
    key, node = nodes.ids[row], nodes.elements[row]
    hours = float(weight[row] * (1.0 - reliability.node[row])) * YEAR_HOURS
    loss = value_of(evaluation.design.brief, "downtime_usd_hour")
    money = f", {format_value(hours * float(loss), 'USD')}" if loss else ""
    usd = evaluation.figure(f"node/{key}/cost_per_month")
    if single:
        answer = f"a second replica, about {format_value(usd.value, USD)} a month"
    elif bool(is_managed(nodes)[row]):
        answer = "a fallback beside the provider's promise"
    else:
        answer = "replicas in a second place"
    return (
        f"If “{node.name}” fails, then users get no answer for {format_value(hours, 'h')} a year{money}; we see it by "
        f"its health check; answer: {answer}.",
    )


def _demand(evaluation: Evaluation) -> Statement:
    later = cost_last_month(evaluation)
    if later.band is None or not later.value or len(evaluation.horizon.months) < 2:
        return ()
    horizon = evaluation.horizon
    early = min(12, len(horizon.months) - 1)
    high, expected = format_value(later.band[1], USD), format_value(later.value, USD)
    full = horizon.first_full
    answer = f"decide on more capacity by month {full}" if full else "set a budget alarm at that sum"
    return (
        f"If demand and prices run at the high end of their bands, then month {len(horizon.months) - 1} costs {high} "
        f"instead of {expected}; we see it when month {early} costs about "
        f"{format_value(float(horizon.cost_high[early]), USD)}; answer: {answer}.",
    )
