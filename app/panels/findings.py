"""All findings of all frameworks and of the evaluation itself, errors first."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from app.panels.finding_cards import FindingCard
from app.panels.widgets import Scroll, clear, column, label
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
        self._shown: tuple[Finding, ...] | None = None
        self._scroll = Scroll(16, 8)
        column(self).addWidget(self._scroll)
        session.assessments_changed.connect(self._on_news)

    def findings(self) -> tuple[Finding, ...]:
        """Return every finding once, errors first."""
        if self._session.evaluation is None:
            return ()
        from models.frameworks import all_findings

        return all_findings(self._session.evaluation, self._session.assessments)

    def _on_news(self, *_: object) -> None:
        self.counted.emit(len(self.findings()))
        if self.isVisible():
            self._refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Be up to date when looked at."""
        self._refresh()

    def _refresh(self) -> None:
        found = self.findings()
        if found == self._shown:
            return
        self._shown = found
        body = self._scroll.body
        clear(body)
        counts = {name: sum(1 for finding in found if finding.severity == name) for name in SEVERITIES}
        words = [count_of(name, count) for name, count in counts.items() if count]
        body.addWidget(label(" · ".join(words) or say("Nothing to find fault with."), "answer", wrap=True))
        for finding in found[:MOST]:
            card = FindingCard(self._session, finding)
            card.reveal.connect(self.reveal)
            card.explain.connect(self.explain)
            body.addWidget(card)
        if len(found) > MOST:
            more = say("{count} more; they are listed in the plan.", count=len(found) - MOST)
            body.addWidget(label(more, "muted"))
        body.addStretch(1)
