"""Training: published arithmetic, goodput optimum, memory."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.analyses import training


def test_the_platform_template_is_met() -> None:
    """Fine-tunes, LoRA and pretraining of the training platform: 52, 31 and 1,041 accelerator-hours at MFU .26."""
    peak, mfu = 989e12, training.mfu_prior("H100").middle
    assert float(training.accelerator_hours(training.training_flop(8.03e9, 1e9), peak, mfu)) == pytest.approx(
        52, rel=0.01
    )
    adapter = training.training_flop(70.55e9, 1e8, flop_per_param_token=4.0)
    assert float(training.accelerator_hours(adapter, peak, mfu)) == pytest.approx(31, rel=0.03)
    long = training.accelerator_hours(training.training_flop(8.03e9, 20e9), peak, mfu)
    assert float(long) == pytest.approx(1041, rel=0.01)


def test_attention_adds_to_the_work_of_long_sequences() -> None:
    plain = training.training_flop(8e9, 1.0)
    assert float(training.training_flop(8e9, 1.0, 6.0, 32, 4096, 8192)) == float(plain) + 12 * 32 * 4096 * 8192


@pytest.mark.parametrize(("hours", "share"), [(20.0, 0.934), (8.0, 0.89)])
def test_preemption_costs_what_the_template_says(hours: float, share: float) -> None:
    """Checkpoints of 2 min, restart of 10 min minus what is hidden: interval 69 min at 20 h between interruptions."""
    best = training.goodput(120.0, hours * 3600.0, restart_time=600.0)
    assert best.share == pytest.approx(share, abs=0.02)
    if hours == 20.0:
        assert best.interval / 60.0 == pytest.approx(69.0, rel=0.01)


@given(write=st.floats(1, 600), between=st.floats(3600, 1e6), restart=st.floats(0, 600), factor=st.floats(0.2, 5.0))
def test_no_other_interval_beats_young_and_daly(write: float, between: float, restart: float, factor: float) -> None:
    best = training.goodput(write, between, restart)
    assert training.goodput(write, between, restart, best.interval * factor).share <= best.share + 1e-12


def test_goodput_never_goes_below_zero() -> None:
    assert training.goodput(600.0, 60.0, 600.0).share == 0.0
    assert training.goodput(600.0, 0.0).share == 0.0


def test_the_band_covers_published_runs() -> None:
    flop = float(training.training_flop(405_853_388_800, 15.6e12))
    band = training.accelerator_hours_band(flop, 989e12, "H100")
    assert band.low < 30.84e6 < band.high
    assert training.implied_mfu(flop, 30.84e6, 989e12) == pytest.approx(0.346, abs=5e-4)


def test_memory_of_a_recomputed_step_is_less() -> None:
    full = training.memory_per_accelerator(8e9, 8, 1, 4096, 32, 4096, 32)
    less = training.memory_per_accelerator(8e9, 8, 1, 4096, 32, 4096, 32, recompute=True)
    assert less < full
    assert less == pytest.approx(8e9 * 18 / 8 + 2 * 4096 * 4096 * 32)


def test_wall_time_is_shared_by_the_accelerators() -> None:
    assert training.wall_time(np.array([80.0, 40.0]), 8).tolist() == [10.0, 5.0]
    assert training.step_mfu(6 * 540e9, 238_300, 6144, 275e12) == pytest.approx(0.457, abs=0.001)
