"""What monitoring measured, in the order of the node columns; NaN where nothing was measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from models.evaluation import Evaluation
from models.evaluation.columns import Floats
from models.frameworks.cost_optimization.inputs import ID
from models.frameworks.cost_optimization.words import percent
from models.report import Finding, Message
from models.words import Number

UNUSED = 0.05
FAR_OFF = 2.0


class MeasuredUse(NamedTuple):
    """(n,) measured fractions: mean and 95th percentile of the busiest part (CPU or accelerator), most memory."""

    mean: Floats
    p95: Floats
    memory: Floats
    file: str
    hours: float

    @property
    def known(self) -> bool:
        """Whether anything was measured."""
        return bool(np.isfinite(self.p95).any() or np.isfinite(self.memory).any())


def measured_use(evaluation: Evaluation) -> MeasuredUse:
    """Return the imported metrics of an evaluation's nodes."""
    count = len(evaluation.node_ids)
    mean, p95, memory = (np.full(count, np.nan) for _ in range(3))
    found = evaluation.design.input(ID, "metrics")
    value = found.value if found is not None and isinstance(found.value, Mapping) else {}
    rows = evaluation.pipeline.nodes.row_of
    for key, metrics in (value.get("nodes") or {}).items():
        row = rows.get(key)
        if row is None:
            continue
        parts = [metrics[name] for name in ("cpu", "accelerator") if name in metrics]
        if parts:
            busiest = max(parts, key=lambda part: float(part["p95"]))
            mean[row], p95[row] = float(busiest["mean"]), float(busiest["p95"])
        if "memory" in metrics:
            memory[row] = float(metrics["memory"]["most"])
    return MeasuredUse(mean, p95, memory, str(value.get("file", "")), float(value.get("hours") or 0.0))


def measured_findings(evaluation: Evaluation, found: MeasuredUse, usd: Floats) -> Iterator[Finding]:
    """Yield a finding for nodes that do next to nothing, and for nodes that the model loads far off the measured."""
    nodes, modelled = evaluation.pipeline.nodes, evaluation.traffic.load.node_utilization
    for row in np.flatnonzero((found.p95 < UNUSED) & (usd > 0)).tolist():
        args = {
            "name": nodes.elements[row].name,
            "p95": percent(float(found.p95[row])),
            "hours": Number(f"{found.hours:,.0f}"),
        }
        title = Message("“{name}” does next to nothing: 95 % of the time at most {p95} of it was used", args)
        why = Message("Measured over {hours} hours. Stop it, or run it together with something else.", args)
        yield Finding("idle_resource", "note", title, why, (nodes.ids[row],))
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = found.p95 / modelled
        off = np.flatnonzero((found.p95 >= UNUSED) & ((ratio > FAR_OFF) | (ratio < 1.0 / FAR_OFF)) & (modelled > 0))
    for row in off.tolist():
        args = {
            "name": nodes.elements[row].name,
            "p95": percent(float(found.p95[row])),
            "model": percent(float(modelled[row])),
        }
        title = Message("“{name}” was measured {p95} full, the model says {model}", args)
        why = Message("Correct its time per call, its servers or the demand; until then savings use what was measured.")
        yield Finding("model_off_measured", "warning", title, why, (nodes.ids[row],))
