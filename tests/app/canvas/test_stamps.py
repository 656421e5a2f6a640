"""Stamps and copies: parts of a drawing used again, here, in another window and tomorrow."""

import pytest
from PySide6.QtCore import QPointF, Qt

from app.canvas.tools.clipboard import copy_selection, paste
from app.canvas.tools.stamp import arm, keep_stamp
from app.canvas.view import CanvasView
from app.session import Session
from app.stamps import Stamps
from models.design.elements import DesignError
from models.design.ids import seeded_ids
from tests.app.canvas.gestures import click, key
from tests.app.canvas.test_gestures import steps


@pytest.fixture
def stamps(canvas, tmp_path) -> Stamps:
    canvas.stamps = Stamps(tmp_path / "stamps")
    return canvas.stamps


def test_a_stamp_is_kept_as_a_file_and_put_down_by_a_click(canvas, session, stamps) -> None:
    session.select({"web", "orders"})
    kept = keep_stamp(session, stamps, "Shop front")
    assert [stamp.title for stamp in Stamps(stamps.folder).all()] == ["Shop front"]
    before = session.design
    arm(canvas, kept.id)
    click(canvas, 400, 600)
    names = sorted(node.name for node in session.design.nodes.values())
    assert names == ["Orders", "Orders", "People", "Stock", "Web", "Web"]
    assert len(session.design.flows) == 4
    assert steps(session) == ["Stamp Shop front"]
    assert len(session.selection) == 3
    session.undo()
    assert session.design == before


def test_a_stamp_comes_down_where_its_outline_is_even_on_other_cards(canvas, session, stamps) -> None:
    session.select({"web", "orders"})
    arm(canvas, keep_stamp(session, stamps, "Pair").id)
    before = set(session.design.nodes)
    click(canvas, 480, 176)
    boxes = [canvas.box_of(key) for key in set(session.design.nodes) - before]
    whole = boxes[0].united(boxes[1])
    assert abs(whole.center().x() - 480) <= 4
    assert abs(whole.center().y() - 176) <= 4
    new = set(session.design.nodes) - before
    assert {session.design.nodes[key].context for key in new} == {"left"}, "of the team that it lies in"


def test_escape_puts_the_stamp_away(canvas, session, stamps) -> None:
    session.select({"web"})
    arm(canvas, keep_stamp(session, stamps, "One").id)
    key(canvas, Qt.Key.Key_Escape)
    click(canvas, 400, 600)
    assert steps(session) == []


def test_a_boundary_is_kept_with_its_contents(session, stamps) -> None:
    session.select({"left"})
    design = keep_stamp(session, stamps, "Team").design()
    assert set(design.nodes) == {"web", "orders"}
    assert set(design.flows) == {"f2"}
    assert design.node("web").context == "left"


def test_a_removed_stamp_is_gone(session, stamps) -> None:
    session.select({"web"})
    stamps.remove(keep_stamp(session, stamps, "One").id)
    assert stamps.all() == ()


@pytest.mark.parametrize("name", ["", "  ", "///"])
def test_a_stamp_needs_a_name(session, stamps, name: str) -> None:
    session.select({"web"})
    with pytest.raises(DesignError, match="needs a name"):
        stamps.keep(name, session.design)


def test_a_name_cannot_leave_the_folder(session, stamps) -> None:
    kept = stamps.keep("../../outside", session.design)
    assert kept.path.parent == stamps.folder


def test_a_broken_stamp_is_told(canvas, session, stamps, qtbot) -> None:
    session.select({"web"})
    kept = keep_stamp(session, stamps, "One")
    kept.path.write_text("not a design")
    with qtbot.waitSignal(session.refused) as told:
        arm(canvas, kept.id)
    assert "not a Groundplan design" in told.args[0]


def test_nothing_selected_is_told(session, stamps, qtbot) -> None:
    with qtbot.waitSignal(session.refused) as told:
        assert keep_stamp(session, stamps, "Nothing") is None
    assert "Select" in told.args[0]


def test_copies_reach_another_project(canvas, session, drawing, qtbot) -> None:
    session.select({"left", "stock"})
    assert copy_selection(session)
    other = Session(seeded_ids(2))
    there = CanvasView(other, canvas.theme)
    qtbot.addWidget(there)
    other.open_designs("Other", [("Plan", drawing)])
    assert paste(there, QPointF(500, 800))
    added = {key: node for key, node in other.design.nodes.items() if key not in drawing.nodes}
    assert sorted(node.name for node in added.values()) == ["Orders", "Stock", "Web"]
    assert len(other.design.flows) == len(drawing.flows) + 2
    (team,) = [key for key in other.design.boundaries if key not in drawing.boundaries]
    assert {node.context for node in added.values() if node.name != "Stock"} == {team}
    assert {node.context for node in added.values() if node.name == "Stock"} == {None}
