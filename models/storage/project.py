"""A project: the variants of one design in one file, each with its history and its line of revisions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import Connection
from threading import RLock
from typing import Literal, cast

import msgspec

from models.design.design import Design
from models.design.document import Document, Entry
from models.design.elements import DesignError, Element, Id, decode
from models.design.ids import IdSource, random_ids
from models.storage.errors import StorageError
from models.storage.history import needed_entries
from models.storage.lock import WriterLock
from models.storage.records import (
    Revision,
    Variant,
    decode_delta,
    decode_snapshot,
    encode_delta,
    encode_kept,
    encode_snapshot,
)
from models.storage.shelf import Shelf
from models.storage.store import Clock, Store, create_store, open_store
from models.words import Text, joined, quoted, sentence_of

SUFFIX = ".groundplan"


def utc_now() -> str:
    """Return the present time as ISO 8601 text in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Project:
    """An open project file. Its methods may be called from any thread, one at a time runs.

    Attributes:
        shelf: pinned price lists, studies, assets and properties.
    """

    def __init__(self, store: Store, clock: Clock, new_id: IdSource) -> None:
        self.shelf = Shelf(store, clock)
        self._store = store
        self._clock = clock
        self._new_id = new_id
        self._documents: dict[Id, Document] = {}
        self._reading = RLock()

    @classmethod
    def create(
        cls,
        path: Path | str,
        title: str,
        designs: Sequence[tuple[str, Design]] = (("Plan", Design()),),
        *,
        overwrite: bool = False,
        clock: Clock = utc_now,
        new_id: IdSource = random_ids,
    ) -> Project:
        """Write a new file with one variant per (name, design) and open it.

        Raises:
            StorageError: there is a file already (and `overwrite` is not set, or someone has it open), or it cannot
                be written.
            DesignError: a design cannot be kept.
        """
        bodies = [[(key, encode_kept(key, item)) for key, item in design.elements.items()] for _, design in designs]
        create_store(Path(path), overwrite=overwrite)
        project = cls(open_store(Path(path)), clock, new_id)
        try:
            with project._store.writing() as connection:
                project.shelf.set_property("title", title)
                for (name, _), rows in zip(designs, bodies, strict=True):
                    project._insert_variant(connection, name, "", rows)
        except BaseException:
            project.close()
            project.path.unlink(missing_ok=True)
            raise
        return project

    @classmethod
    def open(
        cls, path: Path | str, read_only: bool = False, *, clock: Clock = utc_now, new_id: IdSource = random_ids
    ) -> Project:
        """Open a file. If someone else writes it or it is write-protected, it opens read-only and `notice` says why.

        Raises:
            StorageError: it is no project, damaged, newer than this program, or cannot be read. It was not touched.
        """
        return cls(open_store(Path(path), read_only), clock, new_id)

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self._store.path

    @property
    def read_only(self) -> bool:
        """Whether changes are refused with a ReadOnlyError."""
        return self._store.read_only

    @property
    def notice(self) -> str:
        """Why the project is read-only, as a sentence; empty if it is not."""
        return self._store.notice

    @property
    def title(self) -> str:
        """Name of the project."""
        return str(self.shelf.property("title", self.path.stem))

    def rename(self, title: str) -> None:
        """Give the project another name."""
        self.shelf.set_property("title", title)

    def close(self) -> None:
        """Close the file; everything is on the disk already."""
        self._store.close()

    def __enter__(self) -> Project:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Write everything that is changed inside in one transaction; an error takes all of it back.

        Documents that were changed inside are then of no use any more.
        """
        with self._store.writing():
            yield

    # -- variants ----------------------------------------------------------------------------------------------------

    def variants(self) -> tuple[Variant, ...]:
        """Return all variants in their order; there is at least one."""
        with self._store.reading() as connection:
            rows = connection.execute("SELECT id, name, created, head FROM variant ORDER BY place, id").fetchall()
        if not rows:
            raise StorageError(Text("“{path}” is damaged: it holds no variant. Restore a backup.", path=self.path))
        return tuple(Variant(*map(str, row)) for row in rows)

    def variant(self, name_or_id: str) -> Variant:
        """Return the variant of this id, else of this name (capitals do not matter).

        Raises:
            StorageError: there is none; the message lists the names.
        """
        known = self.variants()
        for found in known:
            if found.id == name_or_id:
                return found
        for found in known:
            if found.name.casefold() == name_or_id.casefold():
                return found
        names = joined(quoted(found.name) for found in known)
        raise StorageError(
            Text(
                "“{file}” has no variant “{name_or_id}”. It has {names}.",
                file=self.path.name,
                name_or_id=name_or_id,
                names=names,
            )
        )

    def design(self, variant: Id) -> Design:
        """Return the present design of a variant.

        Raises:
            StorageError: there is no such variant, or its rows are damaged.
        """
        if variant in self._documents:
            return self._documents[variant].design
        known = self.variant(variant)
        with self._store.reading() as connection:
            query = "SELECT id, body FROM element WHERE variant = ? ORDER BY place"
            rows = connection.execute(query, (known.id,)).fetchall()
        with self._damaged(known.name):
            elements: dict[Id, Element] = {str(key): decode(body) for key, body in rows}
            return Design(elements)

    def document(self, variant: Id) -> Document:
        """Return the document of a variant: every commit is in the file before it takes effect.

        The same document is returned each time, so that there is one history.
        """
        with self._reading:
            if variant not in self._documents:
                design = self.design(variant)
                log, last = self._log(variant)
                self._documents[variant] = Document(design, log, lambda entry: self._write(variant, entry), last)
            return self._documents[variant]

    def new_variant(self, name: str, source: Id | None = None, design: Design | None = None) -> Variant:
        """Add a variant: a copy of `source` (a revision of it becomes the common ancestor), or of `design`, or empty.

        Raises:
            StorageError: `source` does not exist, or the file cannot be written.
        """
        start = self.design(source) if source is not None else design or Design()
        rows = [(key, encode_kept(key, element)) for key, element in start.elements.items()]
        with self._store.writing() as connection:
            head = self.save_revision(source, f"Before “{name}”").id if source is not None else ""
            return self._insert_variant(connection, name, head, rows)

    def rename_variant(self, variant: Id, name: str) -> None:
        """Give a variant another name."""
        known = self.variant(variant)
        with self._store.writing() as connection:
            connection.execute("UPDATE variant SET name = ? WHERE id = ?", (name, known.id))

    def delete_variant(self, variant: Id) -> None:
        """Remove a variant with its history and studies; its revisions stay as ancestors of others.

        Raises:
            StorageError: it is the only one.
        """
        known = self.variant(variant)
        if len(self.variants()) == 1:
            raise StorageError(
                Text("“{name}” is the only variant of the project, so it cannot be deleted.", name=known.name)
            )
        with self._store.writing() as connection:
            connection.execute("DELETE FROM variant WHERE id = ?", (known.id,))
            for table in ("element", "log", "study"):
                connection.execute(f"DELETE FROM {table} WHERE variant = ?", (known.id,))
        self._documents.pop(known.id, None)

    def _insert_variant(self, connection: Connection, name: str, head: Id, rows: list[tuple[Id, bytes]]) -> Variant:
        made = Variant(self._new_id(), name, self._clock(), head)
        place = connection.execute("SELECT coalesce(max(place), 0) + 1 FROM variant").fetchone()[0]
        connection.execute("INSERT INTO variant (id, name, place, created, head) VALUES (?, ?, ?, ?, ?)",
                           (made.id, name, place, made.created, head))  # fmt: skip
        connection.executemany(
            "INSERT INTO element (variant, id, body) VALUES (?, ?, ?)", [(made.id, key, body) for key, body in rows]
        )
        return made

    # -- history -----------------------------------------------------------------------------------------------------

    def _log(self, variant: Id) -> tuple[list[Entry], int]:
        """Return the entries that the undo and redo stacks are folded from, and the number of the last of all."""
        with self._store.reading() as connection, self._damaged(Text("the history")):
            marks = connection.execute("SELECT seq, kind, of FROM log WHERE variant = ? ORDER BY seq", (variant,))
            needed, last = needed_entries(marks)
            query = "SELECT seq, label, delta, kind, of, merge_key FROM log WHERE variant = ? AND seq >= ? ORDER BY seq"
            rows = connection.execute(query, (variant, min(needed, default=last + 1)))
            return [_entry(*row) for row in rows if row[0] in needed], last

    def _write(self, variant: Id, entry: Entry) -> None:
        """Append the entry to the log and bring the rows of its elements up to date, in one transaction."""
        if variant not in self._documents:
            raise StorageError(Text("This variant was deleted, so it cannot be changed. Open another one."))
        kept, removed = [], []
        for key, (_, after) in entry.delta.changes.items():
            if after is None:
                removed.append((variant, key))
            else:
                kept.append((variant, key, encode_kept(key, after)))
        line = (variant, entry.seq, entry.kind, entry.of, entry.label, entry.merge_key, encode_delta(entry.delta))
        with self._store.writing() as connection:
            connection.execute(
                "INSERT INTO log (variant, seq, kind, of, label, merge_key, delta, created) VALUES (?,?,?,?,?,?,?,?)",
                (*line, self._clock()),
            )
            connection.executemany("DELETE FROM element WHERE variant = ? AND id = ?", removed)
            connection.executemany(
                "INSERT INTO element (variant, id, body) VALUES (?, ?, ?)"
                " ON CONFLICT (variant, id) DO UPDATE SET body = excluded.body",
                kept,
            )

    # -- revisions ---------------------------------------------------------------------------------------------------

    def save_revision(self, variant: Id, label: str, merged: Sequence[Id] = ()) -> Revision:
        """Keep the present state of a variant under a name; `merged` are the heads of the variants merged into it."""
        known = self.variant(variant)
        parents = tuple(dict.fromkeys(key for key in (known.head, *merged) if key))
        made = Revision(self._new_id(), known.id, label, parents, self._clock())
        snapshot = encode_snapshot(self.design(known.id))
        with self._store.writing() as connection:
            connection.execute(
                "INSERT INTO revision (id, variant, label, parents, created, snapshot) VALUES (?, ?, ?, ?, ?, ?)",
                (made.id, made.variant, label, msgspec.json.encode(parents).decode(), made.created, snapshot),
            )
            connection.execute("UPDATE variant SET head = ? WHERE id = ?", (made.id, known.id))
        return made

    def revisions(self, variant: Id | None = None) -> tuple[Revision, ...]:
        """Return the revisions of a variant, or of all, oldest first."""
        with self._store.reading() as connection:
            query = "SELECT id, variant, label, parents, created FROM revision ORDER BY rowid"
            rows = connection.execute(query).fetchall()
        with self._damaged(Text("a revision")):
            found = [Revision(row[0], row[1], row[2], _parents(row[3]), row[4]) for row in rows]
        return tuple(revision for revision in found if variant in (None, revision.variant))

    def revision_design(self, revision: Id) -> Design:
        """Return the design that a revision keeps.

        Raises:
            StorageError: there is no such revision, or it is damaged.
        """
        with self._store.reading() as connection:
            row = connection.execute("SELECT snapshot FROM revision WHERE id = ?", (revision,)).fetchone()
        if row is None:
            raise StorageError(Text("“{file}” has no revision {revision}.", file=self.path.name, revision=revision))
        with self._damaged(Text("a revision")):
            return decode_snapshot(row[0])

    def common_ancestor(self, first: Id, second: Id) -> Revision | None:
        """Return the newest revision that both variants come from, or None."""
        known = {revision.id: revision for revision in self.revisions()}
        lines = [set(_lineage(self.variant(variant).head, known)) for variant in (first, second)]
        shared = lines[0] & lines[1]
        return next((revision for revision in reversed(known.values()) if revision.id in shared), None)

    # -- copies ------------------------------------------------------------------------------------------------------

    def save_copy(self, target: Path | str, overwrite: bool = False) -> Path:
        """Write the whole project to another file (Save As opens it afterwards) and return its path.

        Raises:
            StorageError: the file exists and may not be replaced, is open elsewhere, or cannot be written.
        """
        path = Path(target)
        if path.exists() and not overwrite:
            raise StorageError(
                Text("“{path}” exists already. Choose another name, or allow it to be replaced.", path=path)
            )
        if path.resolve() == self.path.resolve():
            raise StorageError(Text("“{path}” is this project itself; every change is in it already.", path=path))
        try:
            lock = WriterLock(path)
        except StorageError as error:
            raise StorageError(
                Text(
                    "“{path}” cannot be written: {error}. Choose another name or folder.",
                    path=path,
                    error=sentence_of(error),
                )
            ) from error
        try:
            self._store.copy_to(path)
        finally:
            lock.release()
        return path

    @contextmanager
    def _damaged(self, what: str) -> Iterator[None]:
        """Say of which file and part an error of reading is."""
        try:
            yield
        except (DesignError, StorageError, msgspec.MsgspecError, RecursionError, TypeError, ValueError) as error:
            raise StorageError(
                Text(
                    "“{path}” is damaged in {what}: {problem}. Restore a backup.",
                    path=self.path,
                    what=what,
                    problem=str(error).rstrip("."),
                )
            ) from error


def _entry(seq: int, label: str, delta: bytes, kind: str, of: int, merge_key: str) -> Entry:
    return Entry(seq, label, decode_delta(delta), cast(Literal["edit", "undo", "redo"], kind), of, merge_key)


def _parents(text: str) -> tuple[Id, ...]:
    return msgspec.json.decode(text, type=tuple[str, ...])


def _lineage(head: Id, known: dict[Id, Revision]) -> Iterator[Id]:
    waiting, seen = [head], {""}
    while waiting:
        current = waiting.pop()
        if current in seen or current not in known:
            continue
        seen.add(current)
        yield current
        waiting.extend(known[current].parents)
