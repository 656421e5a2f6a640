"""Numbers inside sentences, written by the one formatter of the program."""

from __future__ import annotations

from models.formatting import format_value


def dollars(value: float) -> str:
    """Return money as three significant digits: “$49,000”."""
    return format_value(value, "USD/month")


def percent(value: float) -> str:
    """Return a fraction in per cent: “86 %”."""
    return format_value(value, "fraction")
