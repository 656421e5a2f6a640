"""Availability of plain combinations against enumeration and closed forms."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.analyses import availability

parts = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=7)


@given(values=parts, k=st.integers(0, 8))
def test_k_of_n_equals_enumeration(values: list[float], k: int) -> None:
    whole = 0.0
    for state in itertools.product((0, 1), repeat=len(values)):
        if sum(state) >= k:
            whole += math.prod(p if up else 1.0 - p for p, up in zip(values, state, strict=True))
    assert float(availability.k_of_n(values, k)) == pytest.approx(whole, abs=1e-12)


@given(values=parts)
def test_series_and_parallel_are_the_ends_of_k_of_n(values: list[float]) -> None:
    assert float(availability.series(values)) == pytest.approx(float(availability.k_of_n(values, len(values))))
    assert float(availability.parallel(values)) == pytest.approx(float(availability.k_of_n(values, 1)), abs=1e-12)


def test_many_rows_are_evaluated_at_once() -> None:
    table = np.random.default_rng(1).uniform(0.9, 1.0, (5, 3, 4))
    result = availability.k_of_n(table, 3)
    assert result.shape == (5, 3)
    assert float(result[2, 1]) == pytest.approx(float(availability.k_of_n(table[2, 1], 3)))


@given(up=st.floats(0.0, 1.0), count=st.integers(1, 8), needed=st.integers(0, 9))
def test_equal_replicas_are_a_k_of_n(up: float, count: int, needed: int) -> None:
    expected = float(availability.k_of_n([up] * count, needed))
    assert float(availability.replicas(up, count, needed)) == pytest.approx(expected, abs=1e-9)


@given(up=st.floats(0.5, 1.0), beta=st.floats(0.0, 1.0))
def test_a_common_cause_lies_between_independent_and_single(up: float, beta: float) -> None:
    one, pair = (float(availability.replicas(up, count, 1, beta)) for count in (1, 2))
    assert one == pytest.approx(up)
    assert up - 1e-12 <= pair <= float(availability.replicas(up, 2, 1, 0.0)) + 1e-12


def test_two_regions_of_the_fraud_template() -> None:
    """Each region 99.92 %, β 5 %: 99.996 % together."""
    both = float(availability.replicas(0.9999**3 * 0.9995, 2, 1, 0.05))
    assert both == pytest.approx(0.99996, abs=5e-6)
    assert float(availability.downtime(0.9999**3 * 0.9995).hours_per_year) == pytest.approx(7.0, abs=0.05)


def test_downtime_of_four_nines() -> None:
    result = availability.downtime(np.array([0.9999, 1.0]))
    assert result.hours_per_year.tolist() == pytest.approx([0.876, 0.0])
    assert result.minutes_per_week[0] == pytest.approx(1.008)
    assert result.minutes_per_month[0] == pytest.approx(4.38)
    assert float(availability.availability_from_downtime(0.876)) == pytest.approx(0.9999)


def test_repair_and_failure_give_availability() -> None:
    result = availability.from_repair([720.0, math.inf], [2 / 60, 1.0])
    assert result.tolist() == pytest.approx([720 / (720 + 2 / 60), 1.0])
