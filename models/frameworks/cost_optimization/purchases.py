"""Savings of purchase: interruptible capacity where work can be repeated, and commitments to what is surely used."""

from __future__ import annotations

import numpy as np

from models.analyses.commitments import best_for_trace
from models.analyses.cost import spot_effective_price
from models.evaluation.columns import Floats
from models.evaluation.load import BATCH
from models.evaluation.load import TRAINING as TRAINING_STATION
from models.frameworks.cost_optimization.fleet import Fleet, hourly_replicas
from models.frameworks.cost_optimization.inputs import number, setting
from models.frameworks.cost_optimization.proposal import Proposal
from models.frameworks.cost_optimization.view import View
from models.frameworks.cost_optimization.words import dollars, percent
from models.report import Message

SPOT = 2
TERMS = {"reserved_1y": (0, 12), "reserved_3y": (1, 36)}
HALF_CHECKPOINT_HOURS = 0.5
KEPT_ALL_MONTH = 700.0
FALL = 0.7


def spot(view: View, found: Fleet) -> Proposal | None:
    """Return the saving of interruptible capacity for batch work and training, the repeated work taken off."""
    design = view.evaluation.design
    rate = number(design, "interruptions_per_day") / 24.0
    restart = number(design, "restart_hours")
    price = found.prices[3]
    with np.errstate(invalid="ignore"):
        effective = spot_effective_price(price, rate, 2 * HALF_CHECKPOINT_HOURS, restart)
        cheaper = np.nan_to_num(effective, nan=np.inf) < found.price()
    able = np.isin(found.station, (BATCH, TRAINING_STATION)) & ~found.own_price & (found.shares[SPOT] == 0)
    chosen = np.flatnonzero(able & cheaper & (found.cost() > 0))
    if not len(chosen):
        return None
    shares = found.shares.copy()
    shares[:, chosen] = 0.0
    shares[SPOT, chosen] = 1.0
    after = found._replace(shares=shares)
    overhead = float((after.cost() * (effective / price - 1.0))[chosen].sum())
    elements = view.evaluation.pipeline.nodes.elements
    ids = tuple(dict.fromkeys(view.evaluation.node_ids[int(n)] for n in found.node[chosen]))
    args = {
        "names": ", ".join(dict.fromkeys(f"“{elements[int(n)].name}”" for n in found.node[chosen][:3])),
        "rate": f"{rate * 24:.3g}",
        "loss": percent(float(np.max(effective[chosen] / price[chosen] - 1.0))),
    }
    none = {"reserved_1y_share": 0.0, "reserved_3y_share": 0.0, "spot_share": 1.0}
    return Proposal(
        "spot",
        "Run batch work on spot capacity",
        after,
        ids,
        {"params": {key: dict(none) for key in ids}},
        Message("Buy as spot"),
        Message(
            "{names} can be repeated from a checkpoint. At {rate} interruptions a day {loss} of the work is redone, "
            "which is taken off the saving.",
            args,
        ),
        "days",
        "high",
        "Capacity can be taken back at any time; keep a mixed fleet for work with a deadline.",
        overhead,
    )


def commit(view: View, found: Fleet) -> Proposal | None:
    """Return the saving of committing to the level that pays over the demand of the term: F(K) = 1 − r/d.

    Without drawn demand nobody knows what is surely used, and nothing is offered.
    """
    if not (view.evaluation.pipeline.journeys.first_flow >= 0).any():
        return None
    term = str(setting(view.evaluation.design, "commitment"))
    kind, months = TERMS.get(term, TERMS["reserved_1y"])
    rate, demand = found.prices[1 + kind], found.on_demand()
    able = ~np.isin(found.station, (BATCH, TRAINING_STATION)) & ~found.own_price & (found.replicas > 0)
    able &= (found.shares.sum(axis=0) == 0) & (found.hours >= KEPT_ALL_MONTH) & np.isnan(found.used)
    with np.errstate(invalid="ignore"):
        chosen = np.flatnonzero(able & (np.nan_to_num(rate, nan=np.inf) < demand))
    if not len(chosen):
        return None
    level = _levels(view, found, chosen, rate, months)
    kept = level[chosen] > 0
    chosen = chosen[kept]
    if not len(chosen):
        return None
    shares = found.shares.copy()
    shares[kind, chosen] = level[chosen] / found.replicas[chosen]
    params: dict[str, dict[str, float]] = {}
    for at in chosen.tolist():
        key = view.evaluation.node_ids[int(found.node[at])]
        own = float(shares[kind, at])
        before = params.get(key, {}).get(f"{term}_share", own)
        params[key] = {f"{term}_share": min(own, before)}
    for at in chosen.tolist():
        shares[kind, at] = params[view.evaluation.node_ids[int(found.node[at])]][f"{term}_share"]
    return _commitment(view, found, found._replace(shares=shares), params, kind, months)


def _levels(view: View, found: Fleet, chosen: np.ndarray, rate: Floats, months: int) -> Floats:
    """Return (q,) whole replicas to commit to: never more than drawn, fewer where demand may fall.

    The trace is the demand of every quarter of the term in every other draw, relative to today; for scaled rows
    times the hours of the day.
    """
    shown = view.evaluation.month
    last = min(shown + months, view.ahead.months)
    months_used = slice(shown, last + 1, 3)
    relative = (view.drawn.demand[::2, months_used] * view.ahead.growth[months_used]).ravel()
    steady = np.minimum(relative, 1.0)
    scaled = found.replicas < found.drawn
    hours = hourly_replicas(view.evaluation, found, found.drawn) if scaled[chosen].any() else np.zeros((24, 0))
    level, demand = np.zeros(len(found.row)), found.on_demand()
    known: dict[float, float] = {}
    for at in chosen.tolist():
        d, r = float(demand[at]), float(rate[at])
        if scaled[at] and np.isfinite(hours[:, at]).all():
            trace = np.minimum(np.outer(hours[:, at], relative[:: max(len(relative) // 128, 1)]), found.drawn[at])
            best = best_for_trace(r, d, trace.ravel()).level
        else:
            ratio = round(r / d, 4)
            if ratio not in known:
                known[ratio] = best_for_trace(ratio, 1.0, steady).level
            best = known[ratio] * float(found.replicas[at])
        whole = np.floor(best * found.copies[at] + 1e-9) / found.copies[at]
        level[at] = min(whole, float(found.replicas[at]))
    return level


def _commitment(
    view: View, found: Fleet, after: Fleet, params: dict[str, dict[str, float]], kind: int, months: int
) -> Proposal:
    committed = after.shares[kind] * found.replicas * found.copies
    per_unit = np.nan_to_num(found.prices[1 + kind]) * found.hours
    whole = committed * per_unit
    unused = float((np.maximum(committed - FALL * found.replicas * found.copies, 0.0) * per_unit).sum())
    paying = whole > 0
    ratio = float((found.prices[1 + kind][paying] / found.on_demand()[paying]).max())
    args = {
        "count": len(params),
        "machines": f"{float(committed.sum()):.3g}",
        "ratio": percent(ratio),
        "unused": dollars(unused),
        "years": months // 12,
        "plural": "" if months == 12 else "s",
    }
    return Proposal(
        "commit",
        "Commit to the steady base",
        after,
        tuple(params),
        {"params": params},
        Message("Reserve for {years} year{plural}", args),
        Message(
            "{machines} machines of {count} nodes are needed in nearly every hour of {years} year{plural}; "
            "a commitment pays when it is used more than {ratio} of the time.",
            args,
        ),
        "minutes",
        "medium",
        str(Message("If demand falls by 30 %, {unused} a month is paid for nothing.", args)),
    )
