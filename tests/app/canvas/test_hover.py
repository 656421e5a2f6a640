"""What the pointer shows before it presses: the flow or frame it would take, and labels that no line strikes out."""

import msgspec
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from app.theme import tint
from models.design.delta import Delta
from tests.app.canvas.gestures import move, press, release


def color_at(canvas, x: float, y: float):
    return canvas.grab().toImage().pixelColor(canvas.camera.to_view(QPointF(x, y)).toPoint())


def far_from(one, other) -> int:
    return max(abs(one.red() - other.red()), abs(one.green() - other.green()), abs(one.blue() - other.blue()))


def test_the_flow_under_the_pointer_stands_out(canvas, session) -> None:
    accent = tint(canvas.theme, "accent")
    row = canvas.picture.flows.row["f2"]
    (x0, y0), (x1, y1) = canvas.picture.flows.path(row)[:2].tolist()
    spot = (x0 + x1) / 2, (y0 + y1) / 2
    before = color_at(canvas, *spot)
    move(canvas, *spot)
    assert canvas.hovered.element == "f2"
    assert far_from(color_at(canvas, *spot), accent) < far_from(before, accent)
    move(canvas, 400, 600)
    assert color_at(canvas, *spot) == before
    assert session.selection == frozenset()


def test_the_frame_of_the_boundary_under_the_pointer_stands_out(canvas) -> None:
    box = canvas.box_of("right")
    spot = box.center().x(), box.top() - 3
    before = color_at(canvas, *spot)
    move(canvas, box.center().x(), box.top() + 16)
    assert color_at(canvas, *spot) != before


def test_the_label_of_a_selected_flow_is_not_struck_out(canvas, session) -> None:
    flow = session.design.flows["f3"]
    named = msgspec.structs.replace(flow, name="reserve the stock")
    session.commit(Delta.of([("f3", flow, named)]), "Name")
    row = canvas.picture.flows.row["f3"]
    x, y = canvas.picture.flows.label_at[row].tolist()
    before = canvas.grab().toImage()
    session.select({"f3"})
    after = canvas.grab().toImage()
    middle = canvas.camera.to_view(QPointF(x, y)).toPoint()
    for right in range(-30, 31):
        at = middle.x() + right, middle.y()
        assert before.pixelColor(*at) == after.pixelColor(*at)


def test_space_shows_an_open_hand_that_closes_while_it_pulls(canvas) -> None:
    QTest.keyPress(canvas, Qt.Key.Key_Space)
    assert canvas.cursor().shape() == Qt.CursorShape.OpenHandCursor
    press(canvas, 300, 500)
    assert canvas.cursor().shape() == Qt.CursorShape.ClosedHandCursor
    release(canvas, 300, 500)
    assert canvas.cursor().shape() == Qt.CursorShape.OpenHandCursor
    QTest.keyRelease(canvas, Qt.Key.Key_Space)
    assert canvas.cursor().shape() == Qt.CursorShape.ArrowCursor


def test_the_outline_goes_with_what_is_moved(canvas, session) -> None:
    session.select({"people"})
    spot = 84.0, 101.0
    outlined = color_at(canvas, *spot)
    press(canvas, 84, 136)
    move(canvas, 84, 300)
    move(canvas, 84, 336)
    assert color_at(canvas, *spot) != outlined
    assert color_at(canvas, spot[0], spot[1] + 200) == outlined
    release(canvas, 84, 336)
    assert color_at(canvas, spot[0], spot[1] + 200) == outlined


def test_a_flow_being_reconnected_is_not_shown_as_it_was(canvas, session) -> None:
    session.select({"f3"})
    path = canvas.picture.flows.path(canvas.picture.flows.row["f3"])
    end = path[-1].tolist()
    near = (path[-2] * 0.5 + path[-1] * 0.5).tolist()
    shown = color_at(canvas, *near)
    press(canvas, *end)
    move(canvas, 600, 500)
    move(canvas, 500, 560)
    assert color_at(canvas, *near) != shown
    release(canvas, 500, 560)
    assert color_at(canvas, *near) == shown
