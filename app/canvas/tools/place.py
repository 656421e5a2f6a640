"""Placing a kind: by dragging it from the palette, or by its key and a click; its name is open for typing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from app.canvas.hits import container_at
from app.canvas.pointer import Pointer
from app.canvas.tools.placement import moved_into, placed, snapped_point
from app.canvas.tools.tool import Tool
from app.theme import tint
from models.design.edits import new_node
from models.design.elements import Boundary, Element, Id
from models.design.kinds import kinds
from models.picture.cards import CARD_HEIGHT, CARD_WIDTH

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

BOUNDARY_WIDTH, BOUNDARY_HEIGHT = 400.0, 240.0


def size_of(kind: str) -> tuple[float, float]:
    """Return width and height of a new element of this kind, in scene pixels."""
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
    return key, [(key, element), placed(session.design, session.view, key, box, sized=kind not in kinds().nodes)]


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
    if not canvas.session.change(changes, f"Place {label}"):
        return None
    canvas.session.select({key})
    canvas.setFocus()
    if naming and canvas.box_of(key) is not None:
        canvas.use(RenameTool(canvas, key, fresh=True))
    return key


class PlaceTool(Tool):
    """A kind is armed; the next click places it."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: CanvasView, kind: str) -> None:
        super().__init__(canvas)
        self.kind = kind
        table = kinds()
        self.hint = f"Click to place {(table.nodes.get(kind) or table.boundaries[kind]).label} · Esc: not"
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
