"""The picture of a design: what it draws, where, and that an edit or a lens changes only what it touches."""

import msgspec
import numpy as np
import pytest

from models.design.delta import Delta
from models.design.design import Design
from models.design.edits import remove
from models.design.elements import Boundary, Element, Flow, Id, Node, Position, Site
from models.layout.tidy import tidy
from models.picture import STYLES, LensValues, Picture, build
from models.templates import template
from models.themes import NO_COLOR


def _design(**more: Element) -> Design:
    elements: dict[Id, Element] = {
        "team": Boundary(kind="team", name="Team Assistant"),
        "users": Node(kind="users", name="Employees"),
        "gate": Node(kind="api_gateway", name="API gateway", context="team", technology="2 vCPU × 2"),
        "store": Node(kind="vector_store", name="Vector store", context="team"),
        "in": Flow("users", "gate"),
        "read": Flow("gate", "store", "stream", name="60 KiB"),
        "pos/services/team": Position(300, 40, 560, 240),
        "pos/services/users": Position(40, 100),
        "pos/services/gate": Position(340, 100),
        "pos/services/store": Position(640, 100),
    }
    elements.update({key.replace("__", "/"): element for key, element in more.items()})
    return Design(elements)


def _edited(picture: Picture, **changes: Element | None) -> tuple[Picture, Picture]:
    """Return the patched picture and the one built anew."""
    design = picture.design
    named = {key.replace("__", "/"): element for key, element in changes.items()}
    delta = Delta.of((key, design.elements.get(key), element) for key, element in named.items())
    after = design.apply(delta)
    return picture.patched(delta, after), build(after, picture.view)


def _assert_same_rows(one: Picture, other: Picture) -> None:
    assert one.nodes.ids == other.nodes.ids
    assert one.nodes.titles == other.nodes.titles
    assert one.nodes.lines == other.nodes.lines
    assert one.nodes.icons == other.nodes.icons
    np.testing.assert_array_equal(one.nodes.rects, other.nodes.rects)
    np.testing.assert_array_equal(one.nodes.parents, other.nodes.parents)
    assert dict(one.nodes.row) == dict(other.nodes.row)
    assert one.flows.ids == other.flows.ids
    assert one.flows.labels == other.flows.labels
    np.testing.assert_array_equal(one.flows.sources, other.flows.sources)
    np.testing.assert_array_equal(one.flows.targets, other.flows.targets)
    np.testing.assert_array_equal(one.flows.styles, other.flows.styles)
    np.testing.assert_allclose(one.boundaries.rects, other.boundaries.rects)
    assert one.boundaries.titles == other.boundaries.titles


def test_draws_cards_flows_and_boundaries_where_they_are_stored() -> None:
    picture = build(_design())
    gate = picture.nodes.row["gate"]
    assert picture.nodes.titles[gate] == "API gateway"
    assert picture.nodes.lines[gate] == "2 vCPU × 2"
    assert picture.nodes.rects[gate].tolist() == [340, 100, 168, 64]
    assert picture.nodes.parents[gate] == picture.boundaries.row["team"]
    assert picture.boundaries.rects[0].tolist() == [300, 40, 560, 240]
    read = picture.flows.row["read"]
    assert STYLES[picture.flows.styles[read]] == "stream"
    path = picture.flows.path(read)
    assert path[0].tolist() == [508, 132]
    assert path[-1].tolist() == [640, 132]
    assert picture.flows.label_fill[read] == 1
    assert picture.bounds == (40.0, 40.0, 860.0, 280.0)


def test_is_the_same_every_time() -> None:
    first, second = build(_design()), build(_design())
    _assert_same_rows(first, second)
    np.testing.assert_array_equal(first.flows.points, second.flows.points)
    np.testing.assert_array_equal(first.flows.label_at, second.flows.label_at)


def test_an_empty_design_has_a_picture() -> None:
    picture = build(Design())
    assert len(picture.nodes) == len(picture.flows) == len(picture.boundaries) == 0
    assert picture.bounds[2] > picture.bounds[0]


def test_boundaries_without_a_size_fit_their_members() -> None:
    picture = build(_design(pos__services__team=Position(0, 0)))
    x, y, width, height = picture.boundaries.rects[0].tolist()
    for name in ("gate", "store"):
        left, top, wide, high = picture.nodes.rects[picture.nodes.row[name]].tolist()
        assert x < left
        assert y + 24 < top
        assert x + width > left + wide
        assert y + height > top + high


def test_a_boundary_never_leaves_a_member_outside() -> None:
    picture = build(_design(pos__services__team=Position(300, 40, 100, 100)))
    x, _, width, _ = picture.boundaries.rects[0].tolist()
    assert x + width > 640 + 168


def test_views_choose_the_axis() -> None:
    assert len(build(_design(), "data_flow").boundaries) == 0
    assert len(build(_design(), "deployment").boundaries) == 0
    regions = {
        "aws": Boundary(kind="region", name="Frankfurt"),
        "dub": Boundary(kind="region", name="Dublin", copies=3),
        "store": Node(
            kind="relational", name="Chat history", sites=(Site("aws", 2), Site("dub", 1, "standby")), context="team"
        ),
    }
    picture = build(_design(**regions), "deployment")
    assert [key for key in picture.nodes.ids if key.startswith("store")] == ["store/0", "store/1"]
    standby = picture.nodes.row["store/1"]
    assert picture.nodes.elements[standby] == "store"
    assert picture.nodes.lines[standby].startswith("standby")
    assert picture.boundaries.titles[picture.nodes.parents[standby]] == "Dublin"
    assert picture.boundaries.copies.tolist() == [1, 3]


def test_cards_without_a_place_get_one_that_is_free() -> None:
    design = _design(new=Node(kind="cache", name="Cache", context="team"), get=Flow("gate", "new"))
    rects = build(design).nodes.rects
    assert not np.isnan(rects).any()
    _assert_apart(rects)
    everything = Design({key: value for key, value in design.elements.items() if not key.startswith("pos/")})
    picture = build(everything)
    _assert_apart(picture.nodes.rects)
    users, gate = picture.nodes.row["users"], picture.nodes.row["gate"]
    assert picture.nodes.rects[users, 0] < picture.nodes.rects[gate, 0]


def _assert_apart(rects: np.ndarray) -> None:
    for row, (x, y, width, height) in enumerate(rects.tolist()):
        for left, top, wide, high in rects[row + 1 :].tolist():
            assert x + width <= left or left + wide <= x or y + height <= top or top + high <= y


def test_a_collapsed_boundary_hides_its_members_and_takes_their_flows() -> None:
    collapsed = Position(300, 40, 560, 240, collapsed=True)
    picture = build(_design(pos__services__team=collapsed))
    assert picture.nodes.ids == ["users"]
    assert picture.flows.ids == ["in"]
    assert picture.flows.targets.tolist() == [-1]
    assert picture.boundaries.rects[0].tolist() == [300, 40, 168, 64]
    assert picture.flows.path(0)[-1][0] == 300


@pytest.mark.parametrize(
    "changes",
    [
        {"gate": Node(kind="api_gateway", name="Front door", context="team")},
        {"gate": Node(kind="cache", name="API gateway", context=None)},
        {"pos__services__gate": Position(340, 300, pinned=True)},
        {"pos__services__team": Position(280, 20, 700, 400)},
        {"new": Node(kind="cache", name="Cache"), "pos__services__new": Position(40, 300), "f": Flow("users", "new")},
        {"new": Node(kind="cache", name="Cache", context="team"), "f": Flow("gate", "new")},
        {"read": Flow("gate", "store", "batch", name="nightly")},
        {"read": None},
        {"read": Flow("store", "gate")},
        {"team": Boundary(kind="team", name="Team Search")},
        {"pos__services__team": Position(300, 40, 560, 240, collapsed=True)},
    ],
)
def test_a_patched_picture_equals_one_built_anew(changes: dict[str, Element | None]) -> None:
    patched, anew = _edited(build(_design()), **changes)
    _assert_same_rows(patched, anew)
    assert patched.design is anew.design
    assert patched.bounds == pytest.approx(anew.bounds)


def test_removal_is_patched() -> None:
    picture = build(_design())
    delta = remove(picture.design, ["gate"])
    after = picture.design.apply(delta)
    patched = picture.patched(delta, after)
    _assert_same_rows(patched, build(after))
    assert patched.nodes.ids == ["users", "store"]
    assert len(patched.flows.points) == 0


def test_an_edit_leaves_other_rows_and_columns_alone() -> None:
    picture = build(_design())
    patched, _ = _edited(picture, gate=msgspec.structs.replace(picture.design.node("gate"), name="Front door"))
    assert patched.nodes.rects is picture.nodes.rects
    assert patched.flows is picture.flows
    assert patched.boundaries is picture.boundaries
    moved, _ = _edited(picture, pos__services__store=Position(640, 200))
    unmoved = picture.flows.row["in"]
    np.testing.assert_array_equal(moved.flows.path(unmoved), picture.flows.path(unmoved))
    assert picture.nodes.rects[picture.nodes.row["store"]].tolist() == [640, 100, 168, 64]


def test_hand_set_waypoints_are_visited() -> None:
    design = _design(pos__services__read=Position(waypoints=((560.0, 60.0), (600.0, 220.0))))
    path = build(design).flows.path(1)
    assert [560.0, 60.0] in path.tolist()
    assert [600.0, 220.0] in path.tolist()
    assert (np.abs(np.diff(path, axis=0)).min(1) < 0.01).all()


def test_a_lens_changes_only_colors_and_badges() -> None:
    picture = build(_design())
    lens = LensValues({"gate": ("93 %", 7)}, {"read": ("8.7/s", 3)}, frozenset({"gate"}))
    seen = picture.with_lens(lens)
    row = seen.nodes.row["gate"]
    assert (seen.nodes.badges[row], seen.nodes.colors[row], seen.nodes.warned[row]) == ("93 %", 7, True)
    assert seen.flows.readings == ["", "8.7/s"]
    assert seen.flows.colors.tolist() == [NO_COLOR, 3]
    assert seen.nodes.rects is picture.nodes.rects
    assert seen.flows.points is picture.flows.points
    assert seen.flows.labels is picture.flows.labels
    assert seen.with_lens(None).nodes.badges == picture.nodes.badges


def test_lines_stay_when_a_node_changes_its_team() -> None:
    design = template("recommender").variants[0].design
    before = build(design.apply(tidy(design, "services")))
    key = next(key for key, node in before.design.nodes.items() if node.context is not None)
    left = msgspec.structs.replace(before.design.node(key), context=None)
    after, _ = _edited(before, **{key: left})
    assert len(after.flows) == len(before.flows)
    for row, flow in enumerate(after.flows.ids):
        np.testing.assert_array_equal(after.flows.path(row), before.flows.path(before.flows.row[flow]))
