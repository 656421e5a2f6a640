"""The placement optimum against enumeration of all plans."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.studies.placement import optimal_placement
from models.studies.placement_descent import descent
from models.studies.placement_problem import LatencyLimit, PlacementProblem, placement_cost


def _problem(seed: int, services: int = 4, regions: int = 3, options: int = 2) -> PlacementProblem:
    random = np.random.default_rng(seed)
    cost = random.uniform(50.0, 500.0, (services, regions, options)).round(2)
    cost[random.random(cost.shape) < 0.1] = np.inf
    cost[:, 0, 0] = 400.0
    calls = np.array([(a, b) for a in range(services) for b in range(a + 1, services) if random.random() < 0.6])
    egress = np.where(np.eye(regions) > 0, 0.0, random.choice([0.02, 0.09], (regions, regions)))
    return PlacementProblem(
        cost=cost,
        calls=calls.reshape(-1, 2).astype(np.int64),
        volume=random.uniform(0.0, 4000.0, len(calls)).round(),
        egress=egress,
        provider=np.arange(regions) % 2,
    )


def _plans(problem: PlacementProblem) -> list[tuple[tuple[int, int, int], ...]]:
    services, regions, options = problem.cost.shape
    places = list(itertools.product(range(regions), range(options)))
    every = itertools.product(places, repeat=services)
    plans = [tuple((s, r, o) for s, (r, o) in enumerate(plan)) for plan in every]
    return [plan for plan in plans if all(np.isfinite(problem.cost[place]) for place in plan)]


def _network_time(problem: PlacementProblem, plan: tuple[tuple[int, int, int], ...], limit: LatencyLimit) -> float:
    assert problem.rtt is not None
    region = {service: place for service, place, _ in plan}
    total = sum(
        times * problem.rtt[region[problem.calls[call][0]], region[problem.calls[call][1]]]
        for call, times in limit.calls
    )
    if limit.entry_service is not None:
        total += limit.entry_rtt[region[limit.entry_service]]
    return float(total)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_no_plan_is_cheaper(seed: int) -> None:
    problem = _problem(seed)
    best = min(placement_cost(problem, plan) for plan in _plans(problem))
    found = optimal_placement(problem)
    assert found.relaxed == ()
    assert found.cost == pytest.approx(best, rel=1e-6)
    assert placement_cost(problem, found.chosen) == found.cost


@given(seed=st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_all_constraints_hold_or_none_could(seed: int) -> None:
    random = np.random.default_rng(seed)
    base = _problem(seed)
    limit = LatencyLimit("chat", ((0, 1.0),) if len(base.calls) else (), 0.04, 1, tuple(random.uniform(0.0, 0.06, 3)))
    rtt = np.where(np.eye(3) > 0, 0.001, random.uniform(0.02, 0.08, (3, 3)))
    problem = base._replace(
        allowed=random.random((4, 3)) < 0.8,
        rtt=rtt,
        limits=[limit],
        max_providers=1,
        provider_fixed=np.array([100.0, 150.0]),
        units=random.integers(1, 4, (4, 2)).astype(float),
        quota=np.array([6.0, np.inf, 5.0]),
    )
    assert problem.allowed is not None
    assert problem.units is not None
    assert problem.quota is not None
    fitting = []
    for plan in _plans(problem):
        used = np.zeros(3)
        for service, region, option in plan:
            used[region] += problem.units[service, option]
        allowed = all(problem.allowed[service, region] for service, region, _ in plan)
        single = len({int(problem.provider[region]) for _, region, _ in plan}) == 1
        if allowed and single and np.all(used <= problem.quota) and _network_time(problem, plan, limit) <= limit.limit:
            fitting.append(placement_cost(problem, plan))
    found = optimal_placement(problem)
    assert (found.relaxed == ()) == bool(fitting)
    if fitting:
        assert found.cost == pytest.approx(min(fitting), rel=1e-6)


def test_what_has_to_give_is_named() -> None:
    problem = _problem(1)._replace(allowed=np.array([[False] * 3] + [[True] * 3] * 3))
    found = optimal_placement(problem)
    assert len(found.relaxed) == 1
    assert "Service 0 has to run in region" in found.relaxed[0]


def test_two_copies_go_to_two_regions() -> None:
    problem = _problem(3)._replace(copies=np.array([2, 1, 1, 1]))
    found = optimal_placement(problem)
    assert len({region for service, region, _ in found.chosen if service == 0}) == 2
    plans = [
        (*plan, (0, region, option))
        for plan in _plans(problem)
        for region in range(3)
        for option in range(2)
        if region > plan[0][1] and np.isfinite(problem.cost[0, region, option])
    ]
    assert found.cost == pytest.approx(min(placement_cost(problem, plan) for plan in plans), rel=1e-6)


def test_a_carbon_cap_is_kept() -> None:
    carbon = np.random.default_rng(4).uniform(1.0, 10.0, (4, 3, 2))
    problem = _problem(4)
    cheapest = optimal_placement(problem)
    emitted = sum(float(carbon[place]) for place in cheapest.chosen)
    capped = optimal_placement(problem._replace(carbon=carbon, carbon_cap=0.8 * emitted))
    assert sum(float(carbon[place]) for place in capped.chosen) <= 0.8 * emitted + 1e-9
    assert capped.cost >= cheapest.cost


def test_a_service_without_a_price_is_named() -> None:
    problem = _problem(5)
    cost = problem.cost.copy()
    cost[2] = np.inf
    with pytest.raises(ValueError, match="Service 2 has no price"):
        optimal_placement(problem._replace(cost=cost))


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_descent_finds_a_plan_that_keeps_everything_and_is_near_the_best(seed: int) -> None:
    random = np.random.default_rng(seed)
    rtt = np.where(np.eye(3) > 0, 0.001, 0.05)
    problem = _problem(seed)._replace(provider_fixed=np.array([100.0, 150.0]), max_providers=1, rtt=rtt)
    limit = LatencyLimit("chat", ((0, 1.0),) if len(problem.calls) else (), 0.06, 1, tuple(random.uniform(0, 0.05, 3)))
    problem = problem._replace(limits=[limit])
    plan = descent(problem)
    exact = optimal_placement(problem)
    if plan is None or exact.relaxed:
        return
    assert _network_time(problem, plan, limit) <= limit.limit + 1e-12
    assert len({int(problem.provider[region]) for _, region, _ in plan}) == 1
    assert exact.cost - 1e-6 <= placement_cost(problem, plan) <= 1.5 * exact.cost


def test_a_plan_by_descent_says_how_far_it_may_be_from_the_best() -> None:
    problem = _problem(6, services=14, regions=8)
    cut = optimal_placement(problem, time_limit=0.0)
    best = optimal_placement(problem)
    assert cut.cost >= best.cost - 1e-6
    assert cut.cost * (1.0 - cut.gap) <= best.cost + 1e-6
