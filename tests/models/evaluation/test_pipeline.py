"""Small drawings whose figures are known by hand or by a textbook."""

from __future__ import annotations

import math

import numpy as np
import pytest

from models.analyses import queueing
from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.elements import Boundary, Brief, Element, Flow, Id, Node, Phase, Site
from models.evaluation import Case, Evaluation, evaluate

FLAT = {"peak_rate_rps": 10.0, "profile": "flat", "growth_percent_month": 0.0}
REGION = Boundary("region", "Frankfurt", params={"provider": "aws", "region": "eu-central-1", "zones": 2})


def chain(**params: object) -> dict[Id, Element]:
    """Return users → service, with the service's parameters."""
    return {
        "brief": Brief(params={"home_region": "aws/eu-central-1"}),
        "r": REGION,
        "u": Node("users", "Users", params=FLAT),
        "s": Node("service", "Service", params=dict(params), sites=(Site("r", 2),)),
        "f": Flow("u", "s"),
    }


def run(elements: dict[Id, Element], **options: object) -> Evaluation:
    return evaluate(Design(elements), load_catalog(), **options)  # type: ignore[arg-type]


def column(evaluation: Evaluation, name: str, node: Id) -> float:
    return float(evaluation.node_column(name)[evaluation.node_ids.index(node)])


def test_a_service_is_an_mmc_queue() -> None:
    evaluation = run(chain(service_time_ms=300.0, service_scv=1.0, servers=2))
    wait = float(queueing.mm_c_wait(10.0, 1 / 0.3, 4))
    assert column(evaluation, "utilization", "s") == pytest.approx(0.75)
    assert column(evaluation, "response_mean_s", "s") == pytest.approx(0.3 + wait, rel=1e-9)


def test_saturation_is_a_bound_and_not_a_number() -> None:
    evaluation = run(chain(service_time_ms=1000.0, servers=1))
    figure = evaluation.figure("node/s/utilization")
    assert (figure.status, figure.bound, figure.value) == ("invalid", "at_least", 1.0)
    assert "8 requests/s" in figure.reason
    latency = evaluation.figure("journey/f/p95_s")
    assert latency.value is None
    assert "“Service”" in latency.reason
    assert any(finding.rule == "saturated" for finding in evaluation.problems)


def test_an_amplifying_loop_is_named_and_the_rest_is_computed() -> None:
    elements = chain()
    elements["a"] = Node("service", "Ping", sites=(Site("r", 2),))
    elements["b"] = Node("service", "Pong", sites=(Site("r", 2),))
    elements["sa"], elements["ab"] = Flow("s", "a"), Flow("a", "b", params={"calls": 2})
    elements["ba"] = Flow("b", "a")
    evaluation = run(elements)
    loop = next(finding for finding in evaluation.problems if finding.rule == "amplifying_loop")
    assert set(loop.elements) == {"a", "b"}
    assert evaluation.figure("node/a/arrival_rate").value is None
    assert column(evaluation, "utilization", "s") > 0


def test_unknown_prices_make_the_total_a_lower_bound() -> None:
    elements = chain()
    elements["r"] = Boundary("region", "Somewhere", params={"provider": "nebula", "region": "north"})
    figure = run(elements).figure("total/cost_per_month")
    assert figure.bound == "at_least"
    assert "unpriced" in figure.reason


def test_accelerators_are_bought_by_the_host() -> None:
    elements = chain()
    params = {"language_model": "Llama-3.1-8B", "accelerator": "H200", "accelerators": 1}
    elements["r"] = Boundary("region", "Ohio", params={"provider": "aws", "region": "us-east-2"})
    elements["s"] = Node("llm_serving", "Model", params=params, sites=(Site("r", 4),))
    lines = [line for line in run(elements).bill() if line.element == "s" and line.category == "accelerators"]
    assert lines[0].quantity == pytest.approx(730.0)
    eight = [
        line
        for line in run({**elements, "s": Node("llm_serving", "Model", params=params, sites=(Site("r", 9),))}).bill()
        if line.element == "s"
    ]
    assert eight[0].quantity == pytest.approx(2 * 730.0)


def test_parallel_steps_are_faster_than_steps_in_order() -> None:
    elements = chain()
    for name, step in (("a", 1), ("b", 1)):
        elements[name] = Node("service", name, params={"service_time_ms": 100.0}, sites=(Site("r", 4),))
        elements[f"s{name}"] = Flow("s", name, params={"step": step})
    parallel = run(elements).figure("journey/f/mean_s").value
    elements["sb"] = Flow("s", "b", params={"step": 2})
    serial = run(elements).figure("journey/f/mean_s").value
    assert parallel is not None
    assert serial is not None
    assert parallel < serial


def test_messages_are_off_the_reply_path() -> None:
    elements = chain()
    elements["q"] = Node("queue", "Jobs", sites=(Site("r", 1),))
    elements["w"] = Node("service", "Worker", params={"service_time_ms": 300.0}, sites=(Site("r", 4),))
    alone = run(chain()).figure("journey/f/mean_s").value
    elements["sq"], elements["qw"] = Flow("s", "q", "message"), Flow("q", "w", "message")
    evaluation = run(elements)
    assert evaluation.figure("journey/f/mean_s").value == pytest.approx(alone)
    assert column(evaluation, "arrival_rate", "w") == pytest.approx(10.0)


def test_failed_attempts_load_the_target_again() -> None:
    elements = chain()
    elements["x"] = Node("service", "Callee", sites=(Site("r", 2),))
    elements["sx"] = Flow("s", "x", params={"failure_share": 0.1, "retries": 2, "retry_budget": 1})
    assert column(run(elements), "arrival_rate", "x") == pytest.approx(10.0 * (1 + 0.1 + 0.01))
    elements["sx"] = Flow("s", "x", params={"failure_share": 0.5, "retries": 2, "retry_budget": 0.2})
    assert column(run(elements), "arrival_rate", "x") == pytest.approx(10.0 * 1.2)


def test_slots_are_held_while_waiting() -> None:
    elements = chain(slots=10, service_time_ms=1.0)
    elements["slow"] = Node("third_party_api", "Slow", params={"service_time_ms": 900.0})
    elements["sx"] = Flow("s", "slow")
    evaluation = run(elements)
    assert column(evaluation, "slots_utilization", "s") == pytest.approx(10 * 0.901 / 20, rel=0.05)
    assert column(evaluation, "utilization", "s") < 0.01


def test_copies_share_load_and_multiply_cost() -> None:
    elements = chain()
    elements["store"] = Boundary("site_group", "Store", parent="r", copies=10)
    one = run(chain())
    elements["s"] = Node("service", "Service", sites=(Site("store", 2),))
    many = run(elements)
    assert column(many, "utilization", "s") == pytest.approx(column(one, "utilization", "s") / 10)
    assert column(many, "cost_per_month", "s") == pytest.approx(column(one, "cost_per_month", "s") * 10)


def test_a_dead_region_moves_its_load_to_the_survivor() -> None:
    elements = chain()
    elements["r2"] = Boundary("region", "Ireland", params={"provider": "aws", "region": "eu-west-1", "zones": 2})
    elements["s"] = Node("service", "Service", sites=(Site("r", 2), Site("r2", 2)))
    calm, dead = run(elements), run(elements, case=Case(failed=frozenset({"aws/eu-west-1"})))
    assert column(dead, "utilization", "s") == pytest.approx(2 * column(calm, "utilization", "s"))
    assert column(calm, "availability", "s") > column(run(chain()), "availability", "s")


def test_a_dated_phase_changes_its_month_only() -> None:
    elements = chain()
    elements["brief"] = Brief(params={"home_region": "aws/eu-central-1"}, phases=(Phase(7, "s", "replicas", 8),))
    before, after = run(elements, month=6), run(elements, month=7)
    assert column(after, "utilization", "s") == pytest.approx(column(before, "utilization", "s") / 4)


def test_cost_is_additive_over_its_lines() -> None:
    evaluation = run(chain())
    lines = sum(line.usd_per_month or 0.0 for line in evaluation.bill())
    assert lines == pytest.approx(evaluation.money.bill.total)


def test_restricted_flows_serve_their_journeys_only() -> None:
    elements = chain()
    elements["u2"] = Node("users", "Batch", params={**FLAT, "peak_rate_rps": 4.0})
    elements["f2"] = Flow("u2", "s")
    elements["x"] = Node("service", "Only batch", sites=(Site("r", 2),))
    elements["sx"] = Flow("s", "x", journeys=("f2",))
    evaluation = run(elements)
    assert column(evaluation, "arrival_rate", "x") == pytest.approx(4.0)
    chat, batch = (evaluation.figure(f"journey/{key}/mean_s").value for key in ("f", "f2"))
    assert chat is not None
    assert batch is not None
    assert chat < batch


def test_an_empty_design_evaluates() -> None:
    evaluation = run({})
    assert evaluation.scoreboard()[0].value == 0.0
    assert math.isclose(float(np.sum(evaluation.horizon.cost)), 0.0)


def test_static_share_of_a_flow_decides_what_a_cdn_answers() -> None:
    elements = chain()
    edge = {"hit_ratio": 0.9, "static_share": 0.5, "dynamic_hit_ratio": 0.0}
    elements |= {"c": Node("cdn", "CDN", edge), "f": Flow("u", "c", params={"calls": 3}), "cs": Flow("c", "s")}
    assert column(run(elements), "arrival_rate", "s") == pytest.approx(30.0 * (1 - 0.45))
    elements["f"] = Flow("u", "c", params={"calls": 3, "static_share": 1})
    assert column(run(elements), "arrival_rate", "s") == pytest.approx(30.0 * 0.1)
    elements["g"] = Flow("u", "c", params={"calls": 1, "static_share": 0})
    assert column(run(elements), "arrival_rate", "s") == pytest.approx(40.0 * (1 - 0.9 * 0.75))
