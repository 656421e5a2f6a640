"""Savings of purchase: interruptible capacity where work can be repeated or the rest holds the load."""

from __future__ import annotations

import numpy as np

from models.analyses.cost import spot_effective_price
from models.evaluation.columns import filled, is_one_of
from models.evaluation.load import BATCH, SERVER
from models.evaluation.load import TRAINING as TRAINING_STATION
from models.frameworks.cost_optimization.fleet import Fleet, of_compute
from models.frameworks.cost_optimization.inputs import number
from models.frameworks.cost_optimization.proposal import Proposal
from models.frameworks.cost_optimization.sizes import peak_use
from models.frameworks.cost_optimization.view import View
from models.frameworks.cost_optimization.words import percent
from models.report import Message
from models.words import Number, Text, joined, quoted

SPOT = 2
HALF_CHECKPOINT_HOURS = 0.5
FEWEST_MIXED = 3
READY_SOON_H = 240.0 / 3600.0
NEVER_S = 1e9


def spot(view: View, found: Fleet) -> Proposal | None:
    """Return the saving of interruptible capacity for batch work and training, the repeated work taken off."""
    design = view.evaluation.design
    rate = number(design, "interruptions_per_day") / 24.0
    restart = number(design, "restart_hours")
    price = found.prices[3]
    with np.errstate(invalid="ignore"):
        effective = spot_effective_price(price, rate, 2 * HALF_CHECKPOINT_HOURS, restart)
        cheaper = filled(effective, np.inf) < found.price
    able = is_one_of(found.station, BATCH, TRAINING_STATION) & ~found.own_price & (found.shares[SPOT] == 0)
    chosen = np.flatnonzero(able & cheaper & (found.cost > 0))
    if not len(chosen):
        return None
    shares = found.shares.copy()
    shares[:, chosen] = 0.0
    shares[SPOT, chosen] = 1.0
    after = found._replace(shares=shares)
    overhead = float((after.cost * (effective / price - 1.0))[chosen].sum())
    elements = view.evaluation.pipeline.nodes.elements
    ids = tuple(dict.fromkeys(view.evaluation.node_ids[int(n)] for n in found.node[chosen]))
    args = {
        "names": joined(map(quoted, dict.fromkeys(elements[int(n)].name for n in found.node[chosen][:3]))),
        "rate": Number(f"{rate * 24:.3g}"),
        "loss": percent(float(np.max(effective[chosen] / price[chosen] - 1.0))),
    }
    none = {"reserved_1y_share": 0.0, "reserved_3y_share": 0.0, "spot_share": 1.0}
    return Proposal(
        "spot",
        Text("Run batch work on spot capacity"),
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
        Text("Capacity can be taken back at any time; keep a mixed fleet for work with a deadline."),
        overhead,
    )


def mixed_spot(view: View, found: Fleet) -> Proposal | None:
    """Return the saving of spot capacity for replicas of stateless services that the peak does not need.

    As many replicas stay on demand as hold the peak at full use, so that losing all others at once is survived; what
    an interruption costs is the time until a new replica serves.
    """
    nodes = view.evaluation.pipeline.nodes
    price, peak = found.prices[3], peak_use(view)[found.node]
    ready_h = filled(nodes.column("reliability", "ready_s"), NEVER_S)[found.node] / 3600.0
    rate = number(view.evaluation.design, "interruptions_per_day") / 24.0
    with np.errstate(invalid="ignore"):
        effective = spot_effective_price(price, rate, 0.0, ready_h)
        cheaper = filled(effective, np.inf) < found.on_demand
        kept = np.maximum(np.ceil(peak * found.drawn - 1e-9), 1.0)
    plain = of_compute(nodes, "instance")[found.node]
    able = plain & (found.station == SERVER) & found.alone & ~found.own_price & (found.shares.sum(axis=0) == 0)
    able &= (found.drawn >= FEWEST_MIXED) & (ready_h <= READY_SOON_H) & (peak > 0) & (kept < found.drawn)
    chosen = np.flatnonzero(able & cheaper & (found.cost > 0))
    if not len(chosen):
        return None
    shares = found.shares.copy()
    shares[SPOT, chosen] = 1.0 - kept[chosen] / found.drawn[chosen]
    after = found._replace(shares=shares)
    with np.errstate(invalid="ignore", divide="ignore"):
        on_spot = found.cost / found.price * shares[SPOT]
    overhead = float((on_spot[chosen] * (effective[chosen] - price[chosen])).sum())
    elements, ids = nodes.elements, view.evaluation.node_ids
    parts = [
        Text(
            "“{name}” {spare} of {drawn}",
            name=elements[int(found.node[at])].name,
            spare=int(found.drawn[at] - kept[at]),
            drawn=int(found.drawn[at]),
        )
        for at in chosen[:4]
    ]
    detail = joined(parts) if len(chosen) <= 4 else joined((joined(parts), "…"), " ")
    keys = tuple(ids[int(found.node[at])] for at in chosen)
    return Proposal(
        "mixed_spot",
        Text("Run spare replicas on spot capacity"),
        after,
        keys,
        {"params": {key: {"spot_share": float(shares[SPOT, at])} for key, at in zip(keys, chosen, strict=True)}},
        Message("Mix in spot"),
        Message(
            "{detail} replicas keep no state and start in minutes; the others hold the peak alone, fully used.",
            {"detail": detail},
        ),
        "days",
        "high",
        Text("All spot machines can go at once: then the peak is served without any reserve until new ones start."),
        overhead,
    )
