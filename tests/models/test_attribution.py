"""Attribution: the parts add up to the total, and what cannot stand alone stays together."""

from __future__ import annotations

import msgspec
import pytest

from models.attribution import FIGURES, Cancelled, attribute, change_units
from models.catalog.catalog import load_catalog
from models.design.delta import Delta
from models.design.design import Design
from models.design.edits import remove, set_params
from models.design.elements import BRIEF_ID, Boundary, Brief, Flow, Node, Position
from models.design.kinds import parameters_of
from models.evaluation import evaluate
from models.templates import template


def _evaluated(design: Design):
    return evaluate(design, load_catalog())


@pytest.fixture(scope="module")
def assistant():
    return template("assistant").variants[0].design


def _changed(design: Design, **elements) -> Design:
    return design.apply(Delta.of((key, design.elements.get(key), after) for key, after in elements.items()))


def test_two_independent_changes_get_their_own_share(assistant: Design) -> None:
    gateway = next(key for key, node in assistant.nodes.items() if node.kind == "reranker")
    more = msgspec.structs.replace(
        assistant.node(gateway), sites=(msgspec.structs.replace(assistant.node(gateway).sites[0], replicas=9),)
    )
    cache = next(key for key, node in assistant.nodes.items() if node.kind == "relational")
    paid = set_params(assistant.node(cache), {"price_usd_month": 5000.0})
    found = attribute(_evaluated(assistant), _evaluated(_changed(assistant, **{gateway: more, cache: paid})))
    assert len(found.contributions) == 2
    parts = {each.elements[0]: each.in_sequence["total/cost_per_month"] for each in found.contributions}
    assert all(part > 0 for part in parts.values())
    for figure in FIGURES:
        total = found.totals[figure]
        assert found.sum_in_sequence(figure) == pytest.approx(total, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", ["assistant", "fraud", "vision"])
def test_the_sequence_adds_up_to_the_total_between_template_variants(name: str) -> None:
    before, after, *_ = template(name).variants
    found = attribute(_evaluated(before.design), _evaluated(after.design))
    assert found.contributions
    for figure in FIGURES:
        parts = found.sum_in_sequence(figure)
        if parts is not None and found.totals[figure] is not None:
            assert parts == pytest.approx(found.totals[figure], rel=1e-9, abs=1e-12)


def test_one_change_left_out_is_the_whole_difference(assistant: Design) -> None:
    key = next(key for key, node in assistant.nodes.items() if node.kind == "reranker")
    dearer = _changed(assistant, **{key: set_params(assistant.node(key), {"price_usd_hour": 40.0})})
    found = attribute(_evaluated(assistant), _evaluated(dearer))
    (only,) = found.contributions
    assert only.left_out == pytest.approx(found.totals)
    assert only.in_sequence == pytest.approx(found.totals)
    assert only.label.endswith(parameters_of(dearer.node(key))["price_usd_hour"].label)


def test_a_new_node_comes_with_its_flows_and_a_removed_one_too() -> None:
    small = Design({"a": Node("users", "A"), "b": Node("service", "B"), "f": Flow("a", "b")})
    grown = small.apply(
        Delta.of([("c", None, Node("cache", "C")), ("g", None, Flow("b", "c")), ("pos/services/c", None, Position())])
    )
    assert change_units(small, grown) == [frozenset({("c", ""), ("g", "")})]
    assert change_units(grown, small) == [frozenset({("c", ""), ("g", "")})]
    assert change_units(small, small) == []


def test_moving_into_a_new_boundary_stays_with_the_boundary() -> None:
    before = Design({"a": Node("service", "A"), BRIEF_ID: Brief(name="x")})
    after = before.apply(
        Delta.of(
            [
                ("t", None, Boundary("team", "T")),
                ("a", before.node("a"), Node("service", "B", {"vcpu": 8}, context="t")),
                (BRIEF_ID, before.brief, Brief(name="y", decision="because")),
            ]
        )
    )
    units = change_units(before, after)
    assert {frozenset(unit) for unit in units} == {
        frozenset({("t", ""), ("a", "context")}),
        frozenset({("a", "params\x1fvcpu")}),
    }


def test_removing_a_placed_node_can_be_attributed(assistant: Design) -> None:
    key = next(key for key, node in assistant.nodes.items() if node.kind == "cache")
    less = assistant.apply(remove(assistant, {key}))
    found = attribute(_evaluated(assistant), _evaluated(less))
    assert any("removed" in each.label for each in found.contributions)
    figure = "total/cost_per_month"
    assert found.sum_in_sequence(figure) == pytest.approx(found.totals[figure])


def test_it_can_be_given_up(assistant: Design) -> None:
    key = next(key for key, node in assistant.nodes.items() if node.kind == "reranker")
    other = _changed(assistant, **{key: set_params(assistant.node(key), {"price_usd_hour": 40.0})})
    with pytest.raises(Cancelled):
        attribute(_evaluated(assistant), _evaluated(other), cancelled=lambda: True)
