"""One long job at a time off the GUI thread: a newer one or `cancel` drops the older one's result."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from app.courtesy import stepping_aside
from app.evaluator import Job
from models.interruption import Interrupted, interruptible

Cancelled = Callable[[], bool]


class Work(QObject):
    """Runs tasks that look now and then whether they were given up."""

    done = Signal(object)
    """What the task returned."""
    failed = Signal(str, str)
    """(sentence, details for the log)."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._job: Job | None = None
        self._given_up = threading.Event()

    @property
    def is_running(self) -> bool:
        """Whether a result is awaited."""
        return self._job is not None

    def start(self, task: Callable[[Cancelled], Any]) -> None:
        """Give up what runs and begin this task; `task(cancelled)` runs on a worker thread."""
        self.cancel()
        given_up = self._given_up = threading.Event()
        job = self._job = Job(lambda: _run(task, given_up.is_set))
        job.carrier.done.connect(self._on_done, Qt.ConnectionType.QueuedConnection)
        job.carrier.failed.connect(self._on_failed, Qt.ConnectionType.QueuedConnection)
        job.start()

    def cancel(self) -> None:
        """Give up what runs; its result will not be told."""
        self._given_up.set()
        self._job = None

    def _on_done(self, job: Job, result: Any) -> None:
        job.release()
        if job is self._job:
            self._job = None
            self.done.emit(result)

    def _on_failed(self, job: Job, sentence: str, details: str) -> None:
        job.release()
        if job is self._job:
            self._job = None
            self.failed.emit(sentence, details)


def _run(task: Callable[[Cancelled], Any], given_up: Cancelled) -> Any:
    """Run the task; what was given up ends early and has no result."""
    try:
        with interruptible(stepping_aside(given_up)):
            return task(given_up)
    except Interrupted:
        return None
