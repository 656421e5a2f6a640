"""One table of a plan as CSV after RFC 4180, in UTF-8; text that a spreadsheet would take for a formula is quoted."""

from __future__ import annotations

import csv
import math
from io import StringIO
from pathlib import Path

from exports.panel_sheets import PanelSheet
from exports.sheets import Sheet, Value
from exports.whole import write_whole

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def csv_text(sheet: Sheet) -> str:
    """Return a table as CSV: the head with units, one line per row, an empty field for what is not known."""
    out = StringIO()
    _write(out, sheet)
    return out.getvalue()


def panel_csv_text(panel: PanelSheet) -> str:
    """Return the answer and the tables of a panel below each other, each under its title and after an empty line."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_field(panel.answer)])
    for table in panel.tables:
        writer.writerow([])
        writer.writerow([_field(table.name)])
        if table.columns:
            _write(out, table)
    return out.getvalue()


def _write(out: StringIO, sheet: Sheet) -> None:
    writer = csv.writer(out, lineterminator="\r\n")
    heads = [f"{column.title} ({column.unit})" if column.unit else column.title for column in sheet.columns]
    writer.writerow([_field(head) for head in heads])
    for row in sheet.rows:
        writer.writerow([_field(value) for value in row])


def write_csv(sheet: Sheet, path: str | Path) -> None:
    """Write a table as CSV, whole or not at all.

    Raises:
        OSError: it cannot be written; the message is a sentence.
    """
    write_whole(Path(path), csv_text(sheet).encode("utf-8-sig"))


def _field(value: Value) -> str | float:
    """Return a field; text that begins like a formula gets an apostrophe before it (OWASP, CSV injection)."""
    if value is None or (not isinstance(value, str) and not math.isfinite(value)):
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(DANGEROUS) else value
    return int(value) if value == int(value) and abs(value) < 1e15 else value
