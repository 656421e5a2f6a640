"""A benchmark of one's own in place of the roofline."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.analyses.benchmark import BAND, Benchmark, measured_point
from models.analyses.llm_serving import ServingLoad, ServingPoint, serving_point
from models.catalog.accelerators import find_accelerator, find_language_model

TOKENS = (1155.0, 211.0)
NOT_KNOWN = ServingPoint(False, "no calibration")


def load(rate, tokens=TOKENS):
    return ServingLoad(rate, *tokens, 0.92, 0.6, 0.0)


def modeled(rate):
    return serving_point(find_language_model("Llama-3.1-8B"), find_accelerator("L40S"), arrival_rate_per_replica=rate)


@given(rate=st.floats(0.2, 20.0), batch=st.floats(1.0, 200.0), share=st.floats(0.05, 0.95))
def test_at_full_load_a_replica_holds_what_was_measured(rate, batch, share):
    point = measured_point(modeled(share * rate), Benchmark(rate, batch), load(share * rate))
    assert point.fits
    assert point.stable
    assert point.max_rate == pytest.approx(rate)
    assert rate * TOKENS[1] * point.time_per_token_at(batch) == pytest.approx(batch)
    assert point.concurrency == pytest.approx(share * rate * TOKENS[1] * point.tpot_mean, rel=1e-4)
    assert point.utilization == pytest.approx(share)
    assert point.band == BAND


def test_the_roofline_measured_as_modeled_is_the_roofline():
    own = modeled(1.0)
    again = measured_point(own, Benchmark(own.max_rate, own.max_concurrency), load(1.0))
    assert again.ttft_mean == pytest.approx(own.ttft_mean)
    assert again.last_token_p95 == pytest.approx(own.last_token_p95)


def test_without_a_calibration_the_measured_times_hold_below_the_measured_rate():
    measured = Benchmark(4.0, ttft=0.3, tpot=0.02)
    point = measured_point(NOT_KNOWN, measured, load(2.0))
    assert point.tpot_mean == pytest.approx(0.02)
    assert point.ttft_mean == pytest.approx(0.3)
    assert point.max_concurrency == pytest.approx(4.0 * 211.0 * 0.02)
    full = measured_point(NOT_KNOWN, measured, load(4.5))
    assert not full.stable
    assert math.isinf(full.ttft_mean)


def test_too_little_measured_leaves_what_the_model_says():
    assert measured_point(NOT_KNOWN, Benchmark(4.0), load(2.0)) is NOT_KNOWN
    assert measured_point(NOT_KNOWN, Benchmark(4.0, batch=8.0), load(2.0)) is NOT_KNOWN
    assert measured_point(modeled(1.0), Benchmark(3.0), load(1.0)).max_rate == pytest.approx(3.0)


def test_shorter_requests_are_served_faster():
    measured = Benchmark(4.0, 32.0, 0.3, 0.02, 1000.0, 200.0)
    point = measured_point(modeled(1.0), measured, load(1.0, (500.0, 100.0)))
    assert point.max_rate == pytest.approx(8.0)
