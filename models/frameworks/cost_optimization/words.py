"""Numbers inside sentences, written by the one formatter of the program."""

from __future__ import annotations

from collections.abc import Sequence

from models.formatting import format_value
from models.report import Cell, Figure
from models.words import Text, counted, joined, quoted


def dollars(value: float) -> str:
    """Return money as three significant digits: “$49,000”."""
    return format_value(value, "USD/month")


def money_cell(usd: float, unpriced: int) -> Cell:
    """Return a sum for a table: a number, or a lower bound while something in it has no price."""
    if not unpriced:
        return usd
    reason = counted("{count} line has no price.", "{count} lines have no price.", unpriced)
    return Figure("", "", usd, "USD/month", "warning", reason=reason, bound="at_least")


def at_least(value: float, unpriced: int) -> str:
    """Return money for a sentence; as a lower bound while something in it has no price."""
    return Text("at least {usd}", usd=dollars(value)) if unpriced else dollars(value)


def few(names: Sequence[str], most: int = 3) -> str:
    """Return the first names of a list in quotes, and how many more there are."""
    shown, more = joined(quoted(name) for name in names[:most]), len(names) - most
    return Text("{names} and {count} more", names=shown, count=more) if more > 0 else shown


def percent(value: float) -> str:
    """Return a fraction in per cent: “86 %”."""
    return format_value(value, "fraction")
