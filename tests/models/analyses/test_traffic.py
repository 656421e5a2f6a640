"""Traffic: conservation against a dense solve, endless loops by name, retries."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.analyses import traffic
from models.analyses.flow_order import FlowOrder


def _random_graph(seed: int, n: int, flows: int, gain: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    source, target = generator.integers(0, n, (2, flows))
    return source, target, generator.random(flows) * gain, generator.random((2, n))


@given(seed=st.integers(0, 10_000), n=st.integers(1, 120), density=st.floats(0.0, 4.0))
@settings(deadline=None, max_examples=60)
def test_rates_equal_the_dense_solution(seed: int, n: int, density: float) -> None:
    source, target, gain, external = _random_graph(seed, n, int(n * density), 0.9 / max(density * 4.0, 1.0))
    matrix = np.zeros((n, n))
    np.add.at(matrix, (source, target), gain)
    radius = float(np.abs(np.linalg.eigvals(matrix)).max())
    found = traffic.solve(n, source, target, gain, external)
    if radius < 1.0:
        expected = np.linalg.solve(np.eye(n) - matrix.T, external.T).T
        assert found.node_rates == pytest.approx(expected, rel=1e-8)
        assert not found.loops
    else:
        assert found.loops
    inflow = external.copy().T
    np.add.at(inflow, target, found.flow_rates.T)
    inflow = inflow.T
    finite = np.isfinite(found.node_rates)
    assert inflow[finite] == pytest.approx(found.node_rates[finite], rel=1e-8)
    assert (found.node_rates[finite] >= 0).all()


def test_an_endless_loop_is_named_and_the_rest_still_solved() -> None:
    found = traffic.solve(5, [0, 1, 2, 2, 0], [1, 2, 1, 3, 4], [1.0, 2.0, 0.6, 1.0, 3.0], [1, 0, 0, 0, 0])
    assert [loop.nodes for loop in found.loops] == [(1, 2)]
    assert found.loops[0].gain == pytest.approx(np.sqrt(1.2))
    assert found.node_rates[0, [0, 4]].tolist() == [1.0, 3.0]
    assert np.isnan(found.node_rates[0, [1, 2, 3]]).all()


def test_a_loop_that_no_journey_enters_leaves_the_others_alone() -> None:
    found = traffic.solve(3, [1, 2, 0], [2, 1, 0], [1.0, 1.5, 0.5], [[1.0, 0.0, 0.0]])
    assert found.node_rates.tolist() == [[2.0, 0.0, 0.0]]
    assert found.loops[0].nodes == (1, 2)


def test_a_large_ring_is_solved_by_iteration() -> None:
    n = 200
    ring = np.arange(n)
    found = traffic.solve(n, ring, (ring + 1) % n, np.full(n, 0.5), np.eye(n)[0])
    assert found.node_rates[0] == pytest.approx(0.5**ring / (1.0 - 0.5**n))
    endless = traffic.solve(n, ring, (ring + 1) % n, np.full(n, 1.0), np.eye(n)[0])
    assert endless.loops[0].gain == pytest.approx(1.0)


def test_negative_input_is_refused_with_its_place() -> None:
    with pytest.raises(ValueError, match="gain of flow 1 is negative"):
        traffic.solve(2, [0, 0], [1, 1], [1.0, -1.0], [1.0, 0.0])
    with pytest.raises(ValueError, match="outside 0 to 1"):
        FlowOrder(2, [0], [2])


def test_a_saturated_node_passes_on_its_capacity_only() -> None:
    order = FlowOrder(3, [0, 1], [1, 2])
    found, share = traffic.solve_throttled(order, [2.0, 1.0], [10.0, 0.0, 0.0], [np.inf, 5.0, np.inf])
    assert found.node_rates[0].tolist() == [10.0, 20.0, 5.0]
    assert share.tolist() == [1.0, 0.25, 1.0]


@given(p=st.floats(0.0, 1.0), retries=st.integers(0, 8))
def test_retry_factor_is_the_sum_of_attempts(p: float, retries: int) -> None:
    assert float(traffic.retry_factor(p, retries)) == pytest.approx(sum(p**n for n in range(retries + 1)), rel=1e-6)


def test_a_steep_timeout_is_metastable_and_a_flat_one_is_not() -> None:
    steep = traffic.retry_balance(lambda rate: 1.0 / (1.0 + np.exp(-(rate - 20.0))), 10.0, 3)
    assert bool(steep.metastable)
    assert float(steep.calm_rate) == pytest.approx(10.0, rel=1e-3)
    assert float(steep.storm_rate) == pytest.approx(40.0, rel=1e-3)
    assert not bool(traffic.retry_balance(lambda rate: np.full_like(rate, 0.1), 10.0, 3).metastable)
