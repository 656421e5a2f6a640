"""Charts of the neutral blocks: lines, bars, areas and scatters by pyqtgraph, timelines painted here.

This module is imported when the first chart is shown, because pyqtgraph takes longer to import than the window to open.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.panels.treemap import TreemapView
from app.theme import font, parse_color, tint
from app.words import in_words, said, say
from models.formatting import format_value, money_as, shown_money
from models.point_names import Box, place_names
from models.report import Chart, Timeline
from models.themes import Theme
from models.typeface import elide, text_width
from models.words import Number

HEIGHT = 200
BAR_ROW = 24
LEGEND_ROW = 18
NAME_SIZE = 11
ALIKE = 1e-3
IN_LEGEND_ROW = 3
MOST_IN_LEGEND = 8


class ValueAxis(pyqtgraph.AxisItem):  # type: ignore[misc]
    """An axis whose numbers are written by the one formatter."""

    def __init__(self, orientation: str, unit: str) -> None:
        super().__init__(orientation)
        self._unit = unit
        self.money = shown_money()
        """The currency of the plan that the chart is drawn of; its numbers are written whenever it is painted."""

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """Return the tick texts."""
        if self._unit in ("month", "months", ""):
            return [in_words(Number(f"{value:g}")) for value in values]
        with money_as(self.money):
            return self._texts(values)

    def _texts(self, values: Sequence[float]) -> list[str]:
        texts = [in_words(format_value(float(value), self._unit)) for value in values]
        if len(set(texts)) < len(texts):
            return [in_words(format_value(float(value), self._unit, precise=True)) for value in values]
        return texts


class ChartView(pyqtgraph.PlotWidget):  # type: ignore[misc]
    """A still chart: the wheel scrolls the panel; the names of its points keep clear of one another at every size."""

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self._named: list[tuple[float, float, str]] = []
        self._texts: list[pyqtgraph.TextItem] = []
        self._color = QColor()
        self.plotItem.vb.sigResized.connect(self._place_names)
        self.plotItem.vb.sigRangeChanged.connect(self._place_names)

    def name_points(self, points: Sequence[tuple[float, float, str]], color: QColor) -> None:
        """Write a name beside each point (x, y in the units of the axes)."""
        self._named, self._color = list(points), color
        self._place_names()

    def _place_names(self, *_: object) -> None:
        for text in self._texts:
            self.removeItem(text)
        self._texts = []
        box = self.plotItem.vb
        (x0, x1), (y0, y1) = box.viewRange()
        wide, high = box.width(), box.height()
        if not self._named or wide <= 0 or high <= 0 or x1 <= x0 or y1 <= y0:
            return
        across, up = wide / (x1 - x0), high / (y1 - y0)
        seen = [((x - x0) * across, (y - y0) * up, name) for x, y, name in self._named]
        for name in place_names(seen, Box(0, 0, wide, high), NAME_SIZE):
            text = pyqtgraph.TextItem(name.text, color=self._color, anchor=(0, 1))
            text.setFont(font(NAME_SIZE))
            text.textItem.document().setDocumentMargin(0)
            text.updateTextPos()
            text.setPos(x0 + name.box.x0 / across, y0 + name.box.y0 / up)
            self.addItem(text, ignoreBounds=True)
            self._texts.append(text)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the panel instead of zooming."""
        event.ignore()


def role_color(theme: Theme, role: str, number: int) -> QColor:
    """Return the color of a series: by its role, else the next of the theme's."""
    return tint(theme, f"series/{number}") if role == "series" else tint(theme, role)


def chart_widget(chart: Chart, theme: Theme) -> QWidget:
    """Return a widget that shows the chart in the theme's colors."""
    if chart.kind == "treemap":
        return TreemapView(said(chart), theme)
    lying = _lies(chart)
    axes = {
        "bottom": ValueAxis("bottom", chart.y.unit if lying else chart.x.unit),
        "left": ValueAxis("left", "" if lying else chart.y.unit),
    }
    plot = ChartView(axisItems=axes, background=None)
    plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    plot.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)
    plot.setMenuEnabled(False)
    plot.setMouseEnabled(False, False)
    plot.hideButtons()
    for axis in axes.values():
        axis.setPen(tint(theme, "separator"))
        axis.setTextPen(tint(theme, "muted"))
        axis.setStyle(tickFont=font(10.5), tickLength=-4)
    plot.showGrid(x=lying, y=not lying, alpha=0.15)
    draw_chart(plot, chart, theme)
    return plot


def fits_plot(old: Chart, new: Chart) -> bool:
    """Return whether the widget of the one chart can draw the other: same kind and axes."""
    return (old.kind, _lies(old), old.x.unit, old.y.unit) == (new.kind, _lies(new), new.x.unit, new.y.unit)


def draw_chart(plot: ChartView, chart: Chart, theme: Theme) -> None:
    """Draw the chart in a widget that `chart_widget` made for one like it, instead of what it shows."""
    chart = said(chart)
    plot.name_points((), QColor())
    plot.clear()
    for place in ("bottom", "left"):
        plot.getAxis(place).money = shown_money()
    if plot.plotItem.legend is not None:
        plot.plotItem.legend.clear()
    names, lying = _names(chart), _lies(chart)
    plot.setFixedHeight(max(HEIGHT, 60 + BAR_ROW * len(names)) if lying else HEIGHT)
    plot.setAccessibleName(str(chart.title))
    plot.setAccessibleDescription(_in_words(chart))
    if lying:
        _draw_bars(plot, chart, names, theme)
    else:
        _draw_lines(plot, chart, theme)
    if chart.kind == "scatter":
        _spread(plot, chart)
        points = [
            (float(x), y, series.name if len(series.x) == 1 else "")
            for series in chart.series
            for x, y in zip(series.x, series.y, strict=True)
            if np.isfinite(y)
        ]
        plot.name_points(points, tint(theme, "muted"))
    _draw_marks(plot, chart, theme)
    if len(chart.series) > 1 and not _all_named(chart):
        _add_legend(plot, chart, theme)
        if lying:
            _leave_room(plot, len(names), len(chart.series))


def _all_named(chart: Chart) -> bool:
    """Return whether every series is a point with its name beside it, so that a legend would only repeat them."""
    return chart.kind == "scatter" and all(len(series.x) == 1 for series in chart.series)


def _lies(chart: Chart) -> bool:
    return chart.kind in ("bar", "stacked_bar", "tornado") and bool(_names(chart))


def _leave_room(plot: ChartView, bars: int, series: int) -> None:
    """Put the legend of lying bars above them, in rows of three."""
    rows = -(-min(series, MOST_IN_LEGEND) // IN_LEGEND_ROW)
    height = max(HEIGHT, 60 + BAR_ROW * bars) + LEGEND_ROW * rows
    plot.setFixedHeight(height)
    share = (LEGEND_ROW * rows + 8) / (height - 60)
    plot.setYRange(-0.5, -0.5 + bars / (1.0 - share), padding=0)
    plot.plotItem.legend.setColumnCount(IN_LEGEND_ROW)


def _names(chart: Chart) -> list[str]:
    return list(dict.fromkeys(str(x) for series in chart.series for x in series.x if isinstance(x, str)))


def _in_words(chart: Chart) -> str:
    parts = []
    for series in chart.series:
        if series.y:
            low, high = (in_words(format_value(end(series.y), chart.y.unit)) for end in (min, max))
            parts.append(say("{name}: from {low} to {high}", name=series.name, low=low, high=high))
    return "; ".join(parts)


def _draw_lines(plot: ChartView, chart: Chart, theme: Theme) -> None:
    base: np.ndarray | None = None
    for number, series in enumerate(chart.series):
        color = role_color(theme, series.role, number)
        x = np.array([float(value) for value in series.x])
        y = np.array(series.y, np.float64)
        if chart.kind == "stacked_area":
            below = np.zeros_like(y) if base is None else base
            base = below + np.nan_to_num(y)
            _fill(plot, x, below, base, color, 150)
            plot.plot(x, base, pen=pyqtgraph.mkPen(color, width=1))
        elif chart.kind == "scatter":
            plot.plot(x, y, pen=None, symbol="o", symbolSize=8, symbolBrush=color, symbolPen=None)
        else:
            if series.low and series.high:
                _fill(plot, x, np.array(series.low), np.array(series.high), color, 40)
            plot.plot(x, y, pen=pyqtgraph.mkPen(color, width=2), connect="finite")


def _spread(plot: ChartView, chart: Chart) -> None:
    """Let points whose values differ by rounding only lie on one line, instead of filling the axis with it."""
    plot.enableAutoRange()
    for axis, values in enumerate(zip(*_pairs(chart), strict=True)):
        low, high = min(values), max(values)
        if high - low <= ALIKE * max(abs(low), abs(high)):
            beside = max(abs(high) * 0.1, 1e-12)
            plot.setRange(**{("xRange", "yRange")[axis]: (low - beside, high + beside)}, padding=0)


def _pairs(chart: Chart) -> list[tuple[float, float]]:
    pairs = [(float(x), y) for series in chart.series for x, y in zip(series.x, series.y, strict=True)]
    return [pair for pair in pairs if np.isfinite(pair).all()]


def _fill(plot: ChartView, x: np.ndarray, low: np.ndarray, high: np.ndarray, color: QColor, alpha: int) -> None:
    tone = QColor(color)
    tone.setAlpha(alpha)
    edges = [pyqtgraph.PlotCurveItem(x, edge, pen=None) for edge in (low, high)]
    plot.addItem(pyqtgraph.FillBetweenItem(*edges, brush=tone))


def _draw_bars(plot: ChartView, chart: Chart, names: list[str], theme: Theme) -> None:
    place = {name: len(names) - 1 - at for at, name in enumerate(names)}
    stacked = chart.kind in ("stacked_bar", "tornado")
    thickness = 0.62 if stacked else 0.62 / len(chart.series)
    left = np.zeros(len(names))
    for number, series in enumerate(chart.series):
        color = role_color(theme, series.role, number)
        rows = np.array([place[str(x)] for x in series.x])
        lengths = np.nan_to_num(np.array(series.y, np.float64))
        low = np.array(series.low) if series.low else left[rows] if chart.kind == "stacked_bar" else np.zeros(len(rows))
        high = np.array(series.high) if series.low else low + lengths
        shift = 0.0 if stacked else (number - (len(chart.series) - 1) / 2) * thickness
        bars = pyqtgraph.BarGraphItem(
            x0=low, x1=high, y=rows + shift, height=np.full(len(rows), thickness), brush=color, pen=None
        )
        plot.addItem(bars)
        if chart.kind == "stacked_bar":
            left[rows] += lengths
    ticks = [(at, elide(name, 10.5, 120)) for name, at in place.items()]
    axis = plot.getAxis("left")
    axis.setTicks([ticks])
    axis.setWidth(16 + max((text_width(name, 10.5) for _, name in ticks), default=0.0))


def _draw_marks(plot: ChartView, chart: Chart, theme: Theme) -> None:
    for axis, value, name in chart.marks:
        line = pyqtgraph.InfiniteLine(
            pos=value,
            angle=0 if axis == "y" else 90,
            pen=pyqtgraph.mkPen(tint(theme, "warning" if axis == "y" else "accent"), style=Qt.PenStyle.DashLine),
            label=name,
            labelOpts={"color": tint(theme, "muted"), "position": 0.92 if axis == "y" else 0.9},
        )
        plot.addItem(line, ignoreBounds=False)


def _add_legend(plot: ChartView, chart: Chart, theme: Theme) -> None:
    legend = plot.addLegend(offset=(8, 4), labelTextColor=tint(theme, "muted"), labelTextSize="8pt")
    for number, series in enumerate(chart.series[:MOST_IN_LEGEND]):
        color = role_color(theme, series.role, number)
        sample = pyqtgraph.PlotDataItem(pen=pyqtgraph.mkPen(color, width=3))
        legend.addItem(sample, elide(series.name, 10.5, 150))


class TimelineView(QWidget):
    """Tasks as bars over months, in the order they are given, with a name for each group."""

    def __init__(self, timeline: Timeline, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._timeline = timeline
        self._theme = theme
        self._groups = list(dict.fromkeys(group for *_, group in timeline.tasks))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        words = [
            say("{name}: {start} to {end}", name=in_words(name), start=timeline.when(start), end=timeline.when(end))
            for name, start, end, _ in timeline.tasks
        ]
        words += [f"{in_words(text)}: {timeline.when(month)}" for month, text in timeline.marks]
        self.setAccessibleName(f"{in_words(timeline.title)}. {'; '.join(words)}")

    def sizeHint(self) -> QSize:
        """A row per task, a line of months, and one for the marks."""
        return QSize(300, BAR_ROW * len(self._timeline.tasks) + 24 + (16 if self._timeline.marks else 0))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Names left, bars right."""
        theme, tasks = self._theme, self._timeline.tasks
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        last = max([end for _, _, end, _ in tasks] + [month for month, _ in self._timeline.marks] + [1.0])
        left = self.width() * 0.46
        scale = (self.width() - left - 8) / last
        painter.setFont(font(11))
        for at, (name, start, end, group) in enumerate(tasks):
            top = at * BAR_ROW
            painter.setPen(tint(theme, "text"))
            painter.drawText(
                QRectF(0, top, left - 8, BAR_ROW), Qt.AlignmentFlag.AlignVCenter, elide(in_words(name), 11, left - 10)
            )
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(parse_color(theme.series[self._groups.index(group) % len(theme.series)]))
            box = QRectF(left + start * scale, top + 5, max(4.0, (end - start) * scale), BAR_ROW - 10)
            painter.drawRoundedRect(box, 4, 4)
        painter.setPen(tint(theme, "muted"))
        painter.setFont(font(10))
        below = len(tasks) * BAR_ROW
        for month, text in self._timeline.scale(last, max(1, int((self.width() - left) / 56))):
            box = QRectF(min(left + month * scale, self.width() - 28) - 28, below + 4, 56, 16)
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, text)
        for month, text in self._timeline.marks:
            painter.setPen(QPen(tint(theme, "text"), 1, Qt.PenStyle.DashLine))
            x = left + month * scale
            painter.drawLine(QPointF(x, 0), QPointF(x, below + 2))
            said = f"{in_words(text)} {self._timeline.when(month)}" if self._timeline.start else in_words(text)
            box = QRectF(0, below + 20, self.width(), 16)
            painter.setPen(tint(theme, "text"))
            painter.drawText(box, Qt.AlignmentFlag.AlignRight, said)
