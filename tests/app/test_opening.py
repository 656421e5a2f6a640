"""Opening files: large ones are read beside the GUI thread, with the same result as small ones."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QThreadPool
from PySide6.QtWidgets import QMessageBox

from app import opening
from app.progress import ProgressBox
from models.design.design import to_text
from models.storage.project import Project

PATIENCE_MS = 30_000


@pytest.fixture
def project_file(drawing, tmp_path: Path) -> Path:
    """A project of two variants."""
    path = tmp_path / "Shop.groundplan"
    Project.create(path, "Shop", [("Plan", drawing), ("Idea", drawing)]).close()
    return path


@pytest.fixture
def everything_is_large(monkeypatch) -> None:
    monkeypatch.setattr(opening, "LARGE_BYTES", 0)


@pytest.mark.usefixtures("everything_is_large")
def test_a_large_project_is_read_aside_with_all_its_variants(window, drawing, project_file, qtbot) -> None:
    window.open_source(f"{project_file}#Idea")
    assert window.opening.path == project_file
    assert not window.session.is_open
    qtbot.waitUntil(lambda: window.session.is_open, timeout=PATIENCE_MS)
    session = window.session
    assert window.opening.path is None
    assert (session.title, session.variant_name) == ("Shop", "Idea")
    assert dict(session.design.elements) == dict(drawing.elements)
    QThreadPool.globalInstance().waitForDone()
    assert {variant.id for variant in session.variants} == session.project._documents.keys()
    assert str(project_file) in str(window.settings.value("recent"))
    session.change([("web", msgspec.structs.replace(drawing.node("web"), name="Edited"))], "Rename")
    session.close()
    with Project.open(project_file) as project:
        assert project.design(project.variant("Idea").id).node("web").name == "Edited"


@pytest.mark.usefixtures("everything_is_large")
def test_a_large_design_in_text_form_is_read_aside(window, drawing, tmp_path, qtbot) -> None:
    path = tmp_path / "shop.json"
    path.write_text(to_text(drawing), "utf-8")
    window.open_path(path)
    qtbot.waitUntil(lambda: window.session.is_open, timeout=PATIENCE_MS)
    assert dict(window.session.design.elements) == dict(drawing.elements)


@pytest.mark.usefixtures("everything_is_large")
@pytest.mark.parametrize("how", ["cancel", "close"])
def test_what_is_given_up_keeps_no_lock(window, project_file, qtbot, how) -> None:
    window.open_path(project_file)
    if how == "cancel":
        box = window.findChild(ProgressBox)
        box.canceled.emit()
    else:
        window.close()
    QThreadPool.globalInstance().waitForDone()
    qtbot.wait(50)
    assert not window.session.is_open
    with Project.open(project_file) as project:
        assert not project.read_only


@pytest.mark.usefixtures("everything_is_large")
def test_the_newest_file_wins(window, drawing, project_file, tmp_path, qtbot) -> None:
    other = tmp_path / "Other.groundplan"
    Project.create(other, "Other", [("Plan", drawing)]).close()
    window.open_path(project_file)
    window.open_path(other)
    qtbot.waitUntil(lambda: window.session.is_open, timeout=PATIENCE_MS)
    QThreadPool.globalInstance().waitForDone()
    qtbot.wait(50)
    assert window.session.title == "Other"
    with Project.open(project_file) as project:
        assert not project.read_only


@pytest.mark.usefixtures("everything_is_large")
def test_damage_is_told(window, tmp_path, qtbot) -> None:
    path = tmp_path / "broken.groundplan"
    path.write_bytes(b"SQLite format 3\x00" + b"\x00" * 200)
    window.open_path(path)
    qtbot.waitUntil(lambda: window.findChild(QMessageBox) is not None, timeout=PATIENCE_MS)
    box = window.findChild(QMessageBox)
    assert "broken.groundplan" in box.text()
    assert len(box.informativeText()) > 20
    assert not window.session.is_open
    assert window.opening.path is None
    box.close()


@pytest.mark.usefixtures("everything_is_large")
def test_a_file_that_is_being_read_is_not_opened_twice(desk, drawing, project_file, tmp_path, qtbot) -> None:
    other = tmp_path / "Other.groundplan"
    Project.create(other, "Other", [("Plan", drawing)]).close()
    first = desk.open_path(project_file)
    assert desk.open_path(project_file) is first
    second = desk.open_path(other)
    assert second is not first
    qtbot.waitUntil(lambda: first.session.is_open and second.session.is_open, timeout=PATIENCE_MS)
    assert [window.session.title for window in (first, second)] == ["Shop", "Other"]
    assert not first.session.project.read_only
