"""A program that is ended by a signal (Ctrl+C in its terminal, the end of the user's session) ends without a question.

What is in no file yet stands in the recovery copies and is restored at the next start. Without this, Ctrl+C would raise
in the middle of whatever runs, and a terminated program would leave the process of its studies to be swept up.
"""

from __future__ import annotations

import signal
import socket
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QSocketNotifier

if TYPE_CHECKING:
    from app.desk import Desk
    from app.main_window import MainWindow

ENDS = (signal.SIGINT, signal.SIGTERM)
BY_SIGNAL = 128
"""A program that a signal ended returns its number above this one."""


def give_up(window: MainWindow) -> None:
    """Stop what a window computes and reads aside."""
    window.opening.cancel()
    window.surface.give_up()
    window.evaluator.forget()
    window.studies.close()


class Ending:
    """Listens to signals while it lives. Python only tells them between its own steps, so that a socket wakes Qt."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._read, self._write = socket.socketpair()
        for end in (self._read, self._write):
            end.setblocking(False)
        signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)
        for number in ENDS:
            signal.signal(number, lambda *_: None)
        self._notifier = QSocketNotifier(self._read.fileno(), QSocketNotifier.Type.Read)
        self._notifier.activated.connect(self._on_signal)

    def _on_signal(self) -> None:
        told = [number for number in self._read.recv(64) if number in ENDS]
        if told:
            for window in self._desk.windows:
                give_up(window)
            QCoreApplication.exit(BY_SIGNAL + told[0])

    def stop(self) -> None:
        """Leave signals to Python again."""
        signal.set_wakeup_fd(-1)
        for number in ENDS:
            signal.signal(number, signal.SIG_DFL)
        self._notifier.setEnabled(False)
        self._read.close()
        self._write.close()
