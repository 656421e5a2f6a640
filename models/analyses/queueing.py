"""One station: waiting and response times of M/M/c, M/M/c/K, M/G/1, processor sharing and G/G/c.

Every function broadcasts over numpy arrays; a scalar gives a 0-d array. Rates are per second, times in seconds.
Saturation (utilization ≥ 1) gives infinite waits and a waiting probability of 1; NaN or negative input gives NaN.

Sources: Erlang B and C by recursion (Cooper 1981, §3.4), above 128 servers by the Poisson ratio B = p(c)/P(N ≤ c) with
the incomplete gamma function (Gautschi 1979), which needs no switch to the Halfin–Whitt limit; G/G/c by Whitt 1993
(POM 2(2), eqs 2.16–2.25); probability and spread of the wait by Whitt 1983 (BSTJ 62(9), eqs 47–55).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

RECURSION_LIMIT = 16
_HALF_LOG_TWO_PI = 0.9189385332046727


class LossQueue(NamedTuple):
    """M/M/c/K in steady state; times are those of the accepted arrivals."""

    blocking_probability: Floats
    mean_in_system: Floats
    mean_queue: Floats
    mean_response: Floats
    mean_wait: Floats
    throughput: Floats
    utilization: Floats


class Waiting(NamedTuple):
    """The wait of a station: mean in seconds, probability that an arrival waits, and variance in s²."""

    mean: Floats
    probability: Floats
    variance: Floats


def erlang_b(offered_load: ArrayLike, servers: ArrayLike) -> Floats:
    """Return the probability that an arrival is lost in M/G/c/c.

    Args:
        offered_load: a = λ/μ in erlangs, at least 0.
        servers: c; fractions are cut off, below 1 every arrival is lost, infinity loses none.
    """
    load, count = np.broadcast_arrays(np.asarray(offered_load, float), np.floor(np.asarray(servers, float)))
    a, c = load.ravel(), count.ravel()
    blocking = np.full(a.shape, np.nan)
    valid = (a >= 0) & (c >= 0)
    blocking[valid] = np.where(c[valid] < 1, 1.0, 0.0)
    busy = valid & (a > 0) & (c >= 1) & np.isfinite(c)
    blocking[busy & np.isinf(a)] = 1.0
    busy &= np.isfinite(a)
    small = np.flatnonzero(busy & (c <= RECURSION_LIMIT))
    large = np.flatnonzero(busy & (c > RECURSION_LIMIT))
    if small.size:
        blocking[small] = _erlang_b_recursion(a[small], c[small])
    if large.size:
        blocking[large] = _erlang_b_poisson(a[large], c[large])
    return blocking.reshape(load.shape)


def _erlang_b_recursion(a: Floats, c: Floats) -> Floats:
    """B₀ = 1, Bₙ = aBₙ₋₁/(n + aBₙ₋₁); rows sorted by c descending so that the active slice shrinks."""
    order = np.argsort(-c, kind="stable")
    load, remaining = a[order], c[order]
    blocking = np.ones_like(load)
    active = np.searchsorted(-remaining, -np.arange(1.0, remaining[0] + 1), side="right")
    for step, size in enumerate(active.tolist(), start=1):
        product = load[:size] * blocking[:size]
        blocking[:size] = product / (step + product)
    result = np.empty_like(blocking)
    result[order] = blocking
    return result


def _erlang_b_poisson(a: Floats, c: Floats) -> Floats:
    """B = p(c)/P(N ≤ c) for N Poisson with mean a; log p(c) by Stirling's series, without cancellation."""
    from scipy.special import gammaincc

    excess = (a - c) / c
    with np.errstate(divide="ignore", under="ignore", invalid="ignore"):
        log_pmf = c * (np.log1p(excess) - excess) - 0.5 * np.log(c) - _HALF_LOG_TWO_PI
        log_pmf -= 1.0 / (12.0 * c) - 1.0 / (360.0 * c**3) + 1.0 / (1260.0 * c**5) - 1.0 / (1680.0 * c**7)
        blocking = np.exp(log_pmf) / gammaincc(c + 1.0, a)
    overloaded = 1.0 - c / a + c / (a * np.maximum(a - c, 1.0))
    return np.asarray(np.where(np.isfinite(blocking) & (blocking <= 1.0), blocking, overloaded), dtype=float)


def erlang_c(offered_load: ArrayLike, servers: ArrayLike) -> Floats:
    """Return the probability that an arrival has to wait in M/M/c; 1 when the offered load reaches the servers.

    Args:
        offered_load: a = λ/μ in erlangs.
        servers: c, at least 1; fractions are cut off.
    """
    a, c = np.asarray(offered_load, float), np.floor(np.asarray(servers, float))
    blocking = erlang_b(a, c)
    with np.errstate(divide="ignore", invalid="ignore"):
        rho = np.where(np.isinf(c), 0.0, a / c)
        waiting = blocking / (1.0 - rho + rho * blocking)
    waiting = np.where(rho >= 1.0, 1.0, waiting)
    return np.where(np.isnan(blocking) | (c < 1), np.where(c < 1, 1.0, np.nan), waiting)


def utilization(arrival_rate: ArrayLike, service_rate: ArrayLike, servers: ArrayLike) -> Floats:
    """Return ρ = λ/(cμ); may exceed 1. No arrivals give 0, arrivals without service give infinity."""
    lam, mu, c = (np.asarray(value, float) for value in (arrival_rate, service_rate, servers))
    with np.errstate(divide="ignore", invalid="ignore"):
        rho = lam / (np.floor(c) * mu)
    return np.where(lam == 0, 0.0, rho)


def mm_c_wait(arrival_rate: ArrayLike, service_rate: ArrayLike, servers: ArrayLike) -> Floats:
    """Return the mean wait of M/M/c, C/(cμ − λ), in seconds; infinite from utilization 1 on."""
    return _mm_c_wait(_station(arrival_rate, service_rate, servers))


class _Station(NamedTuple):
    """λ, μ and whole c of stations with both SCVs, ρ = λ/(cμ) and Erlang C; what nobody calls has no delay."""

    lam: Floats
    mu: Floats
    c: Floats
    ca2: Floats
    cs2: Floats
    rho: Floats
    delayed: Floats


def _station(
    arrival_rate: ArrayLike,
    service_rate: ArrayLike,
    servers: ArrayLike,
    arrival_scv: ArrayLike = 1.0,
    service_scv: ArrayLike = 1.0,
) -> _Station:
    lam, mu, c = np.asarray(arrival_rate, float), np.asarray(service_rate, float), np.floor(np.asarray(servers, float))
    with np.errstate(divide="ignore", invalid="ignore"):
        delayed = erlang_c(np.where(lam == 0, 0.0, lam / mu), c)
    scvs = (np.asarray(arrival_scv, float), np.asarray(service_scv, float))
    return _Station(lam, mu, c, *scvs, utilization(lam, mu, c), delayed)


def _mm_c_wait(station: _Station) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        wait = station.delayed / (station.c * station.mu - station.lam)
    wait = np.where(station.rho >= 1.0, np.inf, wait)
    return np.where(station.lam == 0, 0.0, wait)


def mg_1_wait(arrival_rate: ArrayLike, service_rate: ArrayLike, service_scv: ArrayLike) -> Floats:
    """Return the mean wait of M/G/1, ρ(1 + c_s²)/(2μ(1 − ρ)), in seconds (Pollaczek–Khinchine)."""
    mu, scv = np.asarray(service_rate, float), np.asarray(service_scv, float)
    rho = utilization(arrival_rate, mu, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        wait = rho * (1.0 + scv) / (2.0 * mu * (1.0 - rho))
    return np.where(rho >= 1.0, np.inf, wait)


def processor_sharing_response(arrival_rate: ArrayLike, service_rate: ArrayLike) -> Floats:
    """Return the mean response of M/G/1 processor sharing, 1/(μ − λ), for any service law (Kleinrock 1976, §4.4)."""
    lam, mu = np.asarray(arrival_rate, float), np.asarray(service_rate, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        response = 1.0 / (mu - lam)
    return np.where(lam >= mu, np.inf, response)


def gg_c_wait(
    arrival_rate: ArrayLike,
    service_rate: ArrayLike,
    servers: ArrayLike,
    arrival_scv: ArrayLike = 1.0,
    service_scv: ArrayLike = 1.0,
) -> Floats:
    """Return the mean wait of G/G/c in seconds (Whitt 1993; one server: Krämer & Langenbach-Belz 1976).

    Median error 2 % against simulation, 22 % at the 90th percentile of 180 configurations. One server with Poisson
    arrivals is exact (Pollaczek–Khinchine). Infinite from utilization 1 on.

    Args:
        arrival_rate, service_rate: λ in total and μ per server.
        servers: c, at least 1; fractions are cut off.
        arrival_scv, service_scv: squared coefficients of variation, at least 0.
    """
    station = _station(arrival_rate, service_rate, servers, arrival_scv, service_scv)
    return _gg_c_wait(station)


def gg_c(
    arrival_rate: ArrayLike,
    service_rate: ArrayLike,
    servers: ArrayLike,
    arrival_scv: ArrayLike = 1.0,
    service_scv: ArrayLike = 1.0,
) -> Waiting:
    """Return the wait of G/G/c: mean as of `gg_c_wait`, `wait_probability` and `wait_variance`; arguments as there."""
    station = _station(arrival_rate, service_rate, servers, arrival_scv, service_scv)
    wait, probability = _gg_c_wait(station), _wait_probability(station)
    return Waiting(wait, probability, wait_variance(wait, probability, station.rho, station.cs2))


def _gg_c_wait(station: _Station) -> Floats:
    rho, c, ca2, cs2 = station.rho, station.c, station.ca2, station.cs2
    exponential = _mm_c_wait(station)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        correction = np.where(c == 1, _single_server_correction(rho, ca2, cs2), _whitt_phi(rho, c, ca2, cs2))
        wait = correction * (ca2 + cs2) / 2.0 * exponential
    certain = (exponential == 0) | (ca2 + cs2 == 0)
    return np.where(rho >= 1.0, np.inf, np.where(certain & ~np.isnan(exponential), 0.0, wait))


def _whitt_phi(rho: Floats, m: Floats, ca2: Floats, cs2: Floats) -> Floats:
    """φ(ρ, c_a², c_s², m) of Whitt 1993, eqs 2.16–2.25; symbols as printed there."""
    many = np.minimum(0.24, (1.0 - rho) * (m - 1.0) * (np.sqrt(4.0 + 5.0 * m) - 2.0) / (16.0 * m * rho))
    gamma = np.where(np.isinf(m) | (rho == 0), 0.24, many)
    phi1, phi2 = 1.0 + gamma, 1.0 - 4.0 * gamma
    phi3 = phi2 * np.exp(-2.0 * (1.0 - rho) / (3.0 * rho))
    phi4 = np.minimum(1.0, (phi1 + phi3) / 2.0)
    mean_scv = (ca2 + cs2) / 2.0
    psi = np.where(mean_scv >= 1.0, 1.0, phi4 ** (2.0 * (1.0 - mean_scv)))
    spread = 4.0 * ca2 - 3.0 * cs2
    bursty = 4.0 * (ca2 - cs2) / spread * phi1 + cs2 / spread * psi
    total = 2.0 * (ca2 + cs2)
    smooth = (cs2 - ca2) / total * phi3 + (cs2 + 3.0 * ca2) / total * psi
    return np.where(ca2 >= cs2, bursty, smooth)


def _single_server_correction(rho: Floats, ca2: Floats, cs2: Floats) -> Floats:
    """g of Krämer & Langenbach-Belz 1976 as used by QNA: below 1 for arrivals smoother than Poisson, else 1."""
    smooth = np.exp(-2.0 * (1.0 - rho) * (1.0 - ca2) ** 2 / (3.0 * rho * (ca2 + cs2)))
    return np.where(ca2 < 1.0, smooth, 1.0)


def wait_probability(
    arrival_rate: ArrayLike,
    service_rate: ArrayLike,
    servers: ArrayLike,
    arrival_scv: ArrayLike = 1.0,
    service_scv: ArrayLike = 1.0,
) -> Floats:
    """Return σ = P(wait > 0): Erlang C, and for one server Whitt 1983, eqs 47–49; 1 from utilization 1 on."""
    return _wait_probability(_station(arrival_rate, service_rate, servers, arrival_scv, service_scv))


def _wait_probability(station: _Station) -> Floats:
    rho, c, ca2, cs2, many = station.rho, station.c, station.ca2, station.cs2, station.delayed
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = rho**2 * (4.0 * ca2 + cs2)
        smooth = (1.0 + ca2 + rho * cs2) / (1.0 + rho * (cs2 - 1.0) + squares)
        h = np.where(ca2 <= 1.0, smooth, 4.0 * rho / (ca2 + squares))
        single = np.clip(rho + (ca2 - 1.0) * rho * (1.0 - rho) * h, 0.0, 1.0)
    return np.where(rho >= 1.0, 1.0, np.where((c == 1) & (rho > 0), single, many))


def wait_variance(
    mean_wait: ArrayLike, probability: ArrayLike, utilization: ArrayLike, service_scv: ArrayLike = 1.0
) -> Floats:
    """Return the variance of the wait in s², exact for M/M/c: C(2 − C)/(cμ − λ)² (Whitt 1983, eqs 53–55).

    Args:
        mean_wait: Wq in seconds, as of `gg_c_wait`.
        probability: σ, as of `wait_probability`.
        utilization: ρ.
        service_scv: c_s².
    """
    wait, sigma = np.asarray(mean_wait, float), np.asarray(probability, float)
    rho, cs2 = np.asarray(utilization, float), np.asarray(service_scv, float)
    third = np.where(cs2 >= 1.0, 3.0 * cs2 * (1.0 + cs2), (2.0 * cs2 + 1.0) * (cs2 + 1.0))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        delay_scv = 2.0 * rho - 1.0 + 4.0 * (1.0 - rho) * third / (3.0 * (cs2 + 1.0) ** 2)
        variance = wait * (wait / sigma) * (np.maximum(delay_scv, 0.0) + 1.0 - sigma)
    return np.where(wait == 0, 0.0, np.where(np.isinf(wait) | (rho >= 1.0), np.inf, variance))


def wait_percentile(mean_wait: ArrayLike, probability: ArrayLike, quantile: ArrayLike) -> Floats:
    """Return the wait in seconds that `quantile` of the arrivals do not exceed: P(W > t) = σ·exp(−σt/Wq)."""
    wait, sigma, q = (np.asarray(value, float) for value in (mean_wait, probability, quantile))
    with np.errstate(divide="ignore", invalid="ignore"):
        time = wait / sigma * np.log(sigma / (1.0 - q))
    return np.where((wait == 0) | (sigma <= 1.0 - q), np.where(np.isnan(wait), np.nan, 0.0), np.maximum(time, 0.0))


def mm_c_response_exceeds(
    time: ArrayLike, arrival_rate: ArrayLike, service_rate: ArrayLike, servers: ArrayLike
) -> Floats:
    """Return P(response > time), exact for M/M/c first come, first served; 1 from utilization 1 on."""
    lam, mu, c = np.asarray(arrival_rate, float), np.asarray(service_rate, float), np.floor(np.asarray(servers, float))
    load = lam / mu
    return _response_tail(np.asarray(time, float) * mu, c - 1.0 - load, erlang_c(load, c))


def _response_tail(x: Floats, slack: Floats, waiting: Floats) -> Floats:
    """P(T > x/μ) = e^{−x}[1 + C(1 − e^{−x·slack})/slack] with slack = c − 1 − a; the limit at slack 0 is Cx."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        inner = np.where(np.isinf(slack), 0.0, waiting * (np.exp(-x) - np.exp(-x * (1.0 + slack))) / slack)
        tail = np.exp(-x) + np.where(np.abs(slack) < 1e-9, waiting * x * np.exp(-x), inner)
    return np.where(slack <= -1.0, 1.0, tail)


def mm_c_response_percentile(
    quantile: ArrayLike, arrival_rate: ArrayLike, service_rate: ArrayLike, servers: ArrayLike
) -> Floats:
    """Return the response time in seconds that `quantile` of the requests do not exceed, exact for M/M/c.

    Bisection, 60 steps: the tail is monotone but has no closed inverse. Infinite from utilization 1 on.
    """
    lam, mu, c = np.asarray(arrival_rate, float), np.asarray(service_rate, float), np.floor(np.asarray(servers, float))
    q, lam, mu, c = np.broadcast_arrays(np.asarray(quantile, float), lam, mu, c)
    load = lam / mu
    slack, waiting, allowed = c - 1.0 - load, erlang_c(load, c), 1.0 - q
    stable = (slack > -1.0) & (q < 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        high = 2.0 * np.log(2.0 / allowed) / np.minimum(1.0, 1.0 + slack)
    high = np.where(stable, high, 1.0)
    low = np.zeros_like(high)
    for _ in range(60):
        middle = (low + high) / 2.0
        above = _response_tail(middle, slack, waiting) > allowed
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.where(stable, high / mu, np.where(np.isnan(slack), np.nan, np.inf))


def mm_c_k(arrival_rate: ArrayLike, service_rate: ArrayLike, servers: ArrayLike, capacity: ArrayLike) -> LossQueue:
    """Return M/M/c/K: closed form on Erlang B, scaled by the larger end so that nothing overflows.

    Args:
        arrival_rate, service_rate: λ offered, μ per server.
        servers: c, at least 1.
        capacity: K, places in the system including those in service; below c only K servers are ever used.
    """
    lam, mu = np.asarray(arrival_rate, float), np.asarray(service_rate, float)
    places = np.floor(np.asarray(capacity, float))
    c = np.minimum(np.floor(np.asarray(servers, float)), places)
    waiting_places = np.minimum(places - c, 1e15)
    load = lam / mu
    rho = load / c
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        below = 1.0 / erlang_b(load, c) - 1.0
        theta = -np.log(rho)
        steep = np.maximum(np.abs(theta), 1e-300)
        series = np.expm1(-steep * (waiting_places + 1.0)) / np.expm1(-steep)
        fall = np.exp(-steep * waiting_places)
        light = rho <= 1.0
        weight = np.where(light, below + series, below * fall + series)
        loss = np.where(light, fall, 1.0) / weight
        queue = series / weight * _truncated_geometric_mean(theta, waiting_places)
    loss, queue = np.where(lam == 0, 0.0, loss), np.where(lam == 0, 0.0, queue)
    accepted = lam * (1.0 - loss)
    busy = load * (1.0 - loss)
    with np.errstate(divide="ignore", invalid="ignore"):
        wait = np.where(lam == 0, 0.0, queue / accepted)
    return LossQueue(loss, queue + busy, queue, wait + 1.0 / mu, wait, accepted, busy / c)


def _truncated_geometric_mean(theta: Floats, top: Floats) -> Floats:
    """Mean of j on 0..top with weights e^{−θj}: 1/(e^θ − 1) − (top + 1)/(e^{θ(top + 1)} − 1), by series near θ = 0."""
    flat = np.abs(theta) * (top + 1.0) < 1e-3
    safe = np.where(flat, 1.0, theta)
    exact = 1.0 / np.expm1(safe) - (top + 1.0) / np.expm1(safe * (top + 1.0))
    return np.where(flat, top / 2.0 - theta * top * (top + 2.0) / 12.0, exact)


def little(arrival_rate: ArrayLike, mean_time: ArrayLike) -> Floats:
    """Return the mean number present, L = λW (Little 1961)."""
    return np.asarray(np.asarray(arrival_rate, float) * np.asarray(mean_time, float))
