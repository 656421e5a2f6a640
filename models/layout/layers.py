"""A layered graph with nested boundaries: what stands in each layer, and in which boundary."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

NOWHERE = -1


class Layers:
    """A layered graph whose long edges run through a dummy node in every layer they cross.

    A boundary holds a dummy in each layer of its span in which it has nothing else, so that it keeps its place there.

    Args:
        layer: layer of each real node.
        edges: from lower to higher layers.
        homes: innermost boundary of each real node, or `NOWHERE`.
        parents: parent of each boundary, or `NOWHERE`; parents come before children.

    Attributes:
        count: real and dummy nodes; dummies have the higher numbers.
        real: number of real nodes.
        layer: layer of each node.
        members: nodes of each layer.
        into, out: neighbors in the layer before and after, by node.
        chains: the dummies of each long edge.
        paths: boundaries around each node, from the outermost.
        spans: first and last layer of each boundary; (0, -1) for an empty one.
    """

    def __init__(
        self,
        layer: Sequence[int],
        edges: Iterable[tuple[int, int]],
        homes: Sequence[int] = (),
        parents: Sequence[int] = (),
    ) -> None:
        self.layer = list(layer)
        self.real = len(self.layer)
        self.parents = list(parents)
        self._around = [self._ancestors(boundary) for boundary in range(len(parents))]
        self.paths = [self._path(home) for home in (homes or [NOWHERE] * self.real)]
        self.into: list[list[int]] = [[] for _ in layer]
        self.out: list[list[int]] = [[] for _ in layer]
        self.chains: list[list[int]] = []
        for a, b in edges:
            self._connect(a, b)
        self.spans = self._spans()
        self._fill()
        self.count = len(self.layer)
        self.members: list[list[int]] = [[] for _ in range(max(self.layer, default=-1) + 1)]
        for node, number in enumerate(self.layer):
            self.members[number].append(node)

    def home(self, node: int) -> int:
        """Return the innermost boundary of a node, or `NOWHERE`."""
        return self.paths[node][-1] if self.paths[node] else NOWHERE

    def _ancestors(self, boundary: int) -> tuple[int, ...]:
        found = []
        while boundary != NOWHERE:
            found.append(boundary)
            boundary = self.parents[boundary]
        return tuple(found[::-1])

    def _path(self, home: int) -> tuple[int, ...]:
        return self._around[home] if home != NOWHERE else ()

    def _connect(self, a: int, b: int) -> None:
        shared = tuple(one for one, other in zip(self.paths[a], self.paths[b], strict=False) if one == other)
        chain, last = [], a
        for between in range(self.layer[a] + 1, self.layer[b]):
            dummy = self._dummy(between, shared)
            self._join(last, dummy)
            chain.append(dummy)
            last = dummy
        self._join(last, b)
        if chain:
            self.chains.append(chain)

    def _dummy(self, layer: int, path: tuple[int, ...]) -> int:
        self.layer.append(layer)
        self.paths.append(path)
        self.into.append([])
        self.out.append([])
        return len(self.layer) - 1

    def _join(self, a: int, b: int) -> None:
        self.out[a].append(b)
        self.into[b].append(a)

    def _spans(self) -> list[tuple[int, int]]:
        spans = [(0, -1)] * len(self.parents)
        for node in range(self.real):
            for boundary in self.paths[node]:
                low, high = spans[boundary]
                at = self.layer[node]
                spans[boundary] = (min(low, at), max(high, at)) if high >= low else (at, at)
        return spans

    def _fill(self) -> None:
        taken = {(boundary, self.layer[node]) for node in range(len(self.layer)) for boundary in self.paths[node]}
        for boundary in range(len(self.parents) - 1, -1, -1):
            low, high = self.spans[boundary]
            for layer in range(low, high + 1):
                if (boundary, layer) not in taken:
                    self._dummy(layer, self._around[boundary])
                    taken.update((above, layer) for above in self._around[boundary])
