"""Drawing a flow from a port: onto a node, or onto empty canvas, where a popup offers kinds that fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QMenu

from app.canvas.overlay import outline
from app.canvas.pointer import Pointer
from app.canvas.preview import elbow
from app.canvas.tools.place import free_spot, new_element
from app.canvas.tools.tool import Tool
from app.icons import icon
from app.theme import tint
from app.words import in_words, mark, say
from models.design.design import Design, name_of
from models.design.elements import Flow, Id, Interaction
from models.design.kinds import kinds

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

OFFERED = 10


def interaction_between(design: Design, source: Id, target_kind: str) -> Interaction:
    """Return how two nodes usually talk: queues by message, streams by stream, batch jobs by batch, else by request."""
    source_kind = design.node(source).kind
    for kind in (target_kind, source_kind):
        if kind == "stream":
            return "stream"
        if kind in {"queue", "event_bus"}:
            return "message"
    batch = {"batch_job", "model_training", "batch_features", "data_ingestion"}
    return "batch" if source_kind in batch or target_kind in batch else "request"


def new_flow(design: Design, source: Id, target: Id, target_kind: str) -> Flow:
    """Return the flow that is drawn between two nodes; what writes its answer token by token streams it to a caller.

    That is a default like any other until someone states it.
    """
    interaction = interaction_between(design, source, target_kind)
    if interaction == "request" and "output_tokens" in _parameters(target_kind):
        return Flow(source, target, interaction, params={"streams": True}, provenance={"streams": "default"})
    return Flow(source, target, interaction)


def _parameters(kind: str) -> frozenset[str]:
    found = kinds().nodes.get(kind)
    return frozenset(parameter.name for parameter in found.parameters) if found is not None else frozenset()


def connect(canvas: CanvasView, source: Id, target: Id) -> Id | None:
    """Add a flow and select it; returns its id, or None if it was refused."""
    session = canvas.session
    design = session.design
    key = session.new_id()
    flow = new_flow(design, source, target, design.node(target).kind)
    label = say(
        "Connect {source} to {target}",
        source=name_of(source, design.node(source)),
        target=name_of(target, design.node(target)),
    )
    if not session.change([(key, flow)], label):
        return None
    session.select({key})
    return key


def place_connected(canvas: CanvasView, source: Id, kind: str, at: QPointF) -> Id | None:
    """Add a new node at a scene point with a flow to it, in one step; returns the node's id."""
    from app.canvas.tools.rename import RenameTool

    session = canvas.session
    key, changes = new_element(canvas, kind, at)
    flow = new_flow(session.design, source, key, kind)
    if not session.change(
        [*changes, (session.new_id(), flow)], say("Add {label}", label=in_words(kinds().nodes[kind].label))
    ):
        return None
    session.select({key})
    canvas.use(RenameTool(canvas, key, fresh=True))
    return key


def connect_beside(canvas: CanvasView, source: Id, kind: str) -> Id | None:
    """Add a new node at the free spot right of the source, with a flow to it."""
    return place_connected(canvas, source, kind, free_spot(canvas, kind, source))


def offered_kinds(kind: str) -> list[str]:
    """Return the kinds that a flow from this kind may lead to, the fitting ones first."""
    table = kinds().nodes
    first = [key for key in (table[kind].next if kind in table else ()) if key in table]
    return [*first, *(key for key in table if key not in first and key != "users")]


def offer_kinds(canvas: CanvasView, offered: Sequence[str], at: Pointer, choose: Callable[[str], object]) -> QMenu:
    """Open a menu of kinds at the pointer, and return it: the first of them at once, the rest by category."""
    menu = QMenu(canvas)
    menu.setObjectName("fittingKinds")
    table, color = kinds().nodes, tint(canvas.theme, "icon")
    for key in offered[:OFFERED]:
        menu.addAction(icon(key, color, 16, "kinds"), in_words(table[key].label)).setData(key)
    more = menu.addMenu(say("More"))
    parts: dict[str, QMenu] = {}
    for key in offered[OFFERED:]:
        category = table[key].category
        if category not in parts:
            parts[category] = more.addMenu(in_words(category))
        parts[category].addAction(icon(key, color, 16, "kinds"), in_words(table[key].label)).setData(key)
    menu.triggered.connect(lambda action: choose(action.data()))
    menu.aboutToHide.connect(menu.deleteLater)
    menu.popup(canvas.mapToGlobal(at.view.toPoint()))
    return menu


class ConnectTool(Tool):
    """A line follows the pointer from the source's port."""

    cursor = Qt.CursorShape.CrossCursor
    hint = mark("Drop on a node to connect, on empty canvas for a new one")

    def __init__(self, canvas: CanvasView, row: int) -> None:
        super().__init__(canvas)
        self.source = canvas.picture.nodes.elements[row]
        self._row = row
        self._at: QPointF | None = None

    def move(self, at: Pointer) -> None:
        """Follow the pointer."""
        self._at = at.scene
        self.canvas.hovered = self.canvas.hit(at.scene)
        self.canvas.update()

    def release(self, at: Pointer) -> None:
        """Connect, or offer kinds; the line stays while one is chosen."""
        found = self.canvas.hit(at.scene)
        moved = self._at is not None
        if moved and (found is None or found.part != "node"):
            self._offer(at)
            return
        self.canvas.use(None)
        if found is not None and found.part == "node" and (found.element != self.source or moved):
            connect(self.canvas, self.source, found.element)

    def picture_changed(self) -> None:
        """Give up: the row is no longer valid."""
        self.canvas.use(None)

    def _offer(self, at: Pointer) -> None:
        source, place_at = self.source, at.scene
        offered = offered_kinds(self.session.design.node(source).kind)
        menu = offer_kinds(self.canvas, offered, at, lambda kind: place_connected(self.canvas, source, kind, place_at))
        menu.aboutToHide.connect(self._end)

    def _end(self) -> None:
        if self.canvas.tool is self:
            self.canvas.use(None)

    def paint(self, painter: QPainter) -> None:
        """Draw the coming flow."""
        if self._at is None:
            return
        canvas, picture = self.canvas, self.canvas.picture
        start = QRectF(*picture.nodes.rects[self._row].tolist())
        end = QRectF(self._at, self._at)
        over = canvas.hovered
        if over is not None and over.part == "node" and over.row != self._row:
            end = QRectF(*picture.nodes.rects[over.row].tolist())
            outline(painter, canvas.camera.rect_to_view(end), tint(canvas.theme, "accent"))
        points = elbow(start, end)
        canvas.scene.styled_line(painter, points, "request", canvas.scene.accent_code, canvas.camera, 2.0)
        canvas.scene.arrow(painter, points, canvas.scene.accent_code, canvas.camera)
