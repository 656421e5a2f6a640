"""Commitments against brute force, and the ledger of FOCUS."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, poisson

from models.analyses import commitments

shares = st.floats(0.05, 0.95)
traces = st.lists(st.integers(0, 50), min_size=1, max_size=60)


def _cost(committed: float, on_demand: float, demand: np.ndarray, level: float) -> float:
    return committed * level + on_demand * float(np.maximum(demand - level, 0.0).mean())


@given(demand=traces, committed=shares)
def test_no_level_on_a_grid_beats_the_trace_optimum(demand: list[int], committed: float) -> None:
    trace = np.array(demand, float)
    best = commitments.best_for_trace(committed, 1.0, trace)
    grid = min(_cost(committed, 1.0, trace, level) for level in range(52))
    assert best.cost_per_hour <= grid + 1e-9
    assert best.cost_per_hour == pytest.approx(_cost(committed, 1.0, trace, best.level))


@given(demand=st.lists(st.integers(0, 50), max_size=60), rates=st.lists(st.floats(0.05, 1.5), min_size=1, max_size=5))
def test_the_levels_of_several_products_are_those_of_each(demand: list[int], rates: list[float]) -> None:
    each = [commitments.best_for_trace(rate, 1.0, demand).level for rate in rates]
    assert commitments.best_levels(rates, demand).tolist() == each


@given(demand=traces, levels=st.lists(st.floats(0, 60), min_size=1, max_size=10))
def test_the_cost_curve_equals_the_direct_mean(demand: list[int], levels: list[float]) -> None:
    curve = commitments.cost_curve(0.6, 1.0, demand, levels)
    assert curve == pytest.approx([_cost(0.6, 1.0, np.array(demand, float), level) for level in levels])


@given(mean=st.floats(0.5, 200), committed=shares)
def test_poisson_is_the_discrete_optimum(mean: float, committed: float) -> None:
    best = commitments.best_for_poisson(committed, 1.0, mean)
    assert best.level == poisson.ppf(1 - committed, mean)
    around = [_poisson_cost(committed, mean, best.level + step) for step in (-1, 0, 1)]
    assert best.cost_per_hour == pytest.approx(around[1])
    assert around[1] <= min(around) + 1e-9


def _poisson_cost(committed: float, mean: float, level: float) -> float:
    counts = np.arange(0, int(mean * 3 + 80))
    return float(committed * level + np.maximum(counts - level, 0) @ poisson.pmf(counts, mean))


@given(mean=st.floats(10, 500), spread=st.floats(0.01, 0.3), committed=shares)
def test_normal_is_near_a_fine_discretization(mean: float, spread: float, committed: float) -> None:
    best = commitments.best_for_normal(committed, 1.0, mean, spread * mean)
    points = norm.ppf((np.arange(20_000) + 0.5) / 20_000, mean, spread * mean)
    assert best.cost_per_hour == pytest.approx(_cost(committed, 1.0, points, best.level), rel=1e-3)


def test_a_commitment_that_is_not_cheaper_never_pays() -> None:
    for best in (
        commitments.best_for_normal(1.0, 1.0, 50.0, 5.0),
        commitments.best_for_trace(1.2, 1.0, np.full(800, 50.0)),
        commitments.best_for_poisson(1.0, 1.0, 50.0),
    ):
        assert best.level == 0.0
        assert best.cost_per_hour == pytest.approx(50.0)
        assert "never pays" in best.sentence


def test_short_traces_and_none_are_told() -> None:
    assert "30 days" in commitments.best_for_trace(0.6, 1.0, []).sentence
    assert "30 days" in commitments.best_for_trace(0.6, 1.0, np.ones(100)).sentence
    assert commitments.best_for_trace(0.6, 1.0, np.ones(721)).sentence == ""


@given(demand=traces, first=shares, second=shares, limit=st.integers(0, 30))
def test_two_products_are_layered_as_a_grid_search_would(
    demand: list[int], first: float, second: float, limit: int
) -> None:
    trace = np.array(demand, float)
    levels, found = commitments.layered_levels([first, second], [limit, np.inf], 1.0, trace)
    grid = min(
        first * a + second * b + float(np.maximum(trace - a - b, 0.0).mean())
        for a in range(limit + 1)
        for b in range(51)
    )
    assert found <= grid + 1e-9
    assert levels[0] <= limit


@pytest.mark.parametrize(
    ("usage", "rows", "utilization"),
    [
        (1.0, [("Used", 0.0, 1.0)], 1.0),
        (0.0, [("Unused", 0.0, 1.0)], 0.0),
        (0.75, [("Used", 0.0, 0.75), ("Unused", 0.0, 0.25)], 0.75),
        (1.5, [("Used", 0.0, 1.0), (None, 0.5, 0.5)], 1.0),
    ],
)
def test_the_ledger_is_that_of_the_specification(
    usage: float, rows: list[tuple[str | None, float, float]], utilization: float
) -> None:
    ledger = commitments.hourly_ledger(1.0, usage)
    assert [tuple(row) for row in ledger.rows] == rows
    assert ledger.utilization == utilization


def test_probabilities_have_to_fit() -> None:
    with pytest.raises(ValueError, match="sum to 1"):
        commitments.best_for_distribution(0.5, 1.0, [1, 2], [0.5, 0.6])
    assert commitments.used_share(["Used", "Unused", ""], [3.0, 1.0, 9.0]) == 0.75


def test_sustained_use_is_what_the_provider_publishes() -> None:
    """Google Cloud, sustained use discounts: N1 100/80/60/40 %, N2 100/86.7/73.3/60 % of the base rate by quarter."""
    shares = np.array([0.0, 0.25, 0.5, 0.75, 1.0, 1.7])
    assert commitments.sustained_use_share(shares, 0.3) == pytest.approx([0.0, 0.0, 0.1, 0.2, 0.3, 0.3])
    assert commitments.sustained_use_share(shares, 0.2) == pytest.approx([0.0, 0.0, 0.0667, 0.1333, 0.2, 0.2], abs=1e-4)
    assert commitments.sustained_use_share(0.5, np.array([0.0, 0.3])) == pytest.approx([0.0, 0.1])
