"""Page one on paper: one sheet for those who decide, without panel names; every figure leads to where it comes from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from reportlab.platypus import Flowable

from exports.pdf.context import PlanContext
from exports.pdf.cost_section import money_chart
from exports.pdf.drawing import PictureFlowable, color_of
from exports.pdf.links import FIRST, Links
from exports.pdf.prose import PAPER, Prose, Run, bold, muted, write
from exports.pdf.tables import Content, Grid, GridColumn, GridRow
from models.evaluation import Evaluation
from models.first_page import FirstPage, Statement, TargetRow
from models.first_page.overview import overview
from models.formatting import format_figure
from models.picture import build
from models.report import Figure
from models.typeface import elide

LABEL = 88.0
GAP = 7.0
SIZES = (8.8, 8.4, 8.0, 7.6)
LEAST_PICTURE = 170.0
LEAST_BAND = 110.0
MOST_PICTURE = 250.0
SIGNED = 34.0
LONGEST_NAME = 48
LONGEST_PART = 320
VERDICTS = {
    "met": PAPER.good,
    "missed": PAPER.bad,
    "tie": PAPER.warning,
    "not known": PAPER.muted,
    "no target": PAPER.muted,
}


class _Part(NamedTuple):
    """A labeled part of the page and its height in points."""

    label: str
    flowables: tuple[Flowable, ...]
    height: float


def curbed(text: str) -> str:
    """Return a text with names and words that are too long for one sheet cut, and itself cut where it still is."""
    text = re.sub(rf"“([^”]{{{LONGEST_NAME},}})”", lambda found: f"“{found[1][: LONGEST_NAME - 4].rstrip()}…”", text)
    text = re.sub(rf"\S{{{LONGEST_NAME},}}", lambda found: f"{found[0][: LONGEST_NAME - 1]}…", text)
    return text if len(text) <= LONGEST_PART else f"{text[: LONGEST_PART - 1].rstrip()}…"


def statement_runs(statement: Statement, links: Links, strong: bool = False) -> tuple[Run, ...]:
    """Return a statement as runs; its figures stand out and are links."""
    weight = "semibold" if strong else "regular"
    return tuple(
        Run(curbed(part), weight)  # type: ignore[arg-type]
        if isinstance(part, str)
        else Run(format_figure(part), "semibold", PAPER.accent, links.figure(part.id))
        for part in statement
    )


class FrontPage(Flowable):  # type: ignore[misc]
    """The whole first page, in the largest text size that fits on one sheet."""

    def __init__(self, plan: PlanContext, content: FirstPage) -> None:
        super().__init__()
        self.plan, self.content = plan, content

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """Take the whole sheet and choose the text size."""
        self.width, self.height = available_width, available_height - 0.5
        for size in SIZES:
            self._head = Prose(self._head_runs(), 7.6)
            self._head.wrap(self.width, 100)
            self._parts = self._laid(size)
            self._picture = self.height - self._used()
            if self._picture >= LEAST_PICTURE:
                break
        while self._picture < LEAST_BAND and self._shortened():
            self._parts = self._laid(SIZES[-1])
            self._picture = self.height - self._used()
        return self.width, self.height

    def _shortened(self) -> bool:
        """Leave out the last risk or step, whichever there are more of; False when there is nothing left to spare."""
        content = self.content
        if len(content.risks) + len(content.steps) <= 2:
            return False
        if len(content.risks) >= len(content.steps):
            self.content = msgspec.structs.replace(content, risks=content.risks[:-1])
        else:
            self.content = msgspec.structs.replace(content, steps=content.steps[:-1])
        return True

    def draw(self) -> None:
        """Draw head, parts, picture and chart, and the lines to sign on."""
        canvas, y = self.canv, self.height
        canvas.bookmarkHorizontal(FIRST, 0, y)
        canvas.addOutlineEntry("Page one", FIRST, 0)
        canvas.section_pages[FIRST] = canvas.getPageNumber()
        title = elide(self.plan.title, 17, self.width, "semibold")
        write(canvas, title, 0, y - 17, 17, PAPER.text, "semibold")
        y -= 24
        self._head.drawOn(canvas, 0, y - self._head.height)
        y -= self._head.height + GAP
        for number, part in enumerate(self._parts):
            if number == 3 and self._picture >= LEAST_BAND:
                y = self._band(y)
            y = self._part(part, y)
        self._sign(y)

    def _head_runs(self) -> tuple[Run, ...]:
        brief = self.plan.design.brief
        parts = [brief.client, brief.name if brief.name != self.plan.title else "", self.plan.variant_name]
        parts += [
            self.plan.date,
            f"prices as of {self.content.oldest_price} and later" * bool(self.content.oldest_price),
        ]
        return (muted(" · ".join(curbed(part) for part in [*parts, "confidential"] if part)),)

    def _used(self) -> float:
        return 24 + self._head.height + GAP + sum(part.height + 2 * GAP for part in self._parts) + SIGNED + GAP

    def _laid(self, size: float) -> list[_Part]:
        content, links = self.content, self.plan.links
        width = self.width - LABEL
        answers = [Prose(statement_runs(each, links), size, after=2.0) for each in content.answer]
        risks = [Prose(statement_runs(each, links), size, after=2.0) for each in content.risks]
        sure = tuple(run for each in content.sure for run in (*statement_runs(each, links), Run(" ")))
        blocks: list[tuple[str, Sequence[Flowable]]] = [
            ("DECISION WANTED", [Prose(statement_runs(content.decision, links, True), size + 2.2, after=0.0)]),
            ("THE ANSWER", answers),
            ("THE FIGURES", [self._figures(size)]),
            ("WHAT COULD GO WRONG", risks),
            ("WHAT WE DO NEXT", [self._steps(size)]),
            ("HOW SURE", [Prose(sure, size, after=0.0)]),
        ]
        return [self._measured(label, flowables, width) for label, flowables in blocks]

    def _measured(self, label: str, flowables: Sequence[Flowable], width: float) -> _Part:
        heights = [flowable.wrap(width, 10_000)[1] + flowable.getSpaceAfter() for flowable in flowables]
        return _Part(label, tuple(flowables), sum(heights))

    def _figures(self, size: float) -> Grid:
        plan = self.plan
        rows = [GridRow(self._row(row)) for row in self.content.rows]
        beside = any(row.alternative is not None for row in self.content.rows)
        columns = [GridColumn("", share=0.28), GridColumn(curbed(plan.variant_name or "This plan"), "right")]
        if beside:
            columns.append(GridColumn(curbed(plan.alternative_name or "Alternative"), "right"))
        columns += [GridColumn("Target", "right", 0.105), GridColumn("", share=0.115)]
        return Grid(columns, rows, size - 0.8, after=0.0)

    def _row(self, row: TargetRow) -> tuple[Content, ...]:
        link = self.plan.links.figure(row.recommended.id)
        cells: list[Content] = [curbed(row.label), Run(_value(row.recommended), "semibold", PAPER.accent, link)]
        if row.alternative is not None:
            cells.append(_value(row.alternative))
        verdict = Run(row.verdict, "semibold", VERDICTS[row.verdict]) if row.target else muted("")
        return (*cells, row.target or "–", verdict)

    def _steps(self, size: float) -> Grid:
        rows = [
            GridRow(
                (
                    f"{number}. {curbed(step.task)}",
                    curbed(step.owner) if step.owner else muted("to be named"),
                    step.due,
                    curbed(step.ends),
                )
            )
            for number, step in enumerate(self.content.steps, 1)
        ]
        columns = [GridColumn("Step", share=0.37), GridColumn("Owner", share=0.16), GridColumn("When", share=0.15)]
        return Grid([*columns, GridColumn("Done when")], rows, size - 0.8, after=0.0)

    def _part(self, part: _Part, y: float) -> float:
        canvas = self.canv
        canvas.setStrokeColor(color_of(PAPER.separator))
        canvas.setLineWidth(0.5)
        canvas.line(0, y, self.width, y)
        y -= GAP
        label = Prose(Run(part.label, "semibold", PAPER.accent), 7.0)
        label.wrap(LABEL - 12, 100)
        label.drawOn(canvas, 0, y - label.height - 1)
        below = y - part.height
        for flowable in part.flowables:
            y -= flowable.height
            flowable.drawOn(canvas, LABEL, y)
            y -= flowable.getSpaceAfter()
        return below - GAP

    def _band(self, y: float) -> float:
        """Draw the picture and the cost of the months ahead side by side."""
        canvas = self.canv
        room = self._picture
        canvas.setStrokeColor(color_of(PAPER.separator))
        canvas.setLineWidth(0.5)
        canvas.line(0, y, self.width, y)
        height = min(room - 2 * GAP - 14, MOST_PICTURE)
        left, right = self.width * 0.56, self.width * 0.40
        top = y - GAP - 8
        write(canvas, "THE DRAWING", 0, top + 1, 7.0, PAPER.accent, "semibold")
        write(canvas, "MONEY OVER TIME", self.width - right, top + 1, 7.0, PAPER.accent, "semibold")
        caption = Prose(muted(curbed(weak_points(self.plan.evaluation))), 7.4)
        under = caption.wrap(left, 100)[1]
        picture = self._overview(left, height - under - 8)
        picture.drawOn(canvas, (left - picture.width) / 2, top - 6 - picture.height)
        caption.drawOn(canvas, 0, top - 8 - picture.height - under)
        outlook = Prose(statement_runs(self.content.money, self.plan.links), 7.4)
        below = outlook.wrap(right, 100)[1] if self.content.money else 0.0
        chart = money_chart(self.plan, right, min(height - below, 190.0), titled=False)
        if self.content.money:
            outlook.drawOn(canvas, self.width - right, top - 4 - chart.height - below)
        chart.drawOn(canvas, self.width - right, top - 4 - chart.height)
        return y - room

    def _overview(self, width: float, height: float) -> PictureFlowable:
        """Return the collapsed drawing in the number of columns that shows it largest."""
        found = []
        for columns in (2, 3, 4):
            collapsed = overview(self.plan.evaluation, columns)
            found.append(PictureFlowable(build(collapsed.design, "data_flow", collapsed.lens), width, height))
        return max(found, key=lambda picture: picture.scale)

    def _sign(self, y: float) -> None:
        canvas = self.canv
        canvas.setStrokeColor(color_of(PAPER.separator))
        canvas.setLineWidth(0.5)
        canvas.line(0, y, self.width, y)
        base = y - SIGNED + 8
        write(canvas, "SIGNED", 0, base + 3, 7.0, PAPER.accent, "semibold")
        step = (self.width - LABEL) / 3
        for number, word in enumerate(("Decision", "Name", "Date")):
            x = LABEL + number * step
            write(canvas, word, x, base + 3, 7.6, PAPER.muted)
            canvas.setStrokeColor(color_of(PAPER.muted))
            canvas.line(x + 38, base, x + step - 12, base)


def _value(figure: Figure) -> str:
    """Return a figure as its cell shows it, with what it belongs to."""
    value = format_figure(figure, band=figure.unit.startswith("USD/") or figure.unit == "s")
    return f"{value} · {curbed(figure.text)}" if figure.value is not None and figure.text else value


def weak_points(evaluation: Evaluation) -> str:
    """Return the bottleneck and the single points of failure in words, for under the picture."""
    bottleneck = evaluation.figure("total/bottleneck")
    parts = [f"Bottleneck: {bottleneck.text}, {format_figure(bottleneck)}"] if bottleneck.value is not None else []
    names = [evaluation.design.node(evaluation.node_ids[int(row)]).name for row in evaluation.reliability.single]
    if names:
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        parts.append(f"without a spare: {', '.join(names[:3])}{more}")
    else:
        parts.append("no single point of failure")
    text = " · ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."


def missing_page(plan: PlanContext, content: FirstPage) -> list[Flowable]:
    """Return what stands instead of page one: what must be put right before anything can be decided."""
    flowables: list[Flowable] = [
        Prose((bold(plan.title),), 17, after=4.0),
        Prose(muted(" · ".join(part for part in (plan.variant_name, plan.date) if part)), 8.0, after=16.0),
    ]
    if content.nothing:
        return [*flowables, Prose((bold("There is nothing to decide yet."),), 12.0), Prose(content.nothing, 10.0)]
    count = len(content.missing)
    errors = "One error has" if count == 1 else f"{count} errors have"
    text = (
        f"{errors} to be put right before this design can be decided on. The figures that do not depend on it follow."
    )
    flowables += [Prose((bold("No decision can be taken yet."),), 12.0, after=4.0), Prose(text, 10.0, after=12.0)]
    return [*flowables, *plan.blocks.findings(content.missing[:20])]
