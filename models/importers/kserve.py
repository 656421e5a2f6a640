"""KServe: InferenceService, InferenceGraph and LLMInferenceService."""

from __future__ import annotations

from collections.abc import Callable

from models.design.elements import Value
from models.importers.cluster import Cluster
from models.importers.pods import read_pod
from models.importers.quantities import count
from models.importers.serving import set_language_model
from models.importers.workloads import Link, Workload
from models.importers.yaml_reader import Map, Seq
from models.words import Text

_FORMATS = (
    "sklearn",
    "xgboost",
    "lightgbm",
    "pmml",
    "paddle",
    "onnx",
    "tensorflow",
    "pytorch",
    "triton",
    "mlflow",
    "huggingface",
    "vllm",
)
_LANGUAGE = frozenset({"huggingface", "vllm"})


def _inference_service(cluster: Cluster, resource: Map) -> None:
    spec = resource.map("spec")
    predictor = cluster.new_workload(resource)
    name, namespace = predictor.name, predictor.namespace
    predictor.aliases += [f"{name}-predictor", f"{name}-predictor.{namespace}", f"{name}.{namespace}.svc.cluster.local"]
    predictor.published = "transformer" not in spec
    _read_component(cluster, predictor, spec.map("predictor"))
    _set_predictor(cluster, predictor, spec.map("predictor"))
    for part in ("transformer", "explainer"):
        if part not in spec:
            continue
        workload = cluster.new_workload(resource, part)
        workload.kind, workload.published = "service", part == "transformer"
        _read_component(cluster, workload, spec.map(part))
        reason = Text("the {part} of the InferenceService {name} calls its predictor", part=part, name=name)
        cluster.system.links.append(Link(workload.key, predictor.key, reason, spec.at(part)))


def _read_component(cluster: Cluster, workload: Workload, part: Map) -> None:
    """Read a predictor, transformer or explainer: either a pod, or one section named after its format."""
    pod = Map(part.mark, dict(part), part.marks)
    if "containers" not in part:
        section = next((value for key, value in part.items() if isinstance(value, Map) and _is_model(key)), None)
        if section is not None:
            pod["containers"] = Seq(section.mark, [section], [section.mark])
    read_pod(cluster, workload, pod)
    low, high = count(part.text("minReplicas")), count(part.text("maxReplicas"))
    workload.replicas = max(1, low if low is not None else 1)
    if high:
        workload.min_replicas, workload.max_replicas = low if low is not None else 1, high


def _is_model(key: str) -> bool:
    return key in (*_FORMATS, "model", "art", "alibi")


def _set_predictor(cluster: Cluster, workload: Workload, part: Map) -> None:
    model = part.map("model")
    form = model.map("modelFormat").text("name").lower() or next((key for key in _FORMATS if key in part), "")
    section = model or part.map(form)
    place = section.text("storageUri") or section.map("storage").text("path")
    if form in _LANGUAGE:
        workload.kind, workload.technology = "llm_serving", f"KServe {form}"
        name = dict(_argument_names(section)).get("model_id") or place
        if name.startswith("hf://") or "model_id" in dict(_argument_names(section)):
            set_language_model(workload, name, cluster.system)
    elif form:
        heavy = bool(workload.accelerators)
        workload.kind, workload.technology = ("model_serving_gpu" if heavy else "model_serving"), f"KServe {form}"
    else:
        workload.kind = "model_serving_gpu" if workload.accelerators else "model_serving"
        workload.technology = "KServe"
    if place:
        workload.tags["model"] = place


def _argument_names(section: Map) -> list[tuple[str, str]]:
    found = []
    for argument in section.seq("args"):
        name, separator, value = str(argument).lstrip("-").partition("=")
        if separator:
            found.append((name.replace("-", "_"), value))
    return found


def _inference_graph(cluster: Cluster, resource: Map) -> None:
    """Draw the router of a graph; its steps are flows in order, in parallel or by share."""
    router = cluster.new_workload(resource)
    router.kind, router.technology, router.published = "service", "KServe router", True
    nodes = resource.map("spec").map("nodes")
    _steps(cluster, router, nodes, "root", 1.0, set())


def _steps(cluster: Cluster, router: Workload, nodes: Map, name: str, share: float, seen: set[str]) -> None:
    if name in seen or len(seen) > 200:
        return
    seen.add(name)
    node = nodes.map(name)
    kind, steps = node.text("routerType"), list(node.seq("steps").maps())
    weights = [float(step.text("weight")) if step.text("weight").isdecimal() else 0.0 for step in steps]
    for number, (step, weight) in enumerate(zip(steps, weights, strict=True), start=1):
        part = share
        if kind == "Splitter":
            part *= weight / (sum(weights) or 1.0)
        elif kind == "Switch":
            part *= 1.0 / len(steps)
        params: dict[str, Value] = {"step": number} if kind == "Sequence" else {}
        if part < 1:
            params["probability"] = round(part, 6)
        target = step.text("serviceName") or _host(step.text("serviceUrl"))
        if target:
            reason = Text(
                "step {number} of the {kind} {name} calls {target}",
                number=number,
                kind=kind or "graph",
                name=name,
                target=target,
            )
            cluster.system.links.append(Link(router.key, target, reason, step.mark, "high", params))
        elif step.text("nodeName"):
            _steps(cluster, router, nodes, step.text("nodeName"), part, seen)
    if kind == "Switch" and steps:
        what = Text(
            "Which way the switch “{name}” goes is decided by its requests; equal shares are assumed.", name=name
        )
        cluster.system.say("info", node.mark, what)


def _host(address: str) -> str:
    """Return the host of a service address; a placeholder for the domain falls away."""
    host = address.partition("://")[2].partition("/")[0].partition(":")[0]
    return host.partition(".")[0] if "{" in host else host


def _llm_inference_service(cluster: Cluster, resource: Map) -> None:
    """Draw the model servers, the servers of the prompt phase if they are apart, and the router before them."""
    spec = resource.map("spec")
    decode = cluster.new_workload(resource)
    _read_servers(cluster, decode, spec, spec)
    servers = [decode]
    if "prefill" in spec:
        prefill = cluster.new_workload(resource, "prefill")
        _read_servers(cluster, prefill, spec.map("prefill"), spec)
        servers.insert(0, prefill)
        what = Text(
            "“{decode}” computes prompts on servers of their own; each half is planned with the whole work.",
            decode=decode.name,
        )
        cluster.system.say("info", spec.at("prefill"), what)
    if "router" not in spec:
        decode.published = True
        return
    router = cluster.new_workload(resource, "router")
    router.kind, router.technology, router.published = "api_gateway", "inference gateway", True
    for number, server in enumerate(servers, start=1):
        params: dict[str, Value] = {"step": number} if len(servers) > 1 else {}
        reason = Text("the router serves “{name}”", name=server.name)
        link = Link(router.key, server.key, reason, spec.at("router"), "high", params)
        cluster.system.links.append(link)


def _read_servers(cluster: Cluster, workload: Workload, part: Map, spec: Map) -> None:
    workload.kind, workload.technology = "llm_serving", "KServe vLLM"
    read_pod(cluster, workload, part.map("template"))
    replicas = count(part.text("replicas"))
    workload.replicas = 1 if replicas is None else replicas
    per_pod = workload.accelerators or 0
    parallel = part.map("parallelism")
    data, local = count(parallel.text("data")) or 1, count(parallel.text("dataLocal")) or 1
    tensor, pipeline = count(parallel.text("tensor")) or 1, count(parallel.text("pipeline")) or 1
    if "parallelism" in part:
        workload.accelerators = max(per_pod * max(1, data // local), data * tensor * pipeline) or None
    name = spec.map("model").text("name") or spec.map("model").text("uri")
    if name:
        set_language_model(workload, name if "/" in name else spec.map("model").text("uri") or name, cluster.system)


READERS: dict[str, Callable[[Cluster, Map], None]] = {
    "InferenceService": _inference_service,
    "InferenceGraph": _inference_graph,
    "LLMInferenceService": _llm_inference_service,
}
