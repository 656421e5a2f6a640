"""The placement optimum against enumeration, with every constraint at once."""

import itertools

import numpy as np
import pytest

from models.studies.placement import optimal_placement
from models.studies.placement_problem import LatencyLimit, PlacementProblem

S, R, O = 4, 3, 2  # noqa: E741


def constrained(seed):
    """Four services, one of them in two regions, with residency, latency, quotas, egress and a limit of providers."""
    random = np.random.default_rng(seed)
    cost = random.uniform(50.0, 500.0, (S, R, O)).round(2)
    cost[random.random(cost.shape) < 0.1] = np.inf
    cost[:, 0, 0] = 400.0
    calls = np.array([(a, b) for a in range(S) for b in range(a + 1, S) if random.random() < 0.6], np.int64)
    calls = calls.reshape(-1, 2)
    copies = np.ones(S, np.int64)
    copies[random.integers(S)] = random.integers(1, 3)
    on_path = tuple((call, float(random.integers(1, 3))) for call in range(len(calls)) if random.random() < 0.5)
    limit = LatencyLimit("chat", on_path, random.uniform(0.03, 0.25), 0, tuple(random.uniform(0.0, 0.06, R)))
    return PlacementProblem(
        cost=cost,
        calls=calls,
        volume=random.uniform(0.0, 4000.0, len(calls)).round(),
        egress=np.where(np.eye(R) > 0, 0.0, random.choice([0.02, 0.09], (R, R))),
        provider=np.arange(R) % 2,
        allowed=random.random((S, R)) < 0.85,
        copies=copies,
        rtt=np.where(np.eye(R) > 0, 0.001, random.uniform(0.01, 0.08, (R, R))),
        limits=[limit],
        max_providers=int(random.integers(1, 3)),
        provider_fixed=random.uniform(0.0, 200.0, 2).round(),
        units=random.integers(1, 4, (S, O)).astype(float),
        quota=random.choice([5.0, 7.0, 9.0, np.inf], R),
    )


def plans(problem):
    """Every plan as a tuple of (region, option) pairs per service; a service never runs twice in one region."""
    per_service = []
    for service, count in enumerate(np.ones(len(problem.cost), int) if problem.copies is None else problem.copies):
        sold = [tuple(map(int, place)) for place in np.argwhere(np.isfinite(problem.cost[service]))]
        sets = itertools.combinations(sold, int(count))
        per_service.append([each for each in sets if len({region for region, _ in each}) == count])
    return itertools.product(*per_service)


def price(problem, plan):
    """The cost of a plan; with one service at most in two regions the calls have only one way to spread."""
    total = sum(problem.cost[service, r, o] for service, places in enumerate(plan) for r, o in places)
    for (caller, callee), volume in zip(problem.calls, problem.volume, strict=True):
        total += volume * np.mean([problem.egress[a, b] for a, _ in plan[caller] for b, _ in plan[callee]])
    if problem.provider_fixed is not None:
        used = {int(problem.provider[r]) for places in plan for r, _ in places}
        total += sum(problem.provider_fixed[provider] for provider in used)
    return float(total)


def network_time(problem, plan, limit):
    total = 0.0
    for call, times in limit.calls:
        caller, callee = problem.calls[call]
        total += times * np.mean([problem.rtt[a, b] for a, _ in plan[caller] for b, _ in plan[callee]])
    if limit.entry_service is not None:
        total += np.mean([limit.entry_rtt[r] for r, _ in plan[limit.entry_service]])
    return total


def holds(problem, plan):
    used = {int(problem.provider[r]) for places in plan for r, _ in places}
    if problem.max_providers is not None and len(used) > problem.max_providers:
        return False
    pairs = [(service, r, o) for service, places in enumerate(plan) for r, o in places]
    if problem.allowed is not None and not all(problem.allowed[service, r] for service, r, _ in pairs):
        return False
    if problem.units is not None and problem.quota is not None:
        taken = np.zeros(problem.cost.shape[1])
        for service, r, o in pairs:
            taken[r] += problem.units[service, o]
        if np.any(taken > problem.quota):
            return False
    return all(network_time(problem, plan, limit) <= limit.limit + 1e-9 for limit in problem.limits)


def agrees(problem):
    """Compare the optimum with enumeration; return whether any plan holds."""
    fitting = [price(problem, plan) for plan in plans(problem) if holds(problem, plan)]
    found = optimal_placement(problem)
    assert (found.relaxed == ()) == bool(fitting)
    if fitting:
        assert found.cost == pytest.approx(min(fitting), rel=1e-6, abs=1e-6)
    return bool(fitting)


def test_no_plan_that_holds_every_constraint_is_cheaper():
    held = sum(agrees(constrained(seed)) for seed in range(12))
    assert 0 < held < 12


@pytest.mark.proof
def test_two_hundred_problems_with_every_constraint_equal_enumeration():
    held = sum(agrees(constrained(seed)) for seed in range(200))
    assert held >= 50
