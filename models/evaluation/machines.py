"""The machines of the bill: hosts by the hour of the mix of purchases, and training by the hour of use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

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
HOST_HOUR = "host-hour"


class Rented(NamedTuple):
    """The machines that are rented, whatever their number.

    Attributes:
        groups: each offer with the rows that rent it.
        per_host: (r,) replicas on one host; hours_on: (r,) hours a month that a replica is paid, all copies together.
        listed: (r,) USD per host-hour on demand, NaN = not known.
        mix: (share, USD per host-hour) of each other way to buy, (r,) each; none where all is on demand.
        sustained: (r,) discount for a host that runs all month; None where nobody gives one.
    """

    groups: tuple[tuple[Offer, Ints], ...]
    per_host: Floats
    hours_on: Floats
    listed: Floats
    mix: tuple[tuple[Floats, Floats], ...]
    sustained: Floats | None


def rented(nodes: Nodes, bought: Purchase) -> Rented:
    """Return what is rented by the month; what is metered is not."""
    kept = (bought.offer >= 0) & ~_metered(nodes)[nodes.row_node]
    rows = np.flatnonzero(kept)
    groups = tuple((bought.offers[bought.offer[rows[at[0]]]], rows[at]) for at in groups_of(bought.offer[rows]))

    def by_row(value: Callable[[Offer], float]) -> Floats:
        found = np.full(len(kept), np.nan)
        for offer, members in groups:
            found[members] = value(offer)
        return found

    sustained = filled(by_row(lambda offer: offer.sustained))
    return Rented(
        groups,
        filled(by_row(lambda offer: offer.per_host), 1.0),
        _hours_on(nodes) * nodes.copies,
        by_row(lambda offer: _usd(offer.usd_hour)),
        tuple(_ways(nodes, by_row)),
        sustained if sustained.any() else None,
    )


def _usd(fact: Fact | None) -> float:
    return np.nan if fact is None else fact.value


def _ways(nodes: Nodes, by_row: Callable[[Callable[[Offer], float]], Floats]) -> Iterator[tuple[Floats, Floats]]:
    """Yield share and price of every way to buy that some node uses; without a known price it is paid on demand."""
    for name in ("reserved_1y", "reserved_3y", "spot"):
        share = filled(nodes.column("money", f"{name}_share"))[nodes.row_node]
        if share.any():
            price = by_row(lambda offer, name=name: _usd(getattr(offer, name)))  # type: ignore[misc]
            yield np.where(np.isnan(price), 0.0, share), filled(price)


def machine_lines(nodes: Nodes, rent: Rented, replicas: Floats, price_factor: float) -> list[Line]:
    """Return one line per offer: hosts × hours × the mix of purchases.

    A discount for sustained use hangs on the share of the month that each of the hosts runs.
    """
    hosts = np.where(rent.per_host > 1, np.ceil(replicas / rent.per_host - 1e-9), replicas)
    hours = hosts * rent.hours_on
    base = rent.listed
    if rent.sustained is not None:
        kept_up = np.minimum(rent.hours_on / nodes.copies / HOURS_PER_MONTH, 1.0)
        drawn = np.maximum(nodes.replicas, replicas)
        steady = kept_up * np.divide(replicas, drawn, out=np.ones(len(replicas)), where=drawn > 0)
        base = base * (1.0 - sustained_use_share(steady, rent.sustained))
    price = base
    for share, usd in rent.mix:
        price = price + share * (usd - base)
    usd = np.where(hours != 0, hours * price * price_factor, 0.0)
    return [_machine_line(offer, rows, usd[rows], hours[rows], HOST_HOUR) for offer, rows in rent.groups]


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


def _machine_line(offer: Offer, rows: Ints, usd: Floats, quantity: Floats, unit: str) -> Line:
    """Return the line of one offer for USD and quantity of each row."""
    category = "accelerators" if offer.instance is not None and offer.instance.accelerator else "compute"
    fact, label = offer.usd_hour, offer.label or Text("machine")
    if fact is None:
        return Line(label, category, "row", rows, usd, reason=offer.reason, quantity=quantity, unit=unit)
    source = fact.source
    if offer.sustained and unit == HOST_HOUR:
        source = Text("{source}, up to {share:.0%} less for sustained use", source=source, share=offer.sustained)
    return Line(label, category, "row", rows, usd, source, fact.date, fact.status, "", quantity, unit)


def _metered(nodes: Nodes) -> np.ndarray:
    """Return (n,) True for training whose accelerators are paid by the hour of use, not kept all month."""
    return np.asarray((nodes.station == TRAINING) & (nodes.column("service", "autoscaled") == 1.0))


def replica_hour(offer: Offer, on_demand: float, nodes: Nodes, node: int) -> float:
    """Return USD per hour of one more replica of a node, in the mix of purchases that the node has."""
    return mixed_price(offer, on_demand, nodes, node) / offer.per_host


def mixed_price(offer: Offer, on_demand: float, nodes: Nodes, node: int) -> float:
    """Return USD per host-hour in the node's mix of purchases; one whose price is not known is paid on demand."""
    price = on_demand
    for name, fact in (("reserved_1y", offer.reserved_1y), ("reserved_3y", offer.reserved_3y), ("spot", offer.spot)):
        share = nodes.column("money", f"{name}_share")[node]
        if fact is not None and share > 0:
            price += float(share) * (fact.value - on_demand)
    return price


def metered_lines(nodes: Nodes, bought: Purchase, training: Floats, price_factor: float) -> list[Line]:
    """Return the lines of training that pays per accelerator-hour used."""
    lines = []
    for row in np.flatnonzero((bought.offer >= 0) & _metered(nodes)[nodes.row_node]).tolist():
        offer, node = bought.offers[bought.offer[row]], int(nodes.row_node[row])
        used = training[[node]]
        count = max(offer.instance.accelerator_count if offer.instance else 1, 1)
        price = np.nan if offer.usd_hour is None else mixed_price(offer, offer.usd_hour.value, nodes, node)
        usd = np.where(used != 0, used / count * price * price_factor, 0.0)
        lines.append(_machine_line(offer, np.array([row]), usd, used, "GPU-hour"))
    return lines
