"""Stamps: parts of drawings that the user keeps for reuse, one text file each in the user's data folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from app.words import say
from exports.whole import write_whole
from models.design.design import Design, read_design, to_text
from models.design.elements import DesignError
from models.refusals import reason_of

STAMP_PREFIX = "stamp:"
"""What the id of a stamp begins with where kinds and stamps are dragged or armed alike."""
SUFFIX = ".json"


@dataclass(frozen=True, slots=True)
class Stamp:
    """One stamp; `id` is `stamp:` and the name of its file."""

    id: str
    title: str
    path: Path

    def design(self) -> Design:
        """Return what it puts into the drawing.

        Raises:
            DesignError: the file is gone or no longer a design; the message says which.
        """
        try:
            return read_design(self.path)
        except OSError as error:
            raise DesignError(
                say("The stamp “{title}” cannot be read: {strerror}.", title=self.title, strerror=reason_of(error))
            ) from error


class Stamps:
    """The stamps in a folder, sorted by name."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path(platformdirs.user_data_dir("groundplan", appauthor=False)) / "stamps"

    def all(self) -> tuple[Stamp, ...]:
        """Return the stamps there are."""
        if not self.folder.is_dir():
            return ()
        paths = sorted(self.folder.glob(f"*{SUFFIX}"), key=lambda path: path.stem.casefold())
        return tuple(Stamp(STAMP_PREFIX + path.stem, path.stem, path) for path in paths)

    def find(self, identifier: str) -> Stamp | None:
        """Return the stamp of this id, or None."""
        if not identifier.startswith(STAMP_PREFIX):
            return None
        return next((stamp for stamp in self.all() if stamp.id == identifier), None)

    def keep(self, title: str, design: Design) -> Stamp:
        """Write a stamp; one of the same name is replaced.

        Raises:
            DesignError: the name is empty or the folder cannot be written; the message says why.
        """
        name = re.sub(r"[^\w .,()+&-]", "", title).strip(" .")
        if not name:
            raise DesignError(say("A stamp needs a name of letters or digits."))
        path = self.folder / f"{name}{SUFFIX}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(path, to_text(design).encode())
        except OSError as error:
            raise DesignError(
                say(
                    "The stamp cannot be kept in {folder}: {strerror}.",
                    folder=self.folder,
                    strerror=reason_of(error),
                )
            ) from error
        return Stamp(STAMP_PREFIX + name, name, path)

    def remove(self, identifier: str) -> None:
        """Delete a stamp; one that does not exist is none to delete."""
        stamp = self.find(identifier)
        if stamp is not None:
            stamp.path.unlink(missing_ok=True)
