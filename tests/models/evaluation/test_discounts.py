"""Negotiated discounts lower list prices of their account and nothing else."""

import pytest
from msgspec.structs import replace

from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.evaluation import Evaluation, evaluate
from models.templates import template


def with_discount(share: float) -> tuple[Evaluation, Evaluation]:
    design = template("gateway").variants[0].design
    account = replace(design.boundaries["aws"], params={**design.boundaries["aws"].params, "discount": share})
    catalog = load_catalog()
    before = evaluate(design, catalog)
    return before, evaluate(Design({**design.elements, "aws": account}), catalog, previous=before)


def test_only_list_prices_of_the_account_fall() -> None:
    before, after = with_discount(0.25)
    usd = {(line.element, line.label): line for line in before.bill()}
    for line in after.bill():
        old = usd[line.element, line.label]
        if line.usd_per_month is None:
            assert old.usd_per_month is None
            continue
        node = after.design.nodes.get(line.element)
        elsewhere = node is not None and node.sites[0].boundary == "finland"
        factor = 0.75 if old.status in ("published", "estimate") and not elsewhere else 1.0
        assert line.usd_per_month == pytest.approx(factor * (old.usd_per_month or 0.0)), line.label
        assert ("25.0% negotiated" in line.source) == (factor < 1.0)


def test_an_edit_equals_a_full_evaluation() -> None:
    _, after = with_discount(0.25)
    assert after.money.bill.total == evaluate(after.design, load_catalog()).money.bill.total
