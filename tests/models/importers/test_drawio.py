"""Drawings of draw.io become designs that are recognized: kinds, boundaries, flows, places, and notes on the rest."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.elements import Boundary, Position
from models.evaluation import evaluate
from models.importers import Imported, ImportProblem, import_files
from models.importers.drawio_cells import label_lines
from models.importers.sketch import CARD
from models.importers.spread import spread
from models.picture import build
from models.picture.cards import CARD_HEIGHT, CARD_WIDTH
from tests.models.importers.drawings import TWO, drawing, import_drawing, line, model, packed, shape
from tests.models.importers.shared import ARCHITECTURES, files_below, flows, imported, needs_shared, node, sentences

LAMBDA = "outlineConnect=0;html=1;shape=mxgraph.aws4.resourceIcon;resIcon=mxgraph.aws4.lambda;"
CLOUD = "html=1;container=1;shape=mxgraph.aws4.group;grIcon=mxgraph.aws4.group_aws_cloud_alt;"
ZONE = "html=1;shape=mxgraph.aws4.group;grIcon=mxgraph.aws4.group_availability_zone;"
VPC = "html=1;shape=mxgraph.aws4.group;grIcon=mxgraph.aws4.group_vpc;"


def boundary(design: Design, name: str) -> Boundary:
    return next(each for each in design.boundaries.values() if each.name == name)


def parent_name(design: Design, each: Boundary) -> str:
    return design.boundaries[each.parent].name if each.parent else ""


def place_of(result: Imported, name: str, view: str = "services") -> Position:
    key = next(key for key, each in result.design.nodes.items() if each.name == name)
    found = result.design.position(view, key)
    assert found is not None
    return found


# -- what shapes are ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("style", "label", "kind", "technology"),
    [
        (LAMBDA, "Thumbnails", "function", "AWS Lambda"),
        ("shape=mxgraph.aws3.rds;", "Ledger", "relational", "Amazon RDS"),
        ("shape=mxgraph.gcp2.cloud_pubsub;", "Orders", "event_bus", "Google Cloud Pub/Sub"),
        ("image;image=img/lib/azure2/databases/Azure_Cosmos_DB.svg;", "Carts", "document", "document database"),
        ("image;image=img/lib/ibm/infrastructure/load_balancing_routing.svg;", "Front", "load_balancer", ""),
        ("shape=mxgraph.kubernetes.icon;prIcon=cronjob;", "Nightly", "timer", "scheduler"),
        ("image;image=img/lib/azure2/ai_machine_learning/Azure_OpenAI.svg;", "Answers", "llm_api", "Azure OpenAI"),
        ("shape=mxgraph.aws4.bedrock;", "Model", "llm_api", "Amazon Bedrock"),
        ("shape=mxgraph.kubernetes.icon2;prIcon=deploy;", "Gateway", "api_gateway", ""),
        ("shape=cylinder3;html=1;", "Accounts", "relational", "database"),
        ("shape=umlActor;", "Clerk", "users", "people"),
        ("rounded=1;html=1;", "Orders Kafka", "stream", "Apache Kafka"),
        ("rounded=1;html=1;", "pgvector", "vector_store", "pgvector"),
        ("rounded=1;html=1;", "Azure OpenAI", "llm_api", "Azure OpenAI"),
        ("rounded=1;html=1;", "session-cache", "cache", "cache"),
    ],
)
def test_shapes_are_known_by_stencil_and_by_label(
    tmp_path: Path, style: str, label: str, kind: str, technology: str
) -> None:
    text = drawing(shape("a", label, (0, 0, 60, 60), style), shape("b", "Frobnicator", (400, 0, 120, 60)))
    found = node(import_drawing(tmp_path, text).design, label)
    assert found.kind == kind
    assert not technology or found.technology == technology
    assert "cell a" in found.note
    assert "confidence" in found.note


def test_what_no_table_knows_is_a_service_and_said(tmp_path: Path) -> None:
    result = import_drawing(tmp_path, drawing(shape("a", "Frobnicator", (0, 0, 120, 60))))
    assert node(result.design, "Frobnicator").kind == "service"
    assert "of no known kind and drawn as a service: “Frobnicator”" in sentences(result)


def test_a_line_of_a_label_that_names_a_product_is_the_technology(tmp_path: Path) -> None:
    label = '<font color="#000">Fraud <b>Analysis</b></font><br>BigQuery<hr>nightly &amp; weekly'
    found = node(import_drawing(tmp_path, drawing(shape("a", label, (0, 0, 160, 60)))).design, "Fraud Analysis")
    assert (found.kind, found.technology) == ("warehouse", "BigQuery")
    assert "nightly & weekly" in found.note


def test_parts_belong_to_their_shape(tmp_path: Path) -> None:
    card = shape("card", "", (0, 0, 170, 60), "rounded=1;strokeColor=#ddd;")
    icon = shape("icon", "Web Server", (10, 10, 30, 30), "shape=mxgraph.gcp2.compute_engine;part=1;", parent="card")
    text = drawing(card, icon, shape("db", "Users DB", (400, 0, 120, 60)), line("e", "icon", "db"))
    design = import_drawing(tmp_path, text).design
    assert ("Web Server", "Users DB") in flows(design)
    assert len([each for each in design.nodes.values() if each.kind != "users"]) == 2


def test_a_caption_below_names_a_shape_and_a_title_names_the_design(tmp_path: Path) -> None:
    text = drawing(
        shape("t", "Order platform", (0, 0, 300, 40), "text;html=1;fontSize=30;"),
        shape("a", "", (0, 100, 60, 60), LAMBDA),
        shape("c", "Resize", (0, 162, 60, 20), "text;html=1;fontSize=12;"),
    )
    design = import_drawing(tmp_path, text).design
    assert node(design, "Resize").kind == "function"
    assert design.brief.name == "Order platform"
    assert [each.name for each in design.boundaries.values() if each.kind == "text"] == ["Order platform"]


def test_ornaments_are_left_out_with_one_note(tmp_path: Path) -> None:
    text = drawing(
        shape("a", "Shop", (0, 0, 120, 60)),
        shape("n", "1", (130, 0, 30, 30), "ellipse;html=1;"),
        shape("l", "", (0, 80, 500, 10), "line;html=1;"),
        shape("b", "", (140, 100, 20, 200), "shape=curlyBracket;html=1;"),
        shape("x", "", (200, 100, 20, 20), "shape=mxgraph.arrows2.arrow;"),
    )
    result = import_drawing(tmp_path, text)
    assert {each.name for each in result.design.nodes.values()} == {"Shop", "Users"}
    assert sentences(result).count("4 shapes without meaning for the system") == 1


def test_a_legend_is_left_out(tmp_path: Path) -> None:
    text = drawing(
        shape("a", "Shop", (500, 0, 120, 60)),
        shape("h", "Legend", (0, 300, 100, 20), "text;html=1;"),
        shape("k", "Internal", (10, 330, 16, 16), "rounded=1;html=1;"),
        shape("m", "External", (10, 360, 16, 16), "rounded=1;html=1;"),
    )
    assert {each.name for each in import_drawing(tmp_path, text).design.nodes.values()} == {"Shop", "Users"}


# -- boundaries --------------------------------------------------------------------------------------------------------


def test_groups_nest_on_their_axes_and_place_what_they_hold(tmp_path: Path) -> None:
    text = drawing(
        shape("cloud", "AWS Cloud", (0, 0, 900, 600), CLOUD),
        shape("vpc", "VPC", (20, 40, 860, 540), VPC),
        shape("za", "Availability Zone 1", (40, 80, 380, 480), ZONE),
        shape("zb", "Availability Zone 2", (460, 80, 380, 480), ZONE),
        shape("team", "Checkout", (60, 120, 340, 200)),
        shape("a", "Cart", (100, 180, 120, 60)),
        shape("b", "Stock", (520, 180, 120, 60)),
        line("e", "a", "b"),
    )
    result = import_drawing(tmp_path, text)
    design = result.design
    assert boundary(design, "AWS Cloud").params == {"provider": "aws"}
    assumed = boundary(design, "eu-central-1 (assumed)")
    assert parent_name(design, assumed) == "AWS Cloud"
    assert parent_name(design, boundary(design, "Availability Zone 1")) == "eu-central-1 (assumed)"
    assert boundary(design, "Availability Zone 2").params["zone"] == "2"
    inside = boundary(design, "VPC").members
    assert {design.node(key).name for key in inside} == {"Cart", "Stock"}
    cart = node(design, "Cart")
    assert cart.context is not None
    assert design.boundaries[cart.context].name == "Checkout"
    assert cart.sites[0].boundary is not None
    assert design.boundaries[cart.sites[0].boundary].name == "Availability Zone 1"
    assert result.view == "deployment"
    assert "“AWS Cloud” names no region: eu-central-1 is assumed" in sentences(result)


@pytest.mark.parametrize(
    ("label", "kind", "params"),
    [
        ("us-east-1", "region", {"provider": "aws", "region": "us-east-1"}),
        ("Region westeurope", "region", {"provider": "azure", "region": "westeurope"}),
        ("us-central 1-a", "zone", {"zone": "a"}),
        ("Kubernetes cluster", "cluster", {}),
        ("Corporate data center", "provider", {"provider": "on_premises"}),
        ("Private subnet", "network", {"private": True}),
        ("Payments", "team", {}),
    ],
)
def test_labels_of_groups_say_what_they_are(tmp_path: Path, label: str, kind: str, params: dict[str, object]) -> None:
    inside = (shape("a", "Shop", (40, 60, 120, 60)), shape("b", "Bank", (240, 60, 120, 60)))
    design = import_drawing(tmp_path, drawing(shape("g", label, (0, 0, 400, 200)), *inside)).design
    found = boundary(design, label)
    assert (found.kind, dict(found.params)) == (kind, params)
    assert ("a context is assumed" if kind == "team" else "says so") in found.note


def test_a_design_of_one_provider_without_a_place_lies_in_its_region(tmp_path: Path) -> None:
    text = drawing(shape("a", "A", (0, 0, 60, 60), LAMBDA), shape("b", "B", (200, 0, 60, 60), "shape=mxgraph.aws4.s3;"))
    result = import_drawing(tmp_path, text)
    assert result.design.brief.params == {"home_region": "aws/eu-central-1"}
    assert "is assumed as home region" in sentences(result)


def test_zones_without_names_are_told_apart(tmp_path: Path) -> None:
    text = drawing(
        shape("za", "", (0, 0, 300, 200), ZONE),
        shape("zb", "", (400, 0, 300, 200), ZONE),
        shape("a", "Left", (50, 50, 120, 60)),
        shape("b", "Right", (450, 50, 120, 60)),
    )
    zones = [each for each in import_drawing(tmp_path, text).design.boundaries.values() if each.kind == "zone"]
    assert {zone.params["zone"] for zone in zones} == {"a", "b"}


# -- lines -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("style", "label", "ends", "interaction"),
    [
        ("html=1;", "pays with", ("Shop", "Bank"), "request"),
        ("html=1;endArrow=none;startArrow=classic;", "", ("Bank", "Shop"), "request"),
        ("html=1;dashed=1;", "", ("Shop", "Bank"), "message"),
        ("html=1;", "publishes events", ("Shop", "Bank"), "message"),
        ("html=1;", "nightly export", ("Shop", "Bank"), "batch"),
        ("html=1;", "Cross-AZ replication", ("Shop", "Bank"), "stream"),
    ],
)
def test_lines_run_and_carry_as_drawn(
    tmp_path: Path, style: str, label: str, ends: tuple[str, str], interaction: str
) -> None:
    design = import_drawing(tmp_path, drawing(*TWO, line("e", "a", "b", label, style))).design
    flow = next(each for each in design.flows.values() if each.origin == "drawio/e")
    assert (design.node(flow.source).name, design.node(flow.target).name) == ends
    assert (flow.interaction, flow.name) == (interaction, label)
    assert "cell e" in flow.evidence


def test_lines_that_end_near_a_shape_are_bound_to_it(tmp_path: Path) -> None:
    near = '<mxPoint x="124" y="30" as="sourcePoint"/><mxPoint x="370" y="30" as="targetPoint"/>'
    far = '<mxPoint x="124" y="30" as="sourcePoint"/><mxPoint x="250" y="900" as="targetPoint"/>'
    text = drawing(*TWO, line("near", "", "", points=near), line("far", "", "", points=far))
    result = import_drawing(tmp_path, text)
    assert ("Shop", "Bank") in flows(result.design)
    evidence = next(each.evidence for each in result.design.flows.values() if each.origin == "drawio/near")
    assert evidence.startswith("Low confidence")
    assert "taken to lead to the nearest one: cell near" in sentences(result)
    assert "it joins no two parts of the system: cell far" in sentences(result)


def test_a_line_to_a_group_leads_to_its_parts_by_equal_shares(tmp_path: Path) -> None:
    text = drawing(
        shape("lb", "Load balancer", (0, 0, 120, 60)),
        shape("g", "Instance group", (300, 0, 400, 200)),
        shape("a", "Web 1", (320, 50, 120, 60)),
        shape("b", "Web 2", (520, 50, 120, 60)),
        line("e", "lb", "g"),
    )
    design = import_drawing(tmp_path, text).design
    drawn = [each for each in design.flows.values() if each.origin.startswith("drawio/e")]
    assert {design.node(each.target).name for each in drawn} == {"Web 1", "Web 2"}
    assert [each.params["probability"] for each in drawn] == [0.5, 0.5]
    assert all("Instance group" in each.evidence for each in drawn)


def test_a_warehouse_is_loaded_and_people_query_it(tmp_path: Path) -> None:
    text = drawing(
        shape("u", "Analysts", (0, 0, 120, 60), "shape=umlActor;"),
        shape("p", "Dataflow", (0, 200, 120, 60)),
        shape("w", "BigQuery", (400, 0, 120, 60)),
        line("q", "u", "w", "reports"),
        line("l", "p", "w"),
    )
    design = import_drawing(tmp_path, text).design
    drawn = {each.origin: each for each in design.flows.values()}
    assert (drawn["drawio/q"].interaction, dict(drawn["drawio/q"].params)) == ("request", {})
    assert (drawn["drawio/l"].interaction, dict(drawn["drawio/l"].params)) == ("batch", {"calls": 0.0001})
    assert "one load for 10,000 arrivals is assumed" in drawn["drawio/l"].evidence


def test_frames_take_the_text_at_their_top_as_their_name(tmp_path: Path) -> None:
    text = drawing(
        shape("g", "", (0, 0, 400, 200)),
        shape("t", "Workloads", (10, 5, 100, 20), "text;html=1;"),
        shape("a", "Shop", (40, 80, 120, 60)),
        shape("b", "Bank", (220, 80, 120, 60)),
    )
    design = import_drawing(tmp_path, text).design
    assert boundary(design, "Workloads").kind == "team"
    assert not any(each.kind == "text" for each in design.boundaries.values())


def test_apps_have_the_demand_of_the_people_who_use_them(tmp_path: Path) -> None:
    text = drawing(
        shape("u", "Clerk", (0, 0, 60, 60), "shape=umlActor;"),
        shape("m", "App", (200, 0, 60, 60), "shape=mxgraph.aws4.mobile_client;"),
        shape("s", "Shop", (400, 0, 120, 60)),
        line("a", "u", "m"),
        line("b", "m", "s"),
    )
    design = import_drawing(tmp_path, text).design
    assert node(design, "App").params == {"peak_rate_rps": 0}
    assert node(design, "Clerk").params == {}


def test_labels_on_lines_are_their_names(tmp_path: Path) -> None:
    label = (
        '<mxCell id="l" value="orders" style="edgeLabel;html=1;" vertex="1" connectable="0" parent="e">'
        '<mxGeometry x="-0.1" relative="1" as="geometry"/></mxCell>'
    )
    design = import_drawing(tmp_path, drawing(*TWO, line("e", "a", "b"), label)).design
    assert "orders" in {each.name for each in design.flows.values()}


# -- places ------------------------------------------------------------------------------------------------------------


def test_a_drawing_with_room_keeps_its_places(tmp_path: Path) -> None:
    text = drawing(
        shape("a", "Shop", (80, 160, 168, 64)), shape("b", "Bank", (480, 320, 240, 120)), line("e", "a", "b")
    )
    result = import_drawing(tmp_path, text)
    for view in ("services", "data_flow", "deployment"):
        shop, bank = place_of(result, "Shop", view), place_of(result, "Bank", view)
        assert (shop.x, shop.y) == (80, 160)
        assert (bank.x, bank.y, bank.width, bank.height) == (480, 320, 240, 120)


def test_a_dense_drawing_is_stretched_until_cards_have_room(tmp_path: Path) -> None:
    icons = [shape(f"{x}-{y}", f"P{x}{y}", (x * 90, y * 90, 50, 50), LAMBDA) for x in range(5) for y in range(4)]
    result = import_drawing(tmp_path, drawing(*icons))
    assert_order_kept(result, 5, 4)
    assert overlaps(result.design) == 0


def assert_order_kept(result: Imported, columns: int, rows: int) -> None:
    for y in range(rows):
        assert sorted((place_of(result, f"P{x}{y}").x, x) for x in range(columns)) == [
            (place_of(result, f"P{x}{y}").x, x) for x in range(columns)
        ]
    for x in range(columns):
        assert sorted((place_of(result, f"P{x}{y}").y, y) for y in range(rows)) == [
            (place_of(result, f"P{x}{y}").y, y) for y in range(rows)
        ]


def overlaps(design: Design, view: str = "deployment") -> int:
    rects = build(design, view).nodes.rects
    low, high = rects[:, :2], rects[:, :2] + rects[:, 2:]
    over = ((low[:, None] < high[None]) & (low[None] < high[:, None])).all(2)
    return (int(over.sum()) - len(rects)) // 2


def test_cards_of_the_importer_are_those_of_the_canvas() -> None:
    assert (CARD_WIDTH, CARD_HEIGHT) == CARD


@given(
    st.lists(
        st.tuples(st.integers(0, 900), st.integers(0, 700), st.integers(10, 200), st.integers(10, 120)),
        min_size=1,
        max_size=14,
        unique_by=lambda rect: (rect[0] + rect[2] / 2, rect[1] + rect[3] / 2),
    ),
    st.lists(
        st.tuples(st.integers(0, 600), st.integers(0, 500), st.integers(200, 600), st.integers(150, 400)), max_size=2
    ),
)
@settings(max_examples=40)
def test_spreading_covers_nothing_and_keeps_members_inside(
    leaves: list[tuple[int, int, int, int]], frames: list[tuple[int, int, int, int]]
) -> None:
    sizes = [(max(168.0, rect[2]), max(64.0, rect[3])) for rect in leaves]
    placed, framed = spread([tuple(map(float, r)) for r in leaves], sizes, [tuple(map(float, r)) for r in frames])  # type: ignore[misc]
    low, high = placed[:, :2], placed[:, :2] + placed[:, 2:]
    over = ((low[:, None] < high[None]) & (low[None] < high[:, None])).all(2)
    assert over.sum() == len(placed)
    for rect, frame in zip(frames, framed, strict=True):
        for leaf, (x, y, width, height) in enumerate(leaves):
            cx, cy = x + width / 2, y + height / 2
            if rect[0] <= cx <= rect[0] + rect[2] and rect[1] <= cy <= rect[1] + rect[3]:
                assert (low[leaf] >= frame[:2] - 8).all()
                assert (high[leaf] <= frame[:2] + frame[2:] + 8).all()


NAMES = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=20).filter(
    lambda name: len(label_lines(name, False)) == 1 and len(name.strip()) > 2
)


@given(st.lists(NAMES, min_size=2, max_size=6, unique_by=str.strip), st.booleans(), st.data())
@settings(max_examples=40)
def test_any_small_drawing_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], pack: bool, data: st.DataObject
) -> None:
    ends = st.tuples(st.integers(0, len(names) - 1), st.integers(0, len(names) - 1)).filter(
        lambda pair: pair[0] != pair[1]
    )
    pairs = data.draw(st.lists(ends, max_size=6, unique=True))
    cells = [shape(f"n{row}", name, (row * 300, 0, 168, 64), "rounded=1;") for row, name in enumerate(names)]
    cells += [line(f"e{row}", f"n{a}", f"n{b}") for row, (a, b) in enumerate(pairs)]
    inner = packed(model(cells)) if pack else model(cells)
    text = f'<mxfile><diagram name="One">{inner}</diagram></mxfile>'
    design = import_drawing(tmp_path_factory.mktemp("drawn"), text).design
    drawn = {each.origin.partition("#")[0]: each.name for each in design.nodes.values()}
    assert {f"drawio/n{row}": " ".join(name.split()) for row, name in enumerate(names)}.items() <= drawn.items()
    origins = {key: each.origin.partition("#")[0] for key, each in design.nodes.items()}
    found = {
        (origins[flow.source], origins[flow.target]) for flow in design.flows.values() if "drawio/e" in flow.origin
    }
    assert found == {(f"drawio/n{a}", f"drawio/n{b}") for a, b in pairs}


# -- real drawings -----------------------------------------------------------------------------------------------------


@needs_shared
@pytest.mark.parametrize("name", [name for name in files_below("drawio") if not name.endswith(".txt")])
def test_every_collected_drawing_imports_and_evaluates(name: str) -> None:
    result = imported(name)
    design = result.design
    assert len(design.nodes) >= 4
    assert overlaps(design) == 0
    assert overlaps(design, "services") == 0
    assert any(each.kind == "users" for each in design.nodes.values())
    evaluation = evaluate(design, load_catalog())
    assert evaluation.design is design


@needs_shared
def test_nine_of_ten_shapes_of_the_collected_drawings_are_known() -> None:
    names = [name for name in files_below("drawio") if not name.endswith(".txt")]
    notes = [each.note for name in names for each in imported(name).design.nodes.values()]
    assert sum("neither its shape nor its label" in note for note in notes) < 0.1 * len(notes)


@needs_shared
def test_a_known_drawing_is_what_it_shows() -> None:
    result = imported("drawio/templates-gcp-retail_fraud_detection.xml")
    design = result.design
    assert design.brief.name == "Architecture: Retail > Fraud Detection"
    kinds = {each.name: (each.kind, each.technology) for each in design.nodes.values()}
    assert kinds["Applications"] == ("service", "App Engine")
    assert kinds["Streaming (Transaction Streams)"] == ("event_bus", "Cloud Pub/Sub")
    assert kinds["Fraud Analysis"] == ("warehouse", "BigQuery")
    assert kinds["Spark MLib"] == ("batch_features", "Cloud Dataproc")
    assert kinds["Third-Party Data External Sources"][0] == "object_store"
    joined = flows(design)
    assert ("Applications", "Streaming (Transaction Streams)") in joined
    assert ("Fraud Analysis", "Regression") in joined
    assert {each.kind for each in design.boundaries.values()} == {"provider", "region", "team", "text"}
    assert result.view == "deployment"
    above, below = place_of(result, "Applications"), place_of(result, "Rules Change")
    assert above.x == below.x
    assert above.y < below.y


@needs_shared
def test_a_table_for_draw_io_is_refused_with_a_way_out() -> None:
    with pytest.raises(ImportProblem, match=r"a table that draw\.io makes a drawing of"):
        import_files([ARCHITECTURES / "drawio" / "examples-csv-habit-tracker-app-use-case.txt"])
