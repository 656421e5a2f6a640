"""Reads a FOCUS bill (1.0 to 1.2; CSV, gzip or Parquet) in one pass with bounded memory; every row counts once.

Sums are kept per month, node, service, region, category and commitment status, so that memory grows with what is
billed and not with the number of rows. EffectiveCost is what the architecture costs, BilledCost is cash (FOCUS 1.2,
section 2). A row that belongs to no node is kept under the empty node, never dropped.
"""

from __future__ import annotations

import csv
import gzip
import math
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path

from msgspec import Struct

from models.design.design import Design
from models.importers.bill_files import NULLS, BillError, Grouped, is_parquet, lines
from models.importers.bill_rules import COLUMNS as SOUGHT
from models.importers.bill_rules import MOST_KNOWN, BillRule, NodeFinder, parse_rules
from models.words import Number, Text, sentence_of

COSTS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
NAMED = (
    "ProviderName",
    "ServiceName",
    "RegionId",
    "ChargeCategory",
    "CommitmentDiscountStatus",
    "BillingCurrency",
)
STEP = 100_000
MONTHS = frozenset(f"{month:02d}" for month in range(1, 13))
FRAMEWORK = "cost-optimization"


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
    stopped = _Stop(progress)
    try:
        with Grouped(path, stopped) as grouped:
            return _Reader(path.name, rules, nodes or {}).read_groups(grouped)
    except (BillError, OSError):
        if stopped.asked or is_parquet(path):
            raise
    try:
        return _Reader(path.name, rules, nodes or {}).read(csv.reader(lines(path)), progress)
    except UnicodeDecodeError as reason:
        raise BillError(
            Text("{file} is no table of text (UTF-8): export the bill as CSV or Parquet.", file=path.name)
        ) from reason
    except (OSError, EOFError, csv.Error, zlib.error) as reason:
        raise BillError(
            Text(
                "{file} cannot be read as a CSV file: {reason}. Export the bill again.",
                file=path.name,
                reason=str(reason),
            )
        ) from reason


def is_bill(path: Path) -> bool:
    """Return whether the head of a file names a cost of FOCUS; a file that cannot be read as a table is none.

    Raises:
        OSError: the file cannot be opened.
        BillError: it is a Parquet file that cannot be read.
    """
    if is_parquet(path):
        with Grouped(path) as grouped:
            return not set(grouped.columns()).isdisjoint(COSTS)
    try:
        head = next(csv.reader(lines(path)), [])
    except (EOFError, UnicodeDecodeError, csv.Error, gzip.BadGzipFile, zlib.error, BillError):
        return False
    return not {name.strip() for name in head}.isdisjoint(COSTS)


class _Stop:
    """Asks whether to go on, and remembers the answer."""

    def __init__(self, progress: Callable[[int], bool] | None) -> None:
        self._progress = progress
        self.asked = False

    def __call__(self, rows: int) -> bool:
        self.asked = self.asked or (self._progress is not None and not self._progress(rows))
        return not self.asked


class _Reader:
    """Sums the rows of one file."""

    def __init__(self, name: str, rules: Sequence[BillRule], nodes: Mapping[str, str]) -> None:
        self._name = name
        self._finder = NodeFinder(rules, nodes)
        self._sums: dict[tuple[str, ...], list[float]] = {}
        self._width = 0

    def read(self, rows: Iterator[list[str]], progress: Callable[[int], bool] | None) -> Bill:
        header = next(rows, None) or []
        places = {column.strip(): number for number, column in enumerate(header)}
        start = self._start(places)
        known = [number for number, name in enumerate(COSTS) if name in places]
        self._width = len(header)
        self._sum(
            rows,
            places[start],
            _picker(places, (*NAMED, *SOUGHT)),
            [places[COSTS[number]] for number in known],
            progress,
        )
        return self._bill(known)

    def read_groups(self, grouped: Grouped) -> Bill:
        """Return the bill of rows that are added up already; columns that no rule reads do not tell rows apart."""
        names = set(grouped.columns())
        start = self._start(names)
        known = [number for number, name in enumerate(COSTS) if name in names]
        read = {name for name in (*NAMED, *self._finder.columns) if name in names}
        texts = tuple(name if name in read else "" for name in (*NAMED, *SOUGHT))
        rows = 0
        for group in grouped.groups(start, texts, [COSTS[number] for number in known]):
            held = self._held(self._month(group.date, rows + 1), group.texts, len(known))
            for at, value in enumerate((float(group.rows), *group.sums)):
                held[at] += value
            rows += group.rows
        return self._bill(known)

    def _start(self, names: Collection[str]) -> str:
        """Return the column that dates a row."""
        start = next((name for name in ("ChargePeriodStart", "BillingPeriodStart") if name in names), "")
        if not names or set(names) == {""}:
            raise BillError(Text("{name} is empty; export the bill again.", name=self._name))
        if "BilledCost" not in names or not start:
            raise BillError(
                Text(
                    "{name} has no column BilledCost or ChargePeriodStart; export the bill in the FOCUS format.",
                    name=self._name,
                )
            )
        return start

    def _sum(
        self,
        rows: Iterator[list[str]],
        start: int,
        texts_of: Callable[[list[str]], tuple[str, ...]],
        costs: list[int],
        progress: Callable[[int], bool] | None,
    ) -> None:
        """Add every row to its sum: what equal texts lead to is looked up once, up to a limit."""
        width, numbers = self._width, [(place, at) for at, place in enumerate(costs, 1)]
        by_start: dict[str, dict[tuple[str, ...], list[float]]] = {}
        by_month: dict[str, dict[tuple[str, ...], list[float]]] = {}
        line, remembered = 1, 0
        for row in rows:
            line += 1
            if len(row) != width:
                if not row:
                    continue
                raise BillError(
                    Text(
                        "{name}, row {line}: it has {count} columns, the header has {width}. The file is cut off or "
                        "damaged: export the bill again.",
                        name=self._name,
                        line=line,
                        count=len(row),
                        width=width,
                    )
                )
            date = row[start]
            known = by_start.get(date)
            if known is None:
                known = by_start[date] = by_month.setdefault(self._month(date, line), {})
            texts = texts_of(row)
            held = known.get(texts)
            if held is None:
                if remembered >= MOST_KNOWN:
                    remembered = 0
                    for table in by_month.values():
                        table.clear()
                remembered += 1
                held = known[texts] = self._held(self._month(date, line), texts, len(costs))
            held[0] += 1.0
            try:
                for place, at in numbers:
                    held[at] += float(row[place])
            except ValueError:
                for later, other in numbers[at - 1 :]:
                    held[other] += self._number(row[later], line)
            if progress is not None and line % STEP == 0 and not progress(line - 1):
                raise BillError(
                    Text(
                        "Reading {name} was stopped after {count} rows; nothing was changed.",
                        name=self._name,
                        count=Number(f"{line - 1:,}"),
                    )
                )

    def _held(self, month: str, texts: tuple[str, ...], costs: int) -> list[float]:
        """Return the sum that rows of these texts add to: [rows, costs …]."""
        node = self._finder.find(texts[len(NAMED) :])
        return self._sums.setdefault((month, node, *texts[: len(NAMED)]), [0.0] * (costs + 1))

    def _month(self, text: str, line: int) -> str:
        """Return “2026-09” of an ISO date, or of a date like 9/18/26."""
        if len(text) >= 7 and text[4] == "-" and text[:4].isdecimal() and text[5:7] in MONTHS:
            return text[:7]
        parts = text.split(" ")[0].split("/")
        if len(parts) == 3 and all(part.isdecimal() for part in parts) and parts[0].zfill(2) in MONTHS:
            year = int(parts[2][:4]) + (2000 if len(parts[2]) == 2 else 0)
            return f"{year:04d}-{int(parts[0]):02d}"
        raise BillError(
            Text(
                "{name}, row {line}: “{text}” is not a date; FOCUS writes 2026-09-18T22:00:00Z.",
                name=self._name,
                line=line,
                text=text[:40],
            )
        )

    def _number(self, text: str, line: int) -> float:
        clean = text.strip()
        if clean in NULLS:
            return 0.0
        try:
            return float(clean.replace("$", "").replace(",", ""))
        except ValueError:
            raise BillError(
                Text(
                    "{name}, row {line}: “{clean}” is not a number; a cost is expected.",
                    name=self._name,
                    line=line,
                    clean=clean[:40],
                )
            ) from None

    def _bill(self, known: list[int]) -> Bill:
        if not self._sums:
            raise BillError(
                Text(
                    "{name} has a header and no rows; choose a period with charges and export it again.",
                    name=self._name,
                )
            )
        currencies = {key[-1] for key in self._sums} - NULLS
        if len(currencies) > 1:
            names = ", ".join(sorted(currencies))
            raise BillError(
                Text(
                    "{name} mixes the currencies {names}, which cannot be added; export one at a time.",
                    name=self._name,
                    names=names,
                )
            )
        entries = []
        for key, sums in self._sums.items():
            month, node, provider, service, region, category, status = (
                "" if text in NULLS else text for text in key[:-1]
            )
            costs = [0.0] * len(COSTS)
            for place, value in zip(known, sums[1:], strict=True):
                costs[place] = value
            if not all(map(math.isfinite, costs)):
                raise BillError(
                    Text(
                        "{name}: a cost of {month} is NaN, infinite or too large to be added; export the bill again.",
                        name=self._name,
                        month=month or Text("an unknown month"),
                    )
                )
            billed, effective, listed, contracted = costs
            effective = effective if 1 in known else billed
            entries.append(
                BillEntry(
                    month,
                    node,
                    provider,
                    service,
                    region,
                    category,
                    status,
                    billed,
                    effective,
                    listed,
                    contracted,
                    int(sums[0]),
                )
            )
        return Bill(self._name, next(iter(currencies), "USD"), tuple(entries))


def _picker(places: Mapping[str, int], names: Sequence[str]) -> Callable[[list[str]], tuple[str, ...]]:
    """Return what takes the named columns out of a row; a column that the file lacks reads as empty."""
    numbers = [places.get(name) for name in names]
    if all(number is not None for number in numbers):
        return itemgetter(*(number for number in numbers if number is not None))
    return lambda row: tuple("" if number is None else row[number] for number in numbers)


def read_for(design: Design, path: Path, progress: Callable[[int], bool] | None = None) -> Bill:
    """Return the bill of a file, mapped to the nodes of a design by its own rules.

    Raises:
        BillError: the file or a rule cannot be read.
    """
    names = {key: node.name for key, node in design.nodes.items()}
    stated = design.input(FRAMEWORK, "bill_rules")
    try:
        rules = parse_rules(str(stated.value or "") if stated is not None else "", names)
    except ValueError as reason:
        raise BillError(Text("The mapping of bills cannot be read: {reason}", reason=sentence_of(reason))) from reason
    return read_bill(path, rules, names, progress)
