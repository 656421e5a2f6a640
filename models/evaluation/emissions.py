"""Energy and emissions of one month by the method of Cloud Carbon Footprint, per node."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from models.analyses import carbon
from models.catalog.accelerators import find_accelerator
from models.catalog.catalog import Catalog
from models.evaluation.bill import GB, HOURS_PER_MONTH, SECONDS_PER_MONTH, Purchase, flow_bytes
from models.evaluation.columns import Floats, Flows, Nodes, filled, sum_by
from models.evaluation.demand import Demand
from models.evaluation.load import Load
from models.evaluation.machines import switched_on

DEFAULT_UTILIZATION = 0.5
TB = 1e12
GIB = 1024.0**3


class Emissions(NamedTuple):
    """(n,) kWh and kgCO2e per month; NaN where the grid of the region or the power of a card is not known."""

    kwh: Floats
    kg: Floats


class Grid(NamedTuple):
    """Where rows draw their power, (r,) each: kgCO2e per kWh, PUE, and watts per vCPU at rest and at full load."""

    intensity: Floats
    overhead: Floats
    least_watts: Floats
    most_watts: Floats


def solve_emissions(
    nodes: Nodes,
    grid: Grid,
    load: Load,
    bought: Purchase,
    replicas: Floats,
    stored_gib: Floats,
    sent_gb: Floats | None = None,
) -> Emissions:
    """Return energy and emissions of machines, accelerators, storage and network.

    `sent_gb` (n,) is what a node exchanges a month with users and other regions, as of `network_gb`.
    """
    row = nodes.row_node
    intensity, overhead, low, high = grid
    hours = replicas * nodes.copies * HOURS_PER_MONTH * switched_on(nodes)[row]
    used = np.clip(np.where(np.isfinite(load.utilization), load.utilization, DEFAULT_UTILIZATION), 0.0, 1.0)
    machine = (bought.offer >= 0).astype(float)
    vcpu = filled(nodes.column("money", "vcpu"))[row]
    kwh = np.asarray(carbon.compute_energy(hours * vcpu * machine, used, low, high, overhead))
    kwh = kwh + _cards(nodes, bought, hours, used, overhead)
    kwh = kwh + carbon.storage_energy(stored_gib * GIB / TB * HOURS_PER_MONTH, overhead)
    own = filled(nodes.column("power", "power_w"))[row] * replicas * nodes.copies * HOURS_PER_MONTH / 1000.0
    kwh = np.where(own > 0, own, kwh)
    if sent_gb is not None:
        kwh = kwh + carbon.network_energy(_to_rows(nodes, sent_gb))
    with np.errstate(invalid="ignore"):
        kg = np.where(kwh > 0, kwh * intensity, 0.0)
    n = len(nodes.ids)
    return Emissions(sum_by(row, kwh, n), sum_by(row, kg, n))


def network_gb(nodes: Nodes, flows: Flows, demand: Demand) -> Floats:
    """Return (n,) GB a month between a node and users or nodes of other regions; within a region it is not counted.

    What two regions exchange is counted half at each end; what users exchange with a node at the node.
    """
    n = len(nodes.ids)
    region = np.full(n, -1)
    known = {place.key: number for number, place in enumerate(nodes.place_list) if place.region}
    code = np.array([known.get(place.key, -1) for place in nodes.place_list], dtype=np.int64)
    if len(code):
        region[nodes.row_node] = code[nodes.places]
    outside = nodes.station <= 0
    far = (region[flows.source] != region[flows.target]) | outside[flows.source] | outside[flows.target]
    forward, backward = flow_bytes(flows, demand)
    sent = np.where(far, filled(forward) + filled(backward), 0.0) * SECONDS_PER_MONTH / GB
    inner = (~outside).astype(float)
    ends = np.maximum(inner[flows.source] + inner[flows.target], 1.0)
    shares = [inner[end] * sent / ends for end in (flows.source, flows.target)]
    return sum_by(flows.source, shares[0], n) + sum_by(flows.target, shares[1], n)


def _to_rows(nodes: Nodes, values: Floats) -> Floats:
    """Return (r,) values of nodes spread evenly over their rows."""
    return np.asarray((values / np.maximum(np.bincount(nodes.row_node, minlength=len(values)), 1))[nodes.row_node])


def grid_of(catalog: Catalog, nodes: Nodes) -> Grid:
    """Return where the rows draw their power; what is not known of a region is NaN."""
    table = []
    for place in nodes.place_list:
        region = catalog.region(*place.key) if place.region else None
        power = carbon.server_power(place.provider)
        intensity = region.grid_g_per_kwh.value / 1000.0 if region and region.grid_g_per_kwh else np.nan
        overhead = region.pue.value if region and region.pue else power.pue
        table.append((intensity, overhead, power.min_watts, power.max_watts))
    columns = np.array(table).reshape(len(table), 4)[nodes.places] if table else np.zeros((0, 4))
    return Grid(columns[:, 0], columns[:, 1], columns[:, 2], columns[:, 3])


def _cards(nodes: Nodes, bought: Purchase, hours: Floats, used: Floats, overhead: Floats) -> Floats:
    kwh = np.zeros(len(hours))
    for number, offer in enumerate(bought.offers):
        name = offer.instance.accelerator if offer.instance else None
        card = find_accelerator(name) if name else None
        if card is None:
            continue
        rows = np.flatnonzero(bought.offer == number)
        per_replica = filled(nodes.column("money", "accelerators"), 1.0)[nodes.row_node[rows]]
        kwh[rows] = carbon.accelerator_energy(card, hours[rows] * per_replica, used[rows], overhead[rows])
    return kwh
