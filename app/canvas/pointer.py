"""Where the pointer is and what is held down, as the tools see it."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QPointF, Qt


class Pointer(NamedTuple):
    """One event of the pointer: in viewport pixels, in scene pixels, with modifiers and button."""

    view: QPointF
    scene: QPointF
    modifiers: Qt.KeyboardModifier
    button: Qt.MouseButton

    @property
    def shift(self) -> bool:
        """Whether Shift is held."""
        return bool(self.modifiers & Qt.KeyboardModifier.ShiftModifier)

    @property
    def alt(self) -> bool:
        """Whether Alt is held."""
        return bool(self.modifiers & Qt.KeyboardModifier.AltModifier)

    @property
    def control(self) -> bool:
        """Whether Ctrl is held."""
        return bool(self.modifiers & Qt.KeyboardModifier.ControlModifier)

    @property
    def left(self) -> bool:
        """Whether the event belongs to the left button."""
        return self.button == Qt.MouseButton.LeftButton
