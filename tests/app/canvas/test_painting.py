"""The painter and its layers: what is scrolled, scaled or drawn in shares equals what is drawn at once."""

from functools import cache

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from app.canvas import buffers
from app.canvas.camera import Camera
from app.canvas.cards import CardCache
from app.canvas.changes import changed_places
from app.canvas.flow_lines import DOUBLE, beside, distance_to_flow, doubled, segments
from app.canvas.hits import container_at, hit, nodes_in
from app.canvas.raster import draw_many_lines
from app.canvas.snapping import Snapper
from app.canvas.tools.nudge import nudge
from models import themes
from models.design.delta import Delta
from models.design.elements import position_id
from models.picture import LensValues, Picture, build
from models.routing.paths import boxes_of
from tests.app.canvas import gestures
from tests.benchmarks.designs import big_design


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return rows[:, : image.width(), :3].astype(np.int16)


def shown(canvas) -> np.ndarray:
    """Paint until the picture is sharp, however slow the machine is, and return it."""
    canvas.repaint()
    while not canvas.is_sharp():
        canvas.repaint()
    return pixels(canvas.grab().toImage())


def blank(width: int = 64, height: int = 64) -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    return image


def dark_pixels(image: QImage) -> set[tuple[int, int]]:
    rows, columns = np.nonzero(pixels(image).sum(axis=2) < 300)
    return set(zip(columns.tolist(), rows.tolist(), strict=True))


# -- buffers -----------------------------------------------------------------------------------------------------------


def test_lines_from_an_array_are_the_lines(qapp) -> None:
    image = blank()
    painter = QPainter(image)
    painter.setPen(QColor("black"))
    buffers.draw_lines(painter, np.array([[4.0, 10.0, 20.0, 10.0], [30.0, 5.0, 30.0, 25.0]]))
    painter.end()
    assert dark_pixels(image) == {(x, 10) for x in range(4, 21)} | {(30, y) for y in range(5, 26)}


def test_an_array_that_is_not_contiguous_is_drawn_as_well(qapp) -> None:
    image = blank()
    painter = QPainter(image)
    painter.setPen(QColor("black"))
    buffers.draw_lines(
        painter, np.asfortranarray([[4.0, 10.0, 20.0, 10.0], [30.0, 5.0, 30.0, 25.0]]).astype(np.float32)
    )
    painter.end()
    assert dark_pixels(image) == {(x, 10) for x in range(4, 21)} | {(30, y) for y in range(5, 26)}


def test_many_lines_light_the_pixels_that_lines_do(qapp) -> None:
    rng = np.random.default_rng(3)
    begin = rng.integers(-30, 90, (300, 2)).astype(float)
    way = rng.integers(2, 40, 300) * rng.choice((-1, 1), 300)
    lines = np.concatenate([begin, begin], axis=1)
    lines[np.arange(300), 2 + rng.integers(0, 2, 300)] += way
    lines[:20, 2:] += (7, 4)
    colors = [QColor("red"), QColor("blue")]
    one, other = blank(), blank()
    for image in (one, other):
        painter = QPainter(image)
        if image is one:
            list(draw_many_lines(painter, [(lines[:150], colors[0]), (lines[150:], colors[1])]))
        else:
            for color, part in zip(colors, (lines[:150], lines[150:]), strict=True):
                pen = QPen(color, 1.0)
                pen.setCapStyle(Qt.PenCapStyle.FlatCap)
                painter.setPen(pen)
                buffers.draw_lines(painter, part)
        painter.end()
    differ = (pixels(one) != pixels(other)).any(axis=2)
    assert differ.mean() < 0.01
    assert (pixels(one) != 255).any(axis=2).mean() > 0.3


def test_a_wrong_width_is_refused_before_qt_reads_it(qapp) -> None:
    image = blank()
    painter = QPainter(image)
    with pytest.raises(ValueError, match="4 columns"):
        buffers.draw_lines(painter, np.zeros((3, 2)))
    painter.end()


def test_empty_arrays_draw_nothing(qapp) -> None:
    image = blank()
    painter = QPainter(image)
    buffers.draw_lines(painter, np.zeros((0, 4)))
    buffers.draw_rects(painter, np.zeros((0, 4)))
    painter.end()
    assert dark_pixels(image) == set()


# -- layers ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zoom", [1.0, 0.5, 0.3, 0.1])
@pytest.mark.parametrize("by", [(37, 0), (0, -53), (-90, 41), (5000, 5000)])
def test_scrolling_gives_the_same_picture_as_drawing_anew(canvas, zoom: float, by: tuple[int, int]) -> None:
    canvas.set_camera(Camera(-100.0, -100.0, zoom))
    shown(canvas)
    canvas.set_camera(canvas.camera.panned(*by))
    scrolled = shown(canvas)
    canvas.redraw()
    anew = shown(canvas)
    assert float((np.abs(scrolled - anew).max(axis=2) > 24).mean()) < 0.001


def test_a_heavy_zoom_is_scaled_first_and_sharp_later(canvas, qtbot, monkeypatch) -> None:
    monkeypatch.setattr("app.canvas.view.INSTANT_CARDS", 1)
    shown(canvas)
    canvas.zoom_by(1.4)
    canvas.repaint()
    assert not canvas.is_sharp()
    qtbot.waitUntil(canvas.is_sharp)
    late = shown(canvas)
    canvas.redraw()
    assert np.array_equal(late, shown(canvas))


def test_an_edit_is_drawn_in_the_same_frame(canvas, session) -> None:
    before = shown(canvas)
    session.select(())
    node = session.design.node("web")
    import msgspec

    session.change([("web", msgspec.structs.replace(node, name="Quite another name"))], "Rename")
    after = shown(canvas)
    box = canvas.camera.rect_to_view(canvas.box_of("web")).toRect()
    changed = np.abs(after - before).max(axis=2) > 24
    assert changed[box.top() : box.bottom(), box.left() : box.right()].any()
    changed[box.top() - 4 : box.bottom() + 4, box.left() - 4 : box.right() + 4] = False
    assert not changed.any()


def test_a_lens_colors_the_card_it_names(canvas) -> None:
    canvas.set_lens_values(LensValues({"web": ("93 %", 7)}, {}))
    image = shown(canvas)
    box = canvas.camera.rect_to_view(canvas.box_of("web")).toRect()
    wanted = QColor(canvas.theme.scale[7])
    blue_green_red = np.array([wanted.blue(), wanted.green(), wanted.red()])
    found = np.abs(image[box.top() : box.bottom(), box.left() : box.right()] - blue_green_red).max(axis=2) < 8
    assert int(found.sum()) > 300


def test_many_cards_keep_their_colors_until_the_new_picture_is_painted(canvas, qtbot, monkeypatch) -> None:
    monkeypatch.setattr("app.canvas.view.FEW", 0)
    monkeypatch.setattr("app.canvas.view.FRAME_BUDGET_S", 0.0)
    monkeypatch.setattr("app.canvas.changes.MOST", 0)
    old = shown(canvas)
    canvas.set_lens_values(LensValues(dict.fromkeys(canvas.picture.nodes.ids, ("9 %", 5)), {}))
    canvas.repaint()
    assert not canvas.is_sharp()
    assert np.array_equal(pixels(canvas.grab().toImage()), old)
    qtbot.waitUntil(canvas.is_sharp)
    late = shown(canvas)
    assert (late != old).any()
    canvas.redraw()
    assert np.array_equal(late, shown(canvas))


# -- flows and hits ----------------------------------------------------------------------------------------------------


def test_segments_and_boxes_belong_to_their_flows(drawing) -> None:
    flows = build(drawing).flows
    for row in range(len(flows)):
        points = flows.path(row)
        own = segments(flows, np.array([row]))
        assert np.array_equal(own[:, :2], points[:-1])
        assert np.array_equal(own[:, 2:], points[1:])
        assert flows.boxes[row].tolist() == [*points.min(axis=0).tolist(), *points.max(axis=0).tolist()]
    rows = np.array([2, 0])
    assert np.array_equal(segments(flows, rows), np.concatenate([segments(flows, rows[:1]), segments(flows, rows[1:])]))


@cache
def sixty() -> Picture:
    return build(big_design(60))


@given(steps=st.lists(st.tuples(st.integers(0, 59), st.integers(-40, 40), st.integers(-40, 40)), max_size=4))
def test_boxes_kept_over_moves_are_those_of_the_lines(steps: list[tuple[int, int, int]]) -> None:
    picture = sixty()
    design = picture.design
    for row, x, y in steps:
        key = position_id("services", picture.nodes.ids[row])
        old = design.elements[key]
        delta = Delta.of([(key, old, msgspec.structs.replace(old, x=old.x + 8 * x, y=old.y + 8 * y))])
        design = design.apply(delta)
        picture = picture.patched(delta, design)
        assert np.array_equal(picture.flows.boxes, boxes_of(picture.flows.offsets, picture.flows.points))


def test_double_lines_keep_their_distance(drawing) -> None:
    flows = build(drawing).flows
    both = doubled(flows, np.arange(len(flows)))
    for side, distance in zip(both, (-DOUBLE, DOUBLE), strict=True):
        alone = [beside(flows.path(row), distance) for row in range(len(flows))]
        expected = [np.concatenate([line[:-1], line[1:]], axis=1) for line in alone]
        assert np.array_equal(side, np.concatenate(expected))
    for row in range(len(flows)):
        for point in beside(flows.path(row), DOUBLE):
            assert distance_to_flow(flows.path(row), *point.tolist()) <= DOUBLE * 2**0.5 + 1e-6
        middle = beside(flows.path(row), DOUBLE)[:2].mean(axis=0)
        assert distance_to_flow(flows.path(row), *middle.tolist()) == pytest.approx(DOUBLE, abs=DOUBLE)


def test_hits_agree_with_looking_at_every_box(drawing) -> None:
    picture = build(drawing)
    rng = np.random.default_rng(7)
    for x, y in rng.uniform((-50, 0), (1100, 360), (400, 2)).tolist():
        boxes = [QRectF(*rect) for rect in picture.nodes.rects.tolist()]
        expected = {picture.nodes.elements[row] for row, box in enumerate(boxes) if box.contains(QPointF(x, y))}
        found = hit(picture, x, y, 6.0)
        assert (found is not None and found.part == "node") == bool(expected)
        if found is not None and found.part == "node":
            assert found.element in expected


def test_container_is_the_innermost_boundary(drawing) -> None:
    picture = build(drawing)
    assert picture.boundaries.ids[container_at(picture, 400, 250)] == "left"
    assert container_at(picture, 400, 600) == -1
    assert container_at(picture, 400, 250, frozenset({"left"})) == -1


def test_culling_finds_exactly_what_intersects(drawing) -> None:
    rects = build(drawing).nodes.rects
    found = nodes_in(build(drawing), 300, 100, 520, 120)
    expected = [QRectF(*rect).intersects(QRectF(300, 100, 220, 20)) for rect in rects.tolist()]
    assert found.tolist() == expected


def test_snapping_prefers_a_neighbor_in_reach_and_else_the_grid() -> None:
    others = np.array([[100.0, 0.0, 168.0, 64.0]], np.float32)
    snapper = Snapper(others, QRectF(0, 200, 168, 64))
    seen = QRectF(-500, -500, 2000, 2000)
    by, guides = snapper.snap(QPointF(97, 3), 1.0, seen)
    assert (by.x(), by.y()) == (100.0, 0.0)
    assert [line.x1() for line in guides] == [100.0]
    by, guides = snapper.snap(QPointF(41, 3), 1.0, seen)
    assert (by.x(), by.y()) == (40.0, 0.0)
    assert guides == []


def test_camera_round_trip() -> None:
    camera = Camera(12.0, -7.0, 0.37)
    point = QPointF(123.0, 456.0)
    back = camera.to_scene(camera.to_view(point))
    assert back.x() == pytest.approx(point.x())
    assert back.y() == pytest.approx(point.y())


# -- only what changed is painted again --------------------------------------------------------------------------------


@pytest.fixture
def lensed(canvas):
    """The canvas with a lens: badges on cards, readings on flows."""
    canvas.set_lens_values(LensValues({"web": ("50 %", 3), "orders": ("7 %", 1)}, {"f2": ("12/s", 255)}))
    shown(canvas)
    return canvas


def change_badge(canvas) -> None:
    canvas.set_lens_values(LensValues({"web": ("90 %", 7), "orders": ("7 %", 1)}, {"f2": ("12/s", 255)}))


def change_reading(canvas) -> None:
    values = LensValues(
        {"web": ("50 %", 3), "orders": ("7 %", 1)}, {"f2": ("a far longer reading", 4)}, frozenset({"stock"})
    )
    canvas.set_lens_values(values)


def change_name(canvas) -> None:
    node = canvas.session.design.node("web")
    canvas.session.change([("web", msgspec.structs.replace(node, name="Another name"))], "Rename")


def change_interaction(canvas) -> None:
    flow = canvas.session.design.flows["f1"]
    canvas.session.change([("f1", msgspec.structs.replace(flow, interaction="stream"))], "Stream")


def change_boundary(canvas) -> None:
    boundary = canvas.session.design.boundaries["left"]
    canvas.session.change([("left", msgspec.structs.replace(boundary, name="Another team"))], "Rename")


def change_place(canvas) -> None:
    canvas.session.select({"orders"})
    before = shown(canvas)
    nudge(canvas, 3, 5)
    assert (before != shown(canvas)).any()


CHANGES = [change_badge, change_reading, change_name, change_interaction, change_boundary, change_place]


@pytest.mark.parametrize("change", CHANGES, ids=[change.__name__ for change in CHANGES])
@pytest.mark.parametrize("zoom", [1.0, 0.6, 1.7])
def test_a_change_in_place_paints_what_painting_everything_would(lensed, change, zoom: float) -> None:
    lensed.set_camera(Camera(-40.0, -40.0, zoom))
    lensed.redraw()
    before = shown(lensed)
    change(lensed)
    in_place = shown(lensed)
    assert (before != in_place).any()
    lensed.redraw()
    assert np.abs(shown(lensed) - in_place).max() <= 2


def show_large(canvas, qtbot, zoom: float) -> None:
    """Show a drawing of 75 nodes whose flows have found their ways."""
    canvas.session.open_designs("Large", [("Plan", big_design(75))])
    qtbot.waitUntil(lambda: not canvas.drafting.is_running, timeout=30_000)
    canvas.resize(1300, 760)
    canvas.set_camera(Camera(-40.0, -40.0, zoom))
    canvas.redraw()


@pytest.mark.parametrize("zoom", [1.0, 0.7])
def test_moves_one_after_another_leave_what_painting_everything_would(canvas, qtbot, zoom: float) -> None:
    show_large(canvas, qtbot, zoom)
    for row, right, down in [(31, 1, 0), (31, 0, 1), (7, -6, 4), (40, 30, -12), (40, -30, 12), (2, 3, 3), (55, 9, -20)]:
        canvas.session.select({canvas.picture.nodes.elements[row]})
        nudge(canvas, right, down)
        in_place = shown(canvas)
        canvas.redraw()
        assert np.abs(shown(canvas) - in_place).max() <= 2


@pytest.mark.parametrize("zoom", [1.0, 0.7])
def test_a_card_that_is_dragged_leaves_what_painting_everything_would(canvas, qtbot, zoom: float) -> None:
    show_large(canvas, qtbot, zoom)
    shown(canvas)
    x, y = gestures.middle(canvas, canvas.picture.nodes.elements[31])
    gestures.press(canvas, x, y)
    gestures.move(canvas, x + 90, y + 40)
    for end in (lambda: None, lambda: gestures.release(canvas, x + 90, y + 40)):
        end()
        assert canvas.is_sharp(), "the rest of the picture is as it was"
        in_place = shown(canvas)
        canvas.redraw()
        assert np.abs(shown(canvas) - in_place).max() <= 2


def test_only_the_changed_places_are_named(lensed) -> None:
    before = lensed.picture
    change_badge(lensed)
    places = changed_places(before, lensed.picture)
    assert places is not None
    assert [box.toRect().contains(280, 120) for box in places] == [True]
    assert changed_places(lensed.picture, lensed.picture) == []
    change_boundary(lensed)
    assert changed_places(before, lensed.picture) is None


def test_names_of_small_cards_are_as_large_on_a_screen_of_twice_the_density(session) -> None:
    picture = build(session.design, "services")
    row = picture.nodes.row["web"]
    images = []
    for ratio in (1.0, 2.0):
        cache = CardCache(themes.theme("light"))
        cache.use(0.45, ratio)
        image = cache.pixmap(picture.nodes, row, compact=True).toImage().convertToFormat(QImage.Format.Format_ARGB32)
        images.append(image)
    small, large = images
    shrunk = large.scaled(small.size(), mode=Qt.TransformationMode.SmoothTransformation)
    difference = np.abs(pixels(shrunk) - pixels(small)).mean()
    assert difference < 7.5
