"""Every figure has a source and a date, and the sections load lazily from small files."""

import json
import re
from datetime import date
from pathlib import Path

import pytest

from models.catalog.catalog import Catalog, catalog_from_blob, load_catalog
from models.catalog.files import FOLDER
from models.catalog.records import Fact
from models.catalog.tables import credit


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def is_dated(day: str) -> bool:
    return date(2019, 1, 1) <= date.fromisoformat(day) <= date(2026, 12, 31)


def test_sources_have_title_license_and_date(catalog: Catalog) -> None:
    allowed = {"Apache-2.0", "MIT", "MPL-2.0", "CC BY 4.0", "facts"}
    for source in catalog.sources.values():
        assert source.title, source
        assert is_dated(source.date), source
        assert source.license in allowed, f"{source.id}: {source.license} may not be taken over"


def test_region_facts_are_dated_and_plausible(catalog: Catalog) -> None:
    regions = catalog.regions()
    assert len(regions) > 200
    for region in regions:
        assert region.source
        assert is_dated(region.date)
        assert -90 <= region.latitude <= 90
        assert -180 <= region.longitude <= 180
        assert re.fullmatch("[A-Z]{2}", region.country)
        assert region.jurisdiction
        assert region.zones is None or region.zones >= 1
        for fact in (region.grid_g_per_kwh, region.pue):
            assert fact is None or (fact.source and is_dated(fact.date) and fact.value > 0)
    assert {r.jurisdiction for r in catalog.regions("aws") if r.country in ("DE", "SE", "IE")} == {"EU"}


def test_instance_prices_are_dated_positive_and_of_known_types(catalog: Catalog) -> None:
    for path in FOLDER.glob("prices_*.json"):
        provider = path.stem.removeprefix("prices_")
        content = json.loads(path.read_bytes())
        table = catalog.price_table(provider)
        assert table is not None
        assert table.records() > 0
        assert all(is_dated(day) and source for day, source, _ in table.origins())
        for region in content["regions"]:
            assert region == "*" or catalog.region(provider, region), f"{provider} {region}"
        for kind, _, _, columns, prices in content["rows"]:
            assert catalog.instance(provider, kind), f"{provider} {kind}"
            assert columns == sorted(set(columns))
            assert len(columns) == len(prices)
            assert min(prices) > 0, f"{provider} {kind}: a price of zero means not known"


def test_no_discounted_price_is_above_on_demand(catalog: Catalog) -> None:
    for (provider, kind), instance in catalog.instance_table.items():
        if provider != "gcp":
            continue
        for region in ("us-central1", "europe-west4"):
            listed = catalog.instance_price(provider, region, kind)
            for purchase in ("spot", "reserved_1y", "reserved_3y"):
                price = catalog.instance_price(provider, region, kind, purchase)
                assert price is None or listed is None or price.value < listed.value, (instance, purchase)


def test_unit_prices_are_dated_and_graduated_from_zero(catalog: Catalog) -> None:
    for (provider, item), prices in catalog.unit_price_table.items():
        assert provider in catalog.providers
        assert item in catalog.items
        for region, price in prices.items():
            starts = [tier.from_quantity for tier in price.tiers]
            assert starts[0] == 0
            assert starts == sorted(set(starts))
            assert price.source
            assert is_dated(price.date)
            assert price.unit == catalog.items[item].unit
            assert region == "*" or catalog.region(provider, region)


def test_other_sections_are_dated(catalog: Catalog) -> None:
    for prices in catalog.managed_table.values():
        assert all(price.usd_per_hour > 0 and price.source and is_dated(price.date) for price in prices)
    for rule in catalog.commitments.values():
        assert rule.discount is None or 0 < rule.discount < 1
        assert rule.source
        assert is_dated(rule.date)
    for promise in catalog.slas.values():
        assert 90 <= promise.value <= 100
        assert promise.source
        assert is_dated(promise.date)
    for model in catalog.model_apis.values():
        assert model.source
        assert is_dated(model.date)
        assert model.deprecation_date is None or date.fromisoformat(model.deprecation_date)
        assert model.input_usd_per_million is None or model.input_usd_per_million >= 0


def test_every_service_names_known_items_promises_and_providers(catalog: Catalog) -> None:
    kinds = {kind["id"] for kind in json.loads((FOLDER.parent / "kinds" / "nodes.json").read_bytes())}
    for (kind, provider), service in catalog.services.items():
        assert kind in kinds
        assert provider in catalog.providers
        assert set(service.items) <= set(catalog.items)
        assert 0 <= service.portability <= 4
        assert service.sla is None or (provider, service.sla) in catalog.slas


def test_ages_and_gaps_tell_what_is_old_and_what_is_missing(catalog: Catalog) -> None:
    ages = {row.section: row for row in catalog.ages()}
    assert ages["regions"].records == len(catalog.regions())
    assert all(row.records > 0 and row.oldest <= row.newest and row.sources for row in ages.values())
    gaps = {(gap.provider, gap.what) for gap in catalog.gaps()}
    assert any(provider == "coreweave" and what.startswith("price of 18") for provider, what in gaps)
    assert ("azure", "spot prices") in gaps


def test_the_blob_gives_an_equal_catalog(catalog: Catalog) -> None:
    pinned = catalog_from_blob(catalog.blob())
    assert pinned.digest == catalog.digest
    assert re.fullmatch("[0-9a-f]{32}", pinned.digest)
    price = pinned.instance_price("aws", "us-east-1", "g6.xlarge")
    assert price == catalog.instance_price("aws", "us-east-1", "g6.xlarge")
    assert isinstance(price, Fact)


def test_a_damaged_blob_is_refused_with_a_sentence() -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        catalog_from_blob(b"not a catalog")


def test_the_files_are_small_and_credited(catalog: Catalog) -> None:
    assert sum(path.stat().st_size for path in FOLDER.glob("*.json")) < 6e6
    notice = (Path(FOLDER).parents[1] / "NOTICE").read_text(encoding="utf-8")
    for source in catalog.sources.values():
        if source.license != "facts":
            work = re.split(r"[/ ,.]", source.title.replace("jasonwilbur/", "").replace("Azure/", ""))[0]
            assert work in notice, f"{credit(source)} is not credited in NOTICE"


@pytest.mark.parametrize("family", ["Dasv5", "Dadsv5", "Easv5", "Eadsv5"])
def test_no_price_of_a_linear_azure_family_holds_a_windows_license(family: str) -> None:
    """Sizes of a family cost the same per vCPU in a region; a Windows license adds 0.046 USD per vCPU and hour."""
    catalog = load_catalog()
    sizes = [instance for instance in catalog.instances("azure") if instance.family == family]
    regions = {region for provider, region in catalog.region_table if provider == "azure"}
    compared = 0
    for region in regions:
        prices = [catalog.instance_price("azure", region, size.type) for size in sizes]
        each = [price.value / size.vcpu for price, size in zip(prices, sizes, strict=True) if price is not None]
        if each:
            compared += 1
            assert max(each) - min(each) < 0.045, region
    assert compared >= 40
