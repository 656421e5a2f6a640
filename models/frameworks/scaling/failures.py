"""What happens when a place dies: who takes over, how full the survivors get, how long it takes and what is lost."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from models.design.kinds import value_of
from models.evaluation.columns import Floats, Ints, sum_by
from models.evaluation.load import row_shares
from models.evaluation.pipeline import alive_rows
from models.formatting import format_value
from models.frameworks.scaling.capacity import Capacity
from models.report import Cell, Column, Finding, Message, Table

MOST_PLACES = 8
DATA = ("relational", "document", "key_value", "wide_column", "feature_store", "object_store", "stream", "cache")


class Failure(NamedTuple):
    """One region dies.

    Attributes:
        place: `provider/region`, as in `Case.failed`.
        load: (n,) utilization of what is left, NaN where a node has none; worst: its fullest node or -1.
        stopped: nodes on a reply path that have no other place.
        journeys: journeys without an answer; all: journeys that wait for one.
        recovery_s: seconds until users are served elsewhere, NaN = they are not.
        lost: stores of data whose only living place it was.
    """

    place: str
    load: Floats
    worst: int
    stopped: Ints
    journeys: int
    all: int
    recovery_s: float
    lost: Ints


def survivors(capacity: Capacity, failed: frozenset[str]) -> Floats:
    """Return (n,) utilization when the places do not work, as `evaluate(case=Case(failed=…))` gives it for fixed
    replicas: the same arrivals, shared over what is left."""
    evaluation, nodes = capacity.evaluation, capacity.nodes
    alive = alive_rows(nodes, failed)
    load = evaluation.traffic.load
    rate = evaluation.traffic.demand.node_peak[nodes.row_node]
    share = row_shares(nodes, alive, evaluation.traffic.work.write_share)
    with np.errstate(all="ignore"):
        used = rate * share / nodes.copies / load.capacity
    used = np.where(share > 0, used, np.nan)
    top = np.full(capacity.n, -np.inf)
    np.maximum.at(top, nodes.row_node, np.where(np.isnan(used), -np.inf, used))
    return np.where(np.isneginf(top), np.nan, top)


def play(capacity: Capacity) -> list[Failure]:
    """Return what the death of each region with servers does, most nodes first."""
    nodes = capacity.nodes
    numbers: dict[str, int] = {}
    for row, place in enumerate(nodes.places):
        where = nodes.place_list[place]
        if where.region and where.provider and nodes.station[nodes.row_node[row]] > 0:
            key = f"{where.provider}/{where.region}"
            numbers[key] = numbers.get(key, 0) + 1
    order = sorted(numbers, key=lambda key: -numbers[key])
    return [_play(capacity, key) for key in order[:MOST_PLACES]]


def _play(capacity: Capacity, place: str) -> Failure:
    evaluation, nodes = capacity.evaluation, capacity.nodes
    failed = frozenset({place})
    alive = alive_rows(nodes, failed)
    serving = sum_by(nodes.row_node, alive * (nodes.role != 2) * nodes.replicas, capacity.n) > 0
    here = sum_by(nodes.row_node, 1.0 - alive, capacity.n) > 0
    path = evaluation.reliability.path
    needed = (path > 0.5).any(axis=0) if len(path) else np.zeros(capacity.n, dtype=bool)
    stopped = np.flatnonzero(~serving & needed & (nodes.station > 0))
    journeys = evaluation.pipeline.journeys
    asked = np.flatnonzero(~np.isnan(evaluation.reliability.journey))
    without = [k for k in asked if (path[journeys.row[k], stopped] * _own(capacity, int(k), stopped) > 0.5).any()]
    load = survivors(capacity, failed)
    taken = np.where(here & serving, np.nan_to_num(load), 0.0)
    worst = int(taken.argmax()) if capacity.n and taken.max() > 0 else -1
    kept = np.isin(np.arange(capacity.n), _data_rows(capacity))
    lost = np.flatnonzero(kept & here & (sum_by(nodes.row_node, alive * nodes.replicas, capacity.n) == 0))
    recovery = _recovery(capacity, alive) if not len(stopped) else np.nan
    return Failure(place, load, worst, stopped, len(without), len(asked), recovery, lost)


def _own(capacity: Capacity, journey: int, rows: Ints) -> Floats:
    parts = capacity.evaluation.pipeline.journeys
    return np.asarray(parts.component[rows] == parts.component[parts.entry[journey]], dtype=float)


def _data_rows(capacity: Capacity) -> list[int]:
    return [row for row, node in enumerate(capacity.nodes.elements) if node.kind in DATA]


def _recovery(capacity: Capacity, alive: Floats) -> float:
    """Return seconds until the survivors serve: health checks and TTL of the router, start of standbys.

    Sum of checks × interval + TTL of the slowest traffic router (60 s TTL, 3 checks of 10 s if none is drawn) and the
    longest failover or start among standbys that have to take over.
    """
    nodes = capacity.nodes
    routing = [0.0]
    for node in nodes.elements:
        if node.kind == "traffic_router":
            checks = float(value_of(node, "checks_to_fail") or 3) * float(value_of(node, "check_interval_s") or 10)
            routing.append(checks + float(value_of(node, "ttl_s") or 60))
    if len(routing) == 1:
        routing.append(90.0)
    starting = 0.0
    active_left = sum_by(nodes.row_node, alive * (nodes.role == 0) * nodes.replicas, capacity.n) > 0
    for row in np.flatnonzero((nodes.role == 1) & (alive > 0) & ~active_left[nodes.row_node]):
        node = nodes.elements[nodes.row_node[row]]
        starting = max(starting, float(value_of(node, "failover_s") or value_of(node, "ready_s") or 0.0))
    return max(routing) + starting


def findings(capacity: Capacity, played: list[Failure]) -> list[Finding]:
    """Return the deaths that the survivors cannot carry, and those that stop everything although a target is set."""
    found = []
    target = value_of(capacity.evaluation.design.brief, "target_availability")
    for one in played:
        if one.worst >= 0 and one.load[one.worst] >= 1.0:
            found.append(_overloaded(capacity, one))
        elif one.journeys and target is not None and target >= 0.9999:
            found.append(_stopped(capacity, one, float(target)))
    return found


def _overloaded(capacity: Capacity, one: Failure) -> Finding:
    key = capacity.key(one.worst)
    words = {
        "place": one.place,
        "name": capacity.name(one.worst),
        "load": format_value(float(one.load[one.worst]), "fraction"),
    }
    title = Message("When {place} dies, “{name}” cannot carry the rest", words)
    why = Message("What is left of it would be {load} used. Give every place room for the load of a lost one.", words)
    return Finding("scaling.survivors_overloaded", "warning", title, why, (key,), (f"node/{key}/utilization",))


def _stopped(capacity: Capacity, one: Failure, target: float) -> Finding:
    words = {
        "place": one.place,
        "number": one.journeys,
        "all": one.all,
        "names": ", ".join(f"“{capacity.name(int(row))}”" for row in one.stopped[:3]),
        "target": format_value(target, "availability"),
    }
    title = Message("When {place} dies, {number} of {all} journeys stop", words)
    why = Message(
        "{names} run nowhere else and {target} is wanted; one region alone promises no more than 99.99 %. "
        "A second region, active or standby, is the only cure.",
        words,
    )
    keys = tuple(capacity.key(int(row)) for row in one.stopped)
    return Finding("scaling.region_stops", "warning", title, why, keys, ("total/availability",))


def table(capacity: Capacity, played: list[Failure]) -> Table | None:
    """Return what the death of each region does."""
    if not played:
        return None
    columns = (
        Column(Message("When this region dies")),
        Column(Message("Journeys that stop")),
        Column(Message("Fullest survivor")),
        Column(Message("Its load"), "fraction"),
        Column(Message("Served again in"), "s"),
        Column(Message("Data only there")),
    )
    rows: list[tuple[Cell, ...]] = []
    for one in played:
        stops = f"{one.journeys} of {one.all}"
        worst = capacity.name(one.worst) if one.worst >= 0 else "none"
        load = float(one.load[one.worst]) if one.worst >= 0 else "–"
        untouched = one.worst < 0 and not one.journeys
        back: Cell = "not touched" if untouched else "not at all" if np.isnan(one.recovery_s) else one.recovery_s
        lost = ", ".join(capacity.name(int(row)) for row in one.lost[:3]) or "none"
        rows.append((one.place, stops, worst, load, back, lost))
    return Table(Message("Failure, played"), columns, tuple(rows))
