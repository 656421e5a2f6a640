"""Availability of every node and journey over shared regions and zones, and the single points of failure.

A node works when enough replicas of its living sites work; a region or named zone is one variable for all that lies
in it (common cause), and the states of these shared variables are summed exactly up to a limit.
"""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np

from models.analyses import availability as analysis
from models.evaluation.columns import Flags, Floats, Flows, Ints, Nodes, filled, is_one_of, sum_by
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
        path: (rows, n) chance that a request needs the node on its reply path; rows as in `Journeys`.
        exact: False when shared causes were too many and were treated as independent (a lower bound).
        single: numbers of the nodes without a spare on some reply path.
    """

    node: Floats
    journey: Floats
    path: Floats
    exact: bool
    single: Ints


def reply_paths(nodes: Nodes, flows: Flows, journeys: Journeys) -> Floats:
    """Return (rows, n) min(1, visits) where the journey of a row reaches the node by request flows only, else 0."""
    rows, n = journeys.visits.shape
    reach = np.zeros((rows, n), dtype=bool)
    started = np.flatnonzero(journeys.first_flow >= 0)
    asking = started[flows.interaction[journeys.first_flow[started]] == REQUEST]
    reach[journeys.row[asking], journeys.entry[asking]] = True
    first = np.zeros(len(flows.ids), dtype=bool)
    first[journeys.first_flow[started]] = True
    chosen = np.flatnonzero((flows.interaction == REQUEST) & ~first & (journeys.gain > 0))
    source, target = flows.source[chosen], flows.target[chosen]
    for row in range(rows):
        known = -1
        while known != (known := int(reach[row].sum())):
            reach[row, target[reach[row, source]]] = True
    path = np.where(reach, np.minimum(filled(journeys.visits, 1.0), 1.0), 0.0)
    for flow, link in flows.via.tolist():
        if flows.interaction[flow] == REQUEST:
            path[:, link] = np.maximum(path[:, link], _carried(flows, journeys, reach, flow, bool(first[flow])))
    return path


def _carried(flows: Flows, journeys: Journeys, reach: np.ndarray, flow: int, starts: bool) -> Floats:
    """Return (rows,) the chance that a request of each row goes over a flow that somebody waits for."""
    if starts:
        chance = np.zeros(len(reach))
        chance[journeys.row[journeys.first_flow == flow]] = 1.0
        return chance
    source = flows.source[flow]
    calls = filled(journeys.visits[:, source], 1.0) * journeys.gain[flow]
    return np.asarray(np.where(reach[:, source], np.minimum(calls, 1.0), 0.0))


class Groundwork(NamedTuple):
    """What availabilities rest on besides load: s states of what is shared, r rows, n nodes, and the reply paths.

    Attributes:
        path: (rows, n) as in `Reliability`; exact: as there.
        chance: (s,) of each state of the regions and zones; apart: (r,) availability of them where they are taken as
            independent, else 1.
        promise: (r,) of one replica; kept: (r,) True where the promise holds whatever the replicas.
        zones: (r,) over which the replicas are spread; 0 = all in one.
        serving: (s, r) rows that can serve in each state; at: (s·r,) state and node of each as one number.
        spare: (s, n) nodes with several serving rows, None where there is none.
        need: nodes that a reply needs, with its journeys.
        alone: (n,) nodes that every request of some journey needs and that nobody else promises.
    """

    path: Floats
    exact: bool
    chance: Floats
    apart: Floats
    promise: Floats
    kept: Flags
    zones: Floats
    serving: Flags
    at: Ints
    spare: Flags | None
    need: _Need
    alone: Flags


class _Need(NamedTuple):
    """The pairs of path row and node, flat: `chance` that a request needs the node, `sum` (s·pairs,) to add it to.

    `journeys` are those of the k that have a reply path, `place` which of the sums of a state is theirs.
    """

    k: int
    node: Ints
    chance: Floats
    sum: Ints
    sums: int
    journeys: Ints
    place: Ints


def groundwork(nodes: Nodes, flows: Flows, journeys: Journeys) -> Groundwork:
    """Return what the availabilities of a drawing rest on, whatever its load."""
    shared, membership = _shared_causes(nodes)
    path = reply_paths(nodes, flows, journeys)
    n, states = len(nodes.ids), 2 ** len(shared)
    exact = states <= MOST_STATES and states * path.size <= MOST_TERMS
    if exact:
        up = np.array(list(product((True, False), repeat=len(shared))), dtype=bool).reshape(states, len(shared))
        chance, apart = np.prod(np.where(up, shared, 1.0 - shared), axis=1), np.ones(len(nodes.row_node))
        alive = ~(~up[:, None, :] & membership[None, :, :]).any(axis=2)
    else:
        chance, apart = np.ones(1), np.prod(np.where(membership, shared[None, :], 1.0), axis=1)
        alive = np.ones((1, len(nodes.row_node)), dtype=bool)
    serving = alive & (nodes.role != 2) & ~_promised(nodes)
    at = (np.arange(len(alive))[:, None] * n + nodes.row_node[None, :]).ravel()
    spare = sum_by(at, serving.ravel().astype(float), len(alive) * n).reshape(len(alive), n) > 1
    promise = nodes.column("reliability", "availability")
    own = ~is_managed(nodes) & (nodes.station > 0) & ~np.isnan(promise)
    needed = (path > 0.5).any(axis=0) if len(path) else np.zeros(n, dtype=bool)
    return Groundwork(
        path,
        exact,
        chance,
        apart,
        filled(promise, 1.0)[nodes.row_node],
        (is_managed(nodes) | np.isnan(promise))[nodes.row_node],
        np.array([place.zones if not place.zone else 0 for place in nodes.place_list], dtype=float)[nodes.places],
        serving,
        at,
        spare if spare.any() else None,
        _needed(path, journeys, len(alive)),
        needed & own,
    )


def _needed(path: Floats, journeys: Journeys, states: int) -> _Need:
    """Return which nodes each reply needs, by its chance."""
    rows, parts = journeys.member.shape
    row, node = np.nonzero(path)
    place = row * parts + journeys.component[node]
    reached = np.zeros(rows * parts, dtype=bool)
    reached[place] = True
    held = np.flatnonzero(reached & (journeys.member.ravel() >= 0))
    every = (np.arange(states)[:, None] * rows * parts + place[None, :]).ravel()
    return _Need(
        len(journeys.first_flow), node, path[row, node], every, rows * parts, journeys.member.ravel()[held], held
    )


def solve_reliability(nodes: Nodes, ground: Groundwork, load: Load, node_rate: Floats) -> Reliability:
    """Return availabilities at the load of the case; `node_rate` (n,) are the requests/s at each node."""
    row = _row_availability(ground, load) * ground.apart
    node = _combine(nodes, ground, row, load, node_rate)
    journey = _journeys(ground.need, node)
    replicas = sum_by(nodes.row_node, load.replicas * (nodes.role != 2), len(nodes.ids))
    single = np.flatnonzero(ground.alone & (replicas <= 1))
    return Reliability(ground.chance @ node, ground.chance @ journey, ground.path, ground.exact, single)


def is_managed(nodes: Nodes) -> np.ndarray:
    """Return (n,) True where the provider keeps the promise and replicas are not ours to count."""
    flag = nodes.column("reliability", "managed")
    return np.asarray((flag == 1.0) | (is_one_of(nodes.station, EXTERNAL, QUEUE) & (flag != 0.0)))


def _row_availability(ground: Groundwork, load: Load) -> Floats:
    """Return (r,) availability of each row while its region and named zone work."""
    count = np.maximum(load.replicas, 0.0)
    with np.errstate(all="ignore"):
        needed = np.ceil(load.arrival / (load.capacity / count) - 1e-9)
    needed = np.clip(np.where(np.isfinite(needed), needed, 1.0), 1.0, np.maximum(count, 1.0))
    own = analysis.replicas(ground.promise, count.astype(int), needed.astype(int), COMMON_CAUSE)
    survivors = np.floor(count * (1.0 - 1.0 / np.maximum(ground.zones, 1.0)))
    exposed = (ground.zones > 1) & (survivors < needed)
    own = own * np.where(exposed, ZONE_AVAILABILITY, 1.0)
    return np.where(count > 0, np.where(ground.kept, ground.promise, own), 0.0)


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


def _combine(nodes: Nodes, ground: Groundwork, row: Floats, load: Load, node_rate: Floats) -> Floats:
    """Return (s, n) availability of each node in each state, from that of its rows (r,).

    Rows of one node fail independently except for the common cause: a share β of the failures of the best row takes
    all of them down (beta-factor model, Fleming 1975). Survivors must carry the node's load.
    """
    serving, at = ground.serving, ground.at
    states, n = len(serving), len(nodes.ids)
    failure = np.where(serving, 1.0 - np.minimum(row, 1.0 - 1e-15), 1.0)
    failed = np.exp(sum_by(at, np.log(failure).ravel(), states * n)).reshape(states, n)
    if ground.spare is not None:
        lowest = np.ones(states * n)
        np.minimum.at(lowest, at, failure.ravel())
        best = lowest.reshape(states, n)
        failed = np.where(ground.spare, np.minimum(failed + COMMON_CAUSE * best, best), failed)
    offered = filled(load.capacity) * nodes.copies
    capacity = sum_by(at, np.where(serving, offered, 0.0).ravel(), states * n).reshape(states, n)
    limited = sum_by(nodes.row_node, np.isfinite(load.capacity).astype(float), n) > 0
    drawn = sum_by(nodes.row_node, offered * (nodes.role == 0), n)
    enough = ~limited | (capacity >= node_rate) | (capacity >= drawn)
    return np.where(enough, 1.0 - failed, 0.0)


def _promised(nodes: Nodes) -> np.ndarray:
    """Return (r,) True for a standby of a managed node in the region of an active row: the promise has it."""
    found = np.zeros(len(nodes.row_node), dtype=bool)
    standbys = np.flatnonzero((nodes.role == 1) & is_managed(nodes)[nodes.row_node])
    if not len(standbys):
        return found
    pairs = zip(nodes.row_node.tolist(), nodes.places.tolist(), nodes.role.tolist(), strict=True)
    active = {(node, nodes.place_list[place].key) for node, place, role in pairs if role == 0}
    for row in standbys.tolist():
        found[row] = (int(nodes.row_node[row]), nodes.place_list[nodes.places[row]].key) in active
    return found


def _journeys(need: _Need, node: Floats) -> Floats:
    """Return (s, k) availability of each reply path: every node that a request needs, by its chance; else NaN."""
    states = len(node)
    with np.errstate(divide="ignore"):
        terms = np.log1p(-need.chance * (1.0 - node[:, need.node]))
    sums = sum_by(need.sum, terms.ravel(), states * need.sums).reshape(states, need.sums)
    found = np.full((states, need.k), np.nan)
    found[:, need.journeys] = np.exp(sums[:, need.place])
    return found
