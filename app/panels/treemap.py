"""A treemap of the neutral blocks: one colored box per group, its items inside; the name under the pointer is told."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.theme import font, tint
from app.tips import as_tip
from app.words import in_words
from models.formatting import format_value, money_as, shown_money
from models.layout.treemap import Rect, nested
from models.report import Chart
from models.themes import Theme
from models.typeface import elide

HEIGHT = 260
HEAD = 18.0
LEAST_TEXT = 34.0
PAD = 4.0


class _Cell(NamedTuple):
    box: QRectF
    series: int
    name: str
    value: float


class TreemapView(QWidget):
    """Boxes whose areas are values."""

    def __init__(self, chart: Chart, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chart, self._theme = chart, theme
        self._money = shown_money()
        """The currency of the plan that it is drawn of; its values are written whenever it is painted."""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(str(chart.title))
        words = [f"{series.name}: {self._text(sum(series.y))}" for series in chart.series]
        self.setAccessibleDescription("; ".join(words))

    def sizeHint(self) -> QSize:
        """As wide as the panel."""
        return QSize(300, HEIGHT)

    def cells(self) -> tuple[list[QRectF], list[_Cell]]:
        """Return the boxes of the groups and of all items at the present size."""
        frame = Rect(0.0, 0.0, float(self.width()), float(self.height()))
        outer, inner = nested([series.y for series in self._chart.series], frame, HEAD)
        found = [
            _Cell(QRectF(*box), number, str(name), float(value))
            for number, (series, boxes) in enumerate(zip(self._chart.series, inner, strict=True))
            for name, value, box in zip(series.x, series.y, boxes, strict=True)
            if box.width > 0
        ]
        return [QRectF(*box) for box in outer], found

    def _text(self, value: float) -> str:
        with money_as(self._money):
            return in_words(format_value(value, self._chart.y.unit))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Groups in their colors, items parted by thin lines, names where they fit."""
        painter = QPainter(self)
        outer, cells = self.cells()
        for cell in cells:
            color = tint(self._theme, f"series/{cell.series}")
            painter.fillRect(cell.box, color)
            painter.setPen(tint(self._theme, "panel"))
            painter.drawRect(cell.box)
            self._write(painter, cell.box, cell.name, self._text(cell.value), readable_on(color))
        for number, box in enumerate(outer):
            color = tint(self._theme, f"series/{number}")
            head = QRectF(box.x(), box.y(), box.width(), HEAD if box.height() > 2 * HEAD else 0.0)
            painter.fillRect(head, color.darker(125))
            self._head(painter, head, number, readable_on(color.darker(125)))

    def _head(self, painter: QPainter, box: QRectF, number: int, ink: QColor) -> None:
        if box.height() <= 0 or box.width() < LEAST_TEXT:
            return
        series = self._chart.series[number]
        painter.setFont(font(10.5, 600))
        painter.setPen(ink)
        words = elide(f"{series.name} · {self._text(sum(series.y))}", 10.5, box.width() - 2 * PAD, "semibold")
        painter.drawText(box.adjusted(PAD, 0, -PAD, 0), Qt.AlignmentFlag.AlignVCenter, words)

    def _write(self, painter: QPainter, box: QRectF, name: str, value: str, ink: QColor) -> None:
        if box.width() < LEAST_TEXT or box.height() < 15:
            return
        painter.setPen(ink)
        painter.setFont(font(10))
        room = box.width() - 2 * PAD
        painter.drawText(box.adjusted(PAD, 2, -PAD, 0), Qt.AlignmentFlag.AlignTop, elide(name, 10, room))
        if box.height() > 30:
            painter.drawText(box.adjusted(PAD, 15, -PAD, 0), Qt.AlignmentFlag.AlignTop, elide(value, 10, room))

    def event(self, event: QEvent) -> bool:
        """Tell the item under the pointer."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            spot = event.pos().toPointF()
            found = next((cell for cell in self.cells()[1] if cell.box.contains(spot)), None)
            if found is not None:
                group = self._chart.series[found.series].name
                QToolTip.showText(event.globalPos(), as_tip(f"{group}\n{found.name}: {self._text(found.value)}"), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)


def readable_on(color: QColor) -> QColor:
    """Return black or white, whichever stands out from a color (WCAG 2.2, relative luminance)."""

    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4

    light = 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF())
    return QColor("#000000") if light > 0.179 else QColor("#ffffff")
