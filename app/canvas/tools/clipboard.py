"""Copying the selection as JSON text and pasting it, also in another variant, project or window."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF
from PySide6.QtGui import QGuiApplication

from app.canvas.tools.placement import snapped
from app.session import Session
from app.words import say, say_many
from models.design.delta import Delta
from models.design.design import Design, from_text, to_text
from models.design.edits import copy
from models.design.elements import DRAWN, DesignError, Element, Flow, Id, Node, Position, positioned
from models.design.elements import Boundary as BoundaryElement
from models.picture.folded import contents


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


def paste(session: Session, at: QPointF | None = None) -> None:
    """Add the design on the clipboard with new ids, its middle at the scene point `at`, and select it."""
    try:
        pasted = from_text(QGuiApplication.clipboard().text())
    except DesignError as error:
        session.refused.emit(say("Nothing was pasted. {error}", error=error))
        return
    count = sum(isinstance(element, DRAWN) for element in pasted.elements.values())
    insert(session, pasted, at, say_many("Paste {count} element", "Paste {count} elements", count))


def insert(session: Session, design: Design, at: QPointF | None, label: str) -> bool:
    """Add a design with new ids, its middle at the scene point `at`, as one step, and select it."""
    drawn = [key for key, element in design.elements.items() if isinstance(element, DRAWN)]
    new_id = {key: session.new_id() for key in drawn}
    delta = copy(design, drawn, new_id, _offset(design, session.view, at))
    changes = {key: change for key, change in delta.changes.items() if key not in session.design.elements}
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


def _offset(design: Design, view: str, at: QPointF | None) -> tuple[float, float]:
    places = [
        element
        for key, element in design.elements.items()
        if isinstance(element, Position) and positioned(key)[0] == view and not element.waypoints
    ]
    if not places or at is None:
        return 32.0, 32.0
    x = (min(place.x for place in places) + max(place.x + (place.width or 168) for place in places)) / 2
    y = (min(place.y for place in places) + max(place.y + (place.height or 64) for place in places)) / 2
    return snapped(at.x() - x), snapped(at.y() - y)
