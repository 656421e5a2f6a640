"""The file formats of `resources/catalog` and their decoders: bytes in, records out.

Tables are arrays without field names, one row per line, so that a changed price is a one-line diff.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from models.catalog.records import (
    Commitment,
    Fact,
    Instance,
    Item,
    ManagedPrice,
    ModelApi,
    Place,
    Provider,
    Region,
    Service,
    Status,
    Tier,
    UnitPrice,
)
from models.words import Text

Architecture = Literal["x86", "arm"]
Category = Literal["general", "compute", "memory", "accelerator", "storage"]
Sourced = tuple[float, str]


class Source(msgspec.Struct, frozen=True):
    """Where figures were taken from: short id, title, license, date of the copy."""

    id: str
    title: str
    license: str
    date: str


class _Sources(msgspec.Struct):
    sources: tuple[Source, ...]


class _Providers(msgspec.Struct):
    providers: tuple[Provider, ...]


class _Items(msgspec.Struct):
    items: tuple[Item, ...]


class _RegionRow(msgspec.Struct, array_like=True):
    provider: str
    id: str
    name: str
    country: str
    jurisdiction: str
    latitude: float
    longitude: float
    zones: int | None
    grid: Sourced | None
    pue: Sourced | None
    source: str


class _Regions(msgspec.Struct):
    regions: list[_RegionRow]


class _InstanceRow(msgspec.Struct, array_like=True):
    provider: str
    type: str
    family: str
    category: Category
    vcpu: float
    memory_gib: float
    accelerator: str | None
    accelerator_count: int
    architecture: Architecture
    generation: Literal[0, 1, 2]


class _Instances(msgspec.Struct):
    sources: dict[str, str]
    instances: list[_InstanceRow]


class _UnitRow(msgspec.Struct, array_like=True):
    provider: str
    item: str
    region: str
    tiers: tuple[tuple[float, float], ...]
    date: str
    source: str
    status: Status


class _UnitPrices(msgspec.Struct):
    reference_regions: dict[str, str]
    prices: list[_UnitRow]


class _ManagedRow(msgspec.Struct, array_like=True):
    provider: str
    service: str
    name: str
    vcpu: float
    memory_gib: float
    regions: list[str]
    usd_per_hour: list[float]
    source: str
    date: str
    status: Status


class _Managed(msgspec.Struct):
    prices: list[_ManagedRow]


class _CommitmentRow(msgspec.Struct, array_like=True):
    provider: str
    purchase: str
    scope: str
    discount: float | None
    payment: str
    date: str
    source: str
    status: Status


class _Commitments(msgspec.Struct):
    commitments: list[_CommitmentRow]


class _ModelRow(msgspec.Struct, array_like=True):
    id: str
    provider: str
    mode: str
    input_usd: float | None
    output_usd: float | None
    cached_input_usd: float | None
    batch_input_usd: float | None
    batch_output_usd: float | None
    context_tokens: int | None
    output_tokens: int | None
    embedding_dimensions: int | None
    deprecation_date: str | None
    source: int


class _Models(msgspec.Struct):
    date: str
    collector: str
    sources: list[str]
    models: list[_ModelRow]


class _SlaRow(msgspec.Struct, array_like=True):
    provider: str
    service: str
    percent: float
    source: str


class _Slas(msgspec.Struct):
    promises: list[_SlaRow]


class _Places(msgspec.Struct):
    source: str
    date: str
    places: list[tuple[str, float, float]]


class _Services(msgspec.Struct):
    date: str
    source: str
    services: tuple[Service, ...]
    ai_kinds: frozenset[str]


class _HistoryRow(msgspec.Struct, array_like=True):
    provider: str
    region: str
    type: str
    usd_per_hour: float
    source: str


class _History(msgspec.Struct):
    prices: list[_HistoryRow]


class _Detours(msgspec.Struct):
    k_by_continent_pair: dict[str, float]


class _Calibration(msgspec.Struct):
    region_rtt: _Detours


Titles = Mapping[str, Source]


def sources(content: bytes) -> dict[str, Source]:
    """Return the sources by id."""
    return {source.id: source for source in msgspec.json.decode(content, type=_Sources).sources}


def credit(source: Source) -> str:
    """Return a source as one line: title and license."""
    return source.title if source.license == "facts" else f"{source.title} ({source.license})"


def providers(content: bytes) -> dict[str, Provider]:
    """Return the providers by id."""
    return {provider.id: provider for provider in msgspec.json.decode(content, type=_Providers).providers}


def items(content: bytes) -> dict[str, Item]:
    """Return the unit price items by id."""
    return {item.id: item for item in msgspec.json.decode(content, type=_Items).items}


def regions(content: bytes, titles: Titles) -> dict[Place, Region]:
    """Return the regions by (provider, region id)."""

    def fact(pair: Sourced | None, unit: str) -> Fact | None:
        if pair is None:
            return None
        source = titles[pair[1]]
        return Fact(pair[0], unit, source.date, credit(source), "published")

    rows = msgspec.json.decode(content, type=_Regions).regions
    return {
        (row.provider, row.id): Region(
            row.provider,
            row.id,
            row.name,
            row.country,
            row.jurisdiction,
            row.latitude,
            row.longitude,
            row.zones,
            fact(row.grid, "gCO2e/kWh"),
            fact(row.pue, "1"),
            credit(titles[row.source]),
            titles[row.source].date,
        )
        for row in rows
    }


def instances(content: bytes, titles: Titles) -> dict[tuple[str, str], Instance]:
    """Return the instances by (provider, type)."""
    file = msgspec.json.decode(content, type=_Instances)
    origins = {provider: (credit(titles[key]), titles[key].date) for provider, key in file.sources.items()}
    return {
        (row.provider, row.type): Instance(
            row.provider,
            row.type,
            row.family,
            row.category,
            row.vcpu,
            row.memory_gib,
            row.accelerator,
            row.accelerator_count,
            row.architecture,
            row.generation == 1,
            row.generation == 2,
            *origins[row.provider],
        )
        for row in file.instances
    }


def unit_prices(
    content: bytes, known: Mapping[str, Item], titles: Titles
) -> tuple[dict[tuple[str, str], dict[str, UnitPrice]], dict[str, str]]:
    """Return the unit prices by (provider, item) and region, and the reference region of each provider."""
    file = msgspec.json.decode(content, type=_UnitPrices)
    table: dict[tuple[str, str], dict[str, UnitPrice]] = {}
    for row in file.prices:
        price = UnitPrice(
            row.provider,
            row.item,
            row.region,
            known[row.item].unit,
            tuple(Tier(start, usd) for start, usd in row.tiers),
            row.date,
            credit(titles[row.source]),
            row.status,
        )
        table.setdefault((row.provider, row.item), {})[row.region] = price
    return table, file.reference_regions


def managed_prices(content: bytes, titles: Titles) -> dict[tuple[str, str, str], list[ManagedPrice]]:
    """Return the nodes of managed services by (provider, service, region), cheapest first."""
    table: dict[tuple[str, str, str], list[ManagedPrice]] = {}
    for row in msgspec.json.decode(content, type=_Managed).prices:
        source = credit(titles[row.source])
        for region, usd in zip(row.regions, row.usd_per_hour, strict=True):
            price = ManagedPrice(
                row.provider,
                row.service,
                row.name,
                region,
                row.vcpu,
                row.memory_gib,
                usd,
                row.date,
                source,
                row.status,
            )
            table.setdefault((row.provider, row.service, region), []).append(price)
    for prices in table.values():
        prices.sort(key=lambda price: price.usd_per_hour)
    return table


def commitments(content: bytes, titles: Titles) -> dict[tuple[str, str, str], Commitment]:
    """Return the discounts by (provider, purchase, scope)."""
    rows = msgspec.json.decode(content, type=_Commitments).commitments
    return {
        (row.provider, row.purchase, row.scope): Commitment(
            row.provider,
            row.purchase,
            row.scope,
            row.discount,
            row.payment,
            row.date,
            credit(titles[row.source]),
            row.status,
        )
        for row in rows
    }


def model_apis(content: bytes) -> dict[str, ModelApi]:
    """Return the hosted models by id."""
    file = msgspec.json.decode(content, type=_Models)
    return {
        row.id: ModelApi(
            row.id,
            row.provider,
            row.mode,
            row.input_usd,
            row.output_usd,
            row.cached_input_usd,
            row.batch_input_usd,
            row.batch_output_usd,
            row.context_tokens,
            row.output_tokens,
            row.embedding_dimensions,
            row.deprecation_date,
            Text("{source}, collected by {collector}", source=file.sources[row.source], collector=file.collector),
            file.date,
        )
        for row in file.models
    }


def slas(content: bytes, titles: Titles) -> dict[tuple[str, str], Fact]:
    """Return the promised availability in percent per month by (provider, service)."""
    rows = msgspec.json.decode(content, type=_Slas).promises
    return {
        (row.provider, row.service): Fact(
            row.percent, "% per month", titles[row.source].date, credit(titles[row.source]), "published"
        )
        for row in rows
    }


def places(content: bytes) -> dict[str, tuple[float, float]]:
    """Return the centers of population, (latitude, longitude) in degrees, by country code or part of the US."""
    file = msgspec.json.decode(content, type=_Places)
    return {code: (latitude, longitude) for code, latitude, longitude in file.places}


def services(content: bytes) -> dict[tuple[str, str], Service]:
    """Return what providers sell for a node kind, by (kind, provider)."""
    file = msgspec.json.decode(content, type=_Services)
    return {(service.kind, service.provider): service for service in file.services}


def ai_kinds(content: bytes) -> frozenset[str]:
    """Return the node kinds that make up an AI platform."""
    return msgspec.json.decode(content, type=_Services).ai_kinds


def price_history(content: bytes, titles: Titles) -> dict[tuple[str, str, str], Fact]:
    """Return older on-demand prices in USD per hour by (provider, region, type)."""
    rows = msgspec.json.decode(content, type=_History).prices
    return {
        (row.provider, row.region, row.type): Fact(
            row.usd_per_hour, "USD/h", titles[row.source].date, credit(titles[row.source]), "published"
        )
        for row in rows
    }


def detours(content: bytes) -> dict[tuple[str, str], float]:
    """Return the detour factor k by sorted continent pair from `calibration.json`."""
    pairs = msgspec.json.decode(content, type=_Calibration).region_rtt.k_by_continent_pair
    table: dict[tuple[str, str], float] = {}
    for pair, factor in pairs.items():
        first, second = sorted(pair.split("-"))
        table[first, second] = factor
    return table
