"""Savings of commitments: machines that are surely used over a term, bought at a lower price for all of it."""

from __future__ import annotations

import numpy as np

from models.analyses.commitments import best_for_trace, best_levels
from models.evaluation.columns import Floats, Ints, filled, is_one_of
from models.evaluation.load import BATCH
from models.evaluation.load import TRAINING as TRAINING_STATION
from models.frameworks.cost_optimization.fleet import Fleet, hourly_replicas
from models.frameworks.cost_optimization.inputs import setting
from models.frameworks.cost_optimization.proposal import Proposal
from models.frameworks.cost_optimization.purchases import SPOT
from models.frameworks.cost_optimization.view import View
from models.frameworks.cost_optimization.words import dollars, percent
from models.report import Message
from models.words import Number, Text

TERMS = {"reserved_1y": (0, 12), "reserved_3y": (1, 36)}
KEPT_ALL_MONTH = 700.0
FALL = 0.7


def commit(view: View, found: Fleet) -> Proposal | None:
    """Return the saving of committing to the level that pays over the demand of the term: F(K) = 1 − r/d.

    Without drawn demand nobody knows what is surely used, and nothing is offered.
    """
    return commit_for(view, found, str(setting(view.evaluation.design, "commitment")))


def commit_for(view: View, found: Fleet, term: str) -> Proposal | None:
    """Return the saving of committing for one of the terms."""
    kind, months = TERMS.get(term, TERMS["reserved_1y"])
    chosen = committable(view, found, kind)
    if not len(chosen):
        return None
    level = levels(view, found, chosen, kind, months, view.evaluation.month)
    chosen = chosen[level[chosen] > 0]
    if not len(chosen):
        return None
    shares = found.shares.copy()
    shares[kind, chosen] = level[chosen] / found.replicas[chosen]
    ids, node = view.evaluation.node_ids, found.node[chosen]
    least = np.full(len(ids), np.inf)  # the sites of a node are bought alike
    np.minimum.at(least, node, shares[kind, chosen])
    shares[kind, chosen] = least[node]
    params = {
        ids[one]: {f"{term}_share": share} for one, share in zip(node.tolist(), least[node].tolist(), strict=True)
    }
    return _commitment(view, found, found._replace(shares=shares), params, kind, months)


def committable(view: View, found: Fleet, kind: int) -> Ints:
    """Return the rows that a commitment could be cheaper for; none while no demand is drawn."""
    if not (view.evaluation.pipeline.journeys.first_flow >= 0).any():
        return np.zeros(0, dtype=np.int64)
    able = ~is_one_of(found.station, BATCH, TRAINING_STATION) & ~found.own_price & (found.replicas > 0)
    able &= (found.shares[:SPOT].sum(axis=0) == 0) & (found.shares[SPOT] < 1)
    able &= (found.hours >= KEPT_ALL_MONTH) & np.isnan(found.used)
    with np.errstate(invalid="ignore"):
        cheaper = filled(found.prices[1 + kind], np.inf) < found.on_demand
    return np.flatnonzero(able & cheaper)


def levels(view: View, found: Fleet, chosen: Ints, kind: int, months: int, start: int) -> Floats:
    """Return (q,) whole replicas to commit to from a month on: demand net of spot, fewer where demand may fall.

    The trace is the demand of every quarter of the term in every other draw, relative to today; for scaled rows
    times the hours of the day.
    """
    last = min(start + months, view.ahead.months)
    months_used = slice(start, last + 1, 3)
    relative = (view.drawn.demand[::2, months_used] * view.ahead.growth[months_used]).ravel()
    steady = np.minimum(relative, 1.0)
    demand, rate = found.on_demand, found.prices[1 + kind]
    best = np.zeros(len(found.row))
    best[chosen] = best_levels(np.round(rate[chosen] / demand[chosen], 4), steady)
    best *= found.replicas
    scaled = chosen[found.replicas[chosen] < found.drawn[chosen]]
    if len(scaled):
        hours = hourly_replicas(view.evaluation, found, found.drawn)
        sampled = relative[:: max(len(relative) // 128, 1)]
        for at in scaled[np.isfinite(hours[:, scaled]).all(axis=0)].tolist():
            trace = np.minimum(np.outer(hours[:, at], sampled), found.drawn[at])
            best[at] = best_for_trace(float(rate[at]), float(demand[at]), trace.ravel()).level
    least = np.floor(found.replicas * (1.0 - found.shares[SPOT]) * found.copies + 1e-9)
    level = np.zeros(len(found.row))
    level[chosen] = (np.minimum(np.floor(best * found.copies + 1e-9), least) / found.copies)[chosen]
    return level


def _commitment(
    view: View, found: Fleet, after: Fleet, params: dict[str, dict[str, float]], kind: int, months: int
) -> Proposal:
    committed = after.shares[kind] * found.replicas * found.copies
    per_unit = filled(found.prices[1 + kind]) * found.hours
    whole = committed * per_unit
    unused = float((np.maximum(committed - FALL * found.replicas * found.copies, 0.0) * per_unit).sum())
    paying = whole > 0
    ratio = float((found.prices[1 + kind][paying] / found.on_demand[paying]).max())
    args = {
        "count": len(params),
        "machines": Number(f"{float(committed.sum()):.3g}"),
        "ratio": percent(ratio),
        "unused": dollars(unused),
        "years": months // 12,
    }
    label = Message("Reserve for {years} year", args) if months == 12 else Message("Reserve for {years} years", args)
    why = Message(
        "{machines} machines of {count} nodes are needed in nearly every hour of {years} years; "
        "a commitment pays when it is used more than {ratio} of the time.",
        args,
    )
    if months == 12:
        why = Message(
            "{machines} machines of {count} nodes are needed in nearly every hour of {years} year; "
            "a commitment pays when it is used more than {ratio} of the time.",
            args,
        )
    return Proposal(
        "commit",
        Text("Commit to the steady base"),
        after,
        tuple(params),
        {"params": params},
        label,
        why,
        "minutes",
        "medium",
        Text("If demand falls by 30 %, {unused} a month is paid for nothing.", unused=args["unused"]),
    )
