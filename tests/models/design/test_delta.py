"""The algebra of changes."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from models.design.delta import Delta
from models.design.design import Design
from models.design.elements import Node
from models.design.merge import pick
from tests.models.design.strategies import deltas, designs


@given(designs(), designs())
@settings(deadline=None)
def test_between_leads_from_one_design_to_the_other(a: Design, b: Design) -> None:
    assert a.apply(Delta.between(a.elements, b.elements)) == b
    assert not Delta.between(a.elements, a.elements)


@given(designs(), designs())
@settings(deadline=None)
def test_inverse_leads_back_and_is_its_own_inverse(a: Design, b: Design) -> None:
    delta = Delta.between(a.elements, b.elements)
    assert b.apply(delta.invert()) == a
    assert delta.invert().invert() == delta
    assert not delta.then(delta.invert())


@given(st.data(), designs())
@settings(deadline=None)
def test_then_is_doing_one_after_the_other(data: st.DataObject, start: Design) -> None:
    first = data.draw(deltas(start))
    middle = start.apply(first)
    second = data.draw(deltas(middle))
    end = middle.apply(second)
    third = data.draw(deltas(end))
    assert start.apply(first.then(second)) == end
    assert first.then(second).then(third) == first.then(second.then(third))


def test_equal_sides_are_not_a_change() -> None:
    node = Node("service", "A")
    assert not Delta.of([("a", node, Node("service", "A"))])
    assert not Delta.between({"a": node}, {"a": Node("service", "A")})


def test_pick_takes_the_part_for_the_given_ids() -> None:
    delta = Delta.of([("a", None, Node("service", "A")), ("b", None, Node("service", "B"))])
    assert set(pick(delta, frozenset({"b", "c"})).changes) == {"b"}
