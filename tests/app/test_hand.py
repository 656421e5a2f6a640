"""What the hand does: every key reaches its action, and the gestures of the window with real keys, wheel and mouse."""

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QKeySequence, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QInputDialog, QLabel, QLineEdit, QMenu

from app.actions import ACTIONS
from app.canvas.camera import Camera
from app.command_palette import CommandPalette, SearchBox
from app.session import KIND_MIME
from app.stamps import Stamps
from tests.app.canvas.gestures import LEFT, at, click, drag, middle, move, press, release

CONTROL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
KEYS = [(spec.id, keys) for spec in ACTIONS for keys in spec.shortcuts]


@pytest.fixture
def shop(window, drawing):
    """The window with a drawing of two variants, at 100 %; the canvas has the focus."""
    window.session.open_designs("Shop", [("Plan", drawing), ("Other", drawing)])
    window.resize(1600, 1000)
    window.activateWindow()
    QApplication.processEvents()
    window.canvas.set_camera(Camera(-40.0, -40.0, 1.0))
    window.canvas.setFocus()
    return window


def press_keys(window, keys: str) -> None:
    """Press a shortcut where the focus is."""
    combination = QKeySequence(keys)[0]
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClick(focus, combination.key(), combination.keyboardModifiers())
    QApplication.processEvents()


def labels(window) -> list[str]:
    return [step.label for step in window.session.document.history.undo]


def place_of(window, key: str) -> tuple[float, float]:
    place = window.session.design.position("services", key)
    return place.x, place.y


def test_every_key_reaches_its_action(shop) -> None:
    pressed: list[str] = []
    for name, action in shop.actions_by_id.items():
        action.triggered.disconnect()
        action.triggered.connect(lambda _=False, name=name: pressed.append(name))
    for name, keys in KEYS:
        shop.session.select({"web"} if name == "connect" else {"web", "orders"})
        shop.actions_by_id[name].setEnabled(True)
        shop.canvas.setFocus()
        press_keys(shop, keys)
    assert pressed == [name for name, _ in KEYS]
    assert labels(shop) == []


# -- seeing ------------------------------------------------------------------------------------------------------------


def shown(window):
    return window.canvas.camera.rect_to_scene(window.canvas.rect().toRectF())


def test_keys_fit_the_drawing_show_it_at_100_percent_and_fit_the_selection(shop) -> None:
    canvas = shop.canvas
    canvas.zoom_by(3.0)
    press_keys(shop, "Ctrl+0")
    assert all(shown(shop).contains(canvas.box_of(key)) for key in ("people", "left", "right"))
    press_keys(shop, "Ctrl+1")
    assert canvas.camera.zoom == pytest.approx(1.0)
    shop.session.select({"stock"})
    press_keys(shop, "Shift+2")
    assert canvas.camera.zoom == pytest.approx(2.0)
    assert shown(shop).contains(canvas.box_of("stock"))
    assert not shown(shop).contains(canvas.box_of("people"))


def turn_wheel(canvas, up: int, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
    middle_of = canvas.rect().center().toPointF()
    QApplication.sendEvent(
        canvas,
        QWheelEvent(
            middle_of,
            canvas.mapToGlobal(middle_of),
            QPoint(),
            QPoint(0, up),
            Qt.MouseButton.NoButton,
            modifiers,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        ),
    )


def test_the_wheel_scrolls_and_zooms_at_the_pointer(shop) -> None:
    canvas = shop.canvas
    before, under = canvas.camera, canvas.camera.to_scene(canvas.rect().center().toPointF())
    turn_wheel(canvas, -120)
    assert canvas.camera.y == pytest.approx(before.y + 60)
    turn_wheel(canvas, 120)
    turn_wheel(canvas, -120, SHIFT)
    assert (canvas.camera.x, canvas.camera.y) == pytest.approx((before.x + 60, before.y))
    turn_wheel(canvas, 120, SHIFT)
    turn_wheel(canvas, 240, CONTROL)
    assert canvas.camera.zoom > 1.2
    after = canvas.camera.to_scene(canvas.rect().center().toPointF())
    assert (after.x(), after.y()) == pytest.approx((under.x(), under.y()), abs=1.0)


# -- moving ------------------------------------------------------------------------------------------------------------


def guides_along(canvas, x: int) -> int:
    """How many px of a column of the viewport have the color of guide lines."""
    picture = canvas.grab().toImage()
    accent = picture.pixelColor(0, 0)
    colors = [picture.pixelColor(x, y) for y in range(picture.height())]
    return sum(color != accent and color.blue() > color.red() + 60 for color in colors)


def test_a_guide_line_shows_where_centers_are_level(shop) -> None:
    """Text boxes are wider than cards, so that their centers meet a card's where no edge does."""
    canvas = shop.canvas
    QTest.keyClick(canvas, Qt.Key.Key_Q, SHIFT)
    click(canvas, 100, 480)
    QTest.keyClick(canvas.findChild(QLineEdit, "nameField") or QApplication.focusWidget(), Qt.Key.Key_Return)
    (text,) = shop.session.selection
    wanted = canvas.box_of("people").center().x()
    x, y = middle(canvas, text)
    press(canvas, x, y)
    move(canvas, x + 20, y + 40)
    before = guides_along(canvas, at(canvas, wanted, 0).x())
    move(canvas, wanted + 3, y + 40)
    canvas.repaint()
    assert canvas.tool._guides
    assert guides_along(canvas, at(canvas, wanted, 0).x()) > before
    release(canvas, wanted + 3, y + 40)
    assert canvas.box_of(text).center().x() == wanted


def test_arrows_move_by_one_grid_and_with_shift_by_ten(shop) -> None:
    click(shop.canvas, *middle(shop.canvas, "people"))
    press_keys(shop, "Right")
    press_keys(shop, "Shift+Down")
    assert place_of(shop, "people") == (8, 184)
    press_keys(shop, "Left")
    press_keys(shop, "Shift+Up")
    assert place_of(shop, "people") == (0, 104)


def test_copies_go_to_another_variant_by_key(shop) -> None:
    click(shop.canvas, *middle(shop.canvas, "web"))
    press_keys(shop, "Ctrl+D")
    assert sum(node.name.startswith("Web") for node in shop.session.design.nodes.values()) == 2
    press_keys(shop, "Ctrl+Z")
    press_keys(shop, "Ctrl+A")
    press_keys(shop, "Ctrl+C")
    assert "Orders" in QGuiApplication.clipboard().text()
    press_keys(shop, "Ctrl+Tab")
    shop.canvas.setFocus()
    press_keys(shop, "Ctrl+V")
    assert len(shop.session.design.nodes) == 8
    assert len(shop.session.design.flows) == 6
    press_keys(shop, "Del")
    assert len(shop.session.design.nodes) == 4


def test_undo_and_redo_by_key_name_what_they_do(shop) -> None:
    canvas = shop.canvas
    drag(canvas, middle(canvas, "people"), (100, 500))
    name = labels(shop)[-1]
    assert shop.actions_by_id["undo"].text() == f"Undo {name}"
    moved = place_of(shop, "people")
    press_keys(shop, "Ctrl+Z")
    assert place_of(shop, "people") == (0, 104)
    assert shop.actions_by_id["redo"].text() == f"Redo {name}"
    press_keys(shop, "Ctrl+Shift+Z")
    assert place_of(shop, "people") == moved


def test_tidy_keys_move_all_the_selection_or_what_is_new(shop, qtbot) -> None:
    for keys, label in (
        ("Ctrl+L", "Tidy layout"),
        ("Ctrl+Shift+L", "Tidy selection"),
        ("Ctrl+Alt+L", "Tidy new nodes"),
    ):
        shop.session.select({"web", "orders", "stock"})
        if keys == "Ctrl+Alt+L":
            QTest.keyClick(shop.canvas, Qt.Key.Key_S)
            click(shop.canvas, *middle(shop.canvas, "people"))
            QTest.keyClick(shop.canvas.findChild(QLineEdit, "nameField"), Qt.Key.Key_Return)
        press_keys(shop, keys)
        qtbot.waitUntil(lambda: shop.canvas.transition.shown is None)
        assert labels(shop)[-1] == label
        drag(shop.canvas, middle(shop.canvas, "web"), (700, 560))


# -- finding -----------------------------------------------------------------------------------------------------------


def test_the_command_palette_opens_and_does_by_key(shop, qtbot) -> None:
    press_keys(shop, "Ctrl+K")
    (box,) = [box for box in shop.findChildren(CommandPalette) if box.isVisible()]
    QTest.keyClicks(box.field, "stock")
    QTest.keyClick(box.field, Qt.Key.Key_Return)
    assert shop.session.selection == {"stock"}


@pytest.mark.parametrize(("typed", "panel"), [("scaling", "scaling"), ("panel cost", "cost-optimization")])
def test_the_command_palette_goes_to_a_panel_of_a_hidden_side(shop, qtbot, typed: str, panel: str) -> None:
    qtbot.waitUntil(lambda: shop.panel_side.frameworks[panel].assessment() is not None)
    shop.panel_side.hide()
    press_keys(shop, "Ctrl+K")
    (box,) = [box for box in shop.findChildren(CommandPalette) if box.isVisible()]
    QTest.keyClicks(box.field, typed)
    QTest.keyClick(box.field, Qt.Key.Key_Return)
    assert shop.panel_side.frameworks[panel].isVisible()


def test_enter_walks_through_what_ctrl_f_finds(shop) -> None:
    press_keys(shop, "Ctrl+F")
    (box,) = [box for box in shop.findChildren(SearchBox) if box.isVisible()]
    QTest.keyClicks(box.field, "service")
    walked = []
    for _ in range(3):
        QTest.keyClick(box.field, Qt.Key.Key_Return)
        walked.extend(shop.session.selection)
    assert sorted(walked) == ["orders", "stock", "web"]
    QTest.keyClick(box.field, Qt.Key.Key_Return, SHIFT)
    assert shop.session.selection == {walked[1]}
    QTest.keyClick(box.field, Qt.Key.Key_Escape)
    assert not [box for box in shop.findChildren(SearchBox) if box.isVisible()]
    assert shop.session.selection == {walked[1]}


def test_the_manual_opens_at_what_has_the_focus(shop, qtbot) -> None:
    press_keys(shop, "F1")
    assert shop.manual.isVisible()
    shop.manual.close()


# -- grouping ----------------------------------------------------------------------------------------------------------


def group_menu(window) -> QMenu:
    return next(menu for menu in window.findChildren(QMenu) if menu.objectName() == "groupKinds" and menu.isVisible())


def test_ctrl_g_asks_which_boundary_and_a_click_chooses(shop, qtbot) -> None:
    shop.session.select({"people", "stock"})
    press_keys(shop, "Ctrl+G")
    menu = group_menu(shop)
    action = next(action for action in menu.actions() if action.text() == "Region")
    QTest.mouseMove(menu, menu.actionGeometry(action).center())
    QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(action).center())
    QApplication.processEvents()
    assert [one.kind for one in shop.session.design.boundaries.values()] == ["team", "team", "region"]
    QTest.keyClick(shop.canvas.findChild(QLineEdit, "nameField"), Qt.Key.Key_Escape)
    region = next(key for key, one in shop.session.design.boundaries.items() if one.kind == "region")
    assert all(shop.session.design.node(key).sites[0].boundary == region for key in ("people", "stock"))
    assert shop.session.view == "deployment"
    assert shop.canvas.box_of(region).contains(shop.canvas.box_of("stock"))


def test_ctrl_g_chooses_by_keys_alone(shop) -> None:
    shop.session.select({"people"})
    press_keys(shop, "Ctrl+G")
    menu = group_menu(shop)
    kind = [action.text() for action in menu.actions()].index("Cluster")
    for _ in range(kind + 1):
        QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    QApplication.processEvents()
    assert [one.kind for one in shop.session.design.boundaries.values()][-1] == "cluster"
    QTest.keyClick(shop.canvas.findChild(QLineEdit, "nameField"), Qt.Key.Key_Escape)


# -- placing -----------------------------------------------------------------------------------------------------------


def test_a_kind_dropped_from_the_palette_stands_where_it_was_dropped(shop) -> None:
    canvas, data = shop.canvas, QMimeData()
    data.setData(KIND_MIME, b"cache")
    where = at(canvas, 400, 520)
    enter = QDragEnterEvent(where, Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(canvas, enter)
    assert enter.isAccepted()
    drop = QDropEvent(
        QPointF(where), Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier, QEvent.Type.Drop
    )
    QApplication.sendEvent(canvas, drop)
    (placed,) = [key for key, node in shop.session.design.nodes.items() if node.kind == "cache"]
    assert canvas.box_of(placed).contains(QPointF(400, 520))
    field = canvas.findChild(QLineEdit, "nameField")
    QTest.keyClicks(field, "Hot cache")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert shop.session.design.node(placed).name == "Hot cache"


def test_a_hint_tells_the_keys_of_the_gesture(shop) -> None:
    QTest.keyClick(shop.canvas, Qt.Key.Key_S)
    texts = [label.text() for label in shop.findChildren(QLabel) if label.isVisible()]
    assert any("Shift+Enter" in text for text in texts)
    QTest.keyClick(shop.canvas, Qt.Key.Key_Escape)


def test_the_drawing_stays_where_it_is_when_it_is_saved(shop, tmp_path) -> None:
    canvas = shop.canvas
    canvas.fit()
    canvas.session.select({"web"})
    press_keys(shop, "Shift+Left")
    press_keys(shop, "Shift+Up")
    drag(canvas, middle(canvas, "people"), (140, 40))
    seen = canvas.camera
    shop.session.save_as(tmp_path / "shop.groundplan")
    assert canvas.camera == seen


def test_a_kept_stamp_is_told(shop, tmp_path) -> None:
    shop.canvas.stamps = Stamps(tmp_path / "stamps")
    shop.session.select({"web"})
    QTimer.singleShot(0, lambda: name_the_stamp("Front"))
    shop.actions_by_id["stamp"].trigger()
    texts = [label.text() for label in shop.findChildren(QLabel) if label.isVisible()]
    assert "The stamp “Front” stands below the building blocks." in texts


def name_the_stamp(name: str) -> None:
    """Type a name into the dialog that asks for it."""
    dialog = next(one for one in QApplication.topLevelWidgets() if isinstance(one, QInputDialog) and one.isVisible())
    QTest.keyClicks(dialog.findChild(QLineEdit), name)
    QTest.keyClick(dialog.findChild(QLineEdit), Qt.Key.Key_Return)
