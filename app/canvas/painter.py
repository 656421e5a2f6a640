"""Paints a picture in steps: ground, boundaries, flows, cards, labels; between steps the caller may pause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QPainter, QPen, QPolygonF

from app.canvas.arrows import ARROW, ArrowCache
from app.canvas.buffers import draw_lines, draw_rects
from app.canvas.camera import Camera
from app.canvas.cards import CARD_ZOOM, COMPACT_MOST, DETAIL_ZOOM, MARGIN, NAME_ZOOM, CardCache, folded_look
from app.canvas.flow_lines import DOUBLE, beside, doubled, segments
from app.canvas.hits import nodes_in
from app.canvas.layers import region_of
from app.canvas.marks import card_marks, paint_marks
from app.canvas.raster import WORTHWHILE, draw_many_lines
from app.canvas.sight import Sight
from app.icons import paint_icon
from app.theme import GRID, font, parse_color, tint
from models.icons import icon_for
from models.picture import STYLES, Picture
from models.picture.cards import BOUNDARY_SIZE, LABEL_SIZE, TEXT_SIZE, text_lines
from models.picture.columns import FlowColumns
from models.themes import Theme, role_code
from models.typeface import elide, text_width

CARDS_A_STEP, LABELS_A_STEP, FLOWS_A_STEP = 3, 20, 3_000
LABEL_ZOOM = 0.55
GRID_ZOOM = 0.7
SMALLEST_TITLE, SMALLEST_TEXT = 9.0, 3
SMALL_BOUNDARY = 72.0
"""Boundaries narrower than this on the screen have no title, pixels."""
FARTHEST_TEXT = 600.0
"""Half the width of the widest text that is looked for beyond what is painted, in scene pixels."""
VEIL = 205
"""Opacity of what dims the drawing around a focus, of 255."""
THIN, THICK, THICK_ZOOM = 1.0, 2.0, 1.6
DASHES: dict[str, list[float]] = {"message": [6.0, 4.0], "batch": [1.2, 4.0]}


@dataclass(frozen=True, slots=True, eq=False)
class Hidden:
    """Rows that another layer shows: nodes and flows on their way, boundaries being moved or resized."""

    nodes: NDArray[np.bool_]
    flows: NDArray[np.bool_]
    boundaries: NDArray[np.bool_]


class Shown(NamedTuple):
    """Rows of flows, cards and labels to be painted."""

    flows: NDArray[np.int_]
    cards: NDArray[np.int_]
    labels: NDArray[np.int_]


@dataclass(frozen=True, slots=True, eq=False)
class Focus:
    """Rows that stand out; all others are dimmed."""

    nodes: NDArray[np.bool_]
    flows: NDArray[np.bool_]


class ScenePainter:
    """Paints pictures in one theme."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.cards = CardCache(theme)
        self.arrows = ArrowCache(theme)
        self.accent_code = role_code("accent")

    def steps(
        self,
        painter: QPainter,
        picture: Picture,
        camera: Camera,
        places: Sequence[QRect],
        ratio: float = 1.0,
        hidden: Hidden | None = None,
        focus: Focus | None = None,
    ) -> Iterator[None]:
        """Paint what some places (viewport pixels) show; yields whenever a share of the work is done.

        `painter` is in viewport pixels, `ratio` device pixels to each, and clipped to the places if they are several.
        With a `focus` all else is dimmed.
        """
        self.cards.use(camera.zoom, ratio)
        self.arrows.use(camera.zoom, ratio)
        sight = Sight.through(places, camera)
        around = region_of(places).boundingRect()
        painter.fillRect(around, tint(self.theme, "canvas"))
        if camera.zoom >= GRID_ZOOM:
            self._grid(painter, camera, sight)
            yield
        titled = self._boundaries(painter, picture, camera, sight, hidden)
        yield
        shown = _in_sight(picture, sight, hidden, labeled=camera.zoom >= LABEL_ZOOM)
        yield from self._content(painter, picture, camera, shown, ratio, titled)
        if focus is not None:
            veil = QColor(tint(self.theme, "canvas"))
            veil.setAlpha(VEIL)
            painter.fillRect(around, veil)
            flows, cards, labels = shown
            lit = Shown(flows[focus.flows[flows]], cards[focus.nodes[cards]], labels[focus.flows[labels]])
            yield from self._content(painter, picture, camera, lit, ratio)

    def _content(
        self,
        painter: QPainter,
        picture: Picture,
        camera: Camera,
        shown: Shown,
        ratio: float,
        titled: Sequence[int] = (),
    ) -> Iterator[None]:
        """Paint flows, cards and labels.

        The titles of the boundaries `titled` are written over the flows that pass behind them.
        """
        yield from self._flows(painter, picture, camera, shown.flows)
        for row in titled:
            box = camera.rect_to_view(QRectF(*picture.boundaries.rects[row].tolist()))
            self._boundary_title(painter, picture, row, camera, _aligned(box), over=True)
        yield
        yield from self._cards(painter, picture, camera, shown.cards, ratio)
        for start in range(0, len(shown.labels), LABELS_A_STEP):
            self.labels(painter, picture, camera, shown.labels[start : start + LABELS_A_STEP])
            yield

    # -- ground ----------------------------------------------------------------------------------------------------

    def _grid(self, painter: QPainter, camera: Camera, sight: Sight) -> None:
        step, scene = GRID * 3, sight.around
        xs = np.arange(np.floor(scene.left() / step), np.ceil(scene.right() / step) + 1) * step
        ys = np.arange(np.floor(scene.top() / step), np.ceil(scene.bottom() / step) + 1) * step
        rows, columns = np.nonzero(sight.cells(xs, ys))
        x, y = np.round((xs - camera.x) * camera.zoom)[columns], np.round((ys - camera.y) * camera.zoom)[rows]
        painter.setPen(QPen(tint(self.theme, "grid"), 1.0))
        draw_lines(painter, np.stack([x, y, x + 1, y], axis=1))

    def _boundaries(
        self, painter: QPainter, picture: Picture, camera: Camera, sight: Sight, hidden: Hidden | None
    ) -> list[int]:
        """Paint the boundaries in sight, outer before inner; return those with a title and a ground of their own."""
        rects = picture.boundaries.rects
        shown = sight.sees(np.concatenate([rects[:, :2], rects[:, :2] + rects[:, 2:]], axis=1))
        if hidden is not None:
            shown &= ~hidden.boundaries
        small = ~picture.boundaries.collapsed & ~picture.boundaries.texts & (rects[:, 2] * camera.zoom < SMALL_BOUNDARY)
        depths = picture.boundaries.depths + np.where(picture.boundaries.overlays, len(rects), 0)
        for depth in np.unique(depths[shown]).tolist():
            level = shown & (depths == depth)
            self._small_boundaries(painter, picture, camera, np.flatnonzero(level & small))
            for row in np.flatnonzero(level & ~small).tolist():
                box = camera.rect_to_view(QRectF(*rects[row].tolist()))
                self.boundary(painter, picture, row, camera, box, titled=bool(picture.boundaries.overlays[row]))
        plain = ~picture.boundaries.collapsed & ~picture.boundaries.texts & ~picture.boundaries.overlays
        return np.flatnonzero(shown & plain & ~small).tolist()

    def _small_boundaries(self, painter: QPainter, picture: Picture, camera: Camera, rows: NDArray[np.int_]) -> None:
        """Paint boundaries of one depth that are too small for a title, in one call."""
        if not len(rows):
            return
        pen, brush = self._boundary_look(picture, int(rows[0]))
        painter.setPen(pen)
        painter.setBrush(brush)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        boxes = picture.boundaries.rects[rows].astype(np.float64)
        boxes[:, :2] -= (camera.x, camera.y)
        draw_rects(painter, np.round(boxes * camera.zoom))

    def _boundary_look(self, picture: Picture, row: int) -> tuple[QPen, QBrush]:
        bounds = picture.boundaries
        pen = QPen(tint(self.theme, "boundary_border"), 1.0)
        if bounds.overlays[row]:
            pen.setStyle(Qt.PenStyle.DashLine)
            return pen, QBrush(Qt.BrushStyle.NoBrush)
        nested = "boundary_nested_fill" if int(bounds.depths[row]) % 2 else "boundary_fill"
        return pen, QBrush(tint(self.theme, nested))

    def boundary(
        self, painter: QPainter, picture: Picture, row: int, camera: Camera, box: QRectF, *, titled: bool = True
    ) -> None:
        """Paint the boundary of a row as `box` in viewport pixels; a collapsed one is a card.

        Not `titled`, its title is written later, over the flows.
        """
        bounds = picture.boundaries
        if bounds.collapsed[row]:
            self._collapsed(painter, picture, row, camera, box)
            return
        if bounds.texts[row]:
            self._text(painter, picture, row, camera, box)
            return
        pen, brush = self._boundary_look(picture, row)
        painter.setPen(pen)
        painter.setBrush(brush)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = min(8.0, 10.0 * camera.zoom)
        painter.drawRoundedRect(_aligned(box), radius, radius)
        if titled:
            self._boundary_title(painter, picture, row, camera, _aligned(box))

    def _collapsed(self, painter: QPainter, picture: Picture, row: int, camera: Camera, box: QRectF) -> None:
        """Paint a collapsed boundary as a stack of cards with the number of its nodes and the total of the lens."""
        ratio = painter.device().devicePixelRatio()
        self.cards.use(camera.zoom, ratio)
        width, height = box.width(), box.height()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(tint(self.theme, "card_border"), 1.0))
        painter.setBrush(tint(self.theme, "card"))
        for shift in (6.0, 3.0):
            by = shift * camera.zoom
            painter.drawRoundedRect(QRectF(box.x() + by, box.y() + by, width, height), 6, 6)
        pixmap = self.cards.of(folded_look(picture, row), camera.zoom < DETAIL_ZOOM)
        inset = MARGIN * camera.zoom
        at = QRectF(box.x() - inset, box.y() - inset, pixmap.width() / ratio, pixmap.height() / ratio)
        painter.drawPixmap(at, pixmap, QRectF(pixmap.rect()))

    def _text(self, painter: QPainter, picture: Picture, row: int, camera: Camera, box: QRectF) -> None:
        """Write a free text; its lines break at the same words at every zoom."""
        size = round(TEXT_SIZE * camera.zoom)
        if size < SMALLEST_TEXT:
            return
        _, _, width, height = (float(value) for value in picture.boundaries.rects[row])
        painter.setFont(font(size))
        painter.setPen(tint(self.theme, "text"))
        for x, y, line in text_lines(picture.boundaries.titles[row], width, height):
            painter.drawText(QPointF(box.x() + x * camera.zoom, box.y() + y * camera.zoom), line)

    def _boundary_title(
        self, painter: QPainter, picture: Picture, row: int, camera: Camera, box: QRectF, *, over: bool = False
    ) -> None:
        """Write the title of a boundary; `over` flows it stands on its own ground."""
        bounds = picture.boundaries
        size = max(SMALLEST_TITLE, BOUNDARY_SIZE * min(camera.zoom * 1.6, 1.0), BOUNDARY_SIZE * camera.zoom)
        if box.width() < 48 or box.height() < size + 4:
            return
        copies = int(bounds.copies[row])
        title = bounds.titles[row] + (f" × {copies}" if copies > 1 else "")
        inset = max(4.0, 14.0 * camera.zoom)
        painter.setFont(font(round(size), QFont.Weight.DemiBold))
        painter.setPen(tint(self.theme, "boundary_title"))
        shown = elide(title, round(size), box.width() - 2 * inset, "semibold")
        if over:
            width = text_width(shown, round(size), "semibold")
            behind = QRectF(box.x() + inset - 3, box.y() + inset - size * 0.45, width + 6, size * 1.3)
            painter.fillRect(behind, self._boundary_look(picture, row)[1])
        painter.drawText(QPointF(box.x() + inset, box.y() + inset + size * 0.55), shown)

    # -- flows -----------------------------------------------------------------------------------------------------

    def _flows(self, painter: QPainter, picture: Picture, camera: Camera, rows: NDArray[np.int_]) -> Iterator[None]:
        flows = picture.flows
        looks = flows.colors[rows].astype(np.int_)
        detailed = camera.zoom >= DETAIL_ZOOM
        if detailed:
            looks = looks * len(STYLES) + flows.styles[rows]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        alike = [(look, rows[looks == look]) for look in np.flatnonzero(np.bincount(looks)).tolist()]
        shares = [
            (look, each[at : at + FLOWS_A_STEP]) for look, each in alike for at in range(0, len(each), FLOWS_A_STEP)
        ]
        count = int((flows.offsets[rows + 1] - flows.offsets[rows]).sum())
        if not detailed and count > WORTHWHILE and painter.device().devicePixelRatio() == 1:
            lines = ((to_view(segments(flows, each), camera), self.flow_color(code)) for code, each in shares)
            yield from draw_many_lines(painter, lines)
            return
        for look, each in shares:
            code, style = divmod(look, len(STYLES)) if detailed else (look, 0)
            painter.setPen(self._pen(code, STYLES[style], THIN if camera.zoom < THICK_ZOOM else THICK))
            for part in doubled(flows, each) if STYLES[style] == "stream" else [segments(flows, each)]:
                draw_lines(painter, to_view(part, camera))
            yield
        if detailed:
            self.arrows.draw(painter, flows, rows, camera)

    def _pen(self, code: int, style: str, width: float) -> QPen:
        pen = QPen(self.flow_color(code), width)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if style in DASHES:
            pen.setDashPattern([length / width for length in DASHES[style]])
        return pen

    def flow_color(self, code: int) -> QColor:
        """Return the color of a flow's color code."""
        return parse_color(self.theme.color(code) or self.theme.flow)

    def styled_line(
        self, painter: QPainter, points: NDArray[np.float32], style: str, code: int, camera: Camera, width: float = 1.4
    ) -> None:
        """Draw a flow line: request solid, message dashed, stream double, batch dotted."""
        if len(points) < 2:
            return
        painter.setPen(self._pen(code, style, width))
        for line in [beside(points, -DOUBLE), beside(points, DOUBLE)] if style == "stream" else [points]:
            painter.drawPolyline(polygon(line, camera))

    def arrow(self, painter: QPainter, points: NDArray[np.float32], code: int, camera: Camera) -> None:
        """Draw the arrow head at the end of a flow."""
        if len(points) < 2:
            return
        tip, before = points[-1].astype(np.float64), points[-2].astype(np.float64)
        length = float(np.hypot(*(tip - before))) or 1.0
        along = (tip - before) / length
        across = np.array([-along[1], along[0]])
        base = tip - along * ARROW
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.flow_color(code))
        painter.drawPolygon(polygon(np.stack([tip, base + across * ARROW / 2, base - across * ARROW / 2]), camera))

    def labels(self, painter: QPainter, picture: Picture, camera: Camera, rows: NDArray[np.int_]) -> None:
        """Draw the labels of these flows, each on the ground it lies on."""
        flows, ink = picture.flows, tint(self.theme, "flow_label")
        grounds = [tint(self.theme, role) for role in ("canvas", "boundary_fill", "boundary_nested_fill")]
        size = LABEL_SIZE * camera.zoom
        painter.setFont(font(size))
        painter.setPen(ink)
        columns = flows.styles[rows].tolist(), flows.label_at[rows].tolist(), flows.label_fill[rows].tolist()
        for row, style, (x, y), ground in zip(rows.tolist(), *columns, strict=True):
            batch = STYLES[style] == "batch"
            text = flows.readings[row] or flows.labels[row]
            if not text and not batch:
                continue
            x, y = (x - camera.x) * camera.zoom, (y - camera.y) * camera.zoom
            clock = size + 4 if batch else 0.0
            width = text_width(text, size) + clock + 8
            box = QRectF(x - width / 2, y - size * 0.75, width, size * 1.5)
            painter.fillRect(box, grounds[ground])
            if batch:
                at = QRectF(box.x() + 3, y - size / 2, size, size)
                paint_icon(painter, icon_for("actions", "time"), at, ink)
                painter.setPen(ink)
            painter.drawText(box.adjusted(clock, 0, 0, 0), Qt.AlignmentFlag.AlignCenter, text)

    # -- cards -----------------------------------------------------------------------------------------------------

    def _cards(
        self, painter: QPainter, picture: Picture, camera: Camera, rows: NDArray[np.int_], ratio: float
    ) -> Iterator[None]:
        if camera.zoom < NAME_ZOOM or (camera.zoom < DETAIL_ZOOM and len(rows) > COMPACT_MOST):
            painter.save()
            painter.translate(-camera.x * camera.zoom, -camera.y * camera.zoom)
            self.cards.draw_plain(painter, picture.nodes, rows, camera.zoom)
            painter.restore()
            return
        for start in range(0, len(rows), CARDS_A_STEP):
            for row in rows[start : start + CARDS_A_STEP].tolist():
                self.card(painter, picture, row, camera, ratio)
            yield

    def card(self, painter: QPainter, picture: Picture, row: int, camera: Camera, ratio: float = 1.0) -> None:
        """Draw one card from its pixmap."""
        x, y = (float(value) for value in picture.nodes.rects[row, :2])
        if picture.nodes.rects[row, 2] <= 0:
            return
        pixmap = self.cards.pixmap(picture.nodes, row, camera.zoom < CARD_ZOOM)
        at = camera.to_view(QPointF(x - MARGIN, y - MARGIN))
        left, top = round(at.x() * ratio) / ratio, round(at.y() * ratio) / ratio
        source = QRectF(pixmap.rect())
        painter.drawPixmap(QRectF(left, top, source.width() / ratio, source.height() / ratio), pixmap, source)
        if camera.zoom >= DETAIL_ZOOM and (marks := card_marks(picture, row)):
            box = camera.rect_to_view(QRectF(*picture.nodes.rects[row].tolist()))
            paint_marks(painter, self.theme, marks, box, camera.zoom)


def _in_sight(picture: Picture, sight: Sight, hidden: Hidden | None, *, labeled: bool) -> Shown:
    """Return what is seen of a picture, with texts if `labeled`."""
    nodes, flows, scene = picture.nodes, picture.flows, sight.around
    corners = scene.left(), scene.top(), scene.right(), scene.bottom()
    lines = flows.paths.near(*corners)
    cards = np.flatnonzero(nodes_in(picture, *corners))
    labels = _texts_in_sight(flows, sight) if labeled else np.zeros(0, np.int_)
    if hidden is not None:
        lines, labels = lines[~hidden.flows[lines]], labels[~hidden.flows[labels]]
        cards = cards[~hidden.nodes[cards]]
    if len(sight.places) == 1:
        return Shown(lines, cards, labels)
    rects = nodes.rects[cards]
    boxes = np.concatenate([rects[:, :2], rects[:, :2] + rects[:, 2:]], axis=1)
    return Shown(lines[sight.sees(flows.boxes[lines])], cards[sight.sees(boxes)], labels)


def _texts_in_sight(flows: FlowColumns, sight: Sight) -> NDArray[np.int_]:
    """Return the flows whose texts are seen, which may be where their lines are not."""
    scene, (x, y) = sight.around, flows.label_at.T
    found = np.abs(x - scene.center().x()) <= scene.width() / 2 + FARTHEST_TEXT
    rows = np.flatnonzero(found & (np.abs(y - scene.center().y()) <= scene.height() / 2 + LABEL_SIZE))
    texts = (flows.readings[row] or flows.labels[row] for row in rows.tolist())
    half = np.fromiter((len(text) * LABEL_SIZE / 2 for text in texts), np.float64, len(rows))
    half = np.stack([half + 2 * LABEL_SIZE, np.full(len(rows), LABEL_SIZE)], axis=1)
    at = flows.label_at[rows]
    return rows[sight.sees(np.concatenate([at - half, at + half], axis=1))]


def _aligned(box: QRectF) -> QRectF:
    """Return a box whose lines lie on pixels."""
    return QRectF(round(box.x()) + 0.5, round(box.y()) + 0.5, round(box.width()), round(box.height()))


def to_view(segments: NDArray[np.float64], camera: Camera) -> NDArray[np.float64]:
    """Return scene segments, shape (s, 4), in whole viewport pixels, so that upright lines are sharp."""
    moved = (segments - np.array([camera.x, camera.y, camera.x, camera.y])) * camera.zoom
    rounded: NDArray[np.float64] = np.round(moved)
    return rounded


def polygon(points: NDArray[np.floating], camera: Camera) -> QPolygonF:
    """Return scene points, shape (k, 2), as a polygon in viewport pixels."""
    view = (points.astype(np.float64) - (camera.x, camera.y)) * camera.zoom
    return QPolygonF([QPointF(x, y) for x, y in view.tolist()])
