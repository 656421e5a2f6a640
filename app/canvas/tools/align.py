"""Aligning the selection on an edge or center, and distributing it at equal gaps; pinned elements stay."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF

from app.canvas.tools.shifting import Changes, box_of_row, moved_by, moving_rows, rows_of_top
from app.words import say
from models.design.elements import Id

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

Place = Callable[[QRectF, QRectF], QPointF]
"""How far a box moves within the rectangle around all."""

EDGES: Mapping[str, Place] = {
    "left": lambda box, around: QPointF(around.left() - box.left(), 0.0),
    "center": lambda box, around: QPointF(around.center().x() - box.center().x(), 0.0),
    "right": lambda box, around: QPointF(around.right() - box.right(), 0.0),
    "top": lambda box, around: QPointF(0.0, around.top() - box.top()),
    "middle": lambda box, around: QPointF(0.0, around.center().y() - box.center().y()),
    "bottom": lambda box, around: QPointF(0.0, around.bottom() - box.bottom()),
}


def align(canvas: CanvasView, edge: str) -> bool:
    """Move what is selected onto one line of the rectangle around it; returns whether anything moved.

    Args:
        edge: a key of `EDGES`. Pinned elements stay, and the others are aligned with them.
    """
    boxes = _boxes(canvas)
    pinned = {key: box for key, box in boxes.items() if _is_pinned(canvas, key)}
    around = _around(pinned or boxes)
    shifts = {key: EDGES[edge](box, around) for key, box in boxes.items() if key not in pinned}
    return len(boxes) > 1 and _commit(canvas, shifts, say("Align {edge}", edge=edge))


def distribute(canvas: CanvasView, axis: str) -> bool:
    """Give three or more selected elements equal gaps between the outermost two; returns whether anything moved.

    Args:
        axis: `horizontally` or `vertically`.
    """
    flat = axis == "horizontally"
    boxes = _boxes(canvas)
    order = sorted(boxes, key=lambda key: _span(boxes[key], flat)[0])
    if len(order) < 3:
        return False
    spans = [_span(boxes[key], flat) for key in order]
    room = spans[-1][1] - spans[0][0] - sum(high - low for low, high in spans)
    gap = room / (len(order) - 1)
    at, shifts = spans[0][0], {}
    for key, (low, high) in zip(order, spans, strict=True):
        by = round(at) - low
        shifts[key] = QPointF(by, 0.0) if flat else QPointF(0.0, by)
        at += high - low + gap
    inner = {key: shifts[key] for key in order[1:-1] if not _is_pinned(canvas, key)}
    return _commit(canvas, inner, say("Distribute {axis}", axis=axis))


def _boxes(canvas: CanvasView) -> dict[Id, QRectF]:
    tops = moving_rows(canvas, canvas.session.selection).tops
    return {top: box_of_row(canvas, top) for top in tops}


def _is_pinned(canvas: CanvasView, row_id: Id) -> bool:
    position = canvas.session.design.position(canvas.session.view, row_id)
    return position is not None and position.pinned


def _around(boxes: Mapping[Id, QRectF]) -> QRectF:
    found = QRectF()
    for box in boxes.values():
        found = found.united(box)
    return found


def _span(box: QRectF, flat: bool) -> tuple[float, float]:
    return (box.left(), box.right()) if flat else (box.top(), box.bottom())


def _commit(canvas: CanvasView, shifts: Mapping[Id, QPointF], label: str) -> bool:
    changes: Changes = {}
    for top, by in shifts.items():
        if not by.isNull():
            changes.update(moved_by(canvas, rows_of_top(canvas, top), by))
    return bool(changes) and canvas.session.change(changes.items(), label)
