"""The evaluation as a value: every figure by id, the bill, the horizon and what could not be computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import NamedTuple

import numpy as np

from models.analyses.batching import Batching, batching
from models.catalog.catalog import Catalog
from models.design.design import Design
from models.design.elements import BRIEF_ID, Id
from models.design.kinds import value_of
from models.evaluation.cases import Case
from models.evaluation.columns import Floats, filled, sum_by
from models.evaluation.horizon import Horizon, full_months, project
from models.evaluation.pipeline import Money, Pipeline, Traffic
from models.evaluation.reliability import Reliability
from models.evaluation.retries import Storm, storm_of
from models.report import Figure, Finding

YEAR_HOURS = 8760.0


class Journey(NamedTuple):
    """A journey: its first flow, its name and the users node it starts from."""

    id: Id
    name: str
    users: Id


class BillLine(NamedTuple):
    """One line of the bill for one element; `usd_per_month` None = not known, then `reason` says why."""

    element: Id
    label: str
    category: str
    usd_per_month: float | None
    quantity: float | None
    unit: str
    source: str
    date: str
    status: str
    reason: str


def evaluate(
    design: Design, catalog: Catalog, month: int = 0, previous: Evaluation | None = None, case: Case | None = None
) -> Evaluation:
    """Return the evaluation of a design.

    Args:
        month: what the figures show; growth and dated phases hold up to it.
        previous: an earlier evaluation; what did not change since is taken over.
        case: factors and failures on top; its month wins.
    """
    chosen = case or Case(month=month)
    return Evaluation(design, catalog, chosen, previous)


class Evaluation:
    """Figures of one design, catalog and case. Immutable; parts that few ask for are computed on first use."""

    def __init__(self, design: Design, catalog: Catalog, case: Case, previous: Evaluation | None = None) -> None:
        self.design, self.catalog, self.case = design, catalog, case
        self._columns: dict[str, Floats] = {}
        self.pipeline: Pipeline = Pipeline(design, catalog, case, previous.pipeline if previous is not None else None)
        self.traffic: Traffic = self.pipeline.traffic(case)
        self.money: Money = self.pipeline.money(case, self.pipeline.first_attempts(case))

    @property
    def month(self) -> int:
        """The month that the figures show."""
        return self.case.month

    @property
    def node_ids(self) -> tuple[Id, ...]:
        """Ids of the nodes, in the order of every (n,) column."""
        return self.pipeline.nodes.ids

    @property
    def flow_ids(self) -> tuple[Id, ...]:
        """Ids of the flows, in the order of every (m,) column."""
        return self.pipeline.flows.ids

    @cached_property
    def reliability(self) -> Reliability:
        """Availabilities of nodes and journeys."""
        return self.pipeline.reliability(self.traffic)

    @cached_property
    def journeys(self) -> tuple[Journey, ...]:
        """The journeys that users start."""
        flows, nodes = self.pipeline.flows, self.pipeline.nodes
        found = []
        for row in self.pipeline.journeys.first_flow:
            if row >= 0:
                flow = flows.elements[row]
                users, target = nodes.elements[flows.source[row]].name, nodes.elements[flows.target[row]].name
                found.append(Journey(flows.ids[row], flow.name or f"{users} → {target}", flow.source))
        return tuple(found)

    @cached_property
    def load(self) -> Floats:
        """(n,) the larger of utilization and slots in use; NaN where a node has neither."""
        return np.fmax(self.traffic.load.node_utilization, self.traffic.slots)

    @cached_property
    def storm(self) -> Storm | None:
        """The state that a retry storm would hold; None if the load returns to the calm one."""
        return storm_of(self.pipeline, self.case, self.traffic)

    @cached_property
    def horizon(self) -> Horizon:
        """Load and cost of every month up to the brief's horizon."""
        return project(self.pipeline, self.horizon_months)

    @cached_property
    def full_months(self) -> Floats:
        """(n,) the first month in which a node is full, inf = not within the horizon, NaN = no capacity of its own."""
        return full_months(self.pipeline, self.horizon_months, self.case)

    @property
    def horizon_months(self) -> int:
        """Months that the plan looks ahead."""
        return int(value_of(self.design.brief, "horizon_months") or 36)

    def node_column(self, name: str) -> Floats:
        """Return one figure of all nodes, shape (n,); NaN = not known. Raises KeyError for an unknown name."""
        load, demand = self.traffic.load, self.traffic.demand
        columns: dict[str, Callable[[], Floats]] = {
            "utilization": lambda: load.node_utilization,
            "slots_utilization": lambda: self.traffic.slots,
            "load": lambda: self.load,
            "arrival_rate": lambda: demand.node_peak,
            "arrival_scv": lambda: np.where(demand.node_peak > 0, load.node_arrival_scv, np.nan),
            "response_mean_s": lambda: load.node_response,
            "response_p95_s": lambda: self.node_percentile,
            "cost_per_month": lambda: self.money.bill.node_usd,
            "availability": lambda: self.reliability.node,
            "kgco2e_per_month": lambda: self.money.emissions.kg,
            "headroom": lambda: _inverse(self.load),
            "full_month": lambda: self.full_months,
        }
        return self._kept(f"node/{name}", columns[name])

    def _kept(self, key: str, compute: Callable[[], Floats]) -> Floats:
        """Compute a column once: figures of single elements ask for it again and again."""
        if key not in self._columns:
            self._columns[key] = compute()
        return self._columns[key]

    def flow_column(self, name: str) -> Floats:
        """Return one figure of all flows, shape (m,). Raises KeyError for an unknown name."""
        from models.evaluation.bill import flow_bytes

        demand = self.traffic.demand
        columns: dict[str, Callable[[], Floats]] = {
            "rate": lambda: demand.flow_hour.max(axis=0) if len(self.flow_ids) else np.zeros(0),
            "bytes_per_s": lambda: np.add(*flow_bytes(self.pipeline.flows, demand)),
            "cost_per_month": lambda: self.money.bill.flow_usd,
            "latency_s": lambda: self.pipeline.network,
            "late_share": lambda: self.traffic.late,
            "batch_wait_s": lambda: self.batches.mean,
            "sends": lambda: demand.flow_mean / self.batches.fill,
        }
        return self._kept(f"flow/{name}", columns[name])

    @cached_property
    def batches(self) -> Batching:
        """How full the batches of each flow are at the mean rate and how long messages wait for them, (m,) each."""
        nodes, flows = self.pipeline.nodes, self.pipeline.flows
        senders = np.maximum(sum_by(nodes.row_node, nodes.replicas * nodes.copies, len(nodes.ids)), 1.0)
        rate = filled(self.traffic.demand.flow_mean) / senders[flows.source]
        size = filled(flows.column("batch_size"), 1.0)
        return batching(rate, size, filled(flows.column("linger_ms")) / 1e3)

    @cached_property
    def node_percentile(self) -> Floats:
        """(n,) 95th percentile of each node's own response time, s."""
        from models.analyses.latency import gamma_percentile

        return np.asarray(gamma_percentile(self.traffic.load.node_response, self.traffic.load.node_variance, 0.95))

    def figure(self, figure_id: str) -> Figure:
        """Return the figure of this id.

        Raises:
            KeyError: there is none of this id; `figures` lists them.
        """
        from models.evaluation.figures import figure

        return figure(self, figure_id)

    def scoreboard(self) -> tuple[Figure, ...]:
        """Return the figures of the scoreboard, in its order."""
        return self._scoreboard

    @cached_property
    def _scoreboard(self) -> tuple[Figure, ...]:
        from models.evaluation.totals import scoreboard

        return scoreboard(self)

    def node_figures(self, identifier: Id) -> tuple[Figure, ...]:
        """Return every figure of one node."""
        from models.evaluation.figures import node_figures

        return node_figures(self, identifier)

    def flow_figures(self, identifier: Id) -> tuple[Figure, ...]:
        """Return every figure of one flow."""
        from models.evaluation.figures import flow_figures

        return flow_figures(self, identifier)

    @cached_property
    def problems(self) -> tuple[Finding, ...]:
        """What could not be computed or cannot hold: amplifying loops, saturation, missing prices, unknown kinds."""
        from models.evaluation.problems import find_problems

        return find_problems(self)

    def bill(self) -> tuple[BillLine, ...]:
        """Return the bill of the month, one line per element and item, the dearest first."""
        lines = [line for line in self._lines(unpriced_only=False) if line.usd_per_month != 0.0]
        return tuple(sorted(lines, key=lambda line: -(line.usd_per_month or 0.0)))

    @cached_property
    def bill_reasons(self) -> Mapping[Id, str]:
        """Why a price is not known or only estimated, by element: the reason of its dearest line that has one."""
        found: dict[Id, str] = {}
        for line in self.bill():
            if line.reason:
                found.setdefault(line.element, line.reason)
        return found

    def unpriced(self) -> Iterable[BillLine]:
        """Return the lines of the bill that have no known price."""
        return self._lines(unpriced_only=True)

    def _lines(self, unpriced_only: bool) -> Iterable[BillLine]:
        found: dict[tuple[Id, str], BillLine] = {}
        bill = self.money.bill
        for line in bill.unpriced_lines if unpriced_only else bill.lines:
            unknown = np.isnan(line.usd)
            for number in np.flatnonzero(unknown if unpriced_only else np.ones(len(unknown), bool)).tolist():
                element = self._owner(line.owner, int(line.members[number]))
                usd = None if unknown[number] else float(line.usd[number])
                quantity = float(line.quantity[number]) if line.quantity is not None else None
                what = (line.label, line.category, usd, quantity, line.unit)
                entry = BillLine(element, *what, line.source, line.date, line.status, line.reason)
                key = (element, line.label)
                found[key] = _joined(found[key], entry) if key in found else entry
        return found.values()

    def _owner(self, owner: str, member: int) -> Id:
        if owner == "row":
            return self.node_ids[int(self.pipeline.nodes.row_node[member])]
        return self.flow_ids[member] if owner == "flow" else BRIEF_ID


def _joined(first: BillLine, second: BillLine) -> BillLine:
    """Return one line for two sites of a node: unknown if either is."""
    known = first.usd_per_month is not None and second.usd_per_month is not None
    usd = (first.usd_per_month or 0.0) + (second.usd_per_month or 0.0) if known else None
    quantity = (first.quantity or 0.0) + (second.quantity or 0.0)
    return first._replace(usd_per_month=usd, quantity=quantity, reason=first.reason or second.reason)


def _inverse(values: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.asarray(1.0 / values)
