"""The camera: which part of the drawing the viewport shows, as a value."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSizeF

MINIMUM_ZOOM = 0.02
MAXIMUM_ZOOM = 4.0


class Camera(NamedTuple):
    """Scene coordinates are pixels of the drawing at 100 %; `x` and `y` lie at the viewport's upper left corner."""

    x: float = 0.0
    y: float = 0.0
    zoom: float = 1.0

    def to_scene(self, point: QPointF) -> QPointF:
        """Return the scene point under a point of the viewport."""
        return QPointF(self.x + point.x() / self.zoom, self.y + point.y() / self.zoom)

    def to_view(self, point: QPointF) -> QPointF:
        """Return where a scene point appears in the viewport."""
        return QPointF((point.x() - self.x) * self.zoom, (point.y() - self.y) * self.zoom)

    def rect_to_view(self, rect: QRectF) -> QRectF:
        """Return where a scene rectangle appears in the viewport."""
        corner = self.to_view(rect.topLeft())
        return QRectF(corner.x(), corner.y(), rect.width() * self.zoom, rect.height() * self.zoom)

    def rect_to_scene(self, rect: QRectF) -> QRectF:
        """Return the scene rectangle under a rectangle of the viewport."""
        corner = self.to_scene(rect.topLeft())
        return QRectF(corner.x(), corner.y(), rect.width() / self.zoom, rect.height() / self.zoom)

    def panned(self, dx: float, dy: float) -> Camera:
        """Return the camera after the picture moved by (dx, dy) viewport pixels."""
        return Camera(self.x - dx / self.zoom, self.y - dy / self.zoom, self.zoom)

    def zoomed(self, factor: float, at: QPointF) -> Camera:
        """Return the camera after zooming by `factor`, with the scene point under `at` staying where it is."""
        zoom = min(MAXIMUM_ZOOM, max(MINIMUM_ZOOM, self.zoom * factor))
        fixed = self.to_scene(at)
        return Camera(fixed.x() - at.x() / zoom, fixed.y() - at.y() / zoom, zoom)

    @staticmethod
    def fitting(
        rect: QRectF, viewport: QSizeF, margin: float = 32.0, largest: float = 1.0, foot: float = 0.0
    ) -> Camera:
        """Return the camera that shows `rect` centered, `margin` viewport pixels around it, zoom at most `largest`.

        Args:
            foot: height in viewport pixels of what floats at the bottom; it is left free where there is room above.
        """
        if rect.isEmpty():
            return Camera(-margin, -margin, 1.0)
        room_x = max(1.0, viewport.width() - 2 * margin)
        room_y = max(1.0, viewport.height() - 2 * margin)
        zoom = max(MINIMUM_ZOOM, min(largest, room_x / rect.width(), room_y / rect.height()))
        free = viewport.height() - rect.height() * zoom
        above = min(free / 2, max(margin, free - foot))
        return Camera(rect.center().x() - viewport.width() / zoom / 2, rect.top() - above / zoom, zoom)
