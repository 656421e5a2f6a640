"""Why the figures differ: which change moved cost, latency and availability by how much."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QComboBox, QProgressBar, QPushButton, QTableWidgetItem, QWidget

from app.compare.figure_table import embolden, fill, read_only_table
from app.panels.widgets import column, label, row
from app.theme import tint
from app.words import mark, say
from app.work import Cancelled, Work
from models.attribution import FIGURES, Attribution, Contribution, attribute
from models.attribution import Cancelled as GivenUp
from models.evaluation import Evaluation
from models.formatting import format_change, money_of
from models.themes import Theme
from models.variants import HIGHER_IS_BETTER

WAYS = (
    ("in_sequence", mark("One after another: the parts add up to the total")),
    ("left_out", mark("Leave one out: what would be lost without it")),
)
UNKNOWN = mark("not known")


def run_attribution(before: Evaluation, after: Evaluation, cancelled: Cancelled) -> Attribution | None:
    """Return the attribution, or None if it was given up; runs on a worker thread."""
    try:
        return attribute(before, after, cancelled=cancelled)
    except GivenUp:
        return None


class ReasonsPanel(QWidget):
    """The table of contributions, computed when it is first looked at."""

    current_changed = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._sides: tuple[Evaluation, Evaluation] | None = None
        self.attribution: Attribution | None = None
        self._shown: tuple[Contribution, ...] = ()
        self.work = Work(self)
        self.work.done.connect(self._take)
        self.work.failed.connect(self._on_failed)
        self.table = read_only_table(say("What each change contributes"))
        self.table.currentCellChanged.connect(self._on_current)
        self.way = QComboBox()
        self.way.setAccessibleName(say("Way of sharing out"))
        for key, title in WAYS:
            self.way.addItem(say(title), key)
        self.way.currentIndexChanged.connect(self._fill)
        self.note = label("", "muted", wrap=True)
        self.progress = QProgressBar()
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(160)
        self.cancel = QPushButton(say("Cancel"))
        self.cancel.clicked.connect(self._give_up)
        head = row(None, 0, 8)
        head.addWidget(self.way)
        head.addStretch(1)
        head.addWidget(self.progress)
        head.addWidget(self.cancel)
        layout = column(self, 12, 8)
        layout.addLayout(head)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.note)
        self._show_running(False)

    def set_theme(self, theme: Theme) -> None:
        """Color better and worse for another theme."""
        self._theme = theme
        self._fill()

    def set_sides(self, before: Evaluation, after: Evaluation) -> None:
        """Compare these from now on; computed at once if the panel is in sight, else when it is shown."""
        self._sides = (before, after)
        self.attribution = None
        self.work.cancel()
        self.table.setRowCount(0)
        self.note.setText("")
        if self.isVisible():
            self.compute()

    def compute(self) -> None:
        """Share the differences out, off the GUI thread, unless that is done or running."""
        if self._sides is None or self.attribution is not None or self.work.is_running:
            return
        before, after = self._sides
        self.note.setText(say("Making each change by itself …"))
        self._show_running(True)
        self.work.start(lambda cancelled: run_attribution(before, after, cancelled))

    def _give_up(self) -> None:
        self.work.cancel()
        self._show_running(False)
        self.note.setText(say("Given up. Open this tab again to compute it."))

    def _show_running(self, running: bool) -> None:
        self.progress.setVisible(running)
        self.cancel.setVisible(running)

    def _on_failed(self, sentence: str, _: str) -> None:
        self._show_running(False)
        self.note.setText(say("This could not be computed: {sentence}", sentence=sentence))

    def _take(self, found: Attribution | None) -> None:
        self._show_running(False)
        self.attribution = found
        self._fill()

    def _fill(self) -> None:
        found = self.attribution
        if found is None or self._sides is None:
            return
        way = str(self.way.currentData())
        figures = {key: self._sides[1].figure(key) for key in FIGURES}
        first = FIGURES[0]

        def size(each: Contribution) -> float:
            moved: float | None = getattr(each, way)[first]
            return -abs(moved or 0.0)

        self._shown = tuple(sorted(found.contributions, key=size))
        named = [(each.label, getattr(each, way).get) for each in self._shown]
        added = found.sum_in_sequence if way == "in_sequence" else found.sum_left_out
        named += [(say("Sum of the changes"), added), (say("Total difference"), found.totals.get)]
        with money_of(self._sides[1].design.brief):
            rows = [
                [(title, None), *(self._cell(key, figures[key].unit, value_of(key)) for key in FIGURES)]
                for title, value_of in named
            ]
        fill(self.table, (say("Change"), *(figures[key].label for key in FIGURES)), rows)
        for place in (-2, -1):
            embolden(self.table, len(rows) + place)
        interplay = "" if way == "in_sequence" else say(" What the sum lacks to the total is the interplay of changes.")
        self.note.setText(
            say(
                "{count} independent changes; what can only stand together counts as one.{interplay}",
                count=len(self._shown),
                interplay=interplay,
            )
            if self._shown
            else say("No change between these variants moves a figure.")
        )

    def _cell(self, figure: str, unit: str, value: float | None) -> tuple[str, QColor | None]:
        if value is None:
            return say(UNKNOWN), tint(self._theme, "muted")
        shown = "months" if unit == "month" else unit
        text, better = format_change(value, shown, good_when="higher" if figure in HIGHER_IS_BETTER else "lower")
        role = "muted" if better is None else "good" if better else "bad"
        return text, tint(self._theme, role)

    def _on_current(self, place: int, *_: int) -> None:
        if 0 <= place < len(self._shown):
            self.current_changed.emit(self._shown[place].elements[0])

    def texts(self, place: int) -> tuple[str, ...]:
        """Return the texts of a row, for reading aloud and for tests."""
        items: list[QTableWidgetItem | None] = [
            self.table.item(place, across) for across in range(self.table.columnCount())
        ]
        return tuple(item.text() if item is not None else "" for item in items)
