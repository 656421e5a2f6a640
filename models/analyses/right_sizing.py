"""The smallest number of servers, then the cheapest option, that keeps the promises of a node (section 22).

Servers start at the square-root rule c = ⌈a + β√a⌉ (Halfin & Whitt 1981) and are searched by galloping and bisection,
for all nodes and options at once.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.analyses.queueing import erlang_c

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
MOST_SERVERS = 1 << 20


def late_share(arrival_rate: ArrayLike, service_rate: ArrayLike, servers: ArrayLike, limit: ArrayLike) -> Floats:
    """Return P(response time > limit) in M/M/c, exact; 1 where the servers are overloaded.

    P(T>t) = e^{−μt}·[1 + C·(1 − e^{−μt(c−1−a)})/(c−1−a)] (Gross et al. 2008, §2.3).

    Args:
        arrival_rate, service_rate: per second; service rate is that of one server.
        servers: c.
        limit: t, seconds.
    """
    lam, mu, c, t = np.broadcast_arrays(*(np.asarray(v, float) for v in (arrival_rate, service_rate, servers, limit)))
    load = lam / mu
    stable = load < c
    wait = np.asarray(erlang_c(np.where(stable, load, 0.0), np.maximum(c, 1.0)))
    gap = c - 1.0 - load
    near = np.abs(gap) < 1e-9
    exponent = np.clip(-mu * t * gap, -700.0, 700.0)
    factor = np.where(near, mu * t, -np.expm1(exponent) / np.where(near, 1.0, gap))
    tail = np.exp(-mu * t) * (1.0 + wait * factor)
    return np.where(stable, np.clip(tail, 0.0, 1.0), 1.0)


def smallest_servers(
    arrival_rate: ArrayLike,
    service_rate: ArrayLike,
    target_utilization: ArrayLike,
    limit: ArrayLike = np.inf,
    late_allowed: ArrayLike = 1.0,
) -> Integers:
    """Return the fewest servers with utilization within target and P(T > limit) ≤ `late_allowed`; 0: none can.

    None can when even an idle server is late too often: e^{−μ·limit} > late_allowed. All arguments broadcast.
    """
    arrays = np.broadcast_arrays(
        *(np.asarray(v, float) for v in (arrival_rate, service_rate, target_utilization, limit, late_allowed))
    )
    lam, mu, target, t, late = (array.ravel() for array in arrays)
    with np.errstate(over="ignore"):
        possible = (np.exp(-mu * t) < late) | (late >= 1.0)
    least = np.maximum(np.ceil(lam / (mu * target) - 1e-9), 1.0)

    def holds(servers: Floats) -> NDArray[np.bool_]:
        finite = np.where(np.isinf(t), 0.0, t)
        return np.asarray(np.isinf(t) | (late_share(lam, mu, servers, finite) <= late))

    low, high = least - 1.0, least.copy()
    searching = possible & ~holds(high)
    while searching.any() and high.max() < MOST_SERVERS:
        low = np.where(searching, high, low)
        step = np.maximum(np.ceil(np.sqrt(high)), 1.0) + (high - least)
        high = np.where(searching, high + step, high)
        searching = possible & ~holds(high)
    while np.any(high - low > 1.0):
        middle = np.where(high - low > 1.0, np.floor(0.5 * (low + high)), high)
        good = (middle >= least) & (holds(middle) | ~possible)
        high, low = np.where(good, middle, high), np.where(good, low, np.minimum(middle, high - 1.0))
    return np.where(possible, high, 0.0).astype(np.int64).reshape(arrays[0].shape)


class Sizing(NamedTuple):
    """The chosen option (−1: none fits), replicas with headroom, and their cost per hour, one entry per node."""

    option: Integers
    replicas: Integers
    hourly_cost: Floats


def right_size(
    arrival_rate: ArrayLike,
    service_rate: ArrayLike,
    servers_per_replica: ArrayLike,
    hourly_price: ArrayLike,
    fits: ArrayLike,
    target_utilization: ArrayLike = 0.6,
    limit: ArrayLike = np.inf,
    late_allowed: ArrayLike = 1.0,
    spare_replicas: int = 0,
) -> Sizing:
    """Return the cheapest way to serve each node.

    Args:
        arrival_rate: requests/s, shape (nodes,).
        service_rate: per server, shape (nodes, options).
        servers_per_replica, hourly_price: shape (options,) or (nodes, options).
        fits: whether memory and accelerators suffice, shape (nodes, options).
        target_utilization, limit, late_allowed: shape (nodes,) or scalar.
        spare_replicas: kept beyond the need, 1 for N+1.
    """
    rates = np.asarray(service_rate, float)
    nodes = np.broadcast_to(np.asarray(arrival_rate, float), rates.shape[:1])
    column = [
        np.broadcast_to(np.asarray(v, float), nodes.shape)[:, None] for v in (target_utilization, limit, late_allowed)
    ]
    servers = smallest_servers(nodes[:, None], rates, *column)
    replicas = np.ceil(servers / np.asarray(servers_per_replica, float)).astype(np.int64) + spare_replicas
    price = np.broadcast_to(np.asarray(hourly_price, float), rates.shape)
    cost = np.where(np.asarray(fits, bool) & (servers > 0) & ~np.isnan(price), replicas * price, np.inf)
    option = np.argmin(cost, axis=1)
    rows = np.arange(len(nodes))
    best = cost[rows, option]
    found = np.isfinite(best)
    return Sizing(
        np.where(found, option, -1), np.where(found, replicas[rows, option], 0), np.where(found, best, np.nan)
    )
