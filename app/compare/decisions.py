"""Why a variant was chosen or rejected, as a text that the plan prints."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QWidget

from app.panels.widgets import column, label, row
from app.words import say


class DecisionPanel(QWidget):
    """The reasons of both variants, editable."""

    decided = Signal(int, str)
    """(0 = before or 1 = after, the reason)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.titles = (label("", "heading"), label("", "heading"))
        self.texts = (QPlainTextEdit(), QPlainTextEdit())
        self.buttons = (QPushButton(say("Keep reason")), QPushButton(say("Keep reason")))
        self._kept = ["", ""]
        halves = row(self, 12, 16)
        for number in (0, 1):
            half = column(None, 0, 8)
            text, button = self.texts[number], self.buttons[number]
            text.setPlaceholderText(say("Why this variant is chosen, or “Rejected: …” and why; the plan prints it."))
            text.textChanged.connect(lambda number=number: self._show_changed(number))
            button.clicked.connect(
                lambda _=False, number=number: self.decided.emit(number, self.texts[number].toPlainText().strip())
            )
            half.addWidget(self.titles[number])
            half.addWidget(text, 1)
            foot = row(None, 0, 0)
            foot.addStretch(1)
            foot.addWidget(button)
            half.addLayout(foot)
            halves.addLayout(half, 1)

    def show_decisions(self, before: tuple[str, str], after: tuple[str, str]) -> None:
        """Show (name, reason) of both variants; what is being typed stays."""
        for number, (name, reason) in enumerate((before, after)):
            other = self.titles[number].text() != name
            untouched = self.texts[number].toPlainText().strip() == self._kept[number]
            self.titles[number].setText(name)
            self.texts[number].setAccessibleName(say("Reason of {name}", name=name))
            self._kept[number] = reason
            if other or untouched:
                self.texts[number].setPlainText(reason)
            self._show_changed(number)

    def _show_changed(self, number: int) -> None:
        self.buttons[number].setEnabled(self.texts[number].toPlainText().strip() != self._kept[number])
