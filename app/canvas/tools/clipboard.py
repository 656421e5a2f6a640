"""Copying the selection as JSON text and pasting it, also in another variant, project or window."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF
from PySide6.QtGui import QGuiApplication

from app.canvas.tools.landing import OFFSET, around, boxes_in, members, shift_to_room
from app.canvas.tools.placement import moved_into, snapped_point
from app.session import Session
from app.words import say, say_many
from models.design.delta import Delta
from models.design.design import Design, from_text, to_text
from models.design.edits import copy
from models.design.elements import DRAWN, DesignError, Element, Flow, Id, Node, Position, positioned
from models.design.elements import Boundary as BoundaryElement
from models.picture.folded import contents

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


def copy_selection(session: Session) -> bool:
    """Put what is selected on the clipboard as a design of its own; returns whether there was anything."""
    chosen = with_inner(session.design, session.selection)
    if not chosen:
        return False
    QGuiApplication.clipboard().setText(to_text(excerpt(session.design, chosen)))
    return True


def excerpt(design: Design, chosen: set[Id]) -> Design:
    """Return the chosen elements as a design; flows keep ends that are chosen, boundaries outside are let go."""
    import msgspec

    def kept(key: Id | None) -> Id | None:
        return key if key in chosen else None

    elements: dict[Id, Element] = {}
    for key in chosen:
        element = design.elements[key]
        if isinstance(element, Flow):
            if not {element.source, element.target} <= chosen:
                continue
            element = msgspec.structs.replace(element, journeys=tuple(x for x in element.journeys if x in chosen))
        elif isinstance(element, Node):
            sites = tuple(msgspec.structs.replace(site, boundary=kept(site.boundary)) for site in element.sites)
            element = msgspec.structs.replace(element, sites=sites, context=kept(element.context))
        elif isinstance(element, BoundaryElement):
            members = tuple(member for member in element.members if member in chosen)
            element = msgspec.structs.replace(element, parent=kept(element.parent), members=members)
        elements[key] = element
    for key, element in design.elements.items():
        if isinstance(element, Position) and positioned(key)[1] in elements:
            elements[key] = element
    return Design(elements)


def paste(canvas: CanvasView, at: QPointF | None = None) -> bool:
    """Add the design on the clipboard with new ids, its middle at the scene point `at`, and select it.

    Returns whether anything was added.
    """
    session = canvas.session
    try:
        pasted = from_text(QGuiApplication.clipboard().text())
    except DesignError as error:
        session.refused.emit(say("Nothing was pasted. {error}", error=error))
        return False
    count = sum(isinstance(element, DRAWN) for element in pasted.elements.values())
    return insert(canvas, pasted, at, say_many("Paste {count} element", "Paste {count} elements", count))


def insert(canvas: CanvasView, design: Design, at: QPointF | None, label: str, exactly: bool = False) -> bool:
    """Add a design with new ids as one step and select it: at the scene point `at`, or beside it if there is no room.

    What is in no boundary becomes a member of the one it comes down in.

    Args:
        exactly: at the point even if something lies there, because the hand saw where it would land.
    """
    session = canvas.session
    offset, homes = _landing(canvas, design, at, exactly)
    drawn = [key for key, element in design.elements.items() if isinstance(element, DRAWN)]
    new_id = {key: session.new_id() for key in drawn}
    delta = copy(design, drawn, new_id, offset)
    changes = {key: change for key, change in delta.changes.items() if key not in session.design.elements}
    for key, places in homes.items():
        for row, boundary in places:
            _, element = changes[new_id[key]]
            changes[new_id[key]] = None, element and moved_into(element, row, session.view, boundary)
    if not changes or not session.commit(Delta(changes), label):
        return False
    session.select(new_id.values() & session.design.elements.keys())
    return True


def with_inner(design: Design, chosen: Iterable[Id]) -> set[Id]:
    """Return the chosen drawn elements with what lies in chosen boundaries and the flows between chosen nodes."""
    found = {key for key in chosen if isinstance(design.elements.get(key), DRAWN)}
    frames = {inner for key in found if key in design.boundaries for inner in contents(design, key)}
    found |= frames
    for key, node in design.nodes.items():
        if node.context in frames or any(site.boundary in frames for site in node.sites):
            found.add(key)
    return found | {key for key, flow in design.flows.items() if {flow.source, flow.target} <= found}


def _landing(
    canvas: CanvasView, design: Design, at: QPointF | None, exactly: bool
) -> tuple[tuple[float, float], dict[Id, list[tuple[Id, Id]]]]:
    """Return how far a design moves to come down at `at` or beside it, and the boundaries its parts come down in."""
    view = canvas.session.view
    if at is None or not any(
        isinstance(element, Position) and positioned(key)[0] == view and not element.waypoints
        for key, element in design.elements.items()
    ):
        return OFFSET, {}
    boxes = boxes_in(design, view)
    by = snapped_point(at - around(boxes.values()).center())
    if not exactly:
        by += shift_to_room(canvas, [box.translated(by) for box in boxes.values()])
    moved = {key: box.translated(by) for key, box in boxes.items()}
    return (by.x(), by.y()), members(canvas, design, moved)
