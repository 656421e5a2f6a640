"""Reconnecting a flow: an end of the selected flow is dragged onto another node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from app.canvas.overlay import outline
from app.canvas.painter import Hidden
from app.canvas.pointer import Pointer
from app.canvas.preview import elbow, end_box
from app.canvas.tools.tool import Tool
from app.theme import tint
from app.words import mark, say
from models.design.design import name_of
from models.design.elements import Element, Flow, Id, Position, position_id
from models.picture import STYLES

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

End = Literal["source", "target"]
REACH = 9.0


def selected_flow(canvas: CanvasView) -> int | None:
    """Return the row of the one selected flow, or None."""
    if len(canvas.session.selection) != 1:
        return None
    return canvas.picture.flows.row.get(next(iter(canvas.session.selection)))


def end_at(canvas: CanvasView, view: QPointF) -> tuple[int, End] | None:
    """Return row and end of the selected flow whose handle lies at a point of the viewport, or None."""
    row = selected_flow(canvas)
    if row is None:
        return None
    points = canvas.picture.flows.path(row)
    if len(points) < 2:
        return None
    ends: tuple[tuple[End, int], ...] = (("target", -1), ("source", 0))
    for end, number in ends:
        place = canvas.camera.to_view(QPointF(*points[number].tolist()))
        if (view - place).manhattanLength() <= REACH:
            return row, end
    return None


def reconnect(canvas: CanvasView, flow: Id, end: End, node: Id) -> bool:
    """Let an end of a flow be another node; its hand-set waypoints go. Returns whether anything changed."""
    session = canvas.session
    before = session.design.flows[flow]
    if getattr(before, end) == node:
        return False
    after = msgspec.structs.replace(before, source=node) if end == "source" else _to(before, node)
    changes: list[tuple[Id, Element | None]] = [(flow, after)]
    for view in {session.view, *_views(canvas, flow)}:
        place = session.design.position(view, flow)
        if isinstance(place, Position) and place.waypoints:
            changes.append((position_id(view, flow), msgspec.structs.replace(place, waypoints=())))
    name = name_of(node, session.design.node(node))
    source = end == "source"
    return session.change(
        changes, say("Reconnect from {name}", name=name) if source else say("Reconnect to {name}", name=name)
    )


def _to(flow: Flow, node: Id) -> Flow:
    return msgspec.structs.replace(flow, target=node)


def _views(canvas: CanvasView, flow: Id) -> set[str]:
    referrers = canvas.session.design.referrers.get(flow, frozenset())
    return {key.split("/")[1] for key in referrers if key.startswith("pos/")}


class ReconnectTool(Tool):
    """One end of a flow follows the pointer."""

    cursor = Qt.CursorShape.CrossCursor
    shows_selection = False
    hint = mark("Drop on another node to reconnect · Esc: leave as it was")

    def __init__(self, canvas: CanvasView, row: int, end: End) -> None:
        super().__init__(canvas)
        self._row = row
        self._end: End = end
        self._flow = canvas.picture.flows.elements[row]
        self._at: QPointF | None = None

    def move(self, at: Pointer) -> None:
        """Follow the pointer; the flow is no longer shown as it was."""
        if self._at is None:
            self._leave_out()
        self._at = at.scene
        self.canvas.hovered = self.canvas.hit(at.scene)
        self.canvas.update()

    def release(self, at: Pointer) -> None:
        """Reconnect if it was dropped on a node."""
        found = self.canvas.hit(at.scene)
        moved = self._at is not None
        self.canvas.use(None)
        if moved and found is not None and found.part == "node":
            reconnect(self.canvas, self._flow, self._end, found.element)

    def leave(self) -> None:
        """Show the flow in the still layer again."""
        self.canvas.leave_out(None)

    def _leave_out(self) -> None:
        picture = self.canvas.picture
        flows = np.zeros(len(picture.flows), np.bool_)
        flows[self._row] = True
        none = np.zeros(len(picture.nodes), np.bool_)
        self.canvas.leave_out(Hidden(none, flows, np.zeros(len(picture.boundaries), np.bool_)))

    def picture_changed(self) -> None:
        """Give up: the row is no longer valid."""
        self.canvas.use(None)

    def paint(self, painter: QPainter) -> None:
        """Draw the coming flow."""
        if self._at is None:
            return
        canvas, picture = self.canvas, self.canvas.picture
        flows = picture.flows
        kept = int(flows.targets[self._row] if self._end == "source" else flows.sources[self._row])
        loose = QRectF(self._at, self._at)
        over = canvas.hovered
        if over is not None and over.part == "node":
            loose = QRectF(*picture.nodes.rects[over.row].tolist())
            outline(painter, canvas.camera.rect_to_view(loose), tint(canvas.theme, "accent"))
        boxes = (loose, end_box(picture, kept)) if self._end == "source" else (end_box(picture, kept), loose)
        points = elbow(*boxes)
        style, code = STYLES[int(flows.styles[self._row])], canvas.scene.accent_code
        canvas.scene.styled_line(painter, points, style, code, canvas.camera, 2.0)
        canvas.scene.arrow(painter, points, code, canvas.camera)
