"""Around the drawing: export with cancel, the start page's previews, the guided first design, settings, icon packs."""

import json
import threading
import zipfile
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication, QLabel

from app import icons
from app.export_dialog import ExportDialog
from app.exporting import FORMATS, export, job_of
from app.guide import STEPS, Guide
from app.icons import paint_icon, use_drawn_icons
from app.picture_view import thumbnail
from app.settings import remember_path
from app.settings_dialog import SettingsDialog
from models import themes
from models.design.design import Design
from models.design.edits import new_node, set_params
from models.design.elements import BRIEF_ID, Boundary, Brief, Flow, Node, Site
from models.icons import icon_for
from models.picture import build
from models.plans import create_project
from models.templates import template

BEGINS = {".pdf": b"%PDF", ".svg": b"<?xml", ".png": b"\x89PNG", ".xlsx": b"PK", ".json": b"{"}
RED = b'<svg xmlns="http://www.w3.org/2000/svg" width="32" height="32"><rect width="32" height="32" fill="#f00"/></svg>'


@pytest.fixture
def shop(window, drawing):
    window.session.open_designs("Shop", [("Plan", drawing)])
    window.session.add_variant("Second")
    return window


# -- export ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", BEGINS)
def test_every_format_is_written_by_the_dialog(shop, qtbot, tmp_path, ending: str) -> None:
    dialog = ExportDialog(shop, shop.session, shop.canvas.picture, shop.theme)
    dialog.form.setCurrentIndex(dialog.form.findData(ending))
    dialog.path.setText(str(tmp_path / f"plan{ending}"))
    with qtbot.waitSignal(dialog.work.done, timeout=60_000) as blocker:
        dialog.begin()
    assert blocker.args == [None], dialog.status.text()
    assert (tmp_path / f"plan{ending}").read_bytes().startswith(BEGINS[ending])
    assert dialog.status.text().startswith("Written")
    dialog.close()


@pytest.mark.parametrize("ending", [".svg", ".png"])
def test_a_drawing_that_is_still_being_made_is_exported_whole(shop, tmp_path, ending) -> None:
    paths = [tmp_path / f"{name}{ending}" for name in ("made", "waited")]
    shop.session.show_lens("plan")
    shop.session.show_view("data_flow")
    shop.canvas.set_lens_values(None)
    for path, picture in zip(paths, (None, shop.canvas.picture), strict=True):
        export(job_of(shop.session, picture, path))
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_manifests_are_written_where_services_of_ours_are_placed(shop, qtbot, tmp_path) -> None:
    assert set(FORMATS) == {*BEGINS, ".yaml", ".tf.json"}
    path = tmp_path / "plan.yaml"
    with pytest.raises(ValueError, match="No service of yours is placed"):
        export(job_of(shop.session, shop.canvas.picture, path))
    elements = {
        "p": Boundary("provider", "AWS", params={"provider": "aws"}),
        "r": Boundary("region", "Frankfurt", parent="p", params={"region": "eu-central-1"}),
        "k": Boundary("cluster", "Main", parent="r"),
        "s": Node("service", "Web", sites=(Site("k", 2),)),
    }
    shop.session.open_designs("Placed", [("Plan", Design(elements))])
    export(job_of(shop.session, shop.canvas.picture, path))
    assert "kind: Deployment" in path.read_text(encoding="utf-8")
    budgets = tmp_path / "plan.tf.json"
    with pytest.raises(ValueError, match="There is no budget that a cloud can watch"):
        export(job_of(shop.session, shop.canvas.picture, budgets))
    brief = Brief("Placed", params={"budget_usd_month": 900.0})
    shop.session.open_designs("Placed", [("Plan", Design({**elements, BRIEF_ID: brief}))])
    export(job_of(shop.session, shop.canvas.picture, budgets))
    assert "aws_budgets_budget" in budgets.read_text(encoding="utf-8")


def test_the_path_follows_the_format_and_options_show_where_they_count(shop) -> None:
    dialog = ExportDialog(shop, shop.session, shop.canvas.picture, shop.theme)
    assert dialog.path.text().endswith("Shop.pdf")
    assert dialog._fields.isRowVisible(dialog.alternative)
    dialog.form.setCurrentIndex(dialog.form.findData(".png"))
    assert dialog.path.text().endswith("Shop.png")
    dialog.form.setCurrentIndex(dialog.form.findData(".tf.json"))
    assert dialog.path.text().endswith("Shop.tf.json")
    dialog.form.setCurrentIndex(dialog.form.findData(".png"))
    assert dialog.path.text().endswith("Shop.png")
    assert not dialog._fields.isRowVisible(dialog.alternative)
    assert dialog._fields.isRowVisible(dialog.scale)
    dialog.close()


def test_a_file_is_replaced_only_when_asked_twice(shop, qtbot, tmp_path) -> None:
    path = tmp_path / "plan.json"
    path.write_text("mine", "utf-8")
    dialog = ExportDialog(shop, shop.session, shop.canvas.picture, shop.theme)
    dialog.form.setCurrentIndex(dialog.form.findData(".json"))
    dialog.path.setText(str(path))
    dialog.begin()
    assert path.read_text("utf-8") == "mine"
    assert "exists already" in dialog.status.text()
    with qtbot.waitSignal(dialog.work.done, timeout=20_000):
        dialog.begin()
    assert json.loads(path.read_text("utf-8"))["format"] == "groundplan-design"
    dialog.path.setText(str(tmp_path / "nowhere" / "plan.json"))
    dialog.begin()
    assert "no folder" in dialog.status.text()
    dialog.close()


def test_a_canceled_export_leaves_what_was_there(shop, tmp_path) -> None:
    path = tmp_path / "plan.svg"
    path.write_text("before", "utf-8")
    given_up = threading.Event()
    given_up.set()
    assert not export(job_of(shop.session, shop.canvas.picture, path), given_up.is_set)
    assert path.read_text("utf-8") == "before"
    with pytest.raises(ValueError, match="docx"):
        export(job_of(shop.session, shop.canvas.picture, tmp_path / "plan.docx"))


def test_saving_a_project_again_says_that_it_is_saved(shop, tmp_path) -> None:
    shop.session.save_as(tmp_path / "shop.groundplan")
    shop.actions_by_id["save"].trigger()
    assert "shop.groundplan" in shop.surface.hint.text()


# -- start page --------------------------------------------------------------------------------------------------------


def test_templates_and_recent_projects_show_their_drawing(window, qtbot, tmp_path, drawing) -> None:
    good, broken = tmp_path / "good.groundplan", tmp_path / "broken.groundplan"
    create_project(good, "Good", [("Plan", drawing)]).close()
    broken.write_bytes(b"nonsense")
    for path in (broken, good):
        remember_path(window.settings, path)
    window.show_start()
    page = window.start_page

    def pictures() -> list[QLabel]:
        return [found for found in page.findChildren(QLabel) if not found.pixmap().isNull()]

    qtbot.waitUntil(lambda: len(pictures()) == 7, timeout=20_000)
    qtbot.waitUntil(lambda: any(found.text() == "This file cannot be read." for found in page.findChildren(QLabel)))


def test_a_preview_shows_the_cards_of_the_drawing() -> None:
    picture = build(template("fraud").variants[0].design, "services")
    image = thumbnail(picture, themes.theme("light"), QSize(296, 132))
    shown = {image.pixelColor(x, y).name() for x in range(0, 296, 3) for y in range(0, 132, 3)}
    assert image.size() == QSize(296, 132)
    assert len(shown) > 4


# -- guide -------------------------------------------------------------------------------------------------------------


def test_the_guide_follows_what_the_hand_does(window) -> None:
    window.actions_by_id["guide"].trigger()
    guide = window.findChild(Guide)
    session = window.session
    assert guide._count.text() == "Step 1 of 3"
    session.change([("people", new_node("users"))], "Place")
    assert guide._count.text() == "Step 2 of 3"
    session.change([("api", new_node("api_gateway")), ("f", Flow("people", "api"))], "Connect")
    assert guide.step == 2
    session.change([("people", set_params(session.design.node("people"), {"peak_rate_rps": 20.0}))], "Rate")
    assert guide.step == len(STEPS)
    assert guide.end.text() == "Done"
    guide.end.click()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert window.findChild(Guide) is None
    session.change([("api", None), ("f", None)], "Delete")


def test_the_guide_stays_inside_the_window_and_can_be_skipped(window) -> None:
    window.actions_by_id["guide"].trigger()
    guide = window.findChild(Guide)
    for _ in STEPS:
        assert window.centralWidget().rect().contains(guide.geometry())
        guide.skip.click()
    assert guide.skip.isHidden()


# -- settings and icons ------------------------------------------------------------------------------------------------


@pytest.fixture
def bundled_icons():
    yield
    use_drawn_icons({})


def painted(name: str) -> QColor:
    image = QImage(32, 32, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    paint_icon(painter, name, QRectF(0, 0, 32, 32), QColor("#00f"))
    painter.end()
    return image.pixelColor(QPointF(2, 2).toPoint())


def test_the_theme_is_chosen_in_the_settings(window, tmp_path) -> None:
    dialog = SettingsDialog(window, tmp_path)
    dialog.theme.setCurrentIndex(dialog.theme.findData("dark"))
    dialog.theme.activated.emit(dialog.theme.currentIndex())
    assert window.theme.id == "dark"
    assert window.settings.value("theme") == "dark"
    dialog.close()


def take_pack(dialog: SettingsDialog, qtbot, pack: Path) -> None:
    with qtbot.waitSignal(dialog.work.done, timeout=20_000):
        dialog.take_pack(pack)


def test_a_vendors_icons_are_drawn_until_they_are_forgotten(window, qtbot, tmp_path, bundled_icons) -> None:
    pack = tmp_path / "vendor.zip"
    with zipfile.ZipFile(pack, "w") as archive:
        archive.writestr("Arch_AWS-Lambda_64.svg", RED)
        archive.writestr("broken.svg", b"<svg")
    name = icon_for("kinds", "function")
    before = painted(name)
    dialog = SettingsDialog(window, tmp_path / "icons")
    assert not dialog.bundled_icons.isEnabled()
    take_pack(dialog, qtbot, pack)
    assert "1 kind " in dialog.status.text()
    assert "broken.svg" in dialog.status.text()
    assert painted(name) == QColor("#f00")
    dialog.bundled_icons.click()
    assert painted(name) == before
    assert icons._drawn == {}
    dialog.close()


def test_a_file_that_is_no_pack_is_explained(window, qtbot, tmp_path) -> None:
    dialog = SettingsDialog(window, tmp_path / "icons")
    (tmp_path / "x.zip").write_bytes(b"nothing")
    take_pack(dialog, qtbot, tmp_path / "x.zip")
    assert "no ZIP" in dialog.status.text()
    dialog.close()


def test_an_edit_right_after_opening_can_be_exported(window, drawing, tmp_path) -> None:
    window.session.open_designs("Shop", [("Plan", Design(dict(drawing.elements)))])
    node = window.session.design.node("web")
    window.session.change([("web", msgspec.structs.replace(node, name="Fresh"))], "Rename")
    assert window.session.evaluation is None
    export(job_of(window.session, window.canvas.picture, Path(tmp_path / "fresh.xlsx")))
    assert (tmp_path / "fresh.xlsx").stat().st_size > 1000
