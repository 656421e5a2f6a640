"""VPNs and interconnects that flows go through: they add time, must work, carry the bytes, and set the price of them.

A flow names them (`via`), one at each end; they stand beside it and are not called, so that one of them serves many
flows between different services.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from models.design.kinds import kinds, value_of
from models.evaluation.columns import Floats, Flows, Ints, Nodes, filled, sum_by

INTERCONNECT = "interconnect"


@cache
def link_kinds() -> frozenset[str]:
    """Return the kinds that flows can go through."""
    return frozenset(kind.id for kind in kinds().nodes.values() if kind.link)


def added_times(nodes: Nodes, flows: Flows) -> Floats:
    """Return (m,) s that the links of each flow add to its round trip."""
    own = filled(nodes.column("service", "service_time_ms")) / 1e3
    return sum_by(flows.via[:, 0], own[flows.via[:, 1]], len(flows.ids))


def through(flows: Flows, values: Floats, count: int) -> Floats:
    """Return (count,) sums over the flows that go through each node."""
    return sum_by(flows.via[:, 1], values[flows.via[:, 0]], count)


def by_interconnect(nodes: Nodes, flows: Flows) -> np.ndarray:
    """Return (m,) True for flows whose data goes by a private line."""
    found = np.zeros(len(flows.ids), dtype=bool)
    lines = [nodes.elements[node].kind == INTERCONNECT for node in flows.via[:, 1].tolist()]
    found[flows.via[np.array(lines, dtype=bool), 0]] = True
    return found


def line_of(nodes: Nodes, link: int) -> float:
    """Return bytes/s that a link carries with all its connections; infinite where no bandwidth is stated."""
    gbit = value_of(nodes.elements[link], "bandwidth_gbit_s")
    connections = float((nodes.replicas * nodes.copies)[nodes.row_node == link].sum())
    return float(gbit) * 1e9 / 8.0 * max(connections, 1.0) if gbit else float("inf")


def linked_components(component: Ints, flows: Flows) -> Ints:
    """Return the parts of the drawing with the links in the part of the flows through them."""
    joined = component.copy()
    for flow, node in flows.via.tolist():
        here, there = joined[flows.source[flow]], joined[node]
        joined[joined == there] = here
    return np.unique(joined, return_inverse=True)[1].astype(np.int64)
