"""Layered drawings with nested boundaries: the content of each is drawn first and stands in its parent as one box."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.layout.layered import layered
from models.routing.paths import F64

GRID = 8.0
GAP_X, GAP_Y = 64.0, 40.0
PADDING, TITLE = 24.0, 40.0
_EMPTY = (232.0, 128.0)


def compound(sizes: F64, parents: Sequence[int], frame_parents: Sequence[int], edges: Sequence[tuple[int, int]]) -> F64:
    """Return the top left corner of every card, shape (n, 2), on the 8 px grid.

    Args:
        sizes: width and height of the cards, shape (n, 2), px.
        parents: boundary row of each card, -1 = outside of all.
        frame_parents: parent row of each boundary, -1 = outermost; parents come before children.
        edges: (source, target) cards.
    """
    cards, frames = len(sizes), len(frame_parents)
    above = [cards + parent if parent >= 0 else -1 for parent in [*parents, *frame_parents]]
    chains = [_chain(item, above) for item in range(cards + frames)]
    boxes = np.concatenate([sizes, np.tile(np.array(_EMPTY), (frames, 1))])
    corners = np.zeros((cards + frames, 2))
    children: dict[int, list[int]] = {}
    for item, parent in enumerate(above):
        children.setdefault(parent, []).append(item)
    links = _links(edges, chains)
    for parent in [*range(cards + frames - 1, cards - 1, -1), -1]:
        members = children.get(parent, [])
        if not members:
            continue
        place = {item: number for number, item in enumerate(members)}
        inner = [(place[a], place[b]) for a, b in links.get(parent, ())]
        found = np.ceil(layered(boxes[members], inner, GAP_X, GAP_Y) / GRID) * GRID
        corners[members] = found + ((PADDING, TITLE) if parent >= 0 else (0.0, 0.0))
        if parent >= 0:
            boxes[parent] = (corners[members] + boxes[members]).max(0) + PADDING
    for item in [*range(cards, cards + frames), *range(cards)]:
        if above[item] >= 0:
            corners[item] += corners[above[item]]
    return corners[:cards]


def _chain(item: int, above: list[int]) -> list[int]:
    """Return the item and what holds it, from the outermost."""
    chain = [item]
    while above[chain[-1]] >= 0:
        chain.append(above[chain[-1]])
    return chain[::-1]


def _links(edges: Sequence[tuple[int, int]], chains: list[list[int]]) -> dict[int, list[tuple[int, int]]]:
    """Return the edges between the boxes of each parent (-1 = the drawing): lifted to where their ends part."""
    found: dict[int, list[tuple[int, int]]] = {}
    for a, b in edges:
        parent = -1
        for one, other in zip(chains[a], chains[b], strict=False):
            if one != other:
                found.setdefault(parent, []).append((one, other))
                break
            parent = one
    return found
