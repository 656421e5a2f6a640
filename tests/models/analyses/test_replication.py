"""Lag, old values and cold caches: by hand and against draws."""

from __future__ import annotations

import numpy as np
import pytest

from models.analyses.caching import zipf, zipf_hit_ratio
from models.analyses.replication import replication_lag, stale_share, warm_up_s


def test_lag_is_the_sum_of_its_parts() -> None:
    found = replication_lag(100.0, 1e4, 0.03, 1.0, 1e8, 0.005, 1)
    assert found.line == pytest.approx(0.01)
    assert found.apply == pytest.approx(0.5)
    assert found.mean == pytest.approx(0.5 + 0.015 + 1e-4 / 0.99 + 0.005 / 0.5)
    assert found.p99 == pytest.approx(1.0 + 0.015 + 1e-4 / 0.99 + 0.01 * np.log(100.0))


def test_a_copy_that_cannot_follow_has_no_lag_to_tell() -> None:
    assert replication_lag(300.0, 1e3, 0.03, 1.0, 1e8, 0.005, 1).mean == np.inf
    assert replication_lag(300.0, 1e6, 0.03, 1.0, 1e8, 0.0001, 4).p99 == np.inf


def test_without_writes_the_way_is_left() -> None:
    assert replication_lag(0.0, 0.0, 0.08, 0.0, 1e8, 0.005, 1).mean == pytest.approx(0.04)


def test_old_values_are_as_often_as_drawn() -> None:
    popularity = zipf(50, 0.9)
    random = np.random.default_rng(5)
    keys = random.choice(50, size=200_000, p=popularity.share)
    times = random.exponential(1.0 / (20.0 * popularity.share[keys]))
    assert float(stale_share(popularity, 20.0, 0.5)) == pytest.approx(float((times < 0.5).mean()), abs=0.005)
    assert float(stale_share(popularity, 20.0, 0.0)) == 0.0


def test_empty_cache_is_warm_when_the_popular_keys_were_asked_for() -> None:
    objects, exponent, rate = 2_000, 0.9, 100.0
    popularity, hit = zipf(objects, exponent), zipf_hit_ratio(objects, exponent, 500)
    seconds = warm_up_s(popularity, hit, rate)
    weights = np.arange(1.0, objects + 1) ** -exponent
    random = np.random.default_rng(7)
    asked = random.choice(objects, size=int(seconds * rate), p=weights / weights.sum())
    present = np.unique(asked)
    assert (weights / weights.sum())[present].sum() == pytest.approx(0.95 * hit, abs=0.03)
    assert warm_up_s(popularity, hit, 0.0) == np.inf
