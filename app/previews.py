"""Small drawings for the start page: of templates and of recent projects, made one at a time between paints."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QSize, Qt, QTimer
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel, QWidget

from app.words import say
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
        target, key, read = self._waiting.pop(0)
        if shiboken6.isValid(target):
            self._paint(target, (key, self._theme.id), read, self._theme)
        if self._waiting:
            self._timer.start()

    def _paint(self, target: QLabel, key: tuple[object, str], read: Callable[[], Design], theme: Theme) -> None:
        from app.picture_view import thumbnail
        from models.picture import build

        if key not in self._known:
            try:
                picture = build(read(), "services")
            except (StorageError, DesignError, OSError) as error:
                log.warning("No preview: %s", error)
                target.setText(say("This file cannot be read."))
                return
            if not len(picture.nodes):
                target.setText(say("Nothing is drawn yet."))
                return
            self._known[key] = QPixmap.fromImage(thumbnail(picture, theme, SIZE, target.devicePixelRatioF()))
        target.setPixmap(self._known[key])
