"""Functions on demand: cold starts, what they cost, and from which rate on a container is cheaper.

Cold starts with keep-alive τ and the newest idle instance first: level i receives the Erlang-B overflow λᵢ = λB(i, a)
and its instance is gone if no request came for τ, so P = Σ(λᵢ − λᵢ₊₁)/λ·e^{−λᵢτ} and the mean number of instances is
Σ(1 − e^{−λᵢτ}). Against the simulator SimFaaS: probability within 40 % or 0.0015, instances within 3 %.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

from models.analyses.latency import gamma_exceeds, gamma_percentile

HALVINGS = 30


class ColdStarts(NamedTuple):
    """Share of requests that find no warm instance, and the mean number of instances alive."""

    probability: float
    instances: float


@lru_cache(maxsize=8192)
def cold_starts(arrival_rate: float, service_time: float, keep_alive: float, provisioned: int = 0) -> ColdStarts:
    """Return cold starts for Poisson arrivals.

    Args:
        arrival_rate: λ, requests/s.
        service_time: of a warm request, seconds.
        keep_alive: τ, seconds an idle instance is kept.
        provisioned: instances that are always kept warm.
    """
    if arrival_rate <= 0:
        return ColdStarts(0.0, float(provisioned))
    load = arrival_rate * service_time
    blocking, level = 1.0, 0
    probability = instances = 0.0
    while True:
        following = load * blocking / (level + 1 + load * blocking)
        gone = 0.0 if level < provisioned else math.exp(-arrival_rate * blocking * keep_alive)
        probability += (blocking - following) * gone
        instances += 1.0 - gone
        blocking, level = following, level + 1
        if arrival_rate * blocking * max(keep_alive, service_time) < 1e-9 and level >= provisioned:
            return ColdStarts(min(probability + blocking, 1.0), instances)


@lru_cache(maxsize=8192)
def percentile_with_cold_starts(mean: float, variance: float, share: float, start: float, quantile: float) -> float:
    """Return the percentile of a response time of which a share finds no warm instance and waits for one to start.

    P(T > t) = (1 − c)·G(t) + c·G(t − s) with G of a warm call, gamma distributed; found by halving.

    Args:
        mean, variance: of a warm call, seconds and s².
        share: c of the calls that are cold; start: s, seconds.
        quantile: between 0 and 1.
    """
    low = float(gamma_percentile(mean, variance, quantile))
    high = low + start
    if share <= 0 or start <= 0:
        return low
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        warm = float(gamma_exceeds(mean, variance, middle))
        cold = float(gamma_exceeds(mean, variance, middle - start)) if middle > start else 1.0
        if (1.0 - share) * warm + share * cold > 1.0 - quantile:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0


class ServerlessCost(NamedTuple):
    """USD per month: compute time, requests, and both."""

    compute: float
    requests: float
    total: float


def monthly_cost(
    invocations: float,
    duration: float,
    memory_gb: float,
    price_per_gb_second: float,
    price_per_request: float,
    free_gb_seconds: float = 0.0,
    free_requests: float = 0.0,
) -> ServerlessCost:
    """Return the cost of a month, invocations × seconds × GB beyond the free tier, plus the requests beyond theirs."""
    compute = max(invocations * duration * memory_gb - free_gb_seconds, 0.0) * price_per_gb_second
    requests = max(invocations - free_requests, 0.0) * price_per_request
    return ServerlessCost(compute, requests, compute + requests)


def break_even_rate(
    cost_per_request: float, replica_cost_per_hour: float, replica_rate: float, most_replicas: int = 1000
) -> float | None:
    """Return the smallest rate, requests/s, from which containers cost no more than functions; None if never.

    Scans the replicas: with r of them the container costs r·price up to r times the rate of one.

    Args:
        cost_per_request: USD per request of the function, free tier left out.
        replica_cost_per_hour: USD per hour of one replica.
        replica_rate: requests/s one replica serves.
    """
    if cost_per_request <= 0:
        return None
    for replicas in range(1, most_replicas + 1):
        crossing = replicas * replica_cost_per_hour / (3600.0 * cost_per_request)
        if crossing <= replicas * replica_rate:
            return max(crossing, (replicas - 1) * replica_rate)
    return None
