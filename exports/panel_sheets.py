"""The panels of the frameworks as sheets: the answer, then every table, figure and chart of the panel as typed rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from exports.sheets import Sheet, SheetColumn, Value
from models.formatting import format_figure
from models.report import Assessment, Block, Cell, Chart, Figure, Figures, Sentence, Table, Timeline

LONGEST_NAME = 31
TASKS = (SheetColumn("Task"), SheetColumn("From", "month"), SheetColumn("To", "month"), SheetColumn("Group"))
FIGURES = (SheetColumn("Figure"), SheetColumn("Value", unit_column="Unit"), SheetColumn("Unit"), SheetColumn("Bound"))


class PanelSheet(NamedTuple):
    """One sheet of several titled tables below each other, under the answer in one sentence."""

    name: str
    answer: str
    tables: tuple[Sheet, ...]


def panel_sheets(assessments: Sequence[Assessment]) -> tuple[PanelSheet, ...]:
    """Return one sheet per framework, in the order of the panels."""
    return tuple(
        PanelSheet(str(each.title)[:LONGEST_NAME], str(each.answer), tuple(_tables(each.blocks)))
        for each in assessments
    )


def _tables(blocks: Sequence[Block]) -> Iterator[Sheet]:
    for block in blocks:
        if isinstance(block, Table):
            yield _table(block)
        elif isinstance(block, Figures):
            yield _figures(block)
        elif isinstance(block, Chart):
            yield _chart(block)
        elif isinstance(block, Timeline):
            yield _timeline(block)
        elif isinstance(block, Sentence):
            yield Sheet(str(block.text), (), ())


def _table(block: Table) -> Sheet:
    columns = tuple(SheetColumn(str(column.title), column.unit) for column in block.columns)
    rows = (*block.rows, *([block.total] if block.total else []))
    return Sheet(str(block.title), columns, tuple(tuple(map(_value, row)) for row in rows))


def _timeline(block: Timeline) -> Sheet:
    """Return the tasks with their months, and dates where the first day is known; a mark ends as it starts."""
    tasks = (*block.tasks, *((text, month, month, "") for month, text in block.marks))
    if not block.start:
        return Sheet(str(block.title), TASKS, tuple(tasks))
    dated = tuple((*task, block.when(task[1]), block.when(task[2])) for task in tasks)
    return Sheet(str(block.title), (*TASKS, SheetColumn("Starts"), SheetColumn("Ends")), dated)


def _value(cell: Cell) -> Value:
    """Return a cell as a value; a figure that is only a bound keeps it, as text."""
    if isinstance(cell, Figure):
        return cell.value if cell.value is not None and not cell.bound else format_figure(cell)
    return cell


def _figures(block: Figures) -> Sheet:
    rows = tuple((figure.label, figure.value, figure.unit, figure.bound.replace("_", " ")) for figure in block.figures)
    return Sheet(str(block.title) or "Figures", FIGURES, rows)


def _chart(block: Chart) -> Sheet:
    """Return a row per point: series, where, how much, and its band."""
    where = SheetColumn(str(block.x.title) or "Of", block.x.unit)
    much = str(block.y.title) or "Value"
    columns: tuple[SheetColumn, ...] = (SheetColumn("Series"), where, SheetColumn(much, block.y.unit))
    banded = any(series.low and series.high for series in block.series)
    if banded:
        columns = (*columns, SheetColumn("Low", block.y.unit), SheetColumn("High", block.y.unit))
    rows: list[tuple[Value, ...]] = []
    for series in block.series:
        for at, (x, y) in enumerate(zip(series.x, series.y, strict=False)):
            band = (series.low[at], series.high[at]) if series.low and series.high else (None, None)
            rows.append((series.name, x, y, *(band if banded else ())))
    return Sheet(str(block.title), columns, tuple(rows))
