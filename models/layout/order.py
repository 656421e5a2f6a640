"""The order of nodes within layers: median sweeps with transposition (Gansner et al. 1993, §3).

Nodes of a boundary stand together in every layer, and boundaries beside each other keep one order in all layers
(Sander 1996), so that each can be drawn as a rectangle.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from models.layout.beat import Beat
from models.layout.crossings import Counter
from models.layout.exchanges import Exchanges, Row
from models.layout.layers import Layers
from models.layout.nests import Nest, nests
from models.layout.sifting import sifted

_EFFORT = 30_000
_LEAST_SWEEPS, _MOST_SWEEPS, _PATIENCE = 4, 28, 6
_EXCHANGES, _MOST_EXCHANGES = 3_000, 24
_SHAKES, _MOST_SHAKES = 12_000, 60
_SWEPT, _SIFTED = 0.55, 0.75
"""Shares of the layout's work after the sweeps, and after the best orders were sifted."""
_FEW, _LARGE = 600, 6_000
_SIFTINGS = 3
Order = list[list[int]]


def best_order(ways: Sequence[Layers], others: int = 0, beat: Beat | None = None) -> tuple[Layers, Order]:
    """Return the layering, and the order of its layers, with the fewest crossings.

    Up to four fixed starts are swept, the best one or two sifted; in small graphs the best is then shaken and improved.

    Args:
        ways: layerings of one graph, at least one.
        others: nodes of the drawing that are laid out apart; the more there are, the fewer trials.
        beat: told once a sweep.
    """
    found: list[tuple[int, int, _Ordering]] = []
    if beat is not None:
        beat.expect(_SWEPT, 2 * _MOST_SWEEPS * len(ways))
    for layers in ways:
        facts = _Facts(layers)
        sweeps = min(max(_EFFORT // (layers.count * len(ways) + others), _LEAST_SWEEPS), _MOST_SWEEPS)
        for start in _starts(layers, layers.count * len(ways) + others):
            ordering = _Ordering(facts, start)
            ordering.improve(sweeps, beat)
            found.append((ordering.crossings, len(found), ordering))
            if not ordering.crossings:
                return layers, ordering.order
    finals = []
    if beat is not None:
        beat.expect(_SIFTED, 4 * _SIFTINGS)
    few = found[0][2].layers.count + others > _FEW
    for _, number, ordering in sorted(found, key=lambda entry: entry[:2])[: 1 if few else 2]:
        ordering.sift(beat)
        ordering.improve(_PATIENCE, beat)
        ordering.sift(beat)
        finals.append((ordering.crossings, number, ordering))
    best = min(finals, key=lambda entry: entry[:2])[2]
    size = best.layers.count + others
    best.exchange_boundaries(min(_EXCHANGES // size, _MOST_EXCHANGES), beat)
    generator = random.Random(1)
    for _ in range(0 if few else min(_SHAKES // size, _MOST_SHAKES)):
        if beat is not None:
            beat()
        if best.crossings:
            best.shake(generator)
    return best.layers, best.order


def _starts(layers: Layers, size: int) -> list[Order]:
    """Return the orders to start from; fewer in larger drawings."""
    starts = [_walked(layers, forward=True)]
    if size <= _LARGE:
        starts.append(_spread(layers, forward=False))
    if size <= _FEW:
        starts += [_walked(layers, forward=False), _spread(layers, forward=True)]
    return starts


def _walked(layers: Layers, *, forward: bool) -> Order:
    """Return an order by a depth-first walk from the first or from the last layer, so that neighbors start together."""
    order: Order = [[] for _ in layers.members]
    seen = [False] * layers.count
    ahead, behind = (layers.out, layers.into) if forward else (layers.into, layers.out)
    sign = 1 if forward else -1
    for root in sorted(range(layers.count), key=lambda node: (sign * layers.layer[node], node)):
        waiting = [root]
        while waiting:
            node = waiting.pop()
            if seen[node]:
                continue
            seen[node] = True
            order[layers.layer[node]].append(node)
            waiting.extend(other for other in (*behind[node], *reversed(ahead[node])) if not seen[other])
    return order


def _spread(layers: Layers, *, forward: bool) -> Order:
    """Return an order by a breadth-first search from the sources or from the sinks."""
    order: Order = [[] for _ in layers.members]
    ahead, behind = (layers.out, layers.into) if forward else (layers.into, layers.out)
    seen = [False] * layers.count
    for root in sorted(range(layers.count), key=lambda node: (bool(behind[node]), node)):
        waiting = deque([] if seen[root] else [root])
        seen[root] = True
        while waiting:
            node = waiting.popleft()
            order[layers.layer[node]].append(node)
            for other in ahead[node]:
                if not seen[other]:
                    seen[other] = True
                    waiting.append(other)
    return order


class _Facts:
    """What is the same for all orders of a layered graph."""

    def __init__(self, layers: Layers) -> None:
        self.layers = layers
        self.counter = Counter(layers)
        self.exchanges = Exchanges(layers)
        self.nests: list[Nest] = nests(layers) if layers.parents else []
        self.steps: dict[tuple[int, Row, tuple[Row, ...]], tuple[Order, int]] = {}


class _Ordering:
    """One order that is being improved.

    Attributes:
        order: nodes of each layer from top to bottom.
        places: rank of each boundary among those beside it.
        crossings: of `order`.
    """

    def __init__(self, facts: _Facts, start: Sequence[Sequence[int]]) -> None:
        self.facts, self.layers = facts, facts.layers
        self.order = [list(row) for row in start]
        self._position = [0] * self.layers.count
        self.places = self._first_places()
        for number in range(len(self.order)):
            self._settle(number)
        self.crossings = self._count()

    def _index(self) -> None:
        for row in self.order:
            for index, node in enumerate(row):
                self._position[node] = index

    def _count(self) -> int:
        return self.facts.counter.count(self.order, self._position)

    def _first_places(self) -> list[int]:
        """Return the ranks of boundaries by the mean place of their nodes in the start."""
        sums = np.zeros((len(self.layers.parents), 2))
        for row in self.order:
            for index, node in enumerate(row):
                for boundary in self.layers.paths[node]:
                    sums[boundary] += ((index + 0.5) / len(row), 1.0)
        means = sums[:, 0] / np.maximum(sums[:, 1], 1.0)
        return [int(rank) for rank in np.argsort(np.argsort(means, kind="stable"), kind="stable")]

    def _settle(self, number: int) -> None:
        """Bring the nodes of each boundary together in one layer, and number its nodes anew."""
        row = self.order[number]
        for index, node in enumerate(row):
            self._position[node] = index
        if self.facts.nests:
            nest = self.facts.nests[number]
            self.order[number] = row = nest.arranged(self._position, self._position, self.places)
            for index, node in enumerate(row):
                self._position[node] = index

    def improve(self, sweeps: int, beat: Beat | None) -> None:
        """Sweep back and forth and keep the best order met; give up after some sweeps without a gain."""
        best, least, idle = self._copy(), self.crossings, 0
        for sweep in range(sweeps):
            if least == 0 or idle >= _PATIENCE:
                break
            if beat is not None:
                beat()
            self._step(sweep % 4)
            idle += 1
            if self.crossings < least:
                idle = idle if self.crossings > 0.995 * least else 0
                best, least = self._copy(), self.crossings
        self.order, self.crossings = best, least
        self._index()

    def _step(self, phase: int) -> None:
        """Sweep once and exchange; what came of an order that was met before is known."""
        before = phase, tuple(self.places), tuple(tuple(row) for row in self.order)
        known = self.facts.steps.get(before)
        if known is None:
            self._sweep(forward=phase % 2 == 0)
            self.facts.exchanges.transpose(self.order, self._position, range(len(self.order)), level=phase >= 2)
            self.crossings = self._count()
            self.facts.steps[before] = self._copy(), self.crossings
        else:
            self.order, self.crossings = [list(row) for row in known[0]], known[1]
            self._index()

    def _copy(self) -> Order:
        return [list(row) for row in self.order]

    def _sweep(self, *, forward: bool) -> None:
        """Sort every layer by the median of its neighbors in the layer just passed; nodes without any keep their place.

        Ties are exchanged on the way back, which leads out of orders that no single exchange improves.
        """
        neighbors = self.layers.into if forward else self.layers.out
        rows = range(1, len(self.order)) if forward else range(len(self.order) - 2, -1, -1)
        position, nested = self._position, self.facts.nests
        keys = [0.0] * self.layers.count
        for number in rows:
            row = self.order[number]
            for index, node in enumerate(row):
                others = neighbors[node]
                if len(others) == 1:
                    keys[node] = float(position[others[0]])
                else:
                    keys[node] = _median([position[other] for other in others], index)
            if nested:
                row = nested[number].arranged(keys, position, self.places)
            else:
                fixed = [index for index, node in enumerate(row) if not neighbors[node]]
                free = sorted((node for node in row if neighbors[node]), key=keys.__getitem__)
                for index in fixed:
                    free.insert(index, row[index])
                row = free
            self.order[number] = row
            for index, node in enumerate(row):
                position[node] = index

    def sift(self, beat: Beat | None = None, around: Iterable[int] | None = None) -> None:
        """Move single nodes to where they have the fewest crossings in their layer, while that helps.

        Args:
            around: the layers to begin with; all if not given.
        """
        home, stale = self.facts.exchanges.home, set(range(len(self.order)) if around is None else around)
        for _ in range(_SIFTINGS):
            if beat is not None:
                beat()
            now = set(stale)
            again: set[int] = set()
            for number, row in enumerate(self.order):
                if number in now and sifted(row, self.layers, home, self._position):
                    now.add(number + 1)
                    again.update((number - 1, number))
            if not again:
                break
            stale = again
        self.crossings = self._count()

    def shake(self, generator: random.Random) -> None:
        """Move some nodes of two layers at random and improve what is around them; undo it if that crosses more."""
        kept = self._copy(), self.crossings
        first = generator.randrange(len(self.order))
        for number in range(first, min(first + 2, len(self.order))):
            row = self.order[number]
            for _ in range(1 + len(row) // 2):
                node = row.pop(generator.randrange(len(row)))
                row.insert(generator.randrange(len(row) + 1), node)
            self._settle(number)
        around = range(max(first - 1, 0), min(first + 3, len(self.order)))
        self.facts.exchanges.transpose(self.order, self._position, around)
        self.sift(around=around)
        if self.crossings > kept[1]:
            self.order, self.crossings = kept
            self._index()

    def exchange_boundaries(self, most: int, beat: Beat | None) -> None:
        """Try the other order of boundaries beside each other and keep what has fewer crossings."""
        siblings: dict[int, list[int]] = {}
        for boundary, parent in enumerate(self.layers.parents):
            if self.layers.spans[boundary][1] >= self.layers.spans[boundary][0]:
                siblings.setdefault(parent, []).append(boundary)
        trials = 0
        improved = True
        while improved and self.crossings:
            improved = False
            for group in siblings.values():
                for a, b in pairwise(sorted(group, key=self.places.__getitem__)):
                    trials += 1
                    if trials > most:
                        return
                    kept = self._copy(), list(self.places), self.crossings
                    self.places[a], self.places[b] = self.places[b], self.places[a]
                    for number in range(len(self.order)):
                        self._settle(number)
                    self.crossings = self._count()
                    self.improve(3, beat)
                    if self.crossings < kept[2]:
                        improved = True
                    else:
                        self.order, self.places, self.crossings = kept
                        self._index()


def _median(values: list[int], fallback: float) -> float:
    """Return the median; of an even number that between the middle two nearer to where values lie closer."""
    count = len(values)
    if count == 1:
        return float(values[0])
    if not count:
        return fallback
    values.sort()
    middle = count // 2
    if count % 2:
        return float(values[middle])
    if count == 2:
        return (values[0] + values[1]) / 2
    left, right = values[middle - 1] - values[0], values[-1] - values[middle]
    if left + right == 0:
        return (values[middle - 1] + values[middle]) / 2
    return (values[middle - 1] * right + values[middle] * left) / (left + right)
