"""Availability of parts and of their plain combinations.

All functions broadcast: arrays of any leading shape, the parts along the last axis. A service-level agreement is a
refund threshold, not a probability; parts are independent unless a common cause is given. Shared parts (a zone used by
several replicas) need `structure.py`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
HOURS_PER_YEAR = 8760.0
HOURS_PER_MONTH = 730.0
HOURS_PER_WEEK = 168.0


def from_repair(mean_time_between_failures: ArrayLike, mean_time_to_repair: ArrayLike) -> Floats:
    """Return A = MTBF/(MTBF + MTTR), both in the same unit; a part that never fails is given an infinite MTBF."""
    up, down = np.asarray(mean_time_between_failures, float), np.asarray(mean_time_to_repair, float)
    with np.errstate(invalid="ignore"):
        return np.where(np.isinf(up), 1.0, up / (up + down))


def series(availability: ArrayLike) -> Floats:
    """Return ∏A over the last axis: everything is needed. An empty axis gives 1."""
    return np.asarray(np.prod(np.asarray(availability, float), axis=-1))


def parallel(availability: ArrayLike) -> Floats:
    """Return 1 − ∏(1 − A) over the last axis: one suffices. An empty axis gives 0."""
    return np.asarray(1.0 - np.prod(1.0 - np.asarray(availability, float), axis=-1))


def k_of_n(availability: ArrayLike, k: int) -> Floats:
    """Return the probability that at least `k` of the parts on the last axis work (Barlow & Heidtmann 1984, O(nk)).

    The number of working parts is counted exactly up to k; parts may differ. k ≤ 0 gives 1, k above the count 0.
    """
    parts = np.asarray(availability, float)
    if k <= 0:
        return np.ones(parts.shape[:-1])
    counts = np.zeros((*parts.shape[:-1], k + 1))
    counts[..., 0] = 1.0
    for part in range(parts.shape[-1]):
        up = parts[..., part, None]
        reached = counts[..., k] + counts[..., k - 1] * up[..., 0]
        counts[..., 1:k] = counts[..., 1:k] * (1.0 - up) + counts[..., : k - 1] * up
        counts[..., 0] *= 1.0 - up[..., 0]
        counts[..., k] = reached
    return np.asarray(counts[..., k])


def replicas(availability: ArrayLike, count: ArrayLike, needed: ArrayLike, common_cause: ArrayLike = 0.0) -> Floats:
    """Return the availability of `count` equal replicas of which `needed` must work.

    A share β (`common_cause`) of each replica's unavailability strikes all at once (β-factor model, Fleming 1975): the
    group is a common part of availability 1 − β·(1 − A) in series with replicas of A/(1 − β·(1 − A)), so that one
    replica alone keeps exactly A. Vectorized over rows; shapes broadcast.

    Args:
        availability: of one replica.
        count, needed: whole numbers.
        common_cause: β, 0 to 1, usually 0.05 to 0.10.
    """
    up, total, wanted, beta = np.broadcast_arrays(
        np.asarray(availability, float), count, needed, np.asarray(common_cause, float)
    )
    common = 1.0 - beta * (1.0 - up)
    alone = np.divide(up, common, out=np.zeros(up.shape), where=common > 0.0)
    flat = (one.ravel() for one in (alone, np.asarray(total, int), np.asarray(wanted, int)))
    together = _at_least(*flat).reshape(up.shape)
    return np.where(np.asarray(wanted) <= 0, 1.0, common * together)


def _at_least(up: Floats, total: NDArray[np.int64], wanted: NDArray[np.int64]) -> Floats:
    """Return P(Binomial(total, up) ≥ wanted), from the regularized incomplete beta function of the failures."""
    from scipy.special import betainc

    allowed = total - wanted
    possible = (allowed >= 0) & (wanted > 0)
    lost = betainc(np.where(possible, allowed + 1, 1), np.where(possible, wanted, 1), 1.0 - up)
    return np.where(possible, 1.0 - lost, np.where(wanted > 0, 0.0, 1.0))


class Downtime(NamedTuple):
    """Expected time down: hours per year and month, minutes per month and week."""

    hours_per_year: Floats
    hours_per_month: Floats
    minutes_per_month: Floats
    minutes_per_week: Floats


def downtime(availability: ArrayLike, hours_per_year: float = HOURS_PER_YEAR) -> Downtime:
    """Return the downtime of an availability over a year of 365 days, a month of 730 h and a week of 168 h."""
    down = np.asarray(1.0 - np.asarray(availability, float))
    return Downtime(
        np.asarray(down * hours_per_year),
        np.asarray(down * HOURS_PER_MONTH),
        np.asarray(down * HOURS_PER_MONTH * 60.0),
        np.asarray(down * HOURS_PER_WEEK * 60.0),
    )


def availability_from_downtime(hours_per_year: ArrayLike) -> Floats:
    """Return the availability that allows this many hours of downtime per year."""
    return np.asarray(1.0 - np.asarray(hours_per_year, float) / HOURS_PER_YEAR)
