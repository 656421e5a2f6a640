"""Arranging: align, distribute, order, pin, collapse; each is one step that undo takes back exactly."""

import msgspec
import pytest
from PySide6.QtCore import QPointF

from app.canvas.tools.align import align, distribute
from app.canvas.tools.collapse import toggle_collapse
from app.canvas.tools.nudge import nudge
from app.canvas.tools.order import reorder
from app.canvas.tools.pin import toggle_pin
from models.design.elements import Position, position_id
from models.layout.tidy import tidy
from tests.app.canvas.gestures import click, double_click, drag, middle
from tests.app.canvas.test_gestures import place_of, steps


@pytest.fixture(autouse=True)
def undone(session):
    """Whatever a test did, undo leads back to the identical design."""
    before = session.design
    yield
    while session.document.undo_label:
        session.undo()
    assert session.design == before


# -- align and distribute ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edge", "axis", "places"),
    [
        ("left", 0, {0}),
        ("right", 0, {504}),
        ("center", 0, {252}),
        ("top", 1, {104}),
        ("bottom", 1, {304}),
        ("middle", 1, {204}),
    ],
)
def test_align_brings_all_onto_one_line(canvas, session, edge: str, axis: int, places: set[float]) -> None:
    session.select({"people"})
    nudge(canvas, 0, 25)
    session.select({"people", "orders"})
    align(canvas, edge)
    assert {place_of(session, key)[axis] for key in ("people", "orders")} == places
    assert steps(session)[-1] == f"Align {edge}"


def test_align_leaves_what_is_pinned_and_follows_it(canvas, session) -> None:
    session.select({"orders"})
    toggle_pin(canvas)
    session.select({"people", "orders"})
    align(canvas, "left")
    assert place_of(session, "people")[0] == place_of(session, "orders")[0] == 504


def test_aligning_a_boundary_carries_its_contents(canvas, session) -> None:
    session.select({"people", "right"})
    align(canvas, "left")
    assert place_of(session, "right")[0] == 0
    assert place_of(session, "stock")[0] == 800 - 752


def test_one_alone_is_not_aligned(canvas, session) -> None:
    session.select({"people"})
    assert not align(canvas, "left")
    assert steps(session) == []


def test_distribute_gives_equal_gaps(canvas, session) -> None:
    session.select({"people", "web", "stock"})
    assert distribute(canvas, "horizontally")
    left, inner, right = (place_of(session, key)[0] for key in ("people", "web", "stock"))
    assert (left, right) == (0, 800)
    assert inner == 400
    assert steps(session) == ["Distribute horizontally"]


def test_two_are_not_distributed(canvas, session) -> None:
    session.select({"people", "web"})
    assert not distribute(canvas, "vertically")


# -- order -------------------------------------------------------------------------------------------------------------


def test_front_and_back_change_what_a_click_takes(canvas, session) -> None:
    drag(canvas, middle(canvas, "people"), middle(canvas, "web"))
    spot = middle(canvas, "web")
    session.select({"people"})
    reorder(canvas, "back")
    click(canvas, *spot)
    assert session.selection == {"web"}
    session.select({"people"})
    reorder(canvas, "front")
    click(canvas, *spot)
    assert session.selection == {"people"}
    assert steps(session)[-2:] == ["Send to back", "Bring to front"]


def test_what_is_in_front_already_stays(canvas, session) -> None:
    session.select({"people"})
    assert reorder(canvas, "front")
    assert not reorder(canvas, "front")


def test_forward_and_backward_cancel_each_other(canvas, session) -> None:
    session.select({"web"})
    reorder(canvas, "forward")
    assert canvas.picture.nodes.ids[-1] == "web"
    reorder(canvas, "backward")
    assert session.design.position("services", "web").z == 0


def test_a_node_added_behind_a_raised_one_lies_behind_it(canvas, session) -> None:
    session.select({"web"})
    reorder(canvas, "front")
    node = msgspec.structs.replace(session.design.node("web"), name="New")
    session.change([("new", node), (position_id("services", "new"), Position(x=280.0, y=110.0))], "Add")
    assert canvas.picture.nodes.ids[-1] == "web"


# -- pin ---------------------------------------------------------------------------------------------------------------


def test_what_is_pinned_is_not_dragged_and_not_tidied(canvas, session) -> None:
    session.select({"people"})
    toggle_pin(canvas)
    x, y = middle(canvas, "people")
    drag(canvas, (x, y), (x, y + 300))
    assert place_of(session, "people") == (0, 104)
    assert position_id("services", "people") not in tidy(session.design, "services").changes
    assert steps(session) == ["Pin “People”"]
    toggle_pin(canvas)
    drag(canvas, (x, y), (x, y + 300))
    assert place_of(session, "people") == (0, 400)


def test_pinning_shows_a_mark(canvas, session) -> None:
    from app.canvas.marks import card_marks

    row = canvas.picture.nodes.row["people"]
    assert card_marks(canvas.picture, row) == ()
    session.select({"people"})
    toggle_pin(canvas)
    assert card_marks(canvas.picture, row) == ("pin",)


# -- collapse ----------------------------------------------------------------------------------------------------------


def test_collapse_makes_one_card_and_expand_brings_all_back(canvas, session) -> None:
    before = {key: place_of(session, key) for key in ("web", "orders", "left")}
    session.select({"left"})
    assert toggle_collapse(canvas)
    assert set(canvas.picture.nodes.ids) == {"people", "stock"}
    assert set(canvas.picture.flows.ids) == {"f1", "f3"}
    double_click(canvas, *middle(canvas, "left"))
    assert {"web", "orders"} <= set(canvas.picture.nodes.ids)
    assert {key: place_of(session, key) for key in before} == before
    assert steps(session) == ["Collapse “Team Left”", "Expand “Team Left”"]


def test_a_collapsed_boundary_takes_its_contents_along(canvas, session) -> None:
    session.select({"left"})
    toggle_collapse(canvas)
    x, y = middle(canvas, "left")
    drag(canvas, (x, y), (x, y + 400))
    assert place_of(session, "web") == (272, 504)
    toggle_collapse(canvas)
    box = canvas.box_of("left")
    assert (box.width(), box.height()) == (464, 280)
    assert box.contains(canvas.box_of("web"))


def test_collapse_from_a_card_folds_the_boundary_around_it(canvas, session) -> None:
    session.select({"web"})
    toggle_collapse(canvas)
    assert session.selection == {"left"}
    assert canvas.picture.boundaries.collapsed[canvas.picture.boundaries.row["left"]]


def test_a_collapsed_card_is_painted_with_count(canvas, session) -> None:
    from app.canvas.cards import folded_look

    session.select({"left"})
    toggle_collapse(canvas)
    look = folded_look(canvas.picture, canvas.picture.boundaries.row["left"])
    assert (look.title, look.line) == ("Team Left", "2 nodes")
    canvas.repaint()
    assert canvas.is_sharp()
    assert canvas.hit(QPointF(*middle(canvas, "left"))).element == "left"
