"""One view per kind of block: each can show a newer block of its kind in place, so that nothing flickers or jumps."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QPaintEvent, QPalette
from PySide6.QtWidgets import QGridLayout, QHeaderView, QTableWidget, QTableWidgetItem, QToolButton, QWidget

from app.icons import icon
from app.panels.finding_cards import FindingList
from app.panels.widgets import Clickable, column, label, row, set_tone, write
from app.words import in_words, say
from models.formatting import format_figure, format_value, money_as, shown_money
from models.report import Block, Cell, Chart, Figure, Figures, Findings, Sentence, Table, Timeline

if TYPE_CHECKING:
    from app.session import Session
    from models.themes import Theme

MOST_ROWS = 200
ROW_HEIGHT = 26
ANY_SIZE = 16_777_215
"""The largest size of a widget: no limit."""
WIDE = 376
"""Columns that need more px than the panel has are read by scrolling; narrower ones fill it."""
TONES = {"good": "good", "bad": "bad", "warning": "warning", "muted": "muted"}


class BlockView(QWidget):
    """What shows one block; `explain` carries a figure's id, `reveal` an element's."""

    explain = Signal(str)
    reveal = Signal(str)
    offered = Signal(object)
    """A newer block than the one shown first."""
    enlarge_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._waiting: Block | None = None
        self._money = shown_money()

    def give_room(self) -> None:
        """Grow with the window; views of a fixed height do so where they have a window of their own."""

    def can_show(self, block: Block) -> bool:
        """Return whether this view can show another block of its kind in place, or another view must be made."""
        return True

    @abstractmethod
    def show_block(self, block: Block) -> None:
        """Show another block that `can_show` agreed to."""

    def offer(self, block: Block) -> None:
        """Show the block; out of sight, as soon as the view is scrolled into sight."""
        self._money = shown_money()
        self.offered.emit(block)
        if self.isVisible() and self.visibleRegion().isEmpty():
            self._waiting = block
        else:
            self._waiting = None
            self.show_block(block)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Come into sight: a block that waited is shown, after this paint, since that may change the view's size."""
        if self._waiting is not None:
            QTimer.singleShot(0, self, self._catch_up)

    def _catch_up(self) -> None:
        if self._waiting is not None:
            block, self._waiting = self._waiting, None
            with money_as(self._money):  # another plan's window may be in front by now
                self.show_block(block)


class SentenceView(BlockView):
    """The answer or a remark."""

    def __init__(self, block: Sentence, is_answer: bool) -> None:
        super().__init__()
        self._is_answer = is_answer
        self._label = label("", "answer" if is_answer else "", wrap=True)
        column(self).addWidget(self._label)
        self.show_block(block)

    def show_block(self, block: Block) -> None:
        """Write the sentence."""
        assert isinstance(block, Sentence)
        write(self._label, block.text)
        set_tone(self._label, "" if self._is_answer else TONES.get(block.role, ""))


class FiguresView(BlockView):
    """Tiles, two in a row; a click explains."""

    def __init__(self, block: Figures) -> None:
        super().__init__()
        self._ids = [figure.id for figure in block.figures]
        layout = column(self, 0, 6)
        if str(block.title):
            layout.addWidget(label(block.title, "heading", wrap=True))
        grid = QGridLayout()
        grid.setSpacing(8)
        self._tiles = [FigureTile() for _ in block.figures]
        for number, tile in enumerate(self._tiles):
            tile.clicked.connect(lambda at=number: self.explain.emit(self._ids[at]))
            grid.addWidget(tile, number // 2, number % 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        layout.addLayout(grid)
        self.show_block(block)

    def can_show(self, block: Block) -> bool:
        """Return whether the figures are as many."""
        return isinstance(block, Figures) and len(block.figures) == len(self._tiles)

    def show_block(self, block: Block) -> None:
        """Write the figures."""
        assert isinstance(block, Figures)
        self._ids = [figure.id for figure in block.figures]
        for tile, figure in zip(self._tiles, block.figures, strict=True):
            tile.show_figure(figure)


class FigureTile(Clickable):
    """A figure with its name and, if `noted`, what it holds for."""

    def __init__(self, noted: bool = True) -> None:
        super().__init__("tile")
        self._noted = noted
        self._given: object = None
        layout = column(self, 10, 1)
        self._name, self._value = label("", "small", wrap=True), label("", "figure", wrap=True)
        self._note = label("", "small", wrap=True)
        for part in (self._name, self._value, self._note):
            layout.addWidget(part)
        layout.addStretch(1)

    def show_figure(self, figure: Figure) -> None:
        """Write the figure."""
        given = figure, shown_money()
        if given == self._given:
            return
        self._given = given
        shown = in_words(format_figure(figure))
        note = in_words(figure.reason if figure.value is None else figure.text or figure.basis)
        name = in_words(figure.label)
        write(self._name, name)
        write(self._value, shown)
        write(self._note, note if note != shown else "")
        self._note.setVisible(self._noted and bool(self._note.text()))
        set_tone(self._value, {"invalid": "bad", "warning": "warning"}.get(figure.status, ""))
        hints = (in_words(figure.reason or figure.basis), say("Click for how it is computed"))
        self.setToolTip("\n".join(hint for hint in hints if hint))
        self.setAccessibleName(f"{name}: {shown}")


class BlockHead(QWidget):
    """Title of a table or chart, with the button that shows it large."""

    def __init__(self, title: str, enlarge: SignalInstance) -> None:
        super().__init__()
        line = row(self, 0, 4)
        line.addWidget(label(title, "heading", wrap=True), 1)
        button = QToolButton()
        button.setIcon(icon("maximize", self.palette().color(QPalette.ColorRole.PlaceholderText)))
        button.setToolTip(say("Show in a window of its own"))
        button.setAccessibleName(say("Show “{title}” in a window of its own", title=title))
        button.clicked.connect(enlarge)
        line.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)


class CopiedTable(QTableWidget):
    """A table whose selected rows are copied with their heads, as a spreadsheet takes them."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy whole rows."""
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.selected_text())
        else:
            super().keyPressEvent(event)

    def selected_text(self) -> str:
        """Return heads and selected rows, cells apart by tabs; all rows where none is selected."""
        chosen = sorted({index.row() for index in self.selectedIndexes()}) or range(self.rowCount())
        columns = range(self.columnCount())
        heads = [item.text() if (item := self.horizontalHeaderItem(at)) else "" for at in columns]
        rows = [[item.text() if (item := self.item(at, number)) else "" for number in columns] for at in chosen]
        return "\n".join("\t".join(cells) for cells in [heads, *rows])


class TableView(BlockView):
    """Rows of cells; a click selects the element of the row."""

    def __init__(self, block: Table) -> None:
        super().__init__()
        layout = column(self, 0, 6)
        self._head = BlockHead(in_words(block.title), self.enlarge_asked)
        layout.addWidget(self._head)
        self._roomy = False
        self._block = Table(block.title, block.columns, ())
        self._shape = _shape_of(block)
        self.table = CopiedTable(len(_cells_of(block)), len(block.columns))
        layout.addWidget(self.table)
        cells = zip(*_cells_of(block), strict=True)
        self._sides = [_side_of(column) for column in cells] or [Qt.AlignmentFlag.AlignLeft] * len(block.columns)
        self._dress(block)
        self.show_block(block)
        self._fit()
        left = len(block.rows) - MOST_ROWS
        if left > 0:
            layout.addWidget(label(say("{count} more rows are in the exports.", count=left), "small"))

    def _dress(self, block: Table) -> None:
        table = self.table
        table.setAccessibleName(in_words(block.title))
        for number, (one, side) in enumerate(zip(block.columns, self._sides, strict=True)):
            head = QTableWidgetItem(in_words(one.title))
            head.setTextAlignment(side)
            table.setHorizontalHeaderItem(number, head)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        table.setShowGrid(False)
        table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        table.setHorizontalScrollMode(QTableWidget.ScrollMode.ScrollPerPixel)
        table.cellClicked.connect(lambda at, _: self._reveal_row(at))

    def give_room(self) -> None:
        """Show as many rows and columns as the window has room for."""
        self._roomy = True
        self._head.hide()
        self.table.setMinimumHeight(0)
        self.table.setMaximumHeight(ANY_SIZE)
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self._fit()

    def natural_size(self) -> QSize:
        """Return the size in px that shows all of the table."""
        head = self.table.horizontalHeader()
        rows = self.table.rowCount() * ROW_HEIGHT
        return QSize(head.length() + 24, rows + head.height() + 24)

    def can_show(self, block: Block) -> bool:
        """Return whether the table has as many rows and the same columns."""
        return isinstance(block, Table) and _shape_of(block) == self._shape

    def show_block(self, block: Block) -> None:
        """Write the cells that changed."""
        assert isinstance(block, Table)
        old, new = _cells_of(self._block), _cells_of(block)
        self._block = block
        wider = False
        for at, cells in enumerate(new):
            for number, cell in enumerate(cells):
                if at >= len(old) or old[at][number] != cell:
                    wider |= self._write(at, number, cell, block.columns[number].unit)
        if wider:
            self._fit()

    def _write(self, at: int, number: int, cell: Cell, unit: str) -> bool:
        """Write one cell; return whether its column became too narrow for it."""
        item = self.table.item(at, number)
        text, hint = cell_text(cell, unit)
        if item is None:
            item = QTableWidgetItem(text)
            item.setTextAlignment(self._sides[number] | Qt.AlignmentFlag.AlignVCenter)
            item.setToolTip(hint)
            self.table.setItem(at, number, item)
            return False
        if item.text() != text:
            item.setText(text)
            item.setToolTip(hint)
            needed = self.table.fontMetrics().horizontalAdvance(text) + 12
            return bool(needed > self.table.columnWidth(number))
        return False

    def _fit(self) -> None:
        """Give each column the room of its content; what is wider than the panel scrolls."""
        table, head = self.table, self.table.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        hints = [max(table.sizeHintForColumn(at), head.sectionSizeHint(at)) for at in range(table.columnCount())]
        for at, hint in enumerate(hints):
            table.setColumnWidth(at, hint)
        if self._roomy:
            return
        wide = sum(hints) > WIDE
        if hints and not wide:
            head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        bar = Qt.ScrollBarPolicy.ScrollBarAlwaysOn if wide else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        table.setHorizontalScrollBarPolicy(bar)
        table.setFixedHeight(min(14, table.rowCount()) * ROW_HEIGHT + (48 if wide else 34))

    def _reveal_row(self, at: int) -> None:
        elements = self._block.elements
        if at < len(elements) and elements[at]:
            self.reveal.emit(elements[at])


def _shape_of(block: Table) -> tuple[object, ...]:
    return len(_cells_of(block)), len(block.rows), bool(block.total), tuple(str(one.title) for one in block.columns)


def _cells_of(block: Table) -> list[tuple[Cell, ...]]:
    return [*block.rows[:MOST_ROWS], *([block.total] if block.total else [])]


def _side_of(cells: Iterable[Cell]) -> Qt.AlignmentFlag:
    """Return where the cells of a column stand: right if there is a number among them, words beside it too."""
    numbers = any(isinstance(cell, int | float | Figure) for cell in cells)
    return Qt.AlignmentFlag.AlignRight if numbers else Qt.AlignmentFlag.AlignLeft


def cell_text(cell: Cell, unit: str) -> tuple[str, str]:
    """Return what a cell reads, and its tooltip."""
    if isinstance(cell, Figure):
        text = in_words(format_figure(cell))
        return text, in_words(cell.reason) or text
    text = in_words(cell if isinstance(cell, str) else format_value(cell, unit))
    return text, text


class ChartBlockView(BlockView):
    """A chart or a timeline under its title."""

    def __init__(self, block: Chart | Timeline, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._layout = column(self, 0, 4)
        self._head = BlockHead(in_words(block.title), self.enlarge_asked)
        self._layout.addWidget(self._head)
        self._roomy = False
        self._block: Chart | Timeline | None = None
        self._chart: QWidget | None = None
        self.show_block(block)

    def give_room(self) -> None:
        """Draw the chart as large as the window is."""
        self._roomy = True
        self._head.hide()
        self._stretch()

    def _stretch(self) -> None:
        if self._chart is not None and self._roomy:
            self._chart.setMinimumHeight(0)
            self._chart.setMaximumHeight(ANY_SIZE)

    def show_block(self, block: Block) -> None:
        """Draw the chart in the widget that is there, or in another where the axes differ."""
        assert isinstance(block, Chart | Timeline)
        old, self._block = self._block, block
        if not self._drawn_in_place(old, block):
            self._replace(block)
        self._stretch()

    def _drawn_in_place(self, old: Block | None, block: Block) -> bool:
        from app.panels.charts import ChartView, draw_chart, fits_plot

        chart = self._chart
        if not (isinstance(block, Chart) and isinstance(old, Chart) and isinstance(chart, ChartView)):
            return False
        if not fits_plot(old, block):
            return False
        draw_chart(chart, block, self._theme)
        return True

    def _replace(self, block: Chart | Timeline) -> None:
        from app.panels.charts import TimelineView, chart_widget

        if self._chart is not None:
            self._layout.removeWidget(self._chart)
            self._chart.hide()
            self._chart.deleteLater()
        self._chart = chart_widget(block, self._theme) if isinstance(block, Chart) else TimelineView(block, self._theme)
        self._layout.addWidget(self._chart)


class FindingsView(BlockView):
    """Cards of findings under a heading."""

    def __init__(self, session: Session, block: Findings) -> None:
        super().__init__()
        layout = column(self, 0, 8)
        self._head = label(say("Findings"), "heading")
        self._cards = FindingList(session)
        self._cards.reveal.connect(self.reveal)
        self._cards.explain.connect(self.explain)
        layout.addWidget(self._head)
        layout.addWidget(self._cards)
        self.show_block(block)

    def show_block(self, block: Block) -> None:
        """Show the cards."""
        assert isinstance(block, Findings)
        self._cards.show_findings(block.findings)
        self._head.setVisible(bool(block.findings))
