"""The picture is not lost: what nobody touched stays, and a step that is taken back shows what was there."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from app.canvas.camera import Camera
from app.canvas.tools.delete import delete_selection
from app.canvas.view import CanvasView
from app.panels.inspector import InspectorPanel
from app.session import Session
from models import themes
from models.design.elements import Position, position_id
from models.design.ids import seeded_ids
from models.templates import template
from tests.app.canvas.gestures import click, drag, middle

RIGHT = position_id("services", "right")


@pytest.fixture
def around(session, canvas):
    """The canvas with a team that is drawn around its only service, as in a tidied view."""
    session.change([(RIGHT, None)], "Forget the place")
    box = canvas.box_of("right")
    assert box.contains(canvas.box_of("stock"))
    return canvas


def test_a_boundary_whose_last_card_is_dragged_out_stays(around, session) -> None:
    before, design = around.box_of("right"), session.design
    drag(around, middle(around, "stock"), (600, 500))
    assert session.design.nodes["stock"].context is None
    assert around.box_of("right") == before
    session.undo()
    assert session.design.elements == design.elements


def test_a_boundary_whose_last_card_is_deleted_stays(around, session) -> None:
    before = around.box_of("right")
    session.select({"stock"})
    delete_selection(session)
    assert "stock" not in session.design.nodes
    assert around.box_of("right") == before


def test_a_boundary_that_is_emptied_in_the_inspector_stays(around, session, qtbot) -> None:
    panel = InspectorPanel(session)
    qtbot.addWidget(panel)
    panel.show()
    before = around.box_of("right")
    session.select({"stock"})
    combo = panel._fields[".context"].editor
    combo.setCurrentIndex(combo.findData(""))
    combo.activated.emit(combo.currentIndex())
    assert session.design.nodes["stock"].context is None
    assert around.box_of("right") == before


def test_a_boundary_that_keeps_a_card_is_drawn_around_it(around, session) -> None:
    drag(around, middle(around, "orders"), middle(around, "stock"))
    drag(around, middle(around, "stock"), (600, 500))
    assert not isinstance(session.design.elements.get(RIGHT), Position) or around.box_of("right") is not None
    assert around.box_of("right").contains(around.box_of("orders"))


def test_a_deleted_boundary_leaves_no_place(around, session) -> None:
    session.select({"right", "stock"})
    delete_selection(session)
    assert "right" not in session.design.elements
    assert RIGHT not in session.design.elements


# -- undo --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def assistant(qtbot):
    session = Session(seeded_ids(1))
    canvas = CanvasView(session, themes.theme("light"))
    qtbot.addWidget(canvas)
    canvas.resize(1400, 900)
    with qtbot.waitExposed(canvas):
        canvas.show()
    found = template("assistant")
    session.open_designs("Assistant", [(variant.name, variant.design) for variant in found.variants])
    canvas.set_camera(Camera(-40.0, -40.0, 0.9))
    canvas.setFocus()
    return canvas


def lines(canvas) -> dict[str, list[tuple[float, float]]]:
    flows = canvas.picture.flows
    return {key: [tuple(point) for point in flows.path(row).tolist()] for row, key in enumerate(flows.ids)}


def by_name(canvas, name: str) -> str:
    return next(key for key, node in canvas.session.design.nodes.items() if node.name == name)


def test_a_step_that_is_taken_back_shows_every_flow_as_it_was(assistant, qtbot) -> None:
    session, shown = assistant.session, []
    for name, by in (("Vector store", (0, -90)), ("Orchestrator", (30, 200)), ("Vector store", (-300, 140))):
        shown.append(lines(assistant))
        x, y = middle(assistant, by_name(assistant, name))
        drag(assistant, (x, y), (x + by[0], y + by[1]))
    shown.append(lines(assistant))
    for number in (2, 1, 0):
        session.undo()
        assert lines(assistant) == shown[number]
        assert assistant.picture.design is session.design
    for number in (1, 2, 3):
        session.redo()
        assert lines(assistant) == shown[number]
        assert assistant.picture.design is session.design


def test_what_was_changed_elsewhere_since_is_not_shown_as_it_was(assistant) -> None:
    session, key_ = assistant.session, by_name(assistant, "Vector store")
    x, y = middle(assistant, key_)
    drag(assistant, (x, y), (x, y - 90))
    session.undo()
    node = session.design.nodes[key_]
    session.change([(key_, msgspec.structs.replace(node, name="Index"))], "Rename")
    session.undo()
    session.show_view("data_flow")
    session.show_view("services")
    assert assistant.picture.design is session.design
    assert np.array_equal(assistant.picture.nodes.elements, list(session.design.nodes))
    click(assistant, 0, 0)
