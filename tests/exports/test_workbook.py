"""Workbook and CSV: numbers stay numbers, text is never a formula, what is not known says so."""

import csv
import re
import zipfile
from io import BytesIO, StringIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from msgspec.structs import replace
from pypdf import PdfReader

from exports.csv import csv_text, panel_csv_text, write_csv
from exports.panel_sheets import panel_sheets
from exports.pdf.plan import plan_bytes
from exports.sheets import bill_sheet, figure_sheet, horizon_sheet, sheets
from exports.xlsx import workbook_bytes, write_workbook
from models.catalog.catalog import load_catalog
from models.design.delta import Delta
from models.design.design import Design
from models.design.elements import Brief, Flow, Node, Site
from models.evaluation import Evaluation, evaluate
from models.formatting import format_value, money_of
from models.frameworks import assess_all
from models.report import Table
from models.templates import template

EVIL = '=HYPERLINK("http://example.invalid","x")'
SPACE = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    """Users, a service with a dangerous name, and a hosted model without a price."""
    return evaluate(
        Design(
            {
                "brief": Brief(name="Trial"),
                "u": Node("users", "Users", {"peak_rate_rps": 2.0}),
                "s": Node("service", EVIL, {}, (Site(replicas=2),)),
                "m": Node("llm_api", "+Model", {"model_api": "nobody/knows-this-model"}),
                "f": Flow("u", "s"),
                "g": Flow("s", "m"),
            }
        ),
        load_catalog(),
    )


def read(data: bytes) -> dict[str, list[list[object]]]:
    """Return the cells of each sheet: floats for numbers, text for strings; a formula fails."""
    with zipfile.ZipFile(BytesIO(data)) as book:
        shared = [
            "".join(text.text or "" for text in entry.iter(f"{{{SPACE['m']}}}t"))
            for entry in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
        ]
        names = re.findall(r'<sheet name="([^"]+)"', book.read("xl/workbook.xml").decode())
        found: dict[str, list[list[object]]] = {}
        for number, name in enumerate(names, 1):
            root = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
            assert root.find(".//m:f", SPACE) is None
            assert root.find(".//m:hyperlink", SPACE) is None
            rows = []
            for row in root.iterfind(".//m:row", SPACE):
                cells: list[object] = []
                for cell in row.iterfind("m:c", SPACE):
                    value = cell.findtext("m:v", namespaces=SPACE) or ""
                    cells.append(shared[int(value)] if cell.get("t") == "s" else float(value))
                rows.append(cells)
            found[name] = rows
    return found


def test_sheets_hold_the_figures_as_numbers(evaluation: Evaluation) -> None:
    book = read(workbook_bytes(evaluation))
    assert list(book) == ["Figures", "Bill", "Horizon", "Findings", "Assumptions"]
    total = evaluation.figure("total/cost_per_month")
    row = next(row for row in book["Figures"] if row[-1] == "total/cost_per_month")
    assert row[2] == pytest.approx(total.value)
    assert row[3:5] == ["USD/month", "at least"]
    assert len(book["Horizon"]) == evaluation.horizon_months + 2
    assert book["Horizon"][-1][1] == pytest.approx(float(evaluation.horizon.cost[-1]))


def test_what_is_not_known_is_said_and_never_zero(evaluation: Evaluation) -> None:
    bill = read(workbook_bytes(evaluation))["Bill"]
    assert any("not known" in row for row in bill)
    unpriced = [row for row in bill_sheet(evaluation).rows if row[5] is None]
    assert unpriced
    assert all(row[-1] for row in unpriced)


def test_text_is_never_a_formula(evaluation: Evaluation, tmp_path: Path) -> None:
    book = read(workbook_bytes(evaluation))
    assert any(EVIL in row for row in book["Figures"])
    rows = list(csv.reader(StringIO(csv_text(figure_sheet(evaluation)))))
    assert any(field == f"'{EVIL}" for row in rows for field in row)
    assert any(field == "'+Model" for row in rows for field in row)
    for row in rows[1:]:
        assert not any(field.startswith(("=", "@", "+")) for field in row)
    write_csv(horizon_sheet(evaluation), tmp_path / "horizon.csv")
    lines = (tmp_path / "horizon.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("Month,Cost (USD/month)")
    assert len(lines) == evaluation.horizon_months + 2


def test_every_row_is_as_long_as_its_head(evaluation: Evaluation) -> None:
    for sheet in sheets(evaluation):
        assert all(len(row) == len(sheet.columns) for row in sheet.rows), sheet.name


def test_equal_evaluations_are_equal_bytes_and_files_appear_whole(evaluation: Evaluation, tmp_path: Path) -> None:
    assert workbook_bytes(evaluation) == workbook_bytes(evaluation)
    write_workbook(evaluation, (), tmp_path / "plan.xlsx")
    assert [path.name for path in tmp_path.iterdir()] == ["plan.xlsx"]
    with pytest.raises(OSError, match=r"cannot be written: No such file"):
        write_workbook(evaluation, (), tmp_path / "missing" / "plan.xlsx")


def test_every_panel_is_a_sheet_with_the_numbers_of_the_panel() -> None:
    """What the cost panel shows is what the sheet holds: titles, numbers and totals, formulas never."""
    shown = evaluate(template("recommender").variants[0].design, load_catalog())
    assessments = assess_all(shown)
    cells = read(workbook_bytes(shown, assessments))
    cost = next(each for each in assessments if each.framework == "cost-optimization")
    rows = cells["Cost optimization"]
    assert rows[0][0] == str(cost.answer)
    for block in (block for block in cost.blocks if isinstance(block, Table)):
        at = rows.index([str(block.title)])
        for offset, row in enumerate(block.rows, 2):
            numbers = [cell for cell in row if isinstance(cell, float | int) and not isinstance(cell, bool)]
            assert [cell for cell in rows[at + offset] if isinstance(cell, float)] == pytest.approx(numbers)
    assert set(cells) >= {str(each.title)[:31] for each in assessments}


def test_panels_as_csv_neutralize_formulas(evaluation: Evaluation) -> None:
    text = "\n".join(panel_csv_text(panel) for panel in panel_sheets(assess_all(evaluation)))
    fields = [field for row in csv.reader(StringIO(text)) for field in row]
    assert any("HYPERLINK" in field for field in fields)
    for field in fields:
        if field.startswith(("=", "+", "-", "@")):
            float(field)


def test_all_forms_show_the_plan_in_its_currency() -> None:
    """Panel, workbook and PDF say the same amount in euros; inputs and the machine's JSON stay in dollars."""
    drawn = template("recommender").variants[0].design
    params = {**drawn.brief.params, "currency": "EUR", "units_per_usd": 0.5}
    euros = drawn.apply(Delta.of([("brief", drawn.brief, replace(drawn.brief, params=params))]))
    shown = evaluate(euros, load_catalog())
    usd = shown.money.bill.total
    with money_of(euros.brief):
        assessments = assess_all(shown)
    cost = next(each for each in assessments if each.framework == "cost-optimization")
    assert f"€{usd / 2:,.0f}"[:4] in str(cost.answer)
    bill = read(workbook_bytes(shown, assessments))["Bill"]
    amounts = [cell for row in bill[1:] for cell in row[5:6] if isinstance(cell, float)]
    assert sum(amounts) == pytest.approx(usd / 2, rel=1e-6)
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(plan_bytes(shown, assessments=assessments))).pages)
    assert "Amounts are in EUR at 0.5 for one US dollar" in " ".join(text.split())
    assert "€" in text
    assert format_value(2.0, "USD") == "$2"
