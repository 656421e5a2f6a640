"""Training clusters: how long runs wait, and what one very long run does to everybody else's deadline."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from models.analyses.job_queue import JobQueue, job_queue
from models.design.kinds import value_of
from models.evaluation.load import TRAINING
from models.evaluation.training_work import monthly_growth
from models.formatting import format_value
from models.frameworks.scaling.capacity import HOURS_PER_MONTH, Capacity
from models.report import Cell, Column, Finding, Message, Remedy, Table
from models.words import Text

PROMISE = 0.9
"""A deadline is kept when this share of the runs is done in time."""
MOST_ADDED = 8


class Cluster(NamedTuple):
    """One training node: machines, runs a month without the longest, their mean hours, and what waits."""

    row: int
    machines: int
    runs: float
    hours: float
    longest: float
    deadline: float
    queue: JobQueue


def clusters(capacity: Capacity) -> list[Cluster]:
    """Return the training clusters that state their runs."""
    found = []
    for row in np.flatnonzero(capacity.nodes.station == TRAINING).tolist():
        cluster = _cluster(capacity, row, int(capacity.replicas[row]))
        if cluster is not None:
            found.append(cluster)
    return found


def _cluster(capacity: Capacity, row: int, machines: int) -> Cluster | None:
    """Return a cluster with a number of machines; None where runs or work are not stated."""
    evaluation, node = capacity.evaluation, capacity.nodes.elements[row]
    growth = monthly_growth(evaluation.pipeline.now, evaluation.month) * evaluation.case.demand_factor
    total = float(evaluation.pipeline.training(evaluation.case)[row])
    cards = float(value_of(node, "accelerators") or 1.0)
    runs = float(value_of(node, "runs_per_month") or 0.0) * growth
    longest, deadline = float(value_of(node, "longest_run_h") or 0.0), float(value_of(node, "deadline_h") or 0.0)
    work = total / cards - longest
    usual_runs = runs - (1.0 if longest else 0.0)
    if machines < 1 or not usual_runs > 0 or not work > 0:
        return None
    hours = work / usual_runs
    usual = float(value_of(node, "hours_per_run") or hours)
    scv = float(value_of(node, "service_scv") or 0.0)
    limit = deadline or np.inf
    queue = job_queue(machines, usual_runs / HOURS_PER_MONTH, hours, scv, usual, limit, longest)
    return Cluster(row, machines, usual_runs, hours, longest, deadline, queue)


def table(capacity: Capacity) -> Table | None:
    """Return how long runs wait on every cluster, by itself and while the longest run holds a machine."""
    found = clusters(capacity)
    if not found:
        return None
    columns = (
        Column(Message("Cluster")),
        Column(Message("Runs a month"), "count"),
        Column(Message("Mean run"), "s"),
        Column(Message("Mean wait"), "s"),
        Column(Message("Used while the longest run is on"), "fraction"),
        Column(Message("Mean wait then"), "s"),
        Column(Message("In time then"), "fraction"),
        Column(Message("In time over the month"), "fraction"),
    )
    cells = tuple(_cells(capacity, one) for one in found)
    title = Message("Training: runs are submitted at random over the month and wait for a whole machine")
    return Table(title, columns, cells, tuple(capacity.key(one.row) for one in found))


def _cells(capacity: Capacity, one: Cluster) -> tuple[Cell, ...]:
    queue = one.queue
    held: tuple[Cell, ...] = ("–", "–", "–")
    if one.longest:
        used: Cell = queue.held_utilization if np.isfinite(queue.held_utilization) else Text("none is left")
        held = (used, queue.held_wait * 3600.0, 1.0 - queue.held_late if one.deadline else "–")
    wait: Cell = queue.wait * 3600.0 if np.isfinite(queue.wait) else Text("grows without end")
    kept: Cell = 1.0 - queue.late if one.deadline else Text("no deadline")
    return (capacity.name(one.row), one.runs, one.hours * 3600.0, wait, *held, kept)


def findings(capacity: Capacity) -> list[Finding]:
    """Return the clusters on which runs miss their deadline, always or while the longest run holds a machine."""
    found = []
    for one in clusters(capacity):
        if not one.deadline:
            continue
        if one.longest and one.queue.held_late > 1.0 - PROMISE:
            found.append(_long_run(capacity, one))
        elif one.queue.late > 1.0 - PROMISE:
            found.append(_late(capacity, one))
    return found


def _words(capacity: Capacity, one: Cluster) -> dict[str, str]:
    queue = one.queue
    rest = (
        format_value(queue.held_utilization, "fraction") if np.isfinite(queue.held_utilization) else Text("endlessly")
    )
    return {
        "name": capacity.name(one.row),
        "days": format_value(one.longest * 3600.0, "s"),
        "rest": rest,
        "deadline": format_value(one.deadline * 3600.0, "s"),
        "late": format_value(queue.held_late, "fraction"),
        "month": format_value(queue.late, "fraction"),
        "wait": format_value(queue.wait * 3600.0, "s"),
        "then": format_value(queue.held_wait * 3600.0, "s"),
    }


def _long_run(capacity: Capacity, one: Cluster) -> Finding:
    title = Message("The longest run on “{name}” breaks the deadline of the others", _words(capacity, one))
    why = Message(
        "It holds one machine for {days}. The other runs then use what is left {rest} and wait {then} instead of "
        "{wait}: {late} of them are done later than {deadline} after they were submitted, {month} over the whole "
        "month. Split the run at checkpoints, give it a lower priority, or add a machine.",
        _words(capacity, one),
    )
    return _finding(capacity, one, "scaling.long_run", title, why)


def _late(capacity: Capacity, one: Cluster) -> Finding:
    title = Message("Runs on “{name}” miss their deadline", _words(capacity, one))
    why = Message(
        "They wait {wait} for a machine, and {month} of them are done later than {deadline} after they were submitted.",
        _words(capacity, one),
    )
    return _finding(capacity, one, "scaling.runs_late", title, why)


def _finding(capacity: Capacity, one: Cluster, rule: str, title: Message, why: Message) -> Finding:
    key = capacity.key(one.row)
    remedy = None
    for more in range(1, MOST_ADDED + 1):
        larger = _cluster(capacity, one.row, one.machines + more)
        if larger is not None and max(larger.queue.late, np.nan_to_num(larger.queue.held_late)) <= 1.0 - PROMISE:
            number = one.machines + more
            remedy = Remedy(
                "set_replicas",
                {"node": key, "replicas": number},
                Message("Run {n} nodes", {"n": number}),
                (f"node/{key}/utilization", f"node/{key}/cost_per_month"),
            )
            break
    return Finding(rule, "warning", title, why, (key,), (f"node/{key}/utilization",), remedy)
