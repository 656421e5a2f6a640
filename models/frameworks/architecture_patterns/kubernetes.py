"""The plan of a cluster: what each service asks for, node pools by vector bin packing, how updates and scaling run.

A pool holds the services with the same accelerator. Requests are what the drawing states per replica; a node gives what
its system leaves (reserved as the managed offerings do: 0.1 vCPU and 10 % of memory). Where no cluster is drawn, the
services of a region are planned as if they ran in one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from models.analyses.packing import pack, stranded
from models.analyses.packing_patterns import pack_by_patterns
from models.catalog.records import Instance
from models.design.elements import Id
from models.design.kinds import kinds
from models.evaluation.columns import filled
from models.frameworks.architecture_patterns.reading import Reading
from models.words import Text

RESERVED_VCPU = 0.1
RESERVED_MEMORY = 0.10
SHAPES = (2.0, 4.0, 8.0, 16.0, 32.0)
MEMORY_PER_VCPU = 4.0
MOST_PODS = 400
LEFT_OUT = ("batch", "training", "none", "external")
SURGE = 0.25
HOURS_PER_MONTH = 730.0

PATTERN_SECONDS = 0.3
"""Of processor time for better patterns, where the quick packing is more than one node above its bound."""


class Pod(NamedTuple):
    """A service in a cluster: requests of one replica, how many run, and how few and many the autoscaler may run."""

    node: Id
    name: str
    replicas: int
    vcpu: float
    memory_gib: float
    accelerators: int
    accelerator: str
    least: int
    most: int


class Pool(NamedTuple):
    """Equal nodes and what is packed on them.

    Attributes:
        hosts, lower_bound: nodes, and how many any packing needs at least.
        fewest, most: nodes that the cluster autoscaler may go to: all services at their least, and at their most with
            one of them being updated (its surge).
        cards: accelerators of all nodes.
        usd: per month, NaN where not priced; used: share of vCPU and memory requested; stranded: unusable accelerators.
    """

    name: str
    instance: str
    hosts: int
    lower_bound: int
    fewest: int
    most: int
    pods: int
    cards: int
    usd: float
    used: tuple[float, float]
    stranded: float


class ClusterPlan(NamedTuple):
    """All pools of one place; `drawn` is False for services of a region planned as if in a cluster."""

    boundary: Id
    name: str
    drawn: bool
    pods: tuple[Pod, ...]
    pools: tuple[Pool, ...]
    refused: tuple[str, ...] = ()


def plans(reading: Reading) -> tuple[ClusterPlan, ...]:
    """Return the plan of every drawn cluster, else of every region that runs at least two services of ours."""
    design = reading.evaluation.design
    groups: dict[tuple[Id, bool], list[Pod]] = {}
    for row, node in enumerate(reading.nodes.elements):
        kind = kinds().nodes.get(node.kind)
        if kind is None or kind.compute != "instance" or kind.station in LEFT_OUT:
            continue
        for site in node.sites:
            home = _home(reading, site.boundary)
            if home is not None and site.replicas > 0:
                groups.setdefault(home, []).append(_pod(reading, row, site.replicas))
    drawn = any(is_drawn for _, is_drawn in groups)
    chosen = {key: pods for key, pods in groups.items() if key[1] == drawn and (drawn or len(pods) > 1)}
    return tuple(
        _plan(reading, boundary, design.boundaries[boundary].name, is_drawn, pods)
        for (boundary, is_drawn), pods in chosen.items()
    )


def _home(reading: Reading, boundary: Id | None) -> tuple[Id, bool] | None:
    """Return the cluster around a boundary, else its region."""
    region = None
    for key, element in reading.evaluation.design.ancestors(boundary):
        if element.kind == "cluster":
            return key, True
        if element.kind == "region" and region is None:
            region = key
    return None if region is None else (region, False)


def _pod(reading: Reading, row: int, replicas: int) -> Pod:
    node = reading.node(row)
    accelerator = str(reading.value(row, "accelerator") or "")
    cards = int(reading.value(row, "accelerators") or 0) if accelerator else 0
    vcpu, memory = float(reading.value(row, "vcpu") or 1.0), float(reading.value(row, "memory_gib") or 1.0)
    instance = _instance_of(reading, row)
    if cards and instance is not None and instance.accelerator_count:
        share = cards / instance.accelerator_count
        vcpu = min(vcpu, (instance.vcpu - RESERVED_VCPU) * share)
        memory = min(memory, instance.memory_gib * (1.0 - RESERVED_MEMORY) * share)
    scaled = bool(reading.autoscaled[row])
    least = min(int(reading.value(row, "min_replicas") or 1), replicas) if scaled else replicas
    most = max(int(reading.value(row, "max_replicas") or replicas), replicas) if scaled else replicas
    used = accelerator if cards else ""
    return Pod(reading.nodes.ids[row], node.name, replicas, vcpu, memory, cards, used, max(least, 1), most)


def _instance_of(reading: Reading, row: int) -> Instance | None:
    bought = reading.evaluation.money.bought
    site = int(np.searchsorted(reading.nodes.row_node, row))
    return bought.offers[bought.offer[site]].instance if bought.offer[site] >= 0 else None


def _plan(reading: Reading, boundary: Id, name: str, drawn: bool, pods: list[Pod]) -> ClusterPlan:
    rows = reading.nodes.row_of
    place = reading.main_places[rows[pods[0].node]]
    pools: list[Pool] = []
    refused: list[str] = []
    for accelerator in dict.fromkeys(pod.accelerator for pod in pods):
        mine = [pod for pod in pods if pod.accelerator == accelerator]
        if accelerator:
            known = [_instance_of(reading, rows[pod.node]) for pod in mine]
            pool = _card_pool(reading, place, accelerator, mine, [one for one in known if one is not None])
        else:
            pool = _cpu_pool(reading, place, mine)
        if isinstance(pool, str):
            refused.append(pool)
        else:
            pools.append(pool)
    return ClusterPlan(boundary, name, drawn, tuple(pods), tuple(pools), tuple(refused))


def _spare(pods: list[Pod]) -> int:
    """Return the nodes a pool has at least: two where a service runs twice, so that one machine may fail."""
    return 2 if any(pod.least > 1 for pod in pods) else 1


def _needs(pods: list[Pod], count: Callable[[Pod], int] = lambda pod: pod.replicas) -> np.ndarray:
    """Return (pods, 3) accelerators, vCPU and GiB of every replica, at most MOST_PODS."""
    rows = [(float(pod.accelerators), pod.vcpu, pod.memory_gib) for pod in pods for _ in range(count(pod))]
    return np.array(rows[:MOST_PODS], dtype=float).reshape(-1, 3)


def _allocatable(vcpu: float, memory: float, cards: float = 0.0) -> np.ndarray:
    return np.array([cards, vcpu - RESERVED_VCPU, memory * (1.0 - RESERVED_MEMORY)])


def _cpu_pool(reading: Reading, place: tuple[str, str], pods: list[Pod]) -> Pool | str:
    """Return the cheapest pool over the shapes of machines; a sentence where no machine is large enough or priced."""
    needs = _needs(pods)
    best: Pool | None = None
    for vcpu in SHAPES:
        offer = reading.evaluation.catalog.cheapest_fit(*place, vcpu, vcpu * MEMORY_PER_VCPU) if place[1] else None
        if offer is None:
            continue
        instance, price = offer
        room = _allocatable(instance.vcpu, instance.memory_gib)
        if (needs > room + 1e-9).any():
            continue
        pool = _pool("general", instance.type, pods, room, price.value)
        if best is None or pool.usd < best.usd:
            best = pool
    largest = max(pods, key=lambda pod: pod.vcpu)
    return best or Text(
        "No priced machine in {place} holds “{name}” ({vcpu:g} vCPU).",
        place="/".join(place),
        name=largest.name,
        vcpu=largest.vcpu,
    )


def _card_pool(
    reading: Reading, place: tuple[str, str], accelerator: str, pods: list[Pod], instances: list[Instance]
) -> Pool | str:
    needs = _needs(pods)
    if not instances:
        return Text(
            "No machine with {accelerator} is known in {place}; “{name}” is not packed.",
            accelerator=accelerator,
            place="/".join(place),
            name=pods[0].name,
        )
    instance = max(instances, key=lambda one: one.accelerator_count)
    room = _allocatable(instance.vcpu, instance.memory_gib, float(instance.accelerator_count))
    if (needs > room + 1e-9).any():
        worst = max(pods, key=lambda pod: (pod.accelerators, pod.memory_gib))
        return Text(
            "“{name}” does not fit a machine of {type}; lower its memory or choose a larger one.",
            name=worst.name,
            type=instance.type,
        )
    price = reading.evaluation.catalog.instance_price(*place, instance.type, "on_demand")
    return _pool(accelerator, instance.type, pods, room, float("nan") if price is None else price.value)


def _pool(name: str, instance: str, pods: list[Pod], room: np.ndarray, usd_hour: float) -> Pool:
    needs = _needs(pods)
    hosts, bound, left = _packed(needs.tobytes(), room.tobytes())
    spare = _spare(pods)
    hosts = max(hosts, spare)
    fewest = max(_packed(_needs(pods, lambda pod: pod.least).tobytes(), room.tobytes())[0], spare)
    updated = max(pods, key=lambda pod: (surge(pod.most) * pod.vcpu, pod.node))
    fullest = _needs(pods, lambda pod: pod.most + (surge(pod.most) if pod is updated else 0))
    total = room * hosts
    with np.errstate(divide="ignore", invalid="ignore"):
        used = filled(needs.sum(axis=0) / total)
    return Pool(
        name,
        instance,
        hosts,
        bound,
        fewest,
        max(_packed(fullest.tobytes(), room.tobytes())[0], hosts),
        len(needs),
        round(float(total[0])),
        usd_hour * hosts * HOURS_PER_MONTH,
        (float(used[1]), float(used[2])),
        left,
    )


@lru_cache(maxsize=256)
def _packed(needs: bytes, room: bytes) -> tuple[int, int, float]:
    """Return nodes, their proven lower bound and stranded accelerators of a packing; an edit rarely changes one."""
    pods, host = np.frombuffer(needs).reshape(-1, 3), np.frombuffer(room)
    packing = pack(pods, host)
    if packing.hosts > packing.lower_bound + 1:
        packing = pack_by_patterns(pods, host, PATTERN_SECONDS)
    return packing.hosts, packing.lower_bound, stranded(packing, pods)


def surge(replicas: int) -> int:
    """Return the replicas that a rolling update starts besides: a quarter, at least one (Kubernetes' default)."""
    return max(int(np.ceil(replicas * SURGE)), 1)


def disruption(replicas: int) -> int:
    """Return how many replicas a drain may take at once: a quarter, at least one, none of a single one."""
    return 0 if replicas <= 1 else max(replicas // 4, 1)
