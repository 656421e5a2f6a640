"""Panning by the middle button or by Space and drag."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent

from app.canvas.pointer import Pointer
from app.canvas.tools.tool import Tool
from app.words import mark

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


class PanTool(Tool):
    """Moves the camera with the pointer, then hands back to the tool that was in use."""

    cursor = Qt.CursorShape.ClosedHandCursor
    hint = mark("Drag to pan")
    reaches_further = False

    def __init__(self, canvas: CanvasView, back_to: Tool, by_key: bool = False) -> None:
        super().__init__(canvas)
        self._back_to = back_to
        self._by_key = by_key
        self._last: QPointF | None = None
        if by_key:
            self.cursor = Qt.CursorShape.OpenHandCursor

    def press(self, at: Pointer) -> None:
        """Take hold of the drawing."""
        self._last = at.view
        self.canvas.setCursor(Qt.CursorShape.ClosedHandCursor)

    def move(self, at: Pointer) -> None:
        """Pull the drawing along."""
        if self._last is not None:
            by = at.view - self._last
            self._last = at.view
            self.canvas.set_camera(self.canvas.camera.panned(by.x(), by.y()))

    def release(self, at: Pointer) -> None:
        """Let go; with Space still held another drag may follow."""
        self._last = None
        self.canvas.setCursor(self.cursor)
        if not self._by_key:
            self.canvas.use(self._back_to)

    def key(self, event: QKeyEvent) -> bool:
        """Keep repeated Space presses from reaching anything else."""
        return event.key() == Qt.Key.Key_Space or super().key(event)

    def key_released(self, event: QKeyEvent) -> bool:
        """End when Space is let go."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat() and self._by_key:
            self.canvas.use(self._back_to)
            return True
        return False
