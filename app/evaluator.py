"""Evaluates designs off the GUI thread: requests coalesce, the newest wins, late results are dropped.

The carrier of a result belongs to its job and not to the window, so that a window closed while a job runs finds nothing
of its own touched.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, QTimer, Signal

from app.courtesy import answering
from app.words import in_words
from models.design.design import Design
from models.design.elements import DesignError
from models.storage.errors import StorageError

if TYPE_CHECKING:
    from models.report import Assessment
    from models.storage.project import Project

Task = Callable[[], Any]
Tell = Callable[[Any], bool]
"""Hands a part of the answer on before the rest is there; returns whether the rest is still wanted."""
Work = Callable[["Request", Any, Tell], "Outcome"]
LINGER_MS = 500
LONGEST_SHOWING_S = 0.25
"""So long a worker stands back while a part it told is shown; both want the interpreter."""


class _Carrier(QObject):
    part = Signal(object, object)
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
            known = isinstance(error, StorageError | DesignError)
            sentence = in_words(error) if known else f"{type(error).__name__}: {error}"
            self.carrier.failed.emit(self, sentence, traceback.format_exc())
        else:
            self.carrier.done.emit(self, result)

    def release(self) -> None:
        """Let the job go; called on the GUI thread when its result has arrived.

        A moment later, so that the worker has left the job and its last reference dies on the GUI thread.
        """
        QTimer.singleShot(LINGER_MS, partial(Job._running.discard, self))


class Request(NamedTuple):
    """What to evaluate.

    Attributes:
        framework: the one that is looked at, whose assessment comes first and whole.
        in_sight: so many of its blocks are in sight, and come before the rest of them.
        lens: what the drawing is colored by, read before the drawing asks for it.
    """

    design: Design
    month: int
    project: Project | None = None
    studies: tuple[object, ...] = ()
    framework: str = ""
    lens: str = ""
    in_sight: int = 1


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


def evaluate_request(request: Request, previous: Any, tell: Tell) -> Outcome:
    """Evaluate, then assess; runs on the worker thread and imports what the first paint must not wait for.

    The evaluation is told at once, then the assessment that is looked at as far as it is in sight, then all of it, so
    that what is in sight never waits for what is not. It stops when a newer request makes the rest worthless. Texts
    are made in the currency of the design, whichever window is in front.
    """
    from models.formatting import money_of

    with money_of(request.design.brief):
        return _evaluated(request, previous, tell)


def _evaluated(request: Request, previous: Any, tell: Tell) -> Outcome:
    from models.frameworks import assess_each
    from models.lenses import read_lens

    evaluation = evaluate_design(request, previous)
    evaluation.scoreboard()
    if request.lens:
        read_lens(request.lens, evaluation)
    assessments: dict[str, Any] = {}
    if not tell(evaluation):
        return Outcome(evaluation, ())
    for assessment in assess_each(evaluation, request.studies, request.framework):
        assessments[assessment.framework] = assessment
        if assessment.framework == request.framework and not _shown_first(assessment, request.in_sight, tell):
            break
    return Outcome(evaluation, in_order(assessments))


def _shown_first(assessment: Assessment, in_sight: int, tell: Tell) -> bool:
    """Tell what is in sight of an assessment, then all of it; returns whether the rest is still wanted."""
    assessment.build(in_sight)
    wanted = tell(assessment)
    if wanted and not assessment.is_built:
        assessment.build()
        wanted = tell(assessment)
    return wanted


def in_order(assessments: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the assessments in the order of the frameworks."""
    from models.frameworks import FRAMEWORKS

    return tuple(assessments[framework.ID] for framework in FRAMEWORKS if framework.ID in assessments)


def _answered(work: Work, request: Request, previous: Any, tell: Tell) -> Outcome:
    with answering():
        return work(request, previous, tell)


class Evaluator(QObject):
    """Runs one evaluation at a time; while one runs, only the newest request waits."""

    part_arrived = Signal(object)
    """Evaluation or Assessment of a request that is still being worked on."""
    arrived = Signal(object)
    """Outcome of the newest request."""
    failed = Signal(str, str)
    """(sentence, details for the log)."""

    def __init__(self, work: Work = evaluate_request, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work
        self._generation = self._epoch = 0
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
        self._epoch += 1
        self._waiting = None
        self._previous = None

    def _begin(self) -> None:
        request, self._waiting = self._waiting, None
        if request is None:
            return
        self._running = generation = self._generation
        previous, epoch = self._previous, self._epoch
        job = Job(lambda: _answered(self._work, request, previous, tell))
        parts = job.carrier.part

        def tell(part: Any) -> bool:
            shown = threading.Event()
            parts.emit((epoch, shown), part)
            if generation == self._generation:
                shown.wait(LONGEST_SHOWING_S)
            return generation == self._generation

        parts.connect(self._on_part, Qt.ConnectionType.QueuedConnection)
        job.carrier.done.connect(self._on_done, Qt.ConnectionType.QueuedConnection)
        job.carrier.failed.connect(self._on_failed, Qt.ConnectionType.QueuedConnection)
        job.start()

    def _on_part(self, meant: tuple[int, threading.Event], part: Any) -> None:
        epoch, shown = meant
        if epoch == self._epoch:
            self.part_arrived.emit(part)
        QTimer.singleShot(0, shown.set)  # once it is painted

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
