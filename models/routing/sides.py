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
    """Return the middle of a side of each rectangle, shape (n, 2)."""
    half = rects[:, 2:] / 2
    return np.asarray(rects[:, :2] + half + NORMALS[sides] * half, np.float64)
