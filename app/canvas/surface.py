"""The canvas with what floats over it: minimap, legend and the hint of the tool in use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from app.canvas.drafting import SMALL
from app.canvas.legend import Legend
from app.canvas.minimap import Minimap
from app.canvas.view import CanvasView
from app.dialogs import report_fault
from app.panels.widgets import label, write
from app.session import Session
from app.words import mark, said_values, say
from app.work import Work
from models.formatting import money_of
from models.themes import Theme

if TYPE_CHECKING:
    from models.design.design import Design
    from models.design.elements import Brief
    from models.evaluation import Evaluation
    from models.picture import Picture

INSET = 16
GAP = 8
PASSING_MS = 4_000
LARGE = QSize(440, 320)
"""A canvas below this has no room to spare for the minimap."""
EMPTY_WIDTH = 360
EMPTY = mark(
    "Nothing is drawn yet. Drag a building block from the left, or press the key beside it and click here. "
    "Dropped Compose files, Kubernetes manifests, Terraform plans and drawings are read in."
)
DRAWING = mark("The drawing is being made …")
HINT_PADDING = 34
"""What the style sheet puts around the hint's words, in pixels."""


class CanvasSurface(QWidget):
    """Holds the canvas and keeps the floating parts in their corners."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = CanvasView(session, theme, self)
        self.minimap = Minimap(self.canvas, self)
        self.legend = Legend(theme, self)
        self.hint = QLabel(self)
        self.hint.setProperty("role", "hint")
        self.hint.setWordWrap(True)
        self.hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hint.hide()
        self._passing = QTimer(self, singleShot=True, interval=PASSING_MS)
        self._passing.timeout.connect(lambda: self._show_hint(say(self.canvas.tool.hint)))
        self.canvas.tool_changed.connect(self._show_hint)
        self.empty = label(say(EMPTY), "muted", wrap=True)
        self.empty.setParent(self)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.canvas.picture_changed.connect(self._show_empty)
        self.canvas.drafting.arrived.connect(lambda picture: self._sum_up(picture))
        self.canvas.drafting.failed.connect(self._on_failed_drawing)
        self._reading = Work(self)
        self._reading.done.connect(lambda _: self._show_lens_again())
        self._reading.failed.connect(self._on_failed_drawing)
        self._show_empty()
        self.setMinimumSize(240, 200)

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme."""
        self.canvas.set_theme(theme)
        self.legend.set_theme(theme)
        self.minimap.update()

    def show_lens(self, lens: str, evaluation: Evaluation | None, baseline: Design | None = None) -> None:
        """Color the drawing by a lens, or show it plain while nothing is evaluated."""
        if evaluation is None or evaluation.design is not self.canvas.picture.design:
            return
        from models.folding import totals
        from models.lenses import VOLUMES, are_read, read_ahead, read_lens, volumes

        picture = self.canvas.picture
        tells_volumes = picture.view == "data_flow" and lens in {"plan", "load"}
        needed = (lens, VOLUMES) if tells_volumes else (lens,)
        if len(evaluation.design.elements) > SMALL and not are_read(needed, evaluation):
            brief = evaluation.design.brief
            self._reading.start(lambda _: _in_money_of(brief, lambda: read_ahead(needed, evaluation)))
            return
        reading = read_lens(lens, evaluation, baseline=baseline)
        values = reading.values
        if tells_volumes:
            values = replace(values, flows={**values.flows, **volumes(evaluation)})
        if picture.boundaries.collapsed.any():
            values = replace(values, nodes={**values.nodes, **totals(lens, evaluation, picture)})
        self.canvas.set_lens_values(said_values(values))
        if self.legend.show_legend(reading.legend):
            self._place()

    def give_up(self) -> None:
        """Drop what is drawn and read aside, because the window closes."""
        self.canvas.drafting.forget()
        self._reading.cancel()

    def _sum_up(self, picture: Picture) -> None:
        """Read the lens again where what arrived shows totals of collapsed boundaries."""
        if picture.boundaries.collapsed.any():
            self._show_lens_again()

    def _show_lens_again(self) -> None:
        session = self.canvas.session
        with session.money():
            self.show_lens(session.lens, session.evaluation, session.baseline_design)

    def _on_failed_drawing(self, sentence: str, details: str) -> None:
        self._show_empty()
        report_fault(self.window(), say("The drawing could not be made"), sentence, details)

    def _show_empty(self) -> None:
        write(self.empty, say(DRAWING) if self.canvas.drafting.is_running else say(EMPTY))
        is_empty = not self.canvas.draws_something
        if is_empty == self.empty.isHidden():
            self.empty.setVisible(is_empty)
            self._place()

    def say_briefly(self, text: str) -> None:
        """Say something in passing, where the hint of a tool stands; the tool's own comes back by itself."""
        self._show_hint(text)
        self._passing.start()

    def _show_hint(self, text: str) -> None:
        self._passing.stop()
        self.hint.setText(text)
        self.hint.setVisible(bool(text))
        self._place()

    def _place(self) -> None:
        size = self.size()
        self.canvas.setGeometry(self.rect())
        self.minimap.give_way(size.width() < LARGE.width() or size.height() < LARGE.height())
        self.minimap.move(size.width() - self.minimap.width() - INSET, size.height() - self.minimap.height() - INSET)
        self.legend.fit_into(size.width() - 2 * INSET)
        self.legend.move(INSET, size.height() - self.legend.height() - INSET)
        self._place_hint()
        wide = min(EMPTY_WIDTH, size.width() - 2 * INSET)
        tall = self.empty.heightForWidth(wide)
        self.empty.setGeometry((size.width() - wide) // 2, (size.height() - tall) // 2, wide, tall)

    def _place_hint(self) -> None:
        """Center the hint at the bottom, above legend and minimap where there is no room between them."""
        self.hint.ensurePolished()
        words = self.hint.fontMetrics().horizontalAdvance(self.hint.text())
        wide = min(words + HINT_PADDING, self.width() - 2 * INSET)
        box = QRect((self.width() - wide) // 2, 0, wide, self.hint.heightForWidth(wide))
        box.moveBottom(self.height() - INSET)
        others = [part.geometry() for part in (self.legend, self.minimap) if not part.isHidden()]
        if any(box.adjusted(-GAP, 0, GAP, 0).intersects(other) for other in others):
            box.moveBottom(min(other.top() for other in others) - GAP)
        self.hint.setGeometry(box)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the floating parts in their corners."""
        self._place()


def _in_money_of(brief: Brief, read: Callable[[], None]) -> None:
    with money_of(brief):
        read()
