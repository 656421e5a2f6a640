"""Which region of a provider stands in for a place: allowed by residency, with what is needed for sale, and near."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from models.catalog.accelerators import find_accelerator
from models.catalog.catalog import Catalog
from models.catalog.latency import distance_km
from models.catalog.records import Instance, Region

Key = tuple[str, str]

JURISDICTIONS: dict[str, frozenset[str]] = {
    "EU": frozenset({"EU"}),
    "EEA": frozenset({"EU", "EEA"}),
    "UK": frozenset({"UK"}),
    "CH": frozenset({"CH"}),
    "US": frozenset({"US"}),
}
"""Jurisdictions of regions that satisfy the residency of the brief; one that is not listed allows every region."""

CLOSED = ("gov", "dod", "china", "usgov", "usdod")
"""Parts of region names that only public bodies or local companies can buy."""

AcceleratorNeed = tuple[str, int, float, float]
"""(accelerator, cards, vCPU, memory in GiB) of one replica."""


def is_allowed(jurisdiction: str, residency: str) -> bool:
    """Return whether a region of this jurisdiction satisfies the residency of the brief (`none` allows all)."""
    allowed = JURISDICTIONS.get(residency)
    return allowed is None or jurisdiction in allowed


@lru_cache(maxsize=256)
def open_regions(catalog: Catalog, provider: str, residency: str) -> tuple[Region, ...]:
    """Return the regions of a provider that anyone can buy in, that residency allows and whose machines have prices."""
    table = catalog.price_table(provider)
    if table is None:
        return ()
    return tuple(
        region
        for region in catalog.regions(provider)
        if is_allowed(region.jurisdiction, residency)
        and region.jurisdiction != "CN"
        and not any(word in region.id for word in CLOSED)
        and catalog.cheapest_fit(provider, region.id, 1.0, 1.0) is not None
    )


@lru_cache(maxsize=4096)
def accelerator_offer(catalog: Catalog, key: Key, need: AcceleratorNeed) -> tuple[Instance, bool] | None:
    """Return the machine that a replica with accelerators runs on at a place, and whether the accelerator is the same.

    The same accelerator wins; else the cheapest machine whose card has at least the memory, the memory bandwidth and
    the bf16 rate of the wanted one stands in. None where neither has a price.
    """
    name, cards, vcpu, memory = need
    same = catalog.cheapest_fit(*key, vcpu, memory, name, cards) or catalog.cheapest_fit(*key, 0.0, 0.0, name, cards)
    if same is not None:
        return same[0], True
    best: tuple[float, Instance] | None = None
    for other in _at_least_as_good(catalog, key[0], name):
        found = catalog.cheapest_fit(*key, 0.0, memory, other, cards)
        if found is not None and (best is None or found[1].value < best[0]):
            best = (found[1].value, found[0])
    return (best[1], False) if best else None


@lru_cache(maxsize=512)
def _at_least_as_good(catalog: Catalog, provider: str, name: str) -> tuple[str, ...]:
    wanted = find_accelerator(name)
    if wanted is None or wanted.memory_gb is None or wanted.memory_bandwidth_gb_s is None:
        return ()
    sold = sorted({instance.accelerator for instance in catalog.instances(provider) if instance.accelerator})
    found = []
    for other in sold:
        card = find_accelerator(other)
        if card is None or card.vendor != wanted.vendor:
            continue
        pairs = (
            (card.memory_gb, wanted.memory_gb),
            (card.memory_bandwidth_gb_s, wanted.memory_bandwidth_gb_s),
            (card.bf16_dense_tflops, wanted.bf16_dense_tflops),
        )
        if all(ours is not None and (theirs is None or ours >= theirs) for ours, theirs in pairs):
            found.append(other)
    return tuple(found)


def nearest_region(
    catalog: Catalog,
    provider: str,
    origin: tuple[float, float],
    residency: str,
    needs: Iterable[AcceleratorNeed] = (),
    taken: Sequence[str] = (),
) -> Region | None:
    """Return the region of a provider that stands in for a place.

    Regions that sell the needed accelerators come before those that sell a stand-in, then those that sell none; among
    equals the nearest to `origin` (latitude, longitude in degrees) wins. `taken` regions are used only when no other is
    left, so that two regions stay two.
    """
    wanted = tuple(needs)
    regions = open_regions(catalog, provider, residency)
    ordered = sorted(
        regions, key=lambda region: (region.id in taken, distance_km(*origin, region.latitude, region.longitude))
    )
    best: tuple[int, Region] | None = None
    for region in ordered:
        lacking = sum(_lack(accelerator_offer(catalog, (provider, region.id), need)) for need in wanted)
        if best is None or lacking < best[0]:
            best = (lacking, region)
        if lacking == 0:
            break
    return best[1] if best else None


def _lack(offer: tuple[Instance, bool] | None) -> int:
    return 10 if offer is None else int(not offer[1])
