"""Moving the selection by arrow keys; quick presses after one another make one undo step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

from app.canvas.tools.shifting import moved_by, moving_rows
from app.theme import GRID
from app.words import say

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


def nudge(canvas: CanvasView, right: int, down: int) -> None:
    """Move the selection by so many grid steps."""
    session = canvas.session
    rows = moving_rows(canvas, session.selection)
    changes = moved_by(canvas, rows, QPointF(right * GRID, down * GRID))
    session.change(changes.items(), say("Nudge"), f"nudge {sorted(session.selection)}")
