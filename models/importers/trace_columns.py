"""Reading a trace: which column holds the time, the counts and the tokens, as plain arrays of bounded size."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from array import array
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from models.importers.notes import ImportProblem
from models.interruption import go_on
from models.words import Number, Text

Floats = NDArray[np.float64]
MOST_ROWS = 5_000_000
LARGEST_TEXT_BYTES = 1 << 30
_LONGEST_LINE = 65_536
_ROWS = 4096
TIMES = (
    "timestamp",
    "timestamp_ms",
    "time",
    "datetime",
    "date",
    "ds",
    "minute",
    "t_seconds",
    "created",
    "created_at",
    "arrival_time",
    "arrived_at",
    "start_time",
    "creation_time",
    "ts",
)
_COUNTS = ("requests", "request_count", "count", "counts", "hits", "views", "calls", "arrivals", "invocations")
_RATES = ("requests_per_s", "rps", "rate", "qps", "rate_rps", "requests_per_second")
_INPUT = ("input_tokens", "contexttokens", "context_tokens", "prompt_tokens", "num_prefill_tokens", "input_length")
_OUTPUT = (
    "output_tokens",
    "generatedtokens",
    "generated_tokens",
    "completion_tokens",
    "num_decode_tokens",
    "output_length",
)


class Columns(Struct, frozen=True):
    """The useful columns of a trace, sorted by time.

    Attributes:
        times_s: (n,) seconds; since 1970 in the trace's own clock when `clock` holds, else since its start.
        counts: (n,) requests at or after each time, or None when every row is one request.
        rates: whether `counts` are requests/s of an interval instead.
        input_tokens, output_tokens: (n,) per row, or None.
        cut: whether rows were left out because there are too many.
    """

    times_s: Floats
    clock: bool
    counts: Floats | None
    rates: bool
    input_tokens: Floats | None
    output_tokens: Floats | None
    cut: bool


def read_columns(path: Path) -> Columns:
    """Read a CSV file (plain or gzip) of timestamps, counts or rates.

    Raises:
        ImportProblem: it cannot be read or has no such columns; the sentence names line and column.
    """
    rows = read_rows(path)
    header = next(rows, (0, []))[1]
    names = [name.strip().lower().lstrip("\ufeff") for name in header]
    if not names:
        raise ImportProblem(
            Text(
                "{file} is empty; a trace has a header line and one line for each request or interval.", file=path.name
            )
        )
    time = position_of(names, TIMES)
    if time is None:
        listed = ", ".join(names[:6])
        raise ImportProblem(
            Text(
                "{file} has no column of times; it has {listed}. Call one timestamp (or time, minute, t_seconds).",
                file=path.name,
                listed=listed,
            )
        )
    amount, rate = position_of(names, _COUNTS), position_of(names, _RATES)
    chosen = amount if amount is not None else rate
    if chosen is None and len(names) == 2:
        raise ImportProblem(
            Text(
                "{file}: the column “{names}” is not known to hold counts. Call it requests (a count "
                "of each interval) or requests_per_s (a rate); logarithms must be undone first.",
                file=path.name,
                names=names[1 - time],
            )
        )
    return _collect(path, rows, names, time, chosen, amount is None)


def _collect(
    path: Path, rows: Iterator[tuple[int, list[str]]], names: list[str], time: int, amount: int | None, rates: bool
) -> Columns:
    wanted = {"amount": amount, "input": position_of(names, _INPUT), "output": position_of(names, _OUTPUT)}
    kept = {name: array("d") for name, position in wanted.items() if position is not None}
    times, clocks, cut = array("d"), set(), False
    for number, row in rows:
        if len(times) >= MOST_ROWS:
            cut = True
            break
        if len(row) < len(names):
            raise ImportProblem(
                Text(
                    "{file}, line {line}: {count} columns instead of {wanted}.",
                    file=path.name,
                    line=number,
                    count=len(row),
                    wanted=len(names),
                )
            )
        second, clock = seconds_of(row[time], names[time], path, number)
        times.append(second)
        clocks.add(clock)
        for name, values in kept.items():
            values.append(_number(row[wanted[name] or 0], names[wanted[name] or 0], path, number))
    if len(times) < 2:
        raise ImportProblem(
            Text("{file} has {count} rows of data; a trace needs at least two.", file=path.name, count=len(times))
        )
    if len(clocks) > 1:
        raise ImportProblem(
            Text("{file} mixes dates and plain numbers in the column “{names}”.", file=path.name, names=names[time])
        )
    seconds = np.frombuffer(times)
    order = np.argsort(seconds, kind="stable")
    found = {name: np.frombuffer(values)[order] for name, values in kept.items()}
    return Columns(
        seconds[order],
        clocks.pop(),
        found.get("amount"),
        amount is not None and rates,
        found.get("input"),
        found.get("output"),
        cut,
    )


def read_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and cells; stops reading after 1 GiB of text."""
    if not path.is_file():
        raise ImportProblem(Text("{path} does not exist or is not a file.", path=path))
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        stream = gzip.GzipFile(fileobj=raw) if packed else raw
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        try:
            yield from _cells(text, path)
        except (OSError, EOFError, zlib.error) as error:
            raise ImportProblem(
                Text("{file} is not a whole gzip file: {error}. Get the file again.", file=path.name, error=str(error))
            ) from error
        except UnicodeDecodeError as error:
            raise ImportProblem(
                Text("{file} is not a text file in UTF-8, plain or packed by gzip.", file=path.name)
            ) from error


def _cells(text: io.TextIOWrapper, path: Path) -> Iterator[tuple[int, list[str]]]:
    delimiter, number, size = "", 0, 0
    while line := text.readline(_LONGEST_LINE):
        if not number % _ROWS:
            go_on()
        number += 1
        size += len(line)
        if len(line) >= _LONGEST_LINE or "\0" in line:
            raise ImportProblem(
                Text(
                    "{file}, line {line}: the line is too long or not text; this is no CSV file.",
                    file=path.name,
                    line=number,
                )
            )
        if size > LARGEST_TEXT_BYTES:
            raise ImportProblem(Text("{file} has more than 1 GiB of text; cut it to a typical week.", file=path.name))
        if not line.strip():
            continue
        delimiter = delimiter or max(",;\t", key=line.count)
        yield number, next(csv.reader([line], delimiter=delimiter))


def position_of(names: Sequence[str], known: Sequence[str]) -> int | None:
    return next((names.index(name) for name in known if name in names), None)


def _number(text: str, name: str, path: Path, line: int) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ImportProblem(
            Text(
                "{file}, line {line}: “{text}” in the column “{name}” is not a number.",
                file=path.name,
                line=line,
                text=text[:40],
                name=name,
            )
        ) from None
    if not 0 <= value < 1e15:
        raise ImportProblem(
            Text(
                "{file}, line {line}: {value} in the column “{name}” cannot be an amount.",
                file=path.name,
                line=line,
                value=Number(f"{value:g}"),
                name=name,
            )
        )
    return value


def seconds_of(text: str, name: str, path: Path, line: int) -> tuple[float, bool]:
    """Return seconds and whether they tell the time of day."""
    try:
        value = float(text)
    except ValueError:
        return _date(text, name, path, line), True
    if not abs(value) < 1e20:
        raise ImportProblem(
            Text(
                "{file}, line {line}: {text} in the column “{name}” cannot be a time.",
                file=path.name,
                line=line,
                text=text[:40],
                name=name,
            )
        )
    if name.endswith("_ms"):
        return value / 1e3, value > 1e11
    if name == "minute":
        return value * 60.0, False
    for least, divisor in ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3), (1e9, 1.0)):
        if value >= least:
            return value / divisor, True
    return value, False


def _date(text: str, name: str, path: Path, line: int) -> float:
    try:
        moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        raise ImportProblem(
            Text(
                "{file}, line {line}: “{text}” in the column “{name}” is neither a date like "
                "2026-11-23 14:00:00 nor a number of seconds.",
                file=path.name,
                line=line,
                text=text[:40],
                name=name,
            )
        ) from None
    plain = moment.replace(tzinfo=None)
    return (plain - datetime(1970, 1, 1)).total_seconds()
