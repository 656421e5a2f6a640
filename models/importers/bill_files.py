"""The files that bills come in: CSV, gzip and Parquet as groups of equal rows by DuckDB, or CSV as single lines.

DuckDB adds the rows up on all cores with bounded memory, but says little about a row that is wrong; lines find it.
What unpacks to far more than a bill ever does, or has a line longer than any row, is refused before memory is full.
"""

from __future__ import annotations

import gzip
import shutil
import tempfile
import time
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from models.words import Text

CHUNK = 1 << 20
LONGEST_LINE = 1 << 22
MOST_TIMES_LARGER = 200
SURELY_NORMAL = 64 << 20
MEMORY_LIMIT = "1GB"
GZIP_START = b"\x1f\x8b"
PARQUET_START = b"PAR1"
NULLS = frozenset(("", "null", "NULL", "Null", "None", "NaN", "nan", "N/A"))
ASK_EVERY_S = 0.1
SPILL_PREFIX = "groundplan-bill-"
LEFT_OVER_S = 3600.0
"""A spill folder that nothing was written to for so long belongs to a program that was killed."""


class BillError(ValueError):
    """A bill that cannot be read; the message names the file, the line and what to do."""


class Group(NamedTuple):
    """Rows that agree in date and texts: their number and the sums of the cost columns."""

    date: str
    texts: tuple[str, ...]
    rows: int
    sums: tuple[float, ...]


def is_parquet(path: Path) -> bool:
    """Return whether a file begins like Parquet.

    Raises:
        BillError: it is no regular file; reading a pipe would wait for ever. OSError: it cannot be opened.
    """
    if not path.is_file():
        raise BillError(Text("“{path}” does not exist or is not a regular file. Check the name.", path=path))
    with path.open("rb") as file:
        return file.read(4) == PARQUET_START


def lines(path: Path) -> Iterator[str]:
    """Yield the lines of a text file or a gzip of one, each with its end, without holding the file.

    Raises:
        BillError: it unpacks to more than 200 times its size, or a line is longer than 4 MiB.
        OSError, EOFError, UnicodeDecodeError: it cannot be read as text.
    """
    with path.open("rb") as file:
        packed = file.read(2) == GZIP_START
        file.seek(0)
        yield from _split(path.name, _unpacked(file, path.name) if packed else iter(lambda: file.read(CHUNK), b""))


def _split(name: str, chunks: Iterator[bytes]) -> Iterator[str]:
    decoder = getincrementaldecoder("utf-8-sig")()
    rest = ""
    for chunk in chunks:
        *whole, rest = (rest + decoder.decode(chunk)).split("\n")
        if len(rest) > LONGEST_LINE:
            raise BillError(
                Text("{name} has a line of more than 4 MiB, which no bill has; export the bill again.", name=name)
            )
        for line in whole:
            yield line + "\n"
    rest += decoder.decode(b"", final=True)
    if rest:
        yield rest


def _unpacked(file: BinaryIO, name: str) -> Iterator[bytes]:
    size = 0
    with gzip.open(file) as text:
        while chunk := text.read(CHUNK):
            size += len(chunk)
            if size > SURELY_NORMAL and size > MOST_TIMES_LARGER * file.tell():
                raise BillError(
                    Text(
                        "{name} unpacks to more than {most_times_larger} times its size, which no bill does; "
                        "get the file again from where it comes from.",
                        name=name,
                        most_times_larger=MOST_TIMES_LARGER,
                    )
                )
            yield chunk


def _remove_left_over() -> None:
    """Remove the spill folders of programs that were killed while they read a bill."""
    for folder in Path(tempfile.gettempdir()).glob(f"{SPILL_PREFIX}*"):
        with suppress(OSError):
            if time.time() - max(part.stat().st_mtime for part in (folder, *folder.iterdir())) > LEFT_OVER_S:
                shutil.rmtree(folder, ignore_errors=True)


class Grouped:
    """A bill's file as groups of equal rows, open in a DuckDB of its own in memory that reaches nothing else.

    Every method raises BillError when the file is damaged, a cost is no number or the reading was stopped.
    """

    def __init__(self, path: Path, progress: Callable[[int], bool] | None = None) -> None:
        try:
            import duckdb
        except ImportError as reason:
            raise BillError(
                Text(
                    "{file} cannot be read, because the reader DuckDB is not installed. Install it with "
                    "“pip install duckdb”, or export the bill as CSV.",
                    file=path.name,
                )
            ) from reason
        self._path, self._progress = path, progress
        self._stopped, self._broken = duckdb.InterruptException, duckdb.Error
        self._parquet = is_parquet(path)
        _remove_left_over()
        self._spill = tempfile.TemporaryDirectory(prefix=SPILL_PREFIX)
        self._database = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": MEMORY_LIMIT,
                "temp_directory": self._spill.name,
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            },
        )

    def __enter__(self) -> Grouped:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()
        self._spill.cleanup()

    def columns(self) -> list[str]:
        """Return the names of the columns."""
        return [str(row[0]) for row in self._run(f"SELECT column_name FROM (DESCRIBE SELECT * FROM {self._table})")]

    def groups(self, start: str, texts: Sequence[str], costs: Sequence[str]) -> Iterator[Group]:
        """Yield the groups.

        Args:
            start: the column with the date. texts: columns that tell groups apart; an empty name reads as empty text.
            costs: columns to be added up.
        """
        places = [_text(name) if name else "''" for name in texts]
        sums = [f"coalesce(fsum(TRY_CAST({_quoted(name)} AS DOUBLE)), 0)" for name in costs]
        nulls = ", ".join(f"'{text}'" for text in sorted(NULLS))
        wrong = " OR ".join(
            f"(TRY_CAST({_quoted(name)} AS DOUBLE) IS NULL AND {_quoted(name)} IS NOT NULL "
            f"AND trim(CAST({_quoted(name)} AS VARCHAR)) NOT IN ({nulls}))"
            for name in costs
        )
        shown = ", ".join([_text(start), *places, "count(*)", f"count(*) FILTER (WHERE {wrong})", *sums])
        query = f"SELECT {shown} FROM {self._table} GROUP BY ALL"
        end = 1 + len(texts)
        for row in self._run(query):
            if row[end + 1]:
                raise BillError(
                    Text(
                        "{file}: a cost of {row} is not a number; export the bill again.",
                        file=self._path.name,
                        row=row[0],
                    )
                )
            yield Group(row[0], tuple(row[1:end]), int(row[end]), tuple(row[end + 2 :]))

    @property
    def _table(self) -> str:
        if self._parquet:
            return "read_parquet(?)"
        return (
            "read_csv(?, header = true, skip = 0, all_varchar = true, delim = ',', quote = '\"', escape = '\"', "
            f"strict_mode = true, null_padding = false, max_line_size = {LONGEST_LINE})"
        )

    def _run(self, query: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query; `progress` is asked before and ten times a second whether to go on."""
        if self._progress is not None and not self._progress(0):
            raise BillError(Text("Reading {file} was stopped; nothing was changed.", file=self._path.name))
        with ThreadPoolExecutor(1) as pool:
            job = pool.submit(self._database.execute, query, [str(self._path)])
            while not wait([job], ASK_EVERY_S).done:
                if self._progress is not None and not self._progress(0):
                    self._database.interrupt()
        try:
            found = job.result()
            while rows := found.fetchmany(10_000):
                yield from rows
        except self._stopped as reason:
            raise BillError(Text("Reading {file} was stopped; nothing was changed.", file=self._path.name)) from reason
        except self._broken as reason:
            first = str(reason).splitlines()[0]
            raise BillError(
                Text("{file} cannot be read as a bill: {first}. Export it again.", file=self._path.name, first=first)
            ) from reason


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(name: str) -> str:
    """Return the SQL text of a column: JSON for maps and records, which tags come in, else plain text."""
    column = _quoted(name)
    return (
        f"coalesce(CASE WHEN typeof({column}) LIKE 'MAP%' OR typeof({column}) LIKE 'STRUCT%' "
        f"THEN CAST(to_json({column}) AS VARCHAR) ELSE CAST({column} AS VARCHAR) END, '')"
    )
