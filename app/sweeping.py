"""Full collections of garbage wait until the hand rests.

Over a large design or a long plan that is being printed, one stops every thread of the program for some tenths of a
second, in the middle of whatever the hand does. What is young is collected as always.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication

if TYPE_CHECKING:
    from app.main_window import MainWindow

REST_MS = 20_000
RARELY = 1_000
"""So many collections of the middle generation before a full one that does not wait; a hand that never rests."""


def sweep_rarely() -> None:
    """Leave full collections to `Sweeping`."""
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, RARELY)


class Sweeping(QObject):
    """Collects garbage when nothing has been done in a window for a while."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._timer = QTimer(self, singleShot=True, interval=REST_MS)
        self._timer.timeout.connect(self._sweep)
        session = window.session
        for signal in (
            session.project_changed,
            session.design_changed,
            session.evaluation_changed,
            session.selection_changed,
            session.view_changed,
            session.lens_changed,
            session.month_changed,
            window.canvas.camera_changed,
        ):
            signal.connect(lambda *_: self._timer.start())

    def _sweep(self) -> None:
        if QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton or not self._window.evaluator.is_idle:
            self._timer.start()
        else:
            gc.collect()
