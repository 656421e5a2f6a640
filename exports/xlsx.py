"""A plan as a workbook: numbers as numbers with a format of their unit, text never as a formula or link."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import xlsxwriter

from exports.panel_sheets import PanelSheet, panel_sheets
from exports.sheets import Sheet, Value, sheets
from exports.whole import write_whole
from models.evaluation import Evaluation
from models.formatting import money_of, shown_money
from models.report import Assessment

FORMATS = {
    "USD": "$#,##0.00####",
    "USD/month": "$#,##0.00",
    "USD/h": "$#,##0.00##",
    "fraction": "0.0###%",
    "s": '0.000### "s"',
    "1/s": '#,##0.0## "/s"',
    "kgCO2e/month": '#,##0.0 "kg CO₂e"',
    "month": "0",
    "h": '#,##0.0# "h"',
}
OTHERWISE = "#,##0.######"
MOST_CHARACTERS = 32_767
WIDEST = 60
FIRST_WIDTH, OTHER_WIDTH = 44, 18
_CREATED = datetime(2000, 1, 1)


def write_workbook(evaluation: Evaluation, assessments: Sequence[Assessment], path: str | Path) -> None:
    """Write figures, bill, horizon, findings and assumptions as an `.xlsx` file, whole or not at all.

    Raises:
        OSError: it cannot be written; the message is a sentence.
    """
    write_whole(Path(path), workbook_bytes(evaluation, assessments))


def workbook_bytes(evaluation: Evaluation, assessments: Sequence[Assessment] = ()) -> bytes:
    """Return the workbook as the bytes of an `.xlsx` file; equal evaluations give equal bytes."""
    data = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with money_of(evaluation.design.brief), xlsxwriter.Workbook(data, options) as book:
        book.set_properties({"title": evaluation.design.brief.name or "Plan", "created": _CREATED})
        book.set_calc_mode("auto")
        styles = _Styles(book)
        for sheet in sheets(evaluation, assessments):
            _fill(book.add_worksheet(sheet.name), sheet, styles)
        for panel in panel_sheets(assessments):
            _fill_panel(book.add_worksheet(panel.name), panel, styles)
    return data.getvalue()


class _Styles:
    """The cell formats of a workbook, one per number format."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._known: dict[str, Any] = {}
        self.head = book.add_format({"bold": True, "bottom": 1})
        self.title = book.add_format({"bold": True, "font_size": 12})
        self.missing = book.add_format({"italic": True, "font_color": "#5E6875"})

    def number(self, unit: str) -> Any:
        """Return the format of numbers in a unit."""
        text = FORMATS.get(unit, OTHERWISE).replace("$", f'"{shown_money()[0]}"')
        if text not in self._known:
            self._known[text] = self._book.add_format({"num_format": text})
        return self._known[text]


def _fill(page: Any, sheet: Sheet, styles: _Styles) -> None:
    _rows(page, 0, sheet, styles)
    titles = [column.title for column in sheet.columns]
    for place, title in enumerate(titles):
        longest = max((len(str(row[place])) for row in sheet.rows if isinstance(row[place], str)), default=10)
        page.set_column(place, place, min(max(longest, len(title), 10) + 2, WIDEST))
    page.freeze_panes(1, 0)
    if sheet.rows:
        page.autofilter(0, 0, len(sheet.rows), len(titles) - 1)


def _rows(page: Any, top: int, sheet: Sheet, styles: _Styles) -> int:
    """Write the head and the rows of a table from row `top` on and return the first row below it."""
    titles = [column.title for column in sheet.columns]
    for place, title in enumerate(titles):
        page.write_string(top, place, title, styles.head)
    for number, row in enumerate(sheet.rows, top + 1):
        for place, (column, value) in enumerate(zip(sheet.columns, row, strict=True)):
            unit = str(row[titles.index(column.unit_column)]) if column.unit_column else column.unit
            _write(page, number, place, value, styles, unit, column.title == "Unit")
    return top + 1 + len(sheet.rows)


def _fill_panel(page: Any, panel: PanelSheet, styles: _Styles) -> None:
    """Write the answer and every table of a panel below each other; a table without columns is a sentence."""
    page.write_string(0, 0, panel.answer, styles.title)
    top = 2
    for table in panel.tables:
        page.write_string(top, 0, table.name[:MOST_CHARACTERS], styles.title if table.columns else None)
        top = _rows(page, top + 1, table, styles) + 1 if table.columns else top + 2
    page.set_column(0, 0, FIRST_WIDTH)
    page.set_column(1, max((len(table.columns) for table in panel.tables), default=1), OTHER_WIDTH)


def _write(page: Any, row: int, column: int, value: Value, styles: _Styles, unit: str, is_unit: bool = False) -> None:
    if value is None or (not isinstance(value, str) and not math.isfinite(value)):
        page.write_string(row, column, "not known", styles.missing)
    elif isinstance(value, str):
        if value:
            words = value.replace("USD", shown_money()[1]) if is_unit else value
            page.write_string(row, column, words[:MOST_CHARACTERS])
    else:
        shown = value * shown_money()[2] if unit.startswith("USD") else value
        page.write_number(row, column, shown, styles.number(unit))
