"""Places for cards that nobody has placed: a tidy drawing if nothing has a place, else the nearest free spot."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.layout.compound import GAP_X, GAP_Y, GAPS_X, GRID, compound
from models.routing.paths import F32

_RINGS = 12


def place_missing(
    rects: F32,
    parents: NDArray[np.int32],
    frame_parents: Sequence[int],
    sources: Sequence[int],
    targets: Sequence[int],
    view: str = "",
) -> F32:
    """Return the rectangles with a place for every card whose x is NaN; the others stay.

    Args:
        rects: x, y, width, height, shape (n, 4), px.
        parents: boundary row of each card or -1, shape (n,).
        frame_parents: parent row of each boundary or -1.
        sources, targets: ends of flows; negative rows are not cards and are left out.
        view: the view they are drawn in.
    """
    missing = np.flatnonzero(np.isnan(rects[:, 0]))
    if not len(missing):
        return rects
    edges = [(a, b) for a, b in zip(sources, targets, strict=True) if a >= 0 and b >= 0]
    found = rects.copy()
    if len(missing) == len(rects):
        sizes, gap_x = rects[:, 2:].astype(np.float64), GAPS_X.get(view, GAP_X)
        found[:, :2] = compound(sizes, parents.tolist(), frame_parents, edges, gap_x=gap_x)
        return found
    neighbors: dict[int, list[tuple[int, int]]] = {}
    for a, b in edges:
        neighbors.setdefault(b, []).append((a, 1))
        neighbors.setdefault(a, []).append((b, -1))
    for row in missing.tolist():
        anchor = _anchor(row, found, parents, neighbors.get(row, []))
        found[row, :2] = free_spot(found, anchor, (float(found[row, 2]), float(found[row, 3])))
    return found


def _anchor(row: int, rects: F32, parents: NDArray[np.int32], neighbors: list[tuple[int, int]]) -> tuple[float, float]:
    """Return where a card would like to be: beside a neighbor, below its boundary's cards, or below everything."""
    placed = ~np.isnan(rects[:, 0])
    mates = np.flatnonzero(placed & (parents == parents[row])) if parents[row] >= 0 else np.zeros(0, np.int64)
    for other, side in neighbors:
        if placed[other] and (parents[row] < 0 or parents[other] == parents[row]):
            width = rects[other, 2] if side > 0 else rects[row, 2]
            return float(rects[other, 0] + side * (width + GAP_X)), float(rects[other, 1])
    around = rects[mates] if len(mates) else rects[placed]
    return float(around[:, 0].min()), float((around[:, 1] + around[:, 3]).max() + GAP_Y)


def free_spot(rects: F32, wish: tuple[float, float], size: tuple[float, float]) -> tuple[float, float]:
    """Return the free corner nearest to the wish on a lattice of cards and gaps, on the 8 px grid.

    Args:
        rects: what is taken, shape (n, 4); rows of NaN take nothing.
    """
    width, height = size
    steps = sorted(
        ((dx, dy) for dx in range(-_RINGS, _RINGS + 1) for dy in range(-_RINGS, _RINGS + 1)),
        key=lambda step: (abs(step[0]) * 2 + abs(step[1]), step[1] < 0, step[0] < 0, step),
    )
    low, high = rects[:, :2], rects[:, :2] + rects[:, 2:]
    for dx, dy in steps:
        x = round((wish[0] + dx * (width + GAP_X)) / GRID) * GRID
        y = round((wish[1] + dy * (height + GAP_Y)) / GRID) * GRID
        apart = (low[:, 0] >= x + width + GRID) | (high[:, 0] <= x - GRID)
        apart |= (low[:, 1] >= y + height + GRID) | (high[:, 1] <= y - GRID)
        if not (~apart & ~np.isnan(rects[:, 0])).any():
            return x, y
    return wish[0], float(np.nanmax(high[:, 1])) + GAP_Y
