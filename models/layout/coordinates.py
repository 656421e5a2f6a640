"""Coordinates within layers: every node as near to its neighbors as order and distances allow."""

from __future__ import annotations

import numpy as np

from models.layout.order import Layers
from models.routing.paths import F64

_ROUNDS = 12


def place_along(order: list[list[int]], layers: Layers, heights: F64, gap: float) -> F64:
    """Return the top of every node (real and dummy), shape (count,), px.

    In turn each layer moves to the weighted mean of its neighbors, which is a least-squares fit under the order: an
    isotonic regression once the needed distances are subtracted. Dummies weigh more, so that long edges are straight.

    Args:
        order: nodes of each layer from top to bottom.
        heights: height of each node, px; 0 for dummies.
        gap: least distance between real nodes; dummies need half of it.
    """
    center = np.zeros(layers.count)
    steps = [_steps(row, layers, heights, gap) for row in order]
    for row, step in zip(order, steps, strict=True):
        center[row] = step - step.mean() if len(row) else step
    for number in range(_ROUNDS):
        forward = number % 2 == 0
        rows = range(len(order)) if forward else range(len(order) - 1, -1, -1)
        last = number >= _ROUNDS - 2
        for at in rows:
            row = order[at]
            wanted, weights = _wishes(row, layers, center, forward=forward, both=last)
            center[row] = fit(wanted - steps[at], weights) + steps[at]
    return np.asarray(center - heights / 2)


def _steps(row: list[int], layers: Layers, heights: F64, gap: float) -> F64:
    """Return the least center of each node of a layer, counted from its first."""
    steps = np.zeros(len(row))
    for index in range(1, len(row)):
        a, b = row[index - 1], row[index]
        real = (a < layers.real) + (b < layers.real)
        steps[index] = steps[index - 1] + (heights[a] + heights[b]) / 2 + gap * (0.35, 0.6, 1.0)[real]
    return steps


def _wishes(row: list[int], layers: Layers, center: F64, *, forward: bool, both: bool) -> tuple[F64, F64]:
    """Return where each node of a layer wants to be, and how much."""
    wanted, weights = np.empty(len(row)), np.empty(len(row))
    for index, node in enumerate(row):
        near = layers.into[node] if forward else layers.out[node]
        if both or not near:
            near = layers.into[node] + layers.out[node]
        wanted[index] = sum(center[other] for other in near) / len(near) if near else center[node]
        weights[index] = (4.0 if node >= layers.real else 1.0) * max(len(near), 0.2)
    return wanted, weights


def fit(values: F64, weights: F64) -> F64:
    """Return the non-decreasing sequence nearest to the values in weighted least squares, shape as given.

    Pool adjacent violators (Barlow et al. 1972): linear time, exact.
    """
    means: list[float] = []
    masses: list[float] = []
    sizes: list[int] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        means.append(value)
        masses.append(weight)
        sizes.append(1)
        while len(means) > 1 and means[-2] > means[-1]:
            mean, mass, size = means.pop(), masses.pop(), sizes.pop()
            total = masses[-1] + mass
            means[-1] = (means[-1] * masses[-1] + mean * mass) / total
            masses[-1], sizes[-1] = total, sizes[-1] + size
    return np.repeat(np.array(means, np.float64), sizes)
