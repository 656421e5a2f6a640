"""How each flow leaves and enters its cards and where it turns: sides and up to three channel coordinates.

A flow runs from its port along the outward normal to channel `c1`, along it to `c2`, along that to `c3` and into the
target. A coordinate that is NaN follows: c1 the target's port, c2 the target's port, c3 follows c1. So one form covers
straight lines, L, Z, U and five-segment detours, and a moved port needs no new plan.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.routing.obstacles import Obstacles
from models.routing.paths import F32, F64, I64

EAST, SOUTH, WEST, NORTH = range(4)
_NORMALS = np.array([(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)])
CLEARANCE = 20.0
_BEND = 36.0
_HIT = 40.0
_DETOURS = 240


@dataclass(frozen=True, slots=True, eq=False)
class Plans:
    """Sides (n,) of source and target and channels (n, 3); mutable arrays, owned by one routing run."""

    leaves: I64
    enters: I64
    channels: F64


def side_center(rects: F32, sides: I64) -> F64:
    """Return the middle of a side of each rectangle, shape (n, 2)."""
    half = rects[:, 2:] / 2
    return np.asarray(rects[:, :2] + half + _NORMALS[sides] * half, np.float64)


def corners_of(starts: F64, stops: F64, leaves: I64, enters: I64, channels: F64) -> F64:
    """Return the polylines of plans, shape (…, 6, 2), with repeated points where a plan has fewer turns.

    Args:
        starts, stops: ports, shape (…, 2).
        leaves, enters: sides, shape (…).
        channels: shape (…, 3).
    """
    upright = leaves % 2 == 1
    turned = enters % 2 != leaves % 2
    start = np.where(upright[..., None], starts[..., ::-1], starts)
    stop = np.where(upright[..., None], stops[..., ::-1], stops)
    c1 = np.where(np.isnan(channels[..., 0]), stop[..., 0], channels[..., 0])
    c2 = np.where(np.isnan(channels[..., 1]), stop[..., 1], channels[..., 1])
    c3 = np.where(np.isnan(channels[..., 2]), c1, channels[..., 2])
    c3 = np.where(turned, stop[..., 0], c3)
    fourth = np.where(turned, c2, stop[..., 1])
    along = np.stack([start[..., 0], c1, c1, c3, c3, stop[..., 0]], -1)
    cross = np.stack([start[..., 1], start[..., 1], c2, c2, fourth, stop[..., 1]], -1)
    corners = np.stack([along, cross], -1)
    return np.where(upright[..., None, None], corners[..., ::-1], corners)


def choose(rects: F32, sources: I64, targets: I64, obstacles: Obstacles, detours: int = _DETOURS) -> Plans:
    """Return the cheapest plan of each flow by px on cards, bends and length.

    The first `detours` flows that would still run across a card look at every channel in their neighborhood.
    """
    count = len(sources)
    s, t = rects[sources], rects[targets]
    sides, channels = _simple_plans(s, t)
    scored = [
        _cost(s, t, np.full(count, a), np.full(count, b), channel, obstacles)
        for (a, b), channel in zip(sides, channels, strict=True)
    ]
    best = np.stack([cost for cost, _ in scored]).argmin(0)
    pairs = np.array(sides)
    plans = Plans(pairs[best, 0], pairs[best, 1], np.stack(channels)[best, np.arange(count)])
    fouled = np.stack([foul for _, foul in scored])[best, np.arange(count)]
    blocked = np.flatnonzero(fouled & (sources != targets))
    for row in blocked[:detours]:
        _detour(plans, int(row), rects, s[row], t[row], obstacles)
    loops = np.flatnonzero(sources == targets)
    plans.leaves[loops], plans.enters[loops] = EAST, NORTH
    plans.channels[loops] = np.stack([s[loops, 0] + s[loops, 2] + 20, s[loops, 1] - 20, np.full(len(loops), np.nan)], 1)
    return plans


def _simple_plans(s: F32, t: F32) -> tuple[list[tuple[int, int]], list[F64]]:
    """Return straight, Z, L and U plans: (sides, channels (n, 3)) of each."""
    nan = np.full(len(s), np.nan)
    left, right = np.minimum(s[:, 0], t[:, 0]), np.maximum(s[:, 0] + s[:, 2], t[:, 0] + t[:, 2])
    top, bottom = np.minimum(s[:, 1], t[:, 1]), np.maximum(s[:, 1] + s[:, 3], t[:, 1] + t[:, 3])
    found: list[tuple[tuple[int, int], F64]] = []
    for a, b, axis in ((EAST, WEST, 0), (WEST, EAST, 0), (SOUTH, NORTH, 1), (NORTH, SOUTH, 1)):
        middle = (side_center(s, np.full(len(s), a))[:, axis] + side_center(t, np.full(len(t), b))[:, axis]) / 2
        found.append(((a, b), middle))
    for a in (EAST, WEST):
        for b in (SOUTH, NORTH):
            found.append(((a, b), nan))
            found.append(((b, a), nan))
    around = (
        (EAST, right + CLEARANCE),
        (WEST, left - CLEARANCE),
        (SOUTH, bottom + CLEARANCE),
        (NORTH, top - CLEARANCE),
    )
    found.extend(((side, side), np.asarray(channel, np.float64)) for side, channel in around)
    return [sides for sides, _ in found], [np.stack([channel, nan, nan], 1) for _, channel in found]


def _cost(
    s: F32, t: F32, leaves: I64, enters: I64, channels: F64, obstacles: Obstacles
) -> tuple[F64, NDArray[np.bool_]]:
    starts, stops = side_center(s, leaves), side_center(t, enters)
    corners = corners_of(starts, stops, leaves, enters, channels)
    return cost_of(corners, leaves, enters, obstacles)


def cost_of(corners: F64, leaves: I64, enters: I64, obstacles: Obstacles) -> tuple[F64, NDArray[np.bool_]]:
    """Return px on cards × 40 + bends × 36 + length, and whether a plan runs across a card or backwards; shape (…).

    Legs shorter than 14 px are fined, so that an arrow head has room.
    """
    steps = np.diff(corners, axis=-2)
    lengths = np.abs(steps).sum(-1)
    real = lengths > 0.5
    bends = real.sum(-1) - 1
    out = (steps[..., 0, :] * _NORMALS[leaves]).sum(-1)
    into = -(steps[..., -1, :] * _NORMALS[enters]).sum(-1)
    turned_in = np.where(lengths[..., -1] > 0.5, into, _last_step(steps, lengths, enters))
    short = (out < 14.5).astype(float) + (turned_in < 14.5)
    backwards = (out < 6).astype(float) + (turned_in < 6)
    hits = obstacles.hits(corners)
    cost = hits * _HIT + bends * _BEND + lengths.sum(-1) + short * 60.0 + backwards * 2_000.0
    return np.asarray(cost), np.asarray((hits > 0) | (backwards > 0))


def _last_step(steps: F64, lengths: F64, enters: I64) -> F64:
    """Return how far the last real segment runs into the target's side."""
    number = steps.shape[-2] - 1 - (lengths[..., ::-1] > 0.5).argmax(-1)
    last = np.take_along_axis(steps, number[..., None, None], -2)[..., 0, :]
    return np.asarray(-(last * _NORMALS[enters]).sum(-1))


def _detour(plans: Plans, row: int, rects: F32, s: F32, t: F32, obstacles: Obstacles) -> None:
    """Replace one plan by the best of all five-segment plans along the edges of the cards in between."""
    low = np.minimum(s[:2], t[:2]) - 160
    high = np.maximum(s[:2] + s[2:], t[:2] + t[2:]) + 160
    near = rects[((rects[:, :2] < high) & (rects[:, :2] + rects[:, 2:] > low)).all(1)]
    lines = [_lines(near, axis, s, t) for axis in (0, 1)]
    best = np.inf
    for leave, enter in _side_pairs(s, t):
        axis = leave % 2
        first, cross = lines[axis], lines[1 - axis]
        last = first if enter % 2 == axis else np.array([np.nan])
        grid = np.stack(np.meshgrid(first, cross, last, indexing="ij"), -1).reshape(-1, 3)
        leaves, enters = np.full(len(grid), leave), np.full(len(grid), enter)
        start = np.broadcast_to(side_center(s[None], np.array([leave])), (len(grid), 2))
        stop = np.broadcast_to(side_center(t[None], np.array([enter])), (len(grid), 2))
        cost, _ = cost_of(corners_of(start, stop, leaves, enters, grid), leaves, enters, obstacles)
        winner = int(cost.argmin())
        if cost[winner] < best:
            best = float(cost[winner])
            plans.leaves[row], plans.enters[row], plans.channels[row] = leave, enter, _merged(grid[winner])


def _merged(channels: F64) -> F64:
    """Return the channels of a Z or U plan where the first and the last one are the same line."""
    return np.array([channels[0], np.nan, np.nan]) if abs(channels[0] - channels[2]) < 1 else channels


def _side_pairs(s: F32, t: F32) -> list[tuple[int, int]]:
    """Return the pairs of sides worth a search: facing each other on either axis, around a corner, and U turns."""
    dx, dy = (t[:2] + t[2:] / 2) - (s[:2] + s[2:] / 2)
    across, down = (EAST, WEST) if dx >= 0 else (WEST, EAST), (SOUTH, NORTH) if dy >= 0 else (NORTH, SOUTH)
    corners = [(across[0], down[1]), (down[0], across[1])]
    return [across, down, *corners, (EAST, EAST), (WEST, WEST), (SOUTH, SOUTH), (NORTH, NORTH)]


def _lines(near: F32, axis: int, s: F32, t: F32) -> F64:
    """Return at most 14 channel coordinates on an axis: midway between neighbors and beside cards, nearest first."""
    edges = np.concatenate([near[:, axis] - CLEARANCE, near[:, axis] + near[:, axis + 2] + CLEARANCE])
    low, high = near[:, axis], near[:, axis] + near[:, axis + 2]
    gaps = [(a + b) / 2 for a, b in zip(np.unique(high), np.unique(low)[1:], strict=False) if 16 <= b - a <= 120]
    every = np.unique(np.round(np.concatenate([edges, np.array(gaps, np.float64)]) / 4) * 4)
    middle = (s[axis] + s[axis + 2] / 2 + t[axis] + t[axis + 2] / 2) / 2
    return np.sort(every[np.argsort(np.abs(every - middle), kind="stable")[:14]])
