"""Limits that a plan must hold, for a check in continuous integration."""

from __future__ import annotations

from msgspec import Struct

from models.evaluation import Evaluation
from models.formatting import format_figure, format_value


class Gate(Struct, frozen=True):
    """One limit on a figure, in the figure's unit; `is_minimum` = the figure may not fall below it."""

    figure: str
    what: str
    limit: float
    is_minimum: bool = False


def gates(
    max_monthly_cost: float | None = None,
    min_availability: float | None = None,
    max_p95_ms: float | None = None,
    max_first_p95_ms: float | None = None,
) -> tuple[Gate, ...]:
    """Return the gates for the limits that are given.

    Args:
        max_monthly_cost: USD.
        min_availability: per cent when above 1, else a fraction.
        max_p95_ms, max_first_p95_ms: of the slowest journey.
    """
    found = []
    if max_monthly_cost is not None:
        found.append(Gate("total/cost_per_month", "The cost per month", max_monthly_cost))
    if min_availability is not None:
        fraction = min_availability / 100 if min_availability > 1 else min_availability
        found.append(Gate("total/availability", "The availability", fraction, True))
    if max_p95_ms is not None:
        found.append(Gate("total/last_p95_s", "The p95 of the complete answer", max_p95_ms / 1e3))
    if max_first_p95_ms is not None:
        found.append(Gate("total/first_p95_s", "The p95 of the first token", max_first_p95_ms / 1e3))
    return tuple(found)


def failures(evaluation: Evaluation, limits: tuple[Gate, ...]) -> tuple[str, ...]:
    """Return one sentence for every gate that is missed or cannot be shown to hold."""
    sentences = (_failure(evaluation, gate) for gate in limits)
    return tuple(sentence for sentence in sentences if sentence)


def _failure(evaluation: Evaluation, gate: Gate) -> str:
    figure = evaluation.figure(gate.figure)
    unit = "availability" if gate.figure.endswith("/availability") else figure.unit
    limit = f"{'at least' if gate.is_minimum else 'at most'} {format_value(gate.limit, unit)}"
    if figure.value is None:
        return f"{gate.what} is not known, so the limit of {limit} is not shown to hold: {figure.reason}"
    missed = figure.value < gate.limit if gate.is_minimum else figure.value > gate.limit
    if missed and figure.bound != ("at_least" if gate.is_minimum else "at_most"):
        return f"{gate.what} is {format_figure(figure)}; allowed is {limit}."
    open_side = figure.bound == ("at_most" if gate.is_minimum else "at_least")
    if missed or open_side:
        return f"{gate.what} is only known to be {format_figure(figure)} ({figure.reason}); allowed is {limit}."
    return ""
