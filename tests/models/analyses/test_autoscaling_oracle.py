"""The autoscaler against an oracle written from the published description, step by step on 1,000 random traces.

The oracle follows kubernetes.io *Horizontal Pod Autoscaling* (algorithm details, default behavior) pod by pod; it
shares no code with the model: no arrays, no helper of ours, whole percent as the controller reports them.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pytest

from models.analyses import autoscaling
from models.analyses.autoscaling_trace import simulate

TRACES = 1_000
SYNC = 15


class Setting(NamedTuple):
    """One random service: requests/s a replica serves, target percent, bounds, start-up in steps, demand."""

    per_replica: float
    target: int
    low: int
    high: int
    startup: int
    demand: list[float]


def random_setting(seed: int) -> Setting:
    random = np.random.default_rng(seed)
    steps = int(random.integers(30, 90))
    level = float(10 ** random.uniform(0, 3))
    walk = np.exp(np.cumsum(random.normal(0, random.choice([0.05, 0.2, 0.6]), steps)))
    spikes = np.where(random.random(steps) < 0.05, random.uniform(2, 10, steps), 1.0)
    gaps = np.where(random.random(steps) < 0.02, 0.0, 1.0)
    low = int(random.integers(1, 5))
    return Setting(
        float(random.uniform(1, 50)),
        int(random.integers(20, 95)),
        low,
        low + int(random.integers(0, 200)),
        int(random.integers(0, 12)),
        (level * walk * spikes * gaps).tolist(),
    )


def documented(one: Setting) -> list[int]:
    """Return the replicas after every sync, from the text of the documentation."""
    first = math.ceil(one.demand[0] / (one.per_replica * one.target / 100))
    started = [-10_000] * min(max(first, one.low), one.high)  # step at which each pod was started, oldest first
    proposals: list[tuple[int, int]] = []  # (step, recommendation) kept for the stabilization window
    history = []
    for step in range(len(one.demand)):
        busy = one.demand[max(step - 1, 0)] / one.per_replica  # the metric is one sync old
        ready = [begin for begin in started if begin <= step - 1 - one.startup] if step else started
        pods, ready_pods = len(started), max(len(ready), 1)
        # "currentMetricValue / desiredMetricValue", with utilization in whole percent of the requests
        ratio = int(100 * busy / ready_pods + 1e-9) / one.target
        # "skips any scaling action if the ratio is sufficiently close to 1.0 (within a tolerance, by default 0.1)"
        close = abs(ratio - 1) <= 0.1 + 1e-12
        recommendation = pods if close else math.ceil(ratio * ready_pods)
        if ratio > 1 and pods > ready_pods:
            # "assumes not-yet-ready pods are consuming 0 % of the desired metric when scaling up" and then
            # "if the new ratio reverses the scale direction, or is within the tolerance, the controller doesn't act"
            dampened = int(100 * busy / pods + 1e-9) / one.target
            recommendation = pods if dampened <= 1.1 + 1e-12 else max(math.ceil(dampened * pods), pods)
        proposals.append((step, recommendation))
        # scaleDown: stabilizationWindowSeconds 300; the highest recommendation of the window is used
        window = [value for when, value in proposals if (step - when) * SYNC < 300]
        wanted = recommendation if recommendation > pods else min(pods, max(window))
        if wanted > pods:  # scaleUp: 100 % or 4 pods per 15 s, whichever is more
            wanted = min(wanted, max(pods * 2, pods + 4))
        wanted = min(max(wanted, one.low), one.high)
        # a removal takes pods that are not ready first, that is the newest
        started = started[:wanted] + [step] * max(wanted - pods, 0)
        history.append(wanted)
    return history


def decided(one: Setting) -> list[int]:
    """Return the replicas from the single decisions of the model, pods with their own states."""
    first = math.ceil(one.demand[0] / (one.per_replica * one.target / 100))
    started = [-10_000] * min(max(first, one.low), one.high)
    proposals: list[tuple[int, int]] = []
    changes: list[tuple[int, int]] = []
    history = []
    for step in range(len(one.demand)):
        busy = one.demand[max(step - 1, 0)] / one.per_replica
        ready = [step == 0 or begin <= step - 1 - one.startup for begin in started]
        ready[0] = True
        states = [autoscaling.PodState.READY if is_ready else autoscaling.PodState.UNREADY for is_ready in ready]
        request, each = 10**9, round(busy / sum(ready) * 10**9)
        usage = [each if is_ready else 0 for is_ready in ready]
        pods = len(started)
        asked = autoscaling.from_resource(usage, [request] * pods, states, one.target, pods).replicas
        past = [autoscaling.Past(value, (step - when) * SYNC) for when, value in proposals]
        proposals.append((step, asked))
        stable = autoscaling.stabilize(asked, pods, past)
        added = [autoscaling.Past(value, (step - when) * SYNC) for when, value in changes if value > 0]
        removed = [autoscaling.Past(-value, (step - when) * SYNC) for when, value in changes if value < 0]
        wanted = autoscaling.limit_rate(stable, pods, one.low, one.high, added=added, removed=removed).replicas
        changes.append((step, wanted - pods))
        started = started[:wanted] + [step] * max(wanted - pods, 0)
        history.append(wanted)
    return history


def simulated(settings: list[Setting]) -> list[list[int]]:
    """Return the replicas of the trace simulation, all services side by side; shorter demands are held at their end."""
    longest = max(len(one.demand) for one in settings)
    demand = np.array([one.demand + [one.demand[-1]] * (longest - len(one.demand)) for one in settings]).T
    found = simulate(
        demand,
        [one.per_replica for one in settings],
        [one.target / 100 for one in settings],
        [one.low for one in settings],
        [one.high for one in settings],
        ready_delay=[one.startup * float(SYNC) for one in settings],
    )
    return [found.replicas[: len(one.demand), row].astype(int).tolist() for row, one in enumerate(settings)]


@pytest.fixture(scope="module")
def settings() -> list[Setting]:
    return [random_setting(seed) for seed in range(TRACES)]


def test_the_simulation_equals_the_documented_algorithm_on_every_step(settings: list[Setting]) -> None:
    for one, replicas in zip(settings, simulated(settings), strict=True):
        assert replicas == documented(one)


def test_the_single_decisions_equal_the_documented_algorithm_on_every_step(settings: list[Setting]) -> None:
    for one in settings[::5]:
        assert decided(one) == documented(one)


def test_the_traces_reach_all_parts_of_the_algorithm(settings: list[Setting]) -> None:
    steps = [(one, now, after) for one in settings for now, after in pairwise(documented(one))]
    assert sum(after > now for _, now, after in steps) > 1_000
    assert sum(after < now for _, now, after in steps) > 500
    assert sum(after == max(2 * now, now + 4) for _, now, after in steps) > 100
    assert sum(after == one.high > now for one, now, after in steps) > 20
