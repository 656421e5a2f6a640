"""The menu of a right click: what fits the thing it was asked on, at the place it was asked at."""

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from app.canvas.camera import Camera
from app.canvas.tools.clipboard import copy_selection
from tests.app.canvas.gestures import at, middle

RIGHT = Qt.MouseButton.RightButton


@pytest.fixture
def shop(window, drawing):
    window.session.open_designs("Shop", [("Plan", drawing)])
    window.resize(1600, 1000)
    window.activateWindow()
    QApplication.processEvents()
    window.canvas.set_camera(Camera(-40.0, -40.0, 1.0))
    return window


def ask(window, x: float, y: float) -> QMenu:
    """Press the right button; the menu takes its release."""
    canvas = window.canvas
    place = at(canvas, x, y)
    QTest.mouseMove(canvas, place)
    QTest.mousePress(canvas, RIGHT, Qt.KeyboardModifier.NoModifier, place)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, canvas.mapToGlobal(place))
    QApplication.sendEvent(canvas, event)
    return next(menu for menu in canvas.findChildren(QMenu) if menu.isVisible())


def names(window, menu: QMenu) -> set[str]:
    known = {action: name for name, action in window.actions_by_id.items()}
    return {known[action] for action in menu.actions() if action in known}


def test_the_menu_holds_what_fits(shop) -> None:
    menu = ask(shop, *middle(shop.canvas, "web"))
    assert {"connect", "group", "rename"} <= names(shop, menu)
    assert not {"reset_route", "collapse"} & names(shop, menu)
    menu.close()
    flow = shop.canvas.picture.flows.path(shop.canvas.picture.flows.row["f2"])
    menu = ask(shop, *((flow[0] + flow[1]) / 2).tolist())
    assert shop.session.selection == {"f2"}
    assert {"reset_route", "delete"} <= names(shop, menu)
    assert not {"group", "connect", "copy"} & names(shop, menu)
    menu.close()
    menu = ask(shop, 400, 600)
    assert shop.session.selection == frozenset()
    assert names(shop, menu) == {"paste", "select_all", "tidy", "fit", "actual_size"}
    menu.close()


def test_hovering_goes_on_after_a_menu_was_closed(shop) -> None:
    ask(shop, *middle(shop.canvas, "web")).close()
    QTest.mouseMove(shop.canvas, at(shop.canvas, *middle(shop.canvas, "stock")))
    assert shop.canvas.hovered.element == "stock"


def test_paste_of_the_menu_comes_down_where_it_was_asked_for(shop) -> None:
    shop.session.select({"people"})
    copy_selection(shop.session)
    menu = ask(shop, 500, 620)
    action = shop.actions_by_id["paste"]
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
    (pasted,) = shop.session.selection
    assert shop.canvas.box_of(pasted).contains(QPointF(500, 620))
    QApplication.processEvents()
    assert shop.asked_at is None
