"""The tables behind spreadsheets and CSV files: figures, bill, horizon, findings and assumptions as typed rows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

from models.design.elements import BRIEF_ID, Brief, Flow, Id, Node
from models.design.kinds import origin_of, parameters_of, value_of
from models.evaluation import Evaluation
from models.evaluation.figures import figures
from models.frameworks import all_findings
from models.moves.effects import effect_text
from models.report import Assessment, Figure

Value: TypeAlias = str | float | None


class SheetColumn(NamedTuple):
    """Head and unit of a column; `unit_column` names the column that holds the unit of each row instead."""

    title: str
    unit: str = ""
    unit_column: str = ""


class Sheet(NamedTuple):
    """A named table; None in a row is a value that is not known."""

    name: str
    columns: tuple[SheetColumn, ...]
    rows: tuple[tuple[Value, ...], ...]


def sheets(evaluation: Evaluation, assessments: Sequence[Assessment] = ()) -> tuple[Sheet, ...]:
    """Return all tables of an evaluation in the order of a workbook."""
    return (
        figure_sheet(evaluation),
        bill_sheet(evaluation),
        horizon_sheet(evaluation),
        _finding_sheet(evaluation, assessments),
        _assumption_sheet(evaluation),
    )


def element_name(evaluation: Evaluation, identifier: Id) -> str:
    """Return how an element is called: its name, its ends, or that it is the whole plan."""
    element = evaluation.design.elements.get(identifier)
    if identifier == BRIEF_ID:
        return "whole plan"
    if isinstance(element, Flow) and not element.name:
        nodes = evaluation.design.nodes
        return f"{nodes[element.source].name} → {nodes[element.target].name}"
    return str(getattr(element, "name", "") or identifier)


def figure_sheet(evaluation: Evaluation) -> Sheet:
    """Return every figure with unit, bound, band, basis, status and reason."""
    columns = (
        SheetColumn("Belongs to"),
        SheetColumn("Figure"),
        SheetColumn("Value", unit_column="Unit"),
        SheetColumn("Unit"),
        SheetColumn("Bound"),
        SheetColumn("Low", unit_column="Unit"),
        SheetColumn("High", unit_column="Unit"),
        SheetColumn("Text"),
        SheetColumn("Holds for"),
        SheetColumn("Status"),
        SheetColumn("Reason"),
        SheetColumn("Id"),
    )
    rows = tuple(_figure_row(evaluation, evaluation.figure(figure_id)) for figure_id in figures(evaluation))
    return Sheet("Figures", columns, rows)


def _figure_row(evaluation: Evaluation, figure: Figure) -> tuple[Value, ...]:
    low, high = figure.band or (None, None)
    family, _, rest = figure.id.partition("/")
    owner = rest.rpartition("/")[0]
    name = "whole plan" if family == "total" else element_name(evaluation, owner)
    bound = figure.bound.replace("_", " ")
    texts = (figure.text, figure.basis, figure.status, figure.reason, figure.id)
    return (name, figure.label, figure.value, figure.unit, bound, low, high, *texts)


def bill_sheet(evaluation: Evaluation) -> Sheet:
    """Return the bill of the month, one row per line, with the source and date of each price."""
    columns = (
        SheetColumn("Element"),
        SheetColumn("Item"),
        SheetColumn("Category"),
        SheetColumn("Quantity"),
        SheetColumn("Unit"),
        SheetColumn("Per month", "USD/month"),
        SheetColumn("Price of"),
        SheetColumn("Standing"),
        SheetColumn("Source"),
        SheetColumn("Why not known"),
    )
    rows = tuple(
        (
            element_name(evaluation, line.element),
            line.label,
            line.category,
            line.quantity,
            line.unit,
            line.usd_per_month,
            line.date,
            line.status,
            line.source,
            line.reason,
        )
        for line in evaluation.bill()
    )
    return Sheet("Bill", columns, rows)


def horizon_sheet(evaluation: Evaluation) -> Sheet:
    """Return cost with its band and emissions of each month ahead."""
    horizon = evaluation.horizon
    columns = (
        SheetColumn("Month"),
        SheetColumn("Cost", "USD/month"),
        SheetColumn("Cost, low", "USD/month"),
        SheetColumn("Cost, high", "USD/month"),
        SheetColumn("Emissions", "kgCO2e/month"),
        SheetColumn("Highest load", "fraction"),
    )
    peaks = [max((float(load) for load in row if math.isfinite(load)), default=math.nan) for row in horizon.load]
    series = (horizon.months, horizon.cost, horizon.cost_low, horizon.cost_high, horizon.kg, peaks)
    rows = tuple(tuple(_known(float(value)) for value in row) for row in zip(*series, strict=True))
    return Sheet("Horizon", columns, rows)


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _finding_sheet(evaluation: Evaluation, assessments: Sequence[Assessment]) -> Sheet:
    columns = tuple(map(SheetColumn, ("Severity", "Finding", "Why", "Where", "Remedy", "Effect", "Rule")))
    rows = tuple(
        (
            finding.severity,
            str(finding.title),
            str(finding.why),
            ", ".join(element_name(evaluation, element) for element in finding.elements),
            str(finding.remedy.label) if finding.remedy else "",
            effect_text(evaluation, finding.remedy) if finding.remedy else "",
            finding.rule,
        )
        for finding in all_findings(evaluation, assessments)
    )
    return Sheet("Findings", columns, rows)


def _assumption_sheet(evaluation: Evaluation) -> Sheet:
    columns = (
        SheetColumn("Element"),
        SheetColumn("Input"),
        SheetColumn("Value", unit_column="Unit"),
        SheetColumn("Unit"),
        SheetColumn("Known by"),
        SheetColumn("Evidence"),
        SheetColumn("Source"),
        SheetColumn("Name"),
    )
    return Sheet("Assumptions", columns, tuple(_inputs(evaluation)))


def _inputs(evaluation: Evaluation) -> Iterator[tuple[Value, ...]]:
    design = evaluation.design
    elements: list[tuple[Id, Node | Flow | Brief]] = [(BRIEF_ID, design.brief)]
    elements += [*design.nodes.items(), *design.flows.items()]
    for key, element in elements:
        for name, parameter in parameters_of(element).items():
            value = value_of(element, name)
            if value is None:
                continue
            number = isinstance(value, int | float) and not isinstance(value, bool)
            shown: Value = float(value) if number else _words(value)
            origin = origin_of(element, name)
            evidence = parameter.evidence if origin == "default" else ""
            source = parameter.source if origin == "default" else ""
            unit = "fraction" if parameter.unit == "%" else parameter.unit
            yield element_name(evaluation, key), parameter.label, shown, unit, origin, evidence, source, name


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{key} {part}" for key, part in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
