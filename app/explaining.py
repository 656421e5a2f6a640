"""The popup that derives a figure: the formula, each input with its origin, a click deeper down to the facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QDialog, QPushButton, QWidget

from app.panels.explain import ExplainPanel
from app.panels.widgets import column
from app.window_place import size_within_screen
from app.words import say

if TYPE_CHECKING:
    from models.evaluation import Evaluation


class ExplainDialog(QDialog):
    """Holds the explanation near where it was asked for."""

    def __init__(self, parent: QWidget, evaluation: Evaluation, figure_id: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(say("How this is computed"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.panel = ExplainPanel()
        self.panel.show_figure(evaluation, figure_id)
        close = QPushButton(say("Close"))
        close.clicked.connect(self.close)
        layout = column(self, 16, 12)
        layout.addWidget(self.panel, 1)
        layout.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
        size_within_screen(self, 520, 460)


def show_explanation(parent: QWidget, evaluation: Evaluation, figure_id: str) -> ExplainDialog:
    """Open the explanation of a figure."""
    dialog = ExplainDialog(parent, evaluation, figure_id)
    at = parent.mapFromGlobal(QCursor.pos())
    x = min(max(16, at.x() - 260), max(16, parent.width() - 536))
    y = min(max(56, at.y() - 480), max(56, parent.height() - 520))
    dialog.move(
        parent.mapToGlobal(parent.rect().topLeft()).x() + x, parent.mapToGlobal(parent.rect().topLeft()).y() + y
    )
    dialog.show()
    return dialog
