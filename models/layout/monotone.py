"""The non-decreasing sequence nearest to given values."""

from __future__ import annotations

from collections.abc import Sequence


def fit(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    """Return the non-decreasing sequence nearest to the values in weighted least squares.

    Pool adjacent violators (Barlow et al. 1972): linear time, exact.
    """
    means: list[float] = []
    masses: list[float] = []
    sizes: list[int] = []
    for value, weight in zip(values, weights, strict=True):
        means.append(value)
        masses.append(weight)
        sizes.append(1)
        while len(means) > 1 and means[-2] > means[-1]:
            mean, mass, size = means.pop(), masses.pop(), sizes.pop()
            total = masses[-1] + mass
            means[-1] = (means[-1] * masses[-1] + mean * mass) / total
            masses[-1], sizes[-1] = total, sizes[-1] + size
    return [mean for mean, size in zip(means, sizes, strict=True) for _ in range(size)]
