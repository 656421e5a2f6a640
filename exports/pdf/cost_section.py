"""Cost on paper: by category, by node, by line with the price's source and date, and over the months ahead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from reportlab.platypus import Flowable

from exports.pdf.blocks import figure_runs
from exports.pdf.charts import ChartFlowable
from exports.pdf.context import PlanContext
from exports.pdf.links import COST
from exports.pdf.pages import Heading, Section
from exports.pdf.prose import PAPER, Prose, Run, bold, muted
from exports.pdf.tables import Grid, GridColumn, GridRow
from models.design.kinds import value_of
from models.evaluation import evaluate
from models.evaluation.result import BillLine
from models.formatting import NOT_KNOWN, format_value
from models.report import Axis, Chart, Message, Series

MOST_LINES = 160
MOST_NODES = 40
MOST_BARS = 12
STACK_POINTS = 7
USD = "USD/month"


def cost_section(plan: PlanContext) -> Iterator[Flowable]:
    """Yield the bill of the month and the cost of the months ahead."""
    evaluation = plan.evaluation
    bill = plan.bill
    yield Heading(Section("Cost", COST))
    total = evaluation.figure("total/cost_per_month")
    runs = (bold("Cost per month: "), *figure_runs(total, plan.links))
    yield Prose(runs, 10.0, after=3.0)
    yield Prose(muted(f"{total.basis}. Fixed machines by the hour of 730 a month; usage over the daily profile."), 8.0)
    if not bill:
        yield Prose("Nothing in this design is billed.", 9.0)
        return
    yield Heading(Section("By category", "cost-category", 1))
    yield _by_category(bill)
    yield Heading(Section("By element", "cost-node", 1))
    yield from _by_element(plan, bill)
    yield Heading(Section("The months ahead", "cost-horizon", 1))
    yield money_chart(plan, plan.width, 170.0)
    stack = stacked_chart(plan)
    if stack is not None:
        yield ChartFlowable(stack, plan.width, 180.0)
    yield _outlook(plan)
    yield Heading(Section("By line, with price source and date", "cost-lines", 1))
    yield from _by_line(plan, bill)


def _known(lines: Sequence[BillLine]) -> float:
    return sum(line.usd_per_month or 0.0 for line in lines)


def _sum_text(lines: Sequence[BillLine]) -> str:
    """Return the sum of lines, as a lower bound when one of them has no price."""
    dark = sum(line.usd_per_month is None for line in lines)
    if dark == len(lines):
        return NOT_KNOWN
    return f"{'at least ' if dark else ''}{format_value(_known(lines), USD)}"


def _grouped(bill: Sequence[BillLine], by: str) -> list[tuple[str, list[BillLine]]]:
    groups: dict[str, list[BillLine]] = {}
    for line in bill:
        groups.setdefault(str(getattr(line, by)), []).append(line)
    return sorted(groups.items(), key=lambda group: -_known(group[1]))


def _by_category(bill: Sequence[BillLine]) -> Flowable:
    whole = _known(bill) or 1.0
    rows = [
        GridRow((name.capitalize(), str(len(lines)), _sum_text(lines), format_value(_known(lines) / whole, "fraction")))
        for name, lines in _grouped(bill, "category")
    ]
    rows.append(GridRow(("Total", str(len(bill)), _sum_text(bill), ""), strong=True))
    heads = [GridColumn("Category"), GridColumn("Lines", "right"), GridColumn("Per month", "right")]
    return Grid([*heads, GridColumn("Share", "right")], rows)


def _by_element(plan: PlanContext, bill: Sequence[BillLine]) -> Iterator[Flowable]:
    flows = [line for line in bill if line.element in plan.design.flows]
    groups = _grouped([line for line in bill if line.element not in plan.design.flows], "element")
    dear = [group for group in groups if _known(group[1]) > 0]
    shown = dear[:MOST_BARS]
    names = tuple(plan.blocks.name(element) for element, _ in shown)
    values = tuple(_known(lines) for _, lines in shown)
    rest = sum(_known(lines) for _, lines in dear[MOST_BARS:])
    if rest > 0:
        names, values = (*names, f"{len(dear) - MOST_BARS} others"), (*values, rest)
    if names:
        series = (Series("Cost per month", names, values, role="accent"),)
        title = Message("What costs most in month {month}", {"month": plan.evaluation.month})
        axes = Axis(Message("Element")), Axis(Message("Per month"), USD)
        yield ChartFlowable(Chart("bar", title, *axes, series), plan.width)
    rows = [
        GridRow((Run(plan.blocks.name(element), link=plan.links.element(element)), _kinds(lines), _sum_text(lines)))
        for element, lines in groups[:MOST_NODES]
    ]
    if len(groups) > MOST_NODES:
        others = [line for _, lines in groups[MOST_NODES:] for line in lines]
        rows.append(GridRow((muted(f"{len(groups) - MOST_NODES} others"), "", _sum_text(others))))
    if flows:
        count = len({line.element for line in flows})
        rows.append(GridRow((f"{count} flow{'' if count == 1 else 's'}", _kinds(flows), _sum_text(flows))))
    rows.append(GridRow(("Total", "", _sum_text(bill)), strong=True))
    yield Grid([GridColumn("Element"), GridColumn("For"), GridColumn("Per month", "right")], rows)


def _kinds(lines: Sequence[BillLine]) -> str:
    return ", ".join(dict.fromkeys(line.category for line in lines))


def _by_line(plan: PlanContext, bill: Sequence[BillLine]) -> Iterator[Flowable]:
    rows = []
    unpriced = [line for line in bill if line.usd_per_month is None]
    priced = [line for line in bill if line.usd_per_month is not None]
    sources = list(dict.fromkeys(line.source for line in bill if line.source))
    numbers = {source: str(place) for place, source in enumerate(sources, 1)}
    for line in [*unpriced, *priced][:MOST_LINES]:
        price = NOT_KNOWN if line.usd_per_month is None else format_value(line.usd_per_month, USD)
        quantity = format_value(line.quantity, line.unit) if line.quantity is not None else ""
        source = numbers.get(line.source, "")
        cells = (plan.blocks.name(line.element), line.label, quantity, price, line.date, line.status, source)
        rows.append(GridRow(cells))
    left = [*unpriced, *priced][MOST_LINES:]
    if left:
        rows.append(GridRow((muted(f"{len(left):,} smaller lines"), "", "", _sum_text(left), "", "", "")))
    rows.append(GridRow(("Total", "", "", _sum_text(bill), "", "", ""), strong=True))
    columns = [
        GridColumn("Element", share=0.2),
        GridColumn("Item"),
        GridColumn("Quantity", "right", 0.135),
        GridColumn("Per month", "right", 0.115),
        GridColumn("Price of", share=0.095),
        GridColumn("Standing", share=0.09),
        GridColumn("Source", "right", 0.065),
    ]
    yield Grid(columns, rows, 6.8, after=4.0)
    reasons = dict.fromkeys(line.reason for line in unpriced if line.reason)
    for reason in reasons:
        yield Prose((Run("Without price: ", "semibold", PAPER.warning), Run(reason)), 7.6, after=2.0)
    for source in sources:
        yield Prose((bold(f"{numbers[source]}  "), muted(source)), 7.0, after=1.0)


def money_chart(plan: PlanContext, width: float, height: float, titled: bool = True) -> ChartFlowable:
    """Return the cost of the months ahead with its band, the budget and the first full month."""
    horizon = plan.evaluation.horizon
    months = tuple(float(month) for month in horizon.months)
    series = Series(
        "Cost per month",
        months,
        tuple(map(float, horizon.cost)),
        tuple(map(float, horizon.cost_low)),
        tuple(map(float, horizon.cost_high)),
        "accent",
    )
    marks: list[tuple[str, float, str]] = []
    budget = value_of(plan.design.brief, "budget_usd_month")
    if budget:
        marks.append(("y", float(budget), f"Budget {format_value(float(budget), USD)}"))
    if horizon.first_full is not None:
        marks.append(("x", float(horizon.first_full), f"Full in month {horizon.first_full}: decide"))
    title = Message("Cost over {months} months, with band", {"months": len(months) - 1})
    axes = Axis(Message("Month"), "month"), Axis(Message("Cost per month"), USD)
    chart = Chart("line", title, *axes, (series,), tuple(marks))  # type: ignore[arg-type]
    return ChartFlowable(chart, width, height, titled)


def stacked_chart(plan: PlanContext) -> Chart | None:
    """Return the cost of the months ahead by category, or None when nothing is billed."""
    evaluation = plan.evaluation
    last = evaluation.horizon_months
    months = sorted({round(float(month)) for month in np.linspace(0, last, min(STACK_POINTS, last + 1))})
    steps: list[dict[str, float]] = []
    for month in months:
        step = evaluate(plan.design, evaluation.catalog, month, evaluation)
        steps.append({name: _known(lines) for name, lines in _grouped(step.bill(), "category")})
    names = sorted({name for step in steps for name in step}, key=lambda name: -steps[0].get(name, 0.0))
    if not names:
        return None
    series = tuple(
        Series(name.capitalize(), tuple(map(float, months)), tuple(step.get(name, 0.0) for step in steps))
        for name in names
    )
    axes = Axis(Message("Month"), "month"), Axis(Message("Cost per month"), USD)
    return Chart("stacked_area", Message("Cost by category"), *axes, series)


def _outlook(plan: PlanContext) -> Flowable:
    horizon = plan.evaluation.horizon
    last = len(horizon.months) - 1
    rows = [
        (f"Month {month}", horizon.cost[month], horizon.cost_low[month], horizon.cost_high[month])
        for month in sorted({0, min(12, last), min(24, last), last})
    ]
    cells = [GridRow((name, *(format_value(float(value), USD) for value in values))) for name, *values in rows]
    value = format_value(horizon.present_value, "USD")
    cells.append(GridRow((f"Cost of ownership over {last} months, discounted", value, "", ""), strong=True))
    heads = [GridColumn("")] + [GridColumn(title, "right") for title in ("Expected", "Low", "High")]
    return Grid(heads, cells)
