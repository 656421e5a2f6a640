"""Amounts as deployment files write them: processors, bytes, counts, schedules."""

from __future__ import annotations

_BYTES = {
    "": 1.0,
    "b": 1.0,
    "k": 1e3,
    "m": 1e6,
    "g": 1e9,
    "t": 1e12,
    "p": 1e15,
    "ki": 2.0**10,
    "mi": 2.0**20,
    "gi": 2.0**30,
    "ti": 2.0**40,
    "pi": 2.0**50,
}


def cpus(text: str | None) -> float | None:
    """Return processors of a Kubernetes or Compose amount (`500m`, `2`, `0.5`), or None if it is not one."""
    if not text:
        return None
    try:
        value = float(text[:-1]) / 1000 if text.endswith("m") else float(text)
    except ValueError:
        return None
    return value if 0 < value < 1e6 else None


def gib(text: str | None, binary: bool = False) -> float | None:
    """Return GiB (2³⁰ bytes) of an amount (`512Mi`, `2G`, `100M`, `1e9`), or None if it is not one.

    Args:
        text: number and unit.
        binary: units without `i` count in powers of 1024, as Compose does.
    """
    if not text:
        return None
    text = text.strip()
    digits = text.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
    unit = text[len(digits) :].strip().lower()
    if unit == "m" and text.endswith("m") and not binary:
        unit = "milli"
    unit = unit.removesuffix("b") or ("b" if unit == "b" else "")
    if binary and unit in ("k", "m", "g", "t", "p"):
        unit += "i"
    factor = 1e-3 if unit == "milli" else _BYTES.get(unit)
    try:
        value = float(digits) * factor / 2**30 if factor is not None else None
    except ValueError:
        return None
    return value if value is not None and 0 < value < 1e9 else None


def count(text: str | None) -> int | None:
    """Return a whole number of at least 0, or None if the text is not one."""
    try:
        value = int(text) if text else None
    except ValueError:
        return None
    return value if value is not None and 0 <= value <= 1_000_000 else None


def says_yes(text: str | None) -> bool:
    """Return whether the text is a yes of YAML 1.1 or 1.2."""
    return (text or "").lower() in ("true", "yes", "on", "y", "1")


def runs_per_day(schedule: str) -> float | None:
    """Return how often a cron schedule (minute hour day month weekday, or @daily …) runs a day, or None."""
    named = {
        "@hourly": 24.0,
        "@daily": 1.0,
        "@midnight": 1.0,
        "@weekly": 1 / 7,
        "@monthly": 12 / 365,
        "@yearly": 1 / 365,
    }
    if schedule.strip() in named:
        return named[schedule.strip()]
    fields = schedule.split()
    if len(fields) != 5:
        return None
    counts = [_choices(*entry) for entry in zip(fields, (60, 24, 31, 12, 7), (0, 0, 1, 1, 0), strict=True)]
    if any(value is None for value in counts):
        return None
    minutes, hours, days, months, weekdays = (float(value or 0) for value in counts)
    share = 1.0
    if fields[2] != "*":
        share *= days * 12 / 365
    if fields[3] != "*":
        share *= months / 12
    if fields[4] not in ("*", "?"):
        share *= weekdays / 7
    return minutes * hours * share


def _choices(field: str, span: int, first: int) -> int | None:
    """Return how many values of one cron field match, or None if it cannot be read."""
    names = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "jan", "feb", "mar", "apr", "may", "jun")
    total = 0
    for part in field.split(","):
        body, _, step = part.partition("/")
        every = count(step) if step else 1
        if not every:
            return None
        if body in ("*", "?"):
            low, high = first, first + span - 1
        else:
            start, _, end = body.partition("-")
            numbers = [0 if text.lower() in names else count(text) for text in (start, end) if text]
            if not numbers or any(number is None for number in numbers):
                return None
            low = int(numbers[0] or 0)
            high = int(numbers[-1] or 0) if end else first + span - 1 if step else low
        total += max(0, (high - low) // every + 1)
    return min(total, span)
