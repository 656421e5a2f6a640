"""One move for several nodes at once: parameters, replicas and tags, so that savings are applied as one step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from models.catalog.catalog import Catalog
from models.design.delta import Change, Delta
from models.design.design import Design
from models.design.edits import set_params
from models.design.elements import DesignError, Id, Node
from models.design.kinds import parameters_of
from models.moves import Problem
from models.report import Message
from models.words import Text


def change_nodes(design: Design, catalog: Catalog, args: Mapping[str, Any]) -> Design | Problem:
    """Return the design with nodes changed.

    Args:
        args: `params` maps node ids to parameters, `replicas` to replicas at every active site, `tags` to tags.
    """
    params, replicas, tags = (args.get(name) or {} for name in ("params", "replicas", "tags"))
    changes: dict[Id, Change] = {}
    try:
        for key in dict.fromkeys((*params, *replicas, *tags)):
            node = design.elements.get(key)
            if not isinstance(node, Node):
                return Problem(Message("A node of this remedy is no longer there."))
            sentence = _refused(node, params.get(key, {}))
            if sentence:
                return Problem(Message("“{name}”: {sentence}", {"name": node.name, "sentence": sentence}))
            changes[key] = (node, _changed(node, params.get(key, {}), replicas.get(key), tags.get(key, {})))
        return design.apply(Delta(changes))
    except DesignError as error:
        return Problem.of(error)


def _refused(node: Node, params: Mapping[str, Any]) -> str:
    known = parameters_of(node)
    for name, value in params.items():
        if name not in known:
            return Text("a {kind} has no parameter {name!r}.", kind=node.kind.replace("_", " "), name=name)
        sentence = known[name].problem(value)
        if sentence:
            return sentence
    return ""


def _changed(node: Node, params: Mapping[str, Any], replicas: int | None, tags: Mapping[str, str]) -> Node:
    changed = set_params(node, params) if params else node
    assert isinstance(changed, Node)
    sites = changed.sites
    if replicas is not None:
        sites = tuple(
            msgspec.structs.replace(site, replicas=int(replicas)) if site.role == "active" else site for site in sites
        )
    return msgspec.structs.replace(changed, sites=sites, tags={**changed.tags, **tags})


def give_to_team(design: Design, catalog: Catalog, args: Mapping[str, Any]) -> Design | Problem:
    """Return the design in which each of `nodes` belongs to the team of its id."""
    changes: dict[Id, Change] = {}
    try:
        for key, team in args["nodes"].items():
            node = design.elements.get(key)
            if not isinstance(node, Node):
                return Problem(Message("A node of this remedy is no longer there."))
            changes[key] = (node, msgspec.structs.replace(node, context=team))
        return design.apply(Delta(changes))
    except DesignError as error:
        return Problem.of(error)
