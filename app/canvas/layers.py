"""The picture as a pixmap of the viewport: scrolled while panning, scaled while zooming, redrawn crisply in shares."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from time import perf_counter

from PySide6.QtCore import QPoint, QRect, QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPixmap, QRegion

from app.canvas.camera import Camera

Steps = Callable[[QPainter, Camera, Sequence[QRect]], Iterator[None]]
"""Paints places (viewport pixels) seen by the camera; yields between shares of the work."""


class SceneLayer:
    """Holds the last drawn picture and brings it up to date within a time budget."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._pixmap = QPixmap()
        self._camera: Camera | None = None
        self._stale = True
        self._next: QPixmap | None = None
        self._next_camera = Camera()
        self._job: Iterator[None] | None = None
        self._painter: QPainter | None = None

    def resize(self, size: QSize, ratio: float) -> None:
        """Take the viewport's size; the old picture stays visible until the new one is drawn."""
        if size * ratio != self._pixmap.size() or ratio != self._pixmap.devicePixelRatio():
            self._abandon()
            fresh = QPixmap(size * ratio)
            fresh.setDevicePixelRatio(ratio)
            self._pixmap, self._camera = fresh, None

    def invalidate(self) -> None:
        """Draw everything anew at the next chance."""
        self._stale = True
        self._abandon()

    @property
    def has_work(self) -> bool:
        """Whether a crisp picture is still to come."""
        return self._job is not None or self._stale

    def shows(self, camera: Camera) -> bool:
        """Whether a picture as `camera` sees it is there, though it may be out of date."""
        return self._camera == camera

    def needs_scaling(self, camera: Camera) -> bool:
        """Whether the last picture has another zoom than `camera`."""
        return self._camera is not None and self._camera.zoom != camera.zoom

    def advance(self, camera: Camera, budget_s: float | None) -> bool:
        """Work on the crisp picture for `budget_s` seconds, or to its end; returns whether it is ready.

        A share that takes as long as the one before has to fit as well; the first one is always painted.
        """
        if self._job is not None and self._next_camera.zoom != camera.zoom:
            self._abandon()
        if self._job is None:
            self._begin(camera)
        start = before = perf_counter()
        job = self._job
        assert job is not None
        for _ in job:
            now = perf_counter()
            if budget_s is not None and (now - start) + (now - before) > budget_s:
                return False
            before = now
        self._finish()
        return True

    def pan_to(self, camera: Camera) -> None:
        """Scroll the picture to the camera and draw the uncovered strips."""
        shown = self._camera
        if shown is None or shown.zoom != camera.zoom or shown == camera:
            return
        ratio = self._pixmap.devicePixelRatio()
        dx = round((shown.x - camera.x) * camera.zoom * ratio)
        dy = round((shown.y - camera.y) * camera.zoom * ratio)
        size = self._pixmap.size()
        if abs(dx) >= size.width() or abs(dy) >= size.height():
            self._camera = None
            self._stale = True
            return
        self._pixmap.scroll(dx, dy, self._pixmap.rect())
        self._camera = camera
        for strip in _uncovered(size, QPoint(dx, dy)):
            area = QRectF(strip.x() / ratio, strip.y() / ratio, strip.width() / ratio, strip.height() / ratio)
            self._paint([area.toAlignedRect()])

    def repaint(self, places: Sequence[QRect]) -> QRegion:
        """Draw some places of the viewport anew, at once; return them together."""
        return self._paint([] if self._stale else places)

    def draw(self, painter: QPainter, camera: Camera, ground: QColor) -> None:
        """Draw the last picture as the camera sees it, scaled if its own camera had another zoom."""
        if self._camera is None:
            painter.fillRect(painter.viewport(), ground)
            return
        if self._camera == camera:
            painter.drawPixmap(0, 0, self._pixmap)
            return
        painter.fillRect(painter.viewport(), ground)
        ratio = self._pixmap.devicePixelRatio()
        seen = self._camera.rect_to_scene(QRectF(0, 0, self._pixmap.width() / ratio, self._pixmap.height() / ratio))
        painter.drawPixmap(camera.rect_to_view(seen), self._pixmap, QRectF(self._pixmap.rect()))

    def _paint(self, places: Sequence[QRect]) -> QRegion:
        region = region_of(places)
        if not places or self._camera is None:
            return region
        painter = QPainter(self._pixmap)
        painter.setClipRegion(region)
        for _ in self._steps(painter, self._camera, places):
            pass
        painter.end()
        return region

    def _begin(self, camera: Camera) -> None:
        ratio = self._pixmap.devicePixelRatio()
        target = QPixmap(self._pixmap.size())
        target.setDevicePixelRatio(ratio)
        self._next, self._next_camera = target, camera
        self._painter = QPainter(target)
        area = QRectF(0, 0, target.width() / ratio, target.height() / ratio)
        self._job = self._steps(self._painter, camera, [area.toAlignedRect()])
        self._stale = False

    def _finish(self) -> None:
        assert self._painter is not None
        assert self._next is not None
        self._painter.end()
        self._pixmap, self._camera = self._next, self._next_camera
        self._job = self._painter = self._next = None

    def _abandon(self) -> None:
        if self._painter is not None:
            self._painter.end()
            self._stale = True
        self._job = self._painter = self._next = None


def region_of(places: Sequence[QRect]) -> QRegion:
    """Return all places together."""
    region = QRegion()
    for place in places:
        region += place
    return region


def _uncovered(size: QSize, by: QPoint) -> Iterator[QRect]:
    """Yield the strips that scrolling by `by` uncovers, without overlap."""
    width, height = size.width(), size.height()
    dx, dy = by.x(), by.y()
    if dx:
        yield QRect(0 if dx > 0 else width + dx, 0, abs(dx), height)
    if dy:
        left = max(0, dx)
        yield QRect(left, 0 if dy > 0 else height + dy, width - abs(dx), abs(dy))
