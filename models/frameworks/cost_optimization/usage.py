"""What is paid and not used, and what the next step of capacity costs."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import NamedTuple

import numpy as np

from models.design.elements import Id
from models.evaluation.bill import SECONDS_PER_MONTH
from models.evaluation.columns import Floats, Ints
from models.evaluation.load import TRAINING
from models.frameworks.cost_optimization.fleet import Fleet
from models.frameworks.cost_optimization.view import View
from models.report import Cell, Column, Finding, Message, Table

MOST_ROWS = 12
IDLE_SHARE = 0.2
USED_LITTLE = 0.4


class Usage(NamedTuple):
    """The use of u nodes with machines and a known load, the most idle money first.

    Attributes:
        node: (u,) node numbers; usd: (u,) their machines. peak, mean: (u,) share in use at the peak and over the day.
        step_usd, step_rate: (u,) price per month of one more replica, and the requests/s that it adds.
        accelerated: (u,) runs on accelerators.
    """

    node: Ints
    usd: Floats
    peak: Floats
    mean: Floats
    step_usd: Floats
    step_rate: Floats
    accelerated: Floats

    @property
    def idle(self) -> Floats:
        """(u,) USD per month that is paid for and not used, over the day."""
        return np.asarray(self.usd * (1.0 - self.mean))


def usage(view: View, found: Fleet) -> Usage:
    """Return how much of the machines is used."""
    traffic, n = view.evaluation.traffic, len(view.evaluation.node_ids)
    cost = found.cost()
    usd = np.bincount(found.node, cost, n)
    replicas = np.bincount(found.node, found.replicas * found.copies, n)
    capacity = np.bincount(found.node, np.nan_to_num(traffic.load.capacity[found.row] * found.copies), n)
    drawn = np.bincount(found.node, traffic.load.replicas[found.row] * found.copies, n)
    accelerated = np.bincount(found.node, found.accelerated, n) > 0
    peak = traffic.load.node_utilization
    with np.errstate(all="ignore"):
        mean = np.minimum(peak, 1.0) * traffic.demand.node_mean / traffic.demand.node_peak
        mean = mean * np.where(replicas > 0, drawn / replicas, 1.0)
        steady = view.evaluation.pipeline.nodes.station == TRAINING
        mean = np.minimum(np.where(steady, peak, mean), 1.0)
        step_usd, step_rate = usd / replicas, capacity / drawn
    rows = np.flatnonzero((usd > 0) & np.isfinite(mean) & (mean > 0))
    order = rows[np.argsort(-(usd[rows] * (1.0 - mean[rows])), kind="stable")]
    return Usage(
        order, usd[order], peak[order], mean[order], step_usd[order], step_rate[order], accelerated[order].astype(float)
    )


def usage_table(view: View, found: Usage) -> Table:
    """Return what is paid and used, and the price of the next step."""
    elements = view.evaluation.pipeline.nodes.elements
    rows: list[tuple[Cell, ...]] = []
    for at, node in enumerate(found.node[:MOST_ROWS].tolist()):
        rate = float(found.step_rate[at])
        per_million = float(found.step_usd[at]) / (rate * SECONDS_PER_MONTH) * 1e6 if rate > 0 else None
        rows.append(
            (
                elements[node].name,
                float(found.usd[at]),
                float(found.peak[at]),
                float(found.mean[at]),
                float(found.idle[at]),
                float(found.step_usd[at]),
                rate if rate > 0 else None,
                per_million,
            )
        )
    columns = (
        Column(Message("Node")),
        Column(Message("Machines"), "USD/month"),
        Column(Message("Peak"), "fraction"),
        Column(Message("Day"), "fraction"),
        Column(Message("Idle"), "USD/month"),
        Column(Message("+1 replica"), "USD/month"),
        Column(Message("adds"), "1/s"),
        Column(Message("Per million"), "USD"),
    )
    ids = tuple(view.evaluation.node_ids[node] for node in found.node[:MOST_ROWS].tolist())
    idle, usd = float(found.idle.sum()), float(found.usd.sum())
    total: tuple[Cell, ...] = ("All", usd, "", 1.0 - idle / usd if usd > 0 else None, idle, "", "", "")
    return Table(Message("Paid and used; what the next replica costs"), columns, tuple(rows), ids, total)


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
            "idle": f"${float(found.idle[at]):,.0f}",
            "mean": f"{float(found.mean[at]):.0%}",
            "peak": f"{float(found.peak[at]):.0%}",
        }
        title = Message("“{name}” is idle for {idle} of its price a month", args)
        why = Message(
            "It is {peak} full at the peak but {mean} over the day. Batch work at night, replicas that follow the day, "
            "or a smaller base that overflows to a hosted service would fill it.",
            args,
        )
        yield Finding("idle_capacity", "note", title, why, (view.evaluation.node_ids[node],))
