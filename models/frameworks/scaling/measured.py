"""A load test beside the model: achieved against ideal per step, the fitted law with its error, and what it means."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from models.analyses.latency import gamma_percentile
from models.analyses.queueing import gg_c
from models.analyses.scalability import ScalabilityFit, fit, throughput, throughput_limit
from models.evaluation.cases import Case
from models.evaluation.columns import filled
from models.evaluation.load import queue_servers
from models.formatting import format_value
from models.frameworks.scaling.capacity import Capacity
from models.frameworks.scaling.inputs import held
from models.report import Axis, Block, Cell, Chart, Column, Finding, Message, Remedy, Sentence, Series, Table
from models.words import Number, Text, joined, quoted

MOST_MODELLED = 8
ENOUGH_LOADS = 6
SHORT = 0.8
"""Below this share of the modelled capacity the test contradicts the model."""


class Measured(NamedTuple):
    """The steps of a test: users at once, requests/s, p95 in s (NaN = not measured); the node, -1 = whole system."""

    load: tuple[float, ...]
    rate: tuple[float, ...]
    p95: tuple[float, ...]
    row: int


def read_measurements(text: str) -> tuple[tuple[float, float, float], ...]:
    """Return (load, throughput, p95 in s or NaN) of a text like “1: 98, 2: 190: 45”; the third number is ms.

    Raises:
        ValueError: a part is not two or three numbers with colons between; the message names it.
    """
    found = []
    for part in text.replace(";", ",").split(","):
        if not part.strip():
            continue
        numbers = part.split(":")
        if len(numbers) < 2:
            raise ValueError(Text("“{part}” has no colon; write for example “4: 350”.", part=part.strip()))
        try:
            load, rate, *rest = (float(number) for number in numbers)
        except ValueError as error:
            raise ValueError(
                Text("“{part}” is not a load and a throughput; write for example “4: 350”.", part=part.strip())
            ) from error
        found.append((load, rate, rest[0] / 1e3 if rest else float("nan")))
    return tuple(found)


@lru_cache(maxsize=32)
def _fitted(pairs: tuple[tuple[float, float, float], ...]) -> ScalabilityFit:
    return fit([load for load, _, _ in pairs], [rate for _, rate, _ in pairs])


def measured(capacity: Capacity) -> Measured | None:
    """Return the entered test; None without one. Raises ValueError for a text that cannot be read."""
    pairs = read_measurements(str(held(capacity.evaluation.design, "scaling_test") or ""))
    if not pairs:
        return None
    node = str(held(capacity.evaluation.design, "tested_node") or "")
    row = capacity.nodes.row_of.get(node, -1)
    load, rate, p95 = (tuple(one[column] for one in pairs) for column in range(3))
    return Measured(load, rate, p95, row)


def modelled_capacity(capacity: Capacity, row: int) -> float:
    """Return requests/s at which the model says that the node, or the whole system, is full; NaN = not known."""
    load = capacity.load
    if row >= 0:
        rate = float(filled(capacity.evaluation.traffic.demand.node_peak[row]))
        return rate / float(load[row]) if load[row] > 0 else float("nan")
    peak = capacity.evaluation.figure("total/requests_peak").value or 0.0
    fullest = float(np.nanmax(load, initial=0.0))
    return peak / fullest if fullest > 0 and peak > 0 else float("nan")


def modelled_p95(capacity: Capacity, row: int, rates: tuple[float, ...]) -> list[float]:
    """Return the modelled p95 in s at each throughput; inf beyond the capacity, NaN where the model has none."""
    if row >= 0:
        return _node_p95(capacity, row, rates)
    evaluation, pipeline = capacity.evaluation, capacity.evaluation.pipeline
    peak = evaluation.figure("total/requests_peak").value or 0.0
    found = []
    for rate in rates:
        case = Case(evaluation.month, evaluation.case.demand_factor * rate / peak if peak else 0.0)
        reply = pipeline.again(evaluation.traffic.late * 0.0).first_attempts(case).reply.last_p95
        found.append(float(np.nanmax(reply)) if not np.isnan(reply).all() else float("nan"))
    return found


def _node_p95(capacity: Capacity, row: int, rates: tuple[float, ...]) -> list[float]:
    nodes, traffic = capacity.nodes, capacity.evaluation.traffic
    site = int(np.flatnonzero(nodes.row_node == row)[0])
    sites = max(float(capacity.sites[row]) * float(nodes.copies[site]), 1.0)
    servers = float(queue_servers(nodes, traffic.load.replicas)[site])
    time, scv = float(traffic.work.time[row]), float(traffic.work.scv[row])
    if not np.isfinite(servers) or not time > 0:
        return [float("nan")] * len(rates)
    rate = np.array(rates) / sites
    parts = (rate, 1.0 / time, servers, float(traffic.load.arrival_scv[site]), scv)
    wait = gg_c(*parts)
    return [float(value) for value in gamma_percentile(wait.mean + time, scv * time**2 + wait.variance, 0.95)]


def blocks(capacity: Capacity) -> list[Block]:
    """Return the measured steps beside the model and the fitted law, or why they cannot be read."""
    try:
        found = measured(capacity)
        if found is None:
            return []
        law = _fitted(tuple(zip(found.load, found.rate, found.p95, strict=True)))
    except ValueError as error:
        return [Sentence(Message("Measured scaling: {problem}", {"problem": error}), "warning")]
    limit = throughput_limit(law.alpha, law.beta, law.gamma)
    words = {
        "what": quoted(capacity.name(found.row)) if found.row >= 0 else Text("The whole system"),
        "alpha": f"{law.alpha:.3g} ± {law.errors[0]:.2g}",
        "beta": f"{law.beta:.3g} ± {law.errors[1]:.2g}",
        "peak": format_value(law.peak, "count") if np.isfinite(law.peak) else Text("no load"),
        "limit": format_value(limit, "1/s") if np.isfinite(limit) else Text("no limit that the test shows"),
        "model": format_value(modelled_capacity(capacity, found.row), "1/s"),
        "fit": Number(f"{law.r_squared:.3f}"),
        "warnings": joined(doubts(found.load, law), " "),
    }
    text = Message(
        "{what}, measured: contention {alpha}, coherency {beta} (R² {fit}); more than {peak} at once lowers the "
        "throughput, and {limit} is the most. The model is full at {model}. {warnings}",
        words,
    )
    return [Sentence(text, "muted"), _steps(capacity, found, law), _chart(law, found)]


def doubts(load: Sequence[float], law: ScalabilityFit) -> list[Text]:
    """Return what the steps of a test are too few or too low to tell."""
    told = []
    if len(load) < ENOUGH_LOADS:
        told.append(Text("Only {count} points: measure at least {least} loads.", count=len(load), least=ENOUGH_LOADS))
    if max(load) < law.peak / 2.0:
        args = {"load": Number(f"{max(load):g}"), "peak": Number(f"{law.peak:.3g}")}
        told.append(Text("The largest load {load} is below half the fitted peak {peak}: β is not identified.", **args))
    return told


def _steps(capacity: Capacity, found: Measured, law: ScalabilityFit) -> Table:
    chosen = np.unique(np.linspace(0, len(found.load) - 1, MOST_MODELLED).round().astype(int)).tolist()
    p95 = modelled_p95(capacity, found.row, tuple(found.rate[number] for number in chosen))
    columns = (
        Column(Message("At once"), "count"),
        Column(Message("Throughput"), "1/s"),
        Column(Message("Ideal"), "1/s"),
        Column(Message("Achieved"), "fraction"),
        Column(Message("By the fitted law"), "1/s"),
        Column(Message("p95 measured"), "s"),
        Column(Message("p95 by the model"), "s"),
    )
    rows: list[tuple[Cell, ...]] = []
    for number, model in zip(chosen, p95, strict=True):
        load, rate, tail = found.load[number], found.rate[number], found.p95[number]
        by_law = float(throughput(load, law.alpha, law.beta, law.gamma))
        shown: Cell = Text("saturated") if np.isinf(model) else None if np.isnan(model) else model
        measured_tail: Cell = Text("not measured") if np.isnan(tail) else tail
        rows.append((load, rate, law.gamma * load, rate / (law.gamma * load), by_law, measured_tail, shown))
    return Table(Message("Load test beside the model"), columns, tuple(rows))


def _chart(law: ScalabilityFit, found: Measured) -> Chart:
    x = np.linspace(1.0, 2.0 * max(found.load), 30)
    y = throughput(x, law.alpha, law.beta, law.gamma)
    series = (
        Series(Text("fitted law"), tuple(x.tolist()), tuple(y.tolist())),
        Series(Text("ideal"), tuple(x.tolist()), tuple((law.gamma * x).tolist()), role="muted"),
        Series(Text("measured"), found.load, found.rate),
    )
    return Chart("line", Message("Throughput by load"), Axis(Message("Load")), Axis(Message("Throughput")), series)


def findings(capacity: Capacity) -> list[Finding]:
    """Return that a test reached clearly less than the model's capacity, with the rate to write on the node."""
    try:
        found = measured(capacity)
    except ValueError:
        return []
    if found is None or len(found.load) < 3:
        return []
    model, most = modelled_capacity(capacity, found.row), max(found.rate)
    best = found.rate.index(most)
    flattened = best < len(found.rate) - 1 or found.rate[-1] < 1.1 * found.rate[-2]
    if not flattened or not most < SHORT * model:
        return []
    words = {
        "name": capacity.name(found.row) if found.row >= 0 else Text("the whole system"),
        "most": format_value(most, "1/s"),
        "load": format_value(found.load[best], "count"),
        "model": format_value(model, "1/s"),
    }
    title = Message("The load test of “{name}” reached {most}, the model says {model}", words)
    why = Message(
        "Throughput stopped growing at {load} requests at once. What the model does not know holds it back: locks, "
        "connections, collection of garbage. Until it is found, plan with what was measured.",
        words,
    )
    remedy: Remedy | None = None
    elements: tuple[str, ...] = ()
    if found.row >= 0:
        elements = (capacity.key(found.row),)
        kind = capacity.nodes.kind(found.row)
        if kind is not None and kind.parameter("measured_rps") is not None:
            each = round(most / max(float(capacity.replicas[found.row]), 1.0), 2)
            args = {"node": elements[0], "name": "measured_rps", "value": each}
            remedy = Remedy("set_parameter", args, Message("Plan with the measured rate"))
    return [Finding("scaling.test_below_model", "warning", title, why, elements, ("total/requests_peak",), remedy)]
