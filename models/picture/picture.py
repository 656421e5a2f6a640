"""A design in one view as a display list: what the canvas, SVG and paper draw.

Rows are found by id; an edit patches only the rows it touches, a lens changes only colors and badges.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, repeat
from typing import NamedTuple

import numpy as np

from models.design.delta import Delta
from models.design.design import Design
from models.design.elements import Id, Node, Position, position_id
from models.design.kinds import boundary_axis, kinds
from models.icons import icon_for
from models.interruption import go_on
from models.layout.places import place_missing
from models.picture import patch
from models.picture.boxes import bounds_of, card_rects, fitted, refitted
from models.picture.cards import flow_label, guessed, technology_line
from models.picture.columns import (
    F32,
    I32,
    STYLES,
    U8,
    BoundaryColumns,
    FlowColumns,
    LensValues,
    NodeColumns,
)
from models.picture.rows import BoundaryRows, Boxes, FlowRows, NodeRows, boundary_rows, chains, flow_rows, node_rows
from models.routing import AT_ONCE, UNTANGLED_UP_TO, Paths, route, straight
from models.themes import NO_COLOR

FEW_STAYED = 0.2
"""Where a smaller share of lines stayed in an edit, the drawing is a new one."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """The display list of `design` in `view`.

    Attributes:
        bounds: x0, y0, x1, y1 around everything drawn.
        frames: the elements behind the boundary columns, kept for patching.
        raised: whether any card has a drawing order of its own, so that a new one has to find its place in it.
    """

    design: Design
    view: str
    nodes: NodeColumns
    flows: FlowColumns
    boundaries: BoundaryColumns
    bounds: tuple[float, float, float, float]
    frames: BoundaryRows
    lens_values: LensValues | None = None
    raised: bool = False

    def patched(self, delta: Delta, design: Design) -> Picture:
        """Return the picture of `design`, which is this picture's design after `delta`.

        Only touched rows are new; a change of what lies in which boundary builds the picture anew. New elements have
        no badge until the lens is read again.
        """
        changes = patch.changes_of(delta, self.view, self.nodes, self.boundaries, len(self.flows))
        if changes.rebuild or (self.raised and changes.added):
            return build(design, self.view, self.lens_values, self)
        return _patched(self, changes, design)

    def with_lens(self, values: LensValues | None) -> Picture:
        """Return the picture with the colors, badges and marks of `values`; all other columns are shared.

        None takes them all off.
        """
        nodes, flows = self.nodes, self.flows
        badges, colors = _lens_columns(nodes.ids, nodes.elements, values.nodes if values else {})
        warned = np.zeros(len(nodes), np.bool_)
        warned[nodes.rows_of(values.warned if values else ())] = True
        readings, flow_colors = _lens_columns(flows.ids, flows.elements, values.flows if values else {})
        read = replace(flows, colors=flow_colors, readings=readings)
        label_at, label_fill = read.shown()
        return replace(
            self,
            nodes=replace(nodes, badges=badges, colors=colors, warned=warned),
            flows=replace(read, label_at=label_at, label_fill=label_fill),
            lens_values=values,
        )


class Scene(NamedTuple):
    """What a picture holds before its flows are routed; the fields are as of `Picture`."""

    nodes: NodeColumns
    boundaries: BoundaryColumns
    frames: BoundaryRows
    joints: FlowRows
    raised: bool


def unrouted(design: Design, view: str, before: Picture | None = None) -> Scene:
    """Return cards, boundaries and the ends of flows of a design in a view.

    Args:
        before: the picture of this view that is replaced; what it says on cards of the same nodes is not made again.
    """
    frames = boundary_rows(design, view)
    cards = node_rows(design, view, frames)
    nodes = node_columns(cards, card_rects(cards.positions), before)
    boxes = Boxes(cards.ids, cards.elements, cards.folded, cards.parents, chains(frames.parents))
    joints = flow_rows(design, boxes)
    nodes = replace(
        nodes, rects=place_missing(nodes.rects, nodes.parents, frames.parents, joints.sources, joints.targets, view)
    )
    boundaries = boundary_columns(frames, nodes)
    raised = any(position is not None and position.z for position in cards.positions)
    return Scene(nodes, boundaries, frames, joints, raised)


def build(
    design: Design,
    view: str = "services",
    lens_values: LensValues | None = None,
    before: Picture | None = None,
    *,
    at_once: bool = False,
) -> Picture:
    """Return the picture of a design in a view; elements without a stored position get a place of their own.

    Args:
        view: `services` (boxes in teams), `data_flow` (no boundaries) or `deployment` (one box per site).
        before: the picture of this view that this one takes the place of; flows keep their lines where nothing moved.
        at_once: within the time of an edit: many flows are not untangled, as after an edit (see `is_rough`).
    """
    scene = unrouted(design, view, before)
    flows = flow_columns(design, view, scene, before, at_once=at_once or before is not None)
    return _composed(design, view, scene, flows, lens_values)


def is_rough(picture: Picture, before: Picture | None = None) -> bool:
    """Whether flows of the picture were drawn at once that `build` would untangle.

    Args:
        before: the picture before the edit that led to this one; where many lines stayed, the others go around them.
    """
    flows = picture.flows
    if not AT_ONCE < len(flows) <= UNTANGLED_UP_TO:
        return False
    if before is None:
        return True
    old = before.flows
    if flows.points is old.points:
        return False
    pairs = ((flows.path(row), old.path(old.row[key])) for key, row in flows.row.items() if key in old.row)
    stayed = (one for one in pairs if _is_shifted(*one))
    enough = math.ceil(FEW_STAYED * len(flows))
    return next(islice(stayed, enough - 1, None), None) is None


def _is_shifted(path: F32, before: F32) -> bool:
    """Whether a line is where it was, or went as one."""
    return len(path) == len(before) and bool((np.ptp(path - before, axis=0) < 1e-3).all())


def drafts(design: Design, view: str = "services", lens_values: LensValues | None = None) -> Iterator[Picture]:
    """Yield the picture with straight flows without texts, which is there soon, then the one that `build` returns."""
    scene = unrouted(design, view)
    go_on()
    yield _composed(design, view, scene, straight_columns(scene), lens_values)
    go_on()
    yield _composed(design, view, scene, flow_columns(design, view, scene), lens_values)


def blank(design: Design, view: str) -> Picture:
    """Return the picture of a design that shows nothing yet."""
    scene = unrouted(Design(), view)
    return _composed(design, view, scene, flow_columns(Design(), view, scene), None)


def _composed(design: Design, view: str, scene: Scene, flows: FlowColumns, lens_values: LensValues | None) -> Picture:
    nodes, boundaries = scene.nodes, scene.boundaries
    bounds = bounds_of(nodes.rects, boundaries.rects, flows.boxes)
    picture = Picture(design, view, nodes, flows, boundaries, bounds, scene.frames, raised=scene.raised)
    return picture.with_lens(lens_values) if lens_values is not None else picture


def _patched(picture: Picture, changes: patch.Changes, design: Design) -> Picture:
    view, frames, boundaries = picture.view, picture.frames, picture.boundaries
    nodes, flows = picture.nodes, picture.flows
    if changes.removed or changes.flows_removed:
        nodes, remap = patch.drop_nodes(nodes, changes.removed)
        flows = patch.drop_flows(flows, changes.flows_removed, remap)
    if changes.frames:
        frames = boundary_rows(design, view)
    if changes.regrouped:
        homes = {key: design.node(key).context for key in changes.homes}
        nodes = patch.rehomed(nodes, picture.frames, frames, homes)
    if changes.edited:
        cards = node_rows(design, view, frames, changes.edited)
        nodes = patch.edit_nodes(nodes, node_columns(cards, card_rects(cards.positions)))
    nodes, moved = patch.move_nodes(nodes, changes.moved)
    if changes.added:
        cards = node_rows(design, view, frames, changes.added)
        more = patch.add_nodes(nodes, node_columns(cards, card_rects(cards.positions)))
        moved.extend(range(len(nodes), len(more)))
        joined = list(changes.flows_added.values())
        sources = [*flows.sources.tolist(), *(more.row[flow.source] for flow in joined)]
        targets = [*flows.targets.tolist(), *(more.row[flow.target] for flow in joined)]
        rects = place_missing(more.rects, more.parents, frames.parents, sources, targets)
        nodes = replace(more, rects=rects)
    if changes.frames or changes.regrouped or changes.removed:
        boundaries = boundary_columns(frames, nodes)
    elif moved:
        boundaries = _around_moved(boundaries, frames, nodes, moved)
    flows, fresh = patch.edit_flows(flows, changes.flows_edited)
    flows, new = patch.add_flows(flows, changes.flows_added, nodes.row) if changes.flows_added else (flows, [])
    fresh = [*fresh, *new, *(flows.row[key] for key in changes.moved if key in flows.row)]
    if moved or fresh:
        ends = _ends(flows.sources, flows.targets, nodes, boundaries)
        as_one = 0 < len(moved) == len(nodes) and not new and not changes.flows_edited
        by = _moved_as_one(picture, nodes, boundaries) if as_one else None
        if by is not None:
            flows, rows = patch.shift_flows(flows, by), sorted({*fresh, *waypoints_of(design, view, flows.ids)})
        else:
            rows = patch.rows_to_route(flows, ends, moved, fresh)
        waypoints = waypoints_of(design, view, [flows.ids[row] for row in rows])
        stations = {rows[number]: points for number, points in waypoints.items()}
        flows = patch.route_again(flows, ends, boundaries, rows, stations)
    if boundaries is not picture.boundaries:
        flows = patch.regrounded(flows, picture.boundaries, boundaries)
    bounds = picture.bounds
    if flows is not picture.flows or boundaries is not picture.boundaries:
        bounds = bounds_of(nodes.rects, boundaries.rects, flows.boxes)
    return Picture(design, view, nodes, flows, boundaries, bounds, frames, picture.lens_values, picture.raised)


def _moved_as_one(picture: Picture, nodes: NodeColumns, boundaries: BoundaryColumns) -> F32 | None:
    """Return the way that all cards and boundaries went together, shape (2,), or None if they did not."""
    before, after = (
        (each[0].rects, each[1].rects) for each in ((picture.nodes, picture.boundaries), (nodes, boundaries))
    )
    pairs = [(old, new) for old, new in zip(before, after, strict=True) if len(old) or len(new)]
    if not pairs or any(len(old) != len(new) for old, new in pairs):
        return None
    by = pairs[0][1][0] - pairs[0][0][0]
    return by[:2] if all((new == old + by).all() for old, new in pairs) and not by[2:].any() else None


def node_columns(cards: NodeRows, rects: F32, before: Picture | None = None) -> NodeColumns:
    """Return the columns of cards without lens; `before` is as of `unrouted`."""
    count = len(cards.ids)
    known = kinds().nodes
    specs = [known.get(node.kind) for node in cards.nodes]
    return NodeColumns(
        ids=cards.ids,
        elements=cards.elements,
        row={key: row for row, key in enumerate(cards.ids)},
        rects=rects,
        titles=[node.name for node in cards.nodes],
        lines=_lines(cards, before),
        icons=[icon_for("kinds", node.kind) for node in cards.nodes],
        categories=[spec.category if spec else "" for spec in specs],
        badges=[""] * count,
        colors=np.full(count, NO_COLOR, np.uint8),
        warned=np.zeros(count, np.bool_),
        guessed=np.fromiter((guessed(node) for node in cards.nodes), np.bool_, count),
        parents=np.array(cards.parents, np.int32),
        placed=np.fromiter((position is not None for position in cards.positions), np.bool_, count),
    )


def _lines(cards: NodeRows, before: Picture | None) -> list[str]:
    """Return the technology lines of cards; those of nodes that are the same as before are not made again."""
    if before is None:
        return [_line(key, node) for key, node in zip(cards.ids, cards.nodes, strict=True)]
    then, row, made = before.design.elements, before.nodes.row, before.nodes.lines
    return [
        made[row[key]] if key in row and then.get(element) is node else _line(key, node)
        for key, element, node in zip(cards.ids, cards.elements, cards.nodes, strict=True)
    ]


def _line(key: Id, node: Node) -> str:
    """Return the technology line; the box of one of several sites adds the site's role unless it is active."""
    line = technology_line(node)
    _, several, number = key.partition("/")
    role = node.sites[int(number)].role if several else "active"
    return line if role == "active" else f"{role.replace('_', ' ')} · {line}".removesuffix(" · ")


def boundary_columns(frames: BoundaryRows, nodes: NodeColumns) -> BoundaryColumns:
    """Return the columns of boundaries around the cards."""
    rows: Mapping[Id, int] = {key: row for row, key in enumerate(frames.ids)}
    extra = _member_rects(frames, nodes) if any(boundary.members for boundary in frames.elements) else []
    return BoundaryColumns(
        ids=frames.ids,
        row=rows,
        rects=fitted(frames.positions, frames.parents, frames.collapsed, nodes.rects, nodes.parents, extra),
        titles=[boundary.name for boundary in frames.elements],
        kinds=[boundary.kind for boundary in frames.elements],
        depths=np.array(frames.depths, np.int32),
        parents=np.array(frames.parents, np.int32),
        overlays=np.array(frames.overlays, np.bool_),
        texts=np.array([boundary_axis(boundary.kind) == "annotation" for boundary in frames.elements], np.bool_),
        collapsed=np.array(frames.collapsed, np.bool_),
        copies=np.array([boundary.copies for boundary in frames.elements], np.int32),
    )


def _around_moved(
    boundaries: BoundaryColumns, frames: BoundaryRows, nodes: NodeColumns, moved: Sequence[int]
) -> BoundaryColumns:
    """Return the columns of boundaries after some cards moved."""
    if any(boundary.members for boundary in frames.elements):
        return boundary_columns(frames, nodes)
    rects = refitted(
        boundaries.rects,
        nodes.parents[moved],
        frames.positions,
        boundaries.parents,
        frames.collapsed,
        nodes.rects,
        nodes.parents,
    )
    return replace(boundaries, rects=rects)


def _member_rects(frames: BoundaryRows, nodes: NodeColumns) -> list[tuple[int, F32]]:
    """Return for each boundary with members its row and the rectangles of their cards."""
    at: dict[Id, list[int]] = {}
    for row, element in enumerate(nodes.elements):
        at.setdefault(element, []).append(row)
    return [
        (row, nodes.rects[[box for member in boundary.members for box in at.get(member, ())]])
        for row, boundary in enumerate(frames.elements)
        if boundary.members
    ]


def flow_columns(
    design: Design, view: str, scene: Scene, before: Picture | None = None, *, at_once: bool = False
) -> FlowColumns:
    """Return the columns of flows, routed around the cards."""
    joints, boundaries = scene.joints, scene.boundaries
    ends = rects, sources, targets = _ends(joints.sources, joints.targets, scene.nodes, boundaries)
    stations = waypoints_of(design, view, joints.ids)
    paths = None
    if before is not None:
        old = _ends(before.flows.sources, before.flows.targets, before.nodes, before.boundaries)
        bent = waypoints_of(before.design, view, joints.ids)
        paths = patch.kept_paths(before.flows, old, joints.ids, ends, stations, bent)
    if paths is None:
        paths = route(rects, sources, targets, stations, untangled=not at_once or len(sources) <= AT_ONCE)
    labels = _labels(joints, before)
    spots, behind = patch.text_spots(paths, labels, rects, boundaries, range(len(labels)))
    return _columns_along(joints, paths, labels, spots, behind)


def _labels(joints: FlowRows, before: Picture | None) -> list[str]:
    """Return the labels of flows; those of flows that are the same as before are not made again."""
    if before is None:
        return [flow_label(flow) for flow in joints.flows]
    then, row, made = before.design.elements, before.flows.row, before.flows.labels
    return [
        made[row[key]] if key in row and then.get(element) is flow else flow_label(flow)
        for key, element, flow in zip(joints.ids, joints.elements, joints.flows, strict=True)
    ]


def straight_columns(scene: Scene) -> FlowColumns:
    """Return the columns of flows as straight lines between the sides that face each other, without texts."""
    joints = scene.joints
    rects, sources, targets = _ends(joints.sources, joints.targets, scene.nodes, scene.boundaries)
    points = straight(rects, sources, targets)
    count = len(points)
    paths = Paths.of(np.arange(0, 2 * count + 1, 2, dtype=np.int32), points.reshape(-1, 2))
    spots = np.repeat(points.mean(axis=1)[:, None], 2, axis=1)
    return _columns_along(joints, paths, [""] * count, spots, np.zeros((count, 2), np.uint8))


def _columns_along(joints: FlowRows, paths: Paths, labels: list[str], spots: F32, behind: U8) -> FlowColumns:
    style_of = {name: code for code, name in enumerate(STYLES)}
    return FlowColumns(
        ids=joints.ids,
        elements=joints.elements,
        row={key: row for row, key in enumerate(joints.ids)},
        sources=np.array(joints.sources, np.int32),
        targets=np.array(joints.targets, np.int32),
        offsets=paths.offsets,
        points=paths.points,
        boxes=paths.boxes,
        styles=np.fromiter((style_of[flow.interaction] for flow in joints.flows), np.uint8, len(joints.ids)),
        labels=labels,
        readings=[""] * len(labels),
        spots=spots,
        grounds=behind,
        label_at=spots[:, 0],
        label_fill=behind[:, 0],
        colors=np.full(len(labels), NO_COLOR, np.uint8),
    )


def _ends(
    sources: Sequence[int] | I32, targets: Sequence[int] | I32, nodes: NodeColumns, boundaries: BoundaryColumns
) -> tuple[F32, np.ndarray, np.ndarray]:
    """Return the rectangles flows end at (cards, then collapsed boundaries), and the ends as rows of them."""
    count = len(nodes)
    closed = np.flatnonzero(boundaries.collapsed)
    if not len(closed):
        return nodes.rects, np.asarray(sources, np.int64), np.asarray(targets, np.int64)
    place = np.full(len(boundaries) + 1, -1, np.int64)
    place[closed] = count + np.arange(len(closed))
    rects = np.concatenate([nodes.rects, boundaries.rects[closed]])
    both = []
    for rows in (sources, targets):
        given = np.asarray(rows, np.int64)
        both.append(np.where(given >= 0, given, place[np.clip(-1 - given, 0, len(boundaries))]))
    return rects, both[0], both[1]


def waypoints_of(design: Design, view: str, ids: Sequence[Id]) -> dict[int, tuple[tuple[float, float], ...]]:
    """Return the hand-set waypoints of flows by row."""
    prefix = position_id(view, "")
    found = {}
    for row, key in enumerate(ids):
        position = design.elements.get(prefix + key)
        if isinstance(position, Position) and position.waypoints:
            found[row] = position.waypoints
    return found


def _lens_columns(ids: list[Id], elements: list[Id], values: Mapping[Id, tuple[str, int]]) -> tuple[list[str], U8]:
    """Return text and color code of each row, in one pass: fetching ids and texts from memory is what takes long."""
    if not values:
        return [""] * len(ids), np.full(len(ids), NO_COLOR, np.uint8)
    blank, get = ("", NO_COLOR), values.get
    alone = ids == elements
    marks = (
        map(get, ids, repeat(blank)) if alone else (get(a) or get(b, blank) for a, b in zip(ids, elements, strict=True))
    )
    texts, codes = list[str](), bytearray()
    add, put = texts.append, codes.append
    for text, code in marks:
        add(text)
        put(code)
    return texts, np.frombuffer(codes, np.uint8)
