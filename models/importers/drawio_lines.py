"""The lines of a draw.io page as flows: which shapes they join, which way they run, what they carry."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from models.importers.carrying import carries
from models.importers.drawio_cells import Cell, Point
from models.importers.drawio_junctions import through_junctions
from models.importers.drawio_shapes import Shapes
from models.importers.recognition import GATEWAYS
from models.importers.sketch import Box, Line, Sketch
from models.importers.workloads import Confidence
from models.interruption import while_wanted
from models.words import Text, counted, enumerated

TOUCHING = 8.0
NEAR = 48.0
"""How far from a shape a line may end, in units of the drawing, to be taken as leading to it."""
_MOST_FANNED = 12
_FEW = 6
_LONGEST_PROTOCOL = 60


class _End(Struct, frozen=True):
    """The boxes at one end of a line; `why` says how they were found unless the line is bound to the one.

    Attributes:
        group: the frame that the line leads to, if it leads to one.
    """

    boxes: list[Box]
    why: str = ""
    group: str = ""
    confidence: Confidence = "high"


def read_lines(sketch: Sketch, shapes: Shapes, name: str) -> None:
    """Add the lines of the page to a sketch that has its boxes and frames."""
    _Lines(sketch, shapes, name).read()


class _Lines:
    def __init__(self, sketch: Sketch, shapes: Shapes, name: str) -> None:
        self.sketch = sketch
        self.shapes = shapes
        self.name = name
        self.boxes = {cell.id: box for cell, box in zip(shapes.boxes, sketch.boxes, strict=True)}
        self.frames = {cell.id for cell, _ in shapes.frames}
        self.groups = sorted((cell for cell, _ in shapes.frames), key=lambda cell: cell.rect[2] * cell.rect[3])
        self.rects = np.array([cell.rect for cell in shapes.boxes], np.float64).reshape(-1, 4)
        self.names = {frame.key: frame.name for frame in sketch.frames}
        self.held: dict[str, list[Box]] = {}
        for box in sketch.boxes:
            for key in box.frames:
                self.held.setdefault(key, []).append(box)
        self.leading: dict[str, set[str]] = {}
        self.led: dict[str, set[str]] = {}
        self._known: dict[tuple[str, str], Line] = {}
        self._loose: list[str] = []
        self._near: list[str] = []

    def read(self) -> None:
        for edge in while_wanted(through_junctions(self.shapes)):
            self._read(edge)
        mark = (self.name, 0)
        if self._near:
            what = counted(
                "{count} line is bound to no shape where it ends; it is taken to lead to the nearest one: "
                "cell {cells}.",
                "{count} lines are bound to no shape where they end; they are taken to lead to the nearest one: "
                "cells {cells}.",
                len(self._near),
                cells=enumerated(self._near, _FEW),
            )
            self.sketch.say("info", mark, what)
        if self._loose:
            what = counted(
                "{count} line is left out: it joins no two parts of the system: cell {cells}.",
                "{count} lines are left out: they join no two parts of the system: cells {cells}.",
                len(self._loose),
                cells=enumerated(self._loose, _FEW),
            )
            self.sketch.say("warning", mark, what)

    def _read(self, edge: Cell) -> None:
        first = self._end(edge.source, edge.ends[0], outgoing=True)
        last = self._end(edge.target, edge.ends[1], outgoing=False)
        reversed_line = edge.style.get("endArrow") == "none" and edge.style.get("startArrow", "none") != "none"
        if reversed_line:
            first = self._end(edge.target, edge.ends[1], outgoing=True)
            last = self._end(edge.source, edge.ends[0], outgoing=False)
        pairs = [(a, b) for a in first.boxes for b in last.boxes if a is not b]
        within = any(
            box.frames.count(end.group) for end, other in ((first, last), (last, first)) for box in other.boxes
        )
        if not pairs or within or len(pairs) > _MOST_FANNED:
            self._loose.append(edge.id)
            return
        if "near" in (first.why, last.why):
            self._near.append(edge.id)
        for number, (source, target) in enumerate(pairs):
            self._add(edge, number, source, target, (first, last), len(last.boxes))

    def _end(self, cell: str, point: Point | None, outgoing: bool) -> _End:
        """Return what an end of a line leads to: its cell, the parts of a group, or what lies near the point."""
        owner = self.shapes.owners.get(cell)
        cell = owner.id if owner is not None else cell
        box = self.boxes.get(cell)
        if box is not None:
            return _End([box])
        if cell in self.frames:
            return self._in_group(f"drawio/{cell}", outgoing)
        if point is None or not len(self.rects):
            return _End([])
        low, high = self.rects[:, :2], self.rects[:, :2] + self.rects[:, 2:]
        away = np.maximum(np.maximum(low - point, np.array(point) - high), 0.0)
        distance = np.hypot(away[:, 0], away[:, 1])
        row = int(distance.argmin())
        group = self._group_at(point) if distance[row] > TOUCHING else ""
        if group:
            return self._in_group(f"drawio/{group}", outgoing)
        if distance[row] > NEAR:
            return _End([])
        sure: Confidence = "medium" if distance[row] <= TOUCHING else "low"
        return _End([self.sketch.boxes[row]], "near", confidence=sure)

    def _group_at(self, point: Point) -> str:
        """Return the id of the smallest group on whose border the point lies, or an empty text."""
        for cell in self.groups:
            x, y, width, height = cell.rect
            inside = min(point[0] - x, x + width - point[0], point[1] - y, y + height - point[1])
            if -TOUCHING <= inside <= TOUCHING:
                return cell.id
        return ""

    def _in_group(self, key: str, outgoing: bool) -> _End:
        """Return the parts of a group that a line to or from the group stands for."""
        inside = self.held.get(key, [])
        keys = {box.key for box in inside}
        ends = self.leading if outgoing else self.led
        free = [box for box in inside if keys.isdisjoint(ends.get(box.key, ()))] or inside
        return _End(free, self.names.get(key, ""), key, "low" if len(free) > 1 else "medium")

    def _add(self, edge: Cell, number: int, source: Box, target: Box, ends: tuple[_End, _End], shared: int) -> None:
        label = edge.label
        known = self._known.get((source.key, target.key))
        if known is not None and (not label or label == known.name or not known.name):
            known.name = known.name or label
            return
        groups = [end.why for end in ends if end.why and end.why != "near"]
        technology = edge.data.get("c4Technology", "")
        carried = carries(source, target, label, technology, dashed=edge.is_on("dashed"))
        sure: Confidence = min((end.confidence for end in ends), key=("low", "medium", "high").index)
        reason = Text("cell {cell} leads from one to the other", cell=edge.id)
        if "near" in (ends[0].why, ends[1].why):
            reason = Text("cell {cell} ends near them", cell=edge.id)
        if groups:
            reason = Text("cell {cell} leads to or from the group “{name}”", cell=edge.id, name=groups[0])
        if edge.style.get("endArrow") == "none" and edge.style.get("startArrow", "none") == "none":
            reason = Text("{reason}, without an arrow head", reason=reason)
            sure = "medium" if sure == "high" else sure
        if carried.because:
            reason = Text("{reason}; {because}", reason=reason, because=carried.because)
        line = Line(
            key=f"drawio/{edge.id}" + (f"/{number}" if number else ""),
            source=source.key,
            target=target.key,
            confidence=sure,
            reason=reason,
            mark=(self.name, edge.line),
            interaction=carried.interaction,
            params=dict(carried.params),
            name=label,
        )
        if technology:
            line.params["protocol"] = technology[:_LONGEST_PROTOCOL]
        if shared > 1 and source.kind in GATEWAYS:
            line.params["probability"] = round(1.0 / shared, 4)
        if source.kind == target.kind == "users":
            target.params.setdefault("peak_rate_rps", 0)  # an app has the demand of the people who use it
        self._known[source.key, target.key] = line
        self.leading.setdefault(source.key, set()).add(target.key)
        self.led.setdefault(target.key, set()).add(source.key)
        self.sketch.lines.append(line)
