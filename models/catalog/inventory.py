"""What the catalog holds, how old it is and what it does not know: the rows of `groundplan catalog`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from models.catalog.records import CatalogRow, Gap

if TYPE_CHECKING:
    from models.catalog.catalog import Catalog
    from models.catalog.overlay import OverlayRow

_NEEDED = ("object_storage", "block_storage", "egress_internet", "load_balancer", "kubernetes_cluster")


def _row(section: str, records: int, dated: Iterable[tuple[str, str]]) -> CatalogRow:
    """Summarize (date, source) pairs."""
    pairs = set(dated)
    days = sorted(day for day, _ in pairs)
    names = tuple(sorted({source for _, source in pairs}))
    return CatalogRow(section, records, days[0] if days else "", days[-1] if days else "", names)


def ages(catalog: Catalog, overlay: Sequence[OverlayRow]) -> tuple[CatalogRow, ...]:
    """Return per section: records, oldest and newest date, sources."""
    regions = catalog.region_table.values()
    facts = [fact for region in regions for fact in (region.grid_g_per_kwh, region.pue) if fact]
    units = [price for prices in catalog.unit_price_table.values() for price in prices.values()]
    managed = [price for prices in catalog.managed_table.values() for price in prices]
    matrices = catalog.measured_round_trips
    models = catalog.model_apis.values()
    rows = [
        _row("regions", len(catalog.region_table), ((region.date, region.source) for region in regions)),
        _row(
            "instance types", len(catalog.instance_table), ((i.date, i.source) for i in catalog.instance_table.values())
        ),
        _row("grid carbon and PUE", len(facts), ((fact.date, fact.source) for fact in facts)),
        *(_price_row(catalog, provider) for provider in catalog.providers if catalog.price_table(provider)),
        _row("unit prices", len(units), ((price.date, price.source) for price in units)),
        _row("managed services", len(managed), ((price.date, price.source) for price in managed)),
        _row(
            "commitment discounts",
            len(catalog.commitments),
            ((rule.date, rule.source) for rule in catalog.commitments.values()),
        ),
        _row("availability promises", len(catalog.slas), ((sla.date, sla.source) for sla in catalog.slas.values())),
        _row("round trips, measured", len(matrices), matrices.dated()),
        _row("throughput, measured", len(catalog.throughputs), [catalog.throughputs.dated()]),
        _row("model APIs", len(models), ((model.date, model.source.split(", ", 1)[1]) for model in models)),
    ]
    if overlay:
        rows.append(_row("own price list", len(overlay), ((row.date, row.where or "own") for row in overlay)))
    return tuple(rows)


def _price_row(catalog: Catalog, provider: str) -> CatalogRow:
    table = catalog.price_table(provider)
    assert table is not None, provider
    dated = ((date, source) for date, source, _ in table.origins())
    return _row(f"instance prices, {catalog.providers[provider].name}", table.records(), dated)


def gaps(catalog: Catalog) -> tuple[Gap, ...]:
    """Return what is not known, by provider: unpriced hosts, missing purchases, missing items."""
    rows: list[Gap] = []
    for provider in catalog.providers.values():
        if provider.kind == "on_premises":
            continue
        table = catalog.price_table(provider.id)
        priced = table.priced() if table else set()
        unpriced = sorted(i.type for i in catalog.instances(provider.id) if i.type not in priced)
        if unpriced:
            rows.append(Gap(provider.id, f"price of {len(unpriced)} instance types: {', '.join(unpriced[:6])}"))
        rows += [Gap(provider.id, f"{purchase} prices") for purchase in _missing_purchases(catalog, provider.id)]
        wanted = catalog.items if provider.kind == "cloud" else _NEEDED
        missing = [item for item in wanted if item != "cross_region" and not _knows(catalog, provider.id, item)]
        if missing:
            rows.append(Gap(provider.id, f"unit prices: {', '.join(missing)}"))
    return tuple(rows)


def _knows(catalog: Catalog, provider: str, item: str) -> bool:
    return (provider, item) in catalog.unit_price_table


def _missing_purchases(catalog: Catalog, provider: str) -> list[str]:
    table = catalog.price_table(provider)
    if table is None:
        return []
    rules = {purchase for owner, purchase, _ in catalog.commitments if owner == provider}
    known = table.purchases() | rules
    return [purchase for purchase in ("spot", "reserved_1y", "reserved_3y") if purchase not in known]
