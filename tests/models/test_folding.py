"""Totals of collapsed boundaries equal sums over their nodes."""

import msgspec
import numpy as np
import pytest

from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.elements import Position, position_id
from models.evaluation import evaluate
from models.folding import totals
from models.formatting import format_value
from models.picture import build
from models.picture.folded import members
from models.templates import template


@pytest.fixture(scope="module")
def collapsed() -> tuple[Design, str]:
    design = template("assistant").variants[0].design
    boundary = max(design.boundaries, key=lambda key: len(members(design, "services", key)))
    place = position_id("services", boundary)
    stored = design.position("services", boundary) or Position()
    folded = msgspec.structs.replace(stored, collapsed=True)
    return Design({**design.elements, place: folded}), boundary


def test_cost_is_the_sum_and_load_the_worst(collapsed: tuple[Design, str]) -> None:
    design, boundary = collapsed
    evaluation = evaluate(design, load_catalog())
    picture = build(design)
    inside = [evaluation.node_ids.index(key) for key in members(design, "services", boundary)]
    costs = evaluation.node_column("cost_per_month")[inside]
    text, _ = totals("cost", evaluation, picture)[boundary]
    assert text.endswith(format_value(float(np.nansum(costs)), "USD/month"))
    assert text.startswith("≥") == bool(np.isnan(costs).any())
    load, _ = totals("load", evaluation, picture)[boundary]
    assert load.endswith(format_value(float(np.nanmax(evaluation.node_column("load")[inside])), "fraction"))


def test_availability_multiplies(collapsed: tuple[Design, str]) -> None:
    design, boundary = collapsed
    evaluation = evaluate(design, load_catalog())
    inside = [evaluation.node_ids.index(key) for key in members(design, "services", boundary)]
    values = evaluation.node_column("availability")[inside]
    text, _ = totals("availability", evaluation, build(design))[boundary]
    assert text == format_value(float(values[~np.isnan(values)].prod()), "availability")


def test_a_node_with_a_site_elsewhere_lies_in_it_in_part() -> None:
    from models.design.elements import Boundary, Node, Site

    design = Design(
        {
            "a": Boundary("region", "A"),
            "b": Boundary("region", "B"),
            "n": Node("service", "N", sites=(Site("a"), Site("b"))),
        }
    )
    assert members(design, "deployment", "a") == {"n": False}


def test_lenses_without_figures_have_no_totals(collapsed: tuple[Design, str]) -> None:
    design, _ = collapsed
    assert totals("plan", evaluate(design, load_catalog()), build(design)) == {}
