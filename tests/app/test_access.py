"""Access: names for the screen reader, every area and node by keyboard, and a focus that can be seen."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLineEdit,
    QMenu,
    QScrollArea,
    QToolButton,
    QWidget,
)

from app.actions import ACTIONS, MENU_TITLES
from app.areas import first_stop, stations
from app.panels.widgets import Clickable
from app.words import LANGUAGES, say, use_language

TAB = Qt.FocusPolicy.TabFocus


@pytest.fixture
def shop(window, drawing, qtbot):
    """The window with a drawing, evaluated."""
    with qtbot.waitSignal(window.session.assessments_changed, timeout=20_000):
        window.session.open_designs("Shop", [("Plan", drawing)])
    window.activateWindow()
    return window


def named(widget: QWidget) -> bool:
    """Whether a screen reader has words for the widget: a name of its own, or the text on it."""
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    return bool(widget.accessibleName() or any(letter.isalpha() for letter in text))


def focusable(root: QWidget) -> list[QWidget]:
    """Return every part that Tab reaches; what only scrolls, and the list inside a closed choice, need no name."""
    found = [widget for widget in root.findChildren(QWidget) if widget.focusPolicy() & TAB]
    found = [w for w in found if not isinstance(w, QScrollArea) and not w.objectName().startswith("qt_")]
    return [w for w in found if not w.window().inherits("QComboBoxPrivateContainer")]


# -- names -------------------------------------------------------------------------------------------------------------


def test_everything_that_takes_the_focus_has_a_name(shop, qtbot) -> None:
    shop.session.select({"web"})
    for number in range(shop.panel_side.tabs.count()):
        shop.panel_side.tabs.setCurrentIndex(number)
    for number in range(shop.palette_side.tabs.count()):
        shop.palette_side.tabs.setCurrentIndex(number)
    shop.open_manual("keys")
    missing = [f"{type(w).__name__} in {type(w.parentWidget()).__name__}" for w in focusable(shop) if not named(w)]
    assert not sorted(set(missing))
    shop.manual.close()


def test_buttons_without_words_say_what_they_do(shop) -> None:
    shop.session.select({"web"})
    for button in shop.findChildren(QAbstractButton):
        silent = not any(letter.isalpha() for letter in button.text())
        if silent and button.focusPolicy() & TAB and not button.isHidden():
            assert button.toolTip(), f"{button.accessibleName() or button.objectName()} has no tooltip"


def test_fields_say_what_they_mean(shop) -> None:
    shop.session.select({"web"})
    inspector = shop.panel_side.inspector
    for editor in inspector.findChildren(QLineEdit) + inspector.findChildren(QComboBox):
        if not editor.objectName().startswith("qt_") and not isinstance(editor.parentWidget(), QComboBox):
            assert editor.toolTip()
            assert editor.accessibleDescription()


def test_every_menu_entry_has_words_and_leads_by_key(window) -> None:
    menus = [action.menu() for action in window.title_bar.menus.actions()]
    assert menus
    for menu in menus:
        assert isinstance(menu, QMenu)
        assert menu.title()
        for action in menu.actions():
            assert action.isSeparator() or action.text()


# -- by keyboard -------------------------------------------------------------------------------------------------------


def test_f6_goes_through_every_area_and_back(shop, qtbot) -> None:
    shop.canvas.setFocus()
    around = stations(shop)
    assert len(around) == 6
    seen = []
    for _ in around:
        shop.actions_by_id["next_area"].trigger()
        seen.append(QApplication.focusWidget())
    assert seen[-1] is shop.canvas
    assert {id(widget) for widget in seen} == {id(first_stop(part)) for part in around}
    shop.actions_by_id["previous_area"].trigger()
    assert QApplication.focusWidget() is seen[-2]


def test_enter_presses_the_button_that_has_the_focus(window) -> None:
    window.activateWindow()
    window.start_page.setFocus()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert QApplication.focusWidget().text() == "New design"
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert window.session.title == "New design"
    button = window.view_bar.findChildren(QToolButton)[1]
    button.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(button, Qt.Key.Key_Return)
    assert window.session.view == "data_flow"


def test_page_keys_scroll_the_start_page(window) -> None:
    window.resize(900, 600)
    QApplication.processEvents()
    window.start_page.setFocus()
    bar = window.start_page.findChild(QScrollArea).verticalScrollBar()
    QTest.keyClick(window.start_page, Qt.Key.Key_PageDown)
    low = bar.value()
    assert low > 0
    QTest.keyClick(window.start_page, Qt.Key.Key_Up)
    assert 0 < bar.value() < low


def test_arrows_walk_between_nodes_and_enter_opens_the_inspector(shop, qtbot) -> None:
    canvas, session = shop.canvas, shop.session
    canvas.setFocus()
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    assert session.selection == {"people"}
    places = []
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left):
        qtbot.keyClick(canvas, key, Qt.KeyboardModifier.AltModifier)
        places.append(*session.selection)
    assert places == ["web", "orders", "stock", "orders"]
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    assert shop.panel_side.stack.currentWidget() is shop.panel_side.inspector
    assert shop.panel_side.inspector.isAncestorOf(QApplication.focusWidget())


def test_a_system_is_drawn_without_a_pointer(window, qtbot) -> None:
    window.actions_by_id["new"].trigger()
    window.activateWindow()
    canvas = window.canvas
    canvas.setFocus()
    qtbot.keyClick(canvas, Qt.Key.Key_U)
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    qtbot.keyClick(canvas.tool.field, Qt.Key.Key_Return)
    window.actions_by_id["connect"].trigger()
    box = QApplication.activePopupWidget()
    box.field.setText("new service")
    qtbot.keyClick(box.field, Qt.Key.Key_Return)
    qtbot.keyClick(canvas.tool.field, Qt.Key.Key_Return)
    design = window.session.design
    assert [node.kind for node in design.nodes.values()] == ["users", "service"]
    (flow,) = design.flows.values()
    assert (flow.source, flow.target) == tuple(design.nodes)
    rects = canvas.picture.nodes.rects
    assert rects[1, 0] > rects[0, 0] + rects[0, 2]


def test_the_outline_selects_and_leads_to_the_inspector(shop, qtbot) -> None:
    outline = shop.palette_side.outline
    shop.palette_side.show_panel(outline)
    item = outline._items["web"]
    outline.tree.setCurrentItem(item)
    assert shop.session.selection == {"web"}
    assert "Service" in item.data(0, Qt.ItemDataRole.AccessibleTextRole)
    outline.tree.setFocus()
    qtbot.keyClick(outline.tree, Qt.Key.Key_Return)
    assert shop.panel_side.inspector.isAncestorOf(QApplication.focusWidget())


def test_blocks_are_armed_by_tab_and_enter(shop, qtbot) -> None:
    panel = shop.palette_side.palette_panel
    first = panel._rows[0]
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Down)
    assert QApplication.focusWidget() is panel._rows[1]
    qtbot.keyClick(panel._rows[1], Qt.Key.Key_Return)
    assert shop.canvas.tool.kind == panel._rows[1].kind
    assert shop.canvas.hasFocus()


# -- the focus can be seen ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_focus_is_visible(shop, qtbot, theme: str) -> None:
    if shop.theme.id != theme:
        shop.switch_theme()
    shop.session.select({"web"})
    kinds_seen = set()
    for widget in focusable(shop):
        named_kind = (type(widget).__name__, widget.property("role"))
        if named_kind in kinds_seen or not widget.isVisible() or not widget.isEnabled():
            continue
        kinds_seen.add(named_kind)
        shop.setFocus()
        before = widget.grab().toImage()
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        if widget.hasFocus():
            assert widget.grab().toImage() != before, f"the focus of {named_kind} cannot be seen"
    assert len(kinds_seen) > 8
    assert any(kind == Clickable.__name__ or role for kind, role in kinds_seen)


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_menu_opens_by_a_letter_that_no_action_takes(window, code: str) -> None:
    use_language(code)
    try:
        titles = [say(title) for title in MENU_TITLES]
    finally:
        use_language("en")
    letters = [QKeySequence.mnemonic(title).toString() for title in titles]
    taken = {QKeySequence(keys).toString() for spec in ACTIONS for keys in spec.shortcuts}
    assert all(letters)
    assert len(set(letters)) == len(letters)
    assert not taken & set(letters)
