"""Where the places of a drawing lie: regions named in labels, and the one assumed for a provider without any."""

from __future__ import annotations

import re
from functools import cache

from models.catalog.catalog import load_catalog
from models.catalog.records import Region
from models.design.kinds import kinds

_WORD = re.compile(r"[^\W_]+")
_TELLING = 5
"""Shorter ids of regions (`IN`, `EU`) are words of their own."""


@cache
def _regions() -> tuple[Region, ...]:
    return load_catalog().regions()


@cache
def region_named(text: str, provider: str = "") -> Region | None:
    """Return the region whose id or name stands in a text, or None; of equal ids that of the provider."""
    words = f" {' '.join(_WORD.findall(text.lower()))} "
    for region in _regions():
        if provider in ("", region.provider):
            names = (" ".join(_WORD.findall(name.lower())) for name in (region.id, region.name))
            if any(len(name) >= _TELLING and f" {name} " in words for name in names):
                return region
    return None


@cache
def region_beginning(text: str, provider: str = "") -> Region | None:
    """Return the first region whose id is the text and a number (`us-central` of `us-central1`), or None."""
    own = _packed(text)
    fitting = (region for region in _regions() if provider in ("", region.provider))
    return next((each for each in fitting if own and _packed(each.id).rstrip("0123456789") == own), None)


@cache
def zone_named(text: str, provider: str = "") -> tuple[Region, str] | None:
    """Return the region and the zone in it that a text is the id of (`us-central1-a`, `eu-west-1b`), or None."""
    own = _packed(text)
    for region in _regions():
        begin = _packed(region.id)
        longer = len(own) == len(begin) + 1 and own.startswith(begin) and own[-1].isalpha()
        if longer and provider in ("", region.provider):
            return region, own[-1]
    return None


def _packed(text: str) -> str:
    return "".join(_WORD.findall(text.lower()))


@cache
def provider_name(provider: str) -> str:
    """Return the name of a provider of the catalog, or an empty text for one that is not in it."""
    known = load_catalog().providers.get(provider)
    return known.name if known else ""


@cache
def assumed_region(provider: str) -> Region | None:
    """Return the region of a provider that lies nearest to the home region of a new design, or None if it has none."""
    parameter = next((each for each in kinds().brief if each.name == "home_region"), None)
    home_provider, _, home_id = str(parameter.default if parameter else "").partition("/")
    home = next((each for each in _regions() if (each.provider, each.id) == (home_provider, home_id)), None)
    own = [region for region in _regions() if region.provider == provider]
    if home is None or not own:
        return own[0] if own else None
    return min(
        own,
        key=lambda region: (region.latitude - home.latitude) ** 2 + (region.longitude - home.longitude) ** 2,
    )
