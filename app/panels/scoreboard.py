"""The scoreboard: the figures of the shown variant with their change against the first one; a click explains."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from app.panels.widgets import Clickable, ElidedLabel, column, label, row, set_tone, write
from app.words import in_words, say, say_many
from models.formatting import format_change, format_figure, shown_money
from models.report import Figure

LESS_IS_BETTER = frozenset({"cost_per_month", "cost_per_unit", "first_p95_s", "last_p95_s", "kgco2e_per_month"})
NARROWEST = 640
MORE_IS_BETTER = frozenset({"availability", "full_month"})


class ScoreCell(Clickable):
    """One figure: what it is, its value, and how it stands."""

    def __init__(self, figure_id: str) -> None:
        super().__init__("score")
        self.figure_id = figure_id
        self._widest = 0
        self._given: object = None
        self._written: object = None
        self._roomy: bool | None = None
        self._label = ElidedLabel("small", 130, 130)
        self._value = ElidedLabel("score", 200)
        self._note = ElidedLabel("small", 48, 190)
        self._body = column(self, 0, 1)
        for part in (self._label, self._value, self._note):
            self._body.addWidget(part)
        self.set_roomy(True)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)

    def set_roomy(self, roomy: bool) -> None:
        """Spell out what the figure is; without room its value alone decides how wide the cell is."""
        if roomy == self._roomy:
            return
        self._roomy = roomy
        beside = 12 if roomy else 5
        self._body.setContentsMargins(beside, 8, beside, 8)
        self._label.narrowest, self._note.narrowest = (130, 48) if roomy else (24, 24)
        self._label.updateGeometry()
        self._note.updateGeometry()

    def sizeHint(self) -> QSize:
        """Never less than it once was, so that the cells stand still while the month is dragged."""
        hint = super().sizeHint()
        self._widest = max(self._widest, hint.width())
        return QSize(self._widest, hint.height())

    def forget_width(self) -> None:
        """Begin anew with the width of what is shown."""
        self._widest = 0
        self.updateGeometry()

    def least_width(self) -> int:
        """Return the width in px that it takes to spell the cell's figure out."""
        return max(self._label.sizeHint().width(), self._value.sizeHint().width(), 48) + 24

    def show_figure(self, figure: Figure, baseline: Figure | None, versus: str, *, named: bool = True) -> bool:
        """Show the figure and its difference to the baseline's; returns whether that differs from what was shown.

        Args:
            named: with the baseline's name beside it.
        """
        given = figure, baseline, versus, named, shown_money()
        if given == self._given:
            return False
        self._given = given
        value, name = value_text(figure), in_words(figure.label)
        note, tone = note_of(figure, baseline, versus)
        shown = note if named else note_of(figure, baseline, "")[0]
        hints = (
            f"{name}: {value}",
            note,
            in_words(figure.reason),
            in_words(figure.basis),
            say("Click for how it is computed."),
        )
        written = name, value, note, shown, tone, figure.status, hints
        if written == self._written:
            return False
        self._written = written
        for part, text in ((self._label, name), (self._value, value), (self._note, shown)):
            write(part, text)
        set_tone(self._note, tone)
        set_tone(self._value, "bad" if figure.status == "invalid" else "")
        self.setToolTip("\n".join(dict.fromkeys(hint for hint in hints if hint)))
        self.setAccessibleName(f"{name}: {value}. {note}")
        return True


def value_text(figure: Figure) -> str:
    """Return what stands in large type: the value, or the name a figure stands for."""
    if figure.value is None and figure.text:
        return in_words(figure.text)
    return in_words(format_figure(figure))


def note_of(figure: Figure, baseline: Figure | None, versus: str) -> tuple[str, str]:
    """Return the line under the value with its tone: the change against the baseline, else the figure's own remark."""
    name = figure.id.removeprefix("total/")
    if (
        baseline is not None
        and figure.value is not None
        and baseline.value is not None
        and figure.id != "total/findings"
    ):
        good_when = "higher" if name in MORE_IS_BETTER else "lower"
        text, better = format_change(figure.value - baseline.value, figure.unit, good_when=good_when)
        if better is not None:
            amount = in_words(text).lstrip("+−")
            if figure.unit == "month":
                amount = months_text(figure.value - baseline.value)
            arrow = "▲" if figure.value > baseline.value else "▼"
            judged = name in LESS_IS_BETTER | MORE_IS_BETTER
            words = f"{arrow} {amount}"
            if versus:
                words = say("{amount} against {versus}", amount=words, versus=versus)
            return words, ("good" if better else "bad") if judged else ""
    if figure.value is None and not figure.text:
        return in_words(figure.reason), "warning"
    if figure.status == "warning" and figure.reason:
        return in_words(figure.reason).rstrip("."), "warning"
    remark = in_words(figure.text) if figure.value is not None else ""
    return remark or short_basis(figure.basis), "warning" if figure.status == "warning" else ""


def short_basis(basis: str) -> str:
    """Return what a figure holds for in few words; the month stands beside its slider, all of it in the tooltip."""
    month, words = say("month {month}", month="").strip(), in_words(basis)
    parts = [part for part in words.split(", ") if part.partition(" ")[0] != month]
    return parts[-1] if parts else words


def months_text(difference: float) -> str:
    """Return a shift in time in words."""
    count = round(abs(difference))
    if difference > 0:
        return say_many("{count} month later", "{count} months later", count)
    return say_many("{count} month earlier", "{count} months earlier", count)


class ScoreboardPanel(QWidget):
    """A row of figures."""

    explain = Signal(str)
    """Id of the clicked figure."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("scoreboard")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(say("Scoreboard"))
        self.setFixedHeight(76)
        self._layout = row(self, 0, 0)
        self._layout.setContentsMargins(4, 0, 4, 0)
        self._cells: dict[str, ScoreCell] = {}
        self._empty = label(say("The figures of the design appear here as soon as it is evaluated."), "muted")
        self._empty.setContentsMargins(12, 0, 0, 0)
        self._layout.addWidget(self._empty)
        self._layout.addStretch(1)

    def show_figures(self, figures: tuple[Figure, ...], baseline: tuple[Figure, ...] = (), versus: str = "") -> None:
        """Show these figures, the baseline named once, so that all have room; widgets are kept: nothing flickers."""
        before = {figure.id: figure for figure in baseline}
        self._empty.setVisible(not figures)
        if [figure.id for figure in figures] != list(self._cells):
            self._rebuild(figures)
        cells = [(self._cells[figure.id], figure) for figure in figures]
        differ = [
            cell.show_figure(figure, before.get(figure.id), versus, named=place == 0)
            for place, (cell, figure) in enumerate(cells)
        ]
        if any(differ):
            self._make_room()

    def _make_room(self) -> None:
        """Spell everything out where there is room for it."""
        roomy = sum(cell.least_width() + 1 for cell in self._cells.values()) + 8 <= self.width()
        for cell in self._cells.values():
            cell.set_roomy(roomy)

    def minimumSizeHint(self) -> QSize:
        """Less than the figures would like, so that the window can be small."""
        return QSize(NARROWEST, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Look again what there is room for."""
        super().resizeEvent(event)
        for cell in self._cells.values():
            cell.forget_width()
        self._make_room()

    def _rebuild(self, figures: tuple[Figure, ...]) -> None:
        for cell in self._cells.values():
            cell.deleteLater()
        self._cells = {}
        while self._layout.count() > 2:
            item = self._layout.takeAt(1)
            if item is not None and (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for figure in figures:
            cell = ScoreCell(figure.id)
            cell.clicked.connect(lambda key=figure.id: self.explain.emit(key))
            self._cells[figure.id] = cell
            self._layout.insertWidget(self._layout.count() - 1, cell)
            line = QFrame()
            line.setProperty("role", "line")
            line.setFixedSize(1, 48)
            self._layout.insertWidget(self._layout.count() - 1, line)
