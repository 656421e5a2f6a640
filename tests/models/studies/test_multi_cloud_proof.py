"""The plan over several clouds against brute force, from the drawing to the evaluated plan, on random drawings."""

import random
from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog

from models.catalog.catalog import load_catalog
from models.design.delta import Delta
from models.design.design import Design
from models.design.edits import new_node, set_params
from models.design.elements import BRIEF_ID, Boundary, Brief, Flow, Node
from models.evaluation import evaluate
from models.studies.multi_cloud import WORTH_USD, Settings, place_over_clouds, placement_inputs
from models.studies.placement import optimal_placement

CATALOG = load_catalog()
KINDS = ("service", "relational", "cache", "object_store", "queue", "model_serving")
HOMES = (("aws", "eu-central-1"), ("gcp", "europe-west4"), ("azure", "westeurope"), ("aws", "us-east-1"))
FEW, MANY = range(3), range(3, 203)


def random_case(seed):
    """A drawing of two to four services with its settings: residency, latency target, egress, providers, exclusions."""
    source = random.Random(seed)
    provider, region = source.choice(HOMES)
    residency = "none" if region == "us-east-1" else source.choice(("none", "EU"))
    elements = {
        "brief": Brief(params={"home_region": f"{provider}/{region}", "residency": residency}),
        "region": Boundary("region", "Home", params={"provider": provider, "region": region, "zones": 2}),
        "users": Node(
            "users", "Users", params={"peak_rate_rps": source.choice((5, 50, 400)), "places": {"DE": 2, "US": 1}}
        ),
        "n0": new_node("service", "Entry", site="region"),
        "f0": Flow("users", "n0", params={"request_kib": 2, "response_kib": 20}),
    }
    services = source.choice((2, 3, 3, 4))
    for number in range(1, services):
        elements[f"n{number}"] = new_node(source.choice(KINDS), f"N{number}", site="region")
        kib = {"request_kib": source.choice((1, 50, 800)), "response_kib": source.choice((1, 50, 800))}
        elements[f"f{number}"] = Flow(f"n{source.randrange(number)}", f"n{number}", params=kib)
    design = Design(elements)
    if source.random() < 0.6:
        last = evaluate(design, CATALOG).figure("total/last_p95_s").value or 0.1
        brief = design.elements[BRIEF_ID]
        target = set_params(brief, {"target_last_p95_ms": last * 1000 * source.choice((0.9, 1.001, 1.05, 1.3))})
        design = design.apply(Delta.of([(BRIEF_ID, brief, target)]))
    settings = Settings(
        keep=("n1",) if source.random() < 0.2 else (),
        exclude=tuple(source.sample(("gcp", "oci", "azure"), source.choice((0, 0, 1)))),
        provider_usd=source.choice((0.0, 5.0, 300.0)),
        most_providers=source.choice((0, 0, 1, 2)),
    )
    return design, settings


def brute_force(problem):
    """The least cost over every assignment of one region per service, by arithmetic of its own; inf = none fits."""
    services = len(problem.cost)
    plans = np.array(list(product(*[np.flatnonzero(np.isfinite(problem.cost[s, :, 0])) for s in range(services)])))
    total = problem.cost[np.arange(services), plans, 0].sum(axis=1)
    for (caller, callee), volume, answer in zip(problem.calls, problem.volume, problem.answers, strict=True):
        first, second = plans[:, caller], plans[:, callee]
        total += volume * problem.egress[first, second] + answer * problem.egress[second, first]
    used = np.zeros((len(plans), len(problem.provider_fixed)), bool)
    for service in range(services):
        used[np.arange(len(plans)), problem.provider[plans[:, service]]] = True
    total += used @ problem.provider_fixed
    allowed = np.ones(len(plans), bool)
    if problem.max_providers is not None:
        allowed &= used.sum(axis=1) <= problem.max_providers
    for limit in problem.limits:
        waited = np.array(limit.entry_rtt)[plans[:, limit.entry_service]]
        for call, times in limit.calls:
            caller, callee = problem.calls[call]
            waited = waited + times * problem.rtt[plans[:, caller], plans[:, callee]]
        allowed &= waited <= limit.limit
    return float(np.where(allowed, total, np.inf).min())


def compare_one(seed):
    """Hold problem and plan of one drawing against brute force; return whether some constraint decided."""
    design, settings = random_case(seed)
    evaluation = evaluate(design, CATALOG)
    inputs = placement_inputs(evaluation, settings)
    residency = design.brief.params["residency"]
    for row, key in enumerate(inputs.services):
        for column, region in enumerate(inputs.regions):
            if np.isfinite(inputs.problem.cost[row, column, 0]):
                assert residency == "none" or CATALOG.region(*region).jurisdiction == residency
                assert region[0] not in settings.exclude or inputs.drawn[row] == column
                assert key not in settings.keep or inputs.drawn[row] == column
    best = brute_force(inputs.problem)
    found = optimal_placement(inputs.problem)
    assert (found.relaxed == ()) == np.isfinite(best)
    if np.isfinite(best):
        assert found.cost == pytest.approx(best, rel=1e-6, abs=1e-6)
        plan = place_over_clouds(design, CATALOG, settings=settings)
        assert plan.failure == ""
        assert best - 1e-6 <= plan.predicted <= best * (1 + 2e-4) + WORTH_USD * len(inputs.services)
        assert not settings.most_providers or len(plan.providers) <= settings.most_providers


def copies_cost(problem, places):
    """The cost of services in several regions each; a linear program spreads the calls for the least traffic."""
    total = sum(problem.cost[s, r, 0] for s, own in enumerate(places) for r in own)
    for (caller, callee), volume, answer in zip(problem.calls, problem.volume, problem.answers, strict=True):
        first, second = list(places[caller]), list(places[callee])
        price = volume * problem.egress[np.ix_(first, second)] + answer * problem.egress[np.ix_(second, first)].T
        sums = [np.kron(np.eye(len(first)), np.ones(len(second))), np.kron(np.ones(len(first)), np.eye(len(second)))]
        shares = np.r_[np.full(len(first), 1 / len(first)), np.full(len(second), 1 / len(second))]
        total += linprog(price.ravel(), A_eq=np.vstack(sums), b_eq=shares).fun
    providers = {problem.provider[r] for own in places for r in own}
    return total + problem.provider_fixed[list(providers)].sum(), len(providers)


def compare_copies(seed):
    """The prices of a drawing with some services in two regions, against every choice of pairs."""
    source = random.Random(seed)
    design, settings = random_case(seed)
    inputs = placement_inputs(evaluate(design, CATALOG), Settings((), (), settings.provider_usd, source.choice((0, 2))))
    order = np.argsort(np.nan_to_num(inputs.problem.cost[:, :, 0], posinf=1e9).sum(axis=0))[:5]
    services = min(len(inputs.services), 3)
    kept = [n for n, (a, b) in enumerate(inputs.problem.calls) if a < services and b < services]
    problem = inputs.problem._replace(
        cost=inputs.problem.cost[:services][:, order],
        calls=inputs.problem.calls[kept],
        volume=inputs.problem.volume[kept],
        answers=inputs.problem.answers[kept],
        egress=inputs.problem.egress[np.ix_(order, order)],
        provider=inputs.problem.provider[order],
        copies=np.array([source.choice((1, 2)) for _ in range(services)]),
        rtt=None,
        limits=(),
    )
    choices = []
    for row in range(services):
        open_ = np.flatnonzero(np.isfinite(problem.cost[row, :, 0]))
        one, two = [(a,) for a in open_], [(a, b) for a in open_ for b in open_ if a < b]
        choices.append(one if problem.copies[row] == 1 else two)
    costs = [copies_cost(problem, places) for places in product(*choices)]
    fitting = [usd for usd, count in costs if not problem.max_providers or count <= problem.max_providers]
    if not all(choices):
        return
    found = optimal_placement(problem)
    assert (found.relaxed == ()) == bool(fitting)
    if fitting:
        assert found.cost == pytest.approx(min(fitting), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("seed", FEW)
def test_the_plan_of_a_drawing_equals_brute_force(seed):
    compare_one(seed)


@pytest.mark.proof
@pytest.mark.parametrize("seed", MANY)
def test_the_plans_of_200_drawings_equal_brute_force(seed):
    compare_one(seed)


def test_services_in_two_regions_equal_brute_force():
    compare_copies(1)


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(2, 42))
def test_services_in_two_regions_of_40_drawings_equal_brute_force(seed):
    compare_copies(seed)
