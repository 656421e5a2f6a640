"""Treemaps: areas are proportional, boxes lie inside and beside each other, groups hold their own items."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.layout.treemap import Rect, nested, squarify

FRAME = Rect(10.0, 20.0, 300.0, 180.0)
VALUES = st.lists(st.floats(0.0, 1e6), min_size=1, max_size=25)


def overlap(first: Rect, second: Rect) -> float:
    wide = min(first.x + first.width, second.x + second.width) - max(first.x, second.x)
    high = min(first.y + first.height, second.y + second.height) - max(first.y, second.y)
    return max(wide, 0.0) * max(high, 0.0)


@given(VALUES)
def test_areas_are_shares_of_the_frame_and_do_not_overlap(values: list[float]) -> None:
    boxes = squarify(values, FRAME)
    whole = math.fsum(values)
    for value, box in zip(values, boxes, strict=True):
        share = value / whole if whole > 0 else 0.0
        assert box.width * box.height == pytest.approx(share * FRAME.width * FRAME.height, abs=1e-3)
        assert box.x >= FRAME.x - 1e-6
        assert box.y >= FRAME.y - 1e-6
        assert box.x + box.width <= FRAME.x + FRAME.width + 1e-6
        assert box.y + box.height <= FRAME.y + FRAME.height + 1e-6
    for at, first in enumerate(boxes):
        assert all(overlap(first, second) < 1e-3 for second in boxes[at + 1 :])


def test_the_worked_example_of_the_paper() -> None:
    """Bruls, Huizing & van Wijk 2000, §3.1: 6, 6, 4, 3, 2, 2, 1 in a frame of 6 × 4."""
    boxes = squarify([6, 6, 4, 3, 2, 2, 1], Rect(0, 0, 6, 4))
    assert boxes[0] == pytest.approx((0, 0, 3, 2))
    assert boxes[1] == pytest.approx((0, 2, 3, 2))
    assert boxes[2] == pytest.approx((3, 0, 12 / 7, 7 / 3))
    assert boxes[3] == pytest.approx((3 + 12 / 7, 0, 9 / 7, 7 / 3))


@given(st.lists(VALUES, min_size=1, max_size=6))
def test_items_lie_in_their_group(groups: list[list[float]]) -> None:
    outer, inner = nested(groups, FRAME, 12.0)
    for values, box, items in zip(groups, outer, inner, strict=True):
        assert len(values) == len(items)
        for item in items:
            assert item.width * item.height == pytest.approx(overlap(item, box), abs=1e-3)
