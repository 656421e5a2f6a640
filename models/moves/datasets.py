"""Moves on the way of data: features kept as served, a check before training, events read from a database's log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from models.catalog.catalog import Catalog
from models.design.delta import Change, Delta
from models.design.design import Design
from models.design.elements import Flow, Id, Node, Site
from models.moves import Problem
from models.moves.queues import free_id
from models.report import Message

GONE = Message("A node or flow of this remedy is no longer there.")


def keep_served_features(design: Design, catalog: Catalog, args: Mapping[str, Any]) -> Design | Problem:
    """Return the design in which the features that `source` gave to the model reach `target`, the training, by batch.

    Args of the move: `source`, `target`, `gib_per_day`.
    """
    source, target = design.elements.get(args["source"]), design.elements.get(args["target"])
    if not isinstance(source, Node) or not isinstance(target, Node):
        return Problem(GONE)
    key = free_id(design, served_id(args["source"]), {})
    params = {"calls": 0, "gib_per_day": args["gib_per_day"], "operation": "write"}
    return design.apply(Delta({key: (None, Flow(args["source"], args["target"], "batch", "As served", params=params))}))


def served_id(source: Id) -> Id:
    """Return the id of the flow that `keep_served_features` adds, as long as it is free."""
    return f"{source}-as-served"


def check_before(design: Design, catalog: Catalog, args: Mapping[str, Any]) -> Design | Problem:
    """Return the design with one check of schema, ranges and missing values in all of `flows`, before their target.

    The check stands where the reader stands and belongs to its team.
    """
    changes: dict[Id, Change] = {}
    gates: dict[Id, Id] = {}
    for key in args["flows"]:
        flow = design.elements.get(key)
        if not isinstance(flow, Flow):
            return Problem(GONE)
        reader = design.node(flow.target)
        if flow.target not in gates:
            gates[flow.target] = gate = free_id(design, check_id(flow.target), changes)
            active = [site for site in reader.sites if site.role == "active"] or list(reader.sites)
            sites = tuple(Site(site.boundary, 1) for site in active[:1])
            name = f"Check before {reader.name}"
            changes[gate] = (None, Node("data_ingestion", name, {}, sites, reader.context, tags=reader.tags))
        gate = gates[flow.target]
        changes[key] = (flow, msgspec.structs.replace(flow, target=gate))
        behind = msgspec.structs.replace(flow, source=gate, name="", note="")
        changes[free_id(design, f"{key}-checked", changes)] = (None, behind)
    return design.apply(Delta(changes))


def check_id(reader: Id) -> Id:
    """Return the id of the node that `check_before` adds before a reader, as long as it is free."""
    return f"{reader}-check"


def read_from_log(design: Design, catalog: Catalog, args: Mapping[str, Any]) -> Design | Problem:
    """Return the design in which `store`, not the service, sends `flows`: each is read from its log of changes.

    Args of the move: `store`, and `flows` maps flow ids to the messages per write of the store.
    """
    changes: dict[Id, Change] = {}
    if not isinstance(design.elements.get(args["store"]), Node):
        return Problem(GONE)
    for key, calls in args["flows"].items():
        flow = design.elements.get(key)
        if not isinstance(flow, Flow):
            return Problem(GONE)
        params = {**flow.params, "calls": calls, "probability": 1.0}
        changes[key] = (flow, msgspec.structs.replace(flow, source=args["store"], params=params))
    return design.apply(Delta(changes))
