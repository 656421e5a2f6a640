"""Names lead to plans, and a plan keeps the price list it was made with."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from models.catalog.catalog import load_catalog
from models.catalog.overlay import OverlayRow
from models.design.delta import Delta
from models.design.design import Design
from models.design.elements import Brief, Node
from models.evaluation import evaluate
from models.plans import PlanError, catalog_of, create_project, read_designs, read_plan, write_designs
from models.storage.errors import StorageError
from models.storage.project import Project

DESIGN = Design({"a": Node("service", "A")})


def test_odd_names_are_plain_names(tmp_path: Path) -> None:
    for name in ("a#b.groundplan", "what? 100%.groundplan", "Büro – Plan.groundplan"):
        create_project(tmp_path / name, "T", [("First", DESIGN), ("Second", DESIGN)]).close()
        assert read_plan(str(tmp_path / name)).variant == "First"
        assert read_plan(f"{tmp_path / name}#second").variant == "Second"


def test_every_form_is_read_back(tmp_path: Path) -> None:
    write_designs(tmp_path / "one.json", "One", [("Only", DESIGN)])
    write_designs(tmp_path / "folder", "Two", [("First", DESIGN), ("Second", Design())])
    assert read_designs(str(tmp_path / "one.json")) == ("one", (("one", DESIGN),))
    assert read_designs(str(tmp_path / "folder")) == ("Two", (("First", DESIGN), ("Second", Design())))
    with pytest.raises(PlanError, match="exists already"):
        write_designs(tmp_path / "one.json", "One", [("Only", DESIGN)])
    with pytest.raises(PlanError, match="holds one variant and there are 2"):
        write_designs(tmp_path / "two.json", "Two", [("First", DESIGN), ("Second", DESIGN)])


def test_pinned_prices_outlive_an_upgrade_of_the_program(tmp_path: Path) -> None:
    former = load_catalog().overlay(
        [OverlayRow("aws", "eu-central-1", "block_storage", "GiB-month", 9.0, "2024-01-01")]
    )
    pinned = DESIGN.apply(_brief(former.digest))
    with Project.create(tmp_path / "old.groundplan", "Old", [("First", pinned)]) as project:
        project.shelf.pin_catalog(former.digest, former.blob())
    plan = read_plan(str(tmp_path / "old.groundplan"))
    assert plan.catalog.digest == former.digest != load_catalog().digest
    assert plan.notices == ()
    assert evaluate(plan.design, plan.catalog).catalog is plan.catalog


def test_new_project_is_pinned_to_the_shipped_prices(tmp_path: Path) -> None:
    with create_project(tmp_path / "new.groundplan", "New", [("First", DESIGN)]) as project:
        design = project.design(project.variants()[0].id)
        assert design.brief.catalog_digest == load_catalog().digest
        assert catalog_of(project, design) == (load_catalog(), "")


def test_missing_or_damaged_price_list_is_said(tmp_path: Path) -> None:
    pinned = DESIGN.apply(_brief("0" * 32))
    with Project.create(tmp_path / "old.groundplan", "Old", [("First", pinned)]) as project:
        catalog, notice = catalog_of(project, pinned)
        assert catalog is load_catalog()
        assert "is not in the file" in notice
        project.shelf.pin_catalog("0" * 32, b"no price list")
        with pytest.raises(StorageError, match=r"price list .* is damaged"):
            catalog_of(project, pinned)


def _brief(digest: str) -> Delta:
    return Delta.of([("brief", None, msgspec.structs.replace(Brief("B"), catalog_digest=digest))])
