"""What is drawn over the picture: the selection, port dots, guide lines and the rubber band."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.canvas.buffers import draw_rects
from app.canvas.painter import LABEL_ZOOM
from app.theme import tint
from models.design.elements import Id
from models.picture import STYLES

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

PORT_RADIUS = 5.0
HANDLE = 8.0
HOVER_WIDTH = 1.8
HOVER_ALPHA = 110
MANY = 400


def paint_selection(painter: QPainter, canvas: CanvasView) -> None:
    """Outline the selected nodes and boundaries and draw the selected flows in the accent color."""
    chosen = canvas.session.selection
    if not chosen:
        return
    accent = tint(canvas.theme, "selection")
    picture, camera = canvas.picture, canvas.camera
    rows = selected_rows(canvas)
    if len(rows) > MANY:
        rects = picture.nodes.rects[rows].astype(np.float64)
        rects[:, :2] = (rects[:, :2] - (camera.x, camera.y)) * camera.zoom
        rects[:, 2:] *= camera.zoom
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(accent, 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        draw_rects(painter, rects)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        return
    flows = np.array([picture.flows.row[key] for key in chosen if key in picture.flows.row], np.int_)
    paint_flows(painter, canvas, flows, 2.4)
    for row in rows.tolist():
        outline(painter, camera.rect_to_view(QRectF(*picture.nodes.rects[row].tolist())), accent)
    for key in chosen:
        row = picture.boundaries.row.get(key)
        if row is not None:
            outline(painter, camera.rect_to_view(QRectF(*picture.boundaries.rects[row].tolist())), accent)


def paint_flows(painter: QPainter, canvas: CanvasView, rows: NDArray[np.int_], width: float) -> None:
    """Draw these flows in the accent color, their labels over the lines."""
    picture, camera, scene = canvas.picture, canvas.camera, canvas.scene
    for row in rows.tolist():
        points, code = picture.flows.path(row), scene.accent_code
        scene.styled_line(painter, points, STYLES[int(picture.flows.styles[row])], code, camera, width)
        scene.arrow(painter, points, code, camera)
    if camera.zoom >= LABEL_ZOOM:
        scene.labels(painter, picture, camera, rows)


def paint_hovered(painter: QPainter, canvas: CanvasView) -> None:
    """Show which flow or boundary a press would take; a node shows its ports."""
    found = canvas.hovered
    if found is None or found.element in canvas.session.selection:
        return
    if found.part == "flow":
        paint_flows(painter, canvas, np.array([found.row], np.int_), HOVER_WIDTH)
    elif found.part == "boundary":
        faint = QColor(tint(canvas.theme, "accent"))
        faint.setAlpha(HOVER_ALPHA)
        outline(
            painter, canvas.camera.rect_to_view(QRectF(*canvas.picture.boundaries.rects[found.row].tolist())), faint
        )


def selected_rows(canvas: CanvasView, chosen: frozenset[Id] | None = None) -> np.ndarray:
    """Return the rows of the chosen nodes, or the selected ones, shape (k,); a node with several boxes has several."""
    nodes = canvas.picture.nodes
    chosen = canvas.session.selection if chosen is None else chosen
    if len(chosen) * 4 < len(nodes):
        found = {nodes.row[key] for key in chosen if key in nodes.row}
        found |= {nodes.row[f"{key}/{n}"] for key in chosen for n in range(8) if f"{key}/{n}" in nodes.row}
        return np.array(sorted(found), np.int_)
    return np.flatnonzero(np.fromiter((key in chosen for key in nodes.elements), np.bool_, len(nodes)))


def outline(painter: QPainter, box: QRectF, color: QColor) -> None:
    """Draw the frame of something selected, a little outside of it."""
    painter.setPen(QPen(color, 2.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box.adjusted(-3, -3, 3, 3), 8, 8)


def ports(box: QRectF) -> tuple[QPointF, ...]:
    """Return the four places on a box where a flow may be drawn from: right, left, bottom, top."""
    center = box.center()
    return (
        QPointF(box.right(), center.y()),
        QPointF(box.left(), center.y()),
        QPointF(center.x(), box.bottom()),
        QPointF(center.x(), box.top()),
    )


def paint_ports(painter: QPainter, box: QRectF, accent: QColor, ground: QColor) -> None:
    """Draw the port dots of a box in viewport pixels."""
    painter.setPen(QPen(accent, 1.6))
    painter.setBrush(ground)
    for port in ports(box):
        painter.drawEllipse(port, PORT_RADIUS, PORT_RADIUS)


def handles(box: QRectF) -> dict[str, QPointF]:
    """Return the eight places by which a boundary is resized, by compass point."""
    center = box.center()
    return {
        "nw": box.topLeft(),
        "n": QPointF(center.x(), box.top()),
        "ne": box.topRight(),
        "e": QPointF(box.right(), center.y()),
        "se": box.bottomRight(),
        "s": QPointF(center.x(), box.bottom()),
        "sw": box.bottomLeft(),
        "w": QPointF(box.left(), center.y()),
    }


def paint_handles(painter: QPainter, box: QRectF, accent: QColor, ground: QColor) -> None:
    """Draw the resize handles of a box in viewport pixels."""
    painter.setPen(QPen(accent, 1.4))
    painter.setBrush(ground)
    for at in handles(box).values():
        painter.drawRect(QRectF(at.x() - HANDLE / 2, at.y() - HANDLE / 2, HANDLE, HANDLE))


def paint_flow_handles(
    painter: QPainter, ends: list[QPointF], stations: list[QPointF], accent: QColor, ground: QColor
) -> None:
    """Draw the dots by which a flow's ends are dragged, and the squares of its waypoints, in viewport pixels."""
    painter.setPen(QPen(accent, 1.6))
    painter.setBrush(ground)
    for at in ends:
        painter.drawEllipse(at, PORT_RADIUS, PORT_RADIUS)
    painter.setBrush(accent)
    for at in stations:
        painter.drawRect(QRectF(at.x() - 3, at.y() - 3, 6, 6))


def paint_guides(painter: QPainter, lines: list[QLineF], color: QColor) -> None:
    """Draw the lines that show what a moved box is aligned with."""
    painter.setPen(QPen(color, 1.0, Qt.PenStyle.DashLine))
    painter.drawLines(lines)


def paint_band(painter: QPainter, box: QRectF, accent: QColor) -> None:
    """Draw the rubber band."""
    fill = QColor(accent)
    fill.setAlpha(28)
    painter.setPen(QPen(accent, 1.0))
    painter.setBrush(fill)
    painter.drawRect(box)
