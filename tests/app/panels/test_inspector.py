"""The inspector: values, units, errors beside the field, several elements at once, focus that stays."""

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPushButton

from app.panels.form import text_of, value_in
from app.panels.inspector import InspectorPanel
from app.panels.leaves import leaf_value, with_leaf
from models.design.elements import BRIEF_ID, Boundary, Flow, Node, Site
from models.design.kinds import Parameter, kinds, value_of
from models.picture import build


@pytest.fixture
def inspector(session, qtbot):
    panel = InspectorPanel(session)
    qtbot.addWidget(panel)
    panel.resize(420, 700)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel


def line(inspector, name: str) -> QLineEdit:
    editor = inspector._fields[name].editor
    assert isinstance(editor, QLineEdit)
    return editor


def retype(editor: QLineEdit, text: str) -> None:
    editor.setFocus()
    editor.selectAll()
    QTest.keyClicks(editor, text)


def test_nothing_selected_shows_the_brief(inspector, session) -> None:
    retype(line(inspector, "growth_percent_month"), "7")
    assert session.design.brief.params["growth_percent_month"] == pytest.approx(0.07)


@pytest.mark.parametrize("chosen", [set(), {"web"}, {"people"}, {"f1"}, {"left"}, {"web", "orders"}])
def test_each_group_of_values_has_one_heading(inspector, session, chosen: set[str]) -> None:
    session.select(chosen)
    labels = [found for found in inspector.findChildren(QLabel) if found.property("role") == "section"]
    heads = [found.text() for found in labels if not found.isHidden()]
    assert len(heads) == len(set(heads))


def test_typing_is_one_step_and_keeps_the_focus(inspector, session) -> None:
    session.select({"web"})
    editor = line(inspector, "service_time_ms")
    retype(editor, "125")
    assert session.design.node("web").params["service_time_ms"] == 125
    assert editor is line(inspector, "service_time_ms")
    assert editor.hasFocus()
    assert editor.text() == "125"
    assert len(session.document.history.undo) == 1


def test_figures_that_are_known_come_first_and_cost_is_among_them(inspector, session) -> None:
    from models.catalog.catalog import load_catalog
    from models.evaluation import evaluate

    session.take_evaluation(evaluate(session.design, load_catalog()))
    for element in ("web", "people"):
        session.select({element})
        names = [figure.rpartition("/")[2] for figure in inspector._shown_figures]
        assert names[:1] == ["arrival_rate"]
        assert "cost_per_month" in names
        known = [session.evaluation.figure(figure).value is not None for figure in inspector._shown_figures]
        assert known == sorted(known, reverse=True)


def test_units_are_understood(inspector, session) -> None:
    session.select({"web"})
    retype(line(inspector, "service_time_ms"), "1.5 s")
    assert session.design.node("web").params["service_time_ms"] == 1500


def test_an_error_stands_beside_the_field_and_commits_nothing(inspector, session) -> None:
    session.select({"web"})
    field = inspector._fields[".sites.0.replicas"]
    retype(line(inspector, ".sites.0.replicas"), "many")
    assert "not a number" in field._error.text()
    assert not field._error.isHidden()
    assert session.document.undo_label is None
    retype(line(inspector, ".sites.0.replicas"), "5")
    assert field._error.isHidden()
    assert session.design.node("web").sites[0].replicas == 5


def test_leaving_a_field_after_an_error_shows_what_holds(inspector, session) -> None:
    session.select({"web"})
    editor = line(inspector, ".sites.0.replicas")
    held = editor.text()
    retype(editor, "-3")
    editor.clearFocus()
    assert editor.text() == held


def test_a_default_is_marked_until_confirmed_and_reset_goes_back(inspector, session, qtbot) -> None:
    session.select({"web"})
    field = inspector._fields["service_time_ms"]
    assert field.editor.property("state") == "default"
    qtbot.mouseClick(field._button, Qt.MouseButton.LeftButton)
    assert session.design.node("web").provenance == {"service_time_ms": "confirmed"}
    assert field.editor.property("state") == ""
    retype(line(inspector, "service_time_ms"), "33")
    qtbot.mouseClick(field._button, Qt.MouseButton.LeftButton)
    assert "service_time_ms" not in session.design.node("web").params
    assert field.editor.property("state") == "default"


def test_several_nodes_show_mixed_values_and_take_one(inspector, session) -> None:
    session.select({"web"})
    retype(line(inspector, "service_time_ms"), "17")
    session.select({"web", "orders"})
    editor = line(inspector, "service_time_ms")
    assert (editor.text(), editor.placeholderText()) == ("", "mixed")
    retype(editor, "20")
    assert {session.design.node(key).params["service_time_ms"] for key in ("web", "orders")} == {20}
    session.undo()
    assert session.design.node("web").params["service_time_ms"] == 17
    assert "service_time_ms" not in session.design.node("orders").params


def test_undo_shows_the_old_value(inspector, session) -> None:
    session.select({"web"})
    before = line(inspector, "service_time_ms").text()
    retype(line(inspector, "service_time_ms"), "77")
    session.undo()
    assert line(inspector, "service_time_ms").text() == before


def test_interaction_of_a_flow_is_a_choice(inspector, session) -> None:
    session.select({"f1"})
    combo = inspector._fields[".interaction"].editor
    assert isinstance(combo, QComboBox)
    combo.setCurrentIndex(combo.findText("stream"))
    combo.activated.emit(combo.currentIndex())
    assert session.design.elements["f1"].interaction == "stream"


def test_copies_of_a_boundary(inspector, session) -> None:
    session.select({"left"})
    retype(line(inspector, ".copies"), "300")
    assert session.design.boundaries["left"].copies == 300


def test_a_choice_reads_as_words_and_is_kept_as_its_name(inspector, session) -> None:
    session.select({"web"})
    combo = inspector._fields["data_class"].editor
    assert isinstance(combo, QComboBox)
    place = combo.findData("card_data")
    assert combo.itemText(place) == "card data"
    combo.setCurrentIndex(place)
    combo.activated.emit(place)
    assert session.design.node("web").params["data_class"] == "card_data"


@pytest.mark.parametrize("kind", sorted(kinds().nodes))
def test_every_default_reads_back_as_itself(kind: str) -> None:
    for parameter in kinds().nodes[kind].parameters:
        if parameter.default is not None and parameter.type not in ("boolean", "choice"):
            back = value_in(parameter, text_of(parameter, parameter.default))
            if isinstance(back, float | int) and not isinstance(back, bool):
                assert back == pytest.approx(parameter.default, rel=1e-9)
            else:
                assert back == (parameter.default or None)


def test_shares_and_factors_are_typed_as_text() -> None:
    shares = Parameter("places", "Places", "", type="shares")
    assert value_in(shares, "DE 0.6, FR 0.4") == {"DE": 0.6, "FR": 0.4}
    assert value_in(shares, "New York: 60 %; Zone 1 0.4;") == {"New York": 0.6, "Zone 1": 0.4}
    with pytest.raises(ValueError, match="share"):
        value_in(shares, "Germany")
    factors = Parameter("profile", "Profile", "", type="factors")
    with pytest.raises(ValueError, match="24 factors"):
        value_in(factors, "1 2 3")


@pytest.mark.parametrize(
    ("element", "path", "value"),
    [
        (Node("service", "A"), ".name", "B"),
        (Node("service", "A"), ".sites.0.replicas", 4),
        (Node("service", "A"), ".sites.0.role", "standby"),
        (Flow("a", "b"), ".interaction", "batch"),
        (Boundary("team", "T"), ".copies", 3),
    ],
)
def test_leaves_are_set_and_read_by_path(element, path: str, value: object) -> None:
    assert leaf_value(with_leaf(element, path, value), path) == value
    assert with_leaf(element, path, leaf_value(element, path)) == element


def test_brief_is_created_when_it_was_not_there(qtbot, qapp) -> None:
    from app.session import Session
    from models.design.design import Design

    session = Session()
    session.open_designs("Bare", [("Plan", Design())])
    panel = InspectorPanel(session)
    qtbot.addWidget(panel)
    panel.show()
    retype(line(panel, ".client"), "ACME")
    assert session.design.elements[BRIEF_ID].client == "ACME"


def choose(inspector, name: str, text: str) -> None:
    """Walk down a choice by key until it says the text."""
    combo = inspector._fields[name].editor
    assert isinstance(combo, QComboBox)
    combo.setFocus()
    QTest.keyClick(combo, Qt.Key.Key_Home)
    while not combo.currentText().startswith(text):
        at = combo.currentIndex()
        QTest.keyClick(combo, Qt.Key.Key_Down)
        assert combo.currentIndex() != at, f"{text} is not offered"


def test_a_node_is_put_into_another_team_by_its_field_and_lands_inside(inspector, session) -> None:
    before = session.design
    session.select({"web"})
    choose(inspector, ".context", "Team Right")
    assert session.design.node("web").context == "right"
    picture = build(session.design, "services")
    x, y, width, height = picture.nodes.rects[picture.nodes.row["web"]].tolist()
    team = picture.boundaries.rects[picture.boundaries.row["right"]].tolist()
    assert team[0] < x < team[0] + team[2] - width
    assert team[1] < y < team[1] + team[3] - height
    others = [picture.nodes.rects[row].tolist() for key, row in picture.nodes.row.items() if key != "web"]
    assert not any(abs(ox - x) < width and abs(oy - y) < height for ox, oy, _, _ in others)
    while session.document.undo_label:
        session.undo()
    assert session.design == before


def test_several_nodes_are_put_into_a_team_at_once_without_covering_one_another(inspector, session) -> None:
    session.select({"web", "orders", "people"})
    assert inspector._fields[".context"].editor.currentIndex() == -1
    choose(inspector, ".context", "Team Right")
    assert {session.design.node(key).context for key in ("web", "orders", "people", "stock")} == {"right"}
    rects = build(session.design, "services").nodes.rects
    for row, (x, y, width, height) in enumerate(rects.tolist()):
        assert not any(abs(a - x) < width and abs(b - y) < height for a, b, _, _ in rects[row + 1 :].tolist())


def test_a_node_gets_a_second_site_with_a_place_and_a_role(inspector, session) -> None:
    region = Boundary("region", "Frankfurt", params={"region": "eu-central-1"})
    session.change([("fra", region)], "Place")
    before = session.design
    session.select({"stock"})
    add = next(button for button in inspector.findChildren(QPushButton) if button.text() == "Add a site")
    QTest.keyClick(add, Qt.Key.Key_Space)
    choose(inspector, ".sites.1.boundary", "Frankfurt")
    choose(inspector, ".sites.1.role", "standby")
    assert session.design.node("stock").sites == (Site(None, 1), Site("fra", 1, "standby"))
    (remove,) = [button for button in inspector.findChildren(QPushButton) if "Remove site 2" in button.text()]
    QTest.mouseClick(remove, Qt.MouseButton.LeftButton)
    assert session.design.node("stock") == before.node("stock")


def test_a_boundary_lies_in_another_and_never_in_itself(inspector, session) -> None:
    session.select({"right"})
    choose(inspector, ".parent", "Team Left")
    assert session.design.elements["right"].parent == "left"
    session.select({"left"})
    assert inspector._fields[".parent"].editor.findText("Team Left / Team Right") == -1


def test_tags_are_typed_and_an_unfinished_one_is_told(inspector, session) -> None:
    session.select({"web"})
    editor = line(inspector, ".tags")
    retype(editor, "team: Search, and more, product: shop")
    assert session.design.node("web").tags == {"team": "Search, and more", "product": "shop"}
    retype(editor, "team")
    assert inspector._fields[".tags"]._error.text()
    assert session.design.node("web").tags == {"team": "Search, and more", "product": "shop"}


def test_a_flow_serves_one_journey_or_all(inspector, session) -> None:
    people = msgspec.structs.replace(session.design.node("people"), params={"peak_rate_rps": 5})
    session.change([("people", people)], "")
    session.select({"f3"})
    choose(inspector, ".journeys", "People")
    assert session.design.flows["f3"].journeys == ("f1",)
    choose(inspector, ".journeys", "all")
    assert session.design.flows["f3"].journeys == ()
    session.select({"f1"})
    assert ".journeys" not in inspector._fields


def test_another_node_of_the_same_kind_takes_the_fields_over_without_what_was_typed(inspector, session) -> None:
    session.select({"web"})
    field = inspector._fields["servers"]
    field.editor.setFocus()
    field.editor.selectAll()
    QTest.keyClicks(field.editor, "4x")
    assert not field._error.isHidden()
    session.select({"orders"})
    assert inspector._fields["servers"] is field
    assert field._error.isHidden()
    assert field.editor.text() == text_of(field.parameter, value_of(session.design.node("orders"), "servers"))
    assert inspector._title.text() == "Orders"
    field.editor.selectAll()
    QTest.keyClicks(field.editor, "6")
    assert session.design.node("orders").params["servers"] == 6
    assert session.design.node("web").params["servers"] == 4
