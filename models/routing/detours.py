"""Ways around: the shortest plan of up to five segments that touches no card, along the gaps of a neighborhood."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from models.routing.obstacles import Obstacles
from models.routing.paths import F32, F64
from models.routing.sides import BEND, CLEARANCE, EAST, NORMALS, NORTH, SHORTEST_LEG, SOUTH, WEST, side_center

_REACH = 160.0
_LINES, _MOST_AHEAD = 6, 12
Found = tuple[int, int, F64]
Ports = tuple[Mapping[int, F64], Mapping[int, F64]]


def detour(rects: F32, source: F32, target: F32, obstacles: Obstacles, ports: Ports | None = None) -> Found | None:
    """Return (side left, side entered, channels (3,)) of the shortest free way, or None if the gaps hold none.

    Candidates are the lines beside and midway between the cards near both ends. A way is free if its five lines are;
    they are tested leg by leg, so that few combinations remain.

    Args:
        ports: the port on the source and on the target, by side; other sides are left and entered at their middle.
    """
    for lines in (lines_near(rects, source, target), _every_line(rects, source, target)):
        found = _shortest(source, target, lines, obstacles, ports or ({}, {}))
        if found is not None:
            return found
    return None


def _shortest(source: F32, target: F32, lines: list[F64], obstacles: Obstacles, ports: Ports) -> Found | None:
    best: tuple[float, Found] | None = None
    for leave, enter in side_pairs(source, target):
        start, stop = _port(source, leave, ports[0]), _port(target, enter, ports[1])
        turned = leave % 2 != enter % 2
        shortest = float(np.abs(stop - start).sum()) + BEND * (3 if turned else 2)
        if best is not None and shortest >= best[0]:
            continue
        search = _turned if turned else _facing
        found = search(start, stop, leave, enter, lines, obstacles)
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


def _port(rect: F32, side: int, known: Mapping[int, F64]) -> F64:
    return known[side] if side in known else side_center(rect[None], np.array([side]))[0]


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


def _free(obstacles: Obstacles, axis: int, at: F64, start: F64, end: F64) -> NDArray[np.bool_]:
    """Return whether lines that run along `axis` at coordinate `at` from start to end touch no card."""
    at, start, end = np.broadcast_arrays(at, start, end)
    find = obstacles.hits_across if axis == 0 else obstacles.hits_down
    return np.asarray(find(at, start, end) == 0)


def _ahead(lines: F64, port: float, side: int) -> F64:
    """Return the nearest lines that lie far enough in front of a side."""
    found = lines[(lines - port) * NORMALS[side].sum() >= SHORTEST_LEG]
    return np.asarray(found[:_MOST_AHEAD] if NORMALS[side].sum() > 0 else found[-_MOST_AHEAD:])


def _facing(
    start: F64, stop: F64, leave: int, enter: int, lines: list[F64], obstacles: Obstacles
) -> tuple[float, F64] | None:
    """Both ports lie on the same axis: channels c1 and c3 across it, joined at c2."""
    axis = leave % 2
    (a0, b0), (a1, b1) = (start[axis], start[1 - axis]), (stop[axis], stop[1 - axis])
    first, last, cross = _ahead(lines[axis], a0, leave), _ahead(lines[axis], a1, enter), lines[1 - axis]
    first = first[_free(obstacles, axis, b0, a0, first)]
    last = last[_free(obstacles, axis, b1, a1, last)]
    if not len(first) or not len(last):
        return None
    c1, c2, c3 = first[:, None, None], cross[None, :, None], last[None, None, :]
    open_first = _free(obstacles, 1 - axis, first[:, None], b0, cross[None, :])
    open_last = _free(obstacles, 1 - axis, last[None, :], b1, cross[:, None])
    free = open_first[:, :, None] & open_last[None, :, :] & _free(obstacles, axis, c2, c1, c3)
    if not free.any():
        return None
    merged = np.abs(c1 - c3) < 1
    length = abs(c1 - a0) + abs(c2 - b0) + abs(c3 - c1) + abs(b1 - c2) + abs(a1 - c3)
    cost = np.where(free, length + BEND * np.where(merged, 2, 4), np.inf)
    i, j, k = np.unravel_index(int(cost.argmin()), cost.shape)
    one_line = abs(first[i] - last[k]) < 1
    channels = np.array([first[i], np.nan, np.nan] if one_line else [first[i], cross[j], last[k]])
    return float(cost[i, j, k]), channels


def _turned(
    start: F64, stop: F64, leave: int, enter: int, lines: list[F64], obstacles: Obstacles
) -> tuple[float, F64] | None:
    """The ports lie on different axes: channel c1 across the first, then c2 to the target's port."""
    axis = leave % 2
    (a0, b0), (a1, b1) = (start[axis], start[1 - axis]), (stop[axis], stop[1 - axis])
    first, cross = _ahead(lines[axis], a0, leave), _ahead(lines[1 - axis], b1, enter)
    first = first[_free(obstacles, axis, b0, a0, first)]
    cross = cross[_free(obstacles, 1 - axis, a1, b1, cross)]
    if not len(first) or not len(cross):
        return None
    c1, c2 = first[:, None], cross[None, :]
    free = _free(obstacles, 1 - axis, c1, b0, c2) & _free(obstacles, axis, c2, c1, a1)
    if not free.any():
        return None
    length = abs(c1 - a0) + abs(c2 - b0) + abs(a1 - c1) + abs(b1 - c2)
    cost = np.where(free, length + BEND * 3, np.inf)
    i, j = np.unravel_index(int(cost.argmin()), cost.shape)
    return float(cost[i, j]), np.array([first[i], cross[j], np.nan])
