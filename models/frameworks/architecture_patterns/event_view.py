"""Events from their sources to their readers: what starts them, how they fan out, what holds state and keeps order."""

from __future__ import annotations

import numpy as np

from models.evaluation.columns import filled
from models.frameworks.architecture_patterns.reading import Mask, Reading
from models.report import Block, Cell, Column, Message, Table
from models.words import Text

MOST_ROWS = 60
MOST_DEPTH = 24
ORDER = {"queue": Text("none"), "event_bus": Text("none")}


def blocks(reading: Reading) -> list[Block]:
    """Return the tables of events and of quality gates; nothing where there are none."""
    return [block for block in (_channels(reading), _gates(reading)) if block is not None]


def events(reading: Reading) -> Mask:
    """Return (m,) the flows that carry events: messages and streams."""
    return reading.message | reading.stream


def chain_depth(reading: Reading) -> np.ndarray:
    """Return (n,) the channels that an event has passed when it leaves a node; NaN behind a circle of events."""
    rows = np.flatnonzero(events(reading))
    own = reading.channels.astype(float)
    depth = own.copy()
    for _ in range(MOST_DEPTH):
        before = depth.copy()
        np.maximum.at(depth, reading.target[rows], depth[reading.source[rows]] + own[reading.target[rows]])
        if np.array_equal(before, depth):
            return depth
    return np.full(reading.n, np.nan)


def origins(reading: Reading, channel: int) -> list[int]:
    """Return the nodes where the events of a channel begin: what leads to it and is itself led to by nothing."""
    start = np.zeros(reading.n, dtype=bool)
    start[channel] = True
    found, known = start, -1
    while known != (known := int(found.sum())):
        found[reading.source[found[reading.target] & ~reading.batch]] = True
    called = np.zeros(reading.n, dtype=bool)
    called[reading.target[~reading.batch]] = True
    return [int(row) for row in np.flatnonzero(found & ~called) if row != channel]


def _channels(reading: Reading) -> Table | None:
    rows = np.flatnonzero(reading.channels)[:MOST_ROWS]
    if not len(rows):
        return None
    depth = chain_depth(reading)
    columns = (
        Text("Channel"),
        Text("Begins at"),
        Text("Sent by"),
        Text("Rate"),
        Text("Read by"),
        Text("Channels passed"),
        Text("Order"),
        Text("Dead letters"),
        Text("State"),
    )
    units = ("", "", "", "1/s", "", "count", "", "", "")
    cells: list[tuple[Cell, ...]] = []
    for row in rows.tolist():
        carried = events(reading)
        readers = np.unique(reading.target[carried & (reading.source == row)])
        senders = np.unique(reading.source[carried & (reading.target == row)])
        cells.append(
            (
                reading.name(row),
                reading.names(origins(reading, row)) or "–",
                reading.names(senders) or Text("nobody"),
                float(reading.rate[row]),
                _fan_out(reading, readers),
                None if np.isnan(depth[row]) else float(depth[row]),
                _order(reading, row),
                _dead_letters(reading, row, readers),
                _state(reading, readers),
            )
        )
    titles = tuple(Column(Message(name), unit) for name, unit in zip(columns, units, strict=True))
    return Table(Message("Events, from source to end"), titles, tuple(cells), reading.node_ids(rows))


def _fan_out(reading: Reading, readers: np.ndarray) -> str:
    if not len(readers):
        return Text("nobody")
    return (
        reading.names(readers)
        if len(readers) == 1
        else Text("{number}: {names}", number=len(readers), names=reading.names(readers))
    )


def _order(reading: Reading, row: int) -> str:
    kind = reading.node(row).kind
    if kind in ORDER:
        return ORDER[kind]
    partitions = float(reading.value(row, "partitions") or 0.0)
    return Text("per key, {partitions:g} partitions", partitions=partitions) if partitions else Text("per key")


def _dead_letters(reading: Reading, row: int, readers: np.ndarray) -> str:
    if reading.node(row).kind == "queue":
        if reading.value(row, "dead_letters") is False:
            return Text("none: repeats for ever")
        return Text("its own, after {value:g} attempts", value=reading.value(row, "retries"))
    aside = events(reading) & reading.of_kind("queue")[reading.target] & np.isin(reading.source, readers)
    kept = np.unique(reading.target[aside])
    return reading.names(kept) if len(kept) else Text("none drawn")


def _state(reading: Reading, readers: np.ndarray) -> str:
    """Return what keeps the state of the work: an engine, a store that a repeated event is written to, or nothing."""
    if not len(readers):
        return "–"
    engines = readers[reading.of_kind("workflow")[readers]]
    if len(engines):
        return Text("workflow engine {names}", names=reading.names(engines))
    written = reading.writes & reading.stores[reading.target] & np.isin(reading.source, readers)
    stores = np.unique(np.concatenate([reading.target[written], readers[reading.stores[readers]]]))
    return Text("{names}: write idempotently", names=reading.names(stores)) if len(stores) else Text("none written")


def _gates(reading: Reading) -> Table | None:
    rejected = filled(reading.nodes.column("demand", "reject_rate"))
    rows = np.flatnonzero((rejected > 0) & (reading.mean_rate > 0))[:MOST_ROWS]
    if not len(rows):
        return None
    columns = (
        Column(Message("Quality gate")),
        Column(Message("Checked, mean"), "1/s"),
        Column(Message("Rejected"), "fraction"),
        Column(Message("Rejected a day"), "count"),
        Column(Message("Kept in")),
        Column(Message("Delay"), "s"),
    )
    aside = reading.flows.column("carries_rejects") == 1.0
    delay = reading.evaluation.traffic.load.node_response
    cells: list[tuple[Cell, ...]] = [
        (
            reading.name(row),
            float(reading.mean_rate[row]),
            float(rejected[row]),
            float(reading.mean_rate[row] * rejected[row] * 86_400.0),
            reading.names(np.unique(reading.target[aside & (reading.source == row)])) or Text("nothing drawn: lost"),
            float(delay[row]) if np.isfinite(delay[row]) else None,
        )
        for row in rows
    ]
    title = Message("Quality gates: what does not pass on")
    return Table(title, columns, tuple(cells), reading.node_ids(rows))
