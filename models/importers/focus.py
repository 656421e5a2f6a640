"""Reads a FOCUS bill (1.0 to 1.2, CSV or gzip) in one pass with bounded memory and attributes every row once.

Sums are kept per month, node, service, region, category and commitment status, so that memory grows with what is
billed and not with the number of rows. EffectiveCost is what the architecture costs, BilledCost is cash (FOCUS 1.2,
section 2). A row that belongs to no node is kept under the empty node, never dropped.
"""

from __future__ import annotations

import csv
import gzip
import io
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import IO

from msgspec import Struct

from models.importers.bill_rules import BillRule, NodeFinder

COSTS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
NAMED = (
    "ProviderName",
    "ServiceName",
    "RegionId",
    "ChargeCategory",
    "CommitmentDiscountStatus",
    "BillingCurrency",
)
SOUGHT = ("ResourceId", "Tags", "ServiceName", "RegionId", "ResourceName", "SubAccountId")
NULLS = frozenset(("", "null", "NULL", "Null", "None", "NaN", "nan", "N/A"))
STEP = 100_000


class BillError(ValueError):
    """A bill that cannot be read; the message names the file, the line and what to do."""


class BillEntry(Struct, frozen=True):
    """The sum of all rows of one month that agree in everything below; costs in the bill's currency."""

    month: str
    node: str
    provider: str
    service: str
    region: str
    category: str
    status: str
    billed: float
    effective: float
    listed: float
    contracted: float
    rows: int


class Bill(Struct, frozen=True):
    """A whole bill: every row is in exactly one entry."""

    file: str
    currency: str
    entries: tuple[BillEntry, ...]

    @property
    def rows(self) -> int:
        """Number of rows read."""
        return sum(entry.rows for entry in self.entries)

    @property
    def months(self) -> tuple[str, ...]:
        """The months with a charge, in order, like “2026-09”."""
        return tuple(sorted({entry.month for entry in self.entries}))

    def total(self, column: str = "effective") -> float:
        """Return the sum of `billed`, `effective`, `listed` or `contracted` over the whole file."""
        return math.fsum(getattr(entry, column) for entry in self.entries)

    def by(self, field: str, column: str = "effective") -> dict[str, float]:
        """Return sums by a field of the entries (`node`, `service`, `month` …); they add up to the total."""
        parts: dict[str, list[float]] = {}
        for entry in self.entries:
            parts.setdefault(getattr(entry, field), []).append(getattr(entry, column))
        return {key: math.fsum(values) for key, values in parts.items()}

    @property
    def commitment_utilization(self) -> float | None:
        """Share of the commitments that was used, by effective cost; None without commitments."""
        sums = self.by("status")
        whole = sums.get("Used", 0.0) + sums.get("Unused", 0.0)
        return sums.get("Used", 0.0) / whole if whole > 0 else None

    @property
    def commitment_coverage(self) -> float | None:
        """Share of the usage that commitments paid for, by effective cost; None without usage."""
        usage = [entry for entry in self.entries if entry.category == "Usage" and entry.status != "Unused"]
        whole = math.fsum(entry.effective for entry in usage)
        used = math.fsum(entry.effective for entry in usage if entry.status == "Used")
        return used / whole if whole > 0 else None


def read_bill(
    path: Path,
    rules: Sequence[BillRule] = (),
    nodes: Mapping[str, str] | None = None,
    progress: Callable[[int], bool] | None = None,
) -> Bill:
    """Return the bill of a file.

    Args:
        rules: which rows belong to a node, in order; the first that fits wins.
        nodes: node id to name; a tag whose value is a node's name or id belongs to it when no rule fits.
        progress: called with the rows read so far; False stops.

    Raises:
        BillError: the file is no FOCUS bill, a row is broken, or two currencies are mixed.
    """
    try:
        with _text(path) as text:
            return _Reader(path.name, rules, nodes or {}).read(csv.reader(text), progress)
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as reason:
        raise BillError(f"{path.name} cannot be read as a CSV file: {reason}. Export the bill again.") from reason


def _text(path: Path) -> IO[str]:
    with path.open("rb") as file:
        start = file.read(4)
    if start == b"PAR1":
        raise BillError(f"{path.name} is a Parquet file, which Groundplan cannot read; export the bill as CSV.")
    binary: IO[bytes] = gzip.open(path, "rb") if start[:2] == b"\x1f\x8b" else path.open("rb")  # type: ignore[assignment]
    return io.TextIOWrapper(io.BufferedReader(binary, 1 << 20), "utf-8-sig", newline="")  # type: ignore[arg-type]


class _Reader:
    """Sums the rows of one file."""

    def __init__(self, name: str, rules: Sequence[BillRule], nodes: Mapping[str, str]) -> None:
        self._name = name
        self._finder = NodeFinder(rules, nodes)
        self._sums: dict[tuple[str, ...], list[float]] = {}
        self._months: dict[str, str] = {}

    def read(self, rows: Iterator[list[str]], progress: Callable[[int], bool] | None) -> Bill:
        header = next(rows, None) or []
        places = {column.strip(): number for number, column in enumerate(header)}
        start = next((name for name in ("ChargePeriodStart", "BillingPeriodStart") if name in places), "")
        if "BilledCost" not in places or not start:
            raise BillError(
                f"{self._name} has no column BilledCost or ChargePeriodStart; export the bill in the FOCUS format."
            )
        costs = [places[name] for name in COSTS if name in places]
        self._sum(rows, len(header), places, itemgetter(places[start], *costs), progress)
        return self._bill([COSTS.index(name) for name in COSTS if name in places])

    def _sum(
        self,
        rows: Iterator[list[str]],
        width: int,
        places: Mapping[str, int],
        amounts_of: Callable[[list[str]], tuple[str, ...]],
        progress: Callable[[int], bool] | None,
    ) -> None:
        sums, months, find = self._sums, self._months, self._finder.find
        named = _picker(places, NAMED)
        sought = _picker(places, SOUGHT)
        line = 1
        for row in rows:
            line += 1
            if len(row) != width:
                if not row:
                    continue
                raise BillError(f"{self._name}, row {line}: it has {len(row)} columns, the header has {width}.")
            start, *texts = amounts_of(row)
            month = months.get(start)
            if month is None:
                month = months[start] = self._month(start, line)
            key = (month, find(sought(row)), *named(row))
            try:
                values = [float(text) if text else 0.0 for text in texts]
            except ValueError:
                values = [self._number(text, line) for text in texts]
            held = sums.get(key)
            if held is None:
                sums[key] = [1.0, *values]
            else:
                held[0] += 1.0
                for number, value in enumerate(values, 1):
                    held[number] += value
            if progress is not None and line % STEP == 0 and not progress(line - 1):
                raise BillError(f"Reading {self._name} was stopped after {line - 1:,} rows; nothing was changed.")

    def _month(self, text: str, line: int) -> str:
        """Return “2026-09” of an ISO date, or of a date like 9/18/26."""
        if len(text) >= 7 and text[4] == "-" and text[:4].isdigit() and text[5:7].isdigit():
            return text[:7]
        parts = text.split(" ")[0].split("/")
        if len(parts) == 3 and all(part.isdigit() for part in parts):
            year = int(parts[2]) + (2000 if len(parts[2]) == 2 else 0)
            return f"{year:04d}-{int(parts[0]):02d}"
        raise BillError(f"{self._name}, row {line}: “{text}” is not a date; FOCUS writes 2026-09-18T22:00:00Z.")

    def _number(self, text: str, line: int) -> float:
        clean = text.strip()
        if clean in NULLS:
            return 0.0
        try:
            return float(clean)
        except ValueError:
            raise BillError(f"{self._name}, row {line}: “{clean}” is not a number; a cost is expected.") from None

    def _bill(self, known: list[int]) -> Bill:
        currencies = {key[-1] for key in self._sums} - NULLS
        if len(currencies) > 1:
            names = ", ".join(sorted(currencies))
            raise BillError(f"{self._name} mixes the currencies {names}, which cannot be added; export one at a time.")
        entries = []
        for key, sums in self._sums.items():
            month, node, *texts = key
            provider, service, region, category, status, _ = ("" if text in NULLS else text for text in texts)
            costs = [0.0] * len(COSTS)
            for place, value in zip(known, sums[1:], strict=True):
                costs[place] = value
            if 1 not in known:
                costs[1] = costs[0]
            entries.append(BillEntry(month, node, provider, service, region, category, status, *costs, int(sums[0])))
        return Bill(self._name, next(iter(currencies), "USD"), tuple(entries))


def _picker(places: Mapping[str, int], names: Sequence[str]) -> Callable[[list[str]], tuple[str, ...]]:
    """Return what takes the named columns out of a row; a column that the file lacks reads as empty."""
    numbers = [places.get(name) for name in names]
    if all(number is not None for number in numbers):
        return itemgetter(*(number for number in numbers if number is not None))
    return lambda row: tuple("" if number is None else row[number] for number in numbers)
