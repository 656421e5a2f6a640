"""Tasks over months as lying bars, grouped, with a scale of months."""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.platypus import Flowable

from exports.pdf.axes import TICK_SIZE, scale_of
from exports.pdf.drawing import color_of
from exports.pdf.prose import PAPER, write, write_centered
from models.typeface import elide

STEP = 13.0
HEAD = 16.0
NAME_SHARE = 0.36

Task = tuple[str, float, float, str]


class TimelineFlowable(Flowable):  # type: ignore[misc]
    """The bars of tasks; breaks over pages between tasks."""

    def __init__(self, tasks: Sequence[Task], width: float, span: tuple[float, float] | None = None) -> None:
        super().__init__()
        self.tasks, self.width = tuple(tasks), width
        ends = [value for _, start, end, _ in tasks for value in (start, end)]
        self.span = span or ((min(ends), max(ends)) if ends else (0.0, 1.0))
        self.groups = list(dict.fromkeys(task[3] for task in tasks))
        self.spaceBefore, self.spaceAfter = 2.0, 10.0

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """Return the size in points."""
        self.height = HEAD + STEP * len(self.tasks)
        return self.width, self.height

    def split(self, available_width: float, available_height: float) -> list[Flowable]:
        """Return the tasks that fit and the rest under the same scale."""
        fit = int((available_height - HEAD) // STEP)
        if fit >= len(self.tasks):
            return [self]
        if fit < 1:
            return []
        parts = [TimelineFlowable(part, self.width, self.span) for part in (self.tasks[:fit], self.tasks[fit:])]
        for part in parts:
            part.groups = self.groups
        return list(parts)

    def draw(self) -> None:
        """Draw scale, names and bars."""
        canvas = self.canv
        left = self.width * NAME_SHARE
        scale = scale_of(self.span, left, self.width - 6, 8, False)
        for tick in scale.ticks:
            x = scale.at(tick)
            write_centered(canvas, f"{tick:g}", x, self.height - TICK_SIZE - 2, TICK_SIZE, PAPER.muted)
            canvas.setStrokeColor(color_of(PAPER.separator))
            canvas.setLineWidth(0.4)
            canvas.line(x, 0, x, self.height - HEAD + 3)
        write(canvas, "Month", 0, self.height - TICK_SIZE - 2, TICK_SIZE, PAPER.muted)
        y = self.height - HEAD
        for label, start, end, group in self.tasks:
            y -= STEP
            write(canvas, elide(label, 7.6, left - 10), 0, y + 3.6, 7.6, PAPER.text)
            color = PAPER.series[self.groups.index(group) % len(PAPER.series)]
            canvas.setFillColor(color_of(color))
            across = max(scale.at(end) - scale.at(start), 1.5)
            canvas.roundRect(scale.at(start), y + 2.5, across, STEP - 5, 2, stroke=0, fill=1)
            if group:
                text = elide(group, TICK_SIZE, max(self.width - 6 - scale.at(start) - across - 4, 0.0))
                write(canvas, text, scale.at(start) + across + 4, y + 3.8, TICK_SIZE, PAPER.muted)
