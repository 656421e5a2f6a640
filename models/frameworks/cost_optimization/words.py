"""Numbers inside sentences, written by the one formatter of the program."""

from __future__ import annotations

from models.formatting import format_value
from models.report import Cell, Figure


def dollars(value: float) -> str:
    """Return money as three significant digits: “$49,000”."""
    return format_value(value, "USD/month")


def money_cell(usd: float, unpriced: int) -> Cell:
    """Return a sum for a table: a number, or a lower bound while something in it has no price."""
    if not unpriced:
        return usd
    return Figure("", "", usd, "USD/month", "warning", reason=f"{unpriced} lines have no price.", bound="at_least")


def percent(value: float) -> str:
    """Return a fraction in per cent: “86 %”."""
    return format_value(value, "fraction")
