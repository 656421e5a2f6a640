"""Which of two flows lies left of the other: what orders ports on a side and tracks in a channel without crossings.

Flows that run together part somewhere. Seen in the direction of travel, one that turns left lies left of one that goes
on, and that left of one that turns right; of two that turn left, the one that turns first (as lines of one bundle:
Nöllenburg 2010, metro-line crossing minimization). Any other order crosses them once more.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.routing.paths import F64, I64

_FAR = 1e7
_SAME = 4.0
"""Turns nearer to each other than about this are one turn, in px: bundles are not yet spread when they are ordered."""


def turns(corners: F64) -> F64:
    """Return keys, shape (n, k - 1), whose lexicographic order is that of the polylines from left to right.

    Only polylines that leave the same line in the same direction can be compared.

    Args:
        corners: axis-parallel polylines, shape (n, k, 2), px; repeated points do not matter. y grows downward.
    """
    count, length, _ = corners.shape
    steps = np.diff(corners, axis=1)
    real = np.abs(steps).sum(-1) > 0.5
    first = np.argsort(~real, axis=1, kind="stable")
    rows = np.arange(count)[:, None]
    directions, there = np.sign(np.where(np.abs(steps) > 0.5, steps, 0.0))[rows, first], real[rows, first]
    ends = corners[:, 1:][rows, first]
    keys = np.zeros((count, length - 1))
    for number in range(length - 1):
        if number == length - 2:
            break
        one, other = directions[:, number], directions[:, number + 1]
        turn = one[:, 1] * other[:, 0] - one[:, 0] * other[:, 1]
        along = (ends[:, number] * one).sum(1)
        along = np.round(along / _SAME) * _SAME
        keys[:, number] = np.where(there[:, number + 1], np.sign(turn) * (along - _FAR), 0.0)
    return keys


def ordered(keys: list[NDArray[np.generic]]) -> I64:
    """Return the order by the first key, then the second, and so on."""
    return np.lexsort(keys[::-1])
