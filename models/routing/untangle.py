"""Fewer crossings: flows that cross others look for another way, one after the other, while the rest stays.

Rip-up and reroute (Dees & Karger 1982), twice. First with ports in the middle of their sides and the lines of a channel
on one another, because how they part is for ports and tracks to decide; then on the lines as they are drawn.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from models.interruption import go_on
from models.routing.crossings import Lines, crossed, overlaid
from models.routing.obstacles import Obstacles
from models.routing.paths import F64, I64
from models.routing.plans import Plans, corners_of
from models.routing.ports import widest_gaps
from models.routing.sides import side_center
from models.routing.ways import Flows, Ways, middles, ways_of

CROSSING = 250.0
"""What a crossing costs, in px of length."""
_OVERLAID = 300.0
_ROUNDS, _MOST_TRIES = 6, 150
_POLISHED = 40
_POLISHINGS, _TESTED = 3, 60


def untangle(flows: Flows, plans: Plans, obstacles: Obstacles) -> bool:
    """Let every flow that crosses others take the cheapest of its ways, again and again; return whether any changed.

    Args:
        plans: where to begin; they are changed in place.
    """
    rects, sources, targets = flows
    starts, stops = side_center(rects[sources], plans.leaves), side_center(rects[targets], plans.enters)
    corners = corners_of(starts, stops, plans.leaves, plans.enters, plans.channels)
    doors = middles(rects)
    drawn = Drawn(corners)
    ways: dict[int, Ways] = {}
    taken: dict[int, int] = {}
    tries, changed = 0, False
    for _ in range(_ROUNDS):
        crossings = crossed(corners)
        crossings[sources == targets] = 0
        rows = [row for row in np.argsort(-crossings, kind="stable").tolist() if crossings[row] or row in ways]
        rows = rows[: _MOST_TRIES - tries]
        tries += len(rows)
        new = np.array([row for row in rows if row not in ways], np.int64)
        if len(new):
            ends = doors[sources[new]], doors[targets[new]]
            ways |= ways_of(
                flows, new, ends, plans, corners, np.asarray(CROSSING * crossings[new], np.float64), obstacles
            )
        better = _take_best({row: ways[row] for row in rows}, plans, drawn, taken)
        changed |= better
        if not better:
            break
    return changed


def _take_best(ways: Mapping[int, Ways], plans: Plans, drawn: Drawn, taken: dict[int, int]) -> bool:
    """Give each flow in turn the cheapest of its ways among the others as they are, in place; return if any changed."""
    changed = False
    for row, each in ways.items():
        go_on()
        cost = each.cost + CROSSING * Lines(drawn.near(row, each.corners)).crossed_by(each.corners)
        best = int(cost.argmin())
        if cost[best] < cost[taken.get(row, 0)] - 1:
            plans.take(np.array([row]), each.plans, np.array([best]))
            drawn.put(row, each.corners[best])
            taken[row], changed = best, True
    return changed


class Drawn:
    """Polylines that are exchanged one by one, with the rectangles around them.

    Args:
        corners: shape (m, 6, 2).
    """

    def __init__(self, corners: F64) -> None:
        self.corners = corners
        self._low, self._high = corners.min(1), corners.max(1)

    def put(self, row: int, corners: F64) -> None:
        """Draw one polyline, shape (6, 2), anew."""
        self.corners[row] = corners
        self._low[row], self._high[row] = corners.min(0), corners.max(0)

    def near(self, row: int, ways: F64, around: float = 0.0) -> F64:
        """Return the other polylines that come as near as `around` px to the rectangle around the ways of one.

        Shape (k, 6, 2).
        """
        found = np.ones(len(self.corners), np.bool_)
        for axis in (0, 1):
            along = ways[..., axis]
            found &= (self._low[:, axis] <= along.max() + around) & (self._high[:, axis] >= along.min() - around)
        found[row] = False
        return self.corners[found]


def polish(flows: Flows, plans: Plans, starts: F64, stops: F64, obstacles: Obstacles) -> None:
    """Give flows that still cross or cover others a better way between them as they are drawn.

    The worst ones look for it at once and take it one after the other, as the rest then lies. A flow whose card has
    another port in use by then waits for the next round; one that found nothing waits until it crosses more or less.

    Args:
        plans, starts, stops: as drawn, changed in place.
    """
    corners = corners_of(starts, stops, plans.leaves, plans.enters, plans.channels)
    drawn = Drawn(corners)
    tried = np.zeros(len(corners), np.int64)
    for _ in range(_POLISHINGS):
        crossings = crossed(corners) + overlaid(corners, corners, same=True)
        crossings[flows.sources == flows.targets] = 0
        rows = np.argsort(-crossings, kind="stable")
        rows = rows[(crossings[rows] > 0) & (crossings[rows] != tried[rows])][:_POLISHED]
        if not len(rows):
            break
        doors = _doors(rows, flows, plans, starts, stops)
        most = np.asarray(CROSSING * crossings[rows], np.float64)
        ways = ways_of(flows, rows, doors, plans, corners, most, obstacles)
        tried[rows] = crossings[rows]
        taken: set[int] = set()
        for number, (row, each) in enumerate(ways.items()):
            go_on()
            cards = {int(flows.sources[row]), int(flows.targets[row])}
            if cards & taken:
                tried[row] = 0
                continue
            best = _best(each, drawn.near(row, each.corners))
            if best:
                plans.take(rows[number : number + 1], each.plans, np.array([best]))
                drawn.put(row, each.corners[best])
                starts[row], stops[row] = corners[row, 0], corners[row, -1]
                taken |= cards
        if not taken:
            break


def _doors(rows: I64, flows: Flows, plans: Plans, starts: F64, stops: F64) -> tuple[F64, F64]:
    """Return the ports of the flows on each side of both cards, shape (k, 4, 2) each: theirs, else the roomiest."""
    found = np.zeros((2, len(rows), 4, 2))
    for number, row in enumerate(rows.tolist()):
        for end, (cards, sides, ports) in enumerate(
            ((flows.sources, plans.leaves, starts), (flows.targets, plans.enters, stops))
        ):
            found[end, number] = widest_gaps(
                flows.rects, int(cards[row]), flows.sources, flows.targets, plans, starts, stops, row
            )
            found[end, number, sides[row]] = ports[row]
    return found[0], found[1]


def _best(ways: Ways, rest: F64) -> int:
    """Return the number of the cheapest of the ways among other polylines; 0 is the present one."""
    cost = ways.cost + CROSSING * Lines(rest).crossed_by(ways.corners)
    tested = np.concatenate([[0], np.argsort(cost, kind="stable")[:_TESTED]])
    cost = cost[tested] + _OVERLAID * overlaid(ways.corners[tested], rest)
    best = int(cost.argmin())
    return int(tested[best]) if cost[best] < cost[0] - 1 else 0
