"""Moves that put a queue between sender and receiver, or beside a reader for what it cannot read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from models.catalog.catalog import Catalog
from models.design.delta import Change, Delta
from models.design.design import Design
from models.design.elements import Flow, Id, Node, Site
from models.moves import Problem
from models.report import Message

OF_THE_RECEIVER = ("operation", "service_time_ms", "items")


def insert_queue(design: Design, catalog: Catalog, args: Mapping[str, Any]) -> Design | Problem:
    """Return the design with a queue in each of `flows`, where the receiver stands.

    Each has its own: what leaves a queue is all that enters it, and two flows may mean different work.
    """
    changes: dict[Id, Change] = {}
    for key in args["flows"]:
        flow = design.elements.get(key)
        if not isinstance(flow, Flow) or flow.interaction != "message":
            return Problem(Message("The message of this remedy is no longer there."))
        receiver = design.elements[flow.target]
        assert isinstance(receiver, Node)
        queue = free_id(design, f"{flow.target}-queue", changes)
        changes[queue] = (None, _queue_beside(receiver, f"Queue of {receiver.name}"))
        sent = {name: value for name, value in flow.params.items() if name not in OF_THE_RECEIVER}
        taken = {name: value for name, value in flow.params.items() if name not in ("calls", "probability")}
        taken.pop("carries_rejects", None)
        changes[key] = (flow, msgspec.structs.replace(flow, target=queue, params=sent))
        behind = Flow(queue, flow.target, "message", params=taken, journeys=flow.journeys)
        changes[free_id(design, f"{key}-read", changes)] = (None, behind)
    return design.apply(Delta(changes))


def set_rejects_aside(design: Design, catalog: Catalog, args: Mapping[str, Any]) -> Design | Problem:
    """Return the design in which each of `nodes` puts what it cannot read into a queue of its own."""
    changes: dict[Id, Change] = {}
    for key in args["nodes"]:
        reader = design.elements.get(key)
        if not isinstance(reader, Node):
            return Problem(Message("The node of this remedy is no longer there."))
        queue = free_id(design, f"{key}-rejects", changes)
        changes[queue] = (None, _queue_beside(reader, f"Rejects of {reader.name}"))
        aside = Flow(key, queue, "message", params={"carries_rejects": True})
        changes[free_id(design, f"{queue}-flow", changes)] = (None, aside)
    return design.apply(Delta(changes))


def _queue_beside(node: Node, name: str) -> Node:
    """Return a managed queue of the same team where the node's first active site stands."""
    active = [site for site in node.sites if site.role == "active"] or list(node.sites)
    sites = (Site(active[0].boundary, 1),) if active else ()
    return Node("queue", name, {}, sites, node.context, tags=node.tags)


def free_id(design: Design, wanted: Id, taken: Mapping[Id, object]) -> Id:
    """Return the wanted id, or with the first number behind it that neither the design nor `taken` holds."""
    number, found = 1, wanted
    while found in design.elements or found in taken:
        number, found = number + 1, f"{wanted}-{number + 1}"
    return found
