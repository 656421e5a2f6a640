"""One finding as a card: what, why, the evidence, and its remedy with Preview and Apply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QPushButton, QWidget

from app.evaluator import Job
from app.panels.widgets import column, label, row, set_tone
from app.words import in_words, say
from models.design.delta import Delta
from models.design.elements import BRIEF_ID
from models.formatting import format_figure
from models.moves import Problem, apply_move
from models.moves.effects import Effect, effect, gains
from models.report import Figure, Finding, Remedy

if TYPE_CHECKING:
    from app.session import Session

WHOLE_PLAN_MOVES = frozenset({"re_place", "place_nodes"})
"""Moves that change so much that one wants to keep the drawing beside them."""


class FindingCard(QFrame):
    """Preview evaluates the design after the remedy and shows what would change; Apply is one undo step.

    A remedy that moves the whole plan can also be applied to a copy, as a variant.
    """

    reveal = Signal(str)
    explain = Signal(str)

    def __init__(self, session: Session, finding: Finding, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.finding = finding
        self._evidence_of: dict[str, QPushButton] = {}
        self.setProperty("role", "finding")
        self.setProperty("severity", finding.severity)
        self.setAccessibleName(f"{finding.severity}: {in_words(finding.title)}")
        layout = column(self, 10, 4)
        layout.addWidget(label(in_words(finding.title), "heading", wrap=True))
        layout.addWidget(label(in_words(finding.why), "muted", wrap=True))
        for text in finding.evidence:
            layout.addWidget(self._evidence(text))
        self.refresh()
        if finding.remedy is not None:
            layout.addWidget(label(in_words(finding.remedy.label), "heading", wrap=True))
        self._buttons = row(None, 0, 8)
        layout.addLayout(self._buttons)
        self._effect = label("", "muted", wrap=True)
        self._effect.hide()
        layout.addWidget(self._effect)
        if finding.remedy is not None:
            self._add_remedy(finding.remedy)
        if finding.elements and finding.elements[0] in session.design.elements:
            show = QPushButton(say("Show"))
            show.setToolTip(say("Select it in the drawing"))
            show.clicked.connect(lambda: self.reveal.emit(finding.elements[0]))
            self._buttons.addWidget(show)
        self._buttons.addStretch(1)

    def _evidence(self, text: str) -> QWidget:
        """Return a piece of evidence: a figure that can be explained, or a plain text."""
        if self._figure(text) is None:
            return label(text, "small", wrap=True)
        button = QPushButton()
        button.setProperty("role", "link")
        button.setToolTip(say("Click for how it is computed"))
        button.clicked.connect(lambda: self.explain.emit(text))
        self._evidence_of[text] = button
        return button

    def _figure(self, text: str) -> Figure | None:
        evaluation = self._session.evaluation
        try:
            return evaluation.figure(text) if evaluation is not None and "/" in text else None
        except KeyError:
            return None

    def refresh(self) -> None:
        """Write the figures of the evidence as they are now."""
        for text, button in self._evidence_of.items():
            figure = self._figure(text)
            if figure is not None and button.text() != (shown := f"{figure.label}: {format_figure(figure)}"):
                button.setText(shown)

    def _add_remedy(self, remedy: Remedy) -> None:
        self._preview = QPushButton(say("Preview"))
        self._preview.setProperty("role", "primary")
        self._preview.clicked.connect(lambda: self._start(remedy))
        self._apply = QPushButton(say("Apply"))
        self._apply.clicked.connect(lambda: self._commit(remedy))
        self._buttons.addWidget(self._preview)
        self._buttons.addWidget(self._apply)
        if remedy.move in WHOLE_PLAN_MOVES:
            branch = QPushButton(say("As variant"))
            branch.setToolTip(say("Apply it to a copy of this variant"))
            branch.clicked.connect(lambda: self._branch(remedy))
            self._buttons.addWidget(branch)

    # -- preview and apply -----------------------------------------------------------------------------------------

    def _start(self, remedy: Remedy) -> None:
        evaluation = self._session.evaluation
        if evaluation is None:
            return
        self._preview.setEnabled(False)

        def work() -> Effect | Problem:
            return effect(evaluation, remedy)

        job = Job(work)
        job.carrier.done.connect(self._show_effect, Qt.ConnectionType.QueuedConnection)
        job.carrier.failed.connect(self._show_failure, Qt.ConnectionType.QueuedConnection)
        job.start()

    def _show_effect(self, job: Job, result: Effect | Problem) -> None:
        job.release()
        self._preview.setEnabled(True)
        if isinstance(result, Problem):
            self._say(in_words(result.message), "warning")
            return
        self._say(result.text or say("No figure changes."), "good" if gains(result.changes) else "")

    def _show_failure(self, job: Job, sentence: str, details: str) -> None:
        job.release()
        self._preview.setEnabled(True)
        self._say(say("The effect could not be computed: {sentence}", sentence=sentence), "warning")

    def _say(self, text: str, tone: str) -> None:
        self._effect.setText(text)
        set_tone(self._effect, tone)
        self._effect.show()

    def _branch(self, remedy: Remedy) -> None:
        """Make a variant named after the remedy and apply it there; this card may be gone afterwards."""
        session, evaluation = self._session, self._session.evaluation
        if evaluation is None:
            return
        before, variant = session.design, session.variant
        after = apply_move(before, evaluation.catalog, remedy)
        if isinstance(after, Problem):
            self._say(in_words(after.message), "warning")
            return
        session.add_variant(_free_name(session, str(remedy.label)))
        if session.variant != variant:
            brief = msgspec.structs.replace(after.brief, decision=session.design.brief.decision)
            wanted = {**after.elements, BRIEF_ID: brief}
            session.commit(Delta.between(session.design.elements, wanted), str(remedy.label))

    def _commit(self, remedy: Remedy) -> None:
        evaluation = self._session.evaluation
        if evaluation is None:
            return
        design = self._session.design
        after = apply_move(design, evaluation.catalog, remedy)
        if isinstance(after, Problem):
            self._say(in_words(after.message), "warning")
            return
        self._session.commit(Delta.between(design.elements, after.elements), str(remedy.label))


class FindingList(QWidget):
    """Cards one below the other; a card stays while its finding does, and its remedy's effect with it."""

    reveal = Signal(str)
    explain = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._layout = column(self, 0, 8)
        self._cards: list[FindingCard] = []

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """Show exactly these findings in their order."""
        kept = {_key(card.finding): card for card in self._cards}
        shown = []
        for place, finding in enumerate(findings):
            card = kept.get(_key(finding))
            if card is None or card.finding != finding or card in shown:
                card = self._card(finding)
            else:
                card.refresh()
            if self._layout.indexOf(card) != place:
                self._layout.insertWidget(place, card)
            shown.append(card)
        for card in self._cards:
            if card not in shown:
                self._layout.removeWidget(card)
                card.hide()
                card.deleteLater()
        self._cards = shown

    def _card(self, finding: Finding) -> FindingCard:
        card = FindingCard(self._session, finding)
        card.reveal.connect(self.reveal)
        card.explain.connect(self.explain)
        return card


def _key(finding: Finding) -> tuple[str, tuple[str, ...], str]:
    return finding.rule, finding.elements, finding.title.key


def _free_name(session: Session, name: str) -> str:
    """Return the name, with a number behind it if a variant has it already."""
    taken = {variant.name for variant in session.variants}
    names = (name if number == 1 else f"{name} {number}" for number in range(1, len(taken) + 2))
    return next(free for free in names if free not in taken)
