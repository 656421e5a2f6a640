"""Focus: the neighbors of the selection, or the request paths through it, stand out and the rest is dimmed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.words import say
from models.design.reach import neighbors, request_path

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


def focus_neighbors(canvas: CanvasView) -> None:
    """Let the selection and what it is connected with stand out; once more shows everything again."""
    _focus(canvas, neighbors(canvas.session.design, canvas.session.selection), say("Neighbors"))


def focus_path(canvas: CanvasView) -> None:
    """Let the request paths through the selection stand out, end to end; once more shows everything again."""
    _focus(canvas, request_path(canvas.session.design, canvas.session.selection), say("Request path"))


def _focus(canvas: CanvasView, elements: frozenset[str], title: str) -> None:
    if canvas.focused == elements:
        leave_focus(canvas)
        return
    canvas.focus_on(elements)
    canvas.tool_changed.emit(say("{title} of the selection · Esc: show everything", title=title))


def leave_focus(canvas: CanvasView) -> bool:
    """Show everything again; returns whether anything was dimmed."""
    if not canvas.focused:
        return False
    canvas.focus_on(frozenset())
    canvas.tool_changed.emit("")
    return True
