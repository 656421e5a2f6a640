"""Placing a kind: by dragging it from the palette, or by its key and a click; its name is open for typing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter

from app.canvas.hits import container_at, nodes_in
from app.canvas.pointer import Pointer
from app.canvas.tools.placement import moved_into, placed, snapped_point
from app.canvas.tools.shifting import settled
from app.canvas.tools.tool import Tool
from app.theme import GRID, tint
from app.words import say
from models.design.edits import new_node
from models.design.elements import Boundary, Element, Id
from models.design.kinds import boundary_axis, kinds
from models.picture.cards import CARD_HEIGHT, CARD_WIDTH

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

GAP = 64.0
"""Room between a card and a new one beside it, in scene pixels."""
BOUNDARY_WIDTH, BOUNDARY_HEIGHT = 400.0, 240.0
TEXT_BOX = (240.0, 64.0)


def size_of(kind: str) -> tuple[float, float]:
    """Return width and height of a new element of this kind, in scene pixels."""
    if boundary_axis(kind) == "annotation":
        return TEXT_BOX
    return (CARD_WIDTH, CARD_HEIGHT) if kind in kinds().nodes else (BOUNDARY_WIDTH, BOUNDARY_HEIGHT)


def new_element(canvas: CanvasView, kind: str, at: QPointF) -> tuple[Id, list[tuple[Id, Element | None]]]:
    """Return the id and the changes that put a new element with its middle at the scene point `at`."""
    session = canvas.session
    width, height = size_of(kind)
    corner = snapped_point(QPointF(at.x() - width / 2, at.y() - height / 2))
    row = container_at(canvas.picture, at.x(), at.y())
    into = canvas.picture.boundaries.ids[row] if row >= 0 else None
    key = session.new_id()
    element: Element
    if kind in kinds().nodes:
        element = new_node(kind, _free_name(canvas, kinds().nodes[kind].label))
    else:
        element = Boundary(kind=kind, name=kinds().boundaries[kind].label)
    element = moved_into(element, key, session.view, into)
    box = QRectF(corner.x(), corner.y(), width, height)
    position = placed(session.design, session.view, key, box, sized=kind not in kinds().nodes)
    return key, [*settled(canvas).items(), (key, element), position]


def _free_name(canvas: CanvasView, label: str) -> str:
    taken = {node.name for node in canvas.session.design.nodes.values()}
    number, name = 1, label
    while name in taken:
        number += 1
        name = f"{label} {number}"
    return name


def place(canvas: CanvasView, kind: str, at: QPointF, naming: bool = True) -> Id | None:
    """Put a new element at a scene point, select it and open its name; returns its id, or None if it was refused."""
    from app.canvas.tools.rename import RenameTool

    key, changes = new_element(canvas, kind, at)
    table = kinds()
    label = (table.nodes.get(kind) or table.boundaries[kind]).label
    if not canvas.session.change(changes, say("Place {label}", label=label)):
        return None
    canvas.session.select({key})
    canvas.setFocus()
    if naming and canvas.box_of(key) is not None:
        canvas.use(RenameTool(canvas, key, fresh=True))
    return key


def free_spot(canvas: CanvasView, kind: str, beside: Id | None = None) -> QPointF:
    """Return a scene point without a card: right of a node, or from the middle of what is in sight to the right."""
    width, height = size_of(kind)
    box = canvas.box_of(beside) if beside is not None else None
    middle = canvas.camera.to_scene(QRectF(canvas.rect()).center())
    at = QPointF(box.right() + GAP + width / 2, box.center().y()) if box is not None else middle
    wide, high = (width + GAP) / 2, (height + GAP) / 2
    rects = canvas.picture.nodes.rects
    while (taken := nodes_in(canvas.picture, at.x() - wide, at.y() - high, at.x() + wide, at.y() + high)).any():
        last = float((rects[taken, 0] + rects[taken, 2]).max())
        at += QPointF((int((last + wide - at.x()) // GRID) + 1) * GRID, 0.0)
    return at


def place_beside(canvas: CanvasView, kind: str, connected: bool = False) -> Id | None:
    """Put a new element at the free spot right of the selected node, or in the middle of what is in sight.

    Args:
        connected: draw a flow from the selected node to the new one, if there is one and the new one is a node.
    """
    from app.canvas.tools.connect import connect_beside

    chosen = canvas.session.selection
    source = next((key for key in canvas.picture.nodes.elements if key in chosen), None)
    if connected and source is not None and kind in kinds().nodes:
        found = connect_beside(canvas, source, kind)
    else:
        found = place(canvas, kind, free_spot(canvas, kind, source))
    if found is not None:
        canvas.reveal(found)
    return found


class PlaceTool(Tool):
    """A kind is armed; the next click places it, Enter beside the selection or in the middle of what is in sight."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: CanvasView, kind: str) -> None:
        super().__init__(canvas)
        self.kind = kind
        table = kinds()
        label = (table.nodes.get(kind) or table.boundaries[kind]).label
        self.hint = say(
            "Click or Enter to place {label} · Shift+Enter: connected with the selection · Esc: not", label=label
        )
        self._at: QPointF | None = None

    def enter(self) -> None:
        """Show the ghost where the pointer already is."""
        view = QPointF(self.canvas.mapFromGlobal(self.canvas.cursor().pos()))
        self._at = self.canvas.camera.to_scene(view)

    def move(self, at: Pointer) -> None:
        """Show where it would land."""
        self._at = at.scene
        self.canvas.update()

    def release(self, at: Pointer) -> None:
        """Place it; the right button gives up."""
        self.canvas.use(None)
        if at.left:
            place(self.canvas, self.kind, at.scene)

    def key(self, event: QKeyEvent) -> bool:
        """Place it beside the selection with Enter, with Shift connected to it."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return super().key(event)
        self.canvas.use(None)
        place_beside(self.canvas, self.kind, bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        return True

    def paint(self, painter: QPainter) -> None:
        """Draw the outline of the coming card."""
        if self._at is None:
            return
        width, height = size_of(self.kind)
        corner = snapped_point(QPointF(self._at.x() - width / 2, self._at.y() - height / 2))
        accent = tint(self.canvas.theme, "accent")
        painter.setPen(accent)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(self.canvas.camera.rect_to_view(QRectF(corner.x(), corner.y(), width, height)), 6, 6)
