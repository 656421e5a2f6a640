"""Recorded walks: the retrieval-augmented assistant, its answer path and the whole, by mouse only and by keys only."""

from collections import Counter

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QMenu

from app.canvas.camera import Camera
from app.command_palette import ConnectBox, SearchBox
from app.panels.form import ParameterField
from app.panels.palette import KindRow
from models.design.design import Design
from models.design.kinds import kinds
from models.templates import template
from tests.app.canvas.gestures import click, drag, middle, move

CHAIN = (
    ("users", "cdn"),
    ("cdn", "api_gateway"),
    ("api_gateway", "identity"),
    ("api_gateway", "service"),
    ("service", "relational"),
    ("service", "model_serving"),
    ("service", "embedding"),
    ("service", "cache"),
    ("service", "vector_store"),
    ("service", "reranker"),
    ("service", "llm_api"),
    ("service", "event_bus"),
    ("event_bus", "model_monitoring"),
)
"""Each flow by the kinds of its ends; every kind occurs once on this path, and is new when it first is a target."""


def graph(design: Design) -> Counter:
    """The flows as (source kind, target kind, interaction), without ids, names and places."""
    return Counter(
        (design.node(flow.source).kind, design.node(flow.target).kind, flow.interaction)
        for flow in design.flows.values()
    )


def of_kind(design: Design, kind: str) -> str:
    (found,) = [key for key, node in design.nodes.items() if node.kind == kind]
    return found


@pytest.fixture
def blank(window):
    """The window with an empty design, for a hand whose double clicks are quick."""
    usual = QApplication.doubleClickInterval()
    QApplication.setDoubleClickInterval(40)
    window.resize(1600, 1000)
    window.new_design()
    QApplication.processEvents()
    yield window
    QApplication.setDoubleClickInterval(usual)


def expected() -> set:
    design = template("assistant").variants[0].design
    return {flow for flow in graph(design) if flow[:2] in CHAIN}


# -- mouse -------------------------------------------------------------------------------------------------------------


def way_to(menu: QMenu, kind: str) -> list[tuple[QMenu, QAction]]:
    """Return the entries to click, in the menu and those that open from it."""
    for action in menu.actions():
        if action.data() == kind:
            return [(menu, action)]
        below = way_to(action.menu(), kind) if action.menu() is not None else []
        if below:
            return [(menu, action), *below]
    return []


def pull(window, source: str, at: tuple[float, float], kind: str) -> None:
    """Pull a flow from a card's lower port to empty canvas and choose what stands there."""
    canvas = window.canvas
    box = canvas.box_of(source)
    move(canvas, *middle(canvas, source))
    drag(canvas, (box.center().x(), box.bottom()), at)
    menu = next(menu for menu in canvas.findChildren(QMenu) if menu.objectName() == "fittingKinds" and menu.isVisible())
    for shown, action in way_to(menu, kind):
        for _ in range(100):
            if not shown.isVisible():
                QTest.qWait(20)
        assert shown.isVisible()
        QTest.mouseMove(shown, shown.actionGeometry(action).center())
        QTest.mouseClick(shown, Qt.MouseButton.LeftButton, pos=shown.actionGeometry(action).center())
    menu.close()
    QApplication.processEvents()
    click(canvas, at[0] + 110, at[1] + 80)


def draw_by_mouse(window) -> Design:
    canvas, session = window.canvas, window.session
    users = next(row for row in window.palette_side.palette_panel.findChildren(KindRow) if row.kind == "users")
    QTest.mouseClick(users, Qt.MouseButton.LeftButton, pos=QPoint(20, 10))
    click(canvas, 100, 40)
    click(canvas, 100, 300)
    for number, (source, target) in enumerate(CHAIN, 1):
        canvas.fit()
        pull(window, of_kind(session.design, source), (100 + 240 * (number % 5), 40 + 170 * (1 + number // 5)), target)
    return session.design


def test_the_path_is_drawn_by_mouse_only(blank) -> None:
    design = draw_by_mouse(blank)
    assert set(graph(design)) == expected()
    assert sorted(node.kind for node in design.nodes.values()) == sorted({"users", *(end for _, end in CHAIN)})
    assert len(blank.session.document.history.undo) == len(CHAIN) + 1


# -- keys --------------------------------------------------------------------------------------------------------------


def press_key(window, code: Qt.Key, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
    focus = window.focusWidget() or window
    QTest.keyClick(focus, code, modifiers)
    QApplication.processEvents()


def end_naming(canvas) -> None:
    fields = [field for field in canvas.findChildren(QLineEdit) if field.isVisible()]
    for field in fields:
        QTest.keyClick(field, Qt.Key.Key_Return)


def take(window, box_type: type, text: str) -> None:
    """Type into the popup that is open and take its first line."""
    (box,) = [box for box in window.findChildren(box_type) if box.isVisible()]
    QTest.keyClicks(box.field, text)
    QTest.keyClick(box.field, Qt.Key.Key_Return)
    QApplication.processEvents()


def draw_by_keys(window) -> Design:
    canvas, session = window.canvas, window.session
    control = Qt.KeyboardModifier.ControlModifier
    canvas.setFocus()
    press_key(window, Qt.Key.Key_U)
    press_key(window, Qt.Key.Key_Return)
    end_naming(canvas)
    for source, target in CHAIN:
        name = session.design.node(of_kind(session.design, source)).name
        find(window, name)
        canvas.setFocus()
        press_key(window, Qt.Key.Key_Return, control)
        take(window, ConnectBox, f"New {kinds().nodes[target].label}")
        end_naming(canvas)
    return session.design


def test_the_path_is_drawn_by_keys_only_and_equals_the_one_by_mouse(blank) -> None:
    by_keys = draw_by_keys(blank)
    assert set(graph(by_keys)) == expected()
    blank.new_design()
    QApplication.processEvents()
    by_mouse = draw_by_mouse(blank)
    assert graph(by_keys) == graph(by_mouse)
    assert sorted(node.name for node in by_keys.nodes.values()) == sorted(n.name for n in by_mouse.nodes.values())
    settings = [
        sorted((node.kind, str(node.params), str(node.sites)) for node in design.nodes.values())
        for design in (by_keys, by_mouse)
    ]
    assert settings[0] == settings[1]


# -- the whole drawing -------------------------------------------------------------------------------------------------


PLAN = template("assistant").variants[0].design
NUMBER = {key: number for number, key in enumerate(PLAN.nodes)}
TEAMS = {key: [NUMBER[node] for node in PLAN.nodes if PLAN.node(node).context == key] for key in PLAN.boundaries}


def shape(design: Design, keys: list[str]) -> tuple:
    """Kinds, flows and teams of the nodes in the order they were drawn, without names, ids and places."""
    number = {key: at for at, key in enumerate(keys)}
    flows = Counter((number[f.source], number[f.target], f.interaction) for f in design.flows.values())
    teams: dict[str, set[int]] = {}
    for key, node in design.nodes.items():
        if node.context is not None:
            teams.setdefault(node.context, set()).add(number[key])
    return [design.node(key).kind for key in keys], flows, sorted(map(sorted, teams.values()))


def wait_for(condition) -> None:
    for _ in range(200):
        QApplication.processEvents()
        if condition():
            return
        QTest.qWait(10)
    raise AssertionError("it did not happen")


def choose(window, menu_title: str, text: str) -> None:
    """Click an entry of the menu bar."""
    bar = window.title_bar.menus
    head = next(action for action in bar.actions() if action.text().replace("&", "") == menu_title)
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.actionGeometry(head).center())
    menu = head.menu()
    wait_for(menu.isVisible)
    entry = next(action for action in menu.actions() if action.text().startswith(text))
    QTest.mouseMove(menu, menu.actionGeometry(entry).center())
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(entry).center())
    wait_for(lambda: not menu.isVisible())


def choose_in_combo(combo: QComboBox, text: str) -> None:
    """Open a choice with the pointer and click a line of it."""
    QTest.mouseClick(combo, Qt.MouseButton.LeftButton)
    lines = combo.view()
    wait_for(lines.isVisible)
    QTest.qWait(QApplication.doubleClickInterval() + 20)  # an earlier click counts as the end of the first one
    at = lines.visualRect(combo.model().index(combo.findText(text), 0)).center()
    QTest.mouseMove(lines.viewport(), at)
    QTest.qWait(20)
    QTest.mouseClick(lines.viewport(), Qt.MouseButton.LeftButton, pos=at)
    wait_for(lambda: not lines.isVisible())


def interaction_field(window) -> ParameterField:
    def shown() -> list[ParameterField]:
        fields = window.panel_side.inspector.findChildren(ParameterField)
        return [field for field in fields if field.parameter.name == ".interaction" and field.isVisible()]

    wait_for(shown)
    return shown()[0]


def draw_whole_by_mouse(window) -> tuple[Design, list[str]]:
    canvas, session = window.canvas, window.session
    rows = {row.kind: row for row in window.palette_side.palette_panel.findChildren(KindRow)}
    canvas.set_camera(Camera(-60.0, -120.0, 0.8))
    keys: list[str] = []
    for key, node in PLAN.nodes.items():
        place = PLAN.position("services", key)
        QTest.mouseClick(rows[node.kind], Qt.MouseButton.LeftButton, pos=QPoint(20, 10))
        click(canvas, place.x + 84, place.y + 32)
        (drawn,) = session.selection
        keys.append(drawn)
        click(canvas, 100, 760)
    for flow in PLAN.flows.values():
        source, target = keys[NUMBER[flow.source]], keys[NUMBER[flow.target]]
        box, there = canvas.box_of(source), middle(canvas, target)
        move(canvas, *middle(canvas, source))
        drag(canvas, (box.center().x(), box.bottom()), there)
        (drawn,) = session.selection
        assert session.design.flows[drawn].target == target
        if session.design.flows[drawn].interaction != flow.interaction:
            choose_in_combo(interaction_field(window).editor, flow.interaction)
    for members in filter(None, TEAMS.values()):
        boxes = [canvas.box_of(keys[number]) for number in members]
        left, top = min(box.left() for box in boxes) - 8, min(box.top() for box in boxes) - 8
        drag(canvas, (left, top), (max(box.right() for box in boxes) + 6, max(box.bottom() for box in boxes) + 6))
        assert {keys[number] for number in members} <= session.selection
        choose(window, "Arrange", "Group into boundary")
        click(canvas, 100, 760)
    return session.design, keys


def test_the_whole_assistant_is_drawn_by_mouse_only(blank) -> None:
    design, keys = draw_whole_by_mouse(blank)
    assert shape(design, keys) == shape(PLAN, list(PLAN.nodes))


def go_to(window, part) -> None:
    """Press F6 until the focus is in a part of the window."""
    for _ in range(10):
        press_key(window, Qt.Key.Key_F6)
        focus = QApplication.focusWidget()
        if focus is not None and (focus is part or part.isAncestorOf(focus)):
            return
    raise AssertionError("F6 does not lead there")


def find(window, text: str) -> None:
    press_key(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    take(window, SearchBox, text)
    for box in window.findChildren(SearchBox):
        if box.isVisible():
            QTest.keyClick(box.field, Qt.Key.Key_Escape)


def place_by_key(window, kind: str, name: str) -> str:
    canvas = window.canvas
    key = kinds().nodes[kind].key
    press_key(window, Qt.Key.Key_Escape)
    shift = Qt.KeyboardModifier.ShiftModifier if key.startswith("Shift+") else Qt.KeyboardModifier.NoModifier
    press_key(window, Qt.Key[f"Key_{key[-1]}"], shift)
    press_key(window, Qt.Key.Key_Return)
    (field,) = [field for field in canvas.findChildren(QLineEdit) if field.isVisible()]
    QTest.keyClicks(field, name)
    QTest.keyClick(field, Qt.Key.Key_Return)
    (drawn,) = window.session.selection
    return drawn


def select_in_outline(window, names: list[str]) -> None:
    """Select several nodes in the outline: Ctrl+Down walks, Ctrl+Space adds."""
    side, control = window.palette_side, Qt.KeyboardModifier.ControlModifier
    go_to(window, side)
    side.tabs.setCurrentIndex(0)
    press_key(window, Qt.Key.Key_Right)
    tree = side.outline.tree
    for _ in range(10):
        if tree.hasFocus():
            break
        press_key(window, Qt.Key.Key_Tab)
    assert tree.hasFocus()
    wait_for(lambda: all(tree.findItems(name, Qt.MatchFlag.MatchRecursive) for name in names))
    window.session.select(())
    QTest.keyClick(tree, Qt.Key.Key_Home, control)
    left = set(names)
    for _ in range(60):
        item = tree.currentItem()
        if item.text(0) in left:
            QTest.keyClick(tree, Qt.Key.Key_Space, control)
            left.discard(item.text(0))
        QTest.keyClick(tree, Qt.Key.Key_Down, control)
    assert not left


def draw_whole_by_keys(window) -> tuple[Design, list[str]]:
    canvas, session = window.canvas, window.session
    control = Qt.KeyboardModifier.ControlModifier
    names = [node.name for node in PLAN.nodes.values()]
    canvas.setFocus()
    keys = [place_by_key(window, node.kind, node.name) for node in PLAN.nodes.values()]
    for flow in PLAN.flows.values():
        find(window, names[NUMBER[flow.source]])
        assert session.selection == {keys[NUMBER[flow.source]]}
        canvas.setFocus()
        press_key(window, Qt.Key.Key_Return, control)
        take(window, ConnectBox, names[NUMBER[flow.target]])
        (drawn,) = session.selection
        assert session.design.flows[drawn].target == keys[NUMBER[flow.target]]
        if session.design.flows[drawn].interaction != flow.interaction:
            press_key(window, Qt.Key.Key_F4)
            editor = interaction_field(window).editor
            for _ in range(30):
                if editor.hasFocus():
                    break
                press_key(window, Qt.Key.Key_Tab)
            assert editor.hasFocus()
            QTest.keyClicks(editor, flow.interaction[:3])
            canvas.setFocus()
    for team, members in TEAMS.items():
        if members:
            select_in_outline(window, [names[number] for number in members])
            go_to(window, canvas)
            press_key(window, Qt.Key.Key_G)
            (field,) = [field for field in canvas.findChildren(QLineEdit) if field.isVisible()]
            QTest.keyClicks(field, PLAN.boundaries[team].name)
            QTest.keyClick(field, Qt.Key.Key_Return)
    return session.design, keys


def test_the_whole_assistant_is_drawn_by_keys_only(blank) -> None:
    design, keys = draw_whole_by_keys(blank)
    assert shape(design, keys) == shape(PLAN, list(PLAN.nodes))
    assert [design.node(key).name for key in keys] == [node.name for node in PLAN.nodes.values()]
    teams = {boundary.name for key, boundary in PLAN.boundaries.items() if TEAMS[key]}
    assert {boundary.name for boundary in design.boundaries.values()} == teams
    while blank.session.document.undo_label:
        press_key(blank, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not blank.session.design.nodes
