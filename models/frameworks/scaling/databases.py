"""Databases and indexes: who can still grow, read replicas, shards over time, connection pools, memory of vectors."""

from __future__ import annotations

import numpy as np

from models.analyses.caching import largest_shard
from models.analyses.queueing import erlang_c
from models.design.kinds import value_of
from models.formatting import format_value
from models.frameworks.scaling.capacity import Capacity
from models.report import Cell, Column, Finding, Message, Remedy, Table

KEYS_PER_SHARD = 1e6
POOL_WAIT = 0.01
BURSTS = 12.0
"""More than the connections needed per one held on average, even where very few are: 1 held needs 5."""
MOST_READERS = 15
MOST_ROWS = 12
GIB = 2.0**30


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
    arrivals = float(np.nan_to_num(capacity.evaluation.traffic.demand.node_peak[row]))
    held = arrivals * float(capacity.evaluation.traffic.load.node_response[row])
    if not np.isfinite(held):
        return 0
    sizes = np.arange(1, int(held + 10 * np.sqrt(held + 1.0)) + 12)
    return int(sizes[np.argmax(erlang_c(held, sizes) <= POOL_WAIT)])


def shards_for(load: float) -> int:
    """Return the shards that keep the fullest below 100 %, with a million equal keys spread at random."""
    for shards in range(1, 1000):
        if float(largest_shard(load, KEYS_PER_SHARD, shards)) < 1.0:
            return shards
    return 1000


def table(capacity: Capacity) -> Table | None:
    """Return how far the fullest relational databases can grow."""
    rows = _relational(capacity)
    rows = sorted(rows, key=lambda row: -float(np.nan_to_num(capacity.load[row])))[:MOST_ROWS]
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
                float(readers) if readers is not None else "none: writes fill it",
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
    arrivals = np.nan_to_num(capacity.evaluation.traffic.demand.node_peak[rows])
    with np.errstate(invalid="ignore"):
        used = arrivals * capacity.evaluation.traffic.load.node_response[rows] > slots / BURSTS
    return {row for row, much in zip(rows, used.tolist(), strict=True) if much}


def _pool(capacity: Capacity, row: int) -> list[Finding]:
    slots = float(capacity.nodes.column("service", "slots")[row])
    needed = pool_size(capacity, row)
    if not needed > slots:
        return []
    key = capacity.key(row)
    words = {"name": capacity.name(row), "slots": f"{slots:g}", "needed": needed}
    title = Message("“{name}” has fewer connections than its calls hold", words)
    why = Message("It takes {slots} and needs {needed} for 99 of 100 calls to get one at once (Erlang C).", words)
    remedy = Remedy("set_parameter", {"node": key, "name": "slots", "value": needed}, Message("Allow them"))
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
        Column(Message("One byte a dimension"), "GiB"),
        Column(Message("Two bytes"), "GiB"),
        Column(Message("Four bytes"), "GiB"),
        Column(Message("Memory of a replica"), "GiB"),
    )
    cells: list[tuple[Cell, ...]] = []
    for row in rows:
        node = capacity.nodes.elements[row]
        million, dimensions = float(value_of(node, "vectors_million") or 0), float(value_of(node, "dimensions") or 0)
        links, overhead = float(value_of(node, "graph_links") or 0), float(value_of(node, "memory_overhead") or 1)
        sizes = [million * 1e6 * (dimensions * size + links * 8.0) * overhead / GIB for size in (1.0, 2.0, 4.0)]
        cells.append((node.name, million, *sizes, float(value_of(node, "memory_gib") or np.nan)))
    title = Message("Vector indexes in memory: one byte keeps recall within a point or two, four bytes keep all of it")
    return Table(title, columns, tuple(cells), tuple(capacity.key(row) for row in rows))


def _growth(now: float, then: float) -> float:
    """Return then / now; 1 where one of them is not known or endless."""
    return then / now if np.isfinite(then) and 0.0 < now < np.inf else 1.0
