"""Evaluations, comparisons and assessments as plain text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from models.catalog.catalog import Catalog
from models.design.elements import BRIEF_ID, Id
from models.evaluation import Evaluation
from models.formatting import format_change, format_figure, format_value
from models.frameworks import all_findings, full_scoreboard
from models.moves.effects import effect_text
from models.plans import Plan
from models.report import (
    Assessment,
    Block,
    Chart,
    Figure,
    Figures,
    Finding,
    Findings,
    InputField,
    Sentence,
    Table,
    Timeline,
)
from models.variants import HIGHER_IS_BETTER, Comparison, FigureChange

if TYPE_CHECKING:
    from models.importers.notes import Note

_TEXT_ONLY = ("total/default_share", "total/findings")
_MARKS = {"better": "better", "worse": "worse", "same": "same", "tie": "tie", "unknown": "not comparable"}


def columns(rows: Iterable[Sequence[str]], right: frozenset[int] = frozenset(), indent: int = 0) -> str:
    """Return rows as aligned columns; the columns numbered in `right` are right-aligned."""
    table = [list(row) for row in rows]
    if not table:
        return ""
    widths = [max(len(row[place]) for row in table if place < len(row)) for place in range(max(map(len, table)))]
    lines = []
    for row in table:
        cells = [
            cell.rjust(width) if place in right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=False))
        ]
        lines.append(" " * indent + "  ".join(cells).rstrip())
    return "\n".join(lines)


def figure_text(figure: Figure) -> str:
    """Return a figure as one reads it aloud: value, name beside it, and the reason if it is not known."""
    if figure.id in _TEXT_ONLY:
        return figure.text or format_figure(figure)
    text = format_figure(figure)
    if figure.value is not None and figure.text:
        text = f"{text} · {figure.text}"
    if figure.status not in ("ok", "approximate") and figure.reason:
        text = f"{text} ({figure.reason})"
    return text


def evaluation_text(plan: Plan, evaluation: Evaluation) -> str:
    """Return the scoreboard, the journeys, the fullest nodes and the dearest lines of the bill."""
    design = evaluation.design
    size = f"{len(design.nodes)} nodes, {len(design.flows)} flows"
    head = f"{plan.title} · {plan.variant} · month {evaluation.month} · {size}"
    board = full_scoreboard(evaluation, all_findings(evaluation))
    parts = [head, columns([(figure.label, figure_text(figure)) for figure in board], indent=2)]
    journeys = [
        (journey.name, *(format_figure(evaluation.figure(f"journey/{journey.id}/{name}")) for name in _JOURNEY))
        for journey in evaluation.journeys
    ]
    if journeys:
        parts.append(_titled("Journeys", [("", "first p95", "complete p95", "availability"), *journeys], {1, 2, 3}))
    fullest = sorted(zip(np.nan_to_num(-evaluation.node_column("load")), evaluation.node_ids, strict=True))[:8]
    rows = [
        (design.node(key).name, *(format_figure(evaluation.figure(f"node/{key}/{name}")) for name in _NODE))
        for load, key in fullest
        if load < 0
    ]
    if rows:
        parts.append(_titled("Fullest nodes", [("", "used", "slots", "own p95", "per month"), *rows], {1, 2, 3, 4}))
    parts.append(_bill_text(evaluation))
    return "\n\n".join(part for part in parts if part) + "\n"


_JOURNEY = ("first_p95_s", "p95_s", "availability")
_NODE = ("utilization", "slots_utilization", "response_p95_s", "cost_per_month")


def _bill_text(evaluation: Evaluation) -> str:
    lines = [line for line in evaluation.bill() if line.usd_per_month is not None][:8]
    rows = [
        (_owner(evaluation, line.element), line.label,
         format_value(line.usd_per_month, "USD/month"), line.date)
        for line in lines
    ]  # fmt: skip
    return _titled("Dearest lines of the bill", rows, {2}) if rows else ""


def _owner(evaluation: Evaluation, element: Id) -> str:
    return "whole plan" if element == BRIEF_ID else getattr(evaluation.design.elements[element], "name", "") or "flow"


def _titled(title: str, rows: Iterable[Sequence[str]], right: set[int]) -> str:
    return f"{title}\n{columns(rows, frozenset(right), indent=2)}"


def findings_text(findings: Sequence[Finding], evaluation: Evaluation | None = None) -> str:
    """Return findings, the gravest first, with why, what to do and, with the evaluation, what that changes."""
    order = {"error": 0, "warning": 1, "note": 2}
    lines = []
    for finding in sorted(findings, key=lambda finding: order[finding.severity]):
        lines.append(f"{finding.severity:<8} {finding.title}")
        lines.append(f"         {finding.why}")
        if finding.remedy is not None:
            lines.append(f"         Remedy: {finding.remedy.label or finding.remedy.move}")
            told = "" if evaluation is None else effect_text(evaluation, finding.remedy)
            lines += [f"         Effect: {told}"] if told else []
    return "\n".join(lines) + "\n" if lines else "No findings.\n"


def notes_text(notes: Sequence[Note]) -> str:
    """Return what an import assumed, left out or did not understand, the gravest first, with file and line."""
    order = {"error": 0, "warning": 1, "info": 2}
    rows = [
        (note.severity, f"{note.file}:{note.line}" if note.line else note.file, note.what)
        for note in sorted(notes, key=lambda note: order[note.severity])
    ]
    return columns(rows, indent=2) + "\n" if rows else ""


def comparison_text(plans: tuple[Plan, Plan], found: Comparison) -> str:
    """Return the figures of both plans with verdicts, and the list of changes."""
    head = [("", *(f"{plan.title} · {plan.variant}" for plan in plans), "difference", "")]
    rows = [
        (change.label, _side(change.before), _side(change.after), _difference(change), _MARKS[change.verdict])
        for change in found.figures
    ]
    parts = [columns([*head, *rows], frozenset({1, 2, 3}))]
    lines = []
    for change in found.changes:
        lines.append(f"  {change.change:<8} {change.kind} “{change.name}”")
        lines += [f"           {path}: {_value(old)} → {_value(new)}" for path, old, new in change.leaves]
    if found.moved:
        lines.append(f"  {found.moved} elements lie elsewhere in the drawing")
    parts.append("Changes\n" + "\n".join(lines or ["  none"]))
    return "\n\n".join(parts) + "\n"


def _side(figure: Figure) -> str:
    return figure.text if figure.id in _TEXT_ONLY else format_figure(figure)


def _difference(change: FigureChange) -> str:
    if change.difference is None or change.id in _TEXT_ONLY:
        return ""
    direction = "higher" if change.id in HIGHER_IS_BETTER else "lower"
    unit = "months" if change.after.unit == "month" else change.after.unit
    text, _ = format_change(change.difference, unit, good_when=direction)
    if not change.relative or change.after.unit in ("fraction", "month"):
        return text
    return f"{text} ({change.relative:+.1%})"


def _value(value: object) -> str:
    return "–" if value is None else str(value)


def assessment_text(assessment: Assessment) -> str:
    """Return a framework's answer and the blocks of its panel."""
    parts = [f"{assessment.title}\n  {assessment.answer}"]
    parts += [text for text in map(_block_text, assessment.blocks) if text]
    return "\n\n".join(parts) + "\n"


def _block_text(block: Block) -> str:
    if isinstance(block, Sentence):
        return f"  {block.text}"
    if isinstance(block, Figures):
        rows = [(figure.label, figure_text(figure)) for figure in block.figures]
        return "\n".join(filter(None, [str(block.title), columns(rows, indent=2)]))
    if isinstance(block, Table):
        return _table_text(block)
    if isinstance(block, Findings):
        return findings_text(block.findings).rstrip()
    if isinstance(block, Timeline):
        return f"{block.title}\n{columns(_task_rows(block), indent=2)}"
    assert isinstance(block, Chart | InputField)
    return ""


def _task_rows(block: Timeline) -> list[tuple[str, str, str]]:
    if block.start:
        rows = [(f"{block.when(start)} to {block.when(end)}", *names) for start, end, names in _tasks(block)]
        return [*rows, *((block.when(month), text, "") for month, text in block.marks)]
    rows = [(f"months {start:.3g}–{end:.3g}", *names) for start, end, names in _tasks(block)]
    return [*rows, *((f"month {month:.3g}", text, "") for month, text in block.marks)]


def _tasks(block: Timeline) -> list[tuple[float, float, tuple[str, str]]]:
    return [(start, end, (label, group)) for label, start, end, group in block.tasks]


def _table_text(table: Table) -> str:
    units = [column.unit for column in table.columns]
    rows = [[str(column.title) for column in table.columns]]
    for row in (*table.rows, *([table.total] if table.total else [])):
        rows.append([_cell(cell, unit) for cell, unit in zip(row, units, strict=True)])
    numeric = {
        place
        for place in range(len(units))
        if any(isinstance(row[place], int | float | Figure) for row in table.rows if place < len(row))
    }
    return _titled(str(table.title), rows, numeric)


def _cell(cell: float | str | Figure | None, unit: str) -> str:
    if isinstance(cell, Figure):
        return figure_text(cell)
    return cell if isinstance(cell, str) else format_value(cell, unit)


def _sources(sources: Sequence[str]) -> str:
    more = f" and {len(sources) - 1} more" if len(sources) > 1 else ""
    return f"{sources[0] if len(sources[0]) <= 80 else sources[0][:79] + '…'}{more}" if sources else ""


def catalog_text(catalog: Catalog) -> str:
    """Return how old each part of the price list is, where it comes from and what is not known."""
    rows = [("section", "records", "oldest", "newest", "sources")]
    rows += [(row.section, f"{row.records:,}", row.oldest, row.newest, _sources(row.sources)) for row in catalog.ages()]
    gaps = [(gap.provider, gap.what) for gap in catalog.gaps()]
    parts = [f"Price list {catalog.digest}", columns(rows, frozenset({1}), indent=2)]
    if gaps:
        parts.append(_titled("Not known", gaps, set()))
    return "\n\n".join(parts) + "\n"
