"""Time, accelerator-hours, memory and interruptions of training runs.

Compute is counted as 6 FLOP per active parameter and token, 8 when all activations are recomputed (Kaplan et al. 2020;
Narayanan et al. 2021, §3); attention adds 12 · layers · hidden FLOP per token and token of sequence. Whole-run
utilization (MFU) comes from published accelerator-hours and is a band, never one number.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.catalog.accelerators import calibration

Floats = NDArray[np.float64]


class Band(NamedTuple):
    """A quantity with its 5 %, 50 % and 95 % points."""

    low: float
    middle: float
    high: float


class Goodput(NamedTuple):
    """Share of time that moves a run forward, and the checkpoint interval in s that makes it largest."""

    share: float
    interval: float


def training_flop(
    params_active: ArrayLike,
    tokens: ArrayLike,
    flop_per_param_token: float = 6.0,
    layers: float = 0.0,
    hidden: float = 0.0,
    sequence: float = 0.0,
) -> Floats:
    """Return the FLOP of a run, with the attention term when layers, hidden width and sequence length are given."""
    attention = 12.0 * layers * hidden * sequence
    return np.asarray(np.asarray(tokens, float) * (flop_per_param_token * np.asarray(params_active, float) + attention))


def mfu_prior(accelerator: str) -> Band:
    """Return the whole-run MFU (p5, p50, p95) of an accelerator family; families without runs borrow the H100's."""
    priors = calibration()["training_mfu_prior"]
    family = "A100" if any(name in accelerator.upper() for name in ("A100", "V100", "TPU")) else "H100"
    row = priors[family]
    return Band(row["p5"], row["p50"], row["p95"])


def accelerator_hours(flop: ArrayLike, peak_flops: ArrayLike, mfu: ArrayLike, goodput: ArrayLike = 1.0) -> Floats:
    """Return hours × accelerators of a run.

    Args:
        flop: total work.
        peak_flops: dense peak of one accelerator in the training format, FLOP/s.
        mfu: whole-run utilization, fraction.
        goodput: share of the time not lost to checkpoints and restarts.
    """
    rate = np.asarray(peak_flops, float) * np.asarray(mfu, float) * np.asarray(goodput, float)
    return np.asarray(np.asarray(flop, float) / (3600.0 * rate))


def accelerator_hours_band(flop: float, peak_flops: float, accelerator: str, goodput: float = 1.0) -> Band:
    """Return accelerator-hours (low, middle, high) over the MFU prior of `accelerator`."""
    prior = mfu_prior(accelerator)
    hours = accelerator_hours(flop, peak_flops, np.array([prior.high, prior.middle, prior.low]), goodput)
    return Band(*(float(value) for value in hours))


def implied_mfu(flop: float, hours: float, peak_flops: float) -> float:
    """Return the whole-run MFU that a published number of accelerator-hours implies."""
    return flop / (3600.0 * hours * peak_flops)


def step_mfu(flop_per_token: float, tokens_per_second: float, accelerators: float, peak_flops: float) -> float:
    """Return the steady-state MFU of a measured token rate (Chowdhery et al. 2022, appendix B)."""
    return flop_per_token * tokens_per_second / (accelerators * peak_flops)


def goodput(
    checkpoint_time: float, mean_time_between_failures: float, restart_time: float = 0.0, interval: float | None = None
) -> Goodput:
    """Return the share of useful time under failures and the checkpoint interval it belongs to.

    1 − [δ/τ + τ/(2M) + R/M], τ* = √(2δM) (Young 1974; Daly 2006). M is that of the whole gang: MTBF of one
    accelerator or host divided by their number.

    Args:
        checkpoint_time: δ, seconds to write one checkpoint.
        mean_time_between_failures: M, seconds.
        restart_time: R, seconds from failure to the first new step.
        interval: τ, seconds between checkpoints; the best one when None.
    """
    if mean_time_between_failures <= 0.0:
        return Goodput(0.0, 0.0)
    best = math.sqrt(2.0 * checkpoint_time * mean_time_between_failures)
    chosen = best if interval is None else interval
    writing = checkpoint_time / chosen if chosen > 0.0 else 0.0
    lost = writing + (0.5 * chosen + restart_time) / mean_time_between_failures
    return Goodput(max(0.0, 1.0 - lost), chosen)


def wall_time(accelerator_hours_total: ArrayLike, accelerators: ArrayLike) -> Floats:
    """Return the hours on the clock of a run spread over `accelerators`."""
    return np.asarray(np.asarray(accelerator_hours_total, float) / np.asarray(accelerators, float))


def memory_per_accelerator(
    params: float,
    sharding: float,
    micro_batch: float,
    sequence: float,
    layers: float,
    hidden: float,
    heads: float,
    tensor_parallel: float = 1.0,
    recompute: bool = False,
    bytes_per_param: float = 18.0,
) -> float:
    """Return the bytes one accelerator needs: states of mixed-precision Adam plus activations.

    Activations are s·b·d·L·(34 + 5·heads·s/d)/TP, or 2·s·b·d·L with full recomputation
    (Korthikanti et al. 2023, eq. 2).

    Args:
        params: parameters of the model.
        sharding: product of the degrees that divide the states (tensor · pipeline · ZeRO).
        micro_batch, sequence, layers, hidden, heads: shape of one step.
        bytes_per_param: 16 to 18 for mixed-precision Adam.
    """
    states = params * bytes_per_param / sharding
    tokens = sequence * micro_batch * hidden * layers
    if recompute:
        return states + 2.0 * tokens
    return states + tokens * (34.0 + 5.0 * heads * sequence / hidden) / tensor_parallel
