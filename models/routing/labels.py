"""Where the text of a flow stands: on its line, clear of cards, other flows and other texts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.routing.paths import F32, F64, I64, Paths
from models.typeface import text_width

_SIZE = 10.5
_HEIGHT = 16.0
_RESERVE = 42.0
_PAST_CARD = 42.0
_HEAD = 7.0
_ON_CARD, _FAR = 400, 90
"""What it costs to stand on a card, and to stand too far from the line to be told to belong to it."""
FINE_UP_TO = 400
_SHARES = (0.5, 0.35, 0.65, 0.2, 0.8)


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
    places = _middles(paths) if len(rows) == len(labels) else np.stack([_middle(paths.path(row)) for row in rows])
    many = len(labels) > FINE_UP_TO
    told = [(number, row) for number, row in enumerate(rows) if labels[row] or not many]
    if not told or len(told) > FINE_UP_TO:
        return places
    reach = max(text_width(labels[row], _SIZE) for _, row in told) + _RESERVE + _PAST_CARD
    lines, owners, heads = _lines_near(paths, [row for _, row in told], reach)
    cards = np.concatenate([rects[:, :2], rects[:, :2] + rects[:, 2:]], 1)
    titles = np.concatenate([frames[:, :2] + (12, 8), frames[:, :2] + np.minimum(frames[:, 2:], (120, 28))], 1)
    cards, edges = np.concatenate([cards, titles]), _edges(frames)
    placed: list[tuple[float, float, float, float]] = []
    for number, row in sorted(told, key=lambda item: not labels[item[1]]):
        width = max(text_width(labels[row], _SIZE), _RESERVE)
        half = np.array([width / 2 + 1, _HEIGHT / 2 - 1])
        spots, penalty = _spots(paths.path(row), width, beside=bool(labels[row]))
        boxes = np.concatenate([spots - half, spots + half], 1)
        cost = penalty + _ON_CARD * _overlaps(boxes, _near(cards, boxes)) + 8 * _overlaps(boxes, _near(edges, boxes))
        cost += 30 * _overlaps(boxes, _near(heads, boxes))
        cost += 25 * _overlaps(boxes, _near(lines[owners != row] if not many else lines, boxes))
        if placed:
            cost += 60 * _overlaps(boxes, np.array(placed))
        best = int(cost.argmin())
        places[number] = spots[best]
        placed.append(tuple(boxes[best].tolist()))
    return places


def _lines_near(paths: Paths, rows: Sequence[int], reach: float) -> tuple[F32, I64, F32]:
    """Return the segments and arrow heads no farther than `reach` px from some paths, as boxes.

    Shapes (s, 4) and (k, 4), and the row (s,) of each segment.
    """
    own = np.concatenate([paths.path(row) for row in rows])
    low, high = own.min(0) - reach, own.max(0) + reach
    starts, stops, owners = paths.meeting(*low.tolist(), *high.tolist())
    lines = np.concatenate([np.minimum(starts, stops), np.maximum(starts, stops)], 1)
    tips = paths.points[paths.offsets[1:] - 1]
    tips = tips[((tips > low) & (tips < high)).all(1)]
    return lines, owners, np.concatenate([tips - _HEAD, tips + _HEAD], 1)


def _middle(path: F32) -> F32:
    """Return the middle of the longest segment of one path, shape (2,)."""
    longest = int(np.abs(np.diff(path, axis=0)).sum(1).argmax())
    return np.asarray((path[longest] + path[longest + 1]) / 2, np.float32)


def _near(others: F32, boxes: F64) -> F32:
    """Return those of the others (x0, y0, x1, y1) that lie in the rectangle around all boxes."""
    low, high = boxes[:, :2].min(0) - 4, boxes[:, 2:].max(0) + 4
    beside = (others[:, 0] > high[0]) | (others[:, 2] < low[0])
    return np.asarray(others[~(beside | (others[:, 1] > high[1]) | (others[:, 3] < low[1]))])


def _edges(frames: F32) -> F32:
    """Return the four edges of each boundary as boxes x0, y0, x1, y1, shape (4 b, 4)."""
    x0, y0, x1, y1 = frames[:, 0], frames[:, 1], frames[:, 0] + frames[:, 2], frames[:, 1] + frames[:, 3]
    sides = ((x0, y0, x1, y0), (x0, y1, x1, y1), (x0, y0, x0, y1), (x1, y0, x1, y1))
    return np.concatenate([np.stack(side, 1) for side in sides])


def _middles(paths: Paths) -> F32:
    """Return the middle of the longest segment of each path, shape (m, 2)."""
    starts, stops, owners = paths.segments()
    count = len(paths.offsets) - 1
    places = np.zeros((count, 2), np.float32)
    order = np.lexsort((np.abs(stops - starts).sum(1), owners))
    if len(order):
        last = np.concatenate([owners[order][1:] != owners[order][:-1], [True]])
        longest = order[last]
        places[owners[longest]] = (starts[longest] + stops[longest]) / 2
    return places


def _spots(path: F32, width: float, *, beside: bool) -> tuple[F64, F64]:
    """Return candidate centers (k, 2) on a path, and `beside` it, and how much worse than the best each is."""
    starts, stops = path[:-1].astype(np.float64), path[1:].astype(np.float64)
    spots, penalty = [], []
    for start, stop in zip(starts, stops, strict=True):
        length = float(np.abs(stop - start).sum())
        level = abs(stop[1] - start[1]) < 0.01
        for number, share in enumerate(_SHARES):
            spots.append(start + (stop - start) * share)
            room = length * (1 - 2 * abs(share - 0.5)) - (width + 30 if level else 40)
            penalty.append(number * 2 + (0 if level else 16) + max(0.0, -room) * 1.5)
        if not beside:
            continue
        close = np.array([0.0, _HEIGHT / 2 + 2] if level else [width / 2 + 4, 0.0])
        past_card = np.array([0.0, _PAST_CARD] if level else [width / 2 + _PAST_CARD, 0.0])
        for number, share in enumerate(_SHARES):
            for order, side in enumerate((-close, close)):
                spots.append(start + (stop - start) * share + side)
                penalty.append(20 + number * 3 + order * 2 + (max(0.0, width - length) * 0.5 if level else 0.0))
        for side in (-past_card, past_card):
            spots.append((start + stop) / 2 + side)
            penalty.append(_FAR)
    return np.array(spots), np.array(penalty)


def _overlaps(boxes: NDArray[np.floating], others: NDArray[np.floating]) -> NDArray[np.int64]:
    """Return how many of the others (x0, y0, x1, y1) each box overlaps, shape (k,)."""
    clear = 2.0
    meets = (boxes[:, None, :2] < others[None, :, 2:] + clear) & (boxes[:, None, 2:] > others[None, :, :2] - clear)
    return np.asarray(meets.all(-1).sum(1))
