"""Moves that change one node: its replicas, or one of its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from models.catalog.catalog import Catalog
from models.design.delta import Delta
from models.design.design import Design
from models.design.edits import set_params
from models.design.elements import DesignError, Node
from models.design.kinds import parameters_of
from models.moves import Problem
from models.report import Message


def set_replicas(design: Design, catalog: Catalog, args: Mapping[str, Any]) -> Design | Problem:
    """Return the design with `replicas` at every active site of `node`."""
    node = design.elements.get(args["node"])
    if not isinstance(node, Node):
        return Problem(Message("The node of this remedy is no longer there."))
    sites = tuple(
        msgspec.structs.replace(site, replicas=int(args["replicas"])) if site.role == "active" else site
        for site in node.sites
    )
    after = msgspec.structs.replace(node, sites=sites)
    return design.apply(Delta.of([(args["node"], node, after)]))


def set_parameter(design: Design, catalog: Catalog, args: Mapping[str, Any]) -> Design | Problem:
    """Return the design with parameter `name` of `node` set to `value`."""
    node = design.elements.get(args["node"])
    if not isinstance(node, Node):
        return Problem(Message("The node of this remedy is no longer there."))
    parameter = parameters_of(node).get(args["name"])
    sentence = parameter.problem(args["value"]) if parameter else None
    if sentence:
        return Problem(Message("{sentence}", {"sentence": sentence}))
    try:
        return design.apply(Delta.of([(args["node"], node, set_params(node, {args["name"]: args["value"]}))]))
    except DesignError as error:
        return Problem.of(error)
