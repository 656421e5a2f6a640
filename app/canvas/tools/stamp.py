"""Stamping: a kept part of a drawing follows the pointer until a click puts it down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from app.canvas.pointer import Pointer
from app.canvas.tools.clipboard import excerpt, insert, with_inner
from app.canvas.tools.landing import around, boxes_in
from app.canvas.tools.place import arm_kind
from app.canvas.tools.placement import snapped_point
from app.canvas.tools.tool import Tool
from app.session import Session
from app.stamps import Stamp, Stamps
from app.theme import tint
from app.words import in_words, say
from models.design.design import Design
from models.design.elements import DesignError

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


def keep_stamp(session: Session, stamps: Stamps, title: str) -> Stamp | None:
    """Keep the selection as a stamp; what keeps it from being one is told through `refused`."""
    chosen = with_inner(session.design, session.selection)
    if not chosen:
        session.refused.emit(say("Select what the stamp is to hold first."))
        return None
    try:
        return stamps.keep(title, excerpt(session.design, chosen))
    except DesignError as error:
        session.refused.emit(in_words(error))
        return None


def stamp_at(canvas: CanvasView, stamp: Stamp, at: QPointF) -> bool:
    """Put a stamp down with its middle at a scene point; returns whether it was."""
    design = read(canvas.session, stamp)
    return design is not None and insert(canvas, design, at, say("Stamp {title}", title=stamp.title), exactly=True)


def read(session: Session, stamp: Stamp) -> Design | None:
    """Return the design of a stamp; a file that cannot be read is told through `refused`."""
    try:
        return stamp.design()
    except DesignError as error:
        session.refused.emit(in_words(error))
        return None


def arm(canvas: CanvasView, identifier: str, dragged: bool = False) -> None:
    """Arm a kind, or a stamp by its id; the next click puts it down, or letting go of what is dragged."""
    stamp = canvas.stamps.find(identifier)
    if stamp is not None:
        canvas.use(StampTool(canvas, stamp))
    else:
        arm_kind(canvas, identifier)
    if dragged:
        canvas.tool_changed.emit(say("Let go to put it down · Esc: not"))
    canvas.setFocus()


class StampTool(Tool):
    """A stamp is armed; the next click puts it down."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: CanvasView, stamp: Stamp) -> None:
        super().__init__(canvas)
        self.hint = say("Click to put down “{title}” · Esc: not", title=stamp.title)
        self._stamp = stamp
        self._boxes: list[QRectF] = []
        self._at: QPointF | None = None

    def enter(self) -> None:
        """Read the stamp for its outline."""
        design = read(self.session, self._stamp)
        if design is None:
            return
        boxes = boxes_in(design, self.session.view)
        self._boxes = [*boxes.values()]

    def move(self, at: Pointer) -> None:
        """Show where it would land."""
        self._at = at.scene
        self.canvas.update()

    def release(self, at: Pointer) -> None:
        """Put it down; the right button gives up."""
        self.canvas.use(None)
        if at.left:
            stamp_at(self.canvas, self._stamp, at.scene)

    def paint(self, painter: QPainter) -> None:
        """Draw the outlines of the coming cards."""
        if self._at is None:
            return
        painter.setPen(tint(self.canvas.theme, "accent"))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        by = snapped_point(self._at - around(self._boxes).center())
        for box in self._boxes:
            painter.drawRoundedRect(self.canvas.camera.rect_to_view(box.translated(by)), 6, 6)
