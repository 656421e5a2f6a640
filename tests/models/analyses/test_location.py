"""p-median: exact by enumeration, exchange as good where it is used, and errors that name the numbers."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from models.analyses import location


def test_two_clusters_get_one_place_each() -> None:
    points = np.array([0.0, 1.0, 2.0, 10.0, 11.0, 12.0])
    found = location.p_median(abs(points[:, None] - points), np.ones(6), 2)
    assert found.chosen == (1, 4)
    assert found.mean == pytest.approx(4.0 / 6.0)
    assert found.nearest.tolist() == [1, 1, 1, 4, 4, 4]
    assert found.exact


@pytest.mark.parametrize("seed", range(5))
def test_exchange_is_near_the_best_of_all_choices(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    source = np.random.default_rng(seed)
    table, weight = source.random((12, 10)), source.random(12)
    share = weight / weight.sum()
    best = min(float(share @ table[:, list(chosen)].min(axis=1)) for chosen in combinations(range(10), 3))
    assert location.p_median(table, weight, 3).mean == pytest.approx(best)
    monkeypatch.setattr(location, "MOST_CHOICES", 0)
    assert location.p_median(table, weight, 3).mean <= best * 1.1


def test_weights_pull_the_place() -> None:
    table = np.array([[0.0, 5.0], [5.0, 0.0]])
    assert location.p_median(table, [1.0, 3.0], 1).chosen == (1,)


def test_more_places_than_candidates_is_refused() -> None:
    with pytest.raises(ValueError, match="3 places cannot be chosen from 2"):
        location.p_median(np.ones((1, 2)), [1.0], 3)
