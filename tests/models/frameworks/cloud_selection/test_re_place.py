"""Re-placing a design on another provider: regions, machines, gaps, and what stays."""

import pytest

from models.catalog.catalog import load_catalog
from models.design.kinds import value_of
from models.evaluation import evaluate
from models.evaluation.places import resolve
from models.moves import Problem, apply_move
from models.moves.re_place import movable, places_of, replacement
from models.report import Message, Remedy
from models.templates import template, templates

CLOUDS = ("aws", "azure", "gcp", "oci")


def drawn(name, variant=0):
    return template(name).variants[variant].design


def placed(design, provider, **more):
    found = replacement(design, load_catalog(), provider, **more)
    assert not isinstance(found, Problem)
    return found


@pytest.mark.parametrize("provider", CLOUDS)
@pytest.mark.parametrize("name", [each.id for each in templates()])
def test_every_movable_node_lands_on_the_provider_inside_the_residency(name, provider):
    for number, variant in enumerate(template(name).variants):
        design = drawn(name, number)
        found = placed(design, provider)
        residency = value_of(design.brief, "residency")
        for node in movable(found.design):
            for owner, region in places_of(found.design, node):
                assert owner == provider, (variant.name, node)
                if residency == "EU":
                    assert load_catalog().region(owner, region).jurisdiction == "EU"
        assert movable(found.design) == movable(design)


def test_a_design_on_its_own_provider_stays_the_same():
    design = drawn("assistant")
    assert placed(design, "aws").design is design


def test_machines_keep_size_and_accelerator_or_name_the_stand_in():
    found = placed(drawn("recommender"), "gcp")
    ranker = found.design.node("ranker")
    assert "instance" not in ranker.params
    assert ranker.params["accelerator"] == "L4"
    azure = placed(drawn("recommender"), "azure")
    assert azure.design.node("ranker").params["accelerator"] == "A10"
    assert any("A10 instead of L4" in note.sentence and not note.missing for note in azure.notes)


def test_what_is_not_sold_is_a_gap():
    gaps = placed(drawn("gateway"), "gcp").gaps
    assert [(gap.node, "H200" in gap.sentence) for gap in gaps] == [("chat-model", True)]
    assert ("cdn", True) in [(gap.node, gap.missing) for gap in placed(drawn("assistant"), "oci").gaps]


def test_two_regions_stay_two():
    found = placed(drawn("fraud", 1), "azure")
    assert len(set(found.regions.values())) == 2


def test_stores_and_devices_stay_where_they_are():
    design = drawn("vision")
    after = placed(design, "azure").design
    assert after.node("edge-box") == design.node("edge-box")
    assert after.node("display").sites == design.node("display").sites


def test_an_own_price_does_not_travel():
    found = placed(drawn("gateway"), "aws")
    assert found.design.node("chat-model").params.get("price_usd_hour") is None
    assert any("own price" in note.sentence for note in found.notes)


def test_kept_nodes_stay():
    design = drawn("assistant")
    after = placed(design, "gcp", keep=("history",)).design
    assert resolve(after, after.node("history").sites[0].boundary).provider == "aws"
    assert resolve(after, after.node("gateway").sites[0].boundary).provider == "gcp"


def test_the_move_leaves_no_empty_account_behind():
    after = placed(drawn("assistant"), "gcp").design
    assert sorted(b.kind for b in after.boundaries.values() if b.kind != "team") == ["provider", "region"]


def test_the_load_stays_and_only_places_prices_and_distances_change():
    design = drawn("recommender")
    before, after = (evaluate(each, load_catalog()) for each in (design, placed(design, "gcp").design))
    assert after.node_ids == before.node_ids
    assert after.node_column("arrival_rate") == pytest.approx(before.node_column("arrival_rate"), nan_ok=True)
    assert after.figure("total/bottleneck").text == before.figure("total/bottleneck").text


def test_an_unknown_provider_or_region_is_a_sentence():
    design = drawn("assistant")
    for args in ({"provider": "nowhere"}, {"provider": "gcp", "region": "moon-1"}):
        found = apply_move(design, load_catalog(), Remedy("re_place", args, Message("")))
        assert isinstance(found, Problem)
        assert "price list" in str(found.message)


def test_nodes_can_be_placed_one_by_one():
    design = drawn("assistant")
    args = {"places": {"history": ["gcp", "europe-west3"], "documents": ["aws", "eu-north-1"]}}
    after = apply_move(design, load_catalog(), Remedy("place_nodes", args))
    assert not isinstance(after, Problem)
    assert places_of(after, "history") == [("gcp", "europe-west3")]
    assert places_of(after, "documents") == [("aws", "eu-north-1")]
    assert places_of(after, "gateway") == [("aws", "eu-central-1")]
