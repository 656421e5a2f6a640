"""Which straight lines run through cards: cells between the edges of cards, so that a line costs a few look-ups."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.routing.paths import F32, F64, I64

MOST_CELLS = 600_000
_FINEST = 8.0
_MARGIN = 7.0
"""A line nearer than that to the side of a card counts as on it, in px."""
_SIDES = np.array([-_MARGIN, _MARGIN])


def counted(px: F64) -> F64:
    """Return whole px of lines on cards; less than half a px and a little is nothing."""
    return np.asarray(np.rint(px - 0.3))


class Obstacles:
    """Cards as cells that are covered by one or not; lines outside of all are free.

    Args:
        rects: x, y, width, height in px, shape (n, 4).
        most_cells: bounds the table. The cells lie between the edges of the cards, exactly; edges are rounded to 8 px,
            or as much more as it takes, where there would be too many.
    """

    def __init__(self, rects: F32, most_cells: int = MOST_CELLS) -> None:
        low = rects[:, :2].astype(np.float64)
        high = low + rects[:, 2:]
        xs, ys = (np.unique(np.concatenate([low[:, axis], high[:, axis]])) for axis in (0, 1))
        cell = _FINEST
        while len(xs) * len(ys) > most_cells:
            low, high = np.round(low / cell) * cell, np.round(high / cell) * cell
            xs, ys = (np.unique(np.concatenate([low[:, axis], high[:, axis]])) for axis in (0, 1))
            cell *= 2
        corners = np.zeros((len(ys) + 1, len(xs) + 1), np.int32)
        left, right = np.searchsorted(xs, low[:, 0]), np.searchsorted(xs, high[:, 0])
        top, bottom = np.searchsorted(ys, low[:, 1]), np.searchsorted(ys, high[:, 1])
        for x, y, sign in ((left, top, 1), (right, top, -1), (left, bottom, -1), (right, bottom, 1)):
            np.add.at(corners, (y, x), sign)
        covered = corners.cumsum(0).cumsum(1) > 0
        self._across = _Lines(ys, xs, covered[: len(ys), : len(xs)])
        self._down = _Lines(xs, ys, covered[: len(ys), : len(xs)].T)

    def hits_across(self, y: F64, x0: F64, x1: F64) -> I64:
        """Return how many px of each horizontal line lie on cards; the ends of a line do not count."""
        return self._across.hits(y, x0, x1)

    def hits_down(self, x: F64, y0: F64, y1: F64) -> I64:
        """Return how many px of each vertical line lie on cards; the ends of a line do not count."""
        return self._down.hits(x, y0, y1)

    def before(self, axis: int, at: F64, stops: F64) -> F64:
        """Return the px on cards of lines along an axis before each stop, by margin, line and stop, shape (2, k, s).

        Args:
            axis: 0 for horizontal lines, 1 for vertical ones.
            at: where the lines lie on the other axis, shape (k,).
            stops: coordinates on the axis, shape (s,).
        """
        return (self._across, self._down)[axis].before(at[:, None], stops)

    def hits(self, corners: F64) -> I64:
        """Return the px on cards of axis-parallel polylines, shape (…, k, 2) to (…)."""
        starts, stops = corners[..., :-1, :], corners[..., 1:, :]
        found = np.zeros(starts.shape[:-1], np.int64)
        steps = np.abs(stops - starts)
        across, down = steps[..., 0], steps[..., 1]
        level = (down < 0.01) & (across > 0)
        upright = (across < 0.01) & (down > 0) & ~level
        for lines, axis, find in ((level, 0, self.hits_across), (upright, 1, self.hits_down)):
            begin, end = starts[lines], stops[lines, axis]
            found[lines] = find(begin[:, 1 - axis], begin[:, axis], end)
        return np.asarray(found.sum(-1))


class _Lines:
    """Lines along one axis.

    Args:
        across: edges on the other axis, ascending; row i of `covered` lies between edge i and the next.
        along: edges on the axis of the lines; column i of `covered` lies between edge i and the next.
    """

    def __init__(self, across: F64, along: F64, covered: NDArray[np.bool_]) -> None:
        self._across, self._along = across, along
        self._covered = np.zeros((len(across) + 1, len(along) + 1), np.float32)
        self._covered[1:, 1:] = covered
        widths = np.diff(along, append=along[-1:]) if len(along) else along
        self._sums = np.zeros((len(across) + 1, len(along) + 1), np.float64)
        np.cumsum(covered * widths, axis=1, out=self._sums[1:, 1:])
        self._starts = np.concatenate([along[:1], along])

    def hits(self, at: F64, start: F64, end: F64) -> I64:
        """Return how many px of each line lie on cards: as many as of the worse of its two margins."""
        at, start, end = np.asarray(at), np.asarray(start), np.asarray(end)
        if not len(self._along):
            return np.zeros(np.broadcast(at, start, end).shape, np.int64)
        dimensions = max(at.ndim, start.ndim, end.ndim)
        ends = np.array([np.minimum(start, end), np.maximum(start, end)])
        ends = ends.reshape(2, *[1] * (dimensions + 2 - ends.ndim), *ends.shape[1:])
        low, high = self._before(self._rows(at, dimensions), ends)
        return counted(np.maximum(*(high - low))).astype(np.int64)

    def before(self, at: F64, stop: F64) -> F64:
        """Return the px on cards of each line up to `stop`, by margin, shape (2, …); `at` and `stop` are broadcast."""
        if not len(self._along):
            return np.zeros((len(_SIDES), *np.broadcast(at, stop).shape))
        return self._before(self._rows(at, max(at.ndim, stop.ndim)), stop)

    def _rows(self, at: F64, dimensions: int) -> I64:
        """Return the row of `covered` that each margin of a line lies in, shape (2, …)."""
        return np.asarray(self._across.searchsorted(at + _SIDES.reshape(-1, *[1] * dimensions), side="right"))

    def _before(self, row: I64, stop: F64) -> F64:
        column = self._along.searchsorted(stop, side="right")
        into = stop - self._starts[column]
        return np.asarray(self._sums[row, np.maximum(column - 1, 0)] + self._covered[row, column] * into)
