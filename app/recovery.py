"""Unsaved designs survive a crash: each is mirrored, commit by commit, in a working copy in the data folder.

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
    from models.storage.working_copy import WorkingCopy

log = logging.getLogger("groundplan")


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
        at = say("{day} at {time}", day=f"{self.written:%Y-%m-%d}", time=f"{self.written:%H:%M}")
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
        self._copy: WorkingCopy | None = None
        self._variants: tuple[tuple[str, str], ...] = ()
        self._kept: dict[str, Design] = {}
        session.design_changed.connect(lambda *_: self.bring_up_to_date())
        session.variants_changed.connect(self._on_variants)
        session.project_changed.connect(self.discard)

    @property
    def path(self) -> Path | None:
        """Where the mirror is, or None while there is none."""
        return None if self._copy is None else self._copy.path

    def bring_up_to_date(self) -> None:
        """Write what was changed since the last time, in any variant; begin anew when variants came, went or changed
        their names, and give the former mirror up only when the new one is whole."""
        session = self._session
        if session.is_saved or not session.is_open or (self._copy is None and not session.has_edits):
            return
        try:
            if self._copy is None or self._variants != _listed(session):
                self._begin()
            assert self._copy is not None
            for number, variant in enumerate(session.variants):
                design = session.design_of(variant.id)
                kept = self._kept[variant.id]
                if design is not kept:
                    self._copy.append(number, Delta.between(kept.elements, design.elements))
                    self._kept[variant.id] = design
        except (StorageError, DesignError, OSError) as error:
            log.warning("The unsaved design could not be mirrored: %s", error)
            if not self._has_failed:
                self._has_failed = True
                self.failed.emit(in_words(error))
        else:
            self._has_failed = False

    def _begin(self) -> None:
        from models.storage.working_copy import SUFFIX, WorkingCopy

        session = self._session
        self._folder.mkdir(parents=True, exist_ok=True)
        designs = [(variant.name, session.design_of(variant.id)) for variant in session.variants]
        fresh = WorkingCopy(self._folder / f"{random_ids()}{SUFFIX}", session.title, designs)
        self.discard()
        self._copy, self._variants = fresh, _listed(session)
        self._kept = {variant.id: design for variant, (_, design) in zip(session.variants, designs, strict=True)}

    def _on_variants(self) -> None:
        """Nothing is needed once the design is saved."""
        if self._session.is_saved:
            self.discard()
        elif self._copy is not None:
            self.bring_up_to_date()

    def discard(self) -> None:
        """Remove the mirror."""
        if self._copy is None:
            return
        left, self._copy = self._copy, None
        self._variants, self._kept = (), {}
        try:
            left.discard()
        except OSError as error:
            log.warning("The mirror %s cannot be removed: %s", left.path, error)


def _listed(session: Session) -> tuple[tuple[str, str], ...]:
    return tuple((variant.id, variant.name) for variant in session.variants)


class Recovered(NamedTuple):
    """What the mirrors of programs that no longer run held, oldest first, and damaged ones that were set aside."""

    works: tuple[Restored, ...] = ()
    damaged: tuple[Path, ...] = ()


def restore(folder: Path) -> Recovered:
    """Return the work that programs which are no longer running left; what cannot be read is set aside, not deleted."""
    from models.storage.working_copy import SUFFIX

    works, damaged = [], []
    for left in folder.glob(f".*{PARTIAL}"):
        remove_left_over(left)
    for path in sorted(folder.glob(f"*{SUFFIX}"), key=_written):
        try:
            work = _read(path)
        except StorageError as error:
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


def _read(path: Path) -> Restored | None:
    """Return what a mirror holds; None while the program that writes it still runs."""
    from models.storage.working_copy import read_working_copy

    written = datetime.fromtimestamp(_written(path))
    found = read_working_copy(path)
    return None if found is None else Restored(path, *found, written)


def _written(path: Path) -> float:
    """Return when a file was last written; 0 if another program has just removed it."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
