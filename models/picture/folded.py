"""What a boundary holds, and which nodes a collapsed one stands for."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from models.design.design import Design
from models.design.elements import Boundary, Id, Node, Position, positioned
from models.picture.rows import VIEW_AXIS


def members(design: Design, view: str, boundary: Id) -> dict[Id, bool]:
    """Return the nodes that lie in a boundary of the view, at any depth, each with whether all of it does.

    A node that runs on several sites may lie in it with some of them only.
    """
    axis = VIEW_AXIS.get(view, "context")
    found: dict[Id, bool] = {}
    for key, node in design.nodes.items():
        inside = [_is_in(design, place, boundary) for place in _places(node, axis)]
        if any(inside):
            found[key] = all(inside)
    return found


def _places(node: Node, axis: str | None) -> tuple[Id | None, ...]:
    return (node.context,) if axis == "context" else tuple(site.boundary for site in node.sites)


def _is_in(design: Design, place: Id | None, boundary: Id) -> bool:
    return any(above == boundary for above, _ in design.ancestors(place))


def contents(design: Design, boundary: Id) -> Iterator[Id]:
    """Yield the boundaries that lie in a boundary, at any depth, itself included."""
    waiting = [boundary]
    while waiting:
        key = waiting.pop()
        yield key
        for referrer in design.referrers.get(key, ()):
            element = design.elements[referrer]
            if isinstance(element, Boundary) and element.parent == key:
                waiting.append(referrer)


def hidden_moved(design: Design, view: str, boundary: Id, x: float, y: float) -> Iterator[tuple[Id, Position]]:
    """Yield positions moved by (x, y) px: of what a collapsed boundary hides, so that it opens where it was put."""
    inside = set(contents(design, boundary))
    for key, element in design.elements.items():
        if isinstance(element, Position):
            place, owner = positioned(key)
            if place == view and owner != boundary and (owner in inside or _lies_in(design, owner, key, inside)):
                yield key, shifted(element, x, y)


def _lies_in(design: Design, owner: Id, position: Id, inside: set[Id]) -> bool:
    node = design.elements.get(owner)
    if not isinstance(node, Node):
        return False
    number = position.split("/")[3:]
    sites = node.sites if not number else node.sites[int(number[0]) : int(number[0]) + 1]
    return node.context in inside or (bool(sites) and all(site.boundary in inside for site in sites))


def shifted(position: Position, x: float, y: float) -> Position:
    """Return the position moved by (x, y) px, with its waypoints."""
    points = tuple((at_x + x, at_y + y) for at_x, at_y in position.waypoints)
    return msgspec.structs.replace(position, x=position.x + x, y=position.y + y, waypoints=points)
