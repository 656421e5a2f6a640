"""Resizing a boundary by its handles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from app.canvas.overlay import outline
from app.canvas.pointer import Pointer
from app.canvas.tools.placement import placed, snapped
from app.canvas.tools.tool import Tool
from app.theme import tint
from app.words import mark, say
from models.design.design import name_of
from models.design.elements import Id

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

SMALLEST, SMALLEST_TEXT = 64.0, 32.0


class ResizeTool(Tool):
    """Pulls one handle; edges snap to the grid."""

    cursor = Qt.CursorShape.SizeFDiagCursor
    shows_selection = False
    hint = mark("Alt: without snapping · Esc: back to where it was")

    def __init__(self, canvas: CanvasView, boundary: Id, handle: str) -> None:
        super().__init__(canvas)
        self._boundary = boundary
        self._handle = handle
        row = canvas.picture.boundaries.row[boundary]
        self._before = QRectF(*canvas.picture.boundaries.rects[row].tolist())
        self._after = QRectF(self._before)
        self._smallest = SMALLEST_TEXT if canvas.picture.boundaries.texts[row] else SMALLEST

    def move(self, at: Pointer) -> None:
        """Follow the pointer with the edges of the handle."""
        x = at.scene.x() if at.alt else snapped(at.scene.x())
        y = at.scene.y() if at.alt else snapped(at.scene.y())
        box = QRectF(self._before)
        if "w" in self._handle:
            box.setLeft(min(x, box.right() - self._smallest))
        if "e" in self._handle:
            box.setRight(max(x, box.left() + self._smallest))
        if "n" in self._handle:
            box.setTop(min(y, box.bottom() - self._smallest))
        if "s" in self._handle:
            box.setBottom(max(y, box.top() + self._smallest))
        self._after = box
        self.canvas.update()

    def release(self, at: Pointer) -> None:
        """Commit the new size."""
        session, box = self.session, self._after
        self.canvas.use(None)
        if box != self._before:
            element = session.design.elements.get(self._boundary)
            change = placed(session.design, session.view, self._boundary, box, sized=True)
            session.change([change], say("Resize {name}", name=name_of(self._boundary, element)))

    def paint(self, painter: QPainter) -> None:
        """Draw the coming frame."""
        outline(painter, self.canvas.camera.rect_to_view(self._after), tint(self.canvas.theme, "accent"))
