"""The columns of a picture: cards, flows and boundaries as arrays and lists with an id to row map.

Colors are codes of `models.themes`, so that one picture serves both themes. Coordinates are pixels at 100 %, y grows
downward.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.design.elements import Id, Interaction
from models.routing.paths import Paths

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]
Flags = NDArray[np.bool_]

STYLES: tuple[Interaction, ...] = ("request", "message", "stream", "batch")
"""Line styles by code: request solid, message dashed, stream double, batch dotted with a clock."""


@dataclass(frozen=True, slots=True, eq=False)
class NodeColumns:
    """Cards, one row per node, or per site in the deployment view.

    Attributes:
        ids: row ids: the element's id, or `<id>/<site number>` where a node has several sites.
        elements: the element each row belongs to.
        row: row by row id.
        rects: x, y, width, height; shape (n, 4).
        titles, lines: name and technology line, not elided (see `models.cards`).
        icons, categories: icon name and category of the kind.
        badges: text on the badge; empty = no badge.
        colors: code of the badge and of the accent at the left edge, shape (n,).
        warned: carries a warning mark, shape (n,).
        guessed: everything about it stands at defaults, shape (n,); its technology line is set in faint color.
        parents: row of the innermost boundary in this view, or -1, shape (n,).
        placed: has a stored position, shape (n,); the others stand where there was room.
    """

    ids: list[Id]
    elements: list[Id]
    row: Mapping[Id, int]
    rects: F32
    titles: list[str]
    lines: list[str]
    icons: list[str]
    categories: list[str]
    badges: list[str]
    colors: U8
    warned: Flags
    guessed: Flags
    parents: I32
    placed: Flags

    def __len__(self) -> int:
        return len(self.ids)

    def rows_of(self, elements: Collection[Id]) -> list[int]:
        """Return the rows of some elements; what is not drawn has none."""
        if self.ids == self.elements:
            return [self.row[key] for key in elements if key in self.row]
        return [row for row, element in enumerate(self.elements) if element in elements]


@dataclass(frozen=True, slots=True, eq=False)
class FlowColumns:
    """Flows as orthogonal polylines with an arrow head at the last point.

    Attributes:
        sources, targets: node rows; `-1 - b` stands for the collapsed boundary of row b. Shape (m,).
        offsets: row i has the points `points[offsets[i]:offsets[i + 1]]`; shape (m + 1,).
        points: x, y; shape (p, 2).
        boxes: x0, y0, x1, y1 around each line, shape (m, 4).
        styles: index into `STYLES`, shape (m,).
        labels, readings: the flow's own text, and what the lens reads on it; a reading is shown instead of the label.
        spots, grounds: centers kept free for the label and for a lens's reading, shape (m, 2, 2), and what lies behind
            each, shape (m, 2).
        label_at: center of the text that is shown, one of the spots, shape (m, 2).
        label_fill: what lies behind a label: 0 canvas, 1 a boundary of even depth, 2 one of odd depth; shape (m,).
        colors: color code, 255 = the theme's flow color; shape (m,).
    """

    ids: list[Id]
    elements: list[Id]
    row: Mapping[Id, int]
    sources: I32
    targets: I32
    offsets: I32
    points: F32
    boxes: F32
    styles: U8
    labels: list[str]
    readings: list[str]
    spots: F32
    grounds: U8
    label_at: F32
    label_fill: U8
    colors: U8

    def __len__(self) -> int:
        return len(self.ids)

    def shown(self) -> tuple[F32, U8]:
        """Return the spot and ground of each row's reading, or of its label where it has none."""
        read = np.fromiter(map(bool, self.readings), np.bool_, len(self))
        spots = np.where(read[:, None], self.spots[:, 1], self.spots[:, 0])
        return spots, np.where(read, self.grounds[:, 1], self.grounds[:, 0])

    @property
    def paths(self) -> Paths:
        """The lines."""
        return Paths(self.offsets, self.points, self.boxes)

    def path(self, row: int) -> F32:
        """Return the polyline of one row, shape (k, 2)."""
        return self.points[self.offsets[row] : self.offsets[row + 1]]


@dataclass(frozen=True, slots=True, eq=False)
class BoundaryColumns:
    """Containers in drawing order: outer before inner, overlays last.

    Attributes:
        rects: x, y, width, height; shape (b, 4).
        depths: 0 for an outermost boundary; shape (b,).
        parents: row of the parent or -1; shape (b,).
        overlays: drawn as a dashed outline without fill (networks), or not at all (texts); shape (b,).
        texts: only its title is written, wrapped in the rectangle; shape (b,).
        collapsed: drawn as one card, its members are hidden; shape (b,).
        copies: how many equal ones exist, printed as "× 300"; shape (b,).
    """

    ids: list[Id]
    row: Mapping[Id, int]
    rects: F32
    titles: list[str]
    kinds: list[str]
    depths: I32
    parents: I32
    overlays: Flags
    texts: Flags
    collapsed: Flags
    copies: I32

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, eq=False)
class LensValues:
    """What a lens puts on the picture: texts and color codes by element id; absent ids have neither.

    Attributes:
        nodes, flows: (badge or label text, color code) by element id or row id; a row id wins.
        warned: ids of nodes with a warning mark.
    """

    nodes: Mapping[Id, tuple[str, int]]
    flows: Mapping[Id, tuple[str, int]]
    warned: frozenset[Id] = frozenset()
