"""Ray on Kubernetes: RayCluster, RayService and RayJob with their head and worker groups."""

from __future__ import annotations

from collections.abc import Callable

from models.catalog.accelerators import find_accelerator
from models.importers.cluster import Cluster
from models.importers.notes import ImportProblem
from models.importers.pods import read_pod
from models.importers.quantities import count, says_yes
from models.importers.serving import set_language_model
from models.importers.workloads import Link, Workload, word_set, words
from models.importers.yaml_reader import Map, read_yaml
from models.words import Text, sentence_of

_TRAINING = word_set("train training trainer finetune finetuning tune classifier pretrain mnist")


def _ray_cluster(cluster: Cluster, resource: Map) -> None:
    head, groups = _read_groups(cluster, resource, resource.map("spec"))
    for group in groups:
        group.kind = "service"
    if not groups:
        head.published = True
    what = Text(
        "What runs on “{name}” is not in the input; its workers are drawn as services.", name=cluster.name(resource)
    )
    cluster.system.say("info", resource.mark, what)


def _ray_service(cluster: Cluster, resource: Map) -> None:
    spec = resource.map("spec")
    head, groups = _read_groups(cluster, resource, spec.map("rayClusterConfig"))
    head.published = True
    models = _served_models(cluster, spec)
    for group in groups or [head]:
        group.kind = "model_serving_gpu" if group.accelerators else "model_serving"
        if models:
            group.kind = "llm_serving"
            name, accelerator = models[0]
            set_language_model(group, name, cluster.system)
            found = find_accelerator(accelerator) if accelerator else None
            group.accelerator = group.accelerator or (found.name if found else "")
    if len(models) > 1:
        names = ", ".join(name for name, _ in models)
        cluster.system.say(
            "warning",
            spec.at("serveConfigV2"),
            Text("Several models are served ({names}); the first is planned.", names=names),
        )


def _served_models(cluster: Cluster, spec: Map) -> list[tuple[str, str]]:
    """Return source and accelerator of the language models in `serveConfigV2`."""
    text = spec.text("serveConfigV2")
    try:
        documents = read_yaml(text, "serveConfigV2") if text else []
    except ImportProblem as problem:
        cluster.system.say(
            "warning",
            spec.at("serveConfigV2"),
            Text("serveConfigV2 cannot be read: {problem}", problem=sentence_of(problem)),
        )
        return []
    found = []
    for document in documents:
        for application in document.seq("applications").maps() if isinstance(document, Map) else ():
            for config in application.map("args").seq("llm_configs").maps():
                loading = config.map("model_loading_config")
                name = loading.text("model_source") or loading.text("model_id")
                if name:
                    found.append((name, config.text("accelerator_type")))
    return found


def _ray_job(cluster: Cluster, resource: Map) -> None:
    spec = resource.map("spec")
    head, groups = _read_groups(cluster, resource, spec.map("rayClusterSpec"))
    head.kind = "batch_job"
    entry = {*words(spec.text("entrypoint")), *words(cluster.name(resource))}
    for group in groups:
        trains = bool(entry & _TRAINING) and bool(group.accelerators)
        group.kind = "model_training" if trains else "batch_job"
        if group.kind == "batch_job":
            group.params["workers"] = group.replicas


def _read_groups(cluster: Cluster, resource: Map, spec: Map) -> tuple[Workload, list[Workload]]:
    """Draw the head and each worker group; the head hands work to the groups."""
    head = cluster.new_workload(resource, "head", "Ray head")
    head.kind, head.technology = "service", "Ray head"
    name, namespace = cluster.name(resource), cluster.namespace(resource)
    head.aliases += [f"{name}-head-svc", f"{name}-serve-svc", f"{name}-head-svc.{namespace}"]
    read_pod(cluster, head, spec.map("headGroupSpec").map("template").map("spec"))
    groups = []
    for part in spec.seq("workerGroupSpecs").maps():
        group = cluster.new_workload(resource, part.text("groupName") or "workers", "Ray workers")
        group.kind, group.technology = "service", "Ray workers"
        read_pod(cluster, group, part.map("template").map("spec"))
        _set_replicas(group, part, says_yes(spec.text("enableInTreeAutoscaling")))
        groups.append(group)
        reason = Text("the head of {name} hands work to its worker group", name=name)
        cluster.system.links.append(Link(head.key, group.key, reason, part.mark))
    return head, groups


def _set_replicas(group: Workload, part: Map, autoscaled: bool) -> None:
    replicas, hosts = count(part.text("replicas")), count(part.text("numOfHosts")) or 1
    low, high = count(part.text("minReplicas")), count(part.text("maxReplicas"))
    group.replicas = hosts * (replicas if replicas is not None else low if low is not None else 1)
    if autoscaled and high is not None:
        group.min_replicas, group.max_replicas = hosts * (low or 0), hosts * high


READERS: dict[str, Callable[[Cluster, Map], None]] = {
    "RayCluster": _ray_cluster,
    "RayService": _ray_service,
    "RayJob": _ray_job,
}
