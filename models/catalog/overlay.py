"""A price list of the user's own, laid over the shipped prices.

CSV with a header: provider, region, item, unit, price_usd, date; optional purchase and note. `item` is an item of
`items.json` or an instance type; `region` may be "*".
"""

import csv
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import msgspec

from models.catalog.prices import USD_PER_HOUR
from models.catalog.records import PURCHASES, Fact, Instance, Item, Place, Provider, Region, Tier, UnitPrice
from models.words import Text, joined

REQUIRED = ("provider", "region", "item", "unit", "price_usd", "date")
COLUMNS = (*REQUIRED, "purchase", "note")
INSTANCE_UNIT = "hour"


class OverlayRow(msgspec.Struct, frozen=True):
    """One line of a price list; `where` is "file, line n"."""

    provider: str
    region: str
    item: str
    unit: str
    price_usd: float
    date: str
    purchase: str = "on_demand"
    note: str = ""
    where: str = ""


class PriceListError(ValueError):
    """A price list that cannot be used; `problems` holds one sentence per fault with file, line and column."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(joined(problems, "\n"))


def read_price_list(path: Path) -> tuple[OverlayRow, ...]:
    """Return the rows of a CSV price list (comma or semicolon, UTF-8).

    Raises:
        PriceListError: the file cannot be read, lacks a column or holds a bad number or date; all faults are listed.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise PriceListError(
            [Text("{file}: the file cannot be read as UTF-8 text ({error}).", file=path.name, error=str(error))]
        ) from error
    lines = text.splitlines()
    delimiter = ";" if lines and lines[0].count(";") > lines[0].count(",") else ","
    reader = csv.DictReader(lines, delimiter=delimiter)
    header = [name.strip().lower() for name in reader.fieldnames or ()]
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        raise PriceListError(
            [Text("{file}, line 1: column {name} is missing; add it.", file=path.name, name=name) for name in missing]
        )
    reader.fieldnames = header
    rows: list[OverlayRow] = []
    problems: list[str] = []
    for record in reader:
        where = Text("{file}, line {line}", file=path.name, line=reader.line_num)
        cells = {name: (record.get(name) or "").strip() for name in COLUMNS}
        faults = _faults(cells, where)
        problems += faults
        if not faults and any(cells.values()):
            rows.append(_row(cells, str(where)))
    if problems:
        raise PriceListError(problems)
    return tuple(rows)


def _row(cells: Mapping[str, str], where: str) -> OverlayRow:
    return OverlayRow(
        cells["provider"],
        cells["region"],
        cells["item"],
        cells["unit"],
        float(cells["price_usd"]),
        cells["date"],
        cells["purchase"] or "on_demand",
        cells["note"],
        where,
    )


def _faults(cells: Mapping[str, str], where: str) -> list[str]:
    if not any(cells.values()):
        return []
    faults: list[str] = [
        Text("{where}, column {name}: the cell is empty; fill it.", where=where, name=name)
        for name in REQUIRED
        if not cells[name]
    ]
    number = cells["price_usd"]
    if number and not re.fullmatch(r"\d+(\.\d*)?([eE][-+]?\d+)?|\.\d+", number):
        faults.append(
            Text(
                "{where}, column price_usd: {number} is not a price; write a number such as 0.085.",
                where=where,
                number=repr(number),
            )
        )
    if cells["date"] and not _is_date(cells["date"]):
        faults.append(
            Text(
                "{where}, column date: {date} is not a date; write it as 2026-11-23.",
                where=where,
                date=repr(cells["date"]),
            )
        )
    return faults


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def check_rows(
    rows: Sequence[OverlayRow],
    providers: Mapping[str, Provider],
    regions: Mapping[Place, Region],
    items: Mapping[str, Item],
    instances: Mapping[tuple[str, str], Instance],
) -> None:
    """Check a price list against a catalog.

    Raises:
        PriceListError: a row names an unknown provider, region, item, type, unit or purchase; all faults are listed.
    """
    problems: list[str] = []
    for row in rows:
        where = row.where or Text("price list")
        if row.provider not in providers:
            args = {"where": where, "provider": row.provider, "known": ", ".join(providers)}
            problems.append(Text("{where}, column provider: {provider!r} is not known; known are {known}.", **args))
            continue
        if row.region != "*" and (row.provider, row.region) not in regions and row.provider != "on_premises":
            args = {"where": where, "provider": row.provider, "region": row.region}
            problems.append(
                Text("{where}, column region: {provider} has no region {region!r}; use its id or *.", **args)
            )
        problems += _faults_of_item(row, where, items, instances)
    if problems:
        raise PriceListError(problems)


def _faults_of_item(
    row: OverlayRow, where: str, items: Mapping[str, Item], instances: Mapping[tuple[str, str], Instance]
) -> list[str]:
    args = {"where": where, "item": row.item, "provider": row.provider, "given": row.unit, "purchase": row.purchase}
    if row.item not in items and (row.provider, row.item) not in instances:
        return [Text("{where}, column item: {item!r} is neither an item nor an instance type of {provider}.", **args)]
    faults: list[str] = []
    args["unit"] = items[row.item].unit if row.item in items else INSTANCE_UNIT
    if row.unit != args["unit"]:
        faults.append(Text("{where}, column unit: {item} is priced per {unit}, not per {given!r}.", **args))
    if row.purchase not in PURCHASES:
        args["names"] = ", ".join(PURCHASES)
        faults.append(Text("{where}, column purchase: {purchase!r} is not one of {names}.", **args))
    return faults


class Priced:
    """Overlay rows by what they price; `units` holds unit prices by (provider, item) and region."""

    def __init__(self, rows: Sequence[OverlayRow], items: Mapping[str, Item]) -> None:
        self._instances: dict[tuple[str, str, str, str], Fact] = {}
        self.units: dict[tuple[str, str], dict[str, UnitPrice]] = {}
        for row in rows:
            source = row.note or row.where or Text("own price list")
            if row.item in items:
                tiers = (Tier(0.0, row.price_usd),)
                unit = items[row.item].unit
                price = UnitPrice(row.provider, row.item, row.region, unit, tiers, row.date, source, "overlay")
                self.units.setdefault((row.provider, row.item), {})[row.region] = price
            else:
                fact = Fact(row.price_usd, USD_PER_HOUR, row.date, source, "overlay")
                self._instances[row.provider, row.region, row.item, row.purchase] = fact

    def instance(self, provider: str, region: str, instance_type: str, purchase: str) -> Fact | None:
        """Return the own price of a host in a region, else everywhere, or None."""
        own = self._instances.get((provider, region, instance_type, purchase))
        return own or self._instances.get((provider, "*", instance_type, purchase))
