"""The drawing in at most twelve boxes: teams as one box each, what no team owns by its sort, flows joined."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from msgspec import Struct

from models.design.design import Design
from models.design.elements import Flow, Id, Node, Position, Site, position_id
from models.design.kinds import kinds
from models.evaluation import Evaluation
from models.formatting import format_value
from models.picture.columns import LensValues
from models.themes import SCALE_STEPS, role_code

MOST_BOXES = 12
WIDTH, HEIGHT = 200.0, 64.0
STEP_X, STEP_Y = 256.0, 104.0
OTHERS = "others"


class Overview(Struct, frozen=True):
    """The collapsed design with its places set, and what its badges say."""

    design: Design
    lens: LensValues


def overview(evaluation: Evaluation, most_columns: int = 4) -> Overview:
    """Return the drawing collapsed by team, in columns from the users on."""
    box_of = _boxes(evaluation.design)
    members: dict[Id, list[Id]] = {}
    for key, box in box_of.items():
        members.setdefault(box, []).append(key)
    elements: dict[Id, Node | Flow | Position] = {
        box: _node(evaluation.design, box, keys) for box, keys in members.items()
    }
    flows = _flows(evaluation.design, box_of)
    elements.update(flows)
    for box, (column, row) in _places(list(members), flows, members, evaluation.design, most_columns).items():
        elements[position_id("data_flow", box)] = Position(column * STEP_X, row * STEP_Y, WIDTH, HEIGHT)
    return Overview(Design(elements), _lens(evaluation, box_of))


def _boxes(design: Design) -> dict[Id, Id]:
    """Return the box of each node: itself in a small design, else its outermost team, else itself or its category."""
    nodes = design.nodes
    if len(nodes) <= MOST_BOXES // 2:
        return {key: key for key in nodes}
    teams = {key: _team(design, node) or key for key, node in nodes.items()}
    if len(set(teams.values())) <= MOST_BOXES:
        return teams
    table = kinds().nodes
    sorts = {
        key: team if team != key else f"sort {table[nodes[key].kind].category if nodes[key].kind in table else OTHERS}"
        for key, team in teams.items()
    }
    sizes: dict[Id, int] = {}
    for box in sorts.values():
        sizes[box] = sizes.get(box, 0) + 1
    kept = sorted(sizes, key=lambda box: (-sizes[box], box))[: MOST_BOXES - 1]
    if len(sizes) <= MOST_BOXES:
        return sorts
    return {key: box if box in kept else f"sort {OTHERS}" for key, box in sorts.items()}


def _team(design: Design, node: Node) -> Id | None:
    chain = [key for key, _ in design.ancestors(node.context)]
    return chain[-1] if chain else None


def _node(design: Design, box: Id, keys: list[Id]) -> Node:
    if keys == [box]:
        alone = design.node(box)
        sites = (Site(replicas=sum(site.replicas for site in alone.sites)),)
        return Node(alone.kind, alone.name, alone.params, sites, technology=alone.technology)
    boundary = design.boundaries.get(box)
    name = boundary.name if boundary else box.removeprefix("sort ").capitalize()
    sorts = [design.node(key).kind for key in keys]
    kind = max(dict.fromkeys(sorts), key=sorts.count)
    return Node(kind, name, technology=f"{len(keys)} part{'' if len(keys) == 1 else 's'}")


def _flows(design: Design, box_of: Mapping[Id, Id]) -> dict[Id, Flow]:
    """Return one flow per pair of boxes and interaction; the pair's requests go first and hide the rest."""
    order = {"request": 0, "stream": 1, "message": 2, "batch": 3}
    found: dict[tuple[Id, Id], Flow] = {}
    for flow in sorted(design.flows.values(), key=lambda flow: order[flow.interaction]):
        pair = (box_of[flow.source], box_of[flow.target])
        if pair[0] != pair[1] and pair not in found:
            found[pair] = Flow(*pair, flow.interaction)
    return {f"flow {number}": flow for number, flow in enumerate(found.values())}


def _places(
    boxes: list[Id], flows: Mapping[Id, Flow], members: Mapping[Id, list[Id]], design: Design, most_columns: int
) -> dict[Id, tuple[int, int]]:
    """Return column and row of each box: layers by distance from the users, folded into the columns there are."""
    followers: dict[Id, list[Id]] = {box: [] for box in boxes}
    for flow in flows.values():
        followers[flow.source].append(flow.target)
    users = [box for box in boxes if any(design.node(key).kind == "users" for key in members[box])]
    targets = {flow.target for flow in flows.values()}
    starts = users or [box for box in boxes if box not in targets] or boxes[:1]
    depth = dict.fromkeys(starts, 0)
    queue = list(starts)
    for box in queue:
        for follower in followers[box]:
            if follower not in depth:
                depth[follower] = depth[box] + 1
                queue.append(follower)
    ordered = [*queue, *(box for box in boxes if box not in depth)]
    deepest = max(depth.values(), default=0)
    columns = min(max(deepest + 1, -(-len(boxes) // 4)), most_columns)
    heights = [0] * columns
    places = {}
    tallest = -(-len(boxes) // columns)
    for box in ordered:
        wanted = min(depth.get(box, deepest), columns - 1)
        column = wanted
        while heights[column] >= tallest:
            column = (column + 1) % columns
        places[box] = (column, heights[column])
        heights[column] += 1
    return places


def _lens(evaluation: Evaluation, box_of: Mapping[Id, Id]) -> LensValues:
    """Return the load of each box's fullest node as its badge; the bottleneck is named, single points are marked."""
    load = np.where(np.isnan(evaluation.load), -1.0, evaluation.load)
    bottleneck = int(np.argmax(load)) if len(load) and load.max() >= 0 else -1
    values: dict[Id, tuple[str, int]] = {}
    most: dict[Id, float] = {}
    for row, key in enumerate(evaluation.node_ids):
        box, used = box_of[key], float(load[row])
        if used < 0 or used <= most.get(box, -1.0):
            continue
        most[box] = used
        step = role_code("bad") if used >= 1.0 else min(int(used * SCALE_STEPS), SCALE_STEPS - 1)
        share = format_value(round(used, 2), "fraction")
        values[box] = (f"bottleneck {share}" if row == bottleneck else f"{share} used", step)
    single = frozenset(box_of[evaluation.node_ids[int(row)]] for row in evaluation.reliability.single)
    return LensValues(values, {}, single)
