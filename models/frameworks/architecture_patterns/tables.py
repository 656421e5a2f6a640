"""Figures and tables of the panel: contracts between teams, buffers, functions against containers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.analyses.batching import batching
from models.design.kinds import kinds
from models.evaluation.columns import filled
from models.frameworks.architecture_patterns import cluster_tables, event_view, serverless, suitability
from models.frameworks.architecture_patterns.data_flow import buffers, outage_minutes, staleness
from models.frameworks.architecture_patterns.reading import Reading
from models.frameworks.architecture_patterns.rules import rule_book
from models.frameworks.architecture_patterns.services import modularity
from models.report import Axis, Block, Cell, Chart, Column, Figure, Figures, Finding, Message, Series, Table
from models.words import Number, Text, counted

POINTS = 25
MOST_ROWS = 100
WORTH_SHOWING = 0.02


def summary(reading: Reading, findings: Sequence[Finding]) -> Figures:
    """Return how much of the drawing the rules are content with."""
    touched = {element for finding in findings if finding.severity != "note" for element in finding.elements}
    quiet = sum(1 for key in reading.nodes.ids if key not in touched)
    crossing = np.flatnonzero(reading.between_contexts & ~reading.observers[reading.target])
    agreed = [row for row in crossing if reading.flow_value(int(row), "contract_version")]
    rules = {finding.rule for finding in findings if finding.severity != "note"}
    total = len(rule_book()[1])
    return Figures(
        (
            _figure("rules", Text("Rules kept"), float(total - len(rules)), Text("of {total}", total=total)),
            _figure("quiet", Text("Nodes without a fault"), float(quiet), Text("of {total}", total=reading.n)),
            _figure(
                "contracts",
                Text("Contracts between teams"),
                float(len(agreed)),
                counted("of {count} flow", "of {count} flows", len(crossing)),
            ),
            _modularity(reading),
        )
    )


def _figure(name: str, label: str, value: float, text: str) -> Figure:
    return Figure(f"patterns/{name}", label, value, "count", "ok", text)


def _stated(value: object, otherwise: Text) -> str:
    return str(value) if value else otherwise


def _modularity(reading: Reading) -> Figure:
    value = modularity(reading)
    label = Text("Teams apart (modularity)")
    if np.isnan(value):
        return Figure("patterns/modularity", label, None, "count", "unknown", "", Text("Draw at least two teams."))
    return Figure("patterns/modularity", label, value, "count", "ok", Text("0 is chance, 1 is apart"))


def blocks(reading: Reading) -> list[Block]:
    """Return the tables and charts that have rows."""
    found: list[Block] = []
    for build in (_contracts, _buffers, _batching, _functions, _break_even):
        block = build(reading)
        if block is not None:
            found.append(block)
    found += event_view.blocks(reading) + suitability.blocks(reading)
    return found + cluster_tables.blocks(reading)


def _contracts(reading: Reading) -> Table | None:
    rows = np.flatnonzero(reading.between_contexts & ~reading.observers[reading.target])
    if not len(rows):
        return None
    title = Message("Contracts")
    if len(rows) > MOST_ROWS:
        title = Message("Contracts, the first {shown} of {all}", {"shown": MOST_ROWS, "all": len(rows)})
    rows = rows[:MOST_ROWS]
    columns = (
        Text("Flow between teams"),
        Text("Interaction"),
        Text("Protocol"),
        Text("Schema"),
        Text("Version"),
        Text("Owner"),
        Text("Teams a break reaches"),
    )
    reached = _teams_reached(reading, rows)
    cells = [
        (
            reading.flow_name(int(row)),
            kinds().flows[reading.flow(int(row)).interaction].label,
            _stated(reading.flow_value(int(row), "protocol"), Text("not stated")),
            _schema(reading, int(row)),
            _stated(reading.flow_value(int(row), "contract_version"), Text("none")),
            _stated(reading.flow_value(int(row), "contract_owner"), Text("nobody")),
            teams,
        )
        for row, teams in zip(rows, reached, strict=True)
    ]
    titles = tuple(Column(Message(name)) for name in columns)
    return Table(title, titles, tuple(cells), reading.flow_ids(rows))


def _schema(reading: Reading, row: int) -> str:
    """Return schema and format of a flow in words."""
    found = [str(reading.flow_value(row, name) or "") for name in ("schema", "format")]
    return ", ".join(word for word in found if word) or Text("not stated")


def _teams_reached(reading: Reading, rows: np.ndarray) -> list[str]:
    """Return for each flow the other teams that a break of it reaches.

    Of a request the caller breaks, of data its reader; with them all who wait for them, directly or through others.
    """
    waiting = reading.request & ~reading.users[reading.source]
    source, target = reading.source[waiting], reading.target[waiting]
    upstream: dict[int, set[int]] = {}
    found = []
    for row in rows.tolist():
        ends = int(reading.source[row]), int(reading.target[row])
        breaking, owner = ends if reading.request[row] else ends[::-1]
        if breaking not in upstream:
            affected = np.zeros(reading.n, dtype=bool)
            affected[breaking] = True
            known = -1
            while known != (known := int(affected.sum())):
                affected[source[affected[target]]] = True
            upstream[breaking] = set(reading.context[affected].tolist()) - {-1}
        teams = upstream[breaking] - {int(reading.context[owner])}
        found.append(", ".join(sorted(reading.context_name(team) for team in teams)))
    return found


def _buffers(reading: Reading) -> Table | None:
    minutes = outage_minutes(reading)
    found = buffers(reading, minutes)
    if not found:
        return None
    columns = (
        Column(Message("Channel")),
        Column(Message("Reader")),
        Column(Message("Reader used"), "fraction"),
        Column(Message("Backlog"), "count"),
        Column(Message("Drained in"), "s"),
        Column(Message("Kept for"), "s"),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            reading.name(one.channel),
            reading.name(one.consumer),
            one.load,
            one.backlog,
            one.drain_hours * 3600.0,
            "–" if one.retention_hours is None else one.retention_hours * 3600.0,
        )
        for one in found
    ]
    title = Message("After {minutes} minutes without the reader", {"minutes": Number(f"{minutes:g}")})
    return Table(title, columns, tuple(rows), reading.node_ids([one.channel for one in found]))


def _batching(reading: Reading) -> Chart | None:
    """Return how long the busiest limited flow waits and how many sends it makes, by its linger time."""
    limited = [row for row in np.flatnonzero(reading.stream) if reading.flow_value(int(row), "max_staleness_s")]
    if not limited:
        return None
    row = max(limited, key=lambda flow: float(reading.flow_mean[flow]))
    rate, size = float(reading.flow_mean[row]), float(reading.flow_value(int(row), "batch_size") or 1.0)
    limit, now = (
        float(reading.flow_value(int(row), "max_staleness_s")),
        float(reading.flow_value(int(row), "linger_ms")),
    )
    age, oldest = float(staleness(reading)[row]), float(reading.evaluation.batches.oldest[row])
    if rate <= 0 or age < WORTH_SHOWING * limit:
        return None
    each = rate / max(float(reading.replicas[reading.source[row]]), 1.0)
    longest = max(min(2.0 * limit, 2.0 * size / each), 2.0 * now / 1e3, 1e-3)
    linger = np.linspace(longest / POINTS, longest, POINTS)
    found = batching(each, size, linger)
    x = tuple(float(value) * 1e3 for value in linger)
    series = (
        Series(
            Text("age when worked on, share of the limit"), x, tuple(((found.oldest + age - oldest) / limit).tolist())
        ),
        Series(Text("sends, share of the messages"), x, tuple((1.0 / found.fill).tolist())),
    )
    words = {"flow": reading.flow_name(row), "limit": reading.text(limit, "s"), "size": Number(f"{size:g}")}
    title = Message("Batching on {flow}: age (limit {limit}) against sends, at most {size} a batch", words)
    axes = Axis(Message("Linger"), "ms"), Axis(Message("Share"), "fraction")
    return Chart("line", title, *axes, series, (("x", now, Text("drawn")), ("y", 1.0, Text("limit"))))


def _functions(reading: Reading) -> Table | None:
    rows = serverless.functions(reading)
    if not rows:
        return None
    columns = (
        Column(Message("Function")),
        Column(Message("Mean rate"), "1/s"),
        Column(Message("At once"), "count"),
        Column(Message("Cold starts"), "fraction"),
        Column(Message("As function"), "USD/month"),
        Column(Message("As containers"), "USD/month"),
        Column(Message("Break-even"), "1/s"),
    )
    cells: list[tuple[Cell, ...]] = []
    for row in rows:
        found = serverless.compare(reading, row)
        busy = float(reading.rate[row] * filled(reading.evaluation.traffic.work.time[row]))
        costs: tuple[Cell, ...] = (None, None, None)
        if found is not None:
            peak = float(reading.rate[row])
            costs = (found.function_usd(found.rate), found.container_usd(peak, 2), found.break_even)
        rate = float(reading.mean_rate[row])
        cells.append((reading.name(row), rate, busy, serverless.cold_share(reading, row), *costs))
    return Table(Message("Functions"), columns, tuple(cells), reading.node_ids(rows))


def _break_even(reading: Reading) -> Chart | None:
    compared = [serverless.compare(reading, row) for row in serverless.functions(reading)]
    known = [found for found in compared if found is not None and found.break_even and found.rate > 0]
    if not known:
        return None
    found = max(known, key=lambda one: one.function_usd(one.rate))
    assert found.break_even is not None
    rates = np.linspace(0.0, 2.0 * max(found.break_even, found.rate), POINTS)
    x = tuple(float(rate) for rate in rates)
    series = (
        Series(Text("Function"), x, tuple(found.function_usd(rate) for rate in x)),
        Series(Text("Containers, whole replicas"), x, tuple(found.container_usd(rate) for rate in x)),
    )
    title = Message("From which rate “{name}” is cheaper in containers", {"name": reading.name(found.row)})
    marks = (("x", found.rate, "today"), ("x", found.break_even, "break-even"))
    return Chart("line", title, Axis(Message("Mean rate"), "1/s"), Axis(Message("Per month"), "USD"), series, marks)  # type: ignore[arg-type]
