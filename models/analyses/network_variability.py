"""How bursty the arrivals at every node are: the QNA equations for squared coefficients of variation.

c_aⱼ² = aⱼ + Σᵢ c_aᵢ² bᵢⱼ (Whitt 1983, The Queueing Network Analyzer, BSTJ 62(9), §IV): superposition, splitting and
departure of renewal flows, linearized so that one linear system along the flows gives all. Measured error of the node
response with these SCVs: −8 to +5 % against simulation. Not for SCVs above 4 or correlated arrivals.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.analyses.flow_order import FlowOrder
from models.analyses.traffic import propagate

Floats = NDArray[np.float64]


def arrival_scv(
    order: FlowOrder,
    flow_rate: ArrayLike,
    calls: ArrayLike,
    external_rate: ArrayLike,
    external_scv: ArrayLike,
    utilization: ArrayLike,
    servers: ArrayLike,
    service_scv: ArrayLike,
) -> Floats:
    """Return c_a² of the arrivals at each node, shape (n,); 1 where nothing arrives.

    Args:
        order: the levels of the graph of n nodes and m flows.
        flow_rate: (m,) requests/s carried by each flow.
        calls: (m,) calls per request; up to 1 a routing probability, above 1 a batch that adds calls − 1.
        external_rate, external_scv: (n,) requests/s from outside and their SCV.
        utilization, servers, service_scv: (n,); utilization is cut at 1, beyond which departures are the service's.
    """
    rates, outside = np.nan_to_num(np.asarray(flow_rate, float), nan=0.0), np.asarray(external_rate, float)
    rho = np.clip(np.nan_to_num(np.asarray(utilization, float), nan=1.0), 0.0, 1.0)
    multiplicity = np.asarray(calls, float)
    source, target, n = order.source, order.target, order.n
    routing = np.minimum(multiplicity, 1.0)
    total = outside + np.bincount(target, rates, n)
    arriving = np.where(total > 0, total, 1.0)
    share, outside_share = rates / arriving[target], outside / arriving
    squares = outside_share**2 + np.bincount(target, share**2, n)
    sources = 1.0 / np.where(squares > 0, squares, 1.0)
    w = 1.0 / (1.0 + 4.0 * (1.0 - rho) ** 2 * (sources - 1.0))
    x = 1.0 + (np.maximum(np.asarray(service_scv, float), 0.2) - 1.0) / np.sqrt(np.asarray(servers, float))
    split = (1.0 - routing) + routing * (rho**2 * x)[source] + np.maximum(multiplicity - 1.0, 0.0)
    own = outside_share * np.asarray(external_scv, float) - 1.0 + np.bincount(target, share * split, n)
    values = np.where(total > 0, 1.0 + w * own, 1.0)[None, :]
    inherited = w[target] * share * routing * (1.0 - rho**2)[source]
    propagate(order, inherited[None, :], values)
    return np.asarray(np.maximum(values[0], 0.0))
