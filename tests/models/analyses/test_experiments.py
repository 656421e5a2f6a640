"""Experiments: worked templates, the peer's distributions, simulation-free properties."""

import math

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from scipy import stats

from models.analyses import experiments

rates = st.floats(0.001, 0.4)


@pytest.mark.parametrize(
    ("baseline", "effect", "weight", "canary"),
    [(0.06, 0.02, 0.05, 1_014), (0.012, 0.003, 0.05, 9_300), (0.04, -0.0008, 0.05, 388_000)],
)
def test_the_canaries_of_the_templates(baseline: float, effect: float, weight: float, canary: float) -> None:
    size = experiments.two_proportions_size(baseline, effect, ratio=(1 - weight) / weight)
    assert size.canary == pytest.approx(canary, rel=0.002)


def test_a_paired_evaluation_needs_the_items_of_the_template() -> None:
    assert experiments.paired_size(0.15, 0.02) == pytest.approx(2_950, rel=0.01)


@given(baseline=rates, effect=st.floats(0.005, 0.2), ratio=st.floats(0.2, 20.0))
def test_the_size_has_the_power_it_was_made_for(baseline: float, effect: float, ratio: float) -> None:
    size = experiments.two_proportions_size(baseline, effect, 0.05, 0.8, ratio)
    changed = baseline + effect
    pooled = (changed + ratio * baseline) / (1 + ratio)
    null = math.sqrt(pooled * (1 - pooled) * (1 / size.canary + 1 / size.control))
    real = math.sqrt(changed * (1 - changed) / size.canary + baseline * (1 - baseline) / size.control)
    assert stats.norm.sf((stats.norm.isf(0.05) * null - effect) / real) == pytest.approx(0.8, abs=1e-6)


@given(baseline=rates, canary=st.floats(50, 1e6), ratio=st.floats(0.5, 20))
def test_the_detectable_effect_inverts_the_size(baseline: float, canary: float, ratio: float) -> None:
    effect = experiments.detectable_effect(canary, baseline, ratio=ratio)
    if not math.isnan(effect):
        assert experiments.two_proportions_size(baseline, effect, ratio=ratio).canary == pytest.approx(canary, rel=1e-3)


def test_nothing_can_be_detected_with_one_request() -> None:
    assert math.isnan(experiments.detectable_effect(1.0, 0.5))
    for bad in ((0.1, 0.0), (0.9, 0.2), (-0.1, 0.2)):
        with pytest.raises(ValueError, match="must not be zero, and both rates"):
            experiments.two_proportions_size(*bad)


@given(count=st.integers(0, 50), more=st.integers(1, 500), level=st.sampled_from([0.9, 0.95, 0.99]))
def test_intervals_equal_the_peer(count: int, more: int, level: float) -> None:
    total = count + more
    peer = stats.binomtest(count, total)
    for name, ours in (("wilson", experiments.wilson_interval), ("exact", experiments.clopper_pearson_interval)):
        theirs = peer.proportion_ci(level, method=name)
        assert ours(count, total, level) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
    for ours in (experiments.agresti_coull_interval, experiments.jeffreys_interval, experiments.normal_interval):
        low, high = ours(count, total, level)
        assert 0.0 <= low <= high <= 1.0


def test_the_z_test_and_its_interval() -> None:
    result = experiments.two_proportions_test(12, 1200, 55, 11000)
    assert result.z == pytest.approx(2.2254374140242756)
    assert result.p_value == pytest.approx(0.013025944115273648)
    assert result.interval == pytest.approx((0.00047314766745761624, 0.012487435214535391))
    both = experiments.two_proportions_test(12, 1200, 55, 11000, "two-sided")
    assert both.p_value == pytest.approx(2 * result.p_value)
    assert experiments.two_proportions_test(0, 10, 0, 10).z == 0.0


@given(first=st.integers(0, 15), second=st.integers(0, 15), n1=st.integers(100, 9000), n2=st.integers(100, 9000))
def test_the_exact_test_for_rare_events_is_binomial(first: int, second: int, n1: int, n2: int) -> None:
    ours = experiments.rare_events_test(first, n1, second, n2)
    assert ours == pytest.approx(float(stats.binom.sf(first - 1, first + second, n1 / (n1 + n2))), abs=1e-9)


@example(p0=0.125, factor=3.9, seed=2)
@given(p0=st.floats(0.001, 0.2), factor=st.floats(1.5, 4.0), seed=st.integers(0, 1000))
def test_the_sequential_lines_are_the_likelihood_ratio(p0: float, factor: float, seed: int) -> None:
    p1 = min(p0 * factor, 0.9)
    test = experiments.sequential_test(p0, p1, 0.05, 0.2)
    failures = np.random.default_rng(seed).random(400) < p1
    ratio = np.cumsum(np.where(failures, math.log(p1 / p0), math.log((1 - p1) / (1 - p0))))
    lines = math.log(0.8 / 0.05), math.log(0.2 / 0.95)
    assume(not any(np.isclose(ratio, line, rtol=0.0, atol=1e-9).any() for line in lines))  # on a line rounding decides
    crossed = np.flatnonzero((ratio >= lines[0]) | (ratio <= lines[1]))
    decision = experiments.decide(test, failures)
    expected = int(crossed[0]) + 1 if crossed.size else None
    assert (decision.first_crossing[1] if decision.first_crossing else None) == expected


def test_expected_requests_until_a_decision_are_positive_and_wald() -> None:
    test = experiments.sequential_test(0.02, 0.05, 0.01, 0.05)
    under_p0, under_p1 = experiments.expected_sample_number(test, 0.02, 0.05, 0.01, 0.05)
    gain = 0.05 * math.log(0.05 / 0.02) + 0.95 * math.log(0.95 / 0.98)
    assert under_p1 == pytest.approx((0.05 * math.log(0.05 / 0.99) + 0.95 * math.log(95)) / gain)
    assert under_p0 > 0
    assert experiments.decide(test, []).at_end == "continue"


def test_several_looks_share_the_error() -> None:
    assert experiments.stage_alpha(0.05, 1) == pytest.approx(0.05, abs=1e-4)
    assert experiments.stage_alpha(0.05, 5) == pytest.approx(float(stats.norm.sf(2.122)))
    assert experiments.stage_alpha(0.05, 3, sides=2) == pytest.approx(2 * float(stats.norm.sf(2.289)))
    assert experiments.stage_alpha(0.03, 4) == 0.0075


def test_a_schedule_lasts_until_each_stage_has_seen_enough() -> None:
    stages = experiments.schedule((0.01, 0.05, 0.5, 1.0), 800.0, 0.012, 0.003, bake=600.0)
    for stage in stages[:-1]:
        assert stage.duration == pytest.approx(max(600.0, stage.needed / (800.0 * stage.weight)))
    assert stages[-1].duration == 600.0
    assert "smallest visible increase" in stages[0].warning
    assert stages[2].warning == ""
    rare = experiments.schedule((0.5,), 100.0, 1e-6, 0.5, bake=60.0)[0]
    assert "exact test" in rare.warning
    assert "No traffic" in experiments.schedule((0.5,), 0.0, 0.01, 0.01)[0].warning


def test_a_latency_shift_needs_more_requests_in_a_flat_tail() -> None:
    steep, flat = (experiments.quantile_size(0.95, density, 0.05).canary for density in (0.5, 0.1))
    assert flat == pytest.approx(25 * steep)
