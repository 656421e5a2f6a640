"""The flows of a drawing as columns: their parameters over the defaults of their interaction, steps numbered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from models.design.design import Design
from models.design.elements import Flow, Id
from models.design.kinds import LARGEST, kinds
from models.evaluation.columns import (
    FLOW_COLUMN,
    FLOW_NUMBERS,
    INTERACTIONS,
    OPERATIONS,
    Floats,
    Flows,
    Ints,
    Nodes,
    as_number,
    changed_places,
    floats,
    keep_in_range,
    of_kinds,
    ranges,
)


@cache
def _flow_defaults() -> Floats:
    table = np.full((len(INTERACTIONS), len(FLOW_NUMBERS)), np.nan)
    for row, interaction in enumerate(INTERACTIONS):
        known = {parameter.name: parameter.default for parameter in kinds().flows[interaction].parameters}
        for column, name in enumerate(FLOW_NUMBERS):
            table[row, column] = as_number(known.get(name))
    for name, neutral in (("calls", 1.0), ("probability", 1.0), ("step", 1.0), ("streams", 0.0), ("at_once", 0.0)):
        column = FLOW_NUMBERS.index(name)
        table[np.isnan(table[:, column]), column] = neutral
    return table


_FIRST = np.zeros(1, dtype=np.int64)
_CODES = {name: code for code, name in enumerate(INTERACTIONS)}
_OPERATION_CODES = {name: code for code, name in enumerate(OPERATIONS)}


def build_flows(design: Design, node_index: Mapping[Id, int]) -> Flows:
    """Return the columns of all flows; a request without a stated step comes after those drawn before it."""
    ids = tuple(design.flows)
    elements = tuple(design.flows.values())
    interaction = np.array([_CODES[flow.interaction] for flow in elements], dtype=np.int64)
    numbers = _flow_defaults()[interaction] if elements else np.zeros((0, len(FLOW_NUMBERS)))
    operation = np.zeros(len(elements), dtype=np.int64)
    restricted = {row: flow.journeys for row, flow in enumerate(elements) if flow.journeys}
    source = np.array([node_index[flow.source] for flow in elements], dtype=np.int64)
    shapes = _by_shape(elements)
    for names, (rows, values) in shapes.items():
        at = np.array(rows, dtype=np.int64)
        for place, name in enumerate(names):
            own = values[place :: len(names)]
            if name in FLOW_COLUMN:
                _write_flow_values(numbers, at, FLOW_COLUMN[name], floats(own))
            elif name == "operation":
                operation[at] = [_OPERATION_CODES.get(str(value), 0) for value in own]
    _keep_flows_in_range(numbers, interaction)
    stated = any("step" in names for names in shapes)
    numbers[:, FLOW_COLUMN["step"]] = _steps(elements) if stated else _drawn_order(source)
    return Flows(
        ids,
        {key: row for row, key in enumerate(ids)},
        elements,
        source,
        np.array([node_index[flow.target] for flow in elements], dtype=np.int64),
        interaction,
        operation,
        numbers,
        restricted,
        via_links(design, node_index),
    )


@cache
def _links() -> tuple[str, ...]:
    """Return the kinds that flows may go through."""
    return tuple(name for name, kind in kinds().nodes.items() if kind.link)


def via_links(design: Design, node_index: Mapping[Id, int]) -> Ints:
    """Return (flow, node) numbers of the links that flows name by id or name; a name that is no link is left out."""
    naming = [
        (row, str(flow.params["via"])) for row, flow in enumerate(design.flows.values()) if flow.params.get("via")
    ]
    if not naming:
        return np.zeros((0, 2), dtype=np.int64)
    known: dict[str, int] = {}
    for key, node in design.nodes.items():
        kind = kinds().nodes.get(node.kind)
        if kind is not None and kind.link:
            known.update({key.lower(): node_index[key], node.name.strip().lower(): node_index[key]})
    pairs = [
        (row, known[word.strip().lower()])
        for row, words in naming
        for word in words.split(",")
        if word.strip().lower() in known
    ]
    return np.array(list(dict.fromkeys(pairs)), dtype=np.int64).reshape(-1, 2)


def _by_shape(elements: Sequence[Flow]) -> dict[tuple[str, ...], tuple[list[int], list[object]]]:
    """Return the rows of the flows that state the same parameters, and their values one flow after the other."""
    found: dict[tuple[str, ...], tuple[list[int], list[object]]] = {}
    for row, flow in enumerate(elements):
        names = tuple(flow.params)
        if names not in found:
            found[names] = ([], [])
        rows, values = found[names]
        rows.append(row)
        values.extend(flow.params.values())
    return found


@cache
def _flowranges() -> tuple[Floats, Floats]:
    rows = []
    for interaction in INTERACTIONS:
        known = {parameter.name: parameter for parameter in kinds().flows[interaction].parameters}
        rows.append(ranges(known.get(name) for name in FLOW_NUMBERS))
    return np.array([low for low, _ in rows]), np.array([high for _, high in rows])


def _write_flow_values(numbers: Floats, rows: Ints, column: int, values: Floats) -> None:
    """Write the flows' own values of one parameter over the defaults where they are numbers."""
    given = ~np.isnan(values)
    numbers[rows[given], column] = values[given]


def _keep_flows_in_range(numbers: Floats, interaction: Ints) -> None:
    low, high = _flowranges()
    keep_in_range(numbers, low[interaction], high[interaction], _flow_defaults()[interaction])


def _drawn_order(source: Ints) -> Floats:
    """Return (m,) 1, 2, … among the flows of one node: the steps where none is stated."""
    order = np.argsort(source, kind="stable")
    places = np.arange(len(source))
    first = np.diff(source[order], prepend=-1) != 0
    steps = np.empty(len(source))
    steps[order] = places - np.maximum.accumulate(np.where(first, places, 0)) + 1
    return steps


def _steps(elements: Sequence[Flow]) -> list[float]:
    """Number the flows of one node that state no step one after the other: calls are sequential unless drawn equal."""
    following: dict[Id, float] = {}
    steps: list[float] = []
    for flow in elements:
        own = flow.params.get("step")
        last = following.get(flow.source, 0.0)
        step = float(own) if isinstance(own, int | float) and 0 <= own <= LARGEST else last + 1.0
        steps.append(step)
        following[flow.source] = max(last, step)
    return steps


def patch_flows(previous: Flows, before: Design, after: Design, nodes: Nodes, old_nodes: Nodes) -> Flows:
    """Return the flow columns of `after`; the same object if no flow changed, patched rows if only parameters did."""
    same_nodes = nodes.ids is old_nodes.ids or nodes.ids == old_nodes.ids
    if not same_nodes or len(before.flows) != len(after.flows):
        return build_flows(after, nodes.row_of)
    if tuple(after.flows) != previous.ids:
        return build_flows(after, nodes.row_of)
    old, new = tuple(before.flows.values()), tuple(after.flows.values())
    changed = changed_places(old, new)
    if any(_shape(old[row]) != _shape(new[row]) for row in changed):
        return build_flows(after, nodes.row_of)
    patched = _patch_flow_rows(previous, [(row, new[row]) for row in changed]) if changed else previous
    if of_kinds(nodes, *_links()).any():
        via = via_links(after, nodes.row_of)
        return patched if np.array_equal(via, patched.via) else patched._replace(via=via)
    return patched


def _shape(flow: Flow) -> tuple[object, ...]:
    """What decides where a flow stands among the others; a change of it means new columns."""
    return (flow.source, flow.target, flow.interaction, flow.journeys, flow.params.get("step"), flow.params.get("via"))


def _patch_flow_rows(previous: Flows, changed: Sequence[tuple[int, Flow]]) -> Flows:
    numbers, operation, elements = previous.numbers.copy(), previous.operation.copy(), list(previous.elements)
    step = FLOW_COLUMN["step"]
    for row, flow in changed:
        kept = numbers[row, step]
        code = np.array([_CODES[flow.interaction]])
        fresh = _flow_defaults()[code]
        for name in flow.params.keys() & FLOW_COLUMN.keys():
            _write_flow_values(fresh, _FIRST, FLOW_COLUMN[name], floats([flow.params[name]]))
        _keep_flows_in_range(fresh, code)
        numbers[row] = fresh[0]
        numbers[row, step] = kept
        operation[row] = _OPERATION_CODES.get(str(flow.params.get("operation")), 0)
        elements[row] = flow
    return previous._replace(numbers=numbers, operation=operation, elements=tuple(elements))
