"""Icons as painter paths, from the same geometry that paper uses, tinted by the theme."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPixmap

from models.icons import BOX, Group, Path, icon_for, icon_paths

_drawn: dict[str, Callable[[QPainter, QRectF], None]] = {}
"""Icons that are drawn in colors of their own, by the name of the bundled icon they stand for."""


def use_drawn_icons(icons: Mapping[str, Callable[[QPainter, QRectF], None]]) -> None:
    """Draw these in place of the bundled icons of the same names; none for the bundled ones alone."""
    _drawn.clear()
    _drawn.update(icons)


@cache
def icon_outlines(name: str) -> tuple[QPainterPath, ...]:
    """Return the outlines of an icon in its 32 × 32 box, each to be filled with the winding rule."""
    return tuple(_outline(commands) for commands in icon_paths(name))


def _outline(commands: Path) -> QPainterPath:
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    for command, numbers in commands:
        if command == "M":
            path.moveTo(numbers[0], numbers[1])
        elif command == "L":
            path.lineTo(numbers[0], numbers[1])
        elif command == "C":
            path.cubicTo(*numbers)
        else:
            path.closeSubpath()
    return path


def paint_icon(painter: QPainter, name: str, box: QRectF, color: QColor) -> None:
    """Fill the icon into `box`; one that a vendor drew keeps its own colors."""
    if name in _drawn:
        _drawn[name](painter, box)
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(box.topLeft())
    painter.scale(box.width() / BOX, box.height() / BOX)
    for outline in icon_outlines(name):
        painter.fillPath(outline, color)
    painter.restore()


def icon(key: str, color: QColor, size: int = 16, group: Group = "actions") -> QIcon:
    """Return the icon that stands for an action or kind in one color, sharp at 100 to 300 % scaling."""
    name = icon_for(group, key)
    found = QIcon()
    for ratio in (1, 2, 3):
        pixmap = QPixmap(QSize(size * ratio, size * ratio))
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        paint_icon(painter, name, QRectF(0, 0, size * ratio, size * ratio), color)
        painter.end()
        pixmap.setDevicePixelRatio(ratio)
        found.addPixmap(pixmap)
    return found
