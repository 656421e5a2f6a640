"""How an edit changes a picture's columns: only the rows it touches are computed anew."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from models.design.delta import Delta
from models.design.elements import Boundary, Flow, Id, Node, Position, positioned
from models.picture.boxes import grounds
from models.picture.cards import CARD_HEIGHT, CARD_WIDTH, flow_label
from models.picture.columns import F32, STYLES, U8, BoundaryColumns, FlowColumns, NodeColumns
from models.picture.rows import VIEW_AXIS, BoundaryRows
from models.routing import Paths, label_places, reroute, touched
from models.routing.labels import FINE_UP_TO
from models.routing.router import Waypoints
from models.themes import NO_COLOR


@dataclass(slots=True)
class Changes:
    """A delta sorted by what it means for one view.

    Attributes:
        homes: cards that lie in another boundary.
        frames: boundaries are to be drawn anew.
        regrouped: cards or boundaries lie in other boundaries, or these came or went.
        rebuild: rows cannot be patched one by one.
    """

    added: dict[Id, Node] = field(default_factory=dict)
    edited: dict[Id, Node] = field(default_factory=dict)
    removed: set[Id] = field(default_factory=set)
    flows_added: dict[Id, Flow] = field(default_factory=dict)
    flows_edited: dict[Id, Flow] = field(default_factory=dict)
    flows_removed: set[Id] = field(default_factory=set)
    moved: dict[Id, Position | None] = field(default_factory=dict)
    homes: set[Id] = field(default_factory=set)
    frames: bool = False
    regrouped: bool = False
    rebuild: bool = False


def changes_of(delta: Delta, view: str, nodes: NodeColumns, boundaries: BoundaryColumns, flow_count: int) -> Changes:
    """Return what a delta means for the rows of a view."""
    found = Changes()
    for key, (before, after) in delta.changes.items():
        element = after if after is not None else before
        if isinstance(element, Node):
            _sort_node(found, key, before, after, view)
        elif isinstance(element, Flow):
            _sort_flow(found, key, before, after)
        elif isinstance(element, Boundary):
            found.frames = True
            same = isinstance(before, Boundary) and isinstance(after, Boundary) and before.kind == after.kind
            found.regrouped |= not same or before.parent != after.parent  # type: ignore[union-attr]
        elif isinstance(element, Position):
            _sort_position(found, key, before, after, view, boundaries)
    sited = view == "deployment" or bool(boundaries.collapsed.any())
    structural = found.added or found.removed or found.flows_added or found.flows_removed
    found.rebuild |= sited and bool(structural)
    free = any(not nodes.placed[nodes.row[key]] for key in found.homes if key in nodes.row)
    few = flow_count <= FINE_UP_TO  # all labels of a small drawing keep off frames and titles
    found.rebuild |= found.regrouped and (sited or few or free)
    return found


def _sort_node(found: Changes, key: Id, before: object, after: object, view: str) -> None:
    if not isinstance(after, Node):
        found.removed.add(key)
    elif not isinstance(before, Node):
        found.added[key] = after
    else:
        found.edited[key] = after
        axis = VIEW_AXIS.get(view, "context")
        if axis == "context":
            if before.context != after.context:
                found.homes.add(key)
                found.regrouped = True
        elif axis == "deployment":
            found.rebuild |= [site.boundary for site in before.sites] != [site.boundary for site in after.sites]


def _sort_flow(found: Changes, key: Id, before: object, after: object) -> None:
    if not isinstance(after, Flow):
        found.flows_removed.add(key)
    elif not isinstance(before, Flow):
        found.flows_added[key] = after
    else:
        found.flows_edited[key] = after
        found.rebuild |= (before.source, before.target) != (after.source, after.target)


def _sort_position(
    found: Changes, key: Id, before: object, after: object, view: str, boundaries: BoundaryColumns
) -> None:
    place, owner = positioned(key)
    if place != view:
        return
    heights, collapsed = zip(*map(_standing, (before, after)), strict=True)
    found.rebuild |= heights[0] != heights[1]
    if owner in boundaries.row:
        found.frames = True
    found.rebuild |= collapsed[0] != collapsed[1]
    found.moved["/".join(key.split("/")[2:])] = after if isinstance(after, Position) else None


def _standing(side: object) -> tuple[int, bool]:
    """Return drawing order and whether it is collapsed of one side of a position's change."""
    return (side.z, side.collapsed) if isinstance(side, Position) else (0, False)


def rehomed(
    nodes: NodeColumns, before: BoundaryRows, after: BoundaryRows, homes: Mapping[Id, Id | None]
) -> NodeColumns:
    """Return the columns with the rows of the boundaries that cards lie in now.

    Args:
        before, after: the boundaries of the view.
        homes: the boundary of each card that lies in another one than before.
    """
    row_of = {key: row for row, key in enumerate(after.ids)}
    parents = nodes.parents
    if before.ids != after.ids:
        now = np.array([*(row_of.get(key, -1) for key in before.ids), -1], np.int32)
        parents = now[parents]
    if homes:
        parents = parents.copy()
        for key, home in homes.items():
            parents[nodes.row[key]] = row_of.get(home, -1) if home is not None else -1
    return replace(nodes, parents=parents)


def regrounded(flows: FlowColumns, before: BoundaryColumns, after: BoundaryColumns) -> FlowColumns:
    """Return the columns with what lies behind texts now, where boundaries differ."""
    touched = np.zeros(len(flows), np.bool_)
    for left, top, width, height in _unlike(before, after).tolist():
        x, y = flows.spots[..., 0], flows.spots[..., 1]
        inside = (x >= left) & (x <= left + width) & (y >= top) & (y <= top + height)
        touched |= inside[:, 0] | inside[:, 1]
    rows = np.flatnonzero(touched)
    if not len(rows):
        return flows
    behind = flows.grounds.copy()
    for number in (0, 1):
        behind[rows, number] = grounds(flows.spots[rows, number], after.rects, after.depths, after.overlays)
    found = replace(flows, grounds=behind)
    return replace(found, label_fill=found.shown()[1])


def _unlike(before: BoundaryColumns, after: BoundaryColumns) -> F32:
    """Return the rectangles of boundaries that are not the same in both, shape (k, 4)."""
    was = np.fromiter((before.row.get(key, -1) for key in after.ids), np.int64, len(after))
    same = was >= 0
    known = was[same]
    alike = (after.rects[same] == before.rects[known]).all(axis=1)
    alike &= (after.depths[same] == before.depths[known]) & (after.overlays[same] == before.overlays[known])
    same[same] = alike
    left = np.ones(len(before), np.bool_)
    left[was[same]] = False
    return np.concatenate([before.rects[left], after.rects[~same]])


def edit_nodes(columns: NodeColumns, fresh: NodeColumns) -> NodeColumns:
    """Return the columns with texts, icon and flags of the rows in `fresh`; places and lens stay."""
    titles, lines = list(columns.titles), list(columns.lines)
    icons, categories = list(columns.icons), list(columns.categories)
    guessed = columns.guessed.copy()
    for number, key in enumerate(fresh.ids):
        row = columns.row.get(key)
        if row is not None:
            titles[row], lines[row] = fresh.titles[number], fresh.lines[number]
            icons[row], categories[row] = fresh.icons[number], fresh.categories[number]
            guessed[row] = fresh.guessed[number]
    return replace(columns, titles=titles, lines=lines, icons=icons, categories=categories, guessed=guessed)


def move_nodes(columns: NodeColumns, moved: dict[Id, Position | None]) -> tuple[NodeColumns, list[int]]:
    """Return the columns with new rectangles, and the rows that moved; a card that lost its position stays."""
    known = [(columns.row[key], position) for key, position in moved.items() if key in columns.row]
    if not known:
        return columns, []
    rects, placed = columns.rects.copy(), columns.placed.copy()
    placed[[row for row, _ in known]] = [position is not None for _, position in known]
    rows = [(row, position) for row, position in known if position is not None]
    for row, position in rows:
        rects[row] = (position.x, position.y, position.width or CARD_WIDTH, position.height or CARD_HEIGHT)
    return replace(columns, rects=rects, placed=placed), [row for row, _ in rows]


def drop_nodes(columns: NodeColumns, gone: Iterable[Id]) -> tuple[NodeColumns, np.ndarray]:
    """Return the columns without some nodes, and the new row of each old row (-1 = gone)."""
    leaving = set(gone)
    kept = np.fromiter((element not in leaving for element in columns.elements), np.bool_, len(columns))
    rows = np.flatnonzero(kept).tolist()
    ids = [columns.ids[row] for row in rows]
    remap = np.where(kept, np.cumsum(kept) - 1, -1)
    smaller = NodeColumns(
        ids=ids,
        elements=[columns.elements[row] for row in rows],
        row={key: row for row, key in enumerate(ids)},
        rects=columns.rects[kept],
        titles=[columns.titles[row] for row in rows],
        lines=[columns.lines[row] for row in rows],
        icons=[columns.icons[row] for row in rows],
        categories=[columns.categories[row] for row in rows],
        badges=[columns.badges[row] for row in rows],
        colors=columns.colors[kept],
        warned=columns.warned[kept],
        guessed=columns.guessed[kept],
        parents=columns.parents[kept],
        placed=columns.placed[kept],
    )
    return smaller, remap


def add_nodes(columns: NodeColumns, more: NodeColumns) -> NodeColumns:
    """Return the columns with further rows at the end."""
    count = len(columns)
    return NodeColumns(
        ids=columns.ids + more.ids,
        elements=columns.elements + more.elements,
        row={**columns.row, **{key: count + number for number, key in enumerate(more.ids)}},
        rects=np.concatenate([columns.rects, more.rects]),
        titles=columns.titles + more.titles,
        lines=columns.lines + more.lines,
        icons=columns.icons + more.icons,
        categories=columns.categories + more.categories,
        badges=columns.badges + more.badges,
        colors=np.concatenate([columns.colors, more.colors]),
        warned=np.concatenate([columns.warned, more.warned]),
        guessed=np.concatenate([columns.guessed, more.guessed]),
        parents=np.concatenate([columns.parents, more.parents]),
        placed=np.concatenate([columns.placed, more.placed]),
    )


def edit_flows(columns: FlowColumns, flows: dict[Id, Flow]) -> tuple[FlowColumns, list[int]]:
    """Return the columns with new labels and styles, and the rows they are in."""
    if not flows:
        return columns, []
    labels, styles = list(columns.labels), columns.styles.copy()
    rows = []
    for row in _rows_of(columns, flows):
        flow = flows[columns.elements[row]]
        labels[row], styles[row] = flow_label(flow), STYLES.index(flow.interaction)
        rows.append(row)
    return replace(columns, labels=labels, styles=styles), rows


def _rows_of(columns: FlowColumns, flows: Iterable[Id]) -> list[int]:
    """Return the rows of flows: each flow's first, and those of its further pairs of sites."""
    rows = []
    for key in flows:
        number, row = 0, columns.row.get(key)
        while row is not None:
            rows.append(row)
            number += 1
            row = columns.row.get(f"{key}/{number}")
    return rows


def drop_flows(columns: FlowColumns, gone: set[Id], remap: np.ndarray | None) -> FlowColumns:
    """Return the columns without some flows; `remap` gives the new node rows."""
    kept = np.ones(len(columns), np.bool_)
    kept[_rows_of(columns, gone)] = False
    sources, targets = columns.sources[kept], columns.targets[kept]
    if remap is not None:
        sources = np.where(sources >= 0, remap[sources], sources).astype(np.int32)
        targets = np.where(targets >= 0, remap[targets], targets).astype(np.int32)
    counts = np.diff(columns.offsets)
    rows = np.flatnonzero(kept).tolist()
    ids = [columns.ids[row] for row in rows]
    return FlowColumns(
        ids=ids,
        elements=[columns.elements[row] for row in rows],
        row={key: row for row, key in enumerate(ids)},
        sources=sources,
        targets=targets,
        offsets=np.concatenate([[0], np.cumsum(counts[kept])]).astype(np.int32),
        points=columns.points[np.repeat(kept, counts)],
        boxes=columns.boxes[kept],
        styles=columns.styles[kept],
        labels=[columns.labels[row] for row in rows],
        readings=[columns.readings[row] for row in rows],
        spots=columns.spots[kept],
        grounds=columns.grounds[kept],
        label_at=columns.label_at[kept],
        label_fill=columns.label_fill[kept],
        colors=columns.colors[kept],
    )


def add_flows(columns: FlowColumns, flows: dict[Id, Flow], row_of: Mapping[Id, int]) -> tuple[FlowColumns, list[int]]:
    """Return the columns with further flows, not yet routed, and their rows."""
    count, more = len(columns), len(flows)
    each = list(flows.values())
    sources = np.array([row_of[flow.source] for flow in each], np.int32)
    targets = np.array([row_of[flow.target] for flow in each], np.int32)
    wider = FlowColumns(
        ids=[*columns.ids, *flows],
        elements=[*columns.elements, *flows],
        row={**columns.row, **{key: count + number for number, key in enumerate(flows)}},
        sources=np.concatenate([columns.sources, sources]),
        targets=np.concatenate([columns.targets, targets]),
        offsets=np.concatenate([columns.offsets, np.full(more, columns.offsets[-1], np.int32)]),
        points=columns.points,
        boxes=np.concatenate([columns.boxes, np.full((more, 4), np.nan, np.float32)]),
        styles=np.concatenate([columns.styles, np.array([STYLES.index(f.interaction) for f in each], np.uint8)]),
        labels=[*columns.labels, *(flow_label(flow) for flow in each)],
        readings=[*columns.readings, *[""] * more],
        spots=np.concatenate([columns.spots, np.zeros((more, 2, 2), np.float32)]),
        grounds=np.concatenate([columns.grounds, np.zeros((more, 2), np.uint8)]),
        label_at=np.concatenate([columns.label_at, np.zeros((more, 2), np.float32)]),
        label_fill=np.concatenate([columns.label_fill, np.zeros(more, np.uint8)]),
        colors=np.concatenate([columns.colors, np.full(more, NO_COLOR, np.uint8)]),
    )
    return wider, list(range(count, count + more))


def shift_flows(flows: FlowColumns, by: F32) -> FlowColumns:
    """Return the columns of flows whose cards all went the same way, shape (2,), px."""
    return replace(
        flows,
        points=flows.points + by,
        boxes=flows.boxes + np.tile(by, 2),
        spots=flows.spots + by,
        label_at=flows.label_at + by,
    )


def rows_to_route(
    flows: FlowColumns, ends: tuple[np.ndarray, np.ndarray, np.ndarray], moved: Sequence[int], fresh: Sequence[int]
) -> list[int]:
    """Return the flows at cards that moved, those that now run across one of them, and the `fresh` ones, sorted."""
    rects, sources, targets = ends
    if not moved:
        return sorted(set(fresh))
    return sorted({*fresh, *touched(rects, moved, sources, targets, flows.paths)})


def route_again(
    flows: FlowColumns,
    ends: tuple[np.ndarray, np.ndarray, np.ndarray],
    boundaries: BoundaryColumns,
    rows: Sequence[int],
    waypoints: Waypoints,
) -> FlowColumns:
    """Return the columns with new polylines and label places for the flow rows `rows`.

    Args:
        ends: rectangles (n, 4), source rows and target rows of all flows.
    """
    if not rows:
        return flows
    rects, sources, targets = ends
    paths = reroute(rects, sources, targets, waypoints, flows.paths, rows)
    spots, behind = flows.spots.copy(), flows.grounds.copy()
    spots[rows], behind[rows] = text_spots(paths, flows.labels, rects, boundaries, rows)
    read = [int(bool(flows.readings[row])) for row in rows]
    label_at, label_fill = flows.label_at.copy(), flows.label_fill.copy()
    label_at[rows], label_fill[rows] = spots[rows, read], behind[rows, read]
    return replace(
        flows,
        offsets=paths.offsets,
        points=paths.points,
        boxes=paths.boxes,
        spots=spots,
        grounds=behind,
        label_at=label_at,
        label_fill=label_fill,
    )


def kept_paths(
    flows: FlowColumns,
    old: tuple[np.ndarray, np.ndarray, np.ndarray],
    ids: Sequence[Id],
    ends: tuple[np.ndarray, np.ndarray, np.ndarray],
    waypoints: Waypoints,
    bent: Collection[int],
) -> Paths | None:
    """Return paths that keep the lines of `flows` whose ends and cards on the way are the same; None if few do.

    Args:
        flows, old: before, with rectangles (n, 4), source rows and target rows.
        ids, ends: the flows now, and the same for them.
        bent: rows of the flows now whose lines were set by hand before.
    """
    rects, sources, targets = ends
    was = np.fromiter((flows.row.get(key, -1) for key in ids), np.int64, len(ids))
    same = was >= 0
    same[[*waypoints, *bent]] = False
    for now, then in ((sources, old[1]), (targets, old[2])):
        known = np.flatnonzero(same)
        same[known] = (rects[now[known]] == old[0][then[was[known]]]).all(axis=1)
    rows = np.flatnonzero(~same).tolist()
    if 2 * len(rows) > len(ids):
        return None
    stood = set(map(tuple, old[0].tolist()))
    moved = [row for row, rect in enumerate(rects.tolist()) if tuple(rect) not in stood]
    paths = flows.paths.taken(was, same)
    again = sorted({*rows, *touched(rects, moved, sources, targets, paths)})
    return reroute(rects, sources, targets, waypoints, paths, again)


def text_spots(
    paths: Paths, labels: Sequence[str], rects: F32, boundaries: BoundaryColumns, rows: Sequence[int]
) -> tuple[F32, U8]:
    """Return the places for label and reading of some flows, shape (k, 2, 2), and what lies behind them, (k, 2)."""
    told = label_places(paths, labels, rects, boundaries.rects, rows)
    behind = grounds(told, boundaries.rects, boundaries.depths, boundaries.overlays)
    if len(labels) > FINE_UP_TO or not any(labels[row] for row in rows):
        return np.stack([told, told], 1), np.stack([behind, behind], 1)
    read = label_places(paths, [""] * len(labels), rects, boundaries.rects, rows)
    behind_read = grounds(read, boundaries.rects, boundaries.depths, boundaries.overlays)
    return np.stack([told, read], 1), np.stack([behind, behind_read], 1)
