"""Selecting: click, Shift+click, rubber band. Presses that become something else are handed to that tool."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence, QPainter

from app.canvas.hits import Hit, nodes_in
from app.canvas.overlay import (
    HANDLE,
    PORT_RADIUS,
    handles,
    paint_band,
    paint_flow_handles,
    paint_handles,
    paint_hovered,
    paint_ports,
    ports,
)
from app.canvas.pointer import Pointer
from app.canvas.tools.bend import BendTool, remove_waypoint, waypoint_at, waypoints
from app.canvas.tools.collapse import toggle_collapse
from app.canvas.tools.connect import ConnectTool, offer_kinds, offered_kinds
from app.canvas.tools.focus import leave_focus
from app.canvas.tools.move import MoveTool
from app.canvas.tools.pan import PanTool
from app.canvas.tools.pin import is_pinned
from app.canvas.tools.place import arm_kind, place
from app.canvas.tools.reconnect import ReconnectTool, end_at, selected_flow
from app.canvas.tools.rename import RenameTool, next_node
from app.canvas.tools.resize import ResizeTool
from app.canvas.tools.tool import Tool
from app.canvas.tools.walk import walk
from app.theme import tint
from app.words import say
from models.design.kinds import kinds

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

DRAG_PIXELS = 4.0
PORT_ZOOM = 0.4
WAYS = {
    int(Qt.Key.Key_Left): (-1, 0),
    int(Qt.Key.Key_Right): (1, 0),
    int(Qt.Key.Key_Up): (0, -1),
    int(Qt.Key.Key_Down): (0, 1),
}


class SelectTool(Tool):
    """The tool in use while no other is."""

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._pressed: Pointer | None = None
        self._on: Hit | None = None
        self._band: QRectF | None = None

    # -- pointer ---------------------------------------------------------------------------------------------------

    def press(self, at: Pointer) -> None:
        """Select what is pressed, or begin what its port or handle stands for."""
        port = self._port_at(at.view)
        if at.left and port is not None:
            self.canvas.use(ConnectTool(self.canvas, port))
            self.canvas.tool.press(at)
            return
        handle = self._handle_at(at.view)
        if at.left and handle is not None:
            self.canvas.use(ResizeTool(self.canvas, *handle))
            self.canvas.tool.press(at)
            return
        end = end_at(self.canvas, at.view) if at.left else None
        if end is not None:
            self.canvas.use(ReconnectTool(self.canvas, *end))
            self.canvas.tool.press(at)
            return
        self._on = self.canvas.hit(at.scene)
        # The release of another button is not always told: a menu that opens takes it.
        self._pressed = at if at.left else None
        chosen = self.session.selection
        if self._on is None:
            if not at.left and not at.shift:
                self.session.select(())
            return
        if at.shift or at.control:
            self.session.select(chosen ^ {self._on.element})
        elif self._on.element not in chosen:
            self.session.select({self._on.element})

    def move(self, at: Pointer) -> None:
        """Hover, draw the rubber band, or turn the press into a move."""
        if self._pressed is None:
            self._hover(at)
            return
        if (at.view - self._pressed.view).manhattanLength() < DRAG_PIXELS and self._band is None:
            return
        if self._on is not None and self._pressed.left:
            self._take_along(self._pressed, self._on, at)
        elif self._on is None and self._pressed.left:
            self._band = QRectF(self._pressed.scene, at.scene).normalized()
            self.canvas.update()

    def _take_along(self, start: Pointer, on: Hit, at: Pointer) -> None:
        """Begin to bend the pressed flow, or to move what was pressed unless it is pinned."""
        self._pressed = None
        if on.part == "flow":
            self.canvas.use(BendTool(self.canvas, start, on.row))
        elif is_pinned(self.canvas, self._row_id(on)) and not start.alt:
            self.canvas.tool_changed.emit(say("Pinned: Ctrl+Shift+P releases it"))
            return
        else:
            self.canvas.use(MoveTool(self.canvas, start, on, copying=start.alt))
        self.canvas.tool.move(at)

    def _row_id(self, on: Hit) -> str:
        return self.canvas.picture.nodes.ids[on.row] if on.part == "node" else on.element

    def release(self, at: Pointer) -> None:
        """End a click or the rubber band."""
        pressed, self._pressed = self._pressed, None
        band, self._band = self._band, None
        if pressed is None:
            return
        if band is not None:
            self._choose_in(band, pressed.shift)
        elif self._on is None and not pressed.shift and pressed.left:
            self.session.select(())
        elif self._on is not None and pressed.left and not (pressed.shift or pressed.control):
            self.session.select({self._on.element})
        self.canvas.update()

    def double_click(self, at: Pointer) -> None:
        """Take the waypoint away, open the collapsed boundary, rename what was clicked, or offer kinds."""
        flow = selected_flow(self.canvas)
        waypoint = waypoint_at(self.canvas, flow, at.view) if flow is not None else None
        if flow is not None and waypoint is not None:
            remove_waypoint(self.canvas, flow, waypoint)
            return
        found = self.canvas.hit(at.scene)
        if found is not None and found.part == "boundary" and self.canvas.picture.boundaries.collapsed[found.row]:
            toggle_collapse(self.canvas)
        elif found is not None:
            self.canvas.use(RenameTool(self.canvas, found.element))
        else:
            offered = ("users", *offered_kinds("users"))
            offer_kinds(self.canvas, offered, at, lambda kind: place(self.canvas, kind, at.scene))

    def _choose_in(self, band: QRectF, adding: bool) -> None:
        picture = self.canvas.picture
        rows = np.flatnonzero(nodes_in(picture, band.left(), band.top(), band.right(), band.bottom()))
        chosen = {picture.nodes.elements[row] for row in rows.tolist()}
        chosen |= {
            key
            for row, key in enumerate(picture.boundaries.ids)
            if band.contains(QRectF(*picture.boundaries.rects[row].tolist()))
        }
        chosen |= {
            picture.flows.elements[row]
            for row, (x0, y0, x1, y1) in enumerate(picture.flows.boxes.tolist())
            if band.left() <= x0 and x1 <= band.right() and band.top() <= y0 and y1 <= band.bottom()
        }
        self.session.select(self.session.selection | chosen if adding else chosen)

    # -- hovering --------------------------------------------------------------------------------------------------

    def _hover(self, at: Pointer) -> None:
        if self._port_at(at.view) is not None:
            self.canvas.setCursor(Qt.CursorShape.CrossCursor)
            return
        if end_at(self.canvas, at.view) is not None:
            self.canvas.setCursor(Qt.CursorShape.CrossCursor)
            return
        handle = self._handle_at(at.view)
        found = self.canvas.hit(at.scene)
        shape = _RESIZE_CURSORS[handle[1]] if handle else Qt.CursorShape.ArrowCursor
        self.canvas.setCursor(shape)
        if found != self.canvas.hovered:
            self.canvas.hovered = found
            self.canvas.update()

    def _hovered_box(self) -> QRectF | None:
        found = self.canvas.hovered
        if found is None or found.part != "node" or self.canvas.camera.zoom < PORT_ZOOM:
            return None
        rect = self.canvas.picture.nodes.rects[found.row]
        return self.canvas.camera.rect_to_view(QRectF(*rect.tolist()))

    def _port_at(self, view: QPointF) -> int | None:
        box = self._hovered_box()
        if box is None or self.canvas.hovered is None:
            return None
        near = any((view - port).manhattanLength() <= PORT_RADIUS * 2 for port in ports(box))
        return self.canvas.hovered.row if near else None

    def _boundary_box(self) -> tuple[str, QRectF] | None:
        if len(self.session.selection) != 1:
            return None
        (key,) = self.session.selection
        row = self.canvas.picture.boundaries.row.get(key)
        if row is None or self.canvas.picture.boundaries.collapsed[row]:
            return None
        return key, self.canvas.camera.rect_to_view(QRectF(*self.canvas.picture.boundaries.rects[row].tolist()))

    def _handle_at(self, view: QPointF) -> tuple[str, str] | None:
        found = self._boundary_box()
        if found is None:
            return None
        key, box = found
        for name, spot in handles(box).items():
            if (view - spot).manhattanLength() <= HANDLE:
                return key, name
        return None

    # -- keys ------------------------------------------------------------------------------------------------------

    def key(self, event: QKeyEvent) -> bool:
        """Arm a kind by its key, pan with Space, walk with Alt+arrows, inspect with Enter, let go with Escape."""
        key = event.key()
        if key == Qt.Key.Key_Escape:
            if not leave_focus(self.canvas):
                self.session.select(())
            return True
        if key == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.canvas.use(PanTool(self.canvas, self, by_key=True))
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.session.selection:
            self.canvas.inspect_asked.emit()
            return True
        alt = event.modifiers() & Qt.KeyboardModifier.AltModifier
        if key in WAYS and (alt or not self.session.selection):
            walk(self.canvas, *WAYS[key])
            return True
        if key in (Qt.Key.Key_BracketRight, Qt.Key.Key_BracketLeft):
            found = next_node(self.canvas, forward=key == Qt.Key.Key_BracketRight)
            if found:
                self.session.select({found})
                self.canvas.reveal(found)
            return True
        kind = kind_of_key(event)
        if kind is not None:
            arm_kind(self.canvas, kind)
            return True
        return False

    def picture_changed(self) -> None:
        """Forget the row that was pressed."""
        self._pressed = None
        self._band = None

    def paint(self, painter: QPainter) -> None:
        """Show ports of the hovered node, handles of a selected boundary and the rubber band."""
        theme = self.canvas.theme
        accent, ground = tint(theme, "accent"), tint(theme, "card")
        if self._pressed is None:
            paint_hovered(painter, self.canvas)
        box = self._hovered_box()
        if box is not None:
            paint_ports(painter, box, accent, ground)
        boundary = self._boundary_box()
        if boundary is not None:
            paint_handles(painter, boundary[1], accent, ground)
        self._paint_flow(painter, accent, ground)
        if self._band is not None:
            paint_band(painter, self.canvas.camera.rect_to_view(self._band), accent)

    def _paint_flow(self, painter: QPainter, accent: QColor, ground: QColor) -> None:
        row, canvas = selected_flow(self.canvas), self.canvas
        if row is None or len(path := canvas.picture.flows.path(row)) < 2:
            return
        ends = [canvas.camera.to_view(QPointF(*path[number].tolist())) for number in (0, -1)]
        stations = [canvas.camera.to_view(QPointF(x, y)) for x, y in waypoints(canvas, row)]
        paint_flow_handles(painter, ends, stations, accent, ground)


_RESIZE_CURSORS = {
    "nw": Qt.CursorShape.SizeFDiagCursor,
    "se": Qt.CursorShape.SizeFDiagCursor,
    "ne": Qt.CursorShape.SizeBDiagCursor,
    "sw": Qt.CursorShape.SizeBDiagCursor,
    "n": Qt.CursorShape.SizeVerCursor,
    "s": Qt.CursorShape.SizeVerCursor,
    "e": Qt.CursorShape.SizeHorCursor,
    "w": Qt.CursorShape.SizeHorCursor,
}


def kind_of_key(event: QKeyEvent) -> str | None:
    """Return the kind of node or boundary that the key arms, or None."""
    if event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier):
        return None
    shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
    pressed = ("Shift+" if shift else "") + QKeySequence(event.key()).toString()
    table = kinds()
    keys = [(kind.key, kind.id) for kind in table.nodes.values()]
    keys += [(kind.key, kind.id) for kind in table.boundaries.values()]
    return next((identifier for key, identifier in keys if key and key == pressed), None)
