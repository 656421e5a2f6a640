"""The real bill against the plan: per node of the last month, what no node explains, and months out of the ordinary."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from statistics import median
from typing import NamedTuple

from models.design.elements import input_id
from models.design.kinds import value_of
from models.frameworks.cost_optimization.inputs import ID
from models.frameworks.cost_optimization.view import View
from models.frameworks.cost_optimization.words import dollars, percent
from models.report import Axis, Block, Cell, Chart, Column, Finding, Message, Sentence, Series, Table

MAD_TO_DEVIATION = 1.4826
ODD_DEVIATIONS = 3.5
FEWEST_MONTHS = 4
OFF_SHARE = 0.2
CHANGE_SHARE = 0.05


class Actuals(NamedTuple):
    """An imported bill: effective cost by month and node ("" = no node); commitment figures are None without any."""

    file: str
    currency: str
    months: Mapping[str, Mapping[str, float]]
    billed: float
    listed: float
    utilization: float | None
    coverage: float | None

    def totals(self) -> dict[str, float]:
        """Return the sum of each month."""
        return {month: math.fsum(row.values()) for month, row in self.months.items()}


def actuals(view: View) -> Actuals | None:
    """Return the imported bill, or None while there is none that can be read."""
    found = view.evaluation.design.input(ID, "actuals")
    value = found.value if found is not None else None
    if not isinstance(value, Mapping) or not isinstance(value.get("months"), Mapping) or not value["months"]:
        return None
    return Actuals(
        str(value.get("file", "")),
        str(value.get("currency", "USD")),
        value["months"],
        float(value.get("billed") or 0.0),
        float(value.get("listed") or 0.0),
        value.get("utilization"),
        value.get("coverage"),
    )


def odd_months(totals: Mapping[str, float]) -> tuple[str, ...]:
    """Return months whose total lies more than 3.5 robust deviations from the median (Iglewicz & Hoaglin 1993, ch. 3).

    A deviation is 1.4826 × the median absolute deviation, and at least 5 % of the median, so that flat bills stay calm.
    """
    if len(totals) < FEWEST_MONTHS:
        return ()
    middle = median(totals.values())
    spread = MAD_TO_DEVIATION * median(abs(value - middle) for value in totals.values())
    spread = max(spread, CHANGE_SHARE * abs(middle))
    return tuple(month for month, value in totals.items() if abs(value - middle) > ODD_DEVIATIONS * spread)


def planned_month(view: View, month: str) -> int:
    """Return the month of the plan that a calendar month is; the shown month where go-live is not stated."""
    live = re.match(r"^(\d{4})-(\d{2})", str(value_of(view.evaluation.pipeline.now.brief, "go_live") or ""))
    if live is None:
        return min(view.evaluation.month, view.ahead.months)
    number = (int(month[:4]) - int(live[1])) * 12 + int(month[5:7]) - int(live[2])
    return min(max(number, 0), view.ahead.months)


def actual_blocks(view: View) -> Iterator[Block]:
    """Yield plan against actual, if a bill was imported."""
    found = actuals(view)
    if found is None:
        return
    last = max(found.months)
    yield _against(view, found, last)
    yield _chart(view, found)
    yield Sentence(_words(view, found), "muted")


def _against(view: View, found: Actuals, last: str) -> Table:
    """Return one row per node of the plan's month and the bill's last month, with the remainder no node explains."""
    at = planned_month(view, last)
    n = len(view.evaluation.node_ids)
    ahead = view.ahead
    expected = (ahead.fixed + ahead.usage + ahead.storage)[:, at]
    planned: dict[str, float] = {}
    for owner, usd in zip(view.charges.payer.tolist(), expected.tolist(), strict=True):
        key = view.evaluation.node_ids[owner] if owner < n else ""
        planned[key] = planned.get(key, 0.0) + usd
    rate = _rate(view, found)
    billed = {key: usd / rate for key, usd in found.months[last].items()}
    nodes = view.evaluation.design.nodes
    keys = sorted({*planned, *billed} - {""}, key=lambda key: -max(planned.get(key, 0.0), billed.get(key, 0.0)))
    keys = [key for key in keys if planned.get(key) or billed.get(key)]
    rows = [_row(nodes[key].name if key in nodes else key, planned.get(key, 0.0), billed.get(key, 0.0)) for key in keys]
    rows.append(_row("Explained by no node", planned.get("", 0.0), billed.get("", 0.0)))
    total = _row("Total", sum(planned.values()), sum(billed.values()))
    money = "USD/month"
    columns = (
        Column(Message("Node")),
        Column(Message("Plan"), money),
        Column(Message("Bill"), money),
        Column(Message("Difference"), money),
        Column(Message("Bill / plan"), "fraction"),
    )
    title = Message("Plan of month {month} against the bill of {last}", {"month": at, "last": last})
    return Table(title, columns, tuple(rows), tuple(key if key in nodes else "" for key in keys), total)


def _row(name: str, planned: float, billed: float) -> tuple[Cell, ...]:
    return (name, planned, billed, billed - planned, billed / planned if planned > 0 else None)


def _rate(view: View, found: Actuals) -> float:
    """Return units of the bill's currency for one USD: the brief's rate if it is the plan's currency, else 1."""
    brief = view.evaluation.pipeline.now.brief
    if found.currency == "USD" or found.currency != value_of(brief, "currency"):
        return 1.0
    return float(value_of(brief, "units_per_usd") or 1.0)


def _chart(view: View, found: Actuals) -> Chart:
    months = sorted(found.months)
    rate = _rate(view, found)
    totals = found.totals()
    expected = view.ahead.total()
    bill = Series("Bill", tuple(months), tuple(totals[month] / rate for month in months), role="accent")
    plan = Series("Plan", tuple(months), tuple(float(expected[planned_month(view, m)]) for m in months), role="muted")
    axis = Axis(Message("Cost per month"), "USD/month")
    return Chart("bar", Message("Bill against plan"), Axis(Message("Month")), axis, (bill, plan))


def _words(view: View, found: Actuals) -> Message:
    effective = math.fsum(found.totals().values())
    text = "{file}: {effective} {currency} effective, {billed} billed, {listed} at list price"
    args: dict[str, object] = {
        "file": found.file,
        "effective": f"{effective:,.2f}",
        "currency": found.currency,
        "billed": f"{found.billed:,.2f}",
        "listed": f"{found.listed:,.2f}",
    }
    if found.utilization is not None and found.coverage is not None:
        text += "; commitments are used {used} and cover {covered} of the usage"
        args |= {"used": percent(found.utilization), "covered": percent(found.coverage)}
    if found.currency != "USD" and found.currency != value_of(view.evaluation.pipeline.now.brief, "currency"):
        text += "; set the brief's currency to {currency} with its rate, until then it is compared one to one"
    return Message(text + ".", args)


def actual_findings(view: View) -> Iterator[Finding]:
    """Yield a finding when the bill leaves the plan and for months out of the ordinary."""
    found = actuals(view)
    if found is None:
        return
    elements = (input_id(ID, "actuals"),)
    last, rate = max(found.months), _rate(view, found)
    billed = found.totals()[last] / rate
    planned = float(view.ahead.total()[planned_month(view, last)])
    if planned > 0 and abs(billed / planned - 1.0) > OFF_SHARE:
        args = {
            "last": last,
            "billed": dollars(billed),
            "planned": dollars(planned),
            "off": f"{billed / planned - 1:+.0%}",
        }
        title = Message("The bill of {last} is {off} off the plan", args)
        why = Message("{billed} was billed, {planned} planned. The table names the nodes that differ most.", args)
        yield Finding("plan_off", "warning", title, why, elements)
    unexplained = found.months[last].get("", 0.0) / rate
    if billed > 0 and unexplained > OFF_SHARE * billed:
        args = {"share": percent(unexplained / billed), "last": last}
        title = Message("{share} of the bill of {last} belongs to no node", args)
        why = Message("Add rules to the mapping of bills, or tag resources with the names of the nodes.")
        yield Finding("bill_unexplained", "note", title, why, elements)
    for month in odd_months(found.totals()):
        args = {"month": month, "usd": f"{found.totals()[month]:,.0f} {found.currency}"}
        title = Message("The bill of {month} is out of the ordinary", args)
        why = Message("{usd} lies more than 3.5 robust deviations from the median month; look for what ran then.", args)
        yield Finding("bill_anomaly", "warning", title, why, elements)
