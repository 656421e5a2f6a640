"""A short animation from one picture to another, so that the eye can follow what a tidy layout moved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer

from models.picture import Picture
from models.picture.columns import BoundaryColumns, NodeColumns

SECONDS = 0.24
LARGEST = 1500
"""More cards than these change places at once."""
STATIONS = 16
F32 = NDArray[np.float32]


class Transition(QObject):
    """Plays pictures between two; `redraw` is called whenever another one is to be shown."""

    def __init__(self, redraw: Callable[[], object], parent: QObject) -> None:
        super().__init__(parent)
        self.shown: Picture | None = None
        self._redraw = redraw
        self._timer = QTimer(self, interval=12)
        self._timer.timeout.connect(self._step)
        self._pictures: tuple[Picture, Picture] | None = None
        self._began = 0.0

    def play(self, before: Picture, after: Picture) -> None:
        """Go from one picture to the other."""
        if len(after.nodes) > LARGEST or not len(after.nodes):
            return
        self._pictures, self._began = (before, after), perf_counter()
        self._timer.start()
        self._step()

    def stop(self) -> None:
        """Show the end."""
        self._timer.stop()
        self._pictures = self.shown = None

    def _step(self) -> None:
        assert self._pictures is not None
        share = (perf_counter() - self._began) / SECONDS
        if share >= 1.0:
            self.stop()
        else:
            self.shown = between(*self._pictures, share * share * (3.0 - 2.0 * share))
        self._redraw()


def between(before: Picture, after: Picture, share: float) -> Picture:
    """Return the picture `share` of the way from `before` to `after`; what is only in one is where it is there."""
    nodes = replace(after.nodes, rects=_mixed(before.nodes, after.nodes, share))
    frames = replace(after.boundaries, rects=_mixed(before.boundaries, after.boundaries, share))
    flows = after.flows
    points = np.empty((len(flows), STATIONS, 2), np.float32)
    for row, key in enumerate(flows.ids):
        points[row] = _resampled(flows.path(row))
        old = before.flows.row.get(key)
        if old is not None:
            points[row] += (1.0 - share) * (_resampled(before.flows.path(old)) - points[row])
    middle = points.mean(axis=1)
    moved = replace(
        flows,
        points=points.reshape(-1, 2),
        boxes=np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1),
        offsets=(np.arange(len(flows) + 1) * STATIONS).astype(np.int32),
        label_at=middle if len(flows) else flows.label_at,
        labels=[""] * len(flows),
        readings=[""] * len(flows),
    )
    return replace(after, nodes=nodes, boundaries=frames, flows=moved)


def _mixed(before: NodeColumns | BoundaryColumns, after: NodeColumns | BoundaryColumns, share: float) -> F32:
    """Return the rectangles of `after`, shape (n, 4), with those that `before` has as well on their way."""
    rects = after.rects.copy()
    pairs = [(row, before.row[key]) for row, key in enumerate(after.ids) if key in before.row]
    if pairs:
        rows, old = (list(numbers) for numbers in zip(*pairs, strict=True))
        rects[rows] = before.rects[old] + np.float32(share) * (after.rects[rows] - before.rects[old])
    return rects


def _resampled(path: F32) -> F32:
    """Return `STATIONS` points at equal distances along a polyline, shape (STATIONS, 2)."""
    if len(path) < 2:
        return np.zeros((STATIONS, 2), np.float32)
    steps = np.hypot(*np.diff(path.astype(np.float64), axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    at = np.linspace(0.0, along[-1], STATIONS)
    return np.stack([np.interp(at, along, path[:, axis]) for axis in (0, 1)], axis=1).astype(np.float32)
