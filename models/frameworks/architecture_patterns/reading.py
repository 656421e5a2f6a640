"""What the rules read: the drawing as masks and columns, computed once per evaluation and only when a rule asks."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from models.design.elements import Flow, Id, Node
from models.design.kinds import value_of
from models.evaluation import Evaluation
from models.evaluation.columns import INTERACTIONS, OPERATIONS, Floats, Ints, filled, of_kinds, sum_by
from models.formatting import format_value
from models.words import enumerated, quoted

Mask = NDArray[np.bool_]
ENTRANCES = ("api_gateway", "load_balancer", "cdn", "traffic_router")
DATABASES = ("relational", "document", "key_value", "wide_column")
STORES = (*DATABASES, "vector_store", "search", "object_store", "warehouse", "block_storage")
INDEXES = ("vector_store", "search")
CHANNELS = ("queue", "stream", "event_bus")
OBSERVERS = ("monitoring", "model_monitoring", "ab_experiment", "experiment_tracking")
OFFLINE = ("model_training", "evaluation", "batch_job", "batch_features", "labeling", "ci_cd")
SERVING = ("model_serving", "model_serving_gpu", "llm_serving")
LOGIC = ("service", "function", "api_gateway", "workflow", "data_ingestion")
HOURS = 24
USUAL = 90.0


class Reading:
    """One evaluation as the rules see it: n nodes and m flows, numbered as in the evaluation's columns."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        self.stages = evaluation.pipeline.stages
        self.nodes, self.flows = evaluation.pipeline.nodes, evaluation.pipeline.flows
        self.n, self.m = len(self.nodes.ids), len(self.flows.ids)
        self.source, self.target = self.flows.source, self.flows.target
        codes = self.flows.interaction
        self.request: Mask = codes == INTERACTIONS.index("request")
        self.message: Mask = codes == INTERACTIONS.index("message")
        self.stream: Mask = codes == INTERACTIONS.index("stream")
        self.batch: Mask = codes == INTERACTIONS.index("batch")
        self.writes: Mask = self.flows.operation == OPERATIONS.index("write")
        self.journeys = evaluation.pipeline.journeys
        self.function_prices: dict[tuple[str, str], Any] = {}

    # -- words ---------------------------------------------------------------------------------------------------------

    def node(self, row: SupportsIndex) -> Node:
        """Return node number `row`."""
        return self.nodes.elements[row]

    def flow(self, row: SupportsIndex) -> Flow:
        """Return flow number `row`."""
        return self.flows.elements[row]

    def name(self, row: SupportsIndex) -> str:
        """Return the name of a node."""
        return self.nodes.elements[row].name

    def names(self, rows: Iterable[SupportsIndex], most: int = 3) -> str:
        """Return the names of nodes in quotes, the first `most` of them."""
        return _listed((quoted(self.name(row)) for row in rows), most)

    def flow_name(self, row: SupportsIndex) -> str:
        """Return how a sentence names a flow."""
        return f"{self.name(int(self.source[row]))} → {self.name(int(self.target[row]))}"

    def flow_names(self, rows: Iterable[SupportsIndex], most: int = 3) -> str:
        """Return the names of flows, the first `most` of them."""
        names, chosen = self.all_names, np.fromiter(rows, np.int64)
        ends = zip(self.source[chosen].tolist(), self.target[chosen].tolist(), strict=True)
        return _listed((f"{names[here]} → {names[there]}" for here, there in ends), most)

    @cached_property
    def all_names(self) -> tuple[str, ...]:
        """(n,) names of the nodes."""
        return self.stages.each("node names", self.nodes.elements, lambda node: node.name)

    def node_ids(self, rows: Iterable[SupportsIndex]) -> tuple[Id, ...]:
        """Return the ids of nodes."""
        return tuple(self.nodes.ids[row] for row in rows)

    def flow_ids(self, rows: Iterable[SupportsIndex]) -> tuple[Id, ...]:
        """Return the ids of flows."""
        return tuple(self.flows.ids[row] for row in rows)

    def text(self, value: float, unit: str) -> str:
        """Return a number as every panel prints it."""
        return format_value(value, unit)

    # -- nodes ---------------------------------------------------------------------------------------------------------

    def of_kind(self, *names: str) -> Mask:
        """Return (n,) True for nodes of these kinds."""
        return of_kinds(self.nodes, *names)

    def value(self, row: SupportsIndex, name: str) -> Any:
        """Return a parameter of a node, its own or the default of its kind."""
        return value_of(self.nodes.elements[row], name)

    def flow_value(self, row: SupportsIndex, name: str) -> Any:
        """Return a parameter of a flow, its own or the default of its interaction."""
        return value_of(self.flows.elements[row], name)

    def service(self, name: str) -> Floats:
        """Return (n,) a parameter of the service group; NaN = not of this kind."""
        return self.nodes.column("service", name)

    @cached_property
    def users(self) -> Mask:
        """(n,) nodes that start journeys."""
        return self.of_kind("users")

    @cached_property
    def stores(self) -> Mask:
        """(n,) nodes that keep data."""
        return self.of_kind(*STORES)

    @cached_property
    def channels(self) -> Mask:
        """(n,) queues, streams and event buses."""
        return self.of_kind(*CHANNELS)

    @cached_property
    def observers(self) -> Mask:
        """(n,) nodes that only watch."""
        return self.of_kind(*OBSERVERS)

    @cached_property
    def context(self) -> Ints:
        """(n,) number of each node's team or bounded context, -1 = none."""
        contexts = self.stages.each("node contexts", self.nodes.elements, lambda node: node.context)

        def numbered() -> Ints:
            numbers: dict[Id, int] = {}
            found = [-1 if one is None else numbers.setdefault(one, len(numbers)) for one in contexts]
            return np.array(found, dtype=np.int64)

        return self.stages.run("context numbers", (contexts,), numbered)

    def context_name(self, number: int) -> str:
        """Return the name of a context by its number in `context`."""
        row = int(np.flatnonzero(self.context == number)[0])
        boundary = self.evaluation.design.boundaries[self.node(row).context or ""]
        return boundary.name

    @cached_property
    def replicas(self) -> Floats:
        """(n,) replicas over all sites that answer."""
        return sum_by(self.nodes.row_node, self.nodes.replicas, self.n)

    @cached_property
    def active_sites(self) -> Floats:
        """(n,) active sites of each node, at least 1."""
        return np.maximum(sum_by(self.nodes.row_node, (self.nodes.role == 0).astype(float), self.n), 1.0)

    @cached_property
    def load(self) -> Floats:
        """(n,) load at peak, 0 where it is not known."""
        return filled(self.evaluation.load)

    @cached_property
    def rate(self) -> Floats:
        """(n,) requests/s at peak."""
        return filled(self.evaluation.traffic.demand.node_peak)

    @cached_property
    def mean_rate(self) -> Floats:
        """(n,) requests/s over the day."""
        return filled(self.evaluation.traffic.demand.node_mean)

    @cached_property
    def usual_share(self) -> Floats:
        """(n,) what 90 of 100 hours of the day stay below, as a share of the busiest hour; 0 where nothing arrives."""
        hourly = filled(self.evaluation.traffic.demand.node_hour)
        if not len(hourly):
            return np.zeros(self.n)
        usual, top = np.percentile(hourly, USUAL, axis=0), hourly.max(axis=0)
        return np.asarray(np.divide(usual, top, out=np.zeros(self.n), where=top > 0))

    @cached_property
    def capacity(self) -> Floats:
        """(n,) requests/s that each node can serve at all its sites and copies; NaN = not known."""
        load, nodes = self.evaluation.traffic.load, self.nodes
        total = sum_by(nodes.row_node, filled(load.capacity) * nodes.copies, self.n)
        return np.where(total > 0, total, np.nan)

    @cached_property
    def on_reply_path(self) -> Mask:
        """(n,) nodes that a user waits for."""
        path = self.evaluation.reliability.path
        return np.asarray((path > 0).any(axis=0)) if len(path) else np.zeros(self.n, dtype=bool)

    @cached_property
    def usually_on_reply_path(self) -> Mask:
        """(n,) nodes that more than half of some journey's requests wait for."""
        path = self.evaluation.reliability.path
        return np.asarray((path > 0.5).any(axis=0)) if len(path) else np.zeros(self.n, dtype=bool)

    def inside(self, kind: str) -> dict[Id, Ints]:
        """Return the rows of the nodes with a site right in each boundary of a kind, in the order of the first rows."""
        nodes, boundaries = self.nodes, self.evaluation.design.boundaries
        found: dict[Id, Ints] = {}
        places, first = np.unique(nodes.places, return_index=True)
        for number in places[np.argsort(first)].tolist():
            boundary = nodes.place_list[number].boundary
            if boundary and boundaries[boundary].kind == kind:
                rows = nodes.row_node[nodes.places == number]
                known = found.get(boundary)
                found[boundary] = np.unique(rows if known is None else np.concatenate([known, rows]))
        return found

    @cached_property
    def main_places(self) -> tuple[tuple[str, str], ...]:
        """(n,) provider and region of each node's first active site, else of its first."""
        nodes = self.nodes

        def first() -> tuple[tuple[str, str], ...]:
            found: list[tuple[str, str] | None] = [None] * self.n
            order = np.argsort(nodes.role != 0, kind="stable")
            for row in order[::-1].tolist():
                found[int(nodes.row_node[row])] = nodes.place_list[nodes.places[row]].key
            return tuple(place or ("", "") for place in found)

        return self.stages.run("main places", (nodes.role, nodes.row_node, nodes.places, nodes.place_list), first)

    @cached_property
    def autoscaled(self) -> Mask:
        """(n,) nodes that an autoscaler grows."""
        return np.asarray(self.service("autoscaled") == 1.0)

    # -- flows ---------------------------------------------------------------------------------------------------------

    @cached_property
    def flow_rate(self) -> Floats:
        """(m,) calls/s at the busiest hour of the target."""
        return filled(self.evaluation.traffic.demand.flow_peak)

    @cached_property
    def flow_mean(self) -> Floats:
        """(m,) calls/s over the day."""
        return filled(self.evaluation.traffic.demand.flow_mean)

    @cached_property
    def first(self) -> Mask:
        """(m,) flows that start a journey."""
        found = np.zeros(self.m, dtype=bool)
        found[self.journeys.first_flow[self.journeys.first_flow >= 0]] = True
        return found

    @cached_property
    def calls(self) -> Mask:
        """(m,) requests between nodes, the users' own left out."""
        return self.request & ~self.users[self.source]

    @cached_property
    def waited(self) -> Mask:
        """(m,) requests that a user waits for."""
        return self.request & self.on_reply_path[self.target] & (self.on_reply_path[self.source] | self.first)

    @cached_property
    def between_contexts(self) -> Mask:
        """(m,) flows whose ends belong to different teams or contexts."""
        here, there = self.context[self.source], self.context[self.target]
        return np.asarray((here >= 0) & (there >= 0) & (here != there))

    @cached_property
    def mean_bytes(self) -> Floats:
        """(m,) bytes/s over the day, both ways."""
        return filled(self.evaluation.flow_column("bytes_per_s"))

    def reach(self, start: Mask, flows: Mask) -> Mask:
        """Return (n,) the nodes reached from `start` (n,) over the chosen flows (m,), the start among them."""
        found = start.copy()
        source, target = self.source[flows], self.target[flows]
        known = -1
        while known != (known := int(found.sum())):
            found[target[found[source]]] = True
        return found

    @cached_property
    def loops(self) -> tuple[Ints, ...]:
        """Groups of nodes that call one another in a circle, over all but batch flows."""
        return self.stages.run("loops", (self.flows, self.n), self._loops)

    def _loops(self) -> tuple[Ints, ...]:
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        live = ~self.batch & (self.source != self.target)
        if not live.any():
            return ()
        graph = coo_array((np.ones(int(live.sum())), (self.source[live], self.target[live])), shape=(self.n, self.n))
        _, label = connected_components(graph.tocsr(), directed=True, connection="strong")
        sizes = np.bincount(label, minlength=1)
        return tuple(np.flatnonzero(label == part) for part in np.flatnonzero(sizes > 1))


def _listed(words: Iterable[str], most: int) -> str:
    """Return words as a list in a sentence, each once: the first ones, and how many more."""
    return enumerated(list(dict.fromkeys(words)), most)
