"""Grouping: puts the selection into a new boundary."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF

from app.canvas.tools.placement import moved_into, placed
from app.canvas.tools.rename import RenameTool
from app.canvas.tools.shifting import moving_rows
from app.words import in_words, say
from models.design.elements import Boundary, Element, Id, Node
from models.design.kinds import boundary_axis, kinds
from models.picture.boxes import PADDING, TITLE_HEIGHT
from models.picture.rows import VIEW_AXIS

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

USUAL = {"context": "team", "deployment": "cluster", "overlay": "network"}


def usual_kind(view: str) -> str:
    """Return the boundary kind that G makes in a view."""
    return USUAL[VIEW_AXIS.get(view, "context") or "overlay"]


def group(canvas: CanvasView, kind: str | None = None) -> Id | None:
    """Put the selection into a new boundary and open its name; returns its id, or None if nothing was grouped."""
    session, picture = canvas.session, canvas.picture
    kind = kind or usual_kind(session.view)
    rows = moving_rows(canvas, session.selection)
    if not rows.tops:
        return None
    axis = boundary_axis(kind)
    overlay = axis == "overlay"
    if not overlay and axis != VIEW_AXIS.get(session.view, "context"):
        owners = {picture.nodes.elements[row] for row in rows.nodes}
        return _group_elsewhere(canvas, kind, "deployment" if axis == "deployment" else "services", owners)
    key = session.new_id()
    members = tuple(dict.fromkeys(top.split("/")[0] for top in rows.tops)) if overlay else ()
    parent = None if overlay else _shared_parent(canvas, rows.tops)
    name = in_words(kinds().boundaries[kind].label)
    changes: dict[Id, Element | None] = {key: Boundary(kind=kind, name=name, parent=parent, members=members)}
    if not overlay:
        for top in rows.tops:
            owner = top.split("/")[0]
            before = changes.get(owner) or session.design.elements[owner]
            changes[owner] = moved_into(before, top, session.view, key)
        box = QRectF()
        for top in rows.tops:
            part = canvas.box_of(top)
            box = box.united(part) if part is not None else box
        around = box.adjusted(-PADDING, -TITLE_HEIGHT - 4, PADDING, PADDING)
        position, place = placed(session.design, session.view, key, around, sized=True)
        changes[position] = place
    if not session.change(changes.items(), say("Group into {name}", name=name)):
        return None
    session.select({key})
    if key in picture.boundaries.row or canvas.box_of(key) is not None:
        canvas.use(RenameTool(canvas, key, fresh=True))
    return key


def _group_elsewhere(canvas: CanvasView, kind: str, view: str, nodes: Collection[Id]) -> Id | None:
    """Put nodes into a new boundary of another view, and show it there."""
    session = canvas.session
    key, elements = session.new_id(), session.design.elements
    inside = {node: elements[node] for node in nodes}
    homes = {
        node.context if view == "services" else node.sites[0].boundary
        for node in inside.values()
        if isinstance(node, Node)
    }
    name = in_words(kinds().boundaries[kind].label)
    changes: dict[Id, Element | None] = {
        key: Boundary(kind=kind, name=name, parent=homes.pop() if len(homes) == 1 else None),
        **{node: moved_into(element, node, view, key) for node, element in inside.items()},
    }
    if not session.change(changes.items(), say("Group into {name}", name=name)):
        return None
    session.show_view(view)
    session.select({key})
    if canvas.box_of(key) is not None:
        canvas.use(RenameTool(canvas, key, fresh=True))
    return key


def _shared_parent(canvas: CanvasView, tops: tuple[Id, ...]) -> Id | None:
    picture = canvas.picture
    parents = {
        int(picture.nodes.parents[picture.nodes.row[top]])
        if top in picture.nodes.row
        else int(picture.boundaries.parents[picture.boundaries.row[top]])
        for top in tops
    }
    row = parents.pop() if len(parents) == 1 else -1
    return picture.boundaries.ids[row] if row >= 0 else None
