"""How a figure comes about: its formula, each input with its origin, and a way deeper."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget

from app.panels.widgets import Clickable, Scroll, clear, column, label, row
from app.words import in_words, mark, say
from models.design.design import Design, name_of
from models.design.elements import Flow
from models.formatting import format_band, format_figure, format_value, money_of
from models.words import joined

if TYPE_CHECKING:
    from models.evaluation import Evaluation
    from models.explain import Expression, Term

ORIGINS = {
    "input": mark("your input"),
    "default": mark("a default of the kind"),
    "measured": mark("measured"),
    "published": mark("published"),
    "confirmed": mark("confirmed"),
    "catalog": mark("price list"),
    "assumption": mark("assumption"),
    "figure": mark("another figure"),
    "computed": mark("computed"),
}


SELF_EVIDENT = frozenset({"figure", "computed"})
"""A figure opens its own derivation and a computed value stands in the formula: neither needs to be said."""


class ExplainPanel(QWidget):
    """One figure at a time; a click on an input that is a figure itself goes down to it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._evaluation: Evaluation | None = None
        self._trail: list[str] = []
        self._back = QPushButton(say("‹ Back"))
        self._back.setProperty("role", "link")
        self._back.clicked.connect(self._go_back)
        self._scroll = Scroll(10, 8)
        layout = column(self, 0, 8)
        layout.addWidget(self._back, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._scroll, 1)

    def show_figure(self, evaluation: Evaluation, figure_id: str) -> None:
        """Explain a figure of an evaluation."""
        self._evaluation = evaluation
        self._trail = [figure_id]
        self._show_last()

    def _go_back(self) -> None:
        self._trail.pop()
        self._show_last()

    def _deeper(self, figure_id: str) -> None:
        self._trail.append(figure_id)
        self._show_last()

    def _show_last(self) -> None:
        """Show where the way down leads to, in the money of the plan, whichever window is in front."""
        assert self._evaluation is not None
        with money_of(self._evaluation.design.brief):
            self._show(self._evaluation, self._trail[-1])

    def _show(self, evaluation: Evaluation, identifier: str) -> None:
        from models.explain import explain

        figure = evaluation.figure(identifier)
        body = self._scroll.body
        clear(body)
        self._back.setVisible(len(self._trail) > 1)
        owner = owner_of(evaluation.design, identifier)
        body.addWidget(
            label(f"{in_words(figure.label)} · {in_words(owner)}" if owner else figure.label, "muted", wrap=True)
        )
        body.addWidget(label(format_figure(figure), "title", wrap=True))
        if figure.band is not None:
            body.addWidget(label(say("within {band}", band=format_band(*figure.band, figure.unit)), "muted"))
        for text, tone in ((figure.basis, ""), (figure.reason, "warning")):
            if text:
                body.addWidget(label(text, "muted", tone, wrap=True))
        try:
            self._show_expression(explain(evaluation, identifier), {in_words(figure.basis), in_words(figure.reason)})
        except KeyError:
            body.addWidget(
                label(say("No formula leads to this figure; it is read off the others."), "muted", wrap=True)
            )
        body.addStretch(1)

    def _show_expression(self, expression: Expression, said: Collection[str]) -> None:
        """Show the formula with its inputs; what was said of the figure already is not said again."""
        body = self._scroll.body
        body.addWidget(label(say("FORMULA"), "section"))
        body.addWidget(label(expression.formula, wrap=True))
        if expression.terms:
            body.addWidget(label(say("FROM"), "section"))
        for term in expression.terms:
            body.addWidget(self._term(term))
        for text in (expression.note, expression.source):
            if text and in_words(text) not in said:
                body.addWidget(label(text, "small", wrap=True))

    def _term(self, term: Term) -> QWidget:
        deeper = term.ref if "/" in term.ref and "#" not in term.ref else ""
        box = Clickable("tile", in_words(term.label)) if deeper else QWidget()
        if isinstance(box, Clickable):
            box.clicked.connect(lambda: self._deeper(deeper))
        layout = column(box, 8, 2)
        line = row(None, 0, 8)
        line.addWidget(label(term.label, wrap=True), 1)
        line.addWidget(
            label(in_words(format_value(term.value, term.unit, precise=True)) + (" ›" if deeper else ""), "heading")
        )
        layout.addLayout(line)
        said = [] if term.origin in SELF_EVIDENT else [say(ORIGINS[term.origin])]
        note = ": ".join([*said, in_words(term.detail)] if term.detail else said)
        if note:
            layout.addWidget(label(note, "small", wrap=True))
        return box


def owner_of(design: Design, figure_id: str) -> str:
    """Return the name of the element a figure is of; empty for those of the whole plan."""
    family, _, rest = figure_id.partition("/")
    key = rest.rpartition("/")[0]
    if family == "total" or key not in design.elements:
        return ""
    element = design.elements[key]
    if isinstance(element, Flow) and not element.name:
        return joined((name_of(end, design.elements[end]) for end in (element.source, element.target)), " → ")
    return name_of(key, element)
