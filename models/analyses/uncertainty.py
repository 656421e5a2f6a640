"""Bands instead of points: scrambled Sobol samples of uncertain inputs, percentiles, and what drives the spread.

256 samples live, 4,096 on request (Sobol' 1967; scrambling Owen 1998, `scipy.stats.qmc`). Correlated inputs by a
Gaussian copula. Samples without a steady state count as +∞ and are not dropped.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

LIVE_SAMPLES = 256
DEEP_SAMPLES = 4096
_Z90 = 1.2815515655446004


class Distribution(Protocol):
    """Something with an inverse distribution function."""

    def quantile(self, share: Floats) -> Floats:
        """Return the values that these shares, between 0 and 1, do not exceed."""


class Normal(NamedTuple):
    """Normal with mean and standard deviation, cut at `low` and `high`."""

    mean: float
    deviation: float
    low: float = -math.inf
    high: float = math.inf

    def quantile(self, share: Floats) -> Floats:
        """Return the truncated normal quantile."""
        from scipy.special import ndtr, ndtri

        if self.deviation <= 0:
            return np.full_like(share, self.mean)
        low, high = (ndtr((end - self.mean) / self.deviation) for end in (self.low, self.high))
        return np.asarray(self.mean + self.deviation * ndtri(low + share * (high - low)))


class Lognormal(NamedTuple):
    """Lognormal with its median and the ratio of the 90th percentile to the median."""

    median: float
    ratio: float

    def quantile(self, share: Floats) -> Floats:
        """Return median · ratio^(z/z90)."""
        from scipy.special import ndtri

        return np.asarray(self.median * self.ratio ** (ndtri(share) / _Z90))


class Triangular(NamedTuple):
    """Triangular with least, likeliest and largest value."""

    low: float
    mode: float
    high: float

    def quantile(self, share: Floats) -> Floats:
        """Return the inverse of the two parabolas."""
        width = self.high - self.low
        if width <= 0:
            return np.full_like(share, self.low)
        left = self.low + np.sqrt(share * width * (self.mode - self.low))
        right = self.high - np.sqrt((1.0 - share) * width * (self.high - self.mode))
        return np.where(share <= (self.mode - self.low) / width, left, right)


class Pert(NamedTuple):
    """PERT: beta between low and high with mean (low + 4·mode + high)/6 (Malcolm et al. 1959)."""

    low: float
    mode: float
    high: float

    def quantile(self, share: Floats) -> Floats:
        """Return the scaled beta quantile."""
        from scipy.special import betaincinv

        width = self.high - self.low
        if width <= 0:
            return np.full_like(share, self.low)
        first = 1.0 + 4.0 * (self.mode - self.low) / width
        second = 1.0 + 4.0 * (self.high - self.mode) / width
        return np.asarray(self.low + width * betaincinv(first, second, share))


class Uniform(NamedTuple):
    """Uniform between low and high."""

    low: float
    high: float

    def quantile(self, share: Floats) -> Floats:
        """Return low + share · (high − low)."""
        return np.asarray(self.low + share * (self.high - self.low))


def draw(
    inputs: Sequence[Distribution], samples: int = LIVE_SAMPLES, seed: int = 0, correlation: ArrayLike | None = None
) -> Floats:
    """Return samples of the inputs, shape (inputs, samples); the same for the same seed.

    Args:
        inputs: distributions.
        samples: a power of two keeps the balance of the Sobol points.
        correlation: (inputs, inputs) of the Gaussian copula; made positive definite if it is not.
    """
    from scipy.special import ndtr, ndtri
    from scipy.stats import qmc

    if not inputs:
        return np.zeros((0, samples))
    engine = qmc.Sobol(len(inputs), scramble=True, rng=np.random.default_rng(seed))
    points = engine.random_base2(max(math.ceil(math.log2(samples)), 1))[:samples].T
    shares = np.clip(points, 1e-12, 1.0 - 1e-12)
    if correlation is not None:
        shares = ndtr(_square_root(np.asarray(correlation, float)) @ ndtri(shares))
    return np.stack([source.quantile(share) for source, share in zip(inputs, shares, strict=True)])


def _square_root(correlation: Floats) -> Floats:
    """Return a Cholesky factor, after lifting negative eigenvalues if there are any (Higham 2002, one step)."""
    values, vectors = np.linalg.eigh((correlation + correlation.T) / 2.0)
    if values.min() < 1e-10:
        lifted = (vectors * np.maximum(values, 1e-10)) @ vectors.T
        scale = 1.0 / np.sqrt(np.diag(lifted))
        correlation = lifted * np.outer(scale, scale)
    return np.asarray(np.linalg.cholesky(correlation))


class Band(NamedTuple):
    """Percentiles over the samples, and the share of samples without a steady state."""

    p5: Floats
    p50: Floats
    p95: Floats
    unstable: Floats


def band(values: ArrayLike) -> Band:
    """Return the band over the last axis; NaN counts as +∞."""
    samples = np.asarray(values, float)
    filled = np.where(np.isnan(samples), np.inf, samples)
    ordered = np.sort(filled, axis=-1)
    found = [_percentile(ordered, share) for share in (0.05, 0.5, 0.95)]
    return Band(found[0], found[1], found[2], np.asarray(np.isinf(filled).mean(axis=-1)))


def _percentile(ordered: Floats, share: float) -> Floats:
    """Return the linearly interpolated percentile of sorted samples; next to an infinite sample it is infinite."""
    position = share * (ordered.shape[-1] - 1)
    low = math.floor(position)
    below, above = ordered[..., low], ordered[..., min(low + 1, ordered.shape[-1] - 1)]
    if position == low:
        return np.asarray(below)
    with np.errstate(invalid="ignore"):
        between = below + (above - below) * (position - low)
    return np.where(np.isinf(above), np.inf, between)


def drivers(inputs: ArrayLike, outcome: ArrayLike) -> Floats:
    """Return Spearman's rank correlation of each input (inputs, samples) with the outcome (samples,)."""
    ranks = _ranks(np.asarray(inputs, float))
    target = _ranks(np.nan_to_num(np.asarray(outcome, float), nan=np.inf))
    centered = ranks - ranks.mean(axis=-1, keepdims=True)
    goal = target - target.mean()
    scale = np.sqrt((centered**2).sum(axis=-1) * (goal**2).sum())
    return np.asarray(np.divide(centered @ goal, scale, out=np.zeros(len(centered)), where=scale > 0))


def _ranks(values: Floats) -> Floats:
    """Return average ranks along the last axis."""
    from scipy.stats import rankdata

    return np.asarray(rankdata(values, axis=-1), dtype=float)
