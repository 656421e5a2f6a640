"""Layered drawings with nested boundaries, left to right (Sugiyama, Tagawa & Toda 1981; Sander 1996).

Cycles are broken, layers keep edges short, the order within them has few crossings, and coordinates make lines
straight. Everything is deterministic: no clock, no random numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from models.layout.beat import Beat
from models.layout.coordinates import PADDING, TITLE, place_along
from models.layout.graph import Edges, components, without_cycles
from models.layout.layers import NOWHERE, Layers
from models.layout.order import Order, best_order
from models.layout.ranks import ranks
from models.routing.paths import F64

GRID = 8.0
GAP_X, GAP_Y = 64.0, 40.0
GAPS_X = {"data_flow": 120.0}
"""Room between columns in views whose lines carry longer texts: volumes, with line and arrow head on both sides."""
_TRACK, _FREE_TRACKS, _MOST_TRACKS = 8.0, 3, 160.0
_RANKED, _ORDERED = 0.1, 0.8
"""Shares of the work after the layers, and after the orders within them, are known."""
_SHELF = 1.6
"""Width to height of a drawing of several parts."""


def compound(
    sizes: F64,
    parents: Sequence[int],
    frame_parents: Sequence[int],
    edges: Sequence[tuple[int, int]],
    beat: Beat | None = None,
    gap_x: float = GAP_X,
) -> F64:
    """Return the top left corner of every card, shape (n, 2), on the 8 px grid.

    Args:
        sizes: width and height of the cards, shape (n, 2), px.
        parents: boundary row of each card, -1 = outside of all.
        frame_parents: parent row of each boundary, -1 = outermost; parents come before children.
        edges: (source, target) cards; loops and repeated edges are welcome.
        beat: told how far the work is.
        gap_x: least room between two columns, px.
    """
    count = len(sizes)
    if not count:
        return np.zeros((0, 2))
    roots = _roots(frame_parents)
    ties = [(member, mates[0]) for mates in _mates(parents, roots) for member in mates[1:]]
    found = np.zeros((count, 2))
    boxes = []
    parts = components(count, [*edges, *ties])
    home = np.zeros((count, 2), np.int64)
    for number, members in enumerate(parts):
        home[members] = np.stack([np.full(len(members), number), np.arange(len(members))], 1)
    inside: list[set[tuple[int, int]]] = [set() for _ in parts]
    for a, b in edges:
        if a != b:
            inside[home[a, 0]].add((int(home[a, 1]), int(home[b, 1])))
    done = 0
    for number, members in enumerate(parts):
        if beat is not None:
            beat.enter(done / count, (done + len(members)) / count)
        done += len(members)
        if len(members) == 1 and parents[members[0]] == NOWHERE:
            corners, size = np.zeros((1, 2)), sizes[members[0]]
        else:
            homes = [parents[row] for row in members]
            others = count - len(members)
            corners, size = _part(sizes[members], homes, frame_parents, sorted(inside[number]), others, beat, gap_x)
        found[members] = corners
        boxes.append((members, size))
    _pack(found, boxes)
    return found


def _roots(frame_parents: Sequence[int]) -> list[int]:
    """Return the outermost boundary over each boundary."""
    roots: list[int] = []
    for row, parent in enumerate(frame_parents):
        roots.append(row if parent < 0 else roots[parent])
    return roots


def _mates(parents: Sequence[int], roots: Sequence[int]) -> list[list[int]]:
    """Return the cards of each outermost boundary."""
    found: dict[int, list[int]] = {}
    for card, parent in enumerate(parents):
        if parent >= 0:
            found.setdefault(roots[parent], []).append(card)
    return list(found.values())


def _part(
    sizes: F64,
    homes: Sequence[int],
    frame_parents: Sequence[int],
    edges: Edges,
    others: int,
    beat: Beat | None,
    gap_x: float,
) -> tuple[F64, F64]:
    """Return the corners of a connected part, from (0, 0) on, and its size with its boundaries."""
    layers, order = arranged(homes, frame_parents, edges, others, beat)
    heights = np.concatenate([sizes[:, 1], np.zeros(layers.count - len(sizes))])
    if beat is not None:
        beat.expect(_ORDERED, 1)
        beat()
        beat.expect(1.0, 1)
        beat()
    y = np.round(place_along(order, layers, heights, GAP_Y) / GRID) * GRID
    x = _columns(sizes, layers.layer[: len(sizes)], _gaps(layers, y + sizes[:, 1] / 2) + (gap_x - GAP_X))
    corners = np.stack([x, y], 1)
    low, high = _extent(corners, sizes, homes, frame_parents)
    return corners - low, high - low


def arranged(
    homes: Sequence[int],
    frame_parents: Sequence[int],
    edges: Edges,
    others: int = 0,
    beat: Beat | None = None,
) -> tuple[Layers, Order]:
    """Return the layers of a connected part and the order within each.

    Args:
        homes, frame_parents: boundary of each node and parent of each boundary, -1 = none.
        edges: sorted, without loops and repetitions; cycles are welcome.
        others, beat: as of `best_order`.
    """
    count = len(homes)
    members = _members(homes, frame_parents)
    shape = _in_rows(count, homes, edges)
    layerings = [
        Layers(ranks(count, [*way, *shape], members), way, homes, frame_parents) for way in without_cycles(count, edges)
    ]
    if beat is not None:
        beat.expect(_RANKED, 1)
        beat()
    return best_order(layerings, others, beat)


def _members(homes: Sequence[int], frame_parents: Sequence[int]) -> list[list[int]]:
    """Return the nodes in each boundary, those of inner ones included."""
    found: list[list[int]] = [[] for _ in frame_parents]
    for node, home in enumerate(homes):
        boundary = home
        while boundary >= 0:
            found[boundary].append(node)
            boundary = frame_parents[boundary]
    return found


def _in_rows(count: int, homes: Sequence[int], edges: Edges) -> Edges:
    """Return edges that line up the nodes of a boundary that have no flow, so that they fill it in rows."""
    joined = {end for edge in edges for end in edge}
    alone: dict[int, list[int]] = {}
    for node in range(count):
        if node not in joined and homes[node] >= 0:
            alone.setdefault(homes[node], []).append(node)
    found = []
    for nodes in alone.values():
        width = max(2, round((len(nodes) * 0.8) ** 0.5))
        found += [(a, b) for number, (a, b) in enumerate(pairwise(nodes), 1) if number % width]
    return found


def _gaps(layers: Layers, centers: F64) -> F64:
    """Return the room behind each layer: for the edges that bend there, and for the sides of boundaries."""
    columns = len(layers.members)
    bends = np.zeros(columns)
    for a in range(layers.real):
        for b in layers.out[a]:
            if b >= layers.real or abs(centers[a] - centers[b]) > 1:
                bends[layers.layer[a]] += 1
    for chain in layers.chains:
        bends[layers.layer[chain[-1]]] += 1
    starts, stops = np.zeros(columns + 1), np.zeros(columns + 1)
    for boundary in range(len(layers.parents)):
        low, high = layers.spans[boundary]
        if high >= low:
            for at, sides, end in ((low, starts, 0), (high + 1, stops, 1)):
                depth, above = 1, layers.parents[boundary]
                while above >= 0 and layers.spans[above][end] == (low, high)[end]:
                    depth, above = depth + 1, layers.parents[above]
                sides[at] = max(sides[at], depth)
    room = GAP_X + np.clip((bends - _FREE_TRACKS) * _TRACK, 0, _MOST_TRACKS)
    return np.asarray(np.ceil((room + (starts[1:] + stops[1:]) * PADDING) / GRID) * GRID)


def _columns(sizes: F64, layer: Sequence[int], gaps: F64) -> F64:
    """Return the x of each node: centered in its layer's column."""
    rows = np.array(layer)
    widths = np.zeros(rows.max() + 1)
    np.maximum.at(widths, rows, sizes[:, 0])
    starts = np.concatenate([[0.0], np.cumsum(np.ceil(widths / GRID) * GRID + gaps)[:-1]])
    return np.asarray(starts[rows] + np.round((widths[rows] - sizes[:, 0]) / 2 / GRID) * GRID)


def _extent(corners: F64, sizes: F64, homes: Sequence[int], frame_parents: Sequence[int]) -> tuple[F64, F64]:
    """Return the corners of the rectangle around all nodes and the boundaries around them."""
    low, high = corners.copy(), corners + sizes
    depth = np.zeros(len(corners))
    for node, home in enumerate(homes):
        boundary = home
        while boundary >= 0:
            depth[node] += 1
            boundary = frame_parents[boundary]
    low -= np.stack([depth * PADDING, depth * TITLE], 1)
    high += depth[:, None] * PADDING
    return low.min(0), high.max(0)


def _pack(found: F64, boxes: list[tuple[list[int], F64]]) -> None:
    """Move parts onto shelves about 1.6 times as wide as high, in place."""
    area = sum(float((size[0] + GAP_X) * (size[1] + GAP_Y)) for _, size in boxes)
    width = max([float(size[0]) for _, size in boxes] + [(area * _SHELF) ** 0.5])
    x = y = shelf = 0.0
    for members, size in boxes:
        if x > 0 and x + float(size[0]) > width:
            x, y, shelf = 0.0, y + np.ceil((shelf + GAP_Y) / GRID) * GRID, 0.0
        found[members] += (x, y)
        x += float(np.ceil((size[0] + GAP_X) / GRID) * GRID)
        shelf = max(shelf, float(size[1]))
