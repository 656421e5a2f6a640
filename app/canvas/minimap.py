"""The minimap: the whole drawing small, with the frame of what is in sight; a click or drag goes there."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSizeF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from app.canvas.buffers import draw_rects
from app.canvas.camera import Camera
from app.canvas.changes import lies_alike
from app.canvas.view import CanvasView
from app.theme import tint
from app.words import say

WIDTH, HEIGHT = 148, 84
MARGIN = 6.0


class Minimap(QWidget):
    """Shows cards as blocks; hidden while nothing is drawn or there is no room for it."""

    def __init__(self, canvas: CanvasView, parent: QWidget) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._drawn: QPixmap | None = None
        self._drawn_in = canvas.theme
        self._picture = canvas.picture
        self._crowded = False
        self.setFixedSize(WIDTH, HEIGHT)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(say("Overview of the drawing"))
        canvas.camera_changed.connect(self.update)
        canvas.picture_changed.connect(self._on_picture)

    def _on_picture(self) -> None:
        before, self._picture = self._picture, self._canvas.picture
        self._show_or_hide()
        if before.bounds != self._picture.bounds or not lies_alike(before, self._picture):
            self._drawn = None
            self.update()

    def give_way(self, crowded: bool) -> None:
        """Stay hidden while the canvas is too small to spare the room."""
        self._crowded = crowded
        self._show_or_hide()

    def _show_or_hide(self) -> None:
        self.setVisible(self._canvas.draws_something and not self._crowded)

    def _map(self) -> Camera:
        x0, y0, x1, y1 = self._canvas.picture.bounds
        whole = QRectF(x0, y0, max(1.0, x1 - x0), max(1.0, y1 - y0))
        return Camera.fitting(whole, QSizeF(WIDTH, HEIGHT), MARGIN, 0.2)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The blocks, then the frame."""
        theme = self._canvas.theme
        painter = QPainter(self)
        stale = self._drawn_in is not theme
        if self._drawn is None or stale or self._drawn.devicePixelRatio() != self.devicePixelRatioF():
            self._drawn, self._drawn_in = self._render(), theme
        painter.drawPixmap(0, 0, self._drawn)
        seen = self._canvas.camera.rect_to_scene(QRectF(self._canvas.rect()))
        frame = self._map().rect_to_view(seen).intersected(QRectF(1, 1, WIDTH - 2, HEIGHT - 2))
        painter.setPen(QPen(tint(theme, "accent"), 1.5))
        painter.drawRect(frame)

    def _render(self) -> QPixmap:
        theme, picture, camera = self._canvas.theme, self._canvas.picture, self._map()
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap(self.size() * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(tint(theme, "card"))
        painter = QPainter(pixmap)
        painter.setPen(tint(theme, "card_border"))
        painter.drawRect(0, 0, WIDTH - 1, HEIGHT - 1)
        for rects, role in ((picture.boundaries.rects, "raised"), (picture.nodes.rects, "faint")):
            painter.setPen(tint(theme, "separator") if role == "raised" else Qt.PenStyle.NoPen)
            painter.setBrush(tint(theme, role))
            boxes = rects.astype(np.float64)
            boxes[:, :2] = (boxes[:, :2] - (camera.x, camera.y)) * camera.zoom
            boxes[:, 2:] = np.maximum(boxes[:, 2:] * camera.zoom, 1.0)
            draw_rects(painter, boxes)
        painter.end()
        return pixmap

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go there."""
        at = self._map().to_scene(event.position())
        canvas = self._canvas
        middle = canvas.camera.to_view(at)
        center = QRectF(canvas.rect()).center()
        canvas.set_camera(canvas.camera.panned(center.x() - middle.x(), center.y() - middle.y()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go along."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.mousePressEvent(event)
