"""Routes of all flows of a picture, and the local re-route of those that a moved card touches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.interruption import go_on
from models.routing.crossings import crossed
from models.routing.detours import detour
from models.routing.obstacles import Obstacles
from models.routing.paths import F32, F64, I64, Paths, compact, through
from models.routing.plans import Plans, choose, corners_of, cost_of, is_near
from models.routing.ports import spread
from models.routing.shifts import shift
from models.routing.sides import EAST, NORTH, SOUTH, WEST, side_center
from models.routing.tracks import separate
from models.routing.untangle import CROSSING, polish, untangle
from models.routing.ways import Flows

Waypoints = Mapping[int, Sequence[tuple[float, float]]]
_FINE_UP_TO = 2_500
UNTANGLED_UP_TO, AT_ONCE = 500, 40
"""So many flows are untangled at all, and so many within the time of an edit.

Up to the first number what is re-routed also keeps off the lines that stay; in larger drawings only off their ports.
"""
_FOULED = 10_000.0
_NOTHING = np.zeros((0, 2, 2))
_LOCAL_CELLS = 120_000
_ONE_BY_ONE = 32
"""So many moved cards are looked at one by one, more at once."""
_DETOURS, _DETOURS_OF_MANY = 400, 0


def route(rects: F32, sources: I64, targets: I64, waypoints: Waypoints, *, untangled: bool = True) -> Paths:
    """Return an axis-parallel polyline for every flow.

    Args:
        rects: x, y, width, height of the cards, shape (n, 4), in px.
        sources, targets: rows of `rects`, shape (m,); equal ends make a loop.
        waypoints: hand-set points by flow row; such a flow visits them and nothing else moves it.
        untangled: flows that cross look for another way, which takes a second for some hundred of them.
    """
    if not len(sources):
        return Paths.of(np.zeros(1, np.int32), np.zeros((0, 2), np.float32))
    paths = _routed(rects, sources, targets, Obstacles(rects), {}, _NOTHING, untangled=untangled)
    if waypoints:
        rows = sorted(waypoints)
        fixed = [through(rects[sources[row]], rects[targets[row]], waypoints[row]) for row in rows]
        paths = paths.replaced(rows, fixed)
    return paths


def reroute(rects: F32, sources: I64, targets: I64, waypoints: Waypoints, paths: Paths, rows: Sequence[int]) -> Paths:
    """Return the paths with new polylines for `rows`; all others, and the ports they hold, stay.

    Costs grow with the neighborhood of the rows, not with the drawing.

    Args:
        rects, sources, targets, waypoints: as of `route`, after the change.
        paths: before the change; the polylines of `rows` are not read.
    """
    if not rows:
        return paths
    chosen = np.array(sorted(rows), np.int64)
    ends = np.unique(np.concatenate([sources[chosen], targets[chosen]]))
    (x0, y0), (x1, y1) = rects[ends, :2].min(0) - 200, (rects[ends, :2] + rects[ends, 2:]).max(0) + 200
    x, y, width, height = rects.T
    inside = np.flatnonzero((x < x1) & (y < y1) & (x + width > x0) & (y + height > y0))
    place = np.zeros(len(rects), np.int64)
    place[inside] = np.arange(len(inside))
    near = rects[inside]
    taken = _taken(rects, sources, targets, paths, chosen, ends, place)
    staying = _NOTHING
    if len(sources) <= UNTANGLED_UP_TO:
        beside = paths.near(float(x0), float(y0), float(x1), float(y1))
        staying = np.stack(paths.segments(beside[~_marked(len(sources), chosen)[beside]])[:2], 1).astype(np.float64)
    obstacles, untangled = Obstacles(near, _LOCAL_CELLS), len(chosen) == len(sources) <= AT_ONCE
    begin, end = place[sources[chosen]], place[targets[chosen]]
    found = _routed(near, begin, end, obstacles, taken, staying, untangled=untangled)
    new = [found.path(number) for number in range(len(chosen))]
    for number, row in enumerate(chosen.tolist()):
        if row in waypoints:
            new[number] = through(rects[sources[row]], rects[targets[row]], waypoints[row])
    return paths.replaced(chosen.tolist(), new)


def touched(rects: F32, moved: Sequence[int], sources: I64, targets: I64, paths: Paths) -> list[int]:
    """Return the flows to re-route after the cards `moved`: theirs, and those that now run across one of them."""
    theirs = _marked(len(rects), moved)
    rows = set(np.flatnonzero(theirs[sources] | theirs[targets]).tolist())
    if len(moved) > _ONE_BY_ONE:
        starts, stops, owners = paths.segments()
        across = Obstacles(rects[list(moved)]).hits(np.stack([starts, stops], 1).astype(np.float64)) > 0
        return sorted({*rows, *owners[across].tolist()})
    for card in moved:
        x, y, width, height = (float(value) for value in rects[card])
        rows.update(paths.meeting(x + 1, y + 1, x + width - 1, y + height - 1)[2].tolist())
    return sorted(rows)


def _routed(
    rects: F32,
    sources: I64,
    targets: I64,
    obstacles: Obstacles,
    taken: Mapping[tuple[int, int], Sequence[float]],
    staying: F64,
    *,
    untangled: bool,
) -> Paths:
    """Return the polylines; those of a drawing that is not large are `untangled` on demand.

    Args:
        taken, staying: the ports and the segments, shape (s, 2, 2), of flows that stay where they are.
    """
    fine = len(sources) <= _FINE_UP_TO
    plans = choose(rects, sources, targets, obstacles, _DETOURS if fine else _DETOURS_OF_MANY)
    if not fine:
        starts, stops = spread(rects, sources, targets, plans, taken)
        numbers = np.arange(len(sources))
        plans.channels[:, 0] += (numbers % 5 - 2) * 6.0
        plans.channels[:, 1] += (numbers // 5 % 5 - 2) * 6.0
        return compact(corners_of(starts, stops, plans.leaves, plans.enters, plans.channels))
    flows = Flows(rects, sources, targets)
    drawn = _drawn(flows, plans, obstacles, taken, staying)
    if untangled and len(sources) <= UNTANGLED_UP_TO and crossed(drawn.corners).any():
        others = plans.rows(np.arange(len(sources)))
        untangle(flows, others, obstacles)
        tried = _drawn(flows, others, obstacles, taken, staying, polished=True)
        if _cost(tried, obstacles) < _cost(drawn, obstacles):
            drawn = tried
    if len(sources) <= UNTANGLED_UP_TO:
        shift(flows, *drawn, taken, staying, obstacles)
    return compact(drawn.corners)


class _Drawn(NamedTuple):
    """Plans with ports and tracks of their own."""

    plans: Plans
    starts: F64
    stops: F64

    @property
    def corners(self) -> F64:
        """The polylines, shape (n, 6, 2)."""
        plans = self.plans
        return corners_of(self.starts, self.stops, plans.leaves, plans.enters, plans.channels)


def _cost(drawn: _Drawn, obstacles: Obstacles) -> float:
    plans, corners = drawn.plans, drawn.corners
    cost, fouled = cost_of(corners, plans.leaves, plans.enters, obstacles)
    return float(cost.sum()) + _FOULED * int(fouled.sum()) + CROSSING / 2 * int(crossed(corners).sum())


def _drawn(
    flows: Flows,
    plans: Plans,
    obstacles: Obstacles,
    taken: Mapping[tuple[int, int], Sequence[float]],
    staying: F64,
    *,
    polished: bool = False,
) -> _Drawn:
    """Give flows ports and tracks of their own; the plans given stay as they are."""
    alone, plans = plans, plans.rows(np.arange(len(flows.sources)))
    starts, stops = spread(*flows, plans, taken)
    if not taken:
        _repair(flows, plans, starts, stops, obstacles)
    separate(starts, stops, plans, obstacles, staying)
    lost = _repair(flows, plans, starts, stops, obstacles)
    if len(lost):
        _restore(flows, lost, alone, plans, starts, stops, obstacles)
    if polished:
        polish(flows, plans, starts, stops, obstacles)
    return _Drawn(plans, starts, stops)


def _repair(flows: Flows, plans: Plans, starts: F64, stops: F64, obstacles: Obstacles) -> I64:
    """Find another way for flows that run across a card now that ports and tracks are known, in place.

    Returns:
        The rows for which there was none.
    """
    rects, sources, targets = flows
    corners = corners_of(starts, stops, plans.leaves, plans.enters, plans.channels)
    _, fouled = cost_of(corners, plans.leaves, plans.enters, obstacles)
    fouled &= sources != targets
    for row in np.flatnonzero(fouled & is_near(rects, sources, targets))[:_DETOURS].tolist():
        go_on()
        source, target = rects[sources[row]], rects[targets[row]]
        ports = ({int(plans.leaves[row]): starts[row]}, {int(plans.enters[row]): stops[row]})
        found = detour(rects, source, target, obstacles, ports)
        if found is None:
            continue
        fouled[row] = False
        leave, enter, channels = found
        if leave != plans.leaves[row]:
            starts[row] = side_center(source[None], np.array([leave]))[0]
        if enter != plans.enters[row]:
            stops[row] = side_center(target[None], np.array([enter]))[0]
        plans.leaves[row], plans.enters[row], plans.channels[row] = leave, enter, channels
    return np.flatnonzero(fouled)


def _restore(
    flows: Flows, rows: I64, alone: Plans, plans: Plans, starts: F64, stops: F64, obstacles: Obstacles
) -> None:
    """Give flows that ports and tracks pushed onto a card the way back that they had alone, in place.

    They may lie on another flow then, which is better than to seem to end at a card.
    """
    back = alone.rows(rows)
    begin = side_center(flows.rects[flows.sources[rows]], back.leaves)
    end = side_center(flows.rects[flows.targets[rows]], back.enters)
    corners = corners_of(begin, end, back.leaves, back.enters, back.channels)
    free = ~cost_of(corners, back.leaves, back.enters, obstacles)[1]
    plans.take(rows[free], back, free)
    starts[rows[free]], stops[rows[free]] = begin[free], end[free]


def _marked(count: int, rows: Sequence[int] | I64) -> NDArray[np.bool_]:
    """Return which of so many rows are given, shape (count,)."""
    found = np.zeros(count, np.bool_)
    found[rows] = True
    return found


def _taken(
    rects: F32, sources: I64, targets: I64, paths: Paths, free: I64, ends: I64, place: I64
) -> dict[tuple[int, int], list[float]]:
    """Return the coordinates of ports that other flows hold on the cards `ends`, by (card in `place`, side)."""
    found: dict[tuple[int, int], list[float]] = {}
    theirs, stays = _marked(len(rects), ends), ~_marked(len(sources), free)
    for cards, offset in ((sources, paths.offsets[:-1]), (targets, paths.offsets[1:] - 1)):
        rows = np.flatnonzero(theirs[cards] & stays)
        each = zip(
            place[cards[rows]].tolist(), paths.points[offset[rows]].tolist(), rects[cards[rows]].tolist(), strict=True
        )
        for card, (px, py), (x, y, width, height) in each:
            side = EAST if px >= x + width - 1 else WEST if px <= x + 1 else SOUTH if py >= y + height - 1 else NORTH
            found.setdefault((card, side), []).append(py if side in (EAST, WEST) else px)
    return found
