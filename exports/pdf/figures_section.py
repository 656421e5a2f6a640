"""Figures per journey, node and flow as tables, with the reasons of those that are not known."""

from __future__ import annotations

from collections.abc import Iterator

from reportlab.platypus import Flowable

from exports.pdf.blocks import figures_grid
from exports.pdf.context import PlanContext
from exports.pdf.links import FIGURES, MOST_ROWS, node_place
from exports.pdf.pages import Heading, Section
from exports.pdf.prose import PAPER, Prose, Run, muted
from exports.pdf.tables import Content, Grid, GridColumn, GridRow
from models.formatting import SPACE, format_bound, format_value
from models.frameworks import full_scoreboard
from models.report import Figure

JOURNEY = (
    ("first_p95_s", "First answer p95"),
    ("mean_s", "Complete, mean"),
    ("p50_s", "p50"),
    ("p95_s", "p95"),
    ("p99_s", "p99"),
    ("availability", "Availability"),
)
NODE_HEADS = {
    "arrival_rate": "Requests",
    "utilization": "Used",
    "slots_utilization": "Slots",
    "response_mean_s": "Mean",
    "response_p95_s": "p95",
    "cost_per_month": "Cost",
    "availability": "Availability",
    "kgco2e_per_month": "Carbon",
    "headroom": "Headroom",
    "full_month": "Full in",
}
FLOW_HEADS = {"rate": "Rate", "bytes_per_s": "Mean volume", "latency_s": "Round trip", "cost_per_month": "Traffic cost"}
DASH = "–"
MOST_REASONS = 24
LEAST_SHARE = 0.001
MOST_HEADROOM = 1_000.0


def figures_section(plan: PlanContext) -> Iterator[Flowable]:
    """Yield the totals, then a table each of journeys, nodes and flows."""
    evaluation = plan.evaluation
    yield Heading(Section("Figures", FIGURES))
    basis = f"Times, rates and use hold for the peak hour of month {evaluation.month}; cost is that of the whole month."
    yield Prose(muted(basis), 8.4, after=8.0)
    yield Heading(Section("The whole design", "figures-total", 1))
    yield figures_grid(full_scoreboard(evaluation, plan.findings), plan.links)
    if evaluation.journeys:
        yield Heading(Section("Journeys", "figures-journeys", 1))
        yield _journeys(plan)
    if evaluation.node_ids:
        yield Heading(Section("Nodes", "figures-nodes", 1))
        yield from _nodes(plan)
    if evaluation.flow_ids:
        yield Heading(Section("Flows", "figures-flows", 1))
        yield from _flows(plan)


def _journeys(plan: PlanContext) -> Flowable:
    evaluation = plan.evaluation
    rows = []
    for journey in evaluation.journeys:
        figures = [evaluation.figure(f"journey/{journey.id}/{name}") for name, _ in JOURNEY]
        rows.append(GridRow((journey.name, *(_value(plan, figure) for figure in figures)), f"journey-{journey.id}"))
    columns = [GridColumn("Journey", share=0.3), *(GridColumn(title, "right") for _, title in JOURNEY)]
    return Grid(columns, rows)


def _value(plan: PlanContext, figure: Figure) -> Run:
    """Return a cell: the value, linked to its derivation where there is one; a dash for what does not apply."""
    if figure.value is None and figure.status == "unknown":
        return Run(DASH, color=PAPER.muted)
    if figure.value is None and figure.status == "invalid":
        return Run("no bound", "semibold", PAPER.bad)
    text = "later" if figure.text == "not within the horizon" else _short(figure)
    color = PAPER.bad if figure.status == "invalid" else PAPER.text
    return Run(text, color=color, link=plan.links.figure(figure.id) if figure.id in plan.derived else "")


def _short(figure: Figure) -> str:
    """Return the value for a narrow column: shares below a thousandth and headroom above a thousandfold as such."""
    value = figure.value or 0.0
    if figure.unit == "fraction" and 0 < value < LEAST_SHARE:
        return f"<{SPACE}{format_value(LEAST_SHARE, 'fraction')}"
    if figure.unit == "×" and value > MOST_HEADROOM:
        return f">{SPACE}{format_value(MOST_HEADROOM, '×')}"
    return format_bound(figure)


def _nodes(plan: PlanContext) -> Iterator[Flowable]:
    evaluation = plan.evaluation
    rows, reasons = [], dict[str, list[str]]()
    for key in plan.links.listed_nodes:
        name = plan.design.node(key).name
        cells: list[Content] = [name]
        for figure in evaluation.node_figures(key):
            cells.append(_value(plan, figure))
            if figure.reason and figure.status in ("warning", "invalid"):
                reasons.setdefault(figure.reason, []).append(name)
        rows.append(GridRow(tuple(cells), node_place(key)))
    heads = [NODE_HEADS.get(name, name) for name in _names(plan)]
    yield Grid([GridColumn("Node", share=0.2), *(GridColumn(head, "right") for head in heads)], rows, 6.8, after=4.0)
    yield from _rest(len(evaluation.node_ids) - len(plan.links.listed_nodes), "nodes")
    yield Prose(muted(_legend(plan)), 7.6, after=6.0)
    yield from _reasons(reasons)


def _legend(plan: PlanContext) -> str:
    return (
        "Requests per second at peak · Used and Slots: share of the capacity and of the in-flight places in use · Mean "
        "and p95: own response time without what it waits for · Headroom: growth until full · later: not within "
        f"{plan.evaluation.horizon_months} months · {DASH}: does not apply or is not known."
    )


def _names(plan: PlanContext) -> list[str]:
    figures = plan.evaluation.node_figures(plan.evaluation.node_ids[0])
    return [figure.id.rpartition("/")[2] for figure in figures]


def _flows(plan: PlanContext) -> Iterator[Flowable]:
    evaluation = plan.evaluation
    rows, reasons = [], dict[str, list[str]]()
    for key in evaluation.flow_ids[:MOST_ROWS]:
        flow = plan.design.flows[key]
        label = plan.blocks.name(key)
        ends = f"{plan.blocks.name(flow.source)} → {plan.blocks.name(flow.target)}"
        figures = {figure.id.rpartition("/")[2]: figure for figure in evaluation.flow_figures(key)}
        for figure in figures.values():
            if figure.reason and figure.status != "ok":
                reasons.setdefault(figure.reason, []).append(label)
        values = (_value(plan, figures[name]) for name in FLOW_HEADS if name in figures)
        rows.append(GridRow((ends, flow.interaction, *values)))
    columns = [GridColumn("Flow", share=0.44), GridColumn("Interaction", share=0.13)]
    yield Grid([*columns, *(GridColumn(head, "right") for head in FLOW_HEADS.values())], rows, 7.2, after=4.0)
    yield from _rest(len(evaluation.flow_ids) - MOST_ROWS, "flows")
    yield from _reasons(reasons)


def _rest(count: int, what: str) -> Iterator[Flowable]:
    if count > 0:
        yield Prose(muted(f"{count:,} further {what} are in the project file."), 7.6)


def _reasons(reasons: dict[str, list[str]]) -> Iterator[Flowable]:
    """Yield why values are missing or only bounds, each reason once with where it holds."""
    for reason, names in list(reasons.items())[:MOST_REASONS]:
        unique = list(dict.fromkeys(names))
        where = ", ".join(unique[:4]) + (f" and {len(unique) - 4} more" if len(unique) > 4 else "")
        yield Prose((Run(f"{reason} "), muted(where)), 7.6, after=2.0)
    if len(reasons) > MOST_REASONS:
        yield Prose(muted(f"{len(reasons) - MOST_REASONS} further reasons are listed in the program."), 7.6)
