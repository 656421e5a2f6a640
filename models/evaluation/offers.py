"""What a replica is bought as: the instance, host or managed node that fits it, with its hourly price or why none."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from models.catalog.catalog import Catalog
from models.catalog.managed import machine_behind, managed_named
from models.catalog.records import Fact, Instance
from models.design.elements import Node
from models.design.kinds import NodeKind, Parameter, value_of
from models.evaluation.places import Place
from models.words import Text


class Wish(NamedTuple):
    """What one replica needs, as the key of an offer."""

    provider: str
    region: str
    compute: str
    service: str
    instance: str
    vcpu: float
    memory_gib: float
    accelerator: str
    accelerators: int
    own_price: float | None


class Offer(NamedTuple):
    """One way to buy a replica.

    Attributes:
        usd_hour: on-demand price of one host per hour; None = not known (`reason` says why).
        per_host: replicas that fit one host (several share a host of eight accelerators).
        reserved_1y, reserved_3y, spot: price per host-hour under these purchases, None = not known.
        label: what is bought, as on an invoice.
        sustained: discount that the provider gives by itself for a host that runs all month, fraction.
    """

    label: str
    usd_hour: Fact | None
    per_host: int = 1
    reserved_1y: Fact | None = None
    reserved_3y: Fact | None = None
    spot: Fact | None = None
    instance: Instance | None = None
    reason: str = ""
    sustained: float = 0.0


def wish_of(node: Node, kind: NodeKind, place: Place, numbers: dict[str, float | None]) -> Wish:
    """Return what one replica of the node needs at the place; `numbers` are its vcpu, memory_gib and accelerators."""
    accelerator = _text(node, kind.parameter("accelerator"))
    count = int(numbers.get("accelerators") or 1) if accelerator else 0
    return Wish(
        place.provider,
        place.region,
        kind.compute,
        kind.managed_service,
        _text(node, kind.parameter("instance")),
        numbers.get("vcpu") or 0.0,
        numbers.get("memory_gib") or 0.0,
        accelerator,
        count,
        numbers.get("price_usd_hour"),
    )


def _text(node: Node, parameter: Parameter | None) -> str:
    if parameter is None:
        return ""
    return str(value_of(node, parameter.name) or "")


def find_offer(catalog: Catalog, wish: Wish) -> Offer | None:
    """Return how the wish is bought; None when the kind is not bought by the replica."""
    if wish.own_price is not None:
        return Offer(Text("own price"), Fact(wish.own_price, "USD/h", "", Text("your input"), "overlay"))
    if wish.compute == "none":
        return None
    if not wish.provider or not wish.region:
        return Offer("", None, reason=Text("It has no provider and region; place it in a region or set a home region."))
    if wish.instance:
        return _named(catalog, wish)
    if wish.compute == "managed_instance":
        return _managed(catalog, wish)
    if wish.accelerator:
        return _hosts(catalog, wish)
    return _fitting(catalog, wish)


def _priced(catalog: Catalog, wish: Wish, instance: Instance, per_host: int) -> Offer:
    prices = {
        purchase: catalog.instance_price(wish.provider, wish.region, instance.type, purchase)
        for purchase in ("on_demand", "reserved_1y", "reserved_3y", "spot")
    }
    listed = prices["on_demand"]
    reason = "" if listed else Text("No price of {type} in {region} is known.", type=instance.type, region=wish.region)
    rule = catalog.sustained_use(wish.provider, instance.type) if listed and listed.status != "overlay" else None
    return Offer(
        instance.type,
        listed,
        per_host,
        prices["reserved_1y"],
        prices["reserved_3y"],
        prices["spot"],
        instance,
        reason,
        (rule.discount or 0.0) if rule is not None else 0.0,
    )


def _named(catalog: Catalog, wish: Wish) -> Offer:
    if wish.compute == "managed_instance":
        managed = _named_managed(catalog, wish)
        if managed is not None:
            return managed
    instance = catalog.instance(wish.provider, wish.instance)
    if instance is None:
        return Offer(
            wish.instance,
            None,
            reason=Text(
                "{provider} has no machine type “{instance}” in the price list.",
                provider=wish.provider,
                instance=wish.instance,
            ),
        )
    per_host = max(instance.accelerator_count // wish.accelerators, 1) if wish.accelerators else 1
    return _priced(catalog, wish, instance, per_host)


def _named_managed(catalog: Catalog, wish: Wish) -> Offer | None:
    """Return the node of that name; where it has no price of its own, the next larger one, as an estimate."""
    label = f"{wish.service.replace('_', ' ')} {wish.instance}"
    node = managed_named(catalog, wish.provider, wish.region, wish.service, wish.instance)
    if node is not None:
        return Offer(label, Fact(node.usd_per_hour, "USD/h", node.date, f"{node.name}; {node.source}", node.status))
    if machine_behind(catalog, wish.provider, wish.instance) is None:
        return None
    managed = catalog.managed_price(wish.provider, wish.region, wish.service, wish.vcpu, wish.memory_gib)
    if managed is None:
        return None
    told = Text("{label}: its price is not known, that of the next larger node stands in", label=label)
    return Offer(told, msgspec.structs.replace(managed, status="estimate"))


def _managed(catalog: Catalog, wish: Wish) -> Offer:
    price = catalog.managed_price(wish.provider, wish.region, wish.service, wish.vcpu, wish.memory_gib)
    label = f"{wish.service.replace('_', ' ')} {wish.vcpu:g} vCPU {wish.memory_gib:g} GiB"
    if price is not None:
        return Offer(label, price)
    fitting = _fitting(catalog, wish)
    if fitting.usd_hour is None:
        return Offer(
            label,
            None,
            reason=Text("No price of a managed {service} is known here.", service=wish.service.replace("_", " ")),
        )
    note = Text(
        "{label} as {label2}: the managed price is not known, the machine's stands in",
        label=label,
        label2=fitting.label,
    )
    estimate = Fact(
        fitting.usd_hour.value, fitting.usd_hour.unit, fitting.usd_hour.date, fitting.usd_hour.source, "estimate"
    )
    return fitting._replace(label=note, usd_hour=estimate)


def _fitting(catalog: Catalog, wish: Wish) -> Offer:
    found = catalog.cheapest_fit(wish.provider, wish.region, wish.vcpu, wish.memory_gib)
    if found is None:
        reason = Text(
            "{provider} has no priced machine of {vcpu:g} vCPU and {memory_gib:g} GiB in {region}.",
            provider=wish.provider,
            vcpu=wish.vcpu,
            memory_gib=wish.memory_gib,
            region=wish.region,
        )
        return Offer("", None, reason=reason)
    return _priced(catalog, wish, found[0], 1)


def _hosts(catalog: Catalog, wish: Wish) -> Offer:
    found = catalog.cheapest_fit(
        wish.provider, wish.region, wish.vcpu, wish.memory_gib, wish.accelerator, wish.accelerators
    )
    if found is None:
        reason = Text(
            "No price of {accelerators} × {accelerator} at {provider} {region} is known; it may not be sold there.",
            accelerators=wish.accelerators,
            accelerator=wish.accelerator,
            provider=wish.provider,
            region=wish.region,
        )
        return Offer("", None, reason=reason)
    per_host = max(found[0].accelerator_count // max(wish.accelerators, 1), 1)
    return _priced(catalog, wish, found[0], per_host)
