"""The months ahead: load, cost and emissions of every month of the horizon, and when each node is full."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from models.analyses.cost import net_present_value
from models.design.kinds import value_of
from models.evaluation.cases import Case, at_month
from models.evaluation.columns import Floats, known_sum
from models.evaluation.pipeline import Pipeline, Traffic

FULL = 1.0
DEMAND_BAND = 1.5
FRESH_PRICE_BAND = 1.1


class Horizon(NamedTuple):
    """h + 1 months from 0 to the horizon.

    Attributes:
        load: (h + 1, n) the larger of utilization and slots in use at the peak of each month.
        cost, cost_low, cost_high: (h + 1,) USD per month; the band moves demand and prices by their p90/p50 factors.
        first_full: first month in which some node is full, or None; cost beyond it needs a decision.
        present_value: total cost of ownership over the horizon, discounted monthly, USD.
    """

    months: Floats
    load: Floats
    cost: Floats
    cost_low: Floats
    cost_high: Floats
    kg: Floats
    first_full: int | None
    present_value: float


def _loads(traffic: Traffic) -> Floats:
    return np.fmax(traffic.load.node_utilization, traffic.slots)


def project(pipeline: Pipeline, months: int) -> Horizon:
    """Return the horizon of a pipeline's design, phases applied at their months."""
    design, catalog = pipeline.design, pipeline.catalog
    loads, cost, low, high, kg = [], [], [], [], []
    step: Pipeline | None = None
    for month in range(months + 1):
        case = Case(month=month)
        if step is None or at_month(design, month) is not step.now:
            step = Pipeline(design, catalog, case, step)
        traffic = step.first_attempts(case)
        money = step.money(case, traffic)
        loads.append(_loads(traffic))
        cost.append(money.bill.total)
        kg.append(known_sum(money.emissions.kg))
        variable, fixed = _split(money.bill.total, _usage(money.bill.lines))
        high.append(variable * DEMAND_BAND * FRESH_PRICE_BAND + fixed * FRESH_PRICE_BAND)
        low.append(variable / DEMAND_BAND / FRESH_PRICE_BAND + fixed / FRESH_PRICE_BAND)
    table = np.array(loads)
    full = np.flatnonzero(np.nanmax(np.where(np.isnan(table), -np.inf, table), axis=1, initial=-np.inf) >= FULL)
    rate = float(value_of(design.brief, "discount_rate") or 0.0)
    monthly = (1.0 + rate) ** (1.0 / 12.0) - 1.0
    return Horizon(
        np.arange(months + 1, dtype=float),
        table,
        np.array(cost),
        np.array(low),
        np.array(high),
        np.array(kg),
        int(full[0]) if len(full) else None,
        net_present_value(monthly, np.array(cost[:months] or cost)),
    )


def _usage(lines: tuple[object, ...]) -> float:
    from models.evaluation.bill import Line

    return sum(
        known_sum(line.usd)
        for line in lines
        if isinstance(line, Line) and line.category in ("usage", "model API", "traffic")
    )


def _split(total: float, usage: float) -> tuple[float, float]:
    return usage, total - usage


def full_months(pipeline: Pipeline, months: int, case: Case) -> Floats:
    """Return (n,) the first month in which each node's load reaches 100 % as drawn; inf = not within the horizon.

    Found by halving the months, so that an edit stays live: load grows with demand. A dated event is looked at too.
    """
    steps = _Steps(pipeline, case)
    last = steps.load(months)
    found = np.where(np.isnan(last), np.nan, np.inf)
    found = np.where(last >= FULL, months, found)
    low = np.zeros(len(found))
    high = np.where(np.isfinite(found), found, months)
    start = steps.load(0)
    done = ~np.isfinite(found) | (start >= FULL)
    found = np.where(start >= FULL, 0.0, found)
    while True:
        open_rows = np.flatnonzero(~done & (high - low > 1))
        if not len(open_rows):
            break
        middle = int((low[open_rows[0]] + high[open_rows[0]]) // 2)
        full = steps.load(middle) >= FULL
        inside = (low < middle) & (middle < high)
        high = np.where(inside & full, middle, high)
        low = np.where(inside & ~full, middle, low)
    found = np.where(~done & np.isfinite(found), high, found)
    for event in sorted(steps.events):
        if event <= months:
            full = steps.load(event) >= FULL
            found = np.where(full & (found > event), event, found)
    return found


class _Steps:
    """Loads by month, each solved once."""

    def __init__(self, pipeline: Pipeline, case: Case) -> None:
        self._pipeline, self._case = pipeline, case
        self._known: dict[int, Floats] = {}
        events = pipeline.nodes.column("demand", "event_month")
        self.events = {int(month) for month in events[np.isfinite(events)]}

    def load(self, month: int) -> Floats:
        """Return (n,) the load of a month."""
        if month not in self._known:
            pipeline = self._pipeline
            case = Case(month, self._case.demand_factor, self._case.price_factor, self._case.failed)
            if at_month(pipeline.design, month) is not pipeline.now:
                pipeline = Pipeline(pipeline.design, pipeline.catalog, case, pipeline)
            self._known[month] = _loads(pipeline.first_attempts(case))
        return self._known[month]
