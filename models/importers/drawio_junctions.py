"""Dots of a draw.io page at which lines meet: what leads through them is one line from shape to shape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from models.importers.drawio_cells import Cell, Point
from models.importers.drawio_shapes import Shapes
from models.importers.stencils import stencil

JUNCTION_SIZE = 20.0
_MOST_ENDS = 40
"""A net of lines with more ends says nothing about which of them talk."""


def through_junctions(shapes: Shapes) -> list[Cell]:
    """Return the lines of a page, those that meet at dots as one line from each of their beginnings to each end.

    A line begins where it has no arrow head; where none of those that meet has one, they run as they were drawn. A dot
    at which nothing goes on marks a place: what lies near it is meant.
    """
    dots = {cell.id: cell for cell in shapes.ornaments if not cell.lines and _is_dot(cell)}
    meeting = [edge for edge in shapes.edges if edge.source in dots or edge.target in dots]
    if not meeting:
        return shapes.edges
    whole = {id(edge) for edge in meeting}
    rest = [edge for edge in shapes.edges if id(edge) not in whole]
    return [*rest, *(line for net in _nets(meeting, dots) for line in _lines_of(net, dots))]


def _is_dot(cell: Cell) -> bool:
    return max(cell.rect[2:]) <= JUNCTION_SIZE or stencil(cell.style.get("shape", "")) == "waypoint"


def _nets(edges: list[Cell], dots: Mapping[str, Cell]) -> Iterator[list[Cell]]:
    """Yield the lines that hang together over dots."""
    at: dict[str, list[Cell]] = {}
    for edge in edges:
        for end in {edge.source, edge.target} & dots.keys():
            at.setdefault(end, []).append(edge)
    seen: set[int] = set()
    for first in edges:
        net, waiting = [], [first]
        while waiting:
            edge = waiting.pop()
            if id(edge) not in seen:
                seen.add(id(edge))
                net.append(edge)
                waiting += [other for end in {edge.source, edge.target} & dots.keys() for other in at[end]]
        if net:
            yield net


def _lines_of(net: list[Cell], dots: Mapping[str, Cell]) -> Iterator[Cell]:
    met = Counter(end for edge in net for end in (edge.source, edge.target))
    ends = [(edge, row) for edge in net for row in (0, 1) if _cell(edge, row) not in dots or met[_cell(edge, row)] == 1]
    if len(ends) > _MOST_ENDS:
        yield from net
        return
    arrows = [_has_arrow(edge, row) for edge, row in ends]
    leading = [row == 1 for _, row in ends] if all(arrows) or not any(arrows) else arrows
    begins, targets = (
        [each for each, is_end in zip(ends, leading, strict=True) if is_end is which] for which in (False, True)
    )
    label = tuple(dict.fromkeys(text for edge in net for text in edge.lines))
    for first, row in begins:
        for last, column in targets:
            yield Cell(
                id=first.id if first is last else f"{first.id}+{last.id}",
                line=first.line,
                source="" if _cell(first, row) in dots else _cell(first, row),
                target="" if _cell(last, column) in dots else _cell(last, column),
                is_edge=True,
                lines=label,
                style={**last.style, "startArrow": "none", "endArrow": "classic" if any(arrows) else "none"},
                ends=(_point(first, row, dots), _point(last, column, dots)),
            )
    if not begins or not targets:
        yield from net


def _cell(edge: Cell, row: int) -> str:
    return (edge.source, edge.target)[row]


def _point(edge: Cell, row: int, dots: Mapping[str, Cell]) -> Point | None:
    dot = dots.get(_cell(edge, row))
    if dot is None:
        return edge.ends[row]
    x, y, width, height = dot.rect
    return x + width / 2, y + height / 2


def _has_arrow(edge: Cell, row: int) -> bool:
    """Return whether a line has an arrow head at its beginning (0) or end (1): at its end, unless it says otherwise."""
    return edge.style.get(("startArrow", "endArrow")[row], ("none", "classic")[row]) != "none"
