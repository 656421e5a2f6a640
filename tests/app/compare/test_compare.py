"""The window that compares variants: pictures in step, changes, figures, reasons, taking over, merging, decisions."""

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from app.compare.change_list import leaf_words
from app.compare.side_by_side import marks_between
from app.compare.variant_charts import in_two_lines
from app.compare.window import CompareWindow
from app.session import Session
from models import themes
from models.design.design import Design
from models.design.edits import remove, set_params
from models.design.elements import BRIEF_ID, Brief, Flow, Node
from models.design.ids import seeded_ids
from models.templates import template
from tests.benchmarks.designs import big_design


def opened(session: Session, qtbot) -> CompareWindow:
    found = CompareWindow(None, session, themes.theme("light"))
    qtbot.addWidget(found)
    with qtbot.waitExposed(found):
        found.show()
    qtbot.waitUntil(lambda: not found.work.is_running, timeout=20_000)
    return found


@pytest.fixture
def assistant(qapp, qtbot):
    session = Session(seeded_ids(1))
    session.open_template(template("assistant"))
    return session


@pytest.fixture
def branched(session):
    """Two variants: the second renames a node, adds a cache with a flow and removes a flow."""
    session.add_variant("Cached")
    design = session.design
    session.change(
        [
            ("web", set_params(msgspec.structs.replace(design.node("web"), name="Front"), {"vcpu": 8})),
            ("cache", Node("cache", "Cache")),
            ("f9", Flow("web", "cache")),
            ("f3", None),
        ],
        "Cache",
    )
    return session


def rows(table) -> list[list[str]]:
    return [
        [table.item(down, across).text() for across in range(table.columnCount())] for down in range(table.rowCount())
    ]


def test_changes_are_marked_in_the_picture_that_shows_them(branched, qtbot) -> None:
    window = opened(branched, qtbot)
    before, after = window.pictures.views
    assert dict(before.marks) == {"web": "changed", "f3": "removed"}
    assert dict(after.marks) == {"web": "changed", "cache": "added", "f9": "added"}
    image = after.grab().toImage()
    box = after.camera.rect_to_view(after.box_of("cache"))
    edge = image.pixelColor(QPoint(round(box.left() - 3), round(box.center().y())))
    assert edge.green() > edge.red()
    assert edge.green() > edge.blue()


def test_large_drawings_arrive_later_and_what_is_the_same_runs_alike(session, qtbot) -> None:
    design = big_design(120)
    session.open_designs("Large", [("One", design), ("Two", design.apply(remove(design, ["n5"])))])
    window = CompareWindow(None, session, themes.theme("light"))
    qtbot.addWidget(window)
    before, after = window.pictures.views
    assert window.pictures.drawing.is_running
    assert not len(after.picture.nodes)
    assert window.pictures.titles[1].text().startswith("Two · ")
    qtbot.waitUntil(lambda: not window.pictures.drawing.is_running, timeout=60_000)
    assert window.pictures.titles[1].text() == "Two"
    assert set(before.marks.values()) == {"removed"}
    assert dict(after.marks) == {}
    both = set(before.picture.flows.ids) & set(after.picture.flows.ids)
    lines = [[each.picture.flows.path(each.picture.flows.row[key]) for each in (before, after)] for key in both]
    assert sum(np.array_equal(*pair) for pair in lines) > 0.8 * len(both)
    window.close()


def test_both_pictures_look_at_the_same_part(branched, qtbot) -> None:
    window = opened(branched, qtbot)
    before, after = window.pictures.views
    start = before.camera
    turn = QWheelEvent(
        QPointF(50, 50), QPointF(50, 50), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(after, turn)
    assert before.camera == after.camera != start


def test_the_list_walks_the_picture_and_a_click_finds_its_change(branched, qtbot) -> None:
    window = opened(branched, qtbot)
    seen = []
    for _ in range(4):
        window.changes.next.click()
        seen.append(window.pictures.views[0].current)
    assert sorted(seen) == ["cache", "f3", "f9", "web"]
    before = window.pictures.views[0]
    at = before.camera.to_view(before.box_of("web").center()).toPoint()
    qtbot.mouseClick(before, Qt.MouseButton.LeftButton, pos=at)
    assert window.changes.tree.currentItem().text(1) == "Front (node)"
    leaves = [window.changes.tree.currentItem().child(place) for place in range(2)]
    assert [(leaf.text(1), leaf.text(2), leaf.text(3)) for leaf in leaves] == [
        ("Name", "Web", "Front"),
        ("Processors", "–", "8 vCPU"),
    ]


def test_ticked_changes_are_taken_over_with_what_they_need_as_one_step(branched, qtbot) -> None:
    session = branched
    window = opened(session, qtbot)
    plan, cached = window.sides
    assert not window.changes.pick.isEnabled()
    for place in range(window.changes.tree.topLevelItemCount()):
        item = window.changes.tree.topLevelItem(place)
        if item.data(0, Qt.ItemDataRole.UserRole) == "f9":
            item.setCheckState(0, Qt.CheckState.Checked)
    window.changes.pick.click()
    assert session.variant == plan
    assert {"cache", "f9", "f3"} <= set(session.design.elements)
    assert session.design.node("web").name == "Web"
    session.undo()
    assert "cache" not in session.design.elements
    assert "cache" in session.design_of(cached).elements


def test_every_scoreboard_figure_is_compared(assistant, qtbot) -> None:
    window = opened(assistant, qtbot)
    evaluation = window._evaluations[window.sides[0]]
    shown = rows(window.figures.table)
    assert [row[0] for row in shown] == [figure.label for figure in evaluation.scoreboard()]
    cost = shown[0]
    assert all("$" in text for text in cost[1:4])
    assert cost[4] in ("better", "worse", "tie: inside the band")
    header = [window.all_variants.table.horizontalHeaderItem(place).text() for place in range(4)]
    assert header[1:] == ["Model API (baseline)", "Own 32 B model", "Two regions"]


def test_reasons_add_up_to_the_total(assistant, qtbot) -> None:
    window = opened(assistant, qtbot)
    window.tabs.setCurrentWidget(window.reasons)
    qtbot.waitUntil(lambda: window.reasons.attribution is not None, timeout=60_000)
    count = window.reasons.table.rowCount()
    added, total = window.reasons.texts(count - 2), window.reasons.texts(count - 1)
    assert (added[0], total[0]) == ("Sum of the changes", "Total difference")
    assert added[1] == total[1] != "not known"
    assert count > 3
    window.reasons.way.setCurrentIndex(1)
    assert window.reasons.texts(window.reasons.table.rowCount() - 1)[1] == total[1]


def test_a_merge_asks_about_each_conflict_and_is_one_step(branched, qtbot) -> None:
    session = branched
    window = opened(session, qtbot)
    plan, _cached = window.sides
    session.show_variant(plan)
    session.change([("web", msgspec.structs.replace(session.design.node("web"), name="Shop"))], "Rename")
    dialog = window.ask_merge()
    assert [(conflict.id, conflict.path) for conflict in dialog.merged.conflicts] == [("web", "name")]
    assert "Shop" in dialog.choices[0].text()
    assert "Front" in dialog.choices[1].text()
    dialog.choices[1].click()
    dialog.finish.click()
    web = session.design.node("web")
    assert (session.variant, web.name, web.params["vcpu"]) == (plan, "Front", 8)
    assert "f3" not in session.design.elements
    assert "f9" in session.design.elements
    session.undo()
    assert session.design.node("web").name == "Shop"


def test_a_decision_is_kept_with_its_variant(branched, qtbot) -> None:
    session = branched
    window = opened(session, qtbot)
    window.decisions.texts[0].setPlainText("Too slow at the peak.")
    window.decisions.buttons[0].click()
    plan = window.sides[0]
    assert session.design_of(plan).brief.decision == "Too slow at the peak."
    assert session.design.brief.decision == ""
    assert session.design_of(plan).elements[BRIEF_ID] != session.design.elements[BRIEF_ID]


def test_an_edit_reaches_the_comparison(branched, qtbot) -> None:
    window = opened(branched, qtbot)
    branched.change([("cache", msgspec.structs.replace(branched.design.node("cache"), name="Hot cache"))], "Rename")
    qtbot.waitUntil(lambda: window.pictures.views[1].picture.nodes.titles.count("Hot cache") == 1, timeout=10_000)
    qtbot.waitUntil(lambda: not window.work.is_running, timeout=20_000)


def test_marks_do_not_count_places() -> None:
    first = Design({"a": Node("service", "A"), "b": Node("service", "B"), "f": Flow("a", "b")})
    second = Design({"a": Node("service", "A2"), "c": Node("service", "C")})
    assert marks_between(first, second) == {"a": "changed", "b": "removed", "f": "removed", "c": "added"}


def test_charts_show_every_variant(assistant, qtbot) -> None:
    window = opened(assistant, qtbot)
    window.tabs.setCurrentWidget(window.charts)
    qtbot.waitUntil(lambda: len(window.charts.charts) == 3)
    names = {variant.name for variant in assistant.variants}
    by_time, by_availability, parallel = window.charts.charts
    for plot in (by_time, by_availability):
        assert {name for _, _, name in plot._named} == names
    assert {text.text for _, text in parallel.plotItem.legend.items} == names
    window.set_theme(themes.theme("dark"))
    assert len(window.charts.charts) == 3
    assert window.charts.charts[0] is not by_time


def test_changed_values_are_read_as_their_fields_show_them(assistant, qtbot) -> None:
    window = opened(assistant, qtbot)
    tree = window.changes.tree
    items = [tree.topLevelItem(at) for at in range(tree.topLevelItemCount())]
    leaves = [item.child(at) for item in items for at in range(item.childCount())]
    shown = {leaf.text(1): (leaf.text(2), leaf.text(3)) for leaf in leaves}
    assert shown["Kind"] == ("LLM API", "LLM serving")
    node = Node("service", "Web", params={"service_time_ms": 12.0})
    assert leaf_words("params.service_time_ms", 12.0, node) == "12 ms"
    assert leaf_words("params.growth_percent_month", 0.06, Brief()) == "6 %"
    assert leaf_words("params.nobody_knows", 0.5, node, None) == "0.5"


def test_what_a_changed_value_refers_to_is_called_by_its_name(drawing) -> None:
    node = drawing.node("web")
    assert leaf_words("context", "left", node, design=drawing) == "Team Left"
    assert leaf_words("source", "people", design=drawing) == "People"
    assert leaf_words("journeys", ("f1",), design=drawing) == "People → Web"
    sites = ({"boundary": None, "replicas": 2, "role": "active"}, {"boundary": "x", "replicas": 1, "role": "standby"})
    assert leaf_words("sites", sites, node, design=drawing) == "home region × 2, x × 1 (standby)"
    assert leaf_words("context", None, node, design=drawing) == "–"


@pytest.mark.parametrize(
    ("name", "lines"),
    [("Carbon", "Carbon"), ("Answer complete p95", "Answer\ncomplete p95"), ("Kosten je Monat", "Kosten\nje Monat")],
)
def test_a_long_name_under_an_axis_stands_in_two_lines(name: str, lines: str) -> None:
    assert in_two_lines(name) == lines
