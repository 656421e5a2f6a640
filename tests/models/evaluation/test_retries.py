"""Timeouts under load: the fixed points by hand, storms that stay, and defaults that are not meant for a call."""

from __future__ import annotations

import numpy as np
import pytest

from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.elements import Boundary, Brief, Element, Flow, Id, Node, Site
from models.evaluation import Evaluation, evaluate
from models.evaluation.figures import figures
from models.explain import explain, recompute
from models.moves import apply_move

TIMEOUT_S = 0.4
RATE = 50.0


def drawing(arrivals: float, budget: float = 1.0, retries: int = 3, **service: float) -> dict[Id, Element]:
    """Return users before one server of 20 ms, exponential: M/M/1 with μ = 50/s, and a timeout of 0.4 s."""
    region = Boundary("region", "Frankfurt", params={"provider": "aws", "region": "eu-central-1", "zones": 3})
    work = {"service_time_ms": 1e3 / RATE, "servers": 1, **service}
    flow = {"timeout_ms": TIMEOUT_S * 1e3, "retries": retries, "retry_budget": budget}
    return {
        "brief": Brief(),
        "r": region,
        "u": Node("users", "Users", {"peak_rate_rps": arrivals, "profile": "flat"}),
        "a": Node("service", "Service", work, (Site("r", 1),)),
        "ua": Flow("u", "a", params=flow),
    }


def run(elements: dict[Id, Element], previous: Evaluation | None = None) -> Evaluation:
    return evaluate(Design(elements), load_catalog(), previous=previous)


def late(evaluation: Evaluation) -> float:
    value = evaluation.figure("flow/ua/late_share").value
    assert value is not None
    return value


def rate(evaluation: Evaluation) -> float:
    value = evaluation.figure("node/a/arrival_rate").value
    assert value is not None
    return value


def rules(evaluation: Evaluation) -> set[str]:
    return {finding.rule for finding in evaluation.problems}


def lower_fixed_point(arrivals: float, budget: float) -> tuple[float, float]:
    """Return p = P(T > timeout) of M/M/1 at the rate of the attempts, exp(−(μ − λ)t), from 0 on; and that rate."""
    p, total = 0.0, arrivals
    for _ in range(500):
        total = arrivals * min(1 + p + p**2 + p**3, 1.0 + budget)
        p = float(np.exp(-(RATE - total) * TIMEOUT_S))
    return p, total


@pytest.mark.parametrize(("arrivals", "budget"), [(38.0, 1.0), (40.0, 1.0), (42.0, 0.1)])
def test_calm_state_is_the_lower_fixed_point_of_one_queue(arrivals: float, budget: float) -> None:
    expected, total = lower_fixed_point(arrivals, budget)
    evaluation = run(drawing(arrivals, budget))
    assert late(evaluation) == pytest.approx(expected, rel=0.02)
    assert rate(evaluation) == pytest.approx(total, rel=0.003)


def test_two_states_at_one_demand_are_told_with_both_rates() -> None:
    evaluation = run(drawing(40.0))
    assert evaluation.storm is not None
    assert float(evaluation.storm.rate[0]) == pytest.approx(80.0)
    assert float(evaluation.storm.late[0]) == pytest.approx(1.0)
    found = next(finding for finding in evaluation.problems if finding.rule == "retry_storm")
    assert "41.2 requests/s" in str(found.why)
    assert "80 requests/s" in str(found.why)
    assert found.remedy is not None
    cured = apply_move(evaluation.design, evaluation.catalog, found.remedy)
    assert isinstance(cured, Design)
    assert evaluate(cured, load_catalog()).storm is None


@pytest.mark.parametrize("elements", [drawing(20.0), drawing(40.0, budget=0.05), drawing(40.0, retries=0)])
def test_where_all_retries_fit_there_is_no_storm(elements: dict[Id, Element]) -> None:
    evaluation = run(elements)
    assert evaluation.storm is None
    assert "retry_storm" not in rules(evaluation)


def test_beyond_the_lower_state_only_the_storm_is_left() -> None:
    evaluation = run(drawing(45.0))
    assert late(evaluation) == pytest.approx(1.0)
    assert rate(evaluation) == pytest.approx(90.0)
    assert "saturated" in rules(evaluation)
    assert evaluation.storm is None
    assert evaluation.full_months[evaluation.node_ids.index("a")] > 0


def test_late_answers_are_found_where_they_are_felt() -> None:
    assert "late_answers" in rules(run(drawing(40.0)))
    assert "late_answers" not in rules(run(drawing(20.0)))


def test_a_default_timeout_is_not_held_against_a_call_that_takes_longer_by_itself() -> None:
    elements = drawing(0.05, service_time_ms=4_000.0)
    elements["ua"] = Flow("u", "a")
    assert late(run(elements)) == 0.0
    elements["ua"] = Flow("u", "a", params={"timeout_ms": 2_000})
    assert late(run(elements)) > 0.5


@pytest.mark.parametrize("arrivals", [30.0, 40.0, 45.0])
def test_derivation_gives_the_figure(arrivals: float) -> None:
    evaluation = run(drawing(arrivals))
    for identifier in ("flow/ua/late_share", "node/a/arrival_rate", "flow/ua/rate"):
        value = evaluation.figure(identifier).value
        assert recompute(explain(evaluation, identifier)) == pytest.approx(value, rel=1e-6, abs=1e-9)


def test_an_edit_in_and_out_of_the_storm_equals_a_full_evaluation() -> None:
    evaluation = run(drawing(20.0))
    for arrivals in (40.0, 45.0, 41.0, 30.0):
        evaluation = run(drawing(arrivals), evaluation)
        full = run(drawing(arrivals))
        for key in figures(full):
            assert evaluation.figure(key) == full.figure(key), key
