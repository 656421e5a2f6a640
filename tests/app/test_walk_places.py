"""The second half of the walk: provider and region around the assistant and its parameters, by mouse and by keys.

It begins where the first half ends: with nodes, flows and teams that have nothing but their defaults.
"""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QMenu,
    QPushButton,
    QTreeWidgetItem,
    QWidget,
)

from app.panels.form import ParameterField, text_of
from models.design.design import Design
from models.design.elements import Flow, Id, Node, Site, Value, positioned
from models.design.kinds import boundary_axis, parameters_of
from models.templates import template
from tests.app.canvas.gestures import LEFT, click, middle
from tests.app.test_walk import choose, choose_in_combo, find, go_to, press_key, select_in_outline, wait_for

PLAN = template("assistant").variants[0].design
PLACES = [key for key, one in PLAN.boundaries.items() if boundary_axis(one.kind) == "deployment"]
FEW = ["aws", "frankfurt", "orchestrator", "history", "delivery", "f-answer"]
MANY = [*PLACES, *PLAN.nodes, *PLAN.flows]
CONTROL = Qt.KeyboardModifier.ControlModifier


def bare() -> Design:
    """The template with its nodes, flows and teams only, everything else as a new element has it."""
    found = {}
    for key, element in PLAN.elements.items():
        if isinstance(element, Node):
            found[key] = msgspec.structs.replace(element, params={}, sites=(Site(),), provenance={})
        elif isinstance(element, Flow):
            found[key] = msgspec.structs.replace(element, params={}, provenance={})
        elif key not in PLACES and not (key.startswith("pos/") and positioned(key)[0] == "deployment"):
            found[key] = element
    return Design(found)


@pytest.fixture
def begun(window):
    usual = QApplication.doubleClickInterval()
    QApplication.setDoubleClickInterval(40)
    window.resize(1600, 1000)
    window.session.open_designs("Assistant", [("Plan", bare())])
    window.activateWindow()
    QApplication.processEvents()
    window.canvas.setFocus()
    yield window
    QApplication.setDoubleClickInterval(usual)


def wanted_of(key: Id) -> list[tuple[str, Value]]:
    """What is to be entered for an element, by the name of its field, in the order of the form."""
    element = PLAN.elements[key]
    found: list[tuple[str, Value]] = []
    if isinstance(element, Node):
        for number, site in enumerate(element.sites):
            usual = Site() if number == 0 else element.sites[0]
            found += [(f".sites.{number}.replicas", site.replicas)] if site.replicas != usual.replicas else []
            found += [(f".sites.{number}.role", site.role)] if site.role != "active" else []
    return [*found, *((name, element.params[name]) for name in parameters_of(element) if name in element.params)]


def as_planned(design: Design, keys: list[Id], drawn: dict[Id, Id]) -> None:
    """Whether the elements stand as in the template; `drawn` has the ids of the boundaries drawn by hand."""
    for key in keys:
        now, plan = design.elements[drawn.get(key, key)], PLAN.elements[key]
        assert dict(now.params) == dict(plan.params), key
        if isinstance(plan, Node):
            sites = [(drawn.get(site.boundary), site.replicas, site.role) for site in plan.sites]
            assert [(site.boundary, site.replicas, site.role) for site in now.sites] == sites, key
    for key, node in PLAN.nodes.items():
        assert design.node(key).sites[0].boundary == drawn.get(node.sites[0].boundary), key
    for key in PLACES:
        assert design.boundaries[drawn[key]].kind == PLAN.boundaries[key].kind
        assert design.boundaries[drawn[key]].parent == drawn.get(PLAN.boundaries[key].parent)


def group_menu(window) -> QMenu:
    return next(menu for menu in window.findChildren(QMenu) if menu.objectName() == "groupKinds" and menu.isVisible())


def name_field(window) -> QLineEdit:
    return next(field for field in window.canvas.findChildren(QLineEdit, "nameField") if field.isVisible())


def field_of(window, name: str) -> ParameterField:
    return window.panel_side.inspector._fields[name]


def adding_a_site(window) -> QPushButton:
    def shown() -> list[QPushButton]:
        buttons = window.panel_side.inspector.findChildren(QPushButton)
        return [button for button in buttons if button.text() == "Add a site" and button.isVisible()]

    wait_for(shown)
    return shown()[0]


def typed(field: ParameterField, value: Value) -> str:
    """What a hand types for the value: without thin spaces between the digits."""
    return text_of(field.parameter, value).replace("\u202f", "")


# -- by mouse ----------------------------------------------------------------------------------------------------------


def click_on(widget: QWidget, point: QPoint | None = None) -> None:
    point = point or widget.rect().center()
    QTest.mouseMove(widget, point)
    QTest.mouseClick(widget, LEFT, pos=point)
    QApplication.processEvents()


def group_by_mouse(window, label: str) -> Id:
    choose(window, "Arrange", "Group as")
    wait_for(lambda: [menu for menu in window.findChildren(QMenu) if menu.objectName() == "groupKinds"])
    menu = group_menu(window)
    action = next(action for action in menu.actions() if action.text() == label)
    click_on(menu, menu.actionGeometry(action).center())
    (drawn,) = window.session.selection
    return drawn


def deploy_by_mouse(window) -> dict[Id, Id]:
    canvas = window.canvas
    click_on(window.view_bar.views["deployment"])
    assert window.session.view == "deployment"
    choose(window, "Edit", "Select all")
    click(canvas, *middle(canvas, "employees"), Qt.KeyboardModifier.ShiftModifier)
    region = group_by_mouse(window, "Region")
    click_on(canvas, QPoint(4, canvas.height() - 4))
    title = canvas.box_of(region)
    click(canvas, title.left() + 30, title.top() + 14)
    assert window.session.selection == {region}
    provider = group_by_mouse(window, "Provider account")
    click_on(canvas, QPoint(4, canvas.height() - 4))
    return {"aws": provider, "frankfurt": region}


def turn_into_sight(window, field: ParameterField) -> None:
    """Turn the wheel over the form until the field is seen whole."""
    scroll = window.panel_side.inspector._scroll
    view = scroll.viewport()
    for _ in range(200):
        top = field.editor.mapTo(view, QPoint(0, 0)).y()
        if 0 <= top <= view.height() - field.editor.height():
            return
        point = view.rect().center().toPointF()
        angle = QPoint(0, 120 if top < 0 else -120)
        none = Qt.KeyboardModifier.NoModifier
        event = QWheelEvent(
            point, view.mapToGlobal(point), QPoint(), angle, Qt.MouseButton.NoButton, none, Qt.ScrollPhase(0), False
        )
        QApplication.sendEvent(view, event)
        QApplication.processEvents()
    raise AssertionError("the wheel does not lead there")


def enter_by_mouse(window, name: str, value: Value) -> None:
    """Point at the field; what is no choice is typed."""
    field = field_of(window, name)
    turn_into_sight(window, field)
    editor = field.editor
    if isinstance(editor, QCheckBox):
        for _ in range(5):  # figures that arrive meanwhile push the form down
            if editor.isChecked() == value:
                break
            turn_into_sight(window, field)
            click_on(editor, QPoint(8, editor.height() // 2))
        assert editor.isChecked() == value
    elif isinstance(editor, QComboBox):
        choose_in_combo(editor, editor.itemText(editor.findData(value)))
    else:
        QTest.mouseClick(editor, LEFT, pos=editor.rect().center())
        editor.selectAll()
        QTest.keyClicks(editor, typed(field, value))


def show_by_mouse(window, drawn: dict[Id, Id], key: Id) -> None:
    """Click an element: nodes and boundaries on the canvas, flows in the outline."""
    canvas, outline = window.canvas, window.palette_side.outline
    view = "deployment" if key in PLACES else "services"
    if window.session.view != view:
        click_on(window.view_bar.views[view])
        canvas.fit()
    if key in PLAN.flows:
        wait_for(lambda: not outline._later.isActive())
        item = outline._items[key]
        outline.tree.scrollToItem(item)
        QApplication.processEvents()
        click_on(outline.tree.viewport(), outline.tree.visualItemRect(item).center())
    elif key in PLACES:
        box = canvas.box_of(drawn[key])
        click(canvas, box.left() + 30, box.top() + 14)
    else:
        click(canvas, *middle(canvas, key))
    assert window.session.selection == {drawn.get(key, key)}


def set_by_mouse(window, drawn: dict[Id, Id], keys: list[Id]) -> None:
    side = window.palette_side
    side.show_panel(side.outline)
    for key in keys:
        show_by_mouse(window, drawn, key)
        element = PLAN.elements[key]
        for _ in range(len(element.sites) - 1 if isinstance(element, Node) else 0):
            click_on(adding_a_site(window))
        for name, value in wanted_of(key):
            enter_by_mouse(window, name, value)


def walk_by_mouse(window, keys: list[Id]) -> None:
    drawn = deploy_by_mouse(window)
    click_on(window.view_bar.views["services"])
    set_by_mouse(window, drawn, keys)
    as_planned(window.session.design, keys, drawn)


# -- by keys -----------------------------------------------------------------------------------------------------------


def group_by_keys(window, label: str, name: str) -> Id:
    press_key(window, Qt.Key.Key_G, CONTROL)
    menu = group_menu(window)
    for _ in range([action.text() for action in menu.actions()].index(label) + 1):
        QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    QApplication.processEvents()
    (drawn,) = window.session.selection
    QTest.keyClicks(name_field(window), name)
    QTest.keyClick(name_field(window), Qt.Key.Key_Return)
    return drawn


def deploy_by_keys(window) -> dict[Id, Id]:
    press_key(window, Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
    assert window.session.view == "deployment"
    select_in_outline(window, [node.name for key, node in PLAN.nodes.items() if key != "employees"])
    go_to(window, window.canvas)
    region = group_by_keys(window, "Region", "Frankfurt")
    provider = group_by_keys(window, "Provider account", "AWS")
    return {"aws": provider, "frankfurt": region}


def tab_to(window, widget: QWidget) -> None:
    walked = []
    for _ in range(120):
        if widget.hasFocus():
            return
        press_key(window, Qt.Key.Key_Tab)
        walked.append(QApplication.focusWidget().accessibleName())
    raise AssertionError(f"Tab does not lead to {widget.accessibleName() or widget}, but {walked}")


def enter_by_keys(window, name: str, value: Value) -> None:
    field = field_of(window, name)
    editor = field.editor
    tab_to(window, editor)
    if isinstance(editor, QCheckBox):
        if editor.isChecked() != value:
            QTest.keyClick(editor, Qt.Key.Key_Space)
    elif isinstance(editor, QComboBox) and editor.currentData() == value:
        QTest.keyClick(editor, Qt.Key.Key_Space)
        wait_for(editor.view().isVisible)
        QTest.keyClick(editor.view(), Qt.Key.Key_Return)
        wait_for(lambda: not editor.view().isVisible())
    elif isinstance(editor, QComboBox):
        QTest.keyClick(editor, Qt.Key.Key_Home)
        for _ in range(editor.findData(value)):
            QTest.keyClick(editor, Qt.Key.Key_Down)
    else:
        assert editor.selectedText() == editor.text()
        QTest.keyClicks(editor, typed(field, value))


def show_by_keys(window, drawn: dict[Id, Id], key: Id) -> None:
    element = PLAN.elements[key]
    if isinstance(element, Flow):
        go_to(window, window.palette_side)
        tree = window.palette_side.outline.tree
        tab_to(window, tree)
        wait_for(lambda: not window.palette_side.outline._later.isActive())
        QTest.keyClick(tree, Qt.Key.Key_End)
        item: QTreeWidgetItem = window.palette_side.outline._items[key]
        QTest.keyClick(tree, Qt.Key.Key_Right)
        QTest.keyClick(tree, Qt.Key.Key_End)
        for _ in range(200):
            if tree.currentItem() is item:
                break
            QTest.keyClick(tree, Qt.Key.Key_Up)
    else:
        find(window, element.name)
    assert window.session.selection == {drawn.get(key, key)}
    press_key(window, Qt.Key.Key_F4)


def set_by_keys(window, drawn: dict[Id, Id], keys: list[Id]) -> None:
    for key in keys:
        show_by_keys(window, drawn, key)
        element = PLAN.elements[key]
        for _ in range(len(element.sites) - 1 if isinstance(element, Node) else 0):
            button = adding_a_site(window)
            tab_to(window, button)
            press_key(window, Qt.Key.Key_Space)
            press_key(window, Qt.Key.Key_F4)
        for name, value in wanted_of(key):
            enter_by_keys(window, name, value)
        window.canvas.setFocus()


def walk_by_keys(window, keys: list[Id]) -> None:
    drawn = deploy_by_keys(window)
    set_by_keys(window, drawn, keys)
    as_planned(window.session.design, keys, drawn)
    names = {window.session.design.boundaries[drawn[key]].name for key in PLACES}
    assert names == {PLAN.boundaries[key].name for key in PLACES}


def test_places_and_some_parameters_by_mouse_only(begun) -> None:
    walk_by_mouse(begun, FEW)


def test_places_and_some_parameters_by_keys_only(begun) -> None:
    walk_by_keys(begun, FEW)


@pytest.mark.proof
def test_places_and_all_parameters_by_mouse_only(begun) -> None:
    walk_by_mouse(begun, MANY)


@pytest.mark.proof
def test_places_and_all_parameters_by_keys_only(begun) -> None:
    walk_by_keys(begun, MANY)
