"""Charts of variants: points where the figures are, parallel coordinates from worst to best."""

import math

import pytest

from models.catalog.catalog import load_catalog
from models.evaluation import Evaluation, evaluate
from models.templates import template
from models.variant_charts import EQUAL, PARALLEL, parallel_chart, scatter_charts


@pytest.fixture(scope="module")
def variants() -> list[tuple[str, Evaluation]]:
    catalog = load_catalog()
    return [(variant.name, evaluate(variant.design, catalog)) for variant in template("assistant").variants]


def test_points_stand_where_the_figures_are(variants) -> None:
    by_time, by_availability = scatter_charts(variants)
    for chart, other in ((by_time, "total/last_p95_s"), (by_availability, "total/availability")):
        assert [series.name for series in chart.series] == [name for name, _ in variants]
        for series, (_, evaluation) in zip(chart.series, variants, strict=True):
            assert series.x == (evaluation.figure("total/cost_per_month").value,)
            assert series.y == (evaluation.figure(other).value,)


def test_the_best_of_each_figure_is_at_the_top(variants) -> None:
    chart, labels = parallel_chart(variants)
    assert len(labels) == len(PARALLEL)
    costs = [evaluation.figure("total/cost_per_month").value for _, evaluation in variants]
    tops = [evaluation.figure("total/availability").value for _, evaluation in variants]
    assert chart.series[costs.index(min(costs))].y[0] == 1.0
    assert chart.series[costs.index(max(costs))].y[0] == 0.0
    assert chart.series[tops.index(max(tops))].y[PARALLEL.index("total/availability")] == 1.0
    assert all(math.isnan(y) or 0.0 <= y <= 1.0 for series in chart.series for y in series.y)


def test_equal_variants_stand_in_the_middle(variants) -> None:
    chart, _ = parallel_chart([variants[0], ("Copy", variants[0][1])])
    assert all(y == EQUAL for series in chart.series for y in series.y)
