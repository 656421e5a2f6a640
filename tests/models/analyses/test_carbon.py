"""Carbon: the method's own worked numbers and its limits."""

import numpy as np
import pytest

from models.analyses import carbon
from models.catalog.accelerators import Accelerator, accelerator


def test_average_watts_in_south_africa() -> None:
    energy = carbon.compute_energy(1.0, 0.5, 350, 350, 1.135)
    assert float(energy) == pytest.approx(0.39725)
    assert float(carbon.emissions(energy, 0.000928)) == pytest.approx(0.000368648)


def test_energy_runs_from_rest_to_full_load() -> None:
    rest, full = carbon.compute_energy(1000.0, np.array([0.0, 1.0]), 0.74, 3.5, 1.0)
    assert (float(rest), float(full)) == pytest.approx((0.74, 3.5))


def test_coefficients_of_a_provider_without_its_own_are_the_mean() -> None:
    known = [carbon.server_power(name).pue for name in ("aws", "gcp", "azure")]
    assert carbon.server_power("hetzner").pue == pytest.approx(sum(known) / 3)
    assert carbon.server_power("AWS").max_watts == 3.5


def test_an_accelerator_without_power_figures_is_not_guessed() -> None:
    assert np.isnan(carbon.accelerator_energy(Accelerator(name="x", vendor="y"), 10.0, 0.5, 1.1)).all()
    t4 = carbon.accelerator_energy(accelerator("T4"), 1000.0, 1.0, 1.0)
    assert float(t4) == pytest.approx(71.0)


def test_storage_memory_network_and_manufacture() -> None:
    assert float(carbon.storage_energy(1.0, 1.135)) == pytest.approx(0.001362)
    assert float(carbon.storage_energy(1.0, 1.0, solid_state=False)) == pytest.approx(0.00065)
    assert float(carbon.memory_energy(90, 1.11, 2)) == pytest.approx(0.0783216)
    assert float(carbon.network_energy(1000.0)) == pytest.approx(1.0)
    assert float(carbon.embodied(24, 1, 96, 1.7957)) == pytest.approx(1.2811786529680366e-05)


def test_energy_per_token_is_unknown_when_nothing_is_served() -> None:
    per_token = carbon.energy_per_token(700.0, np.array([0.0, 1000.0]), 1.1)
    assert np.isnan(per_token[0])
    assert per_token[1] == pytest.approx(700 * 1.1 / 1000 / 3.6e6)
    assert float(carbon.training_energy(1_022_362, 400, 1.1)) == pytest.approx(449e3, rel=0.004)
