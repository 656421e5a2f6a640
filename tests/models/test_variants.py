"""Verdicts on figures, and the list of what was changed."""

from __future__ import annotations

import pytest

from models.design.design import Design
from models.design.elements import Flow, Node, Position
from models.report import Figure
from models.variants import changed_elements, compare_figures, difference_text, picked


def _cost(value: float | None, **rest: object) -> Figure:
    return Figure("total/cost_per_month", "Cost", value, "USD/month", **rest)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (_cost(100.0), _cost(200.0), "worse"),
        (_cost(200.0), _cost(100.0), "better"),
        (_cost(1000.0), _cost(1001.0), "same"),
        (_cost(1000.0, band=(900.0, 1100.0)), _cost(1090.0, band=(981.0, 1199.0)), "tie"),
        (_cost(1000.0, band=(900.0, 1100.0)), _cost(1200.0, band=(1080.0, 1320.0)), "worse"),
        (_cost(None, status="unknown"), _cost(100.0), "unknown"),
        (_cost(100.0), _cost(None, status="invalid"), "unknown"),
        (
            Figure("total/availability", "", 0.99, "fraction"),
            Figure("total/availability", "", 0.999, "fraction"),
            "better",
        ),
        (Figure("total/full_month", "", 9.0, "month"), Figure("total/full_month", "", None, "month"), "better"),
        (Figure("total/full_month", "", None, "month"), Figure("total/full_month", "", 30.0, "month"), "worse"),
    ],
)
def test_verdict_follows_the_direction_and_the_band(before: Figure, after: Figure, verdict: str) -> None:
    found = compare_figures(before, after)
    assert found.verdict == verdict
    if before.value is not None and after.value is not None:
        assert found.difference == after.value - before.value
    else:
        assert found.difference is None


def test_relative_difference_needs_something_to_relate_to() -> None:
    assert compare_figures(_cost(0.0), _cost(10.0)).relative is None
    assert compare_figures(_cost(10.0), _cost(15.0)).relative == pytest.approx(0.5)


def test_changes_are_named_and_moves_are_only_counted() -> None:
    before = Design(
        {
            "a": Node("service", "A", {"vcpu": 2}),
            "b": Node("service", "B"),
            "f": Flow("a", "b"),
            "pos/x/a": Position(1.0),
        }
    )
    after = Design({"a": Node("service", "A1", {"vcpu": 4}), "c": Node("cache", "C"), "pos/x/a": Position(2.0)})
    changes, moved = changed_elements(before, after)
    assert moved == 1
    assert {(change.name, change.kind, change.change) for change in changes} == {
        ("A1", "node", "changed"),
        ("B", "node", "removed"),
        ("A → B", "flow", "removed"),
        ("C", "node", "added"),
    }
    assert next(change.leaves for change in changes if change.id == "a") == (("name", "A", "A1"), ("params.vcpu", 2, 4))


def test_a_picked_flow_brings_its_new_node_and_its_place() -> None:
    before = Design({"a": Node("service", "A"), "x": Node("service", "X")})
    after = Design(
        {
            "a": Node("service", "A"),
            "b": Node("service", "B"),
            "c": Node("service", "C"),
            "f": Flow("a", "b"),
            "pos/services/b": Position(8.0),
        }
    )
    assert set(picked(before, after, ["f"]).changes) == {"f", "b", "pos/services/b"}
    assert set(before.apply(picked(before, after, ["f"])).elements) == {"a", "x", "b", "f", "pos/services/b"}
    back = picked(after, before, ["b"])
    assert set(after.apply(back).elements) == {"a", "c"}
    assert before.apply(picked(before, after, ["b", "c", "x", "f"])) == after


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        (_cost(1000.0), _cost(1500.0), "+$500 (+50%)"),
        (_cost(1500.0), _cost(1000.0), "−$500 (−33%)"),
        (_cost(None), _cost(1000.0), ""),
        (Figure("total/findings", "", 3.0, "count", text="3"), Figure("total/findings", "", 1.0, "count"), ""),
    ],
)
def test_difference_in_words(before: Figure, after: Figure, text: str) -> None:
    assert difference_text(compare_figures(before, after)) == text
