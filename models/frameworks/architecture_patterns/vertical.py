"""Requests of replicas against what the model says they need: what a vertical autoscaler would set, and how often.

The recommender of the Kubernetes Vertical Pod Autoscaler takes the 90th percentile of the use and 15 % besides, at
least 0.025 vCPU; its updater restarts a replica whose request is off by more than a tenth (kubernetes/autoscaler,
vertical-pod-autoscaler, recommender and updater flags). Here the use is the modelled one of each hour of the day.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from models.design.kinds import value_of
from models.frameworks.architecture_patterns.kubernetes import Pod, surge
from models.frameworks.architecture_patterns.reading import Reading
from models.words import Text

MARGIN = 1.15
LEAST_VCPU = 0.025
THRESHOLD = 0.10
MONTHS = 12


class Vertical(NamedTuple):
    """One service.

    Attributes:
        busy, target: vCPU of one replica at its busiest hour, and what the recommender would request.
        mode: of the vertical autoscaler, as Kubernetes calls it; `Off` only recommends.
        why_off: reason for `Off`, else empty.
        restarts: of replicas in a year when it is let to act: the first correction, and again as growth moves it.
        seconds: one round of restarts takes, replaced like a rolling update.
    """

    pod: Pod
    busy: float
    target: float
    mode: str
    why_off: str
    restarts: int
    seconds: float


def vertical(reading: Reading, pod: Pod) -> Vertical | None:
    """Return a service's request against its need; None where processor use is not modelled (cards, stores, jobs)."""
    row = reading.nodes.row_of[pod.node]
    utilization = float(reading.evaluation.traffic.load.node_utilization[row])
    servers = float(reading.service("servers")[row])
    if pod.accelerators or not math.isfinite(utilization) or not math.isfinite(servers):
        return None
    busy = utilization * min(servers, pod.vcpu)
    usual = 1.0 if reading.autoscaled[row] else float(reading.usual_share[row])  # replicas follow the load
    wanted = usual * busy * MARGIN
    target = max(wanted, LEAST_VCPU)
    why = _why_off(reading, row, pod)
    growth = float(value_of(reading.evaluation.design.brief, "growth_percent_month") or 0.0)
    later = target if reading.autoscaled[row] else max(wanted * (1.0 + growth) ** MONTHS, LEAST_VCPU)
    moved = int(abs(math.log(later / target)) / math.log1p(THRESHOLD))
    rounds = (abs(target / pod.vcpu - 1.0) > THRESHOLD) + moved
    ready = float(reading.value(row, "ready_s") or 30.0)
    seconds = math.ceil(pod.replicas / surge(pod.replicas)) * ready
    return Vertical(pod, busy, target, "Off" if why else "Recreate", why, rounds * pod.replicas, seconds)


def _why_off(reading: Reading, row: int, pod: Pod) -> str:
    if reading.autoscaled[row] and reading.value(row, "scaling_metric") == "cpu":
        return Text("the horizontal autoscaler watches the processor")
    return Text("its only replica would stop") if pod.replicas <= 1 else ""
