"""The files of bills: Parquet equals CSV, memory stays bounded, hostile files are refused, months are kept apart."""

import csv
import gzip
import io
import math
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.design.design import Design
from models.design.elements import Node
from models.importers.bill_files import LONGEST_LINE, lines
from models.importers.bill_months import bill_delta, month_nodes, month_sums
from models.importers.bill_rules import BillRule, Condition, parse_rules, rules_text
from models.importers.focus import Bill, BillEntry, BillError, is_bill, read_bill

NODES = {"api": "Feed API", "jobs": "Jobs"}
HEAD = "ChargePeriodStart,BilledCost,EffectiveCost,ListCost,ServiceName,RegionId,ChargeCategory,Tags\n"


def parquet_of(path: Path, select: str) -> Path:
    duckdb = pytest.importorskip("duckdb")
    duckdb.sql(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
    return path


def entry(node: str = "", effective: float = 1.0, **more: str) -> BillEntry:
    fields = {"provider": "AWS", "service": "S", "region": "r", "category": "Usage", "status": "", "month": "2026-09"}
    fields |= more
    return BillEntry(
        node=node, billed=effective, effective=effective, listed=effective, contracted=0.0, rows=1, **fields
    )


def test_parquet_says_what_the_same_rows_say_as_csv(tmp_path: Path) -> None:
    rows = [("2026-09-03T00:00:00Z", 1.25, "SQS", "jobs"), ("2026-10-01T00:00:00Z", 2.5, "EC2", "other")]
    text = HEAD + "".join(f'{day},{usd},{usd},{usd},{service},eu,Usage,"{{""app"": ""{app}""}}"\n'
                          for day, usd, service, app in rows)  # fmt: skip
    plain = tmp_path / "bill.csv"
    plain.write_text(text, encoding="utf-8")
    selects = [
        f"SELECT TIMESTAMP '{day[:10]}' AS ChargePeriodStart, {usd}::DECIMAL(12, 4) AS BilledCost, "
        f"{usd} AS EffectiveCost, {usd} AS ListCost, '{service}' AS ServiceName, 'eu' AS RegionId, "
        f"'Usage' AS ChargeCategory, MAP {{'app': '{app}'}} AS Tags"
        for day, usd, service, app in rows
    ]
    packed = parquet_of(tmp_path / "bill.parquet", " UNION ALL ".join(selects))
    first, second = read_bill(plain, (), NODES), read_bill(packed, (), NODES)
    assert is_bill(packed)
    assert sorted(first.entries, key=lambda e: e.month) == sorted(second.entries, key=lambda e: e.month)
    assert second.by("node") == {"jobs": 1.25, "": 2.5}


def test_a_parquet_file_that_is_no_bill_or_damaged_is_refused(tmp_path: Path) -> None:
    other = parquet_of(tmp_path / "other.parquet", "SELECT 1 AS a")
    assert not is_bill(other)
    with pytest.raises(BillError, match=r"other\.parquet has no column BilledCost"):
        read_bill(other)
    wrong = parquet_of(tmp_path / "wrong.parquet", "SELECT 'much' AS BilledCost, '2026-01-01' AS ChargePeriodStart")
    with pytest.raises(BillError, match=r"wrong\.parquet: a cost of 2026-01-01 is not a number"):
        read_bill(wrong)


def test_a_bomb_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.csv.gz"
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    with path.open("wb") as file:
        file.write(packer.compress(b"BilledCost,ChargePeriodStart\n"))
        for _ in range(96):
            file.write(packer.compress(b"\0" * (1 << 20)))
        file.write(packer.flush())
    with pytest.raises(BillError, match=r"bomb\.csv\.gz"):
        read_bill(path)
    wide = tmp_path / "wide.csv"
    wide.write_bytes(b"BilledCost," + b"x" * (LONGEST_LINE + (1 << 21)))
    with pytest.raises(BillError, match="line of more than 4 MiB"):
        list(lines(wide))
    many = tmp_path / "many.csv.gz"
    many.write_bytes(gzip.compress(b"1,1\n" * (20 << 20), 9))
    with pytest.raises(BillError, match="200 times its size"):
        list(lines(many))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(("api", "Jobs", "none of them", 'quoted "x", here', "two\nlines")),
            st.floats(-1e6, 1e6, allow_nan=False),
            st.sampled_from(("2026-09-03", "2026-10-31T23:00:00Z", "9/18/26")),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_whatever_the_texts_every_row_counts_once(tmp_path: Path, rows: list[tuple[str, float, str]]) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(("ChargePeriodStart", "BilledCost", "ServiceName", "Tags"))
    for text, usd, day in rows:
        writer.writerow((day, usd, text, f'{{"app": "{text}"}}' if '"' not in text else text))
    path = tmp_path / "bill.csv"
    path.write_text(buffer.getvalue(), encoding="utf-8", newline="")
    found = read_bill(path, (), NODES)
    assert found.rows == len(rows)
    assert found.total("billed") == pytest.approx(math.fsum(usd for _, usd, _ in rows), abs=1e-6)
    assert found.by("service", "billed").keys() == {text for text, *_ in rows}
    jobs = math.fsum(usd for text, usd, _ in rows if text == "Jobs")
    assert found.by("node", "billed").get("jobs", 0.0) == pytest.approx(jobs, abs=1e-6)


@given(
    st.lists(
        st.builds(
            entry,
            node=st.sampled_from(("", "api", "jobs")),
            effective=st.floats(-1e6, 1e6),
            category=st.sampled_from(("Usage", "Purchase", "Tax", "Credit", "Adjustment")),
            status=st.sampled_from(("", "Used", "Unused")),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_nodes_the_remainder_and_what_stands_apart_are_the_whole_bill(entries: list[BillEntry]) -> None:
    whole = math.fsum(one.effective for one in entries)
    nodes, sums = month_nodes(entries), month_sums(entries)
    assert math.fsum(nodes.values()) + sums.apart == pytest.approx(whole, abs=1e-6 * (1.0 + abs(whole) + 1e6))


def test_what_a_commitment_did_not_use_is_paid_by_those_it_covers() -> None:
    entries = [
        entry("api", 30.0, status="Used"),
        entry("jobs", 10.0, status="Used"),
        entry("", 8.0, status="Unused"),
        entry("", 5.0, category="Tax"),
        entry("", 2.0),
    ]
    assert month_nodes(entries) == pytest.approx({"api": 36.0, "jobs": 12.0, "": 2.0})
    sums = month_sums(entries)
    assert (sums.usage, sums.covered, sums.unused, sums.apart) == (42.0, 40.0, 8.0, 5.0)
    assert sums.unknown == (("S", "r", 2.0),)


def test_months_of_an_earlier_bill_stay_and_the_same_month_is_replaced() -> None:
    design = Design({"api": Node("service", "Feed API")})
    first = Bill("one.csv", "USD", (entry("api", 3.0, month="2026-08"), entry("api", 4.0)))
    second = Bill("two.csv", "USD", (entry("api", 5.0),))
    held = design.apply(bill_delta(design, first))
    held = held.apply(bill_delta(held, second))
    value = held.input("cost-optimization", "actuals").value
    assert value["months"] == {"2026-08": {"api": 3.0}, "2026-09": {"api": 5.0}}
    euros = held.apply(bill_delta(held, Bill("three.csv", "EUR", (entry("api", 1.0, month="2026-07"),))))
    assert list(euros.input("cost-optimization", "actuals").value["months"]) == ["2026-07"]


def test_rules_of_several_conditions_are_written_and_read_alike() -> None:
    rules = (
        BillRule((Condition("Tags.team", "=", "R & D; Lab"), Condition("RegionId", "=", "eu-west-1")), "api"),
        BillRule((Condition("ResourceId", "~", "arn:*sqs*"),), "jobs"),
    )
    text = rules_text(rules, NODES)
    assert text == "Tags.team = R & D; Lab & RegionId = eu-west-1 -> Feed API; ResourceId ~ arn:*sqs* -> Jobs"
    assert parse_rules(text, NODES) == rules
