"""Ports and channels move a little where that makes a line straight, or takes it off another that it covers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from models.interruption import go_on
from models.routing.crossings import NEAR, Lines, overlaid
from models.routing.obstacles import Obstacles
from models.routing.paths import F64, I64
from models.routing.plans import Plans, corners_of, cost_of
from models.routing.ports import straight_on
from models.routing.untangle import Drawn
from models.routing.ways import Flows

_STEP = 12.0
"""Ports that face each other and miss each other by less look like a mistake, px."""
_BETWEEN, _MARGIN = 8.0, 12.0
"""How near two ports may come, and a port to a corner, px."""
_ASIDE = (10.0, -10.0, 20.0, -20.0)
_WORSE = 58.0
"""A line may become so much worse alone, but not leave an arrow head too little room, px of length."""


def shift(
    flows: Flows,
    plans: Plans,
    starts: F64,
    stops: F64,
    taken: Mapping[tuple[int, int], Sequence[float]],
    staying: F64,
    obstacles: Obstacles,
) -> None:
    """Move ports of lines with a small step, and of lines that cover others, along their sides, in place.

    The order of ports along a side stays, and of the flows drawn now none crosses or covers more lines than before or
    runs across a card.

    Args:
        plans, starts, stops: as drawn.
        taken: coordinates along a side that other flows hold already, by (card, side).
        staying: segments of other flows, shape (s, 2, 2).
    """
    corners = corners_of(starts, stops, plans.leaves, plans.enters, plans.channels)
    drawn = Drawn(np.concatenate([corners, np.repeat(staying, 3, axis=1)]))
    rows = straight_on(plans)
    axes = 1 - plans.leaves[rows] % 2
    missed = np.abs(starts[rows, axes] - stops[rows, axes])
    rows = rows[(missed > 0.01) & (missed < _STEP)]
    covering = overlaid(drawn.corners, drawn.corners, same=True)[: len(corners)] > 0
    covering[flows.sources == flows.targets] = False
    if not len(rows) and not covering.any():
        return
    ports = _Ports(flows, plans, (starts, stops), taken, obstacles, drawn)
    for row in rows.tolist():
        go_on()
        ports.straighten(row)
    for row in np.flatnonzero(covering).tolist():
        go_on()
        ports.step_aside(row)


class _Ports:
    """The ports along each side of the cards, as they are."""

    def __init__(
        self,
        flows: Flows,
        plans: Plans,
        ends: tuple[F64, F64],
        taken: Mapping[tuple[int, int], Sequence[float]],
        obstacles: Obstacles,
        drawn: Drawn,
    ) -> None:
        self._rects, self._taken, self._obstacles, self._drawn = flows.rects, taken, obstacles, drawn
        self._plans, self._ends = plans, ends
        self._at = (flows.sources, plans.leaves), (flows.targets, plans.enters)
        self._held: dict[tuple[int, int], list[F64]] = {}
        for (cards, sides), ports in zip(self._at, ends, strict=True):
            for row, key in enumerate(zip(cards.tolist(), sides.tolist(), strict=True)):
                self._held.setdefault(key, []).append(ports[row])

    def straighten(self, row: int) -> None:
        """Make a line with a small step straight, if nothing is in the way."""
        axis = 1 - int(self._plans.leaves[row]) % 2
        level = [(0, float(self._ends[1][row, axis])), (1, float(self._ends[0][row, axis]))]
        self._move(row, level, fewer=0)

    def step_aside(self, row: int) -> None:
        """Move a port of a flow that covers others, or else a channel, to where it covers or crosses fewer."""
        places = []
        for end in (0, 1):
            before = float(self._ends[end][row, self._axis(row, end)])
            places += [(end, before + by) for by in _ASIDE]
        if not self._move(row, places, fewer=1):
            self._bend_elsewhere(row)

    def _move(self, row: int, places: Sequence[tuple[int, float]], *, fewer: int) -> bool:
        """Move a port of a flow to the first of the places where there is room and its line fouls so many fewer.

        Args:
            places: which end (0 where it leaves, 1 where it enters) and the coordinate along its side.

        Returns:
            Whether there was one.
        """
        room = [(end, wanted) for end, wanted in places if self._has_room(row, end, wanted)]
        if not room:
            return False
        ends = np.stack([np.repeat(each[row][None], len(room), 0) for each in self._ends])
        for number, (end, wanted) in enumerate(room):
            ends[end, number, self._axis(row, end)] = wanted
        best = self._draw_better(row, ends, self._plans.rows(np.full(len(room), row)), fewer)
        if best is None:
            return False
        end, wanted = room[best]
        self._ends[end][row, self._axis(row, end)] = wanted
        return True

    def _bend_elsewhere(self, row: int) -> None:
        """Move a channel of a flow to the first of a few places where its line covers or crosses fewer."""
        channels = self._plans.channels[row]
        slots = np.repeat(np.flatnonzero(~np.isnan(channels)), len(_ASIDE))
        if not len(slots):
            return
        plans = self._plans.rows(np.full(len(slots), row))
        plans.channels[np.arange(len(slots)), slots] += np.tile(_ASIDE, len(slots) // len(_ASIDE))
        ends = np.stack([np.repeat(each[row][None], len(slots), 0) for each in self._ends])
        best = self._draw_better(row, ends, plans, 1)
        if best is not None:
            channels[slots[best]] = plans.channels[best, slots[best]]

    def _draw_better(self, row: int, ends: NDArray[np.float64], plans: Plans, fewer: int) -> int | None:
        """Draw a flow as the first of some plans that is no worse alone and fouls so many fewer; return its number.

        Args:
            ends: ports where each leaves and enters, shape (2, k, 2).
        """
        now = self._drawn.corners[row][None]
        lines = corners_of(ends[0], ends[1], plans.leaves, plans.enters, plans.channels)
        each = Plans.joined([self._plans.rows(np.array([row])), plans])
        cost, fouled = cost_of(np.concatenate([now, lines]), each.leaves, each.enters, self._obstacles)
        free = np.flatnonzero(~fouled[1:] & (cost[1:] < cost[0] + _WORSE))
        if not len(free):
            return None
        fouls = self._fouls(row, np.concatenate([now, lines[free]]))
        better = free[fouls[1:] <= fouls[0] - fewer]
        if not len(better):
            return None
        self._drawn.put(row, lines[better[0]])
        return int(better[0])

    def _axis(self, row: int, end: int) -> int:
        """Return the axis along the side that a flow touches at one end."""
        return 1 - int(self._at[end][1][row]) % 2

    def _fouls(self, row: int, lines: F64) -> I64:
        """Return how often each of the lines of a flow, shape (k, 6, 2), would cross or cover others, shape (k,)."""
        rest = self._drawn.near(row, lines, NEAR)
        return (2 * Lines(rest).crossed_by(lines)).astype(np.int64) + 2 * overlaid(lines, rest)

    def _has_room(self, row: int, end: int, wanted: float) -> bool:
        """Return whether the port of a flow can move along its side without passing or nearly meeting another."""
        cards, sides = self._at[end]
        card, side, axis = int(cards[row]), int(sides[row]), self._axis(row, end)
        now = float(self._ends[end][row, axis])
        low, high = float(self._rects[card, axis]), float(self._rects[card, axis] + self._rects[card, axis + 2])
        if not low + _MARGIN <= wanted <= high - _MARGIN:
            return False
        held = [*(float(port[axis]) for port in self._held[card, side]), *self._taken.get((card, side), ())]
        return not any(abs(at - wanted) < _BETWEEN or (at - now) * (at - wanted) < 0 for at in held if at != now)
