"""Caches: what they answer, what that saves behind them, and the size at which one more GiB no longer pays."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from models.analyses.caching import zipf_hit_ratio
from models.design.kinds import kinds, value_of
from models.evaluation.columns import filled
from models.evaluation.demand import REQUEST, WRITE, pass_share
from models.formatting import format_value
from models.frameworks.scaling.capacity import HOURS_PER_MONTH, Capacity
from models.report import Axis, Cell, Chart, Column, Finding, Message, Remedy, Series, Table
from models.words import Text, joined

GIB = 2.0**30
KIB = 1024.0
OVERHEAD = 1.3
"""Memory per stored byte: keys, pointers and fragmentation (Redis documentation, Memory optimization)."""
POINTS = 24
MOST_ROWS = 16
ORDER = ("client", "edge", "application", "database", "model (tokens)")
ZIPF = 0.9
PAID_BY_READ = ("key_value", "document")
LEAST_USD = 200.0
LEAST_GIB = 2.0
MOST_HITS = 0.98
ITEM_MS, LEAST_MS = 0.02, 0.2
NODE_TARGET = 0.5
NODE_VCPU, NODE_GIB = 2.0, 13.0


class CacheSize(NamedTuple):
    """A cache of keys with Zipf popularity: hit ratio at its memory, and the size beyond which memory costs more.

    Attributes:
        all_gib: memory that holds every key; memory_gib: what is drawn.
        worth_gib: size at which one more GiB saves less than it costs, NaN where a price is not known.
    """

    row: int
    keys: float
    item_kib: float
    exponent: float
    memory_gib: float
    hit: float
    all_gib: float
    worth_gib: float


@lru_cache(maxsize=512)
def hit_at(keys: float, exponent: float, item_kib: float, memory_gib: float) -> float:
    """Return the hit ratio of LRU (Che, Tung & Wang 2002) at a memory, overhead taken off."""
    items = memory_gib * GIB / (item_kib * KIB * OVERHEAD)
    return zipf_hit_ratio(max(int(keys), 1), exponent, min(items, keys))


def sizes(capacity: Capacity) -> list[CacheSize]:
    """Return the caches that state how many keys they serve."""
    found = []
    for row, node in enumerate(capacity.nodes.elements):
        million = value_of(node, "keys_million") if node.kind == "cache" else None
        if not million:
            continue
        keys, item = float(million) * 1e6, float(value_of(node, "item_kib") or 1.0)
        exponent = float(value_of(node, "zipf") or 0.9)
        memory = float(value_of(node, "memory_gib") or 0.0) * float(capacity.replicas[row])
        whole = keys * item * KIB * OVERHEAD / GIB
        worth = _worth(capacity, row, keys, item, exponent, whole)
        found.append(CacheSize(row, keys, item, exponent, memory, hit_at(keys, exponent, item, memory), whole, worth))
    return found


def _worth(capacity: Capacity, row: int, keys: float, item: float, exponent: float, whole: float) -> float:
    """Return the GiB at which one more costs what the misses it avoids cost behind the cache.

    A miss costs what the nodes behind cost per call today; a GiB costs what the drawn node costs per GiB.
    """
    memory = float(value_of(capacity.nodes.elements[row], "memory_gib") or 0.0)
    price = capacity.unit_price(row)
    if memory <= 0 or np.isnan(price):
        return float("nan")
    per_gib = price / memory
    per_miss = _miss_price(capacity, row)
    if not per_miss > 0:
        return float("nan")
    calls = float(filled(capacity.evaluation.traffic.demand.node_mean[row])) * HOURS_PER_MONTH * 3600.0
    grid = np.linspace(whole / POINTS, whole, POINTS)
    saved = np.array([hit_at(keys, exponent, item, float(size)) for size in grid]) * calls * per_miss
    gain = np.diff(saved, prepend=0.0) / np.diff(grid, prepend=0.0)
    worth = np.flatnonzero(gain >= per_gib)
    return float(grid[worth[-1]]) if len(worth) else 0.0


def _miss_price(capacity: Capacity, row: int) -> float:
    """Return USD per call of the stores behind the cache, or called beside it by the same callers."""
    flows, demand = capacity.evaluation.pipeline.flows, capacity.evaluation.traffic.demand
    behind = flows.target[flows.source == row]
    usd = capacity.evaluation.money.bill.node_usd[behind]
    calls = filled(demand.node_mean[behind]) * HOURS_PER_MONTH * 3600.0
    known = calls > 0
    return float((usd[known] / calls[known]).sum()) if known.any() else 0.0


class Proposal(NamedTuple):
    """A cache before a store: GiB, hits, nodes, and USD per month of the cache and of the reads it answers."""

    row: int
    gib: float
    hit: float
    cost: float
    saved: float
    keys: float
    item_kib: float
    replicas: int
    service_time_ms: float


def proposals(capacity: Capacity) -> list[Proposal]:
    """Return the caches before stores paid by the read that save more than they cost, the best size each.

    Keys by Zipf 0.9 (an assumption) over storage ÷ item size; a GiB of cache costs what the price list asks.
    """
    usd = capacity.evaluation.money.bill.node_usd
    found = []
    for row, node in enumerate(capacity.nodes.elements):
        if node.kind not in PAID_BY_READ or not usd[row] > LEAST_USD:
            continue
        storage, item = float(value_of(node, "storage_gib") or 0.0), float(value_of(node, "item_kib") or 1.0)
        node_usd = _node_price(capacity, row, NODE_GIB)
        price = node_usd / NODE_GIB
        reads = float(usd[row]) * (1.0 - float(capacity.evaluation.traffic.work.write_share[row]))
        if storage <= 0 or np.isnan(price):
            continue
        keys, whole = storage * GIB / (item * KIB), storage * OVERHEAD
        grid = np.linspace(whole / POINTS, whole, POINTS)
        hits = np.array([hit_at(keys, ZIPF, item, float(size)) for size in grid])
        gain = np.diff(hits * reads, prepend=0.0) / np.diff(grid, prepend=0.0)
        worth = np.flatnonzero(gain >= price)
        if not len(worth):
            continue
        best = int(worth[-1])
        time, replicas = _size(capacity, row, float(grid[best]))
        cost = replicas * _node_price(capacity, row, _memory(float(grid[best]))) + _between_zones(capacity, row)
        saved = min(float(hits[best]), MOST_HITS) * reads
        if saved - cost > LEAST_USD:
            found.append(Proposal(row, float(grid[best]), float(hits[best]), cost, saved, keys, item, replicas, time))
    return found


def _size(capacity: Capacity, row: int, gib: float) -> tuple[float, int]:
    """Return ms of work per call and the nodes that carry memory and calls; a call for many items works on each."""
    flows = capacity.evaluation.pipeline.flows
    into = flows.target == row
    rate = filled(capacity.evaluation.traffic.demand.flow_peak[into])
    items = filled(flows.column("items")[into], 1.0)
    mean_items = float((rate * items).sum() / rate.sum()) if rate.sum() > 0 else 1.0
    time = max(LEAST_MS, mean_items * ITEM_MS)
    busy = float(rate.sum()) * time / 1e3
    return time, int(max(2, np.ceil(gib / NODE_GIB), np.ceil(busy / NODE_TARGET)))


def _memory(gib: float) -> float:
    """Return GiB of a cache node."""
    return max(float(np.ceil(gib)), LEAST_GIB)


def _between_zones(capacity: Capacity, row: int) -> float:
    """Return USD per month of the calls of a cache that leave their zone, which those of a managed store do not pay."""
    evaluation = capacity.evaluation
    flows, demand = evaluation.pipeline.flows, evaluation.traffic.demand
    place = capacity.nodes.place_list[capacity.nodes.places[int(np.flatnonzero(capacity.nodes.row_node == row)[0])]]
    price = evaluation.catalog.cross_zone_price(place.provider) if place.zones > 1 and not place.zone else None
    into = np.flatnonzero((flows.target == row) & (flows.interaction == REQUEST) & (flows.operation != WRITE))
    if price is None or not len(into):
        return 0.0
    size = filled(flows.column("request_kib")[into]) + filled(flows.column("response_kib")[into])
    volume = float((filled(demand.flow_mean[into]) * size).sum()) * KIB * HOURS_PER_MONTH * 3600.0 / 1e9
    paid = float(evaluation.money.bill.flow_usd[into].sum())
    whole = volume * (1.0 - 1.0 / place.zones) * float(price.tiers[0].unit_price_usd)
    return float(max(whole - paid, 0.0))


def _node_price(capacity: Capacity, row: int, gib: float) -> float:
    """Return USD per month of a cache node of this memory where the store stands; NaN where none is priced."""
    nodes = capacity.nodes
    place = nodes.place_list[nodes.places[int(np.flatnonzero(nodes.row_node == row)[0])]]
    kind = kinds().nodes["cache"]
    fact = capacity.evaluation.catalog.managed_price(place.provider, place.region, kind.managed_service, NODE_VCPU, gib)
    return float("nan") if fact is None else fact.value * HOURS_PER_MONTH


def findings(capacity: Capacity) -> list[Finding]:
    """Return the stores before which a cache saves money."""
    return [_finding(capacity, one) for one in proposals(capacity)]


def _finding(capacity: Capacity, one: Proposal) -> Finding:
    key = capacity.key(one.row)
    words = {
        "name": capacity.name(one.row),
        "size": format_value(one.gib, "GiB"),
        "data": format_value(one.gib / OVERHEAD, "GiB"),
        "hit": format_value(one.hit, "fraction"),
        "saved": format_value(one.saved - one.cost, "USD/month"),
        "cost": format_value(one.cost, "USD/month"),
        "replicas": one.replicas,
    }
    title = Message("A cache before “{name}” saves {saved} a month", words)
    why = Message(
        "It is paid by the read. {data} of its data ({size} with keys and pointers) answer {hit} of them from "
        "{replicas} nodes for {cost} a month with their traffic between zones; beyond that size one more GiB no longer "
        "pays. Assumed: 0.02 ms of work per item, popularity by Zipf 0.9, readers that bear the age of a cached value.",
        words,
    )
    args = {
        "node": key,
        "memory_gib": _memory(one.gib),
        "hit_ratio": round(min(one.hit, MOST_HITS), 3),
        "keys_million": round(one.keys / 1e6, 3),
        "item_kib": one.item_kib,
        "service_time_ms": one.service_time_ms,
        "replicas": one.replicas,
    }
    figures = ("total/cost_per_month", f"node/{key}/cost_per_month", f"node/{key}/arrival_rate")
    remedy = Remedy("put_cache_before", args, Message("Put a cache before it"), figures)
    return Finding("scaling.cache_pays", "warning", title, why, (key,), (f"node/{key}/cost_per_month",), remedy)


LEVELS = {
    "cdn": (Text("edge"), ""),
    "cache": (Text("application"), ""),
    "api_gateway": (Text("client"), "token_cache"),
    "secrets": (Text("client"), "token_cache"),
    "relational": (Text("database"), "buffer_hit"),
    "llm_serving": (Text("model (tokens)"), "prefix_hit"),
}
"""Kind → (level, parameter that holds the hits); an empty one means that hits are computed from the drawing."""


def table(capacity: Capacity) -> Table | None:
    """Return every level of cache with what it answers and what reaches the nodes behind it."""
    cached = {one.row: one for one in sizes(capacity)}
    nodes, rate = capacity.nodes, filled(capacity.evaluation.traffic.demand.node_peak)
    passed = pass_share(nodes, capacity.evaluation.pipeline.flows)
    rows = [row for row, node in enumerate(nodes.elements) if node.kind in LEVELS and rate[row] > 0]
    hits = {row: _hits(capacity, row, float(passed[row])) for row in rows}
    rows = [row for row in rows if hits[row] > 0 or nodes.elements[row].kind in ("cdn", "cache")]
    rows = sorted(rows, key=lambda row: ORDER.index(LEVELS[nodes.elements[row].kind][0]))[:MOST_ROWS]
    if not rows:
        return None
    columns = (
        Column(Message("Cache")),
        Column(Message("Level")),
        Column(Message("Requests"), "1/s"),
        Column(Message("Hits as drawn"), "fraction"),
        Column(Message("Passed on"), "1/s"),
        Column(Message("Hits by size (Zipf)"), "fraction"),
        Column(Message("All keys fit in"), "GiB"),
        Column(Message("More no longer pays at"), "GiB"),
    )
    cells: list[tuple[Cell, ...]] = []
    for row in rows:
        node, size = nodes.elements[row], cached.get(row)
        known: tuple[Cell, ...] = (Text("state its keys") if node.kind == "cache" else "–", "–", "–")
        if size is not None:
            known = (size.hit, size.all_gib, "–" if np.isnan(size.worth_gib) else size.worth_gib)
        on = float(rate[row]) * (1.0 - hits[row])
        cells.append((node.name, LEVELS[node.kind][0], float(rate[row]), hits[row], on, *known))
    return Table(Message("Caches"), columns, tuple(cells), tuple(capacity.key(row) for row in rows))


def _hits(capacity: Capacity, row: int, passed: float) -> float:
    node = capacity.nodes.elements[row]
    name = LEVELS[node.kind][1]
    return float(value_of(node, name) or 0.0) if name else 1.0 - passed


def chart(capacity: Capacity) -> Chart | None:
    """Return hit ratio over memory of the caches that state their keys."""
    found = sizes(capacity)
    if not found:
        return None
    series = []
    for one in found:
        x = np.linspace(0.0, one.all_gib, POINTS)
        y = tuple(hit_at(one.keys, one.exponent, one.item_kib, float(size)) for size in x)
        series.append(Series(capacity.name(one.row), tuple(float(size) for size in x), y))
    marks = tuple(("x", min(one.memory_gib, one.all_gib), Text("drawn")) for one in found)
    names = joined(joined((capacity.name(one.row), format_value(one.all_gib, "GiB")), " ") for one in found)
    title = Message("Hits by memory; every key fits in: {names}", {"names": names})
    return Chart("line", title, Axis(Message("Memory"), "GiB"), Axis(Message("Hits"), "fraction"), tuple(series), marks)  # type: ignore[arg-type]
