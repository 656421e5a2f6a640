"""Coordinates across layers: lines as straight as order, distances and boundaries allow.

Every node has a height, every boundary an upper and a lower edge that hold in all its layers. What stands above what
is a system of differences; among its solutions the one with the least total offset along edges is drawn, long edges
counting most (Gansner et al. 1993, §4), or in very large drawings one found by relaxation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from models.layout.layers import Layers
from models.routing.paths import F64, I64

PADDING, TITLE = 24.0, 40.0
_BESIDE_BOUNDARY = 24.0
_INSIDE_LINE = 12.0
_STRAIGHTNESS = (8.0, 2.0, 1.0)
"""Weight of an offset between two dummies, a dummy and a node, and two nodes."""
_COMPACTNESS = 0.25
_EXACT_UP_TO = 4_000
_ROUNDS = 24


@dataclass(frozen=True, slots=True, eq=False)
class _System:
    """Differences: variable `below` lies at least `least` under `above`; `pulls` join variables that should be level.

    Attributes:
        variable: of each node; dummies of a long edge share one where nothing crosses them; -1 = stands for nothing.
        count: variables: those of nodes, then the upper and the lower edge of each boundary.
    """

    variable: list[int]
    count: int
    above: I64
    below: I64
    least: F64
    pulls: tuple[I64, I64, F64]


def place_along(order: Sequence[Sequence[int]], layers: Layers, heights: F64, gap: float) -> F64:
    """Return the top of every real node, shape (real,), px.

    Args:
        order: nodes of each layer from top to bottom.
        heights: height of each node, px; 0 for dummies.
        gap: least distance between real nodes; dummies need less.
    """
    system = _system(order, layers, heights, gap)
    exact = len(system.pulls[0]) <= _EXACT_UP_TO
    centers = _straightest(system) if exact else _relaxed(system)
    return np.asarray(centers[system.variable[: layers.real]] - heights[: layers.real] / 2)


def _system(order: Sequence[Sequence[int]], layers: Layers, heights: F64, gap: float) -> _System:
    variable = _variables(order, layers)
    nodes = max(variable, default=-1) + 1
    top = [nodes + 2 * boundary for boundary in range(len(layers.parents))]
    above: list[int] = []
    below: list[int] = []
    least: list[float] = []

    def differ(upper: int, lower: int, distance: float) -> None:
        if upper != lower:
            above.append(upper)
            below.append(lower)
            least.append(distance)

    for node, one in enumerate(variable):
        if layers.paths[node] and one >= 0:
            home, half = layers.paths[node][-1], float(heights[node]) / 2
            room = (TITLE, PADDING) if node < layers.real else (TITLE - _INSIDE_LINE, _INSIDE_LINE)
            differ(top[home], one, room[0] + half)
            differ(one, top[home] + 1, room[1] + half)
    for boundary, parent in enumerate(layers.parents):
        differ(top[boundary], top[boundary] + 1, TITLE + PADDING)
        if parent >= 0:
            differ(top[parent], top[boundary], TITLE)
            differ(top[boundary] + 1, top[parent] + 1, PADDING)
    for row in order:
        for a, b in pairwise(row):
            depth = sum(1 for one, other in zip(layers.paths[a], layers.paths[b], strict=False) if one == other)
            upper = top[layers.paths[a][depth]] + 1 if len(layers.paths[a]) > depth else variable[a]
            lower = top[layers.paths[b][depth]] if len(layers.paths[b]) > depth else variable[b]
            if upper < 0 or lower < 0:
                continue
            real = (a < layers.real) + (b < layers.real)
            distance = gap * (0.35, 0.6, 1.0)[real]
            if upper == variable[a] and lower == variable[b]:
                distance += float(heights[a] + heights[b]) / 2
            else:
                own = (heights[a] if upper == variable[a] else 0.0) + (heights[b] if lower == variable[b] else 0.0)
                distance = max(_BESIDE_BOUNDARY, distance * 0.8) + float(own) / 2
            differ(upper, lower, distance)
    pulls = _pulls(layers, variable, top)
    return _System(
        variable,
        nodes + 2 * len(layers.parents),
        np.array(above, np.int64),
        np.array(below, np.int64),
        np.array(least, np.float64),
        pulls,
    )


def _variables(order: Sequence[Sequence[int]], layers: Layers) -> list[int]:
    """Return the variable of each node: dummies of one edge share theirs between places where two such edges cross."""
    found = list(range(layers.real)) + [-1] * (layers.count - layers.real)
    breaks = _breaks(order, layers)
    following = layers.real
    for chain in layers.chains:
        for index, dummy in enumerate(chain):
            if index == 0 or (chain[index - 1], dummy) in breaks:
                following += 1
            found[dummy] = following - 1
    return found


def _breaks(order: Sequence[Sequence[int]], layers: Layers) -> set[tuple[int, int]]:
    """Return the pieces between dummies that cross another such piece that was met before, or pass a boundary."""
    found = set()
    following = {a: b for chain in layers.chains for a, b in pairwise(chain)}
    for row, under in pairwise(order):
        place = {node: index for index, node in enumerate(under)}
        firsts, firsts_under = _first_of(row, layers), _first_of(under, layers)
        lowest = -1
        for index, node in enumerate(row):
            other = following.get(node)
            if other is None:
                continue
            around = layers.paths[node]
            passes = any(
                (index < first) != (place[other] < firsts_under[boundary])
                for boundary, first in firsts.items()
                if boundary in firsts_under and boundary not in around
            )
            if place[other] < lowest or passes:
                found.add((node, other))
            else:
                lowest = place[other]
    return found


def _first_of(row: Sequence[int], layers: Layers) -> dict[int, int]:
    """Return where each boundary starts in a layer."""
    found: dict[int, int] = {}
    for index, node in enumerate(row):
        for boundary in layers.paths[node]:
            found.setdefault(boundary, index)
    return found


def _pulls(layers: Layers, variable: list[int], top: list[int]) -> tuple[I64, I64, F64]:
    """Return what should be level: both ends of every piece of an edge; and the edges of a boundary, weakly."""
    weights: dict[tuple[int, int], float] = {}
    for a in range(layers.count):
        for b in layers.out[a]:
            ends = (variable[a], variable[b])
            if ends[0] != ends[1]:
                real = (a < layers.real) + (b < layers.real)
                weights[ends] = weights.get(ends, 0.0) + _STRAIGHTNESS[real]
    for edge in top:
        weights[edge, edge + 1] = _COMPACTNESS
    first, second = ([pair[side] for pair in weights] for side in (0, 1))
    return np.array(first, np.int64), np.array(second, np.int64), np.array(list(weights.values()), np.float64)


def _straightest(system: _System) -> F64:
    """Return the places with the least weighted sum of offsets: a linear program."""
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    first, second, weights = system.pulls
    pulls, rows = len(first), len(system.above)
    if not pulls and not rows:
        return np.zeros(system.count)
    size = system.count + 2 * pulls
    each = np.arange(rows)
    ones = np.ones(rows)
    apart = coo_array(
        (np.concatenate([ones, -ones]), (np.concatenate([each, each]), np.concatenate([system.above, system.below]))),
        shape=(rows, size),
    ).tocsr()
    along = np.arange(pulls)
    one = np.ones(pulls)
    columns = np.concatenate([first, second, system.count + along, system.count + pulls + along])
    offsets = coo_array(
        (np.concatenate([one, -one, -one, one]), (np.tile(along, 4), columns)), shape=(pulls, size)
    ).tocsr()
    costs = np.concatenate([np.zeros(system.count), weights, weights])
    bounds = np.array([(None, None)] * system.count + [(0, None)] * (2 * pulls), dtype=object)
    bounds[0] = (0, 0)
    solved = linprog(
        costs,
        A_ub=apart if rows else None,
        b_ub=-system.least if rows else None,
        A_eq=offsets if pulls else None,
        b_eq=np.zeros(pulls) if pulls else None,
        bounds=bounds,
        method="highs-ds",
    )
    return np.asarray(solved.x[: system.count], np.float64)


def _relaxed(system: _System) -> F64:
    """Return places by relaxation: all move to the mean of what pulls them, then as far as needed down and up.

    The mean of the lowest and the highest answer keeps every difference, since differences are convex.
    """
    order = _from_above(system)
    over: list[list[tuple[int, float]]] = [[] for _ in range(system.count)]
    under: list[list[tuple[int, float]]] = [[] for _ in range(system.count)]
    for a, b, distance in zip(system.above.tolist(), system.below.tolist(), system.least.tolist(), strict=True):
        over[b].append((a, distance))
        under[a].append((b, distance))
    first, second, weights = system.pulls
    mass = np.zeros(system.count)
    for ends in (first, second):
        np.add.at(mass, ends, weights)
    places = np.zeros(system.count)
    for _ in range(_ROUNDS):
        wanted = np.zeros(system.count)
        np.add.at(wanted, first, weights * places[second])
        np.add.at(wanted, second, weights * places[first])
        wanted = np.where(mass > 0, wanted / np.maximum(mass, 1e-9), places)
        down, up = wanted.tolist(), wanted.tolist()
        for node in order:
            for other, distance in over[node]:
                down[node] = max(down[node], down[other] + distance)
        for node in reversed(order):
            for other, distance in under[node]:
                up[node] = min(up[node], up[other] - distance)
        places = (np.array(down) + np.array(up)) / 2
    return places


def _from_above(system: _System) -> list[int]:
    """Return the variables so that each comes after all that lie above it."""
    under: list[list[int]] = [[] for _ in range(system.count)]
    waiting_for = [0] * system.count
    for a, b in zip(system.above.tolist(), system.below.tolist(), strict=True):
        under[a].append(b)
        waiting_for[b] += 1
    ready = [node for node in range(system.count) if not waiting_for[node]]
    found = []
    while ready:
        node = ready.pop()
        found.append(node)
        for other in under[node]:
            waiting_for[other] -= 1
            if not waiting_for[other]:
                ready.append(other)
    return found
