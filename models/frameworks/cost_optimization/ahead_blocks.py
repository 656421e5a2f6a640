"""Blocks on the months ahead: the band, budgets with the month of overrun, and the sum over the horizon."""

from __future__ import annotations

from collections.abc import Iterator

from models.frameworks.cost_optimization.budgets import Budget
from models.frameworks.cost_optimization.ledger import WHOLE_PLAN
from models.frameworks.cost_optimization.view import View
from models.frameworks.cost_optimization.words import at_least, dollars
from models.report import Axis, Block, Cell, Chart, Column, Message, Sentence, Series, Table
from models.words import Number, Text, counted


def ahead(view: View) -> Iterator[Block]:
    """Yield the blocks of the months ahead."""
    yield _chart(view)
    if view.limits:
        yield _budgets(view)
    low, middle, high = view.band.total
    yield Sentence(
        Message(
            "Over {months} months the plan costs {middle} (8 of 10 cases between {low} and {high}). Drawn from "
            "the growth band of the brief, demand ×/÷ {demand}, all prices together ×/÷ {price} and growth of storage; "
            "{machines}.",
            {
                "months": view.ahead.months,
                "middle": at_least(middle, view.charges.unpriced),
                "low": dollars(low),
                "high": dollars(high),
                "demand": Number(f"{_ratio(view, 'demand_ratio'):g}"),
                "price": Number(f"{_ratio(view, 'price_ratio'):g}"),
                "machines": _kept(view.ahead.left_out),
            },
        ),
        "muted",
    )


def _kept(left_out: int) -> str:
    """Return what stands still in the forecast, with the dated phases that it does not follow."""
    if not left_out:
        return Text("machines stay as drawn where nothing scales them")
    return counted(
        "machines stay as drawn where nothing scales them; {count} dated phase is not followed",
        "machines stay as drawn where nothing scales them; {count} dated phases are not followed",
        left_out,
    )


def _ratio(view: View, name: str) -> float:
    from models.frameworks.cost_optimization.inputs import number

    return number(view.evaluation.design, name)


def _chart(view: View) -> Chart:
    months = tuple(float(month) for month in range(view.ahead.months + 1))
    band = Series(
        Text("P50 with P10–P90"),
        months,
        tuple(view.band.p50.tolist()),
        tuple(view.band.p10.tolist()),
        tuple(view.band.p90.tolist()),
        "accent",
    )
    expected = Series(Text("Expected"), months, tuple(view.ahead.total().tolist()), role="muted")
    marks = tuple(("y", budget.limit, Text("Budget")) for budget in view.limits if budget.name == WHOLE_PLAN)
    return Chart(
        "line",
        Message("Cost by month"),
        Axis(Message("Month"), "month"),
        Axis(Message("Cost per month"), "USD/month"),
        (band, expected),
        marks,  # type: ignore[arg-type]
    )


def _budgets(view: View) -> Table:
    later = min(max(12, view.evaluation.month), view.ahead.months)
    columns = (
        Column(Message("Budget")),
        Column(Message("Limit"), "USD/month"),
        Column(Message("Now"), "USD/month"),
        Column(Message("Above it")),
        Column(Message("Risk now"), "fraction"),
        Column(Message("Month {month}", {"month": later}), "fraction"),
    )
    return Table(
        Message("Budgets, and the chance to be above them"),
        columns,
        tuple(_row(view, budget) for budget in view.limits),
    )


def _row(view: View, budget: Budget) -> tuple[Cell, ...]:
    if budget.problem:
        return (budget.name, budget.limit, None, budget.problem, None, None)
    when = Text("never, as far as priced") if view.charges.unpriced else Text("never")
    if budget.overrun is not None:
        when = Text("month {month}", month=budget.overrun)
    return (budget.name, budget.limit, budget.now, when, budget.risk_now, budget.risk_later)
