"""Keeps the scoreboard at the newest evaluation, measured against the baseline variant."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QObject, Qt

from app.evaluator import Job, Request, evaluate_design
from app.panels.findings import count_of
from app.panels.scoreboard import ScoreboardPanel
from app.session import Session
from models.report import Figure, Finding

FINDINGS = "total/findings"


class Scoring(QObject):
    """Shows the figures of the session's evaluation; `findings` are those of all frameworks, as far as known."""

    def __init__(self, session: Session, panel: ScoreboardPanel, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._panel = panel
        self.findings: tuple[Finding, ...] = ()

    def show_variant(self) -> None:
        """Show the variant that is now looked at; the baseline is evaluated first where nothing is known of it."""
        if not self._session.baseline and not self._shows_baseline:
            self._evaluate_baseline()
        elif self._session.evaluation is not None:
            self.show_figures()

    def show_figures(self) -> None:
        """Show the figures of the newest evaluation."""
        session = self._session
        figures = session.evaluation.scoreboard() if session.evaluation is not None else ()
        figures = tuple(self._counted(figure) if figure.id == FINDINGS else figure for figure in figures)
        baseline = session.baseline_variant
        if baseline is None or self._shows_baseline:
            session.take_baseline(figures)
            self._panel.show_figures(figures)
        else:
            self._panel.show_figures(figures, session.baseline, baseline.name)

    def _counted(self, figure: Figure) -> Figure:
        """Return the figure of the findings with those of the frameworks counted in."""
        found = self.findings
        counts = [(name, sum(1 for finding in found if finding.severity == name)) for name in ("error", "warning")]
        text = " · ".join(count_of(name, count) for name, count in counts)
        return msgspec.structs.replace(figure, value=float(len(found)), text=text)

    @property
    def _shows_baseline(self) -> bool:
        baseline = self._session.baseline_variant
        return baseline is None or baseline.id == self._session.variant

    def _evaluate_baseline(self) -> None:
        """Evaluate the baseline once, so that another variant that is shown can be measured against it."""
        design = self._session.baseline_design
        assert design is not None
        request = Request(design, 0, self._session.project)
        job = Job(lambda: evaluate_design(request, None).scoreboard())
        job.carrier.done.connect(self._take_baseline, Qt.ConnectionType.QueuedConnection)
        job.carrier.failed.connect(lambda job, *_: job.release(), Qt.ConnectionType.QueuedConnection)
        job.start()

    def _take_baseline(self, job: Job, figures: tuple[Figure, ...]) -> None:
        job.release()
        self._session.take_baseline(figures)
        self.show_figures()
