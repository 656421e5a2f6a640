"""In whole drawings no flow runs through a card that is not its end, and no label lies on a card."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.layout.tidy import tidy
from models.picture import Picture, build
from models.picture.cards import LABEL_SIZE
from models.routing import Paths, route
from models.templates import templates
from models.typeface import text_width
from tests.benchmarks.designs import big_design
from tests.models.importers.shared import ARCHITECTURES, imported, needs_shared

VIEWS = ("services", "data_flow", "deployment")
SYSTEMS = ("compose/otel-demo.yaml", "compose/onyx-docker-compose.yml", "k8s/kserve")


def through_cards(paths: Paths, rects: np.ndarray, around: float = -1.0) -> list[tuple[int, int]]:
    """Return (flow, card) where a flow runs through the inside of a card, or so near to it, its own ones included."""
    starts, stops, owners = paths.segments()
    low, high = np.minimum(starts, stops), np.maximum(starts, stops)
    found = []
    for card, (x, y, width, height) in enumerate(rects.tolist()):
        inside = (low < (x + width + around, y + height + around)).all(1) & (high > (x - around, y - around)).all(1)
        found += [(int(flow), card) for flow in owners[inside]]
    return found


def labels_on_cards(picture: Picture) -> list[str]:
    """Return the labels whose text overlaps a card."""
    found = []
    low, high = picture.nodes.rects[:, :2], picture.nodes.rects[:, :2] + picture.nodes.rects[:, 2:]
    for label, center in zip(picture.flows.labels, picture.flows.label_at, strict=True):
        half = np.array([text_width(label, 10.5) / 2, 6.0])
        if label and ((low < center + half) & (high > center - half)).all(1).any():
            found.append(label)
    return found


def faults(picture: Picture) -> tuple[list[tuple[int, int]], list[str]]:
    paths = picture.flows.paths
    return through_cards(paths, picture.nodes.rects), labels_on_cards(picture)


def test_a_line_through_a_card_is_found() -> None:
    paths = Paths.of(np.array([0, 2], np.int32), np.array([[0, 32], [400, 32]], np.float32))
    assert through_cards(paths, np.array([[100, 0, 168, 64], [100, 32, 168, 64]])) == [(0, 0)]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("template", templates(), ids=lambda template: template.id)
def test_templates(template, view) -> None:
    for variant in template.variants:
        assert faults(build(variant.design, view)) == ([], [])
        assert faults(build(variant.design.apply(tidy(variant.design, view)), view)) == ([], [])


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("template", templates(), ids=lambda template: template.id)
def test_flows_of_templates_do_not_graze_cards(template, view) -> None:
    for variant in template.variants:
        picture = build(variant.design, view)
        flows = picture.flows
        near = through_cards(flows.paths, picture.nodes.rects, around=6.0)
        assert [(flow, card) for flow, card in near if card not in (flows.sources[flow], flows.targets[flow])] == []


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("template", templates(), ids=lambda template: template.id)
def test_no_label_of_a_template_lies_on_another(template, view) -> None:
    for variant in template.variants:
        flows = build(variant.design, view).flows
        told = [row for row, text in enumerate(flows.labels) if text]
        half = np.array([(text_width(flows.labels[row], LABEL_SIZE) / 2, LABEL_SIZE / 2 + 1) for row in told])
        for one, other in combinations(range(len(told)), 2):
            apart = np.abs(flows.spots[told[one], 0] - flows.spots[told[other], 0])
            assert (apart >= half[one] + half[other]).any(), (flows.labels[told[one]], flows.labels[told[other]])


@needs_shared
@pytest.mark.parametrize("name", SYSTEMS)
def test_imported_systems(name) -> None:
    design = imported(name).design
    assert faults(build(design.apply(tidy(design, "services")))) == ([], [])


@pytest.mark.proof
@needs_shared
def test_all_collected_systems() -> None:
    count = 0
    for folder in ("compose", "k8s"):
        for path in sorted((ARCHITECTURES / folder).iterdir()):
            if path.suffix in (".yml", ".yaml"):
                design = imported(f"{folder}/{path.name}").design
                assert faults(build(design.apply(tidy(design, "services")))) == ([], []), path.name
                count += 1
    assert count > 15


cells = st.sets(st.tuples(st.integers(0, 7), st.integers(0, 9)), min_size=2, max_size=40)


@settings(max_examples=40)
@given(cells, st.randoms(use_true_random=False))
def test_random_drawings(taken, generator) -> None:
    """Cards stand anywhere, off the grid, at least 24 px apart."""
    rects = np.array(
        [(x * 240 + generator.random() * 48, y * 120 + generator.random() * 32, 168, 64) for x, y in sorted(taken)],
        np.float32,
    )
    count = len(rects)
    pairs = {(generator.randrange(count), generator.randrange(count)) for _ in range(int(1.4 * count))}
    ends = np.array(sorted((a, b) for a, b in pairs if a != b), np.int64).reshape(-1, 2)
    paths = route(rects, ends[:, 0], ends[:, 1], {})
    assert through_cards(paths, rects) == []


def test_flows_of_a_large_drawing_go_around_cards_too() -> None:
    picture = build(big_design(2_000), "services")
    assert len(picture.flows) > 2_500
    assert through_cards(picture.flows.paths, picture.nodes.rects) == []
