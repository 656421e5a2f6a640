"""Files of draw.io: their pages and layers, importing them again, and what is damaged or hostile."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.design.design import Design
from models.design.elements import BRIEF_ID, Node, Position
from models.design.ids import seeded_ids
from models.importers import ImportProblem, import_files
from models.importers import spread as spread_module
from models.importers.reimport import reimport
from models.interruption import Interrupted, interruptible
from models.picture import build
from tests.models.importers.drawings import TWO, drawing, import_drawing, line, model, packed, shape
from tests.models.importers.shared import flows, node, sentences


def test_of_several_pages_the_first_that_holds_anything_is_read(tmp_path: Path) -> None:
    empty, first, second = model([]), model([TWO[0]]), model([TWO[1]])
    text = (
        f'<mxfile><diagram name="Cover">{empty}</diagram><diagram name="Now">{packed(first)}</diagram>'
        f'<diagram name="Later">{second}</diagram></mxfile>'
    )
    result = import_drawing(tmp_path, text)
    assert {each.name for each in result.design.nodes.values()} == {"Shop", "Users"}
    assert "Page “Now” is imported; “Cover” and “Later” are left out." in sentences(result)
    assert result.design.brief.name == "Now"


def test_a_bare_model_and_objects_with_data_are_read(tmp_path: Path) -> None:
    thing = (
        '<object id="o" label="%name% API" placeholders="1" name="Orders" owner="Team A"><mxCell style="html=1;" '
        'vertex="1" parent="1"><mxGeometry width="120" height="60" as="geometry"/></mxCell></object>'
    )
    found = node(import_drawing(tmp_path, model([thing]), "bare.xml").design, "Orders API")
    assert found.tags["owner"] == "Team A"


def test_hidden_layers_are_left_out_and_said(tmp_path: Path) -> None:
    layer = '<mxCell id="layer" parent="0" visible="0"/>'
    result = import_drawing(tmp_path, drawing(TWO[0], layer, shape("h", "Old", (0, 300, 120, 60), parent="layer")))
    assert "Old" not in {each.name for each in result.design.nodes.values()}
    assert "1 shape or line is hidden in the drawing" in sentences(result)


def test_importing_again_keeps_places_and_hand_work(tmp_path: Path) -> None:
    first = import_drawing(tmp_path, drawing(*TWO, line("e", "a", "b"))).design
    key = next(key for key, each in first.nodes.items() if each.name == "Shop")
    renamed = Node(**{**{name: getattr(first.nodes[key], name) for name in Node.__struct_fields__}, "name": "My shop"})
    hand = Design({**first.elements, key: renamed, f"pos/services/{key}": Position(1000, 2000)})
    path = tmp_path / "drawing.drawio"
    path.write_text(drawing(*TWO, line("e", "a", "b"), shape("c", "Post", (800, 0, 120, 60)), line("f", "a", "c")))
    again = hand.apply(reimport(hand, import_files([path], seeded_ids(2)).design))
    assert again.nodes[key].name == "My shop"
    assert again.position("services", key) == Position(1000, 2000)
    assert ("My shop", "Post") in flows(again)
    post = next(key for key, each in again.nodes.items() if each.name == "Post")
    assert again.position("services", post) is not None
    assert len(again.nodes) == len(first.nodes) + 1
    assert BRIEF_ID in again.elements


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<mxfile></mxfile>", "without a page"),
        ('<mxfile><diagram name="A">%%%</diagram></mxfile>', "cannot be unpacked"),
        ('<mxfile><diagram name="A">7VhNb9s4EP01</diagram></mxfile>', "cannot be unpacked"),
        ("<mxfile><diagram>", "not well-formed XML"),
        ("<mxGraphModel><root/></mxGraphModel>", "no shape with a label"),
        (
            '<!DOCTYPE m [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><mxfile><diagram>&b;</diagram></mxfile>',
            "declares a document type",
        ),
        (
            '<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/passwd">]><mxfile><diagram name="&x;"/></mxfile>',
            "declares a document type",
        ),
        ("<mxfile>" + "<a>" * 300 + "</a>" * 300 + "</mxfile>", "nested deeper than 256 levels"),
    ],
)
def test_damaged_and_hostile_drawings_are_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ImportProblem, match=says):
        import_drawing(tmp_path, text)


def test_a_page_that_unpacks_to_more_than_can_be_held_is_refused(tmp_path: Path) -> None:
    squeezed = packed("a" * 40 * 2**20)
    assert len(squeezed) < 100_000
    with pytest.raises(ImportProblem, match="larger than 32 MiB"):
        import_drawing(tmp_path, f"<mxfile><diagram>{squeezed}</diagram></mxfile>")


def test_odd_numbers_circles_and_missing_ids_do_no_harm(tmp_path: Path) -> None:
    odd = (
        '<mxCell id="x" value="A" style="html=1;" vertex="1" parent="y"><mxGeometry x="NaN" y="1e400" width="-5" '
        'height="" as="geometry"/></mxCell><mxCell id="y" value="B" vertex="1" parent="x"><mxGeometry x="1e9" '
        'as="geometry"/></mxCell><mxCell value="Charlie" vertex="1" parent="1"/><mxCell value="Delta" vertex="1"/>'
        '<mxCell id="x" value="Echo" vertex="1" parent="1"/>'
    )
    text = drawing(odd, shape("s", "Shop", (500, 500, 120, 60)), line("e", "x", "nowhere"))
    design = import_drawing(tmp_path, text).design
    assert {"Charlie", "Delta", "Echo", "Shop"} <= {each.name for each in design.nodes.values()}
    assert np.isfinite(build(design, "services").bounds).all()


def test_pictures_with_a_drawing_in_them_are_refused_with_a_way_out(tmp_path: Path) -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" content="&lt;mxfile&gt;"/>'
    with pytest.raises(ImportProblem, match=r"save it as \.drawio and import that"):
        import_drawing(tmp_path, svg, "a.drawio.svg")
    (tmp_path / "a.drawio.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0tEXtmxfile\0%3Cmxfile")
    with pytest.raises(ImportProblem, match=r"save it as \.drawio and import that"):
        import_files([tmp_path / "a.drawio.png"])


def test_a_drawing_is_imported_alone(tmp_path: Path) -> None:
    import_drawing(tmp_path, drawing(*TWO))
    (tmp_path / "compose.yaml").write_text("services: {web: {image: nginx}}")
    with pytest.raises(ImportProblem, match="import it alone"):
        import_files([tmp_path / "drawing.drawio", tmp_path / "compose.yaml"])


def test_a_second_drawing_is_put_beside_the_first(tmp_path: Path) -> None:
    first = import_drawing(tmp_path, drawing(*TWO, line("e", "a", "b"))).design
    (tmp_path / "other.drawio").write_text(drawing(shape("x", "Post", (0, 0, 168, 64))))
    other = import_files([tmp_path / "other.drawio"], seeded_ids(2)).design
    both = first.apply(reimport(first, other))
    post = next(key for key, each in both.nodes.items() if each.name == "Post")
    place = both.position("services", post)
    ends = [position.x + 168 for key in first.nodes if (position := first.position("services", key)) is not None]
    assert place is not None
    assert place.x > max(ends)


def test_shapes_on_one_spot_are_spread(tmp_path: Path) -> None:
    stack = [shape(f"s{row}", f"Box {row}", (0, 0, 120, 60)) for row in range(40)]
    rects = build(import_drawing(tmp_path, drawing(*stack)).design, "services").nodes.rects
    assert len({tuple(rect) for rect in rects[:, :2].tolist()}) == len(rects)


def test_labels_that_are_broken_as_html_are_read(tmp_path: Path) -> None:
    labels = ("Shop <!-- never closed", "<b>Bank", "<![CDATA[x]]>Post", "a <br b", "&#1114112; &bogus;")
    cells = [shape(f"s{row}", label, (row * 300, 0, 120, 60)) for row, label in enumerate(labels)]
    names = {each.name for each in import_drawing(tmp_path, drawing(*cells)).design.nodes.values()}
    assert {"Shop", "Bank"} <= names


def test_of_a_folder_of_drawings_one_has_to_be_named(tmp_path: Path) -> None:
    for name in ("a.drawio", "b.drawio"):
        (tmp_path / name).write_text(drawing(*TWO))
    with pytest.raises(ImportProblem, match=r"holds 2 drawings; name the one to import: a\.drawio, b\.drawio"):
        import_files([tmp_path])
    (tmp_path / "b.drawio").unlink()
    assert import_files([tmp_path]).files == ("a.drawio",)


def test_an_import_can_be_called_off(tmp_path: Path) -> None:
    asked = iter([False] * 5)
    with interruptible(lambda: next(asked, None) is None), pytest.raises(Interrupted):
        import_drawing(tmp_path, drawing(*TWO))


def test_lists_and_tables_are_one_node_with_what_their_rows_say(tmp_path: Path) -> None:
    row = "text;strokeColor=none;fillColor=none;"
    text = drawing(
        shape("l", "Order service", (0, 0, 160, 120), "swimlane;childLayout=stackLayout;"),
        shape("l1", "POST /orders", (0, 26, 160, 26), row, parent="l"),
        shape("l2", "GET /orders", (0, 52, 160, 26), row, parent="l"),
        shape("t", "Order table in MySQL", (400, 0, 160, 120), "shape=table;childLayout=tableLayout;"),
        shape("r", "", (0, 30, 160, 30), "shape=tableRow;", parent="t"),
        shape("c", "PK id", (0, 0, 160, 30), "shape=partialRectangle;", parent="r"),
        shape("p", "Backend", (0, 300, 400, 200), "swimlane;childLayout=stackLayout;horizontal=0;"),
        shape("q", "Search API", (20, 40, 120, 60), parent="p"),
        line("e", "l2", "c"),
    )
    design = import_drawing(tmp_path, text).design
    order = next(each for each in design.nodes.values() if each.name == "Order service")
    assert order.note.startswith("POST /orders\nGET /orders\n")
    assert {(each.name, each.kind) for each in design.nodes.values()} >= {("Order table in MySQL", "relational")}
    assert ("Order service", "Order table in MySQL") in flows(design)
    assert [each.name for each in design.boundaries.values()] == ["Backend"]


def test_a_line_from_a_group_into_itself_is_left_out_and_said(tmp_path: Path) -> None:
    text = drawing(
        shape("g", "Backend", (0, 0, 500, 400), "html=1;container=1;"),
        shape("a", "Order API", (20, 40, 120, 60), parent="g"),
        shape("b", "Order worker", (20, 200, 120, 60), parent="g"),
        line("e", "g", "a"),
    )
    found = import_drawing(tmp_path, text)
    assert not {("Order worker", "Order API"), ("Order API", "Order worker")} & flows(found.design)
    assert "1 line is left out: it joins no two parts of the system: cell e." in sentences(found)


def test_more_groups_than_any_drawing_has_are_refused(tmp_path: Path) -> None:
    nested = [shape(f"n{i}", "A", (i * 3, i * 3, 20_000 - 6 * i, 20_000 - 6 * i)) for i in range(3200)]
    with pytest.raises(ImportProblem, match=r"more than 3,000 shapes of a page hold others\. Split it\."):
        import_drawing(tmp_path, drawing(*nested))


def test_a_crowd_on_one_spot_is_spread_with_a_bound_on_the_effort(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spread_module, "_MOST_BESIDE", 8)
    placed, _ = spread_module.spread([(0.0, 0.0, 120.0, 60.0)] * 300, [(168.0, 64.0)] * 300, [])
    assert len({tuple(place) for place in placed.tolist()}) > 150


def test_lines_that_meet_at_dots_lead_from_shape_to_shape(tmp_path: Path) -> None:
    plain, arrow = "startArrow=none;endArrow=none;", "endArrow=classic;"
    text = drawing(
        shape("a", "Shop", (0, 0, 120, 60)),
        shape("b", "Bank", (400, 0, 120, 60)),
        shape("c", "PostgreSQL", (400, 300, 120, 60)),
        shape("x", "", (200, 26, 8, 8), "ellipse;fillColor=#000000;"),
        shape("y", "", (190, 320, 20, 20), "shape=waypoint;"),
        line("l1", "a", "x", "pays", style=plain),
        line("l2", "x", "b", style=arrow),
        line("3", "x", "y", style=plain),
        line("4", "y", "c", style=arrow),
        shape("m", "Mail worker", (0, 600, 120, 60)),
        shape("n", "RabbitMQ", (400, 600, 120, 60)),
        shape("z", "", (390, 626, 8, 8), "ellipse;fillColor=#000000;"),
        line("5", "m", "z", style=arrow),
    )
    found = import_drawing(tmp_path, text)
    assert flows(found.design) - {("Users", "Shop")} == {
        ("Shop", "Bank"),
        ("Shop", "PostgreSQL"),
        ("Mail worker", "RabbitMQ"),
    }
    assert "left out: it joins" not in sentences(found)
    assert {(each.origin, each.name) for each in found.design.flows.values()} >= {("drawio/l1+l2", "pays")}


def test_lines_without_heads_that_meet_run_as_they_were_drawn(tmp_path: Path) -> None:
    plain = "startArrow=none;endArrow=none;"
    dot = shape("x", "", (200, 26, 8, 8), "ellipse;")
    text = drawing(*TWO, dot, line("1", "a", "x", style=plain), line("2", "x", "b", style=plain))
    found = import_drawing(tmp_path, text)
    assert ("Shop", "Bank") in flows(found.design)
    assert any("without an arrow head" in each.evidence for each in found.design.flows.values())


def test_shapes_of_the_c4_library_say_name_technology_and_description(tmp_path: Path) -> None:
    def c4(key: str, x: int, **data: str) -> str:
        label = "&lt;b&gt;%c4Name%&lt;/b&gt;&lt;div&gt;[%c4Type%: %c4Technology%]&lt;/div&gt;%c4Description%"
        written = " ".join(f'{name}="{value}"' for name, value in data.items())
        return (
            f'<object placeholders="1" {written} label="{label}" id="{key}">'
            '<mxCell style="html=1;" vertex="1" parent="1">'
            f'<mxGeometry x="{x}" y="0" width="240" height="120" as="geometry"/></mxCell></object>'
        )

    relation = (
        '<object placeholders="1" c4Type="Relationship" c4Technology="JDBC" c4Description="reads from" id="r" '
        'label="%c4Description% [%c4Technology%]"><mxCell style="html=1;" edge="1" parent="1" source="b" target="c">'
        '<mxGeometry relative="1" as="geometry"/></mxCell></object>'
    )
    found = import_drawing(
        tmp_path,
        drawing(
            c4("a", 0, c4Name="Buyer", c4Type="Person", c4Description="Buys things."),
            c4("b", 400, c4Name="Shop", c4Type="Container", c4Technology="Spring Boot", c4Description="Sells them."),
            c4("c", 800, c4Name="Orders", c4Type="Container", c4Technology="PostgreSQL", c4Description=""),
            line("e", "a", "b"),
            relation,
        ),
    )
    kinds = {each.name: (each.kind, each.technology) for each in found.design.nodes.values()}
    assert kinds == {
        "Buyer": ("users", "people"),
        "Shop": ("service", "Spring Boot"),
        "Orders": ("relational", "PostgreSQL"),
    }
    assert node(found.design, "Shop").note.startswith("Sells them.\n")
    assert not node(found.design, "Shop").tags
    flow = next(each for each in found.design.flows.values() if each.name)
    assert (flow.name, flow.params["protocol"]) == ("reads from", "JDBC")
