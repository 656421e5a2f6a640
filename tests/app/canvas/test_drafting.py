"""Large drawings are made off the GUI thread: what arrives is what would have been drawn at once, with every edit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields

import msgspec
import numpy as np
import pytest
import shiboken6
from PySide6.QtCore import QThreadPool

from app.canvas import drafting
from app.canvas.drafting import SMALL
from app.canvas.view import CanvasView
from app.session import Session
from models import themes
from models.design.delta import Delta
from models.design.design import Design
from models.design.elements import Flow, Node, Position, position_id
from models.lenses import read_lens, volumes
from models.picture import Picture, build, drafts
from models.routing import AT_ONCE
from tests.app.canvas.gestures import middle, move, press, release
from tests.benchmarks.designs import big_design

PATIENCE_MS = 60_000


@pytest.fixture
def design():
    found = big_design(120)
    assert len(found.elements) > SMALL
    return found


@pytest.fixture
def large(qtbot):
    """The canvas of a session; nothing is open."""
    view = CanvasView(Session(), themes.theme("light"))
    qtbot.addWidget(view)
    view.resize(1200, 800)
    view.show()
    yield view
    QThreadPool.globalInstance().waitForDone()


def open_large(view: CanvasView, design: Design) -> None:
    view.session.open_designs("Large", [("One", design), ("Two", renamed(design, "n5", "Other"))])
    assert view.drafting.is_running
    assert not view.draws_something


def when_straight(view: CanvasView, action: Callable[[], object]) -> None:
    """Act when the cards are shown with straight flows and the rest is still to come."""

    def act(_: Picture) -> None:
        view.drafting.arrived.disconnect(act)
        assert view.drafting.is_running
        assert view.draws_something
        action()

    view.drafting.arrived.connect(act)


def renamed(design: Design, key: str, name: str) -> Design:
    element = design.elements[key]
    return design.apply(Delta.of([(key, element, msgspec.structs.replace(element, name=name))]))


def drawn(view: CanvasView, qtbot) -> Picture:
    """Return the picture once it is whole."""
    qtbot.waitUntil(lambda: not view.drafting.is_running, timeout=PATIENCE_MS)
    return view.picture


def assert_same(found: Picture, expected: Picture) -> None:
    """Every column of both pictures is equal."""
    assert (found.view, found.bounds, found.raised) == (expected.view, expected.bounds, expected.raised)
    assert found.design is expected.design
    for part in ("nodes", "flows", "boundaries"):
        one, other = getattr(found, part), getattr(expected, part)
        for column in fields(one):
            a, b = getattr(one, column.name), getattr(other, column.name)
            assert np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b, (part, column.name)


def test_what_arrives_is_what_would_be_drawn_at_once(large, design, qtbot) -> None:
    open_large(large, design)
    assert_same(drawn(large, qtbot), build(design, "services"))
    assert large.picture.flows.boxes.shape == (len(large.picture.flows), 4)
    for view in ("deployment", "data_flow"):
        large.session.show_view(view)
        assert_same(drawn(large, qtbot), build(design, view))


def test_cards_come_first_with_straight_flows_without_texts(large, design, qtbot) -> None:
    open_large(large, design)
    arrived = []
    large.drafting.arrived.connect(arrived.append)
    whole = drawn(large, qtbot)
    assert len(arrived) == 2
    first = arrived[0]
    assert arrived[1] is whole
    assert np.array_equal(first.nodes.rects, whole.nodes.rects)
    assert first.flows.ids == whole.flows.ids
    assert set(np.diff(first.flows.offsets).tolist()) == {2}
    assert not any(first.flows.labels)


def test_straight_flows_end_at_the_sides_that_face_each_other(design) -> None:
    first = next(drafts(design))
    rects = first.nodes.rects
    for row in range(len(first.flows)):
        for node, point in zip(
            (first.flows.sources[row], first.flows.targets[row]), first.flows.path(row), strict=True
        ):
            x, y, width, height = rects[node].tolist()
            across, down = (point[0] - x) / width, (point[1] - y) / height
            assert sorted((abs(across - 0.5), abs(down - 0.5))) == pytest.approx([0.0, 0.5], abs=1e-3)


def place(x: float, y: float) -> Position:
    return Position(x, y, 168, 64)


EDITS = {
    "rename": lambda d: [("n7", msgspec.structs.replace(d.elements["n7"], name="New name"))],
    "move": lambda d: [(position_id("services", "n7"), place(-800, -600))],
    "add": lambda d: [
        ("new", Node("service", "New")),
        (position_id("services", "new"), place(-400, -200)),
        ("line", Flow("n1", "new")),
    ],
    "delete": lambda d: [
        *((key, None) for key, flow in d.flows.items() if "n7" in (flow.source, flow.target)),
        *((key, None) for key in ("n7", position_id("services", "n7"))),
    ],
    "team": lambda d: [("n7", msgspec.structs.replace(d.elements["n7"], context="team1"))],
}


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("moment", ["blank", "straight"])
def test_an_edit_made_meanwhile_is_in_what_arrives(large, design, qtbot, edit, moment) -> None:
    session = large.session

    def act() -> None:
        assert session.change(EDITS[edit](design), "Edit")
        session.undo()
        session.redo()

    open_large(large, design)
    if moment == "straight":
        when_straight(large, act)
    else:
        act()
    found = drawn(large, qtbot)
    assert found.design is session.design
    delta = Delta.between(design.elements, session.design.elements)
    assert_same(found, build(design, "services").patched(delta, session.design))


def test_a_gesture_under_way_is_not_ended_by_what_arrives(large, design, qtbot) -> None:
    def begin() -> None:
        large.show_actual_size()
        large.reveal("n7")
        x, y = middle(large, "n7")
        press(large, x, y)
        move(large, x + 40, y + 24)

    open_large(large, design)
    before = large.session.design.position("services", "n7")
    when_straight(large, begin)
    qtbot.waitUntil(lambda: large.draws_something, timeout=PATIENCE_MS)
    x, y = middle(large, "n7")
    QThreadPool.globalInstance().waitForDone()
    qtbot.wait(100)
    assert large.drafting.is_running
    move(large, x + 80, y + 48)
    release(large, x + 80, y + 48)
    after = large.session.design.position("services", "n7")
    assert after.x > before.x
    found = drawn(large, qtbot)
    assert found.design is large.session.design
    assert found.nodes.rects[found.nodes.row["n7"]].tolist()[:2] == [after.x, after.y]
    assert any(found.flows.labels)


def test_another_project_is_never_shown_the_drawing_of_the_one_before(large, design, qtbot) -> None:
    other = big_design(90, seed=3)
    open_large(large, design)
    large.session.open_designs("Other", [("One", other)])
    arrived = []
    large.drafting.arrived.connect(arrived.append)
    drawn(large, qtbot)
    QThreadPool.globalInstance().waitForDone()
    qtbot.wait(50)
    assert {picture.design for picture in arrived} == {other}


def test_what_was_drawn_is_shown_again_and_equal_parts_of_variants_stay(large, design, qtbot) -> None:
    open_large(large, design)
    session = large.session
    first = drawn(large, qtbot)
    session.show_view("data_flow")
    drawn(large, qtbot)
    session.show_view("services")
    assert not large.drafting.is_running
    assert_same(large.picture, first)
    session.show_variant(session.variants[1].id)
    assert not large.drafting.is_running
    assert large.picture.design is session.design
    assert large.picture.nodes.titles[large.picture.nodes.row["n5"]] == "Other"
    assert np.array_equal(large.picture.flows.points, first.flows.points)
    session.change([("n6", msgspec.structs.replace(session.design.elements["n6"], name="Edited"))], "Edit")
    session.show_variant(session.variants[0].id)
    assert_same(large.picture, first)


def test_a_window_closed_meanwhile_harms_nothing(window, design, qtbot) -> None:
    window.session.open_designs("Large", [("One", design)])
    assert window.canvas.drafting.is_running
    assert window.surface.empty.text() == "The drawing is being made …"
    window.session.close()
    window.close()
    shiboken6.delete(window.canvas)
    QThreadPool.globalInstance().waitForDone()
    qtbot.wait(20)


def test_colors_and_totals_are_on_what_arrives(window, design, qtbot) -> None:
    place_of = position_id("services", "team1")
    folded = design.apply(Delta.of([(place_of, None, Position(0, 0, 0, 0, collapsed=True))]))
    window.session.open_designs("Large", [("One", folded)])
    qtbot.waitUntil(lambda: window.session.evaluation is not None and window.evaluator.is_idle, timeout=PATIENCE_MS)
    picture = drawn(window.canvas, qtbot)
    assert picture.boundaries.collapsed.any()
    assert any(picture.nodes.badges)
    assert picture.lens_values is not None
    assert "team1" in picture.lens_values.nodes


@pytest.mark.parametrize("lens", ["plan", "load", "cost", "changes"])
def test_a_lens_that_was_not_read_yet_is_read_aside(window, design, qtbot, lens) -> None:
    session = window.session
    session.open_designs("Large", [("One", design)])
    qtbot.waitUntil(lambda: session.evaluation is not None and window.evaluator.is_idle, timeout=PATIENCE_MS)
    session.show_view("data_flow")
    session.show_lens(lens)
    drawn(window.canvas, qtbot)
    expected = dict(read_lens(lens, session.evaluation, baseline=design).values.flows)
    if lens in ("plan", "load"):
        expected |= volumes(session.evaluation)
        assert expected
    qtbot.waitUntil(lambda: dict(window.canvas.picture.lens_values.flows) == expected, timeout=PATIENCE_MS)


# -- drawings whose flows are untangled after an edit ------------------------------------------------------------------


def turned(design: Design) -> Design:
    """Return the design with all cards of the services mirrored, so that no flow can stay."""
    moves = [
        (key, old, msgspec.structs.replace(old, x=-1.5 * old.x))
        for node in design.nodes
        if isinstance(old := design.elements.get(key := position_id("services", node)), Position)
    ]
    return design.apply(Delta.of(moves))


@pytest.fixture
def drafted(large, qtbot):
    """The canvas with a drawing of more flows than are untangled within an edit."""
    design = big_design(60)
    assert len(design.flows) > AT_ONCE
    large.session.open_designs("Middle", [("One", design)])
    drawn(large, qtbot)
    return large


def test_after_a_tidy_flows_are_untangled_aside(drafted, qtbot) -> None:
    session = drafted.session
    after = turned(session.design)
    session.commit(Delta.between(session.design.elements, after.elements), "Turn")
    assert drafted.drafting.is_running
    assert drafted.picture.design is session.design
    assert_same(drawn(drafted, qtbot), build(session.design, "services"))
    session.undo()
    assert not drafted.drafting.is_running, "what was drawn before is at hand"
    assert_same(drafted.picture, build(session.design, "services"))


def test_an_edit_while_flows_are_untangled_is_kept(drafted, qtbot) -> None:
    session = drafted.session
    after = turned(session.design)
    session.commit(Delta.between(session.design.elements, after.elements), "Turn")
    node = session.design.nodes["n5"]
    session.change([("n5", msgspec.structs.replace(node, name="Other"))], "Name")
    picture = drawn(drafted, qtbot)
    assert picture.nodes.titles[picture.nodes.row["n5"]] == "Other"
    assert_same(picture, build(session.design, "services"))


def test_a_moved_card_leaves_the_flows_of_others_alone(drafted) -> None:
    session, before = drafted.session, drafted.picture
    key = position_id("services", "n5")
    place = session.design.elements[key]
    session.change([(key, msgspec.structs.replace(place, x=place.x + 8))], "Move")
    assert not drafted.drafting.is_running
    old, new = before.flows, drafted.picture.flows
    stayed = sum(np.array_equal(old.path(row), new.path(row)) for row in range(len(old)))
    assert stayed > len(old) // 2


def test_a_drawing_moved_as_one_keeps_its_flows(drafted) -> None:
    session = drafted.session
    moves = [
        (key, msgspec.structs.replace(place, x=place.x + 8))
        for key, place in session.design.elements.items()
        if isinstance(place, Position) and key.startswith(position_id("services", ""))
    ]
    session.change(moves, "Move all")
    assert not drafted.drafting.is_running


# -- what arrives belongs to the design of the moment, and what failed is tried again ----------------------------------


def test_an_edit_taken_back_meanwhile_leaves_the_picture_of_the_design(large, design, qtbot) -> None:
    open_large(large, design)
    session = large.session
    node = session.design.nodes["n5"]
    session.change([("n5", msgspec.structs.replace(node, name="Other"))], "Name")
    session.undo()
    assert drawn(large, qtbot).design is session.design


def test_a_drawing_that_failed_is_made_again_by_the_next_edit(large, design, qtbot, monkeypatch) -> None:
    def fail(*_: object) -> Iterator[Picture]:
        raise ArithmeticError("no such luck")
        yield

    with monkeypatch.context() as broken:
        broken.setattr(drafting, "drafts", fail)
        with qtbot.waitSignal(large.drafting.failed):
            open_large(large, design)
    session = large.session
    session.change([("new", Flow("n5", "n9"))], "Connect")
    assert_same(drawn(large, qtbot), build(session.design, "services"))


def test_a_kept_picture_that_differs_everywhere_is_untangled(large, qtbot) -> None:
    design = big_design(80)
    assert len(design.flows) > AT_ONCE
    assert len(design.elements) > SMALL
    large.session.open_designs("Two", [("One", design), ("Other", turned(design))])
    drawn(large, qtbot)
    large.session.show_variant(large.session.variants[1].id)
    assert_same(drawn(large, qtbot), build(large.session.design, "services"))
