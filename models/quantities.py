"""Reads what a hand types or copies: the inverse of `models.formatting`."""

from __future__ import annotations

import re

from models.formatting import IN_BYTES, IN_SECONDS, MINUS, SPACE, shown_money
from models.words import Text

_MULTIPLES = {"k": 1e3, "K": 1e3, "M": 1e6, "m": 1e6, "G": 1e9, "B": 1e9, "bn": 1e9, "T": 1e12}
_MULTIPLES |= {"mn": 1e6, "thousand": 1e3, "million": 1e6, "billion": 1e9}
_DIMENSIONS: dict[str, tuple[str, float]] = {
    **{name: ("time", seconds) for name, seconds in IN_SECONDS.items()},
    "ns": ("time", 1e-9),
    "us": ("time", 1e-6),
    "S": ("time", 1.0),
    "H": ("time", 3_600.0),
    "sec": ("time", 1.0),
    "second": ("time", 1.0),
    "seconds": ("time", 1.0),
    "minute": ("time", 60.0),
    "minutes": ("time", 60.0),
    "hour": ("time", 3_600.0),
    "hours": ("time", 3_600.0),
    "d": ("time", 86_400.0),
    "week": ("time", 604_800.0),
    "weeks": ("time", 604_800.0),
    "month": ("time", 730 * 3_600.0),
    "months": ("time", 730 * 3_600.0),
    "mo": ("time", 730 * 3_600.0),
    "year": ("time", 8_760 * 3_600.0),
    "years": ("time", 8_760 * 3_600.0),
    **{name.casefold(): ("bytes", size) for name, size in IN_BYTES.items()},
    "B": ("bytes", 1.0),
    "byte": ("bytes", 1.0),
    "bytes": ("bytes", 1.0),
    "pib": ("bytes", 1024.0**5),
    "kb": ("bytes", 1e3),
    "mb": ("bytes", 1e6),
    "gb": ("bytes", 1e9),
    "tb": ("bytes", 1e12),
    "pb": ("bytes", 1e15),
    "%": ("", 0.01),
    "percent": ("", 0.01),
    "fraction": ("", 1.0),
    "×": ("", 1.0),
    "x": ("", 1.0),
    "count": ("", 1.0),
    "": ("", 1.0),
    "1": ("", 1.0),
    "$": ("money", 1.0),
    "usd": ("money", 1.0),
    "kg": ("mass", 1.0),
    "kgco2e": ("mass", 1.0),
    "kg co2e": ("mass", 1.0),
    "t co2e": ("mass", 1e3),
    "g co2e": ("mass", 1e-3),
    "t": ("mass", 1e3),
    "g": ("mass", 1e-3),
}
_UNCOUNTED = ("requests", "request", "req", "calls", "runs", "documents", "messages", "events", "tokens", "items")
_LEADING = re.compile("^(thousand|million|billion|bn|mn|[kKMGBTm])(?=$|[\\s/%$])\\s*(.*)$")
_GLUED = re.compile("^([kKM])(rps|qps|req/s|/s|tokens?|items?)(.*)$")
_NUMBER = re.compile(
    r"^([+-]?)\s*(\$?)\s*([1-9]\d{0,2}(?:[,\s]\d{3})+(?:\.\d+)?(?!\d)|\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d+))?\s*(.*)$"
)


def parse_value(text: str, unit: str) -> float:
    """Return the number in `unit` that the text says: "1.5k rps", "2 TiB", "3 min", "15 %", "300/day".

    A text without a unit is taken to be in `unit` as it is shown, so "15" in a "%" field is 0.15: the result is the
    stored value, which for "%" is a fraction. Money with the sign that is shown is in that currency.

    Raises:
        ValueError: no number, or a unit of another kind; the message is a sentence with an example.
    """
    clean = text.strip().replace(MINUS, "-").replace(SPACE, " ").replace("\u00a0", " ").replace("₂", "2")
    clean, rate = _in_dollars(clean)
    match = _NUMBER.match(clean)
    if match is None:
        raise ValueError(
            Text("“{text}” is not a number; write for example {example}.", text=text.strip(), example=_example(unit))
        )
    sign, dollar, digits, exponent, rest = match.groups()
    number = float(re.sub(r"[,\s]", "", digits)) * 10.0 ** int(exponent or 0) / rate
    rest = rest.strip()
    if rest.startswith(",") or re.match(r"[.\d]*,\d", rest):
        raise ValueError(
            Text("“{text}” is not a number: write decimals with a point, for example 1.5.", text=text.strip())
        )
    if not dollar and "$" in rest:
        dollar, rest = "$", rest.replace("$", "", 1).strip()
    multiple, given = _split_multiple(rest, unit)
    if dollar:
        given = f"${given}" if given.startswith("/") or not given else given
    factor = _factor(given, unit, text.strip(), multiple)
    return (-1.0 if sign == "-" else 1.0) * number * multiple * factor


def _in_dollars(text: str) -> tuple[str, float]:
    """Return the text with a dollar for the sign of the currency that is shown, and units of that for one dollar."""
    money = shown_money()
    sign = money.sign.strip()
    return (text.replace(sign, "$", 1), money.rate) if sign != "$" and sign in text else (text, 1.0)


def _split_multiple(rest: str, unit: str) -> tuple[float, str]:
    """Take a leading k, M, G … off what follows the number, unless it is a unit by itself (m, T and B are not)."""
    if rest.casefold() == unit.casefold():
        return 1.0, rest
    match = _LEADING.match(rest)
    only = {"k", "K", "m"} if _dimension(unit)[0] == "bytes" else {"k", "K", "m", "B"}
    if match is None or (_unit(rest) is not None and rest not in only):
        glued = _GLUED.match(rest)
        return (_MULTIPLES[glued[1]], glued[2] + glued[3]) if glued else (1.0, rest)
    if match[1] == "m" and _dimension(unit)[0] == "time":
        return 1.0, f"min{match[2]}"
    return _MULTIPLES[match[1]], match[2]


def _factor(given: str, unit: str, text: str, multiple: float) -> float:
    """Return what one `given` is in `unit`; without a unit, in the unit as it is shown."""
    if not given and multiple != 1.0 and unit in _MULTIPLES:
        return 1.0 / _MULTIPLES[unit]
    if not given or given == "$" or given.replace("$", "USD").casefold() == unit.casefold():
        return 0.01 if unit == "%" else 1.0
    wanted, found = _unit(unit), _unit(given)
    if found is None:
        raise ValueError(
            Text(
                "“{text}”: the unit “{given}” is not known here; write for example {example}.",
                text=text,
                given=given,
                example=_example(unit),
            )
        )
    if wanted is None or wanted[0] != found[0]:
        raise ValueError(
            Text(
                "“{text}” cannot be read in {unit}; write for example {example}.",
                text=text,
                unit=unit or Text("plain numbers"),
                example=_example(unit),
            )
        )
    stored = 1.0 if unit == "%" else wanted[1]
    return found[1] / stored


def _dimension(unit: str) -> tuple[str, str]:
    found = _unit(unit)
    return found[0] if found else ("", "")


def _unit(text: str) -> tuple[tuple[str, str], float] | None:
    """Return ((dimension above, dimension below the stroke), size in SI) of a unit, or None if it is unknown."""
    text = text.strip()
    if text in ("rps", "qps", "tps", "Hz"):
        text = "/s"
    text = text.replace(" per ", "/").replace("per ", "/")
    above, stroke, below = (part.strip() for part in text.partition("/"))
    if above.casefold() in _UNCOUNTED:
        above = ""
    upper = _dimension_of(above)
    lower = _dimension_of(below) if stroke else ("", 1.0)
    if upper is None or lower is None:
        return None
    return (upper[0], lower[0]), upper[1] / lower[1]


def _dimension_of(name: str) -> tuple[str, float] | None:
    """Return what a unit measures; case counts for single letters only (g is gram, G is a billion)."""
    return _DIMENSIONS.get(name) or (_DIMENSIONS.get(name.casefold()) if len(name) > 1 else None)


def _example(unit: str) -> str:
    found = _unit(unit)
    examples = {
        ("time", ""): Text("250 ms or 3 min"),
        ("bytes", ""): Text("2 TiB or 500 MB"),
        ("", "time"): Text("1.5k rps or 300/day"),
        ("money", ""): Text("1,200 or 1.2k"),
        ("money", "time"): Text("0.35 or 250/month"),
        ("bytes", "time"): Text("20 MiB/s or 40 GiB/day"),
    }
    if unit in ("%", "fraction"):
        return "15 %"
    return examples.get(found[0] if found else ("", ""), f"1.5k {unit}".strip())
