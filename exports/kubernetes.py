"""Kubernetes manifests of a cluster's plan: deployment, service, autoscaler and disruption budget of every service.

What the drawing does not know stands as a word in capitals to be replaced (image, port), never as a guess.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from exports.autoscalers import autoscaler
from models.design.kinds import value_of
from models.evaluation import Evaluation
from models.frameworks.architecture_patterns.kubernetes import ClusterPlan, Pod, disruption, plans, surge
from models.frameworks.architecture_patterns.reading import Reading
from models.frameworks.architecture_patterns.vertical import vertical

Manifest = dict[str, Any]
LONGEST_NAME = 63
VERTICAL = "autoscaling.k8s.io/v1"
PORT = 8080
HEADER = (
    "# Written by Groundplan from the plan of {name}. Replace IMAGE_OF_… by the image of each service and check the\n"
    "# port. Requests are what the drawing states; limits stop memory at the request, processors are left open.\n"
    "# VerticalPodAutoscaler needs its own resource definition (kubernetes/autoscaler); metrics of the kind Pods need\n"
    "# an adapter that serves them. ScaledObject needs KEDA (keda.sh); its hours are those of the drawn profile: set\n"
    "# the time zone in which it is meant, and PROMETHEUS_ADDRESS where it stands.\n"
)


def manifests(evaluation: Evaluation) -> dict[str, str]:
    """Return the manifests as YAML by file name, one file a cluster; empty where nothing of ours runs in a region."""
    reading = Reading(evaluation)
    found: dict[str, str] = {}
    for plan in plans(reading):
        name = dns_name(plan.name)
        while f"{name}.yaml" in found:
            name = f"{name[: LONGEST_NAME - 2]}-x"
        found[f"{name}.yaml"] = HEADER.format(name=plan.name) + _pools(plan) + _yaml(cluster_manifests(reading, plan))
    return found


def _pools(plan: ClusterPlan) -> str:
    """Return the node pools as comments: every provider has its own words for them."""
    lines = [
        f"# Node pool {pool.name}: {pool.hosts} × {pool.instance}, cluster autoscaler {pool.fewest} to {pool.most}."
        for pool in plan.pools
    ]
    return "\n".join(lines) + "\n" if lines else ""


def cluster_manifests(reading: Reading, plan: ClusterPlan) -> list[Manifest]:
    """Return namespace and the manifests of every service, in the order in which they can be applied."""
    namespace = dns_name(plan.name)
    found: list[Manifest] = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}]
    used: set[str] = set()
    for pod in plan.pods:
        name = _unique(dns_name(pod.name), used)
        found += list(_service_manifests(reading, pod, name, namespace))
    return found


def _service_manifests(reading: Reading, pod: Pod, name: str, namespace: str) -> Iterator[Manifest]:
    meta = {"name": name, "namespace": namespace, "labels": _labels(reading, pod, name)}
    selector = {"app.kubernetes.io/name": name}
    yield _deployment(reading, pod, meta, selector)
    port = {"name": "http", "port": 80, "targetPort": "http"}
    yield {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {"selector": selector, "ports": [port]}}
    if value_of(reading.node(reading.nodes.row_of[pod.node]), "autoscaled"):
        yield autoscaler(reading, pod, meta)
    found = vertical(reading, pod)
    if found is not None:
        yield _vertical_autoscaler(found.mode, meta)
    if disruption(pod.replicas):
        spec = {"maxUnavailable": disruption(pod.replicas), "selector": {"matchLabels": selector}}
        yield {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": meta, "spec": spec}


def _labels(reading: Reading, pod: Pod, name: str) -> dict[str, str]:
    node = reading.node(reading.nodes.row_of[pod.node])
    labels = {"app.kubernetes.io/name": name, "app.kubernetes.io/managed-by": "groundplan"}
    for key, value in sorted(node.tags.items()):
        label = re.sub(r"[^A-Za-z0-9_.-]+", "-", str(value)).strip("-_.")[:LONGEST_NAME]
        if label and re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?", key):
            labels[key] = label
    return labels


def _deployment(reading: Reading, pod: Pod, meta: Manifest, selector: dict[str, str]) -> Manifest:
    row = reading.nodes.row_of[pod.node]
    ready = int(reading.value(row, "ready_s") or 30)
    requests: dict[str, str] = {"cpu": f"{round(pod.vcpu * 1000)}m", "memory": _memory(pod.memory_gib)}
    limits: dict[str, str] = {"memory": _memory(pod.memory_gib)}
    if pod.accelerators:
        requests["nvidia.com/gpu"] = limits["nvidia.com/gpu"] = str(pod.accelerators)
    probe = {"httpGet": {"path": "/", "port": "http"}}
    container = {
        "name": meta["name"],
        "image": f"IMAGE_OF_{meta['name'].upper().replace('-', '_')}",
        "ports": [{"name": "http", "containerPort": PORT}],
        "resources": {"requests": requests, "limits": limits},
        "startupProbe": {**probe, "periodSeconds": 10, "failureThreshold": max(ready * 2 // 10, 3)},
        "readinessProbe": {**probe, "periodSeconds": 5},
    }
    spread = {
        "maxSkew": 1,
        "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": selector},
    }
    spec: Manifest = {"topologySpreadConstraints": [spread], "containers": [container]}
    if pod.accelerators:
        spec["tolerations"] = [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge(pod.replicas), "maxUnavailable": 0}}
    template = {"metadata": {"labels": meta["labels"]}, "spec": spec}
    own = {"replicas": pod.replicas, "selector": {"matchLabels": selector}, "strategy": strategy, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": own}


def _vertical_autoscaler(mode: str, meta: Manifest) -> Manifest:
    spec: Manifest = {
        "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": meta["name"]},
        "updatePolicy": {"updateMode": mode},
        "resourcePolicy": {"containerPolicies": [{"containerName": "*", "controlledResources": ["cpu"]}]},
    }
    return {"apiVersion": VERTICAL, "kind": "VerticalPodAutoscaler", "metadata": meta, "spec": spec}


def _memory(gib: float) -> str:
    return f"{max(round(gib * 1024), 1)}Mi"


def dns_name(text: str) -> str:
    """Return a name that Kubernetes takes: lower case letters, digits and hyphens, beginning with a letter."""
    name = re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")[:LONGEST_NAME].strip("-")
    return name if name and name[0].isalpha() else f"s-{name}".strip("-")[:LONGEST_NAME]


def _unique(name: str, used: set[str]) -> str:
    number, found = 1, name
    while found in used:
        number += 1
        found = f"{name[: LONGEST_NAME - 4]}-{number}"
    used.add(found)
    return found


def _yaml(documents: list[Manifest]) -> str:
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.representer.ignore_aliases = lambda data: True
    yaml.indent(mapping=2, sequence=4, offset=2)
    text = io.StringIO()
    yaml.dump_all(documents, text)
    return text.getvalue()
