"""Traffic that costs: between zones, regions and providers and out to the internet, with shared tiers.

All flows of one (from, to) pair share the graduated price; its cost is split over them by bytes.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from models.catalog.catalog import Catalog
from models.catalog.records import UnitPrice
from models.design.kinds import kinds
from models.evaluation.bill import GB, SECONDS_PER_MONTH, Line, flow_bytes, tiered
from models.evaluation.columns import Flows, Ints, Nodes, groups_of, site_classes
from models.evaluation.demand import Demand
from models.evaluation.network_links import by_interconnect
from models.evaluation.places import Place
from models.words import Text

Route = tuple[str, tuple[str, str], tuple[str, str]]
NOWHERE = ("", "")
OUTSIDE_KINDS = frozenset({"users", "third_party_api", "on_premises"})
BILLED_BY_USE = frozenset({"cdn", "traffic_router", "edge_device"})


class _End(NamedTuple):
    """What decides where a node's traffic goes: its active places and how it is reached."""

    places: tuple[Place, ...]
    outside: bool
    billed_by_use: bool
    machine: bool


def traffic_lines(catalog: Catalog, nodes: Nodes, flows: Flows, demand: Demand, price_factor: float) -> list[Line]:
    """Return one line per route that has a price, or that should have one."""
    if not len(flows.ids):
        return []
    forward, backward = flow_bytes(flows, demand)
    classes = site_classes(nodes, _kind_roles()[nodes.kind_code])
    ends = [_end(nodes, int(node)) for node in classes.example]
    parts: dict[Route, list[tuple[Ints, np.ndarray]]] = {}
    private = by_interconnect(nodes, flows)
    for sender, receiver, rate in ((flows.source, flows.target, forward), (flows.target, flows.source, backward)):
        sending = np.flatnonzero(rate > 0)
        code = classes.of_node[sender[sending]] * len(ends) + classes.of_node[receiver[sending]]
        for group in groups_of(2 * code + private[sending]):
            members, pair, by_line = sending[group], code[group[0]], bool(private[sending[group[0]]])
            for route, share in _routes(ends[pair // len(ends)], ends[pair % len(ends)]):
                if by_line and route[0] in ("region", "internet"):
                    route = ("line", route[1], NOWHERE)
                quantity = rate[members] * share * SECONDS_PER_MONTH / GB
                parts.setdefault(route, []).append((members, quantity))
    return [_line(catalog, route, found, price_factor) for route, found in parts.items()]


@cache
def _kind_roles() -> Ints:
    """Return for each kind (and, last, an unknown one) a number that says how its traffic is paid."""
    roles = [
        (kind.id in OUTSIDE_KINDS) + 2 * (kind.id in BILLED_BY_USE) + 4 * (kind.compute != "none")
        for kind in kinds().nodes.values()
    ]
    return np.array([*roles, 0], dtype=np.int64)


def _end(nodes: Nodes, node: int) -> _End:
    """Return what the class of a node is, from one node of it."""
    rows = np.flatnonzero((nodes.row_node == node) & (nodes.role == 0))
    kind = nodes.kind(node)
    name = kind.id if kind else ""
    places = tuple(nodes.place_list[place] for place in nodes.places[rows])
    machine = kind is not None and kind.compute != "none"
    return _End(places, name in OUTSIDE_KINDS, name in BILLED_BY_USE, machine)


def _routes(sender: _End, receiver: _End) -> list[tuple[Route, float]]:
    """Return the priced routes of one byte from sender to receiver with its share on each."""
    if sender.outside or sender.billed_by_use or not sender.places:
        return []
    share = 1.0 / len(sender.places)
    found: list[tuple[Route, float]] = []
    for here in sender.places:
        if receiver.outside:
            found.append((("internet", here.key, NOWHERE), share))
            continue
        near = next((place for place in receiver.places if place.key == here.key), None)
        near = near or (receiver.places[0] if receiver.places else None)
        if near is None:
            continue
        if near.key != here.key:
            found.append((("region", here.key, near.key), share))
        elif sender.machine and receiver.machine and here.copies == 1 and here.boundary is not None:
            apart = _apart(here, near)
            if apart > 0:
                found.append((("zone", here.key, NOWHERE), share * apart))
    return found


def _apart(here: Place, near: Place) -> float:
    """Return the share of calls that leave their zone: spread evenly, 1 − 1/zones of them do."""
    if here.zone and near.zone:
        return 0.0 if here.zone == near.zone else 1.0
    return 1.0 - 1.0 / here.zones


def _line(catalog: Catalog, route: Route, parts: list[tuple[Ints, np.ndarray]], factor: float) -> Line:
    members = np.concatenate([rows for rows, _ in parts])
    quantity = np.concatenate([amount for _, amount in parts])
    label, price = _price(catalog, route)
    if price is None:
        unknown = np.full(len(members), np.nan)
        reason = Text("No price of {label} is known.", label=label)
        return Line(label, "traffic", "flow", members, unknown, reason=reason, quantity=quantity, unit="GB")
    total = float(quantity.sum())
    usd = tiered(price, np.array([total]))[0] * quantity / total * factor
    return Line(label, "traffic", "flow", members, usd, price.source, price.date, price.status, "", quantity, "GB")


def _price(catalog: Catalog, route: Route) -> tuple[str, UnitPrice | None]:
    kind, here, there = route
    place = "/".join(here).strip("/") or Text("an unknown place")
    if kind == "zone":
        price = catalog.cross_zone_price(here[0]) if here[0] else None
        return Text("traffic between zones of {place}", place=place), price
    if kind == "line":
        price = catalog.unit_price(*here, "interconnect_data") if here[0] else None
        return Text("traffic through an interconnect of {place}", place=place), price
    if kind == "internet":
        price = catalog.transfer_price(here, None) if here[1] else None
        return Text("traffic to the internet from {place}", place=place), price
    end = "/".join(there).strip("/") or Text("an unknown place")
    price = catalog.transfer_price(here, there) if here[1] and there[1] else None
    return Text("traffic from {place} to {there}", place=place, there=end), price
