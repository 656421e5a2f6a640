"""Where axis-parallel polylines cross one another."""

from __future__ import annotations

import numpy as np

from models.routing.paths import F64, I64

_INSIDE = 1.0
"""Lines that only touch, or end on one another, do not cross, in px."""

NEAR = 3.5
"""Parallel lines nearer than that look like one, in px."""


def crossed(corners: F64) -> I64:
    """Return how often each polyline crosses others, shape (n, k, 2) to (n,); a crossing counts for both.

    The work grows with the square of the number of segments.
    """
    starts, stops = corners[:, :-1].reshape(-1, 2), corners[:, 1:].reshape(-1, 2)
    owners = np.repeat(np.arange(len(corners)), corners.shape[1] - 1)
    low, high = np.minimum(starts, stops), np.maximum(starts, stops)
    level = np.flatnonzero((high - low)[:, 0] > 2 * _INSIDE)
    upright = np.flatnonzero((high - low)[:, 1] > 2 * _INSIDE)
    x, y = low[upright, 0], low[level, 1]
    meet = (low[level, 0] + _INSIDE < x[:, None]) & (x[:, None] < high[level, 0] - _INSIDE)
    meet &= (low[upright, 1, None] + _INSIDE < y) & (y < high[upright, 1, None] - _INSIDE)
    meet &= owners[upright, None] != owners[level]
    found = np.zeros(len(corners), np.int64)
    np.add.at(found, owners[upright], meet.sum(1))
    np.add.at(found, owners[level], meet.sum(0))
    return found


def overlaid(corners: F64, others: F64, *, same: bool = False) -> I64:
    """Return how many segments of others each polyline runs along, so near that they look like one, shape (n,).

    Args:
        corners, others: shape (n, k, 2) and (m, k, 2).
        same: both are the same polylines; none counts for itself.
    """
    found = np.zeros(len(corners), np.int64)
    owners = np.repeat(np.arange(len(others)), others.shape[1] - 1)
    one, other = (np.stack([line[:, :-1], line[:, 1:]], 2).reshape(-1, 2, 2) for line in (corners, others))
    rows = np.repeat(np.arange(len(corners)), corners.shape[1] - 1)
    for axis in (0, 1):
        mine, theirs = (
            np.flatnonzero(
                (np.abs(line[:, 1, axis] - line[:, 0, axis]) < 0.01)
                & (np.abs(line[:, 1, 1 - axis] - line[:, 0, 1 - axis]) > 2 * _INSIDE)
            )
            for line in (one, other)
        )
        a, b = one[mine, :, 1 - axis], other[theirs, :, 1 - axis]
        low, high = np.minimum(a[:, 0], a[:, 1]), np.maximum(a[:, 0], a[:, 1])
        beside = np.minimum(b[:, 0], b[:, 1]) < high[:, None] - _INSIDE
        beside &= np.maximum(b[:, 0], b[:, 1]) > low[:, None] + _INSIDE
        beside &= np.abs(one[mine, 0, axis][:, None] - other[theirs, 0, axis]) < NEAR
        if same:
            beside &= rows[mine][:, None] != owners[theirs]
        np.add.at(found, rows[mine], beside.sum(1))
    return found


class Lines:
    """The segments of polylines, to ask how many of them others cross; one question costs a few look-ups.

    Args:
        corners: axis-parallel polylines, shape (m, k, 2), px.
    """

    def __init__(self, corners: F64) -> None:
        starts, stops = corners[:, :-1].reshape(-1, 2), corners[:, 1:].reshape(-1, 2)
        low, high = np.minimum(starts, stops), np.maximum(starts, stops)
        level, upright = ((high - low)[:, axis] > 2 * _INSIDE for axis in (0, 1))
        self._level = _Table(low[level, 1], low[level, 0], high[level, 0])
        self._upright = _Table(low[upright, 0], low[upright, 1], high[upright, 1])

    def crossed_by(self, corners: F64) -> I64:
        """Return how many of the lines each polyline crosses, shape (n, k, 2) to (n,)."""
        starts, stops = corners[:, :-1], corners[:, 1:]
        low, high = np.minimum(starts, stops), np.maximum(starts, stops)
        across = self._level.crossed(low[..., 0], low[..., 1], high[..., 1])
        down = self._upright.crossed(low[..., 1], low[..., 0], high[..., 0])
        return np.asarray((across + down).sum(-1))


class _Table:
    """Parallel lines by where they lie and from where to where they run, as a table of sums."""

    def __init__(self, at: F64, low: F64, high: F64) -> None:
        self._at, self._ends = np.unique(at), np.unique(np.concatenate([low, high]))
        table = np.zeros((len(self._at) + 1, len(self._ends) + 1), np.int32)
        rows = np.searchsorted(self._at, at) + 1
        np.add.at(table, (rows, np.searchsorted(self._ends, low) + 1), 1)
        np.add.at(table, (rows, np.searchsorted(self._ends, high) + 1), -1)
        self._sums = table.cumsum(1, dtype=np.int32).cumsum(0, dtype=np.int32)

    def crossed(self, along: F64, low: F64, high: F64) -> F64:
        """Return how many of the lines run across `along` between low and high; one that ends there is half."""
        first = np.searchsorted(self._at, low + _INSIDE, side="right")
        last = np.maximum(np.searchsorted(self._at, high - _INSIDE, side="left"), first)
        sides = [np.searchsorted(self._ends, along + side, side="right") for side in (-_INSIDE, _INSIDE)]
        before, after = (self._sums[last, column] - self._sums[first, column] for column in sides)
        return np.asarray((before + after) / 2)
