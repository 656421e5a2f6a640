"""The dialog of a three-way merge: what both sides changed is shown one by one, with a choice for each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QDialog, QPushButton, QRadioButton, QWidget

from app.compare.change_list import leaf_words
from app.panels.widgets import column, label, row
from app.window_place import size_within_screen
from app.words import in_words, say, say_many
from models.design.delta import Delta
from models.design.design import Design
from models.design.elements import DesignError, Element, Value
from models.design.merge import MISSING, Conflict, merge, resolved, shared
from models.variants import element_name, leaf_label
from models.words import quoted

LONGEST = 400


class MergeDialog(QDialog):
    """Takes over into `ours` what `theirs` changed since their common ancestor.

    Attributes:
        delta: what to commit to ours once the dialog was accepted.
    """

    def __init__(
        self, parent: QWidget, base: Design | None, ours: tuple[str, Design], theirs: tuple[str, Design]
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(say("Merge “{source}” into “{target}”", source=theirs[0], target=ours[0]))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self._base = base if base is not None else shared(ours[1], theirs[1])
        self._ours, self._theirs = ours, theirs
        self.merged = merge(self._base, ours[1], theirs[1])
        self.delta = Delta()
        self.taken: set[int] = set()
        self.place = 0
        count = len(self.merged.delta.changes)
        words = say_many(
            "{count} element comes in from “{source}”. ",
            "{count} elements come in from “{source}”. ",
            count,
            source=theirs[0],
        )
        if base is None:
            words += say("The two have no common ancestor, so every value that differs is asked about. ")
        words += say_many(
            "{count} was changed on both sides; choose what holds.",
            "{count} were changed on both sides; choose what holds.",
            len(self.merged.conflicts),
        )
        self.summary = label(words, "muted", wrap=True)
        self.where = label("", "heading", wrap=True)
        self.was = label("", "muted", wrap=True)
        self.choices = (QRadioButton(), QRadioButton())
        group = QButtonGroup(self)
        for number, choice in enumerate(self.choices):
            group.addButton(choice)
            choice.clicked.connect(lambda _=False, number=number: self.choose(bool(number)))
        self.refusal = label("", "muted", "bad", wrap=True)
        self._assemble()
        self.show_conflict(0)
        size_within_screen(self, 560, 320)

    def _assemble(self) -> None:
        self.previous, self.next, cancel = (
            QPushButton(say("Previous")),
            QPushButton(say("Next")),
            QPushButton(say("Cancel")),
        )
        self.finish = QPushButton(say("Merge"))
        self.finish.setProperty("role", "primary")
        self.previous.clicked.connect(lambda: self.show_conflict(self.place - 1))
        self.next.clicked.connect(lambda: self.show_conflict(self.place + 1))
        self.finish.clicked.connect(self.accept)
        cancel.clicked.connect(self.reject)
        layout = column(self, 16, 10)
        for part in (self.summary, self.where, self.was, *self.choices):
            layout.addWidget(part)
        layout.addStretch(1)
        layout.addWidget(self.refusal)
        buttons = row(None, 0, 8)
        buttons.addWidget(self.previous)
        buttons.addWidget(self.next)
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self.finish)
        layout.addLayout(buttons)

    def show_conflict(self, place: int) -> None:
        """Show the conflict at a place of the list."""
        conflicts = self.merged.conflicts
        for part in (self.where, self.was, *self.choices, self.previous, self.next):
            part.setVisible(bool(conflicts))
        if not conflicts:
            return
        self.place = place
        conflict = conflicts[place]
        sides = tuple(design.elements.get(conflict.id) for design in (self._ours[1], self._theirs[1], self._base))
        what = in_words(leaf_label(conflict.path, *sides)) if conflict.path else say("the whole element")
        at = say("{number} of {count}", number=place + 1, count=len(conflicts))
        self.where.setText(f"{at} · {self._name(conflict)} · {what}")
        before = _side(conflict.base, conflict, sides, self._base)
        self.was.setText(say("Before both changes: {side}", side=before))
        held = ((self._ours, conflict.ours), (self._theirs, conflict.theirs))
        for choice, ((name, design), value) in zip(self.choices, held, strict=True):
            words = f"{in_words(quoted(name))}: {_side(value, conflict, sides, design)}"
            choice.setText(words.replace("&", "&&"))
        self.choices[place in self.taken].setChecked(True)
        self.previous.setEnabled(place > 0)
        self.next.setEnabled(place + 1 < len(conflicts))

    def choose(self, theirs: bool) -> None:
        """Let their side hold for the shown conflict, or ours."""
        if theirs:
            self.taken.add(self.place)
        else:
            self.taken.discard(self.place)
        self.refusal.setText("")

    def _name(self, conflict: Conflict) -> str:
        for design in (self._ours[1], self._theirs[1], self._base):
            if conflict.id in design.elements:
                return element_name(conflict.id, design.elements[conflict.id], design)
        return conflict.id

    def accept(self) -> None:
        """Compute what to commit; choices that cannot stand together are told and the dialog stays."""
        taken = [self.merged.conflicts[place] for place in sorted(self.taken)]
        try:
            self.delta = resolved(self.merged, self._ours[1], self._theirs[1], taken)
        except DesignError as error:
            self.refusal.setText(say("These choices cannot stand together: {error}", error=error))
            return
        super().accept()


def _side(value: Value, conflict: Conflict, sides: Sequence[Element | None], design: Design) -> str:
    if value == MISSING:
        return say("not there") if conflict.path else say("removed")
    if not conflict.path:
        return say("kept as it is there")
    return leaf_words(conflict.path, value, *sides, design=design)[:LONGEST]
