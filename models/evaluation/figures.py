"""Figures by id: unit, basis, status and, where one cannot be computed, the reason and the bound that holds."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from models.design.elements import Id
from models.evaluation.columns import filled
from models.evaluation.load import LLM
from models.report import Figure, Status
from models.words import Text, joined, quoted

if TYPE_CHECKING:
    from models.evaluation.result import Evaluation

NODE_FIGURES: dict[str, tuple[str, str]] = {
    "arrival_rate": (Text("Requests at peak"), "1/s"),
    "arrival_scv": (Text("Variability of arrivals (c²)"), "×"),
    "utilization": (Text("Utilization at peak"), "fraction"),
    "slots_utilization": (Text("Slots in use at peak"), "fraction"),
    "response_mean_s": (Text("Own response time, mean"), "s"),
    "response_p95_s": (Text("Own response time, p95"), "s"),
    "cost_per_month": (Text("Cost per month"), "USD/month"),
    "availability": (Text("Availability"), "fraction"),
    "kgco2e_per_month": (Text("Emissions per month"), "kgCO2e/month"),
    "headroom": (Text("Headroom (growth until full)"), "×"),
    "full_month": (Text("Full in month"), "month"),
}
FLOW_FIGURES: dict[str, tuple[str, str]] = {
    "rate": (Text("Rate at peak"), "1/s"),
    "bytes_per_s": (Text("Mean volume"), "byte/s"),
    "cost_per_month": (Text("Traffic cost per month"), "USD/month"),
    "latency_s": (Text("Network round trip"), "s"),
    "batch_wait_s": (Text("Wait for a batch, mean"), "s"),
    "sends": (Text("Sends, mean"), "1/s"),
    "late_share": (Text("Attempts that time out at peak"), "fraction"),
}


def figure(evaluation: Evaluation, figure_id: str) -> Figure:
    """Return the figure of an id like `node/<id>/utilization`, `flow/<id>/rate`, `journey/<id>/p95_s`, `total/…`."""
    family, _, rest = figure_id.partition("/")
    if family == "total":
        from models.evaluation.totals import total

        return total(evaluation, rest)
    owner, _, name = rest.rpartition("/")
    if family == "node":
        return _node_figure(evaluation, evaluation.pipeline.nodes.row_of[owner], name)
    if family == "flow":
        return _flow_figure(evaluation, evaluation.pipeline.flows.row_of[owner], name)
    if family == "journey":
        return _journey_figure(evaluation, owner, name)
    raise KeyError(figure_id)


def basis(evaluation: Evaluation) -> str:
    """Return what peak figures hold for."""
    return _basis(evaluation.month)


@cache
def _basis(month: int) -> str:
    return joined((Text("peak hour"), Text("month {month}", month=month)))


def node_figures(evaluation: Evaluation, identifier: Id) -> tuple[Figure, ...]:
    """Return every figure of a node."""
    row = evaluation.pipeline.nodes.row_of[identifier]
    return tuple(_node_figure(evaluation, row, name) for name in NODE_FIGURES)


def flow_figures(evaluation: Evaluation, identifier: Id) -> tuple[Figure, ...]:
    """Return every figure of a flow."""
    row = evaluation.pipeline.flows.row_of[identifier]
    return tuple(_flow_figure(evaluation, row, name) for name in FLOW_FIGURES)


def _node_figure(evaluation: Evaluation, row: int, name: str) -> Figure:
    label, unit = NODE_FIGURES[name]
    identifier = f"node/{evaluation.node_ids[row]}/{name}"
    value = float(evaluation.node_column(name)[row])
    if name == "full_month":
        return full_month_figure(evaluation, identifier, label, value)
    if name == "cost_per_month":
        return _node_cost(evaluation, row, identifier, label, value)
    if np.isfinite(value):
        return _known_figure(evaluation, row, name, value)
    reason = _node_reason(evaluation, row, name)
    if np.isnan(value):
        return Figure(
            identifier, label, None, unit, "unknown", basis(evaluation), reason or Text("Nothing here is loaded.")
        )
    if name == "headroom" and np.isinf(value):
        reason = Text("Nothing loads it at this month's peak, so that growth never fills it.")
        return Figure(identifier, label, None, unit, "ok", basis(evaluation), reason, text=Text("no load"))
    return Figure(identifier, label, None, unit, "invalid", basis(evaluation), reason or Text("It is saturated."))


def _known_figure(evaluation: Evaluation, row: int, name: str, value: float) -> Figure:
    label, unit = NODE_FIGURES[name]
    identifier = f"node/{evaluation.node_ids[row]}/{name}"
    if name in ("utilization", "slots_utilization") and value >= 1.0:
        return _saturated(evaluation, row, identifier, label, value)
    status: Status = "approximate" if name in ("response_mean_s", "response_p95_s") else "ok"
    return Figure(identifier, label, value, unit, status, basis(evaluation), band=_band(evaluation, row, name, value))


def _saturated(evaluation: Evaluation, row: int, identifier: str, label: str, value: float) -> Figure:
    load = evaluation.traffic.load
    nodes = evaluation.pipeline.nodes
    rows = np.flatnonzero(nodes.row_node == row)
    excess = float(np.nansum(np.maximum(load.arrival[rows] - load.capacity[rows], 0.0) * nodes.copies[rows]))
    name = nodes.elements[row].name
    if identifier.endswith("/slots_utilization") or not np.isfinite(excess) or excess <= 0:
        sentence = Text("“{name}” needs {value:.0%} of its slots: requests wait for one.", name=name, value=value)
    else:
        sentence = Text(
            "“{name}” is at least 100 % used: its backlog grows by {excess:.3g} requests/s.", name=name, excess=excess
        )
    return Figure(identifier, label, 1.0, "fraction", "invalid", basis(evaluation), sentence, "at_least")


def _node_reason(evaluation: Evaluation, row: int, name: str) -> str:
    nodes = evaluation.pipeline.nodes
    node = nodes.elements[row]
    kind = nodes.kind(row)
    if kind is None:
        return Text("The kind {kind!r} is not known to this program.", kind=node.kind)
    if name == "kgco2e_per_month":
        return Text("The grid intensity of its region is not known.")
    for site in np.flatnonzero(nodes.row_node == row):
        point = evaluation.traffic.load.points.get(int(site))
        if point is not None and not point.fits:
            return point.reason
    if np.isnan(evaluation.traffic.demand.node_peak[row]):
        return Text("It lies behind a loop that multiplies its own traffic.")
    if name in ("utilization", "headroom") and np.isnan(evaluation.node_column("load")[row]):
        return Text("It has no capacity limit of its own that is known.")
    if np.isinf(evaluation.traffic.load.node_response[row]):
        return Text("It is saturated: waiting grows without end.")
    return ""


def _band(evaluation: Evaluation, row: int, name: str, value: float) -> tuple[float, float] | None:
    if not name.startswith("response"):
        return None
    nodes = evaluation.pipeline.nodes
    if nodes.station[row] == LLM:
        for site in np.flatnonzero(nodes.row_node == row):
            point = evaluation.traffic.load.points.get(int(site))
            if point is not None and np.isfinite(point.band):
                return value * (1.0 - point.band), value * (1.0 + point.band)
    spread = 0.16 if name.endswith("p95_s") else 0.04
    return value * (1.0 - spread), value * (1.0 + spread)


def _node_cost(evaluation: Evaluation, row: int, identifier: str, label: str, value: float) -> Figure:
    basis_text = joined((Text("month {month}", month=evaluation.month), Text("24-hour profile")))
    if row in evaluation.money.bill.unpriced_nodes:
        sentence = evaluation.bill_reasons.get(evaluation.node_ids[row], Text("A part of it has no known price."))
        if value <= 0:
            return Figure(identifier, label, None, "USD/month", "unknown", basis_text, sentence)
        return Figure(identifier, label, value, "USD/month", "warning", basis_text, sentence, "at_least")
    return Figure(identifier, label, value, "USD/month", "ok", basis_text)


def full_month_figure(evaluation: Evaluation, identifier: str, label: str, value: float, text: str = "") -> Figure:
    base = joined((Text("as drawn"), Text("growth of the brief")))
    if np.isnan(value):
        return Figure(identifier, label, None, "month", "unknown", base, Text("Nothing in it has a known capacity."))
    if np.isinf(value):
        reason = Text("Not within {months} months.", months=evaluation.horizon_months)
        return Figure(identifier, label, None, "month", "ok", base, reason, text=Text("not within the horizon"))
    return Figure(identifier, label, value, "month", "ok", base, text=text)


def _flow_figure(evaluation: Evaluation, row: int, name: str) -> Figure:
    label, unit = FLOW_FIGURES[name]
    value = float(evaluation.flow_column(name)[row])
    identifier = f"flow/{evaluation.flow_ids[row]}/{name}"
    if np.isnan(value):
        reason = (
            Text("The place of one end is not known; put it into a region.")
            if name == "latency_s"
            else Text("It lies behind a loop that multiplies its own traffic.")
        )
        return Figure(identifier, label, None, unit, "unknown", basis(evaluation), reason)
    if name == "cost_per_month" and row in evaluation.money.bill.unpriced_flows:
        return Figure(
            identifier, label, value, unit, "warning", "", Text("A route of it has no known price."), "at_least"
        )
    return Figure(identifier, label, value, unit, "ok", basis(evaluation))


JOURNEY_FIGURES = {
    "first_p95_s": (Text("First token or byte, p95"), "first_p95"),
    "mean_s": (Text("Answer complete, mean"), "last_mean"),
    "p50_s": (Text("Answer complete, p50"), "last_p50"),
    "p95_s": (Text("Answer complete, p95"), "last_p95"),
    "p99_s": (Text("Answer complete, p99"), "last_p99"),
    "availability": (Text("Availability"), ""),
}


def _journey_figure(evaluation: Evaluation, owner: Id, name: str) -> Figure:
    label, column = JOURNEY_FIGURES[name]
    number = journey_number(evaluation, owner)
    identifier = f"journey/{owner}/{name}"
    if name == "availability":
        value = float(evaluation.reliability.journey[number])
        return plain(identifier, label, value, "fraction", Text("It has no reply path."), basis(evaluation))
    value = float(getattr(evaluation.traffic.reply, column)[number])
    return time_figure(evaluation, identifier, label, value)


def journey_number(evaluation: Evaluation, owner: Id) -> int:
    row = evaluation.pipeline.flows.row_of[owner]
    found = np.flatnonzero(evaluation.pipeline.journeys.first_flow == row)
    if not len(found):
        raise KeyError(owner)
    return int(found[0])


def time_figure(evaluation: Evaluation, identifier: str, label: str, value: float) -> Figure:
    if np.isnan(value):
        return Figure(
            identifier, label, None, "s", "unknown", basis(evaluation), Text("No request waits for a reply here.")
        )
    if np.isinf(value):
        names = [evaluation.pipeline.nodes.elements[row].name for row in _saturated_rows(evaluation)]
        reason = Text("Saturated at {name}: waiting grows without end.", name=joined(map(quoted, names[:3])))
        return Figure(identifier, label, None, "s", "invalid", basis(evaluation), reason)
    band = 0.2 if evaluation.traffic.load.points else 0.16
    return Figure(
        identifier, label, value, "s", "approximate", basis(evaluation), band=(value * (1 - band), value * (1 + band))
    )


def _saturated_rows(evaluation: Evaluation) -> list[int]:
    load = evaluation.load
    return [int(row) for row in np.flatnonzero(filled(load) >= 1.0)]


def plain(identifier: str, label: str, value: float, unit: str, reason: str, basis_text: str) -> Figure:
    if not np.isfinite(value):
        return Figure(identifier, label, None, unit, "unknown", basis_text, reason)
    return Figure(identifier, label, value, unit, "ok", basis_text)


def figures(evaluation: Evaluation) -> tuple[str, ...]:
    """Return the ids of all figures."""
    from models.evaluation.totals import TOTALS

    ids = [f"total/{name}" for name in TOTALS]
    ids += [f"journey/{journey.id}/{name}" for journey in evaluation.journeys for name in JOURNEY_FIGURES]
    ids += [f"node/{key}/{name}" for key in evaluation.node_ids for name in NODE_FIGURES]
    return tuple(ids + [f"flow/{key}/{name}" for key in evaluation.flow_ids for name in FLOW_FIGURES])
