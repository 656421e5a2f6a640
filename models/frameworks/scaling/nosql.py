"""Which store fits: the access pattern of every database, read off its flows, against what each kind is good at."""

from __future__ import annotations

import numpy as np

from models.design.kinds import value_of
from models.evaluation.columns import OPERATIONS, filled
from models.frameworks.scaling.capacity import Capacity
from models.report import Cell, Column, Message, Table
from models.words import Text

DATABASES = ("relational", "document", "key_value", "wide_column")
WORDS = {
    "relational": Text("relational"),
    "document": Text("document"),
    "key_value": Text("key-value"),
    "wide_column": Text("wide-column"),
}
MUCH_DATA_GIB = 2048.0
MANY_WRITES = 2000.0
MANY_READS = 5000.0
MOSTLY = 0.7


def table(capacity: Capacity) -> Table | None:
    """Return rates by operation, hot keys, and the kinds that fit; nothing without databases that are used."""
    rows = [
        row
        for row, node in enumerate(capacity.nodes.elements)
        if node.kind in DATABASES and filled(capacity.evaluation.traffic.demand.node_peak[row]) > 0
    ]
    if not rows:
        return None
    columns = (
        Column(Message("Database")),
        Column(Message("Reads"), "1/s"),
        Column(Message("Writes"), "1/s"),
        Column(Message("Scans"), "1/s"),
        Column(Message("Keys")),
        Column(Message("Fits")),
        Column(Message("Drawn as")),
    )
    cells: list[tuple[Cell, ...]] = []
    for row in rows:
        reads, writes, scans = operations(capacity, row)
        node = capacity.nodes.elements[row]
        fits = fitting(reads, writes, scans, float(value_of(node, "storage_gib") or 0.0), _services(capacity, row))
        cells.append((node.name, reads, writes, scans, _keys(capacity, row), fits, WORDS[node.kind]))
    return Table(Message("Access patterns"), columns, tuple(cells), tuple(capacity.key(row) for row in rows))


def operations(capacity: Capacity, row: int) -> tuple[float, float, float]:
    """Return reads, writes and scans or searches a second at peak; batches count as what they state."""
    flows = capacity.evaluation.pipeline.flows
    into = flows.target == row
    rate = filled(capacity.evaluation.traffic.demand.flow_peak[into])
    code = flows.operation[into]
    by_name = {name: float(rate[code == number].sum()) for number, name in enumerate(OPERATIONS)}
    return by_name["read"], by_name["write"], by_name["scan"] + by_name["search"]


def _services(capacity: Capacity, row: int) -> int:
    flows = capacity.evaluation.pipeline.flows
    return len(np.unique(flows.source[flows.target == row]))


def _keys(capacity: Capacity, row: int) -> str:
    flows = capacity.evaluation.pipeline.flows
    patterns = {str(value_of(flows.elements[flow], "key_pattern")) for flow in np.flatnonzero(flows.target == row)}
    if "hot" in patterns:
        return Text("one hot key")
    return Text("few popular keys") if "zipf" in patterns else Text("even")


def fitting(reads: float, writes: float, scans: float, storage_gib: float, services: int) -> str:
    """Return the kinds that suit an access pattern, the first the best, with the reason.

    Scans and joins over moderate data: relational. Very many writes or very much data by key: wide-column. Mostly reads
    of single keys at a high rate: key-value. Else relational, which keeps every later question open (Sadalage & Fowler
    2012, NoSQL Distilled, ch. 2 and 15).
    """
    total = reads + writes + scans
    if writes >= MANY_WRITES or (storage_gib >= MUCH_DATA_GIB and scans < (1.0 - MOSTLY) * total):
        return Text("wide-column or key-value: many writes or much data, found by key")
    if reads >= MANY_READS and reads >= MOSTLY * total:
        return Text("key-value: many reads of single keys")
    if scans > 0:
        return Text("relational: it is scanned or searched")
    if services == 1 and reads + writes < MANY_WRITES:
        return Text("relational or document: one service, moderate load")
    return Text("relational: moderate load, later questions stay open")
