"""Unsaved designs survive a crash: each is mirrored, commit by commit, in a project file of the data folder.

A saved project needs no mirror, because each of its commits is in its file before it takes effect.
"""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import platformdirs
from PySide6.QtCore import QObject

from app.session import Session
from app.words import say
from models.design.delta import Delta
from models.design.design import Design
from models.design.elements import DesignError
from models.design.ids import random_ids
from models.storage.errors import StorageError

if TYPE_CHECKING:
    from models.storage.project import Project

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

    def __init__(self, session: Session, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._folder = session, folder
        self._project: Project | None = None
        self._mirrored: dict[str, str] = {}
        session.design_changed.connect(lambda *_: self.bring_up_to_date())
        session.variants_changed.connect(self._on_variants)
        session.project_changed.connect(self.discard)

    @property
    def path(self) -> Path | None:
        """Where the mirror is, or None while there is none."""
        return None if self._project is None else self._project.path

    def bring_up_to_date(self) -> None:
        """Write what the last commit changed."""
        session = self._session
        if session.is_saved or not session.is_open or not session.has_edits:
            return
        try:
            if self._project is None:
                self._begin()
            assert self._project is not None
            document = self._project.document(self._mirrored[session.variant])
            document.commit(Delta.between(document.design.elements, session.design.elements), say("Kept for recovery"))
        except (StorageError, DesignError, OSError) as error:
            log.warning("The unsaved design could not be mirrored: %s", error)

    def _begin(self) -> None:
        from models.storage.project import SUFFIX, Project

        session = self._session
        self._folder.mkdir(parents=True, exist_ok=True)
        designs = [(variant.name, session.design_of(variant.id)) for variant in session.variants]
        self._project = Project.create(self._folder / f"{random_ids()}{SUFFIX}", session.title, designs)
        kept = self._project.variants()
        self._mirrored = {variant.id: info.id for variant, info in zip(session.variants, kept, strict=True)}

    def _on_variants(self) -> None:
        """Begin anew when variants came, went or were renamed; nothing is needed once the design is saved."""
        names = tuple(variant.name for variant in self._session.variants)
        if self._project is not None and names != tuple(info.name for info in self._project.variants()):
            self.discard()
            self.bring_up_to_date()
        elif self._session.is_saved:
            self.discard()

    def discard(self) -> None:
        """Remove the mirror."""
        if self._project is None:
            return
        path = self._project.path
        self._project.close()
        self._project, self._mirrored = None, {}
        path.unlink(missing_ok=True)


def restore(folder: Path) -> list[Restored]:
    """Return what mirrors of programs that are no longer running hold, oldest first; damaged ones are set aside."""
    from models.storage.project import SUFFIX, Project

    found = []
    for path in sorted(folder.glob(f"*{SUFFIX}"), key=lambda path: path.stat().st_mtime):
        written = datetime.fromtimestamp(path.stat().st_mtime)
        try:
            with Project.open(path) as project:
                if project.read_only:
                    continue
                designs = tuple((info.name, project.design(info.id)) for info in project.variants())
                found.append(Restored(path, project.title, designs, written))
        except (StorageError, DesignError) as error:
            log.warning("The mirror %s cannot be read: %s", path, error)
            path.replace(path.with_suffix(".damaged"))
    return found
