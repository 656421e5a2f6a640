"""What a boundary that is drawn by hand lies in, and what lies in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF

from app.canvas.hits import container_at
from app.canvas.tools.placement import moved_into
from models.design.elements import Boundary, Element, Id
from models.design.kinds import boundary_axis
from models.picture.rows import VIEW_AXIS

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


def home_of(canvas: CanvasView, at: QPointF, box: QRectF | None = None) -> Id | None:
    """Return the innermost boundary around a scene point; of those around the middle of a box, one that it leaves."""
    picture = canvas.picture
    bounds = picture.boundaries
    inner = np.flatnonzero(_within(bounds.rects, box)).tolist() if box is not None else []
    row = container_at(picture, at.x(), at.y(), frozenset(bounds.ids[row] for row in inner))
    return bounds.ids[row] if row >= 0 else None


def filled(
    canvas: CanvasView, key: Id, boundary: Boundary, box: QRectF, into: Id | None
) -> tuple[Boundary, dict[Id, Element]]:
    """Return a new boundary and the elements that lie wholly in its box as its members.

    Args:
        key: id of the new boundary. into: the boundary around it; only what lies in that one, too, changes hands.
    """
    picture, view, elements = canvas.picture, canvas.session.view, canvas.session.design.elements
    axis, nodes, frames = boundary_axis(boundary.kind), picture.nodes, picture.boundaries
    if axis == "annotation":
        return boundary, {}
    cards = np.flatnonzero(_within(nodes.rects, box)).tolist()
    if axis == "overlay":
        owners = dict.fromkeys(nodes.elements[row] for row in cards)
        return msgspec.structs.replace(boundary, members=tuple(owners)), {}
    if axis != VIEW_AXIS.get(view, "context"):
        return boundary, {}
    home = picture.boundaries.row[into] if into is not None else -1
    rows = [nodes.ids[row] for row in cards if int(nodes.parents[row]) == home]
    rows += [
        frames.ids[row]
        for row in np.flatnonzero(_within(frames.rects, box)).tolist()
        if int(frames.parents[row]) == home and not frames.overlays[row]
    ]
    found: dict[Id, Element] = {}
    for row in rows:
        owner = row.split("/")[0]
        found[owner] = moved_into(found.get(owner, elements[owner]), row, view, key)
    return boundary, found


def _within(rects: NDArray[np.float32], box: QRectF) -> NDArray[np.bool_]:
    """Return which rectangles, shape (n, 4), lie wholly in the box; shape (n,)."""
    x0, y0 = rects[:, 0], rects[:, 1]
    inside: NDArray[np.bool_] = (x0 >= box.left()) & (y0 >= box.top()) & (rects[:, 2] > 0)
    inside &= (x0 + rects[:, 2] <= box.right()) & (y0 + rects[:, 3] <= box.bottom())
    return inside
