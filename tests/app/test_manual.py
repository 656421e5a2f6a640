"""The manual: every panel, kind, value and action has its place; F1 opens what has the focus."""

import re
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer, QUrl
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication

from app.actions import ACTIONS
from app.areas import areas, page_of_framework
from app.command_palette import PopupSearch
from app.export_dialog import ExportDialog
from app.exporting import FORMATS
from app.manual import DIALOG_PAGES, open_manual, topic
from app.manual_pages import FIRST, MANUAL_FOLDER, SCREENS, find, pages
from app.sides import FRAMEWORK_PANELS
from app.variant_menu import open_compare
from models.design.kinds import kinds

LINK = re.compile(r"\]\(([^)]+)\)")


@pytest.fixture
def shop(window, drawing):
    """The window with a drawing."""
    window.session.open_designs("Shop", [("Plan", drawing)])
    window.activateWindow()
    return window


# -- parity ------------------------------------------------------------------------------------------------------------


def test_every_area_and_screen_has_a_written_page(window) -> None:
    frameworks = {page_of_framework(key) for key, _ in FRAMEWORK_PANELS}
    for area in areas(window):
        assert area.page in pages() or area.page in frameworks
    for name in SCREENS:
        assert len(pages()[name].text.split()) > 20


def test_every_kind_and_each_of_its_values_is_described() -> None:
    table = kinds()
    for group, entries in (("kind", table.nodes), ("flow", table.flows), ("boundary", table.boundaries)):
        for name, kind in entries.items():
            text = pages()[f"{group}/{name}"].text
            assert kind.help in text
            assert text.count("\n| ") >= len(kind.parameters)
    assert all(parameter.label in pages()["brief"].text for parameter in table.brief)


def test_every_action_is_in_the_table_of_keys(window, qtbot) -> None:
    window.open_manual("keys")
    shown = window.manual.browser.toPlainText()
    for spec in ACTIONS:
        assert spec.text in shown
        for keys in spec.shortcuts:
            assert QKeySequence(keys).toString() in shown
    assert all(kind.label in shown for kind in kinds().nodes.values() if kind.key)
    window.manual.close()


def test_every_format_and_every_import_is_described() -> None:
    text = pages()["files"].text
    assert all(f"| {title} |" in text for title in FORMATS.values())
    assert all(spec.text.rstrip("…") in text for spec in ACTIONS if spec.id.startswith(("import_", "map_")))


def test_every_link_leads_to_a_page() -> None:
    coming = {page_of_framework(key) for key, _ in FRAMEWORK_PANELS}
    for page in pages().values():
        for target in LINK.findall(page.text):
            if not target.startswith("http"):
                name = target.removesuffix(".md")
                assert name in pages() or name in coming, f"{page.id} links to {target}"


def test_no_page_is_left_out_of_the_contents() -> None:
    assert {path.stem for path in MANUAL_FOLDER.glob("*.md")} <= set(pages())


# -- search ------------------------------------------------------------------------------------------------------------


def test_search_finds_all_words_and_prefers_titles() -> None:
    assert find("outline")[0].id == "outline"
    assert "kind/relational" in {page.id for page in find("postgres")}
    assert find("no such words anywhere") == ()


# -- the window --------------------------------------------------------------------------------------------------------


def test_f1_opens_the_page_of_what_has_the_focus(shop, qtbot) -> None:
    shop.canvas.setFocus()
    assert topic(shop) == ("canvas", "")
    shop.session.select({"web"})
    assert topic(shop) == ("kind/service", "")
    shop.session.select({"f1"})
    assert topic(shop) == ("flow/request", "")
    shop.session.select({"left"})
    assert topic(shop) == ("boundary/team", "")
    shop.panel_side.tabs.setFocus()
    assert topic(shop) == ("inspector", "")
    shop.palette_side.palette_panel.search.setFocus()
    assert topic(shop) == ("palette", "")
    shop.show_start()
    shop.start_page.setFocus()
    assert topic(shop) == ("start", "")


def test_f1_in_a_field_opens_the_kind_at_this_value(shop, qtbot) -> None:
    shop.session.select({"web"})
    field = shop.panel_side.inspector._fields["service_time_ms"]
    field.editor.setFocus()
    assert topic(shop) == ("kind/service", field.parameter.label)
    shop.actions_by_id["manual"].trigger()
    assert shop.manual.trail == ["kind/service"]
    assert shop.manual.browser.textCursor().selectedText() == field.parameter.label
    shop.manual.close()


def test_f1_works_in_a_dialog_that_blocks_the_window(shop, qtbot) -> None:
    shop.ask_export()
    dialog = shop.findChild(ExportDialog)
    dialog.activateWindow()
    dialog.path.setFocus()
    qtbot.waitUntil(dialog.path.hasFocus)
    assert shop.actions_by_id["manual"] in dialog.actions()
    assert topic(shop) == ("files", "")
    shop.actions_by_id["manual"].trigger()
    assert shop.manual.trail == ["files"]
    assert not shop.manual.testAttribute(Qt.WidgetAttribute.WA_QuitOnClose)
    shop.manual.close()
    dialog.close()


def test_every_dialog_of_the_program_has_a_page() -> None:
    sources = [path.read_text("utf-8") for path in (Path(__file__).parents[2] / "app").rglob("*.py")]
    dialogs = {name for text in sources for name in re.findall(r"^class (\w+)\(QDialog\)", text, re.MULTILINE)}
    assert dialogs - {"ManualWindow"} == set(DIALOG_PAGES)
    assert set(DIALOG_PAGES.values()) <= set(pages())


def test_f1_opens_the_page_of_every_kind_that_is_selected(shop) -> None:
    from models.design.elements import Boundary, Flow, Node

    table = kinds()
    nodes = {f"n-{kind}": Node(kind, kind) for kind in table.nodes}
    flows = {f"f-{kind}": Flow("web", "orders", kind) for kind in table.flows}
    bounds = {f"b-{kind}": Boundary(kind, kind) for kind in table.boundaries}
    shop.session.change({**nodes, **flows, **bounds}.items(), "Draw one of each")
    shop.canvas.setFocus()
    for group, elements in (("kind", nodes), ("flow", flows), ("boundary", bounds)):
        for key in elements:
            shop.session.select({key})
            assert topic(shop) == (f"{group}/{key.partition('-')[2]}", "")


def test_f1_opens_the_page_of_every_panel(shop) -> None:
    frameworks = {page_of_framework(key) for key in shop.panel_side.frameworks}
    for side in (shop.palette_side, shop.panel_side):
        for number in range(side.tabs.count()):
            side.tabs.setCurrentIndex(number)
            side.tabs.setFocus()
            panel = side.stack.widget(number)
            page = next(area.page for area in areas(shop) if area.widget is panel)
            assert topic(shop)[0] == (page if page in pages() or page not in frameworks else FIRST)


@pytest.mark.parametrize("opened", ["open_palette", "open_search"])
def test_f1_works_in_the_command_palette_and_the_search(shop, qtbot, opened: str) -> None:
    getattr(shop, opened)()
    box = next(box for box in shop.findChildren(PopupSearch) if box.isVisible())
    qtbot.keyClick(box.field, Qt.Key.Key_F1)
    assert shop.manual.trail == ["command_palette"]
    shop.manual.close()


@pytest.mark.parametrize(
    ("ask", "page"), [("new_variant", "variants"), ("rename_variant", "variants"), ("stamp", "palette")]
)
def test_f1_works_where_a_name_is_asked_for(shop, qtbot, ask: str, page: str) -> None:
    shop.session.select({"web"})
    pressed = []

    def press() -> None:
        dialog, focus = QApplication.activeModalWidget(), QApplication.focusWidget()
        if dialog is None or focus is None or focus.window() is not dialog:
            QTimer.singleShot(20, press)
            return
        pressed.append(dialog)
        qtbot.keyClick(focus, Qt.Key.Key_F1)
        dialog.reject()

    QTimer.singleShot(0, press)
    shop.actions_by_id[ask].trigger()
    assert len(pressed) == 1
    assert shop.manual.trail == [page]
    shop.manual.close()


def test_f1_works_in_a_dialog_of_a_dialog(shop, qtbot) -> None:
    shop.session.add_variant("Other")
    compare = open_compare(shop)
    dialog = compare.ask_merge()
    dialog.activateWindow()
    dialog.finish.setFocus()
    qtbot.waitUntil(dialog.finish.hasFocus)
    assert shop.actions_by_id["manual"] in dialog.actions()
    assert topic(shop) == ("variants", "")
    dialog.reject()
    compare.close()


def test_links_and_the_way_back(shop, qtbot) -> None:
    open_manual(shop, "window")
    manual = shop.manual
    manual.browser.anchorClicked.emit(QUrl("canvas.md"))
    assert manual.trail == ["window", "canvas"]
    assert "The drawing" in manual.windowTitle()
    manual.go_back()
    manual.go_back()
    assert manual.trail == ["window"]
    manual.search.setText("kafka")
    qtbot.keyClick(manual.search, Qt.Key.Key_Return)
    assert manual.trail[-1] == next(iter(manual._items))
    manual.close()


@pytest.mark.parametrize("name", ["keys", "kind/llm_serving", "canvas", "cost_optimization"])
def test_pages_are_shown_in_both_themes(window, name: str) -> None:
    window.open_manual(name)
    light = window.manual.browser.toHtml()
    window.switch_theme()
    assert window.manual.browser.toHtml() != light
    assert "|---" not in window.manual.browser.toPlainText()
    window.manual.close()
