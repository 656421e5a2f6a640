"""Lenses read an evaluation as badges and colors; the same numbers as everywhere else."""

import numpy as np
import pytest

from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.elements import Boundary, Node, Position
from models.evaluation import Evaluation, evaluate
from models.formatting import format_value
from models.lenses import LENSES, changes_reading, comparison, read_lens, step_of, volumes
from models.picture import build
from models.routing.obstacles import Obstacles
from models.templates import templates
from models.themes import NO_COLOR, SCALE_STEPS, role_code


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    template = next(template for template in templates() if template.id == "assistant")
    return evaluate(template.variants[0].design, load_catalog())


@pytest.mark.parametrize("lens", [lens.id for lens in LENSES])
def test_every_lens_reads_every_template_variant(lens: str, evaluation: Evaluation) -> None:
    reading = read_lens(lens, evaluation)
    picture = build(evaluation.design).with_lens(reading.values)
    assert set(reading.values.nodes) <= set(evaluation.design.nodes)
    assert set(reading.values.flows) <= set(evaluation.design.flows)
    for badge, color in zip(picture.nodes.badges, picture.nodes.colors.tolist(), strict=True):
        assert color == NO_COLOR or color < SCALE_STEPS + 9
        assert badge or color == NO_COLOR
    if lens not in ("plan", "changes"):
        assert reading.legend is not None
        assert [code for code, _ in reading.legend.steps] == list(range(SCALE_STEPS))
        assert any(picture.nodes.badges)


def test_the_load_badge_is_the_figure(evaluation: Evaluation) -> None:
    nodes = read_lens("load", evaluation).values.nodes
    load = evaluation.node_column("load")
    for key, value in zip(evaluation.node_ids, load.tolist(), strict=True):
        if value >= 0.001 and evaluation.design.node(key).kind != "users":
            assert nodes[key][0].endswith(format_value(value, "fraction"))
            assert nodes[key][1] == min(int(value * SCALE_STEPS), SCALE_STEPS - 1)


def test_the_cost_badge_is_the_figure_and_unpriced_says_so(evaluation: Evaluation) -> None:
    nodes = read_lens("cost", evaluation).values.nodes
    cost = evaluation.node_column("cost_per_month")
    for key, value in zip(evaluation.node_ids, cost.tolist(), strict=True):
        if np.isnan(value):
            assert nodes[key] == ("no price", role_code("unknown"))
        elif value >= 1:
            assert nodes[key][0] == format_value(value, "USD/month")


def test_steps_keep_their_order_and_unknown_has_none() -> None:
    assert step_of(np.array([0.0, 0.124, 0.126, 0.93, 1.0, 7.0, np.nan])).tolist() == [0, 0, 1, 7, 7, 7, NO_COLOR]


def test_problems_and_given_ids_carry_a_mark(evaluation: Evaluation) -> None:
    named = {key for finding in evaluation.problems if finding.severity != "note" for key in finding.elements}
    node = evaluation.node_ids[0]
    assert read_lens("plan", evaluation, warned=frozenset({node})).values.warned == (named | {node}) - {"brief"}


def test_an_unknown_lens_is_refused(evaluation: Evaluation) -> None:
    with pytest.raises(KeyError):
        read_lens("weather", evaluation)


def test_changes_show_added_removed_and_changed() -> None:
    kept = {"a": Node(kind="service", name="A"), "b": Node(kind="service", name="B")}
    before = Design(
        {**kept, "team": Boundary(kind="team", name="T"), "c": Node(kind="cache", name="C", context="team")}
    )
    after = Design({"a": Node(kind="service", name="Renamed"), "b": kept["b"], "d": Node(kind="queue", name="D")})
    reading = changes_reading(before, after)
    assert {key: text for key, (text, _) in reading.values.nodes.items()} == {
        "a": "changed",
        "c": "removed",
        "d": "added",
    }
    both = comparison(before, after)
    assert set(both.nodes) == {"a", "b", "c", "d"}
    assert both.node("a").name == "Renamed"


def test_changes_of_positions_are_no_changes_of_the_plan() -> None:
    before = Design({"a": Node(kind="service", name="A")})
    after = Design({**before.elements, "pos/services/a": Position(8, 8)})
    assert not changes_reading(before, after).values.nodes


@pytest.mark.parametrize("view", ["services", "data_flow", "deployment"])
def test_no_flow_of_a_template_runs_through_a_card(view: str) -> None:
    for template in templates():
        for variant in template.variants:
            picture = build(variant.design, view)
            obstacles = Obstacles(picture.nodes.rects)
            for row, key in enumerate(picture.flows.ids):
                path = picture.flows.path(row).astype(np.float64)
                assert obstacles.hits(path) == 0, f"{template.id}, {variant.name}, {view}: {key}"


def test_volumes_are_a_day_of_the_mean_rate(evaluation: Evaluation) -> None:
    found = volumes(evaluation)
    assert found
    for key, (text, color) in found.items():
        row = evaluation.flow_ids.index(key)
        daily = evaluation.flow_column("bytes_per_s")[row] * 24 * 3600 / 1024**3
        assert text == format_value(daily, "GiB/day")
        assert color == NO_COLOR
