"""The machines of the plan in columns: what each row runs on, how it is bought, and what it costs in another way.

The cost is the arithmetic of `models.evaluation.bill` (hosts × hours × mix of purchases); a test holds both equal.
"""

from __future__ import annotations

from functools import cache, cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.analyses.commitments import sustained_use_share
from models.design.kinds import kinds
from models.evaluation import Evaluation
from models.evaluation.bill import HOURS_PER_MONTH
from models.evaluation.columns import Floats, Ints, Nodes, filled
from models.evaluation.load import DEFAULT_TARGET
from models.evaluation.offers import Offer

PURCHASES = ("reserved_1y", "reserved_3y", "spot")
Mask = NDArray[np.bool_]


class _Rows(NamedTuple):
    """q priced machine rows.

    Attributes:
        row, node: (q,) numbers; station: (q,) codes of the evaluation; own_price: (q,) set by the architect.
        prices: (4, q) USD per host-hour on demand, reserved 1y, 3y and spot; NaN = not sold or not known.
        shares: (3, q) of host-hours bought as reserved 1y, 3y and spot.
        replicas: (q,) averaged over the day; drawn: (q,) as drawn. copies, per_host, hours: (q,).
        used: (q,) accelerator-hours a month of metered training, NaN where hosts are kept.
        accelerated: (q,) the host carries accelerators. alone: (q,) the only site of its node.
        factor: (q,) on prices, of the case and the account.
        sustained: (q,) discount of the provider for a host that runs all month.
    """

    row: Ints
    node: Ints
    station: Ints
    own_price: Mask
    prices: Floats
    shares: Floats
    replicas: Floats
    drawn: Floats
    copies: Floats
    per_host: Floats
    hours: Floats
    used: Floats
    accelerators: Floats
    accelerated: Mask
    alone: Mask
    factor: Floats
    sustained: Floats


class Fleet(_Rows):
    """q priced machine rows with what they cost, which many ask for: computed once."""

    @cached_property
    def cost(self) -> Floats:
        """(q,) USD per month."""
        hosts = np.where(self.per_host > 1, np.ceil(self.replicas / self.per_host - 1e-9), self.replicas)
        kept = hosts * self.copies * self.hours
        hours = np.where(np.isnan(self.used), kept, self.used / np.maximum(self.accelerators, 1.0))
        return np.asarray(hours * self.price * self.factor)

    @cached_property
    def on_demand(self) -> Floats:
        """(q,) USD per host-hour without a commitment, less what sustained use gives."""
        if not self.sustained.any():
            return np.asarray(self.prices[0])
        with np.errstate(invalid="ignore", divide="ignore"):
            running = np.where(self.drawn > 0, np.minimum(self.replicas / self.drawn, 1.0), 1.0)
        steady = np.minimum(self.hours / HOURS_PER_MONTH, 1.0) * running
        steady = np.where(np.isnan(self.used), steady, 0.0)
        return np.asarray(self.prices[0] * (1.0 - sustained_use_share(steady, self.sustained)))

    @cached_property
    def price(self) -> Floats:
        """(q,) USD per host-hour of the mix; a purchase without a price is paid on demand."""
        base = self.on_demand
        saved = np.where(np.isnan(self.prices[1:]), 0.0, self.prices[1:] - base)
        return np.asarray(base + (self.shares * saved).sum(axis=0))


def fleet(evaluation: Evaluation) -> Fleet:
    """Return the priced machine rows of an evaluation."""
    nodes, money = evaluation.pipeline.nodes, evaluation.money
    bought = money.bought
    known = np.array([offer.usd_hour is not None for offer in bought.offers] or [False])
    rows = np.flatnonzero((bought.offer >= 0) & known[bought.offer])
    node = nodes.row_node[rows]
    quantity, usd, metered = _billed(evaluation)
    terms = np.array([_terms(offer) for offer in bought.offers], dtype=float).reshape(-1, 7)[bought.offer[rows]]
    prices, counts, per_host, sustained = terms[:, :4], terms[:, 4], terms[:, 5], terms[:, 6]
    replicas, copies = money.replicas[rows], nodes.copies[rows]
    hosts = np.where(per_host > 1, np.ceil(replicas / np.maximum(per_host, 1.0) - 1e-9), replicas) * copies
    with np.errstate(all="ignore"):
        hours = np.where(hosts > 0, quantity[rows] / hosts, HOURS_PER_MONTH)
    listed = Fleet(
        rows,
        node,
        nodes.station[node],
        ~np.isnan(nodes.column("money", "price_usd_hour")[node]),
        prices.T,
        np.array([filled(nodes.column("money", f"{name}_share")[node]) for name in PURCHASES]),
        replicas,
        nodes.replicas[rows],
        copies,
        per_host,
        np.where(metered[rows], HOURS_PER_MONTH, hours),
        np.where(metered[rows], quantity[rows], np.nan),
        counts,
        counts > 0,
        np.bincount(nodes.row_node, minlength=len(nodes.ids))[node] == 1,
        np.full(len(rows), evaluation.case.price_factor),
        sustained,
    )
    cost = listed.cost
    return listed._replace(factor=np.divide(usd[rows], cost, out=np.ones(len(rows)), where=cost > 0) * listed.factor)


def _terms(offer: Offer) -> tuple[float, ...]:
    """Return the four prices (NaN = not known), accelerators, replicas a host and the sustained-use discount."""
    facts = (offer.usd_hour, offer.reserved_1y, offer.reserved_3y, offer.spot)
    prices = (np.nan if fact is None else fact.value for fact in facts)
    cards = offer.instance.accelerator_count if offer.instance else 0
    return *prices, float(cards), float(offer.per_host), offer.sustained


def _billed(evaluation: Evaluation) -> tuple[Floats, Floats, Mask]:
    """Return (r,) what the bill says of machines: hours, USD, and whether use is metered.

    Hours are host-hours, or accelerator-hours where use is metered.
    """
    count = len(evaluation.pipeline.nodes.row_node)
    quantity, usd, metered = np.zeros(count), np.zeros(count), np.zeros(count, dtype=bool)
    for line in evaluation.money.bill.lines:
        if line.category in ("compute", "accelerators") and line.quantity is not None:
            quantity[line.members] = line.quantity
            usd[line.members] = line.usd
            metered[line.members] = line.unit == "GPU-hour"
    return quantity, usd, metered


def of_compute(nodes: Nodes, compute: str) -> Mask:
    """Return (n,) True for nodes of kinds that run on this sort of machines."""
    return _kinds_of_compute(compute)[nodes.kind_code]


@cache
def _kinds_of_compute(compute: str) -> Mask:
    """Return (kinds + 1,) by the code of the kind; the last code is that of unknown kinds."""
    return np.array([kind.compute == compute for kind in kinds().nodes.values()] + [False])


def hourly_replicas(evaluation: Evaluation, found: Fleet, most: Floats) -> Floats:
    """Return (24, q) replicas that the load of each hour needs at its target, at most `most` (q,); NaN = not known."""
    nodes, traffic = evaluation.pipeline.nodes, evaluation.traffic
    load, demand = traffic.load, traffic.demand
    target = filled(nodes.column("service", "target_utilization"), DEFAULT_TARGET)[found.node]
    shares = (traffic.shares / nodes.copies)[found.row]
    with np.errstate(all="ignore"):
        per_replica = load.capacity[found.row] / load.replicas[found.row]
        arrivals = demand.node_hour[:, found.node] * shares
        needed = np.ceil(arrivals / (per_replica * target) - 1e-9)
    return np.where(np.isfinite(needed), np.minimum(needed, most), np.nan)
