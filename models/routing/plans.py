"""How each flow leaves and enters its cards and where it turns: sides and up to three channel coordinates.

A flow runs from its port along the outward normal to channel `c1`, along it to `c2`, along that to `c3` and into the
target. A coordinate that is NaN follows: c1 the target's port, c2 the target's port, c3 follows c1. So one form covers
straight lines, L, Z, U and five-segment detours, and a moved port needs no new plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.routing.detours import detour
from models.routing.obstacles import Obstacles
from models.routing.paths import F32, F64, I64
from models.routing.sides import BEND, CLEARANCE, EAST, NORMALS, NORTH, SHORTEST_LEG, SOUTH, WEST, side_center

_HIT = 40.0
_FARTHEST_DETOUR, _MANY_CARDS = 2_400.0, 500


@dataclass(frozen=True, slots=True, eq=False)
class Plans:
    """Sides (n,) of source and target and channels (n, 3); mutable arrays, owned by one routing run."""

    leaves: I64
    enters: I64
    channels: F64

    @staticmethod
    def joined(parts: Sequence[Plans]) -> Plans:
        """Return the rows of all parts, one after the other."""
        return Plans(
            np.concatenate([part.leaves for part in parts]),
            np.concatenate([part.enters for part in parts]),
            np.concatenate([part.channels for part in parts]),
        )

    def rows(self, rows: I64) -> Plans:
        """Return a copy of some rows."""
        return Plans(self.leaves[rows], self.enters[rows], self.channels[rows])

    def take(self, rows: I64, others: Plans, chosen: NDArray[np.bool_] | I64) -> None:
        """Replace rows by those of the others that are chosen."""
        self.leaves[rows], self.enters[rows] = others.leaves[chosen], others.enters[chosen]
        self.channels[rows] = others.channels[chosen]


def corners_of(starts: F64, stops: F64, leaves: I64, enters: I64, channels: F64) -> F64:
    """Return the polylines of plans, shape (…, 6, 2), with repeated points where a plan has fewer turns.

    Args:
        starts, stops: ports, shape (…, 2).
        leaves, enters: sides, shape (…).
        channels: shape (…, 3).
    """
    upright = (leaves % 2 == 1)[..., None]
    turned = enters % 2 != leaves % 2
    start, stop = (np.where(upright, ports[..., ::-1], ports) for ports in (starts, stops))
    c1 = np.where(np.isnan(channels[..., 0]), stop[..., 0], channels[..., 0])
    c2 = np.where(np.isnan(channels[..., 1]), stop[..., 1], channels[..., 1])
    c3 = np.where(np.isnan(channels[..., 2]), c1, channels[..., 2])
    c3 = np.where(turned, stop[..., 0], c3)
    corners = np.empty((*leaves.shape, 6, 2))
    along, cross = corners[..., 0], corners[..., 1]
    along[..., 0], along[..., 5] = start[..., 0], stop[..., 0]
    along[..., 1] = along[..., 2] = c1
    along[..., 3] = along[..., 4] = c3
    cross[..., 0] = cross[..., 1] = start[..., 1]
    cross[..., 2] = cross[..., 3] = c2
    cross[..., 4], cross[..., 5] = np.where(turned, c2, stop[..., 1]), stop[..., 1]
    return np.where(upright[..., None], corners[..., ::-1], corners)


def choose(rects: F32, sources: I64, targets: I64, obstacles: Obstacles, detours: int) -> Plans:
    """Return the cheapest plan of each flow by px on cards, bends and length.

    Plans towards the other end are tried first; those that would run across a card try all sides, then ways along
    their own row or column and that of the other end; the first `detours` that still would look for a way through the
    gaps around them.
    """
    s, t = rects[sources], rects[targets]
    plans, fouled = _cheapest(s, t, [_forward_plans(s, t)], obstacles)
    rows = np.flatnonzero(fouled & (sources != targets))
    if len(rows):
        ends = s[rows], t[rows]
        found, still = _cheapest(*ends, [_other_plans(*ends), _passing_plans(*ends)], obstacles)
        plans.take(rows[~still], found, ~still)
        rows = rows[still]
    for row in rows[is_near(rects, sources[rows], targets[rows])][:detours].tolist():
        around = detour(rects, s[row], t[row], obstacles)
        if around is not None:
            plans.leaves[row], plans.enters[row], plans.channels[row] = around
    loops = np.flatnonzero(sources == targets)
    plans.leaves[loops], plans.enters[loops] = EAST, NORTH
    plans.channels[loops] = np.stack([s[loops, 0] + s[loops, 2] + 20, s[loops, 1] - 20, np.full(len(loops), np.nan)], 1)
    return plans


def is_near(rects: F32, sources: I64, targets: I64) -> NDArray[np.bool_]:
    """Return which flows are worth a search for a way around: in big drawings only those across a few screens."""
    if len(rects) <= _MANY_CARDS:
        return np.ones(len(sources), np.bool_)
    return np.asarray(np.abs(rects[targets, :2] - rects[sources, :2]).max(1) < _FARTHEST_DETOUR)


def _forward_plans(s: F32, t: F32) -> list[Plans]:
    """Return straight or Z plans on both axes and the two L plans, each towards the other end."""
    toward = t[:, :2] + t[:, 2:] / 2 - s[:, :2] - s[:, 2:] / 2
    east, south = toward[:, 0] >= 0, toward[:, 1] >= 0
    across, back = np.where(east, EAST, WEST), np.where(east, WEST, EAST)
    down, up = np.where(south, SOUTH, NORTH), np.where(south, NORTH, SOUTH)
    middle_x = (side_center(s, across)[:, 0] + side_center(t, back)[:, 0]) / 2
    middle_y = (side_center(s, down)[:, 1] + side_center(t, up)[:, 1]) / 2
    nan = np.full(len(s), np.nan)
    return [
        Plans(across, back, _channel(middle_x)),
        Plans(down, up, _channel(middle_y)),
        Plans(across, up, _channel(nan)),
        Plans(down, back, _channel(nan)),
    ]


def _other_plans(s: F32, t: F32) -> list[Plans]:
    """Return the L plans on all pairs of sides and the U plans around both cards."""
    count = len(s)
    left, right = np.minimum(s[:, 0], t[:, 0]), np.maximum(s[:, 0] + s[:, 2], t[:, 0] + t[:, 2])
    top, bottom = np.minimum(s[:, 1], t[:, 1]), np.maximum(s[:, 1] + s[:, 3], t[:, 1] + t[:, 3])
    gap, nan = CLEARANCE, np.full(count, np.nan)
    turns = [(a, b, nan) for a in (EAST, WEST) for b in (SOUTH, NORTH)]
    turns += [(b, a, nan) for a, b, _ in turns]
    turns += [(EAST, EAST, right + gap), (WEST, WEST, left - gap)]
    turns += [(SOUTH, SOUTH, bottom + gap), (NORTH, NORTH, top - gap)]
    return [Plans(np.full(count, a), np.full(count, b), _channel(channel)) for a, b, channel in turns]


def _passing_plans(s: F32, t: F32) -> list[Plans]:
    """Return the five-segment plans that run beside the row or column of either card."""
    toward = t[:, :2] + t[:, 2:] / 2 - s[:, :2] - s[:, 2:] / 2
    found = []
    for axis, (ahead, behind) in ((0, (EAST, WEST)), (1, (SOUTH, NORTH))):
        forward = toward[:, axis] >= 0
        leaves, enters = np.where(forward, ahead, behind), np.where(forward, behind, ahead)
        sign = np.where(forward, CLEARANCE, -CLEARANCE)
        first = side_center(s, leaves)[:, axis] + sign
        last = side_center(t, enters)[:, axis] - sign
        for card in (s, t):
            for beside in (card[:, 1 - axis] - CLEARANCE, card[:, 1 - axis] + card[:, 3 - axis] + CLEARANCE):
                found.append(Plans(leaves, enters, np.stack([first, beside, last], 1).astype(np.float64)))
    return found


def _channel(first: F32 | F64) -> F64:
    nan = np.full(len(first), np.nan)
    return np.stack([np.asarray(first, np.float64), nan, nan], 1)


def _cheapest(s: F32, t: F32, groups: list[list[Plans]], obstacles: Obstacles) -> tuple[Plans, NDArray[np.bool_]]:
    """Return the cheapest plan for each flow, and whether it runs across a card.

    It is of the first group whose cheapest plan does not; else of the last.
    """
    plans = [plan for group in groups for plan in group]
    leaves = np.array([plan.leaves for plan in plans])
    enters = np.array([plan.enters for plan in plans])
    channels = np.array([plan.channels for plan in plans])
    corners = corners_of(side_center(s, leaves), side_center(t, enters), leaves, enters, channels)
    cost, fouled = cost_of(corners, leaves, enters, obstacles)
    each, start = np.arange(len(s)), len(groups[0])
    best = cost[:start].argmin(0)
    for group in groups[1:]:
        found = start + cost[start : start + len(group)].argmin(0)
        best = np.where(fouled[best, each], found, best)
        start += len(group)
    return Plans(leaves[best, each], enters[best, each], channels[best, each]), fouled[best, each]


def cost_of(corners: F64, leaves: I64, enters: I64, obstacles: Obstacles) -> tuple[F64, NDArray[np.bool_]]:
    """Return px on cards × 40 + bends × 36 + length, and whether a plan runs across a card or backwards; shape (…).

    Legs shorter than 14 px are fined, so that an arrow head has room.
    """
    steps = corners[..., 1:, :] - corners[..., :-1, :]
    lengths = np.abs(steps[..., 0]) + np.abs(steps[..., 1])
    bends = np.count_nonzero(lengths > 0.5, axis=-1) - 1
    out = (steps[..., 0, :] * NORMALS[leaves]).sum(-1)
    into = -(steps[..., -1, :] * NORMALS[enters]).sum(-1)
    turned_in = np.where(lengths[..., -1] > 0.5, into, _last_step(steps, lengths, enters))
    short = (out < SHORTEST_LEG).astype(float) + (turned_in < SHORTEST_LEG)
    backwards = (out < 6).astype(float) + (turned_in < 6)
    hits = obstacles.hits(corners)
    cost = hits * _HIT + bends * BEND + lengths.sum(-1) + short * 60.0 + backwards * 2_000.0
    return np.asarray(cost), np.asarray((hits > 0) | (backwards > 0))


def _last_step(steps: F64, lengths: F64, enters: I64) -> F64:
    """Return how far the last real segment runs into the target's side."""
    number = steps.shape[-2] - 1 - (lengths[..., ::-1] > 0.5).argmax(-1)
    last = np.take_along_axis(steps, number[..., None, None], -2)[..., 0, :]
    return np.asarray(-(last * NORMALS[enters]).sum(-1))
