"""Rules about data on its way: freshness, consistency over boundaries, buffers, quality, volume and time to refill."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from models.design.kinds import value_of
from models.evaluation.columns import Floats, filled
from models.frameworks.architecture_patterns.reading import DATABASES, LOGIC, OFFLINE, SERVING, STORES, Reading
from models.frameworks.architecture_patterns.remedies import check_before, keep_as_served, keep_for, read_from_log
from models.frameworks.architecture_patterns.rules import Check, Hit, Rule
from models.report import Message, Remedy
from models.words import Number, Text

SECONDS_PER_DAY = 86_400.0
REPLAY_ROOM = 1.01
"""A replay that ends with what is kept is too late by a hair."""


def staleness(reading: Reading) -> Floats:
    """Return (m,) seconds until what a message or stream flow carries is worked on: time to fill a batch, hop, wait.

    The first message of a batch waits for `linger_ms` or until it is full, whichever comes first; then the network and
    the target's own response time. NaN for requests and batches.
    """
    hop = filled(reading.evaluation.pipeline.network) / 2.0
    own = filled(reading.evaluation.traffic.load.node_response[reading.target])
    found = reading.evaluation.batches.oldest + hop + own
    return np.asarray(np.where(reading.message | reading.stream, found, np.nan))


def stale_stream(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A stream that takes longer than its stated limit."""
    age = staleness(reading)
    for row in np.flatnonzero(reading.stream):
        limit = reading.flow_value(int(row), "max_staleness_s")
        if limit is not None and age[row] > limit:
            words = {
                "flow": reading.flow_name(row),
                "age": reading.text(float(age[row]), "s"),
                "limit": reading.text(float(limit), "s"),
            }
            yield Hit(reading.flow_ids([row]), words)


def batch_too_slow(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """Features or indexes that users read fresh but that only a batch refills."""
    general = value_of(reading.evaluation.design.brief, "target_freshness_s")
    fed_live = np.zeros(reading.n, dtype=bool)
    fed_live[reading.target[reading.stream | reading.message | (reading.request & reading.writes)]] = True
    fed = np.bincount(reading.target[reading.batch], minlength=reading.n) > 0
    kept = reading.of_kind("feature_store", "vector_store", "search") & reading.on_reply_path
    for row in np.flatnonzero(kept & fed & ~fed_live):
        wanted = reading.value(row, "freshness_s") or general
        if wanted is None:
            continue
        into = np.flatnonzero(reading.batch & (reading.target == row))
        runs = [reading.flow_value(int(flow), "runs_per_day") or 1.0 for flow in into]
        runs += [reading.value(int(reading.source[flow]), "runs_per_day") or 0.0 for flow in into]
        interval = SECONDS_PER_DAY / max(runs)
        if interval > wanted:
            words = {
                "name": reading.name(row),
                "interval": reading.text(interval, "s"),
                "limit": reading.text(float(wanted), "s"),
            }
            remedy = _run_more_often(reading, int(into[0]), float(wanted)) if len(into) == 1 else None
            yield Hit((*reading.node_ids([row]), *reading.flow_ids(into)), words, remedy=remedy)


def _run_more_often(reading: Reading, flow: int, wanted: float) -> Remedy | None:
    """Return the remedy that starts the batch as often as the freshness needs, on whoever states how often it runs."""
    runs = int(np.ceil(SECONDS_PER_DAY / wanted))
    label = Message("Run it {number} times a day", {"number": runs})
    source = int(reading.source[flow])
    if reading.flow_value(flow, "runs_per_day"):
        key = reading.flows.ids[flow]
        arguments = {"flow": key, "name": "runs_per_day", "value": runs}
        return Remedy("set_flow_parameter", arguments, label, (f"flow/{key}/rate",))
    if reading.value(source, "runs_per_day"):
        key = reading.nodes.ids[source]
        arguments = {"node": key, "name": "runs_per_day", "value": runs}
        return Remedy("set_parameter", arguments, label, (f"node/{key}/utilization",))
    return None


def needless_stream(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A stream cluster that carries next to nothing and whose readers state no freshness."""
    for row in np.flatnonzero(reading.of_kind("stream") & (reading.rate > 0) & (reading.rate < rule.limit("rate"))):
        out = np.flatnonzero(reading.source == row)
        if any(reading.flow_value(int(flow), "max_staleness_s") is not None for flow in out):
            continue
        key = reading.nodes.ids[row]
        cost = float(reading.evaluation.money.bill.node_usd[row])
        words = {
            "name": reading.name(row),
            "rate": reading.text(float(reading.rate[row]), "1/s"),
            "cost": reading.text(cost, "USD/month"),
        }
        yield Hit((key,), words, (f"node/{key}/cost_per_month",))


def dual_write(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A service that changes a database and publishes the change itself, in two steps."""
    changes = reading.writes & reading.request & reading.of_kind(*DATABASES)[reading.target]
    carries = (reading.message | reading.stream) & reading.of_kind("stream", "queue")[reading.target]
    carries &= reading.flows.column("carries_rejects") != 1.0
    both = np.intersect1d(reading.source[changes], reading.source[carries])
    for row in both:
        stores = np.unique(reading.target[changes & (reading.source == row)])
        sent = np.flatnonzero(carries & (reading.source == row))
        remedy = read_from_log(reading, int(stores[0]), sent, changes) if len(stores) == 1 else None
        words = {
            "name": reading.name(int(row)),
            "stores": reading.names(stores),
            "channels": reading.names(np.unique(reading.target[sent])),
            "a_day": reading.text(float(reading.flow_mean[sent].sum()) * SECONDS_PER_DAY, "count"),
        }
        evidence = tuple(f"flow/{key}/rate" for key in reading.flow_ids(sent[:3]))
        yield Hit((*reading.node_ids([row, *stores]), *reading.flow_ids(sent)), words, evidence, remedy)


def missing_saga(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A request that writes to several databases in one go, without a workflow that can undo the first."""
    changes = reading.writes & reading.request & reading.of_kind(*DATABASES)[reading.target]
    pairs = np.unique(reading.source[changes] * reading.n + reading.target[changes])
    number = np.bincount(pairs // max(reading.n, 1), minlength=reading.n)
    for row in np.flatnonzero((number >= rule.limit("stores")) & ~reading.of_kind("workflow")):
        stores = np.unique(reading.target[changes & (reading.source == row)])
        yield Hit(reading.node_ids([row, *stores]), {"name": reading.name(row), "stores": reading.names(stores)})


def repeated_delivery(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """Consumers that write what they read from a channel that delivers at least once."""
    consumers = np.zeros(reading.n, dtype=bool)
    from_channel = (reading.message | reading.stream) & reading.channels[reading.source]
    from_channel |= reading.of_kind("webhook")[reading.source]
    consumers[reading.target[from_channel]] = True
    consumers &= ~reading.stores & ~reading.channels & ~reading.observers
    writing = np.unique(reading.source[consumers[reading.source] & reading.writes])
    if len(writing):
        busiest = int(writing[reading.mean_rate[writing].argmax()])
        words = {
            "names": reading.names(writing),
            "number": len(writing),
            "busiest": reading.name(busiest),
            "a_day": reading.text(float(reading.mean_rate[busiest]) * SECONDS_PER_DAY, "count"),
        }
        yield Hit(reading.node_ids(writing), words, (f"node/{reading.nodes.ids[busiest]}/arrival_rate",))


def training_serving_skew(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """Features computed one way for serving and another way for training."""
    made = reading.of_kind("stream_features", "feature_store")
    used = made & reading.on_reply_path
    used |= made & reading.reach(used, np.zeros(reading.m, dtype=bool))
    jobs = reading.of_kind("model_training")
    serving = reading.of_kind(*SERVING) & reading.on_reply_path
    if not (used.any() and jobs.any() and serving.any()):
        return
    producers = reading.of_kind("stream_features", "batch_features")
    feeding = producers & _upstream(reading, used)
    learned_from = _upstream(reading, jobs)
    if (learned_from & (used | feeding)).any():
        return
    yield Hit(
        reading.node_ids([*np.flatnonzero(used), *np.flatnonzero(jobs)]),
        {"online": reading.names(np.flatnonzero(used)), "jobs": reading.names(np.flatnonzero(jobs))},
        remedy=keep_as_served(reading, used, jobs),
    )


def _upstream(reading: Reading, start: np.ndarray) -> np.ndarray:
    """Return (n,) the nodes that data reaches `start` from: against messages, streams, batches and writes."""
    carrying = ~reading.request | reading.writes
    found = start.copy()
    known = -1
    while known != (known := int(found.sum())):
        found[reading.source[carrying & found[reading.target]]] = True
    return np.asarray(found & ~start)


def missing_quality_gate(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """Training data that nothing checks between its store and the training."""
    checked = reading.of_kind("data_ingestion", "batch_features", "labeling", "stream_features")
    for row in np.flatnonzero(reading.of_kind("model_training")):
        into = np.flatnonzero(~reading.request & (reading.target == row))
        raw = [int(flow) for flow in into if reading.of_kind("object_store")[reading.source[flow]]]
        if not raw:
            continue
        stores = np.zeros(reading.n, dtype=bool)
        stores[reading.source[raw]] = True
        if (_upstream(reading, stores) & checked).any() and not _from_stream(reading, stores):
            continue
        words = {"name": reading.name(row), "stores": reading.names(np.flatnonzero(stores))}
        yield Hit((*reading.node_ids([row]), *reading.flow_ids(raw)), words, remedy=check_before(reading, raw))


def _from_stream(reading: Reading, stores: np.ndarray) -> bool:
    """Return whether raw events flow from a channel straight into the stores."""
    return bool((stores[reading.target] & reading.channels[reading.source]).any())


def unbuffered_message(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """Messages that go straight to a service: lost while it is down."""
    buffered = np.zeros(reading.n, dtype=bool)
    buffered[reading.source[reading.of_kind("block_storage")[reading.target]]] = True
    direct = reading.message & (reading.flow_rate > 0) & ~reading.channels[reading.source]
    direct &= reading.of_kind(*LOGIC, *DATABASES)[reading.target] & ~buffered[reading.source]
    direct &= ~reading.users[reading.source] & ~reading.of_kind("workflow", "ci_cd")[reading.source]
    rows = np.flatnonzero(direct)
    if len(rows):
        keys = reading.flow_ids(rows)
        a_minute = reading.text(float(reading.flow_rate[rows].sum()) * 60.0, "count")
        words = {"number": len(rows), "flows": reading.flow_names(rows), "a_minute": a_minute}
        remedy = Remedy(
            "insert_queue", {"flows": list(keys)}, Message("Put a queue between"), ("total/cost_per_month",)
        )
        yield Hit(keys, words, tuple(f"flow/{key}/rate" for key in keys[:3]), remedy)


def slow_drain(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A buffer whose consumers take too long to work off an outage, or that forgets before they are back."""
    minutes = outage_minutes(reading)
    for buffer in buffers(reading, minutes):
        drain, hours = buffer.drain_hours, buffer.retention_hours
        forgets = hours is not None and hours < minutes / 60.0 + drain
        if drain <= rule.limit("hours") and not forgets:
            continue
        words = {
            "name": reading.name(buffer.channel),
            "consumer": reading.name(buffer.consumer),
            "minutes": Number(f"{minutes:g}"),
            "backlog": reading.text(buffer.backlog, "count"),
            "drain": reading.text(drain * 3600.0, "s") if np.isfinite(drain) else Text("no end"),
            "retention": reading.text((hours or 0.0) * 3600.0, "s") if hours else Text("its retention"),
        }
        key = reading.nodes.ids[buffer.consumer]
        allowed = rule.limit("hours") if hours is None else min(rule.limit("hours"), hours - minutes / 60.0)
        remedy = None
        if allowed > 0:
            remedy = _more_readers(
                reading, buffer.consumer, buffer.rate + buffer.backlog / (allowed * 3600.0), buffer.left
            )
        yield Hit(reading.node_ids([buffer.channel, buffer.consumer]), words, (f"node/{key}/utilization",), remedy)


def _more_readers(reading: Reading, consumer: int, wanted: float, left: float) -> Remedy | None:
    """Return the remedy that gives a consumer the replicas to read `wanted` messages/s where it has `left` for them."""
    capacity, sites = float(reading.capacity[consumer]), float(reading.active_sites[consumer])
    if not np.isfinite(wanted) or capacity <= 0 or reading.replicas[consumer] < 1:
        return None
    needed = reading.replicas[consumer] * (capacity + wanted - left) / capacity
    each = max(int(np.ceil(needed / sites - 1e-9)), int(reading.replicas[consumer] / sites) + 1)
    key = reading.nodes.ids[consumer]
    label = Message("Run {number} replicas of “{name}”", {"number": each, "name": reading.name(consumer)})
    figures = (f"node/{key}/utilization", f"node/{key}/cost_per_month")
    return Remedy("set_replicas", {"node": key, "replicas": each}, label, figures)


class Buffer:
    """A channel with one consumer of known capacity: messages/s, share of capacity used, outage backlog and drain."""

    def __init__(self, channel: int, consumer: int, rate: float, capacity: float, hours: float | None, outage: float):
        self.channel, self.consumer, self.rate, self.left = channel, consumer, rate, capacity
        self.load = rate / capacity
        self.backlog = rate * outage
        self.drain_hours = self.backlog / (capacity - rate) / 3600.0 if capacity > rate else np.inf
        self.retention_hours = hours


def outage_minutes(reading: Reading) -> float:
    """Return the outage that buffers are sized for, in minutes."""
    from models.frameworks.architecture_patterns.inputs import held

    return float(held(reading.evaluation.design, "outage_minutes"))


def buffers(reading: Reading, minutes: float) -> list[Buffer]:
    """Return every channel and consumer whose capacity is known, at the rates of the busiest hour."""
    flows = np.flatnonzero((reading.message | reading.stream) & reading.channels[reading.source])
    found = []
    for flow in flows:
        channel, consumer = int(reading.source[flow]), int(reading.target[flow])
        capacity, total = float(reading.capacity[consumer]), float(reading.rate[consumer])
        rate = float(reading.flow_rate[flow])
        if not np.isfinite(capacity) or rate <= 0 or reading.stores[consumer]:
            continue
        left = max(capacity - (total - rate), 1e-9)
        hours = reading.value(channel, "retention_h")
        found.append(Buffer(channel, consumer, rate, left, None if hours is None else float(hours), minutes * 60.0))
    return found


def slow_replay(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A stream whose consumers cannot read what is kept again before it expires."""
    for row in np.flatnonzero(reading.of_kind("stream")):
        hours = reading.value(row, "retention_h")
        into = np.flatnonzero(reading.stream & (reading.source == row) & ~reading.stores[reading.target])
        for flow in into:
            consumer = int(reading.target[flow])
            spare = float(reading.capacity[consumer]) - float(reading.mean_rate[consumer])
            mean = float(reading.flow_mean[flow])
            if hours is None or not np.isfinite(spare) or spare <= 0 or mean <= 0:
                continue
            replay = mean * hours / spare
            if replay > hours * rule.limit("share"):
                words = {
                    "name": reading.name(row),
                    "consumer": reading.name(consumer),
                    "kept": reading.text(hours * 3600.0, "s"),
                    "replay": reading.text(replay * 3600.0, "s"),
                }
                wanted = mean / rule.limit("share") * REPLAY_ROOM
                remedy = _more_readers(reading, consumer, mean + wanted, mean + spare)
                yield Hit(reading.node_ids([row, consumer]), words, remedy=remedy)


def thin_line(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A line of a site group that its flows fill."""
    boundaries = reading.evaluation.design.boundaries
    peak = reading.mean_bytes * np.divide(
        reading.flow_rate, reading.flow_mean, out=np.ones(reading.m), where=reading.flow_mean > 0
    )
    for boundary, rows in reading.inside("site_group").items():
        members = np.zeros(reading.n, dtype=bool)
        members[rows] = True
        line = value_of(boundaries[boundary], "line_mbit_s")
        up = members[reading.source] & ~members[reading.target]
        used = float(peak[up].sum()) * 8.0 / 1e6 / boundaries[boundary].copies
        if line and used > rule.limit("share") * float(line):
            words = {
                "name": boundaries[boundary].name,
                "used": Number(f"{used:.3g} Mbit/s"),
                "line": Number(f"{float(line):g} Mbit/s"),
                "share": reading.text(used / float(line), "fraction"),
            }
            yield Hit((boundary, *reading.flow_ids(np.flatnonzero(up & (peak > 0)))), words)


def slow_transfer(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """Data between regions that fills the measured line between them."""
    catalog, places = reading.evaluation.catalog, reading.main_places
    far = filled(reading.evaluation.pipeline.network) > rule.limit("seconds")

    @cache
    def line(here: tuple[str, str], there: tuple[str, str]) -> float:
        """Return the measured speed in Gbit/s; infinite if none was."""
        found = catalog.throughput_gbit_s(here, there) if here[1] and there[1] and here != there else None
        return np.inf if found is None else found.value

    rows = np.flatnonzero(far & (reading.mean_bytes > 0) & ~reading.users[reading.source])
    ends = zip(reading.source[rows].tolist(), reading.target[rows].tolist(), strict=True)
    speeds = np.array([line(places[here], places[there]) for here, there in ends])
    shares = reading.mean_bytes[rows] * 8.0 / 1e9 / speeds
    for row, speed, used in zip(rows.tolist(), speeds.tolist(), shares.tolist(), strict=True):
        if used > rule.limit("share"):
            words = {
                "flow": reading.flow_name(row),
                "volume": reading.text(float(reading.mean_bytes[row]), "byte/s"),
                "speed": Number(f"{speed:.3g} Gbit/s"),
                "share": reading.text(used, "fraction"),
            }
            yield Hit(reading.flow_ids([row]), words, (f"flow/{reading.flows.ids[row]}/bytes_per_s",))


def growing_store(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A store that grows by much of its size each month and states no retention."""
    size = filled(reading.nodes.column("money", "storage_gib"))
    growth = filled(reading.nodes.column("money", "storage_growth_gib_month"))
    months = reading.evaluation.horizon_months
    large = (growth * months > size * rule.limit("times")) & (growth * months > rule.limit("gib"))
    for row in np.flatnonzero(large & reading.of_kind(*STORES)):
        if reading.value(row, "retention_days") is not None:
            continue
        words = {
            "name": reading.name(row),
            "now": reading.text(float(size[row]) * 2**30, "byte"),
            "then": reading.text(float(size[row] + growth[row] * months) * 2**30, "byte"),
            "month": months,
        }
        remedy = keep_for(reading, int(row), float(growth[row]), months, max(float(size[row]), float(growth[row])))
        yield Hit(reading.node_ids([row]), words, (f"node/{reading.nodes.ids[row]}/cost_per_month",), remedy)


def offline_reads_live(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """Training and batch jobs that read the database users wait for; what it writes out by itself is no read of it."""
    reads = reading.batch & reading.of_kind(*DATABASES, "feature_store")[reading.source]
    reads &= ~reading.writes
    reads &= reading.of_kind(*OFFLINE)[reading.target] & reading.on_reply_path[reading.source]
    for row in np.flatnonzero(reads):
        source = int(reading.source[row])
        words = {"flow": reading.flow_name(row), "name": reading.name(source)}
        yield Hit((*reading.flow_ids([row]), *reading.node_ids([source])), words)


CHECKS: dict[str, Check] = {
    "stale_stream": stale_stream,
    "batch_too_slow": batch_too_slow,
    "needless_stream": needless_stream,
    "dual_write": dual_write,
    "missing_saga": missing_saga,
    "repeated_delivery": repeated_delivery,
    "training_serving_skew": training_serving_skew,
    "missing_quality_gate": missing_quality_gate,
    "unbuffered_message": unbuffered_message,
    "slow_drain": slow_drain,
    "slow_replay": slow_replay,
    "thin_line": thin_line,
    "slow_transfer": slow_transfer,
    "growing_store": growing_store,
    "offline_reads_live": offline_reads_live,
}
