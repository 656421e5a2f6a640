"""Plans and states of Terraform: what exists after they are applied becomes workloads, areas and flows.

What types of resources are is data, in `resources/importers/terraform`.
"""

from __future__ import annotations

from models.importers.json_files import JsonFile
from models.importers.notes import ImportProblem
from models.importers.terraform.extras import add_called, add_disks
from models.importers.terraform.links import Links
from models.importers.terraform.manifests import read_manifests
from models.importers.terraform.nodes import Nodes
from models.importers.terraform.pieces import Pieces
from models.importers.terraform.places import Places
from models.importers.terraform.plan import Plan, read_plan
from models.importers.terraform.pods import join_pods
from models.importers.terraform.telling import tell
from models.importers.workloads import System
from models.words import Text, counted

__all__ = ["read_terraform"]


def read_terraform(file: JsonFile, name: str) -> System:
    """Return the system that a plan, or a state, describes.

    Raises:
        ImportProblem: it holds nothing that can be drawn; the sentence says why and what to do.
    """
    plan = read_plan(file, name)
    system = System(title=name.rpartition("/")[2].rpartition(".")[0])
    pieces = Pieces(plan)
    pieces.complete()
    add_called(pieces)
    places = Places(pieces)
    nodes = Nodes(pieces, places, system)
    nodes.make()
    join_pods(pieces, nodes)
    read_manifests(pieces, places, nodes)
    system.links = Links(pieces, nodes).read()
    add_disks(nodes, places)
    _steady(system)
    for cluster in places.clusters():
        places.of_cluster(cluster)
    used = {network for workload in system.workloads for network in workload.networks}
    system.home = places.home
    system.areas = [area for area in places.areas.values() if area.kind != "network" or area.key in used]
    if not system.workloads:
        raise ImportProblem(_nothing(plan, pieces, name))
    tell(file, pieces, places, nodes, system)
    return system


def _steady(system: System) -> None:
    """Keep the replicas of what scales but is not reached by any flow as planned: nothing says what it scales with."""
    reached = {link.target for link in system.links}
    idle = [
        workload
        for workload in system.workloads
        if workload.max_replicas is not None and not workload.published and workload.key not in reached
    ]
    for workload in idle:
        if workload.params.setdefault("autoscaled", False) is False and workload.replicas != workload.min_replicas:
            what = Text(
                "No flow leads to “{name}”: its {count} replicas stay as planned; switch scaling on once one does.",
                name=workload.name,
                count=workload.replicas,
            )
            system.say_of(workload, "info", what)


def _nothing(plan: Plan, pieces: Pieces, name: str) -> Text:
    if not plan.resources:
        gone = len(plan.changes.get("delete", ()))
        if gone:
            count = counted("{count} resource", "{count} resources", gone)
            return Text("After {name} is applied nothing is left: it deletes {count}.", name=name, count=count)
        return Text("{name} holds no resources; there is nothing to draw.", name=name)
    types = sorted({resource.type for resource in plan.resources})
    return Text(
        "{name} holds {count} and none that can be drawn ({types}).",
        name=name,
        count=counted("{count} resource", "{count} resources", len(plan.resources)),
        types=", ".join(types[:5]) + (", …" if len(types) > 5 else ""),
    )
