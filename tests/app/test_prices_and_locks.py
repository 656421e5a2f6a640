"""What the window says of a project whose prices are missing, or that another program holds."""

import sqlite3

import msgspec
import pytest
from PySide6.QtWidgets import QLabel, QMessageBox

from models.design.delta import Delta
from models.design.elements import BRIEF_ID
from models.storage.project import Project
from tests.app.canvas.gestures import drag, middle


def said(window) -> list[str]:
    boxes = [box for box in window.findChildren(QMessageBox) if box.isVisible()]
    return [f"{box.text()}\n{box.informativeText()}" for box in boxes]


def pinned(design, digest: str):
    brief = design.brief
    return design.apply(Delta.of([(BRIEF_ID, brief, msgspec.structs.replace(brief, catalog_digest=digest))]))


def test_a_missing_price_list_is_told_once_and_ends_with_save_as(window, drawing, tmp_path) -> None:
    path = tmp_path / "old.groundplan"
    old = pinned(drawing, "0" * 32)
    Project.create(path, "Old", [("First", old), ("Second", drawing)]).close()
    window.open_path(path)
    (words,) = said(window)
    assert "price list that “First” was made with is not in the file" in words
    first, second = (variant.id for variant in window.session.variants)
    window.session.show_variant(second)
    window.session.show_variant(first)
    assert len(said(window)) == 1
    window.session.save_as(tmp_path / "new.groundplan")
    for box in window.findChildren(QMessageBox):
        box.close()
    window.session.show_variant(window.session.variants[0].id)
    assert said(window) == []


@pytest.mark.parametrize("begin", ["BEGIN EXCLUSIVE", "BEGIN IMMEDIATE"])
def test_an_edit_while_another_program_holds_the_file_is_refused_and_nothing_is_lost(
    window, drawing, tmp_path, begin
) -> None:
    path = tmp_path / "shop.groundplan"
    Project.create(path, "Shop", [("Plan", drawing)]).close()
    window.open_path(path)
    other = sqlite3.connect(path, isolation_level=None, timeout=0.1)
    other.execute(begin)
    canvas, before = window.canvas, window.session.design
    x, y = middle(canvas, "people")
    drag(canvas, (x, y), (x, y + 160))
    (words,) = said(window)
    assert "shop.groundplan" in words
    assert window.session.design == before
    other.execute("ROLLBACK")
    other.close()
    drag(canvas, middle(canvas, "people"), (x, y + 160))
    assert window.session.design != before
    window.session.close()
    with Project.open(path) as project:
        assert project.design(project.variants()[0].id).position("services", "people").y > 104


def test_the_title_says_that_a_project_is_open_for_reading_only(window, drawing, tmp_path) -> None:
    path = tmp_path / "shop.groundplan"
    with Project.create(path, "Shop", [("Plan", drawing)]):
        window.open_path(path)
        assert "only" in said(window)[0]
        texts = [label.text() for label in window.title_bar.findChildren(QLabel)]
        assert "Shop (read only)" in texts
