"""All that the panel, the findings and the tests look at, computed once per evaluation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from models.evaluation import Evaluation
from models.frameworks.cost_optimization.budgets import Budget, budgets
from models.frameworks.cost_optimization.forecast import (
    Draws,
    Forecast,
    MonthlyBand,
    draws,
    forecast,
    monthly_band,
    samples_of,
)
from models.frameworks.cost_optimization.inputs import setting
from models.frameworks.cost_optimization.ledger import Ledger, by_boundary, by_kind, ledger
from models.frameworks.cost_optimization.measured import MeasuredUse, measured_use
from models.frameworks.cost_optimization.tagging import Policy, Violation, all_tags, groups_of, policy, violations
from models.frameworks.cost_optimization.units import UnitCost, unit_costs
from models.words import Text


class View(NamedTuple):
    """The money of one evaluation, read from every side; `groups` is the value of the grouping tag per owner."""

    evaluation: Evaluation
    charges: Ledger
    tags: list[dict[str, str]]
    rules: Policy
    broken: tuple[Violation, ...]
    key: str
    groups: list[str]
    ahead: Forecast
    drawn: Draws
    band: MonthlyBand
    limits: tuple[Budget, ...]
    units: tuple[UnitCost, ...]
    measured: MeasuredUse


def _groups(evaluation: Evaluation, charges: Ledger, tags: list[dict[str, str]], key: str) -> list[str]:
    """Return the group of each owner: by a tag of this key, else by the partition that is called so."""
    nodes, flows = evaluation.pipeline.nodes, evaluation.pipeline.flows
    inputs = (tags, flows, nodes.kind_code, charges.payer, key)  # the tags are others when a boundary changed
    return evaluation.pipeline.stages.run("groups", inputs, lambda: _find_groups(evaluation, charges, tags, key))


def _find_groups(evaluation: Evaluation, charges: Ledger, tags: list[dict[str, str]], key: str) -> list[str]:
    flow_tags = [flow.tags for flow in evaluation.pipeline.flows.elements]
    used = any(key in own for own in (*tags, *flow_tags))
    if not used and key in PARTITIONS:
        return list(PARTITIONS[key](evaluation, charges))
    return groups_of(charges, tags, flow_tags, key)


PARTITIONS: Mapping[str, Callable[[Evaluation, Ledger], tuple[str, ...]]] = {
    "boundary": lambda evaluation, charges: by_boundary(evaluation, charges, "context"),
    "place": lambda evaluation, charges: by_boundary(evaluation, charges, "deployment"),
    "service": by_kind,
}
"""What cost can be grouped by besides tags: team or context, place, and kind of service."""


_KEYS = {"team": Text("team"), "boundary": Text("boundary"), "place": Text("place"), "service": Text("service")}
"""Words for the keys that need no tag of the architect's; other keys are data."""


def view(evaluation: Evaluation) -> View:
    """Return the view of an evaluation."""
    charges = ledger(evaluation)
    tags = all_tags(evaluation)
    rules = policy(evaluation.design)
    key = str(setting(evaluation.design, "group_by") or "team")
    key = _KEYS.get(key, key)
    ahead, drawn = forecast(evaluation, charges), draws(evaluation)
    return View(
        evaluation,
        charges,
        tags,
        rules,
        violations(evaluation, rules, tags),
        key,
        _groups(evaluation, charges, tags, key),
        ahead,
        drawn,
        monthly_band(samples_of(ahead, drawn)),
        budgets(evaluation, charges, ahead, drawn, tags),
        unit_costs(evaluation, charges),
        measured_use(evaluation),
    )
