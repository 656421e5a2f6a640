"""Demand and traffic: what arrives at every node and flow at each hour of the day, per journey.

A journey starts with each flow that leaves a users node; a node that runs by the clock and is called by nobody
starts one of its own. Visits per journey come from one linear solve (Jackson 1957), rates from the profiles.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from models.analyses import traffic
from models.analyses.flow_order import FlowOrder
from models.design.design import Design
from models.design.elements import Id
from models.design.kinds import kinds, value_of
from models.evaluation.columns import INTERACTIONS, OPERATIONS, STATIONS, Floats, Flows, Ints, Nodes, filled
from models.evaluation.network_links import linked_components

SECONDS_PER_DAY = 86_400.0
DAYS_PER_MONTH = 730.0 / 24.0
HOURS = 24
MAXIMUM_HIT = 1.0
FEW = 4
REQUEST, WRITE = INTERACTIONS.index("request"), OPERATIONS.index("write")


class Journeys(NamedTuple):
    """The k journeys: their first flow (-1 for a clock), the node they start from and enter, and the visits they cause.

    Journeys of parts of the drawing that are not connected share one row of `visits`, so that a large drawing of many
    separate systems stays small.

    Attributes:
        row: (k,) row of `visits` that holds each journey; component: (n,) connected part of each node.
        member: (rows, parts) the journey that a row holds in each part, -1 = none.
        visits: (rows, n) visits of each node per arrival of the journey; NaN downstream of an amplifying loop.
        loops: nodes (numbers) and gain of each loop that multiplies its own traffic.
        gain: (m,) calls of each flow per request at its source, cache hits taken off, retries added.
    """

    first_flow: Ints
    origin: Ints
    entry: Ints
    row: Ints
    component: Ints
    member: Ints
    visits: Floats
    loops: tuple[tuple[tuple[int, ...], float], ...]
    gain: Floats

    def visits_of(self, journey: int) -> Floats:
        """Return (n,) the visits of one journey."""
        own = self.component == self.component[self.entry[journey]]
        return np.where(own, self.visits[self.row[journey]], 0.0)


class Demand(NamedTuple):
    """Rates in 1/s.

    Attributes:
        journey_peak: (k,) rate of each journey at its own peak hour.
        factors: (k, 24) hourly factors relative to that peak.
        node_hour, flow_hour: (24, n) and (24, m).
        peak_hour: hour at which the users' requests together are most.
        node_peak: (n,) each node's own busiest hour; node_mean, flow_mean: over the day.
        busy_hour: (n,) that hour; flow_peak: (m,) each flow at the busiest hour of its target.
    """

    journey_peak: Floats
    factors: Floats
    node_hour: Floats
    flow_hour: Floats
    peak_hour: int
    node_peak: Floats
    node_mean: Floats
    flow_mean: Floats
    busy_hour: Ints
    flow_peak: Floats


def find_journeys(nodes: Nodes, flows: Flows) -> tuple[Ints, Ints, Ints]:
    """Return first flow, origin node and entry node of every journey; a clock's entry is the node itself."""
    emits = nodes.column("demand", "peak_rate_rps") > 0
    first = np.flatnonzero(emits[flows.source]) if len(flows.ids) else np.zeros(0, dtype=np.int64)
    called = np.zeros(len(nodes.ids), dtype=bool)
    called[flows.target] = True
    runs = nodes.column("demand", "runs_per_day")
    clocks = np.flatnonzero(~called & (runs > 0) & ~emits)
    origin = np.concatenate([flows.source[first], clocks])
    entry = np.concatenate([flows.target[first], clocks])
    return np.concatenate([first, np.full(len(clocks), -1)]), origin, entry


def pass_share(nodes: Nodes, flows: Flows) -> Floats:
    """Return (n,) the share of a node's requests that goes on behind it: a cache or CDN answers its hits itself."""
    hit = filled(nodes.column("demand", "hit_ratio"))
    static = static_share(nodes, flows)
    dynamic = filled(nodes.column("demand", "dynamic_hit_ratio"))
    caching = nodes.station == STATIONS.index("cache")
    return np.where(caching, 1.0 - np.clip(hit * static + dynamic * (1.0 - static), 0.0, MAXIMUM_HIT), 1.0)


def static_share(nodes: Nodes, flows: Flows) -> Floats:
    """Return (n,) the share of static requests at each node: its own, mixed with what its flows state.

    Flows count by calls × probability, those of users also by the users' peak rate; 1 where nothing says otherwise.
    """
    static = filled(nodes.column("demand", "static_share"), 1.0)
    own = flows.column("static_share")
    if np.isnan(own).all():
        return static
    n = len(nodes.ids)
    rate = filled(nodes.column("demand", "peak_rate_rps"))[flows.source]
    weight = filled(flows.column("calls") * flows.column("probability")) * np.where(rate > 0, rate, 1.0)
    total = np.bincount(flows.target, weight, n)
    mixed = np.bincount(flows.target, weight * np.where(np.isnan(own), static[flows.target], own), n)
    return np.divide(mixed, total, out=static.copy(), where=total > 0)


def passed_on(nodes: Nodes, flows: Flows) -> Floats:
    """Return (m,) the share of its source's requests that a flow carries on behind a cache and a quality gate.

    What a gate rejects goes only to the flow drawn for it; the requests that a gate makes to check count in full.
    """
    rejected = np.clip(filled(nodes.column("demand", "reject_rate")), 0.0, 1.0)[flows.source]
    aside = flows.column("carries_rejects") == 1.0
    carrying = (flows.interaction != REQUEST) | (flows.operation == WRITE)
    share = np.where(aside, rejected, np.where(carrying, 1.0 - rejected, 1.0))
    return np.asarray(share * pass_share(nodes, flows)[flows.source])


def attempts(flows: Flows, late: Floats | None = None) -> Floats:
    """Return (m,) attempts per call: failed ones are tried again up to the flow's retries and its retry budget.

    `late` (m,) is the share of attempts that time out, on top of the share that fails anyway.
    """
    failing = filled(flows.column("failure_share"))
    if late is not None:
        failing = 1.0 - (1.0 - failing) * (1.0 - late)
    budget = flows.column("retry_budget")
    tried = traffic.retry_factor(failing, filled(flows.column("retries")))
    return np.minimum(tried, 1.0 + np.where(np.isnan(budget), np.inf, budget))


def solve_journeys(nodes: Nodes, flows: Flows, order: FlowOrder, late: Floats | None = None) -> Journeys:
    """Return the journeys with the visits that one arrival causes at every node; `late` as of `attempts`."""
    first, origin, entry = find_journeys(nodes, flows)
    n, k = len(nodes.ids), len(first)
    gain = flows.column("calls") * flows.column("probability") * attempts(flows, late)
    gain = filled(gain) * passed_on(nodes, flows) if len(flows.ids) else gain
    inner = np.ones(len(flows.ids), dtype=bool)
    inner[first[first >= 0]] = False
    component = _components(n, flows.source[inner], flows.target[inner]) if k > FEW else np.zeros(n, dtype=np.int64)
    if len(flows.via):
        component = linked_components(component, flows)
    row, member = _share_rows(component[entry], int(component.max(initial=0)) + 1)
    external = np.zeros((len(member), n))
    external[row, entry] = np.where(first >= 0, gain[first] if len(gain) else 0.0, 1.0)
    open_gain = np.where(inner, gain, 0.0)
    per_row = _restrict(open_gain, flows, first, component, member)
    solution = traffic.solve(n, flows.source, flows.target, per_row, external, order)
    loops = tuple((tuple(int(i) for i in loop.nodes), float(loop.gain)) for loop in solution.loops)
    return Journeys(first, origin, entry, row, component, member, solution.node_rates, loops, gain)


def _components(n: int, source: Ints, target: Ints) -> Ints:
    """Return (n,) the connected part of each node, numbered from 0: smallest labels spread until they settle."""
    label = np.arange(n)
    while True:
        before = label.copy()
        least = np.minimum(label[source], label[target])
        np.minimum.at(label, source, least)
        np.minimum.at(label, target, least)
        label = label[label]
        if np.array_equal(before, label):
            return np.unique(label, return_inverse=True)[1].astype(np.int64)


def _share_rows(part: Ints, parts: int) -> tuple[Ints, Ints]:
    """Return (k,) rows such that journeys of one part have different ones, and (rows, parts) who is where."""
    row = np.zeros(len(part), dtype=np.int64)
    used = np.zeros(parts, dtype=np.int64)
    for journey, where in enumerate(part.tolist()):
        row[journey] = used[where]
        used[where] += 1
    member = np.full((int(row.max(initial=-1)) + 1, parts), -1, dtype=np.int64)
    member[row, part] = np.arange(len(part))
    return row, member


def _restrict(gain: Floats, flows: Flows, first: Ints, component: Ints, member: Ints) -> Floats:
    """Return (m,), or (rows, m) when some flows serve only some journeys."""
    if not flows.restricted:
        return gain
    masked = np.tile(gain, (len(member), 1))
    names = [flows.ids[row] if row >= 0 else "" for row in first] + [""]
    for flow, allowed in flows.restricted.items():
        holders = member[:, component[flows.source[flow]]]
        masked[[names[journey] not in allowed for journey in holders], flow] = 0.0
    return masked


def growth_factor(design: Design, nodes: Nodes, journeys: Journeys, month: int) -> Floats:
    """Return (k,) growth of each journey up to `month`, with the dated event of its users node."""
    general = float(value_of(design.brief, "growth_percent_month") or 0.0)
    own = nodes.column("demand", "growth_percent_month")[journeys.origin]
    growth = (1.0 + np.where(np.isnan(own), general, own)) ** month
    event_month = nodes.column("demand", "event_month")[journeys.origin]
    event = filled(nodes.column("demand", "event_factor")[journeys.origin], 1.0)
    return growth * np.where(event_month == month, np.maximum(event, 1.0), 1.0)


def profile_factors(nodes: Nodes, journeys: Journeys) -> Floats:
    """Return (k, 24) hourly factors relative to the peak hour of each journey's profile."""
    table = kinds().profiles
    rows = []
    for origin in journeys.origin:
        node = nodes.elements[origin]
        name = str(value_of(node, "profile") or "flat")
        own = value_of(node, "profile_factors")
        factors = np.array(own if own else table.get(name, (1.0,) * HOURS), dtype=float)
        top = factors.max()
        rows.append(factors / top if top > 0 else np.ones(HOURS))
    return np.array(rows).reshape(len(rows), HOURS)


def base_rates(nodes: Nodes, journeys: Journeys, factors: Floats) -> Floats:
    """Return (k,) rate of each journey at its peak hour in month 0, in 1/s; a clock's runs keep its daily sum."""
    peak = nodes.column("demand", "peak_rate_rps")[journeys.origin]
    runs = nodes.column("demand", "runs_per_day")[journeys.origin]
    mean = factors.mean(axis=1) if len(factors) else np.zeros(0)
    clock = runs / SECONDS_PER_DAY / np.where(mean > 0, mean, 1.0)
    return filled(np.where(journeys.first_flow >= 0, peak, clock))


def demand_of(flows: Flows, journeys: Journeys, rates: Floats, factors: Floats) -> Demand:
    """Return all rates of one case: `rates` (k,) at peak, `factors` (k, 24)."""
    hourly = (rates[:, None] * factors).T
    started = journeys.first_flow >= 0
    node_hour = np.zeros((HOURS, len(journeys.component)))
    for row, members in enumerate(journeys.member):
        holder = members[journeys.component]
        node_hour += np.where(holder >= 0, hourly[:, holder] * journeys.visits[row], 0.0) if len(rates) else 0.0
    flow_hour = node_hour[:, flows.source] * journeys.gain
    flow_hour[:, journeys.first_flow[started]] = hourly[:, started] * journeys.gain[journeys.first_flow[started]]
    _restricted_rates(flows, journeys, hourly, flow_hour)
    users_total = hourly[:, started].sum(axis=1) if started.any() else hourly.sum(axis=1)
    origin_hour = np.zeros_like(node_hour)
    np.maximum.at(origin_hour.T, journeys.origin[started], hourly[:, started].T)
    node_hour = node_hour + origin_hour
    if len(flows.via):
        for flow, link in flows.via.tolist():
            node_hour[:, link] += flow_hour[:, flow]
    busy_hour = node_hour.argmax(axis=0)
    return Demand(
        rates,
        factors,
        node_hour,
        flow_hour,
        int(np.argmax(users_total)) if len(rates) else 0,
        node_hour.max(axis=0),
        node_hour.mean(axis=0),
        flow_hour.mean(axis=0),
        busy_hour,
        flow_hour[busy_hour[flows.target], np.arange(len(flows.ids))],
    )


def _restricted_rates(flows: Flows, journeys: Journeys, hourly: Floats, flow_hour: Floats) -> None:
    names: list[Id] = [flows.ids[row] if row >= 0 else "" for row in journeys.first_flow]
    for row, allowed in flows.restricted.items():
        if row in journeys.first_flow:
            continue
        serving = [journey for journey, name in enumerate(names) if name in allowed]
        visits = np.array([journeys.visits_of(journey)[flows.source[row]] for journey in serving])
        flow_hour[:, row] = hourly[:, serving] @ visits * journeys.gain[row] if serving else 0.0
