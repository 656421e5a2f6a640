"""FOCUS bills: every row counted once, to the cent, with rules, and bad files refused with a sentence."""

import csv
import gzip
import io
import math
import os
import tempfile
from collections import defaultdict
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import cli
from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.evaluation import evaluate
from models.frameworks.cost_optimization import assess
from models.frameworks.cost_optimization.actual import odd_months
from models.importers.bill_months import bill_delta
from models.importers.bill_rules import parse_rules
from models.importers.focus import BillError, read_bill
from models.storage.project import Project
from models.templates import template

FOCUS = Path(__file__).parents[4] / "shared" / "data" / "focus"
HEADER = "ChargePeriodStart,BilledCost,EffectiveCost,ListCost,ContractedCost,ProviderName,ServiceName,RegionId,"
HEADER += "ChargeCategory,CommitmentDiscountStatus,BillingCurrency,ResourceId,Tags\n"
needs_samples = pytest.mark.skipif(not FOCUS.exists(), reason="the FOCUS samples lie beside the project")


def bill_file(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "bill.csv"
    path.write_text(header + "".join(row + "\n" for row in rows), encoding="utf-8")
    return path


def row(usd: float, month: str = "2026-09", resource: str = "", tags: str = "", status: str = "", **more: str) -> str:
    quoted = '"' + tags.replace('"', '""') + '"'
    currency, category = more.get("currency", "USD"), more.get("category", "Usage")
    service = more.get("service", "S")
    costs = f"{usd},{usd},{usd * 2},{usd}"
    return f"{month}-03T00:00:00Z,{costs},AWS,{service},r,{category},{status},{currency},{resource},{quoted}"


@needs_samples
def test_the_sample_is_attributed_to_the_cent() -> None:
    path = FOCUS / "focus_1.0_sample_1000.csv.gz"
    found = read_bill(path)
    billed, effective = defaultdict(list), defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
        for line in csv.DictReader(text):
            billed[line["ProviderName"]].append(float(line["BilledCost"]))
            effective[line["ProviderName"]].append(float(line["EffectiveCost"]))
    assert found.rows == 1000
    assert found.by("provider", "billed") == pytest.approx({key: math.fsum(v) for key, v in billed.items()}, abs=1e-9)
    assert found.by("provider") == pytest.approx({key: math.fsum(v) for key, v in effective.items()}, abs=1e-9)
    assert round(found.by("provider", "billed")["AWS"], 4) == 18.0066
    assert found.by("provider")["AWS"] == pytest.approx(13.0, abs=1e-6)
    for field in ("node", "service", "month", "category", "status", "region"):
        assert math.fsum(found.by(field).values()) == pytest.approx(found.total(), abs=1e-9)


@needs_samples
@pytest.mark.parametrize("path", sorted((FOCUS / "spec_examples").glob("*.csv")), ids=lambda path: path.stem)
def test_the_worked_examples_of_the_specification_are_read(path: Path) -> None:
    found = read_bill(path)
    with path.open(encoding="utf-8-sig", newline="") as text:
        lines = list(csv.DictReader(text))

    def amount(value: str) -> float:
        return float(value.replace("$", "").replace(",", "") or 0)

    assert found.rows == len(lines)
    assert found.total("billed") == pytest.approx(math.fsum(amount(line["BilledCost"]) for line in lines), abs=1e-9)
    assert found.total() == pytest.approx(math.fsum(amount(line["EffectiveCost"]) for line in lines), abs=1e-9)


def test_rules_then_tags_then_nothing(tmp_path: Path) -> None:
    nodes = {"api": "Feed API", "jobs": "Jobs"}
    rules = parse_rules("ResourceId ~ arn:*sqs* -> Jobs; Tags.team = Feed -> api", nodes)
    path = bill_file(
        tmp_path,
        row(1, resource="arn:aws:SQS:x", tags='{"team": "Feed"}'),
        row(2, tags='{"team": "Feed"}'),
        row(4, tags='{"component": "feed api"}'),
        row(8, tags='{"team": "Other"}'),
        row(16, tags="not json"),
        row(32, category="Tax"),
    )
    found = read_bill(path, rules, nodes)
    assert found.by("node") == {"jobs": 1.0, "api": 6.0, "": 56.0}
    assert found.by("category")["Tax"] == 32.0


def test_commitments_are_used_and_cover(tmp_path: Path) -> None:
    path = bill_file(tmp_path, row(6, status="Used"), row(2, status="Unused"), row(2))
    found = read_bill(path)
    assert found.commitment_utilization == pytest.approx(0.75)
    assert found.commitment_coverage == pytest.approx(0.75)
    assert read_bill(bill_file(tmp_path, row(1))).commitment_utilization is None


def test_gzip_byte_order_mark_and_missing_optional_columns(tmp_path: Path) -> None:
    text = "\ufeffBillingPeriodStart,BilledCost\n5/1/25,1.5\n2025-06-01,2.5\n\n"
    path = tmp_path / "bill.csv.gz"
    path.write_bytes(gzip.compress(text.encode("utf-8")))
    found = read_bill(path)
    assert found.by("month", "billed") == {"2025-05": 1.5, "2025-06": 2.5}
    assert found.total() == 4.0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PAR1....", "Parquet"),
        (b"a,b\n1,2\n", "no column BilledCost"),
        (b"", "is empty"),
        (b"BilledCost,ChargePeriodStart\n", "no rows"),
        (b"BilledCost,ChargePeriodStart\n1\n", "row 2: it has 1 columns, the header has 2. The file is cut off"),
        (
            b"BilledCost,ChargePeriodStart\nmuch,2026-01-01\n",
            "row 2: “much” is not a number",
        ),
        (b"BilledCost,ChargePeriodStart\n1,soon\n", "is not a date"),
        (b"BilledCost,ChargePeriodStart,BillingCurrency\n1,2026-01-01,USD\n1,2026-01-01,EUR\n", "EUR, USD"),
        (b"\x1f\x8bbroken", "cannot be read"),
        (b"\xff\xfe\x00bad", "no table of text"),
    ],
)
def test_bad_files_are_refused_with_a_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "bill.csv"
    path.write_bytes(content)
    with pytest.raises(BillError, match=r"bill\.csv") as refusal:
        read_bill(path)
    assert said in str(refusal.value)


@pytest.mark.parametrize(
    "text",
    ["ResourceId sqs -> Jobs", "Price = 3 -> Jobs", "Tags.a = 1 -> Jobs; X = 3 -> Jobs", "ResourceId = x -> Nobody"],
)
def test_bad_rules_are_quoted(text: str) -> None:
    with pytest.raises(ValueError, match="“"):
        parse_rules(text, {"jobs": "Jobs"})


def test_many_distinct_resources_keep_few_sums_and_can_be_stopped(tmp_path: Path) -> None:
    buffer = io.StringIO()
    buffer.write(HEADER)
    for number in range(210_000):
        buffer.write(row(0.01, resource=f"r{number}") + "\n")
    path = tmp_path / "bill.csv"
    path.write_text(buffer.getvalue(), encoding="utf-8")
    found = read_bill(path, parse_rules("ResourceId ~ r1* -> jobs", {"jobs": "Jobs"}), {"jobs": "Jobs"})
    assert found.rows == 210_000
    assert len(found.entries) == 2
    assert found.total() == pytest.approx(2100.0, abs=1e-6)
    with pytest.raises(BillError, match="was stopped"):
        read_bill(path, progress=lambda rows: False)


def test_the_plan_is_held_against_the_bill(tmp_path: Path) -> None:
    design = template("assistant").variant("Model API").design
    nodes = {key: node.name for key, node in design.nodes.items()}
    rows = [row(60000, month=f"2026-0{month}", tags='{"node": "Answer model"}') for month in range(1, 9)]
    rows += [row(20000, month="2026-09"), row(50000, month="2026-09", tags='{"node": "answer-model"}')]
    rows += [row(300000, month="2026-10", tags='{"node": "answer-model"}')]
    bill = read_bill(bill_file(tmp_path, *rows), (), nodes)
    with_bill = design.apply(bill_delta(design, bill))
    assert isinstance(with_bill, Design)
    found = assess(evaluate(with_bill, load_catalog()))
    rules = [finding.rule for finding in found.findings]
    assert "plan_off" in rules
    assert rules.count("bill_anomaly") == 1
    assert any(
        "Plan of month 0 against the bill of 2026-10" in str(getattr(block, "title", "")) for block in found.blocks
    )


def test_odd_months_are_robust_to_what_they_look_for() -> None:
    steady = {f"2026-{month:02d}": 100.0 + month % 3 for month in range(1, 13)}
    assert odd_months(steady) == ()
    assert odd_months({**steady, "2026-05": 190.0}) == ("2026-05",)
    assert odd_months({"2026-01": 1.0, "2026-02": 900.0}) == ()


def test_a_bill_becomes_part_of_a_project(tmp_path: Path) -> None:
    project, bill = tmp_path / "plan.groundplan", bill_file(tmp_path, row(10, tags='{"node": "Answer model"}'), row(2))
    runner = CliRunner()
    assert runner.invoke(cli, ["new", str(project), "--template", "assistant"]).exit_code == 0
    said = runner.invoke(cli, ["bill", str(project), str(bill)])
    assert said.exit_code == 0, said.output
    assert "Read 2 rows of 2026-09 to 2026-09 into “Model API”: 12.00 USD effective, 2.00 of it" in said.output
    with Project.open(project, read_only=True) as opened:
        held = opened.design(opened.variants()[0].id).input("cost-optimization", "actuals")
    assert held is not None
    assert held.value["months"] == {"2026-09": {"answer-model": 10.0, "": 2.0}}


def test_what_a_killed_program_spilled_is_removed_by_the_next(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    old, young = tmp_path / "groundplan-bill-old", tmp_path / "groundplan-bill-young"
    for folder in (old, young):
        folder.mkdir()
        (folder / "spilled").write_bytes(b"rows")
    for part in (old / "spilled", old):
        os.utime(part, (1.0, 1.0))
    bill = tmp_path / "bill.csv"
    bill.write_text("BilledCost,ChargePeriodStart\n1,2026-01-01\n", encoding="utf-8")
    read_bill(bill)
    assert sorted(folder.name for folder in tmp_path.glob("groundplan-bill-*")) == ["groundplan-bill-young"]
