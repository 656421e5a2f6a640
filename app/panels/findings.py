"""All findings of all frameworks and of the evaluation itself, errors first."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from app.panels.finding_cards import FindingList
from app.panels.widgets import Scroll, column, label, write
from app.session import Session
from app.words import say, say_many
from models.report import Finding

SEVERITIES = ("error", "warning", "note")
MOST = 60


def count_of(severity: str, count: int) -> str:
    """Return how many findings of a severity there are."""
    if severity == "error":
        return say_many("{count} error", "{count} errors", count)
    if severity == "warning":
        return say_many("{count} warning", "{count} warnings", count)
    return say_many("{count} note", "{count} notes", count)


class FindingsPanel(QWidget):
    """A list of cards; built only while it is looked at."""

    reveal = Signal(str)
    explain = Signal(str)
    counted = Signal(int)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._known: tuple[object, object, tuple[Finding, ...]] = (None, None, ())
        self._summary, self._more = label("", "answer", wrap=True), label("", "muted")
        self._cards = FindingList(session)
        self._cards.reveal.connect(self.reveal)
        self._cards.explain.connect(self.explain)
        scroll = Scroll(16, 8)
        for part in (self._summary, self._cards, self._more):
            scroll.body.addWidget(part)
        scroll.body.addStretch(1)
        column(self).addWidget(scroll)
        session.assessments_changed.connect(self._on_news)

    def findings(self) -> tuple[Finding, ...]:
        """Return every finding once, errors first."""
        evaluation, assessments = self._session.evaluation, self._session.assessments
        if evaluation is None:
            return ()
        if self._known[0] is not evaluation or self._known[1] is not assessments:
            from models.frameworks import all_findings

            self._known = evaluation, assessments, all_findings(evaluation, assessments)
        return self._known[2]

    def _on_news(self, *_: object) -> None:
        self.counted.emit(len(self.findings()))
        if self.isVisible():
            self._refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Be up to date when looked at."""
        self._refresh()

    def _refresh(self) -> None:
        found = self.findings()
        counts = {name: sum(1 for finding in found if finding.severity == name) for name in SEVERITIES}
        words = [count_of(name, count) for name, count in counts.items() if count]
        write(self._summary, " · ".join(words) or say("Nothing to find fault with."))
        with self._session.money():
            self._cards.show_findings(found[:MOST])
        more = len(found) - MOST
        write(self._more, say("{count} more; they are listed in the plan.", count=more) if more > 0 else "")
        self._more.setVisible(more > 0)
