"""Calendar dates of a plan: read as people write them, and turned into months of the plan and back."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta

DAYS_PER_MONTH = 365.25 / 12.0
_WRITTEN = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")


def day_of(text: object, last: bool = False) -> date | None:
    """Return the day that 2027-11 or 2027-11-30 names; None if the text names none.

    Args:
        last: a month without a day means its last day (an end), else its first (a start).
    """
    found = _WRITTEN.fullmatch(str(text or "").strip())
    if found is None:
        return None
    year, month, day = int(found[1]), int(found[2]), found[3]
    try:
        return date(year, month, int(day) if day else monthrange(year, month)[1] if last else 1)
    except ValueError:
        return None


def months_between(start: date, end: date) -> float:
    """Return the mean months from start to end; negative when the end comes first."""
    return (end - start).days / DAYS_PER_MONTH


def day_after(start: date, months: float) -> date | None:
    """Return the day that many mean months after a start, None beyond the calendar: the inverse of `months_between`."""
    try:
        return start + timedelta(days=round(months * DAYS_PER_MONTH))
    except OverflowError:
        return None


def end_of_term(start: date, months: int) -> date | None:
    """Return the last day of a contract over whole calendar months from its first day, None beyond the calendar."""
    whole = start.year * 12 + start.month - 1 + months
    try:
        month = date(whole // 12, whole % 12 + 1, 1)
    except ValueError:
        return None
    day = min(start.day, monthrange(month.year, month.month)[1])
    return month.replace(day=day) - timedelta(days=1)
