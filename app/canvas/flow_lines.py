"""The flows of a picture as line segments in arrays, cut out for a viewport with a few NumPy operations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.picture.columns import F32, STYLES, FlowColumns
from models.routing.paths import spliced

F64 = NDArray[np.float64]
Flags = NDArray[np.bool_]
Rows = NDArray[np.int_]


MOST_SPLICED = 400
"""With more moved flows than that all segments are made anew."""
DOUBLE = 1.75
"""Half the distance of a double line, in scene pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class FlowLines:
    """Segments of all flows.

    Attributes:
        segments: x1, y1, x2, y2 in scene pixels; shape (s, 4).
        doubled: the segments of streams shifted to both sides, for double lines; shape (2, s, 4).
        owners: flow row of each segment; shape (s,).
        boxes: x0, y0, x1, y1 around each flow; shape (m, 4).
    """

    segments: F64
    doubled: F64
    owners: Rows
    boxes: F64

    def visible(self, x0: float, y0: float, x1: float, y1: float) -> Flags:
        """Return which flows may be seen in the scene rectangle, shape (m,)."""
        boxes = self.boxes
        return (boxes[:, 0] <= x1) & (boxes[:, 2] >= x0) & (boxes[:, 1] <= y1) & (boxes[:, 3] >= y0)


def flow_lines(flows: FlowColumns) -> FlowLines:
    """Return the segments of the flows."""
    return _lines_of(flows.points.astype(np.float64), np.diff(flows.offsets).astype(np.int64), flows.styles)


def patched_lines(lines: FlowLines, before: FlowColumns, after: FlowColumns) -> FlowLines:
    """Return the segments of `after`, those of flows that stayed taken from `lines`, which are those of `before`."""
    if len(before) != len(after):
        return flow_lines(after)
    rows = np.union1d(moved_flows(before, after), np.flatnonzero(before.styles != after.styles))
    if not len(rows):
        return lines
    if len(rows) > MOST_SPLICED:
        return flow_lines(after)
    lengths = np.diff(after.offsets).astype(np.int64)
    fresh = _lines_of(
        np.concatenate([after.path(row) for row in rows.tolist()]).astype(np.float64), lengths[rows], after.styles[rows]
    )
    old = _segments_before(before.offsets)
    cuts = np.cumsum(np.maximum(lengths[rows] - 1, 0))[:-1]
    segments = spliced(lines.segments, old, rows.tolist(), np.split(fresh.segments, cuts))
    doubled = np.empty((2, *segments.shape))
    for number, side in enumerate(lines.doubled):
        spliced(side, old, rows.tolist(), np.split(fresh.doubled[number], cuts), out=doubled[number])
    boxes = lines.boxes.copy()
    boxes[rows] = fresh.boxes
    owners = np.repeat(np.arange(len(after)), np.diff(_segments_before(after.offsets)))
    return FlowLines(segments, doubled, owners, boxes)


def _segments_before(offsets: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return (m + 1,) the number of segments before each flow."""
    return np.concatenate([[0], np.cumsum(np.maximum(np.diff(offsets).astype(np.int64) - 1, 0))])


def moved_flows(before: FlowColumns, after: FlowColumns) -> Rows:
    """Return the rows of the same flows that run along other points, ascending."""
    old, new = before.offsets, after.offsets
    resized = np.flatnonzero(np.diff(old) != np.diff(new))
    if len(resized) > MOST_SPLICED:
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


def _lines_of(points: F64, lengths: NDArray[np.int64], styles: NDArray[np.uint8]) -> FlowLines:
    """Return the segments of polylines (p, 2) of so many points each, shape (m,)."""
    count = len(lengths)
    if len(points) < 2 or not count:
        return FlowLines(np.zeros((0, 4)), np.zeros((2, 0, 4)), np.zeros(0, np.int_), np.zeros((count, 4)))
    owners = np.repeat(np.arange(count), lengths)
    joined = owners[:-1] == owners[1:]
    plain = np.concatenate([points[:-1][joined], points[1:][joined]], axis=1)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    return FlowLines(
        plain, _doubled(styles, points, owners, plain), owners[:-1][joined], _boxes(points, offsets, lengths)
    )


def _doubled(styles: NDArray[np.uint8], points: F64, owners: Rows, plain: F64) -> F64:
    """Return the segments shifted to both sides where the flow is a stream, the plain ones elsewhere."""
    doubled = np.stack([plain, plain])
    streams = styles == STYLES.index("stream")
    chosen = streams[owners]
    own, at = owners[chosen], points[chosen]
    if len(at) < 2:
        return doubled
    joined = own[:-1] == own[1:]
    rows = streams[owners[:-1][owners[:-1] == owners[1:]]]
    for side, distance in enumerate((-DOUBLE, DOUBLE)):
        line = _shifted(at, joined, distance)
        doubled[side, rows] = np.concatenate([line[:-1][joined], line[1:][joined]], axis=1)
    return doubled


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


def _boxes(points: F64, offsets: NDArray[np.int64], lengths: NDArray[np.int64]) -> F64:
    boxes = np.full((len(lengths), 4), np.nan)
    drawn = np.flatnonzero(lengths)
    starts = offsets[:-1][drawn]
    boxes[drawn, 0:2] = np.minimum.reduceat(points, starts, axis=0)
    boxes[drawn, 2:4] = np.maximum.reduceat(points, starts, axis=0)
    return boxes


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
