"""Placing a kind: by dragging it from the palette, or by its key and a click; its name is open for typing.

A boundary is also drawn around what it is to hold: press, drag, release.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter

from app.canvas.hits import nodes_in
from app.canvas.overlay import outline
from app.canvas.pointer import Pointer
from app.canvas.tools.holding import filled, home_of
from app.canvas.tools.placement import moved_into, placed, snapped_point
from app.canvas.tools.shifting import settled
from app.canvas.tools.tool import Tool
from app.theme import GRID, tint
from app.words import in_words, say
from models.design.edits import new_node
from models.design.elements import Boundary, Element, Id
from models.design.kinds import boundary_axis, kinds
from models.picture.cards import CARD_HEIGHT, CARD_WIDTH
from models.picture.rows import VIEW_AXIS

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

GAP = 64.0
"""Room between a card and a new one beside it, in scene pixels."""
BOUNDARY_WIDTH, BOUNDARY_HEIGHT = 400.0, 240.0
TEXT_BOX = (240.0, 64.0)
SMALLEST_DRAWN = 48.0
"""A boundary drawn smaller than this was a click, in scene pixels."""


def size_of(kind: str) -> tuple[float, float]:
    """Return width and height of a new element of this kind, in scene pixels."""
    if boundary_axis(kind) == "annotation":
        return TEXT_BOX
    return (CARD_WIDTH, CARD_HEIGHT) if kind in kinds().nodes else (BOUNDARY_WIDTH, BOUNDARY_HEIGHT)


def box_at(kind: str, at: QPointF) -> QRectF:
    """Return the scene rectangle of a new element of this kind with its middle at `at`, on the grid."""
    width, height = size_of(kind)
    corner = snapped_point(QPointF(at.x() - width / 2, at.y() - height / 2))
    return QRectF(corner.x(), corner.y(), width, height)


def new_element(
    canvas: CanvasView, kind: str, at: QPointF, box: QRectF | None = None
) -> tuple[Id, list[tuple[Id, Element | None]]]:
    """Return the id and the changes that put a new element with its middle at the scene point `at`.

    Args:
        box: of a boundary that is drawn by hand; what lies wholly in it becomes part of it.
    """
    session = canvas.session
    into = home_of(canvas, at, box)
    box = box_at(kind, at) if box is None else box
    key = session.new_id()
    element: Element
    if kind in kinds().nodes:
        element = new_node(kind, _free_name(canvas, in_words(kinds().nodes[kind].label)))
    else:
        element = Boundary(kind=kind, name=in_words(kinds().boundaries[kind].label))
    element = moved_into(element, key, session.view, into)
    position = placed(session.design, session.view, key, box, sized=kind not in kinds().nodes)
    held: dict[Id, Element] = {}
    if isinstance(element, Boundary):
        element, held = filled(canvas, key, element, box, into)
    return key, [*settled(canvas).items(), (key, element), *held.items(), position]


def _free_name(canvas: CanvasView, label: str) -> str:
    taken = {node.name for node in canvas.session.design.nodes.values()}
    number, name = 1, label
    while name in taken:
        number += 1
        name = f"{label} {number}"
    return name


def show_home_of(canvas: CanvasView, kind: str) -> bool:
    """Show a view that draws this kind, unless this one does; returns whether it is another one now."""
    axis, view = boundary_axis(kind), canvas.session.view
    if kind in kinds().nodes or axis == "annotation" or VIEW_AXIS.get(view, "context") == axis:
        return False
    if axis == "overlay" and VIEW_AXIS.get(view, "context") is not None:
        return False
    canvas.session.show_view("deployment" if axis == "deployment" else "services")
    return True


def place(canvas: CanvasView, kind: str, at: QPointF, naming: bool = True, box: QRectF | None = None) -> Id | None:
    """Put a new element at a scene point, select it and open its name; returns its id, or None if it was refused.

    Args:
        box: scene rectangle of a boundary that is drawn by hand.
    """
    from app.canvas.tools.rename import RenameTool

    if show_home_of(canvas, kind):
        at, box = free_spot(canvas, kind), None
    key, changes = new_element(canvas, kind, at, box)
    table = kinds()
    label = in_words((table.nodes.get(kind) or table.boundaries[kind]).label)
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


def arm_kind(canvas: CanvasView, kind: str) -> None:
    """Arm a kind, in a view that draws it; the next click places it."""
    show_home_of(canvas, kind)
    canvas.use(PlaceTool(canvas, kind))


class PlaceTool(Tool):
    """A kind is armed; the next click places it, Enter beside the selection or in the middle of what is in sight."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: CanvasView, kind: str) -> None:
        super().__init__(canvas)
        self.kind = kind
        table = kinds()
        label = in_words((table.nodes.get(kind) or table.boundaries[kind]).label)
        self.hint = say(
            "Click or Enter to place {label} · Shift+Enter: connected with the selection · Esc: not", label=label
        )
        if kind in table.boundaries:
            self.hint = say("Drag to draw {label} around something, or click to place it · Esc: not", label=label)
        self._at: QPointF | None = None
        self._start: QPointF | None = None

    def enter(self) -> None:
        """Show the ghost where the pointer already is."""
        view = QPointF(self.canvas.mapFromGlobal(self.canvas.cursor().pos()))
        self._at = self.canvas.camera.to_scene(view)

    def press(self, at: Pointer) -> None:
        """Begin to draw a boundary; a node is placed by the release."""
        if at.left and self.kind in kinds().boundaries:
            self._start = at.scene

    def move(self, at: Pointer) -> None:
        """Show where it would land."""
        self._at = at.scene
        self.canvas.update()

    def release(self, at: Pointer) -> None:
        """Place it; the right button gives up."""
        self._at = at.scene
        box = self._drawn()
        self.canvas.use(None)
        if at.left:
            place(self.canvas, self.kind, box.center() if box is not None else at.scene, box=box)

    def _drawn(self) -> QRectF | None:
        """Return the rectangle that was drawn so far, on the grid, if it is one."""
        if self._start is None or self._at is None:
            return None
        box = QRectF(snapped_point(self._start), snapped_point(self._at)).normalized()
        return box if min(box.width(), box.height()) >= SMALLEST_DRAWN else None

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
        paint_coming(painter, self.canvas, self.kind, self._at, self._drawn())


def paint_coming(painter: QPainter, canvas: CanvasView, kind: str, at: QPointF, drawn: QRectF | None = None) -> None:
    """Draw the outline of a coming element and of the boundary that it would land in."""
    accent, camera = tint(canvas.theme, "accent"), canvas.camera
    home = canvas.box_of(into) if (into := home_of(canvas, at, drawn)) is not None else None
    if home is not None:
        outline(painter, camera.rect_to_view(home), accent)
    painter.setPen(accent)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(camera.rect_to_view(drawn if drawn is not None else box_at(kind, at)), 6, 6)
