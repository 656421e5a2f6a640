"""Queues put between sender and receiver, and beside readers: what the drawing and its rates are afterwards."""

from __future__ import annotations

import pytest

from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.elements import Boundary, Brief, Flow, Node, Site
from models.evaluation import evaluate
from models.moves import Problem, apply_move
from models.report import Message, Remedy

DESIGN = Design(
    {
        "brief": Brief(),
        "r": Boundary("region", "Frankfurt", params={"provider": "aws", "region": "eu-central-1", "zones": 3}),
        "a": Boundary("team", "Team A"),
        "u": Node("users", "Users", {"peak_rate_rps": 10.0, "profile": "flat"}),
        "s": Node("service", "Shop", {}, (Site("r", 2),), "a"),
        "x": Node("service", "Mailer", {}, (Site("r", 2),), "a"),
        "y": Node("service", "Audit", {}, (Site("r", 2),), "a"),
        "us": Flow("u", "s"),
        "sx": Flow("s", "x", "message", params={"calls": 3, "service_time_ms": 7}),
        "yx": Flow("s", "x", "message", params={"probability": 0.5}),
        "sy": Flow("s", "y", "message"),
    }
)


def applied(move: str, **args: object) -> Design | Problem:
    return apply_move(DESIGN, load_catalog(), Remedy(move, args, Message("")))


def test_messages_pass_a_queue_each_and_arrive_as_often_as_before() -> None:
    after = applied("insert_queue", flows=["sx", "yx", "sy"])
    assert isinstance(after, Design)
    queues = {key: node for key, node in after.nodes.items() if node.kind == "queue"}
    assert sorted(node.name for node in queues.values()) == ["Queue of Audit", "Queue of Mailer", "Queue of Mailer"]
    assert all(node.context == "a" for node in queues.values())
    before, now = evaluate(DESIGN, load_catalog()), evaluate(after, load_catalog())
    for node in ("s", "x", "y"):
        figure = f"node/{node}/arrival_rate"
        assert now.figure(figure).value == pytest.approx(before.figure(figure).value)


def test_work_at_the_receiver_stays_with_the_flow_that_reaches_it() -> None:
    after = applied("insert_queue", flows=["sx"])
    assert isinstance(after, Design)
    assert "service_time_ms" not in after.flows["sx"].params
    assert after.flows["sx-read"].params["service_time_ms"] == 7


def test_rejects_of_a_reader_go_into_a_queue_of_its_own() -> None:
    after = applied("set_rejects_aside", nodes=["x", "y"])
    assert isinstance(after, Design)
    assert {after.nodes[flow.target].name for flow in after.flows.values() if flow.params.get("carries_rejects")} == {
        "Rejects of Mailer",
        "Rejects of Audit",
    }


def test_what_is_no_longer_there_is_said() -> None:
    assert isinstance(applied("insert_queue", flows=["gone"]), Problem)
    assert isinstance(applied("insert_queue", flows=["us"]), Problem)
    assert isinstance(applied("set_rejects_aside", nodes=["gone"]), Problem)
