"""What a drag shows before it is committed: moved cards and the flows that follow them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPen

from app.canvas.buffers import draw_lines
from app.canvas.cards import DETAIL_ZOOM, MARGIN
from app.canvas.flow_lines import segments
from app.canvas.hits import nodes_in
from app.canvas.painter import to_view
from models.picture import STYLES, Picture

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

ROUTED = 16
"""So many stretched flows are drawn around corners; more as straight lines."""


def paint_moving(
    painter: QPainter,
    canvas: CanvasView,
    moved: Picture,
    rows: NDArray[np.int_],
    carried: NDArray[np.bool_],
    stretched: NDArray[np.bool_],
    by: QPointF,
) -> None:
    """Draw the moved cards and their flows.

    Args:
        moved: the picture with the cards where they are now.
        carried: flows that move as a whole, shape (m,).
        stretched: flows of which one end moves, shape (m,).
    """
    camera, scene = canvas.camera, canvas.scene
    lines = segments(canvas.picture.flows, np.flatnonzero(carried))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(scene.flow_color(255), 1.0))
    draw_lines(painter, to_view(lines + np.array([by.x(), by.y(), by.x(), by.y()]), camera))
    found = np.flatnonzero(stretched)
    if len(found) > ROUTED:
        draw_lines(painter, to_view(_straight(moved, found), camera))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if len(found) <= ROUTED:
        for row in found.tolist():
            points = elbow(end_box(moved, int(moved.flows.sources[row])), end_box(moved, int(moved.flows.targets[row])))
            code = int(moved.flows.colors[row])
            scene.styled_line(painter, points, STYLES[int(moved.flows.styles[row])], code, camera)
            scene.arrow(painter, points, code, camera)
    _paint_cards(painter, canvas, moved, rows)


def _paint_cards(painter: QPainter, canvas: CanvasView, moved: Picture, rows: NDArray[np.int_]) -> None:
    camera = canvas.camera
    seen = camera.rect_to_scene(QRectF(canvas.rect()))
    shown = nodes_in(moved, seen.left() - MARGIN, seen.top() - MARGIN, seen.right(), seen.bottom())
    rows = rows[shown[rows]]
    if camera.zoom < DETAIL_ZOOM:
        painter.save()
        painter.translate(-camera.x * camera.zoom, -camera.y * camera.zoom)
        canvas.scene.cards.draw_plain(painter, moved.nodes, rows, camera.zoom)
        painter.restore()
        return
    ratio = canvas.devicePixelRatioF()
    canvas.scene.cards.use(camera.zoom, ratio)
    for row in rows.tolist():
        canvas.scene.card(painter, moved, row, camera, ratio)


def _straight(moved: Picture, rows: NDArray[np.int_]) -> NDArray[np.float64]:
    """Return center to center lines of flows, shape (k, 4)."""
    rects = moved.nodes.rects.astype(np.float64)
    centers = rects[:, :2] + rects[:, 2:] / 2
    sources, targets = np.maximum(moved.flows.sources[rows], 0), np.maximum(moved.flows.targets[rows], 0)
    joined: NDArray[np.float64] = np.concatenate([centers[sources], centers[targets]], axis=1)
    return joined


def end_box(picture: Picture, end: int) -> QRectF:
    """Return the scene rectangle that a flow ends at: a card's row, or `-1 - b` for a collapsed boundary."""
    rects = picture.nodes.rects[end] if end >= 0 else picture.boundaries.rects[-1 - end]
    return QRectF(*rects.tolist())


def elbow(source: QRectF, target: QRectF) -> NDArray[np.float32]:
    """Return an orthogonal line from box to box with at most two corners, shape (k, 2)."""
    start, end = source.center(), target.center()
    across = abs(end.x() - start.x()) - (source.width() + target.width()) / 2
    along = abs(end.y() - start.y()) - (source.height() + target.height()) / 2
    if across >= along:
        right = end.x() >= start.x()
        x0 = source.right() if right else source.left()
        x1 = target.left() if right else target.right()
        middle = (x0 + x1) / 2
        points = [(x0, start.y()), (middle, start.y()), (middle, end.y()), (x1, end.y())]
    else:
        down = end.y() >= start.y()
        y0 = source.bottom() if down else source.top()
        y1 = target.top() if down else target.bottom()
        middle = (y0 + y1) / 2
        points = [(start.x(), y0), (start.x(), middle), (end.x(), middle), (end.x(), y1)]
    return np.array(points, np.float32)
