"""The flows of a drawing as columns: their parameters over the defaults of their interaction, steps numbered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from models.design.design import Design
from models.design.elements import Flow, Id
from models.design.kinds import LARGEST, kinds
from models.evaluation.columns import (
    FLOW_NUMBERS,
    INTERACTIONS,
    OPERATIONS,
    Floats,
    Flows,
    Ints,
    Nodes,
    as_number,
    floats,
    keep_in_range,
    ranges,
)


@cache
def _flow_defaults() -> Floats:
    table = np.full((len(INTERACTIONS), len(FLOW_NUMBERS)), np.nan)
    for row, interaction in enumerate(INTERACTIONS):
        known = {parameter.name: parameter.default for parameter in kinds().flows[interaction].parameters}
        for column, name in enumerate(FLOW_NUMBERS):
            table[row, column] = as_number(known.get(name))
    for name, neutral in (("calls", 1.0), ("probability", 1.0), ("step", 1.0), ("streams", 0.0)):
        column = FLOW_NUMBERS.index(name)
        table[np.isnan(table[:, column]), column] = neutral
    return table


_FLOW_COLUMN = {name: column for column, name in enumerate(FLOW_NUMBERS)}
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
    at: list[int] = []
    values: list[object] = []
    column_of, width = _FLOW_COLUMN.get, len(FLOW_NUMBERS)
    for row, flow in enumerate(elements):
        start = row * width
        for name, value in flow.params.items():
            column = column_of(name)
            if column is not None:
                at.append(start + column)
                values.append(value)
            elif name == "operation":
                operation[row] = _OPERATION_CODES.get(str(value), 0)
    _write_flow_values(numbers, np.array(at, dtype=np.int64), floats(values), interaction)
    _default_steps(elements, numbers)
    return Flows(
        ids,
        {key: row for row, key in enumerate(ids)},
        elements,
        np.array([node_index[flow.source] for flow in elements], dtype=np.int64),
        np.array([node_index[flow.target] for flow in elements], dtype=np.int64),
        interaction,
        operation,
        numbers,
        restricted,
    )


@cache
def _flowranges() -> tuple[Floats, Floats]:
    rows = []
    for interaction in INTERACTIONS:
        known = {parameter.name: parameter for parameter in kinds().flows[interaction].parameters}
        rows.append(ranges(known.get(name) for name in FLOW_NUMBERS))
    return np.array([low for low, _ in rows]), np.array([high for _, high in rows])


def _write_flow_values(numbers: Floats, at: Ints, values: Floats, interaction: Ints) -> None:
    """Write the flows' own values over the defaults where they are numbers within their range."""
    given = ~np.isnan(values)
    numbers.flat[at[given]] = values[given]
    low, high = _flowranges()
    keep_in_range(numbers, low[interaction], high[interaction], _flow_defaults()[interaction])


def _default_steps(elements: Sequence[Flow], numbers: Floats) -> None:
    """Number the flows of one node that state no step one after the other: calls are sequential unless drawn equal."""
    following: dict[Id, float] = {}
    steps: list[float] = []
    for flow in elements:
        own = flow.params.get("step")
        last = following.get(flow.source, 0.0)
        step = float(own) if isinstance(own, int | float) and 0 <= own <= LARGEST else last + 1.0
        steps.append(step)
        following[flow.source] = max(last, step)
    numbers[:, _FLOW_COLUMN["step"]] = steps


def patch_flows(previous: Flows, before: Design, after: Design, nodes: Nodes, old_nodes: Nodes) -> Flows:
    """Return the flow columns of `after`; the same object if no flow changed, patched rows if only parameters did."""
    same_nodes = nodes.ids is old_nodes.ids or nodes.ids == old_nodes.ids
    if not same_nodes or len(before.flows) != len(after.flows):
        return build_flows(after, nodes.row_of)
    changed = []
    pairs = zip(before.flows.items(), after.flows.items(), strict=True)
    for row, ((old_key, old), (key, new)) in enumerate(pairs):
        if key != old_key:
            return build_flows(after, nodes.row_of)
        if new is not old:
            if _shape(old) != _shape(new):
                return build_flows(after, nodes.row_of)
            changed.append((row, new))
    return _patch_flow_rows(previous, changed) if changed else previous


def _shape(flow: Flow) -> tuple[object, ...]:
    """What decides where a flow stands among the others; a change of it means new columns."""
    return (flow.source, flow.target, flow.interaction, flow.journeys, flow.params.get("step"))


def _patch_flow_rows(previous: Flows, changed: Sequence[tuple[int, Flow]]) -> Flows:
    numbers, operation, elements = previous.numbers.copy(), previous.operation.copy(), list(previous.elements)
    step = _FLOW_COLUMN["step"]
    for row, flow in changed:
        kept = numbers[row, step]
        code = np.array([_CODES[flow.interaction]])
        fresh = _flow_defaults()[code]
        names = [name for name in flow.params if name in _FLOW_COLUMN]
        at = np.array([_FLOW_COLUMN[name] for name in names], dtype=np.int64)
        _write_flow_values(fresh, at, floats([flow.params[name] for name in names]), code)
        numbers[row] = fresh[0]
        numbers[row, step] = kept
        operation[row] = _OPERATION_CODES.get(str(flow.params.get("operation")), 0)
        elements[row] = flow
    return previous._replace(numbers=numbers, operation=operation, elements=tuple(elements))
