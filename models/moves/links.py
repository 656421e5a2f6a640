"""Moves for what holds providers together: a VPN or an interconnect at each end, identity federation, and its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from models.catalog.catalog import Catalog
from models.design.delta import Change, Delta
from models.design.design import Design
from models.design.edits import remove, set_params
from models.design.elements import Element, Flow, Id, Node, Site
from models.design.kinds import kinds
from models.evaluation.places import resolve
from models.moves import Problem
from models.report import Message

CONNECTING = frozenset({"vpn", "interconnect", "identity_federation"})
"""Kinds that hold providers together: they stand where they are drawn, and go when nothing crosses any more."""
OUTSIDE = frozenset({"users", "third_party_api", "on_premises", "edge_device"}) | CONNECTING
RENEWAL = 0.01
"""Share of the calls that need a new token: one of 1 h for a caller of about a hundred calls an hour; assumption."""


def provider_of(design: Design, node: Node) -> str:
    """Return the provider that runs a node's first active site; empty for what no provider runs."""
    if node.kind in OUTSIDE:
        return ""
    site = next((site for site in node.sites if site.role == "active"), node.sites[0])
    place = resolve(design, site.boundary)
    return "" if place.provider == "on_premises" or place.copies > 1 else place.provider


def crossing_flows(design: Design) -> tuple[Id, ...]:
    """Return the flows between nodes that different providers run."""
    at = {key: provider_of(design, node) for key, node in design.nodes.items()}
    return tuple(
        key
        for key, flow in design.flows.items()
        if at[flow.source] and at[flow.target] and at[flow.source] != at[flow.target]
    )


def links_of(design: Design, flow: Flow) -> list[Id]:
    """Return the links that a flow names by id or name."""
    words = {word.strip().lower() for word in str(flow.params.get("via") or "").split(",")} - {""}
    if not words:
        return []
    return [
        key
        for key, node in design.nodes.items()
        if (kind := kinds().nodes.get(node.kind)) is not None
        and kind.link
        and (key.lower() in words or node.name.strip().lower() in words)
    ]


def link_clouds(design: Design, catalog: Catalog, args: Mapping[str, Any]) -> Design | Problem:
    """Return the design in which `flows` go through links of `kind` (vpn, interconnect), with identity federated.

    A link is drawn beside the first service at each end whose provider sells one; one of that provider that is drawn
    already is used. A provider that sells no VPN is reached by the other end's alone; an interconnect needs both ends,
    else a VPN is drawn.
    """
    flows = [design.elements.get(key) for key in args["flows"]]
    if not all(isinstance(flow, Flow) for flow in flows):
        return Problem(Message("A flow of this remedy is no longer there."))
    drawing = _Drawing(design, catalog, str(args["kind"]))
    for key in args["flows"]:
        drawing.lead(key)
    if drawing.problem is not None:
        return drawing.problem
    return design.apply(Delta(drawing.changes))


class _Drawing:
    """What has to be drawn so that flows go through links."""

    def __init__(self, design: Design, catalog: Catalog, kind: str) -> None:
        self._design, self._catalog, self._kind = design, catalog, kind
        self.changes: dict[Id, Change] = {}
        self.problem: Problem | None = None
        self._names = {node.name.strip().lower() for node in design.nodes.values()}
        self._known: dict[tuple[str, str], Id] = {}
        for key, node in design.nodes.items():
            if node.kind in (kind, "vpn", "identity_federation"):
                self._known.setdefault((node.kind, _seller(design, node)), key)
        self._asking: set[tuple[Id, Id]] = {(flow.source, flow.target) for flow in design.flows.values()}

    def lead(self, key: Id) -> None:
        """Let a flow go through a link at each end, and its caller exchange its identity."""
        flow = self._design.elements[key]
        assert isinstance(flow, Flow)
        ends = [self._design.node(end) for end in (flow.source, flow.target)]
        providers = [provider_of(self._design, end) for end in ends]
        kind = self._kind
        if kind == "interconnect" and not all(self._catalog.service(kind, each) for each in providers):
            kind = "vpn"
        links = [self._at(kind, end) for end in ends]
        names = [self._name(link) for link in links if link is not None]
        if not names:
            sold = Message("Neither end of a flow sells a {kind}.", {"kind": kinds().nodes[kind].noun})
            self.problem = Problem(sold)
            return
        self.changes[key] = (flow, set_params(flow, {"via": ", ".join(dict.fromkeys(names))}))
        federation = self._at("identity_federation", ends[1])
        if flow.interaction == "request" and federation is not None and (flow.source, federation) not in self._asking:
            self._asking.add((flow.source, federation))
            asks = Flow(flow.source, federation, "request", params={"probability": RENEWAL}, journeys=flow.journeys)
            self.changes[self._free(f"{flow.source}-{federation}")] = (None, asks)

    def _at(self, kind: str, beside: Node) -> Id | None:
        provider = provider_of(self._design, beside)
        if not provider or self._catalog.service(kind, provider) is None:
            return None
        if (kind, provider) not in self._known:
            site = next((site for site in beside.sites if site.role == "active"), beside.sites[0])
            label, seller = kinds().nodes[kind].label, self._seller(site.boundary, provider)
            key = self._free(f"{kind}-{provider}")
            node = Node(kind, self._unused(f"{label} {seller}"), {}, (Site(site.boundary, 1),), beside.context)
            self.changes[key] = (None, msgspec.structs.replace(node, tags=beside.tags))
            self._known[kind, provider] = key
        return self._known[kind, provider]

    def _seller(self, boundary: Id | None, provider: str) -> str:
        """Return how the drawing calls the provider: by its account, else by its full name."""
        accounts = (each.name for _, each in self._design.ancestors(boundary) if each.kind == "provider")
        return next(accounts, "") or self._catalog.providers[provider].name

    def _name(self, key: Id) -> str:
        node = self._design.elements.get(key) or self.changes[key][1]
        assert isinstance(node, Node)
        return node.name if "," not in node.name else key

    def _unused(self, wanted: str) -> str:
        number, found = 1, wanted
        while found.lower() in self._names:
            number, found = number + 1, f"{wanted} {number + 1}"
        self._names.add(found.lower())
        return found

    def _free(self, wanted: Id) -> Id:
        number, found = 1, wanted
        while found in self._design.elements or found in self.changes:
            number, found = number + 1, f"{wanted}-{number + 1}"
        return found


def _seller(design: Design, node: Node) -> str:
    return resolve(design, node.sites[0].boundary).provider


def without_idle_links(after: Design, before: Design) -> Design:
    """Return the design without the links and federations that held providers together before and join nothing now."""
    if not any(node.kind in CONNECTING for node in before.nodes.values()):
        return after
    crossing = set(crossing_flows(after))
    used, served = _joining(after, crossing)
    once_used, once_served = _joining(before, set(crossing_flows(before)))
    idle = [key for key in (once_used | once_served) - used - served if key in after.elements]
    return _without(after, idle)


def _joining(design: Design, crossing: set[Id]) -> tuple[set[Id], set[Id]]:
    """Return the links that crossing flows go through, and the federations while anything crosses."""
    used = {link for key in crossing for link in links_of(design, _flow(design, key))}
    served = {key for key, node in design.nodes.items() if node.kind == "identity_federation"} if crossing else set()
    return used, served


def _flow(design: Design, key: Id) -> Flow:
    flow = design.elements[key]
    assert isinstance(flow, Flow)
    return flow


def _without(design: Design, idle: Iterable[Id]) -> Design:
    gone = set(idle)
    if not gone:
        return design
    changed: list[tuple[Id, Element | None, Element | None]] = []
    for key, flow in design.flows.items():
        named = links_of(design, flow)
        if named and gone & set(named):
            left = ", ".join(design.node(link).name for link in named if link not in gone)
            changed.append((key, flow, set_params(flow, {"via": left or None})))
    return design.apply(Delta.of(changed)).apply(remove(design.apply(Delta.of(changed)), sorted(gone)))
