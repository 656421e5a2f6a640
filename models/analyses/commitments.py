"""How much capacity to commit to: the newsvendor on demand, and the ledger of a commitment hour by hour.

Committing K costs r·K whether used or not, demand above K costs d: minimize r·K + d·E[(D−K)⁺], so F(K*) = 1 − r/d
(Arrow, Harris & Marschak 1951; Snyder & Shen 2019, §4.3).
"""

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


class Commitment(NamedTuple):
    """The best level and what it costs per hour. `sentence` is empty or says why committing does not pay."""

    level: float
    cost_per_hour: float
    sentence: str = ""


def _refuse(committed_rate: float, on_demand_rate: float, mean: float) -> Commitment | None:
    if committed_rate < on_demand_rate:
        return None
    sentence = (
        f"A committed rate of {committed_rate:g} is not below the on-demand rate of {on_demand_rate:g}: "
        "a commitment never pays; stay on demand."
    )
    return Commitment(0.0, on_demand_rate * mean, sentence)


def best_for_normal(committed_rate: float, on_demand_rate: float, mean: float, deviation: float) -> Commitment:
    """Return the best level when demand is normal: K = μ + σz, cost rK + dσ[φ(z) − z(1 − Φ(z))].

    Args:
        committed_rate, on_demand_rate: price per unit and hour.
        mean, deviation: of hourly demand.
    """
    refused = _refuse(committed_rate, on_demand_rate, mean)
    if refused:
        return refused
    if deviation <= 0.0:
        return Commitment(mean, committed_rate * mean)
    standard = NormalDist()
    z = standard.inv_cdf(1.0 - committed_rate / on_demand_rate)
    level = mean + deviation * z
    overflow = deviation * (standard.pdf(z) - z * (1.0 - standard.cdf(z)))
    if level < 0.0:
        level, overflow = 0.0, mean
    return Commitment(level, committed_rate * level + on_demand_rate * overflow)


def best_for_distribution(
    committed_rate: float, on_demand_rate: float, values: ArrayLike, probabilities: ArrayLike
) -> Commitment:
    """Return the best level when demand takes `values` with `probabilities`: the smallest K with F(K) ≥ 1 − r/d.

    Raises:
        ValueError: when the two differ in length or the probabilities do not sum to 1.
    """
    points, shares = np.asarray(values, float), np.asarray(probabilities, float)
    if points.shape != shares.shape or abs(float(shares.sum()) - 1.0) > 1e-6:
        raise ValueError("Demand values need one probability each, and these must sum to 1.")
    refused = _refuse(committed_rate, on_demand_rate, float(points @ shares))
    if refused:
        return refused
    order = np.argsort(points, kind="stable")
    points, shares = points[order], shares[order]
    reached = np.cumsum(shares) >= 1.0 - committed_rate / on_demand_rate - 1e-12
    level = float(points[int(np.argmax(reached))]) if reached.any() else float(points[-1])
    overflow = float(np.maximum(points - level, 0.0) @ shares)
    return Commitment(level, committed_rate * level + on_demand_rate * overflow)


def best_for_poisson(committed_rate: float, on_demand_rate: float, mean: float) -> Commitment:
    """Return the best whole level when demand is Poisson (the sum is cut where its tail falls below 1e-18)."""
    top = int(mean + 12.0 * math.sqrt(mean) + 30.0)
    counts = np.arange(top + 1, dtype=float)
    logs = counts * math.log(mean) - mean - np.array([math.lgamma(count + 1.0) for count in counts])
    weights = np.exp(logs)
    return best_for_distribution(committed_rate, on_demand_rate, counts, weights / weights.sum())


def cost_curve(committed_rate: float, on_demand_rate: float, demand: ArrayLike, levels: ArrayLike) -> Floats:
    """Return the cost per hour of each level over a trace of hourly demand, by sorting once and cumulative sums.

    Args:
        demand: shape (hours,); subtract what runs on spot before.
        levels: shape (levels,).
    """
    ordered = np.sort(np.asarray(demand, float))
    chosen = np.asarray(levels, float)
    above = np.concatenate((np.cumsum(ordered[::-1])[::-1], [0.0]))
    first = np.searchsorted(ordered, chosen, side="right")
    overflow = (above[first] - (ordered.size - first) * chosen) / ordered.size
    return np.asarray(committed_rate * chosen + on_demand_rate * overflow)


def best_for_trace(committed_rate: float, on_demand_rate: float, demand: ArrayLike) -> Commitment:
    """Return the best level for a trace of hourly demand: its (1 − r/d) quantile, an observed value."""
    ordered = np.sort(np.asarray(demand, float))
    if ordered.size == 0:
        return Commitment(0.0, 0.0, "There is no demand to commit to; import at least 30 days of usage.")
    refused = _refuse(committed_rate, on_demand_rate, float(ordered.mean()))
    if refused:
        return refused
    level = float(best_levels(committed_rate / on_demand_rate, ordered))
    cost = float(cost_curve(committed_rate, on_demand_rate, ordered, [level])[0])
    short = ordered.size < 30 * 24
    return Commitment(level, cost, "Less than 30 days of demand: the level may not hold." if short else "")


def best_levels(ratios: ArrayLike, demand: ArrayLike) -> Floats:
    """Return the best level of each product over one trace: the (1 − r/d) quantile; 0 where none pays or nobody asks.

    Args:
        ratios: r/d, committed over on-demand rate, shape (products,) or one.
        demand: hourly trace, shape (hours,).
    """
    ordered, ratio = np.sort(np.asarray(demand, float)), np.asarray(ratios, float)
    if not ordered.size:
        return np.zeros(ratio.shape)
    position = np.ceil((1.0 - ratio) * ordered.size - 1e-9).astype(np.int64) - 1
    return np.where(ratio < 1.0, ordered[np.clip(position, 0, ordered.size - 1)], 0.0)


def layered_levels(
    rates: ArrayLike, limits: ArrayLike, on_demand_rate: float, demand: ArrayLike
) -> tuple[Floats, float]:
    """Return how much of each of several commitment products to buy, shape (products,), and the cost per hour.

    On the load-duration curve the unit at level K is used the share 1 − F(K) of the time, so it is worth its rate while
    (1 − F(K))·d ≥ r. Filling the cheapest product to its limit, then the next while that holds, is the exact optimum of
    the linear program, whose columns differ in rate and limit only.

    Args:
        rates: per unit and hour, shape (products,).
        limits: most units of each product, shape (products,); `inf` for no limit.
        demand: hourly trace, shape (hours,).
    """
    prices, most = np.asarray(rates, float), np.asarray(limits, float)
    ordered = np.sort(np.asarray(demand, float))
    levels, covered = np.zeros(prices.size), 0.0
    for product in np.argsort(prices, kind="stable"):
        target = best_for_trace(float(prices[product]), on_demand_rate, ordered).level
        levels[product] = min(max(target - covered, 0.0), most[product])
        covered += float(levels[product])
    overflow = float(np.maximum(ordered - covered, 0.0).mean())
    return levels, float(levels @ prices) + on_demand_rate * overflow


def sustained_use_share(used: ArrayLike, full: ArrayLike) -> Floats:
    """Return the mean discount of an instance that runs the share `used` of a month, `full` when it runs all of it.

    Each quarter of the month costs less than the one before it, in equal steps: 100, 80, 60, 40 % of the list price
    where a whole month gets 30 %; 100, 86.7, 73.3, 60 % where it gets 20 % (Google Cloud, sustained use discounts).
    """
    share, most = np.clip(np.asarray(used, float), 0.0, 1.0), np.asarray(full, float)
    quarters = np.arange(4.0)
    step = most[..., None] * 2.0 / 3.0 * quarters
    part = np.clip(share[..., None] - quarters / 4.0, 0.0, 0.25)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(share > 0, (part * step).sum(axis=-1) / share, 0.0)


class LedgerRow(NamedTuple):
    """One row of a bill for an hour of commitment, in the words of FOCUS: status "Used", "Unused" or None."""

    status: str | None
    billed: float
    effective: float


class Ledger(NamedTuple):
    """The rows of an hour and the share of the commitment that was used."""

    rows: tuple[LedgerRow, ...]
    utilization: float


def hourly_ledger(hourly_commitment: float, eligible_usage: float, paid_upfront: bool = True) -> Ledger:
    """Return the bill of one hour of a spend commitment (FOCUS 1.2, commitment discount scenarios).

    Usage up to the commitment is effective cost "Used" and billed nothing, because the commitment was paid for; what is
    left of the commitment is a row "Unused"; usage above it is billed on demand without a status.

    Args:
        hourly_commitment: what was promised per hour.
        eligible_usage: usage of the hour at committed rates.
        paid_upfront: false bills the commitment as it runs.
    """
    used = min(max(eligible_usage, 0.0), hourly_commitment)
    unused, beyond = hourly_commitment - used, max(eligible_usage - hourly_commitment, 0.0)
    rows = [LedgerRow("Used", 0.0 if paid_upfront else used, used)] if used > 0.0 else []
    if unused > 0.0:
        rows.append(LedgerRow("Unused", 0.0 if paid_upfront else unused, unused))
    if beyond > 0.0:
        rows.append(LedgerRow(None, beyond, beyond))
    return Ledger(tuple(rows), used / hourly_commitment if hourly_commitment > 0.0 else 0.0)


def used_share(status: ArrayLike, effective_cost: ArrayLike) -> float:
    """Return Σ effective cost "Used" / Σ effective cost of rows with a commitment status; NaN without such rows."""
    marks, costs = np.asarray(status, str), np.asarray(effective_cost, float)
    used, unused = float(costs[marks == "Used"].sum()), float(costs[marks == "Unused"].sum())
    return used / (used + unused) if used + unused > 0.0 else math.nan
