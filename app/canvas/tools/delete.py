"""Deleting the selection with its flows."""

from __future__ import annotations

from app.session import Session
from app.words import say
from models.design.design import name_of
from models.design.edits import remove
from models.design.elements import BRIEF_ID


def delete_selection(session: Session) -> None:
    """Remove what is selected; what lies in a removed boundary moves to its parent."""
    chosen = session.selection - {BRIEF_ID}
    if not chosen:
        return
    delta = remove(session.design, chosen)
    key = next(iter(chosen))
    label = (
        say("Delete {name}", name=name_of(key, session.design.elements.get(key)))
        if len(chosen) == 1
        else say("Delete {count} elements", count=len(chosen))
    )
    session.commit(delta, label)
