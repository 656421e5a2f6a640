"""Which nodes a collapsed boundary stands for."""

from __future__ import annotations

from models.design.design import Design
from models.design.elements import Id, Node
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
