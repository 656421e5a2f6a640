"""Accelerators by the roofline: the fewest replicas that hold the target, and *not known* without calibration."""

import numpy as np
import pytest

from models.analyses.benchmark import Benchmark
from models.catalog.catalog import load_catalog
from models.design.delta import Delta
from models.design.edits import set_params
from models.evaluation import evaluate
from models.evaluation.load import point_of
from models.frameworks.cost_optimization import assess
from models.frameworks.cost_optimization.accelerator_frontier import Measured, Serving, card_options
from models.report import Chart, Table
from models.templates import template

SERVING = Serving("Llama-3.1-8B", "fp8", "bf16", 20.0, 0.7, 2, (1155.0, 211.0), (0.92, 0.60, 0.0))
PLACE = ("aws", "us-east-1")


def test_no_fewer_replicas_hold_the_target() -> None:
    options = [one for one in card_options(load_catalog(), PLACE, SERVING) if not one.reason]
    assert len(options) >= 4
    for one in options:
        load = (*SERVING.tokens, SERVING.rate / one.replicas, *SERVING.spread)
        point = point_of(SERVING.model, one.accelerator, one.cards, SERVING.weights, SERVING.cache, load)
        assert one.utilization == pytest.approx(SERVING.rate / (point.max_rate * one.replicas))
        assert one.utilization <= SERVING.target + 1e-9
        assert one.first_p95 == point.ttft_p95
        fewer = SERVING.rate / (point.max_rate * (one.replicas - 1)) if one.replicas > SERVING.least else np.inf
        assert fewer > SERVING.target
    assert [one.usd for one in options] == sorted(one.usd for one in options)


def test_what_has_no_calibration_is_not_known() -> None:
    found = {one.accelerator: one for one in card_options(load_catalog(), PLACE, SERVING)}
    unknown = [name for name, one in found.items() if one.reason]
    assert any(name.startswith(("Trainium", "Inferentia")) for name in unknown), sorted(found)
    assert all(np.isnan(found[name].usd) for name in unknown)


def test_the_panel_shows_where_the_drawing_stands() -> None:
    evaluation = evaluate(template("assistant").variant("Own 32 B model").design, load_catalog())
    blocks = assess(evaluation).blocks
    table = next(one for one in blocks if isinstance(one, Table) and "Accelerators that could run" in str(one.title))
    chart = next(one for one in blocks if isinstance(one, Chart) and "by accelerator" in str(one.title))
    assert any("as drawn" in str(row[-1]) for row in table.rows)
    assert chart.series[-1].name == "You are here"


def test_a_benchmark_of_the_node_counts_on_its_cards_and_only_there() -> None:
    """Twice the measured rate, half the replicas; every other accelerator stays with the model."""
    card = next(one for one in card_options(load_catalog(), PLACE, SERVING) if not one.reason)
    rate, busy = 4.0, SERVING._replace(rate=100.0)
    slow, fast = (
        busy._replace(measured=Measured(Benchmark(factor * rate, batch=64, ttft=0.2, tpot=0.02), card.accelerator, 1))
        for factor in (1.0, 2.0)
    )
    modeled, once, twice = (
        {one.accelerator: one for one in card_options(load_catalog(), PLACE, each)} for each in (busy, slow, fast)
    )
    assert once[card.accelerator].replicas == int(np.ceil(100 / (rate * 0.7)))
    assert twice[card.accelerator].replicas == int(np.ceil(100 / (2 * rate * 0.7)))
    assert once[card.accelerator].measured
    others = {name for name in modeled if name != card.accelerator and not modeled[name].reason}
    assert all(once[name] == modeled[name] for name in others)


def test_a_benchmark_makes_a_card_without_calibration_known() -> None:
    unknown = next(
        one.accelerator for one in card_options(load_catalog(), PLACE, SERVING)
        if one.reason and "No host" not in one.reason and one.accelerator.startswith(("Trainium", "Inferentia"))
    )  # fmt: skip
    for cards in (1, 2, 4, 8):
        own = Measured(Benchmark(6.0, batch=32, ttft=0.3, tpot=0.03), unknown, cards)
        found = {one.accelerator: one for one in card_options(load_catalog(), PLACE, SERVING._replace(measured=own))}
        if not found[unknown].reason:
            assert found[unknown].replicas == int(np.ceil(20 / (6.0 * 0.7)))
            assert np.isfinite(found[unknown].usd)
            return
    raise AssertionError(f"{unknown} stays unknown: {found[unknown].reason}")


def test_the_panel_marks_what_was_measured() -> None:
    design = template("assistant").variant("Own 32 B model").design
    key = next(key for key, node in design.nodes.items() if node.kind == "llm_serving")
    node = design.elements[key]
    card = node.params["accelerator"]
    params = {"measured_rps": 3.0, "bench_on": card, "bench_batch": 64, "bench_ttft_ms": 300, "bench_tpot_ms": 25}
    measured = design.apply(Delta.of([(key, node, set_params(node, params))]))
    blocks = assess(evaluate(measured, load_catalog())).blocks
    table = next(one for one in blocks if isinstance(one, Table) and "Accelerators that could run" in str(one.title))
    marked = [row for row in table.rows if "as you measured" in str(row[-1])]
    assert len(marked) == 1
    assert "as drawn" in str(marked[0][-1])
