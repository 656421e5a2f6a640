"""Energy and greenhouse gas of cloud use, by the method of Cloud Carbon Footprint.

Energy in kWh, emissions in the unit of the grid intensity handed in (kgCO2e or tCO2e per kWh). Location-based and
market-based results are two calls with two intensities. The coefficients end in 2024.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.catalog.accelerators import Accelerator, calibration

Floats = NDArray[np.float64]


class ServerPower(NamedTuple):
    """Watts of one vCPU at rest and at full load, and the provider's overhead of cooling and supply."""

    min_watts: float
    max_watts: float
    pue: float


def server_power(provider: str) -> ServerPower:
    """Return the coefficients of "aws", "gcp" or "azure"; other providers get the mean of the three."""
    table = calibration()["ccf"]
    rows = [table[name] for name in ("aws", "gcp", "azure") if name == provider.lower()]
    rows = rows or [table[name] for name in ("aws", "gcp", "azure")]
    columns = [[float(row[key]) for row in rows] for key in ("min_w", "max_w", "pue")]
    return ServerPower(*(sum(column) / len(column) for column in columns))


def compute_energy(
    vcpu_hours: ArrayLike,
    utilization: ArrayLike,
    min_watts: ArrayLike,
    max_watts: ArrayLike,
    pue: ArrayLike,
    replication: ArrayLike = 1.0,
) -> Floats:
    """Return kWh = vCPU-h · (Wmin + u·(Wmax − Wmin))/1000 · PUE · replication."""
    low, high = np.asarray(min_watts, float), np.asarray(max_watts, float)
    watts = low + np.asarray(utilization, float) * (high - low)
    return np.asarray(
        np.asarray(vcpu_hours, float) * watts / 1000.0 * np.asarray(pue, float) * np.asarray(replication, float)
    )


def accelerator_energy(card: Accelerator, hours: ArrayLike, utilization: ArrayLike, pue: ArrayLike) -> Floats:
    """Return kWh of one accelerator over `hours` at a utilization; NaN when the card's power is not known."""
    if card.idle_w is None or card.full_w is None:
        return np.full(np.broadcast(hours, utilization, pue).shape, np.nan)
    return np.asarray(np.asarray(compute_energy(hours, utilization, card.idle_w, card.full_w, pue)))


def memory_energy(
    gb_hours: ArrayLike, pue: ArrayLike, replication: ArrayLike = 1.0, kwh_per_gb_hour: float | None = None
) -> Floats:
    """Return kWh of memory beyond what the processor's coefficient already holds."""
    rate = calibration()["ccf"]["memory_kwh_per_gbh"] if kwh_per_gb_hour is None else kwh_per_gb_hour
    return np.asarray(np.asarray(gb_hours, float) * rate * np.asarray(pue, float) * np.asarray(replication, float))


def storage_energy(
    tb_hours: ArrayLike,
    pue: ArrayLike,
    replication: ArrayLike = 1.0,
    wh_per_tb_hour: float | None = None,
    solid_state: bool = True,
) -> Floats:
    """Return kWh of storage; without a coefficient that of solid-state or spinning disks."""
    table = calibration()["ccf"]
    default = table["ssd_wh_per_tbh"] if solid_state else table["hdd_wh_per_tbh"]
    rate = (default if wh_per_tb_hour is None else wh_per_tb_hour) / 1000.0
    return np.asarray(np.asarray(tb_hours, float) * rate * np.asarray(pue, float) * np.asarray(replication, float))


def network_energy(gb: ArrayLike, pue: ArrayLike = 1.0, kwh_per_gb: float | None = None) -> Floats:
    """Return kWh of data sent between regions or to users."""
    rate = calibration()["ccf"]["network_kwh_per_gb"] if kwh_per_gb is None else kwh_per_gb
    return np.asarray(np.asarray(gb, float) * rate * np.asarray(pue, float))


def emissions(kwh: ArrayLike, intensity: ArrayLike) -> Floats:
    """Return energy × grid intensity, in the unit of the intensity. Both may be hourly profiles of equal length."""
    return np.asarray(np.asarray(kwh, float) * np.asarray(intensity, float))


def embodied(
    hours: ArrayLike,
    vcpu: ArrayLike,
    largest_vcpu: ArrayLike,
    server_emissions: ArrayLike,
    lifespan_hours: float | None = None,
) -> Floats:
    """Return the share of a server's manufacture: scope 3 · hours/life · vCPU/largest vCPU of the family."""
    life = calibration()["ccf"]["server_life_h"] if lifespan_hours is None else lifespan_hours
    share = np.asarray(vcpu, float) / np.asarray(largest_vcpu, float)
    return np.asarray(np.asarray(server_emissions, float) * np.asarray(hours, float) / life * share)


def training_energy(accelerator_hours: ArrayLike, watts: ArrayLike, pue: ArrayLike) -> Floats:
    """Return kWh of a training run: accelerator-hours × watts of one accelerator × PUE (Patterson et al. 2021)."""
    return np.asarray(np.asarray(accelerator_hours, float) * np.asarray(watts, float) / 1000.0 * np.asarray(pue, float))


def energy_per_token(watts: ArrayLike, tokens_per_second: ArrayLike, pue: ArrayLike) -> Floats:
    """Return kWh per token of a serving replica that draws `watts`; NaN where nothing is served."""
    rate = np.asarray(tokens_per_second, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        joules = np.where(rate > 0.0, np.asarray(watts, float) * np.asarray(pue, float) / rate, np.nan)
    return np.asarray(np.asarray(joules / 3.6e6))
