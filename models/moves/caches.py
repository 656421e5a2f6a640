"""The move that puts a cache before a store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from models.catalog.catalog import Catalog
from models.design.delta import Change, Delta
from models.design.design import Design
from models.design.elements import Flow, Id, Node
from models.moves import Problem
from models.report import Message

KEPT = ("items", "request_kib", "response_kib", "service_time_ms", "data_class", "timeout_ms")


def put_cache_before(design: Design, catalog: Catalog, args: Mapping[str, Any]) -> Design | Problem:
    """Return the design with a cache between store `node` and those who read it by request.

    Args of the move: `node`, `replicas`, and of a replica `memory_gib`, `hit_ratio`, `keys_million`, `item_kib` and
    `service_time_ms`. The cache stands where the store does; writes still go to the store.
    """
    key = args["node"]
    store = design.elements.get(key)
    if not isinstance(store, Node):
        return Problem(Message("The node of this remedy is no longer there."))
    reads = {
        name: flow
        for name, flow in design.flows.items()
        if flow.target == key and flow.interaction == "request" and flow.params.get("operation", "read") == "read"
    }
    if not reads:
        return Problem(Message("Nobody reads “{name}” by request.", {"name": store.name}))
    cache = _free(design, f"{key}-cache")
    sites = tuple(
        msgspec.structs.replace(site, replicas=int(args["replicas"])) for site in store.sites if site.role == "active"
    )
    params = {name: args[name] for name in ("memory_gib", "hit_ratio", "keys_million", "item_kib", "service_time_ms")}
    node = Node("cache", f"Cache of {store.name}", params, sites, store.context, tags=store.tags)
    first = next(iter(reads.values()))
    kept = {name: first.params[name] for name in KEPT if name in first.params}
    behind = Flow(cache, key, params={**kept, "operation": "read"})
    changes: dict[Id, Change] = {cache: (None, node), _free(design, f"{cache}-store"): (None, behind)}
    for name, flow in reads.items():
        changes[name] = (flow, msgspec.structs.replace(flow, target=cache))
    return design.apply(Delta(changes))


def _free(design: Design, wanted: Id) -> Id:
    number, found = 1, wanted
    while found in design.elements:
        number, found = number + 1, f"{wanted}-{number + 1}"
    return found
