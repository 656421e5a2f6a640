"""Unsaved designs survive a crash: each is mirrored, commit by commit, in a project file of the data folder.

A saved project needs no mirror, because each of its commits is in its file before it takes effect.
"""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import platformdirs
from PySide6.QtCore import QObject, Signal

from app.session import Session
from app.words import in_words, say
from exports.whole import PARTIAL, remove_left_over
from models.design.delta import Delta
from models.design.design import Design
from models.design.elements import DesignError
from models.design.ids import random_ids
from models.storage.errors import StorageError

if TYPE_CHECKING:
    from models.storage.project import Project

log = logging.getLogger("groundplan")
JOURNAL = "-journal"


class Restored(NamedTuple):
    """What a mirror held: title, (variant name, design) pairs and when it was last written."""

    path: Path
    title: str
    designs: tuple[tuple[str, Design], ...]
    written: datetime

    def sentence(self) -> str:
        """Return what was restored, for the user."""
        count = len(self.designs)
        variants = say("{count} variants", count=count) if count > 1 else say("its one variant")
        at = self.written.strftime("%Y-%m-%d at %H:%M")
        return say(
            "“{title}” was not saved when the program ended. It was restored with {variants}, as of {at}. "
            "It is in no file of yours yet: save it as a project to keep it.",
            title=self.title,
            variants=variants,
            at=at,
        )


def recovery_folder() -> Path:
    """Return the folder of the mirrors."""
    return Path(platformdirs.user_data_dir("groundplan", appauthor=False)) / "recovery"


class Mirror(QObject):
    """Keeps the mirror of one session; it appears with the first edit and goes when the design is saved or closed."""

    failed = Signal(str)
    """A sentence: why the last edit is not in the mirror; told once until one is kept again."""

    def __init__(self, session: Session, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._has_failed = False
        self._session, self._folder = session, folder
        self._project: Project | None = None
        self._names: tuple[str, ...] = ()
        self._mirrored: dict[str, str] = {}
        self._kept: dict[str, Design] = {}
        session.design_changed.connect(lambda *_: self.bring_up_to_date())
        session.variants_changed.connect(self._on_variants)
        session.project_changed.connect(self.discard)

    @property
    def path(self) -> Path | None:
        """Where the mirror is, or None while there is none."""
        return None if self._project is None else self._project.path

    def bring_up_to_date(self) -> None:
        """Write what was changed since the last time, in any variant; begin anew when variants came, went or changed
        their names, and give the former mirror up only when the new one is whole."""
        session = self._session
        if session.is_saved or not session.is_open or (self._project is None and not session.has_edits):
            return
        try:
            if self._project is None or self._names != tuple(variant.name for variant in session.variants):
                self._begin()
            assert self._project is not None
            for variant in session.variants:
                design = session.design_of(variant.id)
                if design is self._kept.get(variant.id):
                    continue
                document = self._project.document(self._mirrored[variant.id])
                document.commit(Delta.between(document.design.elements, design.elements), say("Kept for recovery"))
                self._kept[variant.id] = design
        except (StorageError, DesignError, OSError) as error:
            log.warning("The unsaved design could not be mirrored: %s", error)
            if not self._has_failed:
                self._has_failed = True
                self.failed.emit(in_words(error))
        else:
            self._has_failed = False

    def _begin(self) -> None:
        from models.storage.project import SUFFIX, Project

        session = self._session
        self._folder.mkdir(parents=True, exist_ok=True)
        designs = [(variant.name, session.design_of(variant.id)) for variant in session.variants]
        project = Project.create(self._folder / f"{random_ids()}{SUFFIX}", session.title, designs)
        self.discard()
        self._project = project
        self._names = tuple(name for name, _ in designs)
        kept = project.variants()
        self._mirrored = {variant.id: info.id for variant, info in zip(session.variants, kept, strict=True)}
        self._kept = {variant.id: design for variant, (_, design) in zip(session.variants, designs, strict=True)}

    def _on_variants(self) -> None:
        """Nothing is needed once the design is saved."""
        if self._session.is_saved:
            self.discard()
        elif self._project is not None:
            self.bring_up_to_date()

    def discard(self) -> None:
        """Remove the mirror."""
        if self._project is None:
            return
        path = self._project.path
        self._project.close()
        self._project, self._names, self._mirrored, self._kept = None, (), {}, {}
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("The mirror %s cannot be removed: %s", path, error)


class Recovered(NamedTuple):
    """What the mirrors of programs that no longer run held, oldest first, and damaged ones that were set aside."""

    works: tuple[Restored, ...] = ()
    damaged: tuple[Path, ...] = ()


def restore(folder: Path) -> Recovered:
    """Return the work that programs which are no longer running left; what cannot be read is set aside, not deleted."""
    from models.storage.project import SUFFIX

    works, damaged = [], []
    for left in (*folder.glob(f".*{PARTIAL}*"), *_journals_alone(folder)):
        remove_left_over(left)
    for path in sorted(folder.glob(f"*{SUFFIX}"), key=_written):
        try:
            work = _read(path)
        except (StorageError, DesignError) as error:
            log.warning("The mirror %s cannot be read: %s", path, error)
            aside = path.with_suffix(".damaged")
            try:
                path.replace(aside)
            except OSError as refused:
                log.warning("It cannot be set aside: %s", refused)
                aside = path
            damaged.append(aside)
            continue
        if work is not None:
            works.append(work)
    return Recovered(tuple(works), tuple(damaged))


def _journals_alone(folder: Path) -> list[Path]:
    """Return journals of mirrors that are gone."""
    journals = folder.glob(f"*{JOURNAL}")
    return [path for path in journals if not path.with_name(path.name.removesuffix(JOURNAL)).exists()]


def _read(path: Path) -> Restored | None:
    """Return what a mirror holds; None while the program that writes it still runs."""
    from models.storage.project import Project

    written = datetime.fromtimestamp(_written(path))
    with Project.open(path) as project:
        if project.read_only:
            return None
        designs = tuple((info.name, project.design(info.id)) for info in project.variants())
        return Restored(path, project.title, designs, written)


def _written(path: Path) -> float:
    """Return when a file was last written; 0 if another program has just removed it."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
