"""The printed plan: page one for those who decide, then everything it rests on, as one file with links and outline."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

from reportlab.platypus import CondPageBreak, Flowable, NextPageTemplate, PageBreak

from exports.pdf.assumptions_section import assumptions_section
from exports.pdf.blocks import BlockRenderer
from exports.pdf.closing_sections import derivations_section, findings_section, frameworks_section
from exports.pdf.comparison_section import comparison_section
from exports.pdf.context import PlanContext
from exports.pdf.cost_section import cost_section
from exports.pdf.drawing_section import drawing_section
from exports.pdf.figures_section import figures_section
from exports.pdf.front import FrontPage, missing_page
from exports.pdf.links import CONTENTS, Links
from exports.pdf.pages import COLUMNS, Contents, Heading, Labels, Section, keep_together, render, text_box
from exports.pdf.prose import Prose, Run, bold
from exports.pdf.service_section import availability_section, carbon_section
from exports.whole import write_whole
from models.evaluation import Evaluation
from models.explain import Expression, explain
from models.first_page import first_page
from models.formatting import money_of, shown_money
from models.frameworks import FINDINGS_FIGURE, all_findings
from models.interruption import while_wanted
from models.report import Assessment
from models.typeface import covers

MOST_DERIVED = 110
MOST_DERIVED_LARGE = 40
LARGE = 300
MOST_ENTRIES = 34
JOURNEYS_DERIVED = 8
SHARE_OF_PAGE = 0.5


def write_plan(
    evaluation: Evaluation,
    path: str | Path,
    *,
    assessments: Sequence[Assessment] = (),
    alternative: Evaluation | None = None,
    title: str = "",
    variant_name: str = "",
    alternative_name: str = "",
    paper: str = "A4",
    date: str = "",
) -> None:
    """Write the plan as PDF; the file appears whole or not at all, and equal inputs give equal bytes.

    Args:
        evaluation: of the variant that the plan is about.
        assessments: of the frameworks; each becomes a section.
        alternative: the variant it is compared with.
        paper: `A4` or `Letter`.
        date: day of the plan as printed, for example `2026-11-23`.

    Raises:
        OSError: the file cannot be written; the message is a sentence.
        ValueError: the paper is not known.
    """
    data = plan_bytes(
        evaluation,
        assessments=assessments,
        alternative=alternative,
        title=title,
        variant_name=variant_name,
        alternative_name=alternative_name,
        paper=paper,
        date=date,
    )
    write_whole(Path(path), data)


def plan_bytes(
    evaluation: Evaluation,
    *,
    assessments: Sequence[Assessment] = (),
    alternative: Evaluation | None = None,
    title: str = "",
    variant_name: str = "",
    alternative_name: str = "",
    paper: str = "A4",
    date: str = "",
) -> bytes:
    """Return the plan as the bytes of a PDF; see `write_plan`."""
    with money_of(evaluation.design.brief):
        return _plan_bytes(evaluation, assessments, alternative, title, (variant_name, alternative_name), paper, date)


def _plan_bytes(
    evaluation: Evaluation,
    assessments: Sequence[Assessment],
    alternative: Evaluation | None,
    title: str,
    names: tuple[str, str],
    paper: str,
    date: str,
) -> bytes:
    brief, (variant_name, alternative_name) = evaluation.design.brief, names
    name = title or brief.name or "Plan"
    expressions = _derivations(evaluation)
    derived = tuple(expression.figure for expression in expressions)
    width, height = text_box(paper)
    links = Links(evaluation, derived, [assessment.framework for assessment in assessments])
    plan = PlanContext(
        evaluation,
        assessments,
        alternative,
        name,
        variant_name,
        alternative_name,
        paper,
        date,
        width,
        height,
        links,
        BlockRenderer(evaluation, links, width),
        derived,
        evaluation.bill(),
        all_findings(evaluation, assessments),
    )
    parts = [part for part in (brief.client, name, variant_name) if part]
    labels = Labels(
        " · ".join(part for part in (name, variant_name) if part),
        f"Plan of an AI system: {name}",
        brief.author or brief.client or "Groundplan",
        " · ".join(dict.fromkeys(parts)),
        date,
    )
    return render(list(_story(plan, expressions)), labels, paper)


def _story(plan: PlanContext, expressions: Sequence[Expression]) -> Iterator[Flowable]:
    """Yield page one, the contents, and the sections, each on a new page unless half of one is left."""
    body: list[Flowable] = list(drawing_section(plan)) if plan.evaluation.node_ids else [PageBreak()]
    chapters = [figures_section(plan), cost_section(plan), availability_section(plan), carbon_section(plan)]
    if plan.alternative is not None:
        chapters.append(comparison_section(plan, plan.alternative))
    if plan.assessments:
        chapters.append(frameworks_section(plan))
    chapters += [assumptions_section(plan), findings_section(plan)]
    for chapter in chapters:
        body += [CondPageBreak(plan.height * SHARE_OF_PAGE), *while_wanted(chapter)]
    body += [NextPageTemplate(COLUMNS), PageBreak(), *derivations_section(plan, expressions)]
    sections = [flowable.section for flowable in body if isinstance(flowable, Heading) and flowable.section.level < 2]
    if len(sections) > MOST_ENTRIES:
        sections = [section for section in sections if section.level == 0]
    keep_together(body)
    yield from _front(plan)
    yield PageBreak()
    yield Heading(Section("Contents", CONTENTS))
    yield Contents(sections)
    yield from _reading(plan)
    yield from body


def _front(plan: PlanContext) -> Iterator[Flowable]:
    """Yield page one, or what is missing for one."""
    content = first_page(plan.evaluation, plan.alternative, plan.variant_name, plan.alternative_name, plan.assessments)
    if content.missing or content.nothing:
        yield from missing_page(plan, content)
    else:
        yield FrontPage(plan, content)


def _reading(plan: PlanContext) -> Iterator[Flowable]:
    """Yield how the numbers are to be read."""
    yield Heading(Section("How to read the numbers", "", 2))
    rules = [
        (
            "Peak and month. ",
            "Times, rates and use hold for the peak hour of the month named; cost is that of the month.",
        ),
        ("Three digits. ", "A range in brackets is the band of the figure; a difference inside it is called a tie."),
        ("At least. ", "A sum in which a price is missing is a lower bound and says so."),
        ("Not known. ", "What cannot be computed is never guessed; the reason stands beside it."),
        ("Default, measured, published, confirmed. ", "What a value rests on stands with every input."),
        ("Links. ", "A figure in blue leads to where it comes from."),
    ]
    _, code, rate = shown_money()
    if code != "USD":
        words = f"Amounts are in {code} at {rate:g} for one US dollar; price lists and inputs are in dollars."
        rules.append(("Currency. ", words))
    foreign = _foreign(plan)
    if foreign:
        rules.append(("Characters. ", f"The typeface of this plan has no signs for {foreign}; they print as boxes."))
    for head, text in rules:
        yield Prose((bold(head), Run(text)), 8.4, after=2.5)


def _foreign(plan: PlanContext) -> str:
    """Return how many characters of the names the bundled typeface cannot print, in words; empty if none."""
    names = "".join(str(getattr(element, "name", "")) for element in plan.design.elements.values())
    missing = {char for char in {*names, *plan.title} if not covers(char) and not char.isspace()}
    return f"{len(missing)} character{'' if len(missing) == 1 else 's'} of its names" if missing else ""


def _derivations(evaluation: Evaluation) -> tuple[Expression, ...]:
    """Return the derivations of the totals and journeys and, breadth first, of the figures they rest on.

    Findings are listed in a section of their own; a derivation would count those of the evaluation alone.
    """
    from models.evaluation.totals import TOTALS

    most = MOST_DERIVED if len(evaluation.node_ids) <= LARGE else MOST_DERIVED_LARGE
    waiting = deque(key for key in (f"total/{name}" for name in TOTALS) if key != FINDINGS_FIGURE)
    waiting.extend(
        f"journey/{journey.id}/{name}"
        for journey in evaluation.journeys[:JOURNEYS_DERIVED]
        for name in ("first_p95_s", "p95_s", "mean_s", "availability")
    )
    found: dict[str, Expression] = {}
    while waiting and len(found) < most:
        figure_id = waiting.popleft()
        if figure_id in found:
            continue
        found[figure_id] = explain(evaluation, figure_id)
        waiting.extend(term.ref for term in found[figure_id].terms if term.ref.count("/") >= 1 and "#" not in term.ref)
    return tuple(found.values())
