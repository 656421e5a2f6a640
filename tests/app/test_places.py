"""Where file dialogs begin, and what they suggest."""

from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QFileDialog, QLineEdit

from app import places
from app.places import ask_file, folder_to_read, suggestion


@pytest.fixture
def shop(window, drawing):
    window.session.open_designs("Shop", [("Plan", drawing)])
    return window


def answer(path: Path, seen: list[Path]) -> None:
    """Type a path into the file dialog that is about to open, and accept it."""

    def type_it() -> None:
        dialog = next(box for box in QApplication.topLevelWidgets() if isinstance(box, QFileDialog) and box.isVisible())
        seen.append(Path(dialog.directory().absolutePath()))
        field = dialog.findChild(QLineEdit)
        field.clear()
        QTest.keyClicks(field, str(path))
        box = dialog.findChild(QDialogButtonBox)
        box.button(QDialogButtonBox.StandardButton.Open).click()

    QTimer.singleShot(200, type_it)


def test_a_dialog_begins_where_the_last_file_was_chosen(shop, tmp_path) -> None:
    folder = tmp_path / "bills"
    folder.mkdir()
    (folder / "bill.csv").write_text("a,b\n", encoding="utf-8")
    seen: list[Path] = []
    answer(folder / "bill.csv", seen)
    assert ask_file(shop, "Import bill", "Tables (*.csv)") == folder / "bill.csv"
    answer(folder / "bill.csv", seen)
    assert ask_file(shop, "Import bill", "Tables (*.csv)") == folder / "bill.csv"
    assert seen[1] == folder
    assert seen[0] != folder


def test_a_folder_that_is_gone_is_not_offered(shop, tmp_path) -> None:
    shop.settings.setValue(places.FOLDER, str(tmp_path / "gone"))
    assert folder_to_read(shop) != tmp_path / "gone"
    assert folder_to_read(shop).is_dir()


def test_what_is_written_is_suggested_beside_the_project(shop, tmp_path) -> None:
    places.remember(shop, tmp_path / "elsewhere.csv")
    assert suggestion(shop, ".pdf", "Plan") == tmp_path / "Shop.pdf"
    home = tmp_path / "projects"
    home.mkdir()
    shop.session.save_as(home / "Shop.groundplan")
    assert suggestion(shop, ".pdf", "Plan") == home / "Shop.pdf"


@pytest.mark.parametrize(("title", "name"), [("A/B: test?", "A-B- test-.pdf"), ("..", "Plan.pdf"), ("", "Plan.pdf")])
def test_a_title_never_leads_out_of_the_folder(shop, drawing, tmp_path, title, name) -> None:
    places.remember(shop, tmp_path / "elsewhere.csv")
    shop.session.open_designs(title, [("Plan", drawing)])
    assert suggestion(shop, ".pdf", "Plan") == tmp_path / name
