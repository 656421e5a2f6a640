"""Exchanges of neighbors within a layer that remove crossings (Gansner et al. 1993, §3: transpose)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from models.layout.crossings import block_gain, gain
from models.layout.layers import NOWHERE, Layers

_ROUNDS = 4
Places = list[list[int]]
Row = tuple[int, ...]
_Item = TypeVar("_Item")


class Exchanges:
    """What exchanges need to know about a layered graph, whatever its order.

    A layer that was met before between the same neighbors is not gone through again: in small graphs that is most of
    them, because several starts lead to the same order.

    Attributes:
        home: number of the boundaries around each node; nodes of the same number have the same ones.
    """

    def __init__(self, layers: Layers) -> None:
        self._layers = layers
        numbers: dict[tuple[int, ...], int] = {}
        self.home = [numbers.setdefault(path, len(numbers)) for path in layers.paths]
        self._paths = list(numbers)
        self._borders: dict[tuple[int, int], tuple[int, int]] = {}
        self._passed: dict[tuple[bool, int, tuple[Row, ...]], tuple[Row, bool]] = {}

    def transpose(
        self, order: Sequence[list[int]], position: list[int], around: Iterable[int], *, level: bool = False
    ) -> None:
        """Exchange neighbors of a layer while that removes crossings, in place.

        Args:
            order, position: nodes of each layer, and the index of each node.
            around: the layers to begin with.
            level: exchange once also what removes none, which leads out of a standstill.
        """
        rows = [tuple(row) for row in order]
        waiting = set(around)
        for _ in range(_ROUNDS):
            if not waiting:
                return
            now, waiting = sorted(waiting), set()
            for number in now:
                key = level, number, tuple(rows[max(number - 1, 0) : number + 2])
                known = self._passed.get(key)
                if known is None:
                    changed = self._pass(order[number], position, level=level)
                    known = self._passed[key] = tuple(order[number]), changed
                elif known[0] != rows[number]:
                    order[number][:] = known[0]
                    for index, node in enumerate(known[0]):
                        position[node] = index
                rows[number] = known[0]
                if known[1]:
                    waiting.update(range(max(number - 1, 0), min(number + 2, len(order))))
            level = False

    def _pass(self, row: list[int], position: list[int], *, level: bool) -> bool:
        """Go once through a layer; return whether that removed crossings."""
        home, changed = self.home, False
        before = [[position[other] for other in self._layers.into[node]] for node in row]
        behind = [[position[other] for other in self._layers.out[node]] for node in row]
        blocks = _Blocks(self._layers, row, position)
        for index in range(len(row) - 1):
            following = index + 1
            a, b = row[index], row[following]
            if home[a] != home[b]:
                changed |= self._pass_by(row, index, before, behind, blocks)
                continue
            up, down = before[index], behind[index]
            up_after, down_after = before[following], behind[following]
            won = 0
            if up and up_after:
                won = gain(up, up_after)
            if down and down_after:
                won += gain(down, down_after)
            if won > 0 or (level and not won and (up or down) and (up_after or down_after)):
                row[index], row[following] = b, a
                before[index], before[following] = up_after, up
                behind[index], behind[following] = down_after, down
                changed |= won > 0
        for index, node in enumerate(row):
            position[node] = index
        return changed

    def _pass_by(self, row: list[int], index: int, before: Places, behind: Places, blocks: _Blocks) -> bool:
        """Exchange a node with the block of a boundary below or above it if that removes crossings."""
        first, second = self._border(self.home[row[index]], self.home[row[index + 1]])
        if (first == NOWHERE) == (second == NOWHERE):
            return False
        under = second != NOWHERE
        size, up, down = blocks.of(second if under else first)
        node = index if under else index + 1
        won = block_gain(before[node], up) + block_gain(behind[node], down)
        if (won if under else -won) <= 0:
            return False
        start, stop = (index, index + 1 + size) if under else (index + 1 - size, index + 2)
        _roll(row, start, stop, up=under)
        _roll(before, start, stop, up=under)
        _roll(behind, start, stop, up=under)
        return True

    def _border(self, one: int, other: int) -> tuple[int, int]:
        """Return the outermost boundary around the one and not the other, and the reverse, or `NOWHERE`."""
        known = self._borders.get((one, other))
        if known is None:
            first, second = self._paths[one], self._paths[other]
            depth = 0
            while depth < min(len(first), len(second)) and first[depth] == second[depth]:
                depth += 1
            known = self._borders[one, other] = (
                first[depth] if len(first) > depth else NOWHERE,
                second[depth] if len(second) > depth else NOWHERE,
            )
        return known


def _roll(row: list[_Item], start: int, stop: int, *, up: bool) -> None:
    """Move the first of some items behind the others, or the last before them."""
    if up:
        row.insert(stop - 1, row.pop(start))
    else:
        row.insert(start, row.pop(stop - 1))


class _Blocks:
    """The nodes of each boundary in one layer, while its neighbors stay: how many, and where their neighbors are."""

    def __init__(self, layers: Layers, row: Sequence[int], position: Sequence[int]) -> None:
        self._layers, self._row, self._position = layers, row, position
        self._known: dict[int, tuple[int, list[int], list[int]]] = {}

    def of(self, boundary: int) -> tuple[int, list[int], list[int]]:
        """Return the number of nodes, and the places of their neighbors before and behind, ascending."""
        known = self._known.get(boundary)
        if known is None:
            layers, position = self._layers, self._position
            nodes = [node for node in self._row if boundary in layers.paths[node]]
            known = self._known[boundary] = (
                len(nodes),
                sorted([position[other] for node in nodes for other in layers.into[node]]),
                sorted([position[other] for node in nodes for other in layers.out[node]]),
            )
        return known
