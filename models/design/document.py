"""An open design with its history: commit, undo and redo as a fold over an append-only log of entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from msgspec import Struct

from models.design.delta import Delta
from models.design.design import Design
from models.design.elements import Element, Id


class Entry(Struct, frozen=True):
    """One line of the log.

    Attributes:
        seq: its number, growing by one.
        kind: an edit, or the undo or redo of a step.
        of: the entry at which the undone, redone or continued step starts; 0 = this edit starts a step.
        merge_key: edits with the same key that follow one another make one step (typing, spinners, sliders).
    """

    seq: int
    label: str
    delta: Delta
    kind: Literal["edit", "undo", "redo"] = "edit"
    of: int = 0
    merge_key: str = ""


class Step(Struct, frozen=True):
    """What one undo takes back: consecutive entries that belong together, as one delta."""

    seq: int
    label: str
    delta: Delta
    merge_key: str = ""


class History(Struct, frozen=True):
    """The undo and redo stacks; the last of each is next.

    The stacks follow from the log alone. Whether the running step is still `open` to edits with its merge key is the
    hand's business and not logged; the entry that continues a step says so (`Entry.of`).
    """

    undo: tuple[Step, ...] = ()
    redo: tuple[Step, ...] = ()
    open: bool = False

    def continued(self, merge_key: str) -> int:
        """Return where the step starts that an edit with this merge key continues, or 0 if it starts one."""
        if self.open and merge_key and self.undo and self.undo[-1].merge_key == merge_key:
            return self.undo[-1].seq
        return 0

    def after(self, entry: Entry) -> History:
        """Return the history with `entry` folded in."""
        if entry.kind == "undo":
            return History(self.undo[:-1], (*self.redo, self.undo[-1]))
        if entry.kind == "redo":
            return History((*self.undo, self.redo[-1]), self.redo[:-1])
        if entry.of:
            joined = Step(entry.of, entry.label, self.undo[-1].delta.then(entry.delta), entry.merge_key)
            kept = (joined,) if joined.delta else ()
            return History((*self.undo[:-1], *kept), (), bool(kept))
        step = Step(entry.seq, entry.label, entry.delta, entry.merge_key)
        return History((*self.undo, step), (), bool(entry.merge_key))


Listener = Callable[[Entry, Design, Design], None]
Journal = Callable[[Entry], None]


class Document:
    """The design being edited.

    Args:
        design: where the log ends.
        log: the entries that led here, oldest first; the undo stack is folded from them.
        journal: called with each entry before it takes effect; if it raises, nothing changes (autosave).
        last: number of the last entry written to the journal, if `log` leaves out what the stacks no longer need.
    """

    def __init__(
        self, design: Design, log: Iterable[Entry] = (), journal: Journal | None = None, last: int = 0
    ) -> None:
        self.design = design
        self._journal = journal
        self._listeners: list[Listener] = []
        self.history = History()
        for entry in log:
            self.history = self.history.after(entry)
            last = max(last, entry.seq)
        self._next = last + 1
        self.history = History(self.history.undo, self.history.redo)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener(entry, before, after)` after every change; returns the function that ends this."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def commit(self, delta: Delta, label: str, merge_key: str = "") -> Design:
        """Apply a delta as one step with a plain name and return the new design; an empty delta changes nothing.

        Raises:
            DesignError: the delta breaks a rule; nothing changed.
        """
        if not delta:
            return self.design
        return self._take(Entry(self._next, label, delta, "edit", self.history.continued(merge_key), merge_key))

    def change(self, changes: Iterable[tuple[Id, Element | None]], label: str, merge_key: str = "") -> Design:
        """Commit new states by id (None removes)."""
        now = self.design.elements
        return self.commit(Delta.of((key, now.get(key), after) for key, after in changes), label, merge_key)

    def close_step(self) -> None:
        """End the running step, so that the next commit with the same merge key starts a new one."""
        self.history = History(self.history.undo, self.history.redo)

    @property
    def undo_label(self) -> str | None:
        """Name of what undo would take back, or None."""
        return self.history.undo[-1].label if self.history.undo else None

    @property
    def redo_label(self) -> str | None:
        """Name of what redo would do again, or None."""
        return self.history.redo[-1].label if self.history.redo else None

    def undo(self) -> Design:
        """Take the last step back; returns the same design if there is none."""
        if not self.history.undo:
            return self.design
        step = self.history.undo[-1]
        return self._take(Entry(self._next, step.label, step.delta.invert(), "undo", step.seq))

    def redo(self) -> Design:
        """Do the last undone step again; returns the same design if there is none."""
        if not self.history.redo:
            return self.design
        step = self.history.redo[-1]
        return self._take(Entry(self._next, step.label, step.delta, "redo", step.seq))

    def _take(self, entry: Entry) -> Design:
        before = self.design
        after = before.apply(entry.delta)
        if self._journal is not None:
            self._journal(entry)
        self.design = after
        self.history = self.history.after(entry)
        self._next = entry.seq + 1
        for listener in tuple(self._listeners):
            listener(entry, before, after)
        return after
