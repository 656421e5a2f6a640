"""Renders the neutral blocks of an assessment: one widget per block, the same for every framework."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHeaderView, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from app.panels.finding_cards import FindingCard
from app.panels.form import ParameterField
from app.panels.widgets import Clickable, clear, column, label
from models.design.elements import Id, Input, input_id
from models.design.kinds import Parameter, parameters_of, value_of
from models.formatting import format_figure, format_value
from models.report import (
    Assessment,
    Block,
    Cell,
    Chart,
    Figure,
    Figures,
    Finding,
    Findings,
    InputField,
    Sentence,
    Table,
    Timeline,
)

if TYPE_CHECKING:
    from app.session import Session
    from models.themes import Theme

MOST_ROWS = 200
ROW_HEIGHT = 26
TONES = {"good": "good", "bad": "bad", "warning": "warning", "muted": "muted"}


class BlockList(QWidget):
    """A column of rendered blocks."""

    explain = Signal(str)
    reveal = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.theme: Theme | None = None
        self._layout: QVBoxLayout = column(self, 0, 8)
        self._blocks: tuple[Block, ...] = ()
        self._fields: list[tuple[InputField, ParameterField]] = []

    def show_assessment(self, assessment: Assessment) -> None:
        """Render the answer and the blocks; an unchanged assessment stays as it is, a focused field keeps its focus."""
        blocks = (Sentence(assessment.answer, "accent"), *assessment.blocks)
        if blocks == self._blocks:
            return
        if self._is_typed_in() and [type(block) for block in blocks] == [type(block) for block in self._blocks]:
            self._refresh_fields()
            return
        self._blocks = blocks
        clear(self._layout)
        self._fields = []
        for number, block in enumerate(blocks):
            self._layout.addWidget(self._render(block, first=not number))
        self._layout.addStretch(1)

    def forget(self) -> None:
        """Render everything anew at the next chance, because the theme changed."""
        self._blocks = ()

    def _is_typed_in(self) -> bool:
        return any(field.editor.hasFocus() for _, field in self._fields)

    def _render(self, block: Block, first: bool) -> QWidget:
        if isinstance(block, Sentence):
            tone = TONES.get(block.role, "")
            return label(str(block.text), "answer" if first else "", tone if not first else "", wrap=True)
        if isinstance(block, Figures):
            return self._figures(block)
        if isinstance(block, Table):
            return self._table(block)
        if isinstance(block, Chart):
            return self._chart(block)
        if isinstance(block, Findings):
            return self._findings(block)
        if isinstance(block, InputField):
            return self._input(block)
        return self._timeline(block)

    # -- figures ---------------------------------------------------------------------------------------------------

    def _figures(self, block: Figures) -> QWidget:
        box = QWidget()
        layout = column(box, 0, 6)
        if str(block.title):
            layout.addWidget(label(str(block.title), "heading", wrap=True))
        grid = QGridLayout()
        grid.setSpacing(8)
        for number, figure in enumerate(block.figures):
            grid.addWidget(self._tile(figure), number // 2, number % 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        layout.addLayout(grid)
        return box

    def _tile(self, figure: Figure) -> QWidget:
        shown = format_figure(figure)
        tile = Clickable("tile", f"{figure.label}: {shown}")
        tile.setToolTip(figure.reason or "Click for how it is computed")
        layout = column(tile, 10, 1)
        layout.addWidget(label(figure.label, "small", wrap=True))
        tone = "bad" if figure.status == "invalid" else "warning" if figure.status == "warning" else ""
        layout.addWidget(label(shown, "figure", tone, wrap=True))
        note = figure.reason if figure.value is None else figure.text or figure.basis
        if note and note != shown:
            layout.addWidget(label(note, "small", wrap=True))
        layout.addStretch(1)
        tile.clicked.connect(lambda: self.explain.emit(figure.id))
        return tile

    # -- table -----------------------------------------------------------------------------------------------------

    def _table(self, block: Table) -> QWidget:
        box = QWidget()
        layout = column(box, 0, 6)
        if str(block.title):
            layout.addWidget(label(str(block.title), "heading", wrap=True))
        rows = [*block.rows[:MOST_ROWS], *([block.total] if block.total else [])]
        table = QTableWidget(len(rows), len(block.columns))
        table.setAccessibleName(str(block.title))
        table.setHorizontalHeaderLabels([str(one.title) for one in block.columns])
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        table.setShowGrid(False)
        table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        table.setHorizontalScrollMode(QTableWidget.ScrollMode.ScrollPerPixel)
        for at, cells in enumerate(rows):
            for number, cell in enumerate(cells):
                table.setItem(at, number, _item(cell, block.columns[number].unit))
        head = table.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        if block.columns:
            head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        table.setFixedHeight(min(14, len(rows)) * ROW_HEIGHT + 34)
        if block.elements:
            table.cellClicked.connect(lambda at, _: self._reveal_row(block.elements, at))
        layout.addWidget(table)
        if len(block.rows) > MOST_ROWS:
            layout.addWidget(label(f"{len(block.rows) - MOST_ROWS} more rows are in the exports.", "small"))
        return box

    def _reveal_row(self, elements: tuple[Id, ...], at: int) -> None:
        if at < len(elements) and elements[at]:
            self.reveal.emit(elements[at])

    # -- charts ----------------------------------------------------------------------------------------------------

    def _chart(self, block: Chart) -> QWidget:
        from app.panels.charts import chart_widget

        box = QWidget()
        layout = column(box, 0, 4)
        layout.addWidget(label(str(block.title), "heading", wrap=True))
        assert self.theme is not None
        layout.addWidget(chart_widget(block, self.theme))
        return box

    def _timeline(self, block: Timeline) -> QWidget:
        from app.panels.charts import TimelineView

        box = QWidget()
        layout = column(box, 0, 4)
        layout.addWidget(label(str(block.title), "heading", wrap=True))
        assert self.theme is not None
        layout.addWidget(TimelineView(block, self.theme))
        return box

    # -- findings and inputs ---------------------------------------------------------------------------------------

    def _findings(self, block: Findings) -> QWidget:
        box = QWidget()
        layout = column(box, 0, 8)
        if block.findings:
            layout.addWidget(label("Findings", "heading"))
        for finding in block.findings:
            layout.addWidget(self._finding(finding))
        return box

    def _finding(self, finding: Finding) -> QWidget:
        card = FindingCard(self._session, finding)
        card.reveal.connect(self.reveal)
        return card

    def _input(self, block: InputField) -> QWidget:
        parameter = _parameter_of(self._session, block)
        field = ParameterField(parameter)
        field.entered.connect(lambda value: _enter(self._session, block, value))
        field.show_values([_held(self._session, block)])
        self._fields.append((block, field))
        return field

    def _refresh_fields(self) -> None:
        for block, field in self._fields:
            field.show_values([_held(self._session, block)])


def _item(cell: Cell, unit: str) -> QTableWidgetItem:
    if isinstance(cell, Figure):
        text, number = format_figure(cell), True
    elif isinstance(cell, str):
        text, number = cell, False
    else:
        text, number = format_value(cell, unit), True
    item = QTableWidgetItem(text)
    item.setToolTip(cell.reason if isinstance(cell, Figure) and cell.reason else text)
    side = Qt.AlignmentFlag.AlignRight if number else Qt.AlignmentFlag.AlignLeft
    item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
    return item


def _is_input(block: InputField) -> bool:
    return block.element.startswith("in/")


def _parameter_of(session: Session, block: InputField) -> Parameter:
    """Return the parameter behind an input field: of its element's kind, else one read off the present value."""
    element = session.design.elements.get(block.element)
    name = block.path.split(".")[-1]
    if element is not None and not _is_input(block):
        known = parameters_of(element).get(name)
        if known is not None:
            return known
    value = element.value if isinstance(element, Input) else None
    kind = "boolean" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"
    return Parameter(name=name, label=str(block.label), help="", type=kind, unit=block.unit)  # type: ignore[arg-type]


def _held(session: Session, block: InputField) -> tuple[object, str]:
    from models.design.kinds import origin_of

    element = session.design.elements.get(block.element)
    if element is None and block.element == "brief":
        element = session.design.brief
    if isinstance(element, Input):
        return element.value, element.provenance
    if element is None:
        return None, "default"
    name = block.path.split(".")[-1]
    return value_of(element, name), origin_of(element, name)  # type: ignore[arg-type]


def _enter(session: Session, block: InputField, value: object) -> None:
    from models.design.edits import set_params

    element = session.design.elements.get(block.element)
    label_text, merge_key = f"{block.label}", f"input {block.element} {block.path}"
    if _is_input(block):
        _, framework, path = block.element.split("/", 2)
        changed = None if value is None else Input(value)
        session.change([(input_id(framework, path), changed)], label_text, merge_key)
        return
    target = element if element is not None else session.design.brief
    changed_element = set_params(target, {block.path.split(".")[-1]: value})  # type: ignore[arg-type]
    session.change([(block.element, changed_element)], label_text, merge_key)
