"""A placement by descent: from everything in one region, single services move while that saves and breaks nothing more.

It finds a plan at once where the exact search has none yet; how good it is tells the bound of that search.
"""

import numpy as np
from numpy.typing import NDArray

from models.studies.placement_problem import Floats, PlacementProblem

PASSES = 6


def descent(problem: PlacementProblem) -> tuple[tuple[int, int, int], ...] | None:
    """Return the cheapest plan that was reached from any region; None when none keeps every constraint.

    Services with several copies are not placed by it.
    """
    if problem.copies is not None and np.any(problem.copies > 1):
        return None
    option = np.argmin(problem.cost, axis=2)
    cost = np.min(problem.cost, axis=2)
    if problem.allowed is not None:
        cost = np.where(problem.allowed, cost, np.inf)
    if not np.isfinite(cost).any(axis=1).all():
        return None
    best: tuple[float, NDArray[np.int64]] | None = None
    for start in range(cost.shape[1]):
        place = np.where(np.isfinite(cost[:, start]), start, np.argmin(cost, axis=1))
        usd, broken = _improve(problem, cost, option, place)
        if broken <= 0.0 and (best is None or usd < best[0]):
            best = usd, place
    if best is None:
        return None
    return tuple((service, int(region), int(option[service, region])) for service, region in enumerate(best[1]))


def _improve(
    problem: PlacementProblem, cost: Floats, option: NDArray[np.int64], place: NDArray[np.int64]
) -> tuple[float, float]:
    """Move services in `place` one by one; return its cost and by how much it breaks the constraints."""
    traffic = problem.traffic()
    fixed = problem.provider_fixed
    touching = [np.flatnonzero((problem.calls == service).any(axis=1)) for service in range(len(place))]
    broken = _broken(problem, option, place)
    for _ in range(PASSES):
        moved = False
        for service, calls in enumerate(touching):
            there = cost[service].copy()
            for call in calls:
                caller, callee = problem.calls[call]
                there += traffic[call][:, place[callee]] if caller == service else traffic[call][place[caller]]
            if fixed is not None:
                others = np.bincount(problem.provider[np.delete(place, service)], minlength=len(fixed)) > 0
                there += np.where(others, 0.0, fixed)[problem.provider]
            here, now = int(place[service]), there[place[service]]
            for region in np.argsort(there):
                if (there[region] >= now - 1e-9 and broken <= 0.0) or not np.isfinite(there[region]):
                    break
                place[service] = region
                after = _broken(problem, option, place)
                if after < broken - 1e-12 or (after <= broken and there[region] < now - 1e-9):
                    broken, moved = after, True
                    break
                place[service] = here
        if not moved:
            break
    calls = np.arange(len(problem.calls))
    total = float(cost[np.arange(len(place)), place].sum())
    if len(calls):
        total += float(traffic[calls, place[problem.calls[:, 0]], place[problem.calls[:, 1]]].sum())
    if fixed is not None:
        total += float(fixed[np.unique(problem.provider[place])].sum())
    return total, broken


def _broken(problem: PlacementProblem, option: NDArray[np.int64], place: NDArray[np.int64]) -> float:
    """Return by how much a plan breaks providers, quotas, carbon cap and latency limits, as a sum of shares."""
    services = np.arange(len(place))
    sizes = option[services, place]
    over = 0.0
    if problem.max_providers is not None:
        over += max(len(np.unique(problem.provider[place])) - problem.max_providers, 0)
    if problem.quota is not None and problem.units is not None:
        used = np.bincount(place, problem.units[services, sizes], minlength=len(problem.quota))
        over += float(np.maximum(used / np.maximum(problem.quota, 1e-9) - 1.0, 0.0).sum())
    if problem.carbon is not None and problem.carbon_cap is not None:
        emitted = float(problem.carbon[services, place, sizes].sum())
        over += max(emitted / max(problem.carbon_cap, 1e-9) - 1.0, 0.0)
    for limit in problem.limits:
        waited = limit.entry_rtt[place[limit.entry_service]] if limit.entry_service is not None else 0.0
        if problem.rtt is not None:
            waited += sum(times * problem.rtt[tuple(place[problem.calls[call]])] for call, times in limit.calls)
        over += max(float(waited) / max(limit.limit, 1e-9) - 1.0, 0.0)
    return over
