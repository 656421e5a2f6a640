"""How far a copy in another region is behind, what dies with the original, and how many reads see an old value."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.analyses.caching import Popularity
from models.analyses.queueing import mm_c_response_percentile, mm_c_wait

Floats = NDArray[np.float64]


class Lag(NamedTuple):
    """Seconds from a write to its copy, mean and p99; inf = the copy falls behind for ever.

    Attributes:
        line, apply: utilization of the line between the regions and of the copy that applies the writes.
    """

    mean: float
    p99: float
    line: float
    apply: float


def replication_lag(
    writes: float, byte: float, trip: float, interval: float, line: float, work: float, servers: float
) -> Lag:
    """Return the lag of an asynchronous copy: wait for the log to be shipped, way, line, and work at the copy.

    lag = U(0, interval) + trip/2 + bytes/line/(1 − ρ_line) + response of M/M/c at the copy. Parts are independent; the
    p99 adds the interval, the way and the p99 of the copy's response, which is on the safe side.

    Args:
        writes: per second. byte: bytes of a write. trip: round trip between the regions, s. interval: between two
            shipments of the log, s. line: bytes/s between the regions. work: s that the copy works on a write, by
            `servers` at once.
    """
    used = writes * byte / line if line > 0 else np.inf
    busy = writes * work / servers if servers > 0 else np.inf
    if used >= 1.0 or busy >= 1.0:
        return Lag(np.inf, np.inf, used, busy)
    sent = byte / line / (1.0 - used)
    response, tail = 0.0, 0.0
    if work > 0 and writes > 0:
        response = work + float(mm_c_wait(writes, 1.0 / work, servers))
        tail = float(mm_c_response_percentile(0.99, writes, 1.0 / work, servers))
    fixed = trip / 2.0 + sent
    return Lag(interval / 2.0 + fixed + response, interval + fixed + tail, used, busy)


def stale_share(popularity: Popularity, foreign_writes: float, lag: ArrayLike) -> Floats:
    """Return the share of reads whose key was written elsewhere within the lag: Σ pᵢ(1 − e^{−λpᵢL}).

    Independent reads and Poisson writes with the same popularity (as of Bailis et al. 2012, PBS, with a fixed lag).

    Args:
        foreign_writes: λ, writes/s in other regions over all keys. lag: L in seconds.
    """
    behind = foreign_writes * np.asarray(lag, float)[..., None] * popularity.share
    return np.asarray(-(popularity.objects * popularity.share * np.expm1(-behind)).sum(axis=-1))


def warm_up_s(popularity: Popularity, hit: float, rate: float, share: float = 0.95) -> float:
    """Return seconds until an empty cache answers `share` of its usual hits: Σ pᵢ(1 − e^{−λpᵢt}) = share · hit.

    While nothing has been dropped yet a key is there once it was asked for. Infinite without requests.
    """
    if rate <= 0:
        return float("inf")
    goal = min(share * hit, 1.0 - 1e-6)
    low, high = -12.0, 40.0
    weight = popularity.objects * popularity.share
    for _ in range(60):
        middle = (low + high) / 2.0
        reached = float(-(weight * np.expm1(-popularity.share * np.exp(middle))).sum())
        low, high = (middle, high) if reached < goal else (low, middle)
    return float(np.exp(high) / rate)
