"""When the plan leaves its budget, and how likely that is."""

from __future__ import annotations

import math

from models.design.kinds import value_of
from models.evaluation import Evaluation
from models.first_page.parts import Statement
from models.formatting import format_value

NORMAL_P90 = 1.2816
SURE = 0.995


def over_budget(cost: float, high: float, budget: float) -> float:
    """Return the chance that a month costs more than the budget.

    Cost is taken as lognormal with median `cost` and 90th percentile `high`: P = Φ(ln(cost / budget) / σ) with
    σ = ln(high / cost) / 1.2816, the quantile of the normal distribution at 0.9.
    """
    if cost <= 0 or budget <= 0:
        return 0.0
    sigma = math.log(high / cost) / NORMAL_P90 if high > cost else 0.0
    if sigma <= 0:
        return 1.0 if cost > budget else 0.0
    return 0.5 * math.erfc(-math.log(cost / budget) / (sigma * math.sqrt(2.0)))


def budget_outlook(evaluation: Evaluation) -> Statement:
    """Return the first month that is expected over budget with its chance, else the chance in the last month."""
    budget = value_of(evaluation.design.brief, "budget_usd_month")
    if not budget:
        return ()
    horizon, money = evaluation.horizon, format_value(float(budget), "USD/month")
    chances = [
        over_budget(float(cost), float(high), float(budget))
        for cost, high in zip(horizon.cost, horizon.cost_high, strict=True)
    ]
    missing = " what is not priced left out" if evaluation.figure("total/cost_per_month").bound else ""
    for month, chance in enumerate(chances):
        if horizon.cost[month] > budget:
            when = "from the start" if month == 0 else f"in month {month}"
            return (f"Over the budget of {money} {when}, {_chance(chance)} likely{',' * bool(missing)}{missing}.",)
    last = len(chances) - 1
    text = f"Expected within the budget of {money}; in month {last} over it with a chance of {_chance(chances[last])}"
    return (f"{text}{',' * bool(missing)}{missing}.",)


def _chance(value: float) -> str:
    if value >= SURE:
        return f"more than {format_value(0.99, 'fraction')}"
    return format_value(value, "fraction") if value >= 0.01 else f"less than {format_value(0.01, 'fraction')}"
