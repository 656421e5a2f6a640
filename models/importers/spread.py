"""Places of a drawing for our cards: the picture is stretched and its parts pushed until nothing covers another.

Two cards that would cover each other are moved apart along the axis that tells them apart in the drawing, in the order
in which they lie there (separation constraints as of Dwyer, Marriott, Stuckey 2006 "Fast Node Overlap Removal", solved
by pushing forward from the places wanted). A drawing that has room keeps its places.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.importers.drawio_cells import Rect
from models.interruption import go_on, while_wanted

F64 = NDArray[np.float64]
GAPS = (40.0, 32.0)
INSIDE = ((20.0, 20.0), (48.0, 20.0))
"""Room between a frame and what it holds: left and right, top (with its title) and bottom."""
MOST_STRETCH = 2.25
ROUNDS = 10
MOST_AT_ONCE = 12
"""Of many cards on one spot each is pushed from so many in a round; these push the others on."""
GRID = 8.0
_CHUNK = 256
_MOST_BESIDE = 4096
"""So many cards in one row are looked at for the room between neighbors, and so many pairs of a chunk count."""
_TOUCH = 1.0


def spread(leaves: Sequence[Rect], sizes: Sequence[tuple[float, float]], frames: Sequence[Rect]) -> tuple[F64, F64]:
    """Return x, y, width, height of leaves (n, 4) and of frames (f, 4).

    Args:
        leaves: where cards and texts are drawn.
        sizes: width and height that each of them takes here.
        frames: where frames are drawn; what they hold there, they hold here.
    """
    drawn = np.array([*leaves, *frames], np.float64).reshape(-1, 4)
    count = len(leaves)
    if not len(drawn):
        return drawn[:0], drawn[:0]
    spreading = _Spreading(drawn, np.array(sizes, np.float64).reshape(-1, 2), count)
    placed = spreading.solve()
    return placed[:count], placed[count:]


class _Spreading:
    def __init__(self, drawn: F64, sizes: F64, count: int) -> None:
        self.count = count
        self.low, self.high = drawn[:, :2], drawn[:, :2] + drawn[:, 2:]
        self.centers = (self.low + self.high) / 2
        self.sizes = sizes
        self.inside = self._containment()
        self.homes = self._innermost()
        self.pushes: tuple[set[tuple[int, int]], set[tuple[int, int]]] = (set(), set())
        scale = self._stretch()
        self.start = self.low * scale
        self.end = self.high * scale
        self.start[:count] = self.centers[:count] * scale - sizes / 2
        self.end[:count] = self.start[:count] + sizes
        for frame in self._inner_first():
            members = np.flatnonzero(self.inside[frame - count])
            if len(members):
                before, after = np.array(INSIDE)[:, 0], np.array(INSIDE)[:, 1]
                self.start[frame] = np.minimum(self.start[frame], self.start[members].min(0) - before)
                self.end[frame] = np.maximum(self.end[frame], self.end[members].max(0) + after)
        self.wanted = self.start.copy(), self.end.copy()

    def _containment(self) -> NDArray[np.bool_]:
        """Return which items lie in which frame, shape (f, n): leaves by their center, frames as a whole."""
        count, total = self.count, len(self.low)
        found = np.zeros((total - count, total), np.bool_)
        for frame in range(count, total):
            low, high = self.low[frame], self.high[frame]
            row = found[frame - count]
            row[:count] = ((self.centers[:count] >= low) & (self.centers[:count] <= high)).all(1)
            row[count:] = ((self.low[count:] >= low - _TOUCH) & (self.high[count:] <= high + _TOUCH)).all(1) & (
                self._areas()[count:] < self._areas()[frame]
            )
        return found

    def _innermost(self) -> list[tuple[int, int]]:
        """Return (frame, item) for the frames around an item that hold no other frame around it."""
        found = []
        areas = self._areas()[self.count :]
        for item in while_wanted(range(len(self.low))):
            around = np.flatnonzero(self.inside[:, item])
            while len(around):
                frame = int(around[np.argmin(areas[around])])
                found.append((frame, item))
                around = around[~self.inside[around, self.count + frame] & (around != frame)]
        return found

    def _areas(self) -> F64:
        areas: F64 = (self.high - self.low).prod(axis=1)
        return areas

    def _inner_first(self) -> list[int]:
        areas = self._areas()
        return sorted(range(self.count, len(self.low)), key=lambda frame: float(areas[frame]))

    def _stretch(self) -> F64:
        """Return how much the drawing is stretched in x and y so that most neighbors have room."""
        needs: tuple[list[float], list[float]] = ([], [])
        count = self.count
        order = np.argsort(self.centers[:count, 1], kind="stable")
        reach = float(self.sizes[:, 1].max(initial=0.0)) + GAPS[1]
        for first in range(0, count, _CHUNK):
            go_on()
            rows = order[first : first + _CHUNK]
            last = self.centers[rows[-1], 1] + reach
            beside = int(np.searchsorted(self.centers[order[first:], 1], last))
            others = order[first : first + min(beside, _CHUNK + _MOST_BESIDE)]
            away = np.abs(self.centers[rows, None, :] - self.centers[None, others, :])
            room = (self.sizes[rows, None, :] + self.sizes[None, others, :]) / 2 + np.array(GAPS)
            close = (away < room).all(2)
            close &= np.arange(len(rows))[:, None] < np.arange(len(others))[None, :]
            ratio = room[close] / np.maximum(away[close], 1.0)
            ratio = ratio[:: 1 + len(ratio) // _MOST_BESIDE]
            for axis in (0, 1):
                mine = ratio[:, axis] <= ratio[:, 1 - axis]
                needs[axis].extend(ratio[mine, axis].tolist())
        return np.array([min(MOST_STRETCH, float(np.quantile(need, 0.6))) if need else 1.0 for need in needs])

    def solve(self) -> F64:
        for _ in range(ROUNDS):
            go_on()
            if not self._add_pushes():
                break
            for axis in (0, 1):
                self._push(axis)
        start, end = self.start.copy(), self.end.copy()
        leaves = slice(0, self.count)
        start[leaves] = np.round(start[leaves] / GRID) * GRID + 0.0  # no negative zero
        end[leaves] = start[leaves] + self.sizes
        start[self.count :] = np.floor(start[self.count :] / GRID) * GRID
        end[self.count :] = np.ceil(end[self.count :] / GRID) * GRID
        return np.concatenate([start, end - start], axis=1)

    def _add_pushes(self) -> bool:
        """Add a push for each pair that covers each other now; return whether there was one."""
        before = len(self.pushes[0]) + len(self.pushes[1])
        total = len(self.low)
        gaps = np.array(GAPS) / 2
        order = np.argsort(self.start[:, 1], kind="stable")
        for first in range(0, total, _CHUNK):
            go_on()
            rows = order[first : first + _CHUNK]
            low, high = self.start[rows, 1].min() - GAPS[1], self.end[rows, 1].max() + GAPS[1]
            others = np.flatnonzero((self.end[:, 1] > low) & (self.start[:, 1] < high))
            if len(others) > 3 * _MOST_BESIDE:  # a crowd: the cards next in the column, and all frames
                near = order[max(0, first - _MOST_BESIDE) : first + _CHUNK + _MOST_BESIDE]
                others = np.union1d(near, others[others >= self.count])
            apart = (self.start[rows, None, :] >= self.end[None, others, :] + gaps - 0.5) | (
                self.start[None, others, :] >= self.end[rows, None, :] + gaps - 0.5
            )
            covering = ~apart.any(2) & (rows[:, None] < others[None, :]) & ~self._may_cover(rows, others)
            if covering.sum(axis=1).max() > MOST_AT_ONCE:
                covering &= covering.cumsum(axis=1, dtype=np.int32) <= MOST_AT_ONCE
            for row, column in np.argwhere(covering).tolist():
                self._choose(int(rows[row]), int(others[column]))
        return len(self.pushes[0]) + len(self.pushes[1]) > before

    def _may_cover(self, rows: NDArray[np.intp], others: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Return which pairs may lie over each other: one holds the other, or two frames cross in the drawing."""
        count = self.count
        found = np.zeros((len(rows), len(others)), np.bool_)
        outer, inner = others >= count, rows >= count
        found[:, outer] |= self.inside[np.ix_(others[outer] - count, rows)].T
        found[inner] |= self.inside[np.ix_(rows[inner] - count, others)]
        low, high = self.low + _TOUCH, self.high - _TOUCH
        crossing = (self.low[rows, None] < high[None, others]) & (low[None, others] < self.high[rows, None])
        found |= crossing.all(2) & inner[:, None] & outer[None, :]
        return found

    def _choose(self, one: int, other: int) -> None:
        """Push the pair apart along the axis that tells it apart in the drawing, or that needs the shorter way."""
        gap = np.maximum(self.low[other] - self.high[one], self.low[one] - self.high[other])
        room = ((self.end[one] - self.start[one]) + (self.end[other] - self.start[other])) / 2
        between = np.abs(self.centers[other] - self.centers[one])
        if (gap[0] > 0) != (gap[1] > 0):
            axis = 0 if gap[0] > 0 else 1
        elif gap[0] > 0:
            way = room - np.abs((self.start[other] + self.end[other]) - (self.start[one] + self.end[one])) / 2
            axis = int(np.argmin(way))
        else:
            axis = int(np.argmax(between / room))
        if (self.centers[one, axis], one) > (self.centers[other, axis], other):
            one, other = other, one
        self.pushes[axis].add((one, other))

    def _push(self, axis: int) -> None:
        """Move forward what a push or a frame asks to be farther on, in the order of the constraints."""
        total, count = len(self.low), self.count
        start, end = self.wanted[0][:, axis].tolist(), self.wanted[1][:, axis].tolist()
        before, after = INSIDE[axis]
        length = self.sizes[:, axis].tolist()
        # Events: 0..total-1 an item begins; total..2·total-1 it ends.
        followers: dict[int, list[tuple[int, float]]] = {}
        for frame, member in self.homes:
            followers.setdefault(count + frame, []).append((member, before))
            followers.setdefault(total + member, []).append((total + count + frame, after))
        for one, other in self.pushes[axis]:
            followers.setdefault(total + one, []).append((other, GAPS[axis] / 2))
        for item in range(total):
            followers.setdefault(item, []).append((total + item, length[item] if item < count else 0.0))
        at = [*start, *end]
        for leaf in range(count):
            at[total + leaf] = start[leaf] + length[leaf]
        for event in _in_order(followers, at):
            for follower, room in followers.get(event, ()):
                at[follower] = max(at[follower], at[event] + room)
        self.start[:, axis], self.end[:, axis] = at[:total], at[total:]


def _in_order(followers: dict[int, list[tuple[int, float]]], at: Sequence[float]) -> list[int]:
    """Return the events so that each comes before its followers; in a circle, the first wanted place comes first."""
    waiting = [0] * len(at)
    for listed in followers.values():
        for follower, _ in listed:
            waiting[follower] += 1
    ready = [event for event in range(len(at)) if not waiting[event]]
    rest = iter(sorted(range(len(at)), key=at.__getitem__))
    done: list[int] = []
    seen = [False] * len(at)
    while len(done) < len(at):
        event = ready.pop() if ready else next(rest)
        if seen[event]:
            continue
        seen[event] = True
        done.append(event)
        for follower, _ in followers.get(event, ()):
            waiting[follower] -= 1
            if not waiting[follower] and not seen[follower]:
                ready.append(follower)
    return done
