"""What is seen through a part of the viewport, which may be many small places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF

from app.canvas.camera import Camera

BEYOND = 10.0
"""What shadows, marks, arrow heads and the width of a line reach beyond their boxes, scene px."""


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """The part of the scene that is painted.

    Attributes:
        around: the rectangle around it, a little wider.
        places: x0, y0, x1, y1 of the rectangles it is made of, a little wider, shape (k, 4).
    """

    around: QRectF
    places: NDArray[np.float64]

    @staticmethod
    def through(places: Sequence[QRect], camera: Camera) -> Sight:
        """Return what is seen through places of the viewport, in its pixels."""
        beyond = BEYOND / min(camera.zoom, 1.0)
        seen = np.array([rect.getCoords() for rect in places], np.float64).reshape(-1, 4)
        seen[:, 2:] += 1  # Qt names the last pixel of a rectangle, not where it ends
        seen /= camera.zoom
        seen += (camera.x - beyond, camera.y - beyond, camera.x + beyond, camera.y + beyond)
        (x0, y0), (x1, y1) = seen[:, :2].min(axis=0).tolist(), seen[:, 2:].max(axis=0).tolist()
        return Sight(QRectF(x0, y0, x1 - x0, y1 - y0), seen)

    def cells(self, xs: NDArray[np.floating], ys: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Return which points of a grid are seen; both axes ascend, shapes (w,) and (h,) to (h, w)."""
        found = np.zeros((len(ys), len(xs)), np.bool_)
        spans = [np.searchsorted(axis, self.places[:, column]) for column, axis in enumerate((xs, ys, xs, ys))]
        for left, top, right, bottom in zip(*(span.tolist() for span in spans), strict=True):
            found[top:bottom, left:right] = True
        return found

    def sees(self, boxes: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Return which of the boxes x0, y0, x1, y1, shape (n, 4), are seen at least in part, shape (n,)."""
        (x0, y0, x1, y1), scene = boxes.T, self.around
        found = (x0 <= scene.right()) & (x1 >= scene.left()) & (y0 <= scene.bottom()) & (y1 >= scene.top())
        if len(self.places) > 1:
            x0, y0, x1, y1 = boxes[found].T[:, :, None]
            left, top, right, bottom = self.places.T
            found[found] = ((x0 <= right) & (x1 >= left) & (y0 <= bottom) & (y1 >= top)).any(axis=1)
        return np.asarray(found)
