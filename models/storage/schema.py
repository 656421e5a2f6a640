"""The tables of a project file and the migrations between its versions.

`user_version` in the file's header is the version of the schema; `application_id` tells our files from others.
A file whose schema is not exactly the one of its version is not opened: views, triggers and generated columns would
run SQL of whoever made the file.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import cache

from models.storage.errors import StorageError
from models.words import Text

APPLICATION_ID = 0x47504C4E
"""`GPLN`: at byte 68 of every project file."""

Migration = Callable[[sqlite3.Connection], None]


def _version_1(connection: sqlite3.Connection) -> None:
    for statement in _TABLES_1:
        connection.execute(statement)


_TABLES_1 = (
    "CREATE TABLE property (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE variant (id TEXT PRIMARY KEY, name TEXT NOT NULL, place INTEGER NOT NULL, created TEXT NOT NULL,"
    " head TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE element (place INTEGER PRIMARY KEY, variant TEXT NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL)",
    "CREATE UNIQUE INDEX element_of_variant ON element (variant, id)",
    "CREATE TABLE log (variant TEXT NOT NULL, seq INTEGER NOT NULL, kind TEXT NOT NULL, of INTEGER NOT NULL,"
    " label TEXT NOT NULL, merge_key TEXT NOT NULL, delta BLOB NOT NULL, created TEXT NOT NULL,"
    " PRIMARY KEY (variant, seq)) WITHOUT ROWID",
    "CREATE TABLE revision (id TEXT PRIMARY KEY, variant TEXT NOT NULL, label TEXT NOT NULL, parents TEXT NOT NULL,"
    " created TEXT NOT NULL, snapshot BLOB NOT NULL)",
    "CREATE TABLE catalog (digest TEXT PRIMARY KEY, created TEXT NOT NULL, blob BLOB NOT NULL)",
    "CREATE TABLE study (id TEXT PRIMARY KEY, variant TEXT NOT NULL, kind TEXT NOT NULL, created TEXT NOT NULL,"
    " body BLOB NOT NULL)",
    "CREATE TABLE asset (id TEXT PRIMARY KEY, media_type TEXT NOT NULL, created TEXT NOT NULL, blob BLOB NOT NULL)",
)

MIGRATIONS: tuple[Migration, ...] = (_version_1,)
"""Migration number i brings a file from version i to version i + 1; they are never changed once released."""


def migrate(connection: sqlite3.Connection, version: int, migrations: tuple[Migration, ...] = MIGRATIONS) -> None:
    """Bring a file of `version` up to the newest; call it inside a transaction, which a failure rolls back whole."""
    for step in migrations[version:]:
        step(connection)
    connection.execute(f"PRAGMA user_version = {len(migrations)}")


def check_schema(connection: sqlite3.Connection, version: int, migrations: tuple[Migration, ...] = MIGRATIONS) -> None:
    """Compare the schema of the file with that of its version.

    Raises:
        StorageError: something is missing or was added.
    """
    found, expected = _schema(connection), _expected(migrations[:version])
    extra = sorted(f"{kind} “{name}”" for kind, name in set(found) - set(expected))
    missing = sorted(f"{kind} “{name}”" for kind, name in set(expected) - set(found))
    changed = sorted(name for key in found for name in (key[1],) if key in expected and found[key] != expected[key])
    if extra:
        raise StorageError(
            Text("it holds {names}, which Groundplan never writes and will not run", names=", ".join(extra))
        )
    if missing:
        raise StorageError(Text("its {names} is missing", names=", ".join(missing)))
    if changed:
        raise StorageError(Text("the definition of {names} was changed", names=", ".join(changed)))


def _schema(connection: sqlite3.Connection) -> dict[tuple[str, str], str]:
    rows = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
    return {(str(kind), str(name)): str(sql) for kind, name, sql in rows}


@cache
def _expected(migrations: tuple[Migration, ...]) -> dict[tuple[str, str], str]:
    connection = sqlite3.connect(":memory:")
    try:
        migrate(connection, 0, migrations)
        return _schema(connection)
    finally:
        connection.close()
