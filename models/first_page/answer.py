"""The answer in three sentences: what the plan does for how much, how long it holds, when the other one is better."""

from __future__ import annotations

from collections.abc import Sequence

from models.design.kinds import value_of
from models.evaluation import Evaluation
from models.first_page.crossover import Crossover
from models.first_page.cure import Cure, full_beside
from models.first_page.parts import Names, Part, Statement, TargetRow, months, plural
from models.first_page.targets import verdict_of_alternative
from models.formatting import format_band, format_figure, format_value
from models.report import Figure
from models.variants import compare_figures

DAYS_PER_MONTH = 730.0 / 24.0
STREAMED = 1.05


def recommendation(
    evaluation: Evaluation, alternative: Evaluation | None, names: Names, rows: Sequence[TargetRow], rejected: bool
) -> Statement:
    """Return sentence 1: volume, cost, difference, answer time, and every target that is missed."""
    cost = evaluation.figure("total/cost_per_month")
    parts: list[Part] = [_subject(names.variant, rejected)]
    volume = _volume(evaluation)
    parts += [f"serves {volume} for ", cost] if volume else ["costs ", cost]
    parts.append(" a month")
    if cost.band is not None:
        parts.append(f" (range {format_band(*cost.band, cost.unit)})")
    parts += _against(evaluation, alternative, names)
    parts += _speed(evaluation)
    for number, row in enumerate(_missed(rows)):
        parts += [", but misses " if number == 0 else " and ", f"{row.name} (", row.recommended]
        parts.append(f" against {row.target})")
    return (*parts, ".")


def _subject(variant: str, rejected: bool) -> str:
    name = f"“{variant}”" if variant else "this plan"
    if rejected:
        return f"{name} " if variant else "This plan "
    return f"We recommend {name}. It "


def _volume(evaluation: Evaluation) -> str:
    units = evaluation.figure("total/units_per_month").value
    if not units:
        return ""
    unit = str(value_of(evaluation.design.brief, "unit_name") or "request")
    return f"{format_value(units / DAYS_PER_MONTH, '')} {plural(unit)} a day"


def _against(evaluation: Evaluation, alternative: Evaluation | None, names: Names) -> list[Part]:
    """Return the difference in cost to the alternative; a bound on either side becomes one on the difference."""
    if alternative is None:
        return []
    other = f"“{names.alternative}”" if names.alternative else "the alternative"
    ours, theirs = (each.figure("total/cost_per_month") for each in (evaluation, alternative))
    change = compare_figures(theirs, ours)
    if change.verdict in ("tie", "same"):
        return [f", a tie with {other}"]
    if change.difference is None or (ours.bound and theirs.bound):
        return []
    less = change.difference < 0
    bound = ""
    if ours.bound:
        bound = "up to " if less else "at least "
    elif theirs.bound:
        bound = "at least " if less else "up to "
    amount = format_value(abs(change.difference), ours.unit)
    return [f", {bound}{amount} {'less' if less else 'more'} than {other}"]


def _speed(evaluation: Evaluation) -> list[Part]:
    first, last = evaluation.figure("total/first_p95_s"), evaluation.figure("total/last_p95_s")
    if first.value is None:
        return []
    streamed = last.value is not None and last.value > first.value * STREAMED
    verb = "starts to answer" if streamed else "answers"
    return [f", and {verb} within ", first, " for 95 of 100 requests at the peak hour"]


def _missed(rows: Sequence[TargetRow]) -> list[TargetRow]:
    """Return the rows that miss their target; a budget that is missed now need not be missed later as well."""
    missed = [row for row in rows if row.verdict == "missed"]
    now = any(row.name == "the budget" for row in missed)
    return [row for row in missed if not (now and row.name.startswith("the budget in month"))]


def how_long(evaluation: Evaluation, cure: Cure | None) -> Statement:
    """Return sentence 2: until when it holds, what is full then and what more room costs."""
    full = evaluation.figure("total/full_month")
    if full.value is None:
        if full.text:
            return (f"At the planned growth it holds for all {evaluation.horizon_months} months.",)
        return ()
    others = full_beside(evaluation)
    beside = f" and {others} other part{'' if others == 1 else 's'}" if others else ""
    verb = "are" if full.text.endswith(" slots") or others else "is"
    parts: list[Part] = ["It holds until ", full, f"; then {full.text}{beside} {verb} full."]
    if cure is not None:
        name = evaluation.design.node(cure.node).name
        more = "One more replica" if cure.added == 1 else f"{cure.added} more replicas"
        until = f"until {months(cure.full_month)}" if cure.full_month is not None else "for the whole horizon"
        price = format_value(cure.usd_per_month, "USD/month")
        parts.append(f" {more} of {name} for {price} a month lets it hold {until}.")
    return tuple(parts)


def when_other(
    evaluation: Evaluation,
    alternative: Evaluation | None,
    names: Names,
    rows: Sequence[TargetRow],
    crossing: Crossover | None,
) -> Statement:
    """Return sentence 3: the volume or the target at which the alternative would be better; empty if not known."""
    if alternative is None:
        return ()
    other = f"“{names.alternative}”" if names.alternative else "The alternative"
    if crossing is not None:
        unit = str(value_of(evaluation.design.brief, "unit_name") or "request")
        side = "below" if crossing.factor < 1 else "above"
        units = format_value(crossing.units_per_month, "")
        share = format_value(crossing.factor, "fraction")
        return (f"{other} would cost less {side} {units} {plural(unit)} a month, {share} of the volume planned.",)
    ours, theirs = (each.figure("total/cost_per_month") for each in (evaluation, alternative))
    if compare_figures(theirs, ours).verdict == "better":
        return (f"{other} does not cost less at any volume that this plan can carry.",)
    return _for_a_target(ours, theirs, other, rows)


def _for_a_target(ours: Figure, theirs: Figure, other: str, rows: Sequence[TargetRow]) -> Statement:
    """Return what would have to be given up for a cheaper alternative: the first target that only this plan meets."""
    for row in rows:
        if row.alternative is None or row.verdict not in ("met", "tie") or verdict_of_alternative(row) != "missed":
            continue
        saved = (ours.value or 0.0) - (theirs.value or 0.0)
        cheaper = f"costs {format_value(saved, ours.unit)} a month less and " if saved > 0 else ""
        what = row.name.removeprefix("the target for ")
        reached = format_figure(row.alternative)
        return (
            f"{other} {cheaper}would be better if its {reached} for {what} were enough; the target is {row.target}.",
        )
    return ()
