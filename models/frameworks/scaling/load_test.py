"""The load test that would prove the plan: rate, generators, and what to watch with which limit."""

from __future__ import annotations

import numpy as np

from models.evaluation.columns import filled
from models.formatting import format_value
from models.frameworks.scaling.bottlenecks import Bottleneck
from models.frameworks.scaling.capacity import Capacity
from models.frameworks.scaling.inputs import held
from models.report import Block, Cell, Column, Message, Sentence, Table
from models.words import Number, Text, counted

RATE_PER_GENERATOR = 1000.0
"""Requests/s that one small machine sends and records (k6 documentation, Running large tests)."""
MOST_WATCHED = 8
WORTH_WATCHING = 0.05


def blocks(capacity: Capacity, ranked: list[Bottleneck]) -> list[Block]:
    """Return the plan of the load test; nothing where no users send requests."""
    evaluation = capacity.evaluation
    peak = evaluation.figure("total/requests_peak").value or 0.0
    if peak <= 0 or not ranked:
        return []
    factor = float(held(evaluation.design, "test_factor"))
    minutes = float(held(evaluation.design, "test_minutes"))
    requests = peak * factor
    machines = max(int(np.ceil(requests / RATE_PER_GENERATOR)), 1)
    words = {
        "rate": format_value(requests, "1/s"),
        "factor": Number(f"{factor:g}"),
        "minutes": Number(f"{minutes:g}"),
        "generators": counted("one generator", "{count} generators", machines),
        "number": format_value(requests * minutes * 60.0, "count"),
        "step": format_value(requests / 5.0, "1/s"),
    }
    text = Message(
        "Load test: rise by {step} every 5 minutes to {rate} ({factor} times the peak) and hold for {minutes} minutes: "
        "{number} requests from {generators}. Stop when a limit below is passed.",
        words,
    )
    found: list[Block] = [Sentence(text, "muted"), _watched(capacity, ranked, factor)]
    return found


def _watched(capacity: Capacity, ranked: list[Bottleneck], factor: float) -> Table:
    """Return what to watch: the modelled load at the test's height, and the p95 at today's peak as the limit."""
    columns = (
        Column(Message("Watch")),
        Column(Message("Metric")),
        Column(Message("Model at peak"), "fraction"),
        Column(Message("Model in the test"), "fraction"),
        Column(Message("Alarm above"), "fraction"),
        Column(Message("Own p95 at peak"), "s"),
    )
    p95 = capacity.evaluation.node_percentile
    rows: list[tuple[Cell, ...]] = []
    watched = [one for one in ranked if one.load >= WORTH_WATCHING][:MOST_WATCHED] or ranked[:1]
    for one in watched:
        metric = _metric(capacity, one)
        alarm = min((1.0 + float(capacity.target[one.row])) / 2.0, 0.9)
        name = capacity.name(one.row)
        rows.append((name, metric, one.load, one.load * factor, alarm, float(p95[one.row])))
    keys = tuple(capacity.key(one.row) for one in watched)
    return Table(Message("What to watch"), columns, tuple(rows), keys)


def _metric(capacity: Capacity, one: Bottleneck) -> Text:
    if one.by_slots:
        return Text("slots in use")
    return Text("accelerator in use") if _card(capacity, one.row) else Text("CPU in use")


def _card(capacity: Capacity, row: int) -> bool:
    return bool(filled(capacity.nodes.column("money", "accelerators")[row]) > 0)
