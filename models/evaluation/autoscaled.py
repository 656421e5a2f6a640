"""Replicas over the day of what an autoscaler grows: behind the load, by the clock, or ahead of the profile.

Reactive replicas follow the load of the hour. Scheduled ones are set for the hour and hold its highest demand.
Predictive ones hold what comes until a replica that starts now is ready. Demand runs straight between the hours, as in
the autoscaling study.
"""

from __future__ import annotations

import numpy as np

from models.design.kinds import value_of
from models.evaluation.columns import Floats, Ints, Nodes, filled
from models.evaluation.demand import Demand
from models.evaluation.load import DEFAULT_TARGET, Load

REACTIVE, SCHEDULED, PREDICTIVE = POLICIES = ("reactive", "scheduled", "predictive")
DEFAULT_READY_S = 30.0


def policy_of(nodes: Nodes, node: int) -> str:
    """Return the policy that the node's autoscaler follows."""
    return str(value_of(nodes.elements[node], "scaling_policy") or REACTIVE)


def hourly_replicas(nodes: Nodes, load: Load, demand: Demand, row_shares: Floats) -> tuple[Ints, Floats]:
    """Return the rows that an autoscaler grows (a,) and their replicas in every hour (24, a).

    `row_shares` (r,) are those of its node's calls that each row serves.
    """
    replicas = load.replicas
    scaled = np.flatnonzero(nodes.column("service", "autoscaled")[nodes.row_node] == 1.0)
    target = filled(nodes.column("service", "target_utilization"), DEFAULT_TARGET)[nodes.row_node][scaled]
    least = filled(nodes.column("service", "min_replicas"), 1.0)[nodes.row_node][scaled]
    shares = (row_shares / nodes.copies)[scaled]
    with np.errstate(all="ignore"):
        per_replica = load.capacity[scaled] / replicas[scaled]
        arrivals = _held(nodes, scaled, demand.node_hour[:, nodes.row_node[scaled]] * shares)
        needed = np.ceil(arrivals / (per_replica * target) - 1e-9)
    needed = np.where(np.isfinite(needed), needed, replicas[scaled])
    return scaled, np.clip(needed, np.minimum(least, replicas[scaled]), replicas[scaled])


def _held(nodes: Nodes, rows: Ints, hourly: Floats) -> Floats:
    """Return (24, a) requests/s that the replicas of an hour have to hold under each row's policy."""
    policies = [policy_of(nodes, int(node)) for node in nodes.row_node[rows]]
    if all(policy == REACTIVE for policy in policies) or not len(hourly):
        return hourly
    ready = filled(nodes.column("reliability", "ready_s"), DEFAULT_READY_S)[nodes.row_node[rows]]
    ahead = np.where([policy == SCHEDULED for policy in policies], 1.0, np.minimum(ready / 3600.0, 1.0))
    ahead = np.where([policy == REACTIVE for policy in policies], 0.0, ahead)
    return np.asarray(hourly + np.maximum(np.roll(hourly, -1, axis=0) - hourly, 0.0) * ahead)


def mean_replicas(nodes: Nodes, load: Load, demand: Demand, row_shares: Floats) -> Floats:
    """Return (r,) replicas averaged over the day: fixed, or what the autoscaler of the row runs."""
    if not (nodes.column("service", "autoscaled") == 1.0).any():
        return load.replicas
    rows, hourly = hourly_replicas(nodes, load, demand, row_shares)
    averaged = load.replicas.copy()
    averaged[rows] = hourly.mean(axis=0)
    return averaged
