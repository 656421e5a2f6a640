"""Copies in other regions: how far behind they are, what a death loses, and how many reads see an old value."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from models.analyses.caching import zipf
from models.analyses.replication import Lag, replication_lag, stale_share
from models.catalog.catalog import UnknownPlace
from models.design.kinds import value_of
from models.evaluation.columns import OPERATIONS, filled, of_kinds
from models.evaluation.latency import REQUEST, SYNCHRONOUS
from models.formatting import format_value
from models.frameworks.scaling.capacity import HOURS_PER_MONTH, Capacity
from models.frameworks.scaling.inputs import held
from models.report import Cell, Column, Finding, Message, Remedy, Table
from models.words import Text

DATA = ("relational", "document", "key_value", "wide_column", "feature_store", "object_store", "stream", "cache")
WRITE = OPERATIONS.index("write")
KIB = 1024.0
LINE_BITS = 5e9
"""Bits/s between two regions where none was measured: the limit of one flow at the large providers (assumption)."""
DEFAULT_WRITE_S = 0.004
EVEN = 0.0


class Copy(NamedTuple):
    """One store that stands in several regions.

    Attributes:
        regions: of its sites, the ones that write first. writes: 1/s at peak, over all regions.
        trip: longest round trip between them, s. stale: share of requests that see an old value, NaN = keys not stated.
    """

    row: int
    regions: tuple[tuple[str, str], ...]
    active: int
    writes: float
    reads: float
    trip: float
    lag: Lag
    stale: float


def copies(capacity: Capacity) -> list[Copy]:
    """Return the stores with sites in at least two regions and what their copies lag."""
    return [found for row in _rows(capacity) if (found := _copy(capacity, row)) is not None]


def _rows(capacity: Capacity) -> list[int]:
    nodes = capacity.nodes
    spread = np.bincount(nodes.row_node, minlength=capacity.n) > 1
    return [int(row) for row in np.flatnonzero(of_kinds(nodes, *DATA) & spread)]


def _regions(capacity: Capacity, row: int) -> tuple[list[tuple[str, str]], int]:
    """Return the regions of a node, active ones first, and how many of them are active."""
    nodes = capacity.nodes
    sites = np.flatnonzero(nodes.row_node == row)
    found: dict[tuple[str, str], int] = {}
    for site in sites[np.argsort(nodes.role[sites], kind="stable")].tolist():
        place = nodes.place_list[nodes.places[site]]
        if place.region:
            found.setdefault(place.key, int(nodes.role[site]))
    return list(found), sum(role == 0 for role in found.values())


def _copy(capacity: Capacity, row: int) -> Copy | None:
    regions, active = _regions(capacity, row)
    if len(regions) < 2:
        return None
    evaluation, node = capacity.evaluation, capacity.nodes.elements[row]
    flows = evaluation.pipeline.flows
    into = np.flatnonzero(flows.target == row)
    rate = filled(evaluation.traffic.demand.flow_peak[into])
    writing = flows.operation[into] == WRITE
    writes, reads = float(rate[writing].sum()), float(rate[~writing].sum())
    kib = filled(flows.column("request_kib")[into])
    byte = float((rate * kib)[writing].sum() / writes * KIB) if writes > 0 else 0.0
    trip, line = _line(capacity, regions)
    own = value_of(node, "write_time_ms")
    work = float(own) / 1e3 if own else float(filled(evaluation.traffic.work.time[row])) or DEFAULT_WRITE_S
    site = int(np.flatnonzero(capacity.nodes.row_node == row)[0])
    per_replica = float(value_of(node, "servers") or 1.0)
    servers = per_replica * max(float(capacity.nodes.replicas[site]), 1.0)
    sent = writes * (1.0 - 1.0 / active if active > 1 else 1.0)
    if waits(capacity, row):
        lag = Lag(0.0, 0.0, sent * byte / line, sent * work / servers)
    else:
        interval = float(held(evaluation.design, "log_interval_s"))
        lag = replication_lag(sent, byte, trip, interval, line, work, servers)
    return Copy(row, tuple(regions), active, writes, reads, trip, lag, _stale(capacity, row, active, sent, lag))


def waits(capacity: Capacity, row: int) -> bool:
    """Return whether the writes of a store wait for its copies in other regions."""
    return bool(value_of(capacity.nodes.elements[row], "region_copies") == SYNCHRONOUS)


def _line(capacity: Capacity, regions: list[tuple[str, str]]) -> tuple[float, float]:
    """Return the longest round trip (s) and the slowest line (bytes/s) from the first region to the others."""
    catalog, trip, bits = capacity.evaluation.catalog, 0.0, np.inf
    for other in regions[1:]:
        try:
            trip = max(trip, catalog.round_trip_ms(regions[0], other).value / 1e3)
        except UnknownPlace:
            trip = float("nan")
        measured = catalog.throughput_gbit_s(regions[0], other)
        bits = min(bits, measured.value * 1e9 if measured is not None else LINE_BITS)
    return trip, bits / 8.0


def _stale(capacity: Capacity, row: int, active: int, foreign: float, lag: Lag) -> float:
    """Return the share of requests on keys used in several regions that see an old value, of all requests.

    With one active region nobody writes elsewhere; standbys and read replicas answer old values by their lag alone.
    """
    node, keys = capacity.nodes.elements[row], _keys(capacity, row)
    if active < 2:
        return 0.0
    if not keys or not np.isfinite(lag.mean):
        return float("nan")
    patterns = {
        str(value_of(capacity.evaluation.pipeline.flows.elements[int(flow)], "key_pattern"))
        for flow in np.flatnonzero(capacity.evaluation.pipeline.flows.target == row)
    }
    exponent = float(value_of(node, "zipf") or 0.9) if patterns & {"zipf", "hot"} else EVEN
    roaming = float(held(capacity.evaluation.design, "roaming_share"))
    seen = stale_share(zipf(max(int(keys), 1), exponent), foreign, lag.mean)
    return roaming * float(seen)


def _keys(capacity: Capacity, row: int) -> float:
    """Return the keys of a store: stated, or storage over the size of an item; 0 = not known."""
    node = capacity.nodes.elements[row]
    million, item = value_of(node, "keys_million"), value_of(node, "item_kib")
    if million:
        return float(million) * 1e6
    return float(value_of(node, "storage_gib") or 0.0) * 2.0**20 / float(item) if item else 0.0


def stale_cost(capacity: Capacity, one: Copy) -> tuple[float, float]:
    """Return requests a month that see an old value, and what they cost, USD."""
    mean = float(filled(capacity.evaluation.traffic.demand.node_mean[one.row]))
    number = one.stale * mean * HOURS_PER_MONTH * 3600.0
    return number, number * float(held(capacity.evaluation.design, "stale_usd"))


def table(capacity: Capacity, found: list[Copy]) -> Table | None:
    """Return how far the copies are behind and what that costs."""
    if not found:
        return None
    columns = (
        Column(Message("Copied store")),
        Column(Message("Mode")),
        Column(Message("Writes"), "1/s"),
        Column(Message("Round trip"), "s"),
        Column(Message("Lag, mean"), "s"),
        Column(Message("Lag, p99 (RPO)"), "s"),
        Column(Message("Writes lost if a region dies"), "count"),
        Column(Message("Requests that see an old value"), "fraction"),
        Column(Message("Of it a month"), "count"),
    )
    rows = tuple(_cells(capacity, one) for one in found)
    interval = format_value(float(held(capacity.evaluation.design, "log_interval_s")), "s")
    title = Message(
        "Copies in other regions (asynchronous: the log is shipped every {interval}; synchronous: the round trip is "
        "part of the answer time)",
        {"interval": interval},
    )
    return Table(title, columns, rows, tuple(capacity.key(one.row) for one in found))


def _cells(capacity: Capacity, one: Copy) -> tuple[Cell, ...]:
    mode = _mode(one.active > 1, waits(capacity, one.row))
    behind: Cell = one.lag.mean if np.isfinite(one.lag.mean) else Text("falls behind")
    rpo: Cell = one.lag.p99 if np.isfinite(one.lag.p99) else Text("falls behind")
    lost: Cell = one.writes / max(one.active, 1) * one.lag.mean if np.isfinite(one.lag.mean) else "–"
    stale: tuple[Cell, Cell] = (Text("keys not known"), "–")
    if one.active < 2:
        stale = ("–", "–")
    elif not np.isnan(one.stale):
        stale = (one.stale, stale_cost(capacity, one)[0])
    trip: Cell = None if np.isnan(one.trip) else one.trip
    return (capacity.name(one.row), mode, one.writes, trip, behind, rpo, lost, *stale)


def _mode(everywhere: bool, synchronous: bool) -> Text:
    if everywhere:
        return (
            Text("active in all regions, synchronous") if synchronous else Text("active in all regions, asynchronous")
        )
    return Text("active and standby, synchronous") if synchronous else Text("active and standby, asynchronous")


def findings(capacity: Capacity, found: list[Copy]) -> list[Finding]:
    """Return copies that fall behind for ever, those beyond the RPO, and what old values cost."""
    wanted = held(capacity.evaluation.design, "rpo_s")
    result = []
    for one in found:
        key = capacity.key(one.row)
        words = {
            "name": capacity.name(one.row),
            "lag": format_value(one.lag.p99, "s"),
            "line": format_value(one.lag.line, "fraction"),
            "apply": format_value(one.lag.apply, "fraction"),
        }
        if not np.isfinite(one.lag.mean):
            title = Message("The copy of “{name}” falls behind", words)
            why = Message("The line would be {line} and the copy {apply} used by the writes at peak.", words)
            result.append(Finding("scaling.copy_behind", "error", title, why, (key,), (f"node/{key}/utilization",)))
        elif wanted is not None and one.lag.p99 > float(str(wanted)):
            words["wanted"] = format_value(float(str(wanted)), "s")
            title = Message("A death loses more of “{name}” than is allowed", words)
            why = Message(
                "Its copy is up to {lag} behind (p99) and {wanted} is allowed. Ship the log more often, or write to "
                "both regions at once, which makes every write wait for the round trip.",
                words,
            )
            arguments = {"node": key, "name": "region_copies", "value": SYNCHRONOUS}
            label = Message("Write the copies before the answer")
            remedy = Remedy("set_parameter", arguments, label, _waiting(capacity, one.row))
            evidence = (f"node/{key}/arrival_rate",)
            result.append(Finding("scaling.rpo_missed", "warning", title, why, (key,), evidence, remedy))
        result += _old_values(capacity, one)
    return result


def _waiting(capacity: Capacity, row: int) -> tuple[str, ...]:
    """Return the round trips of the writes of a store, which synchronous copies lengthen."""
    flows = capacity.evaluation.pipeline.flows
    rows = np.flatnonzero((flows.target == row) & (flows.operation == WRITE) & (flows.interaction == REQUEST))
    return tuple(f"flow/{flows.ids[flow]}/latency_s" for flow in rows[:2])


def _old_values(capacity: Capacity, one: Copy) -> list[Finding]:
    if np.isnan(one.stale) or one.stale <= 0:
        return []
    number, usd = stale_cost(capacity, one)
    if usd <= 0:
        return []
    key = capacity.key(one.row)
    words = {
        "name": capacity.name(one.row),
        "share": format_value(one.stale, "fraction"),
        "number": format_value(number, "count"),
        "usd": format_value(usd, "USD/month"),
        "roaming": format_value(float(held(capacity.evaluation.design, "roaming_share")), "fraction"),
    }
    title = Message("Old values in “{name}” cost {usd} a month", words)
    why = Message(
        "{roaming} of its keys are used in several regions at once; {share} of the requests ({number} a month) see a "
        "value that was changed elsewhere within the lag. Send each key to one region, or ship the log more often.",
        words,
    )
    return [Finding("scaling.old_values", "note", title, why, (key,), (f"node/{key}/arrival_rate",))]


def rpo_of(found: list[Copy], rows: list[int]) -> float:
    """Return the longest p99 lag of the copies among `rows`; NaN if none of them is copied."""
    lags = [one.lag.p99 for one in found if one.row in rows]
    return max(lags) if lags else float("nan")
