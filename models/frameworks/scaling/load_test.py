"""The load test that would prove the plan: rate, generators, what to watch with which limit, and the measured law."""

from __future__ import annotations

import numpy as np

from models.analyses.scalability import ScalabilityFit, fit, throughput
from models.formatting import format_value
from models.frameworks.scaling.bottlenecks import Bottleneck
from models.frameworks.scaling.capacity import Capacity
from models.frameworks.scaling.inputs import held
from models.report import Axis, Block, Cell, Chart, Column, Message, Sentence, Series, Table

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
        "factor": f"{factor:g}",
        "minutes": f"{minutes:g}",
        "generators": "one generator" if machines == 1 else f"{machines} generators",
        "number": format_value(requests * minutes * 60.0, "count"),
        "step": format_value(requests / 5.0, "1/s"),
    }
    text = Message(
        "Load test: rise by {step} every 5 minutes to {rate} ({factor} times the peak) and hold for {minutes} minutes: "
        "{number} requests from {generators}. Stop when a limit below is passed.",
        words,
    )
    found: list[Block] = [Sentence(text, "muted"), _watched(capacity, ranked, factor)]
    return found + _law(capacity)


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
        metric = "slots in use" if one.by_slots else "accelerator in use" if _card(capacity, one.row) else "CPU in use"
        alarm = min((1.0 + float(capacity.target[one.row])) / 2.0, 0.9)
        name = capacity.name(one.row)
        rows.append((name, metric, one.load, one.load * factor, alarm, float(p95[one.row])))
    keys = tuple(capacity.key(one.row) for one in watched)
    return Table(Message("What to watch"), columns, tuple(rows), keys)


def _card(capacity: Capacity, row: int) -> bool:
    return bool(np.nan_to_num(capacity.nodes.column("money", "accelerators")[row]) > 0)


def read_measurements(text: str) -> tuple[tuple[float, float], ...]:
    """Return (load, throughput) pairs of a text like “1: 98, 2: 190”.

    Raises:
        ValueError: a part is not two numbers with a colon between; the message names it.
    """
    pairs = []
    for part in text.replace(";", ",").split(","):
        if not part.strip():
            continue
        left, colon, right = part.partition(":")
        try:
            pairs.append((float(left), float(right)))
        except ValueError as error:
            raise ValueError(f"“{part.strip()}” is not a load and a throughput; write for example “4: 350”.") from error
        if not colon:
            raise ValueError(f"“{part.strip()}” has no colon; write for example “4: 350”.")
    return tuple(pairs)


def _law(capacity: Capacity) -> list[Block]:
    """Return the universal scalability law fitted to the measurements, or why it cannot be."""
    text = str(held(capacity.evaluation.design, "scaling_test") or "")
    if not text:
        return []
    try:
        pairs = read_measurements(text)
        law = fit([load for load, _ in pairs], [rate for _, rate in pairs])
    except ValueError as error:
        return [Sentence(Message("{problem}", {"problem": f"Measured scaling: {error}"}), "warning")]
    words = {
        "alpha": f"{law.alpha:.3g}",
        "beta": f"{law.beta:.3g}",
        "peak": format_value(law.peak, "count") if np.isfinite(law.peak) else "no load",
        "fit": f"{law.r_squared:.3f}",
        "warnings": " ".join(law.warnings),
    }
    key = "Measured: contention {alpha}, coherency {beta} (R² {fit}); more than {peak} at once lowers the throughput."
    sentence = Sentence(Message(key + " {warnings}", words), "muted")
    return [sentence, _law_chart(law, pairs)]


def _law_chart(law: ScalabilityFit, pairs: tuple[tuple[float, float], ...]) -> Chart:
    x = np.linspace(1.0, 2.0 * max(load for load, _ in pairs), 30)
    y = throughput(x, law.alpha, law.beta, law.gamma)
    ideal = law.gamma * x
    series = (
        Series("fitted law", tuple(x.tolist()), tuple(y.tolist())),
        Series("ideal", tuple(x.tolist()), tuple(ideal.tolist()), role="muted"),
        Series("measured", tuple(load for load, _ in pairs), tuple(rate for _, rate in pairs)),
    )
    return Chart("line", Message("Throughput by load"), Axis(Message("Load")), Axis(Message("Throughput")), series)
