"""Quality gates, batches on flows, timers and webhooks: what they do to rates, by hand."""

from __future__ import annotations

import pytest

from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.elements import Boundary, Brief, Element, Flow, Node, Site
from models.evaluation import Evaluation, evaluate
from models.explain import explain, recompute

REGION = Boundary("region", "Frankfurt", params={"provider": "aws", "region": "eu-central-1", "zones": 3})


def evaluated(**elements: Element) -> Evaluation:
    return evaluate(Design({"brief": Brief(), "r": REGION, **elements}), load_catalog())


def gate(rejected: float) -> Evaluation:
    """Return 10 records/s into a gate with a lookup, a stream behind it and a queue for what it rejects."""
    return evaluated(
        u=Node("users", "Devices", {"peak_rate_rps": 10.0, "profile": "flat"}),
        g=Node("data_ingestion", "Gate", {"reject_rate": rejected}, (Site("r", 2),)),
        x=Node("service", "Schemas", {}, (Site("r", 2),)),
        d=Node("relational", "Ledger", {}, (Site("r", 1),)),
        t=Node("stream", "Records", {}, (Site("r", 3),)),
        q=Node("queue", "Rejected", {}, (Site("r", 1),)),
        w=Node("service", "Worker", {}, (Site("r", 2),)),
        ug=Flow("u", "g", "message"),
        gx=Flow("g", "x"),
        gd=Flow("g", "d", params={"operation": "write"}),
        gt=Flow("g", "t", "message", params={"calls": 2}),
        gq=Flow("g", "q", "message", params={"carries_rejects": True}),
        tw=Flow("t", "w", "stream"),
    )


def value(evaluation: Evaluation, figure: str) -> float:
    found = evaluation.figure(figure).value
    assert found is not None
    return found


def test_a_gate_takes_what_it_rejects_out_of_all_volumes_behind_it() -> None:
    found = gate(0.1)
    assert value(found, "node/g/arrival_rate") == pytest.approx(10.0)
    assert value(found, "flow/gx/rate") == pytest.approx(10.0)
    assert value(found, "flow/gd/rate") == pytest.approx(9.0)
    assert value(found, "flow/gt/rate") == pytest.approx(18.0)
    assert value(found, "flow/gq/rate") == pytest.approx(1.0)
    assert value(found, "node/w/arrival_rate") == pytest.approx(18.0)


def test_a_gate_that_rejects_nothing_leaves_the_dead_letters_empty() -> None:
    found = gate(0.0)
    assert value(found, "flow/gq/rate") == 0.0
    assert value(found, "node/w/arrival_rate") == pytest.approx(20.0)


@pytest.mark.parametrize("figure", ["flow/gt/rate", "flow/gq/rate", "flow/gt/batch_wait_s", "flow/gt/sends"])
def test_the_derivation_leads_to_the_figure_and_names_the_gate(figure: str) -> None:
    found = gate(0.1)
    expression = explain(found, figure)
    assert recompute(expression) == pytest.approx(value(found, figure))
    if figure.endswith("rate"):
        assert "gate rejects" in str(expression)


def test_batches_wait_for_linger_and_save_sends() -> None:
    found = evaluated(
        u=Node("users", "Devices", {"peak_rate_rps": 400.0, "profile": "flat"}),
        s=Node("service", "Sender", {}, (Site("r", 2),)),
        t=Node("stream", "Records", {}, (Site("r", 3),)),
        us=Flow("u", "s"),
        st=Flow("s", "t", "message", params={"linger_ms": 20, "batch_size": 100}),
    )
    # 200/s a replica, 20 ms: the first message and 4 more share a send
    assert value(found, "flow/st/sends") == pytest.approx(400.0 / 5.0)
    assert value(found, "flow/st/batch_wait_s") == pytest.approx(0.020 * (1.0 + 2.0) / 5.0)
    assert value(found, "flow/us/batch_wait_s") == 0.0
    assert value(found, "flow/us/sends") == pytest.approx(400.0)


def test_a_timer_and_a_webhook_drive_what_they_point_at() -> None:
    found = evaluated(
        k=Node("timer", "Every five minutes", {"runs_per_day": 288}, (Site("r", 1),)),
        h=Node("webhook", "Payments", {"runs_per_day": 86_400, "profile": "flat"}, (Site("r", 1),)),
        f=Node("function", "Handler", {}, (Site("r", 1),)),
        kf=Flow("k", "f", "message", params={"calls": 3}),
        hf=Flow("h", "f"),
    )
    assert value(found, "flow/kf/rate") == pytest.approx(3 * 288 / 86_400)
    assert value(found, "flow/hf/rate") == pytest.approx(1.0)
    assert value(found, "node/f/arrival_rate") == pytest.approx(1.0 + 3 * 288 / 86_400)


def test_a_function_is_billed_while_it_waits() -> None:
    """40 ms of own work, then 200 ms of another service: 240 ms are paid for (and the way there)."""
    waiting = evaluated(
        u=Node("users", "Users", {"peak_rate_rps": 10.0, "profile": "flat"}),
        f=Node("function", "Handler", {"service_time_ms": 40, "memory_gib": 1}, (Site("r", 1),)),
        x=Node("service", "Slow", {"service_time_ms": 200, "servers": 64, "vcpu": 64}, (Site("r", 2),)),
        uf=Flow("u", "f"),
        fx=Flow("f", "x"),
    )
    (compute,) = [line for line in waiting.bill() if line.element == "f" and line.label == "Compute"]
    month = 10.0 * 730 * 3600
    assert compute.quantity == pytest.approx(month * 0.240, rel=0.02)
