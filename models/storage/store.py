"""The open SQLite file below a project: what is checked before it is trusted, and its transactions.

Rollback journal and `synchronous = FULL`: a transaction is on the disk when it is acknowledged, and the file travels
alone. One lock per process side keeps calls from several threads apart.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

from models.refusals import reason_of
from models.storage.errors import ReadOnlyError, StorageError
from models.storage.lock import Locked, WriterLock
from models.storage.schema import APPLICATION_ID, MIGRATIONS, Migration, check_schema, migrate
from models.words import Number, Text, sentence_of

if TYPE_CHECKING:
    from sqlite_utils import Database

_MAGIC = b"SQLite format 3\x00"
_SUPER_MAGIC = bytes.fromhex("d9d505f920a163d7")
_HEADER_BYTES = 100
MAX_VALUE_BYTES = 256 * 2**20
"""No value in a project file is larger; a file that claims one is refused instead of filling the memory."""
_BUSY_S = 1.0
"""A program that only reads the file for a moment is waited for; the window is not held up longer."""


class Store:
    """One project file, open for reading and perhaps for writing."""

    def __init__(self, path: Path, connection: sqlite3.Connection, lock: WriterLock | None, notice: str = "") -> None:
        self.path = path
        self.notice = notice
        self._connection = connection
        self._lock = lock
        self._guard = RLock()
        self._database = _database(connection) if lock else None

    @property
    def read_only(self) -> bool:
        """Whether changes are refused."""
        return self._database is None

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give the connection for reading; errors of SQLite become sentences."""
        with self._guard, _translated(self.path, Text("could not be read")):
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give the connection inside one transaction: all of it is on the disk at the end, or nothing.

        Raises:
            ReadOnlyError: the project is open for reading only.
            StorageError: the file could not be written (disk full, media gone); nothing was changed.
        """
        if self._database is None:
            raise ReadOnlyError(
                Text(
                    "“{file}” is open for reading only. {notice}",
                    file=self.path.name,
                    notice=self.notice or Text("Save it as a copy."),
                )
            )
        with (
            self._guard,
            _translated(self.path, Text("could not be saved; nothing was changed")),
            self._database.atomic(),
        ):
            yield self._connection

    def copy_to(self, target: Path) -> None:
        """Write a complete copy of the file to `target`, which must not exist or may be replaced.

        Raises:
            StorageError: the copy could not be written; `target` is as it was.
        """
        partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
        try:
            with self._guard, _translated(target, Text("could not be written")):
                copy = sqlite3.connect(partial)
                try:
                    self._connection.backup(copy)
                finally:
                    copy.close()
            os.replace(partial, target)
        except OSError as error:
            raise StorageError(
                Text(
                    "“{target}” could not be written: {strerror}. Choose another place.",
                    target=target,
                    strerror=reason_of(error),
                )
            ) from error
        finally:
            with suppress(OSError):
                partial.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file and give the lock back; closing twice does nothing."""
        with self._guard:
            self._connection.close()
            if self._lock is not None:
                self._lock.release()


def create_store(path: Path, migrations: tuple[Migration, ...] = MIGRATIONS, overwrite: bool = False) -> None:
    """Write an empty project file at `path`, whole or not at all.

    Raises:
        StorageError: there is a file already (and `overwrite` is not set, or someone has it open), or it cannot be
            written.
    """
    if path.exists():
        if not overwrite:
            raise StorageError(Text("“{path}” exists already. Choose another name, or open it.", path=path))
        try:
            WriterLock(path).release()
        except StorageError as error:
            raise StorageError(
                Text("“{path}” cannot be replaced: {error}. Choose another name.", path=path, error=sentence_of(error))
            ) from error
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with _translated(path, Text("could not be created")):
            connection = sqlite3.connect(partial, isolation_level=None)
            try:
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                with _database(connection).atomic():
                    migrate(connection, 0, migrations)
            finally:
                connection.close()
        os.replace(partial, path)
    except OSError as error:
        raise StorageError(
            Text(
                "“{path}” could not be created: {strerror}. Choose another folder.",
                path=path,
                strerror=reason_of(error),
            )
        ) from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def open_store(path: Path, read_only: bool = False, migrations: tuple[Migration, ...] = MIGRATIONS) -> Store:
    """Open a project file; without the right to write it, for reading only with a notice that says why.

    Raises:
        StorageError: the file is no project, damaged, of a newer version or cannot be read; it was not touched.
    """
    version = _check_header(path, len(migrations))
    lock, notice = (None, Text("It was opened for reading only.")) if read_only else _writer(path)
    try:
        connection = _connect(path, lock is not None)
        try:
            _check_content(path, connection, version, migrations)
            connection = _upgraded(path, connection, version, migrations, lock is not None)
            if lock is None:
                connection.execute("PRAGMA query_only = ON")
            return Store(path, connection, lock, notice)
        except BaseException:
            connection.close()
            raise
    except BaseException:
        if lock is not None:
            lock.release()
        raise


def _writer(path: Path) -> tuple[WriterLock | None, str]:
    if not os.access(path, os.W_OK):
        return None, Text("The file is write-protected, so it was opened for reading only; save a copy to change it.")
    try:
        return WriterLock(path), ""
    except Locked as error:
        return None, error.notice


def _check_header(path: Path, newest: int) -> int:
    """Return the version in the header, after everything that can be told without SQLite touching the file."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise StorageError(Text("“{path}” is a folder, not a project. Choose a .groundplan file in it.", path=path))
        if not stat.S_ISREG(status.st_mode):
            raise StorageError(Text("“{path}” is not a file. Choose a .groundplan file.", path=path))
        with path.open("rb") as handle:
            header = handle.read(_HEADER_BYTES)
    except FileNotFoundError as error:
        raise StorageError(Text("There is no file “{path}”. Check the name.", path=path)) from error
    except OSError as error:
        raise StorageError(
            Text(
                "“{path}” cannot be read: {strerror}. Check its permissions.",
                path=path,
                strerror=reason_of(error),
            )
        ) from error
    if not header:
        raise StorageError(
            Text("“{path}” is empty, so there is no project in it. Restore it from a backup.", path=path)
        )
    if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC):
        raise StorageError(Text("“{path}” is not a Groundplan project. Use import for other formats.", path=path))
    version, application = (struct.unpack_from(">I", header, offset)[0] for offset in (60, 68))
    if application != APPLICATION_ID:
        raise StorageError(Text("“{path}” is a database of another program, not a Groundplan project.", path=path))
    _check_version(path, version, newest, header)
    journal = path.with_name(f"{path.name}-journal")
    if _names_another_file(journal):
        raise StorageError(
            Text(
                "“{journal}” names another file that opening the project would delete; Groundplan "
                "never writes that. Delete this file or move it away.",
                journal=journal,
            )
        )
    missing = _missing_bytes(header, status.st_size)
    if missing > 0 and not journal.exists():
        raise StorageError(
            Text(
                "“{path}” is damaged: its last {missing} bytes are missing. Restore a backup.",
                path=path,
                missing=Number(f"{missing:,}"),
            )
        )
    return int(version)


def _check_version(path: Path, version: int, newest: int, header: bytes) -> None:
    if version > newest:
        raise StorageError(
            Text(
                "“{path}” was written by a newer Groundplan (file version {version}; this program "
                "reads up to {newest}). Update Groundplan; the file was not changed.",
                path=path,
                version=version,
                newest=newest,
            )
        )
    if version < 1 or header[18:20] != b"\x01\x01":
        raise StorageError(
            Text("“{path}” is damaged: its header is not one that Groundplan writes. Restore a backup.", path=path)
        )


def _names_another_file(journal: Path) -> bool:
    """Return whether a journal ends with the name of a super-journal, which SQLite deletes after the rollback.

    Only a transaction over several databases has one (SQLite file format, section 3.2).
    """
    try:
        with journal.open("rb") as handle:
            handle.seek(-len(_SUPER_MAGIC), os.SEEK_END)
            return handle.read() == _SUPER_MAGIC
    except OSError:
        return False


def _missing_bytes(header: bytes, size: int) -> int:
    """Return how much shorter the file is than its header says (SQLite file format, section 1.3)."""
    page_size = struct.unpack_from(">H", header, 16)[0]
    pages = struct.unpack_from(">I", header, 28)[0]
    is_count_valid = header[24:28] == header[92:96]
    return int(pages * (65536 if page_size == 1 else page_size) - size) if is_count_valid else 0


def _connect(path: Path, write: bool) -> sqlite3.Connection:
    """Connect; a reader of a writable file may still roll back the journal that a killed writer left."""
    mode = "rw" if write or os.access(path, os.W_OK) else "ro"
    with _translated(path, Text("cannot be opened")):
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode={mode}",
            uri=True,
            isolation_level=None,
            timeout=_BUSY_S,
            check_same_thread=False,
        )
        connection.text_factory = lambda data: data.decode(errors="replace")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.execute("PRAGMA synchronous = FULL")
        return connection


def _check_content(path: Path, connection: sqlite3.Connection, version: int, migrations: tuple[Migration, ...]) -> None:
    try:
        check_schema(connection, version, migrations)
        verdict = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        if verdict != "ok":
            raise StorageError(verdict.removeprefix("*** in database main ***").strip().splitlines()[0])
    except (StorageError, sqlite3.DatabaseError, UnicodeDecodeError) as error:
        if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
            raise StorageError(
                Text("“{path}” is being written by another program. Try again in a moment.", path=path)
            ) from error
        raise StorageError(
            Text(
                "“{path}” is damaged or was tampered with: {error}. The file was not changed; restore a backup.",
                path=path,
                error=sentence_of(error),
            )
        ) from error


def _upgraded(
    path: Path, connection: sqlite3.Connection, version: int, migrations: tuple[Migration, ...], write: bool
) -> sqlite3.Connection:
    """Return the connection after migrations; a file that may not be written is migrated in memory."""
    if version == len(migrations):
        return connection
    with _translated(path, Text("could not be brought to this version; it was not changed")):
        if not write:
            memory = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
            connection.backup(memory)
            connection.close()
            connection = memory
        with _database(connection).atomic():
            migrate(connection, version, migrations)
    return connection


def _database(connection: sqlite3.Connection) -> Database:
    """Wrap the connection; sqlite-utils would import pandas (a second) if it were installed, so that is hidden."""
    hide = "pandas" not in sys.modules
    modules: dict[str, Any] = sys.modules
    if hide:
        modules["pandas"] = None
    try:
        from sqlite_utils import Database
    finally:
        if hide:
            del modules["pandas"]
    return Database(connection, recursive_triggers=False, execute_plugins=False)


@contextmanager
def _translated(path: Path, what: str) -> Iterator[None]:
    """Turn an error of SQLite into a sentence about the file."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise StorageError(Text("“{path}” {what}: {reason}.", path=path, what=what, reason=_reason(error))) from error


_REASONS: tuple[tuple[str, str], ...] = (
    ("full", Text("the disk is full; make room and repeat the change")),
    ("locked", Text("another program is writing it; try again in a moment")),
    ("readonly", Text("it or its folder is write-protected; save a copy elsewhere")),
    ("unable to open", Text("it or its folder cannot be accessed; check the permissions")),
    ("malformed", Text("the file is damaged; restore a backup")),
    ("UNIQUE", Text("another program changed it meanwhile; close it and open it again")),
    ("codec", Text("the file is damaged; restore a backup")),
    ("too big", Text("a value in it is larger than {most} MiB", most=MAX_VALUE_BYTES // 2**20)),
)


def _reason(error: Exception) -> str:
    text = str(error)
    return next((reason for mark, reason in _REASONS if mark in text), text)


Clock = Callable[[], str]
"""Returns the present time as ISO 8601 text in UTC."""
