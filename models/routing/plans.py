"""How each flow leaves and enters its cards and where it turns: sides and up to three channel coordinates.

A flow runs from its port along the outward normal to channel `c1`, along it to `c2`, along that to `c3` and into the
target. A coordinate that is NaN follows: c1 the target's port, c2 the target's port, c3 follows c1. So one form covers
straight lines, L, Z, U and five-segment detours, and a moved port needs no new plan.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.routing.detours import detour
from models.routing.obstacles import Obstacles
from models.routing.paths import F32, F64, I64
from models.routing.sides import BEND, CLEARANCE, EAST, NORMALS, NORTH, SHORTEST_LEG, SOUTH, WEST, side_center

_HIT = 40.0
_FARTHEST_DETOUR, _MANY_CARDS = 2_400.0, 500
_AT_ONCE = 64
"""Of so few flows all plans are weighed in one go; of more the further ones only where they are needed."""
_CORNERS = [(across, down) for across in (EAST, WEST) for down in (SOUTH, NORTH)]
_TURNS = np.array(
    [*_CORNERS, *(each[::-1] for each in _CORNERS), *((side, side) for side in (EAST, WEST, SOUTH, NORTH))]
)
"""Sides left and entered by L plans, then by U plans."""


@dataclass(frozen=True, slots=True, eq=False)
class Plans:
    """Sides (n,) of source and target and channels (n, 3); mutable arrays, owned by one routing run.

    Several for each flow have an axis before these.
    """

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
    groups = (_forward_plans, _other_plans, _passing_plans)
    plans, fouled = _cheapest(s, t, groups if len(s) <= _AT_ONCE else groups[:1], obstacles)
    rows = np.flatnonzero(fouled & (sources != targets))
    if len(rows) and len(s) > _AT_ONCE:
        found, still = _cheapest(s[rows], t[rows], groups[1:], obstacles)
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


def _forward_plans(s: F32, t: F32) -> Plans:
    """Return straight or Z plans on both axes and the two L plans, each towards the other end; shape (4, n)."""
    toward = t[:, :2] + t[:, 2:] / 2 - s[:, :2] - s[:, 2:] / 2
    east, south = toward[:, 0] >= 0, toward[:, 1] >= 0
    across, back = np.where(east, EAST, WEST), np.where(east, WEST, EAST)
    down, up = np.where(south, SOUTH, NORTH), np.where(south, NORTH, SOUTH)
    leaves, enters = np.array([across, down, across, down]), np.array([back, up, up, back])
    middles = (side_center(s, leaves[:2]) + side_center(t, enters[:2])) / 2
    channels = np.full((4, len(s), 3), np.nan)
    channels[0, :, 0], channels[1, :, 0] = middles[0, :, 0], middles[1, :, 1]
    return Plans(leaves, enters, channels)


def _other_plans(s: F32, t: F32) -> Plans:
    """Return the L plans on all pairs of sides and the U plans around both cards; shape (12, n)."""
    low, high = np.minimum(s[:, :2], t[:, :2]) - CLEARANCE, np.maximum(s[:, :2] + s[:, 2:], t[:, :2] + t[:, 2:])
    high += CLEARANCE
    channels = np.full((len(_TURNS), len(s), 3), np.nan)
    channels[-4:, :, 0] = high[:, 0], low[:, 0], high[:, 1], low[:, 1]
    sides = np.repeat(_TURNS[:, None], len(s), axis=1)
    return Plans(sides[..., 0], sides[..., 1], channels)


def _passing_plans(s: F32, t: F32) -> Plans:
    """Return the five-segment plans that run beside the row or column of either card; shape (8, n)."""
    toward = t[:, :2] + t[:, 2:] / 2 - s[:, :2] - s[:, 2:] / 2
    leaves, enters = np.empty((2, 8, len(s)), np.int64)
    channels = np.empty((8, len(s), 3))
    for axis, (ahead, behind) in ((0, (EAST, WEST)), (1, (SOUTH, NORTH))):
        rows, forward = slice(4 * axis, 4 * axis + 4), toward[:, axis] >= 0
        leaves[rows], enters[rows] = np.where(forward, ahead, behind), np.where(forward, behind, ahead)
        sign = np.where(forward, CLEARANCE, -CLEARANCE)
        channels[rows, :, 0] = side_center(s, leaves[4 * axis])[:, axis] + sign
        channels[rows, :, 2] = side_center(t, enters[4 * axis])[:, axis] - sign
        beside = [(card[:, 1 - axis] - CLEARANCE, card[:, 1 - axis] + card[:, 3 - axis] + CLEARANCE) for card in (s, t)]
        channels[rows, :, 1] = [*beside[0], *beside[1]]
    return Plans(leaves, enters, channels)


def _cheapest(
    s: F32, t: F32, groups: Sequence[Callable[[F32, F32], Plans]], obstacles: Obstacles
) -> tuple[Plans, NDArray[np.bool_]]:
    """Return the cheapest plan for each flow, and whether it runs across a card.

    It is of the first group whose cheapest plan does not; else of the first.

    Args:
        groups: each makes plans of shape (k, n).
    """
    made = [group(s, t) for group in groups]
    plans = Plans.joined(made)
    leaves, enters, channels = plans.leaves, plans.enters, plans.channels
    corners = corners_of(side_center(s, leaves), side_center(t, enters), leaves, enters, channels)
    cost, across = cost_of(corners, leaves, enters, obstacles)
    each, start = np.arange(len(s)), len(made[0].leaves)
    best = cost[:start].argmin(0)
    fouled = across[best, each]
    for group in made[1:]:
        found = start + cost[start : start + len(group.leaves)].argmin(0)
        free = fouled & ~across[found, each]
        best, fouled = np.where(free, found, best), fouled & ~free
        start += len(group.leaves)
    return Plans(leaves[best, each], enters[best, each], channels[best, each]), fouled


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
