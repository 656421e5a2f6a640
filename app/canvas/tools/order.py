"""Drawing order: what overlaps what, in one view."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from app.canvas.tools.placement import placed
from app.canvas.tools.shifting import Changes, box_of_row
from app.words import mark, say
from models.design.elements import Id

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

TITLES = {
    "front": mark("Bring to front"),
    "forward": mark("Bring forward"),
    "backward": mark("Send backward"),
    "back": mark("Send to back"),
}


def reorder(canvas: CanvasView, where: str) -> bool:
    """Draw the selected cards and boundaries later (nearer) or earlier; returns whether anything changed.

    Args:
        where: a key of `TITLES`. Boundaries are ordered among those of the same depth.
    """
    session, picture = canvas.session, canvas.picture
    chosen_nodes = [
        row
        for row, element in zip(picture.nodes.ids, picture.nodes.elements, strict=True)
        if element in session.selection
    ]
    chosen_frames = [key for key in picture.boundaries.ids if key in session.selection]
    changes: Changes = {}
    for chosen, kin in ((chosen_nodes, picture.nodes.ids), (chosen_frames, picture.boundaries.ids)):
        changes.update(_raised(canvas, chosen, kin, where))
    return bool(changes) and session.change(changes.items(), say(TITLES[where]))


def _raised(canvas: CanvasView, chosen: list[Id], kin: list[Id], where: str) -> Changes:
    """Return the changes that give the chosen rows another height among their kin; their own order stays."""
    others = [_height(canvas, key) for key in kin if key not in set(chosen)]
    if not others or not chosen:
        return {}
    own = [_height(canvas, key) for key in chosen]
    steps = {
        "front": max(others) + 1 - min(own),
        "back": min(others) - 1 - max(own),
        "forward": 1,
        "backward": -1,
    }
    step = steps[where]
    if (where == "front" and step <= 0) or (where == "back" and step >= 0):
        return {}
    changes: Changes = {}
    for key, height in zip(chosen, own, strict=True):
        box = box_of_row(canvas, key)
        name, position = placed(canvas.session.design, canvas.session.view, key, box)
        changes[name] = msgspec.structs.replace(position, z=height + step)
    return changes


def _height(canvas: CanvasView, row_id: Id) -> int:
    position = canvas.session.design.position(canvas.session.view, row_id)
    return position.z if position is not None else 0
