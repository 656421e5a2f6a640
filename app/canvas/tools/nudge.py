"""Moving the selection by arrow keys; quick presses after one another make one undo step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

from app.canvas.tools.move import moving_rows
from app.canvas.tools.placement import placed
from app.theme import GRID

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


def nudge(canvas: CanvasView, right: int, down: int) -> None:
    """Move the selection by so many grid steps."""
    session, picture = canvas.session, canvas.picture
    rows = moving_rows(canvas, session.selection)
    changes = [
        placed(session.design, session.view, picture.nodes.ids[row], _shifted(picture.nodes.rects[row], right, down))
        for row in rows.nodes.tolist()
    ]
    changes += [
        placed(
            session.design,
            session.view,
            picture.boundaries.ids[row],
            _shifted(picture.boundaries.rects[row], right, down),
            sized=True,
        )
        for row in rows.stored.tolist()
    ]
    session.change(changes, "Nudge", f"nudge {sorted(session.selection)}")


def _shifted(rect: NDArray[np.float32], right: int, down: int) -> QRectF:
    return QRectF(*rect.tolist()).translated(right * GRID, down * GRID)
