"""How throughput grows with concurrency: the Universal Scalability Law.

X(N) = γN/(1 + α(N − 1) + βN(N − 1)), α contention, β coherency, γ the rate of one (Gunther 2007, Guerrilla Capacity
Planning, ch. 4–6). Beyond N* = √((1 − α)/β) more concurrency lowers the throughput.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.words import Text

Floats = NDArray[np.float64]


def throughput(load: ArrayLike, alpha: ArrayLike, beta: ArrayLike, gamma: ArrayLike = 1.0) -> Floats:
    """Return X(N), in the unit of γ; with γ = 1 the effective number of servers of N."""
    n = np.asarray(load, float)
    contention, coherency = np.asarray(alpha, float), np.asarray(beta, float)
    return np.asarray(np.asarray(gamma, float) * n / (1.0 + contention * (n - 1.0) + coherency * n * (n - 1.0)))


def peak_load(alpha: ArrayLike, beta: ArrayLike) -> Floats:
    """Return N* = √((1 − α)/β); infinite without coherency cost (Amdahl: the limit is then γ/α)."""
    contention, coherency = np.asarray(alpha, float), np.asarray(beta, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        peak = np.sqrt(np.maximum(1.0 - contention, 0.0) / coherency)
    return np.where(coherency <= 0, np.inf, peak)


def throughput_limit(alpha: float, beta: float, gamma: float) -> float:
    """Return the highest throughput at any load: X(N*), or γ/α without coherency cost, infinite without both."""
    if beta > 0:
        return float(throughput(max(float(peak_load(alpha, beta)), 1.0), alpha, beta, gamma))
    return gamma / alpha if alpha > 0 else float("inf")


class ScalabilityFit(NamedTuple):
    """Fitted parameters, the peak they give, R², and standard errors.

    Attributes:
        errors: of α, β and γ, from the covariance of the fit.
    """

    alpha: float
    beta: float
    gamma: float
    peak: float
    r_squared: float
    errors: tuple[float, float, float]


def fit(load: ArrayLike, measured: ArrayLike) -> ScalabilityFit:
    """Return α, β ≥ 0 and γ fitted to measured throughput by nonlinear least squares.

    Args:
        load: shape (points,), concurrency N, above 0.
        measured: shape (points,), throughput.

    Raises:
        ValueError: with fewer than 3 points, or loads that are not positive.
    """
    from scipy.optimize import curve_fit

    n, x = np.asarray(load, float), np.asarray(measured, float)
    if n.shape != x.shape or n.size < 3 or (n <= 0).any():
        raise ValueError(Text("A scalability fit needs at least 3 pairs of load and throughput, all loads above 0."))
    start = float(x[n.argmin()] / n.min())
    parameters, covariance = curve_fit(
        throughput,
        n,
        x,
        p0=(0.03, 1e-4, start),
        bounds=([0.0, 0.0, 0.0], [1.0, 1.0, np.inf]),
        x_scale=(0.01, 1e-4, start),
    )
    alpha, beta, gamma = (float(value) for value in parameters)
    residual = float(((x - throughput(n, alpha, beta, gamma)) ** 2).sum())
    spread = float(((x - x.mean()) ** 2).sum())
    peak = float(peak_load(alpha, beta))
    known = np.sqrt(np.maximum(np.nan_to_num(np.diag(covariance), posinf=0.0), 0.0))
    errors = (float(known[0]), float(known[1]), float(known[2]))
    explained = 1.0 - residual / spread if spread > 0 else 1.0
    return ScalabilityFit(alpha, beta, gamma, peak, explained, errors)
