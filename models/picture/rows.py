"""Which rows a design has in a view: cards, boundaries and the flows between them, in a stable order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from models.design.design import Design
from models.design.elements import Boundary, Flow, Id, Node, Position, position_id
from models.design.kinds import Axis, boundary_axis

VIEW_AXIS: dict[str, Axis | None] = {"services": "context", "data_flow": None, "deployment": "deployment"}


@dataclass(frozen=True, slots=True)
class BoundaryRows:
    """Boundaries of a view, outer before inner, overlays last; `hidden` maps a boundary to the collapsed one over it.

    Attributes:
        parents: row of the parent, or -1.
    """

    ids: list[Id]
    elements: list[Boundary]
    positions: list[Position | None]
    parents: list[int]
    depths: list[int]
    overlays: list[bool]
    collapsed: list[bool]
    hidden: dict[Id, int]


@dataclass(frozen=True, slots=True)
class NodeRows:
    """Cards of a view; `parents` are boundary rows or -1; `folded` maps a hidden row id's node to a boundary row."""

    ids: list[Id]
    elements: list[Id]
    nodes: list[Node]
    positions: list[Position | None]
    parents: list[int]
    folded: dict[Id, int]


def boundary_rows(design: Design, view: str) -> BoundaryRows:
    """Return the boundaries that the view draws."""
    axis = VIEW_AXIS.get(view, "context")
    drawn: list[tuple[int, int, Id, Boundary, Position | None, bool]] = []
    hidden_by: dict[Id, Id] = {}
    for key, boundary in design.boundaries.items():
        kind_axis = boundary_axis(boundary.kind)
        text = kind_axis == "annotation"
        overlay = kind_axis == "overlay" or text
        drawn_here = design.position(view, key) is not None if text else axis is not None
        if not drawn_here or (kind_axis != axis and not overlay):
            continue
        chain = [above for above, _ in design.ancestors(key)]
        folded = [above for above in chain if _is_collapsed(design, view, above)]
        if folded and folded[-1] != key:
            hidden_by[key] = folded[-1]
            continue
        position = design.position(view, key)
        depth = len(chain) - 1 + (10_000 if overlay else 0)
        drawn.append((depth, position.z if position else 0, key, boundary, position, overlay))
    drawn.sort(key=lambda row: row[:3])
    rows = {entry[2]: row for row, entry in enumerate(drawn)}
    collapsed = [position is not None and position.collapsed for *_, position, _ in drawn]
    hidden = {key: rows[above] for key, above in hidden_by.items()}
    hidden.update((entry[2], row) for row, entry in enumerate(drawn) if collapsed[row])
    return BoundaryRows(
        ids=[entry[2] for entry in drawn],
        elements=[entry[3] for entry in drawn],
        positions=[entry[4] for entry in drawn],
        parents=[rows.get(entry[3].parent, -1) if entry[3].parent else -1 for entry in drawn],
        depths=[entry[0] % 10_000 for entry in drawn],
        overlays=[entry[5] for entry in drawn],
        collapsed=collapsed,
        hidden=hidden,
    )


def _is_collapsed(design: Design, view: str, boundary: Id) -> bool:
    position = design.position(view, boundary)
    return position is not None and position.collapsed


def node_rows(design: Design, view: str, boundaries: BoundaryRows, nodes: Iterable[Id] | None = None) -> NodeRows:
    """Return the cards of the view, of all nodes or of the given ones."""
    row_of = {key: row for row, key in enumerate(boundaries.ids)}
    hidden = boundaries.hidden
    found = NodeRows([], [], [], [], [], {})
    elements = design.elements
    chosen = design.nodes.items() if nodes is None else ((key, design.node(key)) for key in nodes)
    axis = VIEW_AXIS.get(view, "context")
    prefix = position_id(view, "")
    for key, node in chosen:
        for row_id, parent in _boxes(key, node, axis):
            if parent is not None and parent in hidden:
                found.folded[row_id] = hidden[parent]
                continue
            position = elements.get(prefix + row_id) or (elements.get(prefix + key) if row_id == f"{key}/0" else None)
            found.ids.append(row_id)
            found.elements.append(key)
            found.nodes.append(node)
            found.positions.append(position if isinstance(position, Position) else None)
            found.parents.append(row_of.get(parent, -1) if parent is not None else -1)
    return _by_height(found)


def _by_height(rows: NodeRows) -> NodeRows:
    """Return the rows in drawing order: higher ones later, equal ones as they come."""
    heights = [position.z if position is not None else 0 for position in rows.positions]
    if not any(heights):
        return rows
    order = sorted(range(len(heights)), key=heights.__getitem__)
    return NodeRows(
        ids=[rows.ids[row] for row in order],
        elements=[rows.elements[row] for row in order],
        nodes=[rows.nodes[row] for row in order],
        positions=[rows.positions[row] for row in order],
        parents=[rows.parents[row] for row in order],
        folded=rows.folded,
    )


def _boxes(key: Id, node: Node, axis: Axis | None) -> list[tuple[Id, Id | None]]:
    """Return (row id, boundary) of each box of a node: one, or one per site where the view shows deployments."""
    if axis == "context":
        return [(key, node.context)]
    if axis is None:
        return [(key, None)]
    if len(node.sites) == 1:
        return [(key, node.sites[0].boundary)]
    return [(f"{key}/{number}", site.boundary) for number, site in enumerate(node.sites)]


@dataclass(frozen=True, slots=True)
class FlowRows:
    """Flows of a view with their ends: a node row, or `-1 - b` for the collapsed boundary of row b."""

    ids: list[Id]
    elements: list[Id]
    flows: list[Flow]
    sources: list[int]
    targets: list[int]

    def add(self, row_id: Id, element: Id, flow: Flow, source: int, target: int) -> None:
        """Append one row."""
        self.ids.append(row_id)
        self.elements.append(element)
        self.flows.append(flow)
        self.sources.append(source)
        self.targets.append(target)


def flow_rows(design: Design, boxes: Boxes, flows: Iterable[tuple[Id, Flow]] | None = None) -> FlowRows:
    """Return the flows whose ends are drawn; flows inside one collapsed boundary are hidden."""
    found = FlowRows([], [], [], [], [])
    only = boxes.only
    for key, flow in design.flows.items() if flows is None else flows:
        source, target = only.get(flow.source), only.get(flow.target)
        if source is not None and target is not None:
            found.add(key, key, flow, source, target)
        else:
            for number, (source, target) in enumerate(boxes.pairs(flow)):
                found.add(key if number == 0 else f"{key}/{number}", key, flow, source, target)
    return found


class Boxes:
    """Where the boxes of each node are, to find the ends of flows.

    Args:
        ids, elements: row ids and node ids of the drawn cards.
        folded: boundary row by the row id of a hidden card.
        parents: innermost boundary row of each card.
        chains: for each boundary row, its rows from the outermost to itself.

    Attributes:
        only: the row of each node that has one drawn card.
    """

    def __init__(
        self, ids: list[Id], elements: list[Id], folded: dict[Id, int], parents: list[int], chains: list[list[int]]
    ) -> None:
        self._rows: dict[Id, list[int]] = {}
        for row, element in enumerate(elements):
            self._rows.setdefault(element, []).append(row)
        for row_id, boundary in folded.items():
            ends = self._rows.setdefault(row_id.split("/")[0], [])
            if -1 - boundary not in ends:
                ends.append(-1 - boundary)
        self.only = {element: rows[0] for element, rows in self._rows.items() if len(rows) == 1 and rows[0] >= 0}
        self._parents = parents
        self._chains = chains

    def pairs(self, flow: Flow) -> list[tuple[int, int]]:
        """Return the ends to be joined: each box of the source with the box of the target that lies nearest to it."""
        sources, targets = self._rows.get(flow.source, ()), self._rows.get(flow.target, ())
        if len(sources) == len(targets) == 1:
            same_fold = sources[0] == targets[0] and sources[0] < 0
            return [] if same_fold else [(sources[0], targets[0])]
        found = []
        for source in sources:
            target = max(targets, key=lambda end: self._shared(source, end), default=None)
            if target is not None and not (source == target and source < 0):
                found.append((source, target))
        return found

    def _shared(self, one: int, other: int) -> int:
        first, second = self._chain(one), self._chain(other)
        return sum(1 for a, b in zip(first, second, strict=False) if a == b)

    def _chain(self, end: int) -> list[int]:
        boundary = -1 - end if end < 0 else self._parents[end]
        return self._chains[boundary] if boundary >= 0 else []


def chains(parents: list[int]) -> list[list[int]]:
    """Return for each boundary row its rows from the outermost to itself; parents come before children."""
    found: list[list[int]] = []
    for row, parent in enumerate(parents):
        found.append([*found[parent], row] if parent >= 0 else [row])
    return found
