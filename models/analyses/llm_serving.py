"""Speed and capacity of a language model served on accelerators (roofline with fitted efficiencies).

A step reads the weights and computes the tokens of the batch; the smooth maximum of both times, the attention over the
cache, per-layer latency and the all-reduce of tensor parallelism add up (constants in
`resources/catalog/calibration.json`). Prefill and decode share the accelerator, so one request costs
`prefill + output_tokens · step(N)/N` seconds of it at concurrency N. With that, the time per token a user sees is
`step(N) + N · prefill/output_tokens`, which grows with N; rate and concurrency follow from each other (Little 1961).

Measured against TensorRT-LLM v1.0's published throughput: 100 dense points median 10 %, p90 19 %, most 29 %; 27 points
of a mixture of experts (never fitted) median 9 %, most 45 %.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec

from models.analyses.serving_obstacles import obstacle
from models.catalog.accelerators import Accelerator, LanguageModel, calibration
from models.words import Text, sentence_of

WEIGHT_BYTES = {"fp32": 4.0, "bf16": 2.0, "fp16": 2.0, "fp8": 1.0, "int8": 1.0, "fp4": 0.5625, "int4": 0.5625}
_DTYPE_NAMES = {
    "bfloat16": "bf16",
    "bf16": "bf16",
    "float16": "fp16",
    "fp16": "fp16",
    "half": "fp16",
    "float32": "fp32",
    "fp32": "fp32",
    "fp8": "fp8",
    "float8": "fp8",
    "fp8_block": "fp8",
    "e4m3": "fp8",
    "int8": "int8",
    "w8a8": "int8",
    "fp4": "fp4",
    "nvfp4": "fp4",
    "mxfp4": "fp4",
    "int4": "int4",
    "w4a16": "int4",
    "awq": "int4",
    "gptq": "int4",
}


def dtype(name: str) -> str:
    """Return the short name of a number format ("bfloat16" is "bf16").

    Raises:
        ValueError: with the known names, when `name` is none of them.
    """
    short = _DTYPE_NAMES.get(name.strip().lower().replace("-", "_"))
    if short is None:
        raise ValueError(f'Number format "{name}" is not known. Use one of: {", ".join(WEIGHT_BYTES)}.')
    return short


class ServingPoint(msgspec.Struct, frozen=True):
    """One replica at one arrival rate. Seconds, requests/s and tokens/s; `band` is the relative error of the model.

    `fits` false: nothing could be computed, `reason` says why. `stable` false: the rate is above `max_rate`, latencies
    are infinite, the capacity figures still hold.
    """

    fits: bool
    reason: str = ""
    stable: bool = False
    max_concurrency: float = 0.0
    max_rate: float = 0.0
    concurrency: float = math.nan
    utilization: float = math.nan
    ttft_mean: float = math.nan
    ttft_p95: float = math.nan
    ttft_variance: float = math.nan
    tpot_mean: float = math.nan
    tpot_p99: float = math.nan
    last_token_mean: float = math.nan
    last_token_p95: float = math.nan
    last_token_variance: float = math.nan
    tokens_per_s: float = math.nan
    band: float = math.nan
    prefill_time: float = math.nan
    interference: float = math.nan
    minimum_accelerators: int = 0
    time_per_token: Callable[[float], float] | None = None
    output_tokens: float = 0.0

    def slo_rate(self, tpot_limit: float) -> float:
        """Return the largest arrival rate, requests/s, at which the mean time per token stays within `tpot_limit` s."""
        if not self.fits or self.time_per_token is None:
            return math.nan
        if self.time_per_token(1.0) > tpot_limit:
            return 0.0
        most = _last_true(lambda n: self.time_per_token_at(n) <= tpot_limit, 1.0, self.max_concurrency)
        return min(self.max_rate, most / (self.output_tokens * self.time_per_token(most)))

    def time_per_token_at(self, concurrency: float) -> float:
        """Return the mean time per token, s, with `concurrency` requests decoding at once."""
        return math.nan if self.time_per_token is None else self.time_per_token(concurrency)


def _last_true(holds: Callable[[float], bool], low: float, high: float) -> float:
    """Return the largest value in [low, high] where a monotone condition holds (`holds(low)` is true)."""
    if high <= low or holds(high):
        return max(low, high)
    for _ in range(30):
        middle = 0.5 * (low + high)
        if holds(middle):
            low = middle
        else:
            high = middle
        if high - low <= 1e-5 * high:
            break
    return low


class Engine:
    """Times of one model on one group of accelerators; every constant that does not depend on the load is precomputed.

    Args:
        model: shape of the language model.
        accelerator: the card; needs memory, bandwidth and a compute rate.
        tensor_parallel: number of cards that share every layer.
        weights_dtype, kv_dtype: number formats of the weights and of the key-value cache.

    Raises:
        ValueError: with a sentence, when a figure of the card that the formula needs is not known.
    """

    def __init__(
        self, model: LanguageModel, accelerator: Accelerator, tensor_parallel: int, weights_dtype: str, kv_dtype: str
    ) -> None:
        weights_dtype, kv_dtype = dtype(weights_dtype), dtype(kv_dtype)
        kernel, serving = calibration()["llm_kernel"], calibration()["llm_serving"]
        memory, bandwidth = _known(accelerator, "memory_gb"), _known(accelerator, "memory_bandwidth_gb_s") * 1e9
        half = _known(accelerator, "bf16_dense_tflops") * 1e12
        rate, efficiency = _compute_rate(accelerator, weights_dtype, kernel)
        width = WEIGHT_BYTES[weights_dtype]
        self.model, self.tensor_parallel = model, tensor_parallel
        self._set_weights(model, tensor_parallel, width, bandwidth * kernel["eta_hbm_weights"])
        self._q: float = kernel["smooth_max_p"]
        head = model.vocab * model.hidden
        active = max(model.params_active_b * 1e9 - 2.0 * head, 0.0)
        self._compute_per_token: float = 2.0 * active / (tensor_parallel * rate * efficiency)
        self._head_read: float = (
            head * min(2.0, 2.0 * width) / (tensor_parallel * bandwidth * kernel["eta_hbm_weights"])
        )
        self._head_compute: float = 2.0 * head / (tensor_parallel * half * kernel["eta_gemm_bf16"])
        hidden_bytes = 2.0 * model.hidden
        self._layer_fixed: float = model.layers * kernel["per_layer_latency_s"]
        self._layer_per_token: float = model.layers * kernel["activation_passes"] * hidden_bytes / bandwidth
        if tensor_parallel > 1:
            link = _known(accelerator, "link_gb_s") * 1e9 * kernel["nvlink_efficiency"]
            share = 2.0 * (tensor_parallel - 1) / tensor_parallel
            self._layer_fixed += 2.0 * model.layers * kernel["allreduce_latency_s"] * math.log2(tensor_parallel)
            self._layer_per_token += 2.0 * model.layers * share * hidden_bytes / link
        self._attention: float = (2.0 * model.layers * model.heads * model.head_dim) / (
            tensor_parallel * half * kernel["eta_attention_compute"]
        )
        self.kv_bytes_per_token = model.layers * model.kv_values_per_layer * WEIGHT_BYTES[kv_dtype]
        shards = 1 if model.latent_attention else min(tensor_parallel, model.kv_heads)
        self._kv_time: float = self.kv_bytes_per_token / (shards * bandwidth * kernel["eta_hbm_kv"])
        self._kv_copies = tensor_parallel / shards
        self.weight_bytes = model.params_total_b * 1e9 * width
        self._free_bytes = tensor_parallel * (memory * 1e9 - serving["reserve_bytes_per_gpu"]) - self.weight_bytes
        self._serving: dict[str, Any] = serving

    def _set_weights(self, model: LanguageModel, tensor_parallel: int, width: float, rate: float) -> None:
        """Split the weights into those every step reads and those of experts that a step may not touch."""
        head = 2.0 * model.vocab * model.hidden
        total, active = model.params_total_b * 1e9 - head, model.params_active_b * 1e9 - head
        chosen = model.experts_per_token / model.experts if model.experts else 1.0
        # Published counts are rounded: the experts cannot hold more than all the weights.
        expert = min((total - active) / (1.0 - chosen), total) if chosen < 1.0 else 0.0
        scale = width / (tensor_parallel * rate)
        self._shared_read, self._expert_read, self._untouched = (total - expert) * scale, expert * scale, 1.0 - chosen

    def dense_time(self, tokens: float, sampled_rows: float) -> float:
        """Return the seconds of all matrix products of a step over `tokens`, of which `sampled_rows` give a token."""
        q = self._q
        read = self._shared_read
        if self._expert_read:
            read += self._expert_read * (1.0 - self._untouched**tokens)
        products: float = (read**q + (self._compute_per_token * tokens) ** q) ** (1.0 / q)
        head: float = (self._head_read**q + (self._head_compute * sampled_rows) ** q) ** (1.0 / q)
        return products + head + self._layer_fixed + self._layer_per_token * tokens

    def prefill_time(self, batch: float, input_tokens: float, prefix_hit: float = 0.0, scv: float = 0.0) -> float:
        """Return the seconds to read `batch` prompts of `input_tokens`, of which the share `prefix_hit` is cached.

        Attention grows with the square of the length, so lengths that vary (`scv`) cost 1 + scv times as much there.
        """
        fresh = input_tokens * (1.0 - prefix_hit)
        pairs = input_tokens * input_tokens * (1.0 + scv) * (1.0 - prefix_hit * prefix_hit)
        return self.dense_time(batch * fresh, batch) + self._attention * batch * pairs

    def shared_prefill_time(self, input_tokens: float, prefix_hit: float = 0.0, scv: float = 0.0) -> float:
        """Return the accelerator seconds per prompt when prompts share steps of the token budget."""
        fresh = max(input_tokens * (1.0 - prefix_hit), 1.0)
        together = max(1.0, float(self._serving["chunk_tokens"]) / fresh)
        return self.prefill_time(together, input_tokens, prefix_hit, scv) / together

    def decode_time(self, batch: float, context: float) -> float:
        """Return the seconds of one decode step of `batch` sequences of `context` tokens each, kernels only."""
        return self.dense_time(batch, batch) + self._kv_time * batch * context

    def step_time(self, batch: float, context: float) -> float:
        """Return the seconds of one decode step with the serving engine's own overheads."""
        overhead: float = self._serving["step_overhead_s"] + self._serving["per_sequence_overhead_s"] * batch
        return self.decode_time(batch, context) + overhead

    def max_concurrency(self, input_tokens: float, output_tokens: float) -> float:
        """Return how many sequences the memory left beside the weights holds; below 1 the model does not fit."""
        per_sequence = self.kv_bytes_per_token * self._kv_copies * (input_tokens + 0.5 * output_tokens)
        room: float = self._serving["kv_fraction"] * self._free_bytes / per_sequence
        return min(room, float(self._serving["max_batch"]))

    def max_throughput(self, input_tokens: float, output_tokens: float, concurrency: float = math.inf) -> float:
        """Return the output tokens/s with the batch always full (offline), at most `concurrency` sequences at once."""
        batch = min(self.max_concurrency(input_tokens, output_tokens), concurrency)
        if batch < 1.0:
            return 0.0
        step = self.step_time(batch, input_tokens + 0.5 * output_tokens)
        return output_tokens / (self.shared_prefill_time(input_tokens) + output_tokens * step / batch)


def _known(accelerator: Accelerator, figure: str) -> float:
    value: float | None = getattr(accelerator, figure)
    if value is None:
        words = figure.replace("_", " ")
        raise ValueError(
            Text(
                "{name}: {figure} is not known, so its speed cannot be computed; measure it.",
                name=accelerator.name,
                figure=words,
            )
        )
    return value


def _compute_rate(accelerator: Accelerator, weights_dtype: str, kernel: dict[str, Any]) -> tuple[float, float]:
    """Return FLOP/s and efficiency of matrix products; a card without the format computes in bf16."""
    if weights_dtype == "fp4" and accelerator.fp4_dense_tflops:
        return accelerator.fp4_dense_tflops * 1e12, kernel["eta_gemm_fp4"]
    if weights_dtype == "fp8" and accelerator.fp8_dense_tflops:
        return accelerator.fp8_dense_tflops * 1e12, kernel["eta_gemm_fp8"]
    if weights_dtype == "int8" and accelerator.int8_dense_tops:
        return accelerator.int8_dense_tops * 1e12, kernel["eta_gemm_fp8"]
    return _known(accelerator, "bf16_dense_tflops") * 1e12, kernel["eta_gemm_bf16"]


@lru_cache(maxsize=1024)
def _engine(
    model: LanguageModel, accelerator: Accelerator, tensor_parallel: int, weights_dtype: str, kv_dtype: str
) -> Engine:
    return Engine(model, accelerator, tensor_parallel, weights_dtype, kv_dtype)


def engine(
    model: LanguageModel, accelerator: Accelerator, tensor_parallel: int, weights_dtype: str, kv_dtype: str
) -> Engine:
    """Return the (cached) `Engine` of one model on one group of accelerators; errors as there."""
    return _engine(model, accelerator, tensor_parallel, dtype(weights_dtype), dtype(kv_dtype))


@lru_cache(maxsize=4096)
def minimum_accelerators(
    model: LanguageModel, accelerator: Accelerator, weights_dtype: str, kv_dtype: str, tokens: float
) -> int:
    """Return the smallest power of two of cards holding the weights and one sequence of `tokens`; 0: none up to 64."""
    for count in (1, 2, 4, 8, 16, 32, 64):
        width = WEIGHT_BYTES[dtype(weights_dtype)] * model.params_total_b * 1e9
        cache = model.layers * model.kv_values_per_layer * WEIGHT_BYTES[dtype(kv_dtype)] * tokens
        reserve = calibration()["llm_serving"]["reserve_bytes_per_gpu"]
        free = count * (_known(accelerator, "memory_gb") * 1e9 - reserve) - width
        if free * calibration()["llm_serving"]["kv_fraction"] >= cache:
            return count
    return 0


def error_band(model: LanguageModel, accelerator: Accelerator) -> float:
    """Return the relative error (±) of the model: dense on a card it was fitted on, else mixture or a near card."""
    bands = calibration()["llm_band"]
    fitted = accelerator.calibration == "fitted" and not model.experts
    return float(bands["dense_fitted"] if fitted else bands["mixture_or_near"])


def serving_point(
    model: LanguageModel,
    accelerator: Accelerator,
    tensor_parallel: int = 1,
    weights_dtype: str = "fp8",
    kv_dtype: str = "bf16",
    input_tokens: float = 1155.0,
    output_tokens: float = 211.0,
    arrival_rate_per_replica: float = 0.0,
    input_scv: float = 0.92,
    output_scv: float = 0.60,
    prefix_hit: float = 0.0,
) -> ServingPoint:
    """Return capacity and latency of one replica (one group of `tensor_parallel` cards) at an arrival rate.

    Concurrency N solves N = λ · output_tokens · time_per_token(N) (Little 1961). The first token waits as in M/G/1 for
    the prefill stage (Pollaczek–Khinchine), then for its own prefill and the step under way. Percentiles are those of
    a gamma distribution with the same mean and variance.

    Args:
        tensor_parallel: cards per replica.
        weights_dtype, kv_dtype: number formats, e.g. "fp8" and "bf16".
        input_tokens, output_tokens: means per request.
        arrival_rate_per_replica: requests/s.
        input_scv, output_scv: squared coefficients of variation of both lengths.
        prefix_hit: share of input tokens found in the prefix cache, 0 to 1.
    """
    reason = obstacle(model, accelerator, tensor_parallel, input_tokens, output_tokens)
    if reason:
        return ServingPoint(fits=False, reason=reason)
    try:
        group = engine(model, accelerator, tensor_parallel, weights_dtype, kv_dtype)
    except ValueError as unknown:
        return ServingPoint(fits=False, reason=sentence_of(unknown))
    if group.max_concurrency(input_tokens, output_tokens) < 1.0:
        tokens = input_tokens + 0.5 * output_tokens
        return _too_big(model, accelerator, tensor_parallel, weights_dtype, kv_dtype, tokens)
    load = ServingLoad(arrival_rate_per_replica, input_tokens, output_tokens, input_scv, output_scv, prefix_hit)
    return _operate(group, load, error_band(model, accelerator))


class ServingLoad(msgspec.Struct, frozen=True):
    """What arrives at one replica: requests/s, mean tokens with their squared variation, share of prefixes in cache."""

    rate: float
    input_tokens: float
    output_tokens: float
    input_scv: float
    output_scv: float
    prefix_hit: float


def _operate(group: Engine, load: ServingLoad, band: float) -> ServingPoint:
    """Return the `ServingPoint` of a model that fits."""
    most = group.max_concurrency(load.input_tokens, load.output_tokens)
    context = load.input_tokens + 0.5 * load.output_tokens
    interference = group.shared_prefill_time(load.input_tokens, load.prefix_hit, load.input_scv) / load.output_tokens

    def time_per_token(concurrency: float) -> float:
        return group.step_time(concurrency, context) + concurrency * interference

    max_rate = most / (load.output_tokens * time_per_token(most))
    prefill = group.prefill_time(1.0, load.input_tokens, load.prefix_hit, load.input_scv)
    point = operate(time_per_token, most, max_rate, prefill, interference, load)
    return msgspec.structs.replace(point, band=band, minimum_accelerators=group.tensor_parallel)


def operate(
    time_per_token: Callable[[float], float],
    most: float,
    max_rate: float,
    prefill: float,
    interference: float,
    load: ServingLoad,
) -> ServingPoint:
    """Return what a replica does that holds `most` requests and serves `max_rate`; band and cards are left open.

    Args:
        time_per_token: s by the requests held at once; prefill: s of one prompt; interference: s per token and request.
    """
    stable = load.rate < max_rate
    reason = (
        ""
        if stable
        else (
            Text(
                "{rate} requests/s exceed the {max_rate} one replica can serve; the backlog grows by "
                "{backlog} requests/s.",
                rate=f"{load.rate:.3g}",
                max_rate=f"{max_rate:.3g}",
                backlog=f"{load.rate - max_rate:.3g}",
            )
        )
    )
    concurrency = _solve_concurrency(time_per_token, load.rate * load.output_tokens, most) if stable else most
    latency = _latency(time_per_token, concurrency, load, prefill, interference) if stable else _SATURATED
    return ServingPoint(
        fits=True,
        reason=reason,
        stable=stable,
        max_concurrency=most,
        max_rate=max_rate,
        concurrency=concurrency,
        utilization=load.rate / max_rate,
        tokens_per_s=min(load.rate, max_rate) * load.output_tokens,
        prefill_time=prefill,
        interference=interference,
        minimum_accelerators=0,
        time_per_token=time_per_token,
        output_tokens=load.output_tokens,
        **latency,
    )


_SATURATED = dict.fromkeys(
    (
        "ttft_mean",
        "ttft_p95",
        "ttft_variance",
        "tpot_mean",
        "tpot_p99",
        "last_token_mean",
        "last_token_p95",
        "last_token_variance",
    ),
    math.inf,
)


def _too_big(
    model: LanguageModel,
    accelerator: Accelerator,
    tensor_parallel: int,
    weights_dtype: str,
    kv_dtype: str,
    tokens: float,
) -> ServingPoint:
    needed = minimum_accelerators(model, accelerator, weights_dtype, kv_dtype, tokens)
    cure = Text("it needs at least {needed}", needed=needed) if needed else Text("more than 64 would be needed")
    reason = Text(
        "{name} in {weights_dtype} with one sequence of {tokens} tokens does not fit into "
        "{tensor_parallel} × {accelerator} ({memory_gb} GB each): {cure}.",
        name=model.name,
        weights_dtype=weights_dtype,
        tokens=f"{tokens:,.0f}",
        tensor_parallel=tensor_parallel,
        accelerator=accelerator.name,
        memory_gb=f"{accelerator.memory_gb:g}",
        cure=cure,
    )
    return ServingPoint(fits=False, reason=reason, minimum_accelerators=needed)


def _solve_concurrency(time_per_token: Callable[[float], float], token_rate: float, most: float) -> float:
    """Return the N with N = token_rate · time_per_token(N): regula falsi (Illinois) on (0, most)."""
    low, high = 0.0, most
    at_low, at_high = -token_rate * time_per_token(0.0), most - token_rate * time_per_token(most)
    for _ in range(40):
        guess = max(high - at_high * (high - low) / (at_high - at_low), 0.0)
        value = guess - token_rate * time_per_token(guess)
        if abs(value) <= 1e-9 * most:
            return guess
        if value * at_high < 0.0:
            low, at_low = high, at_high
        else:
            at_low *= 0.5
        high, at_high = guess, value
    return high


def _latency(
    time_per_token: Callable[[float], float], concurrency: float, load: ServingLoad, prefill: float, interference: float
) -> dict[str, float]:
    """Return the latency fields of a stable `ServingPoint`."""
    busy = min(load.rate * interference * load.output_tokens, 0.999)
    wait = busy * (1.0 + load.input_scv) / (2.0 * (1.0 - busy)) * prefill
    token = time_per_token(concurrency)
    first = wait + prefill + 0.5 * token
    wait_variance = (2.0 - busy) / busy * wait * wait if busy > 0.0 else 0.0
    first_variance = wait_variance + load.input_scv * prefill * prefill + token * token / 12.0
    decode = (load.output_tokens - 1.0) * token
    last, last_variance = first + decode, first_variance + load.output_scv * (load.output_tokens * token) ** 2
    return {
        "ttft_mean": first,
        "ttft_p95": gamma_quantile(first, first_variance, 0.95),
        "ttft_variance": first_variance,
        "tpot_mean": token,
        "tpot_p99": time_per_token(concurrency + 2.33 * math.sqrt(max(concurrency, 0.0))),
        "last_token_mean": last,
        "last_token_p95": gamma_quantile(last, last_variance, 0.95),
        "last_token_variance": last_variance,
    }


def gamma_quantile(mean: float, variance: float, share: float) -> float:
    """Return the quantile of a gamma distribution with this mean and variance (the mean when there is no variance)."""
    if variance <= 1e-18 * mean * mean:
        return mean
    from scipy.special import gammaincinv

    shape = mean * mean / variance
    return float(gammaincinv(shape, share)) * mean / shape
