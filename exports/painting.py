"""A picture as strokes, fills and texts on a pen: the one painter behind SVG, PDF and PNG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from models.icons import Path, icon_for, icon_paths
from models.picture import Picture, card
from models.picture.cards import (
    ACCENT_WIDTH,
    BADGE_SIZE,
    BOUNDARY_SIZE,
    CARD_RADIUS,
    ICON_SIZE,
    LABEL_SIZE,
    LINE_SIZE,
    TEXT_SIZE,
    WARNING_SIZE,
    text_lines,
)
from models.routing.paths import parallel, shortened
from models.themes import NO_COLOR, Theme
from models.typeface import Weight, elide, text_width

if TYPE_CHECKING:
    from models.lenses import Legend

Point = tuple[float, float]
Points = NDArray[np.float32]

MARGIN = 24.0
ARROW = 8.0
CLOCK = 6.0
LEGEND_HEIGHT, LEGEND_WIDTH = 36.0, 420.0
_DASHES: dict[int, tuple[float, ...]] = {0: (), 1: (6.0, 4.0), 2: (), 3: (1.5, 4.0)}
_STREAM, _BATCH = 2, 3


class Pen(Protocol):
    """What a picture is drawn with; coordinates are those of the picture, y downward, colors `#RRGGBB[AA]`."""

    def rectangle(
        self,
        box: tuple[float, float, float, float],
        radius: float = 0.0,
        fill: str = "",
        stroke: str = "",
        width: float = 1.0,
        dash: Sequence[float] = (),
    ) -> None:
        """Draw a rectangle (x, y, width, height) with rounded corners."""

    def line(self, points: Sequence[Point] | Points, color: str, width: float, dash: Sequence[float] = ()) -> None:
        """Draw an open polyline."""

    def shape(self, path: Path, at: Point, scale: float, fill: str) -> None:
        """Fill an outline whose origin lies at `at`, by the nonzero rule."""

    def circle(self, center: Point, radius: float, fill: str, stroke: str, width: float) -> None:
        """Draw a filled circle with an outline."""

    def text(self, at: Point, text: str, size: float, color: str, weight: Weight = "regular") -> None:
        """Write one line from the baseline start `at`."""

    def mark(self, key: str, name: str, box: tuple[float, float, float, float]) -> None:
        """Say that the element `key` covers `box`, for links and for programs that read the drawing."""


def frame(picture: Picture, legend: Legend | None = None) -> tuple[float, float, float, float]:
    """Return x, y, width, height of what is drawn, with its margin and the room of a legend below."""
    x0, y0, x1, y1 = picture.bounds
    below = LEGEND_HEIGHT if legend is not None else 0.0
    width = max(x1 - x0, LEGEND_WIDTH) if legend is not None else x1 - x0
    return x0 - MARGIN, y0 - MARGIN, width + 2 * MARGIN, y1 - y0 + 2 * MARGIN + below


def paint(picture: Picture, theme: Theme, pen: Pen, *, ground: bool = True, legend: Legend | None = None) -> None:
    """Draw a picture: ground, boundaries, flows, cards, labels, networks, and below them the legend of its lens."""
    if ground:
        pen.rectangle(frame(picture, legend), fill=theme.canvas)
    if legend is not None:
        _legend(legend, (picture.bounds[0], picture.bounds[3] + MARGIN), theme, pen)
    overlays = picture.boundaries.overlays
    open_rows = np.flatnonzero(~overlays & ~picture.boundaries.collapsed).tolist()
    for row in open_rows:
        _boundary(picture, row, theme, pen)
    for row in range(len(picture.flows)):
        _flow(picture, row, theme, pen)
    for row in open_rows:
        _title(picture, row, theme, pen)
    for row in np.flatnonzero(picture.boundaries.collapsed & ~overlays).tolist():
        _collapsed(picture, row, theme, pen)
    for row in range(len(picture.nodes)):
        _card(picture, row, theme, pen)
    for row in range(len(picture.flows)):
        _label(picture, row, theme, pen)
    for row in np.flatnonzero(overlays).tolist():
        _overlay(picture, row, theme, pen)


def _legend(legend: Legend, at: Point, theme: Theme, pen: Pen) -> None:
    """Draw the title, the steps of the scale or the words with their colors, and the ends of the scale."""
    x, y = at
    pen.text((x, y + 14), legend.title, LABEL_SIZE, theme.muted)
    x += text_width(legend.title, LABEL_SIZE) + 12
    if not legend.low:
        for code, word in legend.steps:
            pen.rectangle((x, y + 5, 12, 12), 3.0, theme.color(code) or theme.raised)
            pen.text((x + 17, y + 14), word, LABEL_SIZE, theme.text)
            x += 17 + text_width(word, LABEL_SIZE) + 14
        return
    for number, (code, _) in enumerate(legend.steps):
        pen.rectangle((x + number * 18, y + 4, 18, 10), 0.0, theme.color(code) or theme.raised)
    pen.text((x, y + 26), legend.low, LINE_SIZE - 1, theme.muted)
    end = x + 18 * len(legend.steps) - text_width(legend.high, LINE_SIZE - 1)
    pen.text((end, y + 26), legend.high, LINE_SIZE - 1, theme.muted)


def _box(rects: Points, row: int) -> tuple[float, float, float, float]:
    x, y, width, height = (float(value) for value in rects[row])
    return x, y, width, height


def ground_color(theme: Theme, code: int) -> str:
    """Return the color behind a label: canvas, boundary or nested boundary."""
    return (theme.canvas, theme.boundary_fill, theme.boundary_nested_fill)[code]


def _boundary_title(picture: Picture, row: int) -> str:
    columns = picture.boundaries
    copies = int(columns.copies[row])
    return f"{columns.titles[row]} × {copies}" if copies > 1 else columns.titles[row]


def _boundary(picture: Picture, row: int, theme: Theme, pen: Pen) -> None:
    columns = picture.boundaries
    box = _box(columns.rects, row)
    fill = ground_color(theme, 1 + int(columns.depths[row]) % 2)
    if columns.copies[row] > 1:
        for shift in (6.0, 3.0):
            pen.rectangle((box[0] + shift, box[1] + shift, *box[2:]), 8.0, fill, theme.boundary_border)
    pen.rectangle(box, 8.0, fill, theme.boundary_border)
    pen.mark(columns.ids[row], columns.titles[row], box)


def _title(picture: Picture, row: int, theme: Theme, pen: Pen) -> None:
    """Write a boundary's title over the flows that pass behind it."""
    columns = picture.boundaries
    x, y, width, _ = _box(columns.rects, row)
    title = elide(_boundary_title(picture, row), BOUNDARY_SIZE, width - 28, "semibold")
    ground = ground_color(theme, 1 + int(columns.depths[row]) % 2)
    pen.rectangle((x + 11, y + 9, text_width(title, BOUNDARY_SIZE, "semibold") + 6, 18), 3.0, ground)
    pen.text((x + 14, y + 22), title, BOUNDARY_SIZE, theme.boundary_title, "semibold")


def _overlay(picture: Picture, row: int, theme: Theme, pen: Pen) -> None:
    box = _box(picture.boundaries.rects, row)
    if picture.boundaries.texts[row]:
        for x, y, line in text_lines(picture.boundaries.titles[row], box[2], box[3]):
            pen.text((box[0] + x, box[1] + y), line, TEXT_SIZE, theme.text)
        return
    pen.rectangle(box, 10.0, "", theme.accent, 1.2, (2.0, 3.0))
    title = elide(_boundary_title(picture, row), LABEL_SIZE, box[2] - 28, "semibold")
    width = text_width(title, LABEL_SIZE, "semibold")
    pen.rectangle((box[0] + box[2] - width - 22, box[1] - 8, width + 12, 16), 3.0, theme.canvas)
    pen.text((box[0] + box[2] - width - 16, box[1] + 4), title, LABEL_SIZE, theme.accent, "semibold")


def _collapsed(picture: Picture, row: int, theme: Theme, pen: Pen) -> None:
    columns = picture.boundaries
    box = _box(columns.rects, row)
    for shift in (6.0, 3.0):
        pen.rectangle((box[0] + shift, box[1] + shift, *box[2:]), CARD_RADIUS, theme.card, theme.card_border)
    pen.rectangle(box, CARD_RADIUS, theme.card, theme.card_border)
    texts = card(box[2], box[3], _boundary_title(picture, row), "collapsed")
    _icon(icon_for("boundaries", columns.kinds[row]), _plus(box, texts.icon_at), theme, pen)
    pen.text(_plus(box, texts.title_at), texts.title, texts.title_size, theme.text, "semibold")
    pen.text(_plus(box, texts.line_at), texts.line, LINE_SIZE, theme.muted)
    pen.mark(columns.ids[row], columns.titles[row], box)


def _icon(name: str, at: Point, theme: Theme, pen: Pen) -> None:
    for path in icon_paths(name):
        pen.shape(path, at, ICON_SIZE / 32, theme.icon)


def _plus(box: tuple[float, float, float, float], at: Point) -> Point:
    return box[0] + at[0], box[1] + at[1]


def _card(picture: Picture, row: int, theme: Theme, pen: Pen) -> None:
    columns = picture.nodes
    box = _box(columns.rects, row)
    code = int(columns.colors[row])
    pen.rectangle(box, CARD_RADIUS, theme.card, theme.card_border)
    accent = theme.color(code)
    if accent:
        pen.shape(_accent_path(box[3]), (box[0], box[1]), 1.0, accent)
    warned = bool(columns.warned[row])
    texts = card(box[2], box[3], columns.titles[row], columns.lines[row], columns.badges[row], warned)
    _icon(columns.icons[row], _plus(box, texts.icon_at), theme, pen)
    pen.text(_plus(box, texts.title_at), texts.title, texts.title_size, theme.text, "semibold")
    line_color = theme.faint if columns.guessed[row] else theme.muted
    pen.text(_plus(box, texts.line_at), texts.line, LINE_SIZE, line_color)
    if texts.badge_box is not None:
        x, y, width, height = texts.badge_box
        known = code != NO_COLOR
        pen.rectangle((box[0] + x, box[1] + y, width, height), height / 2, theme.color(code) or theme.raised)
        start = (box[0] + x + (width - text_width(texts.badge, BADGE_SIZE, "semibold")) / 2, box[1] + y + 11.8)
        pen.text(start, texts.badge, BADGE_SIZE, theme.text_on(code) if known else theme.muted, "semibold")
    if texts.warning_at is not None:
        for path in icon_paths(icon_for("actions", "warning")):
            pen.shape(path, _plus(box, texts.warning_at), WARNING_SIZE / 32, theme.warning)
    pen.mark(columns.ids[row], columns.titles[row], box)


def _accent_path(height: float) -> Path:
    """Return the strip at a card's left edge, with the card's rounded corners."""
    width, r = ACCENT_WIDTH, CARD_RADIUS
    k = r * 0.5523
    return (
        ("M", (width, 0.0)),
        ("L", (width, height)),
        ("L", (r, height)),
        ("C", (r - k, height, 0.0, height - r + k, 0.0, height - r)),
        ("L", (0.0, r)),
        ("C", (0.0, r - k, r - k, 0.0, r, 0.0)),
        ("Z", ()),
    )


def _flow(picture: Picture, row: int, theme: Theme, pen: Pen) -> None:
    columns = picture.flows
    path = columns.path(row)
    if len(path) < 2:
        return
    color = theme.color(int(columns.colors[row])) or theme.flow
    style = int(columns.styles[row])
    body = shortened(path, ARROW - 1)
    if style == _STREAM:
        pen.line(parallel(body, 1.6), color, 1.2)
        pen.line(parallel(body, -1.6), color, 1.2)
    else:
        pen.line(body, color, 1.4, _DASHES[style])
    pen.shape(arrow_head(path), (float(path[-1][0]), float(path[-1][1])), 1.0, color)


def arrow_head(path: Points) -> Path:
    """Return the triangle at the end of a polyline, relative to its last point."""
    dx, dy = (float(value) for value in path[-1] - path[-2])
    length = max((dx * dx + dy * dy) ** 0.5, 1e-6)
    ux, uy = dx / length, dy / length
    half = ARROW * 0.45
    left = (-ARROW * ux - half * uy, -ARROW * uy + half * ux)
    right = (-ARROW * ux + half * uy, -ARROW * uy - half * ux)
    return (("M", (0.0, 0.0)), ("L", left), ("L", right), ("Z", ()))


def _label(picture: Picture, row: int, theme: Theme, pen: Pen) -> None:
    columns = picture.flows
    text = columns.readings[row] or columns.labels[row]
    batch = int(columns.styles[row]) == _BATCH
    if not text and not batch:
        return
    color = theme.color(int(columns.colors[row])) or theme.flow
    ground = ground_color(theme, int(columns.label_fill[row]))
    x, y = (float(value) for value in columns.label_at[row])
    clock = 2 * CLOCK + 4 if batch else 0.0
    width = text_width(text, LABEL_SIZE)
    if text:
        pen.rectangle((x - (width + clock) / 2 - 5, y - 8, width + clock + 10, 16), 3.0, ground)
        pen.text((x - (width + clock) / 2 + clock, y + 3.8), text, LABEL_SIZE, theme.flow_label)
        x -= (width + clock) / 2 - CLOCK
    if batch:
        pen.circle((x, y), CLOCK, ground, color, 1.2)
        pen.line([(x, y - 3.4), (x, y), (x + 2.6, y + 1.6)], color, 1.2)
