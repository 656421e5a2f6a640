"""Machine types as providers write them, looked up in the catalog: processors, memory and accelerators of a replica."""

from __future__ import annotations

import re
from functools import cache

from msgspec import Struct

from models.catalog.accelerators import find_accelerator
from models.catalog.catalog import Catalog, load_catalog
from models.catalog.managed import machine_behind
from models.catalog.records import Instance

_AZURE_TIERS = re.compile(r"^(?:GP|MO|B)_")
_CUSTOM = re.compile(r"^(?:db-)?(?:(?P<family>[a-z]\w*)-)?custom-(?P<vcpu>\d{1,3})-(?P<mib>\d{3,7})(?:-ext)?$")
_SQL_SHAPE = re.compile(r"^db-(?P<type>[a-z]\d\w?-(?:standard|highmem)-\d{1,3})$")
_PERF = re.compile(r"^db-perf-optimized-N-(?P<vcpu>\d{1,3})$")
_SHARED = {"db-f1-micro": (1.0, 0.6), "db-g1-small": (1.0, 1.7)}
_REDIS = re.compile(r"^(?P<tier>Balanced_B|MemoryOptimized_M|ComputeOptimized_X)(?P<size>\d{1,4})$")
# What the node that these names buy is called in the price list.
_REDIS_NAMES = {
    "Balanced_B": "Balanced B",
    "MemoryOptimized_M": "Memory Optimized M",
    "ComputeOptimized_X": "Compute Optimized X",
}
_SHORT_CARD = re.compile(r"^nvidia-(?:tesla-)?|-vws$")


class Size(Struct, frozen=True):
    """What one replica runs on.

    Attributes:
        name: how the machine type is written in the design; empty = it says its size only.
        vcpu, memory_gib: None = not known.
        known: the catalog knows the machine type, or its name says its size.
    """

    name: str
    vcpu: float | None = None
    memory_gib: float | None = None
    accelerator: str = ""
    accelerators: int = 0
    known: bool = True


@cache
def _catalog() -> Catalog:
    return load_catalog()


@cache
def size_of(provider: str, written: str) -> Size:
    """Return what a machine type of a provider of the catalog is."""
    if provider == "aws":
        return _sized(provider, written)
    if provider == "azure":
        redis = _REDIS.match(written)
        if redis:
            return _redis(f"{_REDIS_NAMES[redis['tier']]}{redis['size']}")
        return _sized(provider, _AZURE_TIERS.sub("", written))
    if provider == "gcp":
        return _google(written.rpartition("/")[2])
    return Size(written, known=False)


def _sized(provider: str, name: str) -> Size:
    found = machine_behind(_catalog(), provider, name)
    return _of(found, name) if found else Size(name, known=False)


def _of(found: Instance, name: str) -> Size:
    return Size(name, found.vcpu, found.memory_gib, found.accelerator or "", found.accelerator_count)


def _redis(name: str) -> Size:
    for nodes in _catalog().managed_table.values():
        for node in nodes:
            if node.name == name:
                return Size(name, node.vcpu, node.memory_gib)
    return Size(name, known=False)


def _google(written: str) -> Size:
    custom = _CUSTOM.match(written)
    if custom:
        return Size("", float(custom["vcpu"]), int(custom["mib"]) / 1024)
    shape, fast = _SQL_SHAPE.match(written), _PERF.match(written)
    if shape:
        found = _catalog().instance("gcp", shape["type"])
        return Size("", found.vcpu, found.memory_gib) if found else Size(written, known=False)
    if fast:
        return Size("", float(fast["vcpu"]), float(fast["vcpu"]) * 8)
    if written in _SHARED:
        return Size("", *_SHARED[written])
    return _sized("gcp", written)


def card_of(written: str) -> str:
    """Return the catalog's name of an accelerator as a resource names it (`nvidia-tesla-t4`), or an empty text."""
    name = _SHORT_CARD.sub("", written.rpartition("/")[2].lower().replace("_", "-"))
    for text in (written, name, name.removesuffix("-80gb"), name.partition("-")[0]):
        found = find_accelerator(text)
        if found is not None:
            return found.name
    return ""


@cache
def region_id(provider: str, written: str) -> str:
    """Return the id in the catalog of a region or zone as it is written (`West Europe`, `europe-west1-b`)."""
    text = written.strip().rpartition("/")[2]
    if provider == "azure":
        return re.sub(r"[\s()-]", "", text).lower()
    if provider == "aws":
        return re.sub(r"(?<=\d)[a-z]$", "", text)
    if provider == "gcp":
        text = text.lower()
        return re.sub(r"-[a-z]$", "", text) if re.search(r"\d-[a-z]$", text) else text
    return text


def is_region(provider: str, region: str) -> bool:
    """Return whether the catalog knows the region."""
    return _catalog().region(provider, region) is not None
