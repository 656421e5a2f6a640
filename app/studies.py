"""Runs the short studies that frameworks wait for, in another process, as soon as the hand rests.

The drawing stays fluid meanwhile: nothing of a study runs on a thread of the window.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.words import say
from app.work import Work
from models.studies.worker import end_with_parent

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

    from models.evaluation import Evaluation

REST_MS = 400
MOST_KEPT = 16
"""Answers that are kept, so that undo and another variant find theirs again."""


class StudyRunner(QObject):
    """Keeps the newest results; asks for what is missing when the last evaluation is some tenths of a second old.

    `made_for` is the evaluation that the newest result answers.
    """

    arrived = Signal(object)
    """Results so far, the newest last."""
    failed = Signal(str, str)
    """(sentence, details for the log); no further study is begun."""
    _done = Signal(object)

    def __init__(self, parent: QObject | None = None, rest_ms: int = REST_MS) -> None:
        super().__init__(parent)
        self.results: tuple[object, ...] = ()
        self.made_for: Evaluation | None = None
        self._evaluation: Evaluation | None = None
        self._pool: ProcessPoolExecutor | None = None
        self._running: Future[object] | None = None
        self._asked: object = None
        self._answers: list[tuple[object, object]] = []
        self._generation = self._begun = 0
        self._ended = False
        self._rest = QTimer(self, singleShot=True, interval=rest_ms)
        self._rest.timeout.connect(self._begin)
        self._asking = Work(self)
        self._asking.done.connect(self._answer)
        self._asking.failed.connect(self.failed)
        self._done.connect(self._take, Qt.ConnectionType.QueuedConnection)

    @property
    def is_busy(self) -> bool:
        """Whether a study runs or is looked for."""
        return self._running is not None or self._asking.is_running

    def request(self, evaluation: Evaluation) -> None:
        """Ask for the studies of an evaluation; an older request that has not begun is forgotten."""
        self._evaluation = evaluation
        if not self._ended:
            self._rest.start()

    def forget(self) -> None:
        """Drop all results, because another design is shown."""
        self.results = ()
        self._evaluation = None
        self._generation += 1
        self._rest.stop()

    def show(self, results: tuple[object, ...]) -> None:
        """Begin another design with the results that are kept with it; what does not fit is asked for again."""
        self.forget()
        self.results = results

    def close(self) -> None:
        """End for good; a study that runs is left to end by itself."""
        self._ended = True
        self._rest.stop()
        self._asking.cancel()
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None

    def _begin(self) -> None:
        """Find out on a thread of the pool what is missing: in a large design that takes longer than a frame."""
        if self._running is not None or self._evaluation is None or self._ended or self._asking.is_running:
            return
        evaluation, results = self._evaluation, self.results
        self._asking.start(lambda _: (evaluation, results, _missing(evaluation, results)))

    def _answer(self, found: tuple[Evaluation, tuple[object, ...], tuple[Callable[[], object], ...]]) -> None:
        """Run the first study that is missing, unless another design or result has come meanwhile."""
        evaluation, results, questions = found
        if self._ended or self._running is not None:
            return
        if evaluation is not self._evaluation or results is not self.results:
            if self._evaluation is not None:
                self._rest.start()
            return
        self.made_for = evaluation
        for question in questions:
            known = next((answer for asked, answer in self._answers if asked == question), None)
            if known is None:
                self._run(question)
                return
            if not any(known is result for result in self.results):
                self._keep(known)
                return
            # It was asked and does not fit what it was asked for: asking again would not end.

    def _run(self, question: Callable[[], object]) -> None:
        if self._pool is None:
            from concurrent.futures import ProcessPoolExecutor
            from multiprocessing import get_context

            self._pool = ProcessPoolExecutor(1, get_context("spawn"), end_with_parent)
        self._asked, self._begun = question, self._generation
        self._running = self._pool.submit(question)
        self._running.add_done_callback(self._tell)

    def _keep(self, result: object) -> None:
        """Put a result in the place of the older one of its kind, and tell."""
        others = (each for each in self.results if _kind(each) != _kind(result))
        self.results = (*others, result)
        self.arrived.emit(self.results)

    def _tell(self, future: Future[object]) -> None:
        """Hand the result over to the thread of the window; runs on a thread of the pool."""
        if not self._ended and not future.cancelled():
            self._done.emit(future)

    def _take(self, future: Future[object]) -> None:
        self._running = None
        error = future.exception()
        if error is not None:
            self.close()
            details = "".join(traceback.format_exception(error))
            self.failed.emit(
                say("A study in the background failed; the panels show what they know without it."), details
            )
            return
        result = future.result()
        if result is None:
            return
        self._answers = [*self._answers, (self._asked, result)][-MOST_KEPT:]
        if self._begun == self._generation:
            self._keep(result)
        elif self._evaluation is not None:
            self._rest.start()


def _missing(evaluation: Evaluation, results: tuple[object, ...]) -> tuple[Callable[[], object], ...]:
    from models.frameworks import missing_studies

    return missing_studies(evaluation, results)


def _kind(result: object) -> tuple[type, object]:
    return type(result), getattr(result, "kind", "")
