"""Pinning: what is pinned stays where it is when the drawing is tidied, and no drag moves it by accident."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from app.canvas.tools.placement import placed
from app.canvas.tools.shifting import Changes, box_of_row
from app.words import say
from models.design.design import name_of
from models.design.elements import Id, Position, position_id

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


def is_pinned(canvas: CanvasView, row_id: Id) -> bool:
    """Return whether a card, boundary or flow of the shown view is pinned."""
    position = canvas.session.design.position(canvas.session.view, row_id)
    return position is not None and position.pinned


def toggle_pin(canvas: CanvasView) -> bool:
    """Pin what is selected, or release it if all of it is pinned; returns whether anything changed."""
    rows = list(_rows(canvas))
    pinning = not all(is_pinned(canvas, row) for row in rows)
    changes: Changes = {}
    for row in rows:
        key, position = _position(canvas, row)
        changes[key] = msgspec.structs.replace(position, pinned=pinning)
    return bool(rows) and canvas.session.change(changes.items(), _label(canvas, pinning, len(rows)))


def _rows(canvas: CanvasView) -> Iterable[Id]:
    picture, chosen = canvas.picture, canvas.session.selection
    yield from (row for row, key in zip(picture.nodes.ids, picture.nodes.elements, strict=True) if key in chosen)
    yield from (key for key in picture.boundaries.ids if key in chosen)
    yield from (row for row, key in zip(picture.flows.ids, picture.flows.elements, strict=True) if key in chosen)


def _position(canvas: CanvasView, row: Id) -> tuple[Id, Position]:
    """Return the row's position; a card that was never placed is pinned where it is drawn."""
    design, view = canvas.session.design, canvas.session.view
    if row in canvas.picture.flows.row:
        return position_id(view, row), design.position(view, row) or Position()
    return placed(design, view, row, box_of_row(canvas, row))


def _label(canvas: CanvasView, pinning: bool, count: int) -> str:
    if len(canvas.session.selection) == 1:
        key = next(iter(canvas.session.selection))
        name = name_of(key, canvas.session.design.elements.get(key))
        return say("Pin {name}", name=name) if pinning else say("Release {name}", name=name)
    return say("Pin {count} elements", count=count) if pinning else say("Release {count} elements", count=count)
