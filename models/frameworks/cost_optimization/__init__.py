"""Cost optimization: where the money goes, what is wasted, what to commit to, and what the bill will be with bands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from models.design.elements import BRIEF_ID, input_id
from models.design.kinds import value_of
from models.evaluation import Evaluation
from models.frameworks.cost_optimization.accelerator_frontier import accelerator_blocks
from models.frameworks.cost_optimization.actual import actual_findings
from models.frameworks.cost_optimization.actual_blocks import actual_blocks
from models.frameworks.cost_optimization.ahead_blocks import ahead
from models.frameworks.cost_optimization.attribution_blocks import attribution, unit_table
from models.frameworks.cost_optimization.bands import BandsQuestion, band_blocks, missing_bands
from models.frameworks.cost_optimization.budgets import broken_budgets
from models.frameworks.cost_optimization.commitment_blocks import commitment_blocks
from models.frameworks.cost_optimization.findings import findings
from models.frameworks.cost_optimization.frontier import frontier_blocks
from models.frameworks.cost_optimization.inputs import ID, INPUTS
from models.frameworks.cost_optimization.ledger import WHOLE_PLAN
from models.frameworks.cost_optimization.measured import measured_findings
from models.frameworks.cost_optimization.savings import Savings, savings
from models.frameworks.cost_optimization.savings_blocks import (
    missed_lines,
    money_remarks,
    savings_blocks,
    savings_findings,
)
from models.frameworks.cost_optimization.schedules import schedule_findings
from models.frameworks.cost_optimization.spot_blocks import spot_blocks
from models.frameworks.cost_optimization.steps import steps_table
from models.frameworks.cost_optimization.usage import Usage, usage, usage_findings, usage_table
from models.frameworks.cost_optimization.view import View, view
from models.frameworks.cost_optimization.words import at_least, dollars
from models.report import Assessment, Block, Figures, Finding, Findings, InputField, Message
from models.words import Text

__all__ = ["ID", "INPUTS", "TITLE", "assess", "budget_failures", "missing_study"]

TITLE = Text("Cost optimization")
FIRST_INPUTS = ("commitment", "ready_for_months")


def assess(evaluation: Evaluation, studies: Sequence[object] = ()) -> Assessment:
    """Return what the bill says and what would lower it."""
    seen = view(evaluation)
    savings_list = savings(seen)
    used = usage(seen, savings_list.drawn)
    found = (
        *findings(seen),
        *actual_findings(seen),
        *schedule_findings(seen),
        *measured_findings(evaluation, seen.measured, evaluation.money.bill.node_usd),
        *usage_findings(seen, used, savings_list.fuller),
        *savings_findings(seen, savings_list),
    )
    return Assessment(
        ID,
        Message(TITLE),
        _answer(seen, savings_list),
        lambda: _blocks(seen, savings_list, used, found, studies),
        found,
    )


def budget_failures(evaluation: Evaluation) -> tuple[str, ...]:
    """Return one sentence for every budget of the brief and the inputs that the shown month breaks: a gate."""
    return broken_budgets(view(evaluation).limits, evaluation)


def missing_study(evaluation: Evaluation, studies: Sequence[object] = ()) -> BandsQuestion | None:
    """Return the study of uncertainty if it is not among the results yet; called, it returns its bands."""
    return missing_bands(evaluation, studies)


def _answer(seen: View, savings_list: Savings) -> Message:
    if seen.charges.total <= 0:
        return Message("Nothing in this drawing has a price yet: place nodes in a region, or set own prices.")
    args: dict[str, object] = {"costs": _against_budget(seen)}
    if savings_list.together >= 1.0:
        args["saved"] = dollars(savings_list.together)
        return Message("{costs}; {saved} of it can be saved.", args)
    return Message("{costs}.", args)


def _against_budget(seen: View) -> Message:
    """Return what a month costs, and whether that keeps the budget of the plan."""
    plan = next((budget for budget in seen.limits if budget.name == WHOLE_PLAN), None)
    args: dict[str, object] = {"total": at_least(seen.charges.total, seen.charges.unpriced)}
    if plan is None:
        return Message("A month costs {total}", args)
    args |= {"limit": dollars(plan.limit), "months": seen.ahead.months}
    if plan.overrun is not None:
        args["month"] = plan.overrun
        if plan.overrun == seen.evaluation.month:
            return Message("A month costs {total}, more than the budget of {limit}", args)
        return Message("A month costs {total}; it leaves the budget of {limit} in month {month}", args)
    if seen.charges.unpriced:
        return Message(
            "A month costs {total} and, as far as prices are known, stays within the budget of {limit} for {months} "
            "months",
            args,
        )
    return Message("A month costs {total} and stays within the budget of {limit} for {months} months", args)


def _blocks(
    seen: View, savings_list: Savings, used: Usage, found: tuple[Finding, ...], studies: Sequence[object]
) -> Iterator[Block]:
    evaluation = seen.evaluation
    names = ("cost_per_month", "cost_per_unit", "cloud_cost_per_month", "people_cost_per_month")
    yield Figures(tuple(evaluation.figure(f"total/{name}") for name in names))
    yield from money_remarks(seen)
    yield InputField(BRIEF_ID, "params.budget_usd_month", _BRIEF["budget_usd_month"])
    for path in FIRST_INPUTS:
        yield InputField(input_id(ID, path), path, Message(INPUTS[path].label), INPUTS[path].unit)
    if found:
        yield Findings(found)
    yield from savings_blocks(seen, savings_list)
    yield from commitment_blocks(seen, savings_list)
    yield from spot_blocks(seen, savings_list.drawn)
    yield missed_lines(seen)
    if len(used.node):
        yield usage_table(seen, used)
        yield steps_table(seen, savings_list.drawn, used)
    yield from frontier_blocks(seen, savings_list.drawn)
    yield from accelerator_blocks(seen, savings_list.drawn)
    yield from ahead(seen)
    yield from band_blocks(seen, studies)
    yield from attribution(seen)
    yield unit_table(seen)
    yield from actual_blocks(seen)
    yield from _inputs(seen)


def _inputs(seen: View) -> Iterator[Block]:
    design = seen.evaluation.design
    for name in ("budget_usd_unit", "required_tags", "support_percent", "currency"):
        yield InputField(BRIEF_ID, f"params.{name}", _BRIEF[name])
    if value_of(design.brief, "currency") != "USD":
        yield InputField(BRIEF_ID, "params.units_per_usd", Message("Units of the currency for one USD"))
    for key, boundary in design.boundaries.items():
        if boundary.kind == "provider":
            yield InputField(key, "params.discount", Message("Discount at {name}", {"name": boundary.name}), "%")
    for path, parameter in INPUTS.items():
        if path in FIRST_INPUTS:
            continue
        yield InputField(input_id(ID, path), path, Message(parameter.label), parameter.unit)


_BRIEF = {
    "budget_usd_month": Message("Budget"),
    "budget_usd_unit": Message("Budget per unit"),
    "required_tags": Message("Required tags"),
    "support_percent": Message("Support plan"),
    "currency": Message("Currency"),
}
