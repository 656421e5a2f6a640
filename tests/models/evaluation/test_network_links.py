"""VPNs and interconnects that flows go through: time, availability, bytes, price; an edit equals a full run."""

import msgspec
import pytest

from models.catalog.catalog import load_catalog
from models.design.delta import Delta
from models.design.design import Design
from models.design.edits import new_node, set_params
from models.design.elements import Boundary, Brief, Flow, Node, Site
from models.evaluation import evaluate
from models.evaluation.bill import HOURS_PER_MONTH, SECONDS_PER_MONTH
from models.explain import explain, recompute

CATALOG = load_catalog()


def drawing(via="", kind="vpn", **link):
    """A web service on AWS that calls an engine on Google Cloud 0.5 times per request."""
    elements = {
        "brief": Brief(params={"home_region": "aws/eu-central-1", "people_fte": 0}),
        "aws": Boundary("provider", "AWS", params={"provider": "aws"}),
        "fra": Boundary("region", "Frankfurt", "aws", params={"region": "eu-central-1"}),
        "google": Boundary("provider", "Google", params={"provider": "gcp"}),
        "west": Boundary("region", "Frankfurt G", "google", params={"region": "europe-west3"}),
        "u": Node("users", "Users", params={"peak_rate_rps": 100, "profile": "flat"}),
        "web": msgspec.structs.replace(new_node("service", "Web"), sites=(Site("fra", 8),)),
        "engine": msgspec.structs.replace(new_node("service", "Engine"), sites=(Site("west", 8),)),
        "here": Node(kind, "Link AWS", params=link, sites=(Site("fra"),)),
        "there": Node(kind, "Link Google", params=link, sites=(Site("west"),)),
        "uw": Flow("u", "web"),
        "we": Flow("web", "engine", params={"probability": 0.5, "request_kib": 1024, "response_kib": 2048, "via": via}),
    }
    return Design(elements)


BOTH = "Link AWS, link google"


def figure(design, name):
    return evaluate(design, CATALOG).figure(name)


def test_every_link_adds_its_time_to_the_flow_and_the_journey():
    plain, linked = (evaluate(drawing(via), CATALOG) for via in ("", BOTH))
    added = linked.figure("flow/we/latency_s").value - plain.figure("flow/we/latency_s").value
    assert added == pytest.approx(2 * 0.002)
    mean = linked.figure("journey/uw/mean_s").value - plain.figure("journey/uw/mean_s").value
    assert mean == pytest.approx(0.5 * 2 * 0.002, rel=0.01)


def test_the_derivation_of_the_time_names_the_links():
    evaluation = evaluate(drawing(BOTH), CATALOG)
    expression = explain(evaluation, "flow/we/latency_s")
    assert [term.label for term in expression.terms][1:] == ["added by “Link AWS”", "added by “Link Google”"]
    assert recompute(expression) == pytest.approx(evaluation.figure("flow/we/latency_s").value)


def test_a_journey_needs_its_links_by_the_chance_that_it_calls_over_them():
    promise = 0.99
    without, with_links = (
        figure(drawing(via, availability=promise), "journey/uw/availability").value for via in ("", BOTH)
    )
    assert with_links == pytest.approx(without * (1 - 0.5 * (1 - promise)) ** 2, rel=1e-3)


def test_a_link_that_nothing_goes_through_changes_no_journey():
    assert figure(drawing(availability=0.5), "journey/uw/availability").value == pytest.approx(
        figure(drawing(availability=1.0), "journey/uw/availability").value
    )


def test_a_link_counts_the_calls_and_is_paid_by_the_hour_at_its_provider():
    evaluation = evaluate(drawing(BOTH), CATALOG)
    assert evaluation.figure("node/here/arrival_rate").value == pytest.approx(50.0)
    lines = {(line.element, line.label): line for line in evaluation.bill() if line.element in ("here", "there")}
    google = CATALOG.unit_price("gcp", "europe-west3", "vpn_connection").tiers[0].unit_price_usd
    assert lines["there", "VPN, per hour"].usd_per_month == pytest.approx(HOURS_PER_MONTH * google)
    assert lines["here", "VPN, per hour"].status == "assumption"


def test_replicas_of_a_link_are_further_connections():
    design = drawing(BOTH)
    two = msgspec.structs.replace(design.elements["there"], sites=(Site("west", 2),))
    more = design.apply(Delta.of([("there", design.elements["there"], two)]))
    assert figure(more, "node/there/cost_per_month").value == pytest.approx(
        2 * figure(design, "node/there/cost_per_month").value
    )


def flow_lines(design):
    return [line for line in evaluate(design, CATALOG).bill() if line.element == "we"]


def test_a_vpn_leaves_the_price_of_egress_and_an_interconnect_replaces_it_both_ways():
    plain, by_vpn = flow_lines(drawing()), flow_lines(drawing(BOTH))
    assert [line.usd_per_month for line in by_vpn] == [line.usd_per_month for line in plain]
    private = {line.label.split(" of ")[1].split("/")[0]: line for line in flow_lines(drawing(BOTH, "interconnect"))}
    gigabytes = 50.0 * 1024 * 1024 * SECONDS_PER_MONTH / 1e9
    assert private["aws"].quantity == pytest.approx(gigabytes)
    assert private["aws"].usd_per_month == pytest.approx(0.02 * gigabytes)
    assert private["gcp"].usd_per_month == pytest.approx(0.02 * 2 * gigabytes)
    assert sum(line.usd_per_month for line in private.values()) < sum(line.usd_per_month for line in plain)


def test_a_name_that_is_no_link_is_left_out():
    assert figure(drawing("Engine, nowhere"), "flow/we/latency_s").value == pytest.approx(
        figure(drawing(), "flow/we/latency_s").value
    )


@pytest.mark.parametrize("change", ["rename", "via", "time", "links"])
def test_an_edit_equals_a_full_evaluation(change):
    before = drawing(BOTH)
    elements = before.elements
    if change == "rename":
        change_of = ("here", elements["here"], msgspec.structs.replace(elements["here"], name="Other"))
    elif change == "via":
        change_of = ("we", elements["we"], set_params(elements["we"], {"via": "there"}))
    elif change == "time":
        change_of = ("here", elements["here"], set_params(elements["here"], {"service_time_ms": 30}))
    else:
        change_of = ("third", None, Node("vpn", "Third", sites=(Site("west"),)))
    after = before.apply(Delta.of([change_of]))
    full = evaluate(after, CATALOG)
    edited = evaluate(after, CATALOG, previous=evaluate(before, CATALOG))
    for name in ("flow/we/latency_s", "journey/uw/availability", "node/here/arrival_rate", "total/cost_per_month"):
        assert edited.figure(name) == full.figure(name)
    if change == "rename":
        assert full.figure("node/here/arrival_rate").value in (0, None)


def test_links_work_in_a_drawing_of_many_separate_journeys():
    elements = dict(drawing(BOTH, availability=0.99).elements)
    for number in range(8):
        elements[f"u{number}"] = Node("users", f"Users {number}", params={"peak_rate_rps": 5})
        elements[f"s{number}"] = msgspec.structs.replace(new_node("service", f"S{number}"), sites=(Site("fra", 2),))
        elements[f"f{number}"] = Flow(f"u{number}", f"s{number}")
    alone = figure(drawing(BOTH, availability=0.99), "journey/uw/availability").value
    assert figure(Design(elements), "journey/uw/availability").value == pytest.approx(alone)
