"""A layered drawing of a directed graph, left to right (Sugiyama, Tagawa & Toda 1981).

Cycles are broken by depth-first search, layers come from the longest path and are then tightened, crossings shrink by
median sweeps with transposition from a fixed number of starts, and coordinates come from isotonic regression.
Everything is deterministic: no clock, no random numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.layout.coordinates import place_along
from models.layout.order import Layers, best_order
from models.routing.paths import F64

Edges = list[tuple[int, int]]


def layered(sizes: F64, edges: Sequence[tuple[int, int]], gap_x: float, gap_y: float) -> F64:
    """Return the top left corner of every node, shape (n, 2), from (0, 0) on.

    Args:
        sizes: width and height of the nodes, shape (n, 2), px.
        edges: (source, target) by node number; loops and repeated edges are welcome.
        gap_x, gap_y: least distance between layers, and between nodes of one layer.
    """
    count = len(sizes)
    if count == 0:
        return np.zeros((0, 2))
    found = np.zeros((count, 2))
    boxes = []
    components = _components(count, edges)
    home = np.zeros((count, 2), np.int64)
    for number, members in enumerate(components):
        home[members] = np.stack([np.full(len(members), number), np.arange(len(members))], 1)
    inside: list[set[tuple[int, int]]] = [set() for _ in components]
    for a, b in edges:
        if a != b:
            inside[home[a, 0]].add((int(home[a, 1]), int(home[b, 1])))
    for number, members in enumerate(components):
        inner = sorted(inside[number])
        corners = _component(sizes[members], inner, gap_x, gap_y)
        found[members] = corners
        boxes.append((members, (corners + sizes[members]).max(0)))
    _pack(found, boxes, gap_x, gap_y)
    return found


def _components(count: int, edges: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Return the connected components, each in ascending order, the largest first."""
    neighbors: list[list[int]] = [[] for _ in range(count)]
    for a, b in edges:
        neighbors[a].append(b)
        neighbors[b].append(a)
    seen = [False] * count
    found = []
    for start in range(count):
        if seen[start]:
            continue
        seen[start] = True
        members, waiting = [start], [start]
        while waiting:
            for other in neighbors[waiting.pop()]:
                if not seen[other]:
                    seen[other] = True
                    members.append(other)
                    waiting.append(other)
        found.append(sorted(members))
    return sorted(found, key=lambda members: (-len(members), members[0]))


def _component(sizes: F64, edges: Edges, gap_x: float, gap_y: float) -> F64:
    acyclic = _without_cycles(len(sizes), edges)
    layer = _tightened(_longest_path(len(sizes), acyclic), acyclic)
    layers = Layers(layer, acyclic)
    order = best_order(layers)
    heights = np.concatenate([sizes[:, 1], np.zeros(layers.count - len(sizes))])
    y = place_along(order, layers, heights, gap_y)
    x = _columns(sizes, layer, _gaps(layers, gap_x))
    corners = np.stack([x, y[: len(sizes)]], 1)
    return np.asarray(corners - corners.min(0))


def _without_cycles(count: int, edges: Edges) -> Edges:
    """Return the edges with those reversed that close a cycle in a depth-first search from the sources."""
    out: list[list[int]] = [[] for _ in range(count)]
    entering = [0] * count
    for a, b in edges:
        out[a].append(b)
        entering[b] += 1
    state = [0] * count
    backward = set()
    for root in sorted(range(count), key=lambda node: (entering[node] > 0, node)):
        if state[root]:
            continue
        state[root] = 1
        stack = [(root, iter(out[root]))]
        while stack:
            node, children = stack[-1]
            child = next(children, None)
            if child is None:
                state[node] = 2
                stack.pop()
            elif state[child] == 1:
                backward.add((node, child))
            elif state[child] == 0:
                state[child] = 1
                stack.append((child, iter(out[child])))
    return sorted({(b, a) if (a, b) in backward else (a, b) for a, b in edges})


def _longest_path(count: int, edges: Edges) -> list[int]:
    """Return the layer of each node: the number of edges on the longest path that leads to it."""
    out: list[list[int]] = [[] for _ in range(count)]
    waiting_for = [0] * count
    for a, b in edges:
        out[a].append(b)
        waiting_for[b] += 1
    layer = [0] * count
    ready = [node for node in range(count) if not waiting_for[node]]
    while ready:
        node = ready.pop()
        for child in out[node]:
            layer[child] = max(layer[child], layer[node] + 1)
            waiting_for[child] -= 1
            if not waiting_for[child]:
                ready.append(child)
    return layer


def _tightened(layer: list[int], edges: Edges) -> list[int]:
    """Return the layers with each node moved within its freedom to where its edges are shortest."""
    into: list[list[int]] = [[] for _ in layer]
    out: list[list[int]] = [[] for _ in layer]
    for a, b in edges:
        out[a].append(b)
        into[b].append(a)
    order = sorted(range(len(layer)), key=lambda node: -layer[node])
    for nodes in (order, order[::-1]):
        for node in nodes:
            low = max((layer[other] + 1 for other in into[node]), default=None)
            high = min((layer[other] - 1 for other in out[node]), default=None)
            if len(out[node]) > len(into[node]) and high is not None:
                layer[node] = max(high, layer[node])
            elif len(into[node]) > len(out[node]) and low is not None:
                layer[node] = min(low, layer[node])
    first = min(layer, default=0)
    return [value - first for value in layer]


def _gaps(layers: Layers, gap: float) -> F64:
    """Return the room behind each layer: wider where many edges need a track of their own."""
    edges = np.array([sum(len(layers.out[node]) for node in row) for row in layers.members], np.float64)
    return np.asarray(gap + np.clip((edges - 4) * 7, 0, 160))


def _columns(sizes: F64, layer: list[int], gap: F64) -> F64:
    """Return the x of each node: centered in its layer's column."""
    rows = np.array(layer)
    widths = np.zeros(rows.max() + 1)
    np.maximum.at(widths, rows, sizes[:, 0])
    starts = np.concatenate([[0.0], np.cumsum(widths + gap)[:-1]])
    return np.asarray(starts[rows] + (widths[rows] - sizes[:, 0]) / 2)


def _pack(found: F64, boxes: list[tuple[list[int], F64]], gap_x: float, gap_y: float) -> None:
    """Move components onto shelves about 1.6 times as wide as high, in place."""
    area = sum(float((size[0] + gap_x) * (size[1] + gap_y)) for _, size in boxes)
    width = max([float(size[0]) for _, size in boxes] + [(area * 1.6) ** 0.5])
    x = y = shelf = 0.0
    for members, size in boxes:
        if x > 0 and x + float(size[0]) > width:
            x, y, shelf = 0.0, y + shelf + gap_y, 0.0
        found[members] += (x, y)
        x += float(size[0]) + gap_x
        shelf = max(shelf, float(size[1]))
