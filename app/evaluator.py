"""Evaluates designs off the GUI thread: requests coalesce, the newest wins, late results are dropped.

The carrier of a result belongs to its job and not to the window, so that a window closed while a job runs finds nothing
of its own touched.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, QTimer, Signal

from models.design.design import Design

if TYPE_CHECKING:
    from models.storage.project import Project

Task = Callable[[], Any]
LINGER_MS = 500


class _Carrier(QObject):
    done = Signal(object, object)
    failed = Signal(object, str, str)


class Job(QRunnable):
    """One task on the pool; keeps itself alive until it has run."""

    _running: set[Job] = set()  # noqa: RUF012 - shared on purpose: jobs outlive whoever started them

    def __init__(self, task: Task) -> None:
        super().__init__()
        self.setAutoDelete(False)
        self.carrier = _Carrier()
        self._task = task

    def start(self) -> None:
        """Queue the job."""
        Job._running.add(self)
        QThreadPool.globalInstance().start(self)

    def run(self) -> None:  # Qt
        try:
            result = self._task()
        except Exception as error:  # the pool would swallow it; it is shown and logged by the receiver
            self.carrier.failed.emit(self, f"{type(error).__name__}: {error}", traceback.format_exc())
        else:
            self.carrier.done.emit(self, result)

    def release(self) -> None:
        """Let the job go; called on the GUI thread when its result has arrived.

        A moment later, so that the worker has left the job and its last reference dies on the GUI thread.
        """
        QTimer.singleShot(LINGER_MS, partial(Job._running.discard, self))


class Request(NamedTuple):
    """What to evaluate."""

    design: Design
    month: int
    project: Project | None = None
    studies: tuple[object, ...] = ()


class Outcome(NamedTuple):
    """An evaluation with what the frameworks say about it."""

    evaluation: Any
    assessments: tuple[Any, ...]


def evaluate_design(request: Request, previous: Any) -> Any:
    """Evaluate with the price list the design is pinned to; runs on the worker thread."""
    from models.catalog.catalog import load_catalog
    from models.evaluation import evaluate
    from models.plans import catalog_of

    catalog = load_catalog() if request.project is None else catalog_of(request.project, request.design)[0]
    return evaluate(request.design, catalog, month=request.month, previous=previous)


def evaluate_request(request: Request, previous: Any) -> Outcome:
    """Evaluate and assess; runs on the worker thread and imports what the first paint must not wait for."""
    from models.frameworks import assess_all

    evaluation = evaluate_design(request, previous)
    return Outcome(evaluation, assess_all(evaluation, request.studies))


class Evaluator(QObject):
    """Runs one evaluation at a time; while one runs, only the newest request waits."""

    arrived = Signal(object)
    """Outcome of the newest request."""
    failed = Signal(str, str)
    """(sentence, details for the log)."""

    def __init__(
        self, work: Callable[[Request, Any], Outcome] = evaluate_request, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._work = work
        self._generation = 0
        self._waiting: Request | None = None
        self._running: int | None = None
        self._previous: Any = None

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs or waits."""
        return self._running is None and self._waiting is None

    def request(self, request: Request) -> None:
        """Ask for an evaluation; an older request that has not begun is forgotten."""
        self._generation += 1
        self._waiting = request
        if self._running is None:
            self._begin()

    def forget(self) -> None:
        """Drop what runs and waits, because another design is shown."""
        self._generation += 1
        self._waiting = None
        self._previous = None

    def _begin(self) -> None:
        request, self._waiting = self._waiting, None
        if request is None:
            return
        self._running = self._generation
        previous = self._previous
        job = Job(lambda: self._work(request, previous))
        job.carrier.done.connect(self._on_done, Qt.ConnectionType.QueuedConnection)
        job.carrier.failed.connect(self._on_failed, Qt.ConnectionType.QueuedConnection)
        job.start()

    def _on_done(self, job: Job, outcome: Outcome) -> None:
        job.release()
        newest = self._running == self._generation
        self._running = None
        self._previous = outcome.evaluation
        if newest:
            self.arrived.emit(outcome)
        self._begin()

    def _on_failed(self, job: Job, sentence: str, details: str) -> None:
        job.release()
        newest = self._running == self._generation
        self._running = None
        self._previous = None
        if newest:
            self.failed.emit(sentence, details)
        self._begin()
