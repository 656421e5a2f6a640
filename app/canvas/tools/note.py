"""Writing a note on an element, in place: Ctrl+Enter or a click elsewhere keeps it, Escape reverts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit

from app.canvas.pointer import Pointer
from app.canvas.tools.tool import Tool
from app.theme import font
from app.words import mark, say
from models.design.design import name_of
from models.design.elements import Boundary, Flow, Id, Node

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

WIDTH, HEIGHT, GAP = 260, 96, 8


def write_note(canvas: CanvasView) -> bool:
    """Open the note of the one selected element; returns whether there is one."""
    chosen = canvas.session.selection
    key = next(iter(chosen), "")
    if len(chosen) != 1 or not isinstance(canvas.session.design.elements.get(key), Node | Flow | Boundary):
        return False
    canvas.use(NoteTool(canvas, key))
    return True


class NoteTool(Tool):
    """A field lies below the element until its text is kept or reverted."""

    hint = mark("Ctrl+Enter: keep · Esc: revert")

    def __init__(self, canvas: CanvasView, element: Id) -> None:
        super().__init__(canvas)
        self.element = element
        self.field = QPlainTextEdit(canvas)
        self._filter = _FieldKeys(self)
        self._done = False

    def enter(self) -> None:
        """Open the field below the element, where there is room."""
        found = self.session.design.elements.get(self.element)
        self.field.setObjectName("noteField")
        self.field.setAccessibleName(say("Note"))
        self.field.setPlaceholderText(say("Note"))
        self.field.setPlainText(getattr(found, "note", ""))
        self.field.setFont(font())
        box = self.canvas.camera.rect_to_view(self.canvas.box_of(self.element) or QRectF())
        left = min(max(0.0, box.left()), max(0.0, self.canvas.width() - WIDTH))
        top = min(max(0.0, box.bottom() + GAP), max(0.0, self.canvas.height() - HEIGHT))
        self.field.setGeometry(round(left), round(top), WIDTH, HEIGHT)
        self.field.installEventFilter(self._filter)
        self.field.show()
        self.field.selectAll()
        self.field.setFocus()

    def press(self, at: Pointer) -> None:
        """A click elsewhere keeps the note and does what a click does."""
        self.finish()
        self.canvas.tool.press(at)

    def finish(self) -> None:
        """Keep the note."""
        if self._done:
            return
        note = self.field.toPlainText().strip()
        self._close()
        before = self.session.design.elements.get(self.element)
        if isinstance(before, Node | Flow | Boundary) and before.note != note:
            label = say("Note on {name}", name=name_of(self.element, before))
            self.session.change([(self.element, msgspec.structs.replace(before, note=note))], label)
        self.canvas.use(None)
        self.canvas.setFocus()

    def cancel(self) -> None:
        """Forget what was typed."""
        self._close()
        self.canvas.setFocus()

    def leave(self) -> None:
        """Close the field if another tool was chosen while it was open."""
        self._close()

    def _close(self) -> None:
        if not self._done:
            self._done = True
            self.field.removeEventFilter(self._filter)
            self.field.hide()
            self.field.deleteLater()

    def picture_changed(self) -> None:
        """Close if the element is gone."""
        if not self._done and self.element not in self.session.design.elements:
            self.canvas.use(None)


class _FieldKeys(QObject):
    """Takes the keys that end the note out of the field."""

    def __init__(self, tool: NoteTool) -> None:
        super().__init__(tool.field)
        self._tool = tool

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ctrl+Enter keeps, Escape reverts, losing the focus keeps."""
        tool = self._tool
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape:
                tool.cancel()
                tool.canvas.use(None)
                return True
            control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            if control and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                tool.finish()
                return True
        if event.type() == QEvent.Type.FocusOut:
            tool.finish()
        return False
