"""Tasks over months as lying bars, grouped, with a scale of months."""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.platypus import Flowable

from exports.pdf.axes import TICK_SIZE
from exports.pdf.drawing import color_of
from exports.pdf.prose import PAPER, write, write_centered, write_right
from models.report import Timeline
from models.typeface import elide, text_width

STEP = 13.0
HEAD = 16.0
FOOT = 9.0
NAME_SHARE = 0.36
RIGHT = 86.0
MOST_TICKS = 7
MOST_WHOLE = 30

Task = tuple[str, float, float, str]


class TimelineFlowable(Flowable):  # type: ignore[misc]
    """The bars of tasks over months or dates; breaks over pages between tasks."""

    def __init__(self, block: Timeline, width: float, tasks: Sequence[Task] | None = None) -> None:
        super().__init__()
        self.block, self.width = block, width
        self.tasks = tuple(block.tasks if tasks is None else tasks)
        ends = [end for _, _, end, _ in block.tasks] + [month for month, _ in block.marks]
        self.months = max(ends, default=0.0) or 1.0
        self.groups = list(dict.fromkeys(task[3] for task in block.tasks))
        self.spaceBefore, self.spaceAfter = 2.0, 10.0

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """Return the size in points."""
        self.height = HEAD + STEP * len(self.tasks) + (FOOT if self.block.marks else 0.0)
        return self.width, self.height

    def split(self, available_width: float, available_height: float) -> list[Flowable]:
        """Return the tasks that fit and the rest under one scale; what fits a page goes onto the next as a whole."""
        if len(self.tasks) <= MOST_WHOLE:
            return []
        fit = int((available_height - HEAD - FOOT) // STEP)
        if fit >= len(self.tasks):
            return [self]
        if fit < 1:
            return []
        return [TimelineFlowable(self.block, self.width, part) for part in (self.tasks[:fit], self.tasks[fit:])]

    def draw(self) -> None:
        """Draw scale, names and bars."""
        canvas = self.canv
        left = self.width * NAME_SHARE
        per_month = (self.width - left - RIGHT) / self.months
        for month, text in self.block.scale(self.months, MOST_TICKS):
            x = left + month * per_month
            write_centered(canvas, text, x, self.height - TICK_SIZE - 2, TICK_SIZE, PAPER.muted)
            self._line(x, PAPER.separator, 0.4)
        head = "Month" if not self.block.start else ""
        write(canvas, head, 0, self.height - TICK_SIZE - 2, TICK_SIZE, PAPER.muted)
        for month, text in self.block.marks:
            x = left + month * per_month
            self._line(x, PAPER.text, 0.8)
            said = f"{text} {self.block.when(month)}" if self.block.start else text
            write_centered(canvas, said, x, 1.0, TICK_SIZE, PAPER.text)
        y = self.height - HEAD
        for label, start, end, group in self.tasks:
            y -= STEP
            write(canvas, elide(label, 7.6, left - 10), 0, y + 3.6, 7.6, PAPER.text)
            color = PAPER.series[self.groups.index(group) % len(PAPER.series)]
            canvas.setFillColor(color_of(color))
            at, across = left + start * per_month, max((end - start) * per_month, 1.5)
            canvas.roundRect(at, y + 2.5, across, STEP - 5, 2, stroke=0, fill=1)
            self._caption(f"{group}, to {self.block.when(end)}" if self.block.start else group, at, across, y + 3.8)

    def _line(self, x: float, color: str, width: float) -> None:
        self.canv.setStrokeColor(color_of(color))
        self.canv.setLineWidth(width)
        self.canv.line(x, FOOT if self.block.marks else 0.0, x, self.height - HEAD + 3)

    def _caption(self, text: str, at: float, across: float, y: float) -> None:
        """Write the group right of its bar, or left of it where there is no room."""
        room = self.width - at - across - 4
        if text_width(text, TICK_SIZE) <= room or at - self.width * NAME_SHARE < room:
            write(self.canv, elide(text, TICK_SIZE, max(room, 0.0)), at + across + 4, y, TICK_SIZE, PAPER.muted)
        else:
            fitting = elide(text, TICK_SIZE, at - self.width * NAME_SHARE - 4)
            write_right(self.canv, fitting, at - 4, y, TICK_SIZE, PAPER.muted)
