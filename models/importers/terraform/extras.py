"""What a plan pays or calls without a resource of its own: disks in machines, services that permissions name."""

from __future__ import annotations

import re

from models.importers.terraform.nodes import Nodes
from models.importers.terraform.pieces import Piece, Pieces
from models.importers.terraform.places import Places
from models.importers.terraform.plan import Resource
from models.importers.terraform.table import Called, TypeRule, provider_of_type, tables
from models.importers.terraform.values import texts
from models.importers.workloads import Workload
from models.interruption import while_wanted

_DISKS = {"aws": "Amazon EBS", "gcp": "Persistent Disk", "azure": "Azure Managed Disks"}
_MOST_TEXT = 20_000


def add_called(pieces: Pieces) -> None:
    """Let permissions lead to the services that they name: models that are called through an API."""
    found: dict[str, Piece] = {}
    for piece in while_wanted(list(pieces.all)):
        if piece.rule.left != "permissions" or piece.rule.role != "hop" or not piece.rule.after:
            continue
        text = " ".join([*texts(piece.values), *texts(dict(pieces.constants(piece)))])[:_MOST_TEXT]
        for called in _called(piece, text):
            if called.type not in found:
                found[called.type] = _service(piece, called, text)
                pieces.all.append(found[called.type])
            pieces.add_called(piece, found[called.type])


def _called(piece: Piece, text: str) -> list[Called]:
    provider = provider_of_type(piece.type)
    listed = (each for table in tables() if table.provider == provider for each in table.called)
    return [each for each in listed if any(word in text for word in each.words)]


def _service(hop: Piece, called: Called, text: str) -> Piece:
    """Return the piece of a service, at the place of what names it first."""
    rule = TypeRule(kind=called.kind, technology=called.technology, model=("model",) if called.model else ())
    piece = Piece(f"{called.type}.called", rule, hop.module, (hop.configured[0], f"{called.type}.called"))
    model = re.search(called.model, text) if called.model else None
    piece.values = {"name": called.technology, **({"model": model.group(1)} if model else {})}
    piece.resources = [Resource(address=piece.key, module=hop.module, type=called.type, name="called")]
    return piece


def add_disks(nodes: Nodes, places: Places) -> None:
    """Draw the disks inside of machines as one node for each region, so that they are paid."""
    system, sums = nodes.system, dict[str, float]()
    by_key = {workload.key: workload for workload in system.workloads}
    for key, gib in nodes.disks.items():
        area = next(iter(by_key[key].areas), "")
        while area and places.areas[area].kind in ("zone", "cluster") and places.areas[area].parent:
            area = places.areas[area].parent
        sums[area] = sums.get(area, 0.0) + gib
    for area, gib in sums.items():
        provider = str(places.areas[area].params.get("provider", "")) if area else ""
        system.workloads.append(
            Workload(
                key=f"terraform/disks/{area}",
                name="Disks of machines",
                form="disks",
                mark=(nodes.pieces.plan.file, 0),
                kind="block_storage",
                technology=_DISKS.get(provider, ""),
                note="Root and data disks that the machines of this region hold, in one sum.",
                params={"storage_gib": round(gib, 3)},
                areas={area: 1} if area else {},
            )
        )
