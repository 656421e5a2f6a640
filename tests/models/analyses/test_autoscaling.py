"""Autoscaler decisions: invariants of the steps, and a demand trace."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.analyses import autoscaling
from models.analyses.autoscaling_trace import simulate

replicas = st.integers(1, 500)
memory = st.lists(st.builds(autoscaling.Past, st.integers(1, 500), st.floats(0, 1000)), max_size=6)


@given(
    desired=replicas, current=replicas, low=st.integers(1, 50), span=st.integers(0, 400), added=memory, removed=memory
)
def test_rate_policies_never_overshoot_nor_turn_around(
    desired: int, current: int, low: int, span: int, added: list[autoscaling.Past], removed: list[autoscaling.Past]
) -> None:
    high = low + span
    found = autoscaling.limit_rate(desired, current, low, high, added=added, removed=removed).replicas
    if desired > current:
        assert found <= min(desired, high) or current > high
    elif desired < current:
        assert found >= max(desired, min(low, current))
    else:
        assert found == current


@given(desired=replicas, current=replicas, recommendations=memory)
def test_stabilized_lies_between_the_current_and_the_remembered(
    desired: int, current: int, recommendations: list[autoscaling.Past]
) -> None:
    found = autoscaling.stabilize(desired, current, recommendations, 60.0, 300.0)
    everything = [desired, current, *(past.value for past in recommendations)]
    assert min(everything) <= found <= max(everything)
    assert autoscaling.stabilize_down(desired, recommendations) >= desired


@given(ratio=st.floats(0.0, 20.0), current=replicas)
def test_the_ratio_step_moves_in_its_direction(ratio: float, current: int) -> None:
    found = int(autoscaling.desired_replicas(ratio, current, current))
    if abs(ratio - 1.0) < 0.0999:
        assert found == current
    elif ratio > 1.0:
        assert found >= current + (ratio > 1.1001)
    else:
        assert found <= current


def test_missing_metrics_say_what_to_do() -> None:
    with pytest.raises(ValueError, match="keeps the replicas"):
        autoscaling.from_resource([None], [100], [autoscaling.PodState.MISSING], 50, 1)


def test_a_trace_follows_demand_and_counts_what_was_lost() -> None:
    demand = np.concatenate([np.full(40, 50.0), np.full(80, 200.0), np.full(120, 50.0)])[:, None] * np.ones(2)
    found = simulate(demand, 10.0, 0.6, 1, [100, 12], ready_delay=60.0)
    assert found.replicas[39].tolist() == [9.0, 9.0]
    assert found.replicas[110, 0] * 10.0 * 0.6 >= 200.0 * 0.9
    assert found.replicas[110, 1] == 12.0
    assert found.replicas[-1, 0] < 12.0
    assert 0.0 < found.overload_seconds[0] < found.overload_seconds[1]
    assert (found.serving <= found.replicas).all()
