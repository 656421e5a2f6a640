"""A node that serves calls of different size: few long documents at night, many short chats by day."""

from __future__ import annotations

import pytest

from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.elements import Element, Flow, Id, Node, Site
from models.design.kinds import kinds
from models.evaluation import Evaluation, evaluate

CHAT_RATE, DOCUMENT_RATE, REPLICAS = 12.0, 6.0, 4
CHAT_S, DOCUMENT_S, SERVERS = 0.1, 1.0, 4


def shared_node(documents: bool = True) -> Evaluation:
    """Return users by day (office) and jobs by night on one service of 4 × 4 servers."""
    elements: dict[Id, Element] = {
        "chat": Node("users", "Chat", {"peak_rate_rps": CHAT_RATE, "profile": "office"}),
        "jobs": Node("users", "Jobs", {"peak_rate_rps": DOCUMENT_RATE, "profile": "night"}),
        "node": Node(
            "service",
            "Worker",
            {"service_time_ms": CHAT_S * 1000, "servers": SERVERS, "max_replicas": REPLICAS, "service_scv": 1.0},
            sites=(Site(None, REPLICAS),),
        ),
        "f-chat": Flow("chat", "node"),
    }
    if documents:
        elements["f-jobs"] = Flow("jobs", "node", "message", params={"service_time_ms": DOCUMENT_S * 1000})
    return evaluate(Design(elements), load_catalog())


def column(evaluation: Evaluation, name: str) -> float:
    return float(evaluation.node_column(name)[evaluation.node_ids.index("node")])


def test_utilization_is_that_of_the_hour_with_most_work() -> None:
    evaluation = shared_node()
    late_chats = CHAT_RATE * min(kinds().profiles["office"]) / max(kinds().profiles["office"])
    busy = DOCUMENT_RATE * DOCUMENT_S + 2 * late_chats * CHAT_S
    lowest = DOCUMENT_RATE * DOCUMENT_S + late_chats * CHAT_S
    servers = REPLICAS * SERVERS
    assert lowest / servers <= column(evaluation, "utilization") <= busy / servers * 1.2
    assert column(evaluation, "arrival_rate") < CHAT_RATE


def test_users_wait_as_long_as_the_day_demands() -> None:
    with_jobs = shared_node().figure("journey/f-chat/mean_s").value
    without = shared_node(documents=False).figure("journey/f-chat/mean_s").value
    assert with_jobs == pytest.approx(without)


def test_a_node_with_equal_calls_is_busiest_when_it_has_most() -> None:
    evaluation = shared_node(documents=False)
    assert column(evaluation, "arrival_rate") == pytest.approx(CHAT_RATE)
    assert column(evaluation, "utilization") == pytest.approx(CHAT_RATE * CHAT_S / (REPLICAS * SERVERS))


@pytest.mark.parametrize("kind", sorted(set(kinds().nodes) - {"users"}))
def test_every_kind_evaluates_as_drawn(kind: str) -> None:
    elements: dict[Id, Element] = {
        "users": Node("users", "Users", {"peak_rate_rps": 0.5}),
        "node": Node(kind, "Fresh", sites=(Site(None, kinds().nodes[kind].replicas),)),
        "flow": Flow("users", "node"),
    }
    evaluation = evaluate(Design(elements), load_catalog())
    assert [finding for finding in evaluation.problems if finding.severity == "error"] == []
    assert column(evaluation, "arrival_rate") == pytest.approx(0.5)
