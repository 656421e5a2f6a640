"""The canvas: one widget that shows a picture, keeps the camera and hands the pointer to the tool in use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QHelpEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from app.canvas.camera import Camera
from app.canvas.cards import DETAIL_ZOOM
from app.canvas.changes import changed_places, hidden_places, lies_alike
from app.canvas.drafting import Drafting
from app.canvas.edge_scroll import EdgeScroll
from app.canvas.hits import Hit, hit, nodes_in
from app.canvas.layers import SceneLayer
from app.canvas.overlay import paint_selection
from app.canvas.painter import Focus, Hidden, ScenePainter
from app.canvas.pointer import Pointer
from app.canvas.tools.emptied import with_places_of_emptied
from app.canvas.transition import Transition
from app.session import KIND_MIME, Session
from app.stamps import Stamps
from app.theme import tint
from app.tips import as_tip
from app.words import say
from models.design.delta import Delta
from models.design.design import Design
from models.design.elements import Id
from models.picture import LensValues, Picture, build
from models.themes import Theme

if TYPE_CHECKING:
    from app.canvas.tools.tool import Tool

FRAME_S, FRAME_BUDGET_S, LEAST_BUDGET_S = 0.014, 0.008, 0.002
"""What a frame may take, and at most and at least of it goes into the crisp picture that is under way, seconds."""
SETTLE_MS = 90
INSTANT_CARDS = 80
"""So many visible cards are redrawn crisply at every zoom step; more are scaled first."""
WHEEL_ZOOM = 1.0015
REACH_PIXELS, FOOT = 6.0, 104.0
LARGE = 2_000
"""Nodes and flows from which a drawing takes more than a frame to be painted whole."""
FEW = 20
"""So many visible cards are recolored at once; of more the old colors stay until the new picture is painted."""
LOCAL_SHARE = 0.5
"""Changed places that cover more of the viewport are not worth painting on their own."""


class CanvasView(QWidget):
    """Shows the design of a session; every gesture on it is a tool that ends in one commit."""

    camera_changed = Signal()
    picture_changed = Signal()
    tool_changed = Signal(str)
    inspect_asked = Signal()

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.stamps = Stamps()
        self.camera = Camera(-32.0, -32.0, 1.0)
        self.drafting = Drafting(self)
        self.picture: Picture = build(session.design, session.view)
        self.scene = ScenePainter(theme)
        self.hovered: Hit | None = None
        self._hidden: Hidden | None = None
        self.focused: frozenset[Id] = frozenset()
        self._layer = SceneLayer(self._steps)
        self.transition = Transition(self.redraw, self)
        self._scaling = self._patient = False
        self._besides_s = 0.0
        self._focused_by_key = False
        self._fitted = True
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self._sharpen)
        self.setObjectName("canvas")
        self.setAccessibleName(say("Canvas"))
        self.setAccessibleDescription(say("The drawing. The outline lists the same nodes and flows as text."))
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self._select: Tool = self._first_tool()
        self.tool: Tool = self._select
        self.drafting.arrived.connect(self._on_draft)
        self.edge = EdgeScroll(self)
        session.completed = lambda delta: with_places_of_emptied(self, delta)
        session.design_changed.connect(self._on_design)
        session.project_changed.connect(self._on_project)
        session.variant_changed.connect(self._on_variant)
        session.view_changed.connect(self._on_view)
        session.selection_changed.connect(lambda _: self.update())

    def _first_tool(self) -> Tool:
        from app.canvas.tools.select import SelectTool

        return SelectTool(self)

    # -- what is shown ---------------------------------------------------------------------------------------------

    @property
    def theme(self) -> Theme:
        """The theme in use."""
        return self.scene.theme

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme."""
        self.scene = ScenePainter(theme)
        self.redraw()

    def set_lens_values(self, values: LensValues | None) -> None:
        """Color nodes and flows and give them badges."""
        start = perf_counter()
        before, self.picture = self.picture, self.picture.with_lens(values)
        if not self._show_changes(before):
            up_to_date = self._layer.shows(self.camera) and not self.transition.shown
            self._patient = up_to_date and (self._is_large() or self._cards_in_sight() > FEW)
            self._layer.invalidate()
            self.update()
        self._besides_s += perf_counter() - start

    def _show_changes(self, before: Picture) -> bool:
        """Paint anew the few places where the picture differs from the one before; returns False if all is to be."""
        return self._is_settled() and self._repaint(changed_places(before, self.picture, self.camera.zoom))

    def _is_settled(self) -> bool:
        return not (self._layer.has_work or self.focused or self._scaling or self.transition.shown)

    def _repaint(self, places: list[QRectF] | None) -> bool:
        """Paint anew some places of the scene; returns False if they are not known or too large."""
        if places is None:
            return False
        parts = [self.camera.rect_to_view(place).toAlignedRect() & self.rect() for place in places]
        parts = [part for part in parts if not part.isEmpty()]
        if sum(part.width() * part.height() for part in parts) > LOCAL_SHARE * self.width() * self.height():
            return False
        self.update(self._layer.repaint(parts))
        return True

    def _on_design(self, delta: Delta, design: Design) -> None:
        if self.picture.design is not design:
            start = perf_counter()
            self._take(self.drafting.edited(self.picture, delta, design))
            self._besides_s += perf_counter() - start

    def _on_variant(self, _: str) -> None:
        self.tool.cancel()
        self.focused = frozenset()
        before = self.picture
        self._take(self.drafting.picture_of(self.session.design, self.session.view, None, before))
        if self._fitted and not lies_alike(before, self.picture):
            self.fit()

    def _on_project(self) -> None:
        self.drafting.forget()
        self._fitted = True

    def _on_draft(self, picture: Picture) -> None:
        """Show what was drawn meanwhile, in the colors of what is shown."""
        values = self.picture.lens_values
        self._take(picture if picture.lens_values is values else picture.with_lens(values))
        self._patient = True
        if self._fitted:
            self.fit()

    def _on_view(self, view: str) -> None:
        self.tool.cancel()
        self._take(self.drafting.picture_of(self.session.design, view, self.picture.lens_values, self.picture))
        self.fit()

    def _take(self, picture: Picture) -> None:
        self.transition.stop()
        before, self.picture = self.picture, picture
        self.hovered = None
        self.tool.picture_changed()
        self._scaling = False
        if not self._show_changes(before):
            self.redraw()
        self.picture_changed.emit()

    def redraw(self) -> None:
        """Draw everything anew, crisply, before the next paint ends."""
        self._scaling = self._patient = False
        self._layer.invalidate()
        self.update()

    def leave_out(self, hidden: Hidden | None) -> None:
        """Leave rows out of the still layer, because a tool shows them moving."""
        before, self._hidden = self._hidden, hidden
        if not (self._is_settled() and self._repaint(hidden_places(self.picture, before, hidden))):
            self.redraw()

    def focus_on(self, elements: frozenset[Id]) -> None:
        """Dim all but these elements; none shows everything again."""
        if elements != self.focused:
            self.focused = elements
            self.redraw()

    def _focus(self) -> Focus | None:
        if not self.focused:
            return None
        nodes, flows, chosen = self.picture.nodes, self.picture.flows, self.focused
        return Focus(
            np.fromiter((key in chosen for key in nodes.elements), np.bool_, len(nodes)),
            np.fromiter((key in chosen for key in flows.elements), np.bool_, len(flows)),
        )

    # -- camera ----------------------------------------------------------------------------------------------------

    def set_camera(self, camera: Camera) -> None:
        """Look at another part of the drawing; panning keeps to whole device pixels, so that the layer can scroll."""
        step = camera.zoom * self.devicePixelRatioF()
        camera = Camera(round(camera.x * step) / step, round(camera.y * step) / step, camera.zoom)
        if camera == self.camera:
            return
        if camera.zoom != self.camera.zoom:
            self._scaling = self._is_heavy(camera)
            if self._scaling:
                self._settle.start()
            else:
                self._layer.invalidate()
        self.camera = camera
        self._fitted = False
        self.update()
        self.camera_changed.emit()

    def _is_heavy(self, camera: Camera) -> bool:
        if camera.zoom < DETAIL_ZOOM:
            return self._is_large()
        return self._cards_in_sight(camera) > INSTANT_CARDS

    def _is_large(self) -> bool:
        return len(self.picture.nodes) + len(self.picture.flows) > LARGE

    def _cards_in_sight(self, camera: Camera | None = None) -> int:
        seen = (camera or self.camera).rect_to_scene(QRectF(self.rect()))
        return int(np.count_nonzero(nodes_in(self.picture, seen.left(), seen.top(), seen.right(), seen.bottom())))

    def _sharpen(self) -> None:
        if self._scaling:
            self._scaling = False
            self._layer.invalidate()
            self.update()

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom by a factor around a point of the viewport, or its center."""
        self.set_camera(self.camera.zoomed(factor, at if at is not None else QPointF(self.rect().center())))

    def show_actual_size(self) -> None:
        """Show 100 %."""
        self.zoom_by(1.0 / self.camera.zoom)

    def fit(self) -> None:
        """Show the whole drawing."""
        x0, y0, x1, y1 = self.picture.bounds
        if not len(self.picture.nodes) and not len(self.picture.boundaries):
            self.set_camera(Camera(-64.0, -64.0, 1.0))
        else:
            self.set_camera(Camera.fitting(QRectF(x0, y0, x1 - x0, y1 - y0), QSizeF(self.size()), foot=FOOT))
        self._fitted = True

    def fit_selection(self) -> None:
        """Show what is selected, or everything."""
        boxes = [box for key in self.session.selection if (box := self.box_of(key)) is not None]
        if not boxes:
            self.fit()
            return
        around = boxes[0]
        for box in boxes[1:]:
            around = around.united(box)
        self.set_camera(Camera.fitting(around, QSizeF(self.size()), 96.0, 2.0))

    def reveal(self, element: Id) -> None:
        """Bring an element into sight without zooming, if it is not already."""
        box = self.box_of(element)
        if box is not None and not self.camera.rect_to_scene(QRectF(self.rect())).contains(box):
            center = self.camera.rect_to_view(box).center()
            middle = QRectF(self.rect()).center()
            self.set_camera(self.camera.panned(middle.x() - center.x(), middle.y() - center.y()))

    def reveal_selection(self) -> None:
        """Bring what is selected into sight, if none of it is."""
        boxes = {key: box for key in self.session.selection if (box := self.box_of(key)) is not None}
        seen = self.camera.rect_to_scene(QRectF(self.rect()))
        if boxes and not any(seen.intersects(box) for box in boxes.values()):
            self.reveal(min(boxes))

    def box_of(self, element: Id) -> QRectF | None:
        """Return the scene rectangle around an element of this view, or None if it is not drawn."""
        picture = self.picture
        if element in picture.nodes.row:
            return QRectF(*picture.nodes.rects[picture.nodes.row[element]].tolist())
        if element in picture.boundaries.row:
            return QRectF(*picture.boundaries.rects[picture.boundaries.row[element]].tolist())
        if element in picture.flows.row:
            x0, y0, x1, y1 = picture.flows.boxes[picture.flows.row[element]].tolist()
            return QRectF(x0, y0, x1 - x0, y1 - y0)
        rows = [row for row, owner in enumerate(picture.nodes.elements) if owner == element]
        return QRectF(*picture.nodes.rects[rows[0]].tolist()) if rows else None

    @property
    def draws_something(self) -> bool:
        """Whether this view of the design shows anything."""
        return bool(len(self.picture.nodes) or len(self.picture.boundaries))

    # -- tools -----------------------------------------------------------------------------------------------------

    def use(self, tool: Tool | None) -> None:
        """Hand the pointer to another tool; None goes back to selecting."""
        self.edge.stop()
        self.tool.leave()
        self.tool = tool or self._select
        self.tool.enter()
        self.setCursor(self.tool.cursor)
        self.tool_changed.emit(say(self.tool.hint))
        self.update()

    def hit(self, at: QPointF) -> Hit | None:
        """Return what lies at a scene point."""
        return hit(self.picture, at.x(), at.y(), REACH_PIXELS / self.camera.zoom)

    def pointer(self, event: QMouseEvent) -> Pointer:
        """Return where and how a mouse event points."""
        return Pointer(event.position(), self.camera.to_scene(event.position()), event.modifiers(), event.button())

    # -- painting --------------------------------------------------------------------------------------------------

    def _steps(self, painter: QPainter, camera: Camera, places: Sequence[QRect]) -> Iterator[None]:
        picture = self.transition.shown or self.picture
        ratio = self.devicePixelRatioF()
        return self.scene.steps(painter, picture, camera, places, ratio, self._hidden, self._focus())

    def is_sharp(self) -> bool:
        """Whether the last paint showed the final picture."""
        return not self._layer.has_work and not self._scaling

    def _bring_up_to_date(self) -> None:
        layer = self._layer
        layer.resize(self.size(), self.devicePixelRatioF())
        if not self._scaling:
            at_once = not layer.needs_scaling(self.camera) and not self._patient
            if layer.has_work and not layer.advance(self.camera, None if at_once else self._budget_s()):
                QTimer.singleShot(0, self, self.update)
            layer.pan_to(self.camera)
            if layer.has_work and not layer.needs_scaling(self.camera) and not self._patient:
                layer.advance(self.camera, None)
            self._patient = self._patient and layer.has_work

    def _budget_s(self) -> float:
        """Return the seconds for the picture under way: what is left of a frame that shows and changes as the last."""
        return min(FRAME_BUDGET_S, max(LEAST_BUDGET_S, FRAME_S - self._besides_s))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Show the layer and, over it, what the tool and the selection add."""
        self._bring_up_to_date()
        start = perf_counter()
        painter = QPainter(self)
        self._layer.draw(painter, self.camera, tint(self.theme, "canvas"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.tool.shows_selection:
            paint_selection(painter, self)
        self.tool.paint(painter)
        if self._focused_by_key and self.hasFocus():
            painter.setPen(QPen(tint(self.theme, "accent"), 2.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()
        self._besides_s = perf_counter() - start

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show a frame when the focus came by key."""
        self._focused_by_key = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw anew in the new size; what was fitted stays fitted."""
        self._layer.invalidate()
        if self._fitted:
            self.fit()
        self.camera_changed.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop drawing what nobody sees; a painter must not outlive its pixmap."""
        self._layer.invalidate()

    # -- events ----------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Hand the press to the tool; the middle button always pans."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() == Qt.MouseButton.MiddleButton:
            from app.canvas.tools.pan import PanTool

            self.use(PanTool(self, back_to=self.tool))
        self.tool.press(self.pointer(event))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Hand the movement to the tool; what is dragged to the edge scrolls the drawing."""
        at = self.pointer(event)
        self.tool.move(at)
        if event.buttons() == Qt.MouseButton.LeftButton and self.tool.reaches_further:
            self.edge.follow(at)
        else:
            self.edge.stop()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Hand the release to the tool."""
        self.edge.stop()
        self.tool.release(self.pointer(event))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Hand the double click to the tool."""
        self.tool.double_click(self.pointer(event))

    def leaveEvent(self, event: QEvent) -> None:
        """Forget what was hovered."""
        self.hovered = None
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll; with Ctrl zoom at the pointer; with Shift scroll sideways."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_by(WHEEL_ZOOM ** event.angleDelta().y(), event.position())
        else:
            by = event.pixelDelta() if not event.pixelDelta().isNull() else event.angleDelta() / 2
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and not by.x():
                by = QPoint(by.y(), 0)
            self.set_camera(self.camera.panned(by.x(), by.y()))
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Zoom by pinching, tell notes; everything else as usual."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            found = self.hit(self.camera.to_scene(event.pos().toPointF()))
            element = self.session.design.elements.get(found.element) if found is not None else None
            QToolTip.showText(event.globalPos(), as_tip(getattr(element, "note", "")), self)
            return True
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.zoom_by(1.0 + event.value(), event.position())
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Hand keys to the tool; what it does not take goes on to the window."""
        if not self.tool.key(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Hand released keys to the tool."""
        if not self.tool.key_released(event):
            super().keyReleaseEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Arm a kind or stamp from the palette, so that it is seen where it would land."""
        from app.canvas.tools.stamp import arm

        if event.mimeData().hasFormat(KIND_MIME):
            arm(self, bytes(event.mimeData().data(KIND_MIME).data()).decode(), dragged=True)
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Show where the kind would land."""
        self.tool.move(self._dragged(event))
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Disarm what was dragged away again."""
        self.tool.cancel()
        self.use(None)

    def dropEvent(self, event: QDropEvent) -> None:
        """Place the dropped kind or stamp."""
        self.tool.release(self._dragged(event))
        event.acceptProposedAction()

    def _dragged(self, event: QDropEvent) -> Pointer:
        scene = self.camera.to_scene(event.position())
        return Pointer(event.position(), scene, event.modifiers(), Qt.MouseButton.LeftButton)
