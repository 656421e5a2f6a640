"""Keeps the scoreboard at the newest evaluation, measured against the baseline variant."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QObject, Qt

from app.evaluator import Job, Request, evaluate_design
from app.panels.findings import count_of
from app.panels.scoreboard import ScoreboardPanel
from app.session import Session
from models.design.design import Design
from models.report import Figure, Finding

FINDINGS = "total/findings"
Measure = tuple[str, Design | None, int]
"""Id of the baseline variant, its design if it is loaded, and the month its figures hold for."""


class Scoring(QObject):
    """Shows the figures of the session's evaluation; `findings` are those of all frameworks, as far as known."""

    def __init__(self, session: Session, panel: ScoreboardPanel, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._panel = panel
        self.findings: tuple[Finding, ...] = ()
        self._measured: Measure | None = None
        self._wanted: Measure | None = None

    def show_variant(self) -> None:
        """Show the variant that is now looked at."""
        if self._session.evaluation is not None:
            self.show_figures()
        else:
            self._measure_baseline(self._session.month)

    def show_figures(self) -> None:
        """Show the figures of the newest evaluation, against the baseline's in the same month, in the plan's money."""
        with self._session.money():
            self._show_figures()

    def _show_figures(self) -> None:
        session = self._session
        evaluation = session.evaluation
        figures = evaluation.scoreboard() if evaluation is not None else ()
        figures = tuple(self._counted(figure) if figure.id == FINDINGS else figure for figure in figures)
        baseline = session.baseline_variant
        if baseline is None or self._shows_baseline:
            if evaluation is not None:
                self._measured = self._measure(evaluation.month)
            session.take_baseline(figures)
            self._panel.show_figures(figures)
        else:
            self._panel.show_figures(figures, session.baseline, baseline.name)
            self._measure_baseline(session.month if evaluation is None else evaluation.month)

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

    def _measure(self, month: int) -> Measure:
        """Return what figures of the baseline in a month are measured of."""
        variant = self._session.baseline_variant
        assert variant is not None
        return variant.id, None if variant.document is None else variant.document.design, month

    def _measure_baseline(self, month: int) -> None:
        """Evaluate the baseline in the month that is looked at, unless that is what is known, or it is under way."""
        session = self._session
        if session.baseline_variant is None or self._shows_baseline or self._wanted is not None:
            return
        wanted = self._measure(month)
        if session.baseline and self._measured is not None and _same(self._measured, wanted):
            return
        design = session.baseline_design
        assert design is not None
        self._wanted = wanted
        request = Request(design, month, session.project)
        job = Job(lambda: evaluate_design(request, None).scoreboard())
        job.carrier.done.connect(self._take_baseline, Qt.ConnectionType.QueuedConnection)
        job.carrier.failed.connect(self._give_up, Qt.ConnectionType.QueuedConnection)
        job.start()

    def _give_up(self, job: Job, *_: str) -> None:
        job.release()
        self._wanted = None

    def _take_baseline(self, job: Job, figures: tuple[Figure, ...]) -> None:
        job.release()
        measured, self._wanted = self._wanted, None
        if not self._session.is_open:  # closed meanwhile
            return
        variant = self._session.baseline_variant
        if variant is not None and measured is not None and variant.id == measured[0] and not self._shows_baseline:
            self._measured = measured
            self._session.take_baseline(figures)
        self.show_figures()


def _same(first: Measure, second: Measure) -> bool:
    return first[0] == second[0] and first[1] is second[1] and first[2] == second[2]
