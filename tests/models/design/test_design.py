"""The rules between elements, and the text form."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from models.design import edits
from models.design.delta import Delta
from models.design.design import Design, from_text, to_text
from models.design.elements import (
    Boundary,
    Brief,
    DesignError,
    Element,
    Flow,
    Input,
    Node,
    Phase,
    Position,
    Site,
    decode,
    encode,
)
from models.design.ids import random_ids, seeded_ids
from tests.models.design.strategies import designs

A, B = Node("service", "A"), Node("service", "B")
EU = Boundary("region", "EU")


@pytest.mark.parametrize(
    ("elements", "words"),
    [
        ({"a": A, "f": Flow("a", "b")}, "ends at b, which is not a node"),
        ({"a": A, "f": Flow("b", "a")}, "starts at b"),
        ({"a": A, "f": Flow("a", "a", journeys=("a",))}, "serves journey a, which is not a flow"),
        ({"a": Node("service", "A", sites=(Site("x"),))}, "lies in x, which is not a boundary"),
        ({"a": Node("service", "A", context="r"), "r": EU}, "a region is not on the context axis"),
        ({"t": Boundary("team", "T", parent="r"), "r": EU}, "different axes"),
        ({"r": Boundary("region", "R", parent="r")}, "would contain itself"),
        ({"x": Boundary("galaxy", "X")}, "unknown boundary kind 'galaxy'"),
        ({"n": Boundary("network", "N", members=("a",))}, "holds a, which does not exist"),
        ({"pos/services/a": Position()}, "refers to a, which does not exist"),
        ({"pos/a": Position()}, "expected pos/<view>/<id>"),
        ({"brief": Brief(phases=(Phase(1, "a", "params.vcpu", 2),))}, "refers to a"),
        ({"pos/services/a": A}, "cannot be the id of a node"),
        ({"x": Input(1)}, "cannot be the id of a input"),
        ({"b": Brief()}, "cannot be the id of a brief"),
    ],
)
def test_broken_rule_is_named(elements: dict[str, Element], words: str) -> None:
    with pytest.raises(DesignError, match=words):
        Design(elements)
    with pytest.raises(DesignError, match=words):
        Design().apply(Delta({key: (None, element) for key, element in elements.items()}))


def test_boundary_that_changes_axis_is_refused_while_nodes_lie_in_it() -> None:
    design = Design({"r": EU, "a": Node("service", "A", sites=(Site("r"),))})
    with pytest.raises(DesignError, match="not on the deployment axis"):
        design.apply(Delta({"r": (EU, Boundary("team", "EU"))}))


def test_removing_a_boundary_moves_its_content_to_the_parent() -> None:
    zone = Boundary("zone", "Z", parent="r")
    design = Design({"r": EU, "z": zone, "a": Node("service", "A", sites=(Site("z", 3),))})
    after = design.apply(edits.remove(design, ["z"]))
    assert after.node("a").sites == (Site("r", 3),)
    assert after.apply(edits.remove(after, ["r"])).node("a").sites == (Site(None, 3),)


def test_removing_a_node_takes_its_flows_positions_and_mentions() -> None:
    design = Design(
        {
            "a": A,
            "b": B,
            "f": Flow("a", "b"),
            "g": Flow("a", "a", journeys=("f",)),
            "pos/services/b": Position(),
            "n": Boundary("network", "N", members=("a", "b")),
            "brief": Brief(phases=(Phase(1, "b", "params.vcpu", 2),)),
        }
    )
    after = design.apply(edits.remove(design, ["b"]))
    assert set(after.elements) == {"a", "g", "n", "brief"}
    assert after.flows["g"].journeys == ()
    assert after.boundaries["n"].members == ("a",)
    assert after.brief.phases == ()


def test_copy_leaves_a_flow_out_when_only_one_end_is_copied() -> None:
    design = Design({"a": A, "b": B, "f": Flow("a", "b"), "g": Flow("a", "a", journeys=("f",))})
    after = design.apply(edits.copy(design, ["a", "f", "g"], {"a": "a2", "f": "f2", "g": "g2"}, (8, 8)))
    assert set(after.elements) == {"a", "b", "f", "g", "a2", "g2"}
    assert after.flows["g2"] == Flow("a2", "a2", journeys=("f",))


def test_graph_is_frozen_and_keeps_parallel_flows() -> None:
    import networkx

    graph = Design({"a": A, "b": B, "f": Flow("a", "b"), "g": Flow("a", "b")}).graph
    assert graph.number_of_edges("a", "b") == 2
    assert graph.edges["a", "b", "f"]["element"] == Flow("a", "b")
    with pytest.raises(networkx.NetworkXError, match=r"[Ff]rozen"):
        graph.add_node("c")


@given(designs())
@settings(deadline=None)
def test_text_round_trip_is_exact_and_sorted(design: Design) -> None:
    text = to_text(design)
    assert from_text(text) == design
    assert to_text(from_text(text)) == text
    assert to_text(Design(dict(reversed(list(design.elements.items()))))) == text
    for element in design.elements.values():
        assert decode(encode(element)) == element


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "not a Groundplan design"),
        (b"\xff\xfe", "not a Groundplan design"),
        (b'{"format": "drawio", "version": 1, "elements": {}}', "'drawio'"),
        (b'{"format": "groundplan-design", "version": 2, "elements": {}}', "Update Groundplan"),
        (
            b'{"format": "groundplan-design", "version": 1, "elements": {"a": {"element": "node", "kind": 1}}}',
            "the element a is not valid: Expected `str`, got `int` at `kind`",
        ),
        (
            b'{"format": "groundplan-design", "version": 1, "elements": {"f": ' + b"[" * 100_000,
            "not a Groundplan design",
        ),
        (
            b'{"format": "groundplan-design", "version": 1, "elements": '
            b'{"f": {"element": "flow", "source": "a", "target": "b"}}}',
            "starts at a",
        ),
    ],
)
def test_bad_text_is_refused_with_a_sentence(text: bytes, words: str) -> None:
    with pytest.raises(DesignError, match=words):
        from_text(text)


def test_ids_are_random_or_repeatable() -> None:
    assert len({random_ids() for _ in range(100)}) == 100
    first, second = seeded_ids(7), seeded_ids(7)
    assert [first() for _ in range(5)] == [second() for _ in range(5)]
    assert len(random_ids()) == 12
