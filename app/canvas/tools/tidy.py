"""Tidying: a new layout as one animated step; big drawings are laid out beside the hand, which can call it off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QPainter

from app.canvas.tools.tool import Tool
from app.session import Session
from app.theme import tint
from app.words import mark, say
from app.work import Work
from models.design.delta import Delta
from models.design.elements import Id, Node, position_id
from models.layout.tidy import tidy

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

Scope = Literal["all", "selection", "new"]
LABELS: dict[Scope, str] = {
    "all": mark("Tidy layout"),
    "selection": mark("Tidy selection"),
    "new": mark("Tidy new nodes"),
}
LARGE = 500
"""From so many nodes on the layout runs on a thread."""


def tidy_drawing(canvas: CanvasView, scope: Scope = "all") -> None:
    """Lay out the drawing, the selection, or what was added since the last tidy; pinned elements stay."""
    session = canvas.session
    only = None if scope == "all" else frozenset(session.selection) if scope == "selection" else new_nodes(session)
    if only is not None and not only & session.design.nodes.keys():
        canvas.tool_changed.emit(say("There is nothing new to tidy") if scope == "new" else say("Select nodes to tidy"))
        return
    if len(canvas.picture.nodes) > LARGE:
        canvas.use(TidyTool(canvas, scope, only))
    else:
        commit_tidy(canvas, tidy(session.design, session.view, only), scope)


def commit_tidy(canvas: CanvasView, delta: Delta, scope: Scope) -> None:
    """Commit a layout as one step and let the cards glide to their places."""
    before = canvas.picture
    if canvas.session.commit(delta, say(LABELS[scope])) and delta:
        if scope == "all":
            canvas.fit()
        canvas.transition.play(before, canvas.picture)


def new_nodes(session: Session) -> frozenset[Id]:
    """Return the nodes that have no place in the shown view yet, or were added since the drawing was last tidied."""
    design = session.design
    found = {key for key in design.nodes if not _is_placed(session, key)}
    for step in reversed(session.document.history.undo):
        if step.label in LABELS.values():
            break
        found |= {key for key, (before, after) in step.delta.changes.items() if before is None and _is_node(after)}
    return frozenset(found & design.nodes.keys())


def _is_node(element: object) -> bool:
    return isinstance(element, Node)


def _is_placed(session: Session, node: Id) -> bool:
    elements, sites = session.design.elements, range(len(session.design.node(node).sites))
    names = [node, *(f"{node}/{number}" for number in sites)]
    return any(position_id(session.view, name) in elements for name in names)


class TidyTool(Tool):
    """Waits for the layout of a big drawing; Escape calls it off."""

    cursor = Qt.CursorShape.BusyCursor

    def __init__(self, canvas: CanvasView, scope: Scope, only: frozenset[Id] | None) -> None:
        super().__init__(canvas)
        count = len(canvas.picture.nodes)
        self.hint = say("Laying out {count:,} nodes… · Esc: leave them as they are", count=count)
        self._scope: Scope = scope
        self._design = canvas.session.design
        self._only = only
        self.work = Work(canvas)
        self._wanted = True
        self._pulse = QTimer(canvas, interval=60)
        self._pulse.timeout.connect(self._beat)
        self._beats = 0

    def enter(self) -> None:
        """Start the layout; whoever panned meanwhile has called it off."""
        if not self._wanted:
            self.canvas.use(None)
            return
        self.work.done.connect(self._on_done)
        self.work.failed.connect(self._on_failed)
        design, view, only = self._design, self.canvas.session.view, self._only
        self.work.start(lambda cancelled: tidy(design, view, only, cancelled))
        self._pulse.start()

    def leave(self) -> None:
        """Stop waiting; a layout that still runs is dropped when it arrives."""
        self._wanted = False
        self.work.cancel()
        self._pulse.stop()
        self._pulse.deleteLater()

    def _beat(self) -> None:
        self._beats += 1
        self.canvas.update()

    def _on_done(self, delta: Delta) -> None:
        self.canvas.use(None)
        if self.session.design is self._design:
            commit_tidy(self.canvas, delta, self._scope)
        else:
            self.canvas.tool_changed.emit(say("The drawing was changed meanwhile and stays as it is; tidy again"))

    def _on_failed(self, sentence: str, details: str) -> None:
        self.canvas.use(None)
        self.session.refused.emit(
            say("The drawing could not be laid out and stays as it is. {sentence}", sentence=sentence)
        )

    def paint(self, painter: QPainter) -> None:
        """Draw a bar that shows that work goes on."""
        width = self.canvas.width()
        box = QRectF((self._beats * 24) % (width + 160) - 160, 0, 160, 3)
        painter.fillRect(box, tint(self.canvas.theme, "accent"))
