"""Bills and traces come into the open design: reported first, one undo step each, told apart by their content."""

import gzip

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox

from app.files import take_files
from app.measured import MeasuredReport, import_measured, is_table, read_bill, read_demand
from models.importers.focus import is_bill

HEADER = "ChargePeriodStart,BilledCost,EffectiveCost,ListCost,ContractedCost,BillingCurrency,ServiceName,ChargeCategory"
BILL = (
    f"{HEADER},Tags\n"
    + """2026-09-01T00:00:00Z,10,8,12,10,USD,Compute,Usage,"{""app"": ""Web""}"
2026-09-02T00:00:00Z,4,4,5,4,USD,Storage,Usage,{}
"""
)
TRACE = "minute,requests,context_tokens,generated_tokens\n" + "".join(
    f"2026-09-01 {hour:02}:{minute:02},{60 + hour},600,120\n" for hour in range(24) for minute in range(0, 60, 5)
)


@pytest.fixture
def shop(window, drawing):
    window.session.open_designs("Shop", [("Plan", drawing)])
    return window


@pytest.fixture
def bill(tmp_path):
    path = tmp_path / "bill.csv"
    path.write_text(BILL, encoding="utf-8")
    return path


@pytest.fixture
def trace(tmp_path):
    path = tmp_path / "trace.csv.gz"
    path.write_bytes(gzip.compress(TRACE.encode()))
    return path


def reported(window, qtbot, path, read=None) -> MeasuredReport:
    """Import a table and return the report that is shown."""
    box = import_measured(window, path, read)
    qtbot.waitSignal(box.work.done, timeout=20_000).wait()
    return next(report for report in window.findChildren(MeasuredReport) if report.isVisible())


def test_a_bill_is_reported_and_taken_over_as_one_step(shop, qtbot, bill) -> None:
    before = shop.session.design
    report = reported(shop, qtbot, bill, read_bill)
    assert "12.00 USD effective, 14.00 USD billed" in report.sentences.text()
    assert "Web: 8.00 USD" in report.sentences.text()
    assert "Belongs to no node: 4.00 USD" in report.sentences.text()
    assert shop.session.design is before
    report.take_button.click()
    assert shop.session.design.input("cost-optimization", "actuals").value["rows"] == 2
    assert shop.session.document.undo_label == "Import bill bill.csv"
    shop.session.undo()
    assert shop.session.design == before


def test_enter_takes_a_report_over_and_escape_leaves_the_design(shop, qtbot, bill) -> None:
    before = shop.session.design
    report = reported(shop, qtbot, bill, read_bill)
    QTest.keyClick(report, Qt.Key.Key_Escape)
    assert not report.isVisible()
    assert shop.session.design is before
    QApplication.processEvents()
    report = reported(shop, qtbot, bill, read_bill)
    QTest.keyClick(report.focusWidget(), Qt.Key.Key_Return)
    assert shop.session.document.undo_label == "Import bill bill.csv"


def test_a_trace_gives_its_demand_to_the_users_as_one_step(shop, qtbot, trace) -> None:
    before = shop.session.design
    report = reported(shop, qtbot, trace, read_demand)
    assert "The profile of the day is taken over." in report.sentences.text()
    assert report.users.isHidden()
    report.take_button.click()
    people = shop.session.design.nodes["people"]
    assert people.params["peak_rate_rps"] == pytest.approx(83 / 300, rel=1e-3)
    assert people.provenance["peak_rate_rps"] == "measured"
    shop.session.undo()
    assert shop.session.design == before


def test_the_users_node_is_chosen_where_there_are_several(shop, qtbot, trace) -> None:
    from models.design.elements import Node

    shop.session.change([("others", Node("users", "Others"))], "Add users")
    report = reported(shop, qtbot, trace)
    assert not report.users.isHidden()
    report.users.setCurrentIndex(report.users.findData("others"))
    report.take_button.click()
    assert "peak_rate_rps" in shop.session.design.nodes["others"].params
    assert "peak_rate_rps" not in shop.session.design.nodes["people"].params


def test_a_dropped_table_is_told_apart_by_its_content(shop, qtbot, bill, trace) -> None:
    assert (is_bill(bill), is_bill(trace)) == (True, False)
    assert is_table(trace)
    take_files(shop, [bill, trace])
    qtbot.waitUntil(lambda: len(shop.findChildren(MeasuredReport)) == 2, timeout=20_000)
    titles = {report.windowTitle() for report in shop.findChildren(MeasuredReport)}
    assert titles == {"Bill bill.csv", "Demand of trace.csv.gz"}


def test_what_cannot_be_taken_over_is_explained(window, drawing, qtbot, bill, tmp_path) -> None:
    assert import_measured(window, bill) is None
    box = window.findChild(QMessageBox)
    assert "belongs to a design" in box.informativeText()
    box.close()
    box.setParent(None)
    window.session.open_designs("Shop", [("Plan", drawing)])
    (tmp_path / "other.csv").write_text("name,color\na,b\n", encoding="utf-8")
    progress = import_measured(window, tmp_path / "other.csv")
    qtbot.waitSignal(progress.work.done, timeout=20_000).wait()
    assert "other.csv" in window.findChild(QMessageBox).informativeText()


def test_metrics_are_told_apart_and_taken_over_as_one_step(shop, qtbot, tmp_path) -> None:
    path = tmp_path / "use.csv"
    path.write_text("time,pod,cpu\n2026-09-01 10:00,web-1,40\n2026-09-01 10:00,other,1\n", encoding="utf-8")
    before = shop.session.design
    report = reported(shop, qtbot, path)
    assert "Web, 95 % of the time at most: cpu 40" in report.sentences.text()
    assert "give it a rule for its resource id: other" in report.sentences.text()
    report.take_button.click()
    assert shop.session.design.input("cost-optimization", "metrics").value["nodes"]["web"]["cpu"]["p95"] == 0.4
    shop.session.undo()
    assert shop.session.design == before


def test_a_load_test_is_told_by_its_content_and_given_to_a_node(shop, qtbot, tmp_path) -> None:
    path = tmp_path / "steps.csv"
    path.write_text("users,throughput,p95_ms\n1,95,11\n2,185,12\n4,340,14\n", encoding="utf-8")
    report = reported(shop, qtbot, path)
    assert "4 at once: 340/s, p95 14\u202fms." in report.sentences.text()
    report.users.setCurrentIndex(1)
    chosen = report.users.currentData()
    report.take_button.click()
    design = shop.session.design
    assert design.input("scaling", "scaling_test").value == "1: 95: 11, 2: 185: 12, 4: 340: 14"
    assert design.input("scaling", "tested_node").value == chosen
    assert shop.session.document.undo_label == "Import load test steps.csv"
