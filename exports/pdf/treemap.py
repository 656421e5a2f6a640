"""A treemap on paper: one colored box per group with its items inside, named where the names fit."""

from __future__ import annotations

from reportlab.lib.colors import Color
from reportlab.pdfgen.canvas import Canvas

from exports.pdf.drawing import color_of
from exports.pdf.prose import PAPER, write
from models.formatting import format_value
from models.layout.treemap import Rect, nested
from models.report import Chart
from models.typeface import elide

HEAD = 11.0
TEXT = 6.6
LEAST = 26.0


def draw_treemap(canvas: Canvas, chart: Chart, width: float, top: float) -> None:
    """Draw the boxes into the area from 0, 0 to `width`, `top`."""
    outer, inner = nested([series.y for series in chart.series], Rect(0.0, 0.0, width, top), HEAD)
    for number, (series, group, boxes) in enumerate(zip(chart.series, outer, inner, strict=True)):
        color = color_of(PAPER.series[number % len(PAPER.series)])
        for name, value, box in zip(series.x, series.y, boxes, strict=True):
            if box.width <= 0:
                continue
            canvas.setFillColor(color)
            canvas.setStrokeColor(color_of(PAPER.panel))
            canvas.setLineWidth(0.8)
            canvas.rect(box.x, top - box.y - box.height, box.width, box.height, stroke=1, fill=1)
            _name(canvas, box, top, str(name), format_value(float(value), chart.y.unit), _ink(color))
        dark = Color(color.red * 0.8, color.green * 0.8, color.blue * 0.8)
        if group.height > 2 * HEAD:
            canvas.setFillColor(dark)
            canvas.rect(group.x, top - group.y - HEAD, group.width, HEAD, stroke=0, fill=1)
            text = f"{series.name} · {format_value(sum(series.y), chart.y.unit)}"
            if group.width > LEAST:
                shown = elide(text, TEXT, group.width - 6, "semibold")
                write(canvas, shown, group.x + 3, top - group.y - HEAD + 3.2, TEXT, _ink(dark), "semibold")


def _name(canvas: Canvas, box: Rect, top: float, name: str, value: str, ink: str) -> None:
    if box.width < LEAST or box.height < TEXT + 4:
        return
    write(canvas, elide(name, TEXT, box.width - 6), box.x + 3, top - box.y - TEXT - 2, TEXT, ink)
    if box.height > 2 * TEXT + 7:
        write(canvas, elide(value, TEXT, box.width - 6), box.x + 3, top - box.y - 2 * TEXT - 4, TEXT, ink)


def _ink(color: Color) -> str:
    """Return black or white, whichever stands out (WCAG 2.2, relative luminance)."""
    parts = (0.2126 * color.red**2.2, 0.7152 * color.green**2.2, 0.0722 * color.blue**2.2)
    return "#000000" if sum(parts) > 0.179 else "#ffffff"
