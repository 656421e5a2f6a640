"""The numbers of a placement of services over regions, what a plan costs by plain arithmetic, and what it breaks."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class LatencyLimit(NamedTuple):
    """A user flow: (call index, calls per request), the service users enter by, their RTT to each region, the limit."""

    name: str
    calls: tuple[tuple[int, float], ...]
    limit: float
    entry_service: int | None = None
    entry_rtt: tuple[float, ...] = ()


class PlacementProblem(NamedTuple):
    """Numbers of one placement; S services, R regions, O options, E calls. Money per month, RTT in seconds.

    cost (S, R, O), infinite where an option is not sold; allowed (S, R) by residency; calls (E, 2) service indices;
    volume (E,) GB per month, answers (E,) GB per month back on the same way; egress (R, R) price per GB; rtt (R, R);
    provider (R,) index; units (S, O) counted against quota (R,); carbon (S, R, O) against carbon_cap.
    """

    cost: Floats
    calls: NDArray[np.int64]
    volume: Floats
    egress: Floats
    provider: NDArray[np.int64]
    answers: Floats | None = None
    allowed: NDArray[np.bool_] | None = None
    copies: NDArray[np.int64] | None = None
    rtt: Floats | None = None
    limits: Sequence[LatencyLimit] = ()
    max_providers: int | None = None
    provider_fixed: Floats | None = None
    units: Floats | None = None
    quota: Floats | None = None
    carbon: Floats | None = None
    carbon_cap: float | None = None

    def traffic(self) -> Floats:
        """Return (E, R, R) USD a month of each call, if all of it goes from one region to another, and back."""
        price = self.volume[:, None, None] * self.egress
        return price if self.answers is None else price + self.answers[:, None, None] * self.egress.T


class Placement(NamedTuple):
    """A plan: (service, region, option) triples, its cost per month, how far it may be from the best, what was relaxed.

    `relaxed` is empty when all constraints hold; else one sentence per constraint that had to give.
    """

    chosen: tuple[tuple[int, int, int], ...]
    cost: float
    gap: float
    relaxed: tuple[str, ...] = ()


def placement_cost(problem: PlacementProblem, chosen: Sequence[tuple[int, int, int]]) -> float:
    """Return the monthly cost of a plan by plain arithmetic: options, data between regions, providers.

    Calls between services with several regions are spread so that the data transfer costs least (a small transport
    problem); with one region each there is nothing to spread.
    """
    total = sum(float(problem.cost[s, r, o]) for s, r, o in chosen)
    places: dict[int, list[int]] = {}
    for service, region, _ in chosen:
        places.setdefault(service, []).append(region)
    for (caller, callee), price in zip(problem.calls, problem.traffic(), strict=True):
        total += _transport(price[np.ix_(places[int(caller)], places[int(callee)])])
    if problem.provider_fixed is not None:
        used = {int(problem.provider[region]) for _, region, _ in chosen}
        total += sum(float(problem.provider_fixed[provider]) for provider in used)
    return total


def _transport(price: Floats) -> float:
    """Return the least mean price of sending equal shares from all rows to equal shares of all columns."""
    if min(price.shape) == 1:
        return float(price.mean())
    from scipy.optimize import linear_sum_assignment

    rows, columns = price.shape
    spread = np.repeat(np.repeat(price, columns, axis=0), rows, axis=1)
    return float(spread[linear_sum_assignment(spread)].mean())
