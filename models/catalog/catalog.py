"""The catalog as one immutable value: look-ups of dated facts, loaded when first asked for.

`load_catalog()` gives the catalog shipped with the program; `catalog_from_blob` the one pinned in a project.
A look-up returns `None` where a figure is not known. An estimate says so in its status and its source.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from types import MappingProxyType

import msgspec

from models.catalog import files, latency, matching, tables
from models.catalog.inventory import ages, gaps
from models.catalog.overlay import OverlayRow, Priced, check_rows
from models.catalog.prices import USD_PER_HOUR, InstancePrices
from models.catalog.records import (
    CatalogRow,
    Commitment,
    Fact,
    Gap,
    Hosting,
    Instance,
    Item,
    ManagedPrice,
    ModelApi,
    Place,
    Provider,
    Region,
    Service,
    Tier,
    UnitPrice,
)
from models.catalog.throughput import Throughputs
from models.catalog.transfer import ITEM as CROSS_REGION
from models.catalog.transfer import TransferPrices
from models.words import Number, Text

EGRESS = "egress_internet"
MEMORY_TOLERANCE = 0.98
"""A managed node is offered a little below the round memory size it is known by (12.93 GiB for 13)."""

_SAME_SERVICE = {"feature_store": "cache"}


class UnknownPlace(ValueError):
    """A region or place that the catalog does not know."""


class Catalog:
    """Dated facts about providers. Never changes; `overlay` returns another one. Equal content has equal `digest`."""

    def __init__(self, content: Mapping[str, bytes], rows: tuple[OverlayRow, ...] = ()) -> None:
        self._files = content
        self._overlay_rows = rows
        self._prices: dict[str, InstancePrices | None] = {}
        self._ladders: dict[tuple[str, str, str | None, str | None], list[tuple[Fact, Instance]]] = {}

    # Identity

    @cached_property
    def digest(self) -> str:
        """32 hexadecimal digits that name the content."""
        return files.digest(self._files, msgspec.json.encode(self._overlay_rows))

    def blob(self) -> bytes:
        """Return the whole catalog as one compressed blob, for `catalog_from_blob`."""
        return files.pack(self._files, msgspec.json.encode(self._overlay_rows))

    # Sections

    @cached_property
    def sources(self) -> Mapping[str, tables.Source]:
        """The sources by id."""
        return MappingProxyType(tables.sources(self._files["sources.json"]))

    @cached_property
    def providers(self) -> Mapping[str, Provider]:
        """The providers by id."""
        return MappingProxyType(tables.providers(self._files["providers.json"]))

    @cached_property
    def items(self) -> Mapping[str, Item]:
        """What unit prices count, by item id."""
        return MappingProxyType(tables.items(self._files["items.json"]))

    @cached_property
    def region_table(self) -> Mapping[Place, Region]:
        """The regions by (provider, region id)."""
        return MappingProxyType(tables.regions(self._files["regions.json"], self.sources))

    @cached_property
    def instance_table(self) -> Mapping[tuple[str, str], Instance]:
        """The instances by (provider, type)."""
        return MappingProxyType(tables.instances(self._files["instances.json"], self.sources))

    @cached_property
    def model_apis(self) -> Mapping[str, ModelApi]:
        """The hosted models by id."""
        return MappingProxyType(tables.model_apis(self._files["model_apis.json"]))

    @cached_property
    def services(self) -> Mapping[tuple[str, str], Service]:
        """What providers sell for a node kind, by (kind, provider)."""
        return MappingProxyType(tables.services(self._files["services.json"]))

    @cached_property
    def places(self) -> Mapping[str, tuple[float, float]]:
        """Centers of population, (latitude, longitude) in degrees, by country code or part of the US."""
        return MappingProxyType(tables.places(self._files["places.json"]))

    @cached_property
    def commitments(self) -> Mapping[tuple[str, str, str], Commitment]:
        """Discounts by (provider, purchase, family or "category:<name>" or "*")."""
        return MappingProxyType(tables.commitments(self._files["commitments.json"], self.sources))

    @cached_property
    def slas(self) -> Mapping[tuple[str, str], Fact]:
        """Promised availability in percent per month by (provider, service id of the source)."""
        return MappingProxyType(tables.slas(self._files["sla.json"], self.sources))

    @cached_property
    def unit_price_table(self) -> Mapping[tuple[str, str], Mapping[str, UnitPrice]]:
        """The unit prices by (provider, item) and region."""
        return MappingProxyType(self._unit_prices[0])

    @cached_property
    def managed_table(self) -> Mapping[tuple[str, str, str], list[ManagedPrice]]:
        """The nodes of managed services by (provider, service, region), cheapest first."""
        return MappingProxyType(tables.managed_prices(self._files["managed.json"], self.sources))

    @cached_property
    def measured_round_trips(self) -> latency.Measured:
        """The measured round trips between regions."""
        file = msgspec.json.decode(self._files["round_trips.json"], type=latency.RoundTrips)
        return latency.Measured(file.matrices, {key: tables.credit(source) for key, source in self.sources.items()})

    @cached_property
    def transfers(self) -> TransferPrices:
        """The prices of traffic between regions of one provider."""
        return TransferPrices(self._files["transfer.json"], self.sources, self.region_table)

    @cached_property
    def throughputs(self) -> Throughputs:
        """The measured throughputs between regions."""
        return Throughputs(self._files["throughput.json"], self.sources)

    def price_table(self, provider: str) -> InstancePrices | None:
        """Return the instance prices of a provider, or None if the catalog has none."""
        if provider not in self._prices:
            content = self._files.get(f"prices_{provider}.json")
            self._prices[provider] = InstancePrices(content, self.sources) if content else None
        return self._prices[provider]

    # Regions and instances

    def regions(self, provider: str | None = None) -> tuple[Region, ...]:
        """Return all regions, or those of one provider."""
        return tuple(r for r in self.region_table.values() if provider is None or r.provider == provider)

    def region(self, provider: str, region: str) -> Region | None:
        """Return a region, or None if it is not known."""
        return self.region_table.get((provider, region))

    def instance(self, provider: str, instance_type: str) -> Instance | None:
        """Return an instance type, or None if it is not known."""
        return self.instance_table.get((provider, instance_type))

    def instances(self, provider: str) -> tuple[Instance, ...]:
        """Return the instance types of a provider."""
        return tuple(i for (owner, _), i in self.instance_table.items() if owner == provider)

    def instance_price(
        self, provider: str, region: str, instance_type: str, purchase: str = "on_demand"
    ) -> Fact | None:
        """Return the price of the whole host in USD per hour.

        Args:
            provider, region, instance_type: ids.
            purchase: on_demand, spot, reserved_1y or reserved_3y. Where its own price is not known, the on-demand
                price less the discount of the family (or category) stands in, with status "estimate".

        Returns:
            The price, or None where neither is known or the region does not exist.
        """
        own = self._overlay.instance(provider, region, instance_type, purchase)
        if own is not None:
            return own
        table = self.price_table(provider)
        if table is None or (provider, region) not in self.region_table:
            return None
        listed = table.find(region, instance_type, purchase)
        if listed is not None or purchase == "on_demand":
            return listed
        return self._discounted(provider, region, instance_type, purchase)

    def sustained_use(self, provider: str, instance_type: str) -> Commitment | None:
        """Return the discount that a host gets by itself when it runs all month, or None where there is none."""
        instance = self.instance(provider, instance_type)
        return None if instance is None else self.commitments.get((provider, "sustained_use", instance.family))

    def earlier_price(self, provider: str, region: str, instance_type: str) -> Fact | None:
        """Return an older on-demand price of a host in USD per hour, to tell how prices drift, or None."""
        return self._history.get((provider, region, instance_type))

    def cheapest_fit(
        self,
        provider: str,
        region: str,
        vcpu: float,
        memory_gib: float,
        accelerator: str | None = None,
        accelerator_count: int = 0,
        architecture: str | None = None,
    ) -> tuple[Instance, Fact] | None:
        """Return the cheapest host on demand that holds a request, with its price in USD per hour.

        Without accelerator the families are current (older ones where a region sells no other) and never burstable.
        An accelerator comes in hosts as sold: four H200 on AWS are a host of eight.

        Args:
            provider, region: ids.
            vcpu, memory_gib: what the host must have at least.
            accelerator: name, bare ("H100": any form) or full ("H100-SXM"); None for a CPU host.
            accelerator_count: devices needed, at least 1 when an accelerator is named.
            architecture: "x86", "arm" or "any"; None is x86, where an image runs unchanged (for an accelerator: any).
        """
        key = (provider, region, accelerator, architecture)
        if key not in self._ladders:
            self._ladders[key] = self._ladder(*key)
        needed = max(1, accelerator_count) if accelerator else 0
        for price, instance in self._ladders[key]:
            if instance.vcpu >= vcpu and instance.memory_gib >= memory_gib and instance.accelerator_count >= needed:
                return instance, price
        return None

    def cheapest_hosts(
        self, provider: str, region: str, accelerator: str, per_replica: int, replicas: int
    ) -> Hosting | None:
        """Return the cheapest set of equal hosts that holds `replicas` of `per_replica` accelerators each.

        A replica stays inside one host, where its accelerators are linked; hosts are bought whole. Six single H100 may
        be six hosts of one or one host of eight, whichever costs less; None where no host is big enough or priced.
        """
        best: Hosting | None = None
        key = (provider, region, accelerator, None)
        if key not in self._ladders:
            self._ladders[key] = self._ladder(*key)
        for price, instance in self._ladders[key]:
            fit = instance.accelerator_count // max(1, per_replica)
            if fit:
                option = Hosting(instance, price, max(1, -(-replicas // fit)), fit)
                if best is None or option.usd_per_hour < best.usd_per_hour:
                    best = option
        return best

    # Unit prices

    def unit_price(self, provider: str, region: str, item: str) -> UnitPrice | None:
        """Return the price of an item in a region.

        Where only another region's price is known, that one is returned with status "estimate" and named in the source.
        """
        own = self._overlay.units.get((provider, item), {})
        known = self.unit_price_table.get((provider, item), {})
        for candidate in (own.get(region), own.get("*"), known.get(region), known.get("*")):
            if candidate is not None:
                return candidate
        if not known or (provider, region) not in self.region_table:
            return None
        reference = self._unit_prices[1].get(provider, "")
        price = known.get(reference) or known[min(known)]
        source = _not_its_own(price.region, region, price.source)
        return msgspec.structs.replace(price, region=region, source=source, status="estimate")

    def transfer_price(self, from_: Place, to: Place | None) -> UnitPrice | None:
        """Return the price per GB of traffic from a region (provider, region) to another, or to the internet (None).

        Another provider is reached over the internet. Inside a region the price is a known 0; `cross_zone_price`
        holds between zones.
        """
        provider, region = from_
        if to is None:
            return self.unit_price(provider, region, EGRESS)
        if to == from_:
            source = Text("traffic inside a region, without change of zone")
            date = self.sources["infracost"].date
            return UnitPrice(provider, CROSS_REGION, region, "GB", (Tier(0.0, 0.0),), date, source, "published")
        if to[0] != provider:
            return self.unit_price(provider, region, EGRESS)
        own = self._overlay.units.get((provider, CROSS_REGION), {})
        return own.get(region) or own.get("*") or self.transfers.find(provider, region, to[1])

    def cross_zone_price(self, provider: str) -> UnitPrice | None:
        """Return the price per GB between zones of a region, both directions of billing together."""
        own = self._overlay.units.get((provider, "cross_zone"), {})
        return own.get("*") or self.unit_price_table.get((provider, "cross_zone"), {}).get("*")

    def managed_price(self, provider: str, region: str, service: str, vcpu: float, memory_gib: float) -> Fact | None:
        """Return the price in USD per hour of the cheapest node of a managed service that holds a request.

        One node in one zone; a standby or replica is another node.

        Args:
            provider, region: ids. Where only the reference region is known, it stands in with status "estimate".
            service: relational, cache, search, stream_broker, document or feature_store (a cache unless sold apart).
            vcpu, memory_gib: what the node must have at least (memory within 2 %).
        """
        node = self.managed_node(provider, region, service, vcpu, memory_gib)
        if node is None:
            return None
        source = f"{node.name}; {node.source}"
        return Fact(node.usd_per_hour, USD_PER_HOUR, node.date, source, node.status)

    def managed_node(
        self, provider: str, region: str, service: str, vcpu: float, memory_gib: float
    ) -> ManagedPrice | None:
        """Return the node that `managed_price` prices, with its size, or None."""
        if (provider, region) not in self.region_table:
            return None
        for name in (service, _SAME_SERVICE.get(service, service)):
            for place in (region, "*", self._unit_prices[1].get(provider, "")):
                for node in self.managed_table.get((provider, name, place), ()):
                    if node.vcpu >= vcpu and node.memory_gib >= memory_gib * MEMORY_TOLERANCE:
                        return node if place in (region, "*") else elsewhere(node, region)
        return None

    # Distance

    def round_trip_ms(self, a: Place, b: Place) -> Fact:
        """Return the round trip between two regions in ms: measured, else estimated from the distance.

        Raises:
            UnknownPlace: one of the regions is not in the catalog.
        """
        first, second = self._located(a), self._located(b)
        if a == b:
            source = Text("another zone of the region")
            return Fact(latency.SAME_REGION_MS, "ms", latency.ESTIMATE_DATE, source, "estimate")
        measured = self.measured_round_trips.find(a, b)
        return measured or self._estimated(first, second)

    def round_trip_from_place_ms(self, place: str, region: Place) -> Fact:
        """Return the estimated round trip in ms from the people of a place to a region.

        Args:
            place: ISO country code ("DE"), or "US-East", "US-Central", "US-West".
            region: (provider, region id).

        Raises:
            UnknownPlace: the place or the region is not in the catalog.
        """
        if place not in self.places:
            raise UnknownPlace(
                Text(
                    "The place {place!r} is not known; give an ISO country code such as DE, or US-East, -Central, "
                    "-West.",
                    place=place,
                )
            )
        return self._estimated(self.places[place], self._located(region))

    def throughput_gbit_s(self, from_: Place, to: Place) -> Fact | None:
        """Return the measured throughput in Gbit/s of one pair of machines between two regions, or None."""
        return self.throughputs.find(from_, to)

    # Services, promises, models

    def sla(self, provider: str, service: str) -> Fact | None:
        """Return the promised availability in percent per month of a service id of the source, or of a node kind."""
        offered = self.services.get((service, provider))
        return self.slas.get((provider, offered.sla if offered and offered.sla else service))

    def model_api(self, model_id: str) -> ModelApi | None:
        """Return a hosted model, or None if it is not known."""
        return self.model_apis.get(model_id)

    def service(self, kind: str, provider: str) -> Service | None:
        """Return what a provider sells for a node kind, or None if it is not known."""
        return self.services.get((kind, provider))

    def equivalents(self, kind: str) -> tuple[Service, ...]:
        """Return what all providers sell for a node kind."""
        return tuple(service for (name, _), service in self.services.items() if name == kind)

    def ai_services(self, provider: str) -> tuple[Service, ...]:
        """Return the platform services for AI that a provider sells: hosted models, serving, training, MLOps."""
        return tuple(s for s in self.services.values() if s.provider == provider and s.kind in self._ai_kinds)

    # Overlay and inventory

    def overlay(self, rows: Iterable[OverlayRow]) -> "Catalog":
        """Return a catalog in which the given prices win over the shipped ones; later rows win over earlier ones.

        Raises:
            PriceListError: a row names an unknown provider, region, item, type or unit.
        """
        added = tuple(rows)
        check_rows(added, self.providers, self.region_table, self.items, self.instance_table)
        return Catalog(self._files, self._overlay_rows + added)

    def ages(self) -> tuple[CatalogRow, ...]:
        """Return per section: records, oldest and newest date, sources."""
        return ages(self, self._overlay_rows)

    def gaps(self) -> tuple[Gap, ...]:
        """Return what is not known, by provider."""
        return gaps(self)

    # Internal

    @cached_property
    def _unit_prices(self) -> tuple[dict[tuple[str, str], dict[str, UnitPrice]], dict[str, str]]:
        return tables.unit_prices(self._files["unit_prices.json"], self.items, self.sources)

    @cached_property
    def _ai_kinds(self) -> frozenset[str]:
        return tables.ai_kinds(self._files["services.json"])

    @cached_property
    def _history(self) -> dict[tuple[str, str, str], Fact]:
        return tables.price_history(self._files["price_history.json"], self.sources)

    @cached_property
    def _overlay(self) -> Priced:
        return Priced(self._overlay_rows, self.items)

    @cached_property
    def _detours(self) -> dict[tuple[str, str], float]:
        return tables.detours(self._files["calibration.json"])

    def _located(self, place: Place) -> tuple[float, float]:
        region = self.region_table.get(place)
        if region is None:
            raise UnknownPlace(
                Text("The region {region!r} of {provider!r} is not in the catalog.", region=place[1], provider=place[0])
            )
        return region.latitude, region.longitude

    def _estimated(self, a: tuple[float, float], b: tuple[float, float]) -> Fact:
        value = latency.estimate_ms(a, b, self._detours)
        return Fact(value, "ms", latency.ESTIMATE_DATE, latency.ESTIMATE_SOURCE, "estimate")

    def _discounted(self, provider: str, region: str, instance_type: str, purchase: str) -> Fact | None:
        instance, listed = self.instance(provider, instance_type), self.instance_price(provider, region, instance_type)
        if instance is None or listed is None:
            return None
        for scope in (instance.family, f"category:{instance.category}", "*"):
            rule = self.commitments.get((provider, purchase, scope))
            if rule is not None:
                if rule.discount is None:
                    return None
                value = listed.value * (1 - rule.discount)
                source = Text(
                    "on-demand less {discount} ({rule}); {price}",
                    discount=Number(f"{rule.discount:.1%}"),
                    rule=rule.source,
                    price=listed.source,
                )
                return Fact(value, USD_PER_HOUR, min(listed.date, rule.date), source, "estimate")
        return None

    def _ladder(
        self, provider: str, region: str, accelerator: str | None, architecture: str | None
    ) -> list[tuple[Fact, Instance]]:
        offered: list[tuple[Fact, Instance]] = []
        for instance in self.instances(provider):
            if matching.offers(instance, accelerator, architecture):
                price = self.instance_price(provider, region, instance.type)
                if price is not None:
                    offered.append((price, instance))
        if accelerator is None:
            offered = [pair for pair in offered if pair[1].current] or offered
        return sorted(offered, key=lambda pair: (pair[0].value, pair[1].type))


def _not_its_own(known: str, region: str, source: str) -> Text:
    return Text("price of {known}, that of {region} is not known; {source}", known=known, region=region, source=source)


def elsewhere(node: ManagedPrice, region: str) -> ManagedPrice:
    """Return the price of another region as an estimate for this one."""
    source = _not_its_own(node.region, region, node.source)
    return msgspec.structs.replace(node, region=region, source=source, status="estimate")


@lru_cache(maxsize=1)
def load_catalog() -> Catalog:
    """Return the catalog shipped with the program (one object per process; sections are read when asked for)."""
    return Catalog(files.Folder())


def catalog_from_blob(blob: bytes) -> Catalog:
    """Return the catalog pinned in a project.

    Raises:
        ValueError: the blob is damaged.
    """
    content, rows = files.unpack(blob)
    return Catalog(content, msgspec.json.decode(rows, type=tuple[OverlayRow, ...]))
