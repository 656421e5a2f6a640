"""The frame of a chart: range and ticks of an axis, grid lines, tick texts, and where a value lies."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from reportlab.pdfgen.canvas import Canvas

from exports.pdf.drawing import color_of
from exports.pdf.prose import PAPER, write, write_centered, write_right
from models.formatting import format_value
from models.report import Axis
from models.typeface import elide, text_width

TICK_SIZE = 6.6
ALIKE = 1e-3
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


class Scale(NamedTuple):
    """A linear axis: `low` to `high` in the axis' unit lie on `start` to `end` in points."""

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...]

    def at(self, value: float) -> float:
        """Return where the value lies, in points, at most at the ends."""
        part = (min(max(value, self.low), self.high) - self.low) / ((self.high - self.low) or 1.0)
        return self.start + part * (self.end - self.start)


def finite(values: Iterable[float | str]) -> list[float]:
    """Return the numbers among the values that are known and finite."""
    return [float(value) for value in values if not isinstance(value, str) and math.isfinite(value)]


def is_one_value(low: float, high: float) -> bool:
    """Return whether the ends are the same but for rounding, so that ticks between them would all read alike."""
    return high - low <= ALIKE * max(abs(low), abs(high))


def ticks_between(low: float, high: float, wanted: int) -> tuple[float, ...]:
    """Return about `wanted` round values that enclose low and high."""
    if is_one_value(low, high):
        low, high = (min(low, 0.0), max(high, 0.0)) if low != 0.0 else (0.0, 1.0)
    raw = (high - low) / max(wanted, 1)
    magnitude = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * magnitude for factor in _STEPS if factor * magnitude >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return tuple(number * step for number in range(first, last + 1))


def scale_of(values: Sequence[float], start: float, end: float, wanted: int, from_zero: bool) -> Scale:
    """Return the scale of an axis that shows all values, from zero where lengths are compared."""
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    ticks = ticks_between(low, high, wanted)
    return Scale(ticks[0], ticks[-1], start, end, ticks)


def tick_text(value: float, unit: str) -> str:
    """Return a tick's value as all numbers are printed; months stand as plain numbers."""
    return f"{value:g}" if unit in ("month", "months") else format_value(value, unit)


def draw_value_axis(canvas: Canvas, scale: Scale, axis: Axis, x0: float, x1: float) -> None:
    """Draw horizontal grid lines from x0 to x1 with their values at the left of x0, and the title above."""
    canvas.setLineWidth(0.4)
    for tick in scale.ticks:
        y = scale.at(tick)
        canvas.setStrokeColor(color_of(PAPER.muted if tick == 0 else PAPER.separator))
        canvas.line(x0, y, x1, y)
        write_right(canvas, tick_text(tick, axis.unit), x0 - 4, y - TICK_SIZE * 0.33, TICK_SIZE, PAPER.muted)
    write(canvas, str(axis.title), 0.0, scale.end + 10, TICK_SIZE, PAPER.muted)


def draw_number_axis(canvas: Canvas, scale: Scale, axis: Axis, y0: float, y1: float) -> None:
    """Draw the ticks of a horizontal axis at the height y0 with their values and title below it."""
    right = -math.inf
    for tick in scale.ticks:
        x, text = scale.at(tick), tick_text(tick, axis.unit)
        half = text_width(text, TICK_SIZE) / 2
        if x - half < right + 4:
            continue
        write_centered(canvas, text, x, y0 - TICK_SIZE - 3, TICK_SIZE, PAPER.muted)
        right = x + half
    canvas.setStrokeColor(color_of(PAPER.muted))
    canvas.setLineWidth(0.5)
    canvas.line(scale.start, y0, scale.end, y0)
    title = elide(str(axis.title), TICK_SIZE, scale.end - scale.start)
    write_centered(canvas, title, (scale.start + scale.end) / 2, y0 - 2 * TICK_SIZE - 6, TICK_SIZE, PAPER.muted)


def value_margin(scale: Scale, unit: str) -> float:
    """Return the room that the values at the left of an axis take."""
    return max((text_width(tick_text(tick, unit), TICK_SIZE) for tick in scale.ticks), default=0.0) + 6
