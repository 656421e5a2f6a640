"""Collapsing a boundary to one card with its totals, and expanding it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from app.canvas.tools.placement import placed
from app.canvas.tools.shifting import Changes, box_of_row
from app.words import say
from models.design.design import name_of
from models.design.elements import Id

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


def foldable(canvas: CanvasView) -> list[Id]:
    """Return the boundaries that collapse or expand would act on: the selected ones, or those around the selection."""
    picture, chosen = canvas.picture, canvas.session.selection
    rows = {picture.boundaries.row[key] for key in chosen if key in picture.boundaries.row}
    if not rows:
        rows = {
            int(parent)
            for element, parent in zip(picture.nodes.elements, picture.nodes.parents.tolist(), strict=True)
            if element in chosen and parent >= 0
        }
    return [picture.boundaries.ids[row] for row in sorted(rows) if not picture.boundaries.overlays[row]]


def toggle_collapse(canvas: CanvasView) -> bool:
    """Collapse the chosen boundaries, or expand them if all are collapsed; returns whether anything changed."""
    session, picture = canvas.session, canvas.picture
    chosen = foldable(canvas)
    collapsing = not all(picture.boundaries.collapsed[picture.boundaries.row[key]] for key in chosen)
    changes: Changes = {}
    for key in chosen:
        name, position = placed(session.design, session.view, key, box_of_row(canvas, key))
        changes[name] = msgspec.structs.replace(position, collapsed=collapsing)
    if len(chosen) == 1:
        name = name_of(chosen[0], session.design.elements[chosen[0]])
        label = say("Collapse {name}", name=name) if collapsing else say("Expand {name}", name=name)
    else:
        words = say("Collapse {count} boundaries", count=len(chosen))
        label = words if collapsing else say("Expand {count} boundaries", count=len(chosen))
    if not chosen or not session.change(changes.items(), label):
        return False
    session.select(chosen)
    return True
