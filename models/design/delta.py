"""A change as a value: which elements were what before and are what after.

The one type serves undo and redo, repaint, autosave, comparison, merge, paste, import, preview and remedies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from models.design.elements import Element, Id

Change = tuple[Element | None, Element | None]


class Delta(Struct, frozen=True):
    """A mapping from id to (before, after); None stands for *does not exist*.

    A change whose two sides are equal is not kept, so that an empty delta means *nothing changed*.
    """

    changes: Mapping[Id, Change] = field(default_factory=dict)

    @staticmethod
    def of(changes: Iterable[tuple[Id, Element | None, Element | None]]) -> Delta:
        """Return the delta of (id, before, after) triples, without those that change nothing."""
        return Delta(
            {key: (before, after) for key, before, after in changes if before is not after and before != after}
        )

    @staticmethod
    def between(before: Mapping[Id, Element], after: Mapping[Id, Element]) -> Delta:
        """Return the delta that turns the elements `before` into `after`; unchanged objects are skipped by identity."""
        changes: dict[Id, Change] = {}
        for key, old in before.items():
            new = after.get(key)
            if new is not old and new != old:
                changes[key] = (old, new)
        if len(after) + sum(1 for _, new in changes.values() if new is None) != len(before):
            changes.update((key, (None, new)) for key, new in after.items() if key not in before)
        return Delta(changes)

    def invert(self) -> Delta:
        """Return the delta that undoes this one."""
        return Delta({key: (after, before) for key, (before, after) in self.changes.items()})

    def then(self, later: Delta) -> Delta:
        """Return the one delta that does this and then `later`."""
        changes = dict(self.changes)
        for key, (before, after) in later.changes.items():
            first = changes[key][0] if key in changes else before
            if first is after or first == after:
                changes.pop(key, None)
            else:
                changes[key] = (first, after)
        return Delta(changes)

    def __bool__(self) -> bool:
        return bool(self.changes)

    def __len__(self) -> int:
        return len(self.changes)
