"""Renders the neutral blocks of an assessment: one widget per block, the same for every framework."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QWidget

from app.panels.block_views import BlockView, ChartBlockView, FiguresView, FindingsView, SentenceView, TableView
from app.panels.enlarged import EnlargedBlock
from app.panels.form import Held, ParameterField
from app.panels.leaves import Edited, known_as, leaf_value, with_leaf
from app.panels.widgets import column
from app.window_place import size_within_screen
from app.words import in_words, say
from models.design.edits import set_params
from models.design.elements import BRIEF_ID, INPUT_PREFIX, Boundary, Brief, Element, Flow, Input, Node, Value
from models.design.kinds import Parameter, parameters_of, value_of
from models.report import Assessment, Block, Chart, Figures, Findings, InputField, Sentence, Table, Timeline
from models.words import NO_TEXT, Text

if TYPE_CHECKING:
    from app.session import Session
    from models.themes import Theme


FIRST_BLOCKS = 8
"""So many blocks fill what is seen of a panel that was never shown."""
LARGE_CHART, LEAST = QSize(960, 560), QSize(420, 200)


class BlockList(QWidget):
    """A column of rendered blocks."""

    explain = Signal(str)
    reveal = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.theme: Theme | None = None
        self._layout = column(self, 0, 8)
        self._layout.addStretch(1)
        self._views: list[tuple[Block, BlockView]] = []

    def show_assessment(self, assessment: Assessment) -> None:
        """Show the answer and the blocks: views stay and show what is new, so that nothing flickers or loses focus.

        While only the first blocks of the assessment are built, the views of the rest stay as they are.
        """
        whole = assessment.is_built
        blocks = (Sentence(assessment.answer, "accent"), *assessment.built)
        waiting: dict[object, deque[tuple[Block, BlockView]]] = {}
        for block, view in self._views:
            waiting.setdefault(_key_of(block), deque()).append((block, view))
        shown = []
        for number, block in enumerate(blocks):
            view = self._shown_in_place(block, waiting.get(_key_of(block))) or self._made(block, is_answer=not number)
            if self._layout.indexOf(view) != number:
                self._layout.insertWidget(number, view)
            shown.append((block, view))
        left = {id(view) for lefts in waiting.values() for _, view in lefts}
        others = [(block, view) for block, view in self._views if id(view) in left]
        if whole:
            for _, view in others:
                self._drop(view)
        self._views = shown if whole else [*shown, *others]

    def count_above(self, bottom: int) -> int:
        """Return how many blocks begin above a height, px from the top of the list; a guess while none is there."""
        if not self._views:
            return FIRST_BLOCKS
        return max(1, sum(1 for _, view in self._views if view.y() < bottom) - 1)

    def forget(self) -> None:
        """Make every view anew at the next chance, because the theme changed."""
        for _, view in self._views:
            self._drop(view)
        self._views = []

    def _shown_in_place(self, block: Block, candidates: deque[tuple[Block, BlockView]] | None) -> BlockView | None:
        """Return the view of the old block of the same key, showing the new block; None if there is none that can."""
        if not candidates:
            return None
        old, view = candidates.popleft()
        if not view.can_show(block):
            self._drop(view)
            return None
        if not (isinstance(block, STILL) and old == block):
            view.offer(block)
        return view

    def _made(self, block: Block, is_answer: bool) -> BlockView:
        view = self._view_of(block, is_answer)
        view.explain.connect(self.explain)
        view.reveal.connect(self.reveal)
        view.enlarge_asked.connect(lambda: self._enlarge(view))
        return view

    def sections(self) -> list[tuple[str, QWidget]]:
        """Return the title and the view of each block that has a title, from top to bottom."""
        titled = [(_title_of(block), view) for block, view in self._views]
        return [(title, view) for title, view in titled if title]

    def _enlarge(self, view: BlockView) -> None:
        block = next(block for block, shown in self._views if shown is view)
        assert self.theme is not None
        dialog = EnlargedBlock(self.window(), view, block, self.theme)
        dialog.reveal.connect(self.reveal)
        size = dialog.view.natural_size() if isinstance(dialog.view, TableView) else LARGE_CHART
        size_within_screen(dialog, max(size.width(), LEAST.width()) + 40, max(size.height(), LEAST.height()) + 80)
        dialog.show()

    def _view_of(self, block: Block, is_answer: bool) -> BlockView:
        if isinstance(block, Sentence):
            return SentenceView(block, is_answer)
        if isinstance(block, Figures):
            return FiguresView(block)
        if isinstance(block, Table):
            return TableView(block)
        if isinstance(block, Findings):
            return FindingsView(self._session, block)
        if isinstance(block, InputField):
            return InputView(self._session, block)
        assert self.theme is not None
        return ChartBlockView(block, self.theme)

    def _drop(self, view: BlockView) -> None:
        self._layout.removeWidget(view)
        view.hide()
        view.deleteLater()


def _title_of(block: Block) -> str:
    if isinstance(block, Table | Chart | Timeline):
        return in_words(block.title)
    return say("Findings") if isinstance(block, Findings) and block.findings else ""


STILL = (Sentence, Figures, Table, Chart, Timeline)
"""Blocks whose view depends on nothing but the block."""


def _key_of(block: Block) -> object:
    """Return what makes a block the same one in the next assessment."""
    if isinstance(block, InputField):
        return InputField, block.element, block.path
    if isinstance(block, Table | Chart | Timeline):
        return type(block), block.title.key
    return type(block)


class InputView(BlockView):
    """An input of the design or of a framework, as an editor that commits."""

    def __init__(self, session: Session, block: InputField) -> None:
        super().__init__()
        self._session = session
        self.block = block
        self.field = ParameterField(_parameter_of(session, block))
        self.field.entered.connect(lambda value: _enter(session, self.block, value))
        column(self).addWidget(self.field)
        self.show_block(block)

    def show_block(self, block: Block) -> None:
        """Show the value that is held now; what is being typed stays."""
        assert isinstance(block, InputField)
        self.block = block
        self.field.show_values([_held(self._session, block)])


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
    name, title = block.path, Text(in_words(block.label))
    return Parameter(name=name, label=title, help=NO_TEXT, type=kind, unit=block.unit)  # type: ignore[arg-type]


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
    session.change([(block.element, changed)], in_words(block.label), merge_key)
