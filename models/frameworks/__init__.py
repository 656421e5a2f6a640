"""The frameworks that read a drawing: each turns an evaluation into an assessment.

What exists is listed here, explicitly, so that a frozen build cannot lose one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import ModuleType

import msgspec

from models.design.elements import INPUT_PREFIX, Id
from models.design.kinds import Parameter
from models.evaluation import Evaluation
from models.evaluation.totals import severities
from models.frameworks import architecture_patterns, cloud_selection, cost_optimization, scaling
from models.interruption import go_on
from models.report import Assessment, Figure, Finding

FRAMEWORKS: tuple[ModuleType, ...] = (cloud_selection, architecture_patterns, cost_optimization, scaling)
FINDINGS_FIGURE = "total/findings"


def assess_all(evaluation: Evaluation, studies: Sequence[object] = ()) -> tuple[Assessment, ...]:
    """Return the assessment of every framework, in the order of the panels."""
    return tuple(assess_each(evaluation, studies))


def assess_each(evaluation: Evaluation, studies: Sequence[object] = (), first: str = "") -> Iterator[Assessment]:
    """Yield the assessment of every framework, that of the framework `first` before the others."""
    for framework in sorted(FRAMEWORKS, key=lambda one: first != one.ID):
        go_on()
        yield framework.assess(evaluation, studies)


def input_parameter(element: Id) -> Parameter | None:
    """Return the parameter behind a framework's input `in/<framework>/<path>`, with its default; None if unknown."""
    if not element.startswith(INPUT_PREFIX):
        return None
    name, _, path = element.removeprefix(INPUT_PREFIX).partition("/")
    tables = (getattr(framework, "INPUTS", {}) for framework in FRAMEWORKS if name == framework.ID)
    return next((table[path] for table in tables if path in table), None)


def missing_studies(evaluation: Evaluation, studies: Sequence[object] = ()) -> tuple[Callable[[], object], ...]:
    """Return the short studies that frameworks still wait for, as picklable functions to be run behind the drawing."""
    asked = (getattr(framework, "missing_study", None) for framework in FRAMEWORKS)
    wanted = (ask(evaluation, studies) for ask in asked if ask is not None)
    return tuple(study for study in wanted if study is not None)


def with_studies(evaluation: Evaluation) -> tuple[object, ...]:
    """Run every short study that a framework waits for and return the results: for the command line and on paper."""
    done: tuple[object, ...] = ()
    while missing := missing_studies(evaluation, done):
        done = (*done, *(study() for study in missing))
    return done


def all_findings(evaluation: Evaluation, assessments: Sequence[Assessment] | None = None) -> tuple[Finding, ...]:
    """Return the problems of the evaluation and the findings of all frameworks, errors first, each once."""
    order = {"error": 0, "warning": 1, "note": 2}
    found = list(evaluation.problems)
    for assessment in assess_all(evaluation) if assessments is None else assessments:
        found.extend(assessment.findings)
    unique = {(finding.rule, finding.elements, str(finding.title)): finding for finding in found}
    return tuple(sorted(unique.values(), key=lambda finding: order[finding.severity]))


def full_scoreboard(evaluation: Evaluation, findings: Sequence[Finding]) -> tuple[Figure, ...]:
    """Return the figures of the scoreboard with every one of `findings` counted, those of the frameworks too."""
    return tuple(
        _counted(figure, findings) if figure.id == FINDINGS_FIGURE else figure for figure in evaluation.scoreboard()
    )


def _counted(figure: Figure, findings: Sequence[Finding]) -> Figure:
    text = severities([finding.severity for finding in findings])
    return msgspec.structs.replace(figure, value=float(len(findings)), text=text)
