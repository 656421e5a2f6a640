"""The four sides of a card and the measures that all routes share."""

from __future__ import annotations

import numpy as np

from models.routing.paths import F32, F64, I64

EAST, SOUTH, WEST, NORTH = range(4)
NORMALS = np.array([(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)])
CLEARANCE = 20.0
SHORTEST_LEG = 14.5
BEND = 36.0
"""What a turn costs, in px of length."""


def side_center(rects: F32, sides: I64) -> F64:
    """Return the middle of a side of each rectangle; `sides` of shape (…, n) to (…, n, 2)."""
    half = rects[:, 2:] / 2
    return np.asarray(rects[:, :2] + half + NORMALS[sides] * half, np.float64)


def straight(rects: F32, sources: I64, targets: I64) -> F32:
    """Return a straight line for every flow, between the middles of the sides that face each other, shape (m, 2, 2).

    Args:
        rects: x, y, width, height of the cards, shape (n, 4), in px.
        sources, targets: rows of `rects`, shape (m,).
    """
    middles = rects[:, :2] + rects[:, 2:] / 2
    way = middles[targets] - middles[sources]
    across = np.abs(way[:, 0]) >= np.abs(way[:, 1])
    leaves = np.where(across, np.where(way[:, 0] >= 0, EAST, WEST), np.where(way[:, 1] >= 0, SOUTH, NORTH))
    ends = side_center(rects[sources], leaves), side_center(rects[targets], (leaves + 2) % 4)
    return np.stack(ends, axis=1).astype(np.float32)
