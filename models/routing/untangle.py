"""Fewer crossings: flows that cross others look for another way, one after the other, while the rest stays.

Rip-up and reroute (Dees & Karger 1982), twice. First with ports in the middle of their sides and the lines of a channel
on one another, because how they part is for ports and tracks to decide; then on the lines as they are drawn.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from models.routing.crossings import Lines, crossed, overlaid
from models.routing.obstacles import Obstacles
from models.routing.paths import F64
from models.routing.plans import Plans, corners_of
from models.routing.ports import widest_gaps
from models.routing.sides import side_center
from models.routing.ways import Flows, Ways, middles, ways_of

CROSSING = 250.0
"""What a crossing costs, in px of length."""
_OVERLAID = 300.0
_ROUNDS, _MOST_TRIES = 6, 150
_POLISHED = 40
_TESTED = 60


def untangle(flows: Flows, plans: Plans, obstacles: Obstacles) -> bool:
    """Let every flow that crosses others take the cheapest of its ways, again and again; return whether any changed.

    Args:
        plans: where to begin; they are changed in place.
    """
    rects, sources, targets = flows
    starts, stops = side_center(rects[sources], plans.leaves), side_center(rects[targets], plans.enters)
    corners = corners_of(starts, stops, plans.leaves, plans.enters, plans.channels)
    doors = middles(rects)
    ways: dict[int, Ways] = {}
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
        better = _take_best({row: ways[row] for row in rows}, plans, corners)
        changed |= better
        if not better:
            break
    return changed


def _take_best(ways: Mapping[int, Ways], plans: Plans, corners: F64) -> bool:
    """Give each flow in turn the cheapest of its ways among the others as they are, in place; return if any changed."""
    lines, changed = Lines(corners), False
    for row, each in ways.items():
        others = lines.crossed_by(each.corners) - Lines(corners[row : row + 1]).crossed_by(each.corners)
        cost = each.cost + CROSSING * others
        now = float(cost[(each.corners == corners[row]).all((1, 2)).argmax()])
        best = int(cost.argmin())
        if cost[best] < now - 1:
            plans.take(np.array([row]), each.plans, np.array([best]))
            corners[row] = each.corners[best]
            lines, changed = Lines(corners), True
    return changed


def polish(flows: Flows, plans: Plans, starts: F64, stops: F64, obstacles: Obstacles) -> F64:
    """Give flows that still cross or cover others a better way between them as they are drawn.

    Args:
        plans, starts, stops: as drawn, changed in place.

    Returns:
        The polylines, shape (m, 6, 2).
    """
    corners = corners_of(starts, stops, plans.leaves, plans.enters, plans.channels)
    for _ in range(2):
        crossings = crossed(corners) + overlaid(corners, corners, same=True)
        crossings[flows.sources == flows.targets] = 0
        rows = [row for row in np.argsort(-crossings, kind="stable")[:_POLISHED].tolist() if crossings[row]]
        changed = False
        for row in rows:
            changed |= _improve(row, flows, plans, starts, stops, corners, int(crossings[row]), obstacles)
        if not changed:
            break
    return corners


def _improve(
    row: int, flows: Flows, plans: Plans, starts: F64, stops: F64, corners: F64, crossings: int, obstacles: Obstacles
) -> bool:
    ends = [
        widest_gaps(flows.rects, card, flows.sources, flows.targets, plans, starts, stops, row)
        for card in (int(flows.sources[row]), int(flows.targets[row]))
    ]
    ends[0][plans.leaves[row]], ends[1][plans.enters[row]] = starts[row], stops[row]
    rest, only = np.delete(corners, row, 0), np.array([row])
    lines, most = Lines(rest), np.array([CROSSING * crossings])
    doors = ends[0][None], ends[1][None]

    def crossings_of(tried: F64) -> F64:
        return np.asarray(CROSSING * lines.crossed_by(tried), np.float64)

    ways = ways_of(flows, only, doors, plans, corners, most, obstacles, crossings_of)[row]
    cost = ways.cost + crossings_of(ways.corners)
    tested = np.concatenate([[0], np.argsort(cost, kind="stable")[:_TESTED]])
    cost = cost[tested] + _OVERLAID * overlaid(ways.corners[tested], rest)
    best = int(cost.argmin())
    if cost[best] >= cost[0] - 1:
        return False
    chosen = tested[best]
    plans.take(only, ways.plans, np.array([chosen]))
    corners[row] = ways.corners[chosen]
    starts[row], stops[row] = ends[0][plans.leaves[row]], ends[1][plans.enters[row]]
    return True
