"""Rules about the machines under the services: autoscaling, memory, disruption, quotas and purchases."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from models.design.elements import Node
from models.design.kinds import value_of
from models.evaluation.autoscaled import PREDICTIVE, SCHEDULED
from models.evaluation.columns import filled, sum_by
from models.frameworks.architecture_patterns.reading import Reading
from models.frameworks.architecture_patterns.rules import Check, Hit, Rule
from models.report import Message, Remedy
from models.words import Number, Text

GIB = 2.0**30


def cpu_metric_on_accelerator(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """An autoscaler that watches the processor of a service that works on an accelerator."""
    cards = filled(reading.service("accelerators")) > 0
    for row in np.flatnonzero(reading.autoscaled & cards):
        if reading.value(row, "scaling_metric") != "cpu":
            continue
        key = reading.nodes.ids[row]
        arguments = {"node": key, "name": "scaling_metric", "value": "in_flight"}
        remedy = Remedy("set_parameter", arguments, Message("Scale on requests in flight"))
        yield Hit((key,), {"name": reading.name(row)}, remedy=remedy)


def autoscaler_too_slow(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """Demand that climbs faster than new replicas come up."""
    hourly = filled(reading.evaluation.traffic.demand.node_hour)
    if not len(hourly):
        return
    rise = np.maximum(np.roll(hourly, -1, axis=0) - hourly, 0.0) / 3600.0
    ready = filled(reading.nodes.column("reliability", "ready_s")) + rule.limit("decision_s")
    target = filled(reading.service("target_utilization"), 0.6)
    grown = np.divide(rise * ready, hourly, out=np.zeros_like(hourly), where=hourly > 0).max(axis=0)
    room = 1.0 / target - 1.0
    for row in np.flatnonzero(reading.autoscaled & reading.on_reply_path & (grown > room)):
        if reading.value(row, "scaling_policy") in (SCHEDULED, PREDICTIVE):
            continue
        key = reading.nodes.ids[row]
        words = {
            "name": reading.name(row),
            "ready": reading.text(float(ready[row]), "s"),
            "grown": reading.text(float(grown[row]), "fraction"),
            "room": reading.text(float(room[row]), "fraction"),
        }
        better = float(np.floor(100.0 / (1.0 + grown[row])) / 100.0)
        arguments = {"node": key, "name": "target_utilization", "value": better}
        label = Message("Aim at {target}", {"target": reading.text(better, "fraction")})
        yield Hit((key,), words, remedy=Remedy("set_parameter", arguments, label))


def autoscaler_at_maximum(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """An autoscaled node that has reached its maximum above its target."""
    grown = sum_by(reading.nodes.row_node, reading.evaluation.traffic.load.replicas, reading.n)
    sites = np.maximum(sum_by(reading.nodes.row_node, (reading.nodes.role == 0).astype(float), reading.n), 1.0)
    most = reading.service("max_replicas") * sites
    target = filled(reading.service("target_utilization"), 0.6)
    above = (reading.load > target * rule.limit("times")) & (reading.load < rule.limit("endless"))
    full = reading.autoscaled & (grown >= most) & above
    for row in np.flatnonzero(full):
        key = reading.nodes.ids[row]
        needed = int(np.ceil(most[row] / sites[row] * reading.load[row] / target[row]))
        words = {
            "name": reading.name(row),
            "most": int(most[row] / sites[row]),
            "load": reading.text(float(reading.load[row]), "fraction"),
            "target": reading.text(float(target[row]), "fraction"),
        }
        arguments = {"node": key, "name": "max_replicas", "value": needed}
        remedy = Remedy("set_parameter", arguments, Message("Allow {number} replicas", {"number": needed}))
        yield Hit((key,), words, (f"node/{key}/utilization",), remedy)


def vector_memory(reading: Reading) -> np.ndarray:
    """Return (n,) GiB that the index of a vector store needs in memory; NaN for others.

    vectors × (dimensions × bytes + links × 8) × overhead: an HNSW graph keeps two 4-byte links for each of its M
    neighbors (Malkov & Yashunin 2020, §4.2.3).
    """
    return np.array(reading.stages.each("vector memory", reading.nodes.elements, _index_gib), dtype=float)


def _index_gib(node: Node) -> float:
    if node.kind != "vector_store":
        return float("nan")
    names = ("vectors_million", "dimensions", "bytes_per_dimension", "graph_links", "memory_overhead")
    million, dimensions, size, links, overhead = (float(value_of(node, name) or 0.0) for name in names)
    return million * 1e6 * (dimensions * size + links * 8.0) * overhead / GIB


def memory_too_small(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A vector index that does not fit into the memory of a replica."""
    needed = vector_memory(reading)
    memory = reading.nodes.column("money", "memory_gib")
    with np.errstate(invalid="ignore"):
        tight = needed > memory * rule.limit("share")
    for row in np.flatnonzero(tight):
        words = {
            "name": reading.name(row),
            "needed": reading.text(float(needed[row]), "GiB"),
            "memory": reading.text(float(memory[row]), "GiB"),
        }
        remedy = None
        if not reading.value(row, "instance"):
            key, wanted = reading.nodes.ids[row], float(np.ceil(needed[row] / rule.limit("share")))
            arguments = {"node": key, "name": "memory_gib", "value": wanted}
            label = Message("Give it {memory}", {"memory": reading.text(wanted, "GiB")})
            remedy = Remedy("set_parameter", arguments, label, (f"node/{key}/cost_per_month",))
        yield Hit(reading.node_ids([row]), words, remedy=remedy)


def evicted_by_update(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A cluster service of one replica: draining a machine stops it."""
    boundaries = reading.evaluation.design.boundaries
    for row in np.flatnonzero((reading.replicas <= 1) & reading.on_reply_path).tolist():
        node = reading.node(row)
        site = node.sites[0]
        if site.boundary is not None and boundaries[site.boundary].kind == "cluster":
            key = reading.nodes.ids[row]
            remedy = Remedy("set_replicas", {"node": key, "replicas": 2}, Message("Run two replicas"))
            yield Hit((key,), {"name": node.name}, (f"node/{key}/availability",), remedy)


def update_without_room(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A service that cannot spare the replica that a rolling update takes away."""
    nodes, load = reading.nodes, reading.evaluation.traffic.load
    cards = filled(reading.service("accelerators")) > 0
    for row in np.flatnonzero(reading.usually_on_reply_path & (reading.replicas > 1) & cards):
        sites = np.flatnonzero((nodes.row_node == row) & (nodes.role == 0))
        used = load.utilization[sites]
        count = load.replicas[sites]
        with np.errstate(all="ignore"):
            during = np.where(count > 1, used * count / (count - 1), np.inf)
        worst = int(np.nanargmax(filled(during, 0.0)))
        if not during[worst] >= rule.limit("load") or not used[worst] < 1.0:
            continue
        key = reading.nodes.ids[row]
        words = {
            "name": reading.name(row),
            "load": reading.text(float(used[worst]), "fraction"),
            "during": reading.text(float(during[worst]), "fraction"),
        }
        needed = int(np.ceil(used[worst] * count[worst] / rule.limit("load"))) + 1
        while used[worst] * count[worst] >= rule.limit("load") * (needed - 1):
            needed += 1
        label = Message("Run {number} replicas", {"number": needed})
        figures = (f"node/{key}/utilization", f"node/{key}/cost_per_month")
        remedy = Remedy("set_replicas", {"node": key, "replicas": needed}, label, figures)
        yield Hit((key,), words, figures[:1], remedy)


def quota_too_small(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """More accelerators drawn or allowed than the account may have."""
    design, nodes = reading.evaluation.design, reading.nodes
    cards = filled(nodes.column("money", "accelerators"))
    most = filled(reading.service("max_replicas"))
    wanted: dict[str, float] = {}
    users: dict[str, list[int]] = {}
    for row in np.flatnonzero(cards[nodes.row_node] > 0):
        node = int(nodes.row_node[row])
        replicas = max(float(nodes.replicas[row]), most[node] if reading.autoscaled[node] else 0.0)
        for key, boundary in design.ancestors(nodes.place_list[nodes.places[row]].boundary):
            if boundary.kind == "provider":
                wanted[key] = wanted.get(key, 0.0) + replicas * float(cards[node])
                users.setdefault(key, []).append(node)
    for key, number in wanted.items():
        quota = value_of(design.boundaries[key], "quota_accelerators")
        weeks = value_of(design.boundaries[key], "lead_time_weeks")
        if quota is not None and number > quota:
            words = {
                "name": design.boundaries[key].name,
                "needed": Number(f"{number:g}"),
                "quota": Number(f"{quota:g}"),
                "weeks": Text("{weeks:g} weeks", weeks=weeks) if weeks else Text("a time that is not known"),
            }
            yield Hit((key, *reading.node_ids(users[key])), words)


def quota_not_stated(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """A hosted model that users wait for, or a service of others that most need, whose quota nobody has asked for."""
    hosted = reading.of_kind("llm_api") & reading.on_reply_path
    hosted |= reading.of_kind("third_party_api") & reading.usually_on_reply_path
    hosted &= reading.rate > 0
    for row in np.flatnonzero(hosted & np.isnan(reading.service("quota_rps"))):
        key = reading.nodes.ids[row]
        words = {"name": reading.name(row), "rate": reading.text(float(reading.rate[row]), "1/s")}
        yield Hit((key,), words, (f"node/{key}/arrival_rate",))


def spot_on_reply_path(reading: Reading, rule: Rule) -> Iterator[Hit]:
    """Preemptible machines under something that users wait for."""
    share = filled(reading.nodes.column("money", "spot_share"))
    for row in np.flatnonzero((share > rule.limit("share")) & reading.usually_on_reply_path):
        key = reading.nodes.ids[row]
        words = {"name": reading.name(row), "share": reading.text(float(share[row]), "fraction")}
        arguments = {"node": key, "name": "spot_share", "value": rule.limit("share")}
        label = Message("Keep half on demand")
        yield Hit((key,), words, remedy=Remedy("set_parameter", arguments, label))


CHECKS: dict[str, Check] = {
    "cpu_metric_on_accelerator": cpu_metric_on_accelerator,
    "autoscaler_too_slow": autoscaler_too_slow,
    "autoscaler_at_maximum": autoscaler_at_maximum,
    "memory_too_small": memory_too_small,
    "evicted_by_update": evicted_by_update,
    "update_without_room": update_without_room,
    "quota_too_small": quota_too_small,
    "quota_not_stated": quota_not_stated,
    "spot_on_reply_path": spot_on_reply_path,
}
