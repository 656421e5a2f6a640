"""The one formatter for every number; `models.quantities` reads what it writes.

Three significant digits, a unit that fits the size, a narrow no-break space before the unit and a true minus sign, so
that panel, scoreboard, spreadsheet and paper print the same characters.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import NamedTuple

from models.design.elements import Brief
from models.report import Figure
from models.words import Number, Text, counted, joined

SPACE = "\u202f"
MINUS = "\u2212"
NOT_KNOWN = Text("not known")
OTHER_UNITS = (Text("kWh/month"), Text("class"), Text("USD/GB"))
"""Units that no parameter has, named to be translated; those that one has stand in the words of the kinds."""

Scale = Sequence[tuple[float, float, str]]
"""Rows of (smallest magnitude it is used for, divisor, suffix), largest first."""

_SECONDS: Scale = (
    (2 * 86_400, 86_400, f"{SPACE}days"),
    (1.5 * 3_600, 3_600, f"{SPACE}h"),
    (90, 60, f"{SPACE}min"),
    (0.9995, 1, f"{SPACE}s"),
    (0.9995e-3, 1e-3, f"{SPACE}ms"),
    (0.0, 1e-6, f"{SPACE}µs"),
)
_RATES: Scale = (
    (1e9, 1e9, "G/s"),
    (1e6, 1e6, "M/s"),
    (0.05, 1, "/s"),
    (1 / 3_600, 1 / 3_600, "/h"),
    (0.0, 1 / 86_400, "/day"),
)
_BYTES: Scale = tuple(
    (0.9995 * 1024.0**power if power else 0.0, 1024.0**power, f"{SPACE}{prefix}")
    for power, prefix in ((5, "PiB"), (4, "TiB"), (3, "GiB"), (2, "MiB"), (1, "KiB"), (0, "B"))
)
_CARBON: Scale = (
    (999.5, 1e3, f"{SPACE}t{SPACE}CO₂e"),
    (0.9995, 1, f"{SPACE}kg{SPACE}CO₂e"),
    (0.0, 1e-3, f"{SPACE}g{SPACE}CO₂e"),
)
_PLAIN: Scale = ((1e9, 1e9, "G"), (1e6, 1e6, "M"), (0.0, 1, ""))

_ALIASES = {
    "byte": "B",
    "bytes": "B",
    "requests/s": "1/s",
    "req/s": "1/s",
    "rps": "1/s",
    "/s": "1/s",
    "kg": "kgCO2e",
    "usd": "USD",
    "hour": "h",
    "hours": "h",
    "seconds": "s",
    "x": "×",
    "ratio": "×",
}
IN_SECONDS = {"ms": 1e-3, "µs": 1e-6, "s": 1.0, "min": 60.0, "h": 3_600.0, "days": 86_400.0, "day": 86_400.0}
IN_BYTES = {"B": 1.0, "KiB": 1024.0, "MiB": 1024.0**2, "GiB": 1024.0**3, "TiB": 1024.0**4}


class Money(NamedTuple):
    """How money is shown: the sign before it, its code, and units of it for one USD, in which all money is kept."""

    sign: str
    code: str
    rate: float


class _Shown:
    """The currency that money is shown in where no block says otherwise."""

    everywhere = Money("$", "USD", 1.0)
    here: ContextVar[Money | None] = ContextVar("money", default=None)
    """Within a block of one thread: other threads and windows keep theirs."""


SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹"}


def _money_in(brief: Brief) -> Money:
    """Return the currency of a brief, US dollars while its rate is not stated."""
    code, rate = str(brief.params.get("currency") or "USD"), brief.params.get("units_per_usd")
    stated = isinstance(rate, int | float) and not isinstance(rate, bool) and rate > 0
    code, factor = (code, float(rate or 1.0)) if code != "USD" and stated else ("USD", 1.0)
    return Money(SIGNS.get(code, f"{code}{SPACE}"), code, factor)


def show_money_of(brief: Brief) -> None:
    """Show all money in the currency of a brief from now on, in US dollars while its rate is not stated."""
    _Shown.everywhere = _money_in(brief)


def money_of(brief: Brief) -> AbstractContextManager[None]:
    """Show money in the currency of a brief within the block, in this thread: for what is printed as a whole."""
    return money_as(_money_in(brief))


@contextmanager
def money_as(money: Money) -> Iterator[None]:
    """Show money so within the block, in this thread."""
    token = _Shown.here.set(money)
    try:
        yield
    finally:
        _Shown.here.reset(token)


def shown_money() -> Money:
    """Return sign, code and units for one USD of the currency that money is shown in."""
    return _Shown.here.get() or _Shown.everywhere


_WRITTEN_OUT = 1e18
"""Numbers from here on are printed with an exponent: nobody counts the digits."""


def format_value(value: float | None, unit: str, *, precise: bool = False) -> str:
    """Return the number as an architect reads it: three significant digits and a fitting unit.

    Args:
        value: in `unit`; None or NaN reads "not known".
        unit: `s`, `1/s`, `byte`, `byte/s`, `GiB`, `USD`, `USD/month`, `fraction`, `availability`, `kgCO2e`, `month`,
            `count`, `×`; any other unit is printed as it is. Money and carbon drop a `/month`, which their label says.
        precise: six significant digits instead of three, for spreadsheets' neighbors and derivations.
    """
    if value is None or math.isnan(value):
        return NOT_KNOWN
    if math.isinf(value):
        return Text("unbounded") if value > 0 else _led(MINUS, Text("unbounded"))
    text = _format(abs(value), _ALIASES.get(unit, unit), 6 if precise else 3)
    if value >= 0 or not re.search("[1-9]", text):
        return text
    return _led(MINUS, text)


def _led(sign: str, text: str) -> str:
    return joined((sign, text), "") if isinstance(text, Text) else Number(f"{sign}{text}")


def format_quantity(value: float) -> str:
    """Return an amount as an invoice prints it: four significant digits, written out with thousands separators."""
    return Number(_digits(value, 4))


def format_figure(figure: Figure, *, band: bool = False) -> str:
    """Return a figure's value with its bound ("at least $3,200"); with `band` also the error band ("(2.2–3.4k)").

    A figure without a value reads as its text, or "not known"; its reason is printed where there is room.
    """
    if figure.value is None:
        return figure.text or NOT_KNOWN
    unit = "availability" if figure.id.endswith("/availability") and figure.unit == "fraction" else figure.unit
    text = format_value(figure.value, unit)
    if figure.bound:
        lower = figure.bound == "at_least"
        text = Text("at least {value}", value=text) if lower else Text("at most {value}", value=text)
    if band and figure.band is not None:
        text = Text("{value} ({band})", value=text, band=format_band(*figure.band, unit))
    return text


def format_band(low: float, high: float, unit: str) -> str:
    """Return "22–34k" or "1.2–1.9 s": two values that share prefix and suffix, joined by an en dash."""
    if unit.startswith("USD") and min(abs(low), abs(high)) >= 1000:
        money = shown_money()
        return Number(f"{money.sign}{_digits(low * money.rate / 1e3, 2)}–{_digits(high * money.rate / 1e3, 2)}k")
    first, second = format_value(low, unit), format_value(high, unit)
    if first == second:
        return first
    if isinstance(first, Text) or isinstance(second, Text):
        return _span(first, second)
    end = re.search(r"\D*$", first)
    suffix = end.group() if end else ""
    if suffix and second.endswith(suffix):
        first = first[: -len(suffix)]
    return Number(f"{first}–{second.removeprefix(shown_money().sign if unit.startswith('USD') else '')}")


def _span(first: str, second: str) -> str:
    """Return two texts joined by an en dash, what they share once: "2–3 days"."""
    if isinstance(first, Text) and isinstance(second, Text) and (first.key, first.other) == (second.key, second.other):
        differ = [name for name, value in second.args.items() if first.args.get(name) != value]
        if len(differ) == 1 and isinstance(second.args[differ[0]], Number):
            return second.filled(**{differ[0]: Number(f"{first.args[differ[0]]}–{second.args[differ[0]]}")})
    return joined((first, second), "–")


def format_bound(figure: Figure) -> str:
    """Return the short form for a badge: "≥" or "≤" before the value, nothing for an exact one."""
    sign = {"": "", "at_least": "≥", "at_most": "≤"}[figure.bound]
    return joined((sign, format_value(figure.value, figure.unit)), SPACE) if sign else format_figure(figure)


def format_change(value: float, unit: str, *, good_when: str = "lower") -> tuple[str, bool | None]:
    """Return a signed difference ("+$180", "−0.4 s") and whether it is better; None when it rounds to nothing."""
    text = format_value(value, unit)
    if not re.search("[1-9]", text):
        return "±0", None
    return text if value < 0 else _led("+", text), (value < 0) == (good_when == "lower")


def _format(value: float, unit: str, digits: int) -> str:
    base, _, per = unit.partition("/")
    if _ALIASES.get(base, base) == "USD":
        money = shown_money()
        return Number(
            f"{money.sign}{_money(value * money.rate, digits, per in ('', 'month'))}"
            + (f"/{per}" if per and per != "month" else "")
        )
    return _measure(value, unit, digits)


@lru_cache(maxsize=2**15)  # after an edit most numbers of a drawing read as before
def _measure(value: float, unit: str, digits: int) -> str:
    text = _measured(value, unit, digits)
    return text if isinstance(text, Text) else Number(text)


def _measured(value: float, unit: str, digits: int) -> str:
    base, _, per = unit.partition("/")
    base = _ALIASES.get(base, base)
    if unit in ("fraction", "%"):
        return _percent(value, digits)
    if unit == "availability":
        return _availability(value)
    if unit == "1/s":
        return _dated(_scaled(value, _RATES, digits))
    if base == "kgCO2e":
        return _scaled(value, _CARBON, digits) + (f"/{per}" if per and per != "month" else "")
    if base in IN_BYTES and per in ("", "s", "month", "day"):
        text = _scaled(value * IN_BYTES[base], _BYTES, digits)
        return (re.sub(rf"^(\d)(?={SPACE})", r"\1.0", text) if value else text) + f"/{per}" if per else text
    if unit in IN_SECONDS:
        return _dated(_scaled(value * IN_SECONDS[unit], _SECONDS, digits))
    return _counted(value, unit, digits)


def _dated(text: str) -> str:
    """Return a time or rate with its days as a word that can be translated; the other units read the same anywhere."""
    if text.endswith("days"):
        return Text("{number}\u202fdays", number=Number(text.removesuffix(f"{SPACE}days")))
    return Text("{number}/day", number=Number(text.removesuffix("/day"))) if text.endswith("/day") else text


def _counted(value: float, unit: str, digits: int) -> str:
    if unit == "month":
        return Text("month\u202f{number}", number=Number(_digits(value, digits)))
    if unit == "×":
        return f"{_digits(value, digits)}{SPACE}×"
    number = Number(_scaled(value, _PLAIN, digits))
    if unit in ("", "count"):
        return number
    if unit == "months":
        return counted("{number}\u202fmonth", "{number}\u202fmonths", 1 if number == "1" else 2, number=number)
    return joined((number, Text(unit)), "" if unit.startswith("/") else SPACE)


def _scaled(value: float, scale: Scale, digits: int) -> str:
    if value == 0:
        suffix = next((suffix for _, divisor, suffix in scale if divisor == 1), scale[-1][2])
        return f"0{suffix}"
    for smallest, divisor, suffix in scale:
        if value >= smallest:
            return f"{_digits(value / divisor, digits)}{suffix}"
    return f"{_digits(value, digits)}{scale[-1][2]}"


def _digits(value: float, digits: int) -> str:
    """Return a number with thousands separators; whole numbers stay whole, 2.30 becomes 2.3 and 7.00 becomes 7."""
    if value == 0:
        return "0"
    if abs(value) >= _WRITTEN_OUT:
        return f"{value:.{digits - 1}e}"
    decimals = digits - 1 - math.floor(math.log10(abs(value)) + 1e-12)
    rounded = round(value, decimals)
    text = f"{rounded:,.{max(decimals, 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@lru_cache(maxsize=2**14)
def _money(value: float, digits: int, amount: bool) -> str:
    """Return money; a precise amount below 100,000 has cents as on an invoice, a price per unit all its digits."""
    if amount and digits > 3 and value < 99_999.995 and (value >= 1 or round(value, 2) == value):
        return f"{value:,.2f}".removesuffix(".00")
    if 1 <= value < 10 and digits <= 3:
        return f"{value:.2f}".removesuffix(".00")
    if 10 <= value < 100 and digits <= 3:
        return f"{value:.1f}".removesuffix(".0") + ("0" if round(value, 1) % 1 else "")
    return _digits(value, digits)


def _percent(value: float, digits: int) -> str:
    percent = value * 100
    if digits > 3:
        return f"{_digits(percent, digits)}{SPACE}%"
    if percent >= 10 and not 99 <= percent < 100:
        return f"{percent:,.0f}{SPACE}%"
    return f"{_digits(percent, 3 if percent >= 99 else 2)}{SPACE}%"


def _availability(value: float) -> str:
    """Return per cent with as many digits as the unavailability needs: one, or two when it starts with a 1."""
    missing = 1.0 - value
    if missing <= 1e-9:
        return f"100{SPACE}%"
    exponent = math.floor(math.log10(missing) + 1e-9)
    decimals = -exponent - 2 + (1 if missing / 10.0**exponent < 1.95 else 0)
    text = f"{value * 100:.{min(max(decimals, 1), 8)}f}"
    return f"{text.rstrip('0').rstrip('.')}{SPACE}%"
