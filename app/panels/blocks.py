"""Renders the neutral blocks of an assessment: one widget per block, the same for every framework."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHeaderView, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from app.panels.finding_cards import FindingCard
from app.panels.form import Held, ParameterField
from app.panels.leaves import Edited, known_as, leaf_value, with_leaf
from app.panels.widgets import Clickable, clear, column, label
from app.words import say
from models.design.edits import set_params
from models.design.elements import BRIEF_ID, INPUT_PREFIX, Boundary, Brief, Element, Flow, Id, Input, Node, Value
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
WIDE = 376
"""Columns that need more px than the panel has are read by scrolling; narrower ones fill it."""
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
        tile.setToolTip(figure.reason or say("Click for how it is computed"))
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
        hints = [max(table.sizeHintForColumn(at), head.sectionSizeHint(at)) for at in range(len(block.columns))]
        wide = sum(hints) > WIDE
        if block.columns and not wide:
            head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        bar = Qt.ScrollBarPolicy.ScrollBarAlwaysOn if wide else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        table.setHorizontalScrollBarPolicy(bar)
        table.setFixedHeight(min(14, len(rows)) * ROW_HEIGHT + (48 if wide else 34))
        if block.elements:
            table.cellClicked.connect(lambda at, _: self._reveal_row(block.elements, at))
        layout.addWidget(table)
        if len(block.rows) > MOST_ROWS:
            layout.addWidget(
                label(say("{count} more rows are in the exports.", count=len(block.rows) - MOST_ROWS), "small")
            )
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
            layout.addWidget(label(say("Findings"), "heading"))
        for finding in block.findings:
            layout.addWidget(self._finding(finding))
        return box

    def _finding(self, finding: Finding) -> QWidget:
        card = FindingCard(self._session, finding)
        card.reveal.connect(self.reveal)
        card.explain.connect(self.explain)
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


def _parameter_of(session: Session, block: InputField) -> Parameter:
    """Return the parameter behind an input field: of its element's kind or framework, else read off the value."""
    from models.frameworks import input_parameter

    declared = input_parameter(block.element)
    if declared is not None:
        return declared
    target = _target(session, block)
    known = parameters_of(target).get(_name(block)) if target is not None and _is_param(block) else None
    if known is not None:
        return known
    value = _held(session, block)[0]
    kind = "boolean" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"
    name, title = block.path, str(block.label)
    return Parameter(name=name, label=title, help="", type=kind, unit=block.unit)  # type: ignore[arg-type]


def _target(session: Session, block: InputField) -> Edited | None:
    """Return the element that the field edits; None for an input that still stands at its default, or is gone."""
    if block.element == BRIEF_ID:
        return session.design.brief
    found = session.design.elements.get(block.element)
    return found if isinstance(found, Node | Flow | Boundary | Brief) else None


def _is_param(block: InputField) -> bool:
    return block.path.startswith("params.") or "." not in block.path


def _name(block: InputField) -> str:
    return block.path.removeprefix("params.")


def _held(session: Session, block: InputField) -> Held:
    element = session.design.elements.get(block.element)
    if isinstance(element, Input):
        return element.value, element.provenance
    target = _target(session, block)
    if target is None:
        from models.frameworks import input_parameter

        declared = input_parameter(block.element)
        return (declared.default if declared else None), "default"
    if _is_param(block):
        return value_of(target, _name(block)), known_as(target, _name(block))
    return leaf_value(target, block.path), ""


def _enter(session: Session, block: InputField, value: Value) -> None:
    merge_key = f"input {block.element} {block.path}"
    target = _target(session, block)
    changed: Element | None
    if block.element.startswith(INPUT_PREFIX):
        changed = None if value is None else Input(value)
    elif target is None:
        return
    elif _is_param(block):
        changed = set_params(target, {_name(block): value})
    else:
        changed = with_leaf(target, block.path, value)
    session.change([(block.element, changed)], str(block.label), merge_key)
