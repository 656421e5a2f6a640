"""Builders of deltas that every gesture, importer and move shares: remove with what depends on it, rename, set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from models.design.delta import Change, Delta
from models.design.design import Design
from models.design.elements import Boundary, Brief, Element, Flow, Id, Node, Position, Site, Value, positioned
from models.design.kinds import kinds


def new_node(kind: str, name: str = "", *, site: Id | None = None, context: Id | None = None) -> Node:
    """Return a node of the kind with its default replicas in the deployment boundary `site`."""
    spec = kinds().nodes[kind]
    return Node(
        kind=kind, name=name or str(spec.label), sites=(Site(boundary=site, replicas=spec.replicas),), context=context
    )


def set_params(element: Node | Flow | Boundary | Brief, values: Mapping[str, Value]) -> Node | Flow | Boundary | Brief:
    """Return the element with the parameters set; None resets one to the default of its kind."""
    params = {name: value for name, value in {**element.params, **values}.items() if value is not None}
    if isinstance(element, Boundary):
        return msgspec.structs.replace(element, params=params)
    provenance = {name: origin for name, origin in element.provenance.items() if name not in values}
    return msgspec.structs.replace(element, params=params, provenance=provenance)


def remove(design: Design, ids: Iterable[Id]) -> Delta:
    """Return the delta that removes the elements with the flows, positions and mentions that depend on them.

    What lies in a removed boundary moves to its parent.
    """
    gone = set(ids) & set(design.elements)
    waiting = list(gone)
    while waiting:
        for referrer in design.referrers.get(waiting.pop(), ()):
            element = design.elements[referrer]
            dies = isinstance(element, Position) or (
                isinstance(element, Flow) and (element.source in gone or element.target in gone)
            )
            if dies and referrer not in gone:
                gone.add(referrer)
                waiting.append(referrer)
    changes: dict[Id, Change] = {key: (design.elements[key], None) for key in gone}
    for key in gone:
        for referrer in design.referrers.get(key, ()):
            if referrer not in gone:
                before = design.elements[referrer]
                changes[referrer] = (before, _without(before, gone, design))
    return Delta(changes)


def _without(element: Element, gone: set[Id], design: Design) -> Element:
    if isinstance(element, Node):
        sites = tuple(
            msgspec.structs.replace(site, boundary=_above(site.boundary, gone, design)) for site in element.sites
        )
        return msgspec.structs.replace(element, sites=sites, context=_above(element.context, gone, design))
    if isinstance(element, Boundary):
        members = tuple(member for member in element.members if member not in gone)
        return msgspec.structs.replace(element, parent=_above(element.parent, gone, design), members=members)
    if isinstance(element, Flow):
        return msgspec.structs.replace(element, journeys=tuple(key for key in element.journeys if key not in gone))
    if isinstance(element, Brief):
        return msgspec.structs.replace(element, phases=tuple(x for x in element.phases if x.element not in gone))
    return element


def _above(boundary: Id | None, gone: set[Id], design: Design) -> Id | None:
    while boundary is not None and boundary in gone:
        element = design.elements[boundary]
        boundary = element.parent if isinstance(element, Boundary) else None
    return boundary


def copy(design: Design, ids: Iterable[Id], new_id: Mapping[Id, Id], offset: tuple[float, float]) -> Delta:
    """Return the delta that adds copies of the elements under `new_id`, moved by `offset` px.

    Flows are copied when both ends are; references to elements that are not copied stay as they are.
    """
    chosen = set(ids)
    copied: dict[Id, Id] = {}
    for key in [key for key in design.elements if key in chosen]:
        element = design.elements[key]
        if not isinstance(element, Flow) or {element.source, element.target} <= chosen:
            copied[key] = new_id[key]
    changes: dict[Id, Change] = {copied[key]: (None, renamed(design.elements[key], copied)) for key in copied}
    for key, element in design.elements.items():
        if isinstance(element, Position):
            view, owner = positioned(key)
            if owner in copied:
                moved = msgspec.structs.replace(
                    element,
                    x=element.x + offset[0],
                    y=element.y + offset[1],
                    waypoints=tuple((x + offset[0], y + offset[1]) for x, y in element.waypoints),
                )
                changes["/".join(["pos", view, copied[owner], *key.split("/")[3:]])] = (None, moved)
    return Delta(changes)


def renamed(element: Element, new_id: Mapping[Id, Id]) -> Element:
    """Return the element with every id that it refers to mapped through `new_id`; others stay."""

    def of(key: Id | None) -> Id | None:
        return None if key is None else new_id.get(key, key)

    replace = msgspec.structs.replace
    if isinstance(element, Node):
        sites = tuple(replace(site, boundary=of(site.boundary)) for site in element.sites)
        return replace(element, sites=sites, context=of(element.context))
    if isinstance(element, Flow):
        journeys = tuple(new_id.get(key, key) for key in element.journeys)
        return replace(element, source=of(element.source), target=of(element.target), journeys=journeys)
    if isinstance(element, Boundary):
        members = tuple(new_id.get(key, key) for key in element.members)
        return replace(element, parent=of(element.parent), members=members)
    if isinstance(element, Brief):
        phases = tuple(replace(phase, element=new_id.get(phase.element, phase.element)) for phase in element.phases)
        return replace(element, phases=phases)
    return element
