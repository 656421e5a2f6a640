"""Commitments over time against brute force, what a fall of demand does, spot fleets that survive, and schedules."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.catalog.catalog import load_catalog
from models.design.delta import Delta
from models.design.design import Design
from models.design.elements import BRIEF_ID, Boundary, Brief, Flow, Input, Node, Site, input_id
from models.evaluation import Evaluation, evaluate
from models.frameworks.cost_optimization import ID, assess
from models.frameworks.cost_optimization.commitment_blocks import committed_cost, ladder
from models.frameworks.cost_optimization.commitments import TERMS, commit_for, committable, levels
from models.frameworks.cost_optimization.fleet import fleet, hourly_replicas
from models.frameworks.cost_optimization.purchases import SPOT, mixed_spot
from models.frameworks.cost_optimization.savings import savings
from models.frameworks.cost_optimization.view import View, view
from models.moves import apply_move
from models.report import Remedy, Table
from models.templates import template

ALONE = {"people_fte": 0.0, "staging_share": 0.0, "dev_share": 0.0}


def design(
    replicas: int = 6, rate: float = 400.0, provider: str = "aws", region: str = "us-east-1", **params: object
) -> Design:
    """One service in a region, called by people over the day."""
    return Design(
        {
            BRIEF_ID: Brief("One", params={"growth_percent_month": 0.03, **ALONE}),
            "r": Boundary("region", "Here", params={"provider": provider, "region": region}),
            "u": Node("users", "People", {"peak_rate_rps": rate}),
            "s": Node(
                "service",
                "API",
                {"vcpu": 2, "memory_gib": 8, **params},
                (Site("r", replicas),),
                tags={"environment": "dev"},
            ),
            "f": Flow("u", "s"),
        }
    )


def seen(drawn: Design) -> View:
    return view(evaluate(drawn, load_catalog()))


@settings(max_examples=25, deadline=None)
@given(
    rate=st.floats(50.0, 900.0),
    ratio=st.floats(1.0, 3.0),
    growth=st.floats(0.0, 0.08),
    start=st.sampled_from((0, 6, 12)),
    scaled=st.booleans(),
)
def test_no_whole_level_beats_the_one_that_is_bought(
    rate: float, ratio: float, growth: float, start: int, scaled: bool
) -> None:
    """Every number of machines is tried against the demand of every draw, quarter and hour of the term."""
    base = design(9, rate, autoscaled=scaled, min_replicas=1)
    brief = Brief("One", params={"growth_percent_month": growth, "people_fte": 0.0})
    entry = input_id(ID, "demand_ratio")
    found = seen(base.apply(Delta.of([(BRIEF_ID, base.brief, brief), (entry, None, Input(ratio))])))
    drawn = fleet(found.evaluation)
    chosen = committable(found, drawn, 0)
    if not len(chosen):
        return
    at = int(chosen[0])
    level = float(levels(found, drawn, chosen, 0, 12, start)[at])
    used = slice(start, start + 13, 3)
    relative = (found.drawn.demand[::2, used] * found.ahead.growth[used]).ravel()
    if drawn.replicas[at] < drawn.drawn[at]:
        hours = hourly_replicas(found.evaluation, drawn, drawn.drawn)[:, at]
        demand = np.minimum(np.outer(hours, relative[:: max(len(relative) // 128, 1)]), drawn.drawn[at]).ravel()
    else:
        demand = np.minimum(relative, 1.0) * drawn.replicas[at]
    r, d = float(drawn.prices[1, at]), float(drawn.on_demand[at])

    def cost(machines: float) -> float:
        return r * machines + d * float(np.maximum(demand - machines, 0.0).mean())

    best = min(cost(float(machines)) for machines in range(int(drawn.replicas[at]) + 1))
    assert cost(level) <= best + (d - r) * 1.0 + 1e-9
    assert cost(level) <= cost(0.0) + 1e-9


@pytest.mark.parametrize("term", list(TERMS))
def test_the_ladder_holds_its_level_and_renews_what_ends(term: str) -> None:
    found = seen(template("recommender").variants[0].design)
    drawn = fleet(found.evaluation)
    kind, months = TERMS[term]
    steps = ladder(found, drawn, term)
    assert steps[0].month == found.evaluation.month
    chosen = committable(found, drawn, kind)
    for month in range(0, found.ahead.months + 1, 3):
        alive = sum(step.bought for step in steps if step.month <= month < step.expires)
        wanted = float((levels(found, drawn, chosen, kind, months, month) * drawn.copies).sum())
        assert alive >= wanted - 1e-9
    assert all(step.expires == step.month + months for step in steps)


def test_a_fall_of_demand_turns_the_saving_at_the_break_even() -> None:
    evaluation = evaluate(design(10), load_catalog())
    table = next(
        block
        for block in assess(evaluation).blocks
        if isinstance(block, Table) and "fall of demand" in str(block.title)
    )
    assert [row[0] for row in table.rows] == ["as today", "10%", "20%", "30%", "50%"]
    found, drawn = view(evaluation), fleet(evaluation)
    proposal = commit_for(found, drawn, "reserved_1y")
    assert proposal is not None
    saved = float((drawn.cost - proposal.after.cost).sum())
    assert table.rows[0][4] == pytest.approx(saved)
    cost = float(committed_cost(drawn, proposal.after, 0).sum())
    for row in table.rows:
        assert row[1] - row[2] == pytest.approx(row[4])
        assert row[2] >= cost - 1e-9
    level = float(proposal.after.shares[0, 0]) * 10
    assert table.rows[4][3] == pytest.approx(cost * max(level - 5.0, 0.0) / level)


def test_spot_is_mixed_so_that_the_rest_holds_the_peak() -> None:
    found = seen(design(6, 300.0))
    drawn = fleet(found.evaluation)
    proposal = mixed_spot(found, drawn)
    assert proposal is not None
    share = float(proposal.after.shares[SPOT, 0])
    row = found.evaluation.pipeline.nodes.row_of["s"]
    peak = float(found.evaluation.traffic.load.node_utilization[row])
    kept = round(6 * (1 - share))
    assert peak * 6 <= kept < 6
    assert peak * 6 > kept - 1
    assert mixed_spot(seen(design(2, 10.0)), fleet(evaluate(design(2, 10.0), load_catalog()))) is None


def test_what_runs_on_spot_is_not_committed_too() -> None:
    found = seen(design(6, 300.0, spot_share=0.5))
    drawn = fleet(found.evaluation)
    proposal = commit_for(found, drawn, "reserved_1y")
    assert proposal is not None
    assert float(proposal.after.shares[:, 0].sum()) <= 1.0 + 1e-12


def applied(evaluation: Evaluation, remedy: Remedy) -> Evaluation:
    changed = apply_move(evaluation.design, evaluation.catalog, remedy)
    assert isinstance(changed, Design), changed
    return evaluate(changed, evaluation.catalog)


def without_users() -> Design:
    drawn = design(2)
    return drawn.apply(Delta.of([("f", drawn.elements["f"], None)]))


def test_development_runs_in_working_hours_only() -> None:
    evaluation = evaluate(without_users(), load_catalog())
    found = next(one for one in savings(view(evaluation)).opportunities if one.proposal.rule == "schedule")
    machines = evaluation.money.bill.node_usd.sum()
    assert found.saving == pytest.approx(machines * (1 - 50 / 168))
    after = applied(evaluation, found.remedy)
    assert evaluation.money.bill.total - after.money.bill.total == pytest.approx(found.saving)
    assert after.money.emissions.kg.sum() == pytest.approx(evaluation.money.emissions.kg.sum() * 50 / 168)


def test_a_schedule_that_calls_break_is_a_finding() -> None:
    rules = [finding.rule for finding in assess(evaluate(design(4, hours_per_week=60.0), load_catalog())).findings]
    assert "schedule_conflict" in rules
    quiet = without_users()
    node = quiet.nodes["s"]
    night = quiet.apply(
        Delta.of([("s", node, Node("service", "API", {**node.params, "hours_per_week": 60.0}, node.sites))])
    )
    assert "schedule_conflict" not in [one.rule for one in assess(evaluate(night, load_catalog())).findings]


def test_sustained_use_is_taken_off_by_the_hours_that_run() -> None:
    """N2 machines: 20 % off for a whole month; half the hours give 6.7 % off the half price."""
    catalog = load_catalog()
    place = {"provider": "gcp", "region": "us-central1", "instance": "n2-standard-2", "rate": 1.0}
    whole = evaluate(design(3, **place), catalog).money.bill.node_usd.sum()
    half = evaluate(design(3, hours_per_week=84.0, **place), catalog).money.bill.node_usd.sum()
    listed = catalog.instance_price("gcp", "us-central1", "n2-standard-2")
    assert listed is not None
    assert whole == pytest.approx(listed.value * 3 * 730 * 0.8)
    assert half == pytest.approx(listed.value * 3 * 365 * (1 - 0.2 / 3), rel=1e-6)
