"""Latency of every journey: own times of the nodes, network times of the flows, steps in order or in parallel."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.analyses import latency as analysis
from models.catalog.catalog import Catalog, UnknownPlace
from models.design.elements import Node
from models.design.kinds import value_of
from models.evaluation.columns import INTERACTIONS, Floats, Flows, Ints, Nodes, filled, groups_of, site_classes
from models.evaluation.demand import Journeys
from models.evaluation.load import WRITE, Load, busiest
from models.evaluation.places import Place

REQUEST = INTERACTIONS.index("request")
NETWORK_CV = 0.2
SYNCHRONOUS = "synchronous"
USERS = "users"
SAME_ZONE_S = 0.0001
OTHER_ZONE_S = 0.002
UNKNOWN_S = np.nan
SHOWN: Floats = np.array([0.95, 0.50, 0.95, 0.99])
"""Percentiles of a reply: to the first token, then to the last byte."""


class _Moments(NamedTuple):
    """Times from entering a node to its reply and per journey, seconds.

    Attributes:
        node_mean, node_variance: (n,) to the last byte, callees included, of the slowest journey.
        node_first_mean, node_first_variance: (n,) to the first token.
        first_mean, first_variance, last_mean, last_variance: (k,) as the user sees them.
        streams: (k,) True where the first token comes before the last.
    """

    node_mean: Floats
    node_variance: Floats
    node_first_mean: Floats
    node_first_variance: Floats
    first_mean: Floats
    first_variance: Floats
    last_mean: Floats
    last_variance: Floats
    streams: NDArray[np.bool_]


class Reply(_Moments):
    """Times with their percentiles, (k,) of gamma distributions with these moments; computed when asked for."""

    @property
    def first_p95(self) -> Floats:
        """95th percentile to the first token, s."""
        return self._percentiles[0]

    @property
    def last_p50(self) -> Floats:
        """Median to the last byte, s."""
        return self._percentiles[1]

    @property
    def last_p95(self) -> Floats:
        """95th percentile to the last byte, s."""
        return self._percentiles[2]

    @property
    def last_p99(self) -> Floats:
        """99th percentile to the last byte, s."""
        return self._percentiles[3]

    @cached_property
    def _percentiles(self) -> tuple[Floats, Floats, Floats, Floats]:
        means = np.array([self.first_mean, self.last_mean, self.last_mean, self.last_mean])
        variances = np.array([self.first_variance, self.last_variance, self.last_variance, self.last_variance])
        first, *last = analysis.gamma_percentile(means, variances, SHOWN[:, None])
        return first, last[0], last[1], last[2]


def network_times(catalog: Catalog, nodes: Nodes, flows: Flows) -> Floats:
    """Return (m,) mean network round trip of each flow, s; NaN where a place is not known.

    A row calls the nearest active row of the target; users call from each of their places by share.
    """
    key = np.zeros(len(nodes.ids), dtype=np.int64)
    for number in nodes.texts:
        if nodes.elements[number].kind == USERS:
            key[number] = number + 1
    classes = site_classes(nodes, key)
    times = np.empty(len(flows.ids))
    code = classes.of_node[flows.source] * len(classes.example) + classes.of_node[flows.target]
    for members in groups_of(code):
        source, target = int(flows.source[members[0]]), int(flows.target[members[0]])
        times[members] = _between(catalog, nodes, source, target)
    return times + copy_times(catalog, nodes, flows)


def copy_times(catalog: Catalog, nodes: Nodes, flows: Flows) -> Floats:
    """Return (m,) seconds that a write waits for the copies of its target in other regions; 0 where they lag behind.

    A synchronous copy is written before the answer: the round trip from the first active region to the farthest one.
    """
    added = np.zeros(len(flows.ids))
    for number in nodes.texts:
        if nodes.elements[number].params.get("region_copies") != SYNCHRONOUS:
            continue
        writes = (flows.target == number) & (flows.operation == WRITE) & (flows.interaction == REQUEST)
        if writes.any():
            added[writes] = farthest_copy(catalog, nodes, number)
    return added


def farthest_copy(catalog: Catalog, nodes: Nodes, node: int) -> float:
    """Return the longest round trip from the first active region of a node to its others, s; NaN where not known."""
    rows = np.flatnonzero(nodes.row_node == node)
    ordered = rows[np.argsort(nodes.role[rows], kind="stable")]
    regions = list(dict.fromkeys(nodes.place_list[place].key for place in nodes.places[ordered]))
    trips = [0.0]
    for other in regions[1:]:
        try:
            trips.append(catalog.round_trip_ms(regions[0], other).value / 1000.0)
        except UnknownPlace:
            return UNKNOWN_S
    return max(trips)


def _active_places(nodes: Nodes, node: int) -> list[Place]:
    rows = np.flatnonzero((nodes.row_node == node) & (nodes.role == 0))
    return [nodes.place_list[place] for place in nodes.places[rows]]


def _user_places(node: Node) -> dict[str, float]:
    return dict(value_of(node, "places") or {})


def _between(catalog: Catalog, nodes: Nodes, source: int, target: int) -> float:
    targets, sources = _active_places(nodes, target), _active_places(nodes, source)
    users = _user_places(nodes.elements[source]) if nodes.elements[source].kind == USERS else {}
    if not targets or not (sources or users):
        return OTHER_ZONE_S
    if users:
        total = sum(users.values()) or 1.0
        trips = [
            share * min(_from_place(catalog, place, where.key) for where in targets) for place, share in users.items()
        ]
        return sum(trips) / total
    return sum(min(_trip(catalog, here, there) for there in targets) for here in sources) / len(sources)


def _from_place(catalog: Catalog, place: str, region: tuple[str, str]) -> float:
    if not region[1]:
        return UNKNOWN_S
    try:
        return catalog.round_trip_from_place_ms(place, region).value / 1000.0
    except UnknownPlace:
        return UNKNOWN_S


def _trip(catalog: Catalog, here: Place, there: Place) -> float:
    if here.key == there.key:
        if here.copies > 1 and here.boundary == there.boundary:
            return SAME_ZONE_S
        same = bool(here.zone) and here.zone == there.zone
        return SAME_ZONE_S if same or here.zones == 1 else _across_zones(here.zones)
    if not here.region or not there.region:
        return UNKNOWN_S
    try:
        return catalog.round_trip_ms(here.key, there.key).value / 1000.0
    except UnknownPlace:
        return UNKNOWN_S


def _across_zones(zones: int) -> float:
    """Mean round trip when replicas spread evenly over the zones: 1/z of the calls stay in theirs."""
    return SAME_ZONE_S / zones + OTHER_ZONE_S * (1.0 - 1.0 / zones)


class Calls(NamedTuple):
    """The calls that somebody waits for: request flows between nodes, and their order, which is topology only."""

    rows: NDArray[np.int64]
    order: analysis.CallOrder


def call_order(n: int, flows: Flows, journeys: Journeys) -> Calls:
    """Return the request flows that do not start a journey, with the levels of their graph."""
    first = np.zeros(len(flows.ids), dtype=bool)
    first[journeys.first_flow[journeys.first_flow >= 0]] = True
    rows = np.flatnonzero((flows.interaction == REQUEST) & ~first)
    steps = filled(flows.column("step")[rows], 1.0).astype(np.int64)
    return Calls(rows, analysis.CallOrder(n, flows.source[rows], flows.target[rows], steps))


class Asking(NamedTuple):
    """Journeys that may use the same flows and wait for a reply: numbers of the journeys and nodes they enter.

    Attributes:
        trip, spread: mean and variance of the round trip between users and entry, s and s².
        at_end: True where the user sees nothing before the last byte.
    """

    journeys: Ints
    entry: Ints
    trip: Floats
    spread: Floats
    at_end: NDArray[np.bool_]


class Routes(NamedTuple):
    """What replies take besides the times of the nodes: topology, calls and network, of k journeys.

    Attributes:
        asking: the journeys by the flows they may use; one leading axis of the branches.
        whole: the calls; early: those made before the first token, None where nothing streams.
        awaited: (calls,) True where the caller waits for the last token of a model that could stream.
    """

    k: int
    asking: tuple[Asking, ...]
    whole: analysis.Branches
    early: analysis.Branches | None
    awaited: NDArray[np.bool_]


def routes_of(nodes: Nodes, flows: Flows, journeys: Journeys, network: Floats, calls: Calls) -> Routes:
    """Return the routes of a drawing."""
    classes = _classes(flows, journeys)
    repeat, probability = _branches(flows, journeys, calls, [mask for _, mask in classes])
    trip = filled(network[calls.rows])
    moments = (trip, (NETWORK_CV * trip) ** 2, flows.column("at_once")[calls.rows] > 0)
    speaks, streams = _speaking(nodes), flows.column("streams") > 0
    early = None
    if (streams & (flows.interaction == REQUEST)).any():
        before = _before_first_token(flows, calls, probability, speaks)
        early = analysis.branches_of(calls.order, repeat, before, *moments)
    asking = []
    for members, _ in classes:
        chosen = [journey for journey in members if _is_request(flows, journeys.first_flow[journey])]
        first, entry = journeys.first_flow[chosen], journeys.entry[chosen]
        there = filled(network[first])
        at_end = speaks[entry] & ~streams[first]
        asking.append(Asking(np.array(chosen, dtype=np.int64), entry, there, (NETWORK_CV * there) ** 2, at_end))
    whole = analysis.branches_of(calls.order, repeat, probability, *moments)
    awaited = (speaks[flows.target] & ~streams)[calls.rows]
    return Routes(len(journeys.first_flow), tuple(asking), whole, early, awaited)


def solve_latency(load: Load, routes: Routes) -> Reply:
    """Return the reply times of nodes and journeys.

    Journeys that may use the same flows share one pass over the graph; the passes are one array axis.
    """
    last = first = _moments(routes.whole, load.node_response, load.node_variance)
    if routes.early is not None:
        known = analysis.Known(routes.awaited, *last)
        first = _moments(routes.early, load.node_first, load.node_first_variance, known)
    table = np.full((4, routes.k), np.nan)
    for number, (members, entry, trip, spread, at_end) in enumerate(routes.asking):
        until_last = (last[0][number, entry], last[1][number, entry])
        until_first = (first[0][number, entry], first[1][number, entry])
        table[0, members] = np.where(at_end, until_last[0], until_first[0]) + trip
        table[1, members] = np.where(at_end, until_last[1], until_first[1]) + spread
        table[2, members] = until_last[0] + trip
        table[3, members] = until_last[1] + spread
    if not routes.asking:
        last = (load.node_response[None], load.node_variance[None])
        first = (load.node_first[None], load.node_first_variance[None])
    return Reply(
        last[0].max(axis=0),
        last[1].max(axis=0),
        first[0].max(axis=0),
        first[1].max(axis=0),
        *(table[0], table[1], table[2], table[3]),
        np.asarray(table[0] < table[2] * 0.999),
    )


def _is_request(flows: Flows, row: int) -> bool:
    return bool(row >= 0 and flows.interaction[row] == REQUEST)


def _branches(flows: Flows, journeys: Journeys, calls: Calls, masks: list[NDArray[np.bool_]]) -> tuple[Floats, Floats]:
    """Return (calls,) repetitions and (classes, calls) probabilities; cache hits lower the probability."""
    repeat = flows.column("calls")[calls.rows]
    drawn = repeat * flows.column("probability")[calls.rows]
    passed = np.divide(journeys.gain[calls.rows], drawn, out=np.ones(len(drawn)), where=drawn > 0)
    probability = np.clip(flows.column("probability")[calls.rows] * passed, 0.0, 1.0)
    allowed = np.array([mask[calls.rows] for mask in masks]).reshape(len(masks), len(calls.rows))
    return repeat, probability * allowed


def _classes(flows: Flows, journeys: Journeys) -> list[tuple[list[int], NDArray[np.bool_]]]:
    """Group journeys by the restricted flows that they may use: (journeys, mask of flows)."""
    everything = np.ones(len(flows.ids), dtype=bool)
    if not flows.restricted:
        return [(list(range(len(journeys.first_flow))), everything)]
    grouped: dict[tuple[int, ...], list[int]] = {}
    for journey, first in enumerate(journeys.first_flow):
        name = flows.ids[first] if first >= 0 else ""
        barred = tuple(row for row, allowed in flows.restricted.items() if name not in allowed)
        grouped.setdefault(barred, []).append(journey)
    classes = []
    for barred, members in grouped.items():
        mask = everything.copy()
        mask[list(barred)] = False
        classes.append((members, mask))
    return classes


def _moments(
    branches: analysis.Branches, mean: Floats, variance: Floats, whole: analysis.Known | None = None
) -> tuple[Floats, Floats]:
    """Return (classes, n) moments; a node whose own time is not known adds nothing, a saturated one is infinite."""
    return analysis.response_moments(branches, filled(mean), filled(variance), whole)


def _speaking(nodes: Nodes) -> NDArray[np.bool_]:
    """Return (n,) the nodes that write their answer token by token."""
    return np.asarray(~np.isnan(nodes.column("service", "output_tokens")))


def _before_first_token(flows: Flows, calls: Calls, probability: Floats, speaks: NDArray[np.bool_]) -> Floats:
    """Return the probabilities without the calls of later steps than a streamed one."""
    streams = flows.column("streams")[calls.rows] > 0
    source, target = flows.source[calls.rows], flows.target[calls.rows]
    step = flows.column("step")[calls.rows]
    limit = np.full(len(speaks), np.inf)
    streamed = streams & speaks[target]
    np.minimum.at(limit, source[streamed], step[streamed])
    return np.where(step <= limit[source], probability, 0.0)


def held_slots(nodes: Nodes, load: Load, reply: Reply, shares: Floats) -> tuple[Floats, Floats]:
    """Return (r,) slots held per copy at peak (Little: arrivals × time to the last byte) and (n,) their utilization.

    `shares` (r,) are those of its node's calls that each row serves.
    """
    slots = nodes.column("service", "slots")[nodes.row_node] * load.replicas
    with np.errstate(all="ignore"):
        held = load.arrival * np.where(np.isnan(reply.node_mean), load.node_response, reply.node_mean)[nodes.row_node]
        used = np.where(slots > 0, held / slots, np.nan)
    return held, busiest(nodes, np.where(shares > 0, used, np.nan))
