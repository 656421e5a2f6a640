"""The plan of a cluster: what each service asks for, node pools by vector bin packing, how updates and scaling run.

A pool holds the services with the same accelerator. Requests are what the drawing states per replica; a node gives what
its system leaves (reserved as the managed offerings do: 0.1 vCPU and 10 % of memory). Where no cluster is drawn, the
services of a region are planned as if they ran in one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from models.analyses.packing import pack, stranded
from models.catalog.records import Instance
from models.design.elements import Id
from models.design.kinds import kinds, value_of
from models.formatting import format_value
from models.frameworks.architecture_patterns.reading import Reading
from models.report import Block, Cell, Column, Message, Sentence, Table

RESERVED_VCPU = 0.1
RESERVED_MEMORY = 0.10
SHAPES = (2.0, 4.0, 8.0, 16.0, 32.0)
MEMORY_PER_VCPU = 4.0
MOST_PODS = 400
LEFT_OUT = ("batch", "training", "none", "external")
EASY_TO_CANARY = 2
HOURS_PER_MONTH = 730.0


class Pod(NamedTuple):
    """A service in a cluster: requests of one replica and how many run."""

    node: Id
    name: str
    replicas: int
    vcpu: float
    memory_gib: float
    accelerators: int
    accelerator: str


class Pool(NamedTuple):
    """Equal nodes and what is packed on them.

    Attributes:
        hosts, lower_bound: nodes, and how many any packing needs at least.
        usd: per month, NaN where not priced; used: share of vCPU and memory requested; stranded: unusable accelerators.
    """

    name: str
    instance: str
    hosts: int
    lower_bound: int
    pods: int
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
    return Pod(reading.nodes.ids[row], node.name, replicas, vcpu, memory, cards, accelerator if cards else "")


def _instance_of(reading: Reading, row: int) -> Instance | None:
    bought = reading.evaluation.money.bought
    site = int(np.flatnonzero(reading.nodes.row_node == row)[0])
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


def _least(pods: list[Pod]) -> int:
    """Return the nodes a pool has at least: two where a service runs twice, so that one machine may fail."""
    return 2 if any(pod.replicas > 1 for pod in pods) else 1


def _needs(pods: list[Pod]) -> np.ndarray:
    """Return (pods, 3) accelerators, vCPU and GiB of every replica, at most MOST_PODS."""
    rows = [(float(pod.accelerators), pod.vcpu, pod.memory_gib) for pod in pods for _ in range(pod.replicas)]
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
        pool = _pool("general", instance.type, needs, room, price.value, _least(pods))
        if best is None or pool.usd < best.usd:
            best = pool
    largest = max(pods, key=lambda pod: pod.vcpu)
    return best or f"No priced machine in {'/'.join(place)} holds “{largest.name}” ({largest.vcpu:g} vCPU)."


def _card_pool(
    reading: Reading, place: tuple[str, str], accelerator: str, pods: list[Pod], instances: list[Instance]
) -> Pool | str:
    needs = _needs(pods)
    if not instances:
        return f"No machine with {accelerator} is known in {'/'.join(place)}; “{pods[0].name}” is not packed."
    instance = max(instances, key=lambda one: one.accelerator_count)
    room = _allocatable(instance.vcpu, instance.memory_gib, float(instance.accelerator_count))
    if (needs > room + 1e-9).any():
        worst = max(pods, key=lambda pod: (pod.accelerators, pod.memory_gib))
        return f"“{worst.name}” does not fit a machine of {instance.type}; lower its memory or choose a larger one."
    price = reading.evaluation.catalog.instance_price(*place, instance.type, "on_demand")
    return _pool(accelerator, instance.type, needs, room, float("nan") if price is None else price.value, _least(pods))


def _pool(name: str, instance: str, needs: np.ndarray, room: np.ndarray, usd_hour: float, least: int) -> Pool:
    hosts, bound, left = _packed(needs.tobytes(), room.tobytes())
    hosts = max(hosts, least)
    total = room * hosts
    with np.errstate(divide="ignore", invalid="ignore"):
        used = np.nan_to_num(needs.sum(axis=0) / total)
    return Pool(
        name,
        instance,
        hosts,
        bound,
        len(needs),
        usd_hour * hosts * HOURS_PER_MONTH,
        (float(used[1]), float(used[2])),
        left,
    )


@lru_cache(maxsize=256)
def _packed(needs: bytes, room: bytes) -> tuple[int, int, float]:
    """Return nodes, their proven lower bound and stranded accelerators of a packing; an edit rarely changes one."""
    pods, host = np.frombuffer(needs).reshape(-1, 3), np.frombuffer(room)
    packing = pack(pods, host)
    return packing.hosts, packing.lower_bound, stranded(packing, pods)


def rollout(reading: Reading, pod: Pod) -> tuple[str, int, float]:
    """Return how a service is updated, the surge replicas it needs, and seconds until all replicas are new.

    Canary where users wait for a model, blue-green where one replica runs, else rolling by a quarter (Kubernetes'
    default surge of 25 %, at least one). Duration: waves × time until a replica is ready.
    """
    row = reading.nodes.row_of[pod.node]
    ready = float(reading.value(row, "ready_s") or 30.0)
    surge = max(int(np.ceil(pod.replicas * 0.25)), 1)
    if pod.replicas == 1:
        return "blue-green", 1, ready
    waves = int(np.ceil(pod.replicas / surge))
    model = reading.node(row).kind in ("model_serving", "model_serving_gpu", "llm_serving", "reranker", "embedding")
    return ("canary, then rolling" if model and pod.replicas > EASY_TO_CANARY else "rolling"), surge, waves * ready


def blocks(reading: Reading) -> list[Block]:
    """Return the tables of all cluster plans; nothing where there is nothing of ours to run."""
    found: list[Block] = []
    for plan in plans(reading)[:4]:
        lead = "Cluster" if plan.drawn else "If one cluster ran what is ours in"
        if plan.pools:
            found.append(_pool_table(plan, f"{lead} {plan.name}"))
        found += [Sentence(Message("{text}", {"text": text}), "warning") for text in plan.refused]
        found.append(_pod_table(reading, plan))
    return found


def _pool_table(plan: ClusterPlan, title: str) -> Table:
    columns = (
        Column(Message("Node pool")),
        Column(Message("Machine")),
        Column(Message("Pods"), "count"),
        Column(Message("Nodes"), "count"),
        Column(Message("At least"), "count"),
        Column(Message("CPU requested"), "fraction"),
        Column(Message("Memory requested"), "fraction"),
        Column(Message("Stranded cards"), "count"),
        Column(Message("Per month"), "USD/month"),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            pool.name,
            pool.instance,
            float(pool.pods),
            float(pool.hosts),
            float(pool.lower_bound),
            *pool.used,
            pool.stranded if pool.name != "general" else "–",
            None if np.isnan(pool.usd) else pool.usd,
        )
        for pool in plan.pools
    )
    return Table(Message("{title}: node pools by bin packing", {"title": title}), columns, rows)


def _pod_table(reading: Reading, plan: ClusterPlan) -> Table:
    columns = (
        Column(Message("Service")),
        Column(Message("Request of a replica")),
        Column(Message("Replicas")),
        Column(Message("Scales on")),
        Column(Message("Update")),
        Column(Message("Surge"), "count"),
        Column(Message("Takes"), "s"),
        Column(Message("May be missing"), "count"),
    )
    rows: list[tuple[Cell, ...]] = []
    for pod in plan.pods:
        row = reading.nodes.row_of[pod.node]
        way, surge, seconds = rollout(reading, pod)
        cards = f", {pod.accelerators} × {pod.accelerator}" if pod.accelerators else ""
        request = f"{pod.vcpu:.3g} vCPU, {format_value(pod.memory_gib, 'GiB')}{cards}"
        scaled = bool(value_of(reading.node(row), "autoscaled"))
        metric = str(reading.value(row, "scaling_metric") or "cpu").replace("_", " ") if scaled else "fixed"
        most = f"{pod.replicas}–{reading.value(row, 'max_replicas'):g}" if scaled else f"{pod.replicas}"
        rows.append((pod.name, request, most, metric, way, float(surge), seconds, float(disruption(pod.replicas))))
    title = Message("{name}: requests, scaling and updates", {"name": plan.name})
    return Table(title, columns, tuple(rows), tuple(pod.node for pod in plan.pods))


def disruption(replicas: int) -> int:
    """Return how many replicas a drain may take at once: a quarter, at least one, none of a single one."""
    return 0 if replicas <= 1 else max(replicas // 4, 1)
