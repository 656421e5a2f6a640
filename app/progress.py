"""A long job with a box that shows it runs and lets it be canceled; the drawing stays alive behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QProgressDialog, QWidget

from app.dialogs import report_fault
from app.words import say
from app.work import Cancelled, Work

SHOW_AFTER_MS = 400


class ProgressBox(QProgressDialog):
    """Shown only if the job takes longer than a moment; `work.done` tells the result."""

    def __init__(self, parent: QWidget, title: str, text: str) -> None:
        super().__init__(text, say("Cancel"), 0, 0, parent)
        self.setWindowTitle(title)
        self.setWindowModality(Qt.WindowModality.NonModal)
        self.setMinimumDuration(SHOW_AFTER_MS)
        self.setAutoReset(False)
        self.setAutoClose(False)
        self.work = Work(self)
        self.work.done.connect(self._end)
        self.work.failed.connect(self._on_failed)
        self.canceled.connect(self.give_up)

    def start(self, task: Callable[[Cancelled], Any]) -> None:
        """Run the task on a worker thread."""
        self.setValue(0)
        self.work.start(task)

    def give_up(self) -> None:
        """Call the job off and close."""
        self.work.cancel()
        self._end()

    def _on_failed(self, sentence: str, details: str) -> None:
        report_fault(
            self.parentWidget(), say("{windowTitle} did not work", windowTitle=self.windowTitle()), sentence, details
        )
        self._end()

    def _end(self, *_: object) -> None:
        self.canceled.disconnect(self.give_up)
        self.close()
        self.deleteLater()
