"""Three-way merge on leaf paths."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.design.delta import Delta
from models.design.design import Design
from models.design.elements import Boundary, DesignError, Element, Flow, Node, assemble, leaves
from models.design.merge import merge, resolved, shared
from tests.models.design.strategies import designs


@st.composite
def three_ways(draw: st.DrawFn) -> tuple[Design, Design, Design]:
    """Return a base and two designs that both come from it; what they add has ids of its own."""
    base = draw(designs(spare=tuple("ABCDEF")))
    return base, draw(designs(base, tuple("GHJK"))), draw(designs(base, tuple("LMNO")))


@given(three_ways())
@settings(deadline=None)
def test_side_that_changed_nothing_gives_the_other(ways: tuple[Design, Design, Design]) -> None:
    base, ours, theirs = ways
    assert merge(base, ours, base).delta == Delta()
    taken = merge(base, base, theirs)
    assert base.apply(taken.delta) == theirs
    assert not taken.conflicts
    assert not merge(base, ours, ours).conflicts


@given(three_ways(), st.sampled_from(["ours", "theirs"]))
@settings(deadline=None)
def test_result_breaks_no_rule_and_says_what_it_left_out(ways: tuple[Design, Design, Design], prefer: str) -> None:
    base, ours, theirs = ways
    found = merge(base, ours, theirs, prefer)  # type: ignore[arg-type]
    merged = ours.apply(found.delta)
    untouched = {conflict.id for conflict in found.conflicts}
    for key, (before, after) in Delta.between(base.elements, theirs.elements).changes.items():
        if ours.elements.get(key) == before and key not in untouched:
            assert merged.elements.get(key) == after


@given(designs())
@settings(deadline=None)
def test_leaves_assemble_to_the_same_element(design: Design) -> None:
    for element in design.elements.values():
        assert assemble(leaves(element)) == element


def _design(**elements: Element) -> Design:
    return Design(elements)


def test_rename_and_resize_of_one_node_do_not_collide() -> None:
    node = Node("service", "A", {"vcpu": 2, "memory_gib": 4})
    replace = msgspec.structs.replace
    base = _design(a=node)
    ours = _design(a=replace(node, name="B"))
    theirs = _design(a=replace(node, params={"vcpu": 8, "memory_gib": 4}))
    found = merge(base, ours, theirs)
    assert not found.conflicts
    assert ours.apply(found.delta).node("a") == Node("service", "B", {"vcpu": 8, "memory_gib": 4})


def test_same_leaf_changed_twice_is_one_conflict_and_prefer_decides() -> None:
    base, ours, theirs = (_design(a=Node("service", "A", {"vcpu": n})) for n in (1, 2, 3))
    found = merge(base, ours, theirs)
    assert [(x.id, x.path, x.base, x.ours, x.theirs) for x in found.conflicts] == [("a", "params.vcpu", 1, 2, 3)]
    assert not found.delta
    assert ours.apply(merge(base, ours, theirs, "theirs").delta) == theirs


def test_value_against_group_is_a_conflict_not_a_crash() -> None:
    base, ours, theirs = (_design(a=Node("service", "A", {"places": n})) for n in (1, 2, {"DE": 1.0}))
    for prefer, expected in (("ours", ours), ("theirs", theirs)):
        found = merge(base, ours, theirs, prefer)  # type: ignore[arg-type]
        assert found.conflicts
        assert ours.apply(found.delta) == expected


def test_flow_to_a_node_that_ours_removed_is_left_out() -> None:
    a, b = Node("service", "A"), Node("service", "B")
    base, ours = _design(a=a, b=b), _design(a=a)
    found = merge(base, ours, _design(a=a, b=b, f=Flow("a", "b")))
    assert ours.apply(found.delta) == ours
    assert [conflict.id for conflict in found.conflicts] == ["f"]


def test_node_that_theirs_removed_stays_while_ours_has_a_new_flow_to_it() -> None:
    a, b = Node("service", "A"), Node("service", "B")
    ours = _design(a=a, b=b, f=Flow("a", "b"))
    found = merge(_design(a=a, b=b), ours, _design(a=a))
    assert ours.apply(found.delta) == ours
    assert [conflict.id for conflict in found.conflicts] == ["b"]


def test_two_moves_that_nest_boundaries_in_a_ring_keep_ours_and_every_node() -> None:
    replace = msgspec.structs.replace
    a, b, node = Boundary("region", "A"), Boundary("region", "B"), Node("service", "S")
    base = _design(a=a, b=b, n=node)
    ours = _design(a=replace(a, parent="b"), b=b, n=node)
    theirs = _design(a=a, b=replace(b, parent="a"), n=node)
    found = merge(base, ours, theirs)
    assert ours.apply(found.delta) == ours
    assert "b" in {conflict.id for conflict in found.conflicts}


def test_leaves_that_do_not_fit_together_are_refused() -> None:
    flat = {**leaves(Node("service", "A", {"places": 1})), "params\x1fplaces\x1fDE": 1.0}
    with pytest.raises(DesignError, match=r"params\.places"):
        assemble(flat)


def test_conflicts_are_resolved_one_by_one() -> None:
    base = Design({"a": Node("service", "A", {"vcpu": 2}), "b": Node("service", "B"), "f": Flow("a", "b")})
    ours = base.apply(
        Delta.of(
            [
                ("a", base.elements["a"], Node("service", "A1", {"vcpu": 4})),
                ("b", base.elements["b"], Node("service", "B1")),
            ]
        )
    )
    theirs = Design({"a": Node("service", "A2", {"vcpu": 8})})
    merged = merge(base, ours, theirs)
    by_place = {(conflict.id, conflict.path): conflict for conflict in merged.conflicts}
    assert set(by_place) == {("a", "name"), ("a", "params.vcpu"), ("b", "")}
    one = ours.apply(resolved(merged, ours, theirs, [by_place["a", "params.vcpu"]]))
    assert one.elements["a"] == Node("service", "A1", {"vcpu": 8})
    assert one.elements["b"] == ours.elements["b"]
    every = ours.apply(resolved(merged, ours, theirs, merged.conflicts))
    assert every == theirs


def test_without_an_ancestor_every_differing_value_is_a_conflict() -> None:
    ours = Design({"a": Node("service", "A", {"vcpu": 2}), "b": Node("service", "B"), "f": Flow("a", "b")})
    theirs = Design({"a": Node("service", "A", {"vcpu": 4}), "b": Node("service", "B"), "c": Node("cache", "C")})
    base = shared(ours, theirs)
    assert set(base.elements) == {"b"}
    merged = merge(base, ours, theirs)
    assert [(conflict.id, conflict.path) for conflict in merged.conflicts] == [("a", "params.vcpu")]
    assert set(ours.apply(merged.delta).elements) == {"a", "b", "f", "c"}
