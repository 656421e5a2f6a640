"""Running text on paper: runs of words broken into lines by the bundled widths, with links into the document.

A narrow no-break space stays unbroken, so that a number never parts from its unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from exports.pdf.drawing import FONTS, color_of
from models.themes import theme
from models.typeface import Weight, elide, text_width

Align = Literal["left", "right", "center"]
LEADING = 1.36
PAPER = theme("light")


class Run(NamedTuple):
    """Words of one look; `link` is the name of a place in the document, empty for none."""

    text: str
    weight: Weight = "regular"
    color: str = PAPER.text
    link: str = ""


class Piece(NamedTuple):
    """A part of a run on one line, `x` points after the line's beginning."""

    x: float
    width: float
    run: Run


Line = tuple[Piece, ...]


def bold(text: str, link: str = "") -> Run:
    """Return words that stand out."""
    return Run(text, "semibold", PAPER.text, link)


def muted(text: str) -> Run:
    """Return words that step back."""
    return Run(text, "regular", PAPER.muted)


def runs_of(content: str | Run | Sequence[Run]) -> tuple[Run, ...]:
    """Return plain text, one run or several as runs."""
    if isinstance(content, str):
        return (Run(content),)
    return (content,) if isinstance(content, Run) else tuple(content)


def natural_width(runs: Sequence[Run], size: float) -> float:
    """Return the width of the runs on one line, in points."""
    return sum(text_width(run.text, size, run.weight) for run in runs)


def broken(runs: Sequence[Run], size: float, width: float) -> list[Line]:
    """Return the runs broken at spaces into lines of at most `width` points; a longer word is cut."""
    lines: list[Line] = []
    line: list[Piece] = []
    x, gap = 0.0, 0.0
    for run in runs:
        for number, word in enumerate(run.text.replace("\n", " ").split(" ")):
            if number:
                gap = text_width(" ", size, run.weight)
            for part in _fitting(word, size, width, run.weight):
                across = text_width(part, size, run.weight)
                if line and x + gap + across > width + 0.01:
                    lines.append(tuple(line))
                    line, x, gap = [], 0.0, 0.0
                if not line:
                    gap = 0.0
                if line and line[-1].run is run and part:
                    last = line[-1]
                    joined = f"{last.run.text}{' ' if gap else ''}{part}"
                    line[-1] = Piece(last.x, x + gap + across - last.x, run._replace(text=joined))
                    run = line[-1].run
                elif part:
                    run = run._replace(text=part)
                    line.append(Piece(x + gap, across, run))
                x += gap + across
                gap = 0.0
    if line:
        lines.append(tuple(line))
    return lines or [()]


def _fitting(word: str, size: float, width: float, weight: Weight) -> list[str]:
    """Return the word, cut into parts where it alone is wider than the line."""
    if text_width(word, size, weight) <= width or len(word) < 2:
        return [word]
    parts, part = [], ""
    for char in word:
        if part and text_width(part + char, size, weight) > width:
            parts.append(part)
            part = ""
        part += char
    return [*parts, part]


def draw_line(canvas: Canvas, line: Line, x: float, baseline: float, size: float) -> None:
    """Draw a line of pieces from `x` on; linked pieces become areas to click on."""
    for piece in line:
        write(canvas, piece.run.text, x + piece.x, baseline, size, piece.run.color, piece.run.weight)
        if piece.run.link:
            box = (x + piece.x, baseline - size * 0.25, x + piece.x + piece.width, baseline + size * 0.8)
            canvas.linkRect("", piece.run.link, box, relative=1, thickness=0)


def write(
    canvas: Canvas, text: str, x: float, baseline: float, size: float, color: str, weight: Weight = "regular"
) -> None:
    """Write one line of text from the baseline start."""
    written = canvas.beginText(x, baseline)
    written.setFont(FONTS[weight], size)
    written.setFillColor(color_of(color))
    written.textOut(text)
    canvas.drawText(written)


def write_right(canvas: Canvas, text: str, right: float, baseline: float, size: float, color: str) -> None:
    """Write one line of text that ends at `right`."""
    write(canvas, text, right - text_width(text, size), baseline, size, color)


def write_centered(canvas: Canvas, text: str, center: float, baseline: float, size: float, color: str) -> None:
    """Write one line of text around `center`."""
    write(canvas, text, center - text_width(text, size) / 2, baseline, size, color)


def shortened(text: str, size: float, width: float, weight: Weight = "regular") -> str:
    """Return the text, ending in an ellipsis where it is wider than `width` points."""
    return elide(text, size, width, weight)


class Prose(Flowable):  # type: ignore[misc]
    """A paragraph of runs; breaks over pages between lines."""

    def __init__(
        self,
        content: str | Run | Sequence[Run],
        size: float = 9.0,
        before: float = 0.0,
        after: float = 4.0,
        indent: float = 0.0,
        keep_with_next: bool = False,
    ) -> None:
        super().__init__()
        self.runs = runs_of(content)
        self.size, self.indent = size, indent
        self.spaceBefore, self.spaceAfter = before, after
        self.keepWithNext = 1 if keep_with_next else 0
        self._lines: list[Line] | None = None

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """Return width and height in points after breaking the text into the width."""
        if self._lines is None:
            self._lines = broken(self.runs, self.size, available_width - self.indent)
        self.width, self.height = available_width, len(self._lines) * self.size * LEADING
        return self.width, self.height

    def split(self, available_width: float, available_height: float) -> list[Flowable]:
        """Return the lines that fit and the rest."""
        self.wrap(available_width, available_height)
        lines = self._lines or []
        fit = int((available_height + 0.01) // (self.size * LEADING))
        if fit < 1 or fit >= len(lines):
            return [self] if fit >= len(lines) else []
        first, rest = (Prose(self.runs, self.size, 0.0, self.spaceAfter, self.indent) for _ in range(2))
        first._lines, rest._lines = lines[:fit], lines[fit:]
        return [first, rest]

    def draw(self) -> None:
        """Draw the lines downward from the top of the box."""
        baseline = self.height - self.size * 1.06
        for line in self._lines or ():
            draw_line(self.canv, line, self.indent, baseline, self.size)
            baseline -= self.size * LEADING
