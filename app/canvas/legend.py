"""The legend of the lens: what is measured, its scale and the ends of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.theme import font, parse_color, tint
from app.words import in_words, say
from models.themes import Theme
from models.typeface import text_width

if TYPE_CHECKING:
    from models.lenses import Legend as LegendValues

HEIGHT = 38
STEP = 14
PAD = 12.0


class Legend(QWidget):
    """Floats at the lower left of the canvas; hidden when the lens measures nothing."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._values: LegendValues | None = None
        self._titled = True
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme."""
        self._theme = theme
        self.update()

    def show_legend(self, values: LegendValues | None) -> bool:
        """Show what the lens measures; returns whether that differs from what was shown."""
        if values == self._values:
            return False
        self._values = values
        self.setVisible(values is not None)
        if values is not None:
            words = ", ".join(in_words(word) for _, word in values.steps if word)
            scale = say("{title}: {low} to {high}", title=values.title, low=values.low, high=values.high)
            self.setAccessibleName(f"{scale} {words}")
            self.resize(self.sizeHint())
            self.update()
        return True

    def fit_into(self, room: int) -> None:
        """Take the size that has room in so many px; the title gives way first."""
        self._titled = True
        if self.sizeHint().width() > room:
            self._titled = False
        self.resize(self.sizeHint())
        self.update()

    @property
    def _title(self) -> str:
        return in_words(self._values.title) if self._values is not None and self._titled else ""

    def sizeHint(self) -> QSize:
        """Room for the title and the scale."""
        beside = text_width(self._title, 11) + PAD if self._title else 0
        return QSize(int(beside + sum(self._widths()) + 2 * PAD) + 8, HEIGHT)

    def _widths(self) -> list[float]:
        """Return the width of each step: an even scale, or room for the words."""
        values = self._values
        if values is None:
            return []
        if values.low or values.high:
            return [STEP] * len(values.steps)
        return [text_width(in_words(word), 10) + 14 for _, word in values.steps]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Title, steps, low and high."""
        values, theme = self._values, self._theme
        if values is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(tint(theme, "card_border"), 1.0))
        painter.setBrush(tint(theme, "card"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.setPen(tint(theme, "muted"))
        painter.setFont(font(11))
        width = text_width(self._title, 11)
        painter.drawText(QRectF(PAD, 0, width + 4, HEIGHT), Qt.AlignmentFlag.AlignVCenter, self._title)
        left = width + 2 * PAD if self._title else PAD
        painter.setFont(font(10))
        ends = QRectF(left, 20, sum(self._widths()), 13)
        for (code, word), wide in zip(values.steps, self._widths(), strict=True):
            painter.fillRect(QRectF(left, 9, wide, 9), parse_color(theme.color(code) or theme.muted))
            if not (values.low or values.high):
                painter.drawText(QRectF(left, 20, wide, 13), Qt.AlignmentFlag.AlignHCenter, in_words(word))
            left += wide
        painter.drawText(ends, Qt.AlignmentFlag.AlignLeft, in_words(values.low))
        painter.drawText(ends, Qt.AlignmentFlag.AlignRight, in_words(values.high))
