"""Long work steps aside while an edit is answered: all threads of the program share one interpreter."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LONGEST_ASIDE_S = 0.25
"""So long a step of long work waits, so that it ends also under a hand that never rests."""

_answers = threading.Lock()
_underway = 0
_free = threading.Event()
_free.set()


@contextmanager
def answering() -> Iterator[None]:
    """Answer an edit: what asks `stepping_aside` meanwhile waits."""
    global _underway
    with _answers:
        _underway += 1
        _free.clear()
    try:
        yield
    finally:
        with _answers:
            _underway -= 1
            if not _underway:
                _free.set()


def stepping_aside(given_up: Callable[[], bool]) -> Callable[[], bool]:
    """Return the question whether work was given up, which long work asks between its steps; it may take a while."""

    def asked() -> bool:
        _free.wait(LONGEST_ASIDE_S)
        return given_up()

    return asked
