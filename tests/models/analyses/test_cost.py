"""Money: tiers, present values, annuities, rates of return, amortization, spot."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.analyses import cost

rates = st.floats(-0.5, 1.0).filter(lambda rate: abs(rate) > 1e-6)
flows = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20)


def test_egress_tiers_add_up() -> None:
    price = cost.TieredPrice([(0, 0.0), (100, 0.09), (10_240, 0.085), (51_200, 0.07)])
    expected = (10_240 - 100) * 0.09 + (51_200 - 10_240) * 0.085 + 8_800 * 0.07
    assert float(price.cost(60_000)) == pytest.approx(expected)
    assert price.cost(np.array([-5.0, 0.0, 100.0, 200.0])).tolist() == pytest.approx([0.0, 0.0, 0.0, 9.0])
    assert price.marginal(np.array([99.0, 100.0])).tolist() == [0.0, 0.09]


@given(quantity=st.floats(0, 1e5))
def test_tiers_equal_the_sum_of_small_steps(quantity: float) -> None:
    price = cost.TieredPrice([(0, 0.5), (1_000, 0.25), (50_000, 0.125)])
    edges = np.unique(np.concatenate(([0.0, quantity], np.array([1_000.0, 50_000.0]).clip(max=quantity))))
    steps = float(np.sum(np.diff(edges) * price.marginal(edges[:-1])))
    assert float(price.cost(quantity)) == pytest.approx(steps)


@pytest.mark.parametrize("tiers", [[], [(10, 1.0)], [(0, 1.0), (0, 2.0)], [(0, 1.0), (20, 1.0), (10, 2.0)]])
def test_tiers_that_make_no_sense_are_refused(tiers: list[tuple[float, float]]) -> None:
    with pytest.raises(ValueError, match="start at quantity 0 and ascend"):
        cost.TieredPrice(tiers)


@given(rate=rates, amounts=flows, first=st.sampled_from([0.0, 0.5, 1.0]))
def test_present_value_equals_the_direct_sum(rate: float, amounts: list[float], first: float) -> None:
    direct = math.fsum(amount / (1.0 + rate) ** (first + t) for t, amount in enumerate(amounts))
    scale = max(abs(amount) / (1.0 + rate) ** (first + t) for t, amount in enumerate(amounts))
    assert cost.net_present_value(rate, amounts, first) == pytest.approx(direct, rel=1e-9, abs=1e-9 * (1 + scale))


@given(rate=st.floats(0.0, 0.5), periods=st.integers(1, 60), present=st.floats(1, 1e7), early=st.booleans())
def test_an_annuity_repays_exactly_what_was_lent(rate: float, periods: int, present: float, early: bool) -> None:
    level = cost.payment(rate, periods, present, due_at_start=early)
    assert cost.annuity_present_value(rate, periods, level, early) == pytest.approx(present, rel=1e-6)
    repaid = cost.net_present_value(rate, [level] * periods, 0.0 if early else 1.0)
    assert repaid == pytest.approx(present, rel=1e-6)


@given(rate=st.floats(0.01, 0.6), periods=st.integers(1, 15))
def test_the_rate_of_return_of_a_loan_is_its_interest(rate: float, periods: int) -> None:
    level = cost.payment(rate, periods, 1000.0)
    assert cost.internal_rate_of_return([-1000.0] + [level] * periods) == pytest.approx(rate, rel=1e-4)


def test_flows_without_a_change_of_sign_have_no_rate_of_return() -> None:
    assert math.isnan(cost.internal_rate_of_return([1.0, 2.0]))
    assert math.isnan(cost.internal_rate_of_return([0.0]))


def test_ownership_counts_purchase_running_and_resale() -> None:
    owned = cost.ownership_cost(1000.0, [100.0, 100.0], 0.1, residual=121.0, first_period=1.0)
    assert owned.present_value == pytest.approx(1000 + 100 / 1.1 + 100 / 1.21 - 100)
    assert owned.total == 1079.0
    assert cost.annuity_present_value(0.1, 2, owned.per_period) == pytest.approx(owned.present_value)
    assert cost.real_rate(0.1, 0.1) == pytest.approx(0.0)


def test_upfront_is_spread_over_the_hours_of_the_term() -> None:
    half = cost.amortize(4380.0, 0.5)
    assert half == pytest.approx((0.5, 0.5, 1.0))
    assert float(cost.monthly(half.recurring_per_hour)) == 365.0


def test_spot_pays_for_lost_work() -> None:
    price = cost.spot_effective_price(1.25, 1 / 20, np.array([1.15, 60.0]), 10 / 60)
    assert price[0] == pytest.approx(1.25 / (1 - (1.15 / 2 + 10 / 60) / 20))
    assert np.isinf(price[1])
