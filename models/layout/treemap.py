"""A treemap: rectangles whose areas are proportional to values, as square as they can be.

Squarified treemaps (Bruls, Huizing & van Wijk 2000): values in falling order fill rows along the shorter side; a row
ends when one more value would make its worst rectangle longer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

LEAST_SHARE = 1e-9


class Rect(NamedTuple):
    """A rectangle with its upper left corner, y downward."""

    x: float
    y: float
    width: float
    height: float


def squarify(values: Sequence[float], frame: Rect) -> list[Rect]:
    """Return one rectangle per value inside `frame`, in the order of the values; what is not positive has no area.

    Less than a billionth of the whole has none either.
    """
    total = sum(value for value in values if value > 0)
    found = [Rect(frame.x, frame.y, 0.0, 0.0)] * len(values)
    if total <= 0 or frame.width <= 0 or frame.height <= 0:
        return found
    order = sorted((at for at, value in enumerate(values) if value > LEAST_SHARE * total), key=lambda at: -values[at])
    areas = [values[at] / total * frame.width * frame.height for at in order]
    left, start = frame, 0
    while start < len(order):
        side = min(left.width, left.height)
        end = start + 1
        while end < len(order) and _worst(areas[start : end + 1], side) <= _worst(areas[start:end], side):
            end += 1
        left = _lay(order[start:end], areas[start:end], left, found)
        start = end
    return found


def _worst(areas: Sequence[float], side: float) -> float:
    """Return the longest aspect ratio of a row along `side`."""
    whole = sum(areas)
    return max(max(side * side * area / whole**2, whole**2 / (side * side * area)) for area in areas)


def _lay(order: Sequence[int], areas: Sequence[float], left: Rect, found: list[Rect]) -> Rect:
    """Place a row along the shorter side of what is left, and return what remains beside it."""
    whole = sum(areas)
    upright = left.width >= left.height
    side = left.height if upright else left.width
    thick = min(whole / side, left.width if upright else left.height) if side > 0 else 0.0
    along = 0.0
    for at, area in zip(order, areas, strict=True):
        part = side * area / whole
        found[at] = Rect(left.x, left.y + along, thick, part) if upright else Rect(left.x + along, left.y, part, thick)
        along += part
    if upright:
        return Rect(left.x + thick, left.y, left.width - thick, left.height)
    return Rect(left.x, left.y + thick, left.width, left.height - thick)


def nested(groups: Sequence[Sequence[float]], frame: Rect, head: float) -> tuple[list[Rect], list[list[Rect]]]:
    """Return a rectangle per group, and inside it, below a head of that height, one per value of the group.

    A group that is too low for the head gives all its room to its values.
    """
    outer = squarify([sum(max(value, 0.0) for value in values) for values in groups], frame)
    inner = []
    for values, box in zip(groups, outer, strict=True):
        top = head if box.height > 2 * head else 0.0
        inner.append(squarify(values, Rect(box.x, box.y + top, box.width, box.height - top)))
    return outer, inner
