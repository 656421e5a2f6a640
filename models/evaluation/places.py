"""Where a row runs: provider, region, zone and copies, resolved from the deployment boundaries of its site."""

from __future__ import annotations

from typing import NamedTuple

from models.design.design import Design
from models.design.elements import Boundary, Id
from models.design.kinds import value_of

ANYWHERE_ZONES = 2
OWN_PLACES = frozenset({"on_premises"})
"""Providers that stand for the architect's own places: nobody sends a bill for them."""


class Place(NamedTuple):
    """A resolved deployment place.

    Attributes:
        provider, region: catalog ids; empty = not known (no price, no latency can be looked up).
        zone: name of the one zone, or empty when replicas spread over `zones` zones of the region.
        copies: equal copies of the innermost site group and of everything around it.
        boundary: the boundary it was resolved from; None = the brief's home region.
        assumed: True when it comes from the brief's home region.
    """

    provider: str
    region: str
    zone: str = ""
    zones: int = ANYWHERE_ZONES
    copies: int = 1
    boundary: Id | None = None
    assumed: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """Provider and region, the key of the catalog."""
        return (self.provider, self.region)


def home(design: Design) -> Place:
    """Return the place of sites without a boundary: the brief's home region, an assumption."""
    provider, _, region = str(value_of(design.brief, "home_region") or "").partition("/")
    return Place(provider, region, assumed=True)


def resolve(design: Design, boundary: Id | None) -> Place:
    """Return the place of a deployment boundary; what it does not say comes from its parents, then from the brief."""
    fallback = home(design)
    provider = region = zone = ""
    zones, copies = ANYWHERE_ZONES, 1
    for _, element in design.ancestors(boundary):
        copies *= element.copies
        if element.kind == "zone" and not zone:
            zone = _text(element, "zone") or element.name
        if element.kind == "region" and not region:
            region = _text(element, "region") or element.name
            zones = int(value_of(element, "zones") or ANYWHERE_ZONES)
        provider = provider or _text(element, "provider")
    if not region:
        provider, region = provider or fallback.provider, fallback.region if not provider else ""
    assumed = boundary is None or not provider or not region
    return Place(provider or fallback.provider, region, zone, zones, copies, boundary, assumed)


def _text(element: Boundary, name: str) -> str:
    return str(value_of(element, name) or "")
