"""Crossings between neighboring layers: how many there are in an order, and how many an exchange removes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from models.layout.layers import Layers
from models.routing.paths import I64

_MOST_PAIRS = 60_000


class Counter:
    """Counts the crossings of one layered graph in any order of its layers.

    In graphs of few edges all pairs between the same layers are compared at once: a tenth of the time of inserting
    edge by edge.
    """

    def __init__(self, layers: Layers) -> None:
        self._layers = layers
        self._pairs = _pairs(layers)

    def count(self, order: Sequence[Sequence[int]], position: Sequence[int]) -> int:
        """Return the number of crossing pairs of edges.

        Args:
            order: nodes of each layer.
            position: index of each node in its layer.
        """
        if self._pairs is None:
            return count_crossings(order, self._layers)
        starts, stops, other_starts, other_stops = self._pairs
        at = np.array(position, np.int32)
        return int(np.count_nonzero((at[starts] - at[other_starts]) * (at[stops] - at[other_stops]) < 0))


def _pairs(layers: Layers) -> tuple[I64, I64, I64, I64] | None:
    """Return start and end of the one and of the other edge of each pair, or None if there are too many."""
    first: list[I64] = []
    second: list[I64] = []
    ends: list[tuple[int, int]] = []
    total = found = 0
    for members in layers.members:
        edges = [(node, other) for node in members for other in layers.out[node]]
        found += len(edges) * (len(edges) - 1) // 2
        if found > _MOST_PAIRS:
            return None
        upper, lower = np.triu_indices(len(edges), 1)
        first.append(upper + total)
        second.append(lower + total)
        ends += edges
        total += len(edges)
    table = np.array(ends, np.int64).reshape(-1, 2)
    one, other = np.concatenate(first), np.concatenate(second)
    return table[one, 0], table[one, 1], table[other, 0], table[other, 1]


def count_crossings(order: Sequence[Sequence[int]], layers: Layers) -> int:
    """Return the number of crossing pairs of edges (Barth, Jünger & Mutzel 2002: inversions by insertion)."""
    total = 0
    out = layers.out
    for row, following in pairwise(order):
        position = {node: index for index, node in enumerate(following)}
        seen: list[int] = []
        for node in row:
            ends = [position[other] for other in out[node]]
            for end in ends:
                total += len(seen) - bisect_right(seen, end)
            for end in ends:
                insort(seen, end)
    return total


def gain(first: Sequence[int], second: Sequence[int]) -> int:
    """Return how many crossings fewer there are with the second node before the first.

    Args:
        first, second: places of the neighbors of both in one layer beside theirs.
    """
    if len(first) == 1 == len(second):
        return (first[0] > second[0]) - (first[0] < second[0])
    found = 0
    for at in first:
        for other in second:
            if at > other:
                found += 1
            elif at < other:
                found -= 1
    return found


def block_gain(places: Sequence[int], block: Sequence[int]) -> int:
    """Return how many crossings fewer there are with a block before a node.

    Args:
        places: of the neighbors of the node in one layer beside its own.
        block: of the neighbors of the whole block there, ascending.
    """
    found = 0
    for place in places:
        found += bisect_left(block, place) + bisect_right(block, place) - len(block)
    return found
