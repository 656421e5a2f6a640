"""Any sequence of edits, undone, gives the identical design; the log folds to the live history."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from models.design.delta import Delta
from models.design.design import Design, from_text, to_text
from models.design.document import Document, Entry
from models.design.elements import DesignError, Flow, Node
from tests.models.design.strategies import deltas


class Editing(RuleBasedStateMachine):
    """A hand at the document: commits with and without merge keys, undo, redo, refused edits."""

    def __init__(self) -> None:
        super().__init__()
        self.log: list[Entry] = []
        self.document = Document(Design(), journal=self.log.append)

    @rule(data=st.data(), merge_key=st.sampled_from(["", "", "typing", "slider"]))
    def commit(self, data: Any, merge_key: str) -> None:
        before = self.document.design
        delta = data.draw(deltas(before))
        after = self.document.commit(delta, "Edit", merge_key)
        assert before.apply(delta) == after
        assert after.apply(delta.invert()) == before

    @rule()
    def undo(self) -> None:
        before, label = self.document.design, self.document.undo_label
        after = self.document.undo()
        assert (after is before) == (label is None)
        if label is not None:
            assert self.document.redo() == before
            self.document.undo()

    @rule()
    def redo(self) -> None:
        self.document.redo()

    @rule()
    def close_step(self) -> None:
        self.document.close_step()

    @rule()
    def refuse(self) -> None:
        before, entries = self.document.design, len(self.log)
        with pytest.raises(DesignError):
            self.document.change([("Z", Flow("nowhere", "nowhere"))], "Broken")
        with pytest.raises(DesignError):
            self.document.commit(Delta({"Z": (Node("service", "never was"), None)}), "Stale")
        assert self.document.design is before
        assert len(self.log) == entries

    @invariant()
    def rules_hold(self) -> None:
        design = self.document.design
        fresh = Design(design.elements)
        assert {key: found for key, found in design.referrers.items() if found} == fresh.referrers
        assert (design.nodes, design.flows, design.boundaries) == (fresh.nodes, fresh.flows, fresh.boundaries)

    @invariant()
    def log_folds_to_the_history(self) -> None:
        reopened = Document(self.document.design, self.log)
        assert reopened.history.undo == self.document.history.undo
        assert reopened.history.redo == self.document.history.redo

    def teardown(self) -> None:
        final = self.document.design
        assert from_text(to_text(final)) == final
        steps = len(self.document.history.undo)
        while self.document.history.undo:
            self.document.undo()
        assert self.document.design == Design()
        for _ in range(steps):
            self.document.redo()
        assert self.document.design == final


Editing.TestCase.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
TestEditing = Editing.TestCase


class LongEditing(Editing):
    """The same hand, for much longer."""


LongEditing.TestCase.settings = settings(max_examples=1000, stateful_step_count=60, deadline=None)
TestLongEditing = pytest.mark.proof(LongEditing.TestCase)


def _named(name: str) -> list[tuple[str, Node]]:
    return [("a", Node("service", name))]


def test_edits_with_one_merge_key_are_one_step_until_it_is_closed() -> None:
    document = Document(Design())
    for name in ("A", "AB", "ABC"):
        document.change(_named(name), "Rename", "typing")
    document.close_step()
    document.change(_named("ABCD"), "Rename", "typing")
    assert len(document.history.undo) == 2
    assert document.undo().node("a").name == "ABC"
    assert document.undo() == Design()


def test_step_that_comes_to_nothing_leaves_the_stack() -> None:
    document = Document(Design().apply(Delta.of([("a", None, Node("service", "A"))])))
    document.change(_named("B"), "Rename", "typing")
    document.change(_named("A"), "Rename", "typing")
    assert document.undo_label is None


def test_edit_after_undo_forgets_what_could_be_redone() -> None:
    document = Document(Design())
    document.change(_named("A"), "Add")
    document.undo()
    assert document.redo_label == "Add"
    document.change(_named("B"), "Add another")
    assert document.redo_label is None
    assert document.redo() is document.design


def test_failing_journal_keeps_the_design_as_it_was() -> None:
    def refuse(entry: Entry) -> None:
        raise OSError("disk full")

    document = Document(Design(), journal=refuse)
    with pytest.raises(OSError, match="disk full"):
        document.change(_named("A"), "Add")
    assert document.design == Design()
    assert document.undo_label is None


def test_listeners_hear_each_change_once_until_they_leave() -> None:
    document, heard = Document(Design()), []
    leave = document.subscribe(lambda entry, before, after: heard.append((entry.kind, len(before), len(after))))
    document.change(_named("A"), "Add")
    document.commit(Delta(), "Nothing")
    document.undo()
    leave()
    document.redo()
    assert heard == [("edit", 0, 1), ("undo", 1, 0)]
