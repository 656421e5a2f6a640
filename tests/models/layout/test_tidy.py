"""Tidy lays out left to right with few crossings, leaves pinned cards alone and changes positions only."""

import random

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.design.design import Design
from models.design.elements import Boundary, Element, Flow, Id, Node, Position
from models.layout.beat import Beat
from models.layout.compound import compound
from models.layout.crossings import count_crossings
from models.layout.layers import Layers
from models.layout.monotone import fit
from models.layout.order import best_order
from models.layout.tidy import tidy
from models.picture import build
from tests.benchmarks.designs import big_design


def _chain(count: int, *more: tuple[str, str], **elements: Element) -> Design:
    found: dict[Id, Element] = {f"n{i}": Node(kind="service", name=f"Service {i}") for i in range(count)}
    found.update({f"f{i}": Flow(f"n{i}", f"n{i + 1}") for i in range(count - 1)})
    found.update({f"g{i}": Flow(a, b) for i, (a, b) in enumerate(more)})
    found.update({key.replace("__", "/"): element for key, element in elements.items()})
    return Design(found)


def _apart(corners: np.ndarray, sizes: np.ndarray) -> bool:
    for row in range(len(corners)):
        clear = (corners[:row] >= corners[row] + sizes[row]) | (corners[:row] + sizes[:row] <= corners[row])
        if not clear.any(1).all():
            return False
    return True


def _corners(sizes: np.ndarray, edges: list[tuple[int, int]]) -> np.ndarray:
    return compound(sizes, [-1] * len(sizes), [], edges)


graphs = st.integers(1, 14).flatmap(
    lambda count: st.tuples(
        st.just(count), st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=24)
    )
)


@settings(max_examples=60, deadline=None)
@given(graphs)
def test_any_graph_is_laid_out_without_overlap(graph: tuple[int, list[tuple[int, int]]]) -> None:
    count, edges = graph
    sizes = np.tile(np.array([168.0, 64.0]), (count, 1))
    corners = _corners(sizes, edges)
    assert not np.isnan(corners).any()
    assert corners.min() >= -1e-6
    assert _apart(corners, sizes)
    np.testing.assert_array_equal(corners, _corners(sizes, edges))


def test_flows_run_from_left_to_right() -> None:
    sizes = np.tile(np.array([168.0, 64.0]), (5, 1))
    corners = _corners(sizes, [(0, 1), (1, 2), (0, 3), (3, 4), (4, 0)])
    for a, b in ((0, 1), (1, 2), (0, 3), (3, 4)):
        assert corners[a, 0] + 168 < corners[b, 0]


def test_a_chain_is_straight() -> None:
    corners = _corners(np.tile(np.array([168.0, 64.0]), (4, 1)), [(0, 1), (1, 2), (2, 3)])
    assert np.ptp(corners[:, 1]) < 1e-6


def test_sweeps_undo_a_tangle() -> None:
    edges = [(0, 7), (1, 6), (2, 5), (3, 4)]
    layers = Layers([0, 0, 0, 0, 1, 1, 1, 1], edges)
    assert count_crossings(layers.members, layers) == 6
    assert count_crossings(best_order([layers])[1], layers) == 0


def test_crossings_are_counted_right() -> None:
    generator = random.Random(5)
    edges = sorted({(generator.randrange(6), 6 + generator.randrange(6)) for _ in range(18)})
    layers = Layers([0] * 6 + [1] * 6, edges)
    pairs = sum((a < c and b > d) or (a > c and b < d) for i, (a, b) in enumerate(edges) for c, d in edges[:i])
    assert count_crossings(layers.members, layers) == pairs


@given(st.lists(st.tuples(st.floats(-100, 100), st.floats(0.1, 10)), min_size=1, max_size=30))
def test_isotonic_regression_is_monotone_and_keeps_the_mean(pairs: list[tuple[float, float]]) -> None:
    values, weights = np.array(pairs).T
    fitted = np.array(fit(values.tolist(), weights.tolist()))
    assert (np.diff(fitted) >= -1e-9).all()
    assert float(fitted @ weights) == pytest.approx(float(values @ weights), abs=1e-6)
    np.testing.assert_allclose(fit(sorted(values.tolist()), weights.tolist()), np.sort(values))


def test_boundaries_hold_their_members_and_nothing_else() -> None:
    sizes = np.tile(np.array([168.0, 64.0]), (6, 1))
    parents, frames = [0, 0, 1, 1, 2, -1], [-1, -1, 1]
    corners = compound(sizes, parents, frames, [(5, 0), (0, 1), (1, 2), (2, 3), (3, 4), (4, 0)])
    assert _apart(corners, sizes)
    for frame, members, others in ((0, [0, 1], [2, 3, 4, 5]), (1, [2, 3, 4], [0, 1, 5])):
        low, high = corners[members].min(0), (corners[members] + sizes[members]).max(0)
        outside = (corners[others] >= high) | (corners[others] + sizes[others] <= low)
        assert outside.any(1).all(), frame


def test_tidy_changes_positions_only() -> None:
    design = _chain(6, ("n0", "n4"), ("n2", "n5"), pos__services__n0=Position(900, 900))
    delta = tidy(design, "services")
    assert all(key.startswith("pos/services/") for key in delta.changes)
    picture = build(design.apply(delta))
    assert _apart(picture.nodes.rects[:, :2], picture.nodes.rects[:, 2:])
    assert (picture.nodes.rects[:, :2] % 8 == 0).all()
    assert tidy(design.apply(delta), "services").invert().then(tidy(design, "services")) is not None


def test_pinned_cards_stay() -> None:
    pinned = Position(808, 404, pinned=True)
    design = _chain(5, pos__services__n2=pinned)
    delta = tidy(design, "services")
    assert "pos/services/n2" not in delta.changes
    picture = build(design.apply(delta))
    assert picture.nodes.rects[picture.nodes.row["n2"], :2].tolist() == [808, 404]
    assert _apart(picture.nodes.rects[:, :2], picture.nodes.rects[:, 2:])


def test_only_the_chosen_cards_move() -> None:
    places = {f"pos__services__n{i}": Position(240 * i, 0) for i in range(5)}
    delta = tidy(_chain(5, **places), "services", frozenset({"n1", "n2"}))
    assert set(delta.changes) <= {"pos/services/n1", "pos/services/n2"}


def test_boundaries_fit_again_and_waypoints_go() -> None:
    design = _chain(
        3,
        team=Boundary(kind="team", name="Team"),
        n1=Node(kind="service", name="B", context="team"),
        pos__services__team=Position(0, 0, 2000, 2000),
        pos__services__f0=Position(waypoints=((5.0, 5.0),)),
    )
    after = design.apply(tidy(design, "services"))
    team, flow = after.position("services", "team"), after.position("services", "f0")
    assert team is not None
    assert team.width == 0
    assert flow is not None
    assert flow.waypoints == ()
    assert build(after).boundaries.rects[0, 2] < 400


def test_a_drawing_without_nodes_has_nothing_to_tidy() -> None:
    assert not tidy(Design(), "services")


def test_five_hundred_nodes_have_far_fewer_crossings_than_drawn_by_number() -> None:
    generator = random.Random(3)
    pairs = {
        (a, min(499, a + generator.choice([1, 2, 3, 7, 11]))) for a in (generator.randrange(499) for _ in range(750))
    }
    design = _chain(500, *sorted((f"n{a}", f"n{b}") for a, b in pairs if a != b))
    delta = tidy(design, "data_flow")
    rects = build(design.apply(delta), "data_flow").nodes.rects
    assert len(delta) == 500
    order = np.lexsort((rects[:, 1], rects[:, 0]))
    assert len(set(map(tuple, rects[order, :2].tolist()))) == 500
    assert msgspec.json.encode(sorted(delta.changes)) == msgspec.json.encode(sorted(tidy(design, "data_flow").changes))


def test_progress_never_falls_and_ends_near_the_whole() -> None:
    told: list[float] = []
    tidy(big_design(200), "services", progress=told.append)
    assert told == sorted(told)
    assert told[0] < 0.2
    assert 0.75 <= told[-1] <= 1.0
    assert len({round(share, 2) for share in told}) > 10


def test_progress_goes_through_the_parts_of_a_drawing() -> None:
    told: list[float] = []
    beat = Beat(told.append)
    for low, high in ((0.0, 0.5), (0.5, 1.0)):
        beat.enter(low, high)
        beat.expect(0.5, 2)
        beat()
        beat()
        beat.expect(1.0, 1)
        beat()
    assert told == [0.0, 0.125, 0.25, 0.5, 0.625, 0.75]
