"""Which lines of a log the undo and redo stacks of an opened variant still need.

The stacks are a fold over the whole log, but most of a long log no longer matters: steps undone and then edited over,
and steps deeper than anyone undoes. The fold runs over three numbers of each line; only what is needed is then read.
"""

from __future__ import annotations

from collections.abc import Iterable

from models.storage.errors import StorageError
from models.words import Text

UNDO_DEPTH = 1000
"""Steps that can be taken back after opening; all stay in the log."""


class _Step:
    """One step: the entry it starts at, its edits, and the entry that last took it back."""

    __slots__ = ("edits", "start", "undone")

    def __init__(self, start: int) -> None:
        self.start = start
        self.edits = [start]
        self.undone = 0


def needed_entries(marks: Iterable[tuple[int, str, int]], depth: int = UNDO_DEPTH) -> tuple[set[int], int]:
    """Return the numbers of the entries that fold to the present stacks, and the number of the last entry of all.

    Args:
        marks: (seq, kind, of) of every entry, oldest first.
        depth: how many steps to keep on the undo stack, at least 1.

    Raises:
        StorageError: an entry undoes, redoes or continues a step that is not there.
    """
    undo: list[_Step] = []
    redo: list[_Step] = []
    last = 0
    for seq, kind, of in marks:
        last = seq
        if kind == "undo":
            step = _take(undo, of, seq)
            step.undone = seq
            redo.append(step)
        elif kind == "redo":
            undo.append(_take(redo, of, seq))
        else:
            redo.clear()
            if of:
                undo.append(_take(undo, of, seq))
                undo[-1].edits.append(seq)
            else:
                undo.append(_Step(seq))
    kept = {seq for step in (*undo[-depth:], *redo) for seq in step.edits}
    return kept | {step.undone for step in redo}, last


def _take(stack: list[_Step], start: int, seq: int) -> _Step:
    """Pop the step that starts at `start`; those above it came to nothing and had left the live stack already."""
    while stack:
        step = stack.pop()
        if step.start == start:
            return step
    raise StorageError(Text("entry {seq} refers to step {start}, which is not there", seq=seq, start=start))
