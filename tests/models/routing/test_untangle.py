"""Drawn flows cross one another little more often than the curves of Graphviz dot, and never lie on one another."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.design.design import Design
from models.layout.tidy import tidy
from models.picture import Picture, build
from models.routing import route
from models.routing.crossings import Lines, crossed, overlaid
from models.routing.leftness import ordered, turns
from models.templates import templates
from tests.benchmarks.designs import big_design
from tests.models.importers.shared import imported, needs_shared
from tests.models.layout.graphs import collected, graph_of
from tests.models.layout.test_crossings import MOST, crossing_curves, dot_crossings
from tests.models.routing.test_drawings import VIEWS, through_cards

DOT = {"fraud services": 1}
"""Crossings of Graphviz 14 dot on the templates where it has any; the proof below measures them anew."""


def polylines(picture: Picture) -> list[np.ndarray]:
    paths = picture.flows.paths
    return [paths.path(row).astype(np.float64) for row in range(len(picture.flows)) if len(paths.path(row)) > 1]


def corners_of(picture: Picture) -> np.ndarray:
    """Return the polylines padded to one length by their last point."""
    found = polylines(picture)
    longest = max(len(line) for line in found)
    return np.stack([np.concatenate([line, np.repeat(line[-1:], longest - len(line), 0)]) for line in found])


def tidied(design: Design, view: str) -> Picture:
    return build(design.apply(tidy(design, view)), view)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("template", templates(), ids=lambda template: template.id)
def test_templates_cross_no_more_than_recorded_of_dot(template, view) -> None:
    picture = tidied(template.variants[0].design, view)
    assert crossing_curves(polylines(picture)) <= max(MOST * DOT.get(f"{template.id} {view}", 0), 1)
    corners = corners_of(picture)
    assert overlaid(corners, corners, same=True).sum() == 0


@needs_shared
def test_a_dense_import_crosses_less_than_by_dot_and_no_flow_covers_another() -> None:
    picture = tidied(imported("compose/otel-demo.yaml").design, "data_flow")
    assert crossing_curves(polylines(picture)) <= 38
    corners = corners_of(picture)
    assert overlaid(corners, corners, same=True).sum() == 0


def test_a_drawing_of_150_flows_is_untangled() -> None:
    """As its layout has them the flows cross 204 times, routed one by one 241 times."""
    picture = tidied(big_design(100), "services")
    assert crossing_curves(polylines(picture)) <= 140
    assert through_cards(picture.flows.paths, picture.nodes.rects) == []


def known() -> Iterator[tuple[str, Design, str]]:
    for template in templates():
        for view in VIEWS:
            yield template.id, template.variants[0].design, view
    yield from collected()


@pytest.mark.proof
@needs_shared
def test_all_collected_drawings_cross_little_more_than_by_dot() -> None:
    found = {}
    for name, design, view in known():
        graph = graph_of(name, design, view)
        if len(graph.edges) > 1:
            found[graph.name] = crossing_curves(polylines(tidied(design, view))), dot_crossings(graph)
    assert len(found) > 40
    assert {name: pair for name, pair in found.items() if pair[0] > max(MOST * pair[1], 1)} == {}


@given(st.integers(1, 9), st.integers(0, 5))
def test_flows_of_one_card_to_a_column_do_not_cross(count: int, at: int) -> None:
    rects = np.array([(0, at * 104, 168, 64), *((400, row * 104, 168, 64) for row in range(count))], np.float32)
    one, each = np.zeros(count, np.int64), np.arange(1, count + 1)
    for sources, targets in ((one, each), (each, one)):
        paths = route(rects, sources, targets, {})
        assert crossing_curves([paths.path(row).astype(np.float64) for row in range(count)]) == 0


def test_left_is_what_turns_left_first_and_right_what_turns_right_first() -> None:
    ends = [[(50, 0), (50, -40)], [(90, 0), (90, -40)], [(200, 0), (200, 0)], [(90, 0), (90, 40)], [(50, 0), (50, 40)]]
    corners = np.array([[(0, 0), *end] for end in reversed(ends)], np.float64)
    assert ordered(list(turns(corners).T)).tolist() == [4, 3, 2, 1, 0]


@given(st.integers(2, 12), st.integers(2, 5), st.randoms(use_true_random=False))
def test_counting_agrees_with_looking_at_every_pair(count: int, length: int, generator: random.Random) -> None:
    """No two lines share a coordinate, so that none touch."""
    places = generator.sample(range(0, 4000, 4), 2 * count * length)
    corners = np.zeros((count, length + 1, 2))
    for row in range(count):
        x, y = places.pop(), places.pop()
        corners[row, 0] = x, y
        for number in range(1, length + 1):
            x, y = (places.pop(), y) if (number + row) % 2 else (x, places.pop())
            corners[row, number] = x, y
    each = [
        sum(crossing_curves([corners[row], corners[other]]) for other in range(count) if other != row)
        for row in range(count)
    ]
    assert crossed(corners).tolist() == each
    assert Lines(corners[1:]).crossed_by(corners[:1]).tolist() == each[:1]
    assert overlaid(corners, corners, same=True).sum() == 0


def scattered(generator: random.Random, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return cards off the grid, at least 24 px apart, and 1.4 flows a card between any two of them."""
    taken = sorted(generator.sample([(x, y) for x in range(18) for y in range(22)], count))
    places = [(x * 240 + generator.random() * 48, y * 120 + generator.random() * 32, 168, 64) for x, y in taken]
    pairs = {(generator.randrange(count), generator.randrange(count)) for _ in range(int(1.4 * count))}
    return np.array(places, np.float32), np.array(sorted((a, b) for a, b in pairs if a != b), np.int64)


def no_flow_runs_through_a_card(generator: random.Random) -> None:
    rects, ends = scattered(generator, 300)
    assert through_cards(route(rects, ends[:, 0], ends[:, 1], {}), rects) == []


@settings(max_examples=2)
@given(st.integers(0, 2**31))
def test_in_300_scattered_cards_no_flow_runs_through_one(seed: int) -> None:
    no_flow_runs_through_a_card(random.Random(seed))


@pytest.mark.proof
@settings(max_examples=20)
@given(st.integers(0, 2**31))
def test_in_many_drawings_of_300_cards_no_flow_runs_through_one(seed: int) -> None:
    no_flow_runs_through_a_card(random.Random(seed))
