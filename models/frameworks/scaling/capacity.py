"""What the scaling panel computes with: load of the months ahead, replicas that hold, and what they cost."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.design.elements import Id
from models.evaluation import Evaluation
from models.evaluation.cases import Case, at_month
from models.evaluation.columns import Floats, filled, sum_by
from models.evaluation.load import DEFAULT_TARGET, WRITE
from models.evaluation.machines import replica_hour
from models.evaluation.pipeline import Pipeline

STEPS = 7
FOLLOWING = 0.5
HOURS_PER_MONTH = 730.0


class Capacity:
    """Loads and prices of an evaluation; n nodes, months ahead in `STEPS` steps."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        self.nodes = evaluation.pipeline.nodes
        self.n = len(self.nodes.ids)
        self._most: dict[int, Floats] = {}
        self._loads: dict[int, Floats] = {}

    @cached_property
    def load(self) -> Floats:
        """(n,) load at the peak of the shown month; NaN where a node has no capacity of its own that is known."""
        return self.evaluation.load

    @cached_property
    def by_slots(self) -> NDArray[np.bool_]:
        """(n,) True where slots fill before servers."""
        servers = filled(self.evaluation.traffic.load.node_utilization)
        return np.asarray(filled(self.evaluation.traffic.slots) > servers)

    @cached_property
    def replicas(self) -> Floats:
        """(n,) replicas of all active sites."""
        active = np.where(self.nodes.role == 0, self.evaluation.traffic.load.replicas, 0.0)
        return sum_by(self.nodes.row_node, active, self.n)

    @cached_property
    def sites(self) -> Floats:
        """(n,) active sites."""
        return sum_by(self.nodes.row_node, (self.nodes.role == 0).astype(float), self.n)

    @cached_property
    def months(self) -> tuple[int, ...]:
        """The shown month and later ones up to the horizon, in even steps, with dated events and their neighbors."""
        start, last = self.evaluation.month, self.evaluation.horizon_months
        found = np.linspace(start, max(last, start + 1), STEPS).round().astype(int)
        events = self.nodes.column("demand", "event_month")
        dated = {int(event) + near for event in events[np.isfinite(events)] for near in (-1, 0, 1)}
        kept = {month for month in dated if start <= month <= last}
        return tuple(sorted({*(int(month) for month in found), *kept}))

    def load_at(self, month: int) -> Floats:
        """Return (n,) the load of a month: grown with each node's own demand, phases applied.

        Slots are taken with today's latency; the month in which a node is full (`full_months`) is not.
        """
        if month not in self._loads:
            self._loads[month] = self._load_at(month)
        return self._loads[month]

    def _load_at(self, month: int) -> Floats:
        pipeline, case = self.evaluation.pipeline, self.evaluation.case
        if at_month(pipeline.design, month) is not pipeline.now:
            later = Case(month, case.demand_factor, case.price_factor, case.failed)
            traffic = Pipeline(pipeline.design, pipeline.catalog, later, pipeline).first_attempts(later)
            return np.fmax(traffic.load.node_utilization, traffic.slots)
        now = pipeline.demand(case.month, case.demand_factor).node_peak
        then = pipeline.demand(month, case.demand_factor).node_peak
        with np.errstate(all="ignore"):
            growth = np.where(now > 0, then / now, 1.0)
        return np.asarray(self.load * growth)

    def unit_price(self, row: int) -> float:
        """Return USD per month of one more replica at every place of a node, bought as the others are.

        NaN where it is not bought by the replica.
        """
        bought, total = self.evaluation.money.bought, 0.0
        for site in np.flatnonzero((self.nodes.row_node == row) & (self.nodes.role == 0)).tolist():
            offer = bought.offers[bought.offer[site]] if bought.offer[site] >= 0 else None
            if offer is None or offer.usd_hour is None:
                return float("nan")
            price = replica_hour(offer, offer.usd_hour.value, self.nodes, row)
            total += price * HOURS_PER_MONTH * float(self.nodes.copies[site])
        return total or float("nan")

    @cached_property
    def writing(self) -> Floats:
        """(n,) share of the work that is writing; 0 where nothing arrives."""
        flows = self.evaluation.pipeline.flows
        rate = filled(self.evaluation.traffic.demand.flow_peak)
        writes, own = flows.operation == WRITE, flows.column("service_time_ms")
        times = (self.nodes.column("service", name)[flows.target] for name in ("write_time_ms", "read_time_ms"))
        work = rate * np.where(np.isnan(own), filled(np.where(writes, *times)), own)
        total = sum_by(flows.target, work, self.n)
        written = sum_by(flows.target, np.where(writes, work, 0.0), self.n)
        return np.asarray(np.divide(written, total, out=np.zeros(self.n), where=total > 0))

    @cached_property
    def target(self) -> Floats:
        """(n,) utilization that a node is sized for."""
        return filled(self.nodes.column("service", "target_utilization"), DEFAULT_TARGET)

    def most_load(self, month: int) -> Floats:
        """Return (n,) the highest load up to a month, dated events among them; NaN where it is not known."""
        if month not in self._most:
            events = self.nodes.column("demand", "event_month")
            dated = {int(event) for event in events[np.isfinite(events)] if self.evaluation.month <= event <= month}
            loads = [self.load_at(one) for one in sorted({month, *dated})]
            self._most[month] = loads[0] if len(loads) == 1 else np.fmax.reduce(loads)
        return self._most[month]

    def follows(self, row: int) -> bool:
        """Return whether the node only fills because what it waits for does: its own load is far from full then."""
        month = float(self.evaluation.full_months[row])
        if not np.isfinite(month):
            return False
        return float(self.most_load(int(month))[row]) < FOLLOWING

    def replicas_for(self, row: int, month: int) -> int:
        """Return replicas per active site that keep the node at its target up to `month`, at least those drawn."""
        last = float(self.most_load(month)[row])
        per_site = float(self.replicas[row] / max(self.sites[row], 1.0))
        needed = np.ceil(per_site * last / float(self.target[row]) - 1e-9) if np.isfinite(last) else per_site
        return int(max(needed, per_site))

    def can_grow(self, row: int) -> bool:
        """Return whether replicas of the node help: it is ours, has replicas, and not a single writer."""
        node = self.nodes.elements[row]
        known = not np.isnan(self.nodes.column("service", "max_replicas")[row])
        return known and node.kind not in ("relational", "users", "edge_device", "on_premises")

    def name(self, row: int) -> str:
        """Return the name of a node."""
        return self.nodes.elements[row].name

    def key(self, row: int) -> Id:
        """Return the id of a node."""
        return self.nodes.ids[row]
