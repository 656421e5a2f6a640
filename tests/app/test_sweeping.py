"""Full collections of garbage wait until the hand rests."""

import gc
import weakref

from app import sweeping
from app.sweeping import Sweeping, sweep_rarely


class Ring:
    """Refers to itself, so that only a collection frees it."""

    def __init__(self) -> None:
        self.me = self


def test_garbage_goes_when_the_hand_rests_and_not_before(window, qtbot, monkeypatch) -> None:
    monkeypatch.setattr(sweeping, "REST_MS", 150)
    window.open_template("assistant")
    qtbot.waitUntil(lambda: window.evaluator.is_idle and bool(window.session.assessments), timeout=30_000)
    gc.disable()
    try:
        Sweeping(window)
        left = weakref.ref(Ring())
        for _ in range(6):
            window.canvas.zoom_by(1.01)
            qtbot.wait(50)
            assert left() is not None
        qtbot.waitUntil(lambda: left() is None, timeout=10_000)
    finally:
        gc.enable()


def test_young_garbage_is_collected_as_always() -> None:
    before = gc.get_threshold()
    try:
        sweep_rarely()
        assert gc.get_threshold() == (*before[:2], sweeping.RARELY)
    finally:
        gc.set_threshold(*before)
