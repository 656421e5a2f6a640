"""Where the text of a flow stands: on its line, clear of cards, other flows and other texts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.interruption import go_on
from models.routing.paths import F32, F64, I64, Paths
from models.typeface import text_width

_SIZE = 10.5
_HEIGHT = 16.0
_RESERVE = 42.0
_PAST_CARD = 42.0
_HEAD = 7.0
_CLEAR = 2.0
_ON_CARD, _ON_LABEL, _ON_HEAD, _ON_LINE, _ON_EDGE = 400, 200, 30, 25, 8
"""What it costs to stand on a card or title, another label, an arrow head, another flow, a boundary's edge."""
_FAR = 90
"""What it costs to stand too far from the line to be told to belong to it."""
FINE_UP_TO = 400
_SHARES = np.array([0.5, 0.35, 0.65, 0.2, 0.8])
_FINER = np.array([0.5, 0.425, 0.575, 0.35, 0.65, 0.275, 0.725, 0.2, 0.8, 0.125, 0.875])
"""Where along a segment a label is tried, the best place first; in drawings of many labels, and in others."""


def label_places(
    paths: Paths, labels: Sequence[str], rects: F32, frames: F32, only: Sequence[int] | None = None
) -> F32:
    """Return the center of each label, shape (m, 2), or of the rows `only`, shape (len(only), 2).

    Spots along every segment and beside its middle are tried; what covers least of cards, other flows and labels
    wins. With many labels all stand at the middle of their longest segment.

    Args:
        labels: what stands on each flow; an empty one keeps room for a short reading of a lens.
        rects: cards, shape (n, 4), in px.
        frames: boundaries, shape (b, 4); a label does not stand on their edges and titles.
    """
    rows = list(range(len(labels))) if only is None else list(only)
    many = len(labels) > FINE_UP_TO
    told = [(number, row) for number, row in enumerate(rows) if labels[row] or not many]
    if not told or len(told) > FINE_UP_TO:
        return _middles(paths, rows)
    places = _middles(paths, rows) if len(told) < len(rows) else np.zeros((len(rows), 2), np.float32)
    reach = max(text_width(labels[row], _SIZE) for _, row in told) + _RESERVE + _PAST_CARD
    others, weights, owners = _others(paths, [row for _, row in told], reach, rects, frames)
    placed: list[tuple[float, float, float, float]] = []
    wide = [max(text_width(labels[row], _SIZE), _RESERVE) for _, row in told]
    shares = _SHARES if many else _FINER
    spots, penalties = _spots(
        [paths.path(row) for _, row in told], wide, [bool(labels[row]) for _, row in told], shares
    )
    for at in sorted(range(len(told)), key=lambda at: not labels[told[at][1]]):
        go_on()
        number, row = told[at]
        half = np.array([wide[at] / 2 + 1, _HEIGHT / 2 - 1])
        boxes = np.concatenate([spots[at] - half, spots[at] + half], 1)
        near = _near(others, boxes)
        if not many:
            near &= owners != row
        cost = penalties[at] + _meets(boxes, others[near]) @ weights[near]
        if placed:
            cost += _ON_LABEL * _meets(boxes, np.array(placed)).sum(1)
        best = int(cost.argmin())
        places[number] = spots[at][best]
        placed.append(tuple(boxes[best].tolist()))
    return places


def _others(paths: Paths, rows: Sequence[int], reach: float, rects: F32, frames: F32) -> tuple[F32, I64, I64]:
    """Return what labels no farther than `reach` px from some paths keep clear of, as boxes x0, y0, x1, y1.

    Shape (s, 4), with what it costs to cover each, shape (s,), and the row of the flow that a line belongs to, or -1.
    """
    own = np.concatenate([paths.path(row) for row in rows])
    low, high = own.min(0) - reach, own.max(0) + reach
    around = low - 2 * _HEAD, high + 2 * _HEAD
    close = paths.near(*around[0].tolist(), *around[1].tolist())
    starts, stops, owners = paths.meeting(*low.tolist(), *high.tolist(), among=close)
    tips = paths.points[paths.offsets[close + 1] - 1]
    (x0, y0), (x1, y1), (x, y, width, height) = *around, rects.T
    rects = rects[(x <= x1) & (y <= y1) & (x + width >= x0) & (y + height >= y0)]
    seen = np.concatenate([low, high])[None]
    frames = frames[_near(np.concatenate([frames[:, :2], frames[:, :2] + frames[:, 2:]], 1), seen)]
    kinds = (
        (np.concatenate([rects[:, :2], rects[:, :2] + rects[:, 2:]], 1), _ON_CARD),
        (np.concatenate([frames[:, :2] + (12, 8), frames[:, :2] + np.minimum(frames[:, 2:], (120, 28))], 1), _ON_CARD),
        (_edges(frames), _ON_EDGE),
        (np.concatenate([tips - _HEAD, tips + _HEAD], 1), _ON_HEAD),
    )
    boxes = np.concatenate([each for each, _ in kinds])
    weights = np.repeat([weight for _, weight in kinds], [len(each) for each, _ in kinds])
    kept = _near(boxes, seen)
    lines = np.concatenate([np.minimum(starts, stops), np.maximum(starts, stops)], 1)
    weights = np.concatenate([weights[kept], np.full(len(lines), _ON_LINE)])
    return np.concatenate([boxes[kept], lines]), weights, np.concatenate([np.full(np.count_nonzero(kept), -1), owners])


def _near(others: F32, boxes: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Return which of the others (x0, y0, x1, y1) lie in the rectangle around all boxes, shape (s,)."""
    low, high = boxes[:, :2].min(0) - 4, boxes[:, 2:].max(0) + 4
    beside = (others[:, 0] > high[0]) | (others[:, 2] < low[0])
    return np.asarray(~(beside | (others[:, 1] > high[1]) | (others[:, 3] < low[1])))


def _edges(frames: F32) -> F32:
    """Return the four edges of each boundary as boxes x0, y0, x1, y1, shape (4 b, 4)."""
    x0, y0, x1, y1 = frames[:, 0], frames[:, 1], frames[:, 0] + frames[:, 2], frames[:, 1] + frames[:, 3]
    sides = ((x0, y0, x1, y0), (x0, y1, x1, y1), (x0, y0, x0, y1), (x1, y0, x1, y1))
    return np.concatenate([np.stack(side, 1) for side in sides])


def _middles(paths: Paths, rows: Sequence[int]) -> F32:
    """Return the middle of the longest segment of some paths, shape (k, 2)."""
    starts, stops, owners = paths.segments(np.asarray(rows, np.int64))
    places = np.zeros((len(paths.offsets) - 1, 2), np.float32)
    order = np.lexsort((np.abs(stops - starts).sum(1), owners))
    if len(order):
        last = np.concatenate([owners[order][1:] != owners[order][:-1], [True]])
        longest = order[last]
        places[owners[longest]] = (starts[longest] + stops[longest]) / 2
    return places[rows]


def _spots(
    paths: Sequence[F32], widths: Sequence[float], beside: Sequence[bool], shares: F64
) -> tuple[list[F64], list[F64]]:
    """Return candidate centers on each path, and `beside` it, (k, 2), and how much worse than the best each is."""
    ranks = np.abs(shares - 0.5) * 10
    counts = np.array([len(path) - 1 for path in paths])
    lines = [(path[:-1], path[1:]) for path in paths]
    starts, stops = (np.concatenate(ends).astype(np.float64) for ends in zip(*lines, strict=True))
    steps, width = stops - starts, np.repeat(widths, counts)[:, None]
    level = np.abs(steps[:, 1:]) < 0.01
    length = np.abs(steps).sum(1, keepdims=True)
    on = starts[:, None] + steps[:, None] * shares[:, None]
    room = length * (1 - 2 * np.abs(shares - 0.5)) - np.where(level, width + 30, 40.0)
    penalty = ranks * 2 + np.where(level, 0.0, 16.0) + np.maximum(-room, 0.0) * 1.5
    nothing = np.zeros_like(width)
    close = np.where(level, np.hstack([nothing, nothing + _HEIGHT / 2 + 2]), np.hstack([width / 2 + 4, nothing]))
    past_card = np.where(level, (0.0, _PAST_CARD), np.hstack([width / 2 + _PAST_CARD, nothing]))[:, None]
    sides = np.stack([on - close[:, None], on + close[:, None]], 2).reshape(len(on), -1, 2)
    tight = np.where(level, np.maximum(width - length, 0.0) * 0.5, 0.0)
    sides_penalty = 20 + np.repeat(ranks * 3, 2) + np.tile((0, 2), len(shares)) + tight
    middle = (starts + steps / 2)[:, None]
    far = np.concatenate([middle - past_card, middle + past_card], 1)
    spots = np.concatenate([on, sides, far], 1)
    worse = np.concatenate([penalty, sides_penalty, np.full(far.shape[:2], _FAR)], 1)
    found: tuple[list[F64], list[F64]] = [], []
    for end, count, both in zip(np.cumsum(counts).tolist(), counts.tolist(), beside, strict=True):
        kept = slice(end - count, end), slice(None if both else len(shares))
        found[0].append(spots[kept].reshape(-1, 2))
        found[1].append(worse[kept].ravel())
    return found


def _meets(boxes: F64, others: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Return whether each box overlaps each of the others (x0, y0, x1, y1), shape (k, s)."""
    found = np.ones((len(boxes), len(others)), np.bool_)
    for axis in (0, 1):
        found &= boxes[:, axis, None] < others[:, axis + 2] + _CLEAR
        found &= boxes[:, axis + 2, None] > others[:, axis] - _CLEAR
    return found
