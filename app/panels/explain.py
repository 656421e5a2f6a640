"""How a figure comes about: its formula, each input with its origin, and a way deeper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget

from app.panels.widgets import Clickable, Scroll, clear, column, label, row
from models.formatting import format_band, format_figure, format_value

if TYPE_CHECKING:
    from models.evaluation import Evaluation


class ExplainPanel(QWidget):
    """One figure at a time; a click on an input that is a figure itself goes down to it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._evaluation: Evaluation | None = None
        self._trail: list[str] = []
        self._back = QPushButton("‹ Back")
        self._back.setProperty("role", "link")
        self._back.clicked.connect(self._go_back)
        self._scroll = Scroll(0, 8)
        layout = column(self, 0, 8)
        layout.addWidget(self._back, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._scroll, 1)

    def show_figure(self, evaluation: Evaluation, figure_id: str) -> None:
        """Explain a figure of an evaluation."""
        self._evaluation = evaluation
        self._trail = [figure_id]
        self._show()

    def _go_back(self) -> None:
        self._trail.pop()
        self._show()

    def _deeper(self, figure_id: str) -> None:
        self._trail.append(figure_id)
        self._show()

    def _show(self) -> None:
        from models.explain import explain

        assert self._evaluation is not None
        expression = explain(self._evaluation, self._trail[-1])
        figure = expression.figure
        body = self._scroll.body
        clear(body)
        self._back.setVisible(len(self._trail) > 1)
        body.addWidget(label(figure.label, "muted"))
        body.addWidget(
            label(format_figure(figure) if figure.value is not None else figure.text or "not known", "title")
        )
        if figure.band is not None:
            body.addWidget(label(f"within {format_band(*figure.band, figure.unit)}", "muted"))
        for text in (figure.basis, figure.reason):
            if text:
                body.addWidget(label(text, "muted", "warning" if text == figure.reason else "", wrap=True))
        body.addWidget(label("FORMULA", "section"))
        body.addWidget(label(expression.formula, wrap=True))
        if expression.inputs:
            body.addWidget(label("FROM", "section"))
        for entry in expression.inputs:
            body.addWidget(self._input(entry))
        if expression.source:
            body.addWidget(label(expression.source, "small", wrap=True))
        body.addStretch(1)

    def _input(self, entry) -> QWidget:  # type: ignore[no-untyped-def]
        inner = getattr(entry, "figure_id", "") or ""
        box = Clickable("tile", entry.label) if inner else QWidget()
        if isinstance(box, Clickable):
            box.clicked.connect(lambda: self._deeper(inner))
        layout = column(box, 8, 2)
        line = row(None, 0, 8)
        line.addWidget(label(entry.label, wrap=True), 1)
        shown = entry.value if isinstance(entry.value, str) else format_value(entry.value, entry.unit, precise=True)
        line.addWidget(label(shown + (" ›" if inner else ""), "heading"))
        layout.addLayout(line)
        if entry.origin:
            layout.addWidget(label(str(entry.origin), "small", wrap=True))
        return box
