"""Opening files: small ones at once, large ones read off the GUI thread while the window stays usable.

The other variants of a project are read when the first one is shown, so that going to them does not wait either.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app import dialogs
from app.progress import ProgressBox
from app.session import BASELINE_PROPERTY
from app.words import in_words, say
from app.work import Cancelled, Work
from models.design.design import Design, read_design
from models.design.elements import DesignError
from models.interruption import go_on
from models.storage.errors import StorageError

if TYPE_CHECKING:
    from app.main_window import MainWindow
    from models.storage.project import Project

TEMPLATE_PREFIX = "template:"
LARGE_BYTES = 600_000
"""A file of this size takes more than a moment to read."""
PROBLEMS = (StorageError, DesignError, OSError, ValueError)


class _Kept:
    """An open project on its way to the window; if it never arrives there, it is closed and its lock given back."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._close = weakref.finalize(self, project.close)

    def take(self) -> Project:
        self._close.detach()
        return self._project


Read = Design | _Kept


class Opening(QObject):
    """Opens files in one window, one at a time."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._box: ProgressBox | None = None
        self._ahead = Work(self)
        self.path: Path | None = None
        """What is being read, None when nothing is."""
        window.session.project_changed.connect(self._ahead.cancel)

    def open_source(self, source: str) -> None:
        """Open a file, or a template named `template:ID`, at the variant after a `#` if there is one."""
        name, _, variant = source.partition("#")
        if name.startswith(TEMPLATE_PREFIX):
            self.open_template(name.removeprefix(TEMPLATE_PREFIX))
            self._show_variant(say(variant))
        else:
            self.open(Path(name), variant)

    def open_template(self, identifier: str) -> None:
        """Open a template as an unsaved project."""
        from models.templates import template

        try:
            found = template(identifier)
        except KeyError:
            words = say("There is no template of this name; the start page shows those there are.")
            dialogs.tell(self._window, say("“{name}” was not opened", name=identifier), words)
            return
        self.cancel()
        self._window.session.open_template(found)

    def open(self, path: Path, variant: str = "") -> None:
        """Open a project file or a design in text form at a variant; one that cannot be opened is explained."""
        self.cancel()
        if not _is_large(path):
            self._show(path, variant, _read(path))
            return
        self.path = path
        self._box = ProgressBox(self._window, say("Open"), say("Reading {name} …", name=path.name))
        self._box.work.done.connect(lambda found: self._arrive(path, variant, found))
        self._box.canceled.connect(self._end)
        self._box.work.failed.connect(self._end)
        self._box.start(lambda _: _read(path))

    def cancel(self) -> None:
        """Give up what is being read."""
        self._ahead.cancel()
        if self._box is not None:
            self._box.give_up()
        self._end()

    def _end(self, *_: object) -> None:
        self._box = self.path = None

    def _arrive(self, path: Path, variant: str, found: Read | Exception) -> None:
        self._end()
        self._show(path, variant, found)

    def _show(self, path: Path, variant: str, found: Read | Exception) -> None:
        window = self._window
        session = window.session
        try:
            if isinstance(found, Exception):
                raise found
            if isinstance(found, Design):
                session.open_designs(path.stem, [(say("Plan"), found)])
            else:
                self._show_project(path, found.take())
        except PROBLEMS as error:
            dialogs.tell(window, say("“{name}” was not opened", name=path.name), in_words(error))
            return
        window.start_page.remember(path)
        self._show_variant(variant)

    def _show_variant(self, name: str) -> None:
        """Show the first variant of this name, if there is one."""
        session = self._window.session
        wanted = next((variant.id for variant in session.variants if variant.name == name), "")
        if wanted:
            session.show_variant(wanted)

    def _show_project(self, path: Path, project: Project) -> None:
        session = self._window.session
        try:
            session.open_project(project)
        except StorageError:
            project.close()
            raise
        if project.notice:
            title = say("“{name}” is open for reading only", name=path.name)
            dialogs.tell(self._window, title, in_words(project.notice))
        if _is_large(path):
            self._ahead.start(_reader_of(project, [variant.id for variant in session.variants]))


def _is_large(path: Path) -> bool:
    try:
        return path.stat().st_size > LARGE_BYTES
    except (OSError, ValueError):
        return False


def _read(path: Path) -> Read | Exception:
    """Return what the file holds, ready to be shown, or the error that says why it cannot be; runs on any thread."""
    try:
        return read_design(path) if path.suffix == ".json" else _project(path)
    except PROBLEMS as error:
        return error


def _project(path: Path) -> _Kept:
    from models.storage.project import Project

    project = Project.open(path)
    try:
        variants = [variant.id for variant in project.variants()]
        baseline = project.shelf.property(BASELINE_PROPERTY)
        for identifier in {variants[0], baseline if baseline in variants else variants[0]}:
            project.document(str(identifier))
    except BaseException:
        project.close()
        raise
    return _Kept(project)


def _reader_of(project: Project, variants: list[str]) -> Callable[[Cancelled], None]:
    """Return the task that reads variants before they are asked for; damage is told when they are."""

    def read(_: Cancelled) -> None:
        for identifier in variants:
            go_on()
            try:
                project.document(identifier)
            except StorageError:
                continue

    return read
