"""Manifests of Kubernetes inside a plan: what `kubernetes_manifest` and `kubectl_manifest` apply to a cluster."""

from __future__ import annotations

from typing import Any

from models.design.kinds import kinds
from models.importers.kubernetes import read_kubernetes
from models.importers.notes import ImportProblem
from models.importers.recognition import recognize
from models.importers.terraform.nodes import Nodes
from models.importers.terraform.pieces import Piece, Pieces
from models.importers.terraform.places import Places
from models.importers.workloads import Area
from models.importers.yaml_reader import Map, Mark, Seq, read_yaml
from models.words import Text, sentence_of

_CLUSTER = "terraform/kubernetes"
_BODIES = ("yaml_body", "yaml_body_parsed", "content")


def read_manifests(pieces: Pieces, places: Places, nodes: Nodes) -> None:
    """Add the workloads of the manifests to the system, in the cluster that they are applied to."""
    by_area: dict[str, list[Any]] = {}
    for piece in pieces.all:
        if piece.rule.role == "manifest":
            documents = _documents(piece, nodes)
            cluster = places.cluster_of(piece) if documents else None
            if documents:
                area = places.of_cluster(cluster) if cluster is not None else _CLUSTER
                by_area.setdefault(area, []).extend(documents)
    for area, documents in by_area.items():
        found = read_kubernetes([(pieces.plan.file, documents)])
        if area == _CLUSTER:
            places.areas[area] = Area(key=area, kind="cluster", name=found.cluster)
        found.cluster = found.title = ""
        for workload in found.workloads:
            workload.areas = {area: workload.replicas}
            recognize(workload)
            if nodes.carries(area) and kinds().nodes[workload.kind].parameter("price_usd_hour") is not None:
                workload.params["price_usd_hour"] = 0.0
                nodes.told.setdefault("carried", []).append(workload.name)
        nodes.system.extend(found)


def _documents(piece: Piece, nodes: Nodes) -> list[Any]:
    mark = (nodes.pieces.plan.file, 0)
    found: list[Any] = []
    for resource in piece.resources:
        written = resource.values.get("manifest") or resource.values.get("object")
        body = next((text for name in _BODIES if (text := resource.values.get(name))), None)
        if isinstance(written, dict):
            found.append(_as_yaml(written, mark))
        elif isinstance(body, str):
            try:
                found.extend(each for each in read_yaml(body, resource.address) if isinstance(each, Map))
            except ImportProblem as problem:
                nodes.system.say("warning", mark, Text("left out: {problem}", problem=sentence_of(problem)))
    return [each for each in found if isinstance(each, Map) and each.text("kind")]


def _as_yaml(value: Any, mark: Mark) -> Any:
    """Return a JSON value as the reader of manifests knows it: mappings and lists with a place, all else as text."""
    if isinstance(value, dict):
        return Map(mark, {str(key): _as_yaml(inner, mark) for key, inner in value.items()})
    if isinstance(value, list):
        return Seq(mark, [_as_yaml(inner, mark) for inner in value])
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else f"{value:g}" if isinstance(value, float) else str(value)
