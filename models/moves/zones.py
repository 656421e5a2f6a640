"""The move that spreads nodes over failures: out of one zone into its region, or to a second place as a standby."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from models.catalog.catalog import Catalog
from models.design.delta import Delta
from models.design.design import Design
from models.design.edits import set_params
from models.design.elements import Boundary, DesignError, Element, Id, Node, Site
from models.moves import Problem
from models.report import Message


def spread(design: Design, catalog: Catalog, args: Mapping[str, Any]) -> Design | Problem:
    """Return the design in which each of `nodes` no longer depends on one zone.

    Args of the move: `nodes` maps node ids to the boundary that their sites go to (the region around their zone), and
    `zones` maps region boundaries that are drawn with one zone to the zones that they have. `standby` maps node ids to
    the `region` of the same provider in which as many replicas stand by, `name` is what it is called.
    """
    changed: dict[Id, Element] = {}
    try:
        for key, boundary in args.get("nodes", {}).items():
            node = design.node(key)
            sites = tuple(msgspec.structs.replace(site, boundary=boundary) for site in node.sites)
            changed[key] = msgspec.structs.replace(node, sites=sites)
        for key, number in args.get("zones", {}).items():
            changed[key] = set_params(design.boundaries[key], {"zones": int(number)})
        for key, place in args.get("standby", {}).items():
            changed.update(_standby(design, changed, key, place))
        return design.apply(Delta.of([(key, design.elements.get(key), new) for key, new in changed.items()]))
    except (DesignError, KeyError):
        return Problem(Message("A node or place of this remedy is no longer there."))


def _standby(design: Design, changed: Mapping[Id, Element], key: Id, place: Mapping[str, Any]) -> dict[Id, Element]:
    node = design.node(key)
    here = design.boundaries[node.sites[0].boundary or ""]
    region = f"region-{place['region']}"
    drawn: dict[Id, Element] = {}
    if region not in design.elements and region not in changed:
        params = {"region": place["region"], "zones": 1}
        drawn[region] = Boundary("region", place["name"], here.parent, params=params)
    sites = (*node.sites, Site(region, node.sites[0].replicas, "standby"))
    assert isinstance(node, Node)
    return {**drawn, key: msgspec.structs.replace(node, sites=sites)}
