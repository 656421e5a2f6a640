"""Icon outlines against Qt's SVG renderer, and the reading of path data."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath
from PySide6.QtSvg import QSvgRenderer

from models.design.kinds import kinds
from models.icons import arc_cubics, icon_for, icon_names, icon_paths, icon_svg, parse_path

SIZE = 96


def drawn(paint) -> np.ndarray:
    image = QImage(SIZE, SIZE, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint(painter)
    painter.end()
    return np.frombuffer(image.constBits(), np.uint8).reshape(SIZE, SIZE, 4).astype(int)[:, :, 1]


def outline(painter: QPainter, name: str) -> None:
    painter.scale(SIZE / 32, SIZE / 32)
    for path in icon_paths(name):
        shape = QPainterPath()
        shape.setFillRule(Qt.FillRule.WindingFill)
        step = {"M": shape.moveTo, "L": shape.lineTo, "C": shape.cubicTo, "Z": shape.closeSubpath}
        for verb, numbers in path:
            step[verb](*numbers)
        painter.fillPath(shape, QColor("black"))


def test_outlines_equal_the_svg_rendering(qapp) -> None:
    for name in icon_names():
        renderer = QSvgRenderer(icon_svg(name, "#000000").encode())
        expected = drawn(lambda painter, svg=renderer: svg.render(painter, QRectF(0, 0, SIZE, SIZE)))
        found = drawn(lambda painter, name=name: outline(painter, name))
        assert expected.min() < 128, f"{name} is empty"
        assert np.abs(found - expected).max() <= 48, name


def test_outlines_stay_in_the_box() -> None:
    for name in icon_names():
        numbers = [value for path in icon_paths(name) for _, values in path for value in values]
        assert min(numbers) >= -0.5, name
        assert max(numbers) <= 32.5, name


def test_named_icons_are_bundled_and_unknown_ones_neutral() -> None:
    assert icon_for("kinds", "llm_serving") == "foundation-model"
    assert icon_for("boundaries", "region") in icon_names()
    assert icon_for("kinds", "a_kind_of_ones_own") in icon_names()
    with pytest.raises(KeyError, match="No bundled icon"):
        icon_paths("no-such-icon")


def test_relative_and_shorthand_commands() -> None:
    assert parse_path("m1 2 3 4h5V6l-1-1z m1,1 .5.5") == (
        ("M", (1, 2)),
        ("L", (4, 6)),
        ("L", (9, 6)),
        ("L", (9, 6)),
        ("L", (8, 5)),
        ("Z", ()),
        ("M", (2, 3)),
        ("L", (2.5, 3.5)),
    )


def test_smooth_curves_mirror_the_last_control_point() -> None:
    assert parse_path("M0 0C0 1 1 1 1 0S2 -1 2 0")[-1] == ("C", (1, -1, 2, -1, 2, 0))
    assert parse_path("M0 0S1 1 2 0")[-1] == ("C", (0, 0, 1, 1, 2, 0))
    assert parse_path("M0 0Q3 3 6 0T12 0")[-1] == ("C", pytest.approx((8, -2, 10, -2, 12, 0)))


def test_arc_flags_may_touch_the_next_number() -> None:
    assert parse_path("M2 0a2 2 0 01-2 2") == parse_path("M2 0A2 2 0 0 1 0 2")


@pytest.mark.parametrize(("large", "sweep"), [(False, False), (False, True), (True, False), (True, True)])
def test_arc_stays_on_its_circle(large: bool, sweep: bool) -> None:
    pieces = list(arc_cubics((3, 0), (0, 3), 3, 3, 0.0, large, sweep))
    center = (0, 0) if large != sweep else (3, 3)
    at = (3.0, 0.0)
    for x1, y1, x2, y2, x, y in pieces:
        middle = ((at[0] + 3 * x1 + 3 * x2 + x) / 8, (at[1] + 3 * y1 + 3 * y2 + y) / 8)
        assert math.dist(middle, center) == pytest.approx(3, rel=3e-4)
        at = (x, y)
    assert at == (0, 3)
    assert len(pieces) == (3 if large else 1)


def test_radii_too_small_are_grown() -> None:
    pieces = list(arc_cubics((0, 0), (10, 0), 1, 1, 0.0, False, True))
    assert pieces[0][4:] == pytest.approx((5, -5))


@pytest.mark.parametrize("text", ["M1", "M1 2 L x", "12 3", "M0 0 z 5 5", "M0 0 # 3"])
def test_broken_path_data_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(ValueError, match="cannot be read at character"):
        parse_path(text)


def test_every_kind_has_an_icon_of_its_own() -> None:
    neutral = icon_for("kinds", "")
    assert [kind.icon for kind in kinds().nodes.values() if icon_for("kinds", kind.icon) == neutral] == []
    assert [kind.icon for kind in kinds().boundaries.values() if icon_for("boundaries", kind.icon) == neutral] == []
