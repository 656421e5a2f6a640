"""Long work steps aside while an edit is answered."""

from __future__ import annotations

import threading

from app import courtesy
from app.courtesy import answering
from app.evaluator import Evaluator, Outcome, Request
from app.work import Work
from models.design.design import Design
from models.interruption import go_on


class Steps:
    """Long work that tells each of its steps."""

    def __init__(self) -> None:
        self.taken = 0
        self.moved = threading.Event()

    def __call__(self, cancelled) -> str:
        for _ in range(200):
            go_on()
            self.taken += 1
            self.moved.set()
            threading.Event().wait(0.002)
        return "done"


def test_long_work_waits_for_an_answer_and_then_goes_on(qtbot, monkeypatch) -> None:
    monkeypatch.setattr(courtesy, "LONGEST_ASIDE_S", 60.0)
    steps, work = Steps(), Work()
    with qtbot.waitSignal(work.done, timeout=20_000) as done:
        work.start(steps)
        assert steps.moved.wait(10)
        with answering():
            with answering():
                pass
            threading.Event().wait(0.05)  # the step under way ends
            taken = steps.taken
            steps.moved.clear()
            assert not steps.moved.wait(0.2)
            assert steps.taken == taken
    assert done.args == ["done"]
    assert steps.taken == 200


def test_long_work_ends_under_a_hand_that_never_rests(qtbot, monkeypatch) -> None:
    monkeypatch.setattr(courtesy, "LONGEST_ASIDE_S", 0.0)
    steps, work = Steps(), Work()
    with answering(), qtbot.waitSignal(work.done, timeout=20_000):
        work.start(steps)


def test_an_evaluation_is_an_answer_also_if_it_fails(qtbot) -> None:
    seen = []

    def fail(request, previous, tell) -> Outcome:
        seen.append(not courtesy._free.is_set())
        raise ValueError("no")

    evaluator = Evaluator(fail)
    with qtbot.waitSignal(evaluator.failed, timeout=5_000):
        evaluator.request(Request(Design(), 0))
    qtbot.waitUntil(courtesy._free.is_set, timeout=5_000)
    assert seen == [True]
