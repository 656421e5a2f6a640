"""The order in which a graph of flows is solved: levels of strongly connected components, found once per topology.

Level by level every node is met after all nodes it depends on; the nodes of a cycle share one level and are solved
together. An acyclic graph is ordered with numpy alone (Kahn 1962, a whole level at a time); only a cycle asks scipy
for its strongly connected components (Tarjan 1972).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Indices = NDArray[np.intp]


class Cycle(NamedTuple):
    """A strongly connected component with a cycle: its nodes, and its inner flows in local node numbers."""

    nodes: Indices
    flows: Indices
    source: Indices
    target: Indices


class Level(NamedTuple):
    """Nodes that only depend on earlier levels or on their own cycle.

    `flows` enter the level from the nodes `sources` of earlier ones, sorted by target; `targets` are their distinct
    targets and `starts` the first position of each in `flows`, as `np.add.reduceat` wants it.
    """

    nodes: Indices
    flows: Indices
    sources: Indices
    targets: Indices
    starts: Indices
    cycles: tuple[Cycle, ...]


class FlowOrder:
    """The levels of one directed graph.

    Args:
        n: number of nodes.
        source, target: shape (m,), node numbers of each flow.

    Raises:
        ValueError: when a flow ends at a number outside 0..n−1.
    """

    def __init__(self, n: int, source: ArrayLike, target: ArrayLike) -> None:
        self.n = n
        self.source: Indices = np.asarray(source, dtype=np.intp)
        self.target: Indices = np.asarray(target, dtype=np.intp)
        for end in (self.source, self.target):
            if end.size and (int(end.min()) < 0 or int(end.max()) >= n):
                raise ValueError(f"A flow ends at a node outside 0 to {n - 1}; check the flows' node numbers.")
        depth = _depths(n, self.source, self.target)
        if (depth >= 0).all():
            component = np.arange(n)
            looped = np.zeros(n, dtype=bool)
        else:
            component, looped = _components(n, self.source, self.target)
            outer = component[self.source] != component[self.target]
            inner_depth = _depths(
                int(component.max()) + 1, component[self.source[outer]], component[self.target[outer]]
            )
            depth = inner_depth[component]
        self.levels = _levels(self.source, self.target, depth, component, looped)

    @property
    def cyclic(self) -> bool:
        """True if any node depends on itself."""
        return any(level.cycles for level in self.levels)


def _depths(n: int, source: Indices, target: Indices) -> Indices:
    """Return the longest path from a start to each node; −1 for nodes on or behind a cycle."""
    order = np.argsort(source, kind="stable")
    targets = target[order]
    first = np.searchsorted(source[order], np.arange(n + 1))
    open_flows = np.bincount(target, minlength=n)
    depth = np.full(n, -1, dtype=np.intp)
    front = np.flatnonzero(open_flows == 0)
    step = 0
    while front.size:
        depth[front] = step
        reached = targets[_ranges(first[front], first[front + 1])]
        if not reached.size:
            break
        front, counts = np.unique(reached, return_counts=True)
        open_flows[front] -= counts
        front = front[open_flows[front] == 0]
        step += 1
    return depth


def _ranges(starts: Indices, ends: Indices) -> Indices:
    """Return the concatenation of the ranges starts[i]..ends[i]−1."""
    lengths = ends - starts
    offsets = np.repeat(starts - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths)
    return np.asarray(offsets + np.arange(int(lengths.sum())), dtype=np.intp)


def _components(n: int, source: Indices, target: Indices) -> tuple[Indices, NDArray[np.bool_]]:
    """Return the strongly connected component of each node, and which components hold a cycle."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    graph = csr_array((np.ones(source.size), (source, target)), shape=(n, n))
    _, labels = connected_components(graph, directed=True, connection="strong")
    component = np.asarray(labels, dtype=np.intp)
    looped = np.bincount(component) > 1
    looped[component[source[source == target]]] = True
    return component, looped


def _levels(
    source: Indices, target: Indices, depth: Indices, component: Indices, looped: NDArray[np.bool_]
) -> tuple[Level, ...]:
    if not depth.size:
        return ()
    inner = (component[source] == component[target]) & looped[component[source]]
    cycles = _cycles_by_depth(source, target, depth, component, inner) if looped.any() else {}
    outer = np.flatnonzero(~inner)
    sequence = outer[np.lexsort((target[outer], depth[target[outer]]))]
    nodes = np.argsort(depth, kind="stable")
    count = int(depth.max()) + 2
    flow_bounds = np.searchsorted(depth[target[sequence]], np.arange(count))
    node_bounds = np.searchsorted(depth[nodes], np.arange(count))
    levels = []
    for step in range(count - 1):
        flows = sequence[flow_bounds[step] : flow_bounds[step + 1]]
        ends = target[flows]
        starts = np.flatnonzero(np.concatenate(([True], ends[1:] != ends[:-1]))) if ends.size else np.zeros(0, np.intp)
        members = nodes[node_bounds[step] : node_bounds[step + 1]]
        levels.append(Level(members, flows, source[flows], ends[starts], starts, tuple(cycles.get(step, ()))))
    return tuple(levels)


def _cycles_by_depth(
    source: Indices, target: Indices, depth: Indices, component: Indices, inner: NDArray[np.bool_]
) -> dict[int, list[Cycle]]:
    local = np.zeros(depth.size, dtype=np.intp)
    cycles: dict[int, list[Cycle]] = {}
    inner_flows = np.flatnonzero(inner)
    labels = component[source[inner_flows]]
    by_label = np.argsort(component, kind="stable")
    sorted_labels = component[by_label]
    for label in np.unique(labels).tolist():
        nodes = by_label[np.searchsorted(sorted_labels, label) : np.searchsorted(sorted_labels, label, side="right")]
        flows = inner_flows[labels == label]
        local[nodes] = np.arange(nodes.size)
        cycle = Cycle(nodes, flows, local[source[flows]], local[target[flows]])
        cycles.setdefault(int(depth[nodes[0]]), []).append(cycle)
    return cycles
