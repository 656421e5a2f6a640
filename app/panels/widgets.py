"""The few small widgets that all panels share."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QLabel, QLayout, QPushButton, QScrollArea, QWidget

from app.words import in_words
from models.report import Message


def label(text: Message | str, role: str = "", tone: str = "", wrap: bool = False) -> QLabel:
    """Return a text, in the language in use, whose look is the style sheet's `role` and `tone`."""
    found = Paragraph(in_words(text)) if wrap else QLabel(in_words(text))
    found.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        found.setProperty("role", role)
    if tone:
        found.setProperty("tone", tone)
    return found


class Paragraph(QLabel):
    """Text that wraps; it knows its heights by heart, because layouts ask for them many times over."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._heights: dict[int, int] = {}
        self._hints: dict[str, QSize] = {}
        self.setWordWrap(True)

    def heightForWidth(self, width: int) -> int:
        """Height in px at a width in px."""
        found = self._heights.get(width)
        if found is None:
            found = self._heights[width] = super().heightForWidth(width)
        return found

    def sizeHint(self) -> QSize:
        """A size that reads well."""
        if "best" not in self._hints:
            self._hints["best"] = super().sizeHint()
        return self._hints["best"]

    def minimumSizeHint(self) -> QSize:
        """The narrowest that holds its longest word."""
        if "least" not in self._hints:
            self._hints["least"] = super().minimumSizeHint()
        return self._hints["least"]

    def setText(self, text: str) -> None:
        """Another text, whose heights are not known yet."""
        self._forget()
        super().setText(text)

    def changeEvent(self, event: QEvent) -> None:
        """Another font or style has other heights."""
        self._forget()
        super().changeEvent(event)

    def _forget(self) -> None:
        self._heights.clear()
        self._hints.clear()


def write(target: QLabel | QPushButton, text: Message | str) -> None:
    """Set a text, if it reads otherwise: a label or button that is unchanged is neither laid out nor painted again."""
    words = in_words(text)
    if target.text() != words:
        target.setText(words)


class ElidedLabel(QLabel):
    """One line that gives way: what does not fit ends in an ellipsis and is in the tooltip."""

    def __init__(self, role: str = "", narrowest: int = 48, widest: int = 10_000) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.narrowest, self._widest = narrowest, widest

    def sizeHint(self) -> QSize:
        """Room for the text, up to the widest that was asked for."""
        return super().sizeHint().boundedTo(QSize(self._widest, 10_000))

    def minimumSizeHint(self) -> QSize:
        """Room for a few letters."""
        return QSize(min(self.narrowest, super().sizeHint().width()), super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """As much of the text as fits."""
        painter = QPainter(self)
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.setPen(self.palette().windowText().color())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


def set_tone(widget: QWidget, tone: str, name: str = "tone") -> None:
    """Change a property that the style sheet looks at."""
    if widget.property(name) != tone:
        widget.setProperty(name, tone)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


class Box(QBoxLayout):
    """A line or column of widgets that knows its heights by heart.

    Qt's own remembers one width, yet every pass asks for two: as wide as it is, and as wide as it would like to be.
    """

    def __init__(self, direction: QBoxLayout.Direction, parent: QWidget | None = None) -> None:
        super().__init__(direction, parent)
        self._heights: dict[int, int] = {}
        self._least: dict[int, int] = {}

    def heightForWidth(self, width: int) -> int:
        """Height in px at a width in px."""
        found = self._heights.get(width)
        if found is None:
            found = self._heights[width] = super().heightForWidth(width)
        return found

    def minimumHeightForWidth(self, width: int) -> int:
        """Least height in px at a width in px."""
        found = self._least.get(width)
        if found is None:
            self._heights.pop(width, None)  # Qt finds both in one go, and reads here what it found last
            found = self._least[width] = super().minimumHeightForWidth(width)
        return found

    def invalidate(self) -> None:
        """Something in it has another size."""
        self._heights.clear()
        self._least.clear()
        super().invalidate()


def column(parent: QWidget | None = None, margin: int = 0, spacing: int = 8) -> Box:
    """Return a vertical layout on the 8 px grid."""
    found = Box(QBoxLayout.Direction.TopToBottom, parent)
    found.setContentsMargins(margin, margin, margin, margin)
    found.setSpacing(spacing)
    return found


def row(parent: QWidget | None = None, margin: int = 0, spacing: int = 8) -> Box:
    """Return a horizontal layout on the 8 px grid."""
    found = Box(QBoxLayout.Direction.LeftToRight, parent)
    found.setContentsMargins(margin, margin, margin, margin)
    found.setSpacing(spacing)
    return found


def clear(layout: QLayout) -> None:
    """Take everything out of a layout."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        inner = item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif inner is not None:
            clear(inner)


class Scroll(QScrollArea):
    """A column that scrolls; `body` is its layout."""

    def __init__(self, margin: int = 16, spacing: int = 8, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inner = QWidget()
        self.body = column(inner, margin, spacing)
        self.setWidget(inner)


class Clickable(QFrame):
    """A frame that acts like a button, by pointer and keyboard."""

    clicked = Signal()

    def __init__(self, role: str = "tile", name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", role)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(name)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click."""
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Space click."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)
