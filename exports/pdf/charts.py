"""Charts on paper: lines with bands, areas, bars, points and tornados as vectors, drawn from the neutral block."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from exports.pdf.axes import (
    TICK_SIZE,
    Scale,
    draw_number_axis,
    draw_value_axis,
    finite,
    is_one_value,
    scale_of,
    value_margin,
)
from exports.pdf.bars import draw_bars, is_sideways, sideways_height
from exports.pdf.drawing import color_of
from exports.pdf.prose import PAPER, write
from exports.pdf.treemap import draw_treemap
from models.point_names import Box, place_names
from models.report import Chart, Series
from models.typeface import elide, text_width

TITLE_SIZE = 9.0
LEGEND_STEP = 10.0


class _Room(NamedTuple):
    """The plotted area of a chart in points, origin at the lower left of the flowable."""

    x0: float
    y0: float
    x1: float
    y1: float


def series_color(series: Series, number: int) -> str:
    """Return the color of a series: its role, or the next of the palette."""
    if series.role == "series":
        return PAPER.series[number % len(PAPER.series)]
    return str(getattr(PAPER, series.role))


class ChartFlowable(Flowable):  # type: ignore[misc]
    """A chart with title, legend and axes in `width` × `height` points; bars with long names set their own height."""

    def __init__(self, chart: Chart, width: float, height: float = 170.0, titled: bool = True) -> None:
        super().__init__()
        self.chart, self.width, self.titled = chart, width, titled
        self.sideways = is_sideways(chart, width)
        self.height = sideways_height(chart) + (TITLE_SIZE * 2 if titled else 0) if self.sideways else height
        self.spaceBefore, self.spaceAfter = 4.0, 10.0

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """Return the size in points."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw title and legend, then the plot below them."""
        canvas, top = self.canv, self.height
        if self.titled:
            title = elide(str(self.chart.title), TITLE_SIZE, self.width, "semibold")
            write(canvas, title, 0, top - TITLE_SIZE, TITLE_SIZE, PAPER.text, "semibold")
            top -= TITLE_SIZE * 1.7
        top = self._legend(top)
        if not any(finite(series.y) for series in self.chart.series):
            write(canvas, "Nothing to plot: no value is known.", 0, top / 2, 8.0, PAPER.muted)
        elif self.chart.kind == "treemap":
            draw_treemap(canvas, self.chart, self.width, top)
        elif self.sideways:
            draw_bars(canvas, self.chart, self.width, top, series_color)
        else:
            self._plot(top)

    def _legend(self, top: float) -> float:
        """Draw the names of several series in rows and return what is left below them."""
        entries = [(series.name, series_color(series, number)) for number, series in enumerate(self.chart.series)]
        if len(entries) < 2 or self.chart.kind in ("scatter", "treemap"):
            return top
        x, y = 0.0, top - TICK_SIZE
        for name, color in entries:
            text = elide(name, TICK_SIZE, self.width / 2)
            across = text_width(text, TICK_SIZE) + 20
            if x and x + across > self.width:
                x, y = 0.0, y - LEGEND_STEP
            self.canv.setFillColor(color_of(color))
            self.canv.rect(x, y - 0.5, 6, 6, stroke=0, fill=1)
            write(self.canv, text, x + 9, y, TICK_SIZE, PAPER.text)
            x += across
        return y - 6

    def _plot(self, top: float) -> None:
        chart, canvas = self.chart, self.canv
        named = any(isinstance(x, str) for series in chart.series for x in series.x)
        bottom = 2 * TICK_SIZE + 9
        ceiling = top - TICK_SIZE - 12
        values = _extent(chart)
        y = scale_of(values, bottom, ceiling, 5 if ceiling - bottom > 90 else 3, chart.kind != "scatter")
        left = value_margin(y, chart.y.unit)
        room = _Room(left, bottom, self.width - 8, ceiling)
        draw_value_axis(canvas, y, chart.y, room.x0, room.x1)
        if named:
            draw_columns(canvas, chart, room, y)
            return
        numbers = [x for series in chart.series for x in finite(series.x)]
        numbers += [value for way, value, _ in chart.marks if way == "x"]
        x = _exact(numbers, room, chart.kind in ("bar", "stacked_bar"), chart.x.unit in ("month", "months"))
        draw_number_axis(canvas, x, chart.x, room.y0, room.y1)
        if chart.kind in ("bar", "stacked_bar"):
            _numbered_columns(canvas, chart, x, y)
        elif chart.kind == "stacked_area":
            _areas(canvas, chart, x, y)
        elif chart.kind == "scatter":
            _points(canvas, chart, x, y, room._replace(x1=self.width, y1=room.y1 + TICK_SIZE))
        else:
            _lines(canvas, chart, x, y)
        _marks(canvas, chart, x, y, room)


def _exact(numbers: Sequence[float], room: _Room, bars: bool, whole: bool) -> Scale:
    """Return the scale of a horizontal axis that begins and ends with the data."""
    low, high = (min(numbers), max(numbers)) if numbers else (0.0, 1.0)
    if is_one_value(low, high):
        low, high = low - (abs(low) / 10 or 0.5), high + (abs(high) / 10 or 0.5)
    rounded = scale_of((low, high), room.x0, room.x1, 8, False)
    pad = (high - low) / max(len(set(numbers)), 1) * 0.7 if bars else 0.0
    ticks = tuple(tick for tick in rounded.ticks if low - 1e-9 <= tick <= high + 1e-9)
    ticks = tuple(tick for tick in ticks if not whole or tick == int(tick))
    return Scale(low - pad, high + pad, room.x0, room.x1, ticks)


def _extent(chart: Chart) -> list[float]:
    """Return all values that the vertical axis must show: stacked sums, bands and marks."""
    values = [value for way, value, _ in chart.marks if way == "y"]
    if chart.kind in ("stacked_area", "stacked_bar"):
        columns = zip(*(series.y for series in chart.series), strict=False)
        return [*values, *(sum(finite(column)) for column in columns)]
    for series in chart.series:
        values += finite(series.y) + finite(series.low) + finite(series.high)
    return values


def _lines(canvas: Canvas, chart: Chart, x: Scale, y: Scale) -> None:
    for number, series in enumerate(chart.series):
        color = series_color(series, number)
        if series.low and series.high:
            outline = [*zip(series.x, series.high, strict=False)]
            outline += [*zip(reversed(series.x), reversed(series.low), strict=False)]
            _polygon(canvas, [(x.at(float(a)), y.at(b)) for a, b in outline], color, 0.16)
    for number, series in enumerate(chart.series):
        canvas.setStrokeColor(color_of(series_color(series, number)))
        canvas.setLineWidth(1.4)
        for stretch in _stretches(series):
            path = canvas.beginPath()
            for place, (a, b) in enumerate(stretch):
                (path.lineTo if place else path.moveTo)(x.at(a), y.at(b))
            canvas.drawPath(path, stroke=1, fill=0)
            if len(stretch) == 1:
                canvas.circle(x.at(stretch[0][0]), y.at(stretch[0][1]), 1.5, stroke=1, fill=0)


def _stretches(series: Series) -> list[list[tuple[float, float]]]:
    """Return the series as unbroken stretches: a value that is not known leaves a gap."""
    found: list[list[tuple[float, float]]] = [[]]
    for a, b in zip(series.x, series.y, strict=False):
        known = finite((a, b))
        if len(known) == 2:
            found[-1].append((known[0], known[1]))
        elif found[-1]:
            found.append([])
    return [stretch for stretch in found if stretch]


def _areas(canvas: Canvas, chart: Chart, x: Scale, y: Scale) -> None:
    below = [0.0] * max((len(series.y) for series in chart.series), default=0)
    for number, series in enumerate(chart.series):
        above = [base + (finite((value,)) or [0.0])[0] for base, value in zip(below, series.y, strict=False)]
        outline = [(x.at(float(a)), y.at(b)) for a, b in zip(series.x, above, strict=False)]
        outline += [
            (x.at(float(a)), y.at(b)) for a, b in zip(reversed(series.x), reversed(below[: len(above)]), strict=False)
        ]
        _polygon(canvas, outline, series_color(series, number), 0.85)
        below = above


def _polygon(canvas: Canvas, points: Sequence[tuple[float, float]], color: str, alpha: float) -> None:
    path = canvas.beginPath()
    for number, (x, y) in enumerate(points):
        (path.lineTo if number else path.moveTo)(x, y)
    path.close()
    canvas.saveState()
    canvas.setFillColor(color_of(color))
    canvas.setFillAlpha(alpha)
    canvas.drawPath(path, stroke=0, fill=1)
    canvas.restoreState()


def _points(canvas: Canvas, chart: Chart, x: Scale, y: Scale, room: _Room) -> None:
    named = []
    for number, series in enumerate(chart.series):
        canvas.setFillColor(color_of(series_color(series, number)))
        pairs = [finite(pair) for pair in zip(series.x, series.y, strict=False)]
        dots = [(x.at(pair[0]), y.at(pair[1])) for pair in pairs if len(pair) == 2]
        for dot in dots:
            canvas.circle(*dot, 2.6, stroke=0, fill=1)
        named += [(*dot, "" if at else series.name) for at, dot in enumerate(dots)]
    for name in place_names(named, Box(*room), TICK_SIZE):
        write(canvas, name.text, name.box.x0, name.box.y0 + TICK_SIZE * 0.25, TICK_SIZE, PAPER.text)


def _numbered_columns(canvas: Canvas, chart: Chart, x: Scale, y: Scale) -> None:
    steps = sorted({value for series in chart.series for value in finite(series.x)})
    gap = min((b - a for a, b in pairwise(steps)), default=1.0)
    width = max((x.at(x.low + gap) - x.start) * 0.7, 1.0)
    for step in steps:
        values = [dict(zip(series.x, series.y, strict=False)).get(step, 0.0) for series in chart.series]
        _column(canvas, chart, x.at(step), width, values, y)


def draw_columns(canvas: Canvas, chart: Chart, room: _Room, y: Scale) -> None:
    """Draw upright bars over named categories."""
    names = list(dict.fromkeys(str(name) for series in chart.series for name in series.x))
    slot = (room.x1 - room.x0) / max(len(names), 1)
    for place, name in enumerate(names):
        center = room.x0 + slot * (place + 0.5)
        values = [dict(zip(map(str, series.x), series.y, strict=False)).get(name, 0.0) for series in chart.series]
        _column(canvas, chart, center, min(slot * 0.6, 60), values, y)
        text = elide(name, TICK_SIZE, slot - 2)
        write(canvas, text, center - text_width(text, TICK_SIZE) / 2, room.y0 - TICK_SIZE - 3, TICK_SIZE, PAPER.text)


def _column(canvas: Canvas, chart: Chart, center: float, width: float, values: Sequence[float], y: Scale) -> None:
    known = [(finite((value,)) or [0.0])[0] for value in values]
    stacked = chart.kind == "stacked_bar"
    tops = list(accumulate(known)) if stacked else known
    bases = [0.0, *tops[:-1]] if stacked else [0.0] * len(known)
    part = width if stacked else width / max(len(known), 1)
    for number, (base, top) in enumerate(zip(bases, tops, strict=True)):
        left = center - width / 2 + (0 if stacked else number * part)
        canvas.setFillColor(color_of(series_color(chart.series[number], number)))
        canvas.rect(left, y.at(base), part, y.at(top) - y.at(base), stroke=0, fill=1)


def _marks(canvas: Canvas, chart: Chart, x: Scale, y: Scale, room: _Room) -> None:
    """Draw the reference lines; the names of neighbors step down so that they do not meet."""
    taken: list[tuple[float, float, float]] = []
    canvas.setLineWidth(0.9)
    for way, value, name in chart.marks:
        canvas.setStrokeColor(color_of(PAPER.bad if way == "y" else PAPER.muted))
        canvas.setDash([3, 2])
        text = elide(name, TICK_SIZE, (room.x1 - room.x0) * 0.7)
        across = text_width(text, TICK_SIZE)
        if way == "y":
            height = y.at(value)
            canvas.line(room.x0, height, room.x1, height)
            left, base = room.x1 - across - 2, height + 2.5
        else:
            at = x.at(value)
            canvas.line(at, room.y0, at, room.y1)
            text = elide(name, TICK_SIZE, max(room.x1 - at, at - room.x0) - 6)
            across = text_width(text, TICK_SIZE)
            left, base = (at + 3 if at + 3 + across < room.x1 else at - 3 - across), room.y1 - TICK_SIZE
        while any(left < b and left + across > a and abs(base - other) < TICK_SIZE + 1 for a, b, other in taken):
            base -= TICK_SIZE + 2
        taken.append((left, left + across, base))
        canvas.setDash([])
        canvas.setFillColor(color_of(PAPER.panel))
        canvas.rect(left - 1, base - 1.5, across + 2, TICK_SIZE + 1, stroke=0, fill=1)
        write(canvas, text, left, base, TICK_SIZE, PAPER.bad if way == "y" else PAPER.muted)
