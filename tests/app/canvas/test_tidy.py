"""Tidy, notes, views and placing by keys."""

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import Qt, QThreadPool
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPlainTextEdit, QPushButton

from app.canvas.tools import tidy as tidying
from app.canvas.tools.note import write_note
from app.canvas.tools.pin import toggle_pin
from app.canvas.tools.tidy import TidyTool, new_nodes, tidy_drawing
from app.canvas.transition import STATIONS, between
from models.design.elements import Boundary, Node, Site, position_id
from models.picture import build
from tests.app.canvas.gestures import SHIFT, click, drag, key, middle, type_keys
from tests.app.canvas.test_gestures import name_field, place_of, steps
from tests.benchmarks.designs import big_design


def test_tidy_is_one_step_that_leaves_pinned_cards(canvas, session, qtbot) -> None:
    before = session.design
    session.select({"people"})
    toggle_pin(canvas)
    tidy_drawing(canvas)
    assert place_of(session, "people") == (0, 104)
    assert steps(session) == ["Pin “People”", "Tidy layout"]
    qtbot.waitUntil(lambda: canvas.transition.shown is None)
    session.undo()
    session.undo()
    assert session.design == before


def test_tidy_selection_leaves_the_rest(canvas, session) -> None:
    session.select({"web", "orders"})
    places = {key: place_of(session, key) for key in ("people", "stock")}
    tidy_drawing(canvas, "selection")
    assert {key: place_of(session, key) for key in places} == places


def test_tidy_new_moves_only_what_was_added(canvas, session) -> None:
    places = {key: place_of(session, key) for key in ("people", "web", "orders", "stock")}
    assert new_nodes(session) == frozenset()
    key(canvas, Qt.Key.Key_Q)
    click(canvas, 100, 170)
    key(name_field(canvas), Qt.Key.Key_Escape)
    assert len(new_nodes(session)) == 1
    tidy_drawing(canvas, "new")
    assert steps(session)[-1] == "Tidy new nodes"
    assert {key: place_of(session, key) for key in places} == places
    (added,) = [key for key, node in session.design.nodes.items() if node.kind == "queue"]
    assert not canvas.box_of(added).intersects(canvas.box_of("people"))
    assert new_nodes(session) == frozenset()


def test_a_big_layout_runs_beside_the_hand(canvas, session, qtbot, monkeypatch) -> None:
    monkeypatch.setattr(tidying, "LARGE", 2)
    tidy_drawing(canvas)
    assert isinstance(canvas.tool, TidyTool)
    assert steps(session) == []
    qtbot.waitUntil(lambda: steps(session) == ["Tidy layout"])


def test_escape_calls_a_big_layout_off(canvas, session, qtbot, monkeypatch) -> None:
    monkeypatch.setattr(tidying, "LARGE", 2)
    tidy_drawing(canvas)
    work = canvas.tool.work
    assert work.is_running
    key(canvas, Qt.Key.Key_Escape)
    assert not work.is_running
    QThreadPool.globalInstance().waitForDone()
    qtbot.wait(20)
    assert steps(session) == []


def test_the_button_calls_a_big_layout_off(canvas, session, qtbot, monkeypatch) -> None:
    monkeypatch.setattr(tidying, "LARGE", 2)
    tidy_drawing(canvas)
    box, work = canvas.tool.box, canvas.tool.work
    box.show()
    (button,) = box.findChildren(QPushButton)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not work.is_running
    assert not isinstance(canvas.tool, TidyTool)
    QThreadPool.globalInstance().waitForDone()
    qtbot.wait(20)
    assert steps(session) == []


def test_a_big_layout_says_how_far_it_is(canvas, session, qtbot) -> None:
    session.open_designs("Big", [("Plan", big_design(600))])
    told = []
    canvas.tool_changed.connect(told.append)
    tidy_drawing(canvas)
    box = canvas.tool.box
    assert (box.minimum(), box.maximum()) == (0, 100)
    qtbot.waitUntil(lambda: canvas.tool.percent > 30, timeout=60_000)
    qtbot.waitUntil(lambda: box.value() > 30)
    assert any(f"{box.value()} %" in text for text in told)
    qtbot.waitUntil(lambda: steps(session) == ["Tidy layout"], timeout=60_000)


def test_an_edit_meanwhile_is_kept(canvas, session, qtbot, monkeypatch) -> None:
    monkeypatch.setattr(tidying, "LARGE", 2)
    tidy_drawing(canvas)
    node = session.design.node("web")
    session.change([("web", msgspec.structs.replace(node, name="Front"))], "Rename")
    with qtbot.waitSignal(canvas.tool_changed):
        pass
    qtbot.waitUntil(lambda: not isinstance(canvas.tool, TidyTool))
    assert steps(session) == ["Rename"]


def test_the_animation_begins_and_ends_at_its_pictures(drawing) -> None:
    from models.layout.tidy import tidy

    before = build(drawing)
    after = build(drawing.apply(tidy(drawing, "services")))
    assert np.allclose(between(before, after, 0.0).nodes.rects, before.nodes.rects)
    assert np.allclose(between(before, after, 1.0).nodes.rects, after.nodes.rects)
    half = between(before, after, 0.5)
    assert np.allclose(half.nodes.rects, (before.nodes.rects + after.nodes.rects) / 2, atol=0.01)
    assert len(half.flows.points) == STATIONS * len(after.flows)


# -- notes -------------------------------------------------------------------------------------------------------------


def note_field(canvas) -> QPlainTextEdit:
    (field,) = [field for field in canvas.findChildren(QPlainTextEdit) if field.isVisible()]
    return field


def test_a_note_is_written_in_place(canvas, session) -> None:
    session.select({"web"})
    assert write_note(canvas)
    type_keys(note_field(canvas), "Ask the shop")
    QTest.keyClick(note_field(canvas), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert session.design.node("web").note == "Ask the shop"
    assert steps(session) == ["Note on “Web”"]


def test_escape_reverts_a_note(canvas, session) -> None:
    session.select({"f1"})
    write_note(canvas)
    type_keys(note_field(canvas), "No")
    key(note_field(canvas), Qt.Key.Key_Escape)
    assert session.design.flows["f1"].note == ""
    assert steps(session) == []


def test_a_click_elsewhere_keeps_a_note(canvas, session) -> None:
    session.select({"left"})
    write_note(canvas)
    type_keys(note_field(canvas), "Ours")
    click(canvas, 20, 600)
    assert session.design.boundaries["left"].note == "Ours"
    assert session.selection == frozenset()


# -- views -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def deployed(session):
    """The drawing with Web in two regions."""
    web = msgspec.structs.replace(session.design.node("web"), sites=(Site("east"), Site("west")))
    regions = [("east", Boundary("region", "East")), ("west", Boundary("region", "West"))]
    session.change([*regions, ("web", web)], "Two regions")
    return session


def test_deployment_shows_a_box_per_site_and_dragging_moves_the_site(canvas, deployed) -> None:
    deployed.show_view("deployment")
    assert {"web/0", "web/1"} <= set(canvas.picture.nodes.ids)
    rects = canvas.picture.nodes.rects
    x, y, width, height = rects[canvas.picture.nodes.row["web/0"]].tolist()
    west = canvas.box_of("west")
    drag(canvas, (x + width / 2, y + height / 2), (west.right() - width / 2, west.center().y() + 20))
    assert [site.boundary for site in deployed.design.node("web").sites] == ["west", "west"]


def test_each_view_keeps_its_own_places(canvas, deployed) -> None:
    before = place_of(deployed, "people")
    deployed.show_view("data_flow")
    assert len(canvas.picture.boundaries) == 0
    x, y = middle(canvas, "people")
    drag(canvas, (x, y), (x, y + 240))
    assert deployed.design.position("data_flow", "people") is not None
    assert place_of(deployed, "people") == before
    assert deployed.design.node("people").context is None


# -- by keys -----------------------------------------------------------------------------------------------------------


def test_enter_places_beside_the_selection(canvas, session) -> None:
    session.select({"stock"})
    key(canvas, Qt.Key.Key_C)
    key(canvas, Qt.Key.Key_Return)
    key(name_field(canvas), Qt.Key.Key_Return)
    (cache,) = [key for key, node in session.design.nodes.items() if node.kind == "cache"]
    assert canvas.box_of(cache).left() > canvas.box_of("stock").right()
    assert not any(flow.target == cache for flow in session.design.flows.values())


def test_shift_enter_connects_it(canvas, session) -> None:
    session.select({"stock"})
    key(canvas, Qt.Key.Key_C)
    key(canvas, Qt.Key.Key_Return, SHIFT)
    key(name_field(canvas), Qt.Key.Key_Return)
    (cache,) = [key for key, node in session.design.nodes.items() if node.kind == "cache"]
    assert [flow.source for flow in session.design.flows.values() if flow.target == cache] == ["stock"]
    assert len(steps(session)) == 1
    assert isinstance(session.design.elements[cache], Node)
    assert position_id("services", cache) in session.design.elements
