"""Latency over call graphs: sequence, parallel steps, cycles, and percentiles."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.analyses import joins, latency


def test_steps_in_order_add_and_branches_of_a_step_overlap() -> None:
    order = latency.CallOrder(4, [0, 0, 0], [1, 2, 3], [0, 0, 1])
    mean, variance = latency.response_moments(latency.branches_of(order, 1.0, 1.0, 0.5), [1.0, 2.0, 3.0, 4.0], 0.0)
    assert mean[0] == pytest.approx(1.0 + 3.5 + 4.5)
    assert variance[0] == pytest.approx(0.0)


def test_optional_and_repeated_calls_have_the_moments_of_their_mixture() -> None:
    order = latency.CallOrder(2, [0], [1], [0])
    mean, variance = latency.response_moments(latency.branches_of(order, [3.0], [0.25]), [0.0, 2.0], [0.0, 1.0])
    assert mean[0] == pytest.approx(0.25 * 6.0)
    assert variance[0] == pytest.approx(0.25 * (3.0 + 36.0) - 1.5**2)


def test_cases_are_solved_side_by_side() -> None:
    order = latency.CallOrder(3, [0, 0], [1, 2], [0, 0])
    taken = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    mean, _ = latency.response_moments(latency.branches_of(order, 1.0, taken), [0.1, 1.0, 2.0], [0.0, 0.5, 0.5])
    assert mean.shape == (3, 3)
    assert mean[:2, 0].tolist() == pytest.approx([1.1, 2.1])
    assert mean[2, 0] > 2.1


def test_a_cycle_settles_or_is_endless() -> None:
    order = latency.CallOrder(2, [0, 1], [1, 0], [0, 0])
    mean, _ = latency.response_moments(latency.branches_of(order, 1.0, [1.0, 0.5]), [1.0, 1.0], [1.0, 1.0])
    assert mean == pytest.approx([4.0, 3.0])
    assert np.isinf(latency.response_moments(latency.branches_of(order, 1.0, 1.0), [1.0, 1.0], [1.0, 1.0])[0]).all()


def test_a_saturated_callee_makes_only_its_callers_infinite() -> None:
    order = latency.CallOrder(4, [0, 0, 3], [1, 2, 2], [0, 0, 0])
    mean, _ = latency.response_moments(
        latency.branches_of(order, 1.0, 1.0), [1.0, math.inf, 1.0, 1.0], [1.0, math.inf, 1.0, 1.0]
    )
    assert math.isinf(mean[0])
    assert mean[[2, 3]].tolist() == [1.0, 2.0]


@given(a=st.floats(0.1, 10.0), b=st.floats(0.1, 10.0))
@settings(deadline=None)
def test_the_larger_of_two_lies_between_its_bounds(a: float, b: float) -> None:
    mean, variance = joins.larger_of_two(a, a**2, b, b**2)
    exact = a + b - 1.0 / (1.0 / a + 1.0 / b)
    assert max(a, b) <= float(mean) <= (a + b) * (1.0 + 1e-12)
    assert float(mean) == pytest.approx(exact, rel=0.12)
    assert joins.slowest_mean([a, b], [a**2, b**2]) == pytest.approx(exact, rel=1e-3)
    assert float(variance) >= 0.0


def test_gamma_percentiles_and_tails_are_inverse_and_keep_their_edges() -> None:
    time = latency.gamma_percentile(2.0, 3.0, [0.5, 0.99])
    assert latency.gamma_exceeds(2.0, 3.0, time) == pytest.approx([0.5, 0.01])
    edges = latency.gamma_percentile([1.0, math.inf, math.nan, 0.0], [0.0, math.inf, 1.0, 0.0], 0.9)
    assert edges[[0, 1, 3]].tolist() == [1.0, math.inf, 0.0]
    assert math.isnan(edges[2])


@given(rho=st.floats(0.05, 0.95), branches=st.integers(2, 12))
@settings(deadline=None, max_examples=25)
def test_fork_and_join_is_nelson_tantawi_for_equal_branches(rho: float, branches: int) -> None:
    relative = sum(1.0 / n for n in range(1, branches + 1)) / 1.5
    expected = (relative + 4.0 / 11.0 * (1.0 - relative) * rho) * (12.0 - rho) / 8.0 / (1.0 - rho)
    assert joins.fork_join_response(rho, np.ones(branches)) == pytest.approx(expected, rel=1e-5)
