"""The layer of each node: the shortest edges in total, and boundaries that span few layers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.layout.graph import Edges

_EXACT_UP_TO = 3_000


def ranks(count: int, edges: Edges, members: Sequence[Sequence[int]] = ()) -> list[int]:
    """Return the layer of each node, from 0 on; every edge leads to a higher one.

    The total length of edges is least (Gansner et al. 1993, §2); the matrix of the linear program is totally
    unimodular, so that its vertices are whole numbers. Above 3,000 edges layers come from the longest path, tightened.

    Args:
        edges: without cycles.
        members: nodes of each boundary; its span in layers counts like an edge for every third of them.
    """
    if not edges:
        return [0] * count
    if len(edges) > _EXACT_UP_TO:
        return _tightened(_longest_path(count, edges), edges)
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    groups = [group for group in members if len(group) > 1]
    lower, upper, least = [a for a, _ in edges], [b for _, b in edges], [1.0] * len(edges)
    costs = np.zeros(count + 2 * len(groups))
    np.add.at(costs, upper, 1.0)
    np.add.at(costs, lower, -1.0)
    for number, group in enumerate(groups):
        first, last = count + 2 * number, count + 2 * number + 1
        costs[[first, last]] = (-len(group) / 3, len(group) / 3)
        for node in group:
            lower += [first, node]
            upper += [node, last]
            least += [0.0, 0.0]
    rows = np.arange(len(least))
    values = np.concatenate([np.ones(len(rows)), -np.ones(len(rows))])
    matrix = csr_array((values, (np.concatenate([rows, rows]), lower + upper)), shape=(len(rows), len(costs)))
    solved = linprog(costs, A_ub=matrix, b_ub=-np.array(least), bounds=(0, count), method="highs-ds")
    found = np.rint(solved.x[:count]).astype(int)
    return [int(value) for value in found - found.min()]


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
