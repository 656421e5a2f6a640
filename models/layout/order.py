"""The order of nodes within layers: median sweeps with transposition (Gansner et al. 1993, §3)."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable
from itertools import pairwise

SWEEPS = 8
_FULL_UP_TO = 5_000


class Layers:
    """A layered graph whose long edges run through a dummy node in every layer they cross.

    Args:
        layer: layer of each real node.
        edges: from lower to higher layers.

    Attributes:
        count: real and dummy nodes; dummies have the higher numbers.
        members: nodes of each layer.
        into, out: neighbors in the layer before and after, by node.
    """

    def __init__(self, layer: list[int], edges: Iterable[tuple[int, int]]) -> None:
        self.layer = list(layer)
        self.real = len(layer)
        self.into: list[list[int]] = [[] for _ in layer]
        self.out: list[list[int]] = [[] for _ in layer]
        for a, b in edges:
            last = a
            for between in range(self.layer[a] + 1, self.layer[b]):
                dummy = len(self.layer)
                self.layer.append(between)
                self.into.append([])
                self.out.append([])
                self._join(last, dummy)
                last = dummy
            self._join(last, b)
        self.count = len(self.layer)
        self.members: list[list[int]] = [[] for _ in range(max(self.layer, default=-1) + 1)]
        for node, number in enumerate(self.layer):
            self.members[number].append(node)

    def _join(self, a: int, b: int) -> None:
        self.out[a].append(b)
        self.into[b].append(a)


def best_order(layers: Layers) -> list[list[int]]:
    """Return the order of each layer with the fewest crossings from two starts: by number, and by a walk."""
    best: tuple[int, list[list[int]]] | None = None
    small = layers.count <= _FULL_UP_TO
    starts = (layers.members, _walked(layers)) if small else (_walked(layers),)
    for start in starts:
        order = [list(row) for row in start]
        for sweep in range(SWEEPS if small else 3):
            _sweep(order, layers, forward=sweep % 2 == 0)
            if small:
                _transpose(order, layers)
            crossings = count_crossings(order, layers)
            if best is None or crossings < best[0]:
                best = (crossings, [list(row) for row in order])
            if crossings == 0:
                break
    return best[1] if best else []


def _walked(layers: Layers) -> list[list[int]]:
    """Return an order by a depth-first walk, so that neighbors start near each other."""
    order: list[list[int]] = [[] for _ in layers.members]
    seen = [False] * layers.count
    for root in sorted(range(layers.count), key=lambda node: (layers.layer[node], node)):
        waiting = [root]
        while waiting:
            node = waiting.pop()
            if seen[node]:
                continue
            seen[node] = True
            order[layers.layer[node]].append(node)
            waiting.extend(reversed(layers.out[node]))
    return order


def _sweep(order: list[list[int]], layers: Layers, *, forward: bool) -> None:
    """Sort every layer by the median of its neighbors in the layer just passed, in place; ties keep their order."""
    neighbors = layers.into if forward else layers.out
    position = [0.0] * layers.count
    rows = range(len(order)) if forward else range(len(order) - 1, -1, -1)
    for number in rows:
        row = order[number]
        keys = {node: _median([position[other] for other in neighbors[node]], index) for index, node in enumerate(row)}
        if number != (0 if forward else len(order) - 1):
            row.sort(key=keys.__getitem__)
        for index, node in enumerate(row):
            position[node] = float(index)


def _median(values: list[float], fallback: float) -> float:
    if not values:
        return fallback
    values.sort()
    middle = len(values) // 2
    if len(values) % 2:
        return values[middle]
    return (values[middle - 1] + values[middle]) / 2


def _transpose(order: list[list[int]], layers: Layers) -> None:
    """Exchange neighbors of a layer while that removes crossings, in place; two passes at most."""
    position = [0] * layers.count
    for row in order:
        for index, node in enumerate(row):
            position[node] = index
    for _ in range(2):
        changed = False
        for row in order:
            for index in range(len(row) - 1):
                a, b = row[index], row[index + 1]
                gain = _pair(a, b, layers.into, position) - _pair(b, a, layers.into, position)
                gain += _pair(a, b, layers.out, position) - _pair(b, a, layers.out, position)
                if gain > 0:
                    row[index], row[index + 1] = b, a
                    position[a], position[b] = index + 1, index
                    changed = True
        if not changed:
            return


def _pair(a: int, b: int, neighbors: list[list[int]], position: list[int]) -> int:
    """Return the crossings between the edges of a and b while a comes first."""
    return sum(position[i] > position[j] for i in neighbors[a] for j in neighbors[b])


def count_crossings(order: list[list[int]], layers: Layers) -> int:
    """Return the number of crossing pairs of edges (Barth, Jünger & Mutzel 2002: inversions by insertion)."""
    total = 0
    for row, following in pairwise(order):
        position = {node: index for index, node in enumerate(following)}
        seen: list[int] = []
        for node in row:
            ends = sorted(position[other] for other in layers.out[node])
            total += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return total
