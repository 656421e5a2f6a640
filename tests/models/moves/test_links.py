"""Links between clouds as a move: what is drawn, what is used again, what goes when nothing crosses any more."""

import msgspec
import pytest

from models.catalog.catalog import load_catalog
from models.design.delta import Delta
from models.design.elements import Flow, Node
from models.evaluation import evaluate
from models.frameworks import architecture_patterns
from models.moves import Problem, apply_move
from models.moves.links import crossing_flows, link_clouds, links_of
from models.moves.re_place import place_nodes, re_place
from models.picture.cards import flow_label
from models.templates import template
from tests.models.evaluation.test_network_links import BOTH, drawing

CATALOG = load_catalog()


def bare():
    """The drawing without its links."""
    design = drawing()
    return design.apply(Delta.of([(key, design.elements[key], None) for key in ("here", "there")]))


def linked(kind="vpn"):
    return link_clouds(bare(), CATALOG, {"flows": ["we"], "kind": kind})


def test_a_link_at_each_end_and_federation_at_the_called_one():
    design = linked()
    assert design.elements["we"].params["via"] == "VPN AWS, VPN Google"
    assert sorted(node.kind for node in design.nodes.values() if node.kind in ("vpn", "identity_federation")) == [
        "identity_federation", "vpn", "vpn",
    ]  # fmt: skip
    (asks,) = [flow for flow in design.flows.values() if design.node(flow.target).kind == "identity_federation"]
    assert (asks.source, asks.params["probability"]) == ("web", 0.01)
    assert len(links_of(design, design.elements["we"])) == 2


def test_a_second_time_uses_what_is_drawn():
    again = link_clouds(linked(), CATALOG, {"flows": ["we"], "kind": "vpn"})
    assert again.nodes.keys() == linked().nodes.keys()
    assert again.flows.keys() == linked().flows.keys()


def test_what_no_end_sells_is_said():
    design = template("training").variant("Preemptible at a GPU cloud").design
    flows = list(crossing_flows(design))
    assert flows
    there = link_clouds(design, CATALOG, {"flows": flows, "kind": "vpn"})
    assert [node.name for node in there.nodes.values() if node.kind == "vpn"] == ["VPN AWS"]
    gone = link_clouds(design, CATALOG, {"flows": ["nothing"], "kind": "vpn"})
    assert isinstance(gone, Problem)


def test_the_rule_finds_unlinked_clouds_and_its_remedy_settles_it():
    before = evaluate(bare(), CATALOG)
    (found,) = [f for f in architecture_patterns.assess(before).findings if f.rule == "patterns.unlinked_clouds"]
    assert "1 flow between" in str(found.title)
    assert "An interconnect costs" in str(found.why)
    after = apply_move(bare(), CATALOG, found.remedy)
    rules = [f.rule for f in architecture_patterns.assess(evaluate(after, CATALOG)).findings]
    assert "patterns.unlinked_clouds" not in rules


def test_the_interconnect_pays_from_the_named_volume_on():
    before = evaluate(bare(), CATALOG)
    (found,) = [f for f in architecture_patterns.assess(before).findings if f.rule == "patterns.unlinked_clouds"]
    egress = CATALOG.transfer_price(("aws", "eu-central-1"), ("gcp", "europe-west3"))
    paid = next(tier.unit_price_usd for tier in egress.tiers if tier.unit_price_usd)
    gigabytes = (0.3 + 2.43) * 730 / (paid - 0.02)
    mib_s = gigabytes * 1e9 / (730 * 3600) / 2**20
    assert f"pays from {mib_s:.3g}\u202fMiB/s" in str(found.why).replace("\u00a0", "\u202f").replace(
        " MiB", "\u202fMiB"
    )


def test_guarded_data_makes_it_a_warning():
    design = bare()
    flow = design.elements["we"]
    guarded = msgspec.structs.replace(flow, params={**flow.params, "data_class": "health"})
    evaluation = evaluate(design.apply(Delta.of([("we", flow, guarded)])), CATALOG)
    (found,) = [f for f in architecture_patterns.assess(evaluation).findings if f.rule == "patterns.unlinked_clouds"]
    assert found.severity == "warning"
    assert "health data" in str(found.why)


@pytest.mark.parametrize(("connections", "full"), [(1, True), (3, False)])
def test_a_link_that_is_full_is_found_until_there_are_more_connections(connections, full):
    design = drawing(BOTH, bandwidth_gbit_s=1.25)
    assert evaluate(design, CATALOG).figure("flow/we/bytes_per_s").value * 8 == pytest.approx(50 * 3 * 2**20 * 8)
    changes = []
    for key in ("here", "there"):
        node = design.elements[key]
        sites = tuple(msgspec.structs.replace(site, replicas=connections) for site in node.sites)
        changes.append((key, node, msgspec.structs.replace(node, sites=sites)))
    evaluation = evaluate(design.apply(Delta.of(changes)), CATALOG)
    rules = [f.rule for f in architecture_patterns.assess(evaluation).findings]
    assert ("patterns.full_link" in rules) is full


def test_links_go_when_everything_is_on_one_provider():
    after = re_place(linked(), CATALOG, {"provider": "azure"})
    assert not isinstance(after, Problem)
    assert [node.kind for node in after.nodes.values()] == ["users", "service", "service"]
    assert not after.elements["we"].params.get("via")
    assert crossing_flows(after) == ()


def test_links_that_join_nothing_in_the_first_place_are_left_alone():
    elements = dict(bare().elements)
    elements["to office"] = Node("vpn", "Office", sites=elements["web"].sites)
    design = type(bare())(elements)
    assert "to office" in re_place(design, CATALOG, {"provider": "azure"}).elements


def test_placing_over_clouds_draws_the_links():
    together = place_nodes(bare(), CATALOG, {"places": {"engine": ["aws", "eu-central-1"]}})
    assert crossing_flows(together) == ()
    places = {"engine": ["gcp", "europe-west3"]}
    apart = place_nodes(together, CATALOG, {"places": places, "link": "interconnect"})
    assert [apart.node(key).kind for key in links_of(apart, apart.flows["we"])] == ["interconnect", "interconnect"]
    assert not links_of(place_nodes(together, CATALOG, {"places": places}), apart.flows["we"])


def test_an_interconnect_needs_both_ends_else_a_vpn_is_drawn():
    both = linked("interconnect")
    assert both.elements["we"].params["via"] == "Interconnect AWS, Interconnect Google"
    design = template("training").variant("Preemptible at a GPU cloud").design
    one = link_clouds(design, CATALOG, {"flows": list(crossing_flows(design)), "kind": "interconnect"})
    assert {node.kind for node in one.nodes.values()} & {"vpn", "interconnect"} == {"vpn"}


def test_messages_need_no_federation():
    design = bare()
    flow = design.elements["we"]
    sent = Flow("web", "engine", "message")
    after = link_clouds(design.apply(Delta.of([("we", flow, sent)])), CATALOG, {"flows": ["we"], "kind": "vpn"})
    assert all(after.node(flow.target).kind != "identity_federation" for flow in after.flows.values())


def test_the_drawing_says_on_the_flow_what_it_goes_through():
    assert flow_label(linked().elements["we"]) == "0.5 × 1024/2048 KiB via VPN AWS"
    assert flow_label(Flow("web", "engine", name="Ask", params={"via": "VPN AWS, VPN Google"})) == "Ask via VPN AWS"
