"""Lying bars: categories with long names, and tornados around a base."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reportlab.pdfgen.canvas import Canvas

from exports.pdf.axes import TICK_SIZE, Scale, draw_number_axis, finite, scale_of
from exports.pdf.drawing import color_of
from exports.pdf.prose import PAPER, write, write_right
from models.formatting import format_value
from models.report import Axis, Chart, Series
from models.typeface import elide, text_width

BAR_STEP = 15.0
NAME_SHARE = 0.34
FRAME = 46.0

Colors = Callable[[Series, int], str]


def _names(chart: Chart) -> list[str]:
    return list(dict.fromkeys(str(name) for series in chart.series for name in series.x))


def is_sideways(chart: Chart, width: float) -> bool:
    """Return whether the bars lie: tornados always, others when their names do not fit under them."""
    if chart.kind == "tornado":
        return True
    if chart.kind not in ("bar", "stacked_bar") or not any(isinstance(x, str) for s in chart.series for x in s.x):
        return False
    names = _names(chart)
    return any(text_width(name, TICK_SIZE) > (width - 60) / max(len(names), 1) - 4 for name in names)


def sideways_height(chart: Chart) -> float:
    """Return the height that the bars need, in points, without the title."""
    grouped = len(chart.series) if chart.kind == "bar" else 1
    return FRAME + len(_names(chart)) * (BAR_STEP + (grouped - 1) * 6.0) + (12.0 if len(chart.series) > 1 else 0.0)


def draw_bars(canvas: Canvas, chart: Chart, width: float, top: float, colors: Colors) -> None:
    """Draw the bars into the area from 0, 0 to `width`, `top`."""
    names = _names(chart)
    left = min(max((text_width(name, 7.4) for name in names), default=0.0) + 8, width * NAME_SHARE)
    bottom = 2 * TICK_SIZE + 9
    scale = scale_of([*_extent(chart), *_bases(chart)], left, width - 44, 6, chart.kind != "tornado")
    axis = chart.x if chart.kind == "tornado" and chart.x.unit else chart.y
    draw_number_axis(canvas, scale, Axis(axis.title, axis.unit), bottom, top)
    slot = (top - bottom - 4) / max(len(names), 1)
    for place, name in enumerate(names):
        y = top - slot * (place + 1)
        write_right(canvas, elide(name, 7.4, left - 8), left - 5, y + slot / 2 - 2.5, 7.4, PAPER.text)
        if chart.kind == "tornado":
            _span(canvas, chart, name, scale, y, slot, colors)
        else:
            _bar(canvas, chart, name, scale, y, slot, axis.unit, colors)
    canvas.setStrokeColor(color_of(PAPER.muted))
    canvas.setLineWidth(0.7)
    for base in _bases(chart) or ([0.0] if chart.kind != "tornado" else []):
        canvas.line(scale.at(base), bottom, scale.at(base), top - 2)


def _bases(chart: Chart) -> list[float]:
    return [value for _, value, _ in chart.marks]


def _extent(chart: Chart) -> list[float]:
    if chart.kind == "stacked_bar":
        return [sum(finite(_values(chart, name))) for name in _names(chart)]
    return [value for series in chart.series for part in (series.y, series.low, series.high) for value in finite(part)]


def _values(chart: Chart, name: str) -> list[float]:
    return [dict(zip(map(str, series.x), series.y, strict=False)).get(name, 0.0) for series in chart.series]


def _bar(
    canvas: Canvas, chart: Chart, name: str, scale: Scale, y: float, slot: float, unit: str, colors: Colors
) -> None:
    values = [(finite((value,)) or [0.0])[0] for value in _values(chart, name)]
    thick = min(slot * 0.66, 22.0)
    start = scale.at(0.0)
    part = thick if chart.kind == "stacked_bar" else thick / max(len(values), 1)
    upper = y + slot / 2 + thick / 2
    end = start
    for number, value in enumerate(values):
        base = end if chart.kind == "stacked_bar" else start
        across = scale.at(value) - start
        canvas.setFillColor(color_of(colors(chart.series[number], number)))
        low = upper - part if chart.kind == "stacked_bar" else upper - part * (number + 1)
        canvas.rect(base, low, across, part, stroke=0, fill=1)
        end = base + across if chart.kind == "stacked_bar" else max(end, base + across)
    total = sum(values) if chart.kind == "stacked_bar" else values[0]
    if chart.kind == "stacked_bar" or len(values) == 1:
        write(canvas, format_value(total, unit), max(end, start) + 4, y + slot / 2 - 2.4, TICK_SIZE, PAPER.muted)


def _span(canvas: Canvas, chart: Chart, name: str, scale: Scale, y: float, slot: float, colors: Colors) -> None:
    """Draw a tornado's bar: from low to high of a series, or from the base to the value of each series."""
    thick = slot * 0.62
    bases = _bases(chart)
    for number, series in enumerate(chart.series):
        for place in (place for place, x in enumerate(series.x) if str(x) == name):
            ends = _ends(series, place, bases)
            if len(ends) != 2:
                continue
            canvas.setFillColor(color_of(colors(series, number)))
            first, last = scale.at(min(ends)), scale.at(max(ends))
            canvas.rect(first, y + (slot - thick) / 2, max(last - first, 0.6), thick, stroke=0, fill=1)


def _ends(series: Series, place: int, bases: Sequence[float]) -> list[float]:
    if series.low and series.high:
        return finite((series.low[place], series.high[place]))
    return finite((bases[0] if bases else 0.0, series.y[place]))
