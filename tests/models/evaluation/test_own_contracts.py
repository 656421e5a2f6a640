"""Contracts of one's own: paid once for a node however many sites it has, and no part of what a support plan covers."""

import pytest
from msgspec.structs import replace

from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.edits import set_params
from models.evaluation import Evaluation, evaluate
from models.frameworks.cost_optimization.forecast import forecast
from models.frameworks.cost_optimization.ledger import ledger
from models.templates import template

PRICE, SUPPORT = 5000.0, 0.1


def with_contract(price: float | None) -> Evaluation:
    """Return the fraud template in two regions with support, and a contract on a node of several sites."""
    design = template("fraud").variants[1].design
    key = next(key for key, node in design.nodes.items() if len(node.sites) > 1)
    brief = replace(design.brief, params={**design.brief.params, "support_percent": SUPPORT})
    elements = {**design.elements, "brief": brief}
    if price is not None:
        elements[key] = set_params(design.nodes[key], {"price_usd_month": price})
    return evaluate(Design(elements), load_catalog())


def amount(evaluation: Evaluation, category: str) -> float:
    return sum(float(line.usd.sum()) for line in evaluation.money.bill.lines if line.category == category)


def test_a_contract_is_for_the_whole_node() -> None:
    before, after = amount(with_contract(None), "contract"), amount(with_contract(PRICE), "contract")
    assert after - before == pytest.approx(PRICE)


def test_support_is_a_share_of_what_the_providers_bill() -> None:
    before, after = with_contract(None), with_contract(PRICE)
    assert amount(before, "support") > 0
    assert amount(after, "support") == pytest.approx(amount(before, "support"))
    assert after.money.bill.total - before.money.bill.total == pytest.approx(PRICE)


def test_the_forecast_starts_at_the_bill() -> None:
    evaluation = with_contract(PRICE)
    first = float(forecast(evaluation, ledger(evaluation)).total()[0])
    assert first == pytest.approx(evaluation.money.bill.total)


def test_a_contract_that_grows_with_its_items_needs_no_support_in_later_months() -> None:
    design = template("fraud").variants[1].design
    key = next(key for key, node in design.nodes.items() if len(node.sites) > 1)
    params = {**design.brief.params, "support_percent": SUPPORT, "growth_percent_month": 0.05}

    def over_time(per_item: float | None) -> tuple[Evaluation, list[float]]:
        node = design.nodes[key] if per_item is None else set_params(design.nodes[key], {"cost_per_item_usd": per_item})
        elements = {**design.elements, "brief": replace(design.brief, params=params), key: node}
        evaluation = evaluate(Design(elements), load_catalog())
        return evaluation, forecast(evaluation, ledger(evaluation)).fixed[-1].tolist()

    without, plan = over_time(None)
    contracted, plan_with = over_time(1e-5)
    assert amount(contracted, "contract") - amount(without, "contract") > 100
    assert plan_with == pytest.approx(plan)
