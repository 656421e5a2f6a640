"""One finding as a card: what, why, the evidence, and its remedy with Preview and Apply."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QWidget

from app.evaluator import Job
from app.panels.widgets import column, label, row, set_tone, write
from app.words import in_words, mark, say
from models.design.delta import Delta
from models.design.elements import BRIEF_ID
from models.formatting import format_figure, money_of
from models.report import Figure, Finding, Remedy

if TYPE_CHECKING:
    from app.session import Session
    from models.moves import Problem
    from models.moves.effects import Effect

SEVERITIES = {"error": mark("Error"), "warning": mark("Warning"), "note": mark("Note")}
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
        self._figures = self._figures_of(finding)
        self._previewed: Finding | None = None
        self.setProperty("role", "finding")
        layout = column(self, 10, 4)
        self._title, self._why = label("", "heading", wrap=True), label("", "muted", wrap=True)
        self._evidence = [self._evidence_part(number, figure) for number, figure in enumerate(self._figures)]
        self._remedy = label("", "heading", wrap=True)
        for part in (self._title, self._why, *self._evidence, self._remedy):
            layout.addWidget(part)
        self._buttons = row(None, 0, 8)
        layout.addLayout(self._buttons)
        self._effect = label("", "muted", wrap=True)
        self._effect.hide()
        layout.addWidget(self._effect)
        if finding.remedy is not None:
            self._add_remedy(finding.remedy)
        self._reveal = self._add_button(say("Show"), lambda: self.reveal.emit(self.finding.elements[0]))
        self._reveal.setToolTip(say("Select it in the drawing"))
        self._buttons.addStretch(1)
        self._write()

    def show_finding(self, finding: Finding) -> bool:
        """Write another finding in place, if the card has the parts for it; return whether it has.

        What a preview said of the old remedy holds no longer.
        """
        figures = self._figures_of(finding)
        if _parts_of(finding, figures) != _parts_of(self.finding, self._figures):
            return False
        self._figures = figures
        if finding != self.finding:
            self.finding = finding
            self._effect.hide()
        self._write()
        return True

    def _write(self) -> None:
        """Write what is found, and the figures of its evidence as they are now."""
        finding, title = self.finding, in_words(self.finding.title)
        set_tone(self, finding.severity, "severity")
        self.setAccessibleName(f"{say(SEVERITIES[finding.severity])}: {title}")
        write(self._title, title)
        write(self._why, in_words(finding.why))
        for part, text, figure in zip(self._evidence, finding.evidence, self._figures, strict=True):
            words = text if figure is None else f"{in_words(figure.label)}: {in_words(format_figure(figure))}"
            write(part, words)
        self._remedy.setVisible(finding.remedy is not None)
        if finding.remedy is not None:
            write(self._remedy, in_words(finding.remedy.label))
        self._reveal.setVisible(bool(finding.elements) and finding.elements[0] in self._session.design.elements)

    def _evidence_part(self, number: int, figure: Figure | None) -> QLabel | QPushButton:
        """Return a piece of evidence: a figure that can be explained, or a plain text."""
        if figure is None:
            return label("", "small", wrap=True)
        button = QPushButton()
        button.setProperty("role", "link")
        button.setToolTip(say("Click for how it is computed"))
        button.clicked.connect(lambda: self.explain.emit(self.finding.evidence[number]))
        return button

    def _figures_of(self, finding: Finding) -> list[Figure | None]:
        """Return the figure that each piece of evidence names, as it is now; None for a plain text."""
        return [self._figure(text) for text in finding.evidence]

    def _figure(self, text: str) -> Figure | None:
        evaluation = self._session.evaluation
        try:
            return evaluation.figure(text) if evaluation is not None and "/" in text else None
        except KeyError:
            return None

    def _add_remedy(self, remedy: Remedy) -> None:
        self._preview = self._add_button(say("Preview"), self._start)
        self._preview.setProperty("role", "primary")
        self._add_button(say("Apply"), self._commit)
        if remedy.move in WHOLE_PLAN_MOVES:
            branch = self._add_button(say("As variant"), self._branch)
            branch.setToolTip(say("Apply it to a copy of this variant"))

    def _add_button(self, text: str, act: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.clicked.connect(lambda: act())
        self._buttons.addWidget(button)
        return button

    # -- preview and apply -----------------------------------------------------------------------------------------

    def _start(self) -> None:
        evaluation, finding, remedy = self._session.evaluation, self.finding, self.finding.remedy
        if evaluation is None or remedy is None:
            return
        self._previewed = finding
        self._preview.setEnabled(False)

        def work() -> Effect | Problem:
            from models.moves.effects import effect

            with money_of(evaluation.design.brief):
                return effect(evaluation, remedy)

        job = Job(work)
        job.carrier.done.connect(self._show_effect, Qt.ConnectionType.QueuedConnection)
        job.carrier.failed.connect(self._show_failure, Qt.ConnectionType.QueuedConnection)
        job.start()

    def _show_effect(self, job: Job, result: Effect | Problem) -> None:
        if self._ended(job):
            self._tell(result)

    def _ended(self, job: Job) -> bool:
        """Take the preview back in; return whether it was of the finding that is still shown."""
        job.release()
        self._preview.setEnabled(True)
        return self._previewed == self.finding

    def _tell(self, result: Effect | Problem) -> None:
        from models.moves import Problem
        from models.moves.effects import gains

        if isinstance(result, Problem):
            self._say(in_words(result.message), "warning")
            return
        self._say(in_words(result.text) or say("No figure changes."), "good" if gains(result.changes) else "")

    def _show_failure(self, job: Job, sentence: str, details: str) -> None:
        if self._ended(job):
            self._say(say("The effect could not be computed: {sentence}", sentence=sentence), "warning")

    def _say(self, text: str, tone: str) -> None:
        self._effect.setText(text)
        set_tone(self._effect, tone)
        self._effect.show()

    def _branch(self) -> None:
        """Make a variant named after the remedy and apply it there; this card may be gone afterwards."""
        from models.moves import Problem, apply_move

        session, evaluation, remedy = self._session, self._session.evaluation, self.finding.remedy
        if evaluation is None or remedy is None:
            return
        before, variant = session.design, session.variant
        after = apply_move(before, evaluation.catalog, remedy)
        if isinstance(after, Problem):
            self._say(in_words(after.message), "warning")
            return
        session.add_variant(_free_name(session, in_words(remedy.label)))
        if session.variant != variant:
            brief = msgspec.structs.replace(after.brief, decision=session.design.brief.decision)
            wanted = {**after.elements, BRIEF_ID: brief}
            session.commit(Delta.between(session.design.elements, wanted), in_words(remedy.label))

    def _commit(self) -> None:
        from models.moves import Problem, apply_move

        evaluation, remedy = self._session.evaluation, self.finding.remedy
        if evaluation is None or remedy is None:
            return
        design = self._session.design
        after = apply_move(design, evaluation.catalog, remedy)
        if isinstance(after, Problem):
            self._say(in_words(after.message), "warning")
            return
        self._session.commit(Delta.between(design.elements, after.elements), in_words(remedy.label))


class FindingList(QWidget):
    """Cards one below the other; a card stays while its finding does, and its remedy's effect while that holds."""

    reveal = Signal(str)
    explain = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._layout = column(self, 0, 8)
        self._cards: list[FindingCard] = []
        self._written: tuple[object, object] = (None, None)

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """Show exactly these findings in their order, with the figures of the newest evaluation."""
        written = findings, self._session.evaluation
        if written[0] is self._written[0] and written[1] is self._written[1]:
            return
        self._written = written
        kept = {_key(card.finding): card for card in self._cards}
        shown = []
        for place, finding in enumerate(findings):
            card = kept.pop(_key(finding), None)
            if card is None or not card.show_finding(finding):
                card = self._card(finding)
            if self._layout.indexOf(card) != place:
                self._layout.insertWidget(place, card)
            shown.append(card)
        staying = set(shown)
        for card in self._cards:
            if card not in staying:
                self._layout.removeWidget(card)
                card.hide()
                card.deleteLater()
        self._cards = shown

    def _card(self, finding: Finding) -> FindingCard:
        card = FindingCard(self._session, finding)
        card.reveal.connect(self.reveal)
        card.explain.connect(self.explain)
        return card


def _parts_of(finding: Finding, figures: Sequence[Figure | None]) -> tuple[object, ...]:
    """Return what decides which widgets a card is made of."""
    remedy = finding.remedy
    return [figure is not None for figure in figures], None if remedy is None else remedy.move in WHOLE_PLAN_MOVES


def _key(finding: Finding) -> tuple[str, tuple[str, ...], str]:
    return finding.rule, finding.elements, finding.title.key


def _free_name(session: Session, name: str) -> str:
    """Return the name, with a number behind it if a variant has it already."""
    taken = {variant.name for variant in session.variants}
    names = (name if number == 1 else f"{name} {number}" for number in range(1, len(taken) + 2))
    return next(free for free in names if free not in taken)
