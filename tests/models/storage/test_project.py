"""A project keeps its variants, their history, revisions and what lies beside the design."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.design.delta import Delta
from models.design.design import Design
from models.design.document import Document
from models.design.elements import DesignError, Flow, Node, Site
from models.design.ids import seeded_ids
from models.design.merge import merge
from models.storage.errors import ReadOnlyError, StorageError
from models.storage.history import needed_entries
from models.storage.project import Project
from models.storage.records import Asset, StoredStudy
from models.storage.text_form import project_from_text_form, read_text_form, write_text_form
from tests.models.design.strategies import deltas

A, B = Node("service", "A"), Node("service", "B", {"vcpu": 2})
START = Design({"b": B, "a": A, "f": Flow("a", "b")})


def _clock() -> Callable[[], str]:
    ticks = count()
    return lambda: f"2026-01-01T00:00:{next(ticks):02d}Z"


def _create(folder: Path, design: Design = START) -> Project:
    return Project.create(folder / "plan.groundplan", "Plan", [("First", design)], clock=_clock(), new_id=seeded_ids(1))


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with _create(tmp_path) as made:
        yield made


def _first(project: Project) -> str:
    return project.variants()[0].id


def test_design_comes_back_equal_and_in_its_order(project: Project, tmp_path: Path) -> None:
    project.close()
    with Project.open(tmp_path / "plan.groundplan") as again:
        assert again.title == "Plan"
        assert not again.read_only
        assert again.notice == ""
        assert list(again.design(_first(again)).elements.items()) == list(START.elements.items())


def test_existing_file_is_not_overwritten(project: Project, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="exists already"):
        _create(tmp_path)


def test_existing_file_is_replaced_when_asked_but_not_while_it_is_open(project: Project) -> None:
    with pytest.raises(StorageError, match=r"cannot be replaced: .* has it open"):
        Project.create(project.path, "Other", overwrite=True)
    project.close()
    with Project.create(project.path, "Other", overwrite=True) as other:
        assert other.title == "Other"
        assert other.design(_first(other)) == Design()


def test_only_the_project_and_its_lock_lie_in_the_folder(project: Project, tmp_path: Path) -> None:
    project.document(_first(project)).change([("c", A)], "Add")
    assert {path.name for path in tmp_path.iterdir()} == {"plan.groundplan", ".plan.groundplan.lock"}
    project.close()
    assert {path.name for path in tmp_path.iterdir()} == {"plan.groundplan"}


class _Reopening:
    """A project that is edited, undone, redone and reopened as drawn."""

    def __init__(self, folder: Path) -> None:
        self.project = _create(folder)
        self.document = self.project.document(_first(self.project))

    def reopen(self) -> None:
        """Close and open again; nothing may differ."""
        before = self.document
        before.close_step()
        self.project.close()
        self.project = Project.open(self.project.path)
        self.document = self.project.document(_first(self.project))
        assert self.document.design == before.design
        assert list(self.document.design.elements) == list(before.design.elements)
        assert self.document.history == before.history

    def act(self, action: str, data: st.DataObject) -> None:
        """Do one thing."""
        if action in ("edit", "typing"):
            self.document.commit(
                data.draw(deltas(self.document.design)), "Edit", "typing" if action == "typing" else ""
            )
        else:
            {"undo": self.document.undo, "redo": self.document.redo, "reopen": self.reopen}[action]()


@given(st.data())
@settings(max_examples=15, deadline=None)
def test_reopening_at_any_point_changes_neither_design_nor_history(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        hand = _Reopening(Path(folder))
        try:
            for _ in range(data.draw(st.integers(1, 12))):
                hand.act(data.draw(st.sampled_from(["edit", "edit", "typing", "undo", "redo", "reopen"])), data)
            while hand.document.history.undo:
                hand.document.undo()
            assert hand.document.design == START
        finally:
            hand.project.close()


def test_only_what_the_stacks_need_is_read_of_a_long_log() -> None:
    log = [(1, "edit", 0), (2, "edit", 0), (3, "undo", 2), (4, "edit", 0), (5, "edit", 4), (6, "undo", 4)]
    assert needed_entries(log) == ({1, 4, 5, 6}, 6)
    assert needed_entries([*log, (7, "edit", 0), (8, "edit", 0)], depth=1) == ({8}, 8)
    assert needed_entries([*log, (7, "redo", 4), (8, "undo", 4)]) == ({1, 4, 5, 8}, 8)
    with pytest.raises(StorageError, match="entry 2 refers to step 9"):
        needed_entries([(1, "edit", 0), (2, "undo", 9)])


def test_refused_edit_leaves_file_and_document_alone(project: Project) -> None:
    document = project.document(_first(project))
    with pytest.raises(DesignError, match="ends at nowhere"):
        document.change([("g", Flow("a", "nowhere"))], "Add")
    with pytest.raises(DesignError, match=r"cannot be kept: .*Expected `int`"):
        document.change([("a", Node("service", "A", sites=(Site(None, 2.5),)))], "Resize")  # type: ignore[arg-type]
    with pytest.raises(DesignError, match="not a finite number"):
        document.change([("a", Node("service", "A", {"vcpu": float("nan")}))], "Resize")
    assert document.design == START
    assert document.undo_label is None
    project.close()
    with Project.open(project.path) as again:
        assert again.design(_first(again)) == START


def test_variants_are_made_named_and_deleted(project: Project) -> None:
    first = _first(project)
    document = project.document(first)
    second = project.new_variant("Second", source=first)
    project.document(second.id).change([("c", A)], "Add")
    assert document.design == START
    assert set(project.design(second.id).elements) == {"a", "b", "c", "f"}
    project.rename_variant(second.id, "Two regions")
    assert [variant.name for variant in project.variants()] == ["First", "Two regions"]
    assert project.variant("two regions").id == second.id
    with pytest.raises(StorageError, match=r"no variant “third”\. It has “First”, “Two regions”"):
        project.variant("third")
    project.delete_variant(first)
    with pytest.raises(StorageError, match="was deleted"):
        document.change([("c", A)], "Add")
    with pytest.raises(StorageError, match="only variant"):
        project.delete_variant(second.id)


def test_revisions_remember_where_variants_parted(project: Project) -> None:
    first = _first(project)
    second = project.new_variant("Second", source=first).id
    project.document(first).change([("a", Node("service", "A1"))], "Rename")
    project.document(second).change([("b", Node("service", "B", {"vcpu": 8}))], "Resize")
    ancestor = project.common_ancestor(first, second)
    assert ancestor is not None
    base = project.revision_design(ancestor.id)
    assert base == START
    found = merge(base, project.design(first), project.design(second))
    project.document(first).commit(found.delta, "Merge Second")
    merged = project.save_revision(first, "Merged", [project.save_revision(second, "Before merge").id])
    assert project.revision_design(merged.id).node("b").params == {"vcpu": 8}
    assert len(merged.parents) == 2
    assert project.common_ancestor(first, second) == project.revisions(second)[-1]
    assert project.variant(first).head == merged.id
    assert project.common_ancestor(first, project.new_variant("Apart").id) is None


def test_shelf_keeps_what_lies_beside_the_design(project: Project) -> None:
    shelf, first = project.shelf, _first(project)
    shelf.set_property("view", {"zoom": 1.5, "variant": first})
    shelf.pin_catalog("abc", b"prices")
    shelf.pin_catalog("abc", b"other")
    shelf.save_asset(Asset("logo", "image/png", b"\x89PNG"))
    study = shelf.save_study(StoredStudy("s1", first, "placement", params={"gap": 0.01}, seed=7, result=[1, 2]))
    project.rename("Assistant")
    project.close()
    with Project.open(project.path) as again:
        assert again.title == "Assistant"
        assert again.shelf.property("view") == {"zoom": 1.5, "variant": first}
        assert again.shelf.property("missing", 3) == 3
        assert again.shelf.catalog("abc") == b"prices"
        assert again.shelf.catalog("none") is None
        assert [digest for digest, _ in again.shelf.catalogs()] == ["abc"]
        assert again.shelf.asset("logo") == Asset("logo", "image/png", b"\x89PNG")
        assert again.shelf.asset("none") is None
        assert again.shelf.assets() == ("logo",)
        assert again.shelf.studies(first) == (study,)
        again.shelf.delete_study("s1")
        assert again.shelf.studies(first) == ()


def test_second_opener_reads_and_is_told_who_writes(project: Project) -> None:
    document = project.document(_first(project))
    with Project.open(project.path) as reader:
        assert reader.read_only
        assert "has it open, so it was opened for reading only" in reader.notice
        document.change([("c", A)], "Add")
        assert "c" in reader.design(_first(reader)).elements
        with pytest.raises(ReadOnlyError, match="has it open"):
            reader.document(_first(reader)).change([("d", A)], "Add")
    project.close()
    with Project.open(project.path) as writer:
        assert not writer.read_only


def test_copy_is_complete_and_does_not_overwrite_unasked(project: Project, tmp_path: Path) -> None:
    document = project.document(_first(project))
    document.change([("c", A)], "Add")
    target = tmp_path / "copy.groundplan"
    project.save_copy(target)
    with pytest.raises(StorageError, match="exists already"):
        project.save_copy(target)
    with pytest.raises(StorageError, match="this project itself"):
        project.save_copy(project.path, overwrite=True)
    with Project.open(target) as copy:
        assert copy.document(_first(copy)).undo() == START
        with pytest.raises(StorageError, match="has it open"):
            project.save_copy(target, overwrite=True)
    project.save_copy(target, overwrite=True)
    with pytest.raises(StorageError, match="cannot be written"):
        project.save_copy(tmp_path / "missing" / "copy.groundplan")
    with Project.open(target) as copy:
        assert copy.document(_first(copy)).undo_label == "Add"


def test_full_disk_keeps_the_last_commit(project: Project) -> None:
    document = project.document(_first(project))
    with project._store.reading() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageError, match="the disk is full"):
        document.change([("c", Node("service", "C", note="x" * 100_000))], "Add")
    assert document.design == START
    project.close()
    with Project.open(project.path) as again:
        assert again.document(_first(again)).design == START


def test_other_thread_may_commit(project: Project) -> None:
    document = project.document(_first(project))
    worker = threading.Thread(target=lambda: document.change([("c", A)], "Add"))
    worker.start()
    worker.join()
    assert "c" in project.design(_first(project)).elements


def test_change_by_another_program_is_noticed(project: Project) -> None:
    first = _first(project)
    document = project.document(first)
    stale = Document(START, journal=lambda entry: project._write(first, entry))
    document.change([("c", A)], "Add")
    with pytest.raises(StorageError, match="another program changed it meanwhile"):
        stale.change([("d", A)], "Add")
    assert project.design(first).apply(Delta()) == document.design


def test_text_form_round_trips_and_is_stable(project: Project, tmp_path: Path) -> None:
    second = project.new_variant("Two: régions/..", source=_first(project))
    project.document(second.id).change([("c", A)], "Add")
    designs = [(variant.name, project.design(variant.id)) for variant in project.variants()]
    folder = tmp_path / "text"
    write_text_form(project.title, designs, folder)
    before = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.json")}
    write_text_form(project.title, designs, folder)
    assert {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.json")} == before
    assert set(before) == {"project.json", "variants/first.json", "variants/two-r-gions.json"}
    with project_from_text_form(folder, tmp_path / "again.groundplan") as again:
        assert [(variant.name, again.design(variant.id)) for variant in again.variants()] == designs
    write_text_form(project.title, designs[:1], folder)
    assert {path.name for path in (folder / "variants").iterdir()} == {"first.json"}


def test_text_form_cannot_reach_outside_its_folder(tmp_path: Path) -> None:
    write_text_form("T", [("A", START)], tmp_path)
    index = tmp_path / "project.json"
    index.write_text(index.read_text().replace("variants/a.json", "variants/../../secret.json"))
    with pytest.raises(StorageError, match="outside its folder"):
        read_text_form(tmp_path)
    index.write_text("{}")
    with pytest.raises(StorageError, match="not the index"):
        read_text_form(tmp_path)
    with pytest.raises(StorageError, match="cannot be read"):
        read_text_form(tmp_path / "nothing")
