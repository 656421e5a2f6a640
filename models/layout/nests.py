"""One layer as nodes and boundaries within boundaries, to arrange it so that each boundary stands together."""

from __future__ import annotations

from collections.abc import Sequence

from models.layout.layers import Layers
from models.layout.monotone import fit


class Nest:
    """The nodes of a layer within one boundary, or within none: free ones, and those of each inner boundary.

    Args:
        nodes: of the layer, all of them in the boundary.
        paths: boundaries around each node, from the outermost.
        depth: how many boundaries are around the nest.
    """

    def __init__(self, nodes: Sequence[int], paths: Sequence[tuple[int, ...]], depth: int = 0) -> None:
        groups: dict[int, list[int]] = {}
        self._nodes = nodes
        self._free: list[int] = []
        for node in nodes:
            if len(paths[node]) > depth:
                groups.setdefault(paths[node][depth], []).append(node)
            else:
                self._free.append(node)
        self._inner = {boundary: Nest(members, paths, depth + 1) for boundary, members in groups.items()}

    def arranged(self, keys: Sequence[float], position: Sequence[int], places: Sequence[int]) -> list[int]:
        """Return the nodes by their keys, those of each inner boundary together, boundaries in their order.

        Args:
            keys: by node.
            position: index of each node in its layer so far, which decides between equal keys.
            places: rank of each boundary among those beside it.
        """
        free = sorted([(keys[node], position[node], node) for node in self._free])
        if not self._inner:
            return [node for _, _, node in free]
        inner = sorted(self._inner, key=places.__getitem__)
        nests = [self._inner[boundary] for boundary in inner]
        masses = [len(nest._nodes) for nest in nests]
        means = [sum([keys[node] for node in nest._nodes]) / mass for nest, mass in zip(nests, masses, strict=True)]
        found: list[int] = []
        rest = iter(free)
        waiting = next(rest, None)
        for nest, key in zip(nests, fit(means, masses), strict=True):
            while waiting is not None and waiting[0] <= key:
                found.append(waiting[2])
                waiting = next(rest, None)
            found += nest.arranged(keys, position, places)
        while waiting is not None:
            found.append(waiting[2])
            waiting = next(rest, None)
        return found


def nests(layers: Layers) -> list[Nest]:
    """Return the nest of every layer."""
    return [Nest(members, layers.paths) for members in layers.members]
