"""An edit on top of an old evaluation gives exactly what a full evaluation gives."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.catalog.catalog import load_catalog
from models.design.delta import Delta
from models.design.design import Design
from models.design.edits import new_node, remove, set_params
from models.design.elements import Flow, Node, Site
from models.evaluation import Evaluation, evaluate
from models.evaluation.figures import figures
from models.templates import templates
from tests.benchmarks.designs import big_design

EDITS = st.lists(
    st.tuples(
        st.sampled_from(
            ["time", "rate", "storage", "replicas", "scale", "calls", "add", "connect", "remove", "rename", "reserve"]
        ),
        st.integers(0, 10_000),
        st.floats(0.5, 40.0),
    ),
    min_size=1,
    max_size=6,
)


def edit(design: Design, kind: str, number: int, amount: float) -> Design:
    """Return the design after one edit of the given kind on an element chosen by `number`."""
    nodes, flows = list(design.nodes), list(design.flows)
    key = nodes[number % len(nodes)]
    node = design.nodes[key]
    if kind == "connect":
        other = nodes[(number * 7 + 3) % len(nodes)]
        return design.apply(Delta.of([(f"new{number}", design.elements.get(f"new{number}"), Flow(key, other))]))
    if kind == "add":
        return design.apply(Delta.of([(f"add{number}", design.elements.get(f"add{number}"), new_node("service"))]))
    if kind == "remove":
        return design.apply(remove(design, [key])) if len(nodes) > 5 else design
    if kind == "calls" and flows:
        flow = flows[number % len(flows)]
        element = design.flows[flow]
        return design.apply(Delta.of([(flow, element, set_params(element, {"calls": amount / 20}))]))
    if kind == "replicas":
        after: Node = Node(
            **{**{f: getattr(node, f) for f in node.__struct_fields__}, "sites": (Site(None, 1 + number % 5),)}
        )
        return design.apply(Delta.of([(key, node, after)]))
    if kind == "scale":
        sites = tuple(
            msgspec.structs.replace(site, replicas=1 + (number + at) % 7) for at, site in enumerate(node.sites)
        )
        return design.apply(Delta.of([(key, node, msgspec.structs.replace(node, sites=sites))]))
    if kind == "rename":
        named = Node(**{**{f: getattr(node, f) for f in node.__struct_fields__}, "name": f"name {number}"})
        return design.apply(Delta.of([(key, node, named)]))
    names = {"time": "service_time_ms", "rate": "peak_rate_rps", "storage": "storage_gib", "reserve": "spot_share"}
    name = names.get(kind, "service_time_ms")
    value: Any = min(amount / 40, 1.0) if name == "spot_share" else amount
    return design.apply(Delta.of([(key, node, set_params(node, {name: value}))]))


def values(evaluation: Evaluation) -> dict[str, tuple[Any, ...]]:
    return {key: _plain(evaluation, key) for key in figures(evaluation)}


def _plain(evaluation: Evaluation, key: str) -> tuple[Any, ...]:
    figure = evaluation.figure(key)
    return (figure.value, figure.status, figure.reason, figure.bound, figure.text)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(EDITS, st.booleans())
def test_incremental_equals_full(edits: list[tuple[str, int, float]], large: bool) -> None:
    catalog = load_catalog()
    design = big_design(40) if large else templates()[0].variants[0].design
    evaluation = evaluate(design, catalog)
    for kind, number, amount in edits:
        design = edit(design, kind, number, amount)
        evaluation = evaluate(design, catalog, previous=evaluation)
    assert values(evaluation) == values(evaluate(design, catalog))


def test_a_change_of_one_group_leaves_other_stages_alone() -> None:
    catalog = load_catalog()
    design = big_design(60)
    before = evaluate(design, catalog)
    key = next(key for key, node in design.nodes.items() if node.kind == "relational")
    node = design.nodes[key]
    design = design.apply(Delta.of([(key, node, set_params(node, {"storage_gib": 777.0}))]))
    after = evaluate(design, catalog, previous=before)
    assert after.traffic.load is before.traffic.load
    assert after.traffic.reply is before.traffic.reply
    assert after.money.bill.total > before.money.bill.total


@pytest.mark.parametrize("month", [0, 12, 36])
def test_months_grow_demand(month: int) -> None:
    catalog = load_catalog()
    design = templates()[0].variants[0].design
    now, later = evaluate(design, catalog), evaluate(design, catalog, month=month)
    first = now.node_column("arrival_rate")
    grown = later.node_column("arrival_rate")
    assert np.all(grown[first > 0] >= first[first > 0])


@pytest.mark.parametrize("other", [2.0, "many"])
def test_a_number_written_as_text_is_none_whatever_other_flows_state(other: Any) -> None:
    design = big_design(50)
    values_of = dict(zip(design.flows, ("3", other), strict=False))
    flows = {key: design.flows[key] for key in values_of}
    wild = Delta.of((key, flow, set_params(flow, {"calls": values_of[key]})) for key, flow in flows.items())
    assert evaluate(design.apply(wild), load_catalog()).pipeline.flows.column("calls")[0] == 1.0


def test_steps_in_drawn_order_equal_the_same_steps_stated() -> None:
    design = big_design(50)
    flows = evaluate(design, load_catalog()).pipeline.flows
    step = dict(zip(flows.ids, flows.column("step").tolist(), strict=True))
    key = next(key for key in flows.ids if step[key] == 2.0)
    stated = Delta.of([(key, design.flows[key], set_params(design.flows[key], {"step": 2}))])
    again = evaluate(design.apply(stated), load_catalog()).pipeline.flows
    assert np.array_equal(again.column("step"), flows.column("step"))
    assert max(step.values()) > 2.0
