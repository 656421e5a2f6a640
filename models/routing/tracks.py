"""Parallel flows in one channel get tracks of their own, in the order that avoids crossings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.interruption import go_on
from models.routing.leftness import ordered, turns
from models.routing.obstacles import Obstacles
from models.routing.paths import F64, I64
from models.routing.plans import Plans, corners_of

TRACK = 10.0
STEPS = (TRACK, 8.0, 6.0, 4.0)
SHIFTS = (0.0, 5.0, -5.0, 10.0, -10.0, 15.0, -15.0, 20.0, -20.0, 30.0, -30.0)
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
    number: int
    key: int = 0


def separate(starts: F64, stops: F64, plans: Plans, obstacles: Obstacles, staying: F64) -> None:
    """Move channels of plans apart that run on top of each other, in place.

    Runs that overlap make a cluster; its tracks are ordered by their ports. A track on a card is not used, and
    runs that hang on ports stay where they are.

    Args:
        staying: segments of other flows, which are kept free as well, shape (s, 2, 2).
    """
    corners = corners_of(starts, stops, plans.leaves, plans.enters, plans.channels)
    runs = _runs(corners, plans)
    _order([run for run in runs if run.slot is not None], corners)
    runs += _staying(staying)
    fixed = {upright: [run for run in runs if run.slot is None and run.upright == upright] for upright in (True, False)}
    for upright in (True, False):
        movable = [run for run in runs if run.slot is not None and run.upright == upright]
        lying = _Lines(fixed[upright])
        for cluster in _clusters(movable):
            go_on()
            _assign(cluster, lying, plans, obstacles)


def _staying(segments: F64) -> list[_Run]:
    """Return segments of other flows as runs that do not move."""
    found = []
    for number, ((x0, y0), (x1, y1)) in enumerate(segments.tolist()):
        upright = abs(x1 - x0) < 0.01
        at, one, other = (x0, y0, y1) if upright else (y0, x0, x1)
        found.append(_Run(-1 - number, None, upright, at, min(one, other), max(one, other), 0))
    return found


def _runs(corners: F64, plans: Plans) -> list[_Run]:
    found = []
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
            found.append(_Run(row, slot, vertical, at, min(a, b), max(a, b), number))
    return found


def _slot(number: int, has: np.ndarray, lengths: F64) -> int | None:
    """Return which channel moves the segment: 1 → c1, 2 → c2, 3 → c3; the first and last hang on ports."""
    if number not in (1, 2, 3) or not has[number - 1]:
        return None
    return number - 1


def _order(runs: list[_Run], corners: F64) -> None:
    """Give the runs keys that ascend with the coordinate where each wants to lie beside those it runs along with.

    Where two part in one direction decides; where they do not, the other direction does. So two of them cross at most
    where no order helps.
    """
    if not runs:
        return
    rows, numbers = np.array([run.row for run in runs]), np.array([run.number for run in runs])
    points = corners[rows]
    last = points.shape[1] - 1
    on = points[np.arange(len(runs))[:, None], np.minimum(numbers[:, None] + np.arange(last + 1), last)]
    back = points[np.arange(len(runs))[:, None], np.maximum(numbers[:, None] + 1 - np.arange(last + 1), 0)]
    upright = np.array([run.upright for run in runs])
    step = on[:, 1] - on[:, 0]
    grows = np.where(upright, step[:, 1], step[:, 0]) > 0
    ahead, behind = np.where(grows[:, None, None], on, back), np.where(grows[:, None, None], back, on)
    sign = np.where(upright, -1, 1)
    parted, joined = np.split(turns(np.concatenate([ahead, behind])), 2)
    keys = [*(parted.T * sign), *(joined.T * -sign), np.where(grows, rows, -rows) * sign]
    for place, number in enumerate(ordered(keys).tolist()):
        runs[number].key = place


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
    """Give the runs of a cluster tracks in their order, all together moved to where no card and no other line is."""
    cluster.sort(key=lambda run: (run.key, run.row))
    tracks = _tracks(cluster)
    middle = sum(run.at for run in cluster) / len(cluster)
    places, on_cards = _places(cluster, np.array(tracks) - max(tracks) / 2, middle, lying, obstacles)
    for run, wanted, hit in zip(cluster, places.tolist(), on_cards.tolist(), strict=True):
        run.at = _nearest_free(run, lying, obstacles) if hit else wanted
        assert run.slot is not None
        plans.channels[run.row, run.slot] = run.at
    for run in cluster:
        lying.add(run)


def _tracks(cluster: list[_Run]) -> list[int]:
    """Return the number of each run's track: behind those before it that it runs beside."""
    found: list[int] = []
    for number, run in enumerate(cluster):
        beside = [found[n] for n in range(number) if _beside(cluster[n], run)]
        found.append(max(beside, default=-1) + 1)
    return found


def _beside(one: _Run, other: _Run) -> bool:
    return one.low < other.high + 4 and other.low < one.high + 4


def _places(cluster: list[_Run], tracks: F64, middle: float, lying: _Lines, obstacles: Obstacles) -> tuple[F64, I64]:
    """Return the coordinate of each run, tracks as wide and as near to the middle as the cards leave room.

    And how many px of each lie on cards there.
    """
    steps = np.array(STEPS if len(cluster) > 1 else STEPS[:1])
    shifted = (middle + np.array(SHIFTS))[:, None]
    places = (shifted + tracks * steps[:, None, None]).reshape(-1, len(cluster))
    on_cards = _hits(cluster, places, obstacles)
    best, least = 0, np.inf
    for number, px in enumerate(on_cards.sum(1).tolist()):
        if px * 100 >= least:
            continue
        on_lines = sum(lying.taken(at, run) for run, at in zip(cluster, places[number].tolist(), strict=True))
        if px * 100 + on_lines < least:
            best, least = number, px * 100 + on_lines
        if not least:
            break
    return places[best], on_cards[best]


def _nearest_free(run: _Run, lying: _Lines, obstacles: Obstacles) -> float:
    """Return the nearest place for a run that would lie on a card among the others."""
    places = run.at + np.array(SHIFTS)
    free = _hits([run] * len(places), places, obstacles) == 0
    return next((at for at in places[free].tolist() if not lying.taken(at, run)), run.at)


def _hits(runs: list[_Run], places: F64, obstacles: Obstacles) -> I64:
    """Return how many px of each run lie on cards at the places, shape (k,) or (c, k)."""
    find = obstacles.hits_down if runs[0].upright else obstacles.hits_across
    return find(places, np.array([run.low for run in runs]), np.array([run.high for run in runs]))
