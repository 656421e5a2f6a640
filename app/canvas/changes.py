"""Where two pictures of one drawing differ: the few places that have to be painted again after an edit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from itertools import pairwise
from operator import ne

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

from app.canvas.flow_lines import moved_flows, rows_differ
from app.canvas.painter import Hidden
from models.picture import Picture
from models.picture.cards import LABEL_SIZE
from models.picture.columns import BoundaryColumns
from models.typeface import text_width

MOST, MOST_LINES = 12, 60
"""So many cards and boundaries, and so many lines, are painted on their own; of more, everything is painted at once."""
TITLE = 48.0
"""Height of the strip in which the title of a boundary stands, px at 100 % and less."""
AROUND = 10.0
"""What a card's shadow and mark, a line's width and an arrow head reach beyond their boxes, scene px."""


def changed_places(old: Picture, new: Picture, zoom: float = 1.0) -> list[QRectF] | None:
    """Return the scene rectangles in which the pictures differ; they may overlap. None if too much differs."""
    recolored = np.count_nonzero(old.nodes.colors != new.nodes.colors) if len(old.nodes) == len(new.nodes) else 0
    if recolored > MOST or not _same_elements(old, new):
        return None
    frames = _resized(old.boundaries, new.boundaries)
    cards, flows = np.flatnonzero(_cards(old, new)), np.flatnonzero(_flows(old, new))
    if frames is None or len(frames) + len(cards) > MOST or len(flows) > MOST_LINES:
        return None
    title, boxes = TITLE / min(zoom, 1.0), list[QRectF]()
    for row in frames:
        before, after = _rect(old.boundaries.rects[row]), _rect(new.boundaries.rects[row])
        is_frame = not (new.boundaries.collapsed[row] or new.boundaries.texts[row])
        boxes += _bands(before, after, title) if is_frame else [before, after]
    boxes += [_rect(columns.rects[row]) for columns in (old.nodes, new.nodes) for row in cards.tolist()]
    for row in flows.tolist():
        boxes += _along(old, new, row)
        boxes += [box for picture in (old, new) if not (box := _label_box(picture, row)).isNull()]
    return [box.adjusted(-AROUND, -AROUND, AROUND, AROUND) for box in {box.getRect(): box for box in boxes}.values()]


def hidden_places(picture: Picture, *each: Hidden | None) -> list[QRectF] | None:
    """Return the scene rectangles of the rows that another layer shows, or did; None if they are too many."""
    boxes = list[QRectF]()
    for hidden in filter(None, each):
        cards, flows, frames = map(np.flatnonzero, (hidden.nodes, hidden.flows, hidden.boundaries))
        sizes = len(hidden.nodes), len(hidden.flows), len(hidden.boundaries)
        known = len(picture.nodes), len(picture.flows), len(picture.boundaries)
        if sizes != known or len(cards) + len(frames) > MOST or len(flows) > MOST_LINES:
            return None
        boxes += [_rect(picture.nodes.rects[row]) for row in cards.tolist()]
        boxes += [_rect(picture.boundaries.rects[row]) for row in frames.tolist()]
        for row in flows.tolist():
            line = picture.flows.path(row)
            boxes += [_between(one, other) for one, other in pairwise(line.tolist())]
            boxes += [box for box in [_label_box(picture, row)] if not box.isNull()]
    return [box.adjusted(-AROUND, -AROUND, AROUND, AROUND) for box in boxes]


def lies_alike(old: Picture, new: Picture) -> bool:
    """Return whether the same cards and frames lie at the same places, as after a design was saved."""
    pairs = ((old.nodes, new.nodes), (old.boundaries, new.boundaries))
    return len(new.nodes) > 0 and all(
        len(one.rects) == len(other.rects) and not np.any(one.rects != other.rects) for one, other in pairs
    )


def _rect(values: NDArray[np.float32]) -> QRectF:
    return QRectF(*values.tolist())


def _along(old: Picture, new: Picture, row: int) -> list[QRectF]:
    """Return boxes around the pieces of a line that are not the same in both pictures."""
    pairs = [set(pairwise(map(tuple, picture.flows.path(row).tolist()))) for picture in (old, new)]
    colors, styles = old.flows.colors[row] == new.flows.colors[row], old.flows.styles[row] == new.flows.styles[row]
    pieces = pairs[0] ^ pairs[1] if colors and styles else pairs[0] | pairs[1]
    return [_between(one, other) for one, other in pieces]


def _between(one: Sequence[float], other: Sequence[float]) -> QRectF:
    (x0, y0), (x1, y1) = one, other
    return QRectF(min(x0, x1), min(y0, y1), abs(x1 - x0), abs(y1 - y0))


def _bands(old: QRectF, new: QRectF, title: float) -> list[QRectF]:
    """Return boxes around what differs of a boundary of another size: its sides, and its title at the top."""
    both = old.united(new)
    left, right = (sorted((old.left(), new.left())), sorted((old.right(), new.right())))
    top, bottom = (sorted((old.top(), new.top())), sorted((old.bottom(), new.bottom())))
    return [
        QRectF(left[0], both.y(), left[1] - left[0], both.height()),
        QRectF(right[0], both.y(), right[1] - right[0], both.height()),
        QRectF(both.x(), top[0], both.width(), top[1] - top[0] + title),
        QRectF(both.x(), bottom[0], both.width(), bottom[1] - bottom[0]),
    ]


def _same_elements(old: Picture, new: Picture) -> bool:
    pairs = (old.nodes.ids, new.nodes.ids), (old.flows.ids, new.flows.ids)
    return old.view == new.view and all(a is b or a == b for a, b in pairs)


def _resized(old: BoundaryColumns, new: BoundaryColumns) -> list[int] | None:
    """Return the boundaries that have another box; None if anything else about them differs."""
    if old is new:
        return []
    pairs = [(getattr(old, one.name), getattr(new, one.name)) for one in fields(BoundaryColumns) if one.name != "rects"]
    if not all(_equal(a, b) if isinstance(a, np.ndarray) else a == b for a, b in pairs):
        return None
    return np.flatnonzero(rows_differ(old.rects, new.rects)).tolist()


def _equal(old: NDArray[np.generic], new: NDArray[np.generic]) -> bool:
    return old is new or np.array_equal(old, new)


def _cards(old: Picture, new: Picture) -> NDArray[np.bool_]:
    """Return (n,) which cards look different."""
    a, b = old.nodes, new.nodes
    differ = rows_differ(a.rects, b.rects)
    differ |= (a.colors != b.colors) | (a.warned != b.warned) | (a.guessed != b.guessed)
    for name in ("titles", "lines", "icons", "categories", "badges"):
        differ |= _texts_differ(getattr(a, name), getattr(b, name))
    return np.asarray(differ)


def _flows(old: Picture, new: Picture) -> NDArray[np.bool_]:
    """Return (m,) which lines look different."""
    a, b = old.flows, new.flows
    differ = np.zeros(len(b), np.bool_)
    if a.points is not b.points:
        differ[moved_flows(a, b)] = True
    differ |= (a.colors != b.colors) | (a.styles != b.styles) | (a.label_fill != b.label_fill)
    differ |= rows_differ(a.label_at, b.label_at)
    for name in ("labels", "readings"):
        differ |= _texts_differ(getattr(a, name), getattr(b, name))
    return np.asarray(differ)


def _texts_differ(old: Sequence[str], new: Sequence[str]) -> NDArray[np.bool_]:
    if old is new or old == new:
        return np.zeros(len(new), np.bool_)
    return np.fromiter(map(ne, old, new), np.bool_, len(new))


def _label_box(picture: Picture, row: int) -> QRectF:
    """Return the box of the text that is shown on a line."""
    flows = picture.flows
    text = flows.readings[row] or flows.labels[row]
    if not text:
        return QRectF()
    width = text_width(text, LABEL_SIZE) + 2 * AROUND
    x, y = flows.label_at[row].tolist()
    return QRectF(x - width / 2, y - LABEL_SIZE, width, 2 * LABEL_SIZE)
