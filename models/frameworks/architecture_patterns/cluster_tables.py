"""The tables of a cluster's plan: node pools, services, requests, updates and shared cards."""

from __future__ import annotations

import numpy as np

from models.analyses.card_sharing import Shared
from models.design.kinds import value_of
from models.formatting import format_value
from models.frameworks.architecture_patterns.kubernetes import ClusterPlan, Pod, disruption, plans
from models.frameworks.architecture_patterns.reading import Reading
from models.frameworks.architecture_patterns.rollouts import chosen_rollout, rollouts
from models.frameworks.architecture_patterns.sharing import shareable
from models.frameworks.architecture_patterns.vertical import vertical
from models.report import Block, Cell, Column, Message, Sentence, Table
from models.words import Number, Text, counted, joined

MOST_PLANS = 4
MOST_ROWS = 100
NODES_LEAVE = Text(
    "Between the least and the most nodes the cluster autoscaler decides: a replica without room "
    "starts a machine at the next look (10 s), a machine used below 50 % for 10 minutes goes (defaults "
    "of Kubernetes' cluster autoscaler)."
)


def blocks(reading: Reading) -> list[Block]:
    """Return the tables of all cluster plans; nothing where there is nothing of ours to run."""
    found: list[Block] = []
    for plan in plans(reading)[:MOST_PLANS]:
        lead = Text("Cluster") if plan.drawn else Text("If one cluster ran what is ours in")
        if plan.pools:
            found.append(_pool_table(plan, joined((lead, plan.name), " ")))
            if any(pool.fewest != pool.most for pool in plan.pools):
                found.append(Sentence(Message.of(NODES_LEAVE), "muted"))
        found += [Sentence(Message("{text}", {"text": text}), "warning") for text in plan.refused]
        if len(plan.pods) > MOST_ROWS:
            words = {"shown": MOST_ROWS, "all": len(plan.pods), "name": plan.name}
            found.append(Sentence(Message("{name}: the first {shown} of {all} services are listed.", words), "muted"))
            plan = plan._replace(pods=plan.pods[:MOST_ROWS])
        found.append(_pod_table(reading, plan))
        found.append(_update_table(reading, plan))
        found += _request_table(reading, plan) + _sharing_table(reading, plan)
    return found


def _columns(*titles: tuple[str, str]) -> tuple[Column, ...]:
    return tuple(Column(Message(title), unit) for title, unit in titles)


def _pool_table(plan: ClusterPlan, title: str) -> Table:
    columns = _columns(
        (Text("Node pool"), ""),
        (Text("Machine"), ""),
        (Text("Pods"), "count"),
        (Text("Nodes"), "count"),
        (Text("Lower bound"), "count"),
        (Text("Autoscaler"), ""),
        (Text("CPU requested"), "fraction"),
        (Text("Memory requested"), "fraction"),
        (Text("Stranded cards"), "count"),
        (Text("Per month"), "USD/month"),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            pool.name,
            pool.instance,
            float(pool.pods),
            float(pool.hosts),
            float(pool.lower_bound),
            Text("{fewest}–{most} nodes", fewest=pool.fewest, most=pool.most)
            if pool.fewest != pool.most
            else counted("{count} node", "{count} nodes", pool.hosts),
            *pool.used,
            pool.stranded if pool.cards else "–",
            None if np.isnan(pool.usd) else pool.usd,
        )
        for pool in plan.pools
    ]
    return Table(Message("{title}: node pools by bin packing", {"title": title}), columns, tuple(rows))


def _pod_table(reading: Reading, plan: ClusterPlan) -> Table:
    columns = _columns(
        (Text("Service"), ""),
        (Text("Request of a replica"), ""),
        (Text("Replicas"), ""),
        (Text("Scales on"), ""),
        (Text("May be missing"), "count"),
    )
    rows: list[tuple[Cell, ...]] = []
    for pod in plan.pods:
        row = reading.nodes.row_of[pod.node]
        cards = (f"{pod.accelerators} × {pod.accelerator}",) if pod.accelerators else ()
        request = joined((Number(f"{pod.vcpu:.3g} vCPU"), format_value(pod.memory_gib, "GiB"), *cards))
        scaled = bool(value_of(reading.node(row), "autoscaled"))
        most = f"{pod.least}–{pod.most}" if scaled else f"{pod.replicas}"
        rows.append((pod.name, request, most, _scales_on(reading, pod, scaled), float(disruption(pod.replicas))))
    title = Message("{name}: requests and scaling", {"name": plan.name})
    return Table(title, columns, tuple(rows), tuple(pod.node for pod in plan.pods))


WAYS = {"rolling": Text("rolling"), "canary": Text("canary"), "blue-green": Text("blue-green")}
METRICS = {
    "cpu": Text("processor"),
    "in_flight": Text("requests in flight"),
    "queue_length": Text("queue length"),
    "tokens": Text("tokens"),
}
"""What the horizontal autoscaler watches; all but the processor are metrics of the service's own."""


def _scales_on(reading: Reading, pod: Pod, scaled: bool) -> str:
    if not scaled:
        return Text("fixed")
    row = reading.nodes.row_of[pod.node]
    target = reading.text(float(reading.value(row, "target_utilization") or 0.6), "fraction")
    metric = str(reading.value(row, "scaling_metric") or "cpu")
    return joined((METRICS.get(metric, metric), target))


def _update_table(reading: Reading, plan: ClusterPlan) -> Table:
    columns = _columns(
        (Text("Service"), ""),
        (Text("Update"), ""),
        (Text("Rolling: besides"), "count"),
        (Text("takes"), "s"),
        (Text("Canary: besides"), "count"),
        (Text("takes"), "s"),
        (Text("Blue-green: besides"), "count"),
        (Text("takes"), "s"),
    )
    rows: list[tuple[Cell, ...]] = []
    for pod in plan.pods:
        cells: list[Cell] = []
        for way in rollouts(reading, pod):
            cells += [float(way.surge), way.seconds if np.isfinite(way.seconds) else Text("no traffic")]
        rows.append((pod.name, WAYS[chosen_rollout(reading, pod).way], *cells))
    title = Message("{name}: updates, replicas needed besides and time", {"name": plan.name})
    return Table(title, columns, tuple(rows), tuple(pod.node for pod in plan.pods))


def _request_table(reading: Reading, plan: ClusterPlan) -> list[Block]:
    columns = _columns(
        (Text("Service"), ""),
        (Text("Request"), "vCPU"),
        (Text("Busy at peak"), "vCPU"),
        (Text("Recommended"), "vCPU"),
        (Text("Vertical autoscaler"), ""),
        (Text("Restarts a year"), "count"),
        (Text("A round takes"), "s"),
    )
    rows: list[tuple[Cell, ...]] = []
    nodes = []
    for pod in plan.pods:
        found = vertical(reading, pod)
        if found is None:
            continue
        mode = Text("recommends only: {why_off}", why_off=found.why_off) if found.why_off else Text("may act")
        restarts: Cell = float(found.restarts) if not found.why_off else "–"
        rows.append((pod.name, pod.vcpu, found.busy, found.target, mode, restarts, found.seconds))
        nodes.append(pod.node)
    if not rows:
        return []
    title = Message("{name}: processors requested against the modelled need", {"name": plan.name})
    return [Table(title, columns, tuple(rows), tuple(nodes))]


def _sharing_table(reading: Reading, plan: ClusterPlan) -> list[Block]:
    found = shareable(reading, plan)
    if not found:
        return []
    columns = _columns(
        (Text("Service"), ""),
        (Text("Cards"), "count"),
        (Text("Used at peak"), "fraction"),
        (Text("Time slices"), ""),
        (Text("Partitions (MIG)"), ""),
        (Text("Saves up to"), "USD/month"),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            one.pod.name,
            float(one.pod.replicas),
            one.utilization,
            _way(one.sliced),
            _way(one.parts),
            None if np.isnan(one.saves) else one.saves,
        )
        for one in found
    ]
    title = Message("{name}: cards that replicas could share", {"name": plan.name})
    return [Table(title, columns, tuple(rows), tuple(one.pod.node for one in found))]


def _way(way: Shared | None) -> str:
    if way is None:
        return "–"
    kind = "" if way.name == "time slices" else Text(" of {name}", name=way.name)
    memory = "" if np.isnan(way.memory_gb) else Text(", {memory:.3g} GB each", memory=way.memory_gb)
    return Text(
        "{per_card} a card{kind} on {cards}{memory}, own time × {slower:.3g}",
        per_card=way.per_card,
        kind=kind,
        cards=way.cards,
        memory=memory,
        slower=way.slower,
    )
