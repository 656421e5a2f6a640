"""What each template has to show to whoever opens it: costs, months, thresholds and traps worked out beforehand.

Costs, loads and times stand in `test_templates`; here stand the findings, turning points and sample sizes.
"""

from __future__ import annotations

from functools import cache

import msgspec
import pytest

from models.analyses.experiments import paired_size, two_proportions_size
from models.analyses.training import goodput
from models.catalog.catalog import load_catalog
from models.design.delta import Delta
from models.evaluation import Evaluation, evaluate
from models.first_page.crossover import crossover
from models.frameworks import all_findings
from models.frameworks.scaling.capacity import Capacity
from models.moves import apply_move
from models.report import Finding, Remedy
from models.templates import template


@cache
def evaluated(identifier: str, variant: str) -> Evaluation:
    return evaluate(template(identifier).variant(variant).design, load_catalog())


@cache
def findings(identifier: str, variant: str) -> tuple[Finding, ...]:
    return all_findings(evaluated(identifier, variant))


def value(evaluation: Evaluation, name: str) -> float:
    found = evaluation.figure(name).value
    assert found is not None, name
    return found


MUST = [
    ("assistant", "Model API", "model_retires", "answer-model"),
    ("assistant", "Model API", "patterns.quota_not_stated", "answer-model"),
    ("assistant", "Own 32 B model", "scaling.full_soon", "orchestrator"),
    ("assistant", "Own 32 B model", "scaling.full_soon", "answer-model"),
    ("recommender", "Item features per read", "over_budget", ""),
    ("recommender", "Item features per read", "scaling.cache_pays", "item-features"),
    ("recommender", "Item features per read", "scaling.full_soon", "ranker"),
    ("recommender", "Item features per read", "scaling.full_soon", "candidates"),
    ("recommender", "Item table in the ranker's memory", "cross_zone", ""),
    ("fraud", "One region", "patterns.write_on_reply_path", "ledger"),
    ("fraud", "One region", "scaling.region_stops", ""),
    ("fraud", "One region", "log_cost", "monitoring"),
    ("fraud", "Two regions", "scaling.old_values", "velocity"),
    ("training", "On demand beside the data", "scaling.full_soon", "cluster"),
    ("training", "On demand beside the data", "scaling.long_run", "cluster"),
    ("training", "On demand beside the data", "pay_by_use", "cluster"),
    ("training", "Preemptible at a GPU cloud", "egress", ""),
    ("vision", "Inference in the cloud", "patterns.thin_line", "store"),
    ("vision", "Inference in the cloud", "over_budget", ""),
    ("gateway", "All own, one spare", "idle_capacity", "code-model"),
    ("gateway", "All own, one spare", "patterns.mixed_workload", "chat-model"),
    ("gateway", "Own base, overflow to a hosted model", "scaling.full_soon", "chat-model"),
    ("gateway", "Own base, overflow to a hosted model", "patterns.quota_not_stated", "external"),
]


@pytest.mark.parametrize(("identifier", "variant", "rule", "element"), MUST)
def test_a_template_shows_what_it_is_there_to_show(identifier: str, variant: str, rule: str, element: str) -> None:
    found = [one for one in findings(identifier, variant) if one.rule == rule]
    assert found, [one.rule for one in findings(identifier, variant)]
    assert not element or any(element in one.elements for one in found), [one.elements for one in found]


def test_the_largest_line_of_fraud_scoring_is_its_logs() -> None:
    found = next(one for one in findings("fraud", "One region") if one.rule == "log_cost")
    assert "the largest single line" in str(found.title)


def test_the_own_model_wins_above_its_turning_point() -> None:
    turning = crossover(evaluated("assistant", "Own 32 B model"), evaluated("assistant", "Model API"))
    assert turning is not None
    assert turning.units_per_month == pytest.approx(4.4e6, rel=0.05)
    assert turning.units_per_month < value(evaluated("assistant", "Model API"), "total/units_per_month")


@pytest.mark.parametrize("variant", ["Item features per read", "Item table in the ranker's memory"])
def test_the_event_overloads_ranker_and_candidates(variant: str) -> None:
    """1.61 = .64 × 2.5, grown by 3 % a month to month 11: ρ above 2.2; candidates 1.7."""
    evaluation = evaluated("recommender", variant)
    row, most = evaluation.pipeline.nodes.row_of, Capacity(evaluation).most_load(11)
    assert most[row["ranker"]] == pytest.approx(2.2, rel=0.03)
    assert most[row["candidates"]] == pytest.approx(1.7, rel=0.03)
    assert evaluation.full_months[row["ranker"]] == 11
    assert 0.075 <= value(evaluation, "total/last_p95_s") <= 0.095


def test_only_the_outbox_helps_the_ledger_a_synchronous_stream_makes_it_worse() -> None:
    before = evaluated("fraud", "One region")
    write = before.design.flows["f-ledger"]
    now = value(before, "total/availability")
    assert 8760.0 * (1.0 - now) == pytest.approx(7.5, abs=1.0)
    moved = msgspec.structs.replace(write, target="stream")
    worse = evaluate(before.design.apply(Delta.of([("f-ledger", write, moved)])), before.catalog)
    assert value(worse, "total/availability") < now
    outbox = apply_move(before.design, before.catalog, Remedy("make_asynchronous", {"flow": "f-ledger"}))
    after = evaluate(outbox, before.catalog)  # type: ignore[arg-type]
    assert value(after, "total/availability") == pytest.approx(0.9997, abs=0.0002)


def test_egress_of_the_mirrored_data_would_have_to_grow_fifty_times_to_lose() -> None:
    beside, away = (evaluated("training", name) for name in ("On demand beside the data", "Preemptible at a GPU cloud"))
    saved = value(beside, "total/cost_per_month") - value(away, "total/cost_per_month")
    egress = value(away, "flow/f-sets-cluster/cost_per_month")
    volume = value(away, "flow/f-sets-cluster/bytes_per_s") * 730.0 * 3600.0
    assert volume == pytest.approx(15e12, rel=0.03)
    assert volume * (saved + egress) / egress / 1e12 == pytest.approx(740.0, rel=0.1)


@pytest.mark.parametrize(("hours", "minutes", "share"), [(20.0, 69.0, 0.934), (8.0, 44.0, 0.89)])
def test_checkpoints_of_the_preemptible_cluster(hours: float, minutes: float, share: float) -> None:
    """Young–Daly with two minutes per checkpoint and ten to start again."""
    found = goodput(120.0, hours * 3600.0, 600.0)
    assert found.interval / 60.0 == pytest.approx(minutes, rel=0.01)
    assert found.share == pytest.approx(share, abs=0.003)


@pytest.mark.parametrize(
    ("baseline", "effect", "canary"), [(0.06, 0.02, 1_014), (0.04, -0.0008, 388_000), (0.012, 0.003, 9_300)]
)
def test_canaries_of_prompts_clicks_and_declines(baseline: float, effect: float, canary: int) -> None:
    """At 5 % weight: rated answers of the assistant, sessions of the feed, card transactions."""
    assert two_proportions_size(baseline, effect, ratio=19.0, sides=1).canary == pytest.approx(canary, rel=0.005)


def test_two_points_of_the_evaluation_set_need_three_thousand_items() -> None:
    assert paired_size(0.15, 0.02) == pytest.approx(2_950, rel=0.01)


def test_labels_of_fraud_come_too_late_for_a_canary() -> None:
    design = evaluated("fraud", "One region").design
    delays = [node.params.get("label_delay_days") for node in design.nodes.values()]
    assert 60 in delays
