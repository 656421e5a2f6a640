"""All findings of all frameworks and of the evaluation itself, errors first."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from app.panels.finding_cards import FindingCard
from app.panels.widgets import Scroll, clear, column, label
from app.session import Session
from models.report import Finding

SEVERITIES = ("error", "warning", "note")
MOST = 60


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
        words = [f"{count} {name}{'s' if count != 1 else ''}" for name, count in counts.items() if count]
        body.addWidget(label(" · ".join(words) or "Nothing to find fault with.", "answer", wrap=True))
        for finding in found[:MOST]:
            card = FindingCard(self._session, finding)
            card.reveal.connect(self.reveal)
            card.explain.connect(self.explain)
            body.addWidget(card)
        if len(found) > MOST:
            body.addWidget(label(f"{len(found) - MOST} more; they are listed in the plan.", "muted"))
        body.addStretch(1)
