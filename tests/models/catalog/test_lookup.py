"""Look-ups: published prices, hosts as sold, unknown stays None, estimates say so."""

import pytest

from models.catalog.accelerators import accelerator
from models.catalog.catalog import Catalog, load_catalog


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.mark.parametrize(
    ("provider", "region", "kind", "purchase", "usd_per_hour"),
    [
        ("aws", "us-east-1", "p5.48xlarge", "on_demand", 55.04),
        ("aws", "eu-north-1", "p5.48xlarge", "on_demand", 8 * 7.3616),
        ("aws", "us-east-1", "g6.xlarge", "on_demand", 0.8048),
        ("nebius", "eu-north1", "gpu-h100-sxm_1gpu-16vcpu-200gb", "on_demand", 2.95),
        ("nebius", "eu-north1", "gpu-h100-sxm_1gpu-16vcpu-200gb", "spot", 1.25),
        ("azure", "eastus", "Standard_D4s_v5", "on_demand", 0.192),
        ("oci", "eu-frankfurt-1", "BM.GPU.H100.8", "on_demand", 80.0),
    ],
)
def test_published_host_prices(
    catalog: Catalog, provider: str, region: str, kind: str, purchase: str, usd_per_hour: float
) -> None:
    price = catalog.instance_price(provider, region, kind, purchase)
    assert price is not None
    assert price.value == pytest.approx(usd_per_hour, rel=1e-5)
    assert price.status == "published"


def test_redis_nodes_have_their_published_price(catalog: Catalog) -> None:
    large = catalog.managed_price("aws", "us-east-1", "cache", 2, 13)
    extra = catalog.managed_price("aws", "us-east-1", "feature_store", 4, 26)
    assert large is not None
    assert large.value == pytest.approx(0.219)
    assert "r7g.large" in large.source
    assert extra is not None
    assert extra.value == pytest.approx(0.437)
    assert "r7g.xlarge" in extra.source


def test_h200_on_aws_is_sold_by_the_host_of_eight(catalog: Catalog) -> None:
    fit = catalog.cheapest_fit("aws", "us-east-1", 8, 32, "H200", 4)
    assert fit is not None
    instance, price = fit
    assert instance.accelerator_count == 8
    assert price.value == pytest.approx(63.296)
    counts = {i.accelerator_count for i in catalog.instances("aws") if (i.accelerator or "").startswith("H200")}
    assert counts == {8}


def test_aws_sells_h100_in_the_eu_only_in_eu_north_1(catalog: Catalog) -> None:
    places = {
        region.id
        for region in catalog.regions("aws")
        if region.jurisdiction == "EU" and catalog.cheapest_fit("aws", region.id, 1, 1, "H100", 1)
    }
    assert places == {"eu-north-1"}


def test_b200_memory_is_per_accelerator_not_per_die(catalog: Catalog) -> None:
    fit = catalog.cheapest_fit("aws", "us-east-1", 1, 1, "B200", 8)
    assert fit is not None
    assert fit[0].accelerator is not None
    memory = accelerator(fit[0].accelerator).memory_gb
    assert memory is not None
    assert 178 <= memory <= 192


def test_a_bare_accelerator_name_is_any_form_and_no_longer_name(catalog: Catalog) -> None:
    for asked in ("H100", "H100-SXM", "NVIDIA H100"):
        fit = catalog.cheapest_fit("nebius", "eu-north1", 1, 1, asked, 1)
        assert fit is not None
        assert fit[0].accelerator == "H100-SXM"
    fit = catalog.cheapest_fit("aws", "us-east-1", 1, 1, "L4", 1)
    assert fit is not None
    assert fit[0].accelerator == "L4", "an L40S is not an L4"


def test_more_accelerators_than_a_host_holds_fit_nowhere(catalog: Catalog) -> None:
    assert catalog.cheapest_fit("aws", "us-east-1", 1, 1, "H100", 9) is None


@pytest.mark.parametrize(
    ("provider", "region"),
    [("aws", "eu-central-1"), ("azure", "westeurope"), ("gcp", "europe-west4"), ("oci", "eu-paris-1")],
)
def test_a_cpu_request_gets_the_cheapest_current_x86_host(catalog: Catalog, provider: str, region: str) -> None:
    fit = catalog.cheapest_fit(provider, region, 4, 16)
    assert fit is not None
    instance, price = fit
    assert instance.vcpu >= 4
    assert instance.memory_gib >= 16
    assert instance.current
    assert not instance.burstable
    assert instance.architecture == "x86"
    for other in catalog.instances(provider):
        if other.current and other.architecture == "x86" and other.accelerator is None:
            listed = catalog.instance_price(provider, region, other.type)
            fits = other.vcpu >= 4 and other.memory_gib >= 16
            assert not fits or listed is None or listed.value >= price.value
    arm = catalog.cheapest_fit(provider, region, 4, 16, architecture="arm")
    assert arm is None or arm[0].architecture == "arm"


def test_older_families_stand_in_where_a_region_sells_no_current_one(catalog: Catalog) -> None:
    fit = catalog.cheapest_fit("aws", "eu-central-2", 4, 16)
    assert fit is not None
    assert not fit[0].current
    assert not fit[0].burstable


def test_unknown_stays_unknown(catalog: Catalog) -> None:
    assert catalog.instance_price("coreweave", "LAS1", "gd-8xh100ib-i128") is None
    assert catalog.instance_price("aws", "us-east-1", "trn2.48xlarge") is None
    assert catalog.instance_price("aws", "us-east-1", "p5.48xlarge", "reserved_1y") is None
    assert catalog.instance_price("aws", "atlantis-1", "m7i.large") is None
    assert catalog.instance_price("oci", "atlantis-1", "BM.GPU.H100.8") is None
    assert catalog.unit_price("nebius", "eu-north1", "egress_internet") is None
    assert catalog.unit_price("aws", "us-east-1", "vector_reads") is None
    assert catalog.managed_price("gcp", "us-central1", "stream_broker", 2, 8) is None
    assert catalog.model_api("no-such-model") is None
    assert catalog.sla("nebius", "llm_serving") is None
    assert catalog.transfer_price(("nebius", "eu-north1"), None) is None


def test_a_price_taken_from_elsewhere_is_an_estimate_that_says_so(catalog: Catalog) -> None:
    price = catalog.unit_price("aws", "eu-central-1", "object_storage")
    assert price is not None
    assert price.status == "estimate"
    assert "us-east-1" in price.source
    assert price.region == "eu-central-1"
    node = catalog.managed_price("azure", "westeurope", "relational", 4, 16)
    assert node is not None
    assert node.status == "estimate"
    assert "eastus" in node.source


def test_a_reserved_price_without_list_is_on_demand_less_the_discount_of_the_family(catalog: Catalog) -> None:
    listed = catalog.instance_price("aws", "eu-central-1", "m7i.xlarge")
    reserved = catalog.instance_price("aws", "eu-central-1", "m7i.xlarge", "reserved_1y")
    rule = catalog.commitments["aws", "reserved_1y", "m7i"]
    assert listed is not None
    assert reserved is not None
    assert rule.discount is not None
    assert reserved.value == pytest.approx(listed.value * (1 - rule.discount))
    assert reserved.status == "estimate"


def test_gpu_cloud_hosts_carry_no_discount_rule(catalog: Catalog) -> None:
    assert catalog.instance_price("nebius", "eu-north1", "gpu-h100-sxm_1gpu-16vcpu-200gb", "reserved_1y") is None


def test_egress_is_tiered_and_transfers_know_their_pair(catalog: Catalog) -> None:
    internet = catalog.transfer_price(("aws", "us-east-1"), None)
    assert internet is not None
    assert [tuple(tier) for tier in internet.tiers[:2]] == [(0, 0.09), (10240, 0.085)]
    assert catalog.transfer_price(("aws", "us-east-1"), ("gcp", "us-east4")) == internet
    near = catalog.transfer_price(("aws", "us-east-1"), ("aws", "us-east-2"))
    far = catalog.transfer_price(("aws", "us-east-1"), ("aws", "eu-west-1"))
    same = catalog.transfer_price(("aws", "us-east-1"), ("aws", "us-east-1"))
    assert near is not None
    assert near.tiers[0].unit_price_usd == 0.01
    assert far is not None
    assert far.tiers[0].unit_price_usd == 0.02
    assert same is not None
    assert same.tiers == ((0, 0),)
    assert same.status == "published"
    zones = catalog.cross_zone_price("aws")
    assert zones is not None
    assert zones.tiers[0].unit_price_usd == pytest.approx(0.02)


def test_an_unlisted_pair_is_estimated_from_the_same_continents(catalog: Catalog) -> None:
    price = catalog.transfer_price(("azure", "polandcentral"), ("azure", "westeurope"))
    assert price is not None
    assert price.status == "estimate"
    assert price.tiers[0].unit_price_usd == 0.02


def test_the_european_model_api_has_price_and_deprecation(catalog: Catalog) -> None:
    model = catalog.model_api("eu.anthropic.claude-haiku-4-5-20251001-v1:0")
    assert model is not None
    assert (model.input_usd_per_million, model.output_usd_per_million) == (1.1, 5.5)
    assert model.deprecation_date == "2026-10-15"


def test_promises_by_node_kind_and_by_service(catalog: Catalog) -> None:
    relational = catalog.sla("aws", "relational")
    assert relational is not None
    assert relational.value == 99.95
    assert catalog.sla("aws", "amazon-s3") == catalog.sla("aws", "object_store")


def test_equivalents_of_a_kind_name_the_service_of_each_provider(catalog: Catalog) -> None:
    names = {service.provider: service.name for service in catalog.equivalents("relational")}
    assert set(names) == {"aws", "azure", "gcp", "oci"}
    assert "PostgreSQL" in names["azure"]
    serverless, storage = catalog.service("key_value", "aws"), catalog.service("object_store", "aws")
    assert serverless is not None
    assert storage is not None
    assert serverless.portability > storage.portability


def test_the_shipped_catalog_is_one_object() -> None:
    assert load_catalog() is load_catalog()


def test_hosts_are_bought_whole_and_replicas_stay_inside_one(catalog: Catalog) -> None:
    single = catalog.cheapest_hosts("nebius", "eu-north1", "H100", 1, 6)
    assert single is not None
    assert (single.hosts, single.instance.accelerator_count) == (6, 1)
    assert single.usd_per_hour == pytest.approx(6 * 2.95)
    paired = catalog.cheapest_hosts("nebius", "eu-north1", "H200", 2, 4)
    assert paired is not None
    assert (paired.hosts, paired.replicas_per_host) == (1, 4)
    assert paired.usd_per_hour == pytest.approx(28.0)
    assert catalog.cheapest_hosts("nebius", "eu-north1", "H200", 9, 1) is None


def test_ai_services_are_the_platform_part(catalog: Catalog) -> None:
    kinds = {service.kind for service in catalog.ai_services("aws")}
    assert "llm_api" in kinds
    assert "relational" not in kinds


def test_two_dated_prices_tell_the_drift(catalog: Catalog) -> None:
    before = catalog.earlier_price("aws", "us-east-1", "p5.48xlarge")
    now = catalog.instance_price("aws", "us-east-1", "p5.48xlarge")
    assert before is not None
    assert now is not None
    assert before.date < now.date
    assert now.value / before.value == pytest.approx(0.56, abs=0.01), "the cut of June 2025"
    assert catalog.earlier_price("aws", "us-east-1", "p6-b200.48xlarge") is None
