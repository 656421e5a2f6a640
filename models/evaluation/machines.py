"""The machines of the bill: hosts by the hour of the mix of purchases, and training by the hour of use."""

from __future__ import annotations

import numpy as np

from models.analyses.commitments import sustained_use_share
from models.catalog.records import Fact
from models.evaluation.bill import HOURS_PER_MONTH, Line, Purchase
from models.evaluation.columns import Floats, Ints, Nodes, filled, groups_of
from models.evaluation.demand import DAYS_PER_MONTH
from models.evaluation.load import BATCH, TRAINING
from models.evaluation.offers import Offer
from models.words import Text

HOURS_PER_WEEK = 168.0


def machine_lines(nodes: Nodes, bought: Purchase, replicas: Floats, price_factor: float) -> list[Line]:
    """Return one line per offer: hosts × hours × the mix of purchases."""
    lines = []
    hours_on, kept = _hours_on(nodes) * nodes.copies, ~_metered(nodes)[nodes.row_node]
    mix = _purchase_mix(nodes)
    for group in groups_of(bought.offer):
        rows = group[kept[group]]
        if not len(rows) or bought.offer[rows[0]] < 0:
            continue
        offer = bought.offers[bought.offer[rows[0]]]
        hosts = np.ceil(replicas[rows] / offer.per_host - 1e-9) if offer.per_host > 1 else replicas[rows]
        hours = hosts * hours_on[rows]
        kept_up = np.minimum(hours_on[rows] / nodes.copies[rows] / HOURS_PER_MONTH, 1.0)
        drawn = np.maximum(nodes.replicas[rows], replicas[rows])
        steady = kept_up * np.divide(replicas[rows], drawn, out=np.ones(len(rows)), where=drawn > 0)
        lines.append(_machine_line(offer, rows, (hours, hours), "host-hour", mix, price_factor, steady))
    return lines


def _hours_on(nodes: Nodes) -> Floats:
    """Return (r,) hours a month that one replica is paid: those of its schedule; for batch work those of its workers.

    A store that keeps copies in several zones pays for each.
    """
    money = {name: nodes.column("money", name) for name in ("runs_per_day", "hours_per_run", "workers", "zones")}
    run = money["runs_per_day"] * money["hours_per_run"] * filled(money["workers"], 1.0) * DAYS_PER_MONTH
    used = nodes.column("money", "gpu_hours_per_month")
    run = np.where(np.isnan(run) & (used > 0), used, run)
    batch = (nodes.station == BATCH) & ~np.isnan(run)
    kept = HOURS_PER_MONTH * switched_on(nodes) * filled(money["zones"], 1.0)
    return np.where(batch, run, kept)[nodes.row_node]


def switched_on(nodes: Nodes) -> Floats:
    """Return (n,) share of the hours that the machines of a node run by its weekly schedule; 1 without one."""
    hours = nodes.column("money", "hours_per_week")
    return np.where(np.isnan(hours), 1.0, np.clip(hours / HOURS_PER_WEEK, 0.0, 1.0))


def _machine_line(
    offer: Offer,
    rows: Ints,
    amounts: tuple[Floats, Floats],
    unit: str,
    mix: Floats | None,
    factor: float,
    steady: Floats | None = None,
) -> Line:
    """Return the line of one offer for (host-hours, quantity shown) per row.

    `steady` is the share of the month that each of its hosts runs, which a discount for sustained use hangs on.
    """
    hours, quantity = amounts
    category = "accelerators" if offer.instance is not None and offer.instance.accelerator else "compute"
    fact = offer.usd_hour
    label = offer.label or Text("machine")
    if fact is None:
        unknown = np.where(hours > 0, np.nan, 0.0)
        return Line(label, category, "row", rows, unknown, reason=offer.reason, quantity=quantity, unit=unit)
    usd = hours * _mixed_price(offer, fact, rows, mix, steady) * factor
    source = fact.source
    if offer.sustained and steady is not None:
        source = Text("{source}, up to {share:.0%} less for sustained use", source=source, share=offer.sustained)
    return Line(label, category, "row", rows, usd, source, fact.date, fact.status, "", quantity, unit)


def _metered(nodes: Nodes) -> np.ndarray:
    """Return (n,) True for training whose accelerators are paid by the hour of use, not kept all month."""
    return np.asarray((nodes.station == TRAINING) & (nodes.column("service", "autoscaled") == 1.0))


def _purchase_mix(nodes: Nodes) -> Floats | None:
    """Return (3, r) shares bought reserved for one and three years and as spot; None where all is on demand."""
    shares = filled(
        np.array([nodes.column("money", f"{name}_share") for name in ("reserved_1y", "reserved_3y", "spot")])
    )
    return shares[:, nodes.row_node] if shares.any() else None


def _mixed_price(
    offer: Offer, on_demand: Fact, rows: Ints, mix: Floats | None, steady: Floats | None
) -> Floats | float:
    """Return USD per host-hour of the purchase mix; a purchase whose price is not known is paid on demand."""
    if mix is None and not offer.sustained:
        return on_demand.value
    base = np.full(len(rows), on_demand.value)
    if offer.sustained and steady is not None:
        base = base * (1.0 - sustained_use_share(steady, offer.sustained))
    price = base
    for share, fact in zip(
        mix if mix is not None else (), (offer.reserved_1y, offer.reserved_3y, offer.spot), strict=False
    ):
        if fact is not None:
            price = price + share[rows] * (fact.value - base)
    return price


def replica_hour(offer: Offer, on_demand: float, nodes: Nodes, node: int) -> float:
    """Return USD per hour of one more replica of a node, in the mix of purchases that the node has."""
    price = on_demand
    for name, fact in (("reserved_1y", offer.reserved_1y), ("reserved_3y", offer.reserved_3y), ("spot", offer.spot)):
        share = nodes.column("money", f"{name}_share")[node]
        if fact is not None and share > 0:
            price += float(share) * (fact.value - on_demand)
    return price / offer.per_host


def metered_lines(nodes: Nodes, bought: Purchase, training: Floats, price_factor: float) -> list[Line]:
    """Return the lines of training that pays per accelerator-hour used."""
    lines, mix = [], _purchase_mix(nodes)
    for row in np.flatnonzero((bought.offer >= 0) & _metered(nodes)[nodes.row_node]):
        rows = np.array([row])
        offer = bought.offers[bought.offer[row]]
        used = training[nodes.row_node[rows]]
        count = max(offer.instance.accelerator_count if offer.instance else 1, 1)
        lines.append(_machine_line(offer, rows, (used / count, used), "GPU-hour", mix, price_factor))
    return lines
