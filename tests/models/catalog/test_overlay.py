"""A price list of the user's own wins over the shipped prices; its faults are named by file, line and column."""

from pathlib import Path

import pytest

from models.catalog.catalog import Catalog, catalog_from_blob, load_catalog
from models.catalog.overlay import PriceListError, read_price_list

HEADER = "provider,region,item,unit,price_usd,date,note\n"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def price_list(folder: Path, text: str) -> Path:
    path = folder / "ours.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_own_prices_win(catalog: Catalog, tmp_path: Path) -> None:
    text = (
        HEADER
        + "aws,eu-central-1,m7i.xlarge,hour,0.11,2026-10-01,frame contract\n"
        + "aws,*,object_storage,GiB-month,0.019,2026-10-01,\n"
        + "nebius,eu-north1,egress_internet,GB,0.015,2026-10-01,\n"
        + "aws,*,cross_zone,GB,0.01,2026-10-01,\n"
    )
    own = catalog.overlay(read_price_list(price_list(tmp_path, text)))
    price = own.instance_price("aws", "eu-central-1", "m7i.xlarge")
    assert price is not None
    assert (price.value, price.status, price.source) == (0.11, "overlay", "frame contract")
    fit = own.cheapest_fit("aws", "eu-central-1", 4, 16)
    assert fit is not None
    assert fit[0].type == "m7i.xlarge"
    assert fit[1] == price
    storage = own.unit_price("aws", "eu-west-1", "object_storage")
    assert storage is not None
    assert storage.tiers == ((0.0, 0.019),)
    assert storage.source == "ours.csv, line 3"
    egress = own.transfer_price(("nebius", "eu-north1"), None)
    assert egress is not None
    assert egress.tiers[0].unit_price_usd == 0.015
    zones = own.cross_zone_price("aws")
    assert zones is not None
    assert zones.tiers[0].unit_price_usd == 0.01
    assert any(row.section == "own price list" and row.records == 4 for row in own.ages())


def test_the_shipped_catalog_stays_as_it_was(catalog: Catalog, tmp_path: Path) -> None:
    before = catalog.instance_price("aws", "us-east-1", "m7i.xlarge")
    text = HEADER + "aws,us-east-1,m7i.xlarge,hour,0.01,2026-10-01,\n"
    own = catalog.overlay(read_price_list(price_list(tmp_path, text)))
    assert catalog.instance_price("aws", "us-east-1", "m7i.xlarge") == before
    assert own.digest != catalog.digest
    assert catalog_from_blob(own.blob()).instance_price("aws", "us-east-1", "m7i.xlarge") == own.instance_price(
        "aws", "us-east-1", "m7i.xlarge"
    )


def test_semicolons_and_a_purchase_column_are_read(catalog: Catalog, tmp_path: Path) -> None:
    text = (
        "provider;region;item;unit;price_usd;date;purchase\n"
        "nebius;eu-north1;gpu-h100-sxm_8gpu-128vcpu-1600gb;hour;16;2026-10-01;reserved_1y\n"
    )
    own = catalog.overlay(read_price_list(price_list(tmp_path, text)))
    price = own.instance_price("nebius", "eu-north1", "gpu-h100-sxm_8gpu-128vcpu-1600gb", "reserved_1y")
    assert price is not None
    assert price.value == 16


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("aws,*,object_storage,GiB-month,cheap,2026-10-01,", "ours.csv, line 2, column price_usd: 'cheap'"),
        ("aws,*,object_storage,GiB-month,-1,2026-10-01,", "ours.csv, line 2, column price_usd: '-1'"),
        ("aws,*,object_storage,GiB-month,0.1,October,", "ours.csv, line 2, column date: 'October'"),
        ("aws,*,,GiB-month,0.1,2026-10-01,", "ours.csv, line 2, column item: the cell is empty"),
    ],
)
def test_bad_cells_are_named(tmp_path: Path, line: str, sentence: str) -> None:
    with pytest.raises(PriceListError) as fault:
        read_price_list(price_list(tmp_path, HEADER + line + "\n"))
    assert fault.value.problems[0].startswith(sentence)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("acme,*,object_storage,GiB-month,0.1,2026-10-01,", "ours.csv, line 2, column provider: 'acme' is not known"),
        ("aws,moon-1,object_storage,GiB-month,0.1,2026-10-01,", "ours.csv, line 2, column region: aws has no region"),
        ("aws,*,m99.large,hour,0.1,2026-10-01,", "ours.csv, line 2, column item: 'm99.large' is neither"),
        ("aws,*,object_storage,TB,0.1,2026-10-01,", "ours.csv, line 2, column unit: object_storage is priced per GiB"),
    ],
)
def test_rows_the_catalog_cannot_place_are_named(catalog: Catalog, tmp_path: Path, line: str, sentence: str) -> None:
    rows = read_price_list(price_list(tmp_path, HEADER + line + "\n"))
    with pytest.raises(PriceListError) as fault:
        catalog.overlay(rows)
    assert fault.value.problems[0].startswith(sentence)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = HEADER + "aws,*,object_storage,GiB-month,x,y,\n\naws,*,nat_gateway,hour,z,2026-10-01,\n"
    with pytest.raises(PriceListError) as fault:
        read_price_list(price_list(tmp_path, text))
    assert [problem.split(":")[0] for problem in fault.value.problems] == [
        "ours.csv, line 2, column price_usd",
        "ours.csv, line 2, column date",
        "ours.csv, line 4, column price_usd",
    ]


def test_a_file_without_the_columns_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PriceListError, match="line 1: column unit is missing"):
        read_price_list(price_list(tmp_path, "provider,region,item,price_usd,date\n"))
    (tmp_path / "raw.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PriceListError, match=r"raw\.csv: the file cannot be read"):
        read_price_list(tmp_path / "raw.csv")
    with pytest.raises(PriceListError, match=r"none\.csv: the file cannot be read"):
        read_price_list(tmp_path / "none.csv")
