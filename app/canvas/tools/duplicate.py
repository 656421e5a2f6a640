"""Duplicating the selection beside itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.canvas.tools.clipboard import with_inner
from app.canvas.tools.landing import offset_beside
from app.words import say_many
from models.design.edits import copy
from models.design.elements import Id

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


def duplicate(canvas: CanvasView, offset: tuple[float, float] | None = None) -> dict[Id, Id]:
    """Copy what is selected and select the copies; returns the new id of each.

    Args:
        offset: how far from what they are copies of; without it where there is room beside or below.
    """
    session = canvas.session
    chosen = with_inner(session.design, session.selection)
    offset = offset_beside(canvas, chosen) if offset is None else offset
    new_id = {key: session.new_id() for key in sorted(chosen)}
    delta = copy(session.design, chosen, new_id, offset)
    if session.commit(delta, say_many("Duplicate {count} element", "Duplicate {count} elements", len(chosen))):
        session.select(key for key in new_id.values() if key in session.design.elements)
    return new_id
