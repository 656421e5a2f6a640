"""Tidying: a new layout as one animated step; big drawings are laid out beside the hand, which can call it off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QPainter

from app.canvas.tools.tool import Tool
from app.progress import ProgressBox
from app.session import Session
from app.theme import tint
from app.words import mark, say
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
    if len(session.design.nodes) > LARGE:
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
    """Waits for the layout of a big drawing and shows how far it is; Escape and the button call it off."""

    cursor = Qt.CursorShape.BusyCursor

    def __init__(self, canvas: CanvasView, scope: Scope, only: frozenset[Id] | None) -> None:
        super().__init__(canvas)
        self._count = len(canvas.picture.nodes)
        self._scope: Scope = scope
        self._design = canvas.session.design
        self._only = only
        self._share = 0.0
        self.hint = self._words()
        self.box = ProgressBox(canvas, say(LABELS[scope]), say("Laying out {count:,} nodes…", count=self._count))
        self.box.setRange(0, 100)
        self.work = self.box.work
        self._wanted = True
        self._pulse = QTimer(canvas, interval=60)
        self._pulse.timeout.connect(self._show)

    def _words(self) -> str:
        return say(
            "Laying out {count:,} nodes… {share} % · Esc: leave them as they are",
            count=self._count,
            share=self.percent,
        )

    @property
    def percent(self) -> int:
        """How much of the layout is done."""
        return round(100 * self._share)

    def enter(self) -> None:
        """Start the layout; whoever panned meanwhile has called it off."""
        if not self._wanted:
            self.canvas.use(None)
            return
        self.work.done.connect(self._on_done)
        self.work.failed.connect(lambda *_: self.canvas.use(None))
        self.box.canceled.connect(self._on_canceled)
        design, view, only = self._design, self.canvas.session.view, self._only
        self.box.start(lambda cancelled: tidy(design, view, only, cancelled, self._tell))
        self._pulse.start()

    def _tell(self, share: float) -> None:
        """Keep the share; called on the worker thread, shown by the pulse."""
        self._share = share

    def leave(self) -> None:
        """Stop waiting; a layout that still runs is dropped when it arrives."""
        self._wanted = False
        self._pulse.stop()
        self._pulse.deleteLater()
        if self.work.is_running:
            self.box.give_up()

    def _show(self) -> None:
        if self.box.value() != self.percent:
            self.box.setValue(self.percent)
            self.canvas.tool_changed.emit(self._words())
            self.canvas.update()

    def _on_canceled(self) -> None:
        if self._wanted:
            self.canvas.use(None)

    def _on_done(self, delta: Delta) -> None:
        self.canvas.use(None)
        if self.session.design is self._design:
            commit_tidy(self.canvas, delta, self._scope)
        else:
            self.canvas.tool_changed.emit(say("The drawing was changed meanwhile and stays as it is; tidy again"))

    def paint(self, painter: QPainter) -> None:
        """Draw a bar as long as what is done."""
        painter.fillRect(QRectF(0, 0, self.canvas.width() * self._share, 3), tint(self.canvas.theme, "accent"))
