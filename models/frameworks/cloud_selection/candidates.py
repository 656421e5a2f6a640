"""From the plans of the study to the candidates of the choice: total cost with stand-ins, and who is out and why."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from models.design.kinds import value_of
from models.evaluation.result import Evaluation
from models.frameworks.cloud_selection.choice import Alternative
from models.frameworks.cloud_selection.criteria import NOT_BILLED, PRICE_BAND, Score, placement_of, scores
from models.frameworks.cloud_selection.inputs import INPUTS, kept_nodes, number, setting, words
from models.frameworks.cloud_selection.leaving import Exit
from models.frameworks.cloud_selection.requirements import Requirements, accelerator_sold
from models.studies.provider_costs import AS_DRAWN, ProviderComparison, ProviderPlan
from models.words import Text

WEEKS_PER_MONTH = 365.25 / 12.0 / 7.0


class Candidate(NamedTuple):
    """One provider for the drawing.

    Attributes:
        out: why it cannot be chosen; empty for a candidate.
        monthly: cost per month with stand-ins for what has no price; missing: the stand-ins in it.
        total: over the horizon, discounted, with the brief's one-off cost, and the move if the system runs already.
        listed: the total without the price change that the architect plays: the drawn one anchors the scale of cost.
        weeks: until the first release: person-days to build every node, by the days the teams give.
        where: the regions it would run in.
        factor: total of the horizon for one USD of today's month; move: what getting there costs once, in the total.
    """

    plan: ProviderPlan
    out: str
    monthly: float
    missing: float
    total: float
    spread: float
    drawn: bool
    weeks: float
    listed: float
    where: str
    factor: float
    move: float

    @property
    def label(self) -> str:
        """Name and regions."""
        return f"{self.plan.name}, {self.where}" if self.where and "," not in self.where else self.listed_label

    @property
    def listed_label(self) -> str:
        """Name and regions for a sentence that lists several."""
        return f"{self.plan.name} ({self.where})" if self.where else self.plan.name


def candidates(
    evaluation: Evaluation, comparison: ProviderComparison, requirements: Requirements, leaving: Exit
) -> tuple[Candidate, ...]:
    """Return every provider with its total cost, those that are out included, in the order of the catalog."""
    drawn = drawn_plan(comparison, requirements)
    found = []
    for plan in comparison.plans:
        missing = missing_cost(plan, comparison, drawn)
        factor = _shock(evaluation, plan)
        monthly = (plan.cost + missing) * factor
        horizon = plan.present_value / plan.cost if plan.cost > 0 else 0.0
        move = leaving.cost.total if setting(evaluation.design, "running") and plan is not drawn else 0.0
        once = move + float(value_of(evaluation.design.brief, "one_off_usd") or 0.0)
        total, listed = monthly * horizon + once, (plan.cost + missing) * horizon + once
        spread = (PRICE_BAND**2 * total**2 + (0.5 * missing * horizon) ** 2) ** 0.5
        out = _out(evaluation, plan, requirements)
        weeks = _weeks(evaluation, plan)
        where = _regions(plan, requirements)
        kept = (plan is drawn, weeks, listed, where, horizon, move)
        found.append(Candidate(plan, out, monthly, missing, total, spread, *kept))
    return tuple(found)


def _regions(plan: ProviderPlan, requirements: Requirements) -> str:
    """Return the regions of a plan; of the drawing over several providers those that are drawn, the busiest first."""
    if plan.provider != AS_DRAWN:
        return ", ".join(dict.fromkeys(there.split("/", 1)[1] for _, there in plan.regions))
    drawn = Counter(place[1] for places in requirements.places.values() for place in places if place[1])
    return ", ".join(region for region, _ in drawn.most_common())


def _weeks(evaluation: Evaluation, plan: ProviderPlan) -> float:
    design = evaluation.design
    days = plan.managed * number(design, "build/managed_days") + plan.self_run * number(design, "build/self_run_days")
    return days / number(design, "exit/days_month") * WEEKS_PER_MONTH


def drawn_plan(comparison: ProviderComparison, requirements: Requirements) -> ProviderPlan:
    """Return the plan that is the drawing itself."""
    used = set(requirements.nodes.values())
    mixed = [plan for plan in comparison.plans if plan.provider == AS_DRAWN]
    same = [plan for plan in comparison.plans if used == {plan.provider}]
    return (mixed + same + list(comparison.plans))[0]


def missing_cost(plan: ProviderPlan, comparison: ProviderComparison, drawn: ProviderPlan) -> float:
    """Return USD a month that stand in for parts without a price: as drawn, else the most that it costs elsewhere.

    A provider is so never cheap for not being known. A part that has a price nowhere counts nowhere.
    """
    total = 0.0
    for part in plan.unpriced:
        elsewhere = [
            other.parts[part] for other in comparison.plans if part not in other.unpriced and part in other.parts
        ]
        as_drawn = drawn.parts.get(part) if part not in drawn.unpriced else None
        stand_in = as_drawn if as_drawn is not None else max(elsewhere, default=0.0)
        total += max(stand_in - plan.parts.get(part, 0.0), 0.0)
    return total


def _shock(evaluation: Evaluation, plan: ProviderPlan) -> float:
    """Return the factor on the cost from the price change that the architect plays; people and contracts stay."""
    path = f"shock/{plan.provider}"
    if path not in INPUTS or plan.cost <= 0:
        return 1.0
    billed = sum(usd for name, usd in plan.groups.items() if name not in NOT_BILLED) / plan.cost
    return 1.0 + number(evaluation.design, path) * min(max(billed, 0.0), 1.0)


def _out(evaluation: Evaluation, plan: ProviderPlan, requirements: Requirements) -> str:
    """Return why a provider cannot be chosen, empty if it can."""
    if plan.refused:
        return plan.refused
    if plan.provider in words(evaluation.design, "exclude"):
        return Text("It is excluded by the architect.")
    gaps = [note.sentence for note in plan.gaps]
    if gaps:
        return gaps[0] if len(gaps) == 1 else Text("{gap} And {count} more.", gap=gaps[0], count=len(gaps) - 1)
    if plan.provider == AS_DRAWN:
        return ""
    for name in words(evaluation.design, "require"):
        need = (name, 1, 0.0, 0.0)
        if accelerator_sold(evaluation.catalog, plan.provider, requirements.residency, need) < 1.0:
            return Text("No price of {name} is known there.", name=name)
    return ""


def alternatives(
    evaluation: Evaluation, requirements: Requirements, found: tuple[Candidate, ...]
) -> tuple[Alternative, ...]:
    """Return the candidates that can be chosen, with their values by criterion."""
    drawn = next((each for each in found if each.drawn), None)
    base = drawn.listed if drawn is not None and drawn.listed > 0 else max((each.listed for each in found), default=0.0)
    keep = kept_nodes(evaluation.design)
    chosen = []
    for each in found:
        if each.out:
            continue
        placed = placement_of(requirements, each.plan, keep)
        cost = (
            Score(each.total / base, each.spread / base)
            if base > 0
            else Score(None, note=Text("Nothing costs anything."))
        )
        values = scores(evaluation, requirements, each.plan, placed, cost)
        chosen.append(Alternative(each.plan.provider, each.plan.name, each.where, values))
    return tuple(chosen)
