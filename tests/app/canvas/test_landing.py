"""Where things come down, with real mouse and key events: drawn boundaries, copies, pasted parts, drags to the edge."""

from itertools import combinations

import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from app.canvas.camera import Camera
from app.canvas.tools.clipboard import copy_selection, paste
from app.canvas.tools.duplicate import duplicate
from app.canvas.tools.stamp import arm
from models.design.elements import Position, position_id
from tests.app.canvas.gestures import double_click, drag, key, middle, move, press, release, send_move, type_keys
from tests.app.canvas.test_gestures import name_field, place_of, steps


def test_dragging_to_the_edge_scrolls_the_drawing(canvas, session, qtbot) -> None:
    start, x = middle(canvas, "people"), canvas.camera.x
    press(canvas, *start)
    move(canvas, 300, 500)
    place = QPointF(canvas.width() - 4, 500.0)
    send_move(canvas, place)
    qtbot.waitUntil(lambda: canvas.camera.x > x + 400)
    release_at = canvas.camera.to_scene(place)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place.toPoint())
    assert not canvas.edge.is_running
    assert abs(canvas.box_of("people").center().x() - release_at.x()) < 40
    assert len(steps(session)) == 1


def test_taking_hold_of_something_at_the_edge_scrolls_nothing(canvas) -> None:
    canvas.set_camera(Camera(80.0, 0.0, 1.0))
    before = canvas.camera
    press(canvas, 84, 136)
    send_move(canvas, QPointF(12, 160))
    assert not canvas.edge.is_running
    assert canvas.camera == before


def test_a_rubber_band_at_the_edge_reaches_what_was_out_of_sight(canvas, session, qtbot) -> None:
    canvas.set_camera(Camera(-700.0, -40.0, 1.0))
    press(canvas, -60, 80)
    move(canvas, 100, 400)
    send_move(canvas, QPointF(canvas.width() - 1, 420.0))
    qtbot.waitUntil(lambda: canvas.camera.x > -100)
    QTest.mouseRelease(
        canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPointF(canvas.width() - 1, 420).toPoint()
    )
    assert {"people", "web", "orders", "stock"} <= session.selection


def test_a_boundary_is_drawn_around_what_it_holds(canvas, session) -> None:
    key(canvas, Qt.Key.Key_X)
    drag(canvas, (-23, 71), (190, 303))
    type_keys(name_field(canvas), "Buyers")
    key(name_field(canvas), Qt.Key.Key_Return)
    (made,) = session.selection
    position = session.design.position("services", made)
    assert (position.x, position.y, position.width, position.height) == (-24, 72, 216, 232)
    assert session.design.node("people").context == made
    assert steps(session) == ["Place Team / context", "Rename “Team / context”"]


def test_a_boundary_drawn_around_boundaries_holds_them_and_not_what_is_in_them(canvas, session) -> None:
    key(canvas, Qt.Key.Key_X)
    drag(canvas, (220, 20), (1080, 400))
    key(name_field(canvas), Qt.Key.Key_Escape)
    (made,) = session.selection
    assert {session.design.boundaries[key].parent for key in ("left", "right")} == {made}
    assert session.design.boundaries[made].parent is None
    assert session.design.node("web").context == "left"


def test_a_boundary_drawn_across_a_frame_lies_in_the_one_around_its_middle(canvas, session) -> None:
    key(canvas, Qt.Key.Key_X)
    drag(canvas, (200, 60), (480, 300))
    key(name_field(canvas), Qt.Key.Key_Escape)
    (made,) = session.selection
    assert session.design.boundaries[made].parent == "left"
    assert session.design.node("web").context == made
    assert canvas.box_of("left").contains(canvas.box_of(made))


def test_a_network_drawn_around_nodes_holds_them(canvas, session) -> None:
    arm(canvas, "network")
    drag(canvas, (250, 80), (696, 300))
    key(name_field(canvas), Qt.Key.Key_Escape)
    (made,) = session.selection
    assert session.design.boundaries[made].members == ("web", "orders")
    assert session.design.node("web").context == "left"


def test_escape_while_drawing_a_boundary_draws_none(canvas, session) -> None:
    key(canvas, Qt.Key.Key_X)
    press(canvas, -24, 72)
    move(canvas, 190, 303)
    key(canvas, Qt.Key.Key_Escape)
    release(canvas, 190, 303)
    assert steps(session) == []
    assert session.selection == frozenset()


def test_arming_a_region_shows_the_view_that_draws_regions(canvas, session) -> None:
    key(canvas, Qt.Key.Key_Y)
    assert session.view == "deployment"
    box = canvas.box_of("people")
    x, y = box.left() - 24, box.top() - 40
    drag(canvas, (x, y), (box.right() + 24, box.bottom() + 24))
    key(name_field(canvas), Qt.Key.Key_Escape)
    (made,) = session.selection
    assert session.design.node("people").sites[0].boundary == made
    assert canvas.box_of(made) is not None


@pytest.mark.parametrize(("chosen", "place"), [("people", (0, 208)), ("orders", (504, 208)), ("stock", (800, 208))])
def test_duplicate_lands_beside_its_original_in_the_same_boundary(canvas, session, chosen, place) -> None:
    session.select({chosen})
    new_id = duplicate(canvas)
    assert place_of(session, new_id[chosen]) == place
    assert session.design.node(new_id[chosen]).context == session.design.node(chosen).context
    assert session.selection == {new_id[chosen]}


def test_duplicates_of_duplicates_lie_on_nothing(canvas, session) -> None:
    session.select({"web"})
    for _ in range(12):
        duplicate(canvas)
    rects = [QRectF(*rect) for rect in canvas.picture.nodes.rects.tolist()]
    assert len(rects) == 16
    assert not any(one.intersects(other) for one, other in combinations(rects, 2))


def test_a_duplicated_boundary_lies_beside_it_with_what_it_holds(canvas, session) -> None:
    session.select({"left"})
    new_id = duplicate(canvas)
    copy, others = canvas.box_of(new_id["left"]), [canvas.box_of(key) for key in ("left", "right")]
    assert not any(copy.intersects(other) for other in others)
    assert copy.contains(canvas.box_of(new_id["web"]))


def test_what_is_pasted_into_a_team_joins_it_and_lies_on_nothing(canvas, session) -> None:
    session.select({"people"})
    copy_selection(session)
    for _ in range(2):
        assert paste(canvas, QPointF(588, 136))
    added = [key for key, node in session.design.nodes.items() if node.name == "People" and key != "people"]
    assert [session.design.node(key).context for key in added] == ["left", "left"]
    rects = [canvas.box_of(key) for key in ("web", "orders", *added)]
    assert not any(one.intersects(other) for one, other in combinations(rects, 2))


def test_a_team_pasted_into_itself_lies_in_the_first(canvas, session) -> None:
    session.select({"right"})
    copy_selection(session)
    canvas.session.change(
        [(position_id("services", "right"), Position(x=752, y=40, width=900, height=900))], "Make room"
    )
    assert paste(canvas, QPointF(1300, 700))
    (made,) = [key for key in session.design.boundaries if key not in ("left", "right")]
    assert session.design.boundaries[made].parent == "right"


def test_a_double_click_on_the_sheet_offers_kinds_and_places_the_chosen_one(canvas, session) -> None:
    double_click(canvas, 400, 600)
    menu = next(menu for menu in canvas.findChildren(QMenu) if menu.objectName() == "fittingKinds")
    chosen = menu.actions()[0]
    assert chosen.data() == "users"
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(chosen).center())
    key(name_field(canvas), Qt.Key.Key_Escape)
    (added,) = session.selection
    assert session.design.node(added).kind == "users"
    assert canvas.box_of(added).contains(QPointF(400, 600))
