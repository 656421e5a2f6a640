"""The shipped prices against the collected ones beside the project."""

import csv
import gzip
from pathlib import Path

import pytest

from models.catalog.catalog import Catalog, load_catalog

DATA = Path(__file__).parents[4] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the collected data are not beside the project")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def rows(name: str) -> list[dict[str, str]]:
    path = DATA / name
    text = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def test_every_gpu_cloud_price_is_the_collected_one(catalog: Catalog) -> None:
    for row in rows("prices/skypilot_sample/gpu_clouds_v8.csv"):
        price = catalog.instance_price(row["cloud"], row["region"], row["instance_type"])
        assert price is not None
        assert price.value == pytest.approx(float(row["ondemand_usd_h"]))
        instance = catalog.instance(row["cloud"], row["instance_type"])
        assert instance is not None
        assert instance.accelerator_count == int(float(row["accelerator_count"]))


def test_accelerator_hours_agree_with_the_collected_ones(catalog: Catalog) -> None:
    checked = 0
    for row in rows("prices/gpu_by_region.csv"):
        if row["cloud"] == "aws" and row["accelerator"] in ("H100", "H200", "L4", "L40S", "B200"):
            fit = catalog.cheapest_fit("aws", row["region"], 0, 0, row["accelerator"], 1)
            if "lax" in row["region"]:
                continue
            assert fit is not None, row
            hosts = [i for i in catalog.instances("aws") if i.accelerator == fit[0].accelerator]
            prices = [(catalog.instance_price("aws", row["region"], i.type), i.accelerator_count) for i in hosts]
            least = min(price.value / count for price, count in prices if price)
            assert least == pytest.approx(float(row["min_usd_per_accelerator_h"]), rel=0.01), row
            checked += 1
    assert checked > 30


def test_sizes_agree_with_an_independent_list(catalog: Catalog) -> None:
    """Verification only: these figures are share-alike and not taken over."""
    compared = differing = 0
    for row in rows("prices/sparecores_server_specs.csv.gz"):
        instance = catalog.instance(row["vendor"], row["instance_type"])
        if instance is None or not row["vcpus"] or not row["memory_mib"]:
            continue
        compared += 1
        memory = float(row["memory_mib"]) / 1024
        same = instance.vcpu == float(row["vcpus"]) and abs(instance.memory_gib - memory) <= 0.02 * memory
        differing += not same
    assert compared > 1000
    assert differing <= 8
