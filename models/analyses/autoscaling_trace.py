"""An autoscaler driven by a demand trace: replicas, saturation and lost capacity over time, for many services at once.

Every sync period the delayed load decides the desired replicas as the Kubernetes controller does (whole percent of the
request, tolerance, replicas that start counted as idle before more are added), the downward window and the default rate
policies limit them, and new replicas serve after their start-up time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.analyses.autoscaling import DEFAULT_TOLERANCE, DOWN_WINDOW, SYNC_PERIOD, desired_replicas
from models.analyses.queueing import gg_c_wait

Floats = NDArray[np.float64]
_ROUNDING = 1e-9


class ScalingTrace(NamedTuple):
    """Per step and service, shapes (steps, nodes) or (nodes,): replicas that run and serve, wait, and the sums."""

    replicas: Floats
    serving: Floats
    wait: Floats
    overload_seconds: Floats
    late_seconds: Floats
    replica_hours: Floats


def simulate(
    arrival_rate: ArrayLike,
    replica_rate: ArrayLike,
    target_utilization: ArrayLike,
    minimum: ArrayLike,
    maximum: ArrayLike,
    ready_delay: ArrayLike = 30.0,
    metric_delay: float = 15.0,
    wait_limit: ArrayLike = np.inf,
    step: float = SYNC_PERIOD,
    down_window: float = DOWN_WINDOW,
) -> ScalingTrace:
    """Return the replicas over a trace of demand, all services side by side.

    Args:
        arrival_rate: (steps, nodes), requests/s.
        replica_rate: (nodes,), requests/s one replica serves at full use.
        target_utilization: (nodes,), fraction; minimum, maximum: (nodes,), replicas.
        ready_delay: (nodes,), seconds until a new replica serves (node provisioning, image, weights, readiness).
        metric_delay: seconds by which the load the autoscaler sees is late.
        wait_limit: (nodes,), mean wait in seconds above which a step counts as late.
        step: seconds between decisions; down_window: seconds of the downward stabilization.
    """
    rates = np.atleast_2d(np.asarray(arrival_rate, float))
    steps, nodes = rates.shape
    percent = np.round(100.0 * np.broadcast_to(target_utilization, nodes))
    per_replica, target = np.broadcast_to(replica_rate, nodes), np.broadcast_to(target_utilization, nodes)
    low, high = np.broadcast_to(minimum, nodes).astype(float), np.broadcast_to(maximum, nodes).astype(float)
    late = round(metric_delay / step)
    window = max(int(down_window // step), 1)
    delays = np.ceil(np.broadcast_to(ready_delay, nodes) / step).astype(int)
    running = np.zeros((steps, nodes))
    asked = np.zeros((steps, nodes))
    serving = np.zeros((steps, nodes))
    current = np.clip(np.ceil(rates[0] / (per_replica * target)), low, high)
    for now in range(steps):
        ready = current if now == 0 else np.maximum(serving[now - 1], 1.0)
        asked[now] = _asked(rates[max(now - late, 0)] / per_replica, ready, current, percent)
        stable = asked[max(now - window + 1, 0) : now + 1].max(axis=0)
        wanted = np.where(asked[now] > current, asked[now], np.minimum(stable, current))
        grown = np.minimum(wanted, np.maximum(current + 4.0, 2.0 * current))
        current = np.clip(grown, low, high)
        running[now] = current
        before = np.maximum(now - delays, 0)
        serving[now] = np.minimum(_least_since(running, before, now), current)
    wait = gg_c_wait(rates, per_replica, np.maximum(serving, 1.0))
    overload = (rates >= serving * per_replica).sum(axis=0) * step
    late_steps = (wait > np.broadcast_to(wait_limit, nodes)).sum(axis=0) * step
    return ScalingTrace(running, serving, wait, overload, late_steps, running.sum(axis=0) * step / 3600.0)


def _asked(used: Floats, ready: Floats, current: Floats, percent: Floats) -> Floats:
    """Return the replicas that the controller asks for before windows and policies (replica_calculator.go).

    Utilization is ⌊100·used/ready⌋ percent. Above the target and with replicas still starting, those count as using
    nothing; if the lower ratio lies within the tolerance or points the other way, the replicas stay as they are.

    Args:
        used: (nodes,) busy replicas' worth of load.
        ready, current: (nodes,) replicas that serve, and all.
        percent: (nodes,) target utilization in whole percent.
    """
    ratio = np.floor(100.0 * used / ready + _ROUNDING) / percent
    plain = desired_replicas(ratio, ready, current, DEFAULT_TOLERANCE)
    careful = np.floor(100.0 * used / current + _ROUNDING) / percent
    more = np.ceil(careful * current)
    keep = (careful <= 1.0 + DEFAULT_TOLERANCE) | (more < current)
    return np.where((current > ready) & (ratio > 1.0), np.where(keep, current, more), plain)


def _least_since(running: Floats, before: NDArray[np.intp], now: int) -> Floats:
    """Return the least replicas since each service's start-up delay ago: what has run long enough to serve."""
    first = int(before.min())
    history = running[first : now + 1]
    recent = np.arange(first, now + 1)[:, None] >= before[None, :]
    return np.asarray(np.where(recent, history, np.inf).min(axis=0))
