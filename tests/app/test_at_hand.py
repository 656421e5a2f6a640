"""What an architect looks for first is at hand: comparing beside the variants, editing in the outline."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from app.bars import SearchButton
from app.compare.window import CompareWindow
from app.explaining import show_explanation
from tests.app.canvas.gestures import key, type_keys
from tests.app.test_window import evaluated


def test_comparing_is_a_button_beside_the_variants(window, drawing, qtbot) -> None:
    window.session.open_designs("Shop", [("One", drawing)])
    button = window.title_bar.compare
    assert button.isHidden(), "there is nothing to compare with"
    window.session.add_variant("Two")
    assert button.isVisible()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert window.findChild(CompareWindow).isVisible()
    window.findChild(CompareWindow).close()
    window.resize(900, 700)
    assert button.isHidden(), "the menus need the room"


def test_the_outline_renames_and_deletes_by_the_keys_of_the_canvas(window, drawing, qtbot) -> None:
    window.session.open_designs("Shop", [("One", drawing)])
    window.show_editor()
    window.palette_side.show_panel(window.palette_side.outline)
    tree = window.palette_side.outline.tree
    tree.setFocus()
    tree.setCurrentItem(window.palette_side.outline._items["web"])
    assert window.session.selection == {"web"}
    key(tree, Qt.Key.Key_F2)
    field = window.canvas.tool.field
    type_keys(field, "Shop window")
    key(field, Qt.Key.Key_Return)
    assert window.session.design.nodes["web"].name == "Shop window"
    tree.setFocus()
    key(tree, Qt.Key.Key_Delete)
    assert "web" not in window.session.design.nodes


def test_an_explanation_says_a_reason_once(window, qtbot) -> None:
    evaluated(window, qtbot, lambda: window.open_source("template:assistant#Own 32 B model"))
    figure = window.session.evaluation.figure("total/cost_per_unit")
    assert figure.reason
    dialog = show_explanation(window, window.session.evaluation, "total/cost_per_unit")
    texts = [part.text() for part in dialog.findChildren(QLabel)]
    assert texts.count(figure.reason) == 1
    dialog.close()


def test_a_narrow_search_button_shows_its_icon_alone(qtbot) -> None:
    button = SearchButton()
    qtbot.addWidget(button)
    button.show()
    button.resize(90, 30)
    assert button.text() == ""
    button.resize(420, 30)
    assert button.text().strip() == "Search or run a command"
    assert button.accessibleName() == "Search or run a command"
