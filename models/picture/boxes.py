"""Rectangles of cards and boundaries: stored ones, fitted ones and places for what has none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.design.elements import Position
from models.picture.cards import CARD_HEIGHT, CARD_WIDTH
from models.picture.columns import F32, I32

PADDING = 24.0
TITLE_HEIGHT = 36.0
GRID = 8.0
EMPTY_SIZE = (232.0, 128.0)


def card_rects(positions: Sequence[Position | None]) -> F32:
    """Return x, y, width, height of each card, shape (n, 4); rows without a position are NaN in x and y."""
    rows = [
        (position.x, position.y, position.width or CARD_WIDTH, position.height or CARD_HEIGHT)
        if position is not None
        else (np.nan, np.nan, CARD_WIDTH, CARD_HEIGHT)
        for position in positions
    ]
    return np.array(rows, np.float32).reshape(-1, 4)


def fitted(
    positions: Sequence[Position | None],
    parents: Sequence[int],
    collapsed: Sequence[bool],
    member_rects: F32,
    member_parents: I32,
    extra: Sequence[tuple[int, F32]] = (),
) -> F32:
    """Return the rectangles of boundaries, shape (b, 4): stored ones grown around their members, others fitted.

    Args:
        positions, parents, collapsed: one per boundary, parents before children.
        member_rects, member_parents: cards and the boundary row that holds each, or -1.
        extra: (boundary row, rectangles (k, 4)) that an overlay runs around.
    """
    count = len(positions)
    low = np.full((count, 2), np.inf)
    high = np.full((count, 2), -np.inf)
    inside = member_parents >= 0
    owners = member_parents[inside]
    for axis in (0, 1):
        near = member_rects[inside, axis].astype(np.float64)
        np.minimum.at(low[:, axis], owners, near)
        np.maximum.at(high[:, axis], owners, near + member_rects[inside, axis + 2])
    for row, rects in extra:
        if len(rects):
            low[row] = np.minimum(low[row], rects[:, :2].min(0))
            high[row] = np.maximum(high[row], (rects[:, :2] + rects[:, 2:]).max(0))
    found = np.zeros((count, 4), np.float32)
    for row in range(count - 1, -1, -1):
        found[row] = _around(positions[row], collapsed[row], low[row], high[row])
        parent = parents[row]
        if parent >= 0:
            low[parent] = np.minimum(low[parent], found[row, :2])
            high[parent] = np.maximum(high[parent], found[row, :2] + found[row, 2:])
    return found


def refitted(
    before: F32,
    homes: I32,
    positions: Sequence[Position | None],
    parents: I32,
    collapsed: Sequence[bool],
    member_rects: F32,
    member_parents: I32,
) -> F32:
    """Return the rectangles of boundaries, shape (b, 4), after cards in the boundaries `homes` moved; others stay.

    Args:
        before: rectangles before; what no card runs around but its members and inner boundaries.
        positions, parents, collapsed, member_rects, member_parents: as of `fitted`.
    """
    stale = set()
    for home in set(homes.tolist()):
        row = home
        while row >= 0:
            stale.add(row)
            row = int(parents[row])
    found = before.copy()
    for row in sorted(stale, reverse=True):
        cards, inner = member_rects[member_parents == row].astype(np.float64), found[parents == row]
        low = np.concatenate([cards[:, :2], inner[:, :2]]).min(0, initial=np.inf)
        high = np.concatenate([cards[:, :2] + cards[:, 2:], inner[:, :2] + inner[:, 2:]]).max(0, initial=-np.inf)
        found[row] = _around(positions[row], collapsed[row], low, high)
    return found


def _around(
    position: Position | None, collapsed: bool, low: NDArray[np.float64], high: NDArray[np.float64]
) -> tuple[float, float, float, float]:
    if collapsed and position is not None:
        return position.x, position.y, CARD_WIDTH, CARD_HEIGHT
    x0, y0, x1, y1 = low[0] - PADDING, low[1] - TITLE_HEIGHT - 4, high[0] + PADDING, high[1] + PADDING
    if position is not None and position.width > 0 and position.height > 0:
        margin = GRID
        stored = (position.x, position.y, position.x + position.width, position.y + position.height)
        x0, y0 = min(stored[0], low[0] - margin), min(stored[1], low[1] - margin)
        x1, y1 = max(stored[2], high[0] + margin), max(stored[3], high[1] + margin)
    elif not np.isfinite(low[0]):
        x0, y0 = (position.x, position.y) if position else (0.0, 0.0)
        x1, y1 = x0 + EMPTY_SIZE[0], y0 + EMPTY_SIZE[1]
    return float(x0), float(y0), float(x1 - x0), float(y1 - y0)


AT_ONCE = 4_096
"""Places that are held against all boundaries in one step, so that the table of both stays small."""


def grounds(places: F32, rects: F32, depths: I32, overlays: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return what lies behind each place (m, 2): 0 canvas, 1 or 2 a boundary of even or odd depth; shape (m,)."""
    found = np.zeros(len(places), np.uint8)
    rows = np.flatnonzero(~overlays)[::-1]  # the last that holds a place is the innermost
    if not len(rows):
        return found
    x0, y0, width, height = rects[rows].T
    x1, y1, looks = x0 + width, y0 + height, np.where(depths[rows] % 2 == 0, 1, 2).astype(np.uint8)
    for start in range(0, len(places), AT_ONCE):
        x, y = places[start : start + AT_ONCE, :1], places[start : start + AT_ONCE, 1:]
        inside = (x > x0) & (x < x1) & (y > y0) & (y < y1)
        found[start : start + AT_ONCE] = np.where(inside.any(axis=1), looks[inside.argmax(axis=1)], 0)
    return found


def bounds_of(rects: F32, others: F32, lines: F32) -> tuple[float, float, float, float]:
    """Return x0, y0, x1, y1 around everything; a unit card at the origin when there is nothing.

    Args:
        rects, others: x, y, width, height, shapes (n, 4) and (b, 4).
        lines: boxes around lines, x0, y0, x1, y1, shape (m, 4); NaN around none.
    """
    if not len(rects) and not len(others):
        return 0.0, 0.0, CARD_WIDTH, CARD_HEIGHT
    x, y, width, height = np.concatenate([rects.T, others.T], axis=1)
    left, top, right, bottom = np.ascontiguousarray(lines.T)
    return (
        min(float(x.min()), float(np.fmin.reduce(left, initial=np.inf))),
        min(float(y.min()), float(np.fmin.reduce(top, initial=np.inf))),
        max(float((x + width).max()), float(np.fmax.reduce(right, initial=-np.inf))),
        max(float((y + height).max()), float(np.fmax.reduce(bottom, initial=-np.inf))),
    )
