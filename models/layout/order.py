"""The order of nodes within layers: median sweeps with transposition (Gansner et al. 1993, §3).

Nodes of a boundary stand together in every layer, and boundaries beside each other keep one order in all layers
(Sander 1996), so that each can be drawn as a rectangle.
"""

from __future__ import annotations

import random
from bisect import bisect_right, insort
from collections import deque
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.layout.beat import Beat
from models.layout.layers import Layers
from models.layout.monotone import fit

_EFFORT = 30_000
_LEAST_SWEEPS, _MOST_SWEEPS, _PATIENCE = 4, 28, 6
_EXCHANGES, _MOST_EXCHANGES = 3_000, 24
_SHAKES, _MOST_SHAKES = 5_000, 20
_SWEPT, _SIFTED = 0.55, 0.75
"""Shares of the layout's work after the sweeps, and after the best orders were sifted."""
_FEW, _LARGE = 600, 6_000
_TRANSPOSITIONS, _SIFTINGS, _WIDEST = 4, 3, 400
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
        sweeps = min(max(_EFFORT // (layers.count * len(ways) + others), _LEAST_SWEEPS), _MOST_SWEEPS)
        for start in _starts(layers, layers.count * len(ways) + others):
            ordering = _Ordering(layers, start)
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
        best = min(best, best.shaken(generator, beat), key=lambda ordering: ordering.crossings)
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


class _Ordering:
    """One order that is being improved.

    Attributes:
        order: nodes of each layer from top to bottom.
        places: rank of each boundary among those beside it.
        crossings: of `order`.
    """

    def __init__(self, layers: Layers, start: Sequence[Sequence[int]], places: list[int] | None = None) -> None:
        self.layers = layers
        self.order = [list(row) for row in start]
        self._position = [0] * layers.count
        self._index()
        self.places = places if places is not None else self._first_places()
        if layers.parents:
            self._settle()
        self.crossings = count_crossings(self.order, layers)

    def _index(self) -> None:
        for row in self.order:
            for index, node in enumerate(row):
                self._position[node] = index

    def _first_places(self) -> list[int]:
        """Return the ranks of boundaries by the mean place of their nodes in the start."""
        sums = np.zeros((len(self.layers.parents), 2))
        for row in self.order:
            for index, node in enumerate(row):
                for boundary in self.layers.paths[node]:
                    sums[boundary] += ((index + 0.5) / len(row), 1.0)
        means = sums[:, 0] / np.maximum(sums[:, 1], 1.0)
        return [int(rank) for rank in np.argsort(np.argsort(means, kind="stable"), kind="stable")]

    def _settle(self) -> None:
        """Bring the nodes of each boundary together in every layer."""
        self.order = [
            self._arranged(row, {node: float(index) for index, node in enumerate(row)}, 0) for row in self.order
        ]
        self._index()

    def improve(self, sweeps: int, beat: Beat | None) -> None:
        """Sweep back and forth and keep the best order met; give up after some sweeps without a gain."""
        best, least, idle = self._copy(), self.crossings, 0
        for sweep in range(sweeps):
            if least == 0 or idle >= _PATIENCE:
                break
            if beat is not None:
                beat()
            self._sweep(forward=sweep % 2 == 0)
            self._transpose(level=sweep % 4 >= 2)
            self.crossings = count_crossings(self.order, self.layers)
            idle += 1
            if self.crossings < least:
                idle = idle if self.crossings > 0.995 * least else 0
                best, least = self._copy(), self.crossings
        self.order, self.crossings = best, least
        self._index()

    def _copy(self) -> Order:
        return [list(row) for row in self.order]

    def _sweep(self, *, forward: bool) -> None:
        """Sort every layer by the median of its neighbors in the layer just passed; nodes without any keep their place.

        Ties are exchanged on the way back, which leads out of orders that no single exchange improves.
        """
        neighbors = self.layers.into if forward else self.layers.out
        rows = range(1, len(self.order)) if forward else range(len(self.order) - 2, -1, -1)
        position, nested = self._position, bool(self.layers.parents)
        for number in rows:
            row = self.order[number]
            keys = {
                node: _median([position[other] for other in neighbors[node]], index) for index, node in enumerate(row)
            }
            if nested:
                row = self._arranged(row, keys, 0)
            else:
                fixed = [index for index, node in enumerate(row) if not neighbors[node]]
                free = sorted((node for node in row if neighbors[node]), key=keys.__getitem__)
                if fixed:
                    for index in fixed:
                        free.insert(index, row[index])
                row = free
            self.order[number] = row
            for index, node in enumerate(row):
                position[node] = index

    def _arranged(self, row: Sequence[int], keys: dict[int, float], depth: int) -> list[int]:
        """Return the nodes of one boundary in one layer by their keys, those of each inner boundary together."""
        paths = self.layers.paths
        groups: dict[int, list[int]] = {}
        items: list[tuple[float, int, list[int]]] = []
        for index, node in enumerate(row):
            path = paths[node]
            if len(path) > depth:
                groups.setdefault(path[depth], []).append(node)
            else:
                items.append((keys[node], index, [node]))
        inner = sorted(groups, key=self.places.__getitem__)
        if inner:
            means = np.array([sum(keys[node] for node in groups[one]) / len(groups[one]) for one in inner])
            masses = np.array([float(len(groups[one])) for one in inner])
            for number, (one, key) in enumerate(zip(inner, fit(means, masses).tolist(), strict=True)):
                items.append((key, len(row) + number, self._arranged(groups[one], keys, depth + 1)))
        items.sort(key=lambda item: item[:2])
        return [node for _, _, nodes in items for node in nodes]

    def _transpose(self, *, level: bool) -> None:
        """Exchange neighbors of a layer while that removes crossings; `level` exchanges even ones once, too."""
        into, out, position, paths = self.layers.into, self.layers.out, self._position, self.layers.paths
        waiting = set(range(len(self.order)))
        for _ in range(_TRANSPOSITIONS):
            if not waiting:
                return
            now, waiting = sorted(waiting), set()
            for number in now:
                row = self.order[number]
                changed = False
                for index in range(len(row) - 1):
                    a, b = row[index], row[index + 1]
                    if paths[a] != paths[b]:
                        changed |= self._pass_by(row, index)
                        continue
                    gain = _gain(into[a], into[b], position) + _gain(out[a], out[b], position)
                    if gain > 0 or (level and gain == 0 and (into[a] or out[a]) and (into[b] or out[b])):
                        row[index], row[index + 1] = b, a
                        position[a], position[b] = index + 1, index
                        changed |= gain > 0
                if changed:
                    waiting.update(range(max(number - 1, 0), min(number + 2, len(self.order))))
            level = False

    def sift(self, beat: Beat | None = None) -> None:
        """Move single nodes to where they have the fewest crossings in their layer, while that helps.

        A node is tried at every place (Matuszewski, Schönfeld & Molitor 1999).
        """
        for _ in range(_SIFTINGS):
            if beat is not None:
                beat()
            moved = [self._sifted(row) for row in self.order]
            if not any(moved):
                break
        self.crossings = count_crossings(self.order, self.layers)

    def shaken(self, generator: random.Random, beat: Beat | None) -> _Ordering:
        """Return the order after some nodes were moved at random within their layers, improved again."""
        order = self._copy()
        for row in order:
            for _ in range(1 + len(row) // 8):
                node = row.pop(generator.randrange(len(row)))
                row.insert(generator.randrange(len(row) + 1), node)
        found = _Ordering(self.layers, order, list(self.places))
        found.improve(_PATIENCE, beat)
        found.sift(beat)
        return found

    def _sifted(self, row: list[int]) -> bool:
        """Return whether a node of the row found a better place."""
        paths = self.layers.paths
        changed = False
        start = 0
        while start < len(row):
            stop = start + 1
            while stop < len(row) and paths[row[stop]] == paths[row[start]]:
                stop += 1
            if 2 < stop - start <= _WIDEST:
                order = self._best_of_each(row[start:stop])
                changed |= order != row[start:stop]
                row[start:stop] = order
            start = stop
        for index, node in enumerate(row):
            self._position[node] = index
        return changed

    def _best_of_each(self, run: list[int]) -> list[int]:
        """Return some nodes of a layer after each was moved to where it has the fewest crossings among them."""
        gains = self._gains(run)
        order = list(range(len(run)))
        for item in range(len(run)):
            place = order.index(item)
            along = gains[item, order]
            right, left = np.cumsum(along[place + 1 :]), np.cumsum(-along[:place][::-1])
            best, target = 0.0, place
            if len(right) and right.max() > best:
                best, target = float(right.max()), place + 1 + int(right.argmax())
            if len(left) and left.max() > best:
                target = place - 1 - int(left.argmax())
            if target != place:
                order.insert(target, order.pop(place))
        return [run[item] for item in order]

    def _gains(self, run: list[int]) -> NDArray[np.float32]:
        """Return how many crossings fewer there are with node j before node i, shape (k, k); antisymmetric."""
        count = len(run)
        total = np.zeros((count, count), np.float32)
        for neighbors in (self.layers.into, self.layers.out):
            lengths = [len(neighbors[node]) for node in run]
            places = np.array([self._position[other] for node in run for other in neighbors[node]], np.int64)
            if not len(places):
                continue
            places -= places.min()
            width = int(places.max()) + 1
            cells = np.repeat(np.arange(count), lengths) * width + places
            edges = np.bincount(cells, minlength=count * width).reshape(count, width).astype(np.float32)
            total += edges @ (edges.cumsum(1) - edges).T
        return np.asarray(total - total.T)

    def _pass_by(self, row: list[int], index: int) -> bool:
        """Exchange a node with the block of a boundary below or above it if that removes crossings."""
        paths = self.layers.paths
        first, second = paths[row[index]], paths[row[index + 1]]
        depth = sum(1 for _ in _shared(first, second))
        if len(first) > depth and len(second) > depth:
            return False
        if len(second) > depth:
            stop = index + 1
            while stop < len(row) and len(paths[row[stop]]) > depth and paths[row[stop]][depth] == second[depth]:
                stop += 1
            node, block, start = row[index], row[index + 1 : stop], index
            gain = self._block_gain(node, block)
            fresh = [*block, node]
        else:
            start = index
            while start > 0 and len(paths[row[start - 1]]) > depth and paths[row[start - 1]][depth] == first[depth]:
                start -= 1
            node, block = row[index + 1], row[start : index + 1]
            gain = -self._block_gain(node, block)
            fresh = [node, *block]
        if gain <= 0:
            return False
        row[start : start + len(fresh)] = fresh
        for number in range(start, start + len(fresh)):
            self._position[row[number]] = number
        return True

    def _block_gain(self, node: int, block: list[int]) -> int:
        """Return how many crossings fewer there are with the block before the node."""
        layers, position, gain = self.layers, self._position, 0
        for neighbors in (layers.into, layers.out):
            places = [position[other] for other in neighbors[node]]
            for one in block if places else ():
                for other in neighbors[one]:
                    at = position[other]
                    for place in places:
                        if place > at:
                            gain += 1
                        elif place < at:
                            gain -= 1
        return gain

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
                    self._settle()
                    self.crossings = count_crossings(self.order, self.layers)
                    self.improve(3, beat)
                    if self.crossings < kept[2]:
                        improved = True
                    else:
                        self.order, self.places, self.crossings = kept
                        self._index()


def _shared(first: Sequence[int], second: Sequence[int]) -> Sequence[int]:
    """Return the boundaries that two nodes have in common."""
    found = []
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        found.append(one)
    return found


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


def _gain(first: list[int], second: list[int], position: list[int]) -> int:
    """Return how many crossings fewer there are with the second node before the first."""
    gain = 0
    for i in first:
        at = position[i]
        for j in second:
            other = position[j]
            if at > other:
                gain += 1
            elif at < other:
                gain -= 1
    return gain


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
