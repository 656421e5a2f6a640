"""What happens when a place dies: who takes over, how full the survivors get, how long it takes and what is lost."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from models.analyses.caching import zipf
from models.analyses.replication import warm_up_s
from models.design.kinds import value_of
from models.evaluation.columns import Floats, Ints, filled, of_kinds, sum_by
from models.evaluation.demand import pass_share
from models.evaluation.load import CACHE, row_shares
from models.evaluation.pipeline import alive_rows
from models.formatting import format_value
from models.frameworks.scaling.capacity import Capacity
from models.frameworks.scaling.inputs import held
from models.frameworks.scaling.replication import DATA, Copy, copies, rpo_of
from models.report import Cell, Column, Finding, Message, Table
from models.words import Text, joined, quoted

MOST_PLACES = 8


class Recovery(NamedTuple):
    """Seconds: failed health checks, answers of the router still in use, start of standbys, growth of the survivors."""

    checks: float
    lifetime: float
    standby: float
    growth: float

    @property
    def total(self) -> float:
        """Their sum: the time to recover (RTO)."""
        return self.checks + self.lifetime + self.standby + self.growth


class Failure(NamedTuple):
    """One region dies.

    Attributes:
        place: `provider/region`, as in `Case.failed`.
        load: (n,) utilization of what is left, NaN where a node has none; worst: its fullest node or -1.
        stopped: nodes on a reply path that have no other place.
        journeys: journeys without an answer; all: journeys that wait for one.
        recovery: seconds until users are served elsewhere, part by part.
        cold_load: (n,) utilization while the caches of the survivors fill; cold: its fullest node or -1.
        warm_s: seconds until the caches answer as before, NaN = keys not stated, 0 = no cache moved.
        lost: stores of data whose only living place it was; rpo_s: lag (p99) of the others, NaN = none is copied.
    """

    place: str
    load: Floats
    worst: int
    stopped: Ints
    journeys: int
    all: int
    recovery: Recovery | None
    cold_load: Floats
    cold: int
    warm_s: float
    lost: Ints
    rpo_s: float

    @property
    def recovery_s(self) -> float:
        """Seconds until users are served elsewhere; NaN = they are not."""
        return self.recovery.total if self.recovery else float("nan")


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


def play(capacity: Capacity, copied: list[Copy] | None = None) -> list[Failure]:
    """Return what the death of each region with servers does, most nodes first."""
    known = copies(capacity) if copied is None else copied
    nodes = capacity.nodes
    served = nodes.places[nodes.station[nodes.row_node] > 0]
    found, first, counts = np.unique(served, return_index=True, return_counts=True)
    numbers: dict[str, int] = {}
    for at in np.argsort(first).tolist():
        where = nodes.place_list[found[at]]
        if where.region and where.provider:
            key = f"{where.provider}/{where.region}"
            numbers[key] = numbers.get(key, 0) + int(counts[at])
    order = sorted(numbers, key=lambda key: -numbers[key])
    return [_play(capacity, key, known) for key in order[:MOST_PLACES]]


def _play(capacity: Capacity, place: str, copied: list[Copy]) -> Failure:
    evaluation, nodes = capacity.evaluation, capacity.nodes
    failed = frozenset({place})
    alive = alive_rows(nodes, failed)
    serving = sum_by(nodes.row_node, alive * (nodes.role != 2) * nodes.replicas, capacity.n) > 0
    here = sum_by(nodes.row_node, 1.0 - alive, capacity.n) > 0
    path = evaluation.reliability.path
    needed = (path > 0.5).any(axis=0) if len(path) else np.zeros(capacity.n, dtype=bool)
    stopped = np.flatnonzero(~serving & needed & (nodes.station > 0))
    asked = np.flatnonzero(~np.isnan(evaluation.reliability.journey))
    without = [k for k in asked if _is_cut(capacity, int(k), stopped)] if len(stopped) else []
    load = survivors(capacity, failed)
    taken = np.where(here & serving, filled(load), 0.0)
    worst = int(taken.argmax()) if capacity.n and taken.max() > 0 else -1
    kept = of_kinds(nodes, *DATA) & here
    gone = sum_by(nodes.row_node, alive * nodes.replicas, capacity.n) == 0
    lost = np.flatnonzero(kept & gone)
    recovery = _recovery(capacity, alive, load) if not len(stopped) else None
    cold_load, warm = _cold_caches(capacity, alive, load)
    hit = np.where(serving, filled(cold_load), 0.0)
    cold = int(hit.argmax()) if capacity.n and warm != 0 and hit.max() > 0 else -1
    kept_elsewhere = np.flatnonzero(kept & ~gone).tolist()
    parts = (recovery, cold_load, cold, warm, lost, rpo_of(copied, kept_elsewhere))
    return Failure(place, load, worst, stopped, len(without), len(asked), *parts)


def _is_cut(capacity: Capacity, journey: int, stopped: Ints) -> bool:
    """Return whether most requests of a journey need one of the stopped nodes."""
    journeys, path = capacity.evaluation.pipeline.journeys, capacity.evaluation.reliability.path
    own = journeys.component[stopped] == journeys.component[journeys.entry[journey]]
    return bool((path[journeys.row[journey], stopped[own]] > 0.5).any())


def _recovery(capacity: Capacity, alive: Floats, load: Floats) -> Recovery:
    """Return the time until the survivors serve, part by part.

    Checks × interval and lifetime of the answers of the slowest traffic router (3 checks of 10 s and 60 s if none is
    drawn), the longest failover or start among standbys that have to take over, and the start of more replicas where
    autoscaled survivors are full.
    """
    nodes = capacity.nodes
    routing = [
        (
            float(value_of(node, "checks_to_fail") or 3) * float(value_of(node, "check_interval_s") or 10),
            float(value_of(node, "ttl_s") or 0.0),
        )
        for node in (nodes.elements[row] for row in np.flatnonzero(of_kinds(nodes, "traffic_router")))
    ]
    checks, lifetime = max(routing, key=sum) if routing else (30.0, 60.0)
    standby = growth = 0.0
    active_left = sum_by(nodes.row_node, alive * (nodes.role == 0) * nodes.replicas, capacity.n) > 0
    for row in np.flatnonzero((nodes.role == 1) & (alive > 0) & ~active_left[nodes.row_node]).tolist():
        node = nodes.elements[nodes.row_node[row]]
        standby = max(standby, float(value_of(node, "failover_s") or value_of(node, "ready_s") or 0.0))
    scaled = nodes.column("service", "autoscaled") == 1.0
    for row in np.flatnonzero(scaled & (filled(load) >= 1.0)).tolist():
        growth = max(growth, float(value_of(nodes.elements[row], "ready_s") or 0.0))
    return Recovery(checks, lifetime, standby, growth)


def _cold_caches(capacity: Capacity, alive: Floats, load: Floats) -> tuple[Floats, float]:
    """Return (n,) loads while requests that moved find nothing in the survivors' caches, and seconds until they do.

    A cache with hits h of which a share s moved passes 1 − h + h·s on instead of 1 − h.
    """
    evaluation, nodes = capacity.evaluation, capacity.nodes
    flows, demand = evaluation.pipeline.flows, evaluation.traffic.demand
    before = row_shares(nodes, np.ones(len(alive)), evaluation.traffic.work.write_share)
    rate = filled(demand.flow_peak)
    more, warm = np.zeros(capacity.n), 0.0
    moving = sum_by(nodes.row_node, before * (1.0 - alive), capacity.n)
    left = sum_by(nodes.row_node, alive, capacity.n)
    passed = pass_share(nodes, flows)
    for row in np.flatnonzero((nodes.station == CACHE) & (moving > 0) & (left > 0)).tolist():
        moved = float(moving[row])
        hit = 1.0 - float(passed[row])
        warm = float(np.maximum(warm, _warm(capacity, row, hit, moved)))
        behind = np.flatnonzero(flows.source == row)
        if 0.0 < hit < 1.0:
            np.add.at(more, flows.target[behind], rate[behind] * hit * moved / (1.0 - hit))
    total = sum_by(flows.target, rate, capacity.n)
    return load * np.where(total > 0, 1.0 + more / np.where(total > 0, total, 1.0), 1.0), warm


def _warm(capacity: Capacity, row: int, hit: float, moved: float) -> float:
    node = capacity.nodes.elements[row]
    million = value_of(node, "keys_million")
    rate = float(filled(capacity.evaluation.traffic.demand.node_peak[row])) * moved
    if not million or hit <= 0:
        return float("nan")
    return warm_up_s(zipf(max(int(float(million) * 1e6), 1), float(value_of(node, "zipf") or 0.9)), hit, rate)


def findings(capacity: Capacity, played: list[Failure]) -> list[Finding]:
    """Return the deaths that the survivors cannot carry, and those that stop everything although a target is set."""
    found = []
    target = value_of(capacity.evaluation.design.brief, "target_availability")
    for one in played:
        if one.worst >= 0 and one.load[one.worst] >= 1.0:
            found.append(_overloaded(capacity, one))
        elif one.cold >= 0 and one.cold_load[one.cold] >= 1.0:
            found.append(_cold_start(capacity, one))
        elif one.journeys and target is not None and target >= 0.9999:
            found.append(_stopped(capacity, one, float(target)))
        wanted = held(capacity.evaluation.design, "rto_s")
        if wanted is not None and one.recovery is not None and one.worst >= 0 and one.recovery_s > float(str(wanted)):
            found.append(_slow(capacity, one, float(str(wanted))))
    return found


def _slow(capacity: Capacity, one: Failure, wanted: float) -> Finding:
    assert one.recovery is not None
    words = {
        "place": one.place,
        "rto": format_value(one.recovery_s, "s"),
        "wanted": format_value(wanted, "s"),
        "checks": format_value(one.recovery.checks, "s"),
        "lifetime": format_value(one.recovery.lifetime, "s"),
        "standby": format_value(one.recovery.standby, "s"),
        "growth": format_value(one.recovery.growth, "s"),
    }
    title = Message("When {place} dies, users are served again only after {rto}", words)
    why = Message(
        "{wanted} is allowed. Health checks take {checks}, the lifetime of the router's answers {lifetime}, standbys "
        "{standby}, more replicas {growth}. Shorten the longest of them.",
        words,
    )
    return Finding("scaling.rto_missed", "warning", title, why, (), ("total/availability",))


def _cold_start(capacity: Capacity, one: Failure) -> Finding:
    key = capacity.key(one.cold)
    words = {
        "place": one.place,
        "name": capacity.name(one.cold),
        "load": format_value(float(one.cold_load[one.cold]), "fraction"),
        "warm": _until_warm(one.warm_s),
    }
    title = Message("When {place} dies, cold caches overload “{name}”", words)
    why = Message(
        "Requests that move find nothing in the caches of the survivors: it would be {load} used {warm}. Warm the "
        "caches of both regions, or admit the moved requests step by step.",
        words,
    )
    return Finding("scaling.cold_caches", "warning", title, why, (key,), (f"node/{key}/utilization",))


def _until_warm(seconds: float) -> Text:
    if np.isnan(seconds):
        return Text("until the caches have filled")
    return Text("for {time}", time=format_value(seconds, "s"))


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
        "names": joined(quoted(capacity.name(int(row))) for row in one.stopped[:3]),
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
        Column(Message("Served again in (RTO)"), "s"),
        Column(Message("Fullest with cold caches")),
        Column(Message("Its load then"), "fraction"),
        Column(Message("Caches warm after"), "s"),
        Column(Message("Writes lost (RPO)"), "s"),
        Column(Message("Data only there")),
    )
    return Table(Message("Failure, played"), columns, tuple(_cells(capacity, one) for one in played))


def _cells(capacity: Capacity, one: Failure) -> tuple[Cell, ...]:
    worst = capacity.name(one.worst) if one.worst >= 0 else Text("none")
    load: Cell = float(one.load[one.worst]) if one.worst >= 0 else "–"
    back: Cell = one.recovery_s
    if one.worst < 0 and not one.journeys:
        back = Text("not touched")
    elif one.recovery is None:
        back = Text("not at all")
    cold: tuple[Cell, ...] = ("–", "–", "–")
    if one.cold >= 0 and one.recovery is not None:
        warm: Cell = Text("state its keys") if np.isnan(one.warm_s) else one.warm_s
        cold = (capacity.name(one.cold), float(one.cold_load[one.cold]), warm)
    rpo: Cell = "–" if np.isnan(one.rpo_s) else one.rpo_s if np.isfinite(one.rpo_s) else Text("falls behind")
    lost = ", ".join(capacity.name(int(row)) for row in one.lost[:3]) or Text("none")
    return (one.place, Text("{count} of {all}", count=one.journeys, all=one.all), worst, load, back, *cold, rpo, lost)
