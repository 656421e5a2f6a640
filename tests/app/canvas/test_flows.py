"""Flows by hand: reconnecting an end, bending a segment, taking waypoints away."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from app.canvas.tools.bend import moved_segment, reset_routes
from tests.app.canvas.gestures import click, double_click, drag, key, middle, move, press, release
from tests.app.canvas.test_gestures import steps


def path(canvas, flow: str):
    return canvas.picture.flows.path(canvas.picture.flows.row[flow])


def end(canvas, flow: str, number: int) -> tuple[float, float]:
    x, y = path(canvas, flow)[number].tolist()
    return x, y


@pytest.fixture
def chosen(canvas, session):
    """The flow from Orders to Stock, selected."""
    session.select({"f3"})
    return canvas


def test_the_target_is_dragged_onto_another_node(chosen, session) -> None:
    before = session.design
    drag(chosen, end(chosen, "f3", -1), middle(chosen, "people"))
    flow = session.design.flows["f3"]
    assert (flow.source, flow.target) == ("orders", "people")
    assert steps(session) == ["Reconnect to “People”"]
    session.undo()
    assert session.design == before


def test_the_source_is_dragged_onto_another_node(chosen, session) -> None:
    drag(chosen, end(chosen, "f3", 0), middle(chosen, "web"))
    assert session.design.flows["f3"].source == "web"
    assert chosen.box_of("web").adjusted(-1, -1, 1, 1).contains(QPointF(*end(chosen, "f3", 0)))


def test_dropped_on_nothing_the_flow_stays(chosen, session) -> None:
    drag(chosen, end(chosen, "f3", -1), (900, 600))
    assert steps(session) == []


def test_escape_leaves_the_flow(chosen, session) -> None:
    press(chosen, *end(chosen, "f3", -1))
    move(chosen, *middle(chosen, "people"))
    key(chosen, Qt.Key.Key_Escape)
    release(chosen, *middle(chosen, "people"))
    assert steps(session) == []


def segment_middle(canvas, flow: str, segment: int) -> tuple[float, float]:
    points = path(canvas, flow)
    x, y = ((points[segment] + points[segment + 1]) / 2).tolist()
    return x, y


def test_dragging_a_segment_sets_waypoints_that_are_kept(chosen, session) -> None:
    x, y = segment_middle(chosen, "f3", 0)
    drag(chosen, (x, y), (x, y + 96))
    position = session.design.position("services", "f3")
    assert position.waypoints
    assert all(abs(wy - (y + 96)) <= 4 for _, wy in position.waypoints[:1])
    assert steps(session) == ["Bend flow “Orders” to “Stock”"]
    lowest = float(path(chosen, "f3")[:, 1].max())
    assert lowest == pytest.approx(position.waypoints[0][1])
    session.select({"people"})
    drag(chosen, middle(chosen, "people"), (84, 500))
    assert session.design.position("services", "f3").waypoints == position.waypoints


def bent(canvas, session):
    x, y = segment_middle(canvas, "f3", 0)
    drag(canvas, (x, y), (x, y + 96))
    return session.design.position("services", "f3").waypoints


def test_a_waypoint_is_dragged(chosen, session) -> None:
    x, y = bent(chosen, session)[0]
    drag(chosen, (x, y), (x + 16, y + 40))
    moved = session.design.position("services", "f3").waypoints[0]
    assert abs(moved[0] - x - 16) <= 4
    assert abs(moved[1] - y - 40) <= 4


def turns_back(points) -> bool:
    steps = np.diff(np.asarray(points, float), axis=0)
    return bool(((steps[:-1] * steps[1:]).sum(axis=1) < 0).any())


@pytest.mark.parametrize("number", [0, 1, 2])
def test_without_one_waypoint_the_flow_does_not_turn_back(chosen, session, number: int) -> None:
    session.select({"f3"})
    drag(chosen, middle(chosen, "stock"), (900, 420))
    session.select({"f3"})
    x, y = segment_middle(chosen, "f3", 0)
    drag(chosen, (x, y), (x, y - 80))
    points = session.design.position("services", "f3").waypoints
    assert len(points) == 3
    double_click(chosen, *points[number])
    assert len(session.design.position("services", "f3").waypoints) < 3
    assert not turns_back(path(chosen, "f3"))
    assert steps(session)[-1] == "Straighten flow “Orders” to “Stock”"


def test_double_clicks_take_all_waypoints_away(chosen, session) -> None:
    before = path(chosen, "f3").copy()
    points = bent(chosen, session)
    for _ in points:
        if left := session.design.position("services", "f3").waypoints:
            double_click(chosen, *left[0])
    assert session.design.position("services", "f3").waypoints == ()
    assert path(chosen, "f3").tolist() == before.tolist()


def test_reset_route_takes_all_at_once(chosen, session) -> None:
    bent(chosen, session)
    assert reset_routes(chosen)
    assert session.design.position("services", "f3").waypoints == ()
    assert not reset_routes(chosen)


def test_waypoints_travel_with_both_ends(chosen, session) -> None:
    points = bent(chosen, session)
    session.select({"left", "right"})
    drag(chosen, (260, 56), (260, 136))
    assert session.design.position("services", "f3").waypoints == tuple((x, y + 80) for x, y in points)


def test_a_moved_segment_keeps_a_stub_at_its_card() -> None:
    import numpy as np

    path = np.array([[0, 0], [100, 0], [100, 50], [200, 50]], np.float32)
    assert moved_segment(path, 0, (5, 30)) == ((16, 30), (100, 30), (100, 50))
    assert moved_segment(path, 1, (20, 7)) == ((120, 0), (120, 50))


def test_clicking_a_flow_shows_its_ends_and_bends_nothing(canvas, session) -> None:
    click(canvas, *segment_middle(canvas, "f3", 0))
    assert session.selection == {"f3"}
    assert steps(session) == []
