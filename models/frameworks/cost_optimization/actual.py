"""The real bill against the plan: which month and currency it is held in, and what is out of the ordinary."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from statistics import median
from typing import Any, NamedTuple

from models.design.elements import input_id
from models.design.kinds import value_of
from models.frameworks.cost_optimization.inputs import ID
from models.frameworks.cost_optimization.view import View
from models.frameworks.cost_optimization.words import dollars, percent
from models.report import Finding, Message
from models.words import Number, Text, quoted

MAD_TO_DEVIATION = 1.4826
ODD_DEVIATIONS = 3.5
FEWEST_MONTHS = 4
OFF_SHARE = 0.2
CHANGE_SHARE = 0.05
UNUSED_SHARE = 0.1


class Actuals(NamedTuple):
    """An imported bill: effective cost by month and node ("" = no node), and the sums of each month."""

    file: str
    currency: str
    months: Mapping[str, Mapping[str, float]]
    sums: Mapping[str, Mapping[str, Any]]

    def of(self, month: str, name: str) -> float:
        """Return one sum of a month: billed, listed, apart, usage, covered or unused."""
        return float(self.sums.get(month, {}).get(name) or 0.0)

    def totals(self) -> dict[str, float]:
        """Return effective cost of each month without taxes, credits and adjustments: what the plan plans."""
        return {month: math.fsum(row.values()) for month, row in self.months.items()}


def actuals(view: View) -> Actuals | None:
    """Return the imported bill, or None while there is none that can be read."""
    found = view.evaluation.design.input(ID, "actuals")
    value = found.value if found is not None else None
    if not isinstance(value, Mapping) or not isinstance(value.get("months"), Mapping) or not value["months"]:
        return None
    sums = value.get("sums")
    sums = sums if isinstance(sums, Mapping) else {}
    return Actuals(str(value.get("file", "")), str(value.get("currency", "USD")), value["months"], sums)


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


def bill_rate(view: View, found: Actuals) -> float:
    """Return units of the bill's currency for one USD: the brief's rate if it is the plan's currency, else 1."""
    brief = view.evaluation.pipeline.now.brief
    if found.currency == "USD" or found.currency != value_of(brief, "currency"):
        return 1.0
    return float(value_of(brief, "units_per_usd") or 1.0)


def actual_findings(view: View) -> Iterator[Finding]:
    """Yield a finding when the bill leaves the plan and for months out of the ordinary."""
    found = actuals(view)
    if found is None:
        return
    elements = (input_id(ID, "actuals"),)
    last, rate = max(found.months), bill_rate(view, found)
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
        why = Message("Map its services and regions to nodes (Map bill to nodes…), or tag resources with node names.")
        yield Finding("bill_unexplained", "note", title, why, elements)
    yield from _odd(view, found, rate)
    yield from _unused(found, last)


def _odd(view: View, found: Actuals, rate: float) -> Iterator[Finding]:
    totals = found.totals()
    for month in odd_months(totals):
        usual = {key: median(row.get(key, 0.0) for row in found.months.values()) for key in found.months[month]}
        moved = max(usual, key=lambda key: abs(found.months[month][key] - usual[key]))
        node = view.evaluation.design.nodes.get(moved)
        args = {
            "month": month,
            "usd": Number(f"{totals[month]:,.0f} {found.currency}"),
            "usual": Number(f"{median(totals.values()):,.0f} {found.currency}"),
            "moved": quoted(node.name) if node is not None else Text("what belongs to no node"),
            "from": Number(f"{usual[moved]:,.0f}"),
            "to": Number(f"{found.months[month][moved]:,.0f}"),
        }
        title = Message("The bill of {month} is out of the ordinary", args)
        why = Message(
            "{usd} lies more than 3.5 robust deviations from the median month of {usual}. Most of it is {moved}: {to} "
            "instead of {from}.",
            args,
        )
        yield Finding(
            "bill_anomaly", "warning", title, why, (moved,) if node is not None else (input_id(ID, "actuals"),)
        )


def _unused(found: Actuals, last: str) -> Iterator[Finding]:
    unused, covered = found.of(last, "unused"), found.of(last, "covered")
    if unused <= UNUSED_SHARE * (unused + covered):
        return
    args = {
        "usd": Number(f"{unused:,.0f} {found.currency}"),
        "last": last,
        "used": percent(covered / (unused + covered)),
    }
    title = Message("Commitments of {usd} were paid and not used in {last}", args)
    why = Message("They were used {used}. Move steady work under them, exchange them, or let them end.", args)
    yield Finding("commitment_unused", "warning", title, why, (input_id(ID, "actuals"),))
