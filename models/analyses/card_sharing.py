"""Several replicas on one accelerator: time slices of a whole card, or parts that the card itself keeps apart.

A time-sliced card is one server that all its replicas share in turn (processor sharing, Kleinrock 1976, §4.4): beside
others of utilization ρ' an own time of S takes S/(1 − ρ'). A part of g of its slices works at g/slices of the speed and
does not feel the others (NVIDIA MIG User Guide, “Partitioning”).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple


class Part(NamedTuple):
    """A size of part: its name, compute slices, GB of memory, and how many of them one card holds."""

    name: str
    slices: int
    memory_gb: float
    per_card: int


class Shared(NamedTuple):
    """How replicas share cards: replicas a card holds, cards in all, and by how much an own time grows."""

    name: str
    per_card: int
    cards: int
    slower: float
    memory_gb: float


def _cards(replicas: int, per_card: int) -> int:
    """Return the cards for the replicas; two at least where two replicas are to survive the loss of one card."""
    return max(math.ceil(replicas / per_card), min(replicas, 2))


def time_sliced(replicas: int, utilization: float, target: float, memory_gb: float, most: int = 8) -> Shared | None:
    """Return the most replicas a time-sliced card takes below its target; None where not even two fit.

    Args:
        replicas: that run now, each on a card of its own.
        utilization: of each of their cards at the busiest hour.
        target: utilization that a shared card may reach.
        memory_gb: of the card; every replica gets its share of it, and nothing keeps them apart.
        most: shares that are sensible at all.
    """
    per_card = min(int(target / utilization + 1e-9) if utilization > 0 else most, most, replicas)
    if per_card < 2 or _cards(replicas, per_card) >= replicas:
        return None
    cards = _cards(replicas, per_card)
    fullest = math.ceil(replicas / cards)
    return Shared("time slices", fullest, cards, 1.0 / (1.0 - (fullest - 1) * utilization), memory_gb / fullest)


def partitioned(
    replicas: int, utilization: float, target: float, parts: Sequence[Part], slices: int = 7
) -> Shared | None:
    """Return the split of the fewest cards whose parts stay below their target; None where no part is large enough.

    Args:
        replicas, utilization, target: as of `time_sliced`.
        parts: sizes that the card can be cut into.
        slices: compute slices of a whole card.
    """
    fitting = [part for part in parts if utilization * slices / part.slices <= target + 1e-9]
    chosen = [(_cards(replicas, part.per_card), -part.memory_gb, part) for part in fitting]
    if not chosen or min(chosen)[0] >= replicas:
        return None
    cards, _, part = min(chosen)
    return Shared(part.name, part.per_card, cards, slices / part.slices, part.memory_gb)
