"""The mapping of bills as a table that the architect edits: which tag, resource, service and region is which node."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
)

from app.measured import LAST_BILL, import_measured, read_bill
from app.panels.widgets import column, label, row
from app.window_place import size_within_screen
from app.words import in_words, mark, say
from models.design.elements import Input, input_id
from models.importers.bill_rules import BillRule, Condition, parse_rules, rules_text, tag_column

if TYPE_CHECKING:
    from app.main_window import MainWindow

FRAMEWORK = "cost-optimization"
HEADS = (mark("Tag"), mark("has value"), mark("Resource id"), mark("Service"), mark("Region"), mark("Node"))
TAG, VALUE, RESOURCE, SERVICE, REGION, NODE = range(6)
COLUMNS = {RESOURCE: "ResourceId", SERVICE: "ServiceName", REGION: "RegionId"}


def open_bill_mapping(window: MainWindow) -> BillMapping:
    """Open the table of the open design."""
    dialog = BillMapping(window)
    dialog.open()
    return dialog


class BillMapping(QDialog):
    """One row per rule, the first that fits wins; filled cells of a row must all fit, * stands for any text."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._nodes = {key: node.name for key, node in window.session.design.nodes.items()}
        self._kept: tuple[BillRule, ...] = ()
        self.setWindowTitle(say("Map bill to nodes"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.table = QTableWidget(0, len(HEADS))
        self.table.setAccessibleName(say("Rules of the mapping"))
        self.table.setHorizontalHeaderLabels([say(head) for head in HEADS])
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.verticalHeader().setDefaultSectionSize(30)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.unknown = QComboBox()
        self.unknown.setAccessibleName(say("Services of the bill that belong to no node"))
        self.error = label("", "small", "bad", wrap=True)
        self._assemble()
        self._read()
        size_within_screen(self, 860, 460)

    def _assemble(self) -> None:
        buttons = row(None, 0, 8)
        for text, press in (
            (say("Add rule"), lambda: self.add_rule()),
            (say("Remove"), self.remove),
            (say("Up"), lambda: self.move_by(-1)),
            (say("Down"), lambda: self.move_by(1)),
        ):
            button = QPushButton(text)
            button.setAutoDefault(False)
            button.clicked.connect(press)
            buttons.addWidget(button)
        buttons.addStretch(1)
        self.take_unknown = QPushButton(say("Add a rule for it"))
        self.take_unknown.setAutoDefault(False)
        self.take_unknown.clicked.connect(self._add_unknown)
        open_lines = row(None, 0, 8)
        open_lines.addWidget(label(say("Belongs to no node yet:"), "muted"))
        open_lines.addWidget(self.unknown, 1)
        open_lines.addWidget(self.take_unknown)
        self.save_button, cancel = QPushButton(say("Save")), QPushButton(say("Cancel"))
        self.save_button.setProperty("role", "primary")
        self.save_button.clicked.connect(self.save)
        cancel.clicked.connect(self.reject)
        ends = row(None, 0, 8)
        ends.addStretch(1)
        ends.addWidget(cancel)
        ends.addWidget(self.save_button)
        layout = column(self, 16, 10)
        words = say(
            "The first rule that fits decides. All filled cells of a row must fit; * stands for any text. What no rule "
            "fits belongs to the node whose name is the value of a tag."
        )
        layout.addWidget(label(words, "muted", wrap=True))
        layout.addWidget(self.table, 1)
        layout.addLayout(buttons)
        layout.addLayout(open_lines)
        layout.addWidget(self.error)
        layout.addLayout(ends)

    def _read(self) -> None:
        """Fill the table with the rules of the design, and the choice with what no rule explains."""
        stated = self._window.session.design.input(FRAMEWORK, "bill_rules")
        try:
            rules = parse_rules(str(stated.value or "") if stated is not None else "", self._nodes)
        except ValueError as reason:
            rules = ()
            self.error.setText(in_words(reason))
        for rule in rules:
            self.add_rule(rule)
        held = self._window.session.design.input(FRAMEWORK, "actuals")
        sums = held.value.get("sums") if held is not None and isinstance(held.value, Mapping) else None
        last = sums[max(sums)] if isinstance(sums, Mapping) and sums else {}
        for service, region, usd in last.get("unknown", ()):
            amount = say("{usd:,.2f}", usd=usd)
            self.unknown.addItem(f"{service or '–'} · {region or '–'} · {amount}", (service, region))
        self.unknown.setEnabled(self.unknown.count() > 0)
        self.take_unknown.setEnabled(self.unknown.count() > 0)

    def add_rule(self, rule: BillRule | None = None) -> None:
        """Add a row at the end, empty or for a rule; conditions on other columns are kept behind the row."""
        at = self.table.rowCount()
        self.table.insertRow(at)
        cells = [""] * NODE
        others = []
        for one in rule.conditions if rule is not None else ():
            name, _, key = one.column.partition(".")
            place = next((number for number, column_name in COLUMNS.items() if column_name == name), None)
            if name == "Tags" and key and not cells[TAG]:
                cells[TAG], cells[VALUE] = key, one.pattern
            elif place is not None and not cells[place]:
                cells[place] = one.pattern
            else:
                others.append(one)
        for number, text in enumerate(cells):
            self.table.setItem(at, number, QTableWidgetItem(text))
        first = self.table.item(at, TAG)
        if first is not None:
            first.setData(Qt.ItemDataRole.UserRole, tuple(others))
            first.setToolTip("; ".join(f"{one.column} {one.operator} {one.pattern}" for one in others))
        nodes = QComboBox()
        nodes.setAccessibleName(say("Node"))
        for key, name in sorted(self._nodes.items(), key=lambda entry: entry[1].casefold()):
            nodes.addItem(name, key)
        nodes.setCurrentIndex(nodes.findData(rule.node) if rule is not None else -1)
        self.table.setCellWidget(at, NODE, nodes)
        self.table.selectRow(at)

    def _add_unknown(self) -> None:
        service, region = self.unknown.currentData()
        conditions = [Condition("ServiceName", "=", service)] if service else []
        conditions += [Condition("RegionId", "=", region)] if region else []
        self.add_rule(BillRule(tuple(conditions), ""))

    def remove(self) -> None:
        """Remove the selected rules."""
        for at in sorted({index.row() for index in self.table.selectedIndexes()}, reverse=True):
            self.table.removeRow(at)

    def move_by(self, step: int) -> None:
        """Move the selected rule up (-1) or down (1)."""
        at = self.table.currentRow()
        rules = [self._rule(number) for number in range(self.table.rowCount())]
        if not 0 <= at < len(rules) or not 0 <= at + step < len(rules):
            return
        rules[at], rules[at + step] = rules[at + step], rules[at]
        self.table.setRowCount(0)
        for rule in rules:
            self.add_rule(rule)
        self.table.selectRow(at + step)

    def _rule(self, at: int) -> BillRule:
        """Return what a row says; a row without a condition or node is an incomplete rule."""

        def text(number: int) -> str:
            item = self.table.item(at, number)
            return item.text().strip() if item is not None else ""

        pairs = [(tag_column(text(TAG)), text(VALUE))] if text(TAG) else []
        pairs += [(name, text(number)) for number, name in COLUMNS.items()]
        found = [Condition(name, "~" if set("*?") & set(value) else "=", value) for name, value in pairs if value]
        first, nodes = self.table.item(at, TAG), self.table.cellWidget(at, NODE)
        others = first.data(Qt.ItemDataRole.UserRole) if first is not None else ()
        key = nodes.currentData() if isinstance(nodes, QComboBox) else ""
        return BillRule((*found, *(others or ())), str(key or ""))

    def rules(self) -> tuple[BillRule, ...]:
        """Return the rules of the table.

        Raises:
            ValueError: a row is incomplete or cannot be written as a rule; the message says which.
        """
        found = tuple(self._rule(at) for at in range(self.table.rowCount()))
        for at, rule in enumerate(found, 1):
            if not rule.conditions:
                raise ValueError(say("Rule {number} fits everything: fill a cell, or remove it.", number=at))
            if not rule.node:
                raise ValueError(say("Rule {number} has no node: choose one, or remove it.", number=at))
        if parse_rules(rules_text(found, self._nodes), self._nodes) != found:
            raise ValueError(say("A cell holds signs that a rule cannot hold (;, -> or &); use * in their place."))
        return found

    def save(self) -> None:
        """Keep the rules with the design and read the bill of this sitting anew, so that they hold at once."""
        try:
            text = rules_text(self.rules(), self._nodes)
        except ValueError as reason:
            self.error.setText(in_words(reason))
            return
        window = self._window
        window.session.change([(input_id(FRAMEWORK, "bill_rules"), Input(text) if text else None)], say("Map bill"))
        self.accept()
        last = str(window.property(LAST_BILL) or "")
        if last and Path(last).is_file():
            import_measured(window, Path(last), read_bill)
