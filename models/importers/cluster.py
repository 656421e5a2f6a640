"""The manifests of one input with the lookups between them: by kind, name, namespace and labels."""

from __future__ import annotations

from models.importers.workloads import System, Workload, word_set
from models.importers.yaml_reader import Map, Mark

SILENT = word_set(
    "Namespace ServiceAccount Role RoleBinding ClusterRole ClusterRoleBinding NetworkPolicy PodDisruptionBudget "
    "ConfigMap Secret CustomResourceDefinition PriorityClass LimitRange ResourceQuota StorageClass"
)


class Cluster:
    """All resources of the input and what was read from them so far.

    Attributes:
        read: identities of the resources that were understood.
        claims: key of a workload -> names of the volume claims that it mounts.
    """

    def __init__(self, system: System) -> None:
        self.system = system
        self.resources: list[Map] = []
        self.read: set[int] = set()
        self.claims: dict[str, list[tuple[str, Mark]]] = {}
        self._by_kind: dict[str, list[Map]] = {}
        self._by_name: dict[tuple[str, str, str], Map] = {}

    def add(self, resource: Map) -> None:
        """Take up one resource."""
        self.resources.append(resource)
        kind = resource.text("kind")
        self._by_kind.setdefault(kind, []).append(resource)
        self._by_name.setdefault((kind, self.name(resource), self.namespace(resource)), resource)

    def of_kind(self, kind: str) -> list[Map]:
        """Return the resources of a kind in the order of the files."""
        return self._by_kind.get(kind, [])

    @staticmethod
    def name(resource: Map) -> str:
        """Return the name of a resource."""
        metadata = resource.map("metadata")
        return metadata.text("name") or metadata.text("generateName").rstrip("-") or "unnamed"

    @staticmethod
    def namespace(resource: Map) -> str:
        """Return the namespace of a resource; `default` when it says none."""
        return resource.map("metadata").text("namespace") or "default"

    def find(self, kind: str, name: str, namespace: str) -> Map | None:
        """Return the resource of this kind, name and namespace, or None."""
        return self._by_name.get((kind, name, namespace))

    def workload(self, name: str, namespace: str) -> Workload | None:
        """Return the workload of this name or alias, its own namespace first, or None."""
        named = [each for each in self.system.workloads if name == each.name or name in each.aliases]
        own = [each for each in named if each.namespace == namespace]
        return next(iter(own or named), None)

    def new_workload(self, resource: Map, suffix: str = "", form: str = "") -> Workload:
        """Return a workload for a resource (or for a part of it, named by `suffix`) and take it up."""
        kind, name, namespace = resource.text("kind"), self.name(resource), self.namespace(resource)
        own = f"{name}-{suffix}" if suffix else name
        workload = Workload(
            key=f"kubernetes/{namespace}/{kind}/{own}",
            name=own,
            form=form or kind,
            mark=resource.map("metadata").at("name"),
            aliases=[own, f"{own}.{namespace}"],
            namespace=namespace,
        )
        self.system.workloads.append(workload)
        return workload
