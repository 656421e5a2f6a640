"""Pods and their controllers: containers, variables, resources, volumes, schedules."""

from __future__ import annotations

import re
from collections.abc import Callable

from models.importers.cluster import Cluster
from models.importers.compose_service import argument_pairs
from models.importers.quantities import count, cpus, gib, runs_per_day
from models.importers.recognition import is_sidecar
from models.importers.serving import INSTANCE_SELECTORS, accelerator_of
from models.importers.workloads import Setting, Workload, word_set, words
from models.importers.yaml_reader import Map, Mark
from models.words import Text

ACCELERATOR_RESOURCES = (
    "nvidia.com/gpu",
    "amd.com/gpu",
    "google.com/tpu",
    "habana.ai/gaudi",
    "aws.amazon.com/neuron",
    "aws.amazon.com/neuroncore",
    "gpu.intel.com/i915",
    "gpu.intel.com/xe",
)
_TRAINING = word_set("train training trainer finetune finetuning tune fine pretrain")
_LONGEST_EXPANDED = 4096
_REFERENCE = re.compile(r"\$\(([A-Za-z_]\w{0,200})\)")


def _controller(cluster: Cluster, resource: Map) -> None:
    workload = cluster.new_workload(resource)
    spec = resource.map("spec")
    replicas = count(spec.text("replicas"))
    workload.replicas = 1 if replicas is None else replicas
    template = spec.map("template")
    labels = template.map("metadata").map("labels") or resource.map("metadata").map("labels")
    workload.labels = {key: str(value) for key, value in labels.items()}
    read_pod(cluster, workload, template.map("spec"))
    for claim in spec.seq("volumeClaimTemplates").maps():
        size = gib(claim.map("spec").map("resources").map("requests").text("storage"))
        workload.storage_gib = (workload.storage_gib or 0.0) + (size or 0.0) or None
    if resource.text("kind") == "DaemonSet":
        what = Text("“{name}” runs once on every machine; one replica is drawn.", name=workload.name)
        cluster.system.say("info", resource.mark, what)


def _pod(cluster: Cluster, resource: Map) -> None:
    workload = cluster.new_workload(resource)
    workload.labels = {key: str(value) for key, value in resource.map("metadata").map("labels").items()}
    read_pod(cluster, workload, resource.map("spec"))


def _job(cluster: Cluster, resource: Map) -> None:
    workload = cluster.new_workload(resource)
    _read_job(cluster, workload, resource.map("spec"))


def _cron_job(cluster: Cluster, resource: Map) -> None:
    workload = cluster.new_workload(resource)
    spec = resource.map("spec")
    _read_job(cluster, workload, spec.map("jobTemplate").map("spec"))
    schedule = spec.text("schedule")
    rate = runs_per_day(schedule)
    if rate is None:
        what = Text(
            "The schedule {schedule} of “{name}” cannot be read; the default stands.",
            schedule=repr(schedule),
            name=workload.name,
        )
        cluster.system.say("warning", spec.at("schedule"), what)
    else:
        workload.params["runs_per_day"] = rate


def _read_job(cluster: Cluster, workload: Workload, spec: Map) -> None:
    read_pod(cluster, workload, spec.map("template").map("spec"))
    text = {*workload.words(), *words(" ".join(workload.command)[:2000])}
    trains = bool(text & _TRAINING) and bool(workload.accelerators)
    workload.kind = workload.kind or ("model_training" if trains else "batch_job")
    parallel = count(spec.text("parallelism"))
    if parallel and workload.kind == "batch_job":
        workload.params["workers"] = parallel


def read_pod(cluster: Cluster, workload: Workload, pod: Map) -> None:
    """Read a pod's specification into a workload: the main container counts, all of them give evidence."""
    containers = list(pod.seq("containers").maps())
    main = next((each for each in containers if not is_sidecar(each.text("image"))), None)
    if main is None:
        cluster.system.say(
            "warning", workload.mark, Text("“{name}” has no container; its image is not known.", name=workload.name)
        )
    else:
        workload.image = main.text("image")
        workload.command = [str(part) for key in ("command", "args") for part in main.seq(key) if part is not None]
    for container in [*containers, *pod.seq("initContainers").maps()]:
        _read_container(cluster, workload, container, pod)
    others = [each.text("image") for each in containers if each is not main]
    if others:
        what = Text(
            "“{name}” has further containers in its pod that are not drawn: {names}.",
            name=workload.name,
            names=", ".join(others[:4]),
        )
        cluster.system.say("info", workload.mark, what)
    _add_resources(workload, containers)
    _add_selectors(workload, pod)
    _add_volumes(cluster, workload, pod)


def _read_container(cluster: Cluster, workload: Workload, container: Map, pod: Map) -> None:
    for source in container.seq("envFrom").maps():
        _add_environment(cluster, workload, source)
    known: dict[str, str] = {}
    for entry in container.seq("env").maps():
        value = entry.get("value")
        if isinstance(value, str):
            known[entry.text("name")] = _expanded(value, known)
            workload.settings.append(Setting(entry.text("name"), known[entry.text("name")], entry.mark))
        elif "valueFrom" in entry:
            _add_reference(cluster, workload, entry)
    for key in ("command", "args"):
        listed = container.seq(key)
        for option, value in argument_pairs([str(part) for part in listed if part is not None]):
            workload.settings.append(Setting(option, value, container.at(key), "command"))
    for port in container.seq("ports").maps():
        number = count(port.text("containerPort"))
        workload.ports += [number] if number else []
        workload.published |= bool(port.text("hostPort"))


def _expanded(value: str, known: dict[str, str]) -> str:
    """Replace `$(NAME)` by what was set before in the same container."""
    if "$(" not in value:
        return value
    return _REFERENCE.sub(lambda match: known.get(match.group(1), match.group(0))[:1000], value)[:_LONGEST_EXPANDED]


def _add_environment(cluster: Cluster, workload: Workload, source: Map) -> None:
    for kind, key in (("ConfigMap", "configMapRef"), ("Secret", "secretRef")):
        reference = source.map(key)
        name = reference.text("name")
        if not name:
            continue
        found = cluster.find(kind, name, workload.namespace)
        if found is None:
            what = Text(
                "The {kind} “{name}” is not part of the input; what “{workload}” reads from it is not known.",
                kind=kind,
                name=name,
                workload=workload.name,
            )
            cluster.system.say("info", reference.mark, what)
            continue
        for field, value, mark in _entries(found):
            workload.settings.append(Setting(source.text("prefix") + field, value, mark))


def _entries(resource: Map) -> list[tuple[str, str, Mark]]:
    """Return the plain entries of a ConfigMap or a Secret; encoded secrets stay closed."""
    found = []
    for part in ("data", "stringData"):
        if part == "data" and resource.text("kind") == "Secret":
            continue
        section = resource.map(part)
        found += [(key, value, section.at(key)) for key, value in section.items() if isinstance(value, str)]
    return found


def _add_reference(cluster: Cluster, workload: Workload, entry: Map) -> None:
    source = entry.map("valueFrom")
    for kind, key in (("ConfigMap", "configMapKeyRef"), ("Secret", "secretKeyRef")):
        reference = source.map(key)
        if not reference.text("name"):
            continue
        found = cluster.find(kind, reference.text("name"), workload.namespace)
        values = {name: (value, mark) for name, value, mark in _entries(found)} if found is not None else {}
        value, mark = values.get(reference.text("key"), ("${" + entry.text("name") + "}", entry.mark))
        workload.settings.append(Setting(entry.text("name"), value, mark))


def _add_resources(workload: Workload, containers: list[Map]) -> None:
    """Sum processors, memory and accelerators of the pod's containers: requests, or limits where there is none."""
    processors, memory, accelerators = 0.0, 0.0, 0
    for container in containers:
        requests, limits = container.map("resources").map("requests"), container.map("resources").map("limits")
        processors += cpus(requests.text("cpu")) or cpus(limits.text("cpu")) or 0.0
        memory += gib(requests.text("memory")) or gib(limits.text("memory")) or 0.0
        for name in ACCELERATOR_RESOURCES:
            accelerators += count(limits.text(name)) or count(requests.text(name)) or 0
        if any(key.startswith("nvidia.com/mig-") for key in (*limits, *requests)):
            accelerators += 1
    workload.vcpu = processors or None
    workload.memory_gib = memory or None
    workload.accelerators = accelerators or None


def _add_selectors(workload: Workload, pod: Map) -> None:
    selectors = {key: str(value) for key, value in pod.map("nodeSelector").items()}
    affinity = pod.map("affinity").map("nodeAffinity").map("requiredDuringSchedulingIgnoredDuringExecution")
    for term in affinity.seq("nodeSelectorTerms").maps():
        for expression in term.seq("matchExpressions").maps():
            values = expression.seq("values")
            if expression.text("operator") == "In" and values:
                selectors.setdefault(expression.text("key"), str(values[0]))
    workload.accelerator = accelerator_of(selectors)
    workload.instance = next((selectors[key] for key in INSTANCE_SELECTORS if key in selectors), "")


def _add_volumes(cluster: Cluster, workload: Workload, pod: Map) -> None:
    for volume in pod.seq("volumes").maps():
        claim = volume.map("persistentVolumeClaim")
        if claim.text("claimName"):
            cluster.claims.setdefault(workload.key, []).append((claim.text("claimName"), volume.mark))
        name = volume.map("configMap").text("name")
        found = cluster.find("ConfigMap", name, workload.namespace) if name else None
        for key, value, mark in _entries(found) if found is not None else []:
            workload.settings.append(Setting(key, value, mark, "configuration"))
        size = gib(
            volume.map("ephemeral")
            .map("volumeClaimTemplate")
            .map("spec")
            .map("resources")
            .map("requests")
            .text("storage")
        )
        if size:
            workload.storage_gib = (workload.storage_gib or 0.0) + size


READERS: dict[str, Callable[[Cluster, Map], None]] = {
    "Deployment": _controller,
    "StatefulSet": _controller,
    "DaemonSet": _controller,
    "ReplicaSet": _controller,
    "ReplicationController": _controller,
    "Rollout": _controller,
    "Pod": _pod,
    "Job": _job,
    "CronJob": _cron_job,
}
