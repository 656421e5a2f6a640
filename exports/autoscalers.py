"""Autoscalers of a service as manifests: HorizontalPodAutoscaler where it reacts, KEDA ScaledObject by the clock.

A scheduled policy becomes cron triggers, one for every stretch of hours with the same replicas. A predictive one has
the same triggers, earlier by the time that a replica needs to be ready, beside the metric that answers what the profile
does not know: KEDA takes the largest of its triggers.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import numpy as np

from models.evaluation.autoscaled import PREDICTIVE, REACTIVE, hourly_replicas, policy_of
from models.frameworks.architecture_patterns.kubernetes import Pod
from models.frameworks.architecture_patterns.reading import Reading

Manifest = dict[str, Any]
METRICS = {"in_flight": "requests_in_flight", "queue_length": "queue_length", "tokens": "tokens_in_flight"}
PER_REPLICA = {"in_flight": "slots", "queue_length": "slots", "tokens": "slots"}
KEDA = "keda.sh/v1alpha1"
DAY_MINUTES = 24 * 60
TIME_ZONE = "Etc/UTC"


def autoscaler(reading: Reading, pod: Pod, meta: Manifest) -> Manifest:
    """Return the autoscaler that follows the policy of the service."""
    row = reading.nodes.row_of[pod.node]
    if policy_of(reading.nodes, row) == REACTIVE:
        return _horizontal(reading, row, pod, meta)
    return _scaled_object(reading, row, pod, meta)


def _bounds(reading: Reading, row: int, pod: Pod) -> tuple[int, int]:
    most = max(int(reading.value(row, "max_replicas") or pod.replicas), pod.replicas, 1)
    return max(int(reading.value(row, "min_replicas") or 1), 1), most


def _horizontal(reading: Reading, row: int, pod: Pod, meta: Manifest) -> Manifest:
    metric = str(reading.value(row, "scaling_metric") or "cpu")
    target = float(reading.value(row, "target_utilization") or 0.6)
    if metric == "cpu":
        aim = {"type": "Utilization", "averageUtilization": round(target * 100)}
        source: Manifest = {"type": "Resource", "resource": {"name": "cpu", "target": aim}}
    else:
        aim = {"type": "AverageValue", "averageValue": str(_wanted(reading, row, metric, target))}
        source = {"type": "Pods", "pods": {"metric": {"name": METRICS[metric]}, "target": aim}}
    least, most = _bounds(reading, row, pod)
    window = reading.value(row, "scale_down_s")
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": meta["name"]},
        "minReplicas": least,
        "maxReplicas": most,
        "metrics": [source],
        "behavior": {"scaleDown": {"stabilizationWindowSeconds": 300 if window is None else int(window)}},
    }
    return {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": meta, "spec": spec}


def _wanted(reading: Reading, row: int, metric: str, target: float) -> int:
    slots = float(reading.value(row, PER_REPLICA[metric]) or 1.0)
    return max(round(slots * target), 1)


def _scaled_object(reading: Reading, row: int, pod: Pod, meta: Manifest) -> Manifest:
    predictive = policy_of(reading.nodes, row) == PREDICTIVE
    least, most = _bounds(reading, row, pod)
    ahead = int(np.ceil(float(reading.value(row, "ready_s") or 0.0) / 60.0)) if predictive else 0
    triggers = list(_clock(_hours(reading, row, pod), least, ahead))
    if predictive or not triggers:
        triggers.append(_metric(reading, row, meta))
    spec = {
        "scaleTargetRef": {"name": meta["name"]},
        "minReplicaCount": least,
        "maxReplicaCount": most,
        "triggers": triggers,
    }
    return {"apiVersion": KEDA, "kind": "ScaledObject", "metadata": meta, "spec": spec}


def _hours(reading: Reading, row: int, pod: Pod) -> list[int]:
    """Return the replicas of the pod in each hour of the drawn day."""
    traffic, nodes = reading.evaluation.traffic, reading.nodes
    rows, hourly = hourly_replicas(nodes, traffic.load, traffic.demand, reading.evaluation.money.shares)
    own = np.flatnonzero(nodes.row_node[rows] == row)
    if not len(own) or not len(hourly):
        return []
    alike = min(own.tolist(), key=lambda at: abs(float(traffic.load.replicas[rows[at]]) - pod.replicas))
    return [int(number) for number in hourly[:, alike]]


def _clock(hours: list[int], least: int, ahead: int) -> Iterator[Manifest]:
    """Yield a cron trigger for every stretch of hours above the minimum, started `ahead` minutes early."""
    at = 0
    for number, stretch in groupby(hours):
        length = len(list(stretch))
        if number > least:
            start = (at * 60 - ahead) % DAY_MINUTES
            end = (at + length) * 60 % DAY_MINUTES
            times = {"start": _cron(start), "end": _cron(end)}
            if length == len(hours):
                times = {"start": "0 0 * * *", "end": "59 23 * * *"}
            yield {"type": "cron", "metadata": {"timezone": TIME_ZONE, **times, "desiredReplicas": str(number)}}
        at += length


def _cron(minute: int) -> str:
    return f"{minute % 60} {minute // 60} * * *"


def _metric(reading: Reading, row: int, meta: Manifest) -> Manifest:
    metric = str(reading.value(row, "scaling_metric") or "cpu")
    target = float(reading.value(row, "target_utilization") or 0.6)
    if metric == "cpu":
        return {"type": "cpu", "metricType": "Utilization", "metadata": {"value": str(round(target * 100))}}
    query = f'sum({METRICS[metric]}{{service="{meta["name"]}"}})'
    known = {"serverAddress": "PROMETHEUS_ADDRESS", "query": query}
    return {"type": "prometheus", "metadata": {**known, "threshold": str(_wanted(reading, row, metric, target))}}
