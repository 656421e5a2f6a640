"""Where two pictures of one drawing differ: the few places that have to be painted again after an edit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from operator import ne

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

from app.canvas.flow_lines import FlowLines
from models.picture import Picture
from models.picture.cards import LABEL_SIZE
from models.picture.columns import BoundaryColumns
from models.typeface import text_width

MOST = 12
"""So many places are painted one by one; of more, everything is painted at once."""
AROUND = 10.0
"""What a card's shadow and mark, a line's width and an arrow head reach beyond their boxes, scene px."""


def changed_places(old: Picture, new: Picture, lines: FlowLines) -> list[QRectF] | None:
    """Return the scene rectangles in which the pictures differ; None if too much or anything but looks differs.

    Args:
        lines: the polylines of the new picture.
    """
    recolored = np.count_nonzero(old.nodes.colors != new.nodes.colors) if len(old.nodes) == len(new.nodes) else 0
    if recolored > MOST or not _same_frame(old, new):
        return None
    cards, flows = np.flatnonzero(_cards(old, new)), np.flatnonzero(_flows(old, new))
    if len(cards) + len(flows) > MOST:
        return None
    boxes = [QRectF(*new.nodes.rects[row].tolist()) for row in cards.tolist()]
    for row in flows.tolist():
        x0, y0, x1, y1 = lines.boxes[row].tolist()
        boxes.append(QRectF(x0, y0, x1 - x0, y1 - y0).united(_label_box(old, row)).united(_label_box(new, row)))
    return [box.adjusted(-AROUND, -AROUND, AROUND, AROUND) for box in boxes]


def _same_frame(old: Picture, new: Picture) -> bool:
    """Return whether both have the same cards and lines at the same places, in the same boundaries."""
    return (
        old.view == new.view
        and old.nodes.ids == new.nodes.ids
        and old.flows.ids == new.flows.ids
        and _equal(old.nodes.rects, new.nodes.rects)
        and _equal(old.flows.points, new.flows.points)
        and _equal(old.flows.offsets, new.flows.offsets)
        and _same_boundaries(old.boundaries, new.boundaries)
    )


def _same_boundaries(old: BoundaryColumns, new: BoundaryColumns) -> bool:
    if old is new:
        return True
    pairs = ((getattr(old, one.name), getattr(new, one.name)) for one in fields(BoundaryColumns))
    return all(_equal(a, b) if isinstance(a, np.ndarray) else a == b for a, b in pairs)


def _equal(old: NDArray[np.generic], new: NDArray[np.generic]) -> bool:
    return old is new or np.array_equal(old, new)


def _cards(old: Picture, new: Picture) -> NDArray[np.bool_]:
    """Return (n,) which cards look different."""
    a, b = old.nodes, new.nodes
    differ = (a.colors != b.colors) | (a.warned != b.warned) | (a.guessed != b.guessed)
    for name in ("titles", "lines", "icons", "categories", "badges"):
        differ |= _texts_differ(getattr(a, name), getattr(b, name))
    return np.asarray(differ)


def _flows(old: Picture, new: Picture) -> NDArray[np.bool_]:
    """Return (m,) which lines look different."""
    a, b = old.flows, new.flows
    differ = (a.colors != b.colors) | (a.styles != b.styles) | (a.label_fill != b.label_fill)
    differ |= (a.label_at != b.label_at).any(axis=1)
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
