"""Hypothesis strategies of elements, edits and designs, built only through the builders that the program uses."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import strategies as st

from models.design import edits
from models.design.delta import Delta
from models.design.design import Design
from models.design.elements import (
    BRIEF_ID,
    Boundary,
    Brief,
    Flow,
    Input,
    Node,
    Phase,
    Position,
    Site,
    input_id,
    position_id,
)

NODE_KINDS = ("users", "service", "relational", "cache", "llm_serving")
CONTEXT_KINDS, DEPLOYMENT_KINDS = ("team",), ("provider", "region", "zone")
names = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=8)
numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False, width=32)
values: st.SearchStrategy[Any] = st.recursive(
    st.booleans() | numbers | names,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
    max_leaves=3,
)
params = st.dictionaries(st.sampled_from(["vcpu", "memory_gib", "places", "calls"]), values, max_size=3)


@st.composite
def deltas(draw: st.DrawFn, design: Design, spare: tuple[str, ...] = tuple("ABCDEFGHKL")) -> Delta:
    """Return one valid edit of the design; new elements take the first of the `spare` ids that is free."""
    action = draw(st.sampled_from(_ACTIONS))
    changes: Delta = action(draw, design, [key for key in spare if key not in design.elements])
    return changes


@st.composite
def designs(draw: st.DrawFn, start: Design | None = None, spare: tuple[str, ...] = tuple("ABCDEFGHKL")) -> Design:
    """Return a design some edits away from `start`."""
    design = start or Design()
    for _ in range(draw(st.integers(0, 12))):
        design = design.apply(draw(deltas(design, spare)))
    return design


def _put(design: Design, key: str, element: Any) -> Delta:
    return Delta.of([(key, design.elements.get(key), element)])


def _boundaries(design: Design, kinds: tuple[str, ...]) -> st.SearchStrategy[str | None]:
    return st.sampled_from([None, *(key for key, item in design.boundaries.items() if item.kind in kinds)])


def _add_node(draw: st.DrawFn, design: Design, spare: list[str]) -> Delta:
    if not spare:
        return Delta()
    sites = draw(
        st.lists(
            st.builds(Site, _boundaries(design, DEPLOYMENT_KINDS), st.integers(0, 5), st.just("active")),
            min_size=1,
            max_size=2,
        )
    )
    node = Node(draw(st.sampled_from(NODE_KINDS)), draw(names), draw(params), tuple(sites))
    return _put(design, spare[0], msgspec.structs.replace(node, context=draw(_boundaries(design, CONTEXT_KINDS))))


def _add_flow(draw: st.DrawFn, design: Design, spare: list[str]) -> Delta:
    if not spare or not design.nodes:
        return Delta()
    end = st.sampled_from(sorted(design.nodes))
    journeys = draw(st.lists(st.sampled_from([spare[0], *sorted(design.flows)]), max_size=2, unique=True))
    return _put(design, spare[0], Flow(draw(end), draw(end), params=draw(params), journeys=tuple(journeys)))


def _add_boundary(draw: st.DrawFn, design: Design, spare: list[str]) -> Delta:
    if not spare:
        return Delta()
    kinds = draw(st.sampled_from([CONTEXT_KINDS, DEPLOYMENT_KINDS]))
    kind = draw(st.sampled_from(kinds))
    return _put(design, spare[0], Boundary(kind, draw(names), parent=draw(_boundaries(design, kinds))))


def _add_network(draw: st.DrawFn, design: Design, spare: list[str]) -> Delta:
    if not spare or not design.nodes:
        return Delta()
    members = draw(st.lists(st.sampled_from(sorted(design.nodes)), max_size=3, unique=True))
    return _put(design, spare[0], Boundary("network", draw(names), members=tuple(members)))


def _place(draw: st.DrawFn, design: Design, spare: list[str]) -> Delta:
    drawn = sorted({*design.nodes, *design.flows, *design.boundaries})
    if not drawn:
        return Delta()
    x, y = draw(st.integers(-100, 100)), draw(st.integers(-100, 100))
    waypoints = draw(st.sampled_from([(), ((1.5, 2.0),)]))
    key = position_id(draw(st.sampled_from(["services", "deployment"])), draw(st.sampled_from(drawn)))
    return _put(design, key, Position(8.0 * x, 8.0 * y, 160.0, 64.0, waypoints=waypoints))


def _rename(draw: st.DrawFn, design: Design, spare: list[str]) -> Delta:
    drawn = sorted({*design.nodes, *design.flows, *design.boundaries})
    if not drawn:
        return Delta()
    key = draw(st.sampled_from(drawn))
    return _put(design, key, msgspec.structs.replace(design.elements[key], name=draw(names)))


def _set(draw: st.DrawFn, design: Design, spare: list[str]) -> Delta:
    if not design.nodes:
        return Delta()
    key = draw(st.sampled_from(sorted(design.nodes)))
    return _put(design, key, edits.set_params(design.node(key), draw(params)))


def _input(draw: st.DrawFn, design: Design, spare: list[str]) -> Delta:
    return _put(design, input_id("scaling", draw(st.sampled_from(["weight", "a/b"]))), Input(draw(values)))


def _brief(draw: st.DrawFn, design: Design, spare: list[str]) -> Delta:
    phases: list[Phase] = []
    if design.nodes:
        node = st.sampled_from(sorted(design.nodes))
        phases = draw(st.lists(st.builds(Phase, st.integers(0, 36), node, st.just("params.vcpu"), numbers), max_size=2))
    return _put(design, BRIEF_ID, Brief(draw(names), params=draw(params), phases=tuple(phases)))


def _remove(draw: st.DrawFn, design: Design, spare: list[str]) -> Delta:
    return edits.remove(design, draw(st.sets(st.sampled_from([*sorted(design.elements), "nothing"]), max_size=3)))


def _copy(draw: st.DrawFn, design: Design, spare: list[str]) -> Delta:
    drawn = sorted({*design.nodes, *design.flows, *design.boundaries})
    chosen = draw(st.lists(st.sampled_from(drawn), max_size=len(spare), unique=True)) if drawn else []
    return edits.copy(design, chosen, dict(zip(chosen, spare, strict=False)), (8.0, 16.0))


_ACTIONS: tuple[Any, ...] = (
    _add_node,
    _add_node,
    _add_flow,
    _add_boundary,
    _add_network,
    _place,
    _rename,
    _set,
    _input,
    _brief,
    _remove,
    _copy,
)
