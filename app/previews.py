"""Small drawings for the start page: of templates and of recent projects, made one at a time between paints."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QSize, Qt, QTimer
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QLabel, QWidget

from app.words import say
from app.work import Work
from models.design.design import Design, read_design
from models.design.elements import DesignError
from models.storage.errors import StorageError
from models.themes import Theme

SIZE = QSize(296, 132)
log = logging.getLogger("groundplan")


def recent_design(path: Path) -> Design:
    """Return the design that stands for a project: its first variant.

    Raises:
        StorageError, DesignError, OSError: it cannot be read.
    """
    if path.suffix == ".json":
        return read_design(path)
    from models.storage.project import Project

    with Project.open(path, read_only=True) as project:
        return project.design(project.variants()[0].id)


class Previews(QObject):
    """A queue of small drawings; each is painted once per theme and state of its source."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._known: dict[tuple[object, str], QPixmap] = {}
        self._waiting: list[tuple[QLabel, object, Callable[[], Design]]] = []
        self._theme: Theme | None = None
        self._now: tuple[QLabel, tuple[object, str]] | None = None
        self._work = Work(self)
        self._work.done.connect(self._show)
        self._work.failed.connect(self._on_failed)
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._next)

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme from now on."""
        self._theme = theme

    def label(self, key: object, read: Callable[[], Design]) -> QLabel:
        """Return a label that will show the design; `key` says when two drawings are the same."""
        found = QLabel()
        found.setFixedHeight(SIZE.height())
        found.setAlignment(Qt.AlignmentFlag.AlignCenter)
        found.setProperty("role", "muted")
        found.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._waiting.append((found, key, read))
        self._timer.start()
        return found

    def resume(self) -> None:
        """Go on with what is still to be painted; called when the labels are looked at."""
        if self._waiting:
            self._timer.start()

    def _is_seen(self) -> bool:
        """Whether the page of the labels is shown; while one draws, no preview takes a moment from it."""
        page = self.parent()
        return not isinstance(page, QWidget) or page.isVisible()

    def _next(self) -> None:
        import shiboken6

        if not self._waiting or self._theme is None or not self._is_seen():
            return
        if self._work.is_running:
            return
        target, key, read = self._waiting.pop(0)
        known = self._known.get((key, self._theme.id))
        if shiboken6.isValid(target) and known is None:
            theme, ratio = self._theme, target.devicePixelRatioF()
            self._now = (target, (key, theme.id))
            self._work.start(lambda _: _drawing_of(read, theme, ratio))
            return
        if shiboken6.isValid(target) and known is not None:
            target.setPixmap(known)
        if self._waiting:
            self._timer.start()

    def _show(self, image: QImage | None) -> None:
        """Show what was read, laid out and painted on another thread."""
        import shiboken6

        assert self._now is not None
        target, key = self._now
        self._timer.start()
        if not shiboken6.isValid(target):
            return
        if image is None:
            target.setText(say("This file cannot be read."))
        elif image.isNull():
            target.setText(say("Nothing is drawn yet."))
        else:
            self._known[key] = QPixmap.fromImage(image)
            target.setPixmap(self._known[key])

    def _on_failed(self, sentence: str, details: str) -> None:
        log.warning("No preview: %s\n%s", sentence, details)
        self._show(None)


def _drawing_of(read: Callable[[], Design], theme: Theme, ratio: float) -> QImage | None:
    """Return a small drawing of a design, a null image of an empty one, None if it cannot be read.

    Runs on a worker thread.
    """
    from app.picture_view import thumbnail
    from models.picture import build

    try:
        picture = build(read(), "services")
    except (StorageError, DesignError, OSError) as error:
        log.warning("No preview: %s", error)
        return None
    return thumbnail(picture, theme, SIZE, ratio) if len(picture.nodes) else QImage()
