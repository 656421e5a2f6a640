"""Duplicating the selection beside itself."""

from __future__ import annotations

from app.canvas.tools.clipboard import with_inner
from app.session import Session
from app.words import say_many
from models.design.edits import copy
from models.design.elements import Id

OFFSET = (32.0, 32.0)


def duplicate(session: Session, offset: tuple[float, float] = OFFSET) -> dict[Id, Id]:
    """Copy what is selected and select the copies; returns the new id of each."""
    chosen = with_inner(session.design, session.selection)
    new_id = {key: session.new_id() for key in sorted(chosen)}
    delta = copy(session.design, chosen, new_id, offset)
    if session.commit(delta, say_many("Duplicate {count} element", "Duplicate {count} elements", len(chosen))):
        session.select(key for key in new_id.values() if key in session.design.elements)
    return new_id
