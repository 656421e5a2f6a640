"""Pictures of large drawings are made off the GUI thread: first with straight flows, then as they stay.

What was drawn before is kept for a while and brought up to date by what was changed since, so that going back and forth
between views and variants draws nothing anew and what is the same in two variants stays where it is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from app.canvas.trail import Trail
from app.courtesy import stepping_aside
from app.evaluator import Job
from models.design.delta import Delta
from models.design.design import Design
from models.interruption import Interrupted, interruptible
from models.picture import LensValues, Picture, blank, build, drafts, is_rough

SMALL = 200
"""A design of so many elements (nodes, flows, boundaries, places) is drawn at once."""
KEPT = 4
FEW_CHANGES = 400
"""A kept picture that differs in more elements is not worth bringing up to date."""
LATER_MS = 30


class Drafting(QObject):
    """Hands out pictures; those that take long arrive later, with everything that was changed meanwhile."""

    arrived = Signal(object)
    """Picture to show from now on; a gesture under way is ended first. The last one is whole."""
    failed = Signal(str, str)
    """(sentence, details for the log)."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._given_up = threading.Event()
        self._job: Job | None = None
        self._to_come = 0
        self._missed = Delta()
        self._now = Design()
        self._is_blank = False
        self._held: Picture | None = None
        self._later = QTimer(self, singleShot=True, interval=LATER_MS)
        self._later.timeout.connect(self._hand_over)
        self._kept: list[Picture] = []
        self._trail = Trail()
        self._is_new = True

    @property
    def is_running(self) -> bool:
        """Whether the picture as it stays is still to come."""
        return self._to_come > 0 or self._held is not None

    def forget(self) -> None:
        """Another project is shown: nothing that was drawn is of use."""
        self._give_up()
        self._trail.clear()
        self._kept, self._is_new = [], True

    def picture_of(self, design: Design, view: str, values: LensValues | None, shown: Picture) -> Picture:
        """Return what to show of a design at once: the picture, or a blank one while it is drawn.

        Args:
            shown: what was shown until now.
        """
        if not (self.is_running or self._is_new or self._is_blank):
            self._keep(shown)
        self._give_up()
        self._trail.clear()
        self._is_new = False
        if len(design.elements) <= SMALL:
            return self._refined(build(design, view, values, at_once=True))
        kept = self._kept_like(design, view)
        if kept is not None:
            return self._refined(kept[1].with_lens(values), kept[0])
        self._start(design, view, values)
        return blank(design, view)

    def edited(self, picture: Picture, delta: Delta, design: Design) -> Picture:
        """Return the picture after an edit; a draft that is still to come will show it too."""
        if self._is_blank and not self.is_running:  # it failed; perhaps it does not any more
            self._start(design, picture.view, picture.lens_values)
            return blank(design, picture.view)
        if self.is_running:
            self._trail.clear()
            self._missed, self._now = self._missed.then(delta), design
            if self._is_blank:
                return blank(design, picture.view)
        elif (found := self._trail.follow(picture, delta, design)) is not None:
            return found
        return self._refined(picture.patched(delta, design), picture)

    def _refined(self, picture: Picture, before: Picture | None = None) -> Picture:
        """Return the picture; if many of its flows had to be drawn at once, they are untangled on the worker."""
        if is_rough(picture, before):
            self._give_up()
            self._begin(picture.design, 1, lambda: iter((build(picture.design, picture.view, picture.lens_values),)))
        return picture

    def _keep(self, picture: Picture) -> None:
        if len(picture.design.elements) > SMALL:
            self._kept = [picture, *(kept for kept in self._kept if kept is not picture)][:KEPT]

    def _kept_like(self, design: Design, view: str) -> tuple[Picture, Picture] | None:
        """Return a kept picture and it brought up to date, if there is one of this view that differs little."""
        there = [
            (kept, Delta.between(kept.design.elements, design.elements)) for kept in self._kept if kept.view == view
        ]
        kept, delta = min(there, key=lambda pair: len(pair[1]), default=(None, Delta()))
        if kept is None or len(delta) > FEW_CHANGES:
            return None
        return kept, kept.patched(delta, design)

    def _start(self, design: Design, view: str, values: LensValues | None) -> None:
        self._begin(design, 2, lambda: drafts(design, view, values))
        self._is_blank = True

    def _begin(self, design: Design, count: int, draw: Callable[[], Iterator[Picture]]) -> None:
        """Have `count` pictures of a design drawn on a worker."""
        given_up = self._given_up = threading.Event()
        self._missed, self._now, self._is_blank, self._to_come = Delta(), design, False, count
        job = self._job = Job(lambda: _draw(draw, tell, given_up))
        parts = job.carrier.part

        def tell(picture: Picture) -> None:
            parts.emit(given_up, picture)

        parts.connect(self._take, Qt.ConnectionType.QueuedConnection)
        job.carrier.done.connect(self._on_done, Qt.ConnectionType.QueuedConnection)
        job.carrier.failed.connect(self._on_failed, Qt.ConnectionType.QueuedConnection)
        job.start()

    def _give_up(self) -> None:
        self._given_up.set()
        self._later.stop()
        self._held, self._to_come = None, 0
        self._is_blank = False

    def _take(self, meant: threading.Event, picture: Picture) -> None:
        if meant is self._given_up and not meant.is_set():
            self._held, self._to_come = picture, self._to_come - 1
            self._hand_over()

    def _hand_over(self) -> None:
        if QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton:
            self._later.start()
            return
        picture, self._held, self._is_blank = self._held, None, False
        if picture is not None:
            up_to_date = picture.design is self._now
            self.arrived.emit(picture if up_to_date else picture.patched(self._missed, self._now))

    def _on_done(self, job: Job, _: object) -> None:
        job.release()

    def _on_failed(self, job: Job, sentence: str, details: str) -> None:
        job.release()
        if job is self._job and not self._given_up.is_set():
            was_blank = self._is_blank
            self._give_up()
            self._is_blank = was_blank
            self.failed.emit(sentence, details)


def _draw(draw: Callable[[], Iterator[Picture]], tell: Callable[[Picture], None], given_up: threading.Event) -> None:
    """Tell the pictures one after the other; what was given up ends early."""
    try:
        with interruptible(stepping_aside(given_up.is_set)):
            for picture in draw():
                tell(picture)
    except Interrupted:
        return
