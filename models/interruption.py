"""Work that can be given up: long readers ask now and then whether anybody still waits for what they read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

_Item = TypeVar("_Item")
_ROWS = 1024
_asked: ContextVar[Callable[[], bool] | None] = ContextVar("asked", default=None)


class Interrupted(Exception):
    """The work was given up by whoever asked for it; there is no result and nothing was changed."""


@contextmanager
def interruptible(given_up: Callable[[], bool]) -> Iterator[None]:
    """Let work on this thread end with Interrupted as soon as `given_up` says so."""
    token = _asked.set(given_up)
    try:
        yield
    finally:
        _asked.reset(token)


def go_on() -> None:
    """Return if the work is still wanted.

    Raises:
        Interrupted: it was given up.
    """
    given_up = _asked.get()
    if given_up is not None and given_up():
        raise Interrupted


def while_wanted(items: Iterable[_Item]) -> Iterator[_Item]:
    """Yield the items, asking every thousand of them whether to go on."""
    for number, item in enumerate(items):
        if not number % _ROWS:
            go_on()
        yield item
