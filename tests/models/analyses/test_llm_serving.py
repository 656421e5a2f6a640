"""Serving of language models: published throughput, the worked templates, refusals and limits."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.analyses.llm_serving import ServingPoint, dtype, engine, gamma_quantile, serving_point
from models.catalog.accelerators import accelerator, language_model


def _point(
    model: str, card: str, cards: int, read: float, written: float, rate: float = 0.0, **more: float
) -> ServingPoint:
    return serving_point(language_model(model), accelerator(card), cards, "fp8", "bf16", read, written, rate, **more)


def test_the_retrieval_template_is_met() -> None:
    point = _point("Qwen2.5-32B", "H100", 1, 3000, 350, rate=8.7 * 0.88 / 6)
    assert point.max_rate == pytest.approx(2.36, rel=0.05)
    assert point.utilization == pytest.approx(0.54, rel=0.05)
    assert point.ttft_mean == pytest.approx(0.31, rel=0.10)
    assert point.last_token_mean == pytest.approx(9.57, rel=0.05)
    assert point.last_token_p95 == pytest.approx(20.0, rel=0.25)


def test_the_gateway_template_is_met() -> None:
    chat = _point("Llama-3.1-70B", "H200", 2, 1155, 211)
    assert chat.max_rate == pytest.approx(8.05, rel=0.10)
    assert chat.slo_rate(0.030) == pytest.approx(4.4, rel=0.10)
    code = _point("Llama-3.1-8B", "H100", 1, 2048, 28, input_scv=0.93, output_scv=4.6)
    assert code.max_rate == pytest.approx(24.0, rel=0.10)


def test_the_rate_within_a_time_per_token_meets_it_exactly() -> None:
    limit = 0.030
    rate = _point("Llama-3.1-70B", "H200", 2, 1155, 211).slo_rate(limit)
    assert _point("Llama-3.1-70B", "H200", 2, 1155, 211, rate=rate).tpot_mean == pytest.approx(limit, rel=1e-3)
    assert _point("Llama-3.1-70B", "H200", 2, 1155, 211).slo_rate(0.001) == 0.0


@given(
    share=st.floats(0.01, 0.97),
    read=st.floats(16, 20_000),
    written=st.floats(2, 4_000),
    model=st.sampled_from(["Llama-3.1-8B", "Qwen3-30B-A3B", "Mixtral-8x7B"]),
)
def test_concurrency_obeys_littles_law(share: float, read: float, written: float, model: str) -> None:
    idle = _point(model, "H200", 1, read, written)
    rate = share * idle.max_rate
    point = _point(model, "H200", 1, read, written, rate=rate)
    assert point.stable
    assert point.concurrency == pytest.approx(rate * written * point.tpot_mean, rel=1e-5, abs=1e-5)
    assert 0.0 <= point.concurrency <= point.max_concurrency
    assert point.ttft_mean <= point.ttft_p95
    assert point.tpot_mean <= point.tpot_p99


@given(low=st.floats(0.01, 0.9), more=st.floats(0.01, 0.09))
def test_latency_grows_with_the_rate(low: float, more: float) -> None:
    most = _point("Llama-3.1-8B", "H100", 1, 1155, 211).max_rate
    first, second = (_point("Llama-3.1-8B", "H100", 1, 1155, 211, rate=most * share) for share in (low, low + more))
    assert first.ttft_mean < second.ttft_mean
    assert first.tpot_mean < second.tpot_mean
    assert first.last_token_p95 < second.last_token_p95


def test_above_the_limit_the_backlog_is_told_and_capacity_still_holds() -> None:
    point = _point("Llama-3.1-8B", "H100", 1, 2048, 28, rate=40.0)
    assert point.fits
    assert not point.stable
    assert math.isinf(point.ttft_mean)
    assert point.utilization > 1.0
    assert "backlog grows by" in point.reason


def test_a_prefix_cache_raises_the_limit() -> None:
    plain = _point("Llama-3.1-8B", "H100", 1, 4000, 100)
    cached = _point("Llama-3.1-8B", "H100", 1, 4000, 100, prefix_hit=0.5)
    assert cached.max_rate > 1.3 * plain.max_rate
    assert cached.ttft_mean < plain.ttft_mean


@pytest.mark.parametrize(
    ("model", "card", "cards", "read", "words"),
    [
        ("DeepSeek-V3", "H100", 8, 1155, "needs at least 16"),
        ("Llama-3.1-70B", "L40S", 4, 1155, "without NVLink"),
        ("Qwen3-235B-A22B", "H100", 8, 1155, "does not divide the 4 key-value heads"),
        ("Llama-2-70B", "H100", 2, 4000, "exceed the context of 4,096"),
        ("Llama-3.1-8B", "MI300X", 1, 1155, "no calibration"),
        ("Llama-3.1-8B", "TPU v5e", 1, 1155, "no calibration"),
        ("Llama-3.1-8B", "H100", 0, 1155, "at least 1"),
    ],
)
def test_what_cannot_be_computed_is_refused_with_a_reason(
    model: str, card: str, cards: int, read: float, words: str
) -> None:
    point = _point(model, card, cards, read, 211, rate=1.0)
    assert not point.fits
    assert words in point.reason
    assert math.isnan(point.ttft_mean)
    assert math.isnan(point.slo_rate(0.03))


def test_the_minimum_number_of_cards_fits() -> None:
    refused = _point("Llama-3.1-405B", "H100", 1, 1155, 211)
    assert refused.minimum_accelerators == 8
    assert _point("Llama-3.1-405B", "H100", refused.minimum_accelerators, 1155, 211).fits


def test_the_band_is_wider_off_the_calibration_set() -> None:
    assert _point("Llama-3.1-8B", "H100", 1, 1155, 211).band == 0.2
    assert _point("Llama-3.1-8B", "L40S", 1, 1155, 211).band == 0.4
    assert _point("Mixtral-8x7B", "H100", 1, 1155, 211).band == 0.4


def test_a_mixture_reads_all_experts_only_in_large_batches() -> None:
    group = engine(language_model("Qwen3-30B-A3B"), accelerator("H100"), 1, "bf16", "bf16")
    dense = engine(language_model("Qwen3-32B"), accelerator("H100"), 1, "bf16", "bf16")
    assert group.decode_time(1, 1000) < 0.5 * dense.decode_time(1, 1000)
    assert group.decode_time(256, 1000) > 2.0 * group.decode_time(1, 1000)


def test_number_formats_have_one_name() -> None:
    assert dtype("bfloat16") == dtype("BF16") == "bf16"
    assert dtype("NVFP4") == "fp4"
    with pytest.raises(ValueError, match='"fp3" is not known'):
        dtype("fp3")


def test_gamma_quantile_of_an_exponential() -> None:
    assert gamma_quantile(2.0, 4.0, 0.95) == pytest.approx(-2.0 * math.log(0.05))
    assert gamma_quantile(2.0, 0.0, 0.95) == 2.0
