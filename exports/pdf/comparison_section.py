"""The plan beside its alternative: figures, differences, ties inside the band, and what was changed."""

from __future__ import annotations

from collections.abc import Iterator

from reportlab.platypus import Flowable

from exports.pdf.blocks import value_text
from exports.pdf.context import PlanContext
from exports.pdf.links import COMPARISON
from exports.pdf.pages import Heading, Section
from exports.pdf.prose import PAPER, Prose, Run, bold, muted
from exports.pdf.tables import Grid, GridColumn, GridRow
from models.design.elements import Id
from models.design.kinds import parameters_of
from models.evaluation import Evaluation
from models.variants import TEXT_ONLY, Comparison, compare, difference_text, side_text

WORDS = {
    "better": ("better", PAPER.good),
    "worse": ("worse", PAPER.bad),
    "same": ("same", PAPER.muted),
    "tie": ("tie", PAPER.muted),
    "unknown": ("not known", PAPER.muted),
}
MOST_CHANGES = 120
MOST_LEAVES = 12


def comparison_section(plan: PlanContext, alternative: Evaluation) -> Iterator[Flowable]:
    """Yield the figures of both variants, why each was chosen or rejected, and the list of changes."""
    found = compare(alternative, plan.evaluation)
    yield Heading(Section("Comparison with the alternative", COMPARISON))
    intro = f"{_name(plan.variant_name, 'This plan')} beside {_name(plan.alternative_name, 'the alternative')}. "
    tie = "A difference inside the band of the figures is a tie."
    yield Prose((bold(intro), muted(tie)), 9.0, after=6.0)
    yield _figures(plan, found)
    for name, evaluation in ((plan.variant_name, plan.evaluation), (plan.alternative_name, alternative)):
        if evaluation.design.brief.decision:
            yield Prose((bold(f"{name or 'Variant'}: "), Run(evaluation.design.brief.decision)), 8.6, after=4.0)
    yield Heading(Section("What differs", "comparison-changes", 1))
    yield from _changes(plan, alternative, found)


def _name(name: str, otherwise: str) -> str:
    return f"“{name}”" if name else otherwise


def _figures(plan: PlanContext, found: Comparison) -> Flowable:
    rows = []
    for change in found.figures:
        word, color = WORDS[change.verdict]
        if change.id in TEXT_ONLY:
            word = ""
        here = Run(side_text(change.after), link=plan.links.figure(change.id))
        cells = (change.label, here, side_text(change.before), difference_text(change), Run(word, "semibold", color))
        rows.append(GridRow(cells))
    columns = [
        GridColumn("", share=0.2),
        GridColumn(plan.variant_name or "This plan", "right"),
        GridColumn(plan.alternative_name or "Alternative", "right"),
        GridColumn("Difference", "right", 0.17),
        GridColumn("Here it is", share=0.11),
    ]
    return Grid(columns, rows)


def _changes(plan: PlanContext, alternative: Evaluation, found: Comparison) -> Iterator[Flowable]:
    rows = []
    for change in found.changes[:MOST_CHANGES]:
        if change.kind == "brief" and all(path == "decision" for path, _, _ in change.leaves):
            continue
        labels = _labels(plan, alternative, change.id)
        leaves = [
            f"{labels.get(path.removeprefix('params.'), path)} {_leaf(old)} → {_leaf(new)}"
            for path, old, new in change.leaves[:MOST_LEAVES]
            if path != "decision"
        ]
        if len(change.leaves) > MOST_LEAVES:
            leaves.append(f"{len(change.leaves) - MOST_LEAVES} further values")
        rows.append(GridRow((change.change, change.kind, change.name, " · ".join(leaves))))
    if not rows:
        yield Prose("The two variants hold the same elements.", 9.0)
        return
    columns = [GridColumn("Change", share=0.1), GridColumn("What", share=0.1), GridColumn("Name", share=0.25)]
    yield Grid([*columns, GridColumn("Values: alternative → this plan")], rows, 7.0, after=4.0)
    if len(found.changes) > MOST_CHANGES:
        yield Prose(muted(f"{len(found.changes) - MOST_CHANGES:,} further changes are not listed."), 7.6)


def _labels(plan: PlanContext, alternative: Evaluation, identifier: Id) -> dict[str, str]:
    """Return how the parameters of an element are called, in either variant."""
    elements = [design.elements.get(identifier) for design in (alternative.design, plan.design)]
    return {
        name: parameter.label
        for element in elements
        if element is not None
        for name, parameter in parameters_of(element).items()
    }


def _leaf(value: object) -> str:
    return "–" if value is None else value_text(value)
