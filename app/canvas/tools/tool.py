"""What every gesture has in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QPainter

from app.canvas.pointer import Pointer

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


class Tool:
    """One gesture: takes the pointer while it is in use and ends in at most one commit.

    What it shows while it runs is painted over the picture; the design changes only at its end.
    """

    cursor = Qt.CursorShape.ArrowCursor
    hint = ""
    reaches_further = True
    """Whether a drag to the edge of the viewport scrolls the drawing."""
    shows_selection = True
    """Whether the selection is outlined where it is; a tool that moves it shows where it goes."""

    def __init__(self, canvas: CanvasView) -> None:
        self.canvas = canvas
        self.session = canvas.session

    def enter(self) -> None:
        """Begin."""

    def leave(self) -> None:
        """End; another tool follows."""

    def cancel(self) -> None:
        """Give up without a commit."""

    def press(self, at: Pointer) -> None:
        """A button went down."""

    def move(self, at: Pointer) -> None:
        """The pointer moved."""

    def release(self, at: Pointer) -> None:
        """A button went up."""

    def double_click(self, at: Pointer) -> None:
        """A button went down twice."""

    def key(self, event: QKeyEvent) -> bool:
        """A key went down; returns whether it was taken. Escape gives up."""
        if event.key() == Qt.Key.Key_Escape:
            self.cancel()
            self.canvas.use(None)
            return True
        return False

    def key_released(self, event: QKeyEvent) -> bool:
        """A key went up; returns whether it was taken."""
        return False

    def picture_changed(self) -> None:
        """The picture is another one; rows that were kept are no longer valid."""

    def paint(self, painter: QPainter) -> None:
        """Paint over the picture, in viewport pixels."""
