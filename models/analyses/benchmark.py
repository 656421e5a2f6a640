"""A benchmark of one's own instead of the roofline: what one replica was measured to do.

At full load a replica holds N requests and finishes `rate` of them a second, so a token takes N / (rate · tokens)
(Little 1961). The roofline of the card, where there is one, keeps its shape and is scaled to that point; without one
the measured times hold at any smaller load, which bounds them from above.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from models.analyses.llm_serving import ServingLoad, ServingPoint, operate

BAND = 0.1
"""Relative error of a benchmark: two runs differ, and its prompts are not quite yours; assumption."""

PROMPT_WEIGHT = 0.1
"""Work of an input token in output tokens, by which a rate is carried over to other lengths; assumption."""


class Benchmark(Struct, frozen=True):
    """One replica as measured; NaN = not measured.

    Attributes:
        rate: requests/s at full load; batch: requests held at once there.
        ttft, tpot: mean s to the first token, and per further token.
        input_tokens, output_tokens: means of the measured requests.
    """

    rate: float
    batch: float = math.nan
    ttft: float = math.nan
    tpot: float = math.nan
    input_tokens: float = math.nan
    output_tokens: float = math.nan


def measured_point(modeled: ServingPoint, measured: Benchmark, load: ServingLoad) -> ServingPoint:
    """Return what one replica does by its benchmark; the modeled point where the benchmark says too little.

    Args:
        modeled: the roofline's answer for the same load; `fits` false where the card has no calibration.
    """
    rate = measured.rate * _longer(measured, load)
    output = measured.output_tokens if measured.output_tokens > 0.0 else load.output_tokens
    decoding = measured.rate * output * measured.tpot
    most = min((held for held in (measured.batch, decoding) if held > 0.0), default=math.nan)
    if math.isnan(most) and modeled.fits:
        most = modeled.max_concurrency
    if not (rate > 0.0 and most > 0.0):
        return modeled
    full = most / (rate * load.output_tokens)
    shape = modeled.time_per_token if modeled.fits else None
    if shape is not None:
        factor = full / shape(most)
        prefill, interference = factor * modeled.prefill_time, factor * modeled.interference
        point = operate(_scaled(shape, factor), most, rate, prefill, interference, load)
    elif measured.ttft > 0.0:
        point = operate(lambda _: full, most, rate, max(measured.ttft - 0.5 * full, 0.0), 0.0, load)
    else:
        return modeled
    return replace(point, band=BAND, minimum_accelerators=modeled.minimum_accelerators)


def _longer(measured: Benchmark, load: ServingLoad) -> float:
    """Return the factor on the rate when the requests are of another length than the measured ones."""
    if not (measured.input_tokens > 0.0 and measured.output_tokens > 0.0):
        return 1.0
    there = PROMPT_WEIGHT * measured.input_tokens + measured.output_tokens
    return there / (PROMPT_WEIGHT * load.input_tokens + load.output_tokens)


def _scaled(shape: Callable[[float], float], factor: float) -> Callable[[float], float]:
    return lambda held: factor * shape(held)
