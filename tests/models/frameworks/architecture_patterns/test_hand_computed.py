"""Modularity against networkx; drain, back-fill and coupled scaling against cases worked out by hand."""

from __future__ import annotations

import msgspec
import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.elements import Boundary, Brief, Element, Flow, Id, Input, Node, Site
from models.evaluation import evaluate
from models.formatting import format_value
from models.frameworks.architecture_patterns import data_flow, services
from models.frameworks.architecture_patterns.reading import Reading
from models.frameworks.architecture_patterns.rules import rule_book
from models.moves.effects import Effect, effect

CONTEXT = [f"team-{number}" for number in range(4)]
SITES = (Site("r", 2),)
Elements = dict[Id, Element]


def reading(elements: Elements) -> Reading:
    base: Elements = {
        "brief": Brief(params={"home_region": "aws/eu-central-1"}),
        "r": Boundary("region", "Frankfurt", params={"provider": "aws", "region": "eu-central-1", "zones": 3}),
    }
    return Reading(evaluate(Design({**base, **elements}), load_catalog()))


@st.composite
def drawings(draw: st.DrawFn) -> tuple[Elements, list[tuple[int, int]], list[int | None]]:
    """Return services of up to four teams, some without one, and the flows between them."""
    size = draw(st.integers(2, 9))
    owners = draw(st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=size, max_size=size))
    pairs = [(a, b) for a in range(size) for b in range(size) if a != b]
    flows = draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=20))
    elements: Elements = {name: Boundary("team", name) for name in CONTEXT}
    for number, owner in enumerate(owners):
        team = None if owner is None else CONTEXT[owner]
        elements[f"n{number}"] = Node("service", f"Service {number}", {}, SITES, team)
    for number, (a, b) in enumerate(flows):
        elements[f"f{number}"] = Flow(f"n{a}", f"n{b}", "message")
    return elements, flows, owners


@settings(max_examples=60)
@given(drawings())
def test_modularity_is_that_of_networkx(drawn: tuple[Elements, list[tuple[int, int]], list[int | None]]) -> None:
    elements, flows, owners = drawn
    found = services.modularity(reading(elements))
    graph = networkx.MultiGraph()
    graph.add_nodes_from(range(len(owners)))
    graph.add_edges_from((a, b) for a, b in flows if owners[a] is not None and owners[b] is not None)
    teams = {owner for owner in owners if owner is not None}
    if len(teams) < 2 or not graph.number_of_edges():
        assert np.isnan(found)
        return
    parts = [{number for number, owner in enumerate(owners) if owner == team} for team in teams]
    parts += [{number} for number, owner in enumerate(owners) if owner is None]
    assert found == pytest.approx(networkx.community.modularity(graph, parts), abs=1e-12)


def piped(kind: str, interaction: str, replicas: int, minutes: float = 60.0, **channel: object) -> Reading:
    """Return 10 messages a second through a channel to a worker of 100 ms each and one server a replica."""
    return reading(
        {
            "u": Node("users", "Users", {"peak_rate_rps": 10.0, "profile": "flat"}),
            "g": Node("service", "Entrance", {"service_time_ms": 1.0}, SITES),
            "q": Node(kind, "Channel", channel, SITES),
            "w": Node("service", "Worker", {"service_time_ms": 100.0, "servers": 1}, (Site("r", replicas),)),
            "ug": Flow("u", "g"),
            "gq": Flow("g", "q", "message"),
            "qw": Flow("q", "w", interaction),
            "in/architecture-patterns/outage_minutes": Input(minutes),
        }
    )


@pytest.mark.parametrize(("replicas", "hours"), [(2, 1.0), (3, 0.5), (11, 0.1)])
def test_an_outage_of_an_hour_drains_at_what_the_worker_has_left(replicas: int, hours: float) -> None:
    """36,000 messages wait; the worker does 10 a replica and 10 go on arriving: 36,000 / (10·replicas − 10) s."""
    (buffer,) = data_flow.buffers(piped("queue", "message", replicas), 60.0)
    assert buffer.backlog == pytest.approx(36_000.0)
    assert buffer.drain_hours == pytest.approx(hours)


def test_a_worker_that_is_full_never_drains() -> None:
    (buffer,) = data_flow.buffers(piped("queue", "message", 1), 60.0)
    assert buffer.drain_hours == np.inf


def test_readers_for_an_outage_drain_it_within_the_limit() -> None:
    """Ten hours of outage, 2 replicas: ten hours to drain where 4 are the limit: 360,000 / 4 h + 10/s need 35/s."""
    rules = {rule.id: rule for rule in rule_book()[1]}
    before = piped("queue", "message", 2, 600.0)
    (hit,) = data_flow.slow_drain(before, rules["slow_drain"])
    assert hit.args["drain"] == format_value(36_000.0, "s")
    assert hit.remedy is not None
    assert hit.remedy.args["replicas"] == 4
    after = effect(before.evaluation, hit.remedy)
    assert isinstance(after, Effect)
    assert not list(data_flow.slow_drain(Reading(after.evaluation), rules["slow_drain"]))


def test_readers_for_a_replay_finish_before_what_is_kept_expires() -> None:
    rules = {rule.id: rule for rule in rule_book()[1]}
    rule = msgspec.structs.replace(rules["slow_replay"], thresholds={"share": 0.5})
    before = piped("stream", "stream", 2, retention_h=72.0)
    (hit,) = data_flow.slow_replay(before, rule)
    assert hit.remedy is not None
    assert hit.remedy.args["replicas"] == 4  # 10/s of today and 20.2/s of replay
    after = effect(before.evaluation, hit.remedy)
    assert isinstance(after, Effect)
    assert not list(data_flow.slow_replay(Reading(after.evaluation), rule))


@pytest.mark.parametrize(("replicas", "found"), [(3, None), (2, 72.0), (1, None)])
def test_back_fill_of_a_stream_takes_what_is_kept_over_what_is_spare(replicas: int, found: float | None) -> None:
    """72 hours of 10 records/s over 10·replicas − 10 spare: 36 h with 3 replicas, 72 h with 2, no end with 1."""
    rules = {rule.id: rule for rule in rule_book()[1]}
    rule = msgspec.structs.replace(rules["slow_replay"], thresholds={"share": 0.999})
    hits = data_flow.slow_replay(piped("stream", "stream", replicas, retention_h=72.0), rule)
    assert [hit.args["replay"] for hit in hits] == ([] if found is None else [format_value(found * 3600.0, "s")])


def test_people_and_background_share_a_node_by_work_not_by_calls() -> None:
    """5 calls/s of 20 ms of people, 5 messages/s of 60 ms: three quarters of the work, at 40 % of two servers."""
    found = reading(
        {
            "u": Node("users", "Users", {"peak_rate_rps": 5.0, "profile": "flat"}),
            "g": Node("service", "Entrance", {"service_time_ms": 1.0}, SITES),
            "m": Node("model_serving", "Model", {"service_time_ms": 20.0, "servers": 1}, (Site("r", 1),)),
            "ug": Flow("u", "g"),
            "gm": Flow("g", "m"),
            "gb": Flow("g", "m", "message", params={"service_time_ms": 60.0}),
        }
    )
    row = found.nodes.row_of["m"]
    assert services._work_share(found)[row] == pytest.approx(0.75)
    assert found.load[row] == pytest.approx(0.4)
    rules = {rule.id: rule for rule in rule_book()[1]}
    rule = msgspec.structs.replace(rules["mixed_workload"], thresholds={"share": 0.3, "load": 0.4 - 1e-9})
    (hit,) = services.mixed_workload(found, rule)
    assert (hit.args["share"], hit.args["load"]) == (format_value(0.75, "fraction"), format_value(0.4, "fraction"))
