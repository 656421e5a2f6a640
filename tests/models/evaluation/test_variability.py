"""How bursty arrivals are in a drawing: by hand, against the simulation, and derived."""

from __future__ import annotations

from typing import Any

import pytest

from models.analyses import queueing
from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.elements import Boundary, Brief, Element, Flow, Id, Node, Site
from models.evaluation import Evaluation, evaluate
from models.explain import explain, recompute
from models.studies.simulation import simulate

Elements = dict[Id, Element]
ONCE = {"retries": 0}


def service(time_ms: float, scv: float = 1.0, replicas: int = 1, **params: Any) -> Node:
    work = {"service_time_ms": time_ms, "service_scv": scv, "servers": 1, **params}
    return Node("service", "Service", work, (Site("r", replicas),))


def drawing(scv: float, rate: float = 30.0, **elements: Element) -> Elements:
    users = {"peak_rate_rps": rate, "profile": "flat", "arrival_scv": scv}
    region = Boundary("region", "Frankfurt", params={"provider": "aws", "region": "eu-central-1", "zones": 3})
    return {"brief": Brief(), "r": region, "u": Node("users", "Users", users), "ua": Flow("u", "a"), **elements}


def run(elements: Elements) -> Evaluation:
    return evaluate(Design(elements), load_catalog())


def scv_at(evaluation: Evaluation, node: Id) -> float:
    value = evaluation.figure(f"node/{node}/arrival_scv").value
    assert value is not None
    return value


def tandem(scv: float) -> Elements:
    parts = {"a": service(20.0), "b": service(25.0, 0.25), "c": service(40.0, replicas=2)}
    return drawing(scv, **parts, ab=Flow("a", "b"), bc=Flow("b", "c"))


def test_bursty_users_wait_longer_as_one_queue_says() -> None:
    for scv in (0.25, 1.0, 4.0):
        evaluation = run(drawing(scv, a=service(20.0)))
        assert scv_at(evaluation, "a") == pytest.approx(scv)
        expected = float(queueing.gg_c_wait(30.0, 50.0, 1, scv, 1.0))
        assert evaluation.traffic.load.wait.max() == pytest.approx(expected)


def test_a_service_changes_the_rhythm_as_whitt_says() -> None:
    evaluation = run(tandem(4.0))
    rho, split = 0.6, 1.0
    assert scv_at(evaluation, "b") == pytest.approx(split * (rho**2 * 1.0 + (1 - rho**2) * 4.0))


def test_a_share_of_bursts_is_closer_to_independent_calls() -> None:
    elements = drawing(5.0, a=Node("load_balancer", "Balancer", {}, (Site("r", 1),)), b=service(20.0))
    elements["ab"] = Flow("a", "b", params={"probability": 0.25, **ONCE})
    evaluation = run(elements)
    assert scv_at(evaluation, "b") == pytest.approx(0.25 * 5.0 + 0.75, rel=0.01)


def test_repeated_calls_are_not_a_burst_but_messages_are() -> None:
    called = run(drawing(1.0, 10.0, a=service(60.0), b=service(25.0), ab=Flow("a", "b", params={"calls": 3})))
    sent = run(drawing(1.0, 10.0, a=service(60.0), b=service(25.0), ab=Flow("a", "b", "message", params={"calls": 3})))
    assert scv_at(called, "b") == pytest.approx(1.0)
    assert scv_at(sent, "b") == pytest.approx(3.0)
    mixed = drawing(1.0, 10.0, a=service(60.0), b=service(25.0), ab=Flow("a", "b", "message", params={"calls": 1.5}))
    assert scv_at(run(mixed), "b") == pytest.approx((0.5 * 1 + 0.5 * 4) / 1.5)


def test_many_stores_together_are_independent() -> None:
    elements = drawing(9.0, 3_000.0, a=service(1.0), b=service(0.1))
    elements["store"] = Boundary("site_group", "Store", parent="r", copies=300)
    elements["a"] = Node("service", "Box", {"service_time_ms": 10.0, "servers": 1}, (Site("store", 1),))
    elements["ab"] = Flow("a", "b")
    assert scv_at(run(elements), "b") == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize(("scv", "band"), [(0.25, 0.05), (4.0, 0.1)])
def test_the_answer_agrees_with_the_simulation(scv: float, band: float) -> None:
    found = simulate(Design(tandem(scv)), load_catalog(), gap=0.02).journeys[0]
    assert abs(found.mean - found.formula_mean) <= found.mean_half + band * found.mean
    poisson = run(tandem(1.0)).figure("journey/ua/mean_s").value
    assert poisson is not None
    assert abs(poisson - found.mean) > 2 * abs(found.formula_mean - found.mean)


def test_messages_sent_together_are_simulated_together() -> None:
    one = drawing(1.0, 10.0, a=service(60.0), b=service(25.0), ab=Flow("a", "b", "message", params={"calls": 3}))
    waits = {found.node: found.wait for found in simulate(Design(one), load_catalog(), gap=0.0).stations}
    exact = 0.75 * 0.025 / 0.25 + (3 - 1) / 2 * 0.025 / 0.25
    assert waits["b"] == pytest.approx(exact, rel=0.1)


@pytest.mark.parametrize("scv", [0.25, 4.0])
def test_the_derivation_gives_the_figure(scv: float) -> None:
    elements = tandem(scv) | {"uc": Flow("u", "c"), "x": Node("users", "Others", {"peak_rate_rps": 5.0})}
    evaluation = run(elements | {"xb": Flow("x", "b", params={"calls": 2})})
    for node in ("u", "a", "b", "c"):
        expression = explain(evaluation, f"node/{node}/arrival_scv")
        assert recompute(expression) == pytest.approx(scv_at(evaluation, node))


def test_rough_waits_are_named_and_fine_ones_not() -> None:
    def rules(elements: Elements) -> set[str]:
        return {finding.rule for finding in run(elements).problems}

    assert "rough_wait" not in rules(tandem(1.0))
    assert "rough_wait" in rules(tandem(9.0))
    assert "rough_wait" in rules(drawing(1.0, a=service(20.0, 9.0)))
    sent = Flow("a", "b", "message", params={"calls": 3})
    assert "rough_wait" in rules(drawing(1.0, 10.0, a=service(60.0), b=service(25.0), ab=sent))
