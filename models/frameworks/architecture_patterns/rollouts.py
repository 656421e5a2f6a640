"""How a service gets a new version: rolling, canary or blue-green, with the replicas it needs besides and its time."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from models.analyses.experiments import two_proportions_size
from models.frameworks.architecture_patterns.kubernetes import Pod, surge
from models.frameworks.architecture_patterns.reading import Reading

MODELS = ("model_serving", "model_serving_gpu", "llm_serving", "reranker", "embedding")
CLOSE_WATCH = 0.01, 0.004
"""Errors that are normal and the rise of them that a canary has to show (defaults of releases, 99 % success)."""


class Rollout(NamedTuple):
    """One way: its name, replicas needed besides, seconds until all replicas are new (infinite = no traffic)."""

    way: str
    surge: int
    seconds: float


def rollouts(reading: Reading, pod: Pod) -> tuple[Rollout, Rollout, Rollout]:
    """Return rolling, canary and blue-green for one service.

    Rolling replaces a quarter at a time: waves × time until ready. A canary runs one new replica among the old until
    it has seen enough requests to tell one percent of errors from 1.4 (one-sided 5 %, power 80 %: Fleiss et al. 2003,
    §4.2), then rolls. Blue-green starts all replicas beside the old ones and switches.
    """
    row = reading.nodes.row_of[pod.node]
    ready = float(reading.value(row, "ready_s") or 30.0)
    besides = surge(pod.replicas)
    rolling = int(np.ceil(pod.replicas / besides)) * ready
    rate = float(reading.mean_rate[row]) / (pod.replicas + 1)
    watched = canary_requests(pod.replicas) / rate if rate > 0 else np.inf
    return (
        Rollout("rolling", besides, rolling),
        Rollout("canary", besides, ready + watched + rolling),
        Rollout("blue-green", pod.replicas, ready),
    )


@cache
def canary_requests(replicas: int) -> float:
    """Return the requests that one new replica beside `replicas` old ones has to answer."""
    return two_proportions_size(*CLOSE_WATCH, ratio=float(max(replicas, 1))).canary


def chosen_rollout(reading: Reading, pod: Pod) -> Rollout:
    """Return the way that fits: canary for models of some replicas, blue-green for a single one, else rolling."""
    rolling, canary, beside = rollouts(reading, pod)
    if pod.replicas == 1:
        return beside
    model = reading.node(reading.nodes.row_of[pod.node]).kind in MODELS
    return canary if model and pod.replicas > 2 and np.isfinite(canary.seconds) else rolling
