"""Focus: what is connected with the selection stands out, the rest is dimmed; the design stays as it is."""

import numpy as np
from PySide6.QtCore import Qt

from app.canvas.tools.focus import focus_neighbors, focus_path
from models.design.delta import Delta
from models.design.elements import Flow
from models.design.reach import neighbors, request_path
from tests.app.canvas.gestures import key
from tests.app.canvas.test_gestures import steps
from tests.app.canvas.test_painting import shown


def test_neighbors_are_one_flow_away(drawing) -> None:
    assert neighbors(drawing, {"web"}) == {"web", "f1", "f2", "people", "orders"}


def test_a_path_runs_from_its_beginning_to_its_end(drawing) -> None:
    more = drawing.apply(Delta({"f4": (None, Flow("web", "stock"))}))
    assert request_path(more, {"orders"}) == {"people", "web", "orders", "stock", "f1", "f2", "f3"}
    assert request_path(more, {"f4"}) == {"people", "web", "stock", "f1", "f4"}


def test_a_boundary_stands_for_its_nodes(drawing) -> None:
    assert {"web", "orders", "people", "stock"} <= neighbors(drawing, {"left"})


def contrast(image: np.ndarray, canvas, element: str) -> int:
    box = canvas.camera.rect_to_view(canvas.box_of(element)).toRect()
    part = image[box.top() + 8 : box.bottom() - 8, box.left() + 8 : box.right() - 8]
    return int(part.max()) - int(part.min())


def test_focus_dims_the_rest_until_escape(canvas, session) -> None:
    before = shown(canvas)
    session.select({"people"})
    focus_neighbors(canvas)
    dimmed = shown(canvas)
    assert contrast(dimmed, canvas, "stock") < contrast(before, canvas, "stock") / 2
    assert contrast(dimmed, canvas, "web") == contrast(before, canvas, "web")
    key(canvas, Qt.Key.Key_Escape)
    assert session.selection == {"people"}
    key(canvas, Qt.Key.Key_Escape)
    assert session.selection == frozenset()
    assert np.array_equal(shown(canvas), before)
    assert steps(session) == []


def test_focus_twice_shows_everything(canvas, session) -> None:
    session.select({"web"})
    focus_path(canvas)
    assert canvas.focused
    focus_path(canvas)
    assert not canvas.focused
