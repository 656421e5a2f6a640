"""A bill as it is kept with a design: per month what every node cost, and the sums that belong to no node.

In every month: Σ nodes + no node + apart = effective cost of the file. What stands apart are taxes, credits and
adjustments, which are no cost of the architecture (FOCUS 1.2, ChargeCategory). The unused part of commitments is split
over the nodes whose usage commitments covered, in proportion to it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from models.design.delta import Delta
from models.design.design import Design
from models.design.elements import Input, input_id
from models.importers.focus import FRAMEWORK, Bill, BillEntry

APART = frozenset(("Tax", "Credit", "Adjustment"))
MOST_UNKNOWN = 12
CENT_PARTS = 6


class MonthSums(Struct, frozen=True):
    """Sums of one month in the bill's currency.

    Attributes:
        billed: whole file. listed, contracted: without what stands apart.
        apart: effective taxes, credits and adjustments.
        usage: effective usage; covered: the part that commitments paid; unused: commitments paid for and not used.
        unknown: (service, region, effective) of the dearest rows that belong to no node.
    """

    billed: float
    listed: float
    contracted: float
    apart: float
    usage: float
    covered: float
    unused: float
    unknown: tuple[tuple[str, str, float], ...] = ()


def month_nodes(entries: list[BillEntry]) -> dict[str, float]:
    """Return effective cost by node of one month ("" = of no node), without what stands apart."""
    nodes: dict[str, list[float]] = {}
    covered: dict[str, list[float]] = {}
    unused = []
    for entry in entries:
        if entry.category in APART:
            continue
        if entry.status == "Unused":
            unused.append(entry)
            continue
        nodes.setdefault(entry.node, []).append(entry.effective)
        if entry.status == "Used" and entry.category == "Usage":
            covered.setdefault(entry.node, []).append(entry.effective)
    shares = {node: math.fsum(values) for node, values in covered.items()}
    whole = math.fsum(shares.values())
    for entry in unused:
        if whole > 0:
            for node, share in shares.items():
                nodes.setdefault(node, []).append(entry.effective * share / whole)
        else:
            nodes.setdefault(entry.node, []).append(entry.effective)
    return {node: math.fsum(values) for node, values in nodes.items()}


def month_sums(entries: list[BillEntry]) -> MonthSums:
    """Return the sums of one month."""

    def total(column: str, chosen: list[BillEntry]) -> float:
        return math.fsum(getattr(entry, column) for entry in chosen)

    usage = [entry for entry in entries if entry.category == "Usage" and entry.status != "Unused"]
    places: dict[tuple[str, str], list[float]] = {}
    for entry in entries:
        if not entry.node and entry.category not in APART and entry.status != "Unused":
            places.setdefault((entry.service, entry.region), []).append(entry.effective)
    dearest = sorted(((*place, math.fsum(costs)) for place, costs in places.items()), key=lambda row: -row[2])
    return MonthSums(
        total("billed", entries),
        total("listed", [entry for entry in entries if entry.category not in APART]),
        total("contracted", [entry for entry in entries if entry.category not in APART]),
        total("effective", [entry for entry in entries if entry.category in APART]),
        total("effective", usage),
        total("effective", [entry for entry in usage if entry.status == "Used"]),
        total("effective", [entry for entry in entries if entry.status == "Unused"]),
        tuple(row for row in dearest[:MOST_UNKNOWN] if row[2] > 0),
    )


def bill_delta(design: Design, bill: Bill) -> Delta:
    """Return the delta that keeps the bill's months with the design, to hold the plan against them.

    Months of an earlier bill in the same currency stay; those that both have are replaced.
    """
    by_month: dict[str, list[BillEntry]] = {}
    for entry in bill.entries:
        by_month.setdefault(entry.month, []).append(entry)
    key = input_id(FRAMEWORK, "actuals")
    before = design.input(FRAMEWORK, "actuals")
    held: Mapping[str, Any] = before.value if before is not None and isinstance(before.value, Mapping) else {}
    kept = held if held.get("currency") == bill.currency and "sums" in held else {}
    months = {month: dict(row) for month, row in kept.get("months", {}).items() if month not in by_month}
    sums = {month: dict(row) for month, row in kept.get("sums", {}).items() if month not in by_month}
    for month, entries in by_month.items():
        months[month] = {node: round(usd, CENT_PARTS) for node, usd in month_nodes(entries).items()}
        found = month_sums(entries)
        sums[month] = {name: getattr(found, name) for name in found.__struct_fields__}
        sums[month]["unknown"] = [list(row) for row in found.unknown]
    value = {
        "file": bill.file,
        "currency": bill.currency,
        "rows": bill.rows,
        "months": {month: months[month] for month in sorted(months)},
        "sums": {month: sums[month] for month in sorted(sums)},
    }
    return Delta.of([(key, design.elements.get(key), Input(value, "measured"))])
