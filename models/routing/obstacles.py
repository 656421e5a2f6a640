"""Which straight lines run through cards: a raster with prefix sums, so that a line costs two look-ups."""

from __future__ import annotations

import numpy as np

from models.routing.paths import F32, F64, I64

MOST_CELLS = 600_000
_FINEST = 8.0


class Obstacles:
    """Cards as a raster of cells fully covered by one; lines outside of it are free.

    Args:
        rects: x, y, width, height in px, shape (n, 4).
        most_cells: bounds the raster; cells are 8 px wide or as much larger as it takes.
    """

    def __init__(self, rects: F32, most_cells: int = MOST_CELLS) -> None:
        low = rects[:, :2].min(0) if len(rects) else np.zeros(2)
        high = (rects[:, :2] + rects[:, 2:]).max(0) if len(rects) else np.zeros(2)
        area = float(np.prod(np.maximum(high - low, 1.0)))
        self.cell = max(_FINEST, float(np.ceil(np.sqrt(area / most_cells))))
        self.origin = np.floor(low / self.cell) * self.cell
        width, height = (np.ceil((high - self.origin) / self.cell) + 1).astype(int)
        first = np.ceil((rects[:, :2] - self.origin) / self.cell - 0.2).astype(np.int64)
        last = np.floor((rects[:, :2] + rects[:, 2:] - self.origin) / self.cell + 0.2).astype(np.int64)
        last = np.maximum(last, first)
        corners = np.zeros((height + 1, width + 1), np.int32)
        for x, y, sign in ((first, first, 1), (last, first, -1), (first, last, -1), (last, last, 1)):
            np.add.at(corners, (y[:, 1], x[:, 0]), sign)
        covered = (corners.cumsum(0).cumsum(1)[:height, :width] > 0).astype(np.int32)
        self._across = np.zeros((height, width + 1), np.int32)
        np.cumsum(covered, axis=1, out=self._across[:, 1:])
        self._down = np.zeros((width, height + 1), np.int32)
        np.cumsum(covered.T, axis=1, out=self._down[:, 1:])

    def hits_across(self, y: F64, x0: F64, x1: F64) -> I64:
        """Return how many px of each horizontal line lie on cards; the ends of a line do not count."""
        return self._hits(self._across, y - self.origin[1], x0 - self.origin[0], x1 - self.origin[0])

    def hits_down(self, x: F64, y0: F64, y1: F64) -> I64:
        """Return how many px of each vertical line lie on cards; the ends of a line do not count."""
        return self._hits(self._down, x - self.origin[0], y0 - self.origin[1], y1 - self.origin[1])

    def hits(self, corners: F64) -> I64:
        """Return the px on cards of axis-parallel polylines, shape (…, k, 2) to (…)."""
        total = np.zeros(corners.shape[:-2], np.int64)
        for number in range(corners.shape[-2] - 1):
            (x0, y0), (x1, y1) = np.moveaxis(corners[..., number : number + 2, :], (-2, -1), (0, 1))
            flat = np.abs(y1 - y0) < 0.01
            total += np.where(flat, self.hits_across(y0, x0, x1), self.hits_down(x0, y0, y1))
        return total

    def _hits(self, sums: np.ndarray, at: F64, start: F64, end: F64) -> I64:
        rows, length = sums.shape
        line = np.floor(at / self.cell).astype(np.int64)
        first = np.floor((np.minimum(start, end) + 0.05) / self.cell).astype(np.int64)
        last = np.ceil((np.maximum(start, end) - 0.05) / self.cell).astype(np.int64)
        first = np.minimum(np.maximum(first, 0), length - 1)
        last = np.minimum(np.maximum(last, 0), length - 1)
        inside = (line >= 0) & (line < rows)
        line = np.where(inside, line, 0)
        found = (sums[line, np.maximum(last, first)] - sums[line, first]) * int(self.cell)
        return np.where(inside, found, 0).astype(np.int64)
