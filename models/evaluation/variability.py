"""How bursty arrivals are at every node of the drawing: from the users' own variability through services and splits.

The equations are those of `models.analyses.network_variability` (Whitt 1983). What the drawing gives them:

- A request that makes k calls waits for each before the next, so that only the first leaves with the caller's
  rhythm; the others come one service time later, as in a network with feedback. Of k calls taken with probability p
  the share p/k therefore follows the departures of the caller and the rest counts as Poisson.
- Messages, records of streams and calls at once leave together: N of them add E[N²]/E[N] − 1 to the variability of
  their flow.
- A boundary with copies (300 stores) is that many independent sources for what it calls outside.
- Stations without a queue of ours (external services, queues, language models) pass the variability on.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from models.analyses.flow_order import FlowOrder
from models.analyses.network_variability import arrival_scv
from models.evaluation.columns import INTERACTIONS, Floats, Flows, Nodes, filled, is_one_of, sum_by
from models.evaluation.demand import Journeys, attempts

AT_ONCE = (INTERACTIONS.index("message"), INTERACTIONS.index("stream"))


class Streams(NamedTuple):
    """What the variability of arrivals is computed from besides rates and utilizations.

    Attributes:
        order: levels of the flows; routing, batch, origins: (m,) as `arrival_scv` takes them.
        external_scv: (n,) of the requests that users, or a clock, start at a node.
    """

    order: FlowOrder
    routing: Floats
    batch: Floats
    origins: Floats
    external_scv: Floats


def streams_of(nodes: Nodes, flows: Flows, journeys: Journeys, order: FlowOrder) -> Streams:
    """Return the streams of a drawing."""
    calls = filled(flows.column("calls"), 1.0)
    tried = calls * attempts(flows)
    taken = np.clip(np.divide(journeys.gain, tried, out=np.zeros(len(calls)), where=tried > 0), 0.0, 1.0)
    with np.errstate(divide="ignore"):
        sequential = taken * np.minimum(calls, np.where(calls > 0, 1.0 / calls, 0.0))
    together = is_one_of(flows.interaction, *AT_ONCE) | (flows.column("at_once") > 0)
    whole = np.floor(calls)
    rest = calls - whole
    squares = whole**2 * (1.0 - rest) + (whole + 1.0) ** 2 * rest
    batch = np.divide(squares, calls, out=np.ones(len(calls)), where=calls > 0) - 1.0
    own = nodes.column("variability", "arrival_scv")
    return Streams(
        order,
        np.where(together, taken * np.minimum(calls, 1.0), sequential),
        np.where(together & (calls > 1.0), batch, 0.0),
        _origins(nodes, flows),
        np.where(np.isnan(own), 1.0, own),
    )


def _origins(nodes: Nodes, flows: Flows) -> Floats:
    """Return (m,) copies of the source for each copy of the target, at least 1."""
    copies = np.ones(len(nodes.ids))
    np.maximum.at(copies, nodes.row_node, nodes.copies)
    return np.asarray(np.maximum(copies[flows.source] / copies[flows.target], 1.0))


def row_arrival_scv(
    nodes: Nodes,
    streams: Streams,
    flow_rate: Floats,
    node_rate: Floats,
    utilization: Floats,
    servers: Floats,
    service_scv: Floats,
    shares: Floats,
) -> tuple[Floats, Floats]:
    """Return c_a² of the arrivals at each node (n,) and at each row (r,), the calls split over rows at random.

    Args:
        flow_rate: (m,), node_rate: (n,) requests/s. service_scv: (n,).
        utilization, servers, shares: (r,); a row that does not queue passes the variability on.
    """
    row = nodes.row_node
    rho, number = node_stations(nodes, utilization, servers, shares)
    external = external_rate(streams.order, flow_rate, node_rate)
    found = arrival_scv(
        streams.order,
        flow_rate,
        streams.routing,
        external,
        streams.external_scv,
        rho,
        number,
        service_scv,
        streams.batch,
        streams.origins,
    )
    own = found[row]
    return found, np.where(shares > 0, shares * own + 1.0 - shares, own)


def node_stations(nodes: Nodes, utilization: Floats, servers: Floats, shares: Floats) -> tuple[Floats, Floats]:
    """Return ρ and servers of each node (n,), the means over its queueing rows by share; 0 and infinite without one."""
    n, row = len(nodes.ids), nodes.row_node
    queues = np.isfinite(servers) & (servers > 0) & ~np.isnan(utilization)
    weight = np.where(queues, shares, 0.0)
    total = sum_by(row, weight, n)
    counted = np.where(total > 0, total, 1.0)
    rho = sum_by(row, weight * np.where(queues, np.minimum(utilization, 1.0), 0.0), n) / counted
    number = sum_by(row, weight * np.where(queues, servers, 0.0), n) / counted
    return rho, np.where(total > 0, np.maximum(number, 1.0), np.inf)


def external_rate(order: FlowOrder, flow_rate: Floats, node_rate: Floats) -> Floats:
    """Return (n,) requests/s that no flow brings: those of users and clocks."""
    rest = node_rate - sum_by(order.target, filled(flow_rate), order.n)
    return np.where(rest > 1e-9 * filled(node_rate), rest, 0.0)
