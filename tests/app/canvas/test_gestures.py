"""Every gesture, with real mouse and key events; each ends in one commit and is taken back by one undo."""

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QWidget

from app.canvas.tools.clipboard import copy_selection, paste
from app.canvas.tools.connect import ConnectTool
from app.canvas.tools.delete import delete_selection
from app.canvas.tools.duplicate import duplicate
from app.canvas.tools.group import group
from app.canvas.tools.nudge import nudge
from app.canvas.tools.select import SelectTool
from models.design.elements import Boundary, Flow, Node, position_id
from tests.app.canvas.gestures import (
    ALT,
    SHIFT,
    click,
    double_click,
    drag,
    key,
    middle,
    move,
    press,
    release,
    type_keys,
)


def steps(session) -> list[str]:
    return [step.label for step in session.document.history.undo]


def place_of(session, element: str) -> tuple[float, float]:
    position = session.design.position("services", element)
    return position.x, position.y


def name_field(canvas) -> QWidget:
    found = [field for field in canvas.findChildren(QWidget, "nameField") if field.isVisible()]
    assert len(found) == 1
    return found[0]


# -- select ------------------------------------------------------------------------------------------------------------


def test_click_selects_and_empty_click_lets_go(canvas, session) -> None:
    click(canvas, *middle(canvas, "web"))
    assert session.selection == {"web"}
    click(canvas, 20, 500)
    assert session.selection == frozenset()
    assert steps(session) == []


def test_shift_click_adds_and_takes_away(canvas, session) -> None:
    click(canvas, *middle(canvas, "web"))
    click(canvas, *middle(canvas, "stock"), SHIFT)
    assert session.selection == {"web", "stock"}
    click(canvas, *middle(canvas, "web"), SHIFT)
    assert session.selection == {"stock"}


def test_rubber_band_takes_what_it_touches(canvas, session) -> None:
    drag(canvas, (-20, 20), (300, 360))
    assert {"people", "web"} <= session.selection
    assert "stock" not in session.selection


def test_click_on_a_flow_selects_it(canvas, session) -> None:
    points = canvas.picture.flows.path(canvas.picture.flows.row["f1"])
    x, y = ((points[0] + points[1]) / 2).tolist()
    click(canvas, x, y)
    assert session.selection == {"f1"}


def test_click_on_the_title_selects_a_boundary(canvas, session) -> None:
    click(canvas, 260, 56)
    assert session.selection == {"left"}


# -- move --------------------------------------------------------------------------------------------------------------


def test_drag_moves_on_the_grid_in_one_step(canvas, session) -> None:
    before = session.design
    x, y = middle(canvas, "people")
    drag(canvas, (x, y), (x + 21, y + 301))
    assert place_of(session, "people") == (24, 408)
    assert steps(session) == ["Move “People”"]
    session.undo()
    assert session.design == before


def test_alt_suspends_snapping(canvas, session) -> None:
    x, y = middle(canvas, "people")
    press(canvas, x, y)
    move(canvas, x + 13, y + 301)
    move(canvas, x + 13, y + 301, ALT)
    release(canvas, x + 13, y + 301)
    assert place_of(session, "people") == (13, 405)


def test_escape_leaves_a_drag_without_a_step(canvas, session) -> None:
    x, y = middle(canvas, "people")
    press(canvas, x, y)
    move(canvas, x + 100, y + 200)
    key(canvas, Qt.Key.Key_Escape)
    release(canvas, x + 100, y + 200)
    assert place_of(session, "people") == (0, 104)
    assert steps(session) == []


def test_drag_snaps_to_a_neighbor_and_shows_the_guide(canvas, session) -> None:
    x, y = middle(canvas, "people")
    press(canvas, x, y)
    move(canvas, x + 5, y + 300)
    move(canvas, x + 274, y + 300)
    assert canvas.tool._guides
    release(canvas, x + 274, y + 300)
    assert place_of(session, "people")[0] == 272


def test_drag_into_a_boundary_changes_the_team(canvas, session) -> None:
    drag(canvas, middle(canvas, "orders"), (880, 260))
    assert session.design.node("orders").context == "right"
    assert len(steps(session)) == 1
    session.undo()
    assert session.design.node("orders").context == "left"


def test_drag_out_of_every_boundary_leaves_the_team(canvas, session) -> None:
    drag(canvas, middle(canvas, "stock"), (880, 600))
    assert session.design.node("stock").context is None


def test_boundary_carries_its_contents(canvas, session) -> None:
    drag(canvas, (260, 56), (260, 456))
    assert place_of(session, "web") == (272, 504)
    assert place_of(session, "left") == (240, 440)
    assert session.design.node("web").context == "left"
    assert len(steps(session)) == 1


def test_arrows_nudge_and_merge_into_one_step(canvas, session) -> None:
    session.select({"people"})
    nudge(canvas, 1, 0)
    nudge(canvas, 0, 10)
    assert place_of(session, "people") == (8, 184)
    assert len(steps(session)) == 1


def test_alt_drag_duplicates(canvas, session) -> None:
    x, y = middle(canvas, "people")
    drag(canvas, (x, y), (x, y + 400), ALT)
    assert place_of(session, "people") == (0, 104)
    copies = [key for key, node in session.design.nodes.items() if node.name == "People" and key != "people"]
    assert len(copies) == 1
    assert session.selection == set(copies)


# -- connect -----------------------------------------------------------------------------------------------------------


def hover_port(canvas, element: str, side: str) -> tuple[float, float]:
    box = canvas.box_of(element)
    x, y = middle(canvas, element)
    move(canvas, x, y)
    return (box.right(), y) if side == "right" else (x, box.bottom())


def test_port_to_node_connects(canvas, session) -> None:
    start = hover_port(canvas, "people", "bottom")
    drag(canvas, start, middle(canvas, "stock"))
    added = [flow for key, flow in session.design.flows.items() if key not in {"f1", "f2", "f3"}]
    assert [(flow.source, flow.target) for flow in added] == [("people", "stock")]
    assert steps(session) == ["Connect “People” to “Stock”"]


def test_port_to_empty_canvas_offers_kinds_and_places_connected(canvas, session, qtbot) -> None:
    start = hover_port(canvas, "stock", "bottom")
    drag(canvas, start, (880, 560))
    menu = next(menu for menu in canvas.findChildren(QMenu) if menu.objectName() == "fittingKinds")
    qtbot.waitUntil(menu.isVisible)
    action = menu.actions()[0]
    kind = action.data()
    assert isinstance(canvas.tool, ConnectTool), "the line stays while a kind is chosen"
    action.trigger()
    menu.hide()
    added = next(key for key, node in session.design.nodes.items() if node.kind == kind and key not in ("web",))
    assert any(flow.source == "stock" and flow.target == added for flow in session.design.flows.values())
    assert len(steps(session)) == 1
    key(name_field(canvas), Qt.Key.Key_Escape)


def test_the_line_goes_when_no_kind_is_chosen(canvas, session, qtbot) -> None:
    drag(canvas, hover_port(canvas, "stock", "bottom"), (880, 560))
    menu = next(menu for menu in canvas.findChildren(QMenu) if menu.objectName() == "fittingKinds")
    qtbot.waitUntil(menu.isVisible)
    menu.close()
    assert isinstance(canvas.tool, SelectTool)
    assert steps(session) == []


# -- place and rename --------------------------------------------------------------------------------------------------


def test_kind_key_then_click_places_and_opens_the_name(canvas, session) -> None:
    key(canvas, Qt.Key.Key_S)
    click(canvas, 400, 504)
    field = name_field(canvas)
    type_keys(field, "Billing")
    key(field, Qt.Key.Key_Return)
    (added,) = [key for key, node in session.design.nodes.items() if node.name == "Billing"]
    assert session.design.node(added).kind == "service"
    assert session.selection == {added}
    assert place_of(session, added) == (320, 472)


def test_placing_inside_a_team_joins_it(canvas, session) -> None:
    key(canvas, Qt.Key.Key_Q)
    click(canvas, 360, 250)
    key(name_field(canvas), Qt.Key.Key_Escape)
    (queue,) = [node for node in session.design.nodes.values() if node.kind == "queue"]
    assert queue.context == "left"


def test_shifted_kind_key_arms_the_other_kind(canvas, session) -> None:
    key(canvas, Qt.Key.Key_S, SHIFT)
    click(canvas, 400, 500)
    key(name_field(canvas), Qt.Key.Key_Escape)
    assert any(node.kind == "search" for node in session.design.nodes.values())


def test_boundary_key_places_a_boundary(canvas, session) -> None:
    key(canvas, Qt.Key.Key_X)
    click(canvas, 500, 600)
    key(name_field(canvas), Qt.Key.Key_Escape)
    assert [boundary.kind for boundary in session.design.boundaries.values()].count("team") == 3


def test_g_arms_the_gateway_while_nothing_is_selected(canvas, session) -> None:
    key(canvas, Qt.Key.Key_G)
    click(canvas, 400, 504)
    key(name_field(canvas), Qt.Key.Key_Escape)
    assert any(node.kind == "api_gateway" for node in session.design.nodes.values())


def test_escape_disarms_a_kind(canvas, session) -> None:
    key(canvas, Qt.Key.Key_S)
    key(canvas, Qt.Key.Key_Escape)
    click(canvas, 400, 600)
    assert steps(session) == []


def test_double_click_renames_in_place(canvas, session) -> None:
    double_click(canvas, *middle(canvas, "web"))
    field = name_field(canvas)
    assert field.text() == "Web"
    type_keys(field, "Shop front")
    key(field, Qt.Key.Key_Return)
    assert session.design.node("web").name == "Shop front"
    assert steps(session) == ["Rename “Web”"]


def test_escape_reverts_a_rename(canvas, session) -> None:
    double_click(canvas, *middle(canvas, "web"))
    field = name_field(canvas)
    type_keys(field, "Nothing")
    key(field, Qt.Key.Key_Escape)
    assert session.design.node("web").name == "Web"
    assert steps(session) == []


def test_the_name_field_stays_on_its_card_when_the_view_moves(canvas, session) -> None:
    double_click(canvas, *middle(canvas, "web"))
    before = name_field(canvas).geometry()
    font_before = name_field(canvas).font().pixelSize()
    canvas.set_camera(canvas.camera.panned(80, 48))
    assert name_field(canvas).geometry() == before.translated(80, 48)
    canvas.set_camera(canvas.camera.zoomed(2.0, QPointF(0, 0)))
    box = canvas.camera.rect_to_view(canvas.box_of("web"))
    assert box.contains(name_field(canvas).geometry().topLeft().toPointF())
    assert name_field(canvas).font().pixelSize() == 2 * font_before


def test_the_name_field_is_wide_enough_for_a_long_name(canvas, session) -> None:
    double_click(canvas, *middle(canvas, "web"))
    field = name_field(canvas)
    narrow = field.width()
    field.clear()
    QTest.keyClicks(field, "Feature Engineering, Stream")
    assert field.width() > max(narrow, field.fontMetrics().horizontalAdvance(field.text()))


def test_tab_goes_on_to_the_next_node(canvas, session, qtbot) -> None:
    double_click(canvas, *middle(canvas, "people"))
    field = name_field(canvas)
    type_keys(field, "Customers")
    key(field, Qt.Key.Key_Tab)
    assert session.design.node("people").name == "Customers"
    assert session.selection == {"web"}
    assert name_field(canvas).text() == "Web"
    key(name_field(canvas), Qt.Key.Key_Escape)


# -- resize, delete, duplicate, copy, group ----------------------------------------------------------------------------


def test_handle_resizes_a_boundary(canvas, session) -> None:
    session.select({"right"})
    drag(canvas, (1048, 320), (1108, 401))
    position = session.design.position("services", "right")
    assert (position.width, position.height) == (352, 360)
    assert steps(session) == ["Resize “Team Right”"]


def test_delete_takes_the_flows_along(canvas, session) -> None:
    session.select({"web"})
    delete_selection(session)
    assert set(session.design.flows) == {"f3"}
    assert session.selection == frozenset()
    session.undo()
    assert set(session.design.flows) == {"f1", "f2", "f3"}


def test_duplicate_keeps_inner_flows_only(canvas, session) -> None:
    session.select({"web", "orders", "f1", "f2"})
    new_id = duplicate(canvas)
    copies = [flow for key, flow in session.design.flows.items() if key in new_id.values()]
    assert [(flow.source, flow.target) for flow in copies] == [(new_id["web"], new_id["orders"])]


def test_copy_and_paste_go_through_the_clipboard_as_text(canvas, session) -> None:
    session.select({"web", "orders", "f2"})
    assert copy_selection(session)
    assert '"groundplan-design"' in QGuiApplication.clipboard().text()
    paste(canvas, QPointF(600, 600))
    assert sorted(node.name for node in session.design.nodes.values()).count("Web") == 2
    assert len(session.design.flows) == 4
    assert len(steps(session)) == 1


def test_pasting_something_else_is_refused_with_a_sentence(canvas, session, qtbot) -> None:
    QGuiApplication.clipboard().setText("hello")
    with qtbot.waitSignal(session.refused) as blocker:
        paste(canvas)
    assert "not a Groundplan design" in blocker.args[0]
    assert steps(session) == []


def test_group_puts_the_selection_into_a_new_team(canvas, session) -> None:
    session.select({"web", "orders"})
    group(canvas)
    (made,) = session.selection
    assert isinstance(session.design.elements[made], Boundary)
    assert {session.design.node(key).context for key in ("web", "orders")} == {made}
    assert session.design.boundaries[made].parent == "left"
    assert len(steps(session)) == 1
    key(name_field(canvas), Qt.Key.Key_Escape)


# -- camera ------------------------------------------------------------------------------------------------------------


def test_middle_drag_pans(canvas, session) -> None:
    x, y = canvas.camera.x, canvas.camera.y
    press(canvas, 400, 500, button=Qt.MouseButton.MiddleButton)
    move(canvas, 450, 530)
    release(canvas, 450, 530, button=Qt.MouseButton.MiddleButton)
    assert (canvas.camera.x, canvas.camera.y) == (x - 50, y - 30)
    click(canvas, 20, 560)
    assert steps(session) == []


def test_space_and_drag_pans(canvas, session) -> None:

    x = canvas.camera.x
    QTest.keyPress(canvas, Qt.Key.Key_Space)
    drag(canvas, (400, 500), (440, 500), steps=1)
    QTest.keyRelease(canvas, Qt.Key.Key_Space)
    assert canvas.camera.x == x - 40
    click(canvas, *middle(canvas, "web"))
    assert session.selection == {"web"}


@pytest.mark.parametrize("factor", [1.5, 0.5])
def test_zoom_keeps_the_point_under_the_pointer(canvas, factor: float) -> None:
    pointer = QPointF(300, 200)
    before = canvas.camera.to_scene(pointer)
    canvas.zoom_by(factor, pointer)
    after = canvas.camera.to_scene(pointer)
    assert abs(before.x() - after.x()) <= 1 / factor
    assert abs(before.y() - after.y()) <= 1 / factor


def test_fit_shows_everything(canvas) -> None:
    canvas.fit()
    for element in ("people", "left", "right"):
        view = canvas.camera.rect_to_view(canvas.box_of(element))
        assert canvas.rect().toRectF().contains(view)


def test_everything_is_undone_to_the_identical_design(canvas, session) -> None:
    before = session.design
    drag(canvas, middle(canvas, "orders"), (880, 260))
    drag(canvas, hover_port(canvas, "people", "bottom"), middle(canvas, "stock"))
    session.select({"web"})
    delete_selection(session)
    key(canvas, Qt.Key.Key_S)
    click(canvas, 400, 600)
    key(name_field(canvas), Qt.Key.Key_Escape)
    assert all(isinstance(element, Node | Flow) for element in session.design.nodes.values())
    while session.document.undo_label:
        session.undo()
    assert session.design == before
    assert position_id("services", "web") in session.design.elements
