"""Availability with its single points of failure, and the emissions of the design."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from reportlab.platypus import Flowable

from exports.pdf.blocks import figure_runs
from exports.pdf.charts import ChartFlowable
from exports.pdf.context import PlanContext
from exports.pdf.links import AVAILABILITY, CARBON
from exports.pdf.pages import Heading, Section
from exports.pdf.prose import PAPER, Prose, Run, bold, muted
from exports.pdf.tables import Grid, GridColumn, GridRow
from models.design.kinds import value_of
from models.evaluation.result import YEAR_HOURS
from models.formatting import format_figure, format_value
from models.report import Axis, Chart, Message, Series

MOST_ROWS = 40
CARBON_METHOD = (
    "Location-based estimate by the method of Cloud Carbon Footprint: power of machines and accelerators at their use, "
    "storage, overhead of the data center, and the grid of the region. Network and manufacture are left out."
)


def availability_section(plan: PlanContext) -> Iterator[Flowable]:
    """Yield the availability of journeys and nodes and where one failure stops a journey."""
    evaluation = plan.evaluation
    yield Heading(Section("Availability", AVAILABILITY))
    total = evaluation.figure("total/availability")
    yield Prose((bold("Weakest journey: "), *figure_runs(total, plan.links)), 10.0, after=6.0)
    target = value_of(plan.design.brief, "target_availability")
    if target:
        yield Prose(f"The target is {format_value(float(target), 'availability')}.", 9.0, after=6.0)
    if evaluation.journeys:
        yield Grid([GridColumn("Journey"), *_heads()], [_journey(plan, journey.id) for journey in evaluation.journeys])
    yield Heading(Section("Single points of failure", "availability-single", 1))
    yield from _single(plan)
    yield Heading(Section("Availability of nodes", "availability-nodes", 1))
    yield from _nodes(plan)


def _heads() -> tuple[GridColumn, ...]:
    return GridColumn("Availability", "right"), GridColumn("Down a year", "right")


def _down(value: float | None) -> str:
    return "–" if value is None else format_value((1.0 - value) * YEAR_HOURS, "h")


def _journey(plan: PlanContext, identifier: str) -> GridRow:
    figure = plan.evaluation.figure(f"journey/{identifier}/availability")
    name = next(journey.name for journey in plan.evaluation.journeys if journey.id == identifier)
    return GridRow((name, Run(format_figure(figure), link=plan.links.figure(figure.id)), _down(figure.value)))


def _single(plan: PlanContext) -> Iterator[Flowable]:
    evaluation = plan.evaluation
    nodes = [evaluation.node_ids[int(row)] for row in evaluation.reliability.single]
    if not nodes:
        yield Prose("No journey depends on a node that has no spare.", 9.0)
        return
    text = "Every request of some journey needs these nodes, and none of them has a second replica or site."
    yield Prose(text, 9.0, after=4.0)
    rows = []
    for key in nodes[:MOST_ROWS]:
        value = evaluation.figure(f"node/{key}/availability").value
        cost = format_figure(evaluation.figure(f"node/{key}/cost_per_month"))
        name = Run(plan.blocks.name(key), "semibold", PAPER.text, plan.links.element(key))
        rows.append(GridRow((name, format_value(value, "availability"), _down(value), cost)))
    yield Grid([GridColumn("Node"), *_heads(), GridColumn("Costs per month", "right")], rows)


def _nodes(plan: PlanContext) -> Iterator[Flowable]:
    evaluation = plan.evaluation
    values = evaluation.node_column("availability")
    path = evaluation.reliability.path
    used: list[int] = np.flatnonzero(path.any(axis=0)).tolist() if len(path) else []
    order = sorted(used, key=lambda row: float(values[row]))
    if not order:
        yield Prose("No node lies on a path that a user waits for.", 9.0)
        return
    rows = []
    for row in order[:MOST_ROWS]:
        key = evaluation.node_ids[row]
        node = plan.design.node(key)
        copies = sum(site.replicas for site in node.sites)
        places = f"{len(node.sites)} sites" if len(node.sites) > 1 else "1 site"
        managed = value_of(node, "managed") is True
        kept = "managed, by promise" if managed else f"{copies} replica{'' if copies == 1 else 's'}, {places}"
        value = float(values[row])
        cells = (Run(node.name, link=plan.links.element(key)), kept, format_value(value, "availability"), _down(value))
        rows.append(GridRow(cells))
    yield Grid([GridColumn("Node on a reply path"), GridColumn("Kept up by"), *_heads()], rows, after=4.0)
    if len(order) > MOST_ROWS:
        yield Prose(muted(f"{len(order) - MOST_ROWS:,} nodes with a higher availability are not listed."), 7.6)


def carbon_section(plan: PlanContext) -> Iterator[Flowable]:
    """Yield the emissions of the month by node and region, and over the months ahead."""
    evaluation = plan.evaluation
    yield Heading(Section("Carbon", CARBON))
    total = evaluation.figure("total/kgco2e_per_month")
    yield Prose((bold("Emissions per month: "), *figure_runs(total, plan.links)), 10.0, after=3.0)
    yield Prose(muted(CARBON_METHOD), 8.0, after=6.0)
    horizon = evaluation.horizon
    if np.nanmax(horizon.kg, initial=0.0) > 0:
        series = (Series("Emissions", tuple(map(float, horizon.months)), tuple(map(float, horizon.kg)), role="good"),)
        axes = Axis(Message("Month"), "month"), Axis(Message("Emissions per month"), "kgCO2e/month")
        yield ChartFlowable(Chart("line", Message("Emissions of the months ahead"), *axes, series), plan.width, 130.0)
    values = evaluation.node_column("kgco2e_per_month")
    order = [int(row) for row in np.argsort(-np.nan_to_num(values)) if values[row] > 0]
    rows = [
        GridRow((plan.blocks.name(evaluation.node_ids[row]), format_value(float(values[row]), "kgCO2e/month")))
        for row in order[:MOST_ROWS]
    ]
    dark = [plan.blocks.name(evaluation.node_ids[int(row)]) for row in np.flatnonzero(np.isnan(values))]
    if rows:
        yield Grid([GridColumn("Node"), GridColumn("Per month", "right")], rows, after=4.0, stretch=False)
    if dark:
        named = ", ".join(dark[:6]) + (f" and {len(dark) - 6} more" if len(dark) > 6 else "")
        yield Prose((Run("Not known: ", "semibold", PAPER.warning), Run(named)), 8.0)
