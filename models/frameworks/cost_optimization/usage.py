"""What is paid and not used, and what the next step of capacity costs."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import NamedTuple

import numpy as np

from models.design.elements import Id
from models.evaluation.columns import Floats, Ints, filled, sum_by
from models.evaluation.load import TRAINING
from models.frameworks.cost_optimization.fleet import Fleet, Mask
from models.frameworks.cost_optimization.view import View
from models.frameworks.cost_optimization.words import dollars, percent
from models.report import Cell, Column, Finding, Message, Table
from models.words import Text

MOST_ROWS = 12
MONEY = "USD/month"
IDLE_SHARE = 0.2
USED_LITTLE = 0.4


class Usage(NamedTuple):
    """The use of u nodes with machines and a known load, the most idle money first.

    Attributes:
        node: (u,) node numbers; usd: (u,) their machines. peak, mean: (u,) share in use at the peak and over the day.
        step_usd, step_rate: (u,) price per month of one more replica, and the requests/s that it adds.
        accelerated: (u,) above 0 for nodes on accelerators. measured: (u,) use comes from metrics, not from the model.
    """

    node: Ints
    usd: Floats
    peak: Floats
    mean: Floats
    step_usd: Floats
    step_rate: Floats
    accelerated: Floats
    measured: Mask

    @property
    def idle(self) -> Floats:
        """(u,) USD per month that is paid for and not used, over the day."""
        return np.asarray(self.usd * (1.0 - self.mean))


def usage(view: View, found: Fleet) -> Usage:
    """Return how much of the machines is used; what is paid by the hour of use is left out."""
    traffic, n = view.evaluation.traffic, len(view.evaluation.node_ids)
    cost = np.where(np.isnan(found.used), found.cost, 0.0)
    usd = sum_by(found.node, cost, n)
    replicas = sum_by(found.node, found.replicas * found.copies, n)
    capacity = sum_by(found.node, filled(traffic.load.capacity[found.row] * found.copies), n)
    drawn = sum_by(found.node, traffic.load.replicas[found.row] * found.copies, n)
    accelerated = sum_by(found.node, found.accelerated, n)
    peak = traffic.load.node_utilization
    with np.errstate(all="ignore"):
        mean = np.minimum(peak, 1.0) * traffic.demand.node_mean / traffic.demand.node_peak
        mean = mean * np.where(replicas > 0, drawn / replicas, 1.0)
        steady = view.evaluation.pipeline.nodes.station == TRAINING
        mean = np.minimum(np.where(steady, peak, mean), 1.0)
        step_usd, step_rate = usd / replicas, capacity / drawn
    known = np.isfinite(view.measured.p95)
    peak, mean = np.where(known, view.measured.p95, peak), np.where(known, view.measured.mean, mean)
    rows = np.flatnonzero((usd > 0) & np.isfinite(mean) & (mean > 0))
    order = rows[np.argsort(-(usd[rows] * (1.0 - mean[rows])), kind="stable")]
    steps = (step_usd[order], step_rate[order])
    return Usage(order, usd[order], peak[order], mean[order], *steps, accelerated[order], known[order])


def usage_table(view: View, found: Usage) -> Table:
    """Return what is paid and what of it is used, the most idle money first."""
    elements = view.evaluation.pipeline.nodes.elements
    shown = list(enumerate(found.node[:MOST_ROWS].tolist()))
    ids = tuple(view.evaluation.node_ids[node] for _, node in shown)
    idle, usd = float(found.idle.sum()), float(found.usd.sum())
    paid: tuple[tuple[Cell, ...], ...] = tuple(
        (
            elements[node].name,
            *(float(column[at]) for column in (found.usd, found.peak, found.mean, found.idle)),
            Text("measured") if found.measured[at] else Text("model"),
        )
        for at, node in shown
    )
    columns = (
        Column(Message("Node")),
        Column(Message("Machines"), MONEY),
        Column(Message("Peak"), "fraction"),
        Column(Message("Day"), "fraction"),
        Column(Message("Idle"), MONEY),
        Column(Message("By")),
    )
    total: tuple[Cell, ...] = (Text("All"), usd, "", 1.0 - idle / usd if usd > 0 else None, idle, "")
    return Table(Message("Paid and used"), columns, paid, ids, total)


def usage_findings(view: View, found: Usage, cured: Set[Id]) -> Iterator[Finding]:
    """Yield a finding for accelerators whose idle hours are a large part of the bill, but for nodes in `cured`."""
    elements, total = view.evaluation.pipeline.nodes.elements, view.charges.total
    large = (found.accelerated > 0) & (found.idle >= IDLE_SHARE * total) & (found.mean < USED_LITTLE)
    for at in np.flatnonzero(large).tolist():
        node = int(found.node[at])
        if view.evaluation.node_ids[node] in cured:
            continue
        args = {
            "name": elements[node].name,
            "idle": dollars(float(found.idle[at])),
            "mean": percent(float(found.mean[at])),
            "peak": percent(float(found.peak[at])),
        }
        title = Message("“{name}” is idle for {idle} of its price a month", args)
        why = Message(
            "It is {peak} full at the peak but {mean} over the day. Batch work at night, replicas that follow the day, "
            "or a smaller base that overflows to a hosted service would fill it.",
            args,
        )
        yield Finding("idle_capacity", "note", title, why, (view.evaluation.node_ids[node],))
