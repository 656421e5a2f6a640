"""What lies in a project file beside the design: pinned price lists, studies, assets and properties."""

from __future__ import annotations

import msgspec

from models.design.elements import Id, Value
from models.storage.errors import StorageError
from models.storage.records import Asset, StoredStudy
from models.storage.store import Clock, Store
from models.words import Text, plain, sentence_of


class Shelf:
    """The part of a project that no undo touches. Every method is one transaction."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    # -- properties: title, view state ------------------------------------------------------------------------------

    def property(self, key: str, default: Value = None) -> Value:
        """Return the JSON value kept under `key`, else `default`."""
        with self._store.reading() as connection:
            row = connection.execute("SELECT value FROM property WHERE key = ?", (key,)).fetchone()
        return default if row is None else self._json(row[0], Value)

    def set_property(self, key: str, value: Value) -> None:
        """Keep a JSON value under `key`."""
        with self._store.writing() as connection:
            text = msgspec.json.encode(value, enc_hook=plain).decode()
            connection.execute("INSERT OR REPLACE INTO property (key, value) VALUES (?, ?)", (key, text))

    # -- price lists -------------------------------------------------------------------------------------------------

    def pin_catalog(self, digest: str, blob: bytes) -> None:
        """Keep the price list that the design was evaluated with; the same digest is kept once."""
        with self._store.writing() as connection:
            row = (digest, self._clock(), blob)
            connection.execute("INSERT OR IGNORE INTO catalog (digest, created, blob) VALUES (?, ?, ?)", row)

    def catalog(self, digest: str) -> bytes | None:
        """Return the pinned price list, or None if there is none of this digest."""
        with self._store.reading() as connection:
            row = connection.execute("SELECT blob FROM catalog WHERE digest = ?", (digest,)).fetchone()
        return None if row is None else bytes(row[0])

    def catalogs(self) -> tuple[tuple[str, str], ...]:
        """Return (digest, time of pinning) of every pinned price list, oldest first."""
        with self._store.reading() as connection:
            rows = connection.execute("SELECT digest, created FROM catalog ORDER BY created, digest").fetchall()
        return tuple((str(digest), str(created)) for digest, created in rows)

    # -- studies -----------------------------------------------------------------------------------------------------

    def save_study(self, study: StoredStudy) -> StoredStudy:
        """Keep a study, in place of the one of the same id; returns it with its time."""
        stamped = msgspec.structs.replace(study, created=self._clock())
        row = (stamped.id, stamped.variant, stamped.kind, stamped.created, msgspec.json.encode(stamped, enc_hook=plain))
        with self._store.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO study (id, variant, kind, created, body) VALUES (?,?,?,?,?)", row
            )
        return stamped

    def studies(self, variant: Id) -> tuple[StoredStudy, ...]:
        """Return the studies of a variant, oldest first."""
        with self._store.reading() as connection:
            query = "SELECT body FROM study WHERE variant = ? ORDER BY created, id"
            rows = connection.execute(query, (variant,)).fetchall()
        return tuple(self._json(body, StoredStudy) for (body,) in rows)

    def delete_study(self, identifier: Id) -> None:
        """Forget a study; one that does not exist is no error."""
        with self._store.writing() as connection:
            connection.execute("DELETE FROM study WHERE id = ?", (identifier,))

    # -- assets ------------------------------------------------------------------------------------------------------

    def save_asset(self, asset: Asset) -> None:
        """Keep a file, in place of the one of the same id."""
        with self._store.writing() as connection:
            row = (asset.id, asset.media_type, self._clock(), asset.data)
            connection.execute("INSERT OR REPLACE INTO asset (id, media_type, created, blob) VALUES (?, ?, ?, ?)", row)

    def asset(self, identifier: Id) -> Asset | None:
        """Return a kept file, or None."""
        with self._store.reading() as connection:
            query = "SELECT id, media_type, blob FROM asset WHERE id = ?"
            row = connection.execute(query, (identifier,)).fetchone()
        return None if row is None else Asset(str(row[0]), str(row[1]), bytes(row[2]))

    def assets(self) -> tuple[Id, ...]:
        """Return the ids of all kept files."""
        with self._store.reading() as connection:
            return tuple(str(row[0]) for row in connection.execute("SELECT id FROM asset ORDER BY id"))

    def _json(self, text: bytes | str, kind: type[Value]) -> Value:
        try:
            return msgspec.json.decode(text, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise StorageError(
                Text("“{path}” is damaged: {error}. Restore a backup.", path=self._store.path, error=sentence_of(error))
            ) from error
