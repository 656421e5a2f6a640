"""The working copy of an unsaved design: every acknowledged edit can be read back, whatever ends the program."""

from __future__ import annotations

import errno
import os
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings

from models.design.delta import Delta
from models.design.design import Design
from models.design.elements import DesignError, Node
from models.storage.errors import StorageError
from models.storage.working_copy import WorkingCopy, read_working_copy
from models.words import Text
from tests.models.design.strategies import designs
from tests.models.storage.killing import reports_of

START = Design({"a": Node("service", "A"), "b": Node("queue", "B")})


def renamed(design: Design, key: str, name: str) -> Delta:
    """Return the delta that names or adds a service."""
    return Delta.of([(key, design.elements.get(key), Node("service", name))])


def kept_in(path: Path) -> dict[str, Design]:
    found = read_working_copy(path)
    assert found is not None
    return dict(found[1])


@settings(max_examples=30)
@given(before=designs(), after=designs())
def test_what_is_read_back_is_what_was_written(tmp_path_factory, before: Design, after: Design) -> None:
    path = tmp_path_factory.mktemp("copies") / "x.working"
    copy = WorkingCopy(path, "Title", [("One", before), ("Two", START)])
    copy.append(0, Delta.between(before.elements, after.elements))
    copy.append(1, Delta.of([("a", START.elements["a"], None)]))
    copy.close()
    title, kept = read_working_copy(path) or ("", ())
    assert title == "Title"
    assert [name for name, _ in kept] == ["One", "Two"]
    assert dict(kept[0][1].elements) == dict(after.elements)
    assert list(kept[1][1].elements) == ["b"]


def test_texts_that_can_be_translated_are_kept_as_they_read(tmp_path: Path) -> None:
    copy = WorkingCopy(tmp_path / "x.working", Text("{count} nodes", count=2), [(Text("Plan"), START)])
    copy.append(0, renamed(START, "a", Text("Copy of {name}", name="A")))
    copy.close()
    title, kept = read_working_copy(copy.path) or ("", ())
    assert (title, kept[0][0], kept[0][1].node("a").name) == ("2 nodes", "Plan", "Copy of A")


def test_a_design_that_could_not_be_read_back_is_refused_by_name(tmp_path: Path) -> None:
    odd = Design({"a": Node("service", "A", params={"rate": float("nan")})})
    with pytest.raises(DesignError, match="a cannot be kept"):
        WorkingCopy(tmp_path / "x.working", "Shop", [("One", odd)])
    assert not list(tmp_path.iterdir())


def test_it_is_not_read_while_it_is_written_and_goes_when_discarded(tmp_path: Path) -> None:
    copy = WorkingCopy(tmp_path / "x.working", "T", [("One", START)])
    assert read_working_copy(copy.path) is None
    copy.discard()
    copy.close()
    assert list(tmp_path.iterdir()) == []


def test_a_line_cut_off_at_any_byte_leaves_the_edits_before_it(tmp_path: Path) -> None:
    path = tmp_path / "x.working"
    copy = WorkingCopy(path, "T", [("One", START)])
    copy.append(0, renamed(START, "a", "Kept"))
    whole = len(path.read_bytes())
    copy.append(0, renamed(START, "a", "Lost"))
    copy.close()
    data = path.read_bytes()
    for end in range(whole, len(data)):
        path.write_bytes(data[:end])
        assert kept_in(path)["One"].node("a").name == "Kept"
    path.write_bytes(data)
    assert kept_in(path)["One"].node("a").name == "Lost"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"nonsense\n",
        b"{}\n",
        b'{"format":"groundplan working copy 1","title":"","names":[],"designs":[]}\n',
        b'{"format":"groundplan working copy 2","title":"","names":["A"],"designs":[{}]}\n',
        b'{"format":"groundplan working copy 1","title":"","names":["A"],"designs":[{}]}\n{"variant":3,"changes":{}}\n',
        b'{"format":"groundplan working copy 1","title":"","names":["A"],"designs":[{}]}\n\xff\n',
        b"[" * 100_000 + b"\n",
    ],
)
def test_damage_is_said(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "x.working"
    path.write_bytes(text)
    with pytest.raises(StorageError, match=r"x\.working"):
        read_working_copy(path)


@pytest.mark.parametrize("name", ["\udcff", "A"])
def test_what_could_not_be_read_back_is_refused_with_its_name(tmp_path: Path, name: str) -> None:
    odd = Node("service", name, params={} if name != "A" else {"rate": float("nan")})
    copy = WorkingCopy(tmp_path / "x.working", "T", [("One", START)])
    with pytest.raises(DesignError, match="odd cannot be kept"):
        copy.append(0, Delta.of([("odd", None, odd)]))
    copy.append(0, renamed(START, "a", "Next"))
    copy.close()
    assert kept_in(copy.path)["One"].node("a").name == "Next"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_a_full_disk_takes_nothing_of_what_was_kept(tmp_path: Path) -> None:
    import resource

    copy = WorkingCopy(tmp_path / "x.working", "T", [("One", START)])
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (copy.path.stat().st_size + 40, before[1]))
        with pytest.raises(StorageError, match=os.strerror(errno.EFBIG)):
            copy.append(0, renamed(START, "a", "Too long"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    copy.append(0, renamed(START, "b", "After"))
    copy.close()
    kept = kept_in(copy.path)["One"]
    assert (kept.node("a").name, kept.node("b").name) == ("A", "After")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither fork nor SIGKILL")
@pytest.mark.parametrize("kills", [12, pytest.param(200, marks=pytest.mark.proof)])
def test_killed_writers_lose_nothing_that_was_acknowledged(tmp_path: Path, kills: int) -> None:
    assert reports_of("killed_copy_writer", tmp_path, kills)
