"""The non-decreasing sequence nearest to given values."""

from __future__ import annotations

import numpy as np

from models.routing.paths import F64


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
