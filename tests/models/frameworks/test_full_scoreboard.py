"""One count of findings everywhere: window, command line, JSON and paper show the frameworks' findings too."""

from __future__ import annotations

from exports.text import evaluation_text
from models.evaluation import evaluate
from models.frameworks import FINDINGS_FIGURE, all_findings, full_scoreboard
from models.plans import read_plan


def test_the_scoreboard_counts_the_findings_of_the_frameworks() -> None:
    plan = read_plan("template:assistant")
    evaluation = evaluate(plan.design, plan.catalog)
    findings = all_findings(evaluation)
    assert len(findings) > len(evaluation.problems)
    board = {figure.id: figure for figure in full_scoreboard(evaluation, findings)}
    counted = board.pop(FINDINGS_FIGURE)
    warnings = sum(finding.severity == "warning" for finding in findings)
    assert warnings > 1
    assert (counted.value, counted.text) == (len(findings), f"no errors · {warnings} warnings")
    assert list(board.values()) == [figure for figure in evaluation.scoreboard() if figure.id != FINDINGS_FIGURE]
    assert counted.text in evaluation_text(plan, evaluation)


def test_nothing_found_reads_as_nothing_found() -> None:
    plan = read_plan("template:assistant")
    counted = full_scoreboard(evaluate(plan.design, plan.catalog), ())[-1]
    assert (counted.value, counted.text) == (0.0, "no errors · no warnings")
