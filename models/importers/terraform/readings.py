"""Values of parameters as the tables say that they are read from the attributes of a resource."""

from __future__ import annotations

from typing import Any

from models.design.elements import Value
from models.importers.terraform.table import Reading
from models.importers.terraform.values import amount, daily_runs, every, first, number, whole


def read(reading: Reading, values: Any) -> Value:
    """Return what a parameter is by the attributes of a resource, or None if they do not say it."""
    value = first(values, reading.paths)
    if reading.choose:
        return _chosen(reading, values, value)
    if reading.schedule:
        return daily_runs(value)
    found = _summed(reading, values) if reading.each else _number(reading, value)
    if found is None or (reading.least is not None and found < reading.least):
        return None
    for path in reading.times:
        found *= whole(values, (path,)) or 1
    found *= reading.scale
    if reading.rest is not None:
        found = max(reading.rest - found, 0.0)
    return int(found) if found == int(found) else found


def _chosen(reading: Reading, values: Any, value: Any) -> Value:
    written = "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    chosen = reading.choose.get(written)
    if chosen is None and value is None:
        false = next((each for path in reading.paths for each in every(values, path) if each is False), None)
        chosen = reading.choose.get("false") if false is False else None
    return reading.choose.get("*") if chosen is None and value is not None else chosen


def _number(reading: Reading, value: Any) -> float | None:
    return amount(value, reading.amount) if reading.amount else number(value)


def _summed(reading: Reading, values: Any) -> float | None:
    """Return the sum over the items of a list, of each the number at the first of the paths that holds one."""
    known = [found for item in every(values, reading.each) if (found := _number(reading, first(item, reading.paths)))]
    return sum(known) if known else None
