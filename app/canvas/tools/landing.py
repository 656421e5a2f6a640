"""Where copies come down: beside what is drawn already, and as members of the boundary they come down in."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from app.canvas.hits import container_at, nodes_in
from app.canvas.overlay import selected_rows
from app.theme import GRID
from models.design.design import Design
from models.design.elements import Boundary, Id, Node
from models.design.kinds import boundary_axis
from models.picture import unrouted
from models.picture.boxes import TITLE_HEIGHT
from models.picture.rows import VIEW_AXIS

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

OFFSET = (32.0, 32.0)
GAP_ACROSS, GAP_DOWN = 64.0, 40.0
"""Room between what is there and a copy beside or below it, in scene pixels: that of the templates."""
FARTHEST = 12
"""So many places to the right and below are looked at."""
AROUND = 5
"""So many places in each direction are looked at around the pointer."""
MANY = 50
"""More boxes than these are put down as one."""
NEAR = 8.0


def boxes_of(canvas: CanvasView, chosen: Collection[Id]) -> list[QRectF]:
    """Return the scene rectangles of the chosen cards and boundaries; networks run around their members anyway."""
    picture = canvas.picture
    rects = [picture.nodes.rects[row] for row in selected_rows(canvas, frozenset(chosen)).tolist()]
    rows = (picture.boundaries.row.get(key) for key in chosen)
    rects += [
        picture.boundaries.rects[row]
        for row in rows
        if row is not None and not (picture.boundaries.overlays[row] and not picture.boundaries.texts[row])
    ]
    return [QRectF(*rect.tolist()) for rect in rects]


def boxes_in(design: Design, view: str) -> dict[Id, QRectF]:
    """Return the scene rectangles of the cards and boundaries of a design that is not drawn, by row id."""
    scene = unrouted(design, view)
    rows = [*zip(scene.nodes.ids, scene.nodes.rects, strict=True)]
    rows += zip(scene.boundaries.ids, scene.boundaries.rects, strict=True)
    return {key: QRectF(*rect.tolist()) for key, rect in rows}


def around(boxes: Iterable[QRectF]) -> QRectF:
    """Return the rectangle around boxes."""
    whole = QRectF()
    for box in boxes:
        whole = whole.united(box)
    return whole


def offset_beside(canvas: CanvasView, chosen: Collection[Id]) -> tuple[float, float]:
    """Return how far copies of the chosen elements lie from them: beside or below, if possible in the same boundary."""
    boxes = _few(boxes_of(canvas, chosen))
    homes = [_home(canvas, box, chosen) for box in boxes]
    for same_home in (True, False):
        for by in _ways(boxes):
            moved = [box.translated(by) for box in boxes]
            if _fits(canvas, moved, same_home) and (
                not same_home or homes == [_home(canvas, box, chosen) for box in moved]
            ):
                return by.x(), by.y()
    return OFFSET


def shift_to_room(canvas: CanvasView, boxes: Sequence[QRectF]) -> QPointF:
    """Return how far boxes have to move to lie on nothing that is drawn, if possible in the boundary aimed at.

    They do not move if there is no room nearby.
    """
    boxes = _few(boxes)
    across, down = _steps(boxes)
    places = [(x * across, y * down) for x in range(-AROUND, AROUND + 1) for y in range(-AROUND, AROUND + 1)]
    places.sort(key=lambda place: (math.hypot(*place), -place[1], -place[0]))
    aimed = around(boxes)
    home = _home(canvas, aimed, ())
    ways = [QPointF(*place) for place in places]
    ways.sort(key=lambda by: _home(canvas, aimed.translated(by), ()) != home)
    fitting = (by for by in ways if _fits(canvas, [box.translated(by) for box in boxes], True))
    return next(fitting, QPointF())


def members(canvas: CanvasView, design: Design, boxes: Mapping[Id, QRectF]) -> dict[Id, list[tuple[Id, Id]]]:
    """Return which boundary of this view lies under what is in none yet: (row id, boundary) of each box, by element.

    Args:
        boxes: where the rows of `design` come down, by row id.
    """
    found: dict[Id, list[tuple[Id, Id]]] = {}
    homeless = _homeless(design, canvas.session.view)
    for row, box in boxes.items():
        key = row.split("/")[0]
        into = _boundary_under(canvas, box, key in design.boundaries) if key in homeless else None
        if into is not None:
            found.setdefault(key, []).append((row, into))
    return found


def _homeless(design: Design, view: str) -> set[Id]:
    """Return the nodes and boundaries of a design that are in no boundary of the view's axis."""
    axis = VIEW_AXIS.get(view, "context")
    if axis is None:
        return set()
    found = set()
    for key, element in design.elements.items():
        if isinstance(element, Node):
            places = [element.context] if axis == "context" else [site.boundary for site in element.sites]
            if not any(places):
                found.add(key)
        elif isinstance(element, Boundary) and boundary_axis(element.kind) == axis and element.parent is None:
            found.add(key)
    return found


def _boundary_under(canvas: CanvasView, box: QRectF, is_boundary: bool) -> Id | None:
    y = box.top() + TITLE_HEIGHT / 2 if is_boundary else box.center().y()
    row = container_at(canvas.picture, box.center().x(), y)
    return canvas.picture.boundaries.ids[row] if row >= 0 else None


def _home(canvas: CanvasView, box: QRectF, chosen: Collection[Id]) -> int:
    return container_at(canvas.picture, box.center().x(), box.center().y(), frozenset(chosen))


def _few(boxes: Sequence[QRectF]) -> Sequence[QRectF]:
    return boxes if len(boxes) <= MANY else [around(boxes)]


def _steps(boxes: Iterable[QRectF]) -> tuple[int, int]:
    """Return the distance to the next place to the right and below, in whole grid steps."""
    whole = around(boxes)
    across = math.ceil((whole.width() + GAP_ACROSS) / GRID) * GRID
    return across, math.ceil((whole.height() + GAP_DOWN) / GRID) * GRID


def _ways(boxes: Sequence[QRectF]) -> Iterator[QPointF]:
    """Yield the steps to the right and down, near ones first."""
    across, down = _steps(boxes)
    for count in range(1, FARTHEST + 1 if boxes else 1):
        yield from sorted((QPointF(count * across, 0.0), QPointF(0.0, count * down)), key=QPointF.manhattanLength)


def _fits(canvas: CanvasView, boxes: Iterable[QRectF], whole: bool) -> bool:
    """Return whether boxes lie on no card and, if `whole`, cut no frame of a boundary either."""
    picture = canvas.picture
    frames = picture.boundaries.rects[~picture.boundaries.overlays]
    left, top, right, bottom = frames[:, 0], frames[:, 1], frames[:, 0] + frames[:, 2], frames[:, 1] + frames[:, 3]
    for box in boxes:
        x0, y0, x1, y1 = box.left(), box.top(), box.right(), box.bottom()
        if nodes_in(picture, x0 - NEAR, y0 - NEAR, x1 + NEAR, y1 + NEAR).any():
            return False
        if not whole:
            continue
        apart = (x1 < left) | (x0 > right) | (y1 < top) | (y0 > bottom)
        inside = (x0 >= left) & (x1 <= right) & (y0 >= top + TITLE_HEIGHT / 2) & (y1 <= bottom)
        if not np.all(apart | inside):
            return False
    return True
