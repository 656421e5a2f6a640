"""Shared accelerators against counting by hand and against a simulation of processor sharing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.analyses.card_sharing import Part, partitioned, time_sliced

H100 = [Part("1g.10gb", 1, 10, 7), Part("1g.20gb", 1, 20, 4), Part("2g.20gb", 2, 20, 3), Part("3g.40gb", 3, 40, 2)]


def test_replicas_share_cards_up_to_the_target_and_keep_a_second_card() -> None:
    found = time_sliced(8, 0.2, 0.7, 80.0)
    assert found is not None
    assert (found.per_card, found.cards) == (3, 3)  # 8 replicas, at most 3 a card: 3, 3 and 2
    assert found.slower == pytest.approx(1 / (1 - 2 * 0.2))
    assert found.memory_gb == pytest.approx(80 / 3)
    assert time_sliced(2, 0.1, 0.7, 24.0) is None  # one card would do, but then nothing is left when it fails
    assert time_sliced(4, 0.5, 0.7, 24.0) is None


def test_the_smallest_split_whose_parts_stay_below_the_target() -> None:
    found = partitioned(9, 0.09, 0.7, H100)
    assert found is not None
    assert (found.name, found.cards) == ("1g.10gb", 2)  # 0.09 × 7 = 63 % of a seventh
    larger = partitioned(9, 0.15, 0.7, H100)
    assert larger is not None
    assert (larger.name, larger.cards, larger.slower) == ("2g.20gb", 3, 3.5)
    assert partitioned(9, 0.5, 0.7, H100) is None


@given(st.integers(1, 40), st.floats(0.001, 0.99), st.floats(0.3, 1.0))
def test_sharing_never_loads_a_card_beyond_its_target_nor_needs_more_of_them(
    replicas: int, used: float, target: float
) -> None:
    sliced = time_sliced(replicas, used, target, 80.0)
    if sliced is not None:
        assert sliced.per_card * used <= target + 1e-6
        assert sliced.per_card * sliced.cards >= replicas > sliced.cards
    parts = partitioned(replicas, used, target, H100)
    if parts is not None:
        assert used * parts.slower <= target + 1e-6
        assert parts.per_card * parts.cards >= replicas > parts.cards


def test_own_time_beside_a_busy_neighbor_grows_as_in_a_simulated_shared_card() -> None:
    """Rare own jobs beside a neighbor of 40 %: each takes S/(1 − 0.4) when the card is shared in small turns."""
    random = np.random.default_rng(3)
    rate, mean, own, quantum = 0.4, 1.0, 1.0, 0.02
    taken = []
    for _ in range(1_500):
        queue = [float(work) for work in random.exponential(mean, random.geometric(1 - rate) - 1)]  # found on arrival
        left, time, following = own, 0.0, float(random.exponential(mean / rate))
        while left > 0:
            step = quantum * (len(queue) + 1)
            left -= quantum
            queue = [work - quantum for work in queue if work > quantum]
            time += step
            while following <= time:
                queue.append(float(random.exponential(mean)))
                following += float(random.exponential(mean / rate))
        taken.append(time)
    found = time_sliced(8, 0.4, 0.8, 80.0)
    assert found is not None
    assert np.mean(taken) == pytest.approx(own * found.slower, rel=0.08)
