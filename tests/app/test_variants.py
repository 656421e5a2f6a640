"""Variants of the open project: branch, rename, delete, baseline, common ancestor; unsaved and in a file."""

import msgspec
import pytest

from app.session import Session
from models.catalog.catalog import load_catalog
from models.catalog.overlay import read_price_list
from models.storage.project import Project
from tests.app.test_window import evaluated


@pytest.fixture(params=["unsaved", "saved"])
def open_session(request, session, tmp_path):
    if request.param == "saved":
        session.save_as(tmp_path / "shop.groundplan")
    yield session
    session.close()


def rename_node(session: Session, name: str) -> None:
    session.change([("web", msgspec.structs.replace(session.design.node("web"), name=name))], f"Rename to {name}")


def names(session: Session) -> list[str]:
    return [variant.name for variant in session.variants]


def test_a_variant_is_renamed_and_deleted(open_session) -> None:
    session = open_session
    session.add_variant("Second")
    session.rename_variant(session.variant, "Cheaper")
    assert names(session) == ["Plan", "Cheaper"]
    session.delete_variant(session.variant)
    assert names(session) == ["Plan"]
    assert session.variant_name == "Plan"
    rename_node(session, "still editable")
    assert session.design.node("web").name == "still editable"


def test_the_only_variant_stays(open_session, qtbot) -> None:
    with qtbot.waitSignal(open_session.refused) as blocker:
        open_session.delete_variant(open_session.variant)
    assert "only variant" in blocker.args[0]
    assert names(open_session) == ["Plan"]


def test_deleting_a_variant_that_is_not_shown_keeps_the_shown_one(open_session) -> None:
    session = open_session
    first = session.variant
    session.add_variant("Second")
    rename_node(session, "Mine")
    session.delete_variant(first)
    assert session.variant_name == "Second"
    assert session.design.node("web").name == "Mine"
    assert session.baseline_variant is session.variants[0]


def test_the_baseline_can_be_another_variant(open_session, qtbot) -> None:
    session = open_session
    session.add_variant("Second")
    rename_node(session, "Other")
    with qtbot.waitSignal(session.baseline_changed):
        session.set_baseline(session.variant)
    assert session.baseline_design is session.design


def test_the_chosen_baseline_is_kept_in_the_file(session, tmp_path) -> None:
    session.add_variant("Second")
    session.set_baseline(session.variant)
    session.save_as(tmp_path / "shop.groundplan")
    assert session.baseline_variant.name == "Second"
    session.close()
    again = Session()
    again.open_project(Project.open(tmp_path / "shop.groundplan"))
    assert again.baseline_variant.name == "Second"
    again.close()


def test_the_common_ancestor_is_the_state_of_the_branch(open_session) -> None:
    session = open_session
    first = session.variant
    branch = session.design
    session.add_variant("Second")
    second = session.variant
    rename_node(session, "Changed here")
    session.show_variant(first)
    rename_node(session, "Changed there")
    assert session.ancestor_of(first, second) == branch
    session.add_variant("Third")
    assert session.ancestor_of(first, session.variant).node("web").name == "Changed there"
    assert session.ancestor_of(second, session.variant) == branch


def test_a_saved_copy_keeps_the_price_list_its_plan_was_made_with(session, tmp_path) -> None:
    from models.plans import catalog_of

    session.save_as(tmp_path / "first.groundplan")
    prices = tmp_path / "ours.csv"
    header = "provider,region,item,unit,price_usd,date,note\n"
    prices.write_text(header + "aws,eu-central-1,m7i.xlarge,hour,0.11,2026-10-01,\n", "utf-8")
    older = load_catalog().overlay(read_price_list(prices))
    session.project.shelf.pin_catalog(older.digest, older.blob())
    session.change([("brief", msgspec.structs.replace(session.design.brief, catalog_digest=older.digest))], "Pin")
    session.save_as(tmp_path / "second.groundplan")
    found, notice = catalog_of(session.project, session.design)
    assert (found.digest, notice) == (older.digest, "")
    session.close()


def test_a_project_closed_while_its_baseline_is_measured_is_let_go(window, qtbot) -> None:
    evaluated(window, qtbot, lambda: window.open_template("assistant"))
    session = window.session
    evaluated(window, qtbot, lambda: session.show_variant(session.variants[1].id))
    window.scoring._measured = None
    window.session.baseline = ()
    window.scoring.show_figures()
    assert window.scoring._wanted is not None
    session.close()
    qtbot.waitUntil(lambda: window.scoring._wanted is None)
