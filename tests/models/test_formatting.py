"""Every number reads alike everywhere, and what a hand types is read back in the right unit."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.design.elements import Brief
from models.formatting import (
    MINUS,
    SPACE,
    format_band,
    format_bound,
    format_change,
    format_figure,
    format_quantity,
    format_value,
    money_of,
    shown_money,
)
from models.quantities import parse_value
from models.report import Figure


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (26_712.0, "USD/month", "$26,700"),
        (0.0053, "USD", "$0.0053"),
        (5.3, "USD", "$5.30"),
        (12.0, "USD/hour", "$12/hour"),
        (0.84, "s", "840 ms"),
        (2.3, "s", "2.3 s"),
        (6.1 * 3600, "s", "6.1 h"),
        (78 * 60, "s", "78 min"),
        (0.9996, "s", "1 s"),
        (0.93, "fraction", "93 %"),
        (0.032, "fraction", "3.2 %"),
        (0.996, "fraction", "99.6 %"),
        (0.9993, "availability", "99.93 %"),
        (0.99987, "availability", "99.987 %"),
        (1.0, "availability", "100 %"),
        (8.7, "1/s", "8.7/s"),
        (0.002, "1/s", "7.2/h"),
        (7 * 2**20, "byte/s", "7.0 MiB/s"),
        (4096.0, "GiB", "4 TiB"),
        (1900.0, "kgCO2e/month", "1.9 t CO₂e"),
        (9.0, "month", "month 9"),
        (1.08, "×", "1.08 ×"),
        (36.0, "months", "36 months"),
        (None, "s", "not known"),
        (math.nan, "s", "not known"),
        (math.inf, "s", "unbounded"),
    ],
)
def test_three_digits_and_a_fitting_unit(value: float | None, unit: str, text: str) -> None:
    assert format_value(value, unit) == text.replace(" ", SPACE).replace(f"not{SPACE}known", "not known")


def test_carbon_keeps_what_it_is_measured_per() -> None:
    assert format_value(0.381, "kg/kWh") == f"381{SPACE}g{SPACE}CO₂e/kWh"


def test_quantities_are_written_out() -> None:
    assert [format_quantity(value) for value in (26_884_000_000.0, 1460.0, 0.12345)] == [
        "26,880,000,000",
        "1,460",
        "0.1235",
    ]


def test_negative_numbers_carry_a_true_minus_sign() -> None:
    assert format_value(-0.4, "s") == f"{MINUS}400{SPACE}ms"
    assert "-" not in format_value(-12_000.0, "USD")


def test_precise_keeps_six_digits() -> None:
    assert format_value(26_712.4, "USD/month", precise=True) == "$26,712.40"
    assert format_value(0.0123456, "USD/h", precise=True) == "$0.0123456/h"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2_715.6, "$2,715.60"),
        (2_715.0, "$2,715"),
        (12.5, "$12.50"),
        (1.004, "$1"),
        (0.5, "$0.50"),
        (0.00125, "$0.00125"),
        (0.0, "$0"),
        (9_999.996, "$10,000"),
        (27_486.4, "$27,486.40"),
        (99_999.996, "$100,000"),
    ],
)
def test_precise_amounts_of_money_have_cents(value: float, text: str) -> None:
    assert format_value(value, "USD/month", precise=True) == text


def test_figures_say_bounds_bands_and_what_is_not_known() -> None:
    figure = Figure("total/cost_per_month", "Cost", 26_712.0, "USD/month", bound="at_least", band=(22_000.0, 34_000.0))
    assert format_figure(figure) == "at least $26,700"
    assert format_figure(figure, band=True) == "at least $26,700 ($22–34k)"
    assert format_bound(figure) == f"≥{SPACE}$26,700"
    assert format_figure(Figure("a", "A", None, "s")) == "not known"
    assert format_figure(Figure("a", "A", None, "", text="Orchestrator")) == "Orchestrator"
    assert format_figure(Figure("node/x/availability", "Availability", 0.9993, "fraction")) == f"99.93{SPACE}%"
    assert format_band(1.2, 1.9, "s") == f"1.2–1.9{SPACE}s"


def test_changes_know_their_direction() -> None:
    assert format_change(180.0, "USD/month") == ("+$180", False)
    assert format_change(-180.0, "USD/month") == (f"{MINUS}$180", True)
    assert format_change(0.001, "availability", good_when="higher")[1] is True
    assert format_change(0.0, "s") == ("±0", None)


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("1.5k rps", "1/s", 1500.0),
        ("20k requests/s", "rps", 20_000.0),
        ("2 TiB", "GiB", 2048.0),
        ("4 GB", "GiB", 4e9 / 2**30),
        ("3 min", "ms", 180_000.0),
        ("15 %", "%", 0.15),
        ("15", "%", 0.15),
        ("300/day", "1/s", 300 / 86_400),
        ("$1,200", "USD/month", 1200.0),
        ("$5/hour", "USD/month", 3650.0),
        (f"{MINUS}3", "h", -3.0),
        ("5M", "count", 5e6),
        ("8", "vCPU", 8.0),
        ("12 GiB/day", "GiB/month", 365.0),
    ],
)
def test_reads_what_a_hand_types(text: str, unit: str, value: float) -> None:
    assert parse_value(text, unit) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "unit", "part"),
    [
        ("abc", "s", "is not a number; write for example 250 ms"),
        ("3 kg", "s", "cannot be read in s"),
        ("3 foo", "GiB", "the unit “foo” is not known"),
        ("1,5", "s", "write decimals with a point"),
        ("", "%", "write for example 15 %"),
    ],
)
def test_says_what_is_wrong_and_what_to_write(text: str, unit: str, part: str) -> None:
    with pytest.raises(ValueError, match=re.escape(part)):
        parse_value(text, unit)


@given(st.floats(1e-6, 1e12), st.sampled_from(["s", "1/s", "GiB", "USD", "ms"]))
def test_what_is_printed_reads_back_within_three_digits(value: float, unit: str) -> None:
    assert parse_value(format_value(value, unit), unit) == pytest.approx(value, rel=6e-3)


def test_money_is_shown_in_the_currency_of_a_brief_at_its_rate() -> None:
    with money_of(Brief(params={"currency": "EUR", "units_per_usd": 0.5})):
        assert format_value(3200.0, "USD/month") == "€1,600"
        assert format_value(0.02, "USD/h") == "€0.01/h"
        assert format_band(22_000.0, 34_000.0, "USD/month") == "€11–17k"
        assert format_value(12.0, "s") == "12\u202fs"
        with money_of(Brief(params={"currency": "CHF", "units_per_usd": 0.9})):
            assert format_value(-100.0, "USD") == "\u2212CHF\u202f90"
    assert format_value(3200.0, "USD/month") == "$3,200"


def test_money_of_a_block_is_that_of_its_thread_only() -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool, money_of(Brief(params={"currency": "EUR", "units_per_usd": 0.5})):
        assert pool.submit(format_value, 100.0, "USD").result() == "$100"
        assert format_value(100.0, "USD") == "€50"


@pytest.mark.parametrize("params", [{"currency": "EUR"}, {"currency": "EUR", "units_per_usd": 0}, {}])
def test_money_stays_in_dollars_while_no_rate_is_stated(params: dict[str, object]) -> None:
    with money_of(Brief(params=params)):
        assert format_value(5.0, "USD") == "$5"
        assert shown_money() == ("$", "USD", 1.0)
