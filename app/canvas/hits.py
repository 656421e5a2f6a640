"""What lies under the pointer, nearest first; and what lies within a rectangle.

A comparison over all columns takes 0.05 ms at 10,000 nodes, so that no index has to be kept in step with edits.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.canvas.flow_lines import distance_to_flow
from models.picture import Picture

TITLE_BAND = 32.0
"""Height of the strip at a boundary's top by which it is taken, in scene pixels."""
EDGE = 6.0
Part = Literal["node", "flow", "boundary"]


class Hit(NamedTuple):
    """A drawn thing: which columns it is in, its row and its element."""

    part: Part
    row: int
    element: str


def nodes_in(picture: Picture, x0: float, y0: float, x1: float, y1: float) -> NDArray[np.bool_]:
    """Return which cards touch the scene rectangle, shape (n,)."""
    rects = picture.nodes.rects
    found: NDArray[np.bool_] = (
        (rects[:, 0] <= x1)
        & (rects[:, 0] + rects[:, 2] >= x0)
        & (rects[:, 1] <= y1)
        & (rects[:, 1] + rects[:, 3] >= y0)
    )
    return found


def hit(picture: Picture, x: float, y: float, reach: float) -> Hit | None:
    """Return what is at the scene point: a node, else a flow within `reach`, else a boundary's frame or title."""
    return _node_at(picture, x, y) or _flow_at(picture, x, y, reach) or _frame_at(picture, x, y, reach)


def _node_at(picture: Picture, x: float, y: float) -> Hit | None:
    rows = np.flatnonzero(nodes_in(picture, x, y, x, y))
    rows = rows[picture.nodes.rects[rows, 2] > 0]
    return Hit("node", int(rows[-1]), picture.nodes.elements[int(rows[-1])]) if len(rows) else None


def _flow_at(picture: Picture, x: float, y: float, reach: float) -> Hit | None:
    best, nearest = -1, reach
    for row in picture.flows.paths.near(x - reach, y - reach, x + reach, y + reach).tolist():
        distance = distance_to_flow(picture.flows.path(row), x, y)
        if distance <= nearest:
            best, nearest = row, distance
    return Hit("flow", best, picture.flows.elements[best]) if best >= 0 else None


def _frame_at(picture: Picture, x: float, y: float, reach: float) -> Hit | None:
    bounds = picture.boundaries
    for row in range(len(bounds) - 1, -1, -1):
        left, top, width, height = (float(value) for value in bounds.rects[row])
        if not (left - EDGE <= x <= left + width + EDGE and top - EDGE <= y <= top + height + EDGE):
            continue
        inside = left + EDGE < x < left + width - EDGE and top + TITLE_BAND < y < top + height - EDGE
        if not inside or bounds.collapsed[row] or bounds.texts[row]:
            return Hit("boundary", row, bounds.ids[row])
    return None


def container_at(picture: Picture, x: float, y: float, without: frozenset[str] = frozenset()) -> int:
    """Return the row of the innermost boundary around the scene point, overlays aside, or -1."""
    bounds = picture.boundaries
    if not len(bounds):
        return -1
    rects = bounds.rects
    inside = (
        (rects[:, 0] <= x)
        & (x <= rects[:, 0] + rects[:, 2])
        & (rects[:, 1] <= y)
        & (y <= rects[:, 1] + rects[:, 3])
        & ~bounds.overlays
        & ~bounds.collapsed
    )
    rows = [row for row in np.flatnonzero(inside).tolist() if bounds.ids[row] not in without]
    return max(rows, key=lambda row: int(bounds.depths[row]), default=-1)
