"""The Kubernetes horizontal pod autoscaler, step for step, in whole numbers as the controller computes them.

Source: kubernetes/kubernetes pkg/controller/podautoscaler (replica_calculator.go, horizontal.go) and kubernetes.io,
Horizontal Pod Autoscaling. `desired_replicas`, the ratio step, broadcasts; the others are one decision each.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

DEFAULT_TOLERANCE = 0.1
SYNC_PERIOD = 15.0
DOWN_WINDOW = 300.0


class PodState(Enum):
    """How the controller counts a pod: its metric counts, is missing, is set aside, or the pod is left out."""

    READY = "ready"
    MISSING = "missing"
    UNREADY = "unready"
    GONE = "gone"


class Decision(NamedTuple):
    """The number of replicas asked for, and the value reported (percent of request, or thousandths of a metric)."""

    replicas: int
    reported: int


def desired_replicas(
    ratio: ArrayLike, ready: ArrayLike, current: ArrayLike, tolerance: float = DEFAULT_TOLERANCE
) -> NDArray[np.int64]:
    """Return the replicas a usage ratio asks for: the current ones within the tolerance, else ⌈ratio × ready⌉.

    From no replicas, ⌈ratio⌉. Broadcasts.
    """
    r, pods, now = np.asarray(ratio, float), np.asarray(ready, float), np.asarray(current, float)
    asked = np.ceil(np.where(now == 0, r, r * pods))
    keep = _within(r, tolerance) & (now != 0)
    return np.where(keep, now, asked).astype(np.int64)


def _within(ratio: ArrayLike, tolerance: float) -> NDArray[np.bool_]:
    r = np.asarray(ratio, float)
    return np.asarray((r >= 1.0 - tolerance) & (r <= 1.0 + tolerance))


def classify_pod(
    has_metric: bool,
    ready: bool = True,
    starting: bool = False,
    phase: str = "Running",
    deleting: bool = False,
    cpu: bool = True,
) -> PodState:
    """Return how one pod counts; `starting` means inside the CPU initialization period (groupPods)."""
    if deleting or phase == "Failed":
        return PodState.GONE
    if phase == "Pending":
        return PodState.UNREADY
    if not has_metric:
        return PodState.MISSING
    if cpu and (starting or not ready):
        return PodState.UNREADY
    return PodState.READY


def from_resource(
    usage: Sequence[int | None],
    request: Sequence[int],
    states: Sequence[PodState],
    target_percent: int,
    current: int,
    tolerance: float = DEFAULT_TOLERANCE,
) -> Decision:
    """Return the decision on a resource metric, utilization ⌊100·Σusage/Σrequest⌋ in whole percent.

    Args:
        usage, request: per pod, in thousandths of a core or bytes; usage None where no metric came.
        states: per pod, as of `classify_pod`.
        target_percent: target utilization of the request.
        current: replicas now.
        tolerance: of the ratio.

    Raises:
        ValueError: when no pod has a usable metric or a request is missing.
    """

    def percent(values: dict[int, int]) -> int:
        requested = sum(request[pod] for pod in values)
        if requested <= 0:
            raise ValueError("No pod with a metric has a resource request; utilization needs one. Set the requests.")
        return 100 * sum(values.values()) // requested

    full = max(100, target_percent)
    fallback = {pod: request[pod] * full // 100 for pod, state in enumerate(states) if state is PodState.MISSING}
    return _decide(usage, states, percent, float(target_percent), fallback, current, tolerance)


def from_pod_metric(
    values: Sequence[int | None],
    states: Sequence[PodState],
    target: int,
    current: int,
    tolerance: float = DEFAULT_TOLERANCE,
) -> Decision:
    """Return the decision on a metric per pod, its mean in whole thousandths against the target."""

    def mean(found: dict[int, int]) -> int:
        return sum(found.values()) // len(found)

    fallback = {pod: target for pod, state in enumerate(states) if state is PodState.MISSING}
    return _decide(values, states, mean, float(target), fallback, current, tolerance)


def _decide(
    values: Sequence[int | None],
    states: Sequence[PodState],
    measure: Callable[[dict[int, int]], int],
    target: float,
    fallback: dict[int, int],
    current: int,
    tolerance: float,
) -> Decision:
    """Steps 3 and 4: plain ratio, or conservative values for pods that are missing or not ready."""
    metrics = {pod: int(value) for pod, value in enumerate(values) if _counts(states, pod, value) and value is not None}
    if not metrics:
        raise ValueError("No pod that is ready has reported the metric; the autoscaler keeps the replicas as they are.")
    unready = [pod for pod, state in enumerate(states) if state is PodState.UNREADY]
    reported = int(measure(metrics))
    ratio = reported / target
    up_with_unready = bool(unready) and ratio > 1.0
    if not fallback and not up_with_unready:
        return Decision(int(desired_replicas(ratio, len(metrics), max(current, 1), tolerance)), reported)
    if ratio < 1.0:
        metrics.update(fallback)
    elif ratio > 1.0:
        metrics.update(dict.fromkeys(fallback, 0))
    if up_with_unready:
        metrics.update(dict.fromkeys(unready, 0))
    careful = measure(metrics) / target
    if _within(careful, tolerance) or (ratio < 1.0 < careful) or (careful < 1.0 < ratio):
        return Decision(current, reported)
    replicas = math.ceil(careful * len(metrics))
    against = (careful < 1.0 and replicas > current) or (careful > 1.0 and replicas < current)
    return Decision(current if against else replicas, reported)


def _counts(states: Sequence[PodState], pod: int, value: int | None) -> bool:
    return value is not None and (pod >= len(states) or states[pod] is PodState.READY)


def from_total(
    total: int, target: int, ready: int, current: int, per_replica: bool, tolerance: float = DEFAULT_TOLERANCE
) -> Decision:
    """Return the decision on an object's or external metric.

    Args:
        total, target: in thousandths; the target is of the whole value, or per replica.
        ready: ready pods.
        current: replicas now.
        per_replica: True for AverageValue: ⌈total/target⌉; False for Value: ⌈ratio × ready⌉.
        tolerance: of the ratio.
    """
    if not per_replica:
        return Decision(int(desired_replicas(total / target, ready, current, tolerance)), total)
    if current == 0:
        return Decision(math.ceil(total / target), total)
    keep = bool(_within(total / (target * current), tolerance))
    return Decision(current if keep else math.ceil(total / target), math.ceil(total / current))


class Past(NamedTuple):
    """Something the autoscaler remembers: a recommendation or a change of replicas, and its age in seconds."""

    value: int
    age: float


def stabilize_down(desired: int, recommendations: Iterable[Past], window: float = DOWN_WINDOW) -> int:
    """Return the largest recommendation of the window, this one included (no `behavior` block)."""
    return max([desired, *(past.value for past in recommendations if past.age <= window)])


def stabilize(
    desired: int,
    current: int,
    recommendations: Iterable[Past],
    up_window: float = 0.0,
    down_window: float = DOWN_WINDOW,
) -> int:
    """Return the recommendation after both windows: up to the least of the one, down to the most of the other."""
    memory = list(recommendations)
    up = min([desired, *(past.value for past in memory if past.age < up_window)])
    down = max([desired, *(past.value for past in memory if past.age < down_window)])
    return min(max(current, up), down)


@dataclass(frozen=True)
class RatePolicy:
    """At most `value` pods or percent per `period` seconds; `kind` is `Pods` or `Percent`."""

    kind: str
    value: int
    period: float

    def __post_init__(self) -> None:
        """Refuse a kind the controller does not know."""
        if self.kind not in ("Pods", "Percent"):
            raise ValueError(f"A scaling policy is of the kind Pods or Percent, not {self.kind!r}.")


DEFAULT_UP = (RatePolicy("Percent", 100, 15.0), RatePolicy("Pods", 4, 15.0))
DEFAULT_DOWN = (RatePolicy("Percent", 100, 15.0),)


class Limited(NamedTuple):
    """The replicas after the rate policies, and the controller's name for what limited them."""

    replicas: int
    condition: str


def limit_rate(
    desired: int,
    current: int,
    minimum: int,
    maximum: int,
    up: Sequence[RatePolicy] = DEFAULT_UP,
    down: Sequence[RatePolicy] = DEFAULT_DOWN,
    up_select: str = "Max",
    down_select: str = "Max",
    added: Sequence[Past] = (),
    removed: Sequence[Past] = (),
) -> Limited:
    """Return the replicas that rate policies and bounds allow (convertDesiredReplicasWithBehaviorRate).

    Args:
        desired, current, minimum, maximum: replicas.
        up, down: policies; none allow no change.
        up_select, down_select: `Max`, `Min` or `Disabled`.
        added, removed: replicas added and removed before, positive, with their ages.
    """
    if desired > current:
        allowed = max(rate_limit(current, up, up_select, added, removed, upward=True), current)
        highest, condition = (allowed, "ScaleUpLimit") if maximum > allowed else (maximum, "TooManyReplicas")
        if desired > highest:
            return Limited(highest, condition)
    elif desired < current:
        allowed = min(rate_limit(current, down, down_select, added, removed, upward=False), current)
        lowest, condition = (allowed, "ScaleDownLimit") if minimum < allowed else (minimum, "TooFewReplicas")
        if desired < lowest:
            return Limited(lowest, condition)
    return Limited(desired, "DesiredWithinRange")


def rate_limit(
    current: int,
    policies: Sequence[RatePolicy],
    select: str,
    added: Sequence[Past],
    removed: Sequence[Past],
    upward: bool,
) -> int:
    """Return how far the policies let the replicas go in one direction."""
    if select == "Disabled" or not policies:
        return current
    proposals = [policy_proposal(current, policy, added, removed, upward) for policy in policies]
    return max(proposals) if upward == (select != "Min") else min(proposals)


def policy_proposal(
    current: int, policy: RatePolicy, added: Sequence[Past], removed: Sequence[Past], upward: bool
) -> int:
    """Return the farthest replicas of one policy, counted from the start of its period."""
    start = current - sum(past.value for past in added if past.age < policy.period)
    start += sum(past.value for past in removed if past.age < policy.period)
    if policy.kind == "Pods":
        return start + policy.value if upward else start - policy.value
    if upward:
        return math.ceil(start * (1.0 + policy.value / 100.0))
    return int(start * (1.0 - policy.value / 100.0))
