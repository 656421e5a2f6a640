"""The runner of short studies: another process answers, what no longer belongs is dropped, a fault is told once."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.studies import StudyRunner
from models.catalog.catalog import load_catalog
from models.evaluation import evaluate
from models.frameworks import missing_studies
from models.studies.provider_costs import ProviderComparison
from models.templates import template

PATIENCE_MS = 120_000
ROOT = Path(__file__).parents[2]


@pytest.fixture
def runner(qtbot):
    made = StudyRunner(rest_ms=1)
    yield made
    made.close()


@pytest.fixture(scope="module")
def evaluation():
    return evaluate(template("vision").variants[0].design, load_catalog())


def test_studies_arrive_one_after_the_other_until_none_is_missing(runner, evaluation, qtbot):
    count = len(missing_studies(evaluation))
    while missing_studies(evaluation, runner.results) and count:
        with qtbot.waitSignal(runner.arrived, timeout=PATIENCE_MS):
            runner.request(evaluation)
    assert any(isinstance(result, ProviderComparison) for result in runner.results)
    assert len({type(result) for result in runner.results}) == len(runner.results) >= count


def test_the_process_of_studies_ends_with_a_killed_program(tmp_path) -> None:
    code = """
import os
import sys
from app.studies import StudyRunner
from PySide6.QtCore import QCoreApplication
application = QCoreApplication([])
runner = StudyRunner()
runner._run(os.getpid)
print(runner._running.result(), flush=True)
sys.stdin.readline()
"""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment, stdin=pipe, stdout=pipe) as program:
        assert program.stdout is not None
        worker = int(program.stdout.readline())
        program.kill()
    end = time.monotonic() + PATIENCE_MS / 1000.0
    while Path(f"/proc/{worker}").exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert not Path(f"/proc/{worker}").exists()


def test_answers_are_found_again_without_asking(runner, evaluation, qtbot):
    with qtbot.waitSignal(runner.arrived, timeout=PATIENCE_MS):
        runner.request(evaluation)
    first = runner.results[0]
    runner.forget()
    with qtbot.waitSignal(runner.arrived, timeout=PATIENCE_MS):
        runner.request(evaluation)
    assert runner.results[0] is first


def test_what_was_asked_for_another_design_is_dropped(runner, evaluation, qtbot):
    runner.request(evaluation)
    qtbot.waitUntil(lambda: runner.is_busy, timeout=PATIENCE_MS)
    runner.forget()
    qtbot.waitUntil(lambda: not runner.is_busy, timeout=PATIENCE_MS)
    assert runner.results == ()


def test_a_fault_is_told_and_ends_the_runner(runner, evaluation, qtbot, monkeypatch):
    monkeypatch.setattr("models.frameworks.missing_studies", lambda *_: (divmod_by_nothing,))
    with qtbot.waitSignal(runner.failed, timeout=PATIENCE_MS) as blocker:
        runner.request(evaluation)
    sentence, details = blocker.args
    assert "study" in sentence
    assert "ZeroDivisionError" in details


def divmod_by_nothing():
    return divmod(1, 0)
