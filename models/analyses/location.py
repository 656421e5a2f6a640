"""Where to stand so that users are near: the p-median of weighted places.

min Σᵢ wᵢ · min over chosen j of d(i, j), p places chosen (Hakimi 1964). Solved by trying all choices while they are few
(30 places, 3 chosen: 4,060), which is exact; beyond that by exchange from the greedy choice (Teitz & Bart 1968).
"""

from __future__ import annotations

from itertools import combinations
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

MOST_CHOICES = 20_000


class Median(NamedTuple):
    """Chosen places, the mean distance to the nearest, the nearest of each demand, and whether it is proven best."""

    chosen: tuple[int, ...]
    mean: float
    nearest: NDArray[np.int64]
    exact: bool


def p_median(distance: ArrayLike, weight: ArrayLike, places: int) -> Median:
    """Return the `places` that lie nearest to the demand.

    Args:
        distance: (demands, candidates), in any one unit; infinite where a candidate cannot serve.
        weight: (demands,), at least 0.

    Raises:
        ValueError: when there are fewer candidates than places, or no place is asked for.
    """
    table, share = np.atleast_2d(np.asarray(distance, float)), np.asarray(weight, float)
    count = table.shape[1]
    if not 1 <= places <= count:
        raise ValueError(f"{places} places cannot be chosen from {count} candidates.")
    share = share / share.sum() if share.sum() > 0 else np.full(len(share), 1.0 / max(len(share), 1))
    exact = comb(count, places) <= MOST_CHOICES
    chosen = _all(table, share, places) if exact else _exchange(table, share, places)
    nearest = table[:, list(chosen)].argmin(axis=1)
    return Median(chosen, _cost(table, share, chosen), np.array(chosen)[nearest], exact)


def _cost(table: NDArray[np.float64], share: NDArray[np.float64], chosen: tuple[int, ...]) -> float:
    return float(share @ table[:, list(chosen)].min(axis=1))


def _all(table: NDArray[np.float64], share: NDArray[np.float64], places: int) -> tuple[int, ...]:
    choices = np.array(list(combinations(range(table.shape[1]), places)))
    costs = share @ table[:, choices].min(axis=2)
    return tuple(int(one) for one in choices[int(np.argmin(costs))])


def _exchange(table: NDArray[np.float64], share: NDArray[np.float64], places: int) -> tuple[int, ...]:
    chosen: list[int] = []
    for _ in range(places):
        rest = [one for one in range(table.shape[1]) if one not in chosen]
        chosen.append(min(rest, key=lambda one: _cost(table, share, (*chosen, one))))
    while True:
        best = _cost(table, share, tuple(chosen))
        swaps = [
            (_cost(table, share, (*(one for one in chosen if one != out), into)), out, into)
            for out in chosen
            for into in range(table.shape[1])
            if into not in chosen
        ]
        cost, out, into = min(swaps)
        if cost >= best:
            return tuple(sorted(chosen))
        chosen = [into if one == out else one for one in chosen]
