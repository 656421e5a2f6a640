"""Nodes of managed services by the name they are sold under, and the machines they are named after."""

from __future__ import annotations

import re

from models.catalog.catalog import Catalog, elsewhere
from models.catalog.records import Instance, ManagedPrice

_BEGINNING = re.compile(r"^(?:db|cache|kafka|ml|mq|dax)\.")
_ENDING = re.compile(r"\.(?:search|elasticsearch)$")


def managed_named(catalog: Catalog, provider: str, region: str, service: str, name: str) -> ManagedPrice | None:
    """Return the node of a managed service of this name (`db.m6g.large`, `Standard_D4ds_v5`), or None.

    Where only another region is known, the first one known stands in with status "estimate".
    """
    short, other = name.removeprefix("Standard_"), None
    for (owner, sold, place), nodes in catalog.managed_table.items():
        if (owner, sold) != (provider, service):
            continue
        for node in nodes:
            if node.name == name or node.name.partition(" ")[2] == short:
                if place in (region, "*"):
                    return node
                other = other or node
    return elsewhere(other, region) if other is not None and catalog.region(provider, region) else None


def machine_behind(catalog: Catalog, provider: str, name: str) -> Instance | None:
    """Return the machine that a node of a managed service is named after: `r5.large` of `db.r5.large`."""
    return catalog.instance(provider, _ENDING.sub("", _BEGINNING.sub("", name)))
