"""Where flows touch their cards: several on one side spread in the order that avoids crossings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from models.routing.leftness import ordered, turns
from models.routing.paths import F32, F64, I64
from models.routing.plans import Plans, corners_of
from models.routing.sides import SOUTH, WEST, side_center

_MARGIN = 12.0


def spread(
    rects: F32, sources: I64, targets: I64, plans: Plans, taken: Mapping[tuple[int, int], Sequence[float]]
) -> tuple[F64, F64]:
    """Return the ports of sources and targets, each of shape (n, 2).

    Flows on one side are spread evenly in the order in which their ways part; a flow that is alone on its
    side lines up with its other end where that makes it straight.

    Args:
        taken: coordinates along a side that other flows hold already, by (card, side).
    """
    count = len(sources)
    cards = np.concatenate([sources, targets])
    sides = np.concatenate([plans.leaves, plans.enters])
    centers = side_center(rects[cards], sides)
    keys = cards * 4 + sides
    order = _along_sides(keys, sides, centers, plans)
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


def _along_sides(keys: I64, sides: I64, centers: F64, plans: Plans) -> I64:
    """Return the order of all ends by side, and along each side as their flows lie beside one another."""
    count = len(keys) // 2
    corners = corners_of(centers[:count], centers[count:], plans.leaves, plans.enters, plans.channels)
    from_left = turns(np.concatenate([corners, corners[:, ::-1]]))
    number = np.concatenate([np.arange(count), -np.arange(count)])
    sign = np.where((sides == SOUTH) | (sides == WEST), -1, 1)
    return ordered([keys, *(from_left.T * sign), number * sign])


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


def widest_gaps(
    rects: F32, card: int, sources: I64, targets: I64, plans: Plans, starts: F64, stops: F64, without: int
) -> F64:
    """Return the roomiest port on each side of a card beside those that other flows hold, shape (4, 2)."""
    found = np.zeros((4, 2))
    for side in range(4):
        axis = 1 - side % 2
        out, into = (sources == card) & (plans.leaves == side), (targets == card) & (plans.enters == side)
        out[without] = into[without] = False
        held = np.concatenate([starts[out, axis], stops[into, axis]]).tolist()
        found[side] = side_center(rects[card][None], np.array([side]))[0]
        found[side, axis] = _free(rects[card], axis, held)
    return found


def _straighten(ports: F64, alone: np.ndarray, rects: F32, cards: I64, sides: I64, plans: Plans) -> None:
    """Move ports of Z plans that are alone on their side level with the other end, in place."""
    count = len(cards) // 2
    rows = straight_on(plans)
    axis = 1 - sides[rows] % 2
    for mover, anchor in ((rows + count, rows), (rows, rows + count)):
        low = rects[cards[mover], axis] + _MARGIN
        high = rects[cards[mover], axis] + rects[cards[mover], axis + 2] - _MARGIN
        wanted = ports[anchor, axis]
        level = np.abs(ports[mover, axis] - wanted) < 0.01
        fits = alone[mover] & (wanted >= low) & (wanted <= high) & ~level
        ports[mover[fits], axis[fits]] = wanted[fits]


def straight_on(plans: Plans) -> I64:
    """Return the flows between sides that face each other, which are straight where their ports are level."""
    return np.flatnonzero(((plans.leaves + 2) % 4 == plans.enters) & np.isnan(plans.channels[:, 1]))
