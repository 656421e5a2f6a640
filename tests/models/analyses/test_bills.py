"""Totals of a FOCUS bill."""

import gzip
from pathlib import Path

import pytest

from models.analyses.bills import bill_totals

HEADER = "BilledCost,EffectiveCost,ListCost,ChargeCategory,ProviderName,RegionId,CommitmentDiscountStatus\n"


def _file(folder: Path, text: str) -> Path:
    path = folder / "bill.csv"
    path.write_text(HEADER + text, encoding="utf-8")
    return path


def test_no_row_is_lost(tmp_path: Path) -> None:
    path = _file(tmp_path, "1.5,1,2,Usage,AWS,eu,Used\n0,0.25,0,Usage,AWS,NULL,Unused\nNULL,,3,Tax,,eu,null\n")
    result = bill_totals(path)
    assert result.rows == 3
    assert result.totals["AWS"] == {"BilledCost": 1.5, "EffectiveCost": 1.25, "ListCost": 2.0}
    assert result.totals[""]["ListCost"] == 3.0
    assert result.rows_by_charge_category == {"Usage": 2, "Tax": 1}
    assert result.commitment_utilization == 0.8
    assert set(bill_totals(path, ["ProviderName", "RegionId"]).totals) == {"AWS / eu", "AWS / ", " / eu"}


def test_a_packed_bill_reads_the_same(tmp_path: Path) -> None:
    path = _file(tmp_path, "1.5,1,2,Usage,AWS,eu,Used\n")
    packed = tmp_path / "bill.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert bill_totals(packed) == bill_totals(path)


def test_a_bad_number_is_named_with_its_line(tmp_path: Path) -> None:
    path = _file(tmp_path, "1,1,1,Usage,AWS,eu,\n1,a lot,1,Usage,AWS,eu,\n")
    with pytest.raises(ValueError, match=r'bill\.csv, line 3: EffectiveCost is "a lot"'):
        bill_totals(path)


def test_a_file_that_is_no_bill_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no column Team"):
        bill_totals(_file(tmp_path, ""), "Team")
    with pytest.raises(ValueError, match="cannot be read"):
        bill_totals(tmp_path / "absent.csv")
    broken = tmp_path / "broken.csv.gz"
    broken.write_bytes(b"\x1f\x8bnot gzip")
    with pytest.raises(ValueError, match="cannot be read"):
        bill_totals(broken)


def test_the_published_sample_adds_up(shared: Path) -> None:
    result = bill_totals(shared / "data" / "focus" / "focus_1.0_sample_1000.csv.gz")
    assert result.rows == 1000
    assert result.totals["AWS"]["BilledCost"] == pytest.approx(18.006638618, abs=1e-9)
    assert result.totals["AWS"]["EffectiveCost"] == pytest.approx(13.0, abs=1e-9)
