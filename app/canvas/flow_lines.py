"""The flows of a picture as line segments, cut out for a viewport with a few NumPy operations."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.picture.columns import F32, FlowColumns

F64 = NDArray[np.float64]
Flags = NDArray[np.bool_]
Rows = NDArray[np.int_]


MOST_MOVED = 400
"""With more lines of another number of corners than that all are taken for moved."""
DOUBLE = 1.75
"""Half the distance of a double line, in scene pixels."""


def segments(flows: FlowColumns, rows: Rows) -> F64:
    """Return the segments of some flows, x1, y1, x2, y2 in scene pixels, shape (s, 4)."""
    starts, stops, _ = flows.paths.segments(rows)
    return np.concatenate([starts, stops], axis=1, dtype=np.float64)


def doubled(flows: FlowColumns, rows: Rows) -> list[F64]:
    """Return the segments of some flows shifted to one side and to the other, for double lines; shape (s, 4) each."""
    counts = np.diff(flows.offsets)[rows]
    own = np.repeat(rows, counts)
    at = np.repeat(flows.offsets[rows] - np.cumsum(counts) + counts, counts) + np.arange(len(own))
    points = flows.points[at].astype(np.float64)
    joined = own[:-1] == own[1:]
    found = []
    for distance in (-DOUBLE, DOUBLE):
        line = _shifted(points, joined, distance)
        found.append(np.concatenate([line[:-1][joined], line[1:][joined]], axis=1))
    return found


def moved_flows(before: FlowColumns, after: FlowColumns) -> Rows:
    """Return the rows of the same flows that run along other points, ascending."""
    old, new = before.offsets, after.offsets
    resized = np.flatnonzero(np.diff(old) != np.diff(new))
    if len(resized) > MOST_MOVED:
        return np.arange(len(after))
    found, start = [resized], 0
    for row in [*resized.tolist(), len(after)]:
        differ = rows_differ(before.points[old[start] : old[row]], after.points[new[start] : new[row]])
        at = np.flatnonzero(differ) + new[start]
        found.append(np.searchsorted(new, at, side="right") - 1)
        start = row + 1
    return np.unique(np.concatenate(found))


def rows_differ(old: F32, new: F32) -> Flags:
    """Return which rows of two arrays of an even number of columns differ in any bit, shape (n,)."""
    a, b = (np.ascontiguousarray(each).view(np.int64) for each in (old, new))
    differ = a[:, 0] != b[:, 0]
    for column in range(1, a.shape[1]):
        differ |= a[:, column] != b[:, column]
    return np.asarray(differ)


def _shifted(points: F64, joined: Flags, distance: float) -> F64:
    """Return the points of all polylines shifted sideways with mitered corners, shape (p, 2)."""
    along = np.diff(points, axis=0)
    length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)
    normals = np.stack([-along[:, 1], along[:, 0]], axis=1) / length[:, None]
    normals[~joined] = np.nan
    edge = np.full((1, 2), np.nan)
    before, after = np.concatenate([edge, normals]), np.concatenate([normals, edge])
    before = np.where(np.isnan(before), after, before)
    after = np.where(np.isnan(after), before, after)
    total = before + after
    weight = np.maximum((total * before).sum(axis=1), 0.5)
    shifted: F64 = points + np.nan_to_num(total / weight[:, None]) * distance
    return shifted


def distance_to_flow(points: NDArray[np.float32], x: float, y: float) -> float:
    """Return the distance of (x, y) to a polyline, shape (k, 2), in scene pixels; infinite without a segment."""
    if len(points) < 2:
        return float("inf")
    start, along = points[:-1].astype(np.float64), np.diff(points.astype(np.float64), axis=0)
    squared = np.maximum((along**2).sum(axis=1), 1e-12)
    share = np.clip(((np.array([x, y]) - start) * along).sum(axis=1) / squared, 0.0, 1.0)
    nearest = start + share[:, None] * along
    return float(np.sqrt(((nearest - (x, y)) ** 2).sum(axis=1)).min())


def beside(points: NDArray[np.float32], distance: float) -> F64:
    """Return one polyline shifted sideways by `distance`, shape (k, 2)."""
    return _shifted(points.astype(np.float64), np.ones(len(points) - 1, np.bool_), distance)
