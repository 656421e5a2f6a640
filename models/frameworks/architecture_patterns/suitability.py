"""Could it run as a function? Limits, cold starts with their effect on the p95, state, and cost, node by node."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from models.analyses.latency import gamma_percentile
from models.analyses.serverless import percentile_with_cold_starts
from models.design.kinds import kinds
from models.evaluation.columns import filled
from models.frameworks.architecture_patterns.reading import Reading
from models.frameworks.architecture_patterns.serverless import MIB, cold_share, compare
from models.report import Block, Cell, Column, Message, Table
from models.words import Text, joined

CANDIDATES = ("function", "service", "data_ingestion", "model_serving", "api_gateway", "model_monitoring")
MOST_ROWS = 12
LONGEST = 3.0
"""Times the mean that a call may take before it counts as long (an exponential call stays below with 95 %)."""


class Limits(NamedTuple):
    """What a function may take, from the defaults of its kind."""

    seconds: float
    memory_gib: float
    payload_kib: float
    instances: float
    keep_alive_s: float
    start_s: float


def limits() -> Limits:
    """Return the limits of the kind `function`."""
    known = {parameter.name: parameter for parameter in kinds().nodes["function"].parameters}

    def default(name: str) -> float:
        return float(known[name].default or 0.0)

    memory = known["memory_gib"].maximum or np.inf
    payload = default("payload_limit_mib") * MIB
    start = default("cold_start_ms") / 1e3
    return Limits(default("limit_s"), memory, payload, default("max_replicas"), default("keep_alive_s"), start)


def obstacles(reading: Reading, row: int, limit: Limits) -> list[str]:
    """Return what stands against running a node as a function, in words; empty = nothing does."""
    load, node = reading.evaluation.traffic.load, reading.node(row)
    mean, time = float(load.node_response[row]), float(filled(reading.evaluation.traffic.work.time[row]))
    into = reading.request | reading.message | reading.stream
    sizes = reading.flows.column("request_kib")[into & (reading.target == row)]
    streams = filled(reading.flows.column("streams")[(reading.source == row) & reading.request])
    memory = float(reading.value(row, "memory_gib") or 0.0)
    checks = (
        (
            np.isfinite(mean) and mean * LONGEST > limit.seconds,
            Text("calls of {text}", text=reading.text(mean * LONGEST, "s")),
        ),
        (
            node.kind != "function" and memory > limit.memory_gib,
            Text("{text} of memory", text=reading.text(memory, "GiB")),
        ),
        (bool(len(sizes)) and float(np.nanmax(sizes)) > limit.payload_kib, "payload"),
        (float(reading.rate[row]) * time > limit.instances, Text("{rate:.3g} at once", rate=reading.rate[row] * time)),
        (bool(int(reading.value(row, "accelerators") or 0)), "accelerator"),
        (bool((streams > 0).any()), Text("streams its answer: paid for while it waits")),
        (float(reading.value(row, "storage_gib") or 0.0) > 0, Text("keeps state of its own")),
    )
    return [words for found, words in checks if found]


def blocks(reading: Reading) -> list[Block]:
    """Return the table of the nodes that cost most and could be functions, and of all functions."""
    usd = reading.evaluation.money.bill.node_usd
    rows = np.flatnonzero(reading.of_kind(*CANDIDATES) & (reading.mean_rate > 0))
    rows = rows[np.argsort(-filled(usd[rows]), kind="stable")][:MOST_ROWS]
    if not len(rows):
        return []
    limit = limits()
    columns = (
        Column(Message("Node")),
        Column(Message("Cold starts"), "fraction"),
        Column(Message("p95 warm"), "s"),
        Column(Message("p95 as function"), "s"),
        Column(Message("As function"), "USD/month"),
        Column(Message("Now"), "USD/month"),
        Column(Message("Stands against it")),
    )
    cells = tuple(_row(reading, int(row), limit, float(usd[row])) for row in rows)
    return [Table(Message("Could it run as a function?"), columns, cells, reading.node_ids(rows))]


def _row(reading: Reading, row: int, limit: Limits, usd: float) -> tuple[Cell, ...]:
    against = obstacles(reading, row, limit)
    load, found = reading.evaluation.traffic.load, compare(reading, row)
    # an instance of its own for every call: it waits for nobody, so that only its own work counts
    work = reading.evaluation.traffic.work
    mean = float(filled(work.time[row]))
    variance = float(filled(work.scv[row], 1.0)) * mean**2
    share = cold_share(reading, row)
    start = float(reading.value(row, "cold_start_ms") or 1e3 * limit.start_s) / 1e3
    warm = float(gamma_percentile(load.node_response[row], load.node_variance[row], 0.95))
    return (
        reading.name(row),
        share,
        warm if np.isfinite(warm) else None,
        percentile_with_cold_starts(mean, variance, share, start, 0.95) if mean > 0 else None,
        None if found is None else found.function_usd(found.rate),
        usd if np.isfinite(usd) else None,
        joined(against) or Text("nothing"),
    )
