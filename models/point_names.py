"""Where the names of plotted points stand: beside their points, over no other name; coinciding points share one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

from models.typeface import elide, text_width

NEAR = 4.0
"""Points closer than this, in the units of the plot, are seen as one."""
GAP, APART = 5.0, 7.0
"""Between a point and the name beside it, and the one above or below it."""
LINE = 1.1
"""Height of a line of text over its size."""
MOST_STEPS = 8


class Box(NamedTuple):
    """A rectangle; y grows upward."""

    x0: float
    y0: float
    x1: float
    y1: float

    def meets(self, other: Box) -> bool:
        """Return whether the two overlap."""
        return self.x0 < other.x1 and other.x0 < self.x1 and self.y0 < other.y1 and other.y0 < self.y1

    def holds(self, other: Box) -> bool:
        """Return whether the other lies within."""
        return self.x0 <= other.x0 and other.x1 <= self.x1 and self.y0 <= other.y0 and other.y1 <= self.y1


class PlacedName(NamedTuple):
    """A text with its box; its base line is `LINE / 5` of its size above the lower edge."""

    text: str
    box: Box


def place_names(
    points: Sequence[tuple[float, float, str]], room: Box, size: float, widest: float = 150.0
) -> list[PlacedName]:
    """Return the names of points with where each is written, in the order of the points.

    Args:
        points: x, y (upward) and name of each point, in px or pt; without a name it is only kept free.
        room: what the names must stay within.
        size: size of the letters in px or pt.
        widest: the widest that a name may be.

    Points that coincide share one name, “A, B” or “A and 2 more”. Each name stands right or left of its point, then
    above or below it, then further off, at the first place that is free of names and points; where none is free of
    points, at the first free of names, and where there is none either it is left out.
    """
    groups = _groups(points)
    dots = [Box(x - 2, y - 2, x + 2, y + 2) for x, y, _ in groups]
    placed: list[PlacedName] = []
    for x, y, names in groups:
        if not names:
            continue
        text = _joined(names, size, widest)
        wide, high = text_width(text, size), size * LINE
        free = [
            box
            for box in _candidates(x, y, wide, high)
            if room.holds(box) and not any(box.meets(other.box) for other in placed)
        ]
        clear = (box for box in free if not any(box.meets(dot) for dot in dots))
        found = next(clear, free[0] if free else None)
        if found is not None:
            placed.append(PlacedName(text, found))
    return placed


def _groups(points: Sequence[tuple[float, float, str]]) -> list[tuple[float, float, list[str]]]:
    found: list[tuple[float, float, list[str]]] = []
    for x, y, name in points:
        names = next((names for a, b, names in found if abs(a - x) < NEAR and abs(b - y) < NEAR), None)
        if names is None:
            names = []
            found.append((x, y, names))
        if name and name not in names:
            names.append(name)
    return found


def _joined(names: Sequence[str], size: float, widest: float) -> str:
    whole = ", ".join(names)
    if len(names) == 1 or text_width(whole, size) <= widest:
        return elide(whole, size, widest)
    more = f" and {len(names) - 1} more"
    return elide(names[0], size, widest - text_width(more, size)) + more


def _candidates(x: float, y: float, wide: float, high: float) -> Iterator[Box]:
    """Yield the places for a name of this size, the nearest to its point first."""
    for left in (x + GAP, x - GAP - wide):
        yield Box(left, y - high / 2, left + wide, y + high / 2)
    for step, up in product(range(MOST_STEPS), (True, False)):
        bottom = y + APART + step * high if up else y - APART - (step + 1) * high
        for left in (x + GAP, x - GAP - wide, x - wide / 2):
            yield Box(left, bottom, left + wide, bottom + high)
