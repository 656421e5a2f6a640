"""Packing, caches, functions, scalability, round trips and uncertainty."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.analyses import caching, packing, round_trip, scalability, serverless, uncertainty

CAPACITY = (8.0, 96.0, 512.0)
pods = st.lists(st.tuples(st.integers(0, 8), st.integers(1, 96), st.integers(1, 512)), min_size=1, max_size=9)


@given(needs=pods)
@settings(deadline=None, max_examples=40)
def test_packing_is_valid_between_its_bounds(needs: list[tuple[int, int, int]]) -> None:
    found, exact = packing.pack(needs, CAPACITY), packing.pack_exactly(needs, CAPACITY)
    for plan in (found, exact):
        used = np.zeros((plan.hosts, 3))
        np.add.at(used, plan.host, np.array(needs, float))
        assert (used <= np.array(CAPACITY) + 1e-9).all()
        assert np.unique(plan.host).size == plan.hosts
    assert packing.volume_bound(needs, CAPACITY) <= packing.lower_bound(needs, CAPACITY) <= exact.hosts
    assert exact.hosts <= found.hosts <= packing.first_fit_decreasing(needs, CAPACITY).hosts


def test_a_pod_larger_than_a_host_is_named() -> None:
    with pytest.raises(ValueError, match="Pod 1 needs 9 of resource 0"):
        packing.pack([(1, 1, 1), (9, 1, 1)], CAPACITY)


def _simulated_lru(objects: int, exponent: float, capacity: int, requests: int) -> float:
    weights = np.arange(1.0, objects + 1) ** -exponent
    stream = np.random.default_rng(7).choice(objects, requests, p=weights / weights.sum()).tolist()
    kept: OrderedDict[int, None] = OrderedDict()
    hits = 0
    for position, item in enumerate(stream):
        if item in kept:
            kept.move_to_end(item)
            hits += position >= requests // 3
        else:
            kept[item] = None
            if len(kept) > capacity:
                kept.popitem(last=False)
    return hits / (requests - requests // 3)


@pytest.mark.parametrize(("objects", "exponent", "capacity"), [(500, 0.9, 40), (2000, 0.6, 300)])
def test_che_agrees_with_a_simulated_lru(objects: int, exponent: float, capacity: int) -> None:
    simulated = _simulated_lru(objects, exponent, capacity, 150_000)
    assert caching.zipf_hit_ratio(objects, exponent, capacity) == pytest.approx(simulated, abs=0.008)


@given(objects=st.integers(100, 100_000), exponent=st.floats(0.2, 1.6), share=st.floats(0.01, 0.9))
@settings(deadline=None, max_examples=40)
def test_buckets_equal_the_sum_over_objects_and_policies_keep_their_order(
    objects: int, exponent: float, share: float
) -> None:
    capacity = share * objects
    exact = caching.measured(np.arange(1.0, objects + 1) ** -exponent)
    found = {policy: caching.zipf_hit_ratio(objects, exponent, capacity, policy) for policy in ("FIFO", "LRU", "LFU")}
    assert found["LRU"] == pytest.approx(caching.hit_ratio(exact, capacity), abs=1e-4)
    assert found["FIFO"] <= found["LRU"] + 1e-9
    assert found["LRU"] <= found["LFU"] + 1e-4


def test_unknown_policies_are_refused_and_full_caches_always_hit() -> None:
    with pytest.raises(ValueError, match="'ARC' is not known"):
        caching.zipf_hit_ratio(100, 1.0, 10, "ARC")
    assert caching.zipf_hit_ratio(100, 1.0, 100) == 1.0
    assert float(caching.largest_shard(100.0, 1e6, 4, hot_share=0.6)) == 60.0
    assert caching.largest_shard([np.inf, np.inf], 1e6, 4, hot_share=[0.0, 0.2]).tolist() == [np.inf, np.inf]


def test_break_even_is_where_the_curves_cross() -> None:
    assert serverless.break_even_rate(1e-5, 0.036, 100.0) == pytest.approx(1.0)
    assert serverless.break_even_rate(1e-7, 0.036, 50.0) is None


def test_the_scalability_fit_finds_the_law_that_made_the_data() -> None:
    loads = np.array([1.0, 4.0, 16.0, 32.0, 64.0, 128.0, 200.0])
    found = scalability.fit(loads, scalability.throughput(loads, 0.03, 1e-4, 90.0))
    assert (found.alpha, found.beta, found.gamma) == pytest.approx((0.03, 1e-4, 90.0), rel=1e-4)


def test_round_trips_are_symmetric_and_never_faster_than_light_in_fiber() -> None:
    places = np.array([[50.1, 8.7], [37.4, -79.0], [-33.9, 151.2], [35.7, 139.7], [25.2, 55.3]])
    a, b = places[:, None, :], places[None, :, :]
    times = round_trip.between(a[..., 0], a[..., 1], b[..., 0], b[..., 1])
    assert times == pytest.approx(times.T)
    assert np.diag(times).tolist() == [round_trip.SAME_REGION] * 5
    distance = round_trip.great_circle_km(a[..., 0], a[..., 1], b[..., 0], b[..., 1])
    assert (times >= distance * 2.0 / 204.2e3).all()


def test_bands_repeat_count_unstable_samples_and_rank_drivers() -> None:
    inputs: list[uncertainty.Distribution] = [
        uncertainty.Lognormal(10.0, 1.5),
        uncertainty.Pert(1.0, 2.0, 6.0),
        uncertainty.Uniform(0.0, 0.1),
    ]
    samples = uncertainty.draw(inputs, 256, seed=3)
    assert (samples == uncertainty.draw(inputs, 256, seed=3)).all()
    outcome = samples[0] + samples[1] + samples[2]
    strength = uncertainty.drivers(samples, outcome)
    assert strength[0] > strength[1] > abs(strength[2])
    found = uncertainty.band(np.where(outcome > np.quantile(outcome, 0.9), np.nan, outcome))
    assert float(found.unstable) == pytest.approx(0.1, abs=0.01)
    assert np.isinf(found.p95)
    assert np.isfinite(found.p50)


def test_the_copula_keeps_the_marginals_and_correlates_them() -> None:
    inputs: list[uncertainty.Distribution] = [uncertainty.Normal(0.0, 1.0), uncertainty.Normal(5.0, 2.0)]
    samples = uncertainty.draw(inputs, 4096, correlation=[[1.0, 0.8], [0.8, 1.0]])
    assert float(np.asarray(np.corrcoef(samples))[0, 1]) == pytest.approx(0.8, abs=0.02)
    assert samples.mean(axis=1) == pytest.approx([0.0, 5.0], abs=0.02)
