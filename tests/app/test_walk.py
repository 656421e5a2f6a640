"""A recorded walk: the answer path of the retrieval-augmented assistant, drawn by mouse only, then by keys only."""

from collections import Counter

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu

from app.command_palette import ConnectBox, SearchBox
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
    window.resize(1600, 1000)
    window.new_design()
    QApplication.processEvents()
    return window


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
        press_key(window, Qt.Key.Key_F, control)
        take(window, SearchBox, name)
        for box in window.findChildren(SearchBox):
            box.close()
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
