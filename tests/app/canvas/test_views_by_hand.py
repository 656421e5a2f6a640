"""The gestures that move the view, and the handles of a boundary, with real events."""

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QNativeGestureEvent, QPointingDevice
from PySide6.QtWidgets import QApplication

from app.canvas.overlay import handles
from tests.app.canvas.gestures import click, drag


def test_pinching_zooms_at_the_fingers(canvas) -> None:
    place = QPointF(300.0, 200.0)
    under = canvas.camera.to_scene(place)
    before = canvas.camera.zoom
    event = QNativeGestureEvent(
        Qt.NativeGestureType.ZoomNativeGesture,
        QPointingDevice.primaryPointingDevice(),
        2,
        place,
        place,
        canvas.mapToGlobal(place),
        0.25,
        QPointF(),
    )
    assert event.type() == QEvent.Type.NativeGesture
    QApplication.sendEvent(canvas, event)
    assert canvas.camera.zoom == pytest.approx(before * 1.25)
    after = canvas.camera.to_scene(place)
    assert (after.x(), after.y()) == pytest.approx((under.x(), under.y()))


@pytest.mark.parametrize("name", ["nw", "n", "ne", "e", "se", "s", "sw", "w"])
def test_each_handle_moves_its_edges_only(canvas, name) -> None:
    click(canvas, 800, 56)
    before = canvas.box_of("right")
    spot = handles(before)[name]
    outward = QPointF(("e" in name) - ("w" in name), ("s" in name) - ("n" in name)) * 40
    drag(canvas, (spot.x(), spot.y()), (spot.x() + outward.x(), spot.y() + outward.y()))
    after = canvas.box_of("right")
    moved = (
        after.left() - before.left(),
        after.top() - before.top(),
        after.right() - before.right(),
        after.bottom() - before.bottom(),
    )
    assert moved == (-40 * ("w" in name), -40 * ("n" in name), 40 * ("e" in name), 40 * ("s" in name))
