"""The history: every step by its plain name; a click goes back or forth to it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from app.panels.widgets import column, label
from app.session import Session
from app.words import say


class HistoryPanel(QWidget):
    """Steps done, newest first, and above them the steps that were taken back."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.list = QListWidget()
        self.list.setAccessibleName(say("History"))
        self.list.itemActivated.connect(self._go)
        self.list.itemClicked.connect(self._go)
        self._empty = label(
            say("Nothing has been changed yet. Every step will be listed here and can be undone."), "muted"
        )
        self._empty.setWordWrap(True)
        layout = column(self, 12, 8)
        layout.addWidget(self._empty)
        layout.addWidget(self.list, 1)
        session.design_changed.connect(self.refresh)
        session.variant_changed.connect(self.refresh)

    def showEvent(self, event: QShowEvent) -> None:
        """Be up to date when looked at."""
        self.refresh()

    def refresh(self, *_: object) -> None:
        """List the steps anew, if they are looked at."""
        if not self.isVisible():
            return
        history = self._session.document.history
        self._empty.setVisible(not history.undo and not history.redo)
        self.list.clear()
        for distance, step in reversed(list(enumerate(reversed(history.redo), 1))):
            item = QListWidgetItem(step.label)
            item.setData(Qt.ItemDataRole.UserRole, distance)
            item.setForeground(self.palette().placeholderText())
            item.setToolTip(say("Taken back. Click to do it again."))
            self.list.addItem(item)
        for distance, step in enumerate(reversed(history.undo)):
            item = QListWidgetItem(step.label)
            item.setData(Qt.ItemDataRole.UserRole, -distance)
            item.setToolTip(say("Click to go back to the state after this step."))
            self.list.addItem(item)
            if not distance:
                self.list.setCurrentItem(item)

    def _go(self, item: QListWidgetItem) -> None:
        distance = int(item.data(Qt.ItemDataRole.UserRole))
        for _ in range(distance):
            self._session.redo()
        for _ in range(-distance):
            self._session.undo()
