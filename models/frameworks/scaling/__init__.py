"""Scaling: will it hold? What fills first, where it runs, what dies with a region, caches, databases, load tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from models.design.elements import input_id
from models.evaluation import Evaluation
from models.formatting import format_value
from models.frameworks.scaling import (
    bottlenecks,
    caches,
    check,
    databases,
    failures,
    load_test,
    measured,
    nosql,
    places,
    policies,
    replication,
    training,
)
from models.frameworks.scaling.bottlenecks import Bottleneck
from models.frameworks.scaling.capacity import Capacity
from models.frameworks.scaling.inputs import FRAMEWORK, INPUTS, held
from models.report import Assessment, Block, Figures, Findings, InputField, Message
from models.studies.autoscaling import AutoscalingQuestion
from models.studies.simulation import SimulationQuestion
from models.words import Number, Text

ID = FRAMEWORK
TITLE = Text("Scaling")

__all__ = ["ID", "INPUTS", "TITLE", "assess", "missing_study"]


def assess(evaluation: Evaluation, studies: Sequence[object] = ()) -> Assessment:
    """Return how the system grows: bottlenecks, places, failures, caches, databases, and how to test it."""
    capacity = Capacity(evaluation)
    ranked = bottlenecks.rank(capacity)
    copied = replication.copies(capacity)
    played = failures.play(capacity, copied)
    near = places.propose(capacity)
    found = [
        *bottlenecks.findings(capacity, ranked),
        *training.findings(capacity),
        *databases.findings(capacity),
        *caches.findings(capacity),
        *failures.findings(capacity, played),
        *replication.findings(capacity, copied),
        *places.findings(capacity, near),
        *measured.findings(capacity),
        *policies.findings(evaluation, studies),
    ]
    order = {"error": 0, "warning": 1, "note": 2}
    findings = tuple(sorted(found, key=lambda finding: order[finding.severity]))

    def blocks() -> Iterator[Block]:
        names = ("total/full_month", "total/bottleneck", "total/last_p95_s", "total/requests_peak")
        yield Figures(tuple(evaluation.figure(name) for name in names))
        yield _field("hold_months")
        yield Findings(findings)
        yield from bottlenecks.blocks(capacity, ranked)
        yield _field("regions")
        optional: tuple[Callable[[], Block | None], ...] = (
            lambda: training.table(capacity),
            lambda: places.table(near),
            lambda: failures.table(capacity, played),
            lambda: replication.table(capacity, copied),
            lambda: databases.table(capacity),
            lambda: databases.sharding(capacity),
            lambda: nosql.table(capacity),
            lambda: databases.vectors(capacity),
            lambda: caches.table(capacity),
            lambda: caches.chart(capacity),
        )
        yield from (block for make in optional if (block := make()) is not None)
        if copied:
            asked = ("log_interval_s", "roaming_share", "stale_usd", "rpo_s")
            yield from (_field(name) for name in asked)
        if len(played) > 1:
            yield _field("rto_s")
        tests = load_test.blocks(capacity, ranked)
        if tests:
            yield from (_field("test_factor"), _field("test_minutes"), *tests)
            yield from (_field("scaling_test"), _field("tested_node"), *measured.blocks(capacity))
        yield from (
            _field("policy"),
            _field("policy_against"),
            *policies.blocks(evaluation, studies),
            *check.blocks(evaluation, studies),
        )

    return Assessment(ID, Message(TITLE), _answer(capacity, ranked), blocks, findings)


def missing_study(
    evaluation: Evaluation, studies: Sequence[object] = ()
) -> SimulationQuestion | AutoscalingQuestion | None:
    """Return the question that is still to be answered: the simulation, then the autoscaling policies; None if none."""
    if not len(evaluation.pipeline.journeys.first_flow):
        return None
    if not check.fitting(evaluation, studies)[1]:
        return SimulationQuestion.of(evaluation)
    return None if policies.fitting(evaluation, studies)[1] else AutoscalingQuestion.of(evaluation)


def _field(path: str) -> InputField:
    parameter = INPUTS[path]
    return InputField(input_id(ID, path), path, Message(parameter.label), parameter.unit)


def _answer(capacity: Capacity, ranked: list[Bottleneck]) -> Message:
    if not ranked:
        return Message("Nothing here has a capacity that is known; draw users and what they call.")
    first = ranked[0]
    words: dict[str, object] = {
        "name": bottlenecks.name_of(capacity, first),
        "load": format_value(first.load, "fraction"),
        "month": Number(f"{first.full:.0f}"),
        "horizon": capacity.evaluation.horizon_months,
        "usd": format_value(first.usd, "USD/month"),
        "replicas": bottlenecks.replicas_text(capacity, first),
        "hold": capacity.evaluation.month + int(held(capacity.evaluation.design, "hold_months")),
    }
    if not np.isfinite(first.full):
        return Message("Nothing is full within {horizon} months; {name} is the busiest, {load} at peak.", words)
    fills = Text("{name} fills first: {load} at peak today, full in month {month}.", **words)
    if first.full <= capacity.evaluation.month:
        fills = Text("{name} is full now.", **words)
    if not first.replicas or np.isnan(first.usd):
        return Message("{fills}", {"fills": fills})
    return Message("{fills} {replicas} hold through month {hold} for {usd} more a month.", {"fills": fills, **words})
