"""One writer per project file: an operating system lock on a small file beside it.

The lock is held by the open file, so it survives nothing: when the program dies, the system lets go. The text inside
says who holds it; a left-over file without a lock means nothing. The project file itself is not locked, because POSIX
drops all locks of a process when any handle on the file closes.
"""

from __future__ import annotations

import os
import socket
import sys
from contextlib import suppress
from getpass import getuser
from pathlib import Path
from typing import IO

from models.refusals import reason_of
from models.storage.errors import StorageError
from models.words import Text

_LOCKED_BYTE = 1 << 30
"""Windows locks bytes against reading too; this one lies far behind the text."""


class Locked(StorageError):
    """The right to write cannot be had; `notice` says so of a project that is opened for reading only instead."""

    def __init__(self, reason: Text, notice: Text) -> None:
        super().__init__(reason)
        self.notice = notice


class Held(Locked):
    """Somebody has the right to write."""


def _open_elsewhere(holder: str) -> Held:
    began = Text("Another program") if isinstance(holder, Text) else f"{holder[0].upper()}{holder[1:]}"
    return Held(
        Text("{holder} has it open", holder=holder),
        Text("{holder} has it open, so it was opened for reading only; save a copy to change it.", holder=began),
    )


class WriterLock:
    """The right to write a project file, held until `release` or the end of the process."""

    def __init__(self, path: Path) -> None:
        """Take the lock of the project file `path`.

        Raises:
            StorageError: someone else holds it (the message says who), or the folder cannot be written.
        """
        resolved = path.resolve()
        self.path = resolved.with_name(f".{resolved.name}.lock")
        self._handle = self._take()

    def _take(self) -> IO[bytes]:
        for _ in range(10):
            try:
                handle = _open(self.path)
            except OSError as error:
                raise Locked(
                    Text("its folder cannot be written ({reason})", reason=reason_of(error)),
                    Text(
                        "Its folder cannot be written ({reason}), so it was opened for reading only; save a copy to "
                        "change it.",
                        reason=reason_of(error),
                    ),
                ) from error
            try:
                if not _lock(handle):
                    raise _open_elsewhere(_holder(handle))
                if _same_file(handle, self.path):
                    _write_holder(handle)
                    return handle
            except BaseException:
                handle.close()
                raise
            handle.close()
        raise Locked(
            Text("its lock file keeps being replaced"),
            Text("Its lock file keeps being replaced, so it was opened for reading only; save a copy to change it."),
        )

    def release(self) -> None:
        """Give the lock back and remove its file."""
        if self._handle.closed:
            return
        if sys.platform != "win32":
            with suppress(OSError):
                self.path.unlink()
        self._handle.close()
        if sys.platform == "win32":
            with suppress(OSError):
                self.path.unlink()


def _open(path: Path) -> IO[bytes]:
    """Open or make the lock file; a link in its place is not followed, so that no other file is overwritten."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, 0o644), "r+b")


def _lock(handle: IO[bytes]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            handle.seek(_LOCKED_BYTE)
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _same_file(handle: IO[bytes], path: Path) -> bool:
    """Tell whether the locked file is still the one of that name: a former holder may just have removed it."""
    with suppress(OSError):
        return os.path.samestat(os.fstat(handle.fileno()), path.stat())
    return False


def _write_holder(handle: IO[bytes]) -> None:
    try:
        user = getuser()
    except (OSError, KeyError, ImportError):
        user = "an unknown user"
    handle.truncate(0)
    handle.seek(0)
    handle.write(f"{user} on {socket.gethostname()} (process {os.getpid()})".encode())
    handle.flush()


def _holder(handle: IO[bytes]) -> str:
    handle.seek(0)
    text = handle.read(300).decode(errors="replace").strip()
    return "".join(letter for letter in text if letter.isprintable()) or Text("another program")
