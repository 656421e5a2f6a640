"""The pipeline: one straight line of stages from the columns to the bill; a stage runs only if an input changed.

Stages are compared by the identity of their inputs. A stage whose result equals the old one hands the old object on,
so that nothing behind it runs again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from functools import cached_property
from itertools import compress, count
from operator import is_not
from typing import Any, NamedTuple, TypeVar

import numpy as np

from models.analyses.flow_order import FlowOrder
from models.catalog.catalog import Catalog
from models.design.design import Design
from models.evaluation.autoscaled import mean_replicas
from models.evaluation.bill import (
    CONTRACT,
    Bill,
    Line,
    Purchase,
    billed_quantities,
    close,
    item_lines,
    own_price_lines,
    plan_lines,
    purchases,
    quantities,
    token_lines,
    total_of,
)
from models.evaluation.cases import Case, at_month
from models.evaluation.clusters import control_plane_lines
from models.evaluation.columns import Floats, Flows, Nodes, build_nodes, patch_nodes
from models.evaluation.demand import (
    Demand,
    Journeys,
    base_rates,
    demand_of,
    growth_factor,
    profile_factors,
    solve_journeys,
)
from models.evaluation.discounts import discounted
from models.evaluation.element_facts import FactTable, fact_table
from models.evaluation.emissions import Emissions, grid_of, network_gb, solve_emissions
from models.evaluation.flow_columns import build_flows, patch_flows
from models.evaluation.latency import Reply, Routes, call_order, held_slots, network_times, routes_of, solve_latency
from models.evaluation.load import Load, Work, at_busiest_hours, grown_replicas, row_shares, solve_load, work_per_call
from models.evaluation.machines import machine_lines, metered_lines, rented
from models.evaluation.network_links import added_times
from models.evaluation.reliability import Reliability, groundwork, solve_reliability
from models.evaluation.retries import Callers, callers_of, with_retries
from models.evaluation.traffic_cost import traffic_lines
from models.evaluation.training_work import monthly_growth, training_hours, training_utilization
from models.evaluation.variability import Streams, streams_of

T = TypeVar("T")
E = TypeVar("E")


class Traffic(NamedTuple):
    """Everything up to the latency of one case: what the live picture of one month needs.

    Attributes:
        work: work per call at the busiest hour of each node; average_work: over the day, for the bill.
        load: at the busiest hour by work; calm: at the hour of most calls with the rates `calm_rate` (n,), for what
            users wait for. The same object unless a node serves calls of different size at different hours.
        alive: (r,) 1.0 for rows that work; shares: (r,) the share of its node's calls that each row serves.
        late: (m,) share of the attempts that time out; the rates hold what is tried again.
    """

    demand: Demand
    work: Work
    average_work: Work
    load: Load
    calm: Load
    calm_rate: Floats
    reply: Reply
    held: Floats
    slots: Floats
    alive: Floats
    shares: Floats
    late: Floats


class Money(NamedTuple):
    """What the case costs and emits; shares: (r,) the share of its node's calls over the day that each row serves."""

    bought: Purchase
    replicas: Floats
    amount: dict[str, Floats]
    bill: Bill
    emissions: Emissions
    shares: Floats


class Stages:
    """Results by stage with the inputs that they came from; starts from the stages of the previous evaluation."""

    def __init__(self, previous: Stages | None) -> None:
        self._old = previous._new if previous else {}
        self._new: dict[str, tuple[tuple[Any, ...], Any]] = {}

    def run(self, name: str, inputs: Sequence[Any], compute: Callable[[], T]) -> T:
        """Return the old result if every input is the same object (or equal plain value), else compute it."""
        key = tuple(inputs)
        found = self._new.get(name) or self._old.get(name)
        if found is not None and len(found[0]) == len(key) and all(map(_same, found[0], key)):
            self._new[name] = found
            return found[1]  # type: ignore[no-any-return]
        result = compute()
        if found is not None and _equal(found[1], result):
            result = found[1]
        self._new[name] = (key, result)
        return result

    def kept(self, name: str, value: T) -> T:
        """Return the object of the previous evaluation if the value equals it, so that stages behind it are kept."""
        found = self._new.get(name) or self._old.get(name)
        if found is not None and _equal(found[1], value):
            value = found[1]
        self._new[name] = ((), value)
        return value

    def each(self, name: str, elements: tuple[E, ...], compute: Callable[[E], T]) -> tuple[T, ...]:
        """Return `compute` of every element; one that is the same object as before keeps what was computed of it.

        The old tuple is handed on where every value equals the old one. `compute` reads its element and the catalog.
        """
        found = self._new.get(name) or self._old.get(name)
        before, values = found if found is not None else ((), ())
        if before is not elements:
            if len(before) == len(elements):
                fresh = list(values)
                for place in compress(count(), map(is_not, before, elements)):
                    fresh[place] = compute(elements[place])
                values = values if fresh == list(values) else tuple(fresh)
            else:
                known = {id(element): value for element, value in zip(before, values, strict=True)}
                values = tuple(known[id(one)] if id(one) in known else compute(one) for one in elements)
        self._new[name] = (elements, values)
        return values


def _same(old: object, new: object) -> bool:
    if old is new:
        return True
    return isinstance(new, int | float | str | frozenset) and type(old) is type(new) and old == new


def _equal(old: object, new: object) -> bool:
    """Return True for arrays of equal bits and for tuples of equal parts; anything else counts as different."""
    if old is new:
        return True
    if isinstance(old, np.ndarray) and isinstance(new, np.ndarray):
        return old.shape == new.shape and old.dtype == new.dtype and old.tobytes() == new.tobytes()
    if isinstance(old, tuple) and isinstance(new, tuple) and type(old) is type(new) and len(old) == len(new):
        return all(_equal(first, second) for first, second in zip(old, new, strict=True))
    return isinstance(new, int | float | bool | str) and type(old) is type(new) and old == new


class Pipeline:
    """The stages of one design and catalog; results of other cases of the same design are computed on demand.

    Args:
        previous: the pipeline of an earlier design: what did not change since is taken over.
    """

    def __init__(self, design: Design, catalog: Catalog, case: Case, previous: Pipeline | None = None) -> None:
        self.design, self.catalog, self.case = design, catalog, case
        self.now = at_month(design, case.month)
        usable = previous if previous is not None and previous.catalog is catalog else None
        self.stages: Stages = Stages(usable.stages if usable else None)
        self._facts_before: FactTable | None = previous.__dict__.get("facts") if previous is not None else None
        self.nodes, self.flows = self._columns(usable)
        flows = self.flows
        self.topology = self.stages.run(
            "topology", (flows,), lambda: (flows.source, flows.target, flows.interaction, flows.column("step"))
        )
        number = len(self.nodes.ids)
        self.order = self.stages.run(
            "order", (number, *self.topology[:2]), lambda: FlowOrder(number, *self.topology[:2])
        )
        self.journeys = self._journeys()
        self.streams = self._streams()
        self.calls = self.stages.run(
            "calls",
            (*self.topology, self.journeys.first_flow),
            lambda: call_order(len(self.nodes.ids), flows, self.journeys),
        )
        self._between = self.network = self.stages.run(
            "network",
            (self.flows, self.nodes.texts, self.nodes.places, self.nodes.place_list, self.nodes.station),
            lambda: network_times(catalog, self.nodes, self.flows),
        )
        if len(flows.via):
            self.network = self.stages.run(
                "links",
                (self.network, flows, self.nodes.groups["service"]),
                lambda: self._between + added_times(self.nodes, flows),
            )

    @cached_property
    def facts(self) -> FactTable:
        """What each element says by itself; an element is looked at again only after a change."""
        before, self._facts_before = self._facts_before, None
        return fact_table(self.design.elements, before)

    def _columns(self, previous: Pipeline | None) -> tuple[Nodes, Flows]:
        if previous is None:
            nodes = build_nodes(self.now)
            return nodes, build_flows(self.now, nodes.row_of)
        nodes = patch_nodes(previous.nodes, previous.now, self.now)
        return nodes, patch_flows(previous.flows, previous.now, self.now, nodes, previous.nodes)

    def _journeys(self) -> Journeys:
        nodes, flows, order = self.nodes, self.flows, self.order
        inputs = (nodes.groups["demand"], nodes.station, flows, order)
        return self.stages.run("journeys", inputs, lambda: solve_journeys(nodes, flows, order))

    def _streams(self) -> Streams:
        nodes, flows, order, journeys = self.nodes, self.flows, self.order, self.journeys
        inputs = (nodes.groups["variability"], nodes.copies, nodes.row_node, flows, journeys, order)
        return self.stages.run("streams", inputs, lambda: streams_of(nodes, flows, journeys, order))

    def demand(self, month: int, factor: float) -> Demand:
        """Return the demand of a month."""
        nodes, journeys = self.nodes, self.journeys
        factors = self.stages.run(
            "profiles", (journeys, nodes.texts, nodes.kind_code), lambda: profile_factors(nodes, journeys)
        )
        inputs = (journeys, self.flows, factors, nodes.groups["demand"], self.now.brief, month, factor)

        def solve() -> Demand:
            rates = base_rates(nodes, journeys, factors) * growth_factor(self.now, nodes, journeys, month) * factor
            return demand_of(self.flows, journeys, rates, factors)

        return self.stages.run(f"demand {month}", inputs, solve)

    def traffic(self, case: Case) -> Traffic:
        """Return demand, load and latency of a case, with what is tried again after timeouts."""
        first = self.first_attempts(case)
        inputs = (*first[:-1], self.flows, self.network, self.journeys)
        return self.stages.run(f"retries {case.month}", inputs, lambda: with_retries(self, case, first))

    def again(self, late: Floats) -> Pipeline:
        """Return this pipeline with the attempts that a share (m,) of late answers causes; it keeps no stages."""
        found = copy(self)
        found.stages = Stages(self.stages)
        found.journeys = solve_journeys(self.nodes, self.flows, self.order, late)
        return found

    def first_attempts(self, case: Case) -> Traffic:
        """Return demand, load and latency as if no answer came late.

        The phases of the design are those of the pipeline's month. The horizon asks for this: months ahead are shown
        as drawn, without the retries of an overload.
        """
        nodes, flows = self.nodes, self.flows
        daily = self.demand(case.month, case.demand_factor)
        alive = self.stages.run(
            "alive", (nodes.places, nodes.place_list, case.failed), lambda: alive_rows(nodes, case.failed)
        )
        service, stage = nodes.groups["service"], case.month
        demand = self.stages.run(
            f"busiest {stage}", (service, flows, daily), lambda: at_busiest_hours(nodes, flows, daily)
        )
        average = self.stages.run(
            f"average work {stage}", (service, flows, demand), lambda: work_per_call(nodes, flows, demand.flow_mean)
        )
        work = self.stages.run(
            f"work {stage}", (service, flows, demand), lambda: work_per_call(nodes, flows, demand.flow_peak)
        )
        training, streams = self.training(case), self.streams
        shares = self._shares(f"shares {stage}", work, alive)
        inputs = (service, nodes.texts, work, demand, nodes.replicas, nodes.places, shares, training, streams)
        load = self.stages.run(f"load {stage}", inputs, lambda: _load(nodes, work, demand, shares, training, streams))
        calm = load if demand is daily else self._calm_load(stage, daily, alive, training)
        routes = self.routes()
        reply = self.stages.run(f"reply {stage}", (calm, routes), lambda: solve_latency(calm, routes))
        held, slots = self.stages.run(
            f"slots {stage}",
            (load, reply, service, shares),
            lambda: held_slots(nodes, load, reply, shares),
        )
        late = np.zeros(len(flows.ids))
        return Traffic(demand, work, average, load, calm, daily.node_peak, reply, held, slots, alive, shares, late)

    def _shares(self, name: str, work: Work, alive: Floats) -> Floats:
        """Return (r,) the share of its node's calls that each row serves."""
        nodes = self.nodes
        inputs = (nodes.replicas, nodes.copies, nodes.role, nodes.row_node, alive, work.write_share)
        return self.stages.run(name, inputs, lambda: row_shares(nodes, alive, work.write_share))

    def routes(self) -> Routes:
        """Return what replies take besides the times of the nodes."""
        nodes, flows, journeys, network, calls = self.nodes, self.flows, self.journeys, self.network, self.calls
        inputs = (nodes.groups["service"], flows, journeys, network, calls)
        return self.stages.run("routes", inputs, lambda: routes_of(nodes, flows, journeys, network, calls))

    def callers(self) -> Callers:
        """Return who waits at the flows, and how long at most."""
        flows, network, journeys = self.flows, self.network, self.journeys
        return self.stages.run("callers", (flows, network, journeys), lambda: callers_of(flows, network, journeys))

    def _calm_load(self, stage: int, daily: Demand, alive: Floats, training: Floats) -> Load:
        """Return the load at the hour of most calls: users wait for an answer then, not in a nightly batch."""
        nodes, flows, streams = self.nodes, self.flows, self.streams
        service = nodes.groups["service"]
        inputs = (service, nodes.texts, flows, daily, nodes.replicas, nodes.places, alive, training, streams)

        def solve() -> Load:
            work = work_per_call(nodes, flows, daily.flow_peak)
            return _load(nodes, work, daily, row_shares(nodes, alive, work.write_share), training, streams)

        return self.stages.run(f"calm load {stage}", inputs, solve)

    def training(self, case: Case) -> Floats:
        """Return (n,) accelerator-hours a month of the training nodes; NaN for others."""
        growth = monthly_growth(self.now, case.month) * case.demand_factor
        inputs = (self.nodes.groups["money"], self.nodes.texts, self.nodes.kind_code, growth)
        return self.stages.run(f"training {case.month}", inputs, lambda: training_hours(self.nodes, growth))

    def money(self, case: Case, traffic: Traffic) -> Money:
        """Return the bill and emissions of a case."""
        nodes, flows, catalog = self.nodes, self.flows, self.catalog
        demand, work, load = traffic.demand, traffic.average_work, traffic.load
        group, month, price = nodes.groups["money"], case.month, case.price_factor
        bought = self.stages.run(
            "purchases",
            (group, nodes.texts, nodes.places, nodes.place_list, nodes.kind_code),
            lambda: purchases(catalog, nodes),
        )
        shares = self._shares(f"average shares {month}", work, traffic.alive)
        replicas = self.stages.run(
            f"replicas {month}",
            (load, demand, shares, nodes.texts),
            lambda: mean_replicas(nodes, load, demand, shares),
        )
        amount = quantities(nodes, flows, demand, work, load, replicas, shares, month, traffic.reply.node_mean)
        rent = self.stages.run(
            "rented",
            (bought, group, nodes.copies, nodes.kind_code, nodes.row_node, nodes.groups["service"]),
            lambda: rented(nodes, bought),
        )
        usage = (
            self.stages.run(
                f"machines {month}",
                (rent, replicas, nodes.replicas, price),
                lambda: machine_lines(nodes, rent, replicas, price),
            )
            + metered_lines(nodes, bought, self.training(case), price)
            + self._item_lines(case, amount)
            + self._control_planes(case)
            + token_lines(catalog, nodes, amount, price)
            + own_price_lines(nodes, amount)
            + self.stages.run(
                f"traffic cost {month}",
                (flows, demand, nodes.places, nodes.kind_code, price),
                lambda: traffic_lines(catalog, nodes, flows, demand, price),
            )
        )
        usage = discounted(usage, nodes, flows, self.now)
        machines = total_of([line for line in usage if line.category == "compute"])
        cloud = total_of([line for line in usage if line.category != CONTRACT])
        bill = close(usage + plan_lines(self.now, nodes, cloud, machines), nodes, flows)
        sent = self.stages.run(
            f"sent {month}",
            (flows, demand, nodes.places, nodes.station),
            lambda: network_gb(nodes, flows, demand),
        )
        grid = self.stages.run("grid", (nodes.places, nodes.place_list), lambda: grid_of(catalog, nodes))
        emitted = self.stages.run(
            f"emissions {month}",
            (grid, load, bought, replicas, group, nodes.groups["power"], month, sent),
            lambda: solve_emissions(nodes, grid, load, bought, replicas, amount["stored_gib"], sent),
        )
        return Money(bought, replicas, amount, bill, emitted, shares)

    def _item_lines(self, case: Case, amount: dict[str, Floats]) -> list[Line]:
        """Return the usage lines of the kinds; most edits leave what they multiply as it was."""
        nodes, month, price = self.nodes, case.month, case.price_factor
        billed = self.stages.run("billed", (nodes.kind_code,), lambda: billed_quantities(nodes))
        inputs = (
            nodes.groups["money"],
            nodes.kind_code,
            nodes.row_node,
            nodes.places,
            nodes.place_list,
            price,
            *(self.stages.kept(f"amount of {name} {month}", amount[name]) for name in billed),
        )
        return self.stages.run(f"items {month}", inputs, lambda: item_lines(self.catalog, nodes, amount, price))

    def _control_planes(self, case: Case) -> list[Line]:
        """Return the fees of clusters."""
        nodes, price = self.nodes, case.price_factor
        boundaries = self.stages.each("boundaries", tuple(self.now.boundaries.values()), lambda one: one)
        inputs = (nodes.places, nodes.place_list, boundaries, price)
        return self.stages.run("clusters", inputs, lambda: control_plane_lines(self.catalog, self.now, nodes, price))

    def reliability(self, traffic: Traffic) -> Reliability:
        """Return the availabilities at the load of a case."""
        nodes, flows, journeys = self.nodes, self.flows, self.journeys
        group, places = nodes.groups["reliability"], (nodes.places, nodes.place_list, nodes.row_node, nodes.role)
        ground = self.stages.run(
            "reliability ground",
            (group, nodes.station, journeys, flows, *places),
            lambda: groundwork(nodes, flows, journeys),
        )
        calm, rate = traffic.calm, traffic.calm_rate
        return self.stages.run(
            "reliability", (ground, calm, rate), lambda: solve_reliability(nodes, ground, calm, rate)
        )


def alive_rows(nodes: Nodes, failed: frozenset[str]) -> Floats:
    """Return (r,) 1.0 for rows whose provider, region (`provider/region`) and boundary work, else 0.0."""
    if not failed:
        return np.ones(len(nodes.row_node))
    dead = [
        bool(failed & {place.provider, f"{place.provider}/{place.region}", place.boundary or ""})
        for place in nodes.place_list
    ]
    return np.where(np.array(dead)[nodes.places], 0.0, 1.0) if dead else np.ones(0)


def _load(nodes: Nodes, work: Work, demand: Demand, shares: Floats, training: Floats, streams: Streams) -> Load:
    """Return the load at each node's busiest hour, with the replicas of autoscaled rows grown to it."""
    occupied = training_utilization(nodes, training, nodes.replicas)
    carried = (streams, demand.flow_peak)
    load = solve_load(nodes, work, demand.node_peak, nodes.replicas, shares, occupied, carried)
    with np.errstate(all="ignore"):
        per_replica = load.capacity / nodes.replicas
    replicas = grown_replicas(nodes, demand.node_peak, per_replica, shares)
    if np.array_equal(replicas, nodes.replicas):
        return load
    return solve_load(nodes, work, demand.node_peak, replicas, shares, occupied, carried)
