"""Sifting: single nodes move to where they have the fewest crossings in their layer (Matuszewski et al. 1999)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.layout.layers import Layers

_WIDEST = 400


def sifted(row: list[int], layers: Layers, home: Sequence[int], position: list[int]) -> bool:
    """Try each node of a layer at every place among its neighbors of the same boundary, in place.

    Args:
        home: nodes of the same number have the same boundaries around them.
        position: index of each node in its layer.

    Returns:
        Whether a node found a better place.
    """
    changed, start = False, 0
    while start < len(row):
        stop = start + 1
        while stop < len(row) and home[row[stop]] == home[row[start]]:
            stop += 1
        if 2 < stop - start <= _WIDEST:
            order = _best_of_each(row[start:stop], layers, position)
            changed |= order != row[start:stop]
            row[start:stop] = order
        start = stop
    for index, node in enumerate(row):
        position[node] = index
    return changed


def _best_of_each(run: list[int], layers: Layers, position: Sequence[int]) -> list[int]:
    """Return some nodes of a layer after each was moved to where it has the fewest crossings among them."""
    gains = _gains(run, layers, position)
    order = list(range(len(run)))
    for item, own in enumerate(gains):
        place = order.index(item)
        best, target, total = 0, place, 0
        for index in range(place + 1, len(order)):
            total += own[order[index]]
            if total > best:
                best, target = total, index
        total = 0
        for index in range(place - 1, -1, -1):
            total -= own[order[index]]
            if total > best:
                best, target = total, index
        if target != place:
            order.insert(target, order.pop(place))
    return [run[item] for item in order]


def _gains(run: Sequence[int], layers: Layers, position: Sequence[int]) -> list[list[int]]:
    """Return how many crossings fewer there are with node j before node i, row by row; antisymmetric."""
    count = len(run)
    total = np.zeros((count, count), np.float32)
    for neighbors in (layers.into, layers.out):
        owners = [number for number, node in enumerate(run) for _ in neighbors[node]]
        if not owners:
            continue
        places = np.array([position[other] for node in run for other in neighbors[node]])
        first = int(places.min())
        edges = np.zeros((count, int(places.max()) - first + 1), np.float32)
        np.add.at(edges, (np.array(owners), places - first), 1.0)
        before = np.cumsum(edges, axis=1)
        total += edges @ (before + before - edges - before[:, -1:]).T
    found: list[list[int]] = total.astype(np.int64).tolist()
    return found
