"""What is around an element: its neighbors, and the request paths that run through it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from models.design.design import Design
from models.design.elements import Boundary, Flow, Id, Node


def neighbors(design: Design, chosen: Iterable[Id]) -> frozenset[Id]:
    """Return the chosen elements with the flows at their nodes and the nodes at the other ends.

    A boundary stands for the nodes in it, a flow for its two ends.
    """
    found, nodes = _start(design, chosen)
    for key, flow in design.flows.items():
        if flow.source in nodes or flow.target in nodes:
            found |= {key, flow.source, flow.target}
    return frozenset(found)


def request_path(design: Design, chosen: Iterable[Id]) -> frozenset[Id]:
    """Return all that lies on a path of flows through the chosen elements, from where it begins to where it ends."""
    chosen = set(chosen)
    found, nodes = _start(design, chosen)
    flows = [(key, flow) for key, flow in design.flows.items() if key in chosen]
    up = {flow.source for _, flow in flows} if flows else nodes
    down = {flow.target for _, flow in flows} if flows else nodes
    incoming: dict[Id, list[tuple[Id, Id]]] = {}
    outgoing: dict[Id, list[tuple[Id, Id]]] = {}
    for key, flow in design.flows.items():
        incoming.setdefault(flow.target, []).append((key, flow.source))
        outgoing.setdefault(flow.source, []).append((key, flow.target))
    return frozenset(found | _walk(up, incoming) | _walk(down, outgoing))


def _start(design: Design, chosen: Iterable[Id]) -> tuple[set[Id], set[Id]]:
    """Return the chosen ids that exist, and the nodes that they stand for."""
    found = {key for key in chosen if key in design.elements}
    nodes = {key for key in found if isinstance(design.elements[key], Node)}
    for key in list(found):
        element = design.elements[key]
        if isinstance(element, Flow):
            nodes |= {element.source, element.target}
        elif isinstance(element, Boundary):
            nodes |= _inside(design, key)
    return found | nodes, nodes


def _inside(design: Design, boundary: Id) -> set[Id]:
    def lies_in(place: Id | None) -> bool:
        return any(above == boundary for above, _ in design.ancestors(place))

    members = set(design.boundaries[boundary].members) & design.nodes.keys()
    return members | {
        key
        for key, node in design.nodes.items()
        if lies_in(node.context) or any(lies_in(site.boundary) for site in node.sites)
    }


def _walk(start: Iterable[Id], steps: Mapping[Id, list[tuple[Id, Id]]]) -> set[Id]:
    found, waiting = set(start), list(start)
    while waiting:
        for flow, node in steps.get(waiting.pop(), ()):
            found.add(flow)
            if node not in found:
                found.add(node)
                waiting.append(node)
    return found
