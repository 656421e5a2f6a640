"""Rules about requests that wait for one another: chains, circles, timeouts, retries, and the reply path."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from models.analyses.latency import gamma_exceeds, gamma_percentile
from models.design.kinds import value_of
from models.evaluation.columns import Floats, Ints, filled
from models.evaluation.latency import OTHER_ZONE_S
from models.evaluation.reliability import REGION_AVAILABILITY
from models.frameworks.architecture_patterns.reading import Reading
from models.frameworks.architecture_patterns.remedies import call_once, spread
from models.frameworks.architecture_patterns.rules import Check, Hit, Rule
from models.report import Message, Remedy
from models.words import Number

MOST_DEPTH = 24


def deep_chain(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A chain of services of which each waits for the next."""
    rows = np.flatnonzero(reading.calls)
    depth = _depths(reading, rows)
    if depth is None:
        return
    heads = np.flatnonzero((depth >= rule.limit("hops")) & reading.on_reply_path)
    if not len(heads):
        return
    chain = _longest(reading, rows, depth, int(heads[depth[heads].argmax()]))
    trips = filled(reading.evaluation.pipeline.network)
    network = sum(float(trips[flow]) for flow in _flows_along(reading, rows, chain))
    words = {
        "number": len(chain) - 1,
        "chain": " → ".join(reading.name(row) for row in chain),
        "network": reading.text(network, "s"),
    }
    yield Hit(reading.node_ids(chain), words)


def _depths(reading: Reading, rows: Ints) -> Floats | None:
    """Return (n,) the calls that wait for one another from each node on; None where they go round in a circle."""

    def find() -> Floats | None:
        depth = np.zeros(reading.n)
        for _ in range(MOST_DEPTH):
            before = depth.copy()
            np.maximum.at(depth, reading.source[rows], depth[reading.target[rows]] + 1.0)
            if np.array_equal(before, depth):
                return depth
        return None

    return reading.stages.run("depths of calls", (reading.flows, reading.nodes.kind_code), find)


def _longest(reading: Reading, rows: np.ndarray, depth: Floats, head: int) -> list[int]:
    chain = [head]
    while depth[chain[-1]] > 0:
        following = reading.target[rows[reading.source[rows] == chain[-1]]]
        chain.append(int(following[depth[following].argmax()]))
    return chain


def _flows_along(reading: Reading, rows: np.ndarray, chain: list[int]) -> list[int]:
    return [
        int(rows[(reading.source[rows] == here) & (reading.target[rows] == there)][0])
        for here, there in pairwise(chain)
    ]


def call_cycle(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """Services that wait for one another in a circle."""
    for group in reading.loops:
        inside = np.isin(reading.source, group) & np.isin(reading.target, group) & reading.request
        if inside.any():
            yield Hit(reading.node_ids(group), {"names": reading.names(group)})


def chatty_pair(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A service that calls another many times per request, one call after the other."""
    calls = filled(reading.flows.column("calls") * reading.flows.column("probability"))
    apart = filled(reading.evaluation.pipeline.network)
    items = filled(reading.flows.column("items"), 1.0)
    in_turn = reading.flows.column("at_once") != 1.0
    many = reading.waited & in_turn & ~reading.first & (calls >= rule.limit("calls"))
    for row in np.flatnonzero(many)[np.argsort(-calls[many])]:
        time = float(calls[row] * apart[row])
        words = {
            "flow": reading.flow_name(row),
            "number": Number(f"{calls[row]:g}"),
            "time": reading.text(time, "s"),
            "items": Number(f"{items[row]:g}"),
        }
        evidence = (f"flow/{reading.flows.ids[row]}/latency_s",)
        yield Hit(reading.flow_ids([row]), words, evidence, call_once(reading, int(row)))


def chatty_across_regions(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """Several calls per request over a long line."""
    trips = filled(reading.evaluation.pipeline.network)
    calls = filled(reading.flows.column("calls") * reading.flows.column("probability"))
    in_turn = reading.flows.column("at_once") != 1.0
    far = reading.waited & in_turn & ~reading.first & (trips > OTHER_ZONE_S * 2) & (calls >= rule.limit("calls"))
    for row in np.flatnonzero(far & (trips * calls >= rule.limit("seconds"))):
        words = {
            "flow": reading.flow_name(row),
            "number": Number(f"{calls[row]:g}"),
            "trip": reading.text(float(trips[row]), "s"),
            "time": reading.text(float(trips[row] * calls[row]), "s"),
        }
        evidence = (f"flow/{reading.flows.ids[row]}/latency_s",)
        yield Hit(reading.flow_ids([row]), words, evidence, call_once(reading, int(row)))


def wide_fan_out(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """Many parallel calls of which the slowest counts, repeated calls at once among them."""
    step = reading.flows.column("step")
    rows = np.flatnonzero(reading.waited & ~reading.first)
    if not len(rows):
        return
    callers, steps = reading.source[rows], filled(step[rows], -1.0)
    _, first, inverse = np.unique(callers + reading.n * steps, return_index=True, return_inverse=True)
    at_once = reading.flows.column("at_once")[rows] == 1.0
    number_of = np.where(at_once, np.maximum(filled(reading.flows.column("calls")[rows]), 1.0), 1.0)
    sizes = np.bincount(inverse, number_of)
    for group in np.flatnonzero(sizes >= rule.limit("parallel")):
        flows = rows[inverse == group]
        number = int(sizes[group])
        row = int(callers[first[group]])
        words = {
            "name": reading.name(row),
            "number": number,
            "share": reading.text(1.0 - 0.99**number, "fraction"),
        }
        yield Hit((*reading.node_ids([row]), *reading.flow_ids(flows)), words)


def inverted_timeout(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A call that waits longer than whoever waits for its caller."""
    timeout = reading.flows.column("timeout_ms")
    outer = np.full(reading.n, -np.inf)
    waited = np.flatnonzero(reading.waited & ~np.isnan(timeout))
    np.maximum.at(outer, reading.target[waited], timeout[waited])
    for row in waited[(timeout[waited] > outer[reading.source[waited]]) & np.isfinite(outer[reading.source[waited]])]:
        limit = float(outer[reading.source[row]])
        key = reading.flows.ids[row]
        remedy = Remedy(
            "set_flow_parameter",
            {"flow": key, "name": "timeout_ms", "value": round(limit * rule.limit("share"))},
            Message("Wait at most {time}", {"time": reading.text(limit * rule.limit("share") / 1e3, "s")}),
        )
        words = {
            "flow": reading.flow_name(row),
            "inner": reading.text(float(timeout[row]) / 1e3, "s"),
            "outer": reading.text(limit / 1e3, "s"),
            "caller": reading.name(int(reading.source[row])),
        }
        yield Hit((key,), words, remedy=remedy)


def short_timeout(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A timeout that many healthy answers exceed.

    The users' own flows are judged by their journey; inner ones only where all journeys make the same calls or the
    callee calls nobody, because a mean over journeys says nothing about one.
    """
    timeout = reading.flows.column("timeout_ms") / 1e3
    load, reply = reading.evaluation.traffic.load, reading.evaluation.traffic.reply
    own = load.node_response[reading.target]
    known = np.isfinite(own) & (own > 0)
    spread = np.divide(load.node_variance[reading.target], own**2, out=np.zeros(reading.m), where=known)
    mean = reply.node_mean[reading.target] + filled(reading.evaluation.pipeline.network)
    variance = spread * np.where(np.isfinite(mean), mean, 0.0) ** 2
    started = np.flatnonzero(reading.journeys.first_flow >= 0)
    mean[reading.journeys.first_flow[started]] = reply.last_mean[started]
    variance[reading.journeys.first_flow[started]] = reply.last_variance[started]
    leaf = np.ones(reading.n, dtype=bool)
    leaf[reading.source[reading.calls]] = False
    judged = reading.first | leaf[reading.target] if reading.flows.restricted else np.ones(reading.m, dtype=bool)
    chosen = judged & reading.waited & ~np.isnan(timeout) & np.isfinite(mean)
    late = np.zeros(reading.m)
    late[chosen] = np.asarray(gamma_exceeds(mean[chosen], variance[chosen], timeout[chosen]))
    rows = np.flatnonzero(late > rule.limit("share"))
    for row in rows[np.argsort(-late[rows])]:
        words = {
            "flow": reading.flow_name(row),
            "timeout": reading.text(float(timeout[row]), "s"),
            "mean": reading.text(float(mean[row]), "s"),
            "late": reading.text(float(late[row]), "fraction"),
        }
        late_s = float(gamma_percentile(mean[row], variance[row], 1.0 - rule.limit("share") / 2.0))
        arguments = {"flow": reading.flows.ids[row], "name": "timeout_ms", "value": float(np.ceil(late_s * 1e3))}
        remedy = Remedy("set_flow_parameter", arguments, Message("Wait {time}", {"time": reading.text(late_s, "s")}))
        evidence = (f"node/{reading.nodes.ids[reading.target[row]]}/response_p95_s",)
        yield Hit(reading.flow_ids([row]), words, evidence, remedy if np.isfinite(late_s) else None)


def retry_storm(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """Retries at several layers that multiply when the last one fails."""
    rows = np.flatnonzero(reading.waited)
    if not len(rows):
        return
    budget = filled(reading.flows.column("retry_budget")[rows])
    factor = 1.0 + np.minimum(filled(reading.flows.column("retries")[rows]), budget)
    load = np.ones(reading.n)
    for _ in range(MOST_DEPTH):
        before = load.copy()
        np.maximum.at(load, reading.target[rows], load[reading.source[rows]] * factor)
        if np.array_equal(before, load):
            break
    else:
        return
    worst = int(load.argmax())
    if load[worst] >= rule.limit("times"):
        words = {"name": reading.name(worst), "times": Number(f"{load[worst]:.3g}")}
        yield Hit(reading.node_ids([worst]), words)


def write_on_reply_path(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A write that the user waits for although the answer does not need it, where the availability target is missed."""
    target = value_of(reading.evaluation.design.brief, "target_availability")
    path, found = reading.evaluation.reliability.path, reading.evaluation.reliability
    known = found.journey[~np.isnan(found.journey)]
    if target is None or not len(known) or float(known.min()) >= target or not len(path):
        return
    writes = reading.waited & reading.writes & reading.stores[reading.target]
    for row in np.flatnonzero(writes):
        needed = reading.waited & (reading.target == reading.target[row]) & ~reading.writes
        if needed.any():
            continue
        node = int(reading.target[row])
        gain = _journey_without(reading, node)
        key = reading.flows.ids[row]
        words = {
            "flow": reading.flow_name(row),
            "name": reading.name(node),
            "caller": reading.name(int(reading.source[row])),
            "now": reading.text(float(known.min()), "availability"),
            "after": reading.text(gain, "availability"),
            "target": reading.text(float(target), "availability"),
        }
        label = Message("Write after the answer, from a local outbox")
        remedy = Remedy("make_asynchronous", {"flow": key}, label, ("total/availability",))
        yield Hit((key, reading.nodes.ids[node]), words, ("total/availability",), remedy)


def _journey_without(reading: Reading, node: int) -> float:
    """Return about the availability of the weakest journey if nobody waited for the node.

    Its region stays in the journey as long as others stand there, so that only its own part is taken out.
    """
    found = reading.evaluation.reliability
    weakest = float(np.nanmin(found.journey))
    share = float(found.path[:, node].max())
    own = min(float(found.node[node]) / REGION_AVAILABILITY, 1.0)
    return min(weakest / max(1.0 - share * (1.0 - own), 1e-9), 1.0)


def channel_on_reply_path(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A request that waits for a queue, stream or bus to take a message."""
    availability = reading.evaluation.reliability.node
    for row in np.flatnonzero(reading.waited & reading.channels[reading.target]):
        node = int(reading.target[row])
        key = reading.flows.ids[row]
        words = {
            "flow": reading.flow_name(row),
            "name": reading.name(node),
            "promise": reading.text(float(availability[node]), "availability"),
        }
        remedy = Remedy("make_asynchronous", {"flow": key}, Message("Send it from a local outbox"))
        yield Hit((key, reading.nodes.ids[node]), words, (f"node/{reading.nodes.ids[node]}/availability",), remedy)


def single_replica(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A node of one replica that most requests of a journey wait for."""
    for row in reading.evaluation.reliability.single:
        if reading.replicas[row] < 1 or reading.node(int(row)).kind in ("edge_device", "users"):
            continue
        key = reading.nodes.ids[row]
        words = {
            "name": reading.name(int(row)),
            "availability": reading.text(float(reading.evaluation.reliability.node[row]), "availability"),
        }
        figures = (f"node/{key}/availability", f"node/{key}/utilization", f"node/{key}/cost_per_month")
        remedy = Remedy("set_replicas", {"node": key, "replicas": 2}, Message("Run two replicas"), figures)
        yield Hit((key,), words, (f"node/{key}/availability",), remedy)


def single_zone(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """Something that most requests wait for in one zone only, where the availability target is missed."""
    target = value_of(reading.evaluation.design.brief, "target_availability")
    found = reading.evaluation.reliability
    known = found.journey[~np.isnan(found.journey)]
    if target is None or not len(known) or float(known.min()) >= target:
        return
    nodes = reading.nodes
    wide = np.zeros(reading.n, dtype=bool)
    sites = np.bincount(nodes.row_node, nodes.role != 2, reading.n)
    for row, place in enumerate(nodes.places):
        where = nodes.place_list[place]
        wide[nodes.row_node[row]] |= not where.zone and where.zones > 1
    outside = reading.of_kind("edge_device", "users", "on_premises", "third_party_api", "llm_api")
    managed = (nodes.column("reliability", "managed") == 1.0) | (nodes.station <= 0)
    narrow = np.flatnonzero(reading.usually_on_reply_path & ~wide & (sites <= 1) & ~outside & ~managed)
    copies = np.bincount(nodes.row_node, nodes.copies, reading.n)
    narrow = narrow[copies[narrow] <= 1]
    if len(narrow):
        words = {
            "names": reading.names(narrow),
            "now": reading.text(float(known.min()), "availability"),
            "target": reading.text(float(target), "availability"),
        }
        yield Hit(reading.node_ids(narrow), words, ("total/availability",), spread(reading, narrow.tolist()))


CHECKS: dict[str, Check] = {
    "deep_chain": deep_chain,
    "call_cycle": call_cycle,
    "chatty_pair": chatty_pair,
    "chatty_across_regions": chatty_across_regions,
    "wide_fan_out": wide_fan_out,
    "inverted_timeout": inverted_timeout,
    "short_timeout": short_timeout,
    "retry_storm": retry_storm,
    "write_on_reply_path": write_on_reply_path,
    "channel_on_reply_path": channel_on_reply_path,
    "single_replica": single_replica,
    "single_zone": single_zone,
}
