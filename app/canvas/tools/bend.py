"""Bending a flow by hand: dragging a segment sets waypoints, a double click on a waypoint takes it away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from app.canvas.flow_lines import distance_to_flow
from app.canvas.painter import Hidden
from app.canvas.pointer import Pointer
from app.canvas.preview import end_box
from app.canvas.tools.placement import snapped
from app.canvas.tools.tool import Tool
from app.words import mark, say
from models.design.design import name_of
from models.design.elements import Element, Id, Position, position_id
from models.picture import STYLES
from models.routing.paths import through

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

Points = tuple[tuple[float, float], ...]
STUB = 16.0
"""How far from its card a first or last segment that was moved keeps a stub."""
REACH = 8.0


def waypoints(canvas: CanvasView, row: int) -> Points:
    """Return the hand-set waypoints of a flow row in the shown view."""
    position = canvas.session.design.position(canvas.session.view, canvas.picture.flows.ids[row])
    return position.waypoints if position is not None else ()


def waypoint_at(canvas: CanvasView, row: int, view: QPointF) -> int | None:
    """Return the number of the waypoint at a point of the viewport, or None."""
    for number, (x, y) in enumerate(waypoints(canvas, row)):
        if (view - canvas.camera.to_view(QPointF(x, y))).manhattanLength() <= REACH:
            return number
    return None


def remove_waypoint(canvas: CanvasView, row: int, number: int) -> bool:
    """Take one waypoint away; without any the flow finds its own way again."""
    kept = tuple(point for n, point in enumerate(waypoints(canvas, row)) if n != number)
    return _commit(canvas, row, _without_spurs(canvas, row, kept), say("Straighten"))


def _without_spurs(canvas: CanvasView, row: int, points: Points) -> Points:
    """Return the waypoints without those that a flow would only visit to turn back."""
    while points:
        path = through(*_end_rects(canvas, row), points).astype(np.float64)
        steps = np.diff(path, axis=0)
        turns = np.flatnonzero((steps[:-1] * steps[1:]).sum(axis=1) < 0) + 1
        tips = {tuple(map(round, path[turn].tolist())) for turn in turns.tolist()}
        kept = tuple(point for point in points if tuple(map(round, point)) not in tips)
        if len(kept) == len(points):
            break
        points = kept
    return points


def _end_rects(canvas: CanvasView, row: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return x, y, width and height of what a flow begins and ends at."""
    flows = canvas.picture.flows
    source, target = (end_box(canvas.picture, int(ends[row])) for ends in (flows.sources, flows.targets))
    return np.array(source.getRect(), np.float32), np.array(target.getRect(), np.float32)


def reset_routes(canvas: CanvasView) -> bool:
    """Take all waypoints of the selected flows away; returns whether anything changed."""
    session, flows = canvas.session, canvas.picture.flows
    changes: list[tuple[Id, Element | None]] = []
    for row, element in enumerate(flows.elements):
        if element in session.selection and waypoints(canvas, row):
            position = session.design.position(session.view, flows.ids[row])
            assert position is not None
            changes.append((position_id(session.view, flows.ids[row]), msgspec.structs.replace(position, waypoints=())))
    return bool(changes) and session.change(changes, say("Reset route"))


def _commit(canvas: CanvasView, row: int, points: Points, word: str) -> bool:
    session, flows = canvas.session, canvas.picture.flows
    key, element = flows.ids[row], flows.elements[row]
    before = session.design.position(session.view, key) or Position()
    after = msgspec.structs.replace(before, waypoints=points)
    flow = session.design.flows[element]
    ends = [name_of(end, session.design.node(end)) for end in (flow.source, flow.target)]
    return session.change(
        [(position_id(session.view, key), after)],
        say("{word} flow {source} to {target}", word=word, source=ends[0], target=ends[1]),
    )


def moved_segment(path: NDArray[np.float32], segment: int, by: tuple[float, float]) -> Points:
    """Return the waypoints of an axis-parallel path, shape (k, 2), with one segment moved sideways.

    Args:
        by: movement; only its part across the segment counts. A segment that touches a card keeps a stub there.
    """
    points = path.astype(np.float64)
    start, stop = points[segment].copy(), points[segment + 1].copy()
    flat = abs(stop[0] - start[0]) >= abs(stop[1] - start[1])
    across = np.array([0.0, by[1]]) if flat else np.array([by[0], 0.0])
    along = (stop - start) / max(float(np.hypot(*(stop - start))), 1e-9)
    if segment == 0:
        start = start + along * STUB
    if segment == len(points) - 2:
        stop = stop - along * STUB
    before, after = points[1:segment], points[segment + 2 : -1]
    found = [*before, start + across, stop + across, *after]
    return tuple((whole(x), whole(y)) for x, y in found)


def whole(value: float) -> float:
    """Return the value in whole pixels, so that equal gestures give equal designs."""
    return float(round(value))


class BendTool(Tool):
    """A segment or a waypoint of a flow follows the pointer."""

    cursor = Qt.CursorShape.SizeAllCursor
    shows_selection = False
    hint = mark("Alt: without snapping · Esc: back to where it was")

    def __init__(self, canvas: CanvasView, start: Pointer, row: int) -> None:
        super().__init__(canvas)
        self._start = start
        self._row = row
        self._path = canvas.picture.flows.path(row).copy()
        self._held = waypoint_at(canvas, row, start.view)
        self._points: Points = waypoints(canvas, row)
        pieces = [self._path[n : n + 2] for n in range(len(self._path) - 1)]
        gaps = [distance_to_flow(piece, start.scene.x(), start.scene.y()) for piece in pieces]
        self._segment = int(np.argmin(gaps))
        self._moved = False

    def enter(self) -> None:
        """Take the flow out of the still layer."""
        picture = self.canvas.picture
        flows = np.zeros(len(picture.flows), np.bool_)
        flows[self._row] = True
        none = np.zeros(len(picture.nodes), np.bool_)
        self.canvas.leave_out(Hidden(none, flows, np.zeros(len(picture.boundaries), np.bool_)))

    def leave(self) -> None:
        """Show the flow in the still layer again."""
        self.canvas.leave_out(None)

    def move(self, at: Pointer) -> None:
        """Follow the pointer."""
        self._moved = True
        point = at.scene if at.alt else QPointF(snapped(at.scene.x()), snapped(at.scene.y()))
        if self._held is not None:
            kept = list(waypoints(self.canvas, self._row))
            kept[self._held] = (whole(point.x()), whole(point.y()))
            self._points = tuple(kept)
        else:
            x, y = self._path[self._segment].tolist()
            self._points = moved_segment(self._path, self._segment, (point.x() - x, point.y() - y))
        self.canvas.update()

    def release(self, at: Pointer) -> None:
        """Commit the waypoints."""
        moved, row, points = self._moved, self._row, self._points
        self.canvas.use(None)
        if moved:
            _commit(self.canvas, row, points, say("Bend"))

    def picture_changed(self) -> None:
        """Give up: the row is no longer valid."""
        if self.canvas.tool is self:
            self.canvas.use(None)

    def paint(self, painter: QPainter) -> None:
        """Draw the flow as it would run."""
        canvas, flows = self.canvas, self.canvas.picture.flows
        path = through(*_end_rects(canvas, self._row), self._points) if self._points else self._path
        style, code = STYLES[int(flows.styles[self._row])], canvas.scene.accent_code
        canvas.scene.styled_line(painter, path, style, code, canvas.camera, 2.0)
        canvas.scene.arrow(painter, path, code, canvas.camera)
