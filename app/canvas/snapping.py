"""Snapping of a moved box: to the 8 px grid, or to the edges and centers of its neighbors with guide lines."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF

from app.theme import GRID

REACH_PIXELS = 5.0


class Snapper:
    """Finds where a box goes.

    Args:
        others: rectangles that stay, shape (n, 4).
        leader: the box that the pointer holds.
    """

    def __init__(self, others: NDArray[np.float32], leader: QRectF) -> None:
        self._others = others.astype(np.float64)
        self._leader = leader

    def snap(self, by: QPointF, zoom: float, seen: QRectF) -> tuple[QPointF, list[QLineF]]:
        """Return the snapped movement and its guide lines, both in scene pixels; only neighbors in sight count."""
        others = self._in_sight(seen)
        x, guide_x = self._along(0, by.x(), zoom, others)
        y, guide_y = self._along(1, by.y(), zoom, others)
        box = self._leader.translated(x, y)
        lines = []
        if guide_x is not None:
            low, high = self._span(others, 0, guide_x, box.top(), box.bottom())
            lines.append(QLineF(guide_x, low, guide_x, high))
        if guide_y is not None:
            low, high = self._span(others, 1, guide_y, box.left(), box.right())
            lines.append(QLineF(low, guide_y, high, guide_y))
        return QPointF(x, y), lines

    def _in_sight(self, seen: QRectF) -> NDArray[np.float64]:
        rects = self._others
        keep = (rects[:, 0] < seen.right()) & (rects[:, 0] + rects[:, 2] > seen.left())
        keep &= (rects[:, 1] < seen.bottom()) & (rects[:, 1] + rects[:, 3] > seen.top())
        found: NDArray[np.float64] = rects[keep]
        return found

    def _along(self, axis: int, by: float, zoom: float, others: NDArray[np.float64]) -> tuple[float, float | None]:
        start = self._leader.x() if axis == 0 else self._leader.y()
        size = self._leader.width() if axis == 0 else self._leader.height()
        if len(others):
            own = start + by + np.array([0.0, size / 2, size])
            low, extent = others[:, axis], others[:, axis + 2]
            targets = np.stack([low, low + extent / 2, low + extent])
            gaps = targets - own[:, None]
            best = np.unravel_index(int(np.abs(gaps).argmin()), gaps.shape)
            if abs(gaps[best]) * zoom <= REACH_PIXELS:
                return by + float(gaps[best]), float(targets[best])
        return round((start + by) / GRID) * GRID - start, None

    def _span(
        self, others: NDArray[np.float64], axis: int, line: float, low: float, high: float
    ) -> tuple[float, float]:
        start, extent = others[:, axis], others[:, axis + 2]
        on_line = np.isclose(np.stack([start, start + extent / 2, start + extent]), line, atol=0.01).any(axis=0)
        across, size = others[on_line, 1 - axis], others[on_line, 3 - axis]
        return min(low, float(across.min(initial=low))), max(high, float((across + size).max(initial=high)))
