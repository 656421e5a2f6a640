"""Every sensible way of a flow: on all pairs of sides, over the lines beside and between the cards near its ends."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from models.interruption import go_on
from models.routing.detours import lines_near, side_pairs
from models.routing.obstacles import Obstacles
from models.routing.paths import F32, F64, I64
from models.routing.plans import Plans, corners_of, cost_of
from models.routing.sides import BEND, NORMALS, SHORTEST_LEG, side_center

_NEAREST, _MOST = 3, 600
_BARRED = 1e6
_JOG = 12.0
"""Nobody turns for less, in px."""


class Ways(NamedTuple):
    """The ways of one flow, the present one first: plans, polylines (k, 6, 2) and what each costs without crossings."""

    plans: Plans
    corners: F64
    cost: F64


class Flows(NamedTuple):
    """What is routed: cards, shape (n, 4), and the rows of the ends of each flow, shape (m,)."""

    rects: F32
    sources: I64
    targets: I64


def middles(rects: F32) -> F64:
    """Return the middle of each side of rectangles, shape (n, 4, 2)."""
    return np.stack([side_center(rects, np.full(len(rects), side)) for side in range(4)], 1)


def ways_of(
    flows: Flows,
    rows: I64,
    doors: tuple[F64, F64],
    plans: Plans,
    corners: F64,
    most: F64,
    obstacles: Obstacles,
) -> dict[int, Ways]:
    """Return for each of the rows its present way and the shortest free ones that could cost less than it and `most`.

    Args:
        doors: the ports of source and target on each side, of every row, shape (k, 4, 2) each.
        plans, corners: of all flows, as they are.
        most: for every row, px of length, shape (k,).
    """
    present = plans.rows(rows)
    cost, fouled = cost_of(corners[rows], present.leaves, present.enters, obstacles)
    cost = cost + _BARRED * fouled
    found = [
        _between(flows.rects, flows.rects[flows.sources[row]], flows.rects[flows.targets[row]], start, stop)
        for row, start, stop in zip(rows.tolist(), *doors, strict=True)
    ]
    owners = np.repeat(np.arange(len(rows)), [len(each.leaves) for each in found])
    others = Plans.joined(found)
    starts, stops = doors[0][owners, others.leaves], doors[1][owners, others.enters]
    lines = corners_of(starts, stops, others.leaves, others.enters, others.channels)
    lengths = np.abs(np.diff(lines, axis=1)).sum(-1)
    least = lengths.sum(1) + BEND * ((lengths > 0.5).sum(1) - 1)
    short = np.flatnonzero(least < (most + cost)[owners])
    short = short[np.lexsort((least[short], owners[short]))]
    first = np.searchsorted(owners[short], owners[short])
    short = short[np.arange(len(short)) - first < _MOST]
    others, lines, owners = others.rows(short), lines[short], owners[short]
    other_cost, barred = cost_of(lines, others.leaves, others.enters, obstacles)
    ways = {}
    for number, row in enumerate(rows.tolist()):
        kept = np.flatnonzero((owners == number) & ~barred)
        ways[row] = Ways(
            Plans.joined([present.rows(np.array([number])), others.rows(kept)]),
            np.concatenate([corners[row][None], lines[kept]]),
            np.concatenate([cost[number : number + 1], other_cost[kept]]),
        )
    return ways


def _between(rects: F32, source: F32, target: F32, starts: F64, stops: F64) -> Plans:
    go_on()
    lines = lines_near(rects, source, target)
    pairs = side_pairs(source, target)
    before = [_front(lines, starts[side], side) for side in range(4)]
    behind = [_front(lines, stops[side], side) for side in range(4)]
    channels = [
        _turned(before[leave], behind[enter])
        if leave % 2 != enter % 2
        else _facing(before[leave], behind[enter], lines[1 - leave % 2], between=leave != enter)
        for leave, enter in pairs
    ]
    sides = np.repeat(np.array(pairs), [len(found) for found in channels], axis=0)
    return Plans(sides[:, 0], sides[:, 1], np.concatenate(channels))


class _Front(NamedTuple):
    """What lies before a side: where its port is, which way is out (1 or -1), the lines ahead, the nearest."""

    at: float
    across: float
    out: float
    ahead: F64
    nearest: F64


def _front(lines: list[F64], port: F64, side: int) -> _Front:
    axis, out = side % 2, float(NORMALS[side].sum())
    at, middle = float(port[axis]), float(port[1 - axis])
    ahead = lines[axis][(lines[axis] - at) * out >= SHORTEST_LEG]
    return _Front(at, middle, out, ahead, ahead[:_NEAREST] if out > 0 else ahead[-_NEAREST:])


def _turned(start: _Front, stop: _Front) -> F64:
    """Return channels of an L and of what turns three times, shape (k, 3)."""
    found = np.full((len(start.nearest) * len(stop.nearest) + 1, 3), np.nan)
    found[1:, 0] = np.repeat(start.nearest, len(stop.nearest))
    found[1:, 1] = np.tile(stop.nearest, len(start.nearest))
    return found


def _facing(start: _Front, stop: _Front, across: F64, *, between: bool) -> F64:
    """Return channels of a Z or U over each line ahead of both ends, and of what turns four times, shape (k, 3)."""
    both = start.ahead[(start.ahead - stop.at) * stop.out >= SHORTEST_LEG]
    if between:
        both = np.append(both, (start.at + stop.at) / 2)
    across = across[(np.abs(across - start.across) >= _JOG) & (np.abs(across - stop.across) >= _JOG)]
    first, second, third = len(start.nearest), len(across), len(stop.nearest)
    found = np.full((len(both) + first * second * third, 3), np.nan)
    found[: len(both), 0] = both
    found[len(both) :, 0] = np.repeat(start.nearest, second * third)
    found[len(both) :, 1] = np.tile(np.repeat(across, third), first)
    found[len(both) :, 2] = np.tile(stop.nearest, first * second)
    return np.asarray(found[~(np.abs(found[:, 0] - found[:, 2]) < _JOG)])
