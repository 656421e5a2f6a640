"""The working copy of a design that is in no project yet: one file that grows by one line for each edit.

The first line holds the whole design and is written at once, however large it is; each further line is on the disk when
its edit is acknowledged. A program that is killed leaves at most one line cut off, whose edit nobody has seen: it is
left out. A project file is no substitute, because filling its tables takes a hundred times as long as this line.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from models.design.delta import Delta
from models.design.design import Design
from models.design.elements import DesignError, Element, Id
from models.refusals import reason_of
from models.storage.errors import StorageError
from models.storage.lock import Held, Locked, WriterLock
from models.storage.records import encode_kept
from models.words import Text, plain, sentence_of

SUFFIX = ".working"
_FORMAT = "groundplan working copy 1"


class _Start(Struct):
    format: str
    title: str
    names: tuple[str, ...]
    designs: tuple[dict[Id, Element], ...]


class _Edit(Struct):
    variant: int
    changes: dict[Id, Element | None]


_START = msgspec.json.Decoder(_Start)
_EDIT = msgspec.json.Decoder(_Edit)


class WorkingCopy:
    """The working copy that this program writes; nobody restores it while its lock is held."""

    def __init__(self, path: Path, title: str, designs: Sequence[tuple[str, Design]]) -> None:
        """Write the designs into a new file, which is there whole or not at all.

        Args:
            designs: (variant name, design) pairs.

        Raises:
            DesignError: an element could not be read back.
            StorageError: it cannot be written.
        """
        self.path = path
        kept = [_kept(design.elements) for _, design in designs]
        start = {"format": _FORMAT, "title": title, "names": [name for name, _ in designs], "designs": kept}
        line = msgspec.json.encode(start, enc_hook=plain) + b"\n"
        self._lock = WriterLock(path)
        partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
        try:
            with partial.open("wb") as target:
                target.write(line)
                target.flush()
                os.fsync(target.fileno())
            os.replace(partial, path)
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))
        except OSError as error:
            self._lock.release()
            for left in (partial, path):
                with suppress(OSError):
                    left.unlink()
            raise _refused(path, error) from error
        self._length = len(line)

    def append(self, variant: int, delta: Delta) -> None:
        """Keep an edit of the variant of this number; it is on the disk when this returns.

        Raises:
            DesignError: an element could not be read back.
            StorageError: it cannot be written; the file holds what it held.
        """
        changes = _kept({key: after for key, (_, after) in delta.changes.items()})
        try:
            self._write(msgspec.json.encode({"variant": variant, "changes": changes}) + b"\n")
        except OSError as error:
            raise _refused(self.path, error) from error

    def close(self) -> None:
        """Close the file and give its lock back; closing twice does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
            self._lock.release()

    def discard(self) -> None:
        """Close the file and remove it.

        Raises:
            OSError: it cannot be removed.
        """
        self.close()
        self.path.unlink(missing_ok=True)

    def _write(self, line: bytes) -> None:
        """Write a line and wait for the disk; what was written of a line that does not fit is taken back.

        Where it cannot be taken back nothing more is written: a line behind a piece of one could not be read.
        """
        try:
            rest = memoryview(line)
            while rest:
                rest = rest[os.write(self._file, rest) :]
            os.fsync(self._file)
        except OSError:
            try:
                os.ftruncate(self._file, self._length)
            except OSError:
                self.close()
            raise
        self._length += len(line)


def read_working_copy(path: Path) -> tuple[str, tuple[tuple[str, Design], ...]] | None:
    """Return the title and (variant name, design) pairs in a working copy; None while a program writes it.

    Raises:
        StorageError: it is damaged or cannot be read.
    """
    try:
        lock = WriterLock(path)
    except Held:
        return None
    except Locked as error:
        reason = sentence_of(error)
        raise StorageError(Text("“{path}” cannot be read: {strerror}.", path=path, strerror=reason)) from error
    try:
        first, *edits = path.read_bytes().split(b"\n")[:-1] or [b""]
        start = _START.decode(first)
        if start.format != _FORMAT or not start.names:
            raise StorageError(Text("“{path}” is not a working copy of this version.", path=path))
        for line in edits:
            edit = _EDIT.decode(line)
            elements = start.designs[edit.variant]
            for key, element in edit.changes.items():
                if element is None:
                    elements.pop(key, None)
                else:
                    elements[key] = element
        return start.title, tuple(zip(start.names, map(Design, start.designs), strict=True))
    except OSError as error:
        raise StorageError(
            Text("“{path}” cannot be read: {strerror}.", path=path, strerror=reason_of(error))
        ) from error
    except (msgspec.MsgspecError, DesignError, UnicodeDecodeError, RecursionError, IndexError, ValueError) as error:
        raise StorageError(Text("“{path}” is damaged: {error}", path=path, error=sentence_of(error))) from error
    finally:
        lock.release()


def _kept(elements: Mapping[Id, Element | None]) -> dict[Id, msgspec.Raw | None]:
    """Return elements as JSON that can be read back; None stands for one that is gone."""
    return {key: None if one is None else msgspec.Raw(encode_kept(key, one)) for key, one in elements.items()}


def _refused(path: Path, error: OSError) -> StorageError:
    return StorageError(
        Text(
            "“{path}” cannot be written: {strerror}. Free some room, or save the design elsewhere.",
            path=path,
            strerror=reason_of(error),
        )
    )
