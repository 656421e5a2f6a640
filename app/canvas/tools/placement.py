"""Where a gesture puts things: positions on the grid and the boundary that a place belongs to."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QPointF, QRectF

from app.theme import GRID
from models.design.design import Design
from models.design.elements import Boundary, Element, Id, Node, Position, position_id
from models.design.kinds import boundary_axis
from models.picture.rows import VIEW_AXIS


def snapped(value: float) -> float:
    """Return the nearest line of the grid."""
    return float(round(value / GRID) * GRID)


def snapped_point(at: QPointF) -> QPointF:
    """Return the nearest point of the grid."""
    return QPointF(snapped(at.x()), snapped(at.y()))


def placed(design: Design, view: str, row: Id, box: QRectF, sized: bool = False) -> tuple[Id, Position]:
    """Return id and position that put a row of a view at `box`; a size is kept only when `sized`."""
    before = design.position(view, row) or Position()
    if sized:
        after = msgspec.structs.replace(before, x=box.x(), y=box.y(), width=box.width(), height=box.height())
    else:
        after = msgspec.structs.replace(before, x=box.x(), y=box.y())
    return position_id(view, row), after


def moved_into(element: Element, row: Id, view: str, boundary: Id | None) -> Element:
    """Return the node or boundary as lying in `boundary` of the view's axis; what is of another axis stays."""
    axis = VIEW_AXIS.get(view, "context")
    if isinstance(element, Boundary):
        same = boundary_axis(element.kind) == axis
        return msgspec.structs.replace(element, parent=boundary) if same else element
    if not isinstance(element, Node) or axis is None:
        return element
    if axis == "context":
        return msgspec.structs.replace(element, context=boundary)
    number = int(row.split("/")[1]) if "/" in row else 0
    sites = tuple(
        msgspec.structs.replace(site, boundary=boundary) if n == number else site
        for n, site in enumerate(element.sites)
    )
    return msgspec.structs.replace(element, sites=sites)
