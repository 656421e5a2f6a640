"""What moves along with something, and the changes that move it: the shared part of drag, nudge and align."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF

from app.canvas.overlay import selected_rows
from app.canvas.tools.placement import placed
from models.design.elements import Element, Id, Position, position_id
from models.picture.folded import contents, hidden_moved, shifted

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

Changes = dict[Id, Element | None]


@dataclass(frozen=True, slots=True, eq=False)
class MovingRows:
    """What moves along.

    Attributes:
        nodes: rows of cards.
        boundaries: rows of boundaries.
        stored: those boundaries whose rectangle is kept in the design; others are drawn around their members.
        tops: row ids of what was taken itself, not carried by a boundary.
    """

    nodes: NDArray[np.int_]
    boundaries: NDArray[np.int_]
    stored: NDArray[np.int_]
    tops: tuple[Id, ...]


def moving_rows(canvas: CanvasView, chosen: Iterable[Id], only_row: int | None = None) -> MovingRows:
    """Return the rows that move when the chosen elements do; boundaries carry what lies in them.

    Args:
        only_row: one box of a node that has several; the others stay.
    """
    picture, design = canvas.picture, canvas.session.design
    chosen = frozenset(chosen)
    taken = [key for key in picture.boundaries.ids if key in chosen]
    carried = {key for top in taken for key in contents(design, top)}
    frames = {picture.boundaries.row[key] for key in carried if key in picture.boundaries.row}
    inside = np.isin(picture.nodes.parents, list(frames)) if frames else np.zeros(len(picture.nodes), np.bool_)
    direct = np.array([only_row]) if only_row is not None else selected_rows(canvas, chosen)
    nodes = np.union1d(np.flatnonzero(inside), direct).astype(np.int_)
    stored = [row for row in frames if _is_stored(canvas, picture.boundaries.ids[row])]
    tops = [picture.nodes.ids[row] for row in direct.tolist() if not inside[row]]
    parents = design.boundaries
    tops += [key for key in taken if parents[key].parent not in carried]
    return MovingRows(nodes, np.array(sorted(frames), np.int_), np.array(sorted(stored), np.int_), tuple(tops))


def rows_of_top(canvas: CanvasView, top: Id) -> MovingRows:
    """Return the rows that move with one card or boundary, named by its row id."""
    row = canvas.picture.nodes.row.get(top)
    return moving_rows(canvas, () if row is not None else (top,), row)


def _is_stored(canvas: CanvasView, key: Id) -> bool:
    picture = canvas.picture
    row = picture.boundaries.row[key]
    position = canvas.session.design.position(canvas.session.view, key)
    members = picture.nodes.parents == row
    return bool(picture.boundaries.collapsed[row]) or (position is not None and position.width > 0) or not members.any()


def box_of_row(canvas: CanvasView, row_id: Id) -> QRectF:
    """Return the scene rectangle of a card or boundary by its row id."""
    picture = canvas.picture
    if row_id in picture.nodes.row:
        return QRectF(*picture.nodes.rects[picture.nodes.row[row_id]].tolist())
    return QRectF(*picture.boundaries.rects[picture.boundaries.row[row_id]].tolist())


def carried_flows(canvas: CanvasView, rows: MovingRows) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which flows move as a whole and which are stretched because one end moves; both of shape (m,)."""
    picture = canvas.picture
    follows = np.zeros(len(picture.nodes) + len(picture.boundaries), np.bool_)
    follows[rows.nodes] = True
    follows[-1 - rows.boundaries] = True  # as the ends of flows name collapsed boundaries
    leaves, enters = follows[picture.flows.sources], follows[picture.flows.targets]
    return leaves & enters, leaves ^ enters


def moved_by(canvas: CanvasView, rows: MovingRows, by: QPointF) -> Changes:
    """Return the changes that move rows by so many scene pixels, with the waypoints of the flows between them."""
    picture, design, view = canvas.picture, canvas.session.design, canvas.session.view
    changes = settled(canvas)
    for row in rows.nodes.tolist():
        box = QRectF(*picture.nodes.rects[row].tolist()).translated(by)
        key, position = placed(design, view, picture.nodes.ids[row], box)
        changes[key] = position
    for row in rows.stored.tolist():
        box = QRectF(*picture.boundaries.rects[row].tolist()).translated(by)
        folded = bool(picture.boundaries.collapsed[row])
        key, position = placed(design, view, picture.boundaries.ids[row], box, sized=not folded)
        changes[key] = position
        if folded:
            changes.update(hidden_moved(design, view, picture.boundaries.ids[row], by.x(), by.y()))
    carried, _ = carried_flows(canvas, rows)
    for row in np.flatnonzero(carried).tolist():
        key = position_id(view, picture.flows.ids[row])
        found = design.elements.get(key)
        if isinstance(found, Position) and found.waypoints:
            changes[key] = shifted(found, by.x(), by.y())
    return changes


def settled(canvas: CanvasView) -> Changes:
    """Return the changes that keep every card where it is drawn, if nobody has placed it in this view yet.

    The first gesture in a view settles it; otherwise one hand-placed card would let the others look for new places.
    """
    nodes, prefix = canvas.picture.nodes, position_id(canvas.session.view, "")
    changes: Changes = {}
    for row in np.flatnonzero(~nodes.placed).tolist():
        x, y = (float(value) for value in nodes.rects[row, :2])
        changes[prefix + nodes.ids[row]] = Position(x=x, y=y)
    return changes
