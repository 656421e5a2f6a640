"""Tables on paper: columns that find their widths, numbers set right, the head repeated on every page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reportlab.platypus import Flowable

from exports.pdf.drawing import color_of
from exports.pdf.prose import LEADING, PAPER, Align, Line, Run, broken, draw_line, natural_width, runs_of

PADDING = 4.0
MOST_MEASURED = 400
MOST_LINES = 34
MOST_HEAD_LINES = 4

Content = str | Run | Sequence[Run]


@dataclass(frozen=True, slots=True)
class GridColumn:
    """Head and set of a column; `share` fixes its width as a fraction of the table, 0 = by its content."""

    title: str
    align: Align = "left"
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class GridRow:
    """One row of cells; `place` names it as a target of links, `strong` sets it apart as a sum or a group."""

    cells: tuple[Content, ...]
    place: str = ""
    strong: bool = False


@dataclass(slots=True)
class _Layout:
    """Widths of the columns and the broken lines of every row, shared by the parts of a split table.

    A row of more than `MOST_LINES` lines becomes several, so that it fits on a page; `source` is the row of each.
    """

    widths: list[float]
    head: list[list[Line]]
    rows: list[list[list[Line]]]
    heights: list[float]
    head_height: float
    source: list[GridRow]


class Grid(Flowable):  # type: ignore[misc]
    """A table as wide as its frame, or narrower when its content is."""

    def __init__(
        self,
        columns: Sequence[GridColumn],
        rows: Sequence[GridRow],
        size: float = 7.6,
        after: float = 10.0,
        stretch: bool = True,
        headed: bool = True,
    ) -> None:
        super().__init__()
        self.columns, self.rows = tuple(columns), list(rows)
        self.size, self.stretch, self.headed = size, stretch, headed
        self.spaceBefore, self.spaceAfter = 2.0, after
        self._layout: _Layout | None = None
        self._first, self._last = 0, len(self.rows)

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """Return width and height in points."""
        layout = self._laid(available_width)
        self.width = sum(layout.widths)
        self.height = layout.head_height + sum(layout.heights[self._first : self._last])
        return self.width, self.height

    def split(self, available_width: float, available_height: float) -> list[Flowable]:
        """Return the rows that fit and the rest, both under the head; nothing if not even one row fits."""
        layout = self._laid(available_width)
        used, last = layout.head_height, self._first
        while last < self._last and used + layout.heights[last] <= available_height:
            used += layout.heights[last]
            last += 1
        if last == self._last:
            return [self]
        if last == self._first:
            return []
        return [self._part(self._first, last), self._part(last, self._last)]

    def draw(self) -> None:
        """Draw head and rows downward."""
        layout = self._layout
        assert layout is not None, "a flowable is wrapped before it is drawn"
        canvas = self.canv
        top = self.height
        if self.headed:
            self._row(layout.head, top, layout)
        top -= layout.head_height
        canvas.setStrokeColor(color_of(PAPER.muted))
        canvas.setLineWidth(0.6)
        canvas.line(0, top, self.width, top)
        for number in range(self._first, self._last):
            height = layout.heights[number]
            row = layout.source[number]
            if row.strong:
                canvas.setFillColor(color_of(PAPER.raised))
                canvas.rect(0, top - height, self.width, height, stroke=0, fill=1)
            if row.place:
                canvas.bookmarkHorizontal(row.place, 0, top)
            self._row(layout.rows[number], top, layout)
            top -= height
            canvas.setStrokeColor(color_of(PAPER.separator))
            canvas.setLineWidth(0.35)
            canvas.line(0, top, self.width, top)

    def _part(self, first: int, last: int) -> Grid:
        part = Grid(self.columns, (), self.size, self.spaceAfter, self.stretch, self.headed)
        part.rows, part._layout, part._first, part._last = self.rows, self._layout, first, last
        return part

    def _row(self, cells: list[list[Line]], top: float, layout: _Layout) -> None:
        x = 0.0
        for column, lines, width in zip(self.columns, cells, layout.widths, strict=False):
            baseline = top - PADDING * 0.7 - self.size
            for line in lines:
                across = line[-1].x + line[-1].width if line else 0.0
                room = width - 2 * PADDING - across
                shift = {"left": 0.0, "right": room, "center": room / 2}[column.align]
                draw_line(self.canv, line, x + PADDING + shift, baseline, self.size)
                baseline -= self.size * LEADING
            x += width

    def _laid(self, available: float) -> _Layout:
        if self._layout is None:
            cells = [[runs_of(cell) for cell in row.cells] for row in self.rows]
            if any(row.strong for row in self.rows):
                cells = [
                    [tuple(run._replace(weight="semibold") for run in cell) for cell in line] if row.strong else line
                    for row, line in zip(self.rows, cells, strict=True)
                ]
            head = [(Run(column.title, "semibold", PAPER.muted),) for column in self.columns]
            widths = self._widths([*cells[:MOST_MEASURED], head], available)
            rows, source = _cut([self._lines(row, widths) for row in cells], self.rows)
            heads = [lines[:MOST_HEAD_LINES] for lines in self._lines(head, widths)]
            head_height = self._height(heads) if self.headed else 0.0
            self._layout = _Layout(widths, heads, rows, [self._height(row) for row in rows], head_height, source)
            self._last = len(rows)
        return self._layout

    def _lines(self, cells: Sequence[Sequence[Run]], widths: list[float]) -> list[list[Line]]:
        return [
            broken(cell, self.size, width - 2 * PADDING) if cell else [()]
            for cell, width in zip(cells, widths, strict=False)
        ]

    def _height(self, cells: list[list[Line]]) -> float:
        return max((len(lines) for lines in cells), default=1) * self.size * LEADING + PADDING

    def _widths(self, rows: Sequence[Sequence[Sequence[Run]]], available: float) -> list[float]:
        """Return the widths: fixed shares first, then what the content asks for, text columns giving way."""
        wanted = []
        least = []
        for number, column in enumerate(self.columns):
            across = [natural_width(row[number], self.size) for row in rows if number < len(row)]
            words = [
                natural_width((run._replace(text=word),), self.size)
                for row in rows
                if number < len(row)
                for run in row[number]
                for word in run.text.split(" ")
            ]
            fixed = column.share * available
            wanted.append(fixed or max(across, default=0.0) + 2 * PADDING + 0.1)
            least.append(fixed or min(max(words, default=0.0) + 2 * PADDING + 0.1, available * 0.3))
        spare = available - sum(wanted)
        if spare >= 0:
            return _widened(wanted, self.columns, spare) if self.stretch else wanted
        room = available - sum(least)
        if room <= 0:
            return [width * available / sum(least) for width in least]
        over = [more - fewer for more, fewer in zip(wanted, least, strict=True)]
        return [fewer + room * share / (sum(over) or 1.0) for fewer, share in zip(least, over, strict=True)]


def _cut(rows: list[list[list[Line]]], source: Sequence[GridRow]) -> tuple[list[list[list[Line]]], list[GridRow]]:
    """Return the rows with those that are too high for a page cut into several."""
    found: list[list[list[Line]]] = []
    origins: list[GridRow] = []
    for cells, row in zip(rows, source, strict=True):
        count = max((len(lines) for lines in cells), default=1)
        for start in range(0, max(count, 1), MOST_LINES):
            found.append([lines[start : start + MOST_LINES] or [()] for lines in cells])
            origins.append(row if start == 0 else replace(row, place=""))
    return found, origins


def _widened(widths: list[float], columns: Sequence[GridColumn], spare: float) -> list[float]:
    """Give spare room to the columns of text, or to all where there is none."""
    free = [number for number, column in enumerate(columns) if column.align == "left" and not column.share]
    free = free or list(range(len(widths)))
    total = sum(widths[number] for number in free) or 1.0
    return [width + spare * width / total if number in free else width for number, width in enumerate(widths)]
