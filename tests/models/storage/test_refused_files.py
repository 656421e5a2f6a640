"""Files that are no good are refused with a sentence and left untouched; none of them can run or fill anything."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from models.design.design import Design
from models.design.elements import Flow, Node
from models.storage.errors import StorageError
from models.storage.project import Project
from models.storage.schema import MIGRATIONS, Migration
from models.storage.store import create_store, open_store

DESIGN = Design({"a": Node("service", "A" * 50), "b": Node("service", "B"), "f": Flow("a", "b")})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "plan.groundplan"
    Project.create(path, "Plan", [("First", DESIGN)]).close()
    return path


def _refused(path: Path, words: str) -> None:
    before = path.read_bytes() if path.is_file() else None
    for read_only in (False, True):
        with pytest.raises(StorageError, match=words) as caught:
            Project.open(path, read_only)
        assert str(path) in str(caught.value)
        assert str(caught.value).endswith(".")
    if before is not None:
        assert path.read_bytes() == before
        assert [item.name for item in path.parent.iterdir()] == [path.name]


def _patched(path: Path, offset: int, data: bytes) -> Path:
    content = bytearray(path.read_bytes())
    content[offset : offset + len(data)] = data
    path.write_bytes(content)
    return path


def test_missing_file(tmp_path: Path) -> None:
    _refused(tmp_path / "plan.groundplan", "There is no file")
    assert not list(tmp_path.iterdir())


def test_folder(tmp_path: Path) -> None:
    _refused(tmp_path, "is a folder")


def test_pipe(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no named pipes")
    os.mkfifo(tmp_path / "pipe")
    _refused(tmp_path / "pipe", "is not a file")


def test_empty_file(tmp_path: Path) -> None:
    (tmp_path / "plan.groundplan").touch()
    _refused(tmp_path / "plan.groundplan", "is empty")


@pytest.mark.parametrize("content", [b"PK\x03\x04", b"services:\n  web: {}\n" * 20, b"SQLite format 3\x00"])
def test_other_format(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "plan.groundplan").write_bytes(content)
    _refused(tmp_path / "plan.groundplan", "not a Groundplan project")


def test_database_of_another_program(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "other.db")
    connection.execute("CREATE TABLE bookmark (url TEXT)")
    connection.close()
    _refused(tmp_path / "other.db", "database of another program")


def test_newer_version(path: Path) -> None:
    _refused(_patched(path, 60, (len(MIGRATIONS) + 1).to_bytes(4, "big")), "newer Groundplan .* Update Groundplan")


@pytest.mark.parametrize(("offset", "data"), [(60, bytes(4)), (18, b"\x02\x02")])
def test_header_that_groundplan_does_not_write(path: Path, offset: int, data: bytes) -> None:
    _refused(_patched(path, offset, data), "its header is not one")


def test_file_cut_off_anywhere(path: Path) -> None:
    whole = path.read_bytes()
    for size in range(100, len(whole), 4096 + 512):
        path.write_bytes(whole[:size])
        _refused(path, "damaged")


def _readable(path: Path) -> bool:
    try:
        with Project.open(path, read_only=True) as project:
            for variant in project.variants():
                project.document(variant.id)
            project.revisions()
            return isinstance(project.title, str)
    except StorageError:
        return False


def test_random_damage_gives_a_sentence_or_a_readable_project(path: Path) -> None:
    whole, chance = path.read_bytes(), random.Random(3)
    refused = 0
    for _ in range(150):
        content = bytearray(whole)
        for _ in range(chance.choice([1, 4, 64])):
            content[chance.randrange(len(content))] = chance.randrange(256)
        path.write_bytes(content)
        refused += not _readable(path)
        assert path.read_bytes() == content
    assert refused > 20


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIEW notes AS SELECT load_extension('x')",
        "CREATE TRIGGER spy AFTER INSERT ON log BEGIN DELETE FROM element; END",
        "CREATE TABLE extra (x TEXT)",
        "CREATE INDEX slow ON element (abs(length(body)))",
        "ALTER TABLE element ADD COLUMN hidden AS (zeroblob(100000000))",
        "DROP TABLE asset",
        "CREATE VIRTUAL TABLE search USING fts5(text)",
    ],
)
def test_changed_schema_is_not_run(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.close()
    _refused(path, "tampered with: (it holds|its table|the definition of)")


def _run(path: Path, statement: str, *values: object) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement, values)
    connection.close()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("{}", "missing required field"),
        ('{"element":"flow","source":"x","target":"a"}', "starts at x"),
        ("[" * 200_000, "damaged"),
        (b"\x80\x04\x95pickle", "damaged"),
        (None, "damaged"),
        (7, "damaged"),
    ],
)
def test_damaged_row_names_the_variant(path: Path, body: object, words: str) -> None:
    if body is None:
        _run(path, "UPDATE element SET id = 'x' WHERE id = 'b'")
    else:
        _run(path, "UPDATE element SET body = ? WHERE id = 'a'", body)
    with Project.open(path) as project, pytest.raises(StorageError, match=words) as caught:
        project.document(project.variants()[0].id)
    assert "damaged in First" in str(caught.value)


@pytest.mark.parametrize("delta", [b"{}x", b'{"a":[1,2]}', b'{"a":[null]}', b""])
def test_damaged_history_is_said(path: Path, delta: bytes) -> None:
    with Project.open(path) as project:
        variant = project.variants()[0].id
        project.document(variant).change([("c", Node("service", "C"))], "Add")
    _run(path, "UPDATE log SET delta = ?", delta)
    with Project.open(path) as project, pytest.raises(StorageError, match="damaged in the history"):
        project.document(variant)


def test_snapshot_bomb_is_not_unpacked(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Project.open(path) as project:
        revision = project.save_revision(project.variants()[0].id, "R")
        monkeypatch.setattr("models.storage.records.MAX_VALUE_BYTES", 50)
        with pytest.raises(StorageError, match="cut off or too large"):
            project.revision_design(revision.id)


def _broken_step(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE later (x TEXT)")
    connection.execute("UPDATE variant SET name = 'lost'")
    connection.execute("SELECT nonsense FROM nowhere")


def _good_step(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE later (x TEXT)")


def test_failed_migration_leaves_the_file_as_it_was(path: Path) -> None:
    before = path.read_bytes()
    steps: tuple[Migration, ...] = (*MIGRATIONS, _broken_step)
    with pytest.raises(StorageError, match="could not be brought to this version; it was not changed"):
        open_store(path, migrations=steps)
    with Project.open(path) as project:
        assert project.variants()[0].name == "First"
    assert path.read_bytes()[100:] == before[100:]


def test_migration_brings_an_old_file_up_and_keeps_its_content(path: Path) -> None:
    steps = (*MIGRATIONS, _good_step)
    before = path.read_bytes()
    reader = open_store(path, read_only=True, migrations=steps)
    with reader.reading() as connection:
        assert connection.execute("SELECT count(*) FROM later").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM element").fetchone() == (3,)
    reader.close()
    assert path.read_bytes() == before
    open_store(path, migrations=steps).close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)
    connection.close()
    _refused(path, "newer Groundplan")


def test_half_created_file_is_never_seen(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="could not be created"):
        create_store(tmp_path / "plan.groundplan", (*MIGRATIONS, _broken_step))
    assert not list(tmp_path.iterdir())
    with pytest.raises(StorageError, match="could not be created"):
        Project.create(tmp_path / "missing" / "plan.groundplan", "T")


_AS_NOBODY = """
import os, sys
from models.storage.errors import StorageError
from models.storage.project import Project
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    with Project.open(sys.argv[1]) as project:
        print(len(project.design(project.variants()[0].id)), project.read_only, project.notice)
except StorageError as error:
    print(error)
"""


def _as_nobody(path: Path) -> str:
    """Open the file in a process whose permissions count, because root may do everything."""
    command = [sys.executable, "-c", _AS_NOBODY, str(path)]
    root = Path(__file__).parents[3]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of Windows are not set by chmod")
def test_permissions_are_respected(path: Path) -> None:
    for folder in (path.parent, *path.parent.parents):
        if folder.stat().st_uid == os.geteuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o055)
    path.chmod(0o444)
    assert _as_nobody(path).startswith("3 True The file is write-protected, so it was opened for reading only")
    path.chmod(0o666)
    assert _as_nobody(path).startswith("3 True Its folder cannot be written")
    path.chmod(0o000)
    assert "cannot be read: Permission denied. Check its permissions." in _as_nobody(path)


def test_a_journal_that_names_another_file_is_not_played(path: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious.txt"
    precious.write_text("mine", encoding="utf-8")
    name = str(precious).encode()
    tail = len(name).to_bytes(4, "big") + (sum(name) & 0xFFFFFFFF).to_bytes(4, "big")
    journal = path.with_name(f"{path.name}-journal")
    journal.write_bytes(bytes(512) + b"\0\0\0\1" + name + tail + bytes.fromhex("d9d505f920a163d7"))
    for read_only in (False, True):
        with pytest.raises(StorageError, match="names another file that opening the project would delete"):
            Project.open(path, read_only)
    assert precious.read_text(encoding="utf-8") == "mine"
    assert journal.exists()
