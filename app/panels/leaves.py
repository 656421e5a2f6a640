"""Reading and setting single values of elements by name or leaf path, for forms."""

from __future__ import annotations

import msgspec

from models.design.elements import Boundary, Brief, Flow, Node, Value
from models.design.kinds import origin_of

Edited = Node | Flow | Boundary | Brief


def known_as(element: Edited, name: str) -> str:
    """Return how well a parameter is known; a boundary's are confirmed as soon as they are set."""
    if isinstance(element, Boundary):
        return "confirmed" if element.params.get(name) is not None else "default"
    return origin_of(element, name)


def leaf_value(element: Edited, path: str) -> Value:
    """Return the leaf of a path like `.name` or `.sites.0.replicas`; empty where no id is held."""
    found: Value = element
    for part in path.removeprefix(".").split("."):
        found = found[int(part)] if part.isdigit() else getattr(found, part)
    if path == ".journeys":
        return ",".join(found)
    return "" if found is None else found


def with_leaf(element: Edited, path: str, value: Value) -> Edited:
    """Return the element with a leaf set; None clears a text and leaves a number as it is."""
    parts = path.removeprefix(".").split(".")
    if parts[0] == "sites" and isinstance(element, Node):
        if value is None:
            return element
        number = int(parts[1])
        site = msgspec.structs.replace(element.sites[number], **{parts[2]: _held(parts[2], value)})
        return msgspec.structs.replace(element, sites=(*element.sites[:number], site, *element.sites[number + 1 :]))
    if value is None:
        if parts[0] in ("copies", "interaction"):
            return element
        value = ""
    return msgspec.structs.replace(element, **{parts[0]: _held(parts[0], value)})


def _held(name: str, value: Value) -> Value:
    """Return what the element holds for what a form says: no id as None, journeys as ids, no tags as none."""
    if name in ("context", "boundary", "parent"):
        return value or None
    if name == "journeys":
        return tuple(filter(None, value.split(",")))
    return (value or {}) if name == "tags" else value
