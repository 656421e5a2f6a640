"""Accelerators by the roofline: the fewest replicas that hold the target, and *not known* without calibration."""

import numpy as np
import pytest

from models.catalog.catalog import load_catalog
from models.evaluation import evaluate
from models.evaluation.load import point_of
from models.frameworks.cost_optimization import assess
from models.frameworks.cost_optimization.accelerator_frontier import Serving, card_options
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
