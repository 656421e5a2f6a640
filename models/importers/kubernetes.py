"""Kubernetes manifests: which resource says what, and how they refer to each other inside the input."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from models.importers import kserve, pods, ray, routes
from models.importers.cluster import SILENT, Cluster
from models.importers.notes import ImportProblem
from models.importers.quantities import count, gib
from models.importers.workloads import System, Workload
from models.importers.yaml_reader import Map, Mark
from models.words import Text

MOST_RESOURCES = 10_000
Reader = Callable[[Cluster, Map], None]


def read_kubernetes(files: Sequence[tuple[str, list[Any]]]) -> System:
    """Return the system that the manifests of all files describe together.

    Args:
        files: name and YAML documents of each file.

    Raises:
        ImportProblem: there are more than 10,000 resources.
    """
    cluster = Cluster(System(cluster="Kubernetes cluster"))
    for name, documents in files:
        for document in documents:
            _collect(cluster, document, name)
    if len(cluster.resources) > MOST_RESOURCES:
        raise ImportProblem(
            Text(
                "{count} resources were found; up to {most_resources} can be read together.",
                count=len(cluster.resources),
                most_resources=MOST_RESOURCES,
            )
        )
    for reader_of_kind in (pods.READERS, kserve.READERS, ray.READERS):
        _read_all(cluster, reader_of_kind)
    for name, _ in files[:1]:
        cluster.system.title = name.rpartition("/")[2].rpartition(".")[0]
    _bind_services(cluster)
    _apply_claims(cluster)
    _apply_autoscalers(cluster)
    _read_all(cluster, routes.READERS)
    _tell_unread(cluster)
    return cluster.system


def _collect(cluster: Cluster, document: Any, name: str) -> None:
    if not isinstance(document, Map) or not document.text("kind"):
        mark = getattr(document, "mark", (name, 0))
        cluster.system.say(
            "warning", mark, Text("A document is no Kubernetes resource (it has no kind); it is left out.")
        )
        return
    if document.text("kind") == "List" or (document.text("kind").endswith("List") and "items" in document):
        for item in document.seq("items").maps():
            _collect(cluster, item, name)
        return
    cluster.add(document)


def _read_all(cluster: Cluster, readers: dict[str, Reader]) -> None:
    for kind, reader in readers.items():
        for resource in cluster.of_kind(kind):
            cluster.read.add(id(resource))
            reader(cluster, resource)


def _bind_services(cluster: Cluster) -> None:
    """Give the workloads behind a Service its name, and open those behind a load balancer or a node port."""
    for service in cluster.of_kind("Service"):
        cluster.read.add(id(service))
        spec, namespace, name = service.map("spec"), cluster.namespace(service), cluster.name(service)
        selector = {key: str(value) for key, value in spec.map("selector").items()}
        behind = [each for each in cluster.system.workloads if selector and _selects(selector, namespace, each)]
        for workload in behind:
            workload.aliases += [
                name,
                f"{name}.{namespace}",
                f"{name}.{namespace}.svc",
                f"{name}.{namespace}.svc.cluster.local",
            ]
            workload.published |= spec.text("type") in ("LoadBalancer", "NodePort")
        if spec.text("externalName"):
            what = Text(
                "The service “{name}” stands for {host} outside the cluster.",
                name=name,
                host=spec.text("externalName"),
            )
            cluster.system.say("info", spec.at("externalName"), what)
        elif selector and not behind:
            what = Text("No workload of the input answers to the service “{name}”.", name=name)
            cluster.system.say("warning", service.mark, what)


def _selects(selector: dict[str, str], namespace: str, workload: Workload) -> bool:
    inside = workload.namespace == namespace
    return inside and all(workload.labels.get(key) == value for key, value in selector.items())


def _apply_claims(cluster: Cluster) -> None:
    for workload in cluster.system.workloads:
        for claim, mark in cluster.claims.get(workload.key, []):
            found = cluster.find("PersistentVolumeClaim", claim, workload.namespace)
            if found is None:
                cluster.system.say(
                    "info",
                    mark,
                    Text("The volume claim “{claim}” is not part of the input; its size is not known.", claim=claim),
                )
                continue
            cluster.read.add(id(found))
            size = gib(found.map("spec").map("resources").map("requests").text("storage"))
            workload.storage_gib = (workload.storage_gib or 0.0) + (size or 0.0) or None
    cluster.read |= {id(resource) for resource in cluster.of_kind("PersistentVolumeClaim")}


def _apply_autoscalers(cluster: Cluster) -> None:
    for kind in ("HorizontalPodAutoscaler", "ScaledObject"):
        for scaler in cluster.of_kind(kind):
            cluster.read.add(id(scaler))
            spec = scaler.map("spec")
            target = spec.map("scaleTargetRef").text("name")
            workload = cluster.workload(target, cluster.namespace(scaler))
            if workload is None:
                what = Text(
                    "The autoscaler “{name}” scales “{target}”, which is not part of the input.",
                    name=cluster.name(scaler),
                    target=target,
                )
                cluster.system.say("warning", scaler.mark, what)
                continue
            low = count(spec.text("minReplicas") or spec.text("minReplicaCount"))
            high = count(spec.text("maxReplicas") or spec.text("maxReplicaCount"))
            workload.min_replicas = 1 if low is None else low
            workload.max_replicas = high if high is not None else max(workload.replicas, workload.min_replicas)
            workload.replicas = max(workload.replicas, workload.min_replicas)
            share = _processor_target(spec)
            workload.target_utilization = share if share else workload.target_utilization


def _processor_target(spec: Map) -> float | None:
    percent = spec.text("targetCPUUtilizationPercentage")
    for metric in spec.seq("metrics").maps():
        resource = metric.map("resource")
        if resource.text("name") == "cpu":
            percent = (
                resource.map("target").text("averageUtilization")
                or resource.text("targetAverageUtilization")
                or percent
            )
    value = count(percent)
    return value / 100 if value and value <= 100 else None


def _tell_unread(cluster: Cluster) -> None:
    """List what was not used, one note for each kind of resource."""
    left: dict[str, list[tuple[str, Mark]]] = {}
    for resource in cluster.resources:
        kind = resource.text("kind")
        if id(resource) not in cluster.read and kind not in SILENT:
            left.setdefault(kind, []).append((cluster.name(resource), resource.mark))
    for kind, entries in left.items():
        names = ", ".join(name for name, _ in entries[:5])
        if len(entries) > 5:
            names = Text("{names} and {count} more", names=names, count=len(entries) - 5)
        cluster.system.say("info", entries[0][1], Text("{kind} is not drawn: {names}.", kind=kind, names=names))
