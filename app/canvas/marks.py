"""Small marks on cards: pinned, and a note is written on it."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from app.icons import paint_icon
from app.theme import tint
from models.design.elements import Node, Position, position_id
from models.icons import icon_for
from models.picture import Picture
from models.themes import Theme

SIZE = 13.0
INSET = 5.0


def card_marks(picture: Picture, row: int) -> tuple[str, ...]:
    """Return the action icons that a card carries at its lower right corner."""
    design = picture.design
    position = design.elements.get(position_id(picture.view, picture.nodes.ids[row]))
    node = design.elements.get(picture.nodes.elements[row])
    found = []
    if isinstance(position, Position) and position.pinned:
        found.append("pin")
    if isinstance(node, Node) and node.note:
        found.append("note")
    return tuple(found)


def paint_marks(painter: QPainter, theme: Theme, marks: tuple[str, ...], box: QRectF, zoom: float) -> None:
    """Paint marks side by side into the lower right corner of a card; `box` in viewport pixels."""
    size = SIZE * zoom
    left = box.right() - INSET * zoom
    for mark in marks:
        left -= size
        place = QRectF(left, box.bottom() - INSET * zoom - size, size, size)
        paint_icon(painter, icon_for("actions", mark), place, tint(theme, "muted"))
        left -= 3.0 * zoom
