"""Pictures of the last edits: a step that is taken back or done again shows every flow exactly as it was."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import NamedTuple

from models.design.delta import Delta
from models.design.design import Design
from models.picture import Picture

MOST = 64
MOST_ROWS = 40_000
"""So many cards and flows are kept in all pictures together."""


class Step(NamedTuple):
    """An edit and the picture before it."""

    delta: Delta
    before: Picture


class Trail:
    """Flows are routed around what stands there when they are drawn, so that they depend on the steps before.

    Routing anew after undo would show other lines than those that were there.
    """

    def __init__(self) -> None:
        self._done: deque[Step] = deque()
        self._undone: list[Step] = []

    def clear(self) -> None:
        """Forget everything, because something else is shown."""
        self._done.clear()
        self._undone.clear()

    def follow(self, shown: Picture, delta: Delta, design: Design) -> Picture | None:
        """Return the picture of a design after an edit, if it was shown already; None if it is to be drawn.

        Args:
            shown: the picture before the edit.
        """
        found = None
        if self._undone and self._undone[-1].delta == delta.invert():
            found = self._undone.pop()
        elif (count := self._taken_back(delta)) > 0:
            steps = [self._done.pop() for _ in range(count)]
            self._undone.append(Step(delta, shown))
            return _up_to_date(steps[-1].before, shown, design)
        else:
            self._undone.clear()
        self._done.append(Step(delta, shown))
        rows = [len(step.before.nodes) + len(step.before.flows) for step in self._done]
        while rows and (len(rows) > MOST or sum(rows) > MOST_ROWS):
            self._done.popleft()
            rows.pop(0)
        return _up_to_date(found.before, shown, design) if found is not None else None

    def _taken_back(self, delta: Delta) -> int:
        """Return how many of the last edits this one takes back, several that were merged into one step; 0 = none."""
        wanted, whole = delta.invert(), Delta()
        for count, step in enumerate(reversed(self._done), 1):
            if not step.delta.changes.keys() <= delta.changes.keys():
                return 0
            whole = step.delta.then(whole)
            if whole == wanted:
                return count
        return 0


def _up_to_date(picture: Picture, shown: Picture, design: Design) -> Picture:
    """Return a picture of an equal design as that of this one, in the colors that are shown."""
    return replace(picture, design=design).with_lens(shown.lens_values)
