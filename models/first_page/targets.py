"""The figures of page one beside the targets of the brief, each with a verdict; inside the band is a tie."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from models.design.elements import Value
from models.design.kinds import value_of
from models.evaluation import Evaluation
from models.evaluation.result import YEAR_HOURS
from models.first_page.parts import TargetRow, Verdict
from models.formatting import format_value
from models.report import Figure


def verdict_of(figure: Figure, target: float | None) -> Verdict:
    """Return how a figure for which lower is better stands to its target, in the figure's unit.

    A lower bound below the target leaves the question open; a target inside the error band is a tie.
    """
    if target is None:
        return "no target"
    if figure.value is None:
        return "missed" if figure.status == "invalid" else "not known"
    if figure.bound == "at_least" and figure.value <= target:
        return "not known"
    if figure.bound == "at_most" and figure.value > target:
        return "not known"
    if figure.band is not None and figure.band[0] <= target <= figure.band[1]:
        return "tie"
    return "met" if figure.value <= target else "missed"


def target_rows(evaluation: Evaluation, alternative: Evaluation | None) -> tuple[TargetRow, ...]:
    """Return the rows of the table: cost now and later, cost per unit, answer times, downtime, full month."""
    return tuple(_rows(evaluation, alternative))


def _rows(evaluation: Evaluation, alternative: Evaluation | None) -> Iterator[TargetRow]:
    budget = _number(evaluation, "budget_usd_month")
    yield _row("Cost per month", evaluation, alternative, "total/cost_per_month", budget, "the budget")
    yield _later(evaluation, alternative, budget)
    unit = str(value_of(evaluation.design.brief, "unit_name") or "request")
    limit = _number(evaluation, "budget_usd_unit")
    name = f"the budget per {unit}"
    yield _row(f"Cost per {unit}", evaluation, alternative, "total/cost_per_unit", limit, name)
    yield from _times(evaluation, alternative)
    yield _downtime(evaluation, alternative)
    figure = evaluation.figure("total/full_month")
    other = alternative.figure("total/full_month") if alternative else None
    yield TargetRow("First part is full", figure, other, "", "no target")


def _number(evaluation: Evaluation, name: str) -> float | None:
    value: Value = value_of(evaluation.design.brief, name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _row(
    label: str, evaluation: Evaluation, alternative: Evaluation | None, figure_id: str, target: float | None, name: str
) -> TargetRow:
    figure = evaluation.figure(figure_id)
    other = alternative.figure(figure_id) if alternative else None
    text = "" if target is None else format_value(target, figure.unit)
    return TargetRow(label, figure, other, text, verdict_of(figure, target), target, name)


def cost_last_month(evaluation: Evaluation) -> Figure:
    """Return the cost of the last month of the horizon with its band, a bound where the month's total is one."""
    horizon, now = evaluation.horizon, evaluation.figure("total/cost_per_month")
    last = len(horizon.months) - 1
    band = (float(horizon.cost_low[-1]), float(horizon.cost_high[-1]))
    value, label = float(horizon.cost[-1]), f"Cost in month {last}"
    basis = f"month {last}, growth of the brief"
    return Figure("total/cost_last_month", label, value, now.unit, now.status, basis, now.reason, now.bound, band)


def _later(evaluation: Evaluation, alternative: Evaluation | None, budget: float | None) -> TargetRow:
    figure = cost_last_month(evaluation)
    other = cost_last_month(alternative) if alternative else None
    text = "" if budget is None else format_value(budget, figure.unit)
    return TargetRow(
        figure.label,
        figure,
        other,
        text,
        verdict_of(figure, budget),
        budget,
        f"the budget in month {len(evaluation.horizon.months) - 1}",
    )


def _times(evaluation: Evaluation, alternative: Evaluation | None) -> Iterator[TargetRow]:
    """Yield a row for each answer time that has a target, else one for the first answer."""
    rows = [
        ("First answer at peak, 95 of 100", "first_p95_s", "target_first_p95_ms"),
        ("Complete answer at peak, 95 of 100", "last_p95_s", "target_last_p95_ms"),
    ]
    found = [(label, name, _number(evaluation, target)) for label, name, target in rows]
    slowest = _number(evaluation, "target_p99_ms")
    chosen = [row for row in found if row[2] is not None] or ([] if slowest is not None else found[:1])
    if len(chosen) == 2 and _same(evaluation):
        chosen = [min(chosen, key=lambda row: row[2] or 0.0)]
    for label, name, target in chosen:
        limit, what = None if target is None else target / 1000.0, label.split(" at ")[0].lower()
        yield _row(label, evaluation, alternative, f"total/{name}", limit, f"the target for the {what}")
    if slowest is not None:
        figure, other = slowest_answer(evaluation), slowest_answer(alternative) if alternative else None
        text = format_value(slowest / 1000.0, "s")
        label, name = "Complete answer at peak, 99 of 100", "the target for the slowest answers"
        yield TargetRow(label, figure, other, text, verdict_of(figure, slowest / 1000.0), slowest / 1000.0, name)


def _same(evaluation: Evaluation) -> bool:
    """Return whether nothing is streamed: the first answer is the complete one."""
    first, last = (evaluation.figure(f"total/{name}").value for name in ("first_p95_s", "last_p95_s"))
    return first == last


def slowest_answer(evaluation: Evaluation) -> Figure:
    """Return the 99th percentile of the slowest journey."""
    figures = [evaluation.figure(f"journey/{journey.id}/p99_s") for journey in evaluation.journeys]
    known = [figure for figure in figures if figure.value is not None]
    unbounded = [figure for figure in figures if figure.status == "invalid"]
    if unbounded or not known:
        reason = "No request waits for a reply."
        return unbounded[0] if unbounded else Figure("total/last_p95_s", "p99", None, "s", "unknown", reason=reason)
    return max(known, key=lambda figure: figure.value or 0.0)


def _downtime(evaluation: Evaluation, alternative: Evaluation | None) -> TargetRow:
    """Return hours down a year; the bound of the availability turns round with it."""
    figure, other = _hours(evaluation), _hours(alternative) if alternative else None
    share = _number(evaluation, "target_availability")
    target = None if share is None else (1.0 - share) * YEAR_HOURS
    text = "" if target is None else format_value(target, "h")
    return TargetRow(
        "Down a year", figure, other, text, verdict_of(figure, target), target, "the target for downtime a year"
    )


def _hours(evaluation: Evaluation) -> Figure:
    figure = evaluation.figure("total/downtime_h_per_year")
    turned = {"at_least": "at_most", "at_most": "at_least"}.get(evaluation.figure("total/availability").bound, "")
    return msgspec.structs.replace(figure, bound=turned)


def verdict_of_alternative(row: TargetRow) -> Verdict:
    """Return how the alternative stands to the target that the row's own figure meets."""
    if row.alternative is None or row.limit is None:
        return "not known"
    return verdict_of(row.alternative, row.limit)
