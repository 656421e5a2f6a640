"""Flows between regions: what they carry at the peak against the line between the two, measured where it is known."""

from __future__ import annotations

from typing import NamedTuple

from models.design.elements import Id
from models.evaluation.bill import GIB
from models.evaluation.result import Evaluation
from models.frameworks.cloud_selection.inputs import number
from models.frameworks.cloud_selection.requirements import Requirements

BYTES_PER_GBIT = 1e9 / 8.0


class Link(NamedTuple):
    """One flow between two regions: mean bytes/s carried, bytes/s of the line, hours to copy what its target stores."""

    flow: Id
    source: Id
    target: Id
    carried: float
    line: float
    measured: bool
    hours: float

    @property
    def share(self) -> float:
        """Share of the line that the flow takes."""
        return self.carried / self.line if self.line > 0 else float("inf")


def links(evaluation: Evaluation, requirements: Requirements) -> tuple[Link, ...]:
    """Return the flows whose two ends have no region in common, the fullest line first."""
    places = requirements.places
    assumed = number(evaluation.design, "exit/gbit_s") * BYTES_PER_GBIT
    found = []
    rates = evaluation.flow_column("bytes_per_s")
    for row, (key, flow) in enumerate(zip(evaluation.flow_ids, evaluation.pipeline.flows.elements, strict=True)):
        here, there = places.get(flow.source, ()), places.get(flow.target, ())
        if not here or not there or set(here) & set(there):
            continue
        fact = evaluation.catalog.throughput_gbit_s(here[0], there[0])
        line = fact.value * BYTES_PER_GBIT if fact is not None else assumed
        stored = requirements.stored.get(flow.target, 0.0) * GIB
        carried = float(rates[row]) if rates[row] == rates[row] else 0.0
        found.append(Link(key, flow.source, flow.target, carried, line, fact is not None, stored / line / 3600.0))
    return tuple(sorted(found, key=lambda link: -link.share))
