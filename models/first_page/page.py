"""Page one of a plan: what is to be decided, what it does and costs, what could go wrong, what comes next, how sure."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from models.design.design import REJECTED
from models.design.kinds import value_of
from models.evaluation import Evaluation
from models.evaluation.totals import input_counts
from models.first_page.answer import how_long, recommendation, when_other
from models.first_page.budget import budget_outlook
from models.first_page.crossover import Crossover, crossover
from models.first_page.cure import find_cure, first_full_node
from models.first_page.parts import Names, Statement, TargetRow
from models.first_page.risks import risks
from models.first_page.steps import Step, next_steps
from models.first_page.targets import target_rows
from models.formatting import format_value
from models.report import Assessment, Finding


class FirstPage(Struct, frozen=True):
    """The content of page one; what cannot be said is empty.

    Attributes:
        missing: errors of the evaluation; when there are any, nothing else may be shown.
        answer: up to three sentences.
        oldest_price: date of the oldest price in the bill.
        money: when the plan leaves its budget and how likely that is.
    """

    missing: tuple[Finding, ...]
    nothing: str = ""
    decision: Statement = ()
    answer: tuple[Statement, ...] = ()
    rows: tuple[TargetRow, ...] = ()
    risks: tuple[Statement, ...] = ()
    steps: tuple[Step, ...] = ()
    sure: tuple[Statement, ...] = ()
    oldest_price: str = ""
    money: Statement = ()


def first_page(
    evaluation: Evaluation,
    alternative: Evaluation | None = None,
    variant_name: str = "",
    alternative_name: str = "",
    assessments: Sequence[Assessment] = (),
) -> FirstPage:
    """Return the content of page one, or what is missing where the evaluation holds an error or nothing to decide."""
    errors = tuple(finding for finding in evaluation.problems if finding.severity == "error")
    if errors:
        return FirstPage(errors)
    if not evaluation.node_ids:
        return FirstPage((), "Nothing is drawn yet. Place users and what they call, then export the plan again.")
    names = Names(variant_name, alternative_name)
    other = _usable(alternative)
    rows = target_rows(evaluation, other)
    rejected = evaluation.design.is_rejected
    crossing = crossover(evaluation, other) if other is not None else None
    full = first_full_node(evaluation)
    cure = find_cure(evaluation, full) if full is not None else None
    sentences = (
        recommendation(evaluation, other, names, rows, rejected),
        how_long(evaluation, cure),
        when_other(evaluation, other, names, rows, crossing),
    )
    oldest = min((line.date for line in evaluation.bill() if line.date), default="")
    return FirstPage(
        (),
        "",
        _decision(evaluation, variant_name, rejected),
        tuple(sentence for sentence in sentences if sentence),
        rows,
        risks(evaluation, other, names, assessments),
        next_steps(evaluation, rows, cure),
        _sure(evaluation, crossing, oldest, names),
        oldest,
        budget_outlook(evaluation),
    )


def _usable(alternative: Evaluation | None) -> Evaluation | None:
    """Return the alternative if it can be compared: a design that cannot run is no alternative."""
    if alternative is None or not alternative.node_ids:
        return None
    return None if any(finding.severity == "error" for finding in alternative.problems) else alternative


def _decision(evaluation: Evaluation, variant: str, rejected: bool) -> Statement:
    """Return what is to be approved; for a variant that was rejected, that it was, and why."""
    name = f"“{variant}”" if variant else "this plan"
    if rejected:
        decision = evaluation.design.brief.decision
        why = next(decision[len(word) :] for word in REJECTED if decision.casefold().startswith(word))
        return (f"None: {name} was rejected. {_sentence(why)}",)
    start = str(value_of(evaluation.design.brief, "go_live") or "")
    cost = evaluation.figure("total/cost_per_month")
    return (f"Approve {name} for ", cost, f" per month{f' from {start}' if start else ''}.")


def _sentence(text: str) -> str:
    bare = text.lstrip(" :,.")
    return bare[:1].upper() + bare[1:]


def _sure(evaluation: Evaluation, crossing: Crossover | None, oldest: str, names: Names) -> tuple[Statement, ...]:
    default, whole = input_counts(evaluation)
    count = evaluation.figure("total/default_share")
    stated = format_value(whole - default, "count")
    total, open_inputs = format_value(whole, "count"), format_value(default, "count")
    sentences: list[Statement] = []
    if count.value is not None:
        text = f"{stated} of {total} inputs were set, measured or confirmed by you; {open_inputs} are defaults."
        sentences.append((text,))
    if crossing is not None:
        way = "lower" if crossing.factor < 1 else "higher"
        change = format_value(abs(crossing.factor - 1.0), "fraction")
        other = f"“{names.alternative}”" if names.alternative else "the alternative"
        sentences.append((f"The result turns to {other} if the volume is {change} {way}.",))
    if oldest:
        sentences.append((f"The oldest price is of {oldest}.",))
    return tuple(sentences)
