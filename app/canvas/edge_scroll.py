"""Scrolling while something is dragged to the edge of the drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QRectF, QTimer

from app.canvas.pointer import Pointer

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

ZONE = 24.0
"""Width of the strip inside the edge that scrolls, in viewport pixels."""
EVERY_MS = 16
SLOWEST, FASTEST = 2.0, 24.0
"""Viewport pixels a step: at the inner border of the strip, and far outside of the drawing."""
PER_PIXEL = 0.25


class EdgeScroll(QObject):
    """Moves the drawing under a dragging pointer that rests at the edge, and hands on where it points now."""

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._last: Pointer | None = None
        self._was_inside = False
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self._step)

    @property
    def is_running(self) -> bool:
        """Whether the drawing scrolls."""
        return self._timer.isActive()

    def follow(self, at: Pointer) -> None:
        """The pointer drags here; only one that came from within scrolls: what lies at the edge can be taken."""
        self._last = at
        by = speed(QRectF(self._canvas.rect()), at.view)
        self._was_inside |= by.isNull()
        if by.isNull() or not self._was_inside:
            self._timer.stop()
        elif not self._timer.isActive():
            self._timer.start()

    def stop(self) -> None:
        """The drag is over."""
        self._timer.stop()
        self._last, self._was_inside = None, False

    def _step(self) -> None:
        canvas, last = self._canvas, self._last
        if last is None:
            self._timer.stop()
            return
        by = speed(QRectF(canvas.rect()), last.view)
        canvas.set_camera(canvas.camera.panned(-by.x(), -by.y()))
        self._last = last._replace(scene=canvas.camera.to_scene(last.view))
        canvas.tool.move(self._last)


def speed(viewport: QRectF, at: QPointF) -> QPointF:
    """Return how far to scroll at a step, in viewport pixels; null within the strip at the edge."""
    inner = viewport.adjusted(ZONE, ZONE, -ZONE, -ZONE)
    return QPointF(
        _along(at.x() - inner.left(), at.x() - inner.right()), _along(at.y() - inner.top(), at.y() - inner.bottom())
    )


def _along(before: float, after: float) -> float:
    beyond = min(before, 0.0) or max(after, 0.0)
    if not beyond:
        return 0.0
    fast = min(FASTEST, SLOWEST + abs(beyond) * PER_PIXEL)
    return fast if beyond > 0 else -fast
