"""The folder of the input: the only place from which an import reads, however a file asks for more."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path

from msgspec import Struct

from models.importers.foreign import refuse_packed
from models.importers.notes import ImportProblem
from models.importers.workloads import word_set
from models.importers.yaml_reader import LARGEST_FILE_BYTES, decode
from models.refusals import reason_of
from models.words import Text

LARGEST_CONFIGURATION_BYTES = 256 * 1024
_CONFIGURATION_SUFFIXES = word_set(
    ".conf .cfg .cnf .config .ini .json .properties .template .tmpl .toml .xml .yaml .yml .lua .env .vcl"
)


class OutsideFolder(ImportProblem):
    """A path leads out of the folder of the input; it was not opened."""


class Folder(Struct, frozen=True):
    """The folder that holds the imported files; nothing outside it is ever opened.

    Attributes:
        root: absolute path with links resolved.
    """

    root: Path

    @staticmethod
    def of(path: Path) -> Folder:
        """Return the folder of a file, or the folder itself."""
        return Folder(Path(os.path.realpath(path if path.is_dir() else path.parent)))

    def inside(self, base: Path, path: str) -> Path:
        """Return the real path of `path` as written in a file of the folder `base`.

        Raises:
            OutsideFolder: it leads out of the folder, directly or through a link.
        """
        if "\0" in path or len(path) > 4096:
            raise OutsideFolder(Text("The path cannot be one: it is too long or holds a null character."))
        resolved = Path(os.path.realpath(base / path))
        if not resolved.is_relative_to(self.root):
            raise OutsideFolder(
                Text("{path} lies outside the folder of the input and is not read; copy it there.", path=path)
            )
        return resolved

    def name(self, path: Path) -> str:
        """Return how notes name a file: its path below the folder."""
        resolved = Path(os.path.realpath(path))
        return resolved.relative_to(self.root).as_posix() if resolved.is_relative_to(self.root) else path.name

    def text(self, path: Path, most: int = LARGEST_FILE_BYTES) -> str:
        """Return the text of a file of at most `most` bytes.

        Raises:
            ImportProblem: it cannot be read, is too large, empty or not UTF-8.
        """
        data = read_bytes(path, most)
        refuse_packed(data, self.name(path))
        return decode(data, self.name(path), most)

    def configurations(self, base: Path, path: str) -> list[tuple[str, str]]:
        """Return name and text of the small configuration files at `path`, a file or a folder; others are passed over.

        The folder of the input itself is not searched: it holds the program, not its configuration.

        Raises:
            OutsideFolder: the path leads out of the folder.
        """
        start = self.inside(base, path)
        if start == self.root:
            return []
        files = [start] if start.is_file() else _configuration_files(start) if start.is_dir() else []
        found = []
        for file in files:
            real = file.resolve()
            if real.is_file() and real.is_relative_to(self.root) and real.stat().st_size <= LARGEST_CONFIGURATION_BYTES:
                text = _text_or_none(real)
                if text is not None:
                    found.append((self.name(real), text))
        return found


def read_bytes(path: Path, limit: int) -> bytes:
    """Return at most `limit` + 1 bytes of a regular file.

    Raises:
        ImportProblem: it does not exist, is no regular file or cannot be read.
    """
    try:
        present = path.exists()
    except OSError as error:
        raise ImportProblem(
            Text("{path} cannot be read: {strerror}. Check the name.", path=path, strerror=reason_of(error))
        ) from error
    if not present:
        raise ImportProblem(Text("{path} does not exist.", path=path))
    if not path.is_file():
        raise ImportProblem(Text("{path} is not a regular file.", path=path))
    try:
        with path.open("rb") as stream:
            return stream.read(limit + 1)
    except OSError as error:
        raise ImportProblem(Text("{path} cannot be read: {strerror}.", path=path, strerror=reason_of(error))) from error


def _text_or_none(path: Path) -> str | None:
    data = read_bytes(path, LARGEST_CONFIGURATION_BYTES)
    if b"\0" in data:
        return None
    return data.decode("utf-8", errors="replace")


def _configuration_files(folder: Path) -> list[Path]:
    """Return at most 200 configuration files of a folder, looking at no more than 5,000 entries."""
    entries = sorted(islice(folder.rglob("*"), 5000))
    return [path for path in entries if path.suffix.lower() in _CONFIGURATION_SUFFIXES][:200]
