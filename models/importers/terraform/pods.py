"""Services and routes of Kubernetes in a plan: names of workloads, and what is reachable from outside."""

from __future__ import annotations

from models.importers.terraform.nodes import Nodes
from models.importers.terraform.pieces import Piece, Pieces
from models.importers.terraform.values import every, first, text
from models.importers.workloads import Workload


def join_pods(pieces: Pieces, nodes: Nodes) -> None:
    """Give pods the names of the services that select them, and open those behind a load balancer or a route."""
    pods = [workload for workload in nodes.system.workloads if workload.labels]
    by_service: dict[str, list[Workload]] = {}
    for piece in pieces.all:
        if piece.rule.role == "service":
            selector = first(piece.values, piece.rule.labels)
            wanted = {str(key): str(value) for key, value in selector.items()} if isinstance(selector, dict) else {}
            behind = [pod for pod in pods if wanted and wanted.items() <= pod.labels.items()]
            name = text(piece.values, ("metadata.name",))
            by_service[name] = behind
            for pod in behind:
                pod.aliases += [name, f"{name}.svc.cluster.local"]
                pod.published |= text(piece.values, ("spec.type",)) in ("LoadBalancer", "NodePort")
    for piece in pieces.all:
        if piece.rule.role == "ingress":
            for name in _services(piece):
                for pod in by_service.get(name, ()):
                    pod.published = True


def _services(piece: Piece) -> set[str]:
    paths = (
        "spec.rule.*.http.path.*.backend.service.name",
        "spec.rule.*.http.path.*.backend.service_name",
        "spec.default_backend.service.name",
    )
    return {name for path in paths for name in every(piece.values, path) if isinstance(name, str)}
