"""Cards that stand idle: what time slices or partitions of them would save, and what they would cost in time."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from msgspec import Struct

from models.analyses.card_sharing import Part, Shared, partitioned, time_sliced
from models.catalog.accelerators import Accelerator, accelerator
from models.frameworks.architecture_patterns.kubernetes import ClusterPlan, Pod
from models.frameworks.architecture_patterns.reading import Reading

FILE = Path(__file__).parents[3] / "resources" / "rules" / "gpu_sharing.json"
FILLS_ITS_CARD = ("llm_serving",)
"""An own language model fills what is left of its card with the cache of its requests."""


class _File(Struct, frozen=True):
    as_of: str
    source: str
    slices: int
    most_shares: int
    mig: dict[str, tuple[tuple[str, int, float, int], ...]]


class Sharing(NamedTuple):
    """One service on whole cards and its two ways to share them; None = does not pay or is not possible.

    Attributes:
        usd_per_card: per month; NaN where not priced.
    """

    pod: Pod
    utilization: float
    sliced: Shared | None
    parts: Shared | None
    usd_per_card: float

    @property
    def saves(self) -> float:
        """Return USD per month that the better way saves at most."""
        cards = [way.cards for way in (self.sliced, self.parts) if way is not None]
        return (self.pod.replicas - min(cards)) * self.usd_per_card if cards else 0.0


@cache
def _facts() -> _File:
    return msgspec.json.decode(FILE.read_bytes(), type=_File)


def _card(name: str) -> Accelerator | None:
    try:
        return accelerator(name)
    except LookupError:
        return None


def shareable(reading: Reading, plan: ClusterPlan) -> tuple[Sharing, ...]:
    """Return the services of a plan whose whole cards could be shared, with the two ways."""
    facts, found = _facts(), []
    used = reading.evaluation.traffic.load.node_utilization
    prices = {pool.name: pool.usd / pool.cards if pool.cards else float("nan") for pool in plan.pools}
    for pod in plan.pods:
        row = reading.nodes.row_of[pod.node]
        utilization = float(used[row])
        if pod.accelerators != 1 or reading.node(row).kind in FILLS_ITS_CARD or not np.isfinite(utilization):
            continue
        card = _card(pod.accelerator)
        memory = float("nan") if card is None or card.memory_gb is None else card.memory_gb
        target = float(reading.value(row, "target_utilization") or 0.7)
        sliced = time_sliced(pod.replicas, utilization, target, memory, facts.most_shares)
        sizes = [Part(*size) for size in facts.mig.get(card.name if card else "", ())]
        parts = partitioned(pod.replicas, utilization, target, sizes, facts.slices)
        if sliced or parts:
            found.append(Sharing(pod, utilization, sliced, parts, prices.get(pod.accelerator, float("nan"))))
    return tuple(found)
