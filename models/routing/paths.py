"""Polylines of many flows in two flat arrays, and how hand-set waypoints become one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """Polylines: row i has `points[offsets[i]:offsets[i + 1]]`, in px; shapes (m + 1,) and (p, 2).

    `boxes` are x0, y0, x1, y1 around each, shape (m, 4); NaN around none.
    """

    offsets: I32
    points: F32
    boxes: F32

    @staticmethod
    def of(offsets: I32, points: F32) -> Paths:
        """Return the polylines with their boxes."""
        return Paths(offsets, points, boxes_of(offsets, points))

    def path(self, row: int) -> F32:
        """Return the polyline of one row, shape (k, 2)."""
        return self.points[self.offsets[row] : self.offsets[row + 1]]

    def segments(self, rows: I64 | None = None) -> tuple[F32, F32, I64]:
        """Return starts (s, 2), ends (s, 2) and the row (s,) of every segment, or of those of some rows."""
        rows = np.arange(len(self.offsets) - 1) if rows is None else rows
        first = self.offsets[rows].astype(np.int64)
        counts = np.maximum(self.offsets[rows + 1] - first - 1, 0)
        at = np.repeat(first - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        return self.points[at], self.points[at + 1], np.repeat(rows, counts)

    def near(self, x0: float, y0: float, x1: float, y1: float) -> I64:
        """Return the rows whose boxes touch a rectangle."""
        boxes = self.boxes
        near = (boxes[:, 0] <= x1) & (boxes[:, 2] >= x0) & (boxes[:, 1] <= y1) & (boxes[:, 3] >= y0)
        return np.flatnonzero(near)

    def meeting(self, x0: float, y0: float, x1: float, y1: float, *, among: I64 | None = None) -> tuple[F32, F32, I64]:
        """Return starts (s, 2), ends (s, 2) and the row (s,) of the segments that reach into an open rectangle.

        Args:
            among: rows that are known to hold all that come near.
        """
        start, stop, rows = self.segments(self.near(x0, y0, x1, y1) if among is None else among)
        reach = (np.minimum(start[:, 0], stop[:, 0]) < x1) & (np.maximum(start[:, 0], stop[:, 0]) > x0)
        reach &= (np.minimum(start[:, 1], stop[:, 1]) < y1) & (np.maximum(start[:, 1], stop[:, 1]) > y0)
        return start[reach], stop[reach], rows[reach]

    def taken(self, rows: I64, chosen: NDArray[np.bool_]) -> Paths:
        """Return the polylines of some rows, shape (k,), that are chosen, shape (k,), and no line for the others."""
        counts = np.where(chosen, np.diff(self.offsets)[rows], 0)
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        at = np.repeat(self.offsets[rows] - offsets[:-1], counts) + np.arange(offsets[-1])
        boxes = np.where(chosen[:, None], self.boxes[rows], np.float32(np.nan))
        return Paths(offsets, self.points[at], boxes)

    def replaced(self, rows: Sequence[int], paths: Sequence[F32]) -> Paths:
        """Return the paths with new polylines for some rows."""
        counts = np.diff(self.offsets).astype(np.int32)
        counts[list(rows)] = [len(path) for path in paths]
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        points = spliced(self.points, self.offsets, rows, paths).astype(np.float32, copy=False)
        if len(rows) * 4 > len(counts):
            return Paths.of(offsets, points)
        boxes = self.boxes.copy()
        for row, path in zip(rows, paths, strict=True):
            boxes[row] = (*path.min(0), *path.max(0)) if len(path) else np.nan
        return Paths(offsets, points, boxes)


def spliced(
    values: NDArray[Any],
    offsets: NDArray[np.integer],
    rows: Sequence[int],
    pieces: Sequence[NDArray[Any]],
) -> NDArray[Any]:
    """Return values with those of some rows replaced; what lies between is copied in one go.

    Args:
        values: row i has `values[offsets[i]:offsets[i + 1]]`.
        rows: ascending or not, each once; pieces: the new values of each.
    """
    parts, at = [], 0
    for row, piece in sorted(zip(rows, pieces, strict=True), key=lambda pair: pair[0]):
        parts += [values[at : offsets[row]], piece]
        at = int(offsets[row + 1])
    return np.concatenate([*parts, values[at:]])


def boxes_of(offsets: I32, points: F32) -> F32:
    """Return x0, y0, x1, y1 around each polyline, shape (m, 4); NaN around none."""
    boxes = np.full((len(offsets) - 1, 4), np.nan, np.float32)
    drawn = np.flatnonzero(np.diff(offsets))
    if len(drawn):
        starts = offsets[:-1][drawn]
        boxes[drawn, :2] = np.minimum.reduceat(points, starts, axis=0)
        boxes[drawn, 2:] = np.maximum.reduceat(points, starts, axis=0)
    return boxes


def compact(corners: F64) -> Paths:
    """Return polylines without repeated points and those in the middle of a straight run.

    Args:
        corners: axis-parallel polylines of equal length, shape (m, k, 2).
    """
    count, length, _ = corners.shape
    flat = corners.reshape(-1, 2)
    rows = np.repeat(np.arange(count), length)
    first = np.ones(len(flat), np.bool_)
    first[1:] = (np.abs(flat[1:] - flat[:-1]).max(1, initial=0) > 0.01) | (rows[1:] != rows[:-1])
    flat, rows = flat[first], rows[first]
    keep = np.ones(len(flat), np.bool_)
    if len(flat) > 2:
        step = np.sign(np.where(np.abs(flat[1:] - flat[:-1]) > 0.01, flat[1:] - flat[:-1], 0.0))
        same_row = (rows[2:] == rows[1:-1]) & (rows[1:-1] == rows[:-2])
        keep[1:-1] = ~(same_row & (step[1:] == step[:-1]).all(1))
    flat, rows = flat[keep], rows[keep]
    offsets = np.searchsorted(rows, np.arange(count + 1)).astype(np.int32)
    return Paths.of(offsets, flat.astype(np.float32))


def through(source: F32, target: F32, waypoints: Sequence[tuple[float, float]]) -> F32:
    """Return an axis-parallel polyline from card to card that visits the hand-set waypoints in their order.

    Args:
        source, target: x, y, width, height of the cards.
        waypoints: at least one point.

    Returns:
        Points of shape (k, 2); ends lie on the sides that face the nearest waypoint.
    """
    start, leaves_across = _side_towards(source, waypoints[0])
    end, enters_across = _side_towards(target, waypoints[-1])
    points = [start]
    across = leaves_across
    for number, (x, y) in enumerate([*waypoints, end]):
        last = points[-1]
        if abs(x - last[0]) > 0.01 and abs(y - last[1]) > 0.01:
            is_last = number == len(waypoints)
            across = not enters_across if is_last else across
            points.append((x, last[1]) if across else (last[0], y))
            across = not across
        points.append((x, y))
    return compact(np.array([points], np.float64)).points


def _side_towards(rect: F32, point: tuple[float, float]) -> tuple[tuple[float, float], bool]:
    """Return the port on the side that faces the point, and whether a line leaves it horizontally."""
    x, y, width, height = (float(value) for value in rect)
    inset = 12.0
    if x + inset <= point[0] <= x + width - inset:
        return (point[0], y if point[1] < y + height / 2 else y + height), False
    side = x if point[0] < x + width / 2 else x + width
    if y + inset <= point[1] <= y + height - inset:
        return (side, point[1]), True
    return (side, y + height / 2), True


def parallel(path: F32, distance: float) -> F32:
    """Return an axis-parallel polyline moved sideways, shape (k, 2); corners stay square.

    Args:
        path: at least two points, each segment along one axis, shape (k, 2).
        distance: in px, to the left of the direction of travel in a system with y downward.
    """
    steps = np.sign(np.diff(path, axis=0))
    normals = np.stack([steps[:, 1], -steps[:, 0]], 1) * distance
    shift = np.zeros_like(path)
    shift[0], shift[-1] = normals[0], normals[-1]
    shift[1:-1] = normals[:-1] + normals[1:]
    straight = (steps[:-1] == steps[1:]).all(1)
    shift[1:-1][straight] = normals[1:][straight]
    return np.asarray(path + shift, np.float32)


def shortened(path: F32, by: float) -> F32:
    """Return the polyline with its last segment cut by at most `by` px, so that an arrow head ends it."""
    last = path[-1] - path[-2]
    length = float(np.abs(last).max())
    if length < 0.01:
        return path
    found = path.copy()
    found[-1] -= last / length * min(by, length * 0.9)
    return found
