"""Renaming in place: Enter ends, Escape reverts, Tab goes to the next node; a free text has lines (Shift+Enter)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
from PySide6.QtCore import QEvent, QObject, QRect, QRectF, Qt
from PySide6.QtGui import QFont, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

from app.canvas.pointer import Pointer
from app.canvas.tools.tool import Tool
from app.theme import font
from app.words import mark, say
from models.design.design import name_of
from models.design.elements import Boundary, Flow, Id, Node
from models.design.kinds import boundary_axis

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

NARROWEST, WIDEST, FIELD_PADDING = 96, 320, 28
"""Widths of the field and what its frame takes of them, in pixels."""


class NameField(QLineEdit):
    """The field over the card."""

    def event(self, event: QEvent) -> bool:
        """Keep Tab for the tool instead of the focus chain."""
        pressed = event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent)
        if pressed and event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):  # type: ignore[attr-defined]
            self.keyPressEvent(event)  # type: ignore[arg-type]
            return True
        return super().event(event)


class LinesField(QPlainTextEdit):
    """The field over a free text."""

    def text(self) -> str:
        """Return what is written, with its line breaks."""
        return self.toPlainText()

    def setText(self, text: str) -> None:
        """Write anew."""
        self.setPlainText(text)


class RenameTool(Tool):
    """A field lies over the name until it is committed or reverted.

    Args:
        fresh: the element was just placed; its suggested name is selected for typing over.
    """

    hint = mark("Enter: keep · Esc: revert · Tab: next node")

    def __init__(self, canvas: CanvasView, element: Id, fresh: bool = False) -> None:
        super().__init__(canvas)
        self.element = element
        found = canvas.session.design.elements.get(element)
        self._has_lines = isinstance(found, Boundary) and boundary_axis(found.kind) == "annotation"
        self.field: NameField | LinesField = LinesField(canvas) if self._has_lines else NameField(canvas)
        if self._has_lines:
            self.hint = say("Enter: keep · Shift+Enter: new line · Esc: revert")
        self._filter = _FieldKeys(self)
        self._done = False

    def enter(self) -> None:
        """Open the field over the name."""
        found = self.session.design.elements.get(self.element)
        self.field.setObjectName("nameField")
        self.field.setAccessibleName(say("Name"))
        self.field.setText(getattr(found, "name", ""))
        self.field.selectAll()
        self._lay()
        self.canvas.camera_changed.connect(self._lay)
        self.field.textChanged.connect(self._lay)
        self.field.installEventFilter(self._filter)
        self.field.show()
        self.field.setFocus()

    def _lay(self) -> None:
        """Put the field over the name, wherever the view shows it now."""
        weight = QFont.Weight.Normal if self._has_lines else QFont.Weight.DemiBold
        self.field.setFont(font(max(11, round(13 * self.canvas.camera.zoom)), weight))
        self.field.setGeometry(self._geometry())

    def _geometry(self) -> QRect:
        box = self.canvas.box_of(self.element) or QRectF()
        view = self.canvas.camera.rect_to_view(box)
        if self._has_lines:
            return view.adjusted(-2, -2, 2, 2).united(QRectF(view.x(), view.y(), 160, 48)).toRect()
        height = self.field.sizeHint().height()
        if self.element in self.canvas.picture.flows.row:
            return QRectF(view.center().x() - 80, view.center().y() - height / 2, 160, height).toRect()
        left = 36 * self.canvas.camera.zoom if self.element not in self.canvas.picture.boundaries.row else 6
        written = self.field.fontMetrics().horizontalAdvance(self.field.text()) + FIELD_PADDING
        width = max(NARROWEST, min(view.width() - left - 6, WIDEST), min(written, WIDEST))
        return QRectF(view.x() + left, view.y() + 4, width, height).toRect()

    def press(self, at: Pointer) -> None:
        """A click elsewhere keeps the name and does what a click does."""
        self.finish()
        self.canvas.tool.press(at)

    def finish(self, follow: Id | None = None) -> None:
        """Keep the name and go back to selecting, or on to renaming `follow`."""
        if self._done:
            return
        self._done = True
        name = self.field.text().strip()
        self._close()
        before = self.session.design.elements.get(self.element)
        if isinstance(before, Node | Flow | Boundary) and before.name != name and (name or isinstance(before, Flow)):
            after = msgspec.structs.replace(before, name=name)
            self.session.change([(self.element, after)], say("Rename {name}", name=name_of(self.element, before)))
        if follow is not None:
            self.session.select({follow})
            self.canvas.reveal(follow)
            self.canvas.use(RenameTool(self.canvas, follow))
        else:
            self.canvas.use(None)
            self.canvas.setFocus()

    def cancel(self) -> None:
        """Forget what was typed."""
        self._done = True
        self._close()
        self.canvas.setFocus()

    def _close(self) -> None:
        self.canvas.camera_changed.disconnect(self._lay)
        self.field.textChanged.disconnect(self._lay)
        self.field.removeEventFilter(self._filter)
        self.field.hide()
        self.field.deleteLater()

    def leave(self) -> None:
        """Close the field if another tool was chosen while it was open."""
        if not self._done:
            self._done = True
            self._close()

    def picture_changed(self) -> None:
        """Follow the card; close if the element is gone."""
        if self._done:
            return
        if self.element not in self.session.design.elements:
            self.cancel()
            self.canvas.use(None)
        else:
            self._lay()


class _FieldKeys(QObject):
    """Takes the keys that end the renaming out of the field."""

    def __init__(self, tool: RenameTool) -> None:
        super().__init__(tool.field)
        self._tool = tool

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter and Tab keep, Escape reverts, losing the focus keeps."""
        tool = self._tool
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape:
                tool.cancel()
                tool.canvas.use(None)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if isinstance(tool.field, LinesField) and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                    tool.field.insertPlainText("\n")
                else:
                    tool.finish()
                return True
            if event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
                tool.finish(next_node(tool.canvas, event.key() == Qt.Key.Key_Tab, tool.element))
                return True
        if event.type() == QEvent.Type.FocusOut:
            tool.finish()
        return False


def next_node(canvas: CanvasView, forward: bool = True, after: Id | None = None) -> Id | None:
    """Return the node that follows in reading order (rows from the top, then from the left), or None without nodes."""
    nodes = canvas.picture.nodes
    if not len(nodes):
        return None
    order: list[Id] = [nodes.elements[row] for row in np.lexsort((nodes.rects[:, 0], nodes.rects[:, 1])).tolist()]
    chosen = after or next((key for key in order if key in canvas.session.selection), None)
    if chosen not in order:
        return order[0 if forward else -1]
    return order[(order.index(chosen) + (1 if forward else -1)) % len(order)]
