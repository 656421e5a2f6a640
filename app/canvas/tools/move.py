"""Moving the selection: snaps to the grid and to neighbors, follows boundaries in and out, one commit on release."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from app.canvas.hits import Hit, container_at
from app.canvas.overlay import outline, paint_guides
from app.canvas.painter import Hidden
from app.canvas.pointer import Pointer
from app.canvas.preview import paint_moving
from app.canvas.snapping import Snapper
from app.canvas.tools.duplicate import duplicate
from app.canvas.tools.placement import moved_into
from app.canvas.tools.shifting import box_of_row, carried_flows, moved_by, moving_rows
from app.canvas.tools.tool import Tool
from app.theme import tint
from app.words import mark, say
from models.design.design import name_of
from models.design.elements import Element, Id
from models.picture.rows import VIEW_AXIS

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


OUTLINED = 400
"""So many moved elements are outlined; more of them only cost time."""


class MoveTool(Tool):
    """Drags the selection; Alt suspends snapping."""

    cursor = Qt.CursorShape.SizeAllCursor
    shows_selection = False
    hint = mark("Alt: without snapping · Esc: back to where it was")

    def __init__(self, canvas: CanvasView, start: Pointer, on: Hit, copying: bool = False) -> None:
        super().__init__(canvas)
        self._start = start
        self._on = on
        self._copying = copying
        self._by = QPointF()
        self._guides: list[QLineF] = []
        self._taking_over = False

    def enter(self) -> None:
        """Take the rows out of the still layer."""
        if self._copying:
            self._taking_over = True
            new_id = duplicate(self.canvas, (0.0, 0.0))
            self._taking_over = False
            found = self.canvas.hit(self._start.scene)
            self._on = found if found is not None and found.element in new_id.values() else self._on
        picture = self.canvas.picture
        several_boxes = self._on.part == "node" and picture.nodes.ids[self._on.row] != self._on.element
        alone = self._on.row if several_boxes and len(self.session.selection) == 1 else None
        self.rows = moving_rows(self.canvas, self.session.selection, alone)
        self._mask = np.zeros(len(picture.nodes), np.bool_)
        self._mask[self.rows.nodes] = True
        self.carried, self.stretched = carried_flows(self.canvas, self.rows)
        frames = np.zeros(len(picture.boundaries), np.bool_)
        frames[self.rows.boundaries] = True
        self.canvas.leave_out(Hidden(self._mask, self.carried | self.stretched, frames))
        self._snapper = Snapper(picture.nodes.rects[~self._mask], self._leader())

    def _leader(self) -> QRectF:
        picture = self.canvas.picture
        rects = picture.nodes.rects if self._on.part == "node" else picture.boundaries.rects
        return QRectF(*rects[self._on.row].tolist())

    def move(self, at: Pointer) -> None:
        """Follow the pointer."""
        free = at.scene - self._start.scene
        if at.alt and not self._copying:
            self._by, self._guides = free, []
        else:
            seen = self.canvas.camera.rect_to_scene(QRectF(self.canvas.rect()))
            self._by, self._guides = self._snapper.snap(free, self.canvas.camera.zoom, seen)
        self.canvas.update()

    def release(self, at: Pointer) -> None:
        """Commit the new places."""
        by = self._by
        self.canvas.use(None)
        if not by.isNull():
            self.session.change(self._changes(by), self._label)

    def cancel(self) -> None:
        """Leave everything where it was."""
        self._by = QPointF()
        if self._copying:
            self.session.undo()

    def leave(self) -> None:
        """Show everything in the still layer again."""
        self.canvas.leave_out(None)

    def picture_changed(self) -> None:
        """Give up: the rows are no longer valid."""
        if not self._taking_over and self.canvas.tool is self:
            self._by = QPointF()
            self.canvas.use(None)

    # -- the commit ------------------------------------------------------------------------------------------------

    def _changes(self, by: QPointF) -> list[tuple[Id, Element | None]]:
        changes = moved_by(self.canvas, self.rows, by)
        self._label = self._plain_label()
        for key, element in self._reparented(by):
            changes[key] = element
        return list(changes.items())

    def _plain_label(self) -> str:
        count = len(self.rows.tops)
        if count != 1:
            return say("Move {count} elements", count=count)
        key = self.rows.tops[0].split("/")[0]
        return say("Move {name}", name=name_of(key, self.session.design.elements.get(key)))

    def _reparented(self, by: QPointF) -> Iterable[tuple[Id, Element]]:
        picture, design, view = self.canvas.picture, self.session.design, self.session.view
        if VIEW_AXIS.get(view, "context") is None:
            return
        moved = frozenset(picture.boundaries.ids[row] for row in self.rows.boundaries.tolist())
        for row_id in self.rows.tops:
            key = row_id.split("/")[0]
            box = box_of_row(self.canvas, row_id).translated(by)
            at = box.center() if row_id in picture.nodes.row else QPointF(box.center().x(), box.top() + 12)
            row = container_at(picture, at.x(), at.y(), moved)
            into = picture.boundaries.ids[row] if row >= 0 else None
            before = design.elements[key]
            after = moved_into(before, row_id, view, into)
            if after != before:
                plain = self._plain_label()
                self._label = (
                    say("{plain_label} into {place}", plain_label=plain, place=name_of(into, design.elements.get(into)))
                    if into
                    else say("{plain_label} out", plain_label=plain)
                )
                yield key, after

    # -- painting --------------------------------------------------------------------------------------------------

    def paint(self, painter: QPainter) -> None:
        """Draw what moves, the boundary it would land in, and the guide lines."""
        canvas, picture = self.canvas, self.canvas.picture
        rects = picture.nodes.rects.copy()
        rects[self.rows.nodes, 0] += np.float32(self._by.x())
        rects[self.rows.nodes, 1] += np.float32(self._by.y())
        frames = picture.boundaries.rects.copy()
        frames[self.rows.boundaries, :2] += np.array([self._by.x(), self._by.y()], np.float32)
        boundaries = replace(picture.boundaries, rects=frames)
        moved = replace(picture, nodes=replace(picture.nodes, rects=rects), boundaries=boundaries)
        accent = tint(canvas.theme, "accent")
        center = self._leader().translated(self._by).center()
        without = frozenset(picture.boundaries.ids[row] for row in self.rows.boundaries.tolist())
        into = container_at(picture, center.x(), center.y(), without)
        if into >= 0 and self._on.part == "node":
            outline(painter, canvas.camera.rect_to_view(QRectF(*picture.boundaries.rects[into].tolist())), accent)
        for row in self.rows.boundaries.tolist():
            box = QRectF(*picture.boundaries.rects[row].tolist()).translated(self._by)
            canvas.scene.boundary(painter, picture, row, canvas.camera, canvas.camera.rect_to_view(box))
        paint_moving(painter, canvas, moved, self.rows.nodes, self.carried, self.stretched, self._by)
        for row_id in self.rows.tops[:OUTLINED]:
            outline(painter, canvas.camera.rect_to_view(box_of_row(canvas, row_id).translated(self._by)), accent)
        view = [QLineF(canvas.camera.to_view(line.p1()), canvas.camera.to_view(line.p2())) for line in self._guides]
        paint_guides(painter, view, accent)
