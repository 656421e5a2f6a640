"""The canvas with what floats over it: minimap, legend and the hint of the tool in use."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from app.canvas.legend import Legend
from app.canvas.minimap import Minimap
from app.canvas.view import CanvasView
from app.session import Session
from models.themes import Theme

if TYPE_CHECKING:
    from models.design.design import Design
    from models.evaluation import Evaluation

INSET = 16


class CanvasSurface(QWidget):
    """Holds the canvas and keeps the floating parts in their corners."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = CanvasView(session, theme, self)
        self.minimap = Minimap(self.canvas, self)
        self.legend = Legend(theme, self)
        self.hint = QLabel(self)
        self.hint.setProperty("role", "muted")
        self.hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hint.hide()
        self.canvas.tool_changed.connect(self._show_hint)
        self.setMinimumSize(320, 240)

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
        from models.lenses import read_lens, volumes

        reading = read_lens(lens, evaluation, baseline=baseline)
        values, picture = reading.values, self.canvas.picture
        if picture.view == "data_flow" and lens in {"plan", "load"}:
            values = replace(values, flows={**values.flows, **volumes(evaluation)})
        if picture.boundaries.collapsed.any():
            values = replace(values, nodes={**values.nodes, **totals(lens, evaluation, picture)})
        self.canvas.set_lens_values(values)
        self.legend.show_legend(reading.legend)
        self._place()

    def _show_hint(self, text: str) -> None:
        self.hint.setText(text)
        self.hint.setVisible(bool(text))
        self._place()

    def _place(self) -> None:
        size = self.size()
        self.canvas.setGeometry(self.rect())
        self.minimap.move(size.width() - self.minimap.width() - INSET, size.height() - self.minimap.height() - INSET)
        self.legend.adjustSize()
        self.legend.move(INSET, size.height() - self.legend.height() - INSET)
        self.hint.adjustSize()
        self.hint.move((size.width() - self.hint.width()) // 2, size.height() - self.hint.height() - INSET)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the floating parts in their corners."""
        self._place()
