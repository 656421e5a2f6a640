"""Boundaries that an edit empties stay where they are drawn; without members nothing else says where that is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from models.design.delta import Change, Delta
from models.design.elements import Boundary, Element, Id, Node, Position, position_id
from models.picture.rows import VIEW_AXIS

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


def with_places_of_emptied(canvas: CanvasView, delta: Delta) -> Delta:
    """Return the edit with the places of the boundaries that lose their last member by it."""
    picture, design, view = canvas.picture, canvas.session.design, canvas.session.view
    if picture.design is not design or picture.view != view:
        return delta
    kept: dict[Id, Change] = {}
    for home in _left(delta, view):
        row, place = picture.boundaries.row.get(home), position_id(view, home)
        if row is None or (home in delta.changes and delta.changes[home][1] is None) or place in delta.changes:
            continue
        before = design.elements.get(place)
        stored = isinstance(before, Position) and before.width > 0
        if stored or picture.boundaries.overlays[row] or picture.boundaries.collapsed[row]:
            continue
        if not _keeps_members(canvas, row, home, delta):
            x, y, width, height = picture.boundaries.rects[row].tolist()
            kept[place] = (before, Position(x=x, y=y, width=width, height=height))
    return Delta({**delta.changes, **kept}) if kept else delta


def _left(delta: Delta, view: str) -> set[Id]:
    """Return the boundaries that an element leaves."""
    found: set[Id] = set()
    for before, after in delta.changes.values():
        found |= set(_homes(before, view)) - set(_homes(after, view))
    return found


def _homes(element: Element | None, view: str) -> Iterator[Id]:
    """Yield the boundaries of a view that an element lies in."""
    axis = VIEW_AXIS.get(view, "context")
    if isinstance(element, Boundary):
        homes = [element.parent]
    elif isinstance(element, Node) and axis is not None:
        homes = [element.context] if axis == "context" else [site.boundary for site in element.sites]
    else:
        homes = []
    yield from (home for home in homes if home)


def _keeps_members(canvas: CanvasView, row: int, home: Id, delta: Delta) -> bool:
    """Return whether anything lies in a boundary after the edit."""
    picture, view = canvas.picture, canvas.session.view
    nodes, frames = picture.nodes, picture.boundaries
    inside = [nodes.elements[at] for at in (nodes.parents == row).nonzero()[0].tolist()]
    inside += [frames.ids[at] for at in (frames.parents == row).nonzero()[0].tolist()]
    if any(key not in delta.changes for key in inside):
        return True
    return any(home in _homes(after, view) for _, after in delta.changes.values())
