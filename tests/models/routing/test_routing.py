"""Routes are axis-parallel, end at their cards, keep off other cards and off each other."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.routing import Paths, label_places, reroute, route, touched
from models.routing.crossings import overlaid
from models.routing.obstacles import Obstacles
from models.routing.paths import compact, parallel, shortened, through


def _grid(columns: int, rows: int) -> np.ndarray:
    return np.array([(x * 248.0, y * 120.0, 168.0, 64.0) for y in range(rows) for x in range(columns)], np.float32)


def _pairs(*pairs: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    ends = np.array(pairs, np.int64).reshape(-1, 2)
    return ends[:, 0], ends[:, 1]


def _crossed_cards(path: np.ndarray, rects: np.ndarray) -> list[int]:
    """Return the cards whose inside (2 px off the edge) a polyline runs through."""
    low, high = np.minimum(path[:-1], path[1:]), np.maximum(path[:-1], path[1:])
    inside = [
        ((low < rect[:2] + rect[2:] - 2) & (high > rect[:2] + 2)).all(1).any() for rect in rects.astype(np.float64)
    ]
    return np.flatnonzero(inside).tolist()


def _on_edge(point: np.ndarray, rect: np.ndarray) -> bool:
    x, y, width, height = rect.tolist()
    px, py = point.tolist()
    upright = (abs(px - x) < 0.1 or abs(px - x - width) < 0.1) and y - 0.1 <= py <= y + height + 0.1
    level = (abs(py - y) < 0.1 or abs(py - y - height) < 0.1) and x - 0.1 <= px <= x + width + 0.1
    return upright or level


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), min_size=1, max_size=14, unique=True))
def test_routes_on_a_grid_touch_no_other_card(pairs: list[tuple[int, int]]) -> None:
    rects = _grid(5, 4)
    sources, targets = _pairs(*pairs)
    paths = route(rects, sources, targets, {})
    for row, (source, target) in enumerate(pairs):
        path = paths.path(row)
        assert (np.abs(np.diff(path, axis=0)).min(1) < 0.01).all(), "a segment is slanted"
        assert _on_edge(path[0], rects[source])
        assert _on_edge(path[-1], rects[target])
        assert _crossed_cards(path, rects) == []


def test_level_cards_are_joined_by_one_straight_line() -> None:
    rects = _grid(3, 1)
    paths = route(rects, *_pairs((0, 1), (1, 2)), {})
    assert paths.path(0).tolist() == [[168, 32], [248, 32]]
    assert paths.path(1).tolist() == [[416, 32], [496, 32]]


def test_a_card_in_between_is_passed() -> None:
    rects = _grid(3, 1)
    path = route(rects, *_pairs((0, 2)), {}).path(0)
    assert len(path) > 2
    assert _crossed_cards(path, rects) == []


def test_several_flows_spread_along_a_side() -> None:
    rects = np.array([(0, 100, 168, 64), (400, 0, 168, 64), (400, 100, 168, 64), (400, 200, 168, 64)], np.float32)
    paths = route(rects, *_pairs((0, 1), (0, 2), (0, 3)), {})
    starts = {tuple(paths.path(row)[0].tolist()) for row in range(3)}
    assert len(starts) == 3


def test_flows_back_and_forth_keep_apart() -> None:
    rects = _grid(2, 1)
    paths = route(rects, *_pairs((0, 1), (1, 0)), {})
    assert abs(paths.path(0)[0][1] - paths.path(1)[0][1]) >= 8


def test_parallel_runs_get_tracks_of_their_own() -> None:
    rects = np.array([(0, 0, 168, 64), (0, 120, 168, 64), (400, 240, 168, 64), (400, 360, 168, 64)], np.float32)
    paths = route(rects, *_pairs((0, 2), (1, 3)), {})
    upright = []
    for row in range(2):
        path = paths.path(row)
        steps = np.diff(path, axis=0)
        upright.extend(
            (float(a[0]), *sorted((float(a[1]), float(b[1]))))
            for a, b, step in zip(path[:-1], path[1:], steps, strict=True)
            if abs(step[0]) < 0.01
        )
    (x0, low0, high0), (x1, low1, high1) = upright[0], upright[-1]
    assert abs(x0 - x1) >= 6 or high0 <= low1 or high1 <= low0


def test_a_loop_leaves_and_returns() -> None:
    path = route(_grid(1, 1), *_pairs((0, 0)), {}).path(0)
    assert len(path) >= 4
    assert path[:, 0].max() > 168


def test_no_flows_no_paths() -> None:
    paths = route(_grid(2, 1), *_pairs(), {})
    assert paths.offsets.tolist() == [0]


def test_waypoints_are_kept() -> None:
    rects = _grid(3, 2)
    path = route(rects, *_pairs((0, 4), (1, 2)), {0: ((200.0, 90.0),)}).path(0)
    assert any(a[0] == b[0] == 200 and min(a[1], b[1]) <= 90 <= max(a[1], b[1]) for a, b in pairwise(path.tolist()))
    between = through(rects[0], rects[4], ((200.0, 90.0), (220.0, 300.0)))
    assert (np.abs(np.diff(between, axis=0)).min(1) < 0.01).all()


def test_only_the_flows_of_a_moved_card_are_routed_again() -> None:
    rects = _grid(4, 3)
    sources, targets = _pairs((0, 1), (1, 2), (4, 5), (8, 9), (9, 11))
    before = route(rects, sources, targets, {})
    moved = rects.copy()
    moved[1] = (320, 40, 168, 64)
    rows = touched(moved, [1], sources, targets, before)
    assert {0, 1} <= set(rows)
    after = reroute(moved, sources, targets, {}, before, rows)
    for row in range(5):
        if row in rows:
            assert _crossed_cards(after.path(row), moved) == []
        else:
            np.testing.assert_array_equal(after.path(row), before.path(row))


def test_what_is_routed_again_keeps_off_the_lines_that_stay() -> None:
    """Both flows turn midway between the two columns, and run beside each other there."""
    rects = np.array([(0, 0, 168, 64), (400, 300, 168, 64), (0, 120, 168, 64), (400, 420, 168, 64)], np.float32)
    sources, targets = _pairs((0, 1), (2, 3))
    alone = route(rects, sources[:1], targets[:1], {})
    before = Paths.of(np.array([*alone.offsets, alone.offsets[-1]], np.int32), alone.points)
    after = reroute(rects, sources, targets, {}, before, [1])
    np.testing.assert_array_equal(after.path(0), alone.path(0))
    lines = [after.path(row).astype(np.float64) for row in range(2)]
    assert [len(line) for line in lines] == [4, 4]
    assert overlaid(lines[0][None], lines[1][None]).sum() == 0


def test_a_card_moved_onto_a_line_pushes_it_away() -> None:
    rects = np.array([(0, 0, 168, 64), (600, 0, 168, 64), (300, 300, 168, 64)], np.float32)
    sources, targets = _pairs((0, 1))
    before = route(rects, sources, targets, {})
    rects[2] = (300, 8, 168, 64)
    rows = touched(rects, [2], sources, targets, before)
    assert rows == [0]
    assert _crossed_cards(reroute(rects, sources, targets, {}, before, rows).path(0), rects) == []


def test_obstacles_count_what_lies_on_cards() -> None:
    obstacles = Obstacles(np.array([(80, 80, 160, 64)], np.float32))
    line = np.array([100.0])
    assert obstacles.hits_across(line, np.array([0.0]), np.array([400.0])).tolist() == [160]
    assert obstacles.hits_across(line, np.array([0.0]), np.array([80.0])).tolist() == [0]
    assert obstacles.hits_down(np.array([60.0]), np.array([0.0]), np.array([400.0])).tolist() == [0]
    assert obstacles.hits_down(np.array([-900.0]), np.array([0.0]), np.array([400.0])).tolist() == [0]


def test_compact_drops_repeated_and_collinear_points() -> None:
    corners = np.array(
        [[(0, 0), (5, 0), (5, 0), (9, 0), (9, 4), (9, 4)], [(0, 0), (0, 1), (0, 2), (0, 3), (0, 3), (1, 3)]]
    )
    paths = compact(corners.astype(np.float64))
    assert paths.path(0).tolist() == [[0, 0], [9, 0], [9, 4]]
    assert paths.path(1).tolist() == [[0, 0], [0, 3], [1, 3]]
    replaced = paths.replaced([0], [np.zeros((4, 2), np.float32)])
    assert replaced.offsets.tolist() == [0, 4, 7]
    assert replaced.path(1).tolist() == paths.path(1).tolist()


def test_double_lines_and_arrow_heads_keep_corners_square() -> None:
    path = np.array([(0, 0), (10, 0), (10, 10)], np.float32)
    assert parallel(path, 2).tolist() == [[0, -2], [12, -2], [12, 10]]
    assert shortened(path, 4)[-1].tolist() == [10, 6]


@pytest.mark.parametrize("text", ["", "sampled 10 %", "a long label that has no room between the cards"])
def test_labels_stand_clear_of_cards(text: str) -> None:
    rects = np.array([(0, 0, 168, 64), (420, 0, 168, 64)], np.float32)
    paths: Paths = route(rects, *_pairs((0, 1)), {})
    ((x, y),) = label_places(paths, [text], rects, np.zeros((0, 4), np.float32)).tolist()
    assert 168 < x < 420 or y < 0 or y > 64


def test_labels_of_crossing_flows_keep_apart() -> None:
    rects = _grid(3, 3)
    labels = ["first label", "second label"]
    paths = route(rects, *_pairs((0, 8), (2, 6)), {})
    (x0, y0), (x1, y1) = label_places(paths, labels, rects, np.zeros((0, 4), np.float32)).tolist()
    assert abs(x0 - x1) > 40 or abs(y0 - y1) > 12


@given(st.data())
def test_px_on_cards_are_those_of_single_lines(data: st.DataObject) -> None:
    whole = st.integers(0, 400)
    cards = data.draw(st.lists(st.tuples(whole, whole, st.integers(20, 200), st.integers(20, 120)), max_size=6))
    steps = data.draw(st.lists(st.tuples(st.booleans(), whole), min_size=5, max_size=5))
    corners = [(0.0, 0.0)]
    for level, to in steps:
        corners.append((float(to), corners[-1][1]) if level else (corners[-1][0], float(to)))
    obstacles = Obstacles(np.array(cards, np.float32).reshape(-1, 4))
    expected = 0
    for (x0, y0), (x1, y1) in pairwise(corners):
        ends = ((x0, x1), (y0, y1)) if y0 == y1 else ((y0, y1), (x0, x1))
        find = obstacles.hits_across if y0 == y1 else obstacles.hits_down
        expected += int(find(np.array([ends[1][0]]), np.array([ends[0][0]]), np.array([ends[0][1]]))[0])
    assert obstacles.hits(np.array(corners)).tolist() == expected


@pytest.mark.parametrize("off", [-9, -4, 4, 9])
def test_a_flow_that_would_jog_a_little_runs_straight_between_others(off: int) -> None:
    """Both ends share their sides with another flow; evenly spread, their ports would miss each other by `off`."""
    rects = np.array([(0, 0, 168, 64), (400, off, 168, 64), (400, 160, 168, 64), (0, 160, 168, 64)], np.float32)
    paths = route(rects, np.array([0, 0, 3]), np.array([1, 2, 1]), {})
    straight = [row for row in range(3) if len(paths.path(row)) == 2]
    assert straight == [0]
    for end in (0, -1):
        ports = sorted(float(paths.path(row)[end, 1]) for row in ((0, 1) if end == 0 else (0, 2)))
        assert ports[1] - ports[0] >= 8


def test_flows_that_leave_cards_towards_each_other_do_not_share_their_first_piece() -> None:
    """The upper card's lower side and the lower card's upper side: both flows would begin in the middle."""
    rects = np.array([(0, 0, 168, 64), (0, 104, 168, 64), (-400, 40, 168, 64), (400, 40, 168, 64)], np.float32)
    wall = np.array([(-220, -30, 20, 220), (380 - 12, -30, 20, 40)], np.float32)
    rects = np.concatenate([rects, wall])
    paths = route(rects, np.array([0, 1, 0, 1]), np.array([3, 2, 2, 3]), {})
    lines = [paths.path(row).astype(np.float64) for row in range(4)]
    longest = max(map(len, lines))
    corners = np.stack([np.concatenate([line, np.repeat(line[-1:], longest - len(line), 0)]) for line in lines])
    assert overlaid(corners, corners, same=True).sum() == 0
