"""Any sequence of edits leaves the patched picture with the rows of one built anew; flows end at their cards."""

from dataclasses import fields
from functools import cache

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.design.delta import Delta
from models.design.design import Design
from models.design.edits import remove
from models.design.elements import Boundary, Element, Flow, Id, Node, Position, position_id
from models.picture import BoundaryColumns, Picture, build, unrouted
from models.picture.boxes import grounds
from tests.benchmarks.designs import big_design

NAMES = [f"n{number}" for number in range(6)]
places = st.builds(
    Position, x=st.integers(-40, 60).map(lambda x: 8.0 * x), y=st.integers(-40, 60).map(lambda y: 8.0 * y)
)
edits = st.one_of(
    st.tuples(st.just("move"), st.sampled_from(NAMES), places),
    st.tuples(st.just("rename"), st.sampled_from(NAMES), st.sampled_from(["A", "B"])),
    st.tuples(st.just("flow"), st.sampled_from(NAMES), st.sampled_from(NAMES)),
    st.tuples(st.just("remove"), st.sampled_from(NAMES), st.none()),
    st.tuples(st.just("add"), st.sampled_from(NAMES), places),
    st.tuples(st.just("team"), st.sampled_from(NAMES), st.sampled_from(["t0", "t1", None])),
)


def _start() -> Design:
    elements: dict[Id, Element] = {"t0": Boundary(kind="team", name="T0"), "t1": Boundary("team", "T1", parent="t0")}
    for number, name in enumerate(NAMES[:4]):
        elements[name] = Node(kind="service", name=name, context="t0" if number < 2 else None)
        elements[f"pos/services/{name}"] = Position(240.0 * number, 40.0)
    elements["f"] = Flow("n0", "n3")
    return Design(elements)


def _delta(design: Design, number: int, what: str, name: Id, value: object) -> Delta:
    node = design.elements.get(name)
    if what == "add" and node is None and isinstance(value, Position):
        return Delta.of([(name, None, Node(kind="cache", name=name)), (f"pos/services/{name}", None, value)])
    if not isinstance(node, Node):
        return Delta()
    if what == "remove":
        return remove(design, [name])
    if what == "move" and isinstance(value, Position):
        key = f"pos/services/{name}"
        return Delta.of([(key, design.elements.get(key), value)])
    if what == "rename":
        return Delta.of([(name, node, Node(kind=node.kind, name=str(value), context=node.context))])
    if what == "team":
        team = value if isinstance(value, str) else None
        return Delta.of([(name, node, Node(kind=node.kind, name=node.name, context=team))])
    if what == "flow" and isinstance(value, str) and value in design.nodes:
        return Delta.of([(f"g{number}", None, Flow(name, value))])
    return Delta()


def _check_ends(picture: Picture) -> None:
    flows, rects = picture.flows, picture.nodes.rects
    for row in range(len(flows)):
        path = flows.path(row)
        assert (np.abs(np.diff(path, axis=0)).min(1) < 0.01).all()
        for point, card in ((path[0], flows.sources[row]), (path[-1], flows.targets[row])):
            x, y, width, height = rects[card].tolist()
            assert x - 0.1 <= point[0] <= x + width + 0.1
            assert y - 0.1 <= point[1] <= y + height + 0.1


@settings(max_examples=40)
@given(st.lists(edits, min_size=1, max_size=6))
def test_any_edits_patch_to_the_rows_built_anew(steps: list[tuple[str, Id, object]]) -> None:
    design = _start()
    picture = build(design)
    for number, (what, name, value) in enumerate(steps):
        delta = _delta(design, number, what, name, value)
        design = design.apply(delta)
        picture = picture.patched(delta, design)
    anew = build(design)
    assert picture.nodes.ids == anew.nodes.ids
    assert picture.nodes.titles == anew.nodes.titles
    np.testing.assert_array_equal(picture.nodes.rects, anew.nodes.rects)
    np.testing.assert_array_equal(picture.nodes.parents, anew.nodes.parents)
    np.testing.assert_array_equal(picture.boundaries.rects, anew.boundaries.rects)
    np.testing.assert_array_equal(picture.nodes.placed, anew.nodes.placed)
    assert picture.flows.ids == anew.flows.ids
    np.testing.assert_array_equal(picture.flows.sources, anew.flows.sources)
    np.testing.assert_array_equal(picture.flows.targets, anew.flows.targets)
    assert len(picture.flows.label_at) == len(picture.flows.readings) == len(picture.flows.colors) == len(anew.flows)
    _check_ends(picture)
    _check_ends(anew)


LARGE = big_design(300)
TEAMS = [f"team{number}" for number in range(12)]
regroupings = st.one_of(
    st.tuples(st.just("home"), st.integers(0, 299), st.sampled_from([*TEAMS, None])),
    st.tuples(st.just("inside"), st.integers(0, 11), st.integers(0, 11)),
    st.tuples(st.just("away"), st.integers(0, 11), st.none()),
    st.tuples(st.just("new"), st.integers(0, 40), st.integers(0, 299)),
    st.tuples(st.just("resized"), st.integers(0, 11), st.integers(1, 30)),
)


@cache
def _large_picture() -> Picture:
    return build(LARGE)


def _regrouping(design: Design, number: int, what: str, one: int, other: object) -> Delta:
    """Return an edit of what lies where; a new boundary comes with a card in it and takes another."""
    team = design.elements.get(f"team{one}")
    node = design.elements[f"n{one}"]
    if what == "home" and isinstance(node, Node):
        home = other if other in design.elements else None
        return Delta.of([(f"n{one}", node, msgspec.structs.replace(node, context=home))])
    if what == "new":
        taken, place = design.node(f"n{other}"), position_id("services", f"x{number}")
        return Delta.of(
            [
                (f"new{number}", None, Boundary("team", f"New {number}")),
                (f"x{number}", None, Node("cache", "New", context=f"new{number}")),
                (place, None, Position(x=8.0 * one, y=-8.0 * one)),
                (f"n{other}", taken, msgspec.structs.replace(taken, context=f"new{number}")),
            ]
        )
    if not isinstance(team, Boundary):
        return Delta()
    if what == "inside":
        above = f"team{other}"
        chain = [key for key, _ in design.ancestors(above)] if above in design.elements else [f"team{one}"]
        return (
            Delta()
            if f"team{one}" in chain
            else Delta.of([(f"team{one}", team, msgspec.structs.replace(team, parent=above))])
        )
    if what == "away":
        return remove(design, [f"team{one}"])
    place = position_id("services", f"team{one}")
    size = Position(x=1280.0 * one, y=-40.0, width=80.0 * int(str(other)), height=400.0)
    return Delta.of([(place, design.elements.get(place), size)])


@settings(max_examples=30)
@given(st.lists(regroupings, min_size=1, max_size=5))
def test_what_lies_where_in_a_large_drawing_is_as_if_built_anew(
    steps: list[tuple[str, int, object]],
) -> None:
    design, picture = LARGE, _large_picture()
    for number, (what, one, other) in enumerate(steps):
        delta = _regrouping(design, number, what, one, other)
        design = design.apply(delta)
        picture = picture.patched(delta, design)
    anew = unrouted(design, "services")
    assert picture.nodes.ids == anew.nodes.ids
    np.testing.assert_array_equal(picture.nodes.parents, anew.nodes.parents)
    for column in fields(BoundaryColumns):
        found, expected = (getattr(each, column.name) for each in (picture.boundaries, anew.boundaries))
        assert np.array_equal(found, expected) if isinstance(found, np.ndarray) else found == expected, column.name
    flows, frames = picture.flows, anew.boundaries
    behind = [grounds(flows.spots[:, place], frames.rects, frames.depths, frames.overlays) for place in (0, 1)]
    np.testing.assert_array_equal(flows.grounds, np.stack(behind, axis=1))
    np.testing.assert_array_equal(flows.label_fill, flows.shown()[1])


def test_a_card_that_loses_its_place_stays_and_counts_as_not_placed() -> None:
    design = _start()
    picture = build(design)
    delta = Delta.of([("pos/services/n1", design.elements["pos/services/n1"], None)])
    after = picture.patched(delta, design.apply(delta))
    np.testing.assert_array_equal(after.nodes.rects, picture.nodes.rects)
    assert [key for key, placed in zip(after.nodes.ids, after.nodes.placed, strict=True) if not placed] == ["n1"]
    back = after.patched(delta.invert(), design)
    assert back.nodes.placed.all()


def test_a_drawing_that_moves_as_one_keeps_its_lines_and_labels() -> None:
    elements = {key: one for key, one in _start().elements.items() if key != "t1"}
    elements["g"] = Flow("n1", "n2", name="orders")
    elements["pos/services/g"] = Position(waypoints=((500.0, 320.0),))
    design = Design(elements)
    picture = build(design)
    places = {key: one for key, one in elements.items() if isinstance(one, Position)}
    shifted = {
        key: Position(one.x + 16, one.y - 8, waypoints=tuple((x + 16, y - 8) for x, y in one.waypoints))
        for key, one in places.items()
    }
    delta = Delta.of((key, places[key], shifted[key]) for key in places)
    after = picture.patched(delta, design.apply(delta))
    np.testing.assert_array_equal(after.flows.points, picture.flows.points + np.array([16, -8], np.float32))
    np.testing.assert_array_equal(after.flows.label_at, picture.flows.label_at + np.array([16, -8], np.float32))
    np.testing.assert_array_equal(after.boundaries.rects[:, :2], picture.boundaries.rects[:, :2] + [16, -8])


def test_a_flow_that_is_no_longer_set_by_hand_is_routed_when_the_picture_is_built_anew() -> None:
    places = {f"n{row}": Position(x=300.0 * row, y=0.0) for row in range(6)}
    elements: dict[Id, Element] = {"team": Boundary("team", "Team")}
    elements |= {key: Node("service", key) for key in places}
    elements |= {position_id("services", key): place for key, place in places.items()}
    elements |= {f"f{row}": Flow(f"n{row}", f"n{row + 1}") for row in range(5)}
    bent = Position(waypoints=((280.0, 300.0),))
    before = Design({**elements, position_id("services", "f0"): bent})
    moved = msgspec.structs.replace(before.nodes["n5"], context="team")
    delta = Delta.of([("n5", before.nodes["n5"], moved), (position_id("services", "f0"), bent, None)])
    after = before.apply(delta)
    found = build(before).patched(delta, after)
    assert np.array_equal(found.flows.path(found.flows.row["f0"]), build(after).flows.path(found.flows.row["f0"]))
