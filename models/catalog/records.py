"""The records of the catalog: typed, dated, with their source.

A figure that is not known is `None` or absent, never zero.
"""

from typing import Literal, NamedTuple

import msgspec

Status = Literal["published", "measured", "estimate", "assumption", "overlay"]
Category = Literal["general", "compute", "memory", "accelerator", "storage"]
Architecture = Literal["x86", "arm"]
Purchase = Literal["on_demand", "spot", "reserved_1y", "reserved_3y"]
Place = tuple[str, str]
"""(provider id, region id)."""

PURCHASES: tuple[Purchase, ...] = ("on_demand", "spot", "reserved_1y", "reserved_3y")
HOURS_PER_MONTH = 730.0


class Fact(msgspec.Struct, frozen=True):
    """One dated figure; `unit` names what `value` counts, `source` who said so."""

    value: float
    unit: str
    date: str
    source: str
    status: Status


class Provider(msgspec.Struct, frozen=True):
    """A seller of capacity, or the own machine room (`on_premises`)."""

    id: str
    name: str
    kind: Literal["cloud", "gpu_cloud", "on_premises"]


class Region(msgspec.Struct, frozen=True):
    """A region: `jurisdiction` is EU, EEA, UK, CH, US or an ISO country code; coordinates are those of the city."""

    provider: str
    id: str
    name: str
    country: str
    jurisdiction: str
    latitude: float
    longitude: float
    zones: int | None
    grid_g_per_kwh: Fact | None
    pue: Fact | None
    source: str
    date: str


class Instance(msgspec.Struct, frozen=True):
    """A machine as sold. `accelerator_count` counts whole devices; `current` means fit for a new design.

    `burstable` machines lend their processor and are never offered for a steady load.
    """

    provider: str
    type: str
    family: str
    category: Category
    vcpu: float
    memory_gib: float
    accelerator: str | None
    accelerator_count: int
    architecture: Architecture
    current: bool
    burstable: bool
    source: str
    date: str


class Hosting(msgspec.Struct, frozen=True):
    """Hosts as bought for accelerator replicas: `hosts` machines of `instance` at `price` USD per hour each."""

    instance: Instance
    price: Fact
    hosts: int
    replicas_per_host: int

    @property
    def usd_per_hour(self) -> float:
        """What all hosts cost in USD per hour."""
        return self.hosts * self.price.value


class ModelApi(msgspec.Struct, frozen=True):
    """A hosted model billed per token. Prices in USD per million tokens; `None` is not known or not applicable."""

    id: str
    provider: str
    mode: str
    input_usd_per_million: float | None
    output_usd_per_million: float | None
    cached_input_usd_per_million: float | None
    batch_input_usd_per_million: float | None
    batch_output_usd_per_million: float | None
    context_tokens: int | None
    output_tokens: int | None
    embedding_dimensions: int | None
    deprecation_date: str | None
    source: str
    date: str


class Tier(NamedTuple):
    """A step of a graduated price: from this quantity on, each further unit costs `unit_price_usd`."""

    from_quantity: float
    unit_price_usd: float


class UnitPrice(msgspec.Struct, frozen=True):
    """A graduated unit price. `region` "*" holds everywhere; see `resources/catalog/items.json` for items and units."""

    provider: str
    item: str
    region: str
    unit: str
    tiers: tuple[Tier, ...]
    date: str
    source: str
    status: Status


class Item(msgspec.Struct, frozen=True):
    """What a unit price counts: id, label for people, pricing unit."""

    id: str
    label: str
    unit: str


class Commitment(msgspec.Struct, frozen=True):
    """Discount against on-demand, fraction 0..1, of a purchase of a family or category ("*" = all).

    `discount` `None` means explicitly not known: no wider rule may stand in for it.
    """

    provider: str
    purchase: str
    scope: str
    discount: float | None
    payment: str
    date: str
    source: str
    status: Status


class Service(msgspec.Struct, frozen=True):
    """What a provider sells for a node kind.

    `portability` is a class: 0 runs anywhere (container, S3 API, PostgreSQL) … 4 proprietary.
    `items` are the unit price items it is billed by; `price_service` names the `managed_price` service, if any.
    """

    kind: str
    provider: str
    name: str
    managed: bool
    portability: int
    items: tuple[str, ...]
    price_service: str | None
    sla: str | None


class ManagedPrice(msgspec.Struct, frozen=True):
    """A node of a managed service as sold: USD per hour of one node in one zone."""

    provider: str
    service: str
    name: str
    region: str
    vcpu: float
    memory_gib: float
    usd_per_hour: float
    date: str
    source: str
    status: Status


class CatalogRow(msgspec.Struct, frozen=True):
    """A line of `ages()`: how many records a section holds, how old they are and where they come from."""

    section: str
    records: int
    oldest: str
    newest: str
    sources: tuple[str, ...]


class Gap(msgspec.Struct, frozen=True):
    """A line of `gaps()`: what is not known, for whom."""

    provider: str
    what: str
