"""Energy and emissions of one month by the method of Cloud Carbon Footprint, per node."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from models.analyses import carbon
from models.catalog.accelerators import find_accelerator
from models.catalog.catalog import Catalog
from models.evaluation.bill import HOURS_PER_MONTH, Purchase
from models.evaluation.columns import Floats, Nodes, sum_by
from models.evaluation.load import Load
from models.evaluation.machines import switched_on

DEFAULT_UTILIZATION = 0.5
TB = 1e12
GIB = 1024.0**3


class Emissions(NamedTuple):
    """(n,) kWh and kgCO2e per month; NaN where the grid of the region or the power of a card is not known."""

    kwh: Floats
    kg: Floats


def solve_emissions(
    catalog: Catalog, nodes: Nodes, load: Load, bought: Purchase, replicas: Floats, stored_gib: Floats
) -> Emissions:
    """Return energy and emissions of machines, accelerators and storage; network is left out (no agreed method)."""
    row = nodes.row_node
    intensity, overhead, low, high = _places(catalog, nodes)
    hours = replicas * nodes.copies * HOURS_PER_MONTH * switched_on(nodes)[row]
    used = np.clip(np.where(np.isfinite(load.utilization), load.utilization, DEFAULT_UTILIZATION), 0.0, 1.0)
    machine = (bought.offer >= 0).astype(float)
    vcpu = np.nan_to_num(nodes.column("money", "vcpu"))[row]
    kwh = np.asarray(carbon.compute_energy(hours * vcpu * machine, used, low, high, overhead))
    kwh = kwh + _cards(nodes, bought, hours, used, overhead)
    kwh = kwh + carbon.storage_energy(stored_gib * GIB / TB * HOURS_PER_MONTH, overhead)
    own = np.nan_to_num(nodes.column("power", "power_w"))[row] * replicas * nodes.copies * HOURS_PER_MONTH / 1000.0
    kwh = np.where(own > 0, own, kwh)
    with np.errstate(invalid="ignore"):
        kg = np.where(kwh > 0, kwh * intensity, 0.0)
    n = len(nodes.ids)
    return Emissions(sum_by(row, kwh, n), sum_by(row, kg, n))


def _places(catalog: Catalog, nodes: Nodes) -> tuple[Floats, Floats, Floats, Floats]:
    """Return per row kgCO2e per kWh, PUE, and watts per vCPU at rest and at full load."""
    table = []
    for place in nodes.place_list:
        region = catalog.region(*place.key) if place.region else None
        power = carbon.server_power(place.provider)
        grid = region.grid_g_per_kwh.value / 1000.0 if region and region.grid_g_per_kwh else np.nan
        overhead = region.pue.value if region and region.pue else power.pue
        table.append((grid, overhead, power.min_watts, power.max_watts))
    columns = np.array(table).reshape(len(table), 4)[nodes.places] if table else np.zeros((0, 4))
    return columns[:, 0], columns[:, 1], columns[:, 2], columns[:, 3]


def _cards(nodes: Nodes, bought: Purchase, hours: Floats, used: Floats, overhead: Floats) -> Floats:
    kwh = np.zeros(len(hours))
    for number, offer in enumerate(bought.offers):
        name = offer.instance.accelerator if offer.instance else None
        card = find_accelerator(name) if name else None
        if card is None:
            continue
        rows = np.flatnonzero(bought.offer == number)
        per_replica = np.nan_to_num(nodes.column("money", "accelerators"), nan=1.0)[nodes.row_node[rows]]
        kwh[rows] = carbon.accelerator_energy(card, hours[rows] * per_replica, used[rows], overhead[rows])
    return kwh
