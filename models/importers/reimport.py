"""Importing again: what changed in the files comes in, what people changed by hand stays.

Elements are matched by the key in their `origin`. A value that an import wrote is marked *published*; one that was set
by hand is not, and stays. Replicas are compared with those of the last import, which `origin` remembers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from models.design.delta import Delta
from models.design.design import Design
from models.design.edits import remove, renamed
from models.design.elements import (
    Boundary,
    Brief,
    Element,
    Flow,
    Id,
    Node,
    Position,
    Provenance,
    Site,
    Value,
    positioned,
)
from models.design.kinds import parameters_of

_REPLICAS = "#replicas="
_USERS = "import/users"
_BESIDE = 120.0
_CARD_WIDTH = 168.0


def reimport(design: Design, imported: Design, remove_missing: bool = False) -> Delta:
    """Return the delta that brings `design` up to the newly imported files.

    Positions, names, kinds, notes, hand-set parameters and hand-set replicas stay; new elements are added with the ids
    of `imported`.

    Args:
        remove_missing: also remove imported elements that the files no longer hold.
    """
    known = _by_origin(design)
    same = {
        key: known[origin]
        for key, element in imported.elements.items()
        if (origin := origin_key(element)) and origin in known
    }
    after: dict[Id, Element] = dict(design.elements)
    shared = {origin_key(imported.elements[key]) for key in same} - {_USERS}
    aside = {} if shared else _aside(design, imported)
    for key, element in imported.elements.items():
        fresh = renamed(element, same)
        if isinstance(element, Position):  # what is drawn already stays where it lies
            view, owner = positioned(key)
            if owner not in same:
                after[key] = msgspec.structs.replace(element, x=element.x + aside.get(view, 0.0))
        elif key in same:
            after[same[key]] = _updated(design.elements[same[key]], fresh)
        elif isinstance(element, Brief):
            after.setdefault(key, element)
        elif not _is_drawn_already(fresh, design):
            after[key] = fresh
    if remove_missing:
        removal = remove(design, missing(design, imported))
        for key, (_, left) in removal.changes.items():
            if left is None:
                after.pop(key, None)
            elif after.get(key) == design.elements.get(key):
                after[key] = left
    return Delta.between(design.elements, after)


def _aside(design: Design, imported: Design) -> dict[str, float]:
    """Return by view how far a drawing that is new to a design moves to the right, so that it lies beside the other."""
    ends: dict[str, float] = {}
    for key, element in design.elements.items():
        if isinstance(element, Position):
            view = positioned(key)[0]
            ends[view] = max(ends.get(view, element.x), element.x + (element.width or _CARD_WIDTH))
    begins: dict[str, float] = {}
    for key, element in imported.elements.items():
        if isinstance(element, Position):
            view = positioned(key)[0]
            begins[view] = min(begins.get(view, element.x), element.x)
    return {view: ends[view] + _BESIDE - begin for view, begin in begins.items() if view in ends}


def missing(design: Design, imported: Design) -> tuple[Id, ...]:
    """Return the imported nodes and flows of `design` that `imported` no longer holds."""
    present = {origin_key(element) for element in imported.elements.values()}
    return tuple(
        key
        for key, element in design.elements.items()
        if isinstance(element, Node | Flow) and origin_key(element) and origin_key(element) not in present
    )


def origin_key(element: Element) -> str:
    """Return the key of an imported element without what it remembers, or an empty text for one drawn by hand."""
    origin = element.origin if isinstance(element, Node | Flow | Boundary) else ""
    return origin.partition(_REPLICAS)[0]


def remembered(sites: Sequence[Site]) -> str:
    """Return what the origin of a node remembers of its replicas, one number for each of its sites."""
    return _REPLICAS + "+".join(str(site.replicas) for site in sites)


def _by_origin(design: Design) -> dict[str, Id]:
    found: dict[str, Id] = {}
    for key, element in design.elements.items():
        origin = origin_key(element)
        if origin:
            found.setdefault(origin, key)
    return found


def _is_drawn_already(fresh: Element, design: Design) -> bool:
    """Return whether someone already drew a flow between the two nodes by hand."""
    return isinstance(fresh, Flow) and any(
        flow.source == fresh.source and flow.target == fresh.target and not flow.origin
        for flow in design.flows.values()
    )


def _updated(before: Element, fresh: Element) -> Element:
    if isinstance(before, Node) and isinstance(fresh, Node):
        return _updated_node(before, fresh)
    if isinstance(before, Flow) and isinstance(fresh, Flow):
        params, provenance = _params(before, fresh.params, fresh.provenance)
        return msgspec.structs.replace(before, params=params, provenance=provenance, evidence=fresh.evidence)
    if isinstance(before, Boundary) and isinstance(fresh, Boundary) and fresh.members:
        return msgspec.structs.replace(before, members=tuple(dict.fromkeys((*before.members, *fresh.members))))
    return before


def _updated_node(before: Node, fresh: Node) -> Node:
    values, origins = fresh.params, fresh.provenance
    if before.kind != fresh.kind:
        allowed = parameters_of(before)
        values = {name: value for name, value in values.items() if name in allowed}
    params, provenance = _params(before, values, origins)
    return msgspec.structs.replace(
        before,
        params=params,
        provenance=provenance,
        sites=_sites(before, fresh),
        context=before.context or fresh.context,
        technology=fresh.technology or before.technology,
        tags={**before.tags, **fresh.tags},
        origin=fresh.origin,
    )


def _params(
    before: Node | Flow, values: Mapping[str, Value], origins: Mapping[str, Provenance]
) -> tuple[dict[str, Value], dict[str, Provenance]]:
    """Return the parameters and where they come from: hand-set ones stay, imported ones follow the files."""
    by_hand = {name for name in before.params if before.provenance.get(name) not in ("published", "default")}
    params = {name: before.params[name] for name in by_hand}
    provenance = {name: origin for name, origin in before.provenance.items() if name in by_hand}
    for name, value in values.items():
        if name not in by_hand:
            params[name] = value
            provenance[name] = origins.get(name, "published")
    return params, provenance


def _sites(before: Node, fresh: Node) -> tuple[Site, ...]:
    """Return the sites with the replicas of the files, unless places or replicas were changed by hand."""
    if not before.origin.endswith(remembered(before.sites)):
        return before.sites
    if len(before.sites) != len(fresh.sites):
        return fresh.sites
    pairs = zip(before.sites, fresh.sites, strict=True)
    return tuple(msgspec.structs.replace(site, replicas=other.replicas) for site, other in pairs)
