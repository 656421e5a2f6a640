"""Dates of a plan: what is read as one, and that months and days are the inverse of each other."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from models.dates import DAYS_PER_MONTH, day_after, day_of, end_of_term, months_between


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2027-11", date(2027, 11, 1), date(2027, 11, 30)),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        (" 2027-11-05 ", date(2027, 11, 5), date(2027, 11, 5)),
        *[(text, None, None) for text in ("", None, "2027", "2027-13", "2027-02-30", "soon", "2027-1-1", 2027)],
    ],
)
def test_a_month_names_its_first_or_last_day(text, first, last):
    assert day_of(text) == first
    assert day_of(text, last=True) == last


@given(some.dates(date(1990, 1, 1), date(2200, 1, 1)), some.floats(-200, 600))
def test_days_and_months_are_inverse(start, months):
    assert months_between(start, day_after(start, months)) == pytest.approx(months, abs=0.5001 / DAYS_PER_MONTH)


def test_a_term_ends_the_day_before_its_anniversary():
    assert end_of_term(date(2026, 5, 1), 12) == date(2027, 4, 30)
    assert end_of_term(date(2026, 5, 15), 36) == date(2029, 5, 14)
    assert end_of_term(date(2026, 8, 31), 6) == date(2027, 2, 27)
    assert end_of_term(date(9999, 1, 1), 120) is None
    assert day_after(date(2026, 1, 1), 1e9) is None
