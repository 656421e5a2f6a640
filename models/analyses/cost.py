"""Money: tiered prices, total cost of ownership, annuities, amortization, spot.

One month is 730 h. Present values follow the textbook convention (Brealey, Myers & Allen 2019, ch. 2); amortization
follows FOCUS: effective cost = upfront / term hours + recurring cost per hour.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

HOURS_PER_MONTH = 730.0
HOURS_PER_YEAR = 8760.0
Floats = NDArray[np.float64]


class TieredPrice:
    """A price that changes with the quantity bought, as a piecewise linear cost.

    Args:
        tiers: (quantity from which the tier holds, unit price), the first from 0, in ascending order.

    Raises:
        ValueError: when the tiers do not start at 0 or do not ascend.
    """

    def __init__(self, tiers: Sequence[tuple[float, float]]) -> None:
        starts = np.array([start for start, _ in tiers], float)
        if len(tiers) == 0 or starts[0] != 0.0 or np.any(np.diff(starts) <= 0.0):
            raise ValueError("Price tiers must start at quantity 0 and ascend; sort them and add the first tier.")
        self._starts = starts
        self._prices = np.array([price for _, price in tiers], float)
        self._costs = np.concatenate(([0.0], np.cumsum(np.diff(starts) * self._prices[:-1])))

    def cost(self, quantity: ArrayLike) -> Floats:
        """Return what `quantity` costs; negative quantities cost nothing."""
        amount = np.maximum(np.asarray(quantity, float), 0.0)
        tier = np.searchsorted(self._starts, amount, side="right") - 1
        return np.asarray(self._costs[tier] + (amount - self._starts[tier]) * self._prices[tier])

    def marginal(self, quantity: ArrayLike) -> Floats:
        """Return the price of the next unit after `quantity`."""
        tier = np.searchsorted(self._starts, np.maximum(np.asarray(quantity, float), 0.0), side="right") - 1
        return np.asarray(self._prices[tier])


def monthly(hourly: ArrayLike) -> Floats:
    """Return the cost of a month of 730 h at an hourly price."""
    return np.asarray(hourly, float) * HOURS_PER_MONTH


def net_present_value(rate: float, flows: ArrayLike, first_period: float = 0.0) -> float:
    """Return Σ flow_t / (1 + rate)^(first_period + t).

    Args:
        rate: discount rate per period.
        flows: amounts, one per period.
        first_period: 0 when the first amount is due now (start of period), 1 at the end, 0.5 in the middle.
    """
    amounts = np.asarray(flows, float)
    periods = first_period + np.arange(amounts.size)
    return float(np.sum(amounts / (1.0 + rate) ** periods))


def real_rate(nominal: float, inflation: float) -> float:
    """Return the discount rate net of inflation (Fisher 1930): (1 + nominal)/(1 + inflation) − 1."""
    return (1.0 + nominal) / (1.0 + inflation) - 1.0


def growing_flows(first: float, growth: float, periods: int) -> Floats:
    """Return `first` · (1 + growth)^t for t = 0 … periods − 1."""
    return np.asarray(first * (1.0 + growth) ** np.arange(periods))


def payment(rate: float, periods: float, present: float, future: float = 0.0, due_at_start: bool = False) -> float:
    """Return the level payment per period that repays `present` and leaves `future` (an annuity; positive numbers)."""
    gained = math.expm1(periods * math.log1p(rate))
    level = (present + future) / periods if abs(gained) < 1e-12 else (present * (1.0 + gained) + future) * rate / gained
    return level / (1.0 + rate) if due_at_start else level


def annuity_present_value(rate: float, periods: float, level: float, due_at_start: bool = False) -> float:
    """Return what `level` per period is worth today."""
    lost = -math.expm1(-periods * math.log1p(rate))
    value = level * periods if abs(lost) < 1e-12 else level * lost / rate
    return value * (1.0 + rate) if due_at_start else value


def internal_rate_of_return(flows: ArrayLike) -> float:
    """Return the rate per period at which the flows are worth nothing; NaN when they never change sign.

    The root nearest to zero of the polynomial in 1/(1 + r), found by its companion matrix, as several may exist.
    """
    amounts = np.trim_zeros(np.asarray(flows, float))
    if amounts.size < 2 or np.all(amounts >= 0.0) or np.all(amounts <= 0.0):
        return math.nan
    roots = np.roots(amounts[::-1])
    real = roots[np.abs(roots.imag) < 1e-9 * np.maximum(1.0, np.abs(roots))].real
    rates = 1.0 / real[real > 0.0] - 1.0
    return float(rates[np.argmin(np.abs(rates))]) if rates.size else math.nan


class OwnershipCost(NamedTuple):
    """Total cost of ownership: present value, the plain sum, and the level payment per period worth the same."""

    present_value: float
    total: float
    per_period: float


def ownership_cost(
    upfront: float, flows: ArrayLike, rate: float, residual: float = 0.0, first_period: float = 0.0
) -> OwnershipCost:
    """Return the cost of owning something over the periods of `flows`.

    Args:
        upfront: paid now.
        flows: running cost per period.
        rate: discount rate per period.
        residual: what it sells for after the last period.
        first_period: see `net_present_value`.
    """
    amounts = np.asarray(flows, float)
    end = (1.0 + rate) ** -amounts.size
    value = upfront + net_present_value(rate, amounts, first_period) - residual * end
    return OwnershipCost(value, upfront + float(amounts.sum()) - residual, payment(rate, amounts.size, value))


class Amortization(NamedTuple):
    """Cost per hour of a commitment: billed as it is paid, effective as FOCUS spreads it."""

    upfront_per_hour: float
    recurring_per_hour: float
    effective_per_hour: float


def amortize(upfront: float, recurring_per_hour: float, term_hours: float = HOURS_PER_YEAR) -> Amortization:
    """Spread an upfront payment evenly over the hours of its term (FOCUS 1.x, EffectiveCost)."""
    share = upfront / term_hours
    return Amortization(share, recurring_per_hour, share + recurring_per_hour)


def spot_effective_price(
    spot_price: ArrayLike,
    interruptions_per_hour: ArrayLike,
    checkpoint_interval: ArrayLike,
    restart_time: ArrayLike,
) -> Floats:
    """Return the price per useful hour of interruptible capacity: s/(1 − loss), infinite when nothing is left.

    loss = interruption rate × (half a checkpoint interval + restart), times in hours.
    """
    lost = np.asarray(interruptions_per_hour, float) * (
        0.5 * np.asarray(checkpoint_interval, float) + np.asarray(restart_time, float)
    )
    with np.errstate(divide="ignore"):
        return np.asarray(np.where(lost < 1.0, np.asarray(spot_price, float) / np.maximum(1.0 - lost, 0.0), np.inf))
