"""The neutral blocks of assessments on paper; an input that could be edited on screen is an assumption here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reportlab.platypus import Flowable

from exports.pdf.charts import ChartFlowable
from exports.pdf.links import Links
from exports.pdf.pages import Heading, Section
from exports.pdf.prose import PAPER, Prose, Run, bold, muted
from exports.pdf.tables import Grid, GridColumn, GridRow
from exports.pdf.timeline import TimelineFlowable
from models.design.design import Design
from models.design.elements import Input, Value
from models.design.kinds import parameters_of, value_of
from models.evaluation import Evaluation
from models.formatting import NOT_KNOWN, format_figure, format_value
from models.frameworks import input_parameter
from models.moves.effects import effect_text
from models.report import (
    Assessment,
    Block,
    Cell,
    Chart,
    Figure,
    Figures,
    Finding,
    Findings,
    InputField,
    Remedy,
    Sentence,
    Table,
)

SEVERITY_COLORS = {"error": PAPER.bad, "warning": PAPER.warning, "note": PAPER.muted}
_ORDER = {"error": 0, "warning": 1, "note": 2}
_TEXT_ONLY = ("total/default_share", "total/findings")


def figure_runs(figure: Figure, links: Links, band: bool = True) -> tuple[Run, ...]:
    """Return a figure's value as linked text, with what it belongs to and, where it is not known, the reason."""
    if figure.id in _TEXT_ONLY:
        return (Run(figure.text, link=links.figure(figure.id)),)
    value = format_figure(figure, band=band)
    runs = [Run(value, color=PAPER.accent, link=links.figure(figure.id))]
    if figure.text and figure.text != value:
        runs.append(muted(f" · {figure.text}"))
    if figure.reason and figure.status not in ("ok", "approximate"):
        runs.append(muted(f" · {figure.reason}"))
    return tuple(runs)


def figures_grid(figures: Sequence[Figure], links: Links) -> Grid:
    """Return figures as a table of label, value and what they hold for."""
    rows = [GridRow((figure.label, figure_runs(figure, links), muted(figure.basis))) for figure in figures]
    return Grid([GridColumn("Figure", share=0.26), GridColumn("Value"), GridColumn("Holds for", share=0.3)], rows)


class BlockRenderer:
    """Turns the blocks of one plan into flowables of a given width."""

    def __init__(self, evaluation: Evaluation, links: Links, width: float) -> None:
        self._evaluation, self._links, self._width = evaluation, links, width
        self._design = evaluation.design
        self._effects: dict[int, str] = {}

    def assessment(self, assessment: Assessment, answered: bool = True) -> Iterator[Flowable]:
        """Yield the answer and the blocks of a framework, its inputs gathered into one table of assumptions."""
        if answered:
            yield Prose((bold(str(assessment.answer)),), 10.0, after=8.0)
        inputs: list[InputField] = []
        for block in assessment.blocks:
            if isinstance(block, InputField):
                inputs.append(block)
            elif isinstance(block, Sentence) and str(block.text) == str(assessment.answer):
                continue
            else:
                yield from self.block(block)
        if inputs:
            yield Heading(Section("Assumptions", "", 2))
            yield self._assumptions(inputs)

    def block(self, block: Block) -> Iterator[Flowable]:
        """Yield the flowables of one block."""
        if isinstance(block, Sentence):
            color = PAPER.text if block.role in ("accent", "series") else str(getattr(PAPER, block.role))
            yield Prose(Run(str(block.text), color=color), 9.0, after=6.0)
        elif isinstance(block, Figures):
            yield from self._titled(str(block.title), figures_grid(block.figures, self._links))
        elif isinstance(block, Table):
            yield from self._titled(str(block.title), self._table(block))
        elif isinstance(block, Chart):
            yield ChartFlowable(block, self._width)
        elif isinstance(block, Findings):
            yield from self.findings(block.findings)
        elif isinstance(block, InputField):
            yield self._assumptions([block])
        else:
            yield from self._titled(str(block.title), TimelineFlowable(block, self._width))

    def findings(self, findings: Sequence[Finding]) -> Iterator[Flowable]:
        """Yield findings, the gravest first: what, why, where, and the remedy."""
        for finding in sorted(findings, key=lambda finding: _ORDER[finding.severity]):
            mark = Run(f"{finding.severity.capitalize()}  ", "semibold", SEVERITY_COLORS[finding.severity])
            yield Prose((mark, bold(str(finding.title))), 8.6, before=2.0, after=0.0, keep_with_next=True)
            yield Prose(self._why(finding), 8.2, after=6.0, indent=10.0)

    def _why(self, finding: Finding) -> tuple[Run, ...]:
        runs = [Run(str(finding.why))]
        names = self._names(finding)
        if names:
            runs += [muted(" Where: "), *names]
        if finding.remedy is not None and str(finding.remedy.label):
            runs += [Run(" Remedy: ", "semibold", PAPER.good), Run(str(finding.remedy.label))]
            told = self._effect(finding.remedy)
            runs += [muted(f" ({told})")] if told else []
        return tuple(runs)

    def _effect(self, remedy: Remedy) -> str:
        """Return what a remedy changes; computed once, for a finding may stand in two places."""
        if id(remedy) not in self._effects:
            self._effects[id(remedy)] = effect_text(self._evaluation, remedy)
        return self._effects[id(remedy)]

    def _names(self, finding: Finding, most: int = 6) -> list[Run]:
        runs: list[Run] = []
        for element in finding.elements[:most]:
            name = self.name(element)
            link = self._links.element(element)
            runs.append(Run(f"{', ' if runs else ''}{name}", color=PAPER.accent if link else PAPER.muted, link=link))
        if len(finding.elements) > most:
            runs.append(muted(f" and {len(finding.elements) - most} more"))
        return runs

    def name(self, identifier: str) -> str:
        """Return how an element is called: its name, its ends, or what it is."""
        return element_name(self._design, identifier)

    def _titled(self, title: str, flowable: Flowable) -> Iterator[Flowable]:
        if title:
            yield Heading(Section(title, "", 2))
        yield flowable

    def _table(self, table: Table) -> Flowable:
        if not table.rows:
            return Prose(muted("Nothing to list."), 8.2)
        numeric = [
            any(isinstance(row[place], int | float | Figure) for row in table.rows if place < len(row))
            for place in range(len(table.columns))
        ]
        columns = [
            GridColumn(str(column.title), "right" if number else "left")
            for column, number in zip(table.columns, numeric, strict=True)
        ]
        units = [column.unit for column in table.columns]
        rows = [GridRow(self._cells(row, units)) for row in table.rows]
        if table.total:
            rows.append(GridRow(self._cells(table.total, units), strong=True))
        return Grid(columns, rows)

    def _cells(self, cells: Sequence[Cell], units: Sequence[str]) -> tuple[str | Run, ...]:
        return tuple(self._cell(cell, unit) for cell, unit in zip(cells, units, strict=False))

    def _cell(self, cell: Cell, unit: str) -> str | Run:
        if isinstance(cell, Figure):
            return Run(format_figure(cell), link=self._links.figure(cell.id))
        if cell is None:
            return muted(NOT_KNOWN)
        return cell if isinstance(cell, str) else format_value(cell, unit)

    def _assumptions(self, inputs: Sequence[InputField]) -> Grid:
        rows, unset = [], []
        for field in inputs:
            value, origin = input_value(self._design, field)
            if value is None or value in ("", [], {}):
                unset.append(str(field.label))
            else:
                rows.append(GridRow((str(field.label), value_text(value, self._unit(field)), muted(origin))))
        if unset:
            rows.append(GridRow((muted("Not set"), muted(" · ".join(unset)), muted("default"))))
        return Grid([GridColumn("Input", share=0.34), GridColumn("Value"), GridColumn("Origin", share=0.14)], rows)

    def _unit(self, field: InputField) -> str:
        """Return the unit of an input: its own, else that of the parameter it names."""
        element = self._design.elements.get(field.element)
        known = parameters_of(element) if element is not None else {}
        parameter = known.get(field.path.replace("\x1f", ".").removeprefix("params."))
        return field.unit or (parameter.unit if parameter else "")


def element_name(design: Design, identifier: str) -> str:
    """Return how an element is called: its name, its ends, or what it is."""
    element = design.elements.get(identifier)
    if name := getattr(element, "name", ""):
        return str(name)
    ends = [getattr(design.elements.get(getattr(element, end, "")), "name", "") for end in ("source", "target")]
    return " → ".join(ends) if all(ends) else "whole plan" if identifier == "brief" else identifier


def input_value(design: Design, field: InputField) -> tuple[Value, str]:
    """Return the value of an input and whether it is a default, measured, published or confirmed."""
    element = design.elements.get(field.element)
    if isinstance(element, Input):
        return element.value, element.provenance
    declared = input_parameter(field.element)
    if declared is not None:
        return declared.default, "default"
    name = field.path.removeprefix("params.").replace("\x1f", ".").removeprefix("params.")
    if element is not None and name in parameters_of(element):
        origin = getattr(element, "provenance", {}).get(name)
        own = getattr(element, "params", {}).get(name)
        return value_of(element, name), origin or ("confirmed" if own is not None else "default")  # type: ignore[arg-type]
    found = getattr(element, name, None) if element is not None else None
    return found, "confirmed" if found is not None else "default"


def value_text(value: Value, unit: str = "") -> str:
    """Return the value of an input as one reads it."""
    if value is None or value == "":
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return format_value(float(value), unit)
    if isinstance(value, dict):
        return ", ".join(f"{key} {value_text(part, unit)}" for key, part in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(value_text(part) for part in value)
    return str(value)
