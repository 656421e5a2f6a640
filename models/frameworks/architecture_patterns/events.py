"""Rules about events: channels nobody reads or fills, poison messages, order, partitions, long chains and circles."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from models.evaluation.columns import filled, sum_by
from models.frameworks.architecture_patterns.reading import Mask, Reading
from models.frameworks.architecture_patterns.rules import Check, Hit, Rule
from models.report import Message, Remedy
from models.words import Number

MOST_DEPTH = 24


def unread_channel(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A channel that is written and that nobody reads; one that takes only rejects is left alone."""
    read = np.zeros(reading.n, dtype=bool)
    read[reading.source] = True
    arriving = sum_by(reading.target, reading.flow_rate, reading.n)
    feeding = np.zeros(reading.n)
    np.maximum.at(feeding, reading.target, filled(reading.flows.column("probability")))
    rejects = feeding < rule.limit("share")
    rejects |= ~_fed_by_more(reading)
    for row in np.flatnonzero(reading.channels & ~read & (arriving > 0) & ~rejects):
        words = {"name": reading.name(row), "rate": reading.text(float(arriving[row]), "1/s")}
        yield Hit(reading.node_ids([row]), words)


def unfed_channel(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A channel that is read and that nobody fills."""
    fed = np.zeros(reading.n, dtype=bool)
    fed[reading.target] = True
    read = np.zeros(reading.n, dtype=bool)
    read[reading.source] = True
    for row in np.flatnonzero(reading.channels & read & ~fed):
        yield Hit(reading.node_ids([row]), {"name": reading.name(row)})


def _fed_by_more(reading: Reading) -> Mask:
    """Return (n,) True for nodes that something else than what a quality gate rejects flows into."""
    fed = np.zeros(reading.n, dtype=bool)
    fed[reading.target[reading.flows.column("carries_rejects") != 1.0]] = True
    return fed


def no_dead_letters(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A queue that repeats a bad message for ever."""
    for row in np.flatnonzero(reading.of_kind("queue")):
        if reading.value(row, "dead_letters") is False:
            key = reading.nodes.ids[row]
            arguments = {"node": key, "name": "dead_letters", "value": True}
            remedy = Remedy("set_parameter", arguments, Message("Set bad messages aside"))
            yield Hit((key,), {"name": reading.name(row)}, remedy=remedy)


def poison_record(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """Stream readers with nowhere to put a record they cannot read: it stops its partition."""
    streams = reading.of_kind("stream")
    reads = reading.stream & streams[reading.source] & ~reading.stores[reading.target] & (reading.flow_rate > 0)
    aside = (reading.message | reading.stream) & reading.of_kind("queue")[reading.target]
    safe = np.zeros(reading.n, dtype=bool)
    safe[reading.source[aside]] = True
    bare = np.unique(reading.target[reads & ~safe[reading.target] & ~reading.observers[reading.target]])
    if len(bare):
        keys = reading.node_ids(bare)
        busiest = int(bare[reading.rate[bare].argmax()])
        words = {
            "names": reading.names(bare),
            "number": len(bare),
            "busiest": reading.name(busiest),
            "a_minute": reading.text(float(reading.rate[busiest]) * 60.0, "count"),
        }
        remedy = Remedy("set_rejects_aside", {"nodes": list(keys)}, Message("Set bad records aside in a queue"))
        yield Hit(keys, words, (f"node/{reading.nodes.ids[busiest]}/arrival_rate",), remedy)


def too_few_partitions(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A stream of fewer partitions than its readers can use or its volume needs."""
    streams = reading.of_kind("stream")
    into = np.zeros(reading.n)
    volume = filled(reading.flows.column("request_kib")) * 1024.0 * reading.flow_rate
    np.add.at(into, reading.target, np.where(reading.batch, 0.0, volume))
    for row in np.flatnonzero(streams):
        partitions = float(reading.value(row, "partitions") or 0.0)
        each = float(reading.value(row, "partition_mb_s") or np.inf) * 1e6
        readers = np.unique(reading.target[reading.stream & (reading.source == row) & ~reading.stores[reading.target]])
        replicas = float(reading.replicas[readers].max(initial=0.0))
        needed = max(replicas, float(np.ceil(into[row] / each / rule.limit("share"))))
        if partitions and needed > partitions:
            key = reading.nodes.ids[row]
            words = {
                "name": reading.name(row),
                "partitions": Number(f"{partitions:g}"),
                "needed": Number(f"{needed:g}"),
                "readers": reading.names(readers),
            }
            arguments = {"node": key, "name": "partitions", "value": int(needed)}
            label = Message("Use {number} partitions", {"number": int(needed)})
            yield Hit(reading.node_ids([row, *readers]), words, remedy=Remedy("set_parameter", arguments, label))


def hot_key(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """Keys of very different weight on something that is split by key."""
    split = reading.of_kind("stream", "cache", "wide_column", "key_value")
    for row in np.flatnonzero(split[reading.target]):
        if reading.flow_value(int(row), "key_pattern") != "hot":
            continue
        node = int(reading.target[row])
        words = {"flow": reading.flow_name(row), "name": reading.name(node)}
        yield Hit((*reading.flow_ids([row]), *reading.node_ids([node])), words)


def event_circle(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """Messages that come back to their sender."""
    for group in reading.loops:
        inside = np.isin(reading.source, group) & np.isin(reading.target, group)
        if (inside & ~reading.request).any():
            yield Hit(reading.node_ids(group), {"names": reading.names(group)})


def long_event_chain(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A chain of many channels that nothing oversees."""
    rows = np.flatnonzero(reading.message | reading.stream)
    depth = np.zeros(reading.n)
    step = reading.channels.astype(float)
    for _ in range(MOST_DEPTH):
        before = depth.copy()
        np.maximum.at(depth, reading.target[rows], (depth + step)[reading.source[rows]])
        if np.array_equal(before, depth):
            break
    else:
        return
    end = int(depth.argmax()) if reading.n else 0
    if reading.n and depth[end] >= rule.limit("channels") and not reading.of_kind("workflow").any():
        yield Hit(reading.node_ids([end]), {"name": reading.name(end), "number": int(depth[end])})


def function_chain(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """Functions that wait for functions: each is paid for while it waits."""
    functions = reading.of_kind("function")
    for row in np.flatnonzero(reading.request & functions[reading.source] & functions[reading.target]):
        words = {"flow": reading.flow_name(row), "caller": reading.name(int(reading.source[row]))}
        arguments = {"flow": reading.flows.ids[row]}
        remedy = Remedy("make_asynchronous", arguments, Message("Send it as a message"), ("total/last_p95_s",))
        yield Hit(reading.flow_ids([row]), words, remedy=remedy)


def overlapping_runs(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A job that a timer starts again before the last run has ended."""
    jobs = reading.of_kind("batch_job", "batch_features")[reading.target]
    for row in np.flatnonzero(jobs & reading.of_kind("timer")[reading.source] & (reading.flow_rate > 0)):
        timer, job = int(reading.source[row]), int(reading.target[row])
        needed = float(reading.value(job, "hours_per_run") or 0.0) * 3600.0
        interval = 1.0 / float(reading.flow_rate[row])
        if needed <= interval:
            continue
        words = {
            "name": reading.name(job),
            "timer": reading.name(timer),
            "interval": reading.text(interval, "s"),
            "time": reading.text(needed, "s"),
        }
        fewer = float(reading.value(timer, "runs_per_day") or 0.0) * interval / needed * rule.limit("share")
        arguments = {"node": reading.nodes.ids[timer], "name": "runs_per_day", "value": round(fewer, 2)}
        remedy = Remedy(
            "set_parameter", arguments, Message("Start it {number} times a day", {"number": Number(f"{fewer:.3g}")})
        )
        yield Hit(reading.node_ids([timer, job]), words, remedy=remedy)


CHECKS: dict[str, Check] = {
    "unread_channel": unread_channel,
    "unfed_channel": unfed_channel,
    "no_dead_letters": no_dead_letters,
    "poison_record": poison_record,
    "too_few_partitions": too_few_partitions,
    "hot_key": hot_key,
    "event_circle": event_circle,
    "long_event_chain": long_event_chain,
    "function_chain": function_chain,
    "overlapping_runs": overlapping_runs,
}
