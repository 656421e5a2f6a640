"""Blocks that hold the real bill against the plan: by node, by node and month, by month, and what no node explains."""

from __future__ import annotations

from collections.abc import Iterator

from models.design.kinds import value_of
from models.evaluation.columns import Floats
from models.frameworks.cost_optimization.actual import Actuals, actuals, bill_rate, odd_months, planned_month
from models.frameworks.cost_optimization.view import View
from models.frameworks.cost_optimization.words import money_cell
from models.report import Axis, Block, Cell, Chart, Column, Message, Sentence, Series, Table
from models.words import Text, counted

MONEY = "USD/month"
MOST_MONTHS = 6
MOST_NODES = 12


def actual_blocks(view: View) -> Iterator[Block]:
    """Yield plan against actual, if a bill was imported."""
    found = actuals(view)
    if found is None:
        return
    last = max(found.months)
    yield _against(view, found, last)
    if len(found.months) > 1:
        yield _by_node_and_month(view, found)
    yield _chart(view, found)
    yield _by_month(view, found)
    yield from _unknown(view, found, last)
    yield Sentence(_words(view, found), "muted")


def planned_by_node(view: View, at: int) -> dict[str, float]:
    """Return USD of a month of the plan by node, with its flows; "" for what belongs to the plan as a whole."""
    count = len(view.evaluation.node_ids)
    expected: Floats = (view.ahead.fixed + view.ahead.usage + view.ahead.storage)[:, at]
    planned: dict[str, float] = {}
    for owner, usd in zip(view.charges.payer.tolist(), expected.tolist(), strict=True):
        key = view.evaluation.node_ids[owner] if owner < count else ""
        planned[key] = planned.get(key, 0.0) + usd
    return planned


def _against(view: View, found: Actuals, last: str) -> Table:
    """Return one row per node of the plan's month and the bill's last month, with the remainder no node explains."""
    at = planned_month(view, last)
    planned = planned_by_node(view, at)
    rate = bill_rate(view, found)
    billed = {key: usd / rate for key, usd in found.months[last].items()}
    nodes = view.evaluation.design.nodes
    keys = sorted({*planned, *billed} - {""}, key=lambda key: -max(planned.get(key, 0.0), billed.get(key, 0.0)))
    keys = [key for key in keys if planned.get(key) or billed.get(key)]
    rows = [_row(nodes[key].name if key in nodes else key, planned.get(key, 0.0), billed.get(key, 0.0)) for key in keys]
    rows.append(_row(Text("Explained by no node"), planned.get("", 0.0), billed.get("", 0.0)))
    total = _row(Text("Total"), sum(planned.values()), sum(billed.values()))
    total = (total[0], money_cell(sum(planned.values()), view.charges.unpriced), *total[2:])
    columns = (
        Column(Message("Node")),
        Column(Message("Plan"), MONEY),
        Column(Message("Bill"), MONEY),
        Column(Message("Difference"), MONEY),
        Column(Message("Bill / plan"), "fraction"),
    )
    title = Message("Plan of month {month} against the bill of {last}", {"month": at, "last": last})
    return Table(title, columns, tuple(rows), tuple(key if key in nodes else "" for key in keys), total)


def _row(name: str, planned: float, billed: float) -> tuple[Cell, ...]:
    return (name, planned, billed, billed - planned, billed / planned if planned > 0 else Text("not planned"))


def _by_node_and_month(view: View, found: Actuals) -> Table:
    """Return the bill less the plan of the last months, a row per node."""
    shown = sorted(found.months)[-MOST_MONTHS:]
    rate, nodes = bill_rate(view, found), view.evaluation.design.nodes
    plans = {month: planned_by_node(view, planned_month(view, month)) for month in shown}

    def off(key: str, month: str) -> float:
        return found.months[month].get(key, 0.0) / rate - plans[month].get(key, 0.0)

    keys = {key for month in shown for key in (*found.months[month], *plans[month])}
    ordered = sorted(keys, key=lambda key: -max(abs(off(key, month)) for month in shown))
    listed = ordered[:MOST_NODES]
    rows: list[tuple[Cell, ...]] = [(_name(view, key), *(off(key, month) for month in shown)) for key in listed]
    if ordered[MOST_NODES:]:
        rest = ordered[MOST_NODES:]
        rows.append(
            (
                counted("{count} other", "{count} others", len(rest)),
                *(sum(off(key, month) for key in rest) for month in shown),
            )
        )
    total: tuple[Cell, ...] = (Text("Total"), *(sum(off(key, month) for key in ordered) for month in shown))
    columns = (Column(Message("Node")), *(Column(Message("{month}", {"month": month}), MONEY) for month in shown))
    title = Message("How much more than planned was billed, by node and month")
    return Table(title, columns, tuple(rows), tuple(key if key in nodes else "" for key in listed), total)


def _name(view: View, key: str) -> str:
    nodes = view.evaluation.design.nodes
    return nodes[key].name if key in nodes else key or Text("Explained by no node")


def _chart(view: View, found: Actuals) -> Chart:
    months = sorted(found.months)
    rate = bill_rate(view, found)
    totals = found.totals()
    expected = view.ahead.total()
    bill = Series(Text("Bill"), tuple(months), tuple(totals[month] / rate for month in months), role="accent")
    planned = tuple(float(expected[planned_month(view, month)]) for month in months)
    plan = Series(Text("Plan"), tuple(months), planned, role="muted")
    axis = Axis(Message("Cost per month"), MONEY)
    return Chart("bar", Message("Bill against plan"), Axis(Message("Month")), axis, (bill, plan))


def _by_month(view: View, found: Actuals) -> Table:
    """Return effective, billed and list cost of each month, taxes and credits, and how commitments did."""
    rate, totals, odd = bill_rate(view, found), found.totals(), odd_months(found.totals())

    def row(month: str) -> tuple[Cell, ...]:
        listed, effective = found.of(month, "listed"), totals[month]
        covered, unused, usage = (found.of(month, name) for name in ("covered", "unused", "usage"))
        return (
            month,
            effective / rate,
            found.of(month, "billed") / rate,
            listed / rate if listed else "",
            1.0 - effective / listed if listed > 0 else "",
            found.of(month, "apart") / rate,
            covered / usage if usage > 0 else "",
            covered / (covered + unused) if covered + unused > 0 else Text("none"),
            Text("out of the ordinary") if month in odd else "",
        )

    columns = (
        Column(Message("Month")),
        Column(Message("Effective"), MONEY),
        Column(Message("Billed"), MONEY),
        Column(Message("List"), MONEY),
        Column(Message("Below list"), "fraction"),
        Column(Message("Tax, credits"), MONEY),
        Column(Message("Covered"), "fraction"),
        Column(Message("Used"), "fraction"),
        Column(Message("")),
    )
    return Table(
        Message("The bill by month, and how far commitments cover usage and are used"),
        columns,
        tuple(row(month) for month in sorted(found.months)),
    )


def _unknown(view: View, found: Actuals, last: str) -> Iterator[Table]:
    """Yield the services and regions of the last month that no rule gives to a node."""
    rate = bill_rate(view, found)
    unknown = found.sums.get(last, {}).get("unknown") or ()
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (str(service) or Text("no service"), str(region) or Text("no region"), float(usd) / rate)
        for service, region, usd in unknown
    )
    if rows:
        columns = (Column(Message("Service")), Column(Message("Region")), Column(Message("Bill"), MONEY))
        yield Table(Message("The dearest lines of {last} that belong to no node", {"last": last}), columns, rows)


def _words(view: View, found: Actuals) -> Message:
    totals = found.totals()
    args: dict[str, object] = {"file": found.file, "first": min(totals), "last": max(totals)}
    if found.currency != "USD" and found.currency != value_of(view.evaluation.pipeline.now.brief, "currency"):
        args["currency"] = found.currency
        return Message(
            "From {file}, {first} to {last}: effective cost spreads what was paid upfront over its term; taxes, "
            "credits and adjustments stand apart from it; the unused part of commitments is split over the nodes that "
            "they cover; set the brief's currency to {currency} with its rate, until then it is compared one to one.",
            args,
        )
    return Message(
        "From {file}, {first} to {last}: effective cost spreads what was paid upfront over its term; taxes, credits "
        "and adjustments stand apart from it; the unused part of commitments is split over the nodes that they cover.",
        args,
    )
