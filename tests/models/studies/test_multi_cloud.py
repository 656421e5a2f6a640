"""Placement of a drawing over several clouds: against brute force, with its constraints, and checked by evaluation."""

import random
from itertools import product

import numpy as np
import pytest

from models.catalog.catalog import load_catalog
from models.design.delta import Delta
from models.design.design import Design
from models.design.edits import new_node, set_params
from models.design.elements import BRIEF_ID, Boundary, Brief, Flow, Node, Site
from models.evaluation import evaluate
from models.frameworks.cloud_selection.several import WORTH_SHARE, saving, several_proposal
from models.moves import Problem, apply_move
from models.moves.links import crossing_flows, links_of
from models.moves.re_place import place_nodes, places_of
from models.report import Remedy
from models.studies.multi_cloud import (
    MultiCloudQuestion,
    Settings,
    changes,
    move_args,
    place_over_clouds,
    placement_inputs,
)
from models.studies.placement import optimal_placement
from models.studies.placement_problem import placement_cost
from models.templates import template

CATALOG = load_catalog()
KINDS = ("service", "relational", "cache", "object_store", "queue", "model_serving")


def small_design(seed, services=3):
    source = random.Random(seed)
    elements = {
        "brief": Brief(params={"home_region": "aws/eu-central-1", "residency": "EU", "people_fte": 0}),
        "region": Boundary("region", "Frankfurt", params={"provider": "aws", "region": "eu-central-1", "zones": 2}),
        "users": Node("users", "Users", params={"peak_rate_rps": 50, "places": {"DE": 1}}),
        "n0": new_node("service", "Entry", site="region"),
        "f0": Flow("users", "n0", params={"request_kib": 2, "response_kib": 20}),
    }
    for number in range(1, services):
        elements[f"n{number}"] = new_node(source.choice(KINDS), f"N{number}", site="region")
        caller = source.randrange(number)
        kib = source.choice((1, 50, 500))
        elements[f"f{number}"] = Flow(f"n{caller}", f"n{number}", params={"request_kib": kib, "response_kib": kib})
    return Design(elements)


def cheapest(problem):
    """The least cost over every assignment of one region per service."""
    regions = range(problem.cost.shape[1])
    allowed = [[r for r in regions if np.isfinite(problem.cost[s, r, 0])] for s in range(problem.cost.shape[0])]
    plans = ([(s, r, 0) for s, r in enumerate(choice)] for choice in product(*allowed))
    return min(placement_cost(problem, plan) for plan in plans)


@pytest.mark.parametrize("seed", range(6))
def test_the_optimum_of_a_drawing_equals_brute_force(seed):
    inputs = placement_inputs(evaluate(small_design(seed), CATALOG), Settings(provider_usd=30.0))
    plan = optimal_placement(inputs.problem)
    assert plan.relaxed == ()
    assert plan.cost == pytest.approx(cheapest(inputs.problem), rel=1e-6)


def test_the_cost_of_the_drawn_places_is_that_of_the_bill():
    evaluation = evaluate(template("recommender").variants[1].design, CATALOG)
    inputs = placement_inputs(evaluation, Settings())
    drawn = placement_cost(inputs.problem, [(s, r, 0) for s, r in enumerate(inputs.drawn)])
    assert drawn == pytest.approx(evaluation.money.bill.total, rel=1e-6)


def test_the_plan_is_checked_by_the_ordinary_evaluation():
    design = template("fraud").variants[0].design
    plan = place_over_clouds(design, CATALOG, settings=Settings(provider_usd=2000.0))
    assert plan.gap <= 1e-4
    after = apply_move(design, CATALOG, Remedy("place_nodes", {"places": changes(plan.placed)}))
    assert not isinstance(after, Problem)
    assert evaluate(after, CATALOG).money.bill.total == pytest.approx(plan.evaluated)
    saved_by_study = plan.drawn - plan.predicted
    saved = plan.evaluated_drawn - plan.evaluated - plan.further
    assert saved > 0
    assert saved_by_study == pytest.approx(saved, rel=0.25)
    for entry in plan.placed:
        assert places_of(after, entry.node) == [(entry.provider, entry.region)]


def test_a_dear_further_provider_keeps_everything_in_one():
    plan = place_over_clouds(template("fraud").variants[0].design, CATALOG, settings=Settings(provider_usd=1e6))
    assert len(plan.providers) == 1


def test_no_plan_is_dearer_than_the_best_single_provider():
    plan = place_over_clouds(template("assistant").variants[0].design, CATALOG, settings=Settings(provider_usd=2000.0))
    assert plan.single
    assert plan.predicted <= min(usd for _, usd in plan.single) + 1e-6


def test_residency_exclusion_and_kept_nodes_hold():
    design = template("fraud").variants[0].design
    settings = Settings(keep=("ledger",), exclude=("oci",), provider_usd=0.0)
    plan = place_over_clouds(design, CATALOG, settings=settings)
    assert "oci" not in plan.providers
    assert {CATALOG.region(entry.provider, entry.region).jurisdiction for entry in plan.placed} == {"EU"}
    ledger = next(entry for entry in plan.placed if entry.node == "ledger")
    assert f"{ledger.provider}/{ledger.region}" == ledger.drawn == "aws/eu-central-1"


def test_a_latency_target_that_is_just_met_keeps_chatty_services_together():
    design = small_design(1, services=4)
    brief = design.elements[BRIEF_ID]
    p95 = evaluate(design, CATALOG).figure("total/last_p95_s").value
    strict = design.apply(Delta.of([(BRIEF_ID, brief, set_params(brief, {"target_last_p95_ms": p95 * 1000}))]))
    plan = place_over_clouds(strict, CATALOG, settings=Settings(provider_usd=0.0))
    assert plan.relaxed == ()
    assert plan.evaluated_p95_s <= p95 * 1.05


def test_nodes_in_several_regions_and_hosted_models_stay():
    plan = place_over_clouds(template("assistant").variants[2].design, CATALOG, settings=Settings(provider_usd=100.0))
    moved = changes(plan.placed)
    assert "gateway" not in moved
    hosted = place_over_clouds(template("assistant").variants[0].design, CATALOG, settings=Settings())
    assert "answer-model" not in changes(hosted.placed)


def test_nothing_to_place_and_too_much_to_place_are_sentences():
    assert "Nothing is drawn" in place_over_clouds(Design(), CATALOG).failure
    many = {f"n{number}": Node("service", f"N{number}", sites=(Site(),)) for number in range(201)}
    assert "201 nodes" in place_over_clouds(Design(many), CATALOG).failure


def test_it_can_be_cancelled_and_answers_in_another_process_the_same():
    design = small_design(2)
    assert place_over_clouds(design, CATALOG, cancelled=lambda: True) is None
    for stop in (0.1, 0.7, 0.85):
        shares = [0.0]
        assert (
            place_over_clouds(design, CATALOG, progress=shares.append, cancelled=lambda s=shares, at=stop: s[-1] > at)
            is None
        )
        assert stop < shares[-1] < 1.0
    evaluation = evaluate(design, CATALOG)
    answer = MultiCloudQuestion.of(evaluation, Settings())()
    assert answer.fits(evaluation, Settings())
    assert not answer.fits(evaluation, Settings(exclude=("gcp",)))


def test_the_plan_is_offered_only_when_it_saves_more_than_the_band_of_the_prices():
    for name, offered in (("fraud", 1), ("assistant", 0)):
        evaluation = evaluate(template(name).variants[0].design, CATALOG)
        plan = place_over_clouds(evaluation.design, CATALOG, settings=Settings(provider_usd=0.0))
        assert changes(plan.placed)
        assert (saving(plan) >= WORTH_SHARE * plan.evaluated_drawn) == bool(offered)
        assert len(several_proposal(evaluation, plan)) == offered


@pytest.mark.parametrize("link", ["vpn", "interconnect"])
def test_a_plan_over_clouds_draws_its_links_and_is_evaluated_with_them(link):
    design = template("training").variants[0].design
    plan = place_over_clouds(design, CATALOG, settings=Settings(provider_usd=500.0, link=link, link_usd=100.0))
    assert len(plan.providers) > 1
    drawn = place_nodes(design, CATALOG, move_args(plan.placed, plan.settings))
    assert "nebius" in plan.providers
    at = {entry.node: entry.provider for entry in plan.placed}
    for key in crossing_flows(drawn):
        flow = drawn.flows[key]
        kinds_drawn = {drawn.node(via).kind for via in links_of(drawn, flow)}
        no_line = "nebius" in (at[flow.source], at[flow.target])
        assert kinds_drawn == {"vpn" if no_line else link}, "no interconnect is sold there"
    assert all(links_of(drawn, drawn.flows[key]) for key in crossing_flows(drawn))
    assert evaluate(drawn, CATALOG).money.bill.total == pytest.approx(plan.evaluated)
    assert plan.further - plan.further_hours == pytest.approx(100.0 * (len(plan.providers) - 1))
    bare = place_nodes(design, CATALOG, {"places": changes(plan.placed)})
    assert not any(node.kind in ("vpn", link) for node in bare.nodes.values())
