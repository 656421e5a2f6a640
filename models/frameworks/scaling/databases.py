"""Databases and indexes: who can still grow, read replicas, shards over time, connection pools, memory of vectors."""

from __future__ import annotations

import numpy as np

from models.analyses.caching import largest_shard, zipf
from models.analyses.queueing import erlang_c
from models.design.kinds import value_of
from models.evaluation.columns import filled
from models.formatting import format_value
from models.frameworks.scaling.capacity import Capacity
from models.report import Cell, Column, Finding, Message, Remedy, Table
from models.words import Number, Text

KEYS_PER_SHARD = 1e6
POOL_WAIT = 0.01
BURSTS = 12.0
"""More than the connections needed per one held on average, even where very few are: 1 held needs 5."""
MOST_READERS = 15
MOST_ROWS = 12
GIB = 2.0**30
QUANTIZATION = (
    (Text("4 bytes a dimension"), 4.0, 1.0, 2.0),
    (Text("2 bytes"), 2.0, 0.999, 1.4),
    (Text("1 byte (int8)"), 1.0, 0.98, 1.0),
    (Text("1 bit, re-ranked"), 0.125, 0.93, 0.7),
)
"""Way, bytes a dimension, recall kept of the exact search, time beside one byte (assumptions; memory after Malkov &
Yashunin 2020, §4.2.3, whose search time is bound by reading the vectors)."""


def _relational(capacity: Capacity) -> list[int]:
    return [row for row, node in enumerate(capacity.nodes.elements) if node.kind == "relational"]


def write_load(capacity: Capacity, row: int) -> tuple[float, float]:
    """Return the load that writes alone put on the one writer, and the share of calls that write."""
    share = float(capacity.evaluation.traffic.work.write_share[row])
    return float(capacity.load[row]) * float(capacity.writing[row]), share


def pool_size(capacity: Capacity, row: int) -> int:
    """Return the connections at which at most 1 in 100 calls waits for one: the least c with Erlang C(a, c) ≤ 0.01.

    a = arrivals × time a connection is held, the response time of the database (Little); it is the total over callers.
    """
    arrivals = float(filled(capacity.evaluation.traffic.demand.node_peak[row]))
    held = arrivals * float(capacity.evaluation.traffic.load.node_response[row])
    if not np.isfinite(held):
        return 0
    sizes = np.arange(1, int(held + 10 * np.sqrt(held + 1.0)) + 12)
    return int(sizes[np.argmax(erlang_c(held, sizes) <= POOL_WAIT)])


def shards_for(load: float, hot_share: float = 0.0) -> int:
    """Return the shards that keep the fullest below 100 %, with a million keys spread at random; 1000 = none do.

    `hot_share` is the share of the requests that go to one key: no number of shards takes it apart.
    """
    for shards in range(1, 1000):
        if float(largest_shard(load, KEYS_PER_SHARD, shards, hot_share)) < 1.0:
            return shards
    return 1000


HOT = {"even": 0.0, "zipf": float(zipf(int(KEYS_PER_SHARD), 0.9).share[0]), "hot": 0.2}
"""Share of the requests to the most popular key by key pattern; of a stated hot key a fifth (assumption)."""
SHARDED = ("relational", "document", "key_value", "wide_column", "cache", "feature_store", "stream")


def hot_share(capacity: Capacity, row: int) -> float:
    """Return the share of a store's requests that go to its most popular key, mixed over its flows by rate."""
    flows = capacity.evaluation.pipeline.flows
    into = np.flatnonzero(flows.target == row)
    rate = filled(capacity.evaluation.traffic.demand.flow_peak[into])
    if rate.sum() <= 0:
        return 0.0
    shares = [HOT.get(str(value_of(flows.elements[flow], "key_pattern")), 0.0) for flow in into.tolist()]
    return float((rate * shares).sum() / rate.sum())


def sharding(capacity: Capacity) -> Table | None:
    """Return the shards of every store with a load over the months, and what its hottest key puts on one of them."""
    loads = filled(capacity.load)
    rows = [row for row, node in enumerate(capacity.nodes.elements) if node.kind in SHARDED and loads[row] > 0]
    rows = sorted(rows, key=lambda row: -float(loads[row]))[:MOST_ROWS]
    if not rows:
        return None
    months = sorted(
        {capacity.evaluation.month + 12, capacity.evaluation.month + 24, capacity.evaluation.horizon_months}
    )
    months = [month for month in months if month <= capacity.evaluation.horizon_months]
    columns = (
        Column(Message("Sharded by key")),
        Column(Message("Shards drawn"), "count"),
        Column(Message("Fullest shard now"), "fraction"),
        Column(Message("Its hottest key alone"), "fraction"),
        *(Column(Message("Shards in month {month}", {"month": month}), "count") for month in months),
        Column(Message("Choose the key")),
    )
    cells = [_shard_cells(capacity, row, months) for row in rows]
    title = Message("Shards that keep the fullest one at its target, keys spread at random")
    return Table(title, columns, tuple(cells), tuple(capacity.key(row) for row in rows))


def _shard_cells(capacity: Capacity, row: int, months: list[int]) -> tuple[Cell, ...]:
    drawn = float(value_of(capacity.nodes.elements[row], "shards") or 1.0)
    load, hot, target = float(capacity.load[row]), hot_share(capacity, row), float(capacity.target[row])
    fullest = float(largest_shard(load * drawn, KEYS_PER_SHARD, drawn, hot))
    needed: list[Cell] = []
    for month in months:
        then = float(capacity.load_at(month)[row])
        shards = shards_for(then * drawn / target, hot) if np.isfinite(then) else 1000
        needed.append(float(shards) if shards < 1000 else Text("no number: one key fills it"))
    advice = Text("even: any key of many values")
    if hot >= HOT["hot"] / 2:
        advice = Text("split the hot key (add a suffix), or cache it")
    elif hot > 0:
        advice = Text("by hash, not by range or time")
    return (capacity.name(row), drawn, fullest, load * drawn * hot, *needed, advice)


def table(capacity: Capacity) -> Table | None:
    """Return how far the fullest relational databases can grow."""
    rows = _relational(capacity)
    rows = sorted(rows, key=lambda row: -float(filled(capacity.load[row])))[:MOST_ROWS]
    if not rows:
        return None
    last = capacity.evaluation.horizon_months
    columns = (
        Column(Message("Database")),
        Column(Message("Load now"), "fraction"),
        Column(Message("Of it writes"), "fraction"),
        Column(Message("Load in month {month}", {"month": last}), "fraction"),
        Column(Message("Read replicas that help"), "count"),
        Column(Message("Shards then"), "count"),
        Column(Message("Connections needed"), "count"),
    )
    later = capacity.load_at(last)
    cells: list[tuple[Cell, ...]] = []
    for row in rows:
        writing, _ = write_load(capacity, row)
        growth = _growth(float(capacity.load[row]), float(later[row]))
        readers = _readers(float(later[row]), writing * growth, float(capacity.target[row]))
        shards = shards_for(writing * growth / float(capacity.target[row]))
        cells.append(
            (
                capacity.name(row),
                float(capacity.load[row]),
                writing,
                float(later[row]),
                float(readers) if readers is not None else Text("none: writes fill it"),
                float(shards),
                float(pool_size(capacity, row)),
            )
        )
    return Table(Message("Databases"), columns, tuple(cells), tuple(capacity.key(row) for row in rows))


def _readers(load: float, writing: float, target: float) -> int | None:
    """Return read replicas that bring the database to its target: reads shared over all, writes reach every one."""
    for readers in range(MOST_READERS + 1):
        if writing + (load - writing) / (readers + 1) <= target:
            return readers
    return None


def findings(capacity: Capacity) -> list[Finding]:
    """Return databases whose writes fill their one writer, and pools smaller than their load."""
    found = []
    last = capacity.evaluation.horizon_months
    later, rows = capacity.load_at(last), _relational(capacity)
    pools = _pools(capacity, rows)
    for row in rows:
        growth = _growth(float(capacity.load[row]), float(later[row]))
        writing = write_load(capacity, row)[0] * growth
        if writing >= 1.0:
            key = capacity.key(row)
            words = {
                "name": capacity.name(row),
                "month": last,
                "load": format_value(writing, "fraction"),
                "shards": shards_for(writing / float(capacity.target[row])),
            }
            title = Message("The writes alone fill “{name}” by month {month}", words)
            why = Message(
                "They would use {load} of its one writer, and read replicas do not take writes. Plan for {shards} "
                "shards by a key that spreads evenly, or a larger machine.",
                words,
            )
            found.append(Finding("scaling.writer_full", "warning", title, why, (key,), (f"node/{key}/utilization",)))
        if row in pools:
            found += _pool(capacity, row)
    return found


def _pools(capacity: Capacity, rows: list[int]) -> set[int]:
    """Return the databases whose connections are held enough to be looked at."""
    slots = capacity.nodes.column("service", "slots")[rows]
    arrivals = filled(capacity.evaluation.traffic.demand.node_peak[rows])
    with np.errstate(invalid="ignore"):
        used = arrivals * capacity.evaluation.traffic.load.node_response[rows] > slots / BURSTS
    return {row for row, much in zip(rows, used.tolist(), strict=True) if much}


def _pool(capacity: Capacity, row: int) -> list[Finding]:
    slots = float(capacity.nodes.column("service", "slots")[row])
    needed = pool_size(capacity, row)
    if not needed > slots:
        return []
    key = capacity.key(row)
    words = {"name": capacity.name(row), "slots": Number(f"{slots:g}"), "needed": needed}
    title = Message("“{name}” has fewer connections than its calls hold", words)
    why = Message("It takes {slots} and needs {needed} for 99 of 100 calls to get one at once (Erlang C).", words)
    remedy = Remedy(
        "set_parameter",
        {"node": key, "name": "slots", "value": needed},
        Message("Allow them"),
        (f"node/{key}/slots_utilization",),
    )
    return [Finding("scaling.pool", "warning", title, why, (key,), (f"node/{key}/slots_utilization",), remedy)]


def vectors(capacity: Capacity) -> Table | None:
    """Return the memory of every vector index by bytes a dimension.

    vectors × (dimensions × bytes + links × 8) × overhead (Malkov & Yashunin 2020, §4.2.3).
    """
    rows = [row for row, node in enumerate(capacity.nodes.elements) if node.kind == "vector_store"]
    if not rows:
        return None
    columns = (
        Column(Message("Vector index")),
        Column(Message("Million vectors"), "count"),
        Column(Message("Stored as")),
        Column(Message("Memory"), "GiB"),
        Column(Message("Fits a replica")),
        Column(Message("Recall kept"), "fraction"),
        Column(Message("Mean search"), "s"),
    )
    cells: list[tuple[Cell, ...]] = []
    keys: list[str] = []
    for row in rows:
        node = capacity.nodes.elements[row]
        million, dimensions = float(value_of(node, "vectors_million") or 0), float(value_of(node, "dimensions") or 0)
        links, overhead = float(value_of(node, "graph_links") or 0), float(value_of(node, "memory_overhead") or 1)
        memory, time = float(value_of(node, "memory_gib") or np.nan), float(capacity.evaluation.traffic.work.time[row])
        for name, size, recall, slower in QUANTIZATION:
            gib = million * 1e6 * (dimensions * size + links * 8.0) * overhead / GIB
            fits = Text("not known") if np.isnan(memory) else Text("yes") if gib <= memory else Text("no")
            cells.append((node.name, million, name, gib, fits, recall, time * slower))
            keys.append(capacity.key(row))
    title = Message(
        "Vector indexes: memory against recall and time (recall and time beside one byte are assumptions: measure them "
        "on your own vectors)"
    )
    return Table(title, columns, tuple(cells), tuple(keys))


def _growth(now: float, then: float) -> float:
    """Return then / now; 1 where one of them is not known or endless."""
    return then / now if np.isfinite(then) and 0.0 < now < np.inf else 1.0
