"""Tables of figures: two variants with their difference, and up to eight variants beside each other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from app.panels.widgets import column, label
from app.theme import font, tint
from app.words import in_words, mark, say
from models.evaluation import Evaluation
from models.themes import Theme
from models.variants import TEXT_ONLY, FigureChange, Verdict, compare_figures, difference_text, side_text

VERDICTS: dict[Verdict, tuple[str, str]] = {
    "better": (mark("better"), "good"),
    "worse": (mark("worse"), "bad"),
    "same": (mark("same"), "muted"),
    "tie": (mark("tie: inside the band"), "muted"),
    "unknown": (mark("not known"), "muted"),
}
MOST_VARIANTS = 8
FIRST_COLUMN = 280


def read_only_table(name: str) -> QTableWidget:
    """Return a table that only shows."""
    table = QTableWidget()
    table.setAccessibleName(name)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.verticalHeader().setVisible(False)
    table.setShowGrid(False)
    table.setWordWrap(False)
    return table


def fill(table: QTableWidget, header: Sequence[str], rows: Sequence[Sequence[tuple[str, QColor | None]]]) -> None:
    """Show rows of (text, color or None); all columns but the first are right-aligned."""
    table.clear()
    table.setColumnCount(len(header))
    table.setRowCount(len(rows))
    table.setHorizontalHeaderLabels([in_words(title) for title in header])
    right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    for across in range(len(header)):
        title = table.horizontalHeaderItem(across)
        if title is not None:
            title.setTextAlignment(right if across else Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    for down, cells in enumerate(rows):
        for across, (text, color) in enumerate(cells):
            words = in_words(text)
            item = QTableWidgetItem(words)
            item.setToolTip(words)
            if across:
                item.setTextAlignment(right)
            if color is not None:
                item.setForeground(color)
            table.setItem(down, across, item)
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
    table.setColumnWidth(0, FIRST_COLUMN)


def embolden(table: QTableWidget, row: int) -> None:
    """Set a row, for example of sums, in bold."""
    bold = QFont(font(13, QFont.Weight.DemiBold))
    for across in range(table.columnCount()):
        item = table.item(row, across)
        if item is not None:
            item.setFont(bold)


class FigureTable(QWidget):
    """Every scoreboard figure of two variants: values, difference, verdict."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = read_only_table(say("Figures of both variants"))
        column(self, 12, 0).addWidget(self.table)

    def show_figures(self, figures: tuple[FigureChange, ...], before: str, after: str, theme: Theme) -> None:
        """Show the figures of the variants called `before` and `after`."""
        rows = []
        for change in figures:
            word, role = VERDICTS[change.verdict]
            color = tint(theme, role)
            word = "" if change.id in TEXT_ONLY else say(word)
            difference = difference_text(change)
            rows.append(
                (
                    (in_words(change.label), None),
                    (side_text(change.before), None),
                    (side_text(change.after), None),
                    (difference, color),
                    (word, color),
                )
            )
        fill(self.table, (say("Figure"), before, after, say("Difference"), say("After it is")), rows)


class VariantTable(QWidget):
    """Every scoreboard figure of up to eight variants, measured against the first of them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = read_only_table(say("Figures of all variants"))
        self.note = label("", "muted")
        layout = column(self, 12, 8)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.note)

    def show_variants(self, variants: Sequence[tuple[str, Evaluation]], left_out: int, theme: Theme) -> None:
        """Show (name, evaluation) pairs; the first one is the baseline."""
        boards = [evaluation.scoreboard() for _, evaluation in variants]
        rows = []
        for place, first in enumerate(boards[0] if boards else ()):
            cells: list[tuple[str, QColor | None]] = [(in_words(first.label), None), (side_text(first), None)]
            for board in boards[1:]:
                change = compare_figures(first, board[place])
                role = VERDICTS[change.verdict][1]
                shown = change.verdict in ("better", "worse") and change.id not in TEXT_ONLY
                arrow = ("▲ " if (change.difference or 0) > 0 else "▼ ") if shown else ""
                cells.append((f"{arrow}{in_words(side_text(board[place]))}", tint(theme, role) if shown else None))
            rows.append(cells)
        names = [name if place else say("{name} (baseline)", name=name) for place, (name, _) in enumerate(variants)]
        fill(self.table, (say("Figure"), *names), rows)
        more = (
            say(
                " {left_out} further variants are not shown; at most {MOST_VARIANTS} are.",
                left_out=left_out,
                MOST_VARIANTS=MOST_VARIANTS,
            )
            if left_out
            else ""
        )
        self.note.setText(
            say("Green is better than the baseline, red is worse; a tie inside the band has no color.{more}", more=more)
        )
