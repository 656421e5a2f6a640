"""Routes into the cluster: Ingress, Gateway API, Istio and AI gateway routes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from models.importers.cluster import Cluster
from models.importers.serving import set_language_model
from models.importers.workloads import Link, Workload
from models.importers.yaml_reader import Map
from models.words import Text


def _ingress(cluster: Cluster, resource: Map) -> None:
    gateway = cluster.new_workload(resource)
    gateway.kind, gateway.published = "load_balancer", True
    spec = resource.map("spec")
    gateway.technology = spec.text("ingressClassName")
    backends = [spec.map("defaultBackend"), spec.map("backend")]
    for rule in spec.seq("rules").maps():
        backends += [path.map("backend") for path in rule.map("http").seq("paths").maps()]
    for backend in backends:
        name = backend.map("service").text("name") or backend.text("serviceName")
        if name:
            _link(cluster, gateway, name, Text("a rule of the Ingress leads to {name}", name=name), backend)


def _gateway(cluster: Cluster, resource: Map) -> None:
    gateway = cluster.new_workload(resource)
    gateway.kind, gateway.published = "load_balancer", True
    gateway.technology = resource.map("spec").text("gatewayClassName") or "Gateway"


def _route(cluster: Cluster, resource: Map) -> None:
    spec = resource.map("spec")
    gateways = [_parent(cluster, resource, parent) for parent in spec.seq("parentRefs").maps()]
    for rule in spec.seq("rules").maps():
        backends = list(rule.seq("backendRefs").maps())
        total = sum(_weight(backend) for backend in backends) or 1.0
        for backend in backends:
            name = backend.text("name")
            _known_backend(cluster, resource, rule, backend)
            for gateway in gateways:
                share = _weight(backend) / total
                params = {"probability": round(share, 6)} if share < 1 else {}
                args = {"kind": resource.text("kind"), "route": cluster.name(resource), "name": name}
                reason = Text("the {kind} {route} leads to {name}", **args)
                _link(cluster, gateway, name, reason, backend, params)


def _weight(backend: Map) -> float:
    text = backend.text("weight")
    return float(text) if text.isdecimal() else 1.0


def _parent(cluster: Cluster, route: Map, parent: Map) -> Workload:
    """Return the gateway a route hangs on; drawn from its name when it is not part of the input."""
    name = parent.text("name")
    found = cluster.workload(name, parent.text("namespace") or cluster.namespace(route))
    if found is not None and found.kind in ("load_balancer", "api_gateway"):
        return found
    gateway = Workload(
        key=f"kubernetes/{cluster.namespace(route)}/Gateway/{name}",
        name=name,
        form="Gateway",
        mark=parent.mark,
        kind="api_gateway" if route.text("kind") == "AIGatewayRoute" else "load_balancer",
        aliases=[name],
        namespace=cluster.namespace(route),
        published=True,
    )
    cluster.system.workloads.append(gateway)
    cluster.system.say(
        "info", parent.mark, Text("The gateway “{name}” is not part of the input; it is drawn by its name.", name=name)
    )
    return gateway


def _known_backend(cluster: Cluster, route: Map, rule: Map, backend: Map) -> None:
    """Draw the pool of model servers that an AI route leads to when it is not part of the input."""
    name = backend.text("name")
    if backend.text("kind") != "InferencePool" or cluster.workload(name, cluster.namespace(route)) is not None:
        return
    pool = Workload(
        key=f"kubernetes/{cluster.namespace(route)}/InferencePool/{name}",
        name=name,
        form="InferencePool",
        mark=backend.mark,
        kind="llm_serving",
        aliases=[name],
        namespace=cluster.namespace(route),
    )
    cluster.system.workloads.append(pool)
    what = Text("The pool “{name}” is not part of the input; one node of model servers is drawn for it.", name=name)
    cluster.system.say("warning", backend.mark, what)
    for match in rule.seq("matches").maps():
        for header in match.seq("headers").maps():
            if "model" in header.text("name") and header.text("value"):
                set_language_model(pool, header.text("value"), cluster.system)


def _inference_pool(cluster: Cluster, resource: Map) -> None:
    """Give the workloads that a pool selects its name."""
    spec = resource.map("spec")
    selector = spec.map("selector").map("matchLabels") or spec.map("selector")
    for workload in cluster.system.workloads:
        inside = workload.namespace == cluster.namespace(resource)
        if inside and selector and all(workload.labels.get(key) == value for key, value in selector.items()):
            workload.aliases.append(cluster.name(resource))


def _virtual_service(cluster: Cluster, resource: Map) -> None:
    spec = resource.map("spec")
    names = [str(name).rpartition("/")[2] for name in spec.seq("gateways") if name != "mesh"]
    gateways = [found for name in names if (found := cluster.workload(name, cluster.namespace(resource)))]
    for destination in _destinations(spec):
        for gateway in gateways:
            host = destination.text("host")
            reason = Text("the VirtualService {name} leads to {host}", name=cluster.name(resource), host=host)
            _link(cluster, gateway, host, reason, destination)


def _destinations(spec: Map) -> Iterator[Map]:
    for protocol in ("http", "tls", "tcp"):
        for route in spec.seq(protocol).maps():
            for entry in route.seq("route").maps():
                yield entry.map("destination")


def _ingress_route(cluster: Cluster, resource: Map) -> None:
    gateway = cluster.new_workload(resource)
    gateway.kind, gateway.technology, gateway.published = "load_balancer", "Traefik", True
    for route in resource.map("spec").seq("routes").maps():
        for service in route.seq("services").maps():
            _link(
                cluster,
                gateway,
                service.text("name"),
                Text("a route leads to {name}", name=service.text("name")),
                service,
            )


def _link(
    cluster: Cluster, gateway: Workload, target: str, reason: str, place: Map, params: Mapping[str, float] | None = None
) -> None:
    cluster.system.links.append(Link(gateway.key, target, reason, place.mark, "high", dict(params or {})))


READERS: dict[str, Callable[[Cluster, Map], None]] = {
    "Gateway": _gateway,
    "InferencePool": _inference_pool,
    "Ingress": _ingress,
    "IngressRoute": _ingress_route,
    "HTTPRoute": _route,
    "GRPCRoute": _route,
    "TCPRoute": _route,
    "TLSRoute": _route,
    "AIGatewayRoute": _route,
    "VirtualService": _virtual_service,
}
