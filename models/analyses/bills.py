"""Totals of a FOCUS bill (csv, also gzip): read once, sum exactly, lose no row."""

import csv
import gzip
import io
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

COST_COLUMNS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
_NULLS = frozenset({"", "null", "NULL", "Null", "None", "NaN", "nan", "N/A"})


class BillTotals(NamedTuple):
    """Sums of a bill. Rows without a value in the grouping column are under the empty name, so nothing is lost.

    totals: group → cost column → sum; rows_by_charge_category: category → number of rows; used and unused: effective
    cost of rows by commitment status.
    """

    rows: int
    totals: dict[str, dict[str, float]]
    rows_by_charge_category: dict[str, int]
    used: float
    unused: float

    @property
    def commitment_utilization(self) -> float:
        """Share of the commitments that was used; NaN when the bill has none."""
        whole = self.used + self.unused
        return self.used / whole if whole > 0.0 else math.nan


def read_text(path: Path) -> str:
    """Return the text of a csv file, unpacked when it is gzip.

    Raises:
        ValueError: naming the file, when it cannot be read.
    """
    try:
        data = path.read_bytes()
        return (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError) as reason:
        raise ValueError(f"{path.name} cannot be read as a csv file: {reason}. Export the bill again.") from reason


def bill_totals(path: Path, group_by: str | Sequence[str] = "ProviderName") -> BillTotals:
    """Return the totals of a FOCUS file.

    Args:
        path: csv or csv.gz with FOCUS columns of any version.
        group_by: column or columns; several are joined with " / ".

    Raises:
        ValueError: naming file, line and column, when a column is missing or a cost is not a number.
    """
    columns = [group_by] if isinstance(group_by, str) else list(group_by)
    reader = csv.DictReader(io.StringIO(read_text(path)))
    names = list(reader.fieldnames or [])
    costs = [name for name in COST_COLUMNS if name in names]
    missing = [name for name in (*columns, "BilledCost") if name not in names]
    if missing:
        raise ValueError(f"{path.name} has no column {', '.join(missing)}; a FOCUS file is needed.")
    sums: dict[str, dict[str, list[float]]] = {}
    categories: Counter[str] = Counter()
    commitment: dict[str, list[float]] = {"Used": [], "Unused": []}
    count = 0
    for line, row in _rows(reader):
        count += 1
        group = " / ".join(_text(row[name]) for name in columns)
        amounts = {name: _number(row[name], path, line, name) for name in costs}
        target = sums.setdefault(group, {name: [] for name in costs})
        for name, amount in amounts.items():
            target[name].append(amount)
        categories[_text(row.get("ChargeCategory"))] += 1
        status = _text(row.get("CommitmentDiscountStatus"))
        if status in commitment:
            commitment[status].append(amounts.get("EffectiveCost", 0.0))
    totals = {group: {name: math.fsum(values) for name, values in parts.items()} for group, parts in sums.items()}
    used, unused = (math.fsum(commitment[status]) for status in ("Used", "Unused"))
    return BillTotals(count, totals, dict(categories), used, unused)


def _rows(reader: "csv.DictReader[str]") -> Iterator[tuple[int, dict[str, str]]]:
    for row in reader:
        yield reader.line_num, row


def _text(value: str | None) -> str:
    text = (value or "").strip()
    return "" if text in _NULLS else text


def _number(value: str | None, path: Path, line: int, column: str) -> float:
    text = _text(value)
    if not text:
        return 0.0
    try:
        return float(text)
    except ValueError:
        raise ValueError(f'{path.name}, line {line}: {column} is "{text}", which is not a number.') from None
