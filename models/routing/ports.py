"""Where flows touch their cards: several on one side spread in the order that avoids crossings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from models.routing.paths import F32, F64, I64
from models.routing.plans import Plans
from models.routing.sides import NORMALS, side_center

_MARGIN = 12.0


def spread(
    rects: F32, sources: I64, targets: I64, plans: Plans, taken: Mapping[tuple[int, int], Sequence[float]]
) -> tuple[F64, F64]:
    """Return the ports of sources and targets, each of shape (n, 2).

    Flows on one side are sorted by the slope towards their other end and spread evenly; a flow that is alone on its
    side lines up with its other end where that makes it straight.

    Args:
        taken: coordinates along a side that other flows hold already, by (card, side).
    """
    count = len(sources)
    cards = np.concatenate([sources, targets])
    sides = np.concatenate([plans.leaves, plans.enters])
    centers = side_center(rects[cards], sides)
    others = np.concatenate([centers[count:], centers[:count]])
    keys = cards * 4 + sides
    slopes = _slopes(centers, others, sides)
    order = np.lexsort((np.arange(2 * count) % max(count, 1), slopes, keys))
    sorted_keys = keys[order]
    starts = np.concatenate([[True], sorted_keys[1:] != sorted_keys[:-1]]) if count else np.zeros(0, np.bool_)
    group = np.cumsum(starts) - 1
    sizes = np.bincount(group) if count else np.zeros(0, np.int64)
    ranks = np.arange(2 * count) - np.flatnonzero(starts)[group] if count else np.zeros(0, np.int64)
    rank, size = np.empty(2 * count, np.int64), np.empty(2 * count, np.int64)
    rank[order], size[order] = ranks, sizes[group]
    axis = 1 - sides % 2
    lengths = rects[cards, 2 + axis]
    ports = centers.copy()
    ports[np.arange(2 * count), axis] += ((rank + 1) / (size + 1) - 0.5) * lengths
    alone = size == 1
    for row in _held(keys, taken):
        alone[row] = False
        ports[row, axis[row]] = _free(rects[cards[row]], int(axis[row]), taken[int(cards[row]), int(sides[row])])
    _straighten(ports, alone, rects, cards, sides, plans)
    return ports[:count], ports[count:]


def _slopes(centers: F64, others: F64, sides: I64) -> F64:
    normals = NORMALS[sides]
    ahead = ((others - centers) * normals).sum(-1)
    aside = np.where(sides % 2 == 0, others[:, 1] - centers[:, 1], others[:, 0] - centers[:, 0])
    return np.asarray(aside / np.maximum(ahead, 8.0))


def _held(keys: I64, taken: Mapping[tuple[int, int], Sequence[float]]) -> list[int]:
    if not taken:
        return []
    held = {card * 4 + side for card, side in taken}
    return [row for row, key in enumerate(keys.tolist()) if key in held]


def _free(rect: F32, axis: int, taken: Sequence[float]) -> float:
    """Return the middle of the widest gap between the coordinates that are taken on a side."""
    low, high = float(rect[axis]), float(rect[axis] + rect[axis + 2])
    stops = [low, *sorted(taken), high]
    gaps = [(b - a, -number) for number, (a, b) in enumerate(pairwise(stops))]
    number = -max(gaps)[1]
    return (stops[number] + stops[number + 1]) / 2


def _straighten(ports: F64, alone: np.ndarray, rects: F32, cards: I64, sides: I64, plans: Plans) -> None:
    """Move ports of Z plans that are alone on their side level with the other end, in place."""
    count = len(cards) // 2
    facing = (plans.leaves + 2) % 4 == plans.enters
    rows = np.flatnonzero(facing & np.isnan(plans.channels[:, 1]))
    axis = 1 - sides[rows] % 2
    for mover, anchor in ((rows + count, rows), (rows, rows + count)):
        low = rects[cards[mover], axis] + _MARGIN
        high = rects[cards[mover], axis] + rects[cards[mover], axis + 2] - _MARGIN
        wanted = ports[anchor, axis]
        level = np.abs(ports[mover, axis] - wanted) < 0.01
        fits = alone[mover] & (wanted >= low) & (wanted <= high) & ~level
        ports[mover[fits], axis[fits]] = wanted[fits]
