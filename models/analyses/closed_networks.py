"""A fixed number of users who think and come back: closed networks of one class.

Single servers: exact mean value analysis (Reiser & Lavenberg 1980). Several servers at a station: the convolution of
the product form (Buzen 1973), tilted by the approximate throughput so that all terms are near 1 (load-dependent MVA
loses its digits near saturation). Above 100,000 users: Schweitzer 1979, several servers by Seidmann et al. 1987.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

EXACT_USERS = 100_000
EXACT_USERS_MANY_SERVERS = 20_000


class ClosedNetwork(NamedTuple):
    """Steady state: requests/s, seconds per visit cycle at each station (K,), and in total without think time."""

    throughput: float
    node_response: Floats
    node_in_system: Floats
    node_utilization: Floats
    system_response: float
    exact: bool


def solve(users: int, think_time: float, demands: ArrayLike, servers: ArrayLike = 1) -> ClosedNetwork:
    """Return throughput and response times of N users.

    Args:
        users: N, at least 0.
        think_time: Z in seconds, at least 0.
        demands: D, shape (K,), seconds of one server per cycle and station, at least 0.
        servers: c, shape (K,) or one for all, at least 1; infinity makes a station a pure delay.

    Raises:
        ValueError: when N is negative, a demand is negative, or a station has less than one server.
    """
    work = np.atleast_1d(np.asarray(demands, float))
    count = np.broadcast_to(np.asarray(servers, float), work.shape)
    if users < 0 or think_time < 0 or (work < 0).any() or (count < 1).any():
        raise ValueError("A closed network needs 0 or more users, times of 0 or more, and at least 1 server a station.")
    queueing = np.isfinite(count)
    delay = think_time + float(work[~queueing].sum())
    many = bool((count[queueing] > 1).any())
    exact = users <= (EXACT_USERS_MANY_SERVERS if many else EXACT_USERS)
    if users == 0 or not work.any():
        rate = users / delay if delay > 0 else (0.0 if users == 0 else np.inf)
        return _result(rate, np.where(queueing, 0.0, work), work, count, think_time, True)
    inner = work[queueing]
    if exact and many:
        rate, response = _convolution(users, delay, inner, count[queueing])
    elif exact:
        rate, response = _mean_values(users, delay, inner)
    else:
        rate, response = _schweitzer(users, delay, inner, count[queueing])
    all_responses = work.copy()
    all_responses[queueing] = response
    return _result(rate, all_responses, work, count, think_time, exact)


def _result(
    rate: float, response: Floats, work: Floats, servers: Floats, think_time: float, exact: bool
) -> ClosedNetwork:
    total = float(response.sum())
    busy = np.where(np.isfinite(servers), rate * work / servers, 0.0)
    return ClosedNetwork(float(rate), response, rate * response, busy, total, exact)


def _mean_values(users: int, delay: float, demands: Floats) -> tuple[float, Floats]:
    """R_k(n) = D_k(1 + Q_k(n − 1)), X = n/(Z + ΣR), Q = XR."""
    queue = np.zeros_like(demands)
    rate, response = 0.0, demands
    for n in range(1, users + 1):
        response = demands * (1.0 + queue)
        rate = n / (delay + float(response.sum()))
        queue = rate * response
    return rate, response


def _schweitzer(users: int, delay: float, demands: Floats, servers: Floats) -> tuple[float, Floats]:
    """Q_k(n − 1) ≈ Q_k(n)(n − 1)/n; c servers as a queue of demand D/c and a delay of D(c − 1)/c."""
    queueing = demands / servers
    fixed = demands - queueing
    queue = np.full_like(demands, users / demands.size)
    rate, response = 0.0, demands
    for _ in range(10_000):
        response = queueing * (1.0 + queue * (users - 1) / users)
        rate = users / (delay + float(fixed.sum()) + float(response.sum()))
        following = rate * response
        settled = np.abs(following - queue).max() <= 1e-10 * users
        queue = following
        if settled:
            break
    return rate, response + fixed


def _convolution(users: int, delay: float, demands: Floats, servers: Floats) -> tuple[float, Floats]:
    """X = γG(N − 1)/G(N) and the mean queue of each station from its marginal, with weights f_k(n)γⁿ."""
    tilt, _ = _schweitzer(users, delay, demands, servers)
    n = np.arange(users + 1.0)
    weights = [_station_weights(n, demand * tilt, count) for demand, count in zip(demands, servers, strict=True)]
    weights.append(_station_weights(n, delay * tilt, np.inf))
    before = [_unit(users)]
    for weight in weights:
        before.append(_convolve(before[-1], weight))
    constant = before[-1]
    rate = tilt * float(constant[users - 1] / constant[users])
    after = _unit(users)
    queues = np.zeros(demands.size)
    for station in range(len(weights) - 1, -1, -1):
        if station < demands.size:
            others = _convolve(before[station], after)
            marginal = weights[station] * others[::-1]
            queues[station] = float(n @ marginal / marginal.sum())
        after = _convolve(weights[station], after)
    return rate, queues / rate


def _unit(users: int) -> Floats:
    unit = np.zeros(users + 1)
    unit[0] = 1.0
    return unit


def _station_weights(n: Floats, load: float, servers: float) -> Floats:
    """Return loadⁿ/Π min(j, c) for each n, scaled so that the largest is 1."""
    if load <= 0:
        return _unit(n.size - 1)
    steps = np.log(load) - np.log(np.minimum(n[1:], servers))
    logs = np.concatenate(([0.0], np.cumsum(steps)))
    return np.asarray(np.exp(logs - logs.max()))


def _convolve(left: Floats, right: Floats) -> Floats:
    product = np.convolve(left, right)[: left.size]
    return np.asarray(product / product.max())
