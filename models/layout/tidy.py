"""Tidy a view: new positions for its cards and boundaries as one delta; pinned cards stay."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from models.design.delta import Change, Delta
from models.design.design import Design
from models.design.elements import Id, Position, position_id
from models.layout.beat import Beat
from models.layout.compound import GAP_X, GAPS_X, compound
from models.layout.places import free_spot
from models.picture import Scene, unrouted
from models.picture.folded import hidden_moved
from models.routing.paths import F32


class Cancelled(Exception):
    """The layout was given up on request."""


def tidy(
    design: Design,
    view: str,
    only: frozenset[Id] | None = None,
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Delta:
    """Return the delta that lays a view out anew, left to right along its flows.

    Boundaries grow around their members and hand-set waypoints of the flows in question go. Pinned cards keep their
    place, and the drawing is moved so that they fit in. A collapsed boundary moves with what it hides.

    Args:
        only: ids of the nodes to move; all others stay, and the moved ones take the room around their old center.
        cancelled: asked now and then.
        progress: told the share that is done, 0 to 1, before `cancelled` is asked.

    Raises:
        Cancelled: `cancelled` returned true.
    """

    def tell(share: float) -> None:
        if progress is not None:
            progress(share)
        if cancelled is not None and cancelled():
            raise Cancelled

    boxes = _Boxes(design, view, only)
    if not any(boxes.moving):
        return Delta()
    rects = boxes.laid_out(Beat(tell), whole=only is None)
    changes: dict[Id, Change] = {}
    for row, key in enumerate(boxes.ids):
        if boxes.moving[row]:
            before = boxes.positions[row]
            after = msgspec.structs.replace(before or Position(), x=float(rects[row, 0]), y=float(rects[row, 1]))
            changes[position_id(view, key)] = (before, after)
            if row >= len(boxes.scene.nodes):
                x, y = (float(value) for value in rects[row, :2] - boxes.rects[row, :2])
                for hidden, position in hidden_moved(design, view, key, x, y):
                    changes[hidden] = (design.elements[hidden], position)
    _release_boundaries(boxes.scene, view, changes, design)
    _release_flows(boxes, changes)
    return Delta.of((key, before, after) for key, (before, after) in changes.items())


class _Boxes:
    """What is laid out: the cards of a view, then its collapsed boundaries.

    Attributes:
        rects: x, y, width, height before, shape (n, 4).
        ends: source and target box of each flow.
        moving: whether each box may move.
    """

    def __init__(self, design: Design, view: str, only: frozenset[Id] | None) -> None:
        self.design, self.view = design, view
        self.scene = scene = unrouted(design, view)
        folded = np.flatnonzero(scene.boundaries.collapsed).tolist()
        self.ids = [*scene.nodes.ids, *(scene.boundaries.ids[row] for row in folded)]
        self.rects = np.concatenate([scene.nodes.rects, scene.boundaries.rects[folded]])
        self.parents = [*scene.nodes.parents.tolist(), *scene.boundaries.parents[folded].tolist()]
        place = {-1 - row: len(scene.nodes) + number for number, row in enumerate(folded)}
        self.ends = [
            (place.get(source, source), place.get(target, target))
            for source, target in zip(scene.joints.sources, scene.joints.targets, strict=True)
        ]
        self.positions = [_stored(design, view, key) for key in self.ids]
        owners = [*scene.nodes.elements, *(scene.boundaries.ids[row] for row in folded)]
        self.moving = [
            (only is None or owner in only) and not (position is not None and position.pinned)
            for owner, position in zip(owners, self.positions, strict=True)
        ]

    def laid_out(self, beat: Beat, *, whole: bool) -> F32:
        """Return the rectangles of all boxes with new places for the moving ones."""
        rows = [row for row in range(len(self.ids)) if whole or self.moving[row]]
        place = {row: number for number, row in enumerate(rows)}
        edges = [(place[a], place[b]) for a, b in self.ends if a in place and b in place]
        parents = [self.parents[row] for row in rows]
        sizes = self.rects[rows, 2:].astype(np.float64)
        frames, gap_x = self.scene.boundaries.parents.tolist(), GAPS_X.get(self.view, GAP_X)
        corners = compound(sizes, parents, frames, edges, beat, gap_x)
        rects = self.rects.copy()
        anchors = [row for row in rows if not self.moving[row]] if whole else rows
        if anchors:
            numbers = [place[row] for row in anchors]
            shift = (rects[anchors, :2] - corners[numbers]).mean(0)
            corners = corners + np.round(shift / 8) * 8
        free = [row for row in rows if self.moving[row]]
        rects[free, :2] = corners[[place[row] for row in free]]
        return _apart(rects, free, [row for row in range(len(self.ids)) if not self.moving[row]])


def _stored(design: Design, view: str, key: Id) -> Position | None:
    position = design.elements.get(position_id(view, key))
    return position if isinstance(position, Position) else None


def _apart(rects: F32, free: Sequence[int], fixed: Sequence[int]) -> F32:
    """Move cards that would lie on a fixed one to the nearest free spot."""
    if not fixed:
        return rects
    held = rects[list(fixed)]
    for row in free:
        x, y, width, height = (float(value) for value in rects[row])
        apart = (held[:, 0] >= x + width) | (held[:, 0] + held[:, 2] <= x)
        apart |= (held[:, 1] >= y + height) | (held[:, 1] + held[:, 3] <= y)
        if not apart.all():
            others = np.delete(rects, row, axis=0)
            rects[row, :2] = free_spot(others, (x, y), (width, height))
    return rects


def _release_boundaries(scene: Scene, view: str, changes: dict[Id, Change], design: Design) -> None:
    """Let boundaries with a stored size fit their members again, where one of them moves."""
    parents = scene.boundaries.parents
    touched = set()
    for row in range(len(scene.nodes)):
        if position_id(view, scene.nodes.ids[row]) in changes:
            frame = int(scene.nodes.parents[row])
            while frame >= 0:
                touched.add(frame)
                frame = int(parents[frame])
    for frame in sorted(touched):
        key = position_id(view, scene.boundaries.ids[frame])
        before = design.elements.get(key)
        if isinstance(before, Position) and before.width and not before.collapsed and not before.pinned:
            changes[key] = (before, msgspec.structs.replace(before, width=0.0, height=0.0))


def _release_flows(boxes: _Boxes, changes: dict[Id, Change]) -> None:
    """Drop the waypoints of flows at cards that move."""
    for key, ends in zip(boxes.scene.joints.ids, boxes.ends, strict=True):
        if any(boxes.moving[end] for end in ends):
            name = position_id(boxes.view, key)
            before = boxes.design.elements.get(name)
            if isinstance(before, Position) and before.waypoints and not before.pinned:
                changes[name] = (before, msgspec.structs.replace(before, waypoints=()))
