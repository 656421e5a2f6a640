"""The table that maps bills to nodes: rules are edited, ordered, checked and saved as one step."""

import pytest
from PySide6.QtWidgets import QComboBox

from app.bill_mapping import NODE, REGION, RESOURCE, SERVICE, TAG, VALUE, open_bill_mapping
from models.importers.bill_months import bill_delta
from models.importers.focus import Bill, BillEntry


@pytest.fixture
def shop(window, drawing):
    window.session.open_designs("Shop", [("Plan", drawing)])
    return window


def type_in(dialog, at, **cells) -> None:
    places = {"tag": TAG, "value": VALUE, "resource": RESOURCE, "service": SERVICE, "region": REGION}
    for name, text in cells.items():
        dialog.table.item(at, places[name]).setText(text)


def choose(dialog, at, node) -> None:
    box = dialog.table.cellWidget(at, NODE)
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(box.findText(node))


def stated(window) -> str:
    return window.session.design.input("cost-optimization", "bill_rules").value


def test_rules_are_saved_as_one_step_and_read_back(shop) -> None:
    dialog = open_bill_mapping(shop)
    dialog.add_rule()
    type_in(dialog, 0, tag="team", value="Feed", region="eu-west-1")
    choose(dialog, 0, "Web")
    dialog.add_rule()
    type_in(dialog, 1, resource="arn:*sqs*")
    choose(dialog, 1, "Orders")
    dialog.move_by(-1)
    dialog.save_button.click()
    assert stated(shop) == "ResourceId ~ arn:*sqs* -> Orders; Tags.team = Feed & RegionId = eu-west-1 -> Web"
    assert shop.session.document.undo_label == "Map bill"
    again = open_bill_mapping(shop)
    assert [again.table.item(1, place).text() for place in (TAG, VALUE, REGION)] == ["team", "Feed", "eu-west-1"]
    again.table.selectRow(0)
    again.remove()
    again.save_button.click()
    assert stated(shop) == "Tags.team = Feed & RegionId = eu-west-1 -> Web"


def test_an_incomplete_rule_is_named_and_nothing_is_saved(shop) -> None:
    dialog = open_bill_mapping(shop)
    dialog.add_rule()
    dialog.save_button.click()
    assert dialog.error.text().startswith("Rule 1 fits everything")
    type_in(dialog, 0, service="S3")
    dialog.save_button.click()
    assert dialog.error.text().startswith("Rule 1 has no node")
    choose(dialog, 0, "Web")
    type_in(dialog, 0, service="S3 -> nowhere; ServiceName = x")
    dialog.save_button.click()
    assert dialog.error.text()
    assert shop.session.design.input("cost-optimization", "bill_rules") is None


def test_what_no_rule_explains_becomes_a_rule(shop) -> None:
    line = BillEntry("2026-09", "", "AWS", "Amazon S3", "eu-west-1", "Usage", "", 5, 5, 5, 5, 1)
    shop.session.commit(bill_delta(shop.session.design, Bill("b.csv", "USD", (line,))), "Import")
    dialog = open_bill_mapping(shop)
    assert dialog.unknown.currentText() == "Amazon S3 · eu-west-1 · 5.00"
    dialog.take_unknown.click()
    choose(dialog, 0, "Web")
    dialog.save_button.click()
    assert stated(shop) == "ServiceName = Amazon S3 & RegionId = eu-west-1 -> Web"
