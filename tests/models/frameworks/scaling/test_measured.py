"""Load tests beside the model, shards and indexes over time, and policies written into the design."""

from __future__ import annotations

import numpy as np
import pytest

from models.analyses.scalability import ScalabilityFit
from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.elements import Flow, Input, Node, Site
from models.evaluation import evaluate
from models.frameworks import scaling
from models.frameworks.scaling import databases, measured
from models.frameworks.scaling.capacity import Capacity
from models.moves import apply_move
from models.studies.autoscaling import compare_policies
from tests.models.frameworks.scaling.test_scaling import Elements, drawing, run, titled


def with_test(text: str) -> Elements:
    return drawing() | {"in/scaling/scaling_test": Input(text), "in/scaling/tested_node": Input("s")}


def steps_of(capacity: float, beta: float = 0.0) -> str:
    """Return a test of a service whose throughput follows the law with 20/s for one and the given limit."""
    alpha = 20.0 / capacity
    loads = (1, 2, 4, 8, 16, 32, 64)
    return ", ".join(f"{n}: {20.0 * n / (1 + alpha * (n - 1) + beta * n * (n - 1)):.4f}: {50 + n}" for n in loads)


def test_a_load_test_stands_beside_the_model_step_by_step() -> None:
    elements = with_test(steps_of(200.0))
    table = titled(run(elements), "Load test beside")
    first, last = table.rows[0], table.rows[-1]
    assert first[0] == 1.0
    assert first[3] == pytest.approx(1.0, rel=1e-3)
    assert last[3] == pytest.approx(1.0 / (1 + 0.1 * 63), rel=1e-2)
    assert last[4] == pytest.approx(last[1], rel=1e-3)
    assert first[5] == pytest.approx(0.051)
    capacity = Capacity(run(elements))
    rate = (20.0, 40.0, 500.0)
    modelled = measured.modelled_p95(capacity, capacity.nodes.row_of["s"], rate)
    assert modelled[1] == pytest.approx(float(capacity.evaluation.figure("node/s/response_p95_s").value or 0), rel=0.02)
    assert modelled[0] < modelled[1] < modelled[2] == np.inf
    whole = measured.modelled_p95(capacity, -1, (40.0, 79.0))
    assert whole[0] == pytest.approx(float(capacity.evaluation.figure("journey/us/p95_s").value or 0), rel=1e-6)
    assert whole[1] > whole[0]


def test_a_test_below_the_model_is_told_and_can_be_planned_with() -> None:
    evaluation = run(with_test(steps_of(40.0)))
    found = measured.findings(Capacity(evaluation))
    assert [finding.rule for finding in found] == ["scaling.test_below_model"]
    assert found[0].remedy is not None
    after = apply_move(evaluation.design, evaluation.catalog, found[0].remedy)
    assert isinstance(after, Design)
    assert after.nodes["s"].params["measured_rps"] == pytest.approx(38.0 / 2, abs=1.0)
    assert measured.findings(Capacity(evaluate(after, load_catalog()))) == []
    assert measured.findings(Capacity(run(with_test(steps_of(200.0))))) == []
    still_growing = "1: 20, 2: 40, 4: 50"
    assert measured.findings(Capacity(run(with_test(still_growing)))) == []


def test_a_test_that_cannot_be_read_is_said() -> None:
    blocks = measured.blocks(Capacity(run(with_test("1: 20, nonsense"))))
    assert "nonsense" in str(blocks[0].text)  # type: ignore[union-attr]
    blocks = measured.blocks(Capacity(run(with_test("1: 20, 2: 39"))))
    assert "at least 3 pairs" in str(blocks[0].text)  # type: ignore[union-attr]


def test_what_a_test_is_too_short_to_tell_is_said() -> None:
    loads = [1.0, 2.0, 4.0]
    law = ScalabilityFit(0.03, 1e-2, 100.0, peak=9.85, r_squared=1.0, errors=(0.0, 0.0, 0.0))
    few, low = measured.doubts(loads, law)
    assert "Only 3 points" in few
    assert "β is not identified" in low
    assert not measured.doubts([1.0, 2.0, 3.0, 4.0, 5.0, law.peak], law)


def test_shards_grow_with_the_months_and_a_hot_key_stops_them() -> None:
    store = Node("key_value", "Store", {"quota_rps": 50.0, "shards": 1}, (Site("r", 1),))
    elements = drawing(growth=0.1, k=store, sk=Flow("s", "k", params={"key_pattern": "even"}))
    row = titled(run(elements), "Shards that keep").rows[0]
    assert row[0] == "Service" or row[1] == 1.0
    capacity = Capacity(run(elements))
    number = capacity.nodes.row_of["k"]
    assert databases.hot_share(capacity, number) == 0.0
    later = [databases.shards_for(float(capacity.load_at(month)[number]) / 0.5) for month in (0, 12, 24)]
    assert later == sorted(later)
    assert later[0] < later[-1]
    elements["sk"] = Flow("s", "k", params={"key_pattern": "hot"})
    assert databases.hot_share(Capacity(run(elements)), number) == pytest.approx(0.2)
    assert databases.shards_for(4.0, 0.2) > 4
    assert databases.shards_for(6.0, 0.2) == 1000


def test_vector_indexes_trade_memory_against_recall() -> None:
    params = {"vectors_million": 10, "dimensions": 1024, "graph_links": 16, "memory_overhead": 1.3, "memory_gib": 64}
    elements = drawing(v=Node("vector_store", "Vectors", params, (Site("r", 2),)), sv=Flow("s", "v"))
    rows = titled(run(elements), "Vector indexes").rows
    memory, recall = [row[3] for row in rows], [row[5] for row in rows]
    assert memory == sorted(memory, reverse=True)
    assert recall == sorted(recall, reverse=True)
    assert rows[2][3] == pytest.approx(10e6 * (1024 + 128) * 1.3 / 2**30)
    assert [row[4] for row in rows] == ["yes", "yes", "yes", "yes"]


def test_the_policy_that_saves_is_written_into_the_design() -> None:
    elements = drawing(rate=400.0)
    users = {"peak_rate_rps": 400.0, "profile": "office", "places": {"DE": 1.0}}
    elements["u"] = Node("users", "Users", users)
    elements["s"] = Node("service", "Service", {"service_time_ms": 50.0, "max_replicas": 40}, (Site("r", 30),))
    evaluation = run(elements)
    compared = compare_policies(evaluation.design, evaluation.catalog)
    found = [one for one in scaling.assess(evaluation, (compared,)).findings if one.rule == "scaling.autoscaling_pays"]
    assert len(found) == 1
    assert found[0].remedy is not None
    after = apply_move(evaluation.design, evaluation.catalog, found[0].remedy)
    assert isinstance(after, Design)
    assert after.nodes["s"].params["autoscaled"] is True
    assert evaluate(after, load_catalog()).money.bill.total < evaluation.money.bill.total
    assert not any(one.rule == "scaling.autoscaling_pays" for one in scaling.assess(evaluation).findings)
