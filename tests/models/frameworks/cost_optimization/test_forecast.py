"""The live forecast follows the exact horizon; budgets break in the month it says."""

import numpy as np
import pytest
from click.testing import CliRunner

from app.cli import cli
from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.elements import Input
from models.evaluation import evaluate
from models.frameworks.cost_optimization import budget_failures
from models.frameworks.cost_optimization.forecast import draws, forecast, monthly_band, samples_of
from models.frameworks.cost_optimization.ledger import ledger
from models.frameworks.cost_optimization.view import view
from models.templates import template, templates

VARIANTS = [(found.id, variant.name) for found in templates() for variant in found.variants]


@pytest.mark.parametrize(("identifier", "name"), VARIANTS)
def test_the_forecast_is_near_the_exact_bill_of_later_months(identifier: str, name: str) -> None:
    design, catalog = template(identifier).variant(name).design, load_catalog()
    evaluation = evaluate(design, catalog)
    ahead = forecast(evaluation, ledger(evaluation)).total()
    for month in (0, 9, 11, 36):
        exact = evaluate(design, catalog, month=month).money.bill.total
        assert ahead[month] == pytest.approx(exact, rel=0.03), month


def test_the_forecast_from_a_later_month_is_the_same_plan() -> None:
    design, catalog = template("assistant").variants[0].design, load_catalog()
    first, later = (evaluate(design, catalog, month=month) for month in (0, 12))
    assert forecast(later, ledger(later)).total() == pytest.approx(forecast(first, ledger(first)).total(), rel=1e-6)


def test_bands_hold_the_median_and_widen() -> None:
    evaluation = evaluate(template("recommender").variants[0].design, load_catalog())
    ahead, drawn = forecast(evaluation, ledger(evaluation)), draws(evaluation)
    band = monthly_band(samples_of(ahead, drawn))
    assert np.all(band.p10 <= band.p50)
    assert np.all(band.p50 <= band.p90)
    width = (band.p90 - band.p10) / band.p50
    assert width[36] > width[0]
    assert band.p50[0] == pytest.approx(ahead.total()[0], rel=0.02)
    assert drawn is draws(evaluation)


def _with(design: Design, **inputs: object) -> Design:
    added = {f"in/cost-optimization/{path}": Input(value) for path, value in inputs.items()}
    return Design({**design.elements, **added})


def test_the_plan_budget_breaks_where_the_exact_horizon_breaks_it() -> None:
    design, catalog = template("assistant").variant("Model API").design, load_catalog()
    budget = view(evaluate(design, catalog)).limits[0]
    exact = [evaluate(design, catalog, month=month).money.bill.total > budget.limit for month in range(6)]
    assert budget.overrun == exact.index(True)
    assert 0.4 < budget.risk_then < 0.7
    assert budget.risk_now < budget.risk_later


def test_budgets_of_tags_and_boundaries() -> None:
    design = template("assistant").variant("Model API").design
    budgets = {"team=Team Knowledge": 1000.0, "Team Platform": 40000.0, "Nobody": 5.0}
    evaluation = evaluate(_with(design, budgets=budgets), load_catalog())
    seen = view(evaluation)
    knowledge, platform, nobody = seen.limits[1:]
    assert knowledge.now == pytest.approx(seen.charges.grouped(seen.groups)["Team Knowledge"])
    assert platform.overrun == 0
    assert platform.now == pytest.approx(42100, rel=0.01)
    assert "Nobody" in nobody.problem


def test_the_gate_names_every_broken_budget() -> None:
    design = template("assistant").variant("Model API").design
    catalog = load_catalog()
    assert budget_failures(evaluate(design, catalog)) == ()
    assert "Month 3 of the plan costs $57" in budget_failures(evaluate(design, catalog, month=3))[0]
    said = budget_failures(evaluate(_with(design, budgets={"team=Team Platform": 40000.0, "Nobody": 5.0}), catalog))
    assert [sentence.split(" ")[0] for sentence in said] == ["Month", "The"]
    run = CliRunner().invoke(cli, ["check", "template:assistant", "--budgets", "--month", "3"])
    assert run.exit_code == 1
    assert "its budget is $55,000" in run.output
    assert CliRunner().invoke(cli, ["check", "template:assistant", "--budgets"]).exit_code == 0
