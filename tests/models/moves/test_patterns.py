"""Moves that findings of patterns and scaling carry: what they change, what they keep, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest

from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.elements import Brief, Flow, Node, Site
from models.evaluation import evaluate
from models.moves import Problem, apply_move
from models.report import Remedy

CACHE = {"memory_gib": 4, "hit_ratio": 0.9, "keys_million": 1, "item_kib": 1, "service_time_ms": 0.2, "replicas": 2}


def design() -> Design:
    return Design(
        {
            "brief": Brief(params={"home_region": "aws/eu-central-1"}),
            "u": Node("users", "Users", {"peak_rate_rps": 100.0, "profile": "flat"}),
            "s": Node("service", "Service", {"vcpu": 4, "memory_gib": 8}, (Site(None, 2), Site(None, 1, "standby"))),
            "k": Node("key_value", "Store", {"storage_gib": 2}),
            "us": Flow("u", "s"),
            "read": Flow("s", "k", params={"items": 3, "timeout_ms": 100}),
            "write": Flow("s", "k", params={"operation": "write"}),
        }
    )


def moved(move: str, **args: Any) -> Design | Problem:
    return apply_move(design(), load_catalog(), Remedy(move, args))


def test_flow_parameter_is_set_or_refused_with_its_reason() -> None:
    after = moved("set_flow_parameter", flow="read", name="timeout_ms", value=80)
    assert isinstance(after, Design)
    assert after.flows["read"].params == {"items": 3, "timeout_ms": 80}
    refused = moved("set_flow_parameter", flow="read", name="timeout_ms", value=-5)
    assert isinstance(refused, Problem)
    assert "cannot be below" in str(refused.message)


def test_message_keeps_what_messages_have() -> None:
    after = moved("make_asynchronous", flow="read")
    assert isinstance(after, Design)
    assert after.flows["read"].interaction == "message"
    assert after.flows["read"].params == {"items": 3}
    before_time = evaluate(design(), load_catalog()).figure("total/last_p95_s").value
    after_time = evaluate(after, load_catalog()).figure("total/last_p95_s").value
    assert before_time is not None
    assert after_time is not None
    assert after_time < before_time


def test_function_takes_over_the_work_of_the_service() -> None:
    after = moved("run_as_function", node="s")
    assert isinstance(after, Design)
    node = after.node("s")
    assert node.kind == "function"
    assert node.params["service_time_ms"] == 10
    assert node.params["memory_gib"] == pytest.approx(1.769)
    assert len(node.sites) == 1


def test_cache_takes_the_reads_and_leaves_the_writes() -> None:
    after = moved("put_cache_before", node="k", **CACHE)
    assert isinstance(after, Design)
    assert after.flows["read"].target == "k-cache"
    assert after.flows["write"].target == "k"
    assert after.flows["k-cache-store"].params["items"] == 3
    before, later = evaluate(design(), load_catalog()), evaluate(after, load_catalog())
    rows = before.node_ids.index("k"), later.node_ids.index("k")
    assert before.traffic.demand.node_peak[rows[0]] == pytest.approx(200.0)
    assert later.traffic.demand.node_peak[rows[1]] == pytest.approx(110.0)


@pytest.mark.parametrize(
    ("move", "args"),
    [
        ("set_flow_parameter", {"flow": "gone", "name": "timeout_ms", "value": 1}),
        ("make_asynchronous", {"flow": "gone"}),
        ("run_as_function", {"node": "gone"}),
        ("run_as_function", {"node": "k"}),
        ("put_cache_before", {"node": "gone", **CACHE}),
        ("put_cache_before", {"node": "u", **CACHE}),
    ],
)
def test_move_that_cannot_be_made_says_why(move: str, args: dict[str, Any]) -> None:
    refused = moved(move, **args)
    assert isinstance(refused, Problem)
    assert str(refused.message).endswith(".")


def test_a_message_is_not_made_one_again() -> None:
    first = moved("make_asynchronous", flow="read")
    assert isinstance(first, Design)
    again = apply_move(first, load_catalog(), Remedy("make_asynchronous", {"flow": "read"}))
    assert isinstance(again, Problem)
