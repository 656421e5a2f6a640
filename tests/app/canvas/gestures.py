"""The hand of the tests: real mouse and key events at scene points of a canvas."""

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier


def at(canvas, x: float, y: float) -> QPoint:
    """The viewport point over a scene point."""
    return canvas.camera.to_view(QPointF(x, y)).toPoint()


def middle(canvas, element: str) -> tuple[float, float]:
    """The scene point in the middle of an element."""
    center = canvas.box_of(element).center()
    return center.x(), center.y()


def click(canvas, x: float, y: float, modifiers=NONE, button=LEFT) -> None:
    QTest.mouseMove(canvas, at(canvas, x, y))
    QTest.mouseClick(canvas, button, modifiers, at(canvas, x, y))


def double_click(canvas, x: float, y: float) -> None:
    click(canvas, x, y)
    QTest.mouseDClick(canvas, LEFT, NONE, at(canvas, x, y))


def press(canvas, x: float, y: float, modifiers=NONE, button=LEFT) -> None:
    QTest.mouseMove(canvas, at(canvas, x, y))
    QTest.mousePress(canvas, button, modifiers, at(canvas, x, y))


def move(canvas, x: float, y: float, modifiers=NONE) -> None:
    """Move with the button held; QTest's own moves carry neither button nor modifiers."""
    send_move(canvas, at(canvas, x, y).toPointF(), modifiers)


def send_move(canvas, place: QPointF, modifiers=NONE) -> None:
    """Move to a viewport point with the button held."""
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication

    event = QMouseEvent(
        QEvent.Type.MouseMove, place, canvas.mapToGlobal(place), Qt.MouseButton.NoButton, LEFT, modifiers
    )
    QApplication.sendEvent(canvas, event)


def release(canvas, x: float, y: float, modifiers=NONE, button=LEFT) -> None:
    QTest.mouseRelease(canvas, button, modifiers, at(canvas, x, y))


def drag(canvas, start: tuple[float, float], end: tuple[float, float], modifiers=NONE, steps: int = 4) -> None:
    """Press, move in steps, release."""
    press(canvas, *start, modifiers)
    for step in range(1, steps + 1):
        share = step / steps
        move(canvas, start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share, modifiers)
        canvas.repaint()
    release(canvas, *end, modifiers)


def type_keys(widget, text: str) -> None:
    QTest.keyClicks(widget, text)


def key(widget, code, modifiers=NONE) -> None:
    QTest.keyClick(widget, code, modifiers)
