"""A drawing to look at: pan, zoom and click, but no edit; for comparing variants, and small for previews."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.canvas.camera import Camera
from app.canvas.hits import hit
from app.canvas.painter import ScenePainter, polygon
from app.theme import font, tint
from models.design.design import Design
from models.design.elements import Id
from models.design.kinds import kinds
from models.picture import Picture, build
from models.themes import Theme

MARKS: dict[str, tuple[Qt.PenStyle, str]] = {
    "added": (Qt.PenStyle.SolidLine, "+"),
    "removed": (Qt.PenStyle.DashLine, "−"),
    "changed": (Qt.PenStyle.DotLine, "≠"),
}
"""How a change is drawn: its color is the theme's role of the same name, its line and sign read without color."""
MARK_WIDTH = 2.5
SIGN = 16.0
WHEEL_ZOOM = 1.0015
REACH = 6.0
CLICK = 4.0
PREVIEW_MARGIN = 10.0
BLOCK_COLORS = (0, 4, 3, 2, 7, 5, 6)
"""Colors of the series for categories, without the red that would look like a fault."""


class PictureView(QWidget):
    """Shows one design in one view, with its changes outlined."""

    camera_changed = Signal(object)
    """The camera, after a hand moved it."""
    clicked = Signal(str)
    """Id of the element under the pointer."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture: Picture = build(Design(), "services")
        self.camera = Camera(-32.0, -32.0, 1.0)
        self.marks: Mapping[Id, str] = {}
        self.current: Id = ""
        self._scene = ScenePainter(theme)
        self._pressed: tuple[QPointF, Camera] | None = None
        self.setAccessibleName(name)
        self.setMinimumSize(200, 140)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme."""
        self._scene = ScenePainter(theme)
        self.update()

    def show_picture(self, picture: Picture, marks: Mapping[Id, str]) -> None:
        """Show a picture with these elements marked as added, removed or changed."""
        self.picture, self.marks = picture, marks
        self.update()

    def set_camera(self, camera: Camera) -> None:
        """Look at another part, without telling."""
        if camera != self.camera:
            self.camera = camera
            self.update()

    def show_current(self, element: Id) -> None:
        """Frame one element and bring it into sight."""
        self.current = element
        box = self.box_of(element)
        if box is not None and not self.camera.rect_to_scene(QRectF(self.rect())).contains(box):
            center, middle = self.camera.rect_to_view(box).center(), QRectF(self.rect()).center()
            self._move(self.camera.panned(middle.x() - center.x(), middle.y() - center.y()))
        self.update()

    def box_of(self, element: Id) -> QRectF | None:
        """Return the scene rectangle of an element, or None if this picture does not show it."""
        nodes, flows, frames = self.picture.nodes, self.picture.flows, self.picture.boundaries
        if element in flows.row:
            x0, y0, x1, y1 = flows.boxes[flows.row[element]].tolist()
            return QRectF(x0, y0, x1 - x0, y1 - y0)
        if element in frames.row:
            return QRectF(*frames.rects[frames.row[element]].tolist())
        rows = [row for row, owner in enumerate(nodes.elements) if owner == element]
        return QRectF(*nodes.rects[rows[0]].tolist()) if rows else None

    def _move(self, camera: Camera) -> None:
        if camera != self.camera:
            self.camera = camera
            self.update()
            self.camera_changed.emit(camera)

    # -- Qt --------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """The picture, then the marks."""
        painter = QPainter(self)
        for _ in self._scene.steps(painter, self.picture, self.camera, [self.rect()], self.devicePixelRatioF()):
            pass
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for element, change in self.marks.items():
            self._mark(painter, element, change)
        box = self.box_of(self.current) if self.current else None
        if box is not None:
            painter.setPen(QPen(tint(self._scene.theme, "selection"), 2.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.camera.rect_to_view(box).adjusted(-8, -8, 8, 8), 10, 10)

    def _mark(self, painter: QPainter, element: Id, change: str) -> None:
        style, sign = MARKS[change]
        color = tint(self._scene.theme, change)
        pen = QPen(color, MARK_WIDTH, style)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        flows = self.picture.flows
        if element in flows.row:
            painter.drawPolyline(polygon(flows.path(flows.row[element]), self.camera))
            return
        nodes, frames = self.picture.nodes, self.picture.boundaries
        boxes = [nodes.rects[row] for row, owner in enumerate(nodes.elements) if owner == element]
        if element in frames.row:
            boxes = [frames.rects[frames.row[element]]]
        for rect in boxes:
            box = self.camera.rect_to_view(QRectF(*rect.tolist())).adjusted(-3, -3, 3, 3)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, 8, 8)
            self._sign(painter, box.topRight(), color, sign)

    def _sign(self, painter: QPainter, at: QPointF, color: QColor, sign: str) -> None:
        box = QRectF(at.x() - SIGN / 2, at.y() - SIGN / 2, SIGN, SIGN)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(box)
        painter.setFont(font(12))
        painter.setPen(tint(self._scene.theme, "card"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, sign)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the drawing."""
        self._pressed = (event.position(), self.camera)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan."""
        if self._pressed is not None:
            start, camera = self._pressed
            self._move(camera.panned(event.position().x() - start.x(), event.position().y() - start.y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go; without a movement it was a click."""
        if self._pressed is None:
            return
        moved = event.position() - self._pressed[0]
        self._pressed = None
        at = self.camera.to_scene(event.position())
        found = hit(self.picture, at.x(), at.y(), REACH / self.camera.zoom)
        if found is not None and moved.manhattanLength() < CLICK:
            self.clicked.emit(found.element)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer with Ctrl, else scroll."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._move(self.camera.zoomed(WHEEL_ZOOM ** event.angleDelta().y(), event.position()))
        else:
            by = event.angleDelta() / 2
            self._move(self.camera.panned(by.x(), by.y()))
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the same corner in the new size."""
        self.update()


def fitting(pictures: tuple[Picture, ...], size: QSizeF, margin: float = 32.0) -> Camera:
    """Return the camera that shows all of the pictures at once."""
    around = QRectF()
    for picture in pictures:
        if len(picture.nodes) or len(picture.boundaries):
            x0, y0, x1, y1 = picture.bounds
            around = around.united(QRectF(x0, y0, x1 - x0, y1 - y0))
    return Camera.fitting(around, size, margin)


def thumbnail(picture: Picture, theme: Theme, size: QSize, ratio: float = 1.0) -> QImage:
    """Return the picture as blocks, `size` logical pixels with `ratio` device pixels to each.

    Cards are blocks in a color per category: at this size names and borders would only be noise.
    """
    image = QImage(size * ratio, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(tint(theme, "canvas"))
    camera = fitting((picture,), QSizeF(size), PREVIEW_MARGIN)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(tint(theme, "boundary_border"), 1.0))
    painter.setBrush(tint(theme, "boundary_fill"))
    for rect in picture.boundaries.rects.tolist():
        painter.drawRoundedRect(camera.rect_to_view(QRectF(*rect)), 3, 3)
    painter.setPen(QPen(tint(theme, "faint"), 1.0))
    for row in range(len(picture.flows.ids)):
        painter.drawPolyline(polygon(picture.flows.path(row), camera))
    painter.setPen(Qt.PenStyle.NoPen)
    order = [str(category) for category in kinds().categories]
    for category, rect in zip(picture.nodes.categories, picture.nodes.rects.tolist(), strict=True):
        painter.setBrush(
            tint(
                theme,
                f"series/{BLOCK_COLORS[order.index(category) % len(BLOCK_COLORS)]}" if category in order else "faint",
            )
        )
        painter.drawRoundedRect(camera.rect_to_view(QRectF(*rect)), 2, 2)
    painter.end()
    return image
