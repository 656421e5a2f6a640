"""Ways around: the shortest plan of up to five segments that touches no card, along the gaps of a neighborhood."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from models.routing.obstacles import Obstacles, counted
from models.routing.paths import F32, F64
from models.routing.sides import BEND, CLEARANCE, EAST, NORTH, SHORTEST_LEG, SOUTH, WEST, side_center

_REACH = 160.0
_LINES, _MOST_AHEAD = 6, 12
Found = tuple[int, int, F64]
Ports = tuple[Mapping[int, F64], Mapping[int, F64]]
Index = int | NDArray[np.intp]


def detour(rects: F32, source: F32, target: F32, obstacles: Obstacles, ports: Ports | None = None) -> Found | None:
    """Return (side left, side entered, channels (3,)) of the shortest free way, or None if the gaps hold none.

    Candidates are the lines beside and midway between the cards near both ends. A way is free if its five lines are;
    they are tested leg by leg, so that few combinations remain.

    Args:
        ports: the port on the source and on the target, by side; other sides are left and entered at their middle.
    """
    pairs, doors = (
        side_pairs(source, target),
        [_doors(*each) for each in zip((source, target), ports or ({}, {}), strict=True)],
    )
    every = _every_line(rects, source, target)
    for lines in ([_kept(each, axis, source, target) for axis, each in enumerate(every)], every):
        found = _shortest(pairs, _Gaps(doors[0], doors[1], lines, obstacles))
        if found is not None:
            return found
    return None


def _shortest(pairs: list[tuple[int, int]], gaps: _Gaps) -> Found | None:
    best: tuple[float, Found] | None = None
    for leave, enter in pairs:
        turned = leave % 2 != enter % 2
        shortest = float(np.abs(gaps.stops[enter] - gaps.starts[leave]).sum()) + BEND * (3 if turned else 2)
        if best is not None and shortest >= best[0]:
            continue
        found = (gaps.turned if turned else gaps.facing)(leave, enter)
        if found is not None and (best is None or found[0] < best[0]):
            best = (found[0], (leave, enter, found[1]))
    return best[1] if best else None


def lines_near(rects: F32, source: F32, target: F32) -> list[F64]:
    """Return the x and the y of lines beside and midway between the cards near both ends.

    Those kept are the `_LINES` nearest to either end and to the middle, and the outermost.
    """
    return [_kept(every, axis, source, target) for axis, every in enumerate(_every_line(rects, source, target))]


def _every_line(rects: F32, source: F32, target: F32) -> list[F64]:
    low = np.minimum(source[:2], target[:2]) - _REACH
    high = np.maximum(source[:2] + source[2:], target[:2] + target[2:]) + _REACH
    near = rects[((rects[:, :2] < high) & (rects[:, :2] + rects[:, 2:] > low)).all(1)]
    return [_lines(near, axis) for axis in (0, 1)]


def _kept(every: F64, axis: int, source: F32, target: F32) -> F64:
    centers = source[axis] + source[axis + 2] / 2, target[axis] + target[axis + 2] / 2
    kept = [np.argsort(np.abs(every - at), kind="stable")[:_LINES] for at in (*centers, sum(centers) / 2)]
    outermost = np.array([0, 1, len(every) - 2, len(every) - 1]).clip(0)
    return np.asarray(every[np.unique(np.concatenate([*kept, outermost]))])


def _doors(rect: F32, known: Mapping[int, F64]) -> F64:
    """Return the port on each side of a card, shape (4, 2)."""
    found = side_center(np.broadcast_to(rect, (4, 4)), np.arange(4))
    for side, port in known.items():
        found[side] = port
    return found


def side_pairs(source: F32, target: F32) -> list[tuple[int, int]]:
    """Return the pairs of sides worth a search: facing each other on either axis, around a corner, and U turns."""
    dx, dy = (target[:2] + target[2:] / 2) - (source[:2] + source[2:] / 2)
    across, down = (EAST, WEST) if dx >= 0 else (WEST, EAST), (SOUTH, NORTH) if dy >= 0 else (NORTH, SOUTH)
    corners = [(across[0], down[1]), (down[0], across[1])]
    return [across, down, *corners, (EAST, EAST), (WEST, WEST), (SOUTH, SOUTH), (NORTH, NORTH)]


def _lines(near: F32, axis: int) -> F64:
    """Return coordinates on an axis, sorted: midway between neighbors and beside cards."""
    low, high = near[:, axis], near[:, axis] + near[:, axis + 2]
    edges = np.concatenate([low - CLEARANCE, high + CLEARANCE])
    ends = np.unique(high)
    after = np.searchsorted(np.sort(low), ends)
    following = np.append(np.sort(low), np.inf)[after]
    gaps = (ends + following)[(following - ends >= 16) & (following - ends <= 120)] / 2
    return np.unique(np.round(np.concatenate([edges, gaps]) / 4) * 4)


class _Gaps:
    """The lines and ports of one search, with the px on cards between any two of them.

    Attributes:
        starts, stops: the port on each side of both cards, shape (4, 2).
    """

    def __init__(self, starts: F64, stops: F64, lines: list[F64], obstacles: Obstacles) -> None:
        self.starts, self.stops = starts, stops
        self._lines = lines
        at = [np.concatenate([lines[axis], starts[:, axis], stops[:, axis]]) for axis in (0, 1)]
        self._before = [tuple(obstacles.before(axis, at[1 - axis], at[axis])) for axis in (0, 1)]
        """By axis and margin: of a line at each coordinate of the other axis, px on cards before each coordinate."""
        self._fronts = [self._reached(axis, at[axis]) for axis in (0, 1)]

    def _free(self, axis: int, at: Index, start: Index, end: Index) -> NDArray[np.bool_]:
        """Return whether lines that run along `axis` from start to end touch no card, by numbers of coordinates."""
        low, high = (np.abs(before[at, end] - before[at, start]) for before in self._before[axis])
        return np.asarray(counted(np.maximum(low, high)) == 0)

    def _reached(self, axis: int, at: F64) -> list[NDArray[np.intp]]:
        """Return the numbers of the nearest lines in front of the sides of an axis that their ports reach freely.

        Of the source first, and of each card the side in the direction of the axis first.
        """
        count = len(self._lines[axis])
        ports, out = np.array([axis, axis + 2, axis + 4, axis + 6]), np.array([[1.0], [-1.0], [1.0], [-1.0]])
        ahead = (at[:count] - at[count + ports, None]) * out >= SHORTEST_LEG
        number, total = np.arange(count), ahead.sum(1)[:, None]
        ahead &= np.where(out > 0, number < count - total + _MOST_AHEAD, number >= total - _MOST_AHEAD)
        ahead &= self._free(axis, (len(self._lines[1 - axis]) + ports)[:, None], (count + ports)[:, None], number)
        return [np.flatnonzero(each) for each in ahead]

    def _front(self, end: int, side: int) -> NDArray[np.intp]:
        """Return the lines that a side of the source (end 0) or target (end 1) reaches."""
        return self._fronts[side % 2][2 * end + side // 2]

    def _ends(self, leave: int, enter: int) -> tuple[Index, Index, Index]:
        """Return the numbers of the ports' coordinates: across the side left, along and across it of that entered."""
        along, across = len(self._lines[leave % 2]), len(self._lines[1 - leave % 2])
        return across + leave, along + 4 + enter, across + 4 + enter

    def facing(self, leave: int, enter: int) -> tuple[float, F64] | None:
        """Both ports lie on the same axis: channels c1 and c3 across it, joined at c2."""
        axis = leave % 2
        first, last = self._front(0, leave), self._front(1, enter)
        if not len(first) or not len(last):
            return None
        (a0, b0), (a1, b1) = ((port[axis], port[1 - axis]) for port in (self.starts[leave], self.stops[enter]))
        beside, _, level = self._ends(leave, enter)
        cross = np.arange(len(self._lines[1 - axis]))
        open_first = self._free(1 - axis, first[:, None], beside, cross)
        open_last = self._free(1 - axis, last[:, None], level, cross)
        free = open_first[:, :, None] & open_last.T & self._free(axis, cross[:, None], first[:, None, None], last)
        if not free.any():
            return None
        c1, c2, c3 = self._lines[axis][first], self._lines[1 - axis], self._lines[axis][last]
        across = np.abs(c1[:, None] - c3)[:, None]
        length = (np.abs(c1 - a0)[:, None] + np.abs(c2 - b0))[..., None] + across
        length = length + np.abs(b1 - c2)[:, None] + np.abs(a1 - c3)
        cost = np.where(free, length + BEND * np.where(across < 1, 2, 4), np.inf)
        i, j, k = np.unravel_index(int(cost.argmin()), cost.shape)
        one_line = abs(c1[i] - c3[k]) < 1
        return float(cost[i, j, k]), np.array([c1[i], np.nan, np.nan] if one_line else [c1[i], c2[j], c3[k]])

    def turned(self, leave: int, enter: int) -> tuple[float, F64] | None:
        """The ports lie on different axes: channel c1 across the first, then c2 to the target's port."""
        axis = leave % 2
        first, cross = self._front(0, leave), self._front(1, enter)
        if not len(first) or not len(cross):
            return None
        (a0, b0), (a1, b1) = ((port[axis], port[1 - axis]) for port in (self.starts[leave], self.stops[enter]))
        beside, into, _ = self._ends(leave, enter)
        free = self._free(1 - axis, first[:, None], beside, cross) & self._free(axis, cross, first[:, None], into)
        if not free.any():
            return None
        c1, c2 = self._lines[axis][first][:, None], self._lines[1 - axis][cross]
        length = abs(c1 - a0) + abs(c2 - b0) + abs(a1 - c1) + abs(b1 - c2)
        cost = np.where(free, length + BEND * 3, np.inf)
        i, j = np.unravel_index(int(cost.argmin()), cost.shape)
        return float(cost[i, j]), np.array([c1[i, 0], c2[j], np.nan])
