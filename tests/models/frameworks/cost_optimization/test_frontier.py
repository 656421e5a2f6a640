"""The frontier: the cheapest options that hold the load, none of them beaten in both cost and time."""

import pytest

from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.elements import Input
from models.evaluation import evaluate
from models.frameworks.cost_optimization import assess
from models.frameworks.cost_optimization.frontier import Need, options
from models.report import Chart, Table
from models.templates import template

PLACE = ("aws", "us-east-1")
NEED = Need(rate=400.0, time=0.01, scv=1.0, servers=4.0, vcpu=4.0, memory_gib=8.0, target=0.6, least=2)


def test_every_option_holds_the_target_and_one_replica_less_does_not() -> None:
    found = options(load_catalog(), PLACE, NEED)
    assert len(found) >= 8
    for option in found:
        assert option.utilization <= NEED.target + 1e-9
        fewer = option.utilization * option.replicas / max(option.replicas - 1, 1)
        assert option.replicas == NEED.least or fewer > NEED.target


def test_no_option_beats_one_of_the_frontier() -> None:
    found = options(load_catalog(), PLACE, NEED)
    best = [option for option in found if option.best]
    assert found[0].best
    for option in best:
        assert not any(other.usd < option.usd and other.p95 < option.p95 for other in found)


def test_a_benchmark_overrides_the_model() -> None:
    plain = {option.machine: option for option in options(load_catalog(), PLACE, NEED)}
    name = min(plain, key=lambda key: plain[key].usd)
    slow = {option.machine: option for option in options(load_catalog(), PLACE, NEED, ((name, 50.0),))}
    assert slow[name].measured
    assert slow[name].replicas == 14
    assert slow[name].utilization == pytest.approx(400 / (14 * 50))
    assert slow[name].usd > plain[name].usd


def test_an_unknown_place_has_no_options() -> None:
    assert options(load_catalog(), ("aws", "nowhere-1"), NEED) == ()
    assert options(load_catalog(), PLACE, NEED._replace(rate=0.0)) == ()


def test_the_drawn_node_stands_where_the_evaluation_says() -> None:
    design = template("recommender").variants[1].design
    chosen = Design({**design.elements, "in/cost-optimization/frontier_node": Input("Feed API")})
    evaluation = evaluate(chosen, load_catalog())
    blocks = assess(evaluation).blocks
    table = next(
        block for block in blocks if isinstance(block, Table) and "Machines that could run" in str(block.title)
    )
    chart = next(block for block in blocks if isinstance(block, Chart) and block.kind == "scatter")
    row = evaluation.pipeline.nodes.row_of["feed-api"]
    drawn = table.rows[0]
    assert drawn[1] == 12
    assert drawn[2] == pytest.approx(float(evaluation.money.bill.node_usd[row]), rel=1e-6)
    assert drawn[3] == pytest.approx(float(evaluation.node_percentile[row]), rel=1e-6)
    assert drawn[4] == pytest.approx(float(evaluation.traffic.load.node_utilization[row]), rel=1e-6)
    assert chart.series[-1].name == "You are here"
