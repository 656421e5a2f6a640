"""Parallel flows in one channel get tracks of their own, in the order that avoids crossings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.routing.obstacles import Obstacles
from models.routing.paths import F64
from models.routing.plans import Plans, corners_of

TRACK = 10.0
_CLOSE = 8.0


@dataclass(slots=True)
class _Run:
    """A straight piece between two turns: `slot` is the channel it follows, None for one that hangs on a port."""

    row: int
    slot: int | None
    upright: bool
    at: float
    low: float
    high: float
    key: float


def separate(starts: F64, stops: F64, plans: Plans, obstacles: Obstacles) -> None:
    """Move channels of plans apart that run on top of each other, in place.

    Runs that overlap make a cluster; its tracks are ordered by their ports. A track on a card is not used, and
    runs that hang on ports stay where they are.
    """
    corners = corners_of(starts, stops, plans.leaves, plans.enters, plans.channels)
    runs = _runs(corners, plans)
    fixed = {upright: [run for run in runs if run.slot is None and run.upright == upright] for upright in (True, False)}
    for upright in (True, False):
        movable = [run for run in runs if run.slot is not None and run.upright == upright]
        lying = _Lines(fixed[upright])
        for cluster in _clusters(movable):
            _assign(cluster, lying, plans, obstacles)


def _runs(corners: F64, plans: Plans) -> list[_Run]:
    found = []
    uprights = plans.leaves % 2 == 1
    lengths = np.abs(np.diff(corners, axis=1)).sum(-1)
    both = ~np.isnan(plans.channels)
    for row in range(len(corners)):
        points = corners[row].tolist()
        for number in range(5):
            if lengths[row, number] < 2:
                continue
            (x0, y0), (x1, y1) = points[number], points[number + 1]
            vertical = abs(x1 - x0) < 0.01
            slot = _slot(number, both[row], lengths[row])
            at, a, b = (x0, y0, y1) if vertical else (y0, x0, x1)
            key = _order_key(points, number, bool(uprights[row]))
            found.append(_Run(row, slot, vertical, at, min(a, b), max(a, b), key))
    return found


def _slot(number: int, has: np.ndarray, lengths: F64) -> int | None:
    """Return which channel moves the segment: 1 → c1, 2 → c2, 3 → c3; the first and last hang on ports."""
    if number not in (1, 2, 3) or not has[number - 1]:
        return None
    return number - 1


def _order_key(points: list[list[float]], number: int, upright: bool) -> float:
    """Return where a run wants to lie among its cluster: so that the lines that lead into it do not cross others."""
    if not 1 <= number <= 3:
        return 0.0
    (xa, ya), (xb, yb), (xc, yc) = points[number - 1], points[number], points[number + 1]
    if abs(xb - xc) < 0.01:
        return (1.0 if xb >= xa else -1.0) * (yb if yc < yb else -yb)
    return (1.0 if yb >= ya else -1.0) * (xb if xc < xb else -xb)


def _clusters(runs: list[_Run]) -> list[list[_Run]]:
    """Return groups of runs that lie on top of each other, each with two or more runs, or one."""
    runs = sorted(runs, key=lambda run: (run.at, run.low, run.row))
    parent = list(range(len(runs)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    first = 0
    for number, run in enumerate(runs):
        while runs[first].at < run.at - _CLOSE:
            first += 1
        for other in range(first, number):
            if runs[other].low < run.high + 4 and run.low < runs[other].high + 4:
                parent[root(number)] = root(other)
    groups: dict[int, list[_Run]] = {}
    for number, run in enumerate(runs):
        groups.setdefault(root(number), []).append(run)
    return list(groups.values())


class _Lines:
    """Straight pieces by coordinate, to ask whether a track is taken."""

    def __init__(self, runs: list[_Run]) -> None:
        self._at: dict[int, list[_Run]] = {}
        for run in runs:
            self.add(run)

    def add(self, run: _Run) -> None:
        self._at.setdefault(int(run.at // 8), []).append(run)

    def taken(self, at: float, run: _Run) -> bool:
        bucket = int(at // 8)
        return any(
            other.row != run.row and abs(other.at - at) < 6 and other.low < run.high and run.low < other.high
            for near in (bucket - 1, bucket, bucket + 1)
            for other in self._at.get(near, ())
        )


def _assign(cluster: list[_Run], lying: _Lines, plans: Plans, obstacles: Obstacles) -> None:
    cluster.sort(key=lambda run: (run.key, run.row))
    middle = sum(run.at for run in cluster) / len(cluster)
    step = _step(cluster, middle, obstacles)
    for number, run in enumerate(cluster):
        wanted = middle + (number - (len(cluster) - 1) / 2) * step
        run.at = _nearest_free(run, wanted, lying, obstacles)
        lying.add(run)
        assert run.slot is not None
        plans.channels[run.row, run.slot] = run.at


def _step(cluster: list[_Run], middle: float, obstacles: Obstacles) -> float:
    """Return the distance of tracks: `TRACK`, or less where the corridor between the cards is too narrow."""
    if len(cluster) == 1:
        return 0.0
    half = (len(cluster) - 1) / 2
    for step in (TRACK, 8.0, 6.0, 4.0):
        ends = ((cluster[0], middle - half * step - 4), (cluster[-1], middle + half * step + 4))
        if not any(_hits(run, at, obstacles) for run, at in ends):
            return step
    return 4.0


def _nearest_free(run: _Run, wanted: float, lying: _Lines, obstacles: Obstacles) -> float:
    for offset in (0, 6, -6, 10, -10, 16, -16, 24, -24):
        at = wanted + offset
        if not lying.taken(at, run) and not (_hits(run, at, obstacles)):
            return at
    return wanted


def _hits(run: _Run, at: float, obstacles: Obstacles) -> bool:
    find = obstacles.hits_down if run.upright else obstacles.hits_across
    return bool(find(np.array([at]), np.array([run.low]), np.array([run.high]))[0])
