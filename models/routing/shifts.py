"""Ports move a little where that makes a line straight, or takes it off another that it covers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from models.interruption import go_on
from models.routing.crossings import Lines, overlaid
from models.routing.obstacles import Obstacles
from models.routing.paths import F64
from models.routing.plans import Plans, corners_of
from models.routing.ports import straight_on
from models.routing.untangle import Drawn
from models.routing.ways import Flows

_STEP = 12.0
"""Ports that face each other and miss each other by less look like a mistake, px."""
_BETWEEN, _MARGIN = 8.0, 12.0
"""How near two ports may come, and a port to a corner, px."""
_ASIDE = (10.0, -10.0, 20.0, -20.0)


def shift(
    flows: Flows,
    plans: Plans,
    starts: F64,
    stops: F64,
    taken: Mapping[tuple[int, int], Sequence[float]],
    obstacles: Obstacles,
) -> None:
    """Move ports of lines with a small step, and of lines that cover others, along their sides, in place.

    The order of ports along a side stays, and of the flows drawn now none crosses or covers more of them than before or
    runs across a card.

    Args:
        plans, starts, stops: as drawn.
        taken: coordinates along a side that other flows hold already, by (card, side).
    """
    drawn = Drawn(corners_of(starts, stops, plans.leaves, plans.enters, plans.channels))
    rows = straight_on(plans)
    axes = 1 - plans.leaves[rows] % 2
    missed = np.abs(starts[rows, axes] - stops[rows, axes])
    rows = rows[(missed > 0.01) & (missed < _STEP)]
    covering = overlaid(drawn.corners, drawn.corners, same=True) > 0
    covering[flows.sources == flows.targets] = False
    if not len(rows) and not covering.any():
        return
    ports = _Ports(flows, plans, (starts, stops), taken, obstacles, drawn)
    for row, axis in zip(rows.tolist(), (1 - plans.leaves[rows] % 2).tolist(), strict=True):
        go_on()
        if not ports.move(row, 0, float(stops[row, axis])):
            ports.move(row, 1, float(starts[row, axis]))
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

    def move(self, row: int, end: int, wanted: float, fewer: int = 0) -> bool:
        """Move a port of a flow along its side, if there is room and its line then fouls at least so many fewer.

        Args:
            end: 0 where it leaves, 1 where it enters.
        """
        cards, sides = self._at[end]
        card, side = int(cards[row]), int(sides[row])
        axis, port = 1 - side % 2, self._ends[end][row]
        before = float(port[axis])
        if not self._has_room(card, side, before, wanted):
            return False
        port[axis] = wanted
        one = self._plans.rows(np.array([row]))
        start, stop = (each[row : row + 1] for each in self._ends)
        line = corners_of(start, stop, one.leaves, one.enters, one.channels)
        now = self._drawn.corners[row : row + 1]
        if self._obstacles.hits(line)[0] or self._fouls(row, line) > self._fouls(row, now) - fewer:
            port[axis] = before
            return False
        self._drawn.put(row, line[0])
        return True

    def step_aside(self, row: int) -> None:
        """Move a port of a flow that covers others to where it covers or crosses fewer."""
        for end in (0, 1):
            axis = int(1 - self._at[end][1][row] % 2)
            before = float(self._ends[end][row, axis])
            if any(self.move(row, end, before + by, fewer=1) for by in _ASIDE):
                return

    def _fouls(self, row: int, line: F64) -> int:
        """Return how often the line of a flow, shape (1, 6, 2), crosses or covers others."""
        rest = self._drawn.near(row, line)
        return int(2 * Lines(rest).crossed_by(line)[0]) + 2 * int(overlaid(line, rest)[0])

    def _has_room(self, card: int, side: int, now: float, wanted: float) -> bool:
        """Return whether a port can move along its side without passing or nearly meeting another."""
        axis = 1 - side % 2
        low, high = float(self._rects[card, axis]), float(self._rects[card, axis] + self._rects[card, axis + 2])
        held = [*(float(port[axis]) for port in self._held[card, side]), *self._taken.get((card, side), ())]
        others = np.array([at for at in held if at != now])
        near = (np.abs(others - wanted) < _BETWEEN) | ((others - now) * (others - wanted) < 0)
        return low + _MARGIN <= wanted <= high - _MARGIN and not near.any()
