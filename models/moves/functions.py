"""The move that runs a service as a function on demand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from models.catalog.catalog import Catalog
from models.design.delta import Delta
from models.design.design import Design
from models.design.elements import Node
from models.design.kinds import kinds, value_of
from models.moves import Problem
from models.report import Message

MOST_GIB = 1.769


def run_as_function(design: Design, catalog: Catalog, args: Mapping[str, Any]) -> Design | Problem:
    """Return the design in which service `node` is a function of the same work, with the memory of one processor."""
    node = design.elements.get(args["node"])
    if not isinstance(node, Node):
        return Problem(Message("The node of this remedy is no longer there."))
    if node.kind != "service":
        return Problem(Message("“{name}” is not a service of its own code.", {"name": node.name}))
    known = {parameter.name for parameter in kinds().nodes["function"].parameters}
    sized = {"min_replicas", "max_replicas", "ready_s", "servers", "slots", "availability"}
    params = {name: value for name, value in node.params.items() if name in known - sized}
    params["service_time_ms"] = value_of(node, "service_time_ms")
    params["memory_gib"] = min(float(value_of(node, "memory_gib") or 1.0), MOST_GIB)
    sites = tuple(msgspec.structs.replace(site, replicas=1) for site in node.sites if site.role == "active")
    after = msgspec.structs.replace(node, kind="function", params=params, sites=sites or node.sites[:1])
    return design.apply(Delta.of([(args["node"], node, after)]))
