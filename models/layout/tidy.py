"""Tidy a view: new positions for its cards and boundaries as one delta; pinned cards stay."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from models.design.delta import Change, Delta
from models.design.design import Design
from models.design.elements import Id, Position, position_id
from models.layout.compound import compound
from models.layout.places import free_spot
from models.picture import Picture, build
from models.routing.paths import F32


def tidy(design: Design, view: str, only: frozenset[Id] | None = None) -> Delta:
    """Return the delta that lays a view out anew, left to right along its flows.

    Boundaries grow around their members and hand-set waypoints of the flows in question go. Pinned cards keep their
    place, and the drawing is moved so that they fit in.

    Args:
        only: ids of the nodes to move; all others stay, and the moved ones take the room around their old center.
    """
    picture = build(design, view)
    nodes = picture.nodes
    if not len(nodes):
        return Delta()
    positions = [_stored(design, view, key) for key in nodes.ids]
    moving = [
        (only is None or element in only) and not (position is not None and position.pinned)
        for element, position in zip(nodes.elements, positions, strict=True)
    ]
    rects = _laid_out(picture, np.array(moving), whole=only is None)
    changes: dict[Id, Change] = {}
    for row, key in enumerate(nodes.ids):
        if moving[row]:
            before = positions[row]
            after = msgspec.structs.replace(before or Position(), x=float(rects[row, 0]), y=float(rects[row, 1]))
            changes[position_id(view, key)] = (before, after)
    _release_boundaries(picture, changes, design)
    _release_flows(picture, moving, changes, design)
    return Delta.of((key, before, after) for key, (before, after) in changes.items())


def _stored(design: Design, view: str, key: Id) -> Position | None:
    position = design.elements.get(position_id(view, key))
    return position if isinstance(position, Position) else None


def _laid_out(picture: Picture, moving: np.ndarray, *, whole: bool) -> F32:
    """Return the rectangles of all cards with new places for the moving ones."""
    nodes, flows = picture.nodes, picture.flows
    rows = np.flatnonzero(moving).tolist() if not whole else list(range(len(nodes)))
    place = {row: number for number, row in enumerate(rows)}
    edges = [
        (place[a], place[b])
        for a, b in zip(flows.sources.tolist(), flows.targets.tolist(), strict=True)
        if a in place and b in place
    ]
    parents = nodes.parents[rows].tolist()
    sizes = nodes.rects[rows, 2:].astype(np.float64)
    corners = compound(sizes, parents, picture.boundaries.parents.tolist(), edges)
    rects = nodes.rects.copy()
    fixed = np.flatnonzero(~moving)
    anchors = [row for row in rows if not moving[row]] if whole else rows
    if anchors:
        numbers = [place[row] for row in anchors]
        shift = (rects[anchors, :2] - corners[numbers]).mean(0)
        corners = corners + np.round(shift / 8) * 8
    free = [row for row in rows if moving[row]]
    rects[free, :2] = corners[[place[row] for row in free]]
    return _apart(rects, free, fixed.tolist())


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


def _release_boundaries(picture: Picture, changes: dict[Id, Change], design: Design) -> None:
    """Let boundaries with a stored size fit their members again, where one of them moves."""
    parents = picture.boundaries.parents
    touched = set()
    for row in range(len(picture.nodes)):
        if position_id(picture.view, picture.nodes.ids[row]) in changes:
            frame = int(picture.nodes.parents[row])
            while frame >= 0:
                touched.add(frame)
                frame = int(parents[frame])
    for frame in sorted(touched):
        key = position_id(picture.view, picture.boundaries.ids[frame])
        before = design.elements.get(key)
        if isinstance(before, Position) and before.width and not before.collapsed and not before.pinned:
            changes[key] = (before, msgspec.structs.replace(before, width=0.0, height=0.0))


def _release_flows(picture: Picture, moving: Sequence[bool], changes: dict[Id, Change], design: Design) -> None:
    """Drop the waypoints of flows at cards that move."""
    flows = picture.flows
    for row, key in enumerate(flows.ids):
        ends = (int(flows.sources[row]), int(flows.targets[row]))
        if any(end >= 0 and moving[end] for end in ends):
            name = position_id(picture.view, key)
            before = design.elements.get(name)
            if isinstance(before, Position) and before.waypoints and not before.pinned:
                changes[name] = (before, msgspec.structs.replace(before, waypoints=()))
