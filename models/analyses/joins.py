"""Waiting for the slowest of several branches: moments of a maximum, and queues fed by the same fork.

Clark 1961 (Operations Research 9(2)) gives the moments of the larger of two normal variables; it is closed under
folding and fast enough for every fan-out of a live graph. Where the whole distribution is wanted the product of the
branch distributions is evaluated on a grid: an upper bound, for real branches of one request are positively
associated. Equal queues fed by one fork: Nelson & Tantawi 1988 (IEEE Trans. Computers 37(6)).
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.analyses.queueing import mm_c_response_exceeds, mm_c_response_percentile, mm_c_wait

Floats = NDArray[np.float64]

GRID_POINTS = 200
LEVELS = 32
_EULER_GAMMA = 0.5772156649015329


def larger_of_two(
    mean_a: ArrayLike, variance_a: ArrayLike, mean_b: ArrayLike, variance_b: ArrayLike
) -> tuple[Floats, Floats]:
    """Return mean and variance of max(A, B) for independent times A and B (Clark 1961, eqs 2 and 3).

    The mean is kept between the larger mean and the sum, and a branch of mean 0 does not count. Exponential branches:
    4 % too long when equal, up to 10 % when one is eight times the other. Infinity stays infinite, NaN stays NaN.
    """
    from scipy.special import ndtr

    m1, v1 = np.asarray(mean_a, float), np.asarray(variance_a, float)
    m2, v2 = np.asarray(mean_b, float), np.asarray(variance_b, float)
    with np.errstate(divide="ignore", invalid="ignore", under="ignore", over="ignore"):
        spread = np.sqrt(v1 + v2)
        alpha = np.where(spread > 0, (m1 - m2) / spread, np.where(m1 >= m2, np.inf, -np.inf))
        first, second = ndtr(alpha), ndtr(-alpha)
        density = spread * np.exp(-0.5 * alpha**2) / np.sqrt(2.0 * np.pi)
        density = np.where(np.isinf(alpha), 0.0, density)
        mean = m1 * first + m2 * second + density
        square = (m1**2 + v1) * first + (m2**2 + v2) * second + (m1 + m2) * density
        variance = np.maximum(square - mean**2, 0.0)
    mean, variance = np.where(m2 == 0, m1, mean), np.where(m2 == 0, v1, variance)
    mean, variance = np.where(m1 == 0, m2, mean), np.where(m1 == 0, v2, variance)
    endless = np.isinf(m1) | np.isinf(m2)
    unknown = np.isnan(m1) | np.isnan(m2)
    mean = np.where(unknown, np.nan, np.where(endless, np.inf, np.clip(mean, np.maximum(m1, m2), m1 + m2)))
    endless |= np.isinf(v1) | np.isinf(v2)
    return mean, np.where(unknown, np.nan, np.where(endless, np.inf, variance))


def slowest_of_equals(mean: ArrayLike, variance: ArrayLike, number: ArrayLike) -> tuple[Floats, Floats]:
    """Return mean and variance of the maximum of `number` independent gamma times of these moments; broadcasts.

    P(max ≤ t) = F(t)ᵏ, so that max = F⁻¹(U^(1/k)): E and E² by Gauss–Legendre over U, its upper end stretched by
    U = 1 − (1 − x)³. Real k ≥ 1 interpolates; k < 1 counts as 1.
    Exponential times, k up to 1,000: the mean within 0.006 % of the harmonic number, the variance within 0.08 %.
    Calls that share a queue are positively associated, so that this is an upper bound.
    """
    from scipy.special import gammaincinv

    m, v, k = np.broadcast_arrays(*(np.asarray(part, float) for part in (mean, variance, number)))
    random = (m > 0) & (v > 0) & np.isfinite(m) & np.isfinite(v) & (k > 1.0)
    safe_m, safe_v, power = np.where(random, m, 1.0), np.where(random, v, 1.0), np.where(random, k, 1.0)
    nodes, weights = np.polynomial.legendre.leggauss(LEVELS)
    rest = 1.0 - (nodes + 1.0) / 2.0
    weight = weights / 2.0 * 3.0 * rest**2
    level = np.exp(np.log1p(-(rest**3)) / power[..., None])
    scale = safe_v / safe_m
    times = gammaincinv((safe_m / scale)[..., None], level) * scale[..., None]
    first, second = times @ weight, times**2 @ weight
    return np.where(random, first, m), np.where(random, np.maximum(second - first**2, 0.0), v)


def slowest_percentile(mean: ArrayLike, variance: ArrayLike, quantile: float) -> float:
    """Return the time that `quantile` of the maxima of independent gamma branches do not exceed, by bisection.

    Args:
        mean, variance: shape (branches,), seconds and s².
        quantile: between 0 and 1.
    """
    from scipy.special import gammainc, gammaincinv

    means, variances = np.asarray(mean, float), np.asarray(variance, float)
    if not np.isfinite(means).all():
        return float(np.max(means))
    fixed = float(means[variances <= 0].max(initial=0.0))
    means, variances = means[variances > 0], variances[variances > 0]
    if not means.size:
        return fixed
    shape, scale = means**2 / variances, variances / means
    low = max(float((gammaincinv(shape, quantile) * scale).max()), fixed)
    high = max(float((gammaincinv(shape, 1.0 - (1.0 - quantile) / means.size) * scale).max()), fixed)
    for _ in range(60):
        middle = (low + high) / 2.0
        if float(np.prod(gammainc(shape, middle / scale))) < quantile:
            low = middle
        else:
            high = middle
    return high


def slowest_mean(mean: ArrayLike, variance: ArrayLike) -> float:
    """Return E[max] of independent gamma branches, ∫(1 − ∏Fᵢ)dt on a grid of 200 points; at least the largest mean."""
    from scipy.special import gammainc

    means, variances = np.asarray(mean, float), np.asarray(variance, float)
    if not np.isfinite(means).all() or not (variances > 0).any():
        return float(np.max(means))
    top = slowest_percentile(means, variances, 1.0 - 1e-7)
    nodes, weights = np.polynomial.legendre.leggauss(GRID_POINTS)
    times = top * (nodes + 1.0) / 2.0
    random = variances > 0
    shape, scale = means[random] ** 2 / variances[random], variances[random] / means[random]
    below = np.prod(gammainc(shape[:, None], times / scale[:, None]), axis=0)
    below = np.where(times < means[~random].max(initial=0.0), 0.0, below)
    return max(float(weights @ (1.0 - below)) * top / 2.0, float(means.max()))


def fork_join_response(
    arrival_rate: float, service_rates: ArrayLike, servers: ArrayLike = 1, service_scv: float = 1.0
) -> float:
    """Return the mean time from the fork of a job to the end of its last task, one task per branch queue.

    Equal single-server exponential branches: T_n = [H_n/H_2 + 4/11(1 − H_n/H_2)ρ]·(12 − ρ)/8·1/(μ − λ), exact for
    n = 2. Otherwise the independent bound, times the same ratio of Nelson–Tantawi to independence at the number of
    equal branches that would have this bound; that ratio is below 1 because branches share their arrivals.

    Args:
        arrival_rate: jobs/s, each sends one task to every branch.
        service_rates: shape (branches,), tasks/s of one server.
        servers: per branch, one number or shape (branches,).
        service_scv: of the task times; other than 1 scales the waits by (1 + c_s²)/2.
    """
    rates = np.atleast_1d(np.asarray(service_rates, float))
    count = np.broadcast_to(np.asarray(servers, float), rates.shape)
    rho = arrival_rate / (rates * count)
    if (rho >= 1.0).any():
        return float("inf")
    alone = np.array([_mean_response(arrival_rate, mu, c) for mu, c in zip(rates, count, strict=True)])
    independent = _independent_maximum(arrival_rate, rates, count)
    ratio = independent / float(alone.max())
    equal_branches = _inverse_harmonic(ratio)
    joined = independent * _dependence(equal_branches, float(rho[int(alone.argmax())]))
    if service_scv == 1.0:
        return joined
    slowest = int(alone.argmax())
    service = float(1.0 / rates[slowest]) * ratio
    return service + (joined - service) * (1.0 + service_scv) / 2.0


def _mean_response(arrival_rate: float, service_rate: float, servers: float) -> float:
    return float(mm_c_wait(arrival_rate, service_rate, servers)) + 1.0 / service_rate


def _independent_maximum(arrival_rate: float, rates: Floats, servers: Floats) -> float:
    """Return E[max] of independent M/M/c responses, ∫(1 − ∏Fᵢ)dt by Gauss–Legendre on four stretches."""
    quantile = 1.0 - 1e-9 / rates.size
    top = float(mm_c_response_percentile(quantile, arrival_rate, rates, servers).max())
    nodes, weights = np.polynomial.legendre.leggauss(GRID_POINTS // 4)
    cuts = top * np.array([0.0, 0.03, 0.12, 0.4, 1.0])
    total = 0.0
    for low, high in itertools.pairwise(cuts.tolist()):
        times = low + (high - low) * (nodes + 1.0) / 2.0
        tails = mm_c_response_exceeds(times, arrival_rate, rates[:, None], servers[:, None])
        total += float(weights @ (1.0 - np.prod(1.0 - tails, axis=0))) * (high - low) / 2.0
    return total


def _harmonic(n: float) -> float:
    """Return H_n for real n ≥ 1, ψ(n + 1) + γ by the asymptotic series after shifting upward."""
    shift, x = 0.0, n + 1.0
    while x < 10.0:
        shift -= 1.0 / x
        x += 1.0
    digamma = np.log(x) - 0.5 / x - 1.0 / (12.0 * x**2) + 1.0 / (120.0 * x**4) - 1.0 / (252.0 * x**6)
    return float(digamma + shift + _EULER_GAMMA)


def _inverse_harmonic(value: float) -> float:
    low, high = 1.0, 2.0
    while _harmonic(high) < value:
        high *= 2.0
    for _ in range(60):
        middle = (low + high) / 2.0
        low, high = (middle, high) if _harmonic(middle) < value else (low, middle)
    return high


def _dependence(branches: float, rho: float) -> float:
    """Return Nelson–Tantawi over the independent bound H_n; linear between 1 (no fork) and 2 branches."""
    if branches < 2.0:
        return 1.0 + (_dependence(2.0, rho) - 1.0) * (branches - 1.0)
    harmonic = _harmonic(branches)
    relative = harmonic / 1.5
    return (relative + 4.0 / 11.0 * (1.0 - relative) * rho) * (12.0 - rho) / 8.0 / harmonic
