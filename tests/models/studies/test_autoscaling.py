"""Policies over a drawn day: what each guarantees, and the controller step by step on random traces."""

from __future__ import annotations

import math
import random
from typing import Any

import msgspec
import pytest

from models.analyses.autoscaling import Past, desired_replicas, limit_rate, stabilize_down
from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.elements import Brief, Flow, Node, Site
from models.evaluation import evaluate
from models.frameworks import scaling
from models.moves import apply_move
from models.report import Chart, Table
from models.studies.autoscaling import NodeDay, PolicyDay, compare_policies


def design(**params: Any) -> Design:
    node = Node("service", "Service", {"service_time_ms": 50.0, "servers": 1, **params}, (Site(None, 10),))
    users = Node("users", "Users", {"peak_rate_rps": 100.0, "profile": "office"})
    brief = Brief(params={"home_region": "aws/eu-central-1"})
    return Design({"brief": brief, "u": users, "s": node, "us": Flow("u", "s")})


def days(**params: Any) -> tuple[NodeDay, dict[str, PolicyDay]]:
    node = compare_policies(design(**params), load_catalog()).nodes[0]
    return node, {day.policy: day for day in node.days}


def test_a_lower_target_costs_more_and_is_late_less() -> None:
    _, found = days(min_replicas=1, max_replicas=40)
    assert found["aggressive"].replica_hours < found["as drawn"].replica_hours < found["conservative"].replica_hours
    assert found["aggressive"].late_s >= found["as drawn"].late_s >= found["conservative"].late_s


def test_planned_policies_are_not_saturated() -> None:
    _, found = days(min_replicas=1, max_replicas=40, ready_s=600)
    assert found["scheduled"].saturated_s == 0
    assert found["predictive"].saturated_s == 0
    assert found["scheduled"].replica_hours >= found["predictive"].replica_hours


def test_a_slow_start_makes_the_reactive_policy_late() -> None:
    _, slow = days(min_replicas=1, max_replicas=40, ready_s=1800)
    _, quick = days(min_replicas=1, max_replicas=40, ready_s=15)
    assert slow["as drawn"].late_s > quick["as drawn"].late_s


def test_the_policy_of_the_node_is_what_runs_as_drawn() -> None:
    for policy in ("scheduled", "predictive"):
        _, found = days(min_replicas=1, max_replicas=40, ready_s=600, autoscaled=True, scaling_policy=policy)
        assert found["as drawn"] == msgspec.structs.replace(found[policy], policy="as drawn")
    _, found = days(min_replicas=1, max_replicas=40, autoscaled=True, scale_down_s=1800.0)
    _, usual = days(min_replicas=1, max_replicas=40, autoscaled=True)
    assert found["as drawn"].replica_hours > usual["as drawn"].replica_hours


def test_planned_policies_cost_what_the_hours_ahead_need() -> None:
    """Reactive ≤ predictive ≤ scheduled in the bill; what starts in an instant is no more than reactive."""

    def mean(**params: Any) -> float:
        evaluation = evaluate(design(autoscaled=True, min_replicas=1, max_replicas=40, **params), load_catalog())
        return float(evaluation.money.bill.node_usd.sum())

    reactive, scheduled = mean(), mean(scaling_policy="scheduled")
    slow, quick = (mean(scaling_policy="predictive", ready_s=time) for time in (1800.0, 0.0))
    assert reactive == quick < slow < scheduled
    assert mean(scaling_policy="predictive", ready_s=3600.0) == scheduled


def test_a_cheaper_policy_is_written_into_the_design_and_found_no_more() -> None:
    evaluation = evaluate(design(min_replicas=1, max_replicas=40), load_catalog())
    study = compare_policies(evaluation.design, evaluation.catalog)
    found = [one for one in scaling.assess(evaluation, [study]).findings if one.rule == "scaling.autoscaling_pays"]
    assert len(found) == 1
    assert found[0].remedy is not None
    after = apply_move(evaluation.design, evaluation.catalog, found[0].remedy)
    assert isinstance(after, Design)
    params = after.node("s").params
    assert params.get("scaling_policy", "reactive") in ("reactive", "scheduled", "predictive")
    now = evaluate(after, evaluation.catalog)
    again = compare_policies(after, evaluation.catalog)
    named = {day.policy: day for day in again.nodes[0].days}["as drawn"]
    assert named.saturated_s <= 60
    left = scaling.assess(now, [again]).findings
    assert "scaling.autoscaling_pays" not in [one.rule for one in left]


def test_replicas_stay_between_the_bounds_and_follow_what_is_needed() -> None:
    node, found = days(min_replicas=3, max_replicas=6)
    for day in found.values():
        assert min(day.replicas) >= 3
        assert max(day.replicas) <= 10
    assert max(node.needed) > 6


def test_panel_shows_the_two_policies_and_the_table() -> None:
    evaluation = evaluate(design(), load_catalog())
    study = compare_policies(evaluation.design, evaluation.catalog)
    blocks = scaling.assess(evaluation, [study]).blocks
    charts = [block for block in blocks if isinstance(block, Chart) and "Replicas of" in str(block.title)]
    assert [series.name for series in charts[0].series] == ["needed at the target", "as drawn", "conservative"]
    assert any(isinstance(block, Table) and str(block.title).startswith("Autoscaling") for block in blocks)


def documented(current: int, ratio: float, memory: list[tuple[int, float]], least: int, most: int) -> int:
    """Return the next replicas by the text of the documentation, written again without looking at the code."""
    wanted = current if abs(ratio - 1.0) <= 0.1 else math.ceil(current * ratio)
    memory = [*memory, (wanted, 0.0)]
    stable = max(value for value, age in memory if age <= 300.0)
    if stable > current:
        stable = min(stable, max(2 * current, current + 4))
    return max(least, min(most, stable))


@pytest.mark.parametrize("block", range(10))
def test_controller_follows_the_documentation_on_a_thousand_random_traces(block: int) -> None:
    source = random.Random(block)
    for _ in range(100):
        least, most = source.randint(1, 3), source.randint(4, 60)
        ours = theirs = source.randint(least, most)
        level, memory = source.uniform(0.5, 30.0), []
        for _ in range(40):
            level = max(level * source.uniform(0.6, 1.6), 0.05)
            ratio = round(level / ours / 0.6, 4)
            if abs(abs(ratio - 1.0) - 0.1) < 1e-6:
                continue
            desired = int(desired_replicas(ratio, ours, ours))
            recent = [Past(value, age) for value, age in memory]
            ours_next = limit_rate(stabilize_down(desired, recent), ours, least, most).replicas
            theirs_next = documented(theirs, ratio, memory, least, most)
            assert ours_next == theirs_next
            memory = [(value, age + 15.0) for value, age in [*memory, (desired, 0.0)] if age + 15.0 <= 300.0]
            ours, theirs = ours_next, theirs_next
