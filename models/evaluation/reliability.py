"""Availability of every node and journey over shared regions and zones, and the single points of failure.

A node works when enough replicas of its living sites work; a region or named zone is one variable for all that lies
in it (common cause), and the states of these shared variables are summed exactly up to a limit.
"""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np

from models.analyses import availability as analysis
from models.evaluation.columns import Floats, Flows, Ints, Nodes, sum_by
from models.evaluation.demand import Journeys
from models.evaluation.latency import REQUEST
from models.evaluation.load import EXTERNAL, QUEUE, Load

REGION_AVAILABILITY = 0.9999
ZONE_AVAILABILITY = 0.999
COMMON_CAUSE = 0.05
MOST_STATES = 256
MOST_TERMS = 4_000_000


class Reliability(NamedTuple):
    """Availabilities as fractions.

    Attributes:
        node: (n,) of each node with its sites; journey: (k,) of each reply path, NaN without one.
        path: (k, n) chance that a request of the journey needs the node on its reply path.
        exact: False when shared causes were too many and were treated as independent (a lower bound).
        single: numbers of the nodes without a spare on some reply path.
    """

    node: Floats
    journey: Floats
    path: Floats
    exact: bool
    single: Ints


def reply_paths(nodes: Nodes, flows: Flows, journeys: Journeys) -> Floats:
    """Return (k, n) min(1, visits) where a journey's request reaches the node by request flows only, else 0."""
    n, k = len(nodes.ids), len(journeys.first_flow)
    if k == 0:
        return np.zeros((0, n))
    words = (k + 63) // 64
    reach = np.zeros((n, words), dtype=np.uint64)
    for journey in range(k):
        row = journeys.first_flow[journey]
        if row >= 0 and flows.interaction[row] == REQUEST:
            reach[journeys.entry[journey], journey // 64] |= np.uint64(1) << np.uint64(journey % 64)
    first = np.zeros(len(flows.ids), dtype=bool)
    first[journeys.first_flow[journeys.first_flow >= 0]] = True
    chosen = np.flatnonzero((flows.interaction == REQUEST) & ~first & (journeys.gain > 0))
    source, target = flows.source[chosen], flows.target[chosen]
    while True:
        before = reach.copy()
        np.bitwise_or.at(reach, target, before[source])
        if np.array_equal(before, reach):
            break
    member = np.array(
        [(reach[:, journey // 64] >> np.uint64(journey % 64)) & np.uint64(1) for journey in range(k)], dtype=float
    )
    return np.asarray(member * np.minimum(np.nan_to_num(journeys.visits, nan=1.0), 1.0))


def solve_reliability(nodes: Nodes, flows: Flows, journeys: Journeys, load: Load, node_rate: Floats) -> Reliability:
    """Return availabilities at the load of the case."""
    row = _row_availability(nodes, load)
    shared, membership = _shared_causes(nodes)
    path = reply_paths(nodes, flows, journeys)
    states = 2 ** len(shared)
    exact = states <= MOST_STATES and states * max(path.size, len(nodes.ids)) <= MOST_TERMS
    if not exact:
        alone = row * np.prod(np.where(membership, shared[None, :], 1.0), axis=1)
        node = _combine(nodes, alone, np.ones(len(row), dtype=bool), load, node_rate)
        return Reliability(node, _journeys(path, node), path, False, single_points(nodes, path, load))
    node, journey = np.zeros(len(nodes.ids)), np.zeros(len(journeys.first_flow))
    for state in product((True, False), repeat=len(shared)):
        up = np.array(state, dtype=bool)
        chance = float(np.prod(np.where(up, shared, 1.0 - shared))) if len(shared) else 1.0
        alive = ~(membership & ~up[None, :]).any(axis=1)
        values = _combine(nodes, row, alive, load, node_rate)
        node += chance * values
        journey += chance * np.nan_to_num(_journeys(path, values))
    reached = path.any(axis=1) if len(path) else np.zeros(0, dtype=bool)
    return Reliability(node, np.where(reached, journey, np.nan), path, True, single_points(nodes, path, load))


def is_managed(nodes: Nodes) -> np.ndarray:
    """Return (n,) True where the provider keeps the promise and replicas are not ours to count."""
    flag = nodes.column("reliability", "managed")
    return np.asarray((flag == 1.0) | (np.isin(nodes.station, (EXTERNAL, QUEUE)) & (flag != 0.0)))


def _row_availability(nodes: Nodes, load: Load) -> Floats:
    """Return (r,) availability of each row while its region and named zone work."""
    promise = np.nan_to_num(nodes.column("reliability", "availability"), nan=1.0)[nodes.row_node]
    count = np.maximum(load.replicas, 0.0)
    with np.errstate(all="ignore"):
        needed = np.ceil(load.arrival / (load.capacity / count) - 1e-9)
    needed = np.clip(np.where(np.isfinite(needed), needed, 1.0), 1.0, np.maximum(count, 1.0))
    own = analysis.replicas(promise, count.astype(int), needed.astype(int), COMMON_CAUSE)
    zones = np.array([place.zones if not place.zone else 0 for place in nodes.place_list])[nodes.places]
    survivors = np.floor(count * (1.0 - 1.0 / np.maximum(zones, 1)))
    exposed = (zones > 1) & (survivors < needed)
    own = own * np.where(exposed, ZONE_AVAILABILITY, 1.0)
    managed = is_managed(nodes)[nodes.row_node] | np.isnan(nodes.column("reliability", "availability"))[nodes.row_node]
    return np.where(count > 0, np.where(managed, promise, own), 0.0)


def _shared_causes(nodes: Nodes) -> tuple[Floats, np.ndarray]:
    """Return (s,) availabilities of the regions and named zones, and (r, s) which rows depend on them."""
    outside = (nodes.station == 0)[nodes.row_node]
    keys: dict[tuple[str, ...], int] = {}
    chances: list[float] = []
    per_place: list[list[int]] = []
    for place in nodes.place_list:
        causes = []
        candidates: list[tuple[tuple[str, ...], float]] = []
        if place.region and place.copies == 1:
            candidates.append((place.key, REGION_AVAILABILITY))
            if place.zone:
                candidates.append(((*place.key, place.zone), ZONE_AVAILABILITY))
        for key, chance in candidates:
            if key not in keys:
                keys[key] = len(chances)
                chances.append(chance)
            causes.append(keys[key])
        per_place.append(causes)
    membership = np.zeros((len(nodes.row_node), len(chances)), dtype=bool)
    for place_number, causes in enumerate(per_place):
        rows = np.flatnonzero((nodes.places == place_number) & ~outside)
        for cause in causes:
            membership[rows, cause] = True
    return np.array(chances), membership


def _combine(nodes: Nodes, row: Floats, alive: np.ndarray, load: Load, node_rate: Floats) -> Floats:
    """Return (n,) availability of each node when only `alive` rows can work; survivors must carry its load."""
    n = len(nodes.ids)
    serving = alive & (nodes.role != 2)
    with np.errstate(divide="ignore"):
        down = sum_by(nodes.row_node, np.where(serving, np.log1p(-np.minimum(row, 1.0 - 1e-15)), 0.0), n)
    capacity = sum_by(nodes.row_node, np.where(serving, np.nan_to_num(load.capacity) * nodes.copies, 0.0), n)
    limited = sum_by(nodes.row_node, np.isfinite(load.capacity).astype(float), n) > 0
    drawn = sum_by(nodes.row_node, np.nan_to_num(load.capacity) * nodes.copies * (nodes.role == 0), n)
    enough = ~limited | (capacity >= node_rate) | (capacity >= drawn)
    return np.where(enough, 1.0 - np.exp(down), 0.0)


def _journeys(path: Floats, node: Floats) -> Floats:
    """Return (k,) availability of each reply path: every node that a request needs, weighted by its chance."""
    if not len(path):
        return np.zeros(0)
    used = path.any(axis=0)
    with np.errstate(divide="ignore"):
        terms = np.log1p(-path[:, used] * (1.0 - node[used])[None, :])
    return np.where(path.any(axis=1), np.exp(terms.sum(axis=1)), np.nan)


def single_points(nodes: Nodes, path: Floats, load: Load) -> Ints:
    """Return the nodes that every request of some journey needs and that have no second replica or site."""
    n = len(nodes.ids)
    replicas = sum_by(nodes.row_node, load.replicas * (nodes.role != 2), n)
    needed = (path > 0.5).any(axis=0) if len(path) else np.zeros(n, dtype=bool)
    own = ~is_managed(nodes) & (nodes.station > 0) & ~np.isnan(nodes.column("reliability", "availability"))
    return np.flatnonzero(needed & own & (replicas <= 1))
