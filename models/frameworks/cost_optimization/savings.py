"""The savings list: every opportunity alone, and all of them together, applied one after the other.

A rule reads the fleet and proposes another one. Alone, each is held against the fleet as drawn. Together, each is
applied to what the rules before it left, so that overlapping savings are not added twice; the sum equals the evaluated
effect of the remedy that applies them all, less the work repeated after interruptions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from models.design.elements import Id
from models.design.kinds import value_of
from models.evaluation.bill import BUSINESS_HOURS_SHARE
from models.evaluation.columns import Floats
from models.frameworks.cost_optimization.commitments import commit
from models.frameworks.cost_optimization.fleet import Fleet, fleet
from models.frameworks.cost_optimization.proposal import Proposal
from models.frameworks.cost_optimization.purchases import mixed_spot, spot
from models.frameworks.cost_optimization.right_size import right_size
from models.frameworks.cost_optimization.schedules import schedule
from models.frameworks.cost_optimization.sizes import arm, autoscale, cheaper_machine, fewer_replicas, idle, pay_by_use
from models.frameworks.cost_optimization.view import View
from models.report import Message, Remedy

Rule = Callable[[View, Fleet], Proposal | None]
LEAST_SHOWN = 0.5
RULES: tuple[Rule, ...] = (
    pay_by_use, idle, schedule, fewer_replicas, right_size, cheaper_machine, arm, autoscale, spot, mixed_spot, commit,
)  # fmt: skip


class Opportunity(NamedTuple):
    """A proposal with what it saves alone, USD per month."""

    proposal: Proposal
    saving: float

    @property
    def remedy(self) -> Remedy:
        """The move that makes it so."""
        return Remedy("change_nodes", self.proposal.changes, self.proposal.label)


class Savings(NamedTuple):
    """All opportunities, the dearest first, what they save together, the remedy for all, the fleet as drawn."""

    opportunities: tuple[Opportunity, ...]
    together: float
    remedy: Remedy | None
    drawn: Fleet

    @property
    def fuller(self) -> frozenset[Id]:
        """Nodes that a saving of size makes fuller."""
        rules = ("pay_by_use", "idle", "fewer_replicas", "autoscale")
        chosen = (one.proposal for one in self.opportunities)
        return frozenset(node for proposal in chosen if proposal.rule in rules for node in proposal.nodes)


def savings(view: View) -> Savings:
    """Return the savings list of an evaluation."""
    drawn = fleet(view.evaluation)
    start, following = drawn.cost, _following(view)
    found, state, cost, together = [], drawn, start, 0.0
    merged: dict[str, dict[Id, Any]] = {"params": {}, "replicas": {}}
    for rule in RULES:
        alone = rule(view, drawn)
        saved = 0.0 if alone is None else _saved(start, alone, following)
        if alone is not None and saved > LEAST_SHOWN:
            found.append(Opportunity(alone, saved))
        chained = alone if state is drawn else rule(view, state)
        saved = saved if chained is alone else 0.0 if chained is None else _saved(cost, chained, following)
        if chained is not None and saved > LEAST_SHOWN:
            together += saved
            state, cost = chained.after, chained.after.cost
            _merge(merged, chained.changes)
    remedy = Remedy("change_nodes", merged, Message("Apply all savings")) if found else None
    return Savings(tuple(sorted(found, key=lambda one: -one.saving)), together, remedy, drawn)


def _following(view: View) -> tuple[float, float]:
    """Return the shares of a saving that support and other environments add: of all, and of plain machines."""
    brief = view.evaluation.pipeline.now.brief
    environments = sum(float(value_of(brief, name) or 0.0) for name in ("staging_share", "dev_share"))
    return float(value_of(brief, "support_percent") or 0.0), environments * BUSINESS_HOURS_SHARE


def _saved(before: Floats, proposal: Proposal, following: tuple[float, float]) -> float:
    """Return USD per month: the machines and what follows them, less the overhead."""
    change = before - proposal.after.cost
    machines = float(change[~proposal.after.accelerated].sum())
    return float(change.sum()) * (1.0 + following[0]) + machines * following[1] - proposal.overhead


def _merge(merged: dict[str, dict[Id, Any]], changes: Mapping[str, Mapping[Id, Any]]) -> None:
    for node, params in changes.get("params", {}).items():
        merged["params"][node] = {**merged["params"].get(node, {}), **params}
    merged["replicas"].update(changes.get("replicas", {}))
