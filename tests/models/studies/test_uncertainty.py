"""Bands of the cost against arithmetic that can be checked by hand, and the same for the same seed."""

import numpy as np
import pytest

from models.catalog.catalog import load_catalog
from models.evaluation import evaluate
from models.frameworks.cost_optimization import assess, missing_study
from models.frameworks.cost_optimization.bands import KIND, cost_model
from models.report import Chart, Sentence
from models.studies.uncertainty import CostModel, cost_bands
from models.templates import template


def model(**changes: object) -> CostModel:
    months = np.ones(13)
    plain = CostModel(
        ("a", "b"),
        ("machines",),
        np.array([[0.0 * months, 100.0 * months]]),
        np.array([[100.0 * 1.05 ** np.arange(13), 0.0 * months]]),
        np.array([[np.arange(13) * 0.0, np.arange(13) * 1.0]]),
        (0.05, 0.05, 0.05),
        1.0,
        1.0,
        1.0,
        (1.0,),
    )
    return plain._replace(**changes)


def test_without_spread_every_draw_is_the_expected_cost() -> None:
    found = cost_bands(model(), 256)
    assert found is not None
    expected = 100.0 + 100.0 * 1.05 ** np.arange(13) + np.arange(13)
    for row in (found.p10, found.p50, found.p90):
        assert row == pytest.approx(expected.tolist())
    assert found.total[1] == pytest.approx(float(expected.sum()))
    assert found.bars == ()
    assert found.expected == pytest.approx(float(expected.sum()))


def test_the_band_of_one_lognormal_input_is_known_in_closed_form() -> None:
    found = cost_bands(model(price_ratios=(1.3,)), 8192)
    assert found is not None
    assert found.p90[0] == pytest.approx(200.0 * 1.3, rel=0.005)
    assert found.p10[0] == pytest.approx(200.0 / 1.3, rel=0.005)
    assert [bar.name for bar in found.bars] == ["Price of machines"]
    assert found.bars[0].high / found.total[1] == pytest.approx(1.3, rel=0.005)
    assert found.bars[0].correlation == pytest.approx(1.0, abs=0.01)


def test_demand_moves_only_what_grows_with_it() -> None:
    found = cost_bands(model(demand_ratio=2.0), 8192)
    assert found is not None
    assert found.p90[0] == pytest.approx(100.0 + 200.0, rel=0.005)
    assert found.p90[12] == pytest.approx(112.0 + 200.0 * 1.05**12, rel=0.01)


def test_growth_widens_the_later_months_only() -> None:
    found = cost_bands(model(growth=(0.0, 0.05, 0.1)), 4096)
    assert found is not None
    assert found.p90[0] == pytest.approx(found.p10[0])
    assert found.p90[12] > found.p10[12] * 1.1


def test_a_drift_of_prices_compounds_by_the_year() -> None:
    found, plain = cost_bands(model(drift=(-0.3,)), 64), cost_bands(model(), 64)
    assert found is not None
    assert plain is not None
    assert found.p50[0] == pytest.approx(plain.p50[0])
    assert found.p50[12] == pytest.approx(0.7 * plain.p50[12])


def test_equal_seeds_give_equal_bands_and_more_draws_agree() -> None:
    spread = model(demand_ratio=1.4, price_ratios=(1.1,), owner_ratio=1.3)
    first, again, more = cost_bands(spread, 2048, 7), cost_bands(spread, 2048, 7), cost_bands(spread, 10_000, 8)
    assert first == again
    assert first is not None
    assert more is not None
    assert first.p90 == pytest.approx(more.p90, rel=0.01)


def test_progress_ends_at_one_and_a_cancelled_study_has_no_result() -> None:
    seen: list[float] = []
    assert cost_bands(model(demand_ratio=1.3), 5000, progress=seen.append) is not None
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert cost_bands(model(), 5000, cancelled=lambda: True) is None


class Stored:
    kind = KIND

    def __init__(self, result: object) -> None:
        self.result = result


def test_the_panel_shows_a_study_and_says_when_it_is_old() -> None:
    catalog = load_catalog()
    api, own = (evaluate(variant.design, catalog) for variant in template("assistant").variants[:2])
    found = cost_bands(cost_model(api), 512)
    assert found is not None
    assert found.expected == pytest.approx(api.horizon.cost.sum(), rel=0.01)
    charts = [block for block in assess(api, [Stored(found)]).blocks if isinstance(block, Chart)]
    assert "tornado" in {chart.kind for chart in charts}
    sentences = [str(block.text) for block in assess(own, [Stored(found)]).blocks if isinstance(block, Sentence)]
    assert any("older design" in sentence for sentence in sentences)


def test_the_study_is_asked_for_until_it_is_there() -> None:
    import pickle

    evaluation = evaluate(template("vision").variants[0].design, load_catalog())
    asked = missing_study(evaluation)
    assert asked is not None
    assert pickle.loads(pickle.dumps(asked)) == asked
    assert missing_study(evaluation, (asked(),)) is None
    other = evaluate(template("vision").variants[1].design, load_catalog())
    assert missing_study(other, (asked(),)) not in (None, asked)
