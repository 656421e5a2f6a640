"""Arrow heads from an atlas: one image per direction and color, drawn in one call."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPixmap, QPolygonF

from app.canvas.buffers import FRAGMENT_WIDTH, draw_fragments
from app.canvas.camera import Camera
from app.canvas.cards import CODES
from app.theme import parse_color
from models.picture.columns import FlowColumns
from models.themes import NO_COLOR, Theme

ARROW = 7.0
"""Length and width of an arrow head, in scene pixels."""
DIRECTIONS = ((1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0))


class ArrowCache:
    """Keeps the atlas of one scale; routes are orthogonal, so that four directions are all there are."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._scale = 0.0
        self._ratio = 1.0
        self._atlas: QPixmap | None = None

    def use(self, zoom: float, ratio: float) -> None:
        """Choose the scale of the images."""
        if zoom * ratio != self._scale:
            self._scale, self._ratio, self._atlas = zoom * ratio, ratio, None

    def draw(self, painter: QPainter, flows: FlowColumns, rows: NDArray[np.int_], camera: Camera) -> None:
        """Draw the heads of these flows."""
        ends = flows.offsets[rows + 1].astype(np.int_)
        rows, ends = rows[ends - flows.offsets[rows] > 1], ends[ends - flows.offsets[rows] > 1]
        tips = flows.points[ends - 1].astype(np.float64)
        along = tips - flows.points[ends - 2]
        lying = np.abs(along[:, 0]) >= np.abs(along[:, 1])
        direction = np.where(lying, np.where(along[:, 0] >= 0, 0, 1), np.where(along[:, 1] >= 0, 2, 3))
        size = self._size()
        corner = np.round((tips - (camera.x, camera.y)) * self._scale) - np.array(_TIPS)[direction] * size
        codes = flows.colors[rows]
        fragments = np.empty((len(rows), FRAGMENT_WIDTH))
        fragments[:, 0:2] = (corner + size / 2) / self._ratio
        fragments[:, 2] = direction * float(size)
        fragments[:, 3] = np.where(codes == NO_COLOR, len(CODES) - 1, codes) * float(size)
        fragments[:, 4:6] = size
        fragments[:, 6:8] = 1.0 / self._ratio
        fragments[:, 8], fragments[:, 9] = 0.0, 1.0
        if self._atlas is None:
            self._atlas = self._render()
        draw_fragments(painter, fragments, self._atlas)

    def _size(self) -> int:
        return 2 * math.ceil(ARROW * self._scale / 2)

    def _render(self) -> QPixmap:
        size = self._size()
        atlas = QPixmap(size * len(DIRECTIONS), size * len(CODES))
        atlas.fill(Qt.GlobalColor.transparent)
        painter = QPainter(atlas)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        length = ARROW * self._scale
        for slot, code in enumerate(CODES):
            painter.setBrush(parse_color(self._theme.color(code) or self._theme.flow))
            for number, (x, y) in enumerate(DIRECTIONS):
                left, top = _TIPS[number]
                tip = QPointF((number + left) * size, (slot + top) * size)
                base = QPointF(tip.x() - x * length, tip.y() - y * length)
                side = QPointF(-y * length / 2, x * length / 2)
                painter.drawPolygon(QPolygonF([tip, base + side, base - side]))
        painter.end()
        return atlas


_TIPS = ((1.0, 0.5), (0.0, 0.5), (0.5, 1.0), (0.5, 0.0))
"""Where in its image each direction's tip is, as shares of the size."""
