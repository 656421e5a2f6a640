"""Cards of nodes as cached pixmaps, and the atlas of plain cards for small zooms."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPen, QPixmap

from app.canvas.buffers import FRAGMENT_WIDTH, draw_fragments
from app.icons import paint_icon
from app.theme import font, parse_color, tint
from models.icons import icon_for
from models.picture import Picture
from models.picture.cards import (
    ACCENT_WIDTH,
    BADGE_HEIGHT,
    BADGE_SIZE,
    CARD_RADIUS,
    ICON_SIZE,
    LINE_SIZE,
    WARNING_SIZE,
    Card,
    card,
)
from models.picture.columns import NodeColumns
from models.picture.folded import members
from models.themes import COLOR_ROLES, NO_COLOR, SCALE_STEPS, Theme
from models.typeface import elide, text_width

MARGIN = 4
"""Room around a card's pixmap for its shadow and border, in scene pixels."""
DETAIL_ZOOM = 0.4
"""From here on flows have their styles and cards their pixmaps."""
NAME_ZOOM = 0.2
COMPACT_MOST = 400
"""Between these two zooms cards show their names, unless more than this many are in sight."""
CARD_ZOOM = 0.55
"""Below, a whole card could not be read, so that it has only name and badge, in readable size."""
COMPACT_SIZE = 10
LARGEST_CACHE = 4000
CODES = (*range(SCALE_STEPS + len(COLOR_ROLES)), NO_COLOR)
ATLAS_CARD = QSize(48, 20)


class Look(NamedTuple):
    """All that a card's pixels depend on."""

    title: str
    line: str
    icon: str
    badge: str
    color: int
    warned: bool
    guessed: bool
    width: float
    height: float


class CardCache:
    """Renders each card once per scale; cards that look the same share a pixmap, so that nothing has to be dropped."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._zoom = self._scale = 0.0
        self._pixmaps: dict[Look, QPixmap] = {}
        self._atlas: QPixmap | None = None

    def use(self, zoom: float, ratio: float) -> None:
        """Choose the scale of the pixmaps; another scale drops them all."""
        if (zoom, zoom * ratio) != (self._zoom, self._scale) or len(self._pixmaps) > LARGEST_CACHE:
            self._zoom, self._scale = zoom, zoom * ratio
            self._pixmaps.clear()

    def pixmap(self, nodes: NodeColumns, row: int, compact: bool = False) -> QPixmap:
        """Return the card of a row at the chosen scale; a compact one has only its name, in readable size."""
        return self.of(look_of(nodes, row), compact)

    def of(self, look: Look, compact: bool = False) -> QPixmap:
        """Return the card that looks like this at the chosen scale."""
        found = self._pixmaps.get(look)
        if found is None:
            paint = partial(_paint_compact, zoom=self._zoom) if compact else paint_card
            found = self._pixmaps[look] = _render(look, self._theme, self._scale, paint)
        return found

    def draw_plain(self, painter: QPainter, nodes: NodeColumns, rows: NDArray[np.int_], zoom: float) -> None:
        """Draw cards without text in one call; the painter is in device pixels of the scene's origin."""
        fragments = np.empty((len(rows), FRAGMENT_WIDTH))
        rects = nodes.rects[rows]
        fragments[:, 0] = (rects[:, 0] + rects[:, 2] / 2) * zoom
        fragments[:, 1] = (rects[:, 1] + rects[:, 3] / 2) * zoom
        fragments[:, 2] = 0.0
        codes = nodes.colors[rows]
        slots = np.where(codes == NO_COLOR, len(CODES) - 1, codes)
        fragments[:, 3] = slots * float(ATLAS_CARD.height())
        fragments[:, 4] = ATLAS_CARD.width()
        fragments[:, 5] = ATLAS_CARD.height()
        fragments[:, 6] = rects[:, 2] * zoom / ATLAS_CARD.width()
        fragments[:, 7] = rects[:, 3] * zoom / ATLAS_CARD.height()
        fragments[:, 8] = 0.0
        fragments[:, 9] = 1.0
        draw_fragments(painter, fragments, self._plain_atlas())

    def _plain_atlas(self) -> QPixmap:
        if self._atlas is None:
            self._atlas = _render_atlas(self._theme)
        return self._atlas


def _render_atlas(theme: Theme) -> QPixmap:
    width, height = ATLAS_CARD.width(), ATLAS_CARD.height()
    atlas = QPixmap(width, height * len(CODES))
    atlas.fill(tint(theme, "card"))
    painter = QPainter(atlas)
    for slot, code in enumerate(CODES):
        color = theme.color(code)
        painter.fillRect(0, slot * height, width, height, tint(theme, "card"))
        painter.setPen(tint(theme, "faint"))
        painter.drawRect(0, slot * height, width - 1, height - 1)
        if color:
            painter.fillRect(0, slot * height, width // 5, height, parse_color(color))
    painter.end()
    return atlas


def look_of(nodes: NodeColumns, row: int) -> Look:
    """Return all that a card's pixels depend on."""
    return Look(
        nodes.titles[row],
        nodes.lines[row],
        nodes.icons[row],
        nodes.badges[row],
        int(nodes.colors[row]),
        bool(nodes.warned[row]),
        bool(nodes.guessed[row]),
        float(nodes.rects[row, 2]),
        float(nodes.rects[row, 3]),
    )


def folded_look(picture: Picture, row: int) -> Look:
    """Return the look of a collapsed boundary: its kind's icon, how many nodes it holds and the total of the lens."""
    bounds = picture.boundaries
    count = len(members(picture.design, picture.view, bounds.ids[row]))
    copies = int(bounds.copies[row])
    values = picture.lens_values
    badge, code = values.nodes.get(bounds.ids[row], ("", NO_COLOR)) if values is not None else ("", NO_COLOR)
    return Look(
        bounds.titles[row] + (f" × {copies}" if copies > 1 else ""),
        f"{count} node{'s' if count != 1 else ''}",
        icon_for("boundaries", bounds.kinds[row]),
        badge,
        code,
        False,
        False,
        float(bounds.rects[row, 2]),
        float(bounds.rects[row, 3]),
    )


Paint = Callable[[QPainter, Look, Theme], None]


def _render(look: Look, theme: Theme, scale: float, paint: Paint) -> QPixmap:
    """Return a card with `MARGIN` around it, `scale` device pixels to a scene pixel."""
    width, height = look.width + 2 * MARGIN, look.height + 2 * MARGIN
    pixmap = QPixmap(QSize(int(np.ceil(width * scale)), int(np.ceil(height * scale))))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.scale(scale, scale)
    painter.translate(MARGIN, MARGIN)
    paint(painter, look, theme)
    painter.end()
    return pixmap


def _paint_compact(painter: QPainter, look: Look, theme: Theme, zoom: float) -> None:
    """Paint frame, accent, name and, where there is room, badge; texts have the same size in px at every zoom."""
    box = QRectF(0.0, 0.0, look.width, look.height)
    painter.setPen(QPen(tint(theme, "card_border"), 1.0 / zoom))
    painter.setBrush(tint(theme, "card"))
    painter.drawRoundedRect(box, CARD_RADIUS, CARD_RADIUS)
    color = theme.color(look.color)
    if color:
        painter.fillRect(QRectF(0.0, 0.0, 3.0 / zoom, look.height), parse_color(color))
    painter.save()
    painter.scale(1 / zoom, 1 / zoom)
    room = QRectF(5.0, 1.0, look.width * zoom - 7.0, look.height * zoom - 2.0)
    painter.setFont(font(COMPACT_SIZE, QFont.Weight.DemiBold))
    painter.setPen(tint(theme, "text"))
    most = int(room.height() / (COMPACT_SIZE + 2))
    with_badge = bool(look.badge) and most > 1
    lift = 1 if with_badge else -1  # a badge leaves the descenders of the name their room
    for number, line in enumerate(_lines(look.title, room.width(), most - 1 if with_badge else most)):
        painter.drawText(QPointF(room.x(), room.y() + (number + 1) * (COMPACT_SIZE + 1) - lift), line)
    if with_badge:
        text = elide(look.badge, COMPACT_SIZE, room.width() - 6, "semibold")
        pill = QRectF(room.x(), room.bottom() - 12.5, text_width(text, COMPACT_SIZE, "semibold") + 8, 12)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(parse_color(color or theme.muted))
        painter.drawRoundedRect(pill, 6, 6)
        painter.setPen(parse_color(theme.text_on(look.color)))
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


def _lines(text: str, width: float, most: int) -> list[str]:
    """Return the words broken into at most `most` lines that fit; what is left over ends in an ellipsis."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and len(lines) < most and text_width(longer, COMPACT_SIZE, "semibold") > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return [elide(line, COMPACT_SIZE, width, "semibold") for line in lines[: max(0, most)]]


def paint_card(painter: QPainter, look: Look, theme: Theme) -> None:
    """Paint a card at the origin."""
    box = QRectF(0.5, 0.5, look.width - 1, look.height - 1)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tint(theme, "card_shadow"))
    painter.drawRoundedRect(box.translated(0, 1.5), CARD_RADIUS, CARD_RADIUS)
    painter.setBrush(tint(theme, "card"))
    painter.setPen(QPen(tint(theme, "card_border"), 1.0))
    painter.drawRoundedRect(box, CARD_RADIUS, CARD_RADIUS)
    color = theme.color(look.color)
    if color:
        _paint_accent(painter, box, parse_color(color))
    parts = card(look.width, look.height, look.title, look.line, look.badge, look.warned)
    x, y = parts.icon_at
    paint_icon(painter, look.icon, QRectF(x, y, ICON_SIZE, ICON_SIZE), tint(theme, "icon"))
    if parts.warning_at is not None:
        x, y = parts.warning_at
        mark = icon_for("actions", "warning")
        paint_icon(painter, mark, QRectF(x, y, WARNING_SIZE, WARNING_SIZE), tint(theme, "warning"))
    _paint_texts(painter, parts, look, theme)
    if parts.badge_box is not None:
        _paint_badge(painter, parts, parse_color(color or theme.muted), theme.text_on(look.color))


def _paint_texts(painter: QPainter, parts: Card, look: Look, theme: Theme) -> None:
    painter.setFont(font(parts.title_size, QFont.Weight.DemiBold))
    painter.setPen(tint(theme, "text"))
    painter.drawText(QPointF(*parts.title_at), parts.title)
    painter.setFont(font(LINE_SIZE))
    painter.setPen(tint(theme, "faint" if look.guessed else "muted"))
    painter.drawText(QPointF(*parts.line_at), parts.line)


def _paint_accent(painter: QPainter, box: QRectF, color: QColor) -> None:
    clip = QPainterPath()
    clip.addRoundedRect(box.adjusted(-0.5, -0.5, 0.5, 0.5), CARD_RADIUS, CARD_RADIUS)
    stripe = QPainterPath()
    stripe.addRect(QRectF(0, 0, ACCENT_WIDTH, box.height() + 1))
    painter.fillPath(clip.intersected(stripe), color)


def _paint_badge(painter: QPainter, parts: Card, color: QColor, ink: str) -> None:
    assert parts.badge_box is not None
    box = QRectF(*parts.badge_box)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRoundedRect(box, BADGE_HEIGHT / 2, BADGE_HEIGHT / 2)
    painter.setFont(font(BADGE_SIZE, QFont.Weight.DemiBold))
    painter.setPen(parse_color(ink))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, parts.badge)
