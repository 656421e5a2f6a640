"""Budgets of the plan, of tags and of boundaries: the month of overrun and how likely it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from models.design.elements import Boundary, Id
from models.design.kinds import value_of
from models.evaluation import Evaluation
from models.evaluation.columns import Floats
from models.frameworks.cost_optimization.forecast import Draws, Forecast, samples_of
from models.frameworks.cost_optimization.inputs import setting
from models.frameworks.cost_optimization.ledger import WHOLE_PLAN, Ledger
from models.frameworks.cost_optimization.tagging import groups_of
from models.frameworks.cost_optimization.words import dollars
from models.words import Text, quoted


class Budget(NamedTuple):
    """One budget with what is expected of it.

    Attributes:
        members: (o,) 1 for owners that count, else 0.
        now: USD in the shown month. overrun: first month expected above the limit, None = not within the horizon.
        risk: probability of being above the limit in the shown month and in month 12 (or the last one).
        risk_then: the same in the month of overrun.
        problem: why it cannot be held against anything; then the figures are zero.
    """

    name: str
    limit: float
    members: Floats
    now: float = 0.0
    overrun: int | None = None
    risk_now: float = 0.0
    risk_later: float = 0.0
    risk_then: float = 0.0
    problem: str = ""


def budgets(
    evaluation: Evaluation, charges: Ledger, ahead: Forecast, drawn: Draws, tags: list[dict[str, str]]
) -> tuple[Budget, ...]:
    """Return the plan's budget and those of the inputs, each held against the forecast."""
    owners = len(charges.payer)
    found = []
    plan = value_of(evaluation.pipeline.now.brief, "budget_usd_month")
    if plan is not None:
        found.append(Budget(WHOLE_PLAN, float(plan), np.ones(owners)))
    stated = setting(evaluation.design, "budgets")
    for name, limit in (stated if isinstance(stated, Mapping) else {}).items():
        members = _members(evaluation, charges, tags, str(name))
        problem = ""
        if not members.any():
            problem = Text("“{name}” is neither “tag=value” with a cost nor the name of a boundary.", name=name)
        found.append(Budget(str(name), float(limit), members, problem=problem))
    return tuple(_held(budget, evaluation.month, ahead, drawn) for budget in found)


def _members(evaluation: Evaluation, charges: Ledger, tags: list[dict[str, str]], name: str) -> Floats:
    key, equals, value = name.partition("=")
    if equals:
        flow_tags = [flow.tags for flow in evaluation.pipeline.flows.elements]
        groups = groups_of(charges, tags, flow_tags, key.strip())
        return np.array([float(group == value.strip()) for group in groups])
    inside = _inside(evaluation, name)
    nodes = np.array([float(node in inside) for node in evaluation.node_ids])
    payers = np.minimum(charges.payer, len(nodes))
    return np.append(nodes, 0.0)[payers]


def _inside(evaluation: Evaluation, name: str) -> frozenset[Id]:
    """Return the nodes in the boundaries of this name, at any depth."""
    design = evaluation.design
    wanted = {key for key, boundary in design.boundaries.items() if boundary.name == name}
    found = set()
    for key, node in design.nodes.items():
        starts = (node.context, *(site.boundary for site in node.sites[:1]))
        if any(isinstance(each, Boundary) and above in wanted for s in starts for above, each in design.ancestors(s)):
            found.add(key)
    return frozenset(found)


def _held(budget: Budget, shown: int, ahead: Forecast, drawn: Draws) -> Budget:
    if budget.problem:
        return budget
    expected = ahead.total(budget.members)
    samples = samples_of(ahead, drawn, budget.members)
    shown = min(shown, ahead.months)
    later = min(max(12, shown), ahead.months)
    over = np.flatnonzero(expected[shown:] > budget.limit)
    return budget._replace(
        now=float(expected[shown]),
        overrun=shown + int(over[0]) if len(over) else None,
        risk_now=float((samples[:, shown] > budget.limit).mean()),
        risk_later=float((samples[:, later] > budget.limit).mean()),
        risk_then=float((samples[:, shown + over[0]] > budget.limit).mean()) if len(over) else 0.0,
    )


def broken_budgets(limits: tuple[Budget, ...], evaluation: Evaluation) -> tuple[str, ...]:
    """Return one sentence for every budget that the shown month is expected to exceed, or that cannot be checked."""
    found = []
    for budget in limits:
        name = Text("the plan") if budget.name == WHOLE_PLAN else quoted(budget.name)
        if budget.problem:
            found.append(Text("The budget of {name} cannot be checked: {problem}", name=name, problem=budget.problem))
        elif budget.overrun == evaluation.month:
            args = {"month": evaluation.month, "name": name, "usd": dollars(budget.now), "limit": dollars(budget.limit)}
            found.append(Text("Month {month} of {name} costs {usd}; its budget is {limit}.", **args))
    return tuple(found)
