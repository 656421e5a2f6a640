"""Sections that close the plan: findings, and how each figure of page one comes about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reportlab.platypus import Flowable

from exports.pdf.context import PlanContext
from exports.pdf.links import DERIVATIONS, FINDINGS, FRAMEWORKS, derivation_place, framework_place
from exports.pdf.pages import Heading, Section
from exports.pdf.prose import PAPER, Prose, Run, muted
from exports.pdf.tables import Grid, GridColumn, GridRow
from models.explain import Expression, Term
from models.formatting import format_value

MOST_FINDINGS = 150
MOST_TERMS = 14
LAST_MONTHS = 2


def frameworks_section(plan: PlanContext) -> Iterator[Flowable]:
    """Yield the assessments of the frameworks from their blocks."""
    yield Heading(Section("What the frameworks say", FRAMEWORKS))
    for assessment in plan.assessments:
        yield Heading(Section(str(assessment.title), framework_place(assessment.framework), 1))
        yield from plan.blocks.assessment(assessment)


def findings_section(plan: PlanContext) -> Iterator[Flowable]:
    """Yield all findings, errors first."""
    yield Heading(Section("Findings", FINDINGS))
    if not plan.findings:
        yield Prose("Nothing was found that should be changed.", 9.0)
        return
    counts = [
        (word, sum(finding.severity == word for finding in plan.findings)) for word in ("error", "warning", "note")
    ]
    summary = " · ".join(f"{number} {word}{'' if number == 1 else 's'}" for word, number in counts if number)
    yield Prose(muted(summary), 9.0, after=6.0)
    yield from plan.blocks.findings(plan.findings[:MOST_FINDINGS])
    if len(plan.findings) > MOST_FINDINGS:
        yield Prose(muted(f"{len(plan.findings) - MOST_FINDINGS:,} further findings are in the program."), 8.0)


def derivations_section(plan: PlanContext, expressions: Sequence[Expression]) -> Iterator[Flowable]:
    """Yield one derivation per figure: formula, terms with their origin, source."""
    yield Heading(Section("How the figures come about", DERIVATIONS))
    text = (
        "Each term is an input, a default of its kind, a price or another figure; linked figures are derived here too."
    )
    yield Prose(muted(text), 8.4, after=6.0)
    for expression in expressions:
        yield from _derivation(plan, expression)


def _derivation(plan: PlanContext, expression: Expression) -> Iterator[Flowable]:
    value = format_value(expression.value, _unit(expression.figure, expression.unit))
    title = f"{_owner(plan, expression.figure)}{expression.label}: {value}"
    yield Heading(Section(title, "", 2))
    head = GridRow((Run(expression.formula, color=PAPER.muted), "", ""), derivation_place(expression.figure))
    terms, left = _chosen(expression)
    rows = [head, *(_term(plan, term) for term in terms)]
    if left > 0:
        rows.append(GridRow((muted(f"and {left} further terms"), "", "")))
    columns = [GridColumn("", share=0.38), GridColumn("", "right", 0.22), GridColumn("")]
    yield Grid(columns, rows, 6.6, after=2.0, headed=False)
    notes = [text for text in (expression.note, f"Source: {expression.source}" if expression.source else "") if text]
    if notes:
        yield Prose(muted(" ".join(notes)), 7.0, after=4.0)


def _chosen(expression: Expression) -> tuple[Sequence[Term], int]:
    """Return the terms to print and how many are left out; of a row of months only the last ones tell something."""
    if expression.operation == "first_full":
        return expression.terms[-LAST_MONTHS:], max(len(expression.terms) - LAST_MONTHS, 0)
    return expression.terms[:MOST_TERMS], max(len(expression.terms) - MOST_TERMS, 0)


def _term(plan: PlanContext, term: Term) -> GridRow:
    link = plan.links.figure(term.ref) if term.ref in plan.derived else ""
    origin = " · ".join(part for part in (term.origin, term.detail) if part)
    name = Run(term.label, color=PAPER.accent if link else PAPER.text, link=link)
    return GridRow((name, format_value(term.value, _unit(term.ref, term.unit)), origin))


def _unit(figure: str, unit: str) -> str:
    if unit.startswith("1/") and unit != "1/s":
        return unit[1:]
    return "availability" if figure.endswith("/availability") and unit == "fraction" else unit


def _owner(plan: PlanContext, figure: str) -> str:
    family, _, rest = figure.partition("/")
    if family == "total":
        return ""
    owner = rest.rpartition("/")[0]
    journeys = {journey.id: journey.name for journey in plan.evaluation.journeys}
    return f"{journeys.get(owner) or plan.blocks.name(owner)} · "
