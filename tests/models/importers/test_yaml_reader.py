"""Reading YAML: text stays as written, lines are known, hostile input ends with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.importers import ImportProblem, import_files
from models.importers.yaml_reader import DEEPEST, LARGEST_FILE_BYTES, Map, Seq, read_yaml
from tests.models.importers.shared import import_text


def read(text: str) -> Map:
    (document,) = read_yaml(text, "file.yaml")
    assert isinstance(document, Map)
    return document


def test_scalars_stay_what_the_author_wrote() -> None:
    document = read("port: 22:22\nversion: 1.10\nfile: 0755\nanswer: no\nnothing:\nword: 'null'\n")
    assert dict(document) == {
        "port": "22:22",
        "version": "1.10",
        "file": "0755",
        "answer": "no",
        "nothing": None,
        "word": "null",
    }


def test_every_key_and_item_knows_its_line() -> None:
    document = read("a: 1\nb:\n  - x\n  - y\nc:\n  d: 2\n")
    assert document.at("b") == ("file.yaml", 2)
    assert document.seq("b").at(1) == ("file.yaml", 4)
    assert document.map("c").at("d") == ("file.yaml", 6)


def test_merges_fill_in_what_is_missing() -> None:
    document = read("a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc:\n  <<: [*a, *b]\n  x: 9\nd:\n  <<: *a\n  <<: *b\n")
    assert dict(document.map("c")) == {"x": "9", "y": "2", "z": "4"}
    assert dict(document.map("d")) == {"x": "1", "y": "2", "z": "4"}


def test_several_documents_and_json_are_read() -> None:
    assert [type(each) for each in read_yaml('{"a": [1, true]}\n---\n- b\n---\n', "x")] == [Map, Seq, type(None)]


def test_laughs_by_the_billion_are_refused() -> None:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(ImportProblem, match=r"bomb.yaml, line \d+: .*aliases"):
        read_yaml("\n".join(lines), "bomb.yaml")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), f"line 1: the file is nested deeper than {DEEPEST} levels"),
        ("a: &x [*x]", r"line 1: \*x stands inside what it refers to"),
        ("a: *nowhere", r"line 1: \*nowhere refers to an anchor that is not defined"),
        ("a: 1\nb: 2\na: 3\n", "line 3: the key “a” is given a second time \\(first in line 1\\)"),
        ("a: [1, 2\nb: 3\n", "line 2: this is not valid YAML"),
        ("{{- if .Values.on }}\na: 1\n", "Render it first \\(helm template"),
        ("? [a]\n: b\n", "line 1: a key is a list or a mapping"),
        ("a: b\x07c", "not valid YAML"),
    ],
)
def test_broken_input_is_refused_with_its_line(text: str, sentence: str) -> None:
    with pytest.raises(ImportProblem, match=sentence):
        read_yaml(text, "file.yaml")


def test_tags_construct_nothing(tmp_path: Path) -> None:
    marker = tmp_path / "made"
    document = read(f"a: !!python/object/apply:os.system ['touch {marker}']\nb: !secret name\n")
    assert document.seq("a")[0] == f"touch {marker}"
    assert document.text("b") == "name"
    assert not marker.exists()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is empty"),
        (b"  \n\n", "is empty"),
        (b"# only a comment\n", "holds nothing but comments"),
        (b"\xff\xfe\x00services", "not a text file in UTF-8"),
        (b"x" * (LARGEST_FILE_BYTES + 1), r"is too large: files up to 4 MiB can be read"),
        (b"- a\n- b\n", "is a list, neither a Compose file nor"),
        (b"just words", "is plain text, neither"),
        (b"a: 1\nb: 2\n", "is no Compose file .* it has a, b"),
        (b"services: [web]\n", "line 1: services must be a mapping"),
        (b"services: {}\n", "has no service"),
        (b"apiVersion: v2\nname: chart\nversion: 1\n", "describes a Helm chart"),
        (b"replicaCount: 2\nimage: {repository: x}\n", "holds values of a Helm chart"),
        (b"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n", "kubectl kustomize"),
        (b"apiVersion: v1\nkind: Service\nmetadata: {name: x}\n", "describes no workload"),
        (b'{"terraform_version": "1.5", "resource_changes": []}', "file.yaml holds no resources"),
        (b"SQLite format 3\x00", "is a project; open it"),
        (b'{"format": "groundplan-design", "version": 9, "elements": {}}', "version 9"),
    ],
)
def test_files_that_cannot_be_imported_say_why(tmp_path: Path, data: bytes, sentence: str) -> None:
    path = tmp_path / "file.yaml"
    path.write_bytes(data)
    with pytest.raises(ImportProblem, match=sentence):
        import_files([path])


def test_missing_files_and_folders_without_anything_say_so(tmp_path: Path) -> None:
    with pytest.raises(ImportProblem, match="does not exist"):
        import_files([tmp_path / "none.yaml"])
    with pytest.raises(ImportProblem, match="holds no Compose file"):
        import_files([tmp_path])
    with pytest.raises(ImportProblem, match="Nothing to import"):
        import_files([])


def test_a_large_honest_file_is_read(tmp_path: Path) -> None:
    services = "\n".join(
        f"  s{n}:\n    image: example/s{n}\n    environment: {{NEXT_URL: 'http://s{n + 1}:80'}}" for n in range(1500)
    )
    result = import_text(tmp_path, f"services:\n{services}\n")
    assert len(result.design.nodes) == 1501
    assert result.confidence()["high"] == 1499


def test_a_long_text_repeated_by_aliases_is_refused() -> None:
    text = f"a: &a {'x' * 60000}\nb: [{', '.join(['*a'] * 5000)}]\n"
    with pytest.raises(ImportProblem, match="aliases"):
        read_yaml(text, "file.yaml")


def test_a_folder_is_not_searched_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.importers.detection.MOST_ENTRIES", 3)
    for number in range(5):
        (tmp_path / f"{number}.yaml").write_text("a: 1\n")
    with pytest.raises(ImportProblem, match="more than 3 entries"):
        import_files([tmp_path])


def test_hidden_folders_and_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "db.yaml").write_text("services: {db: {image: postgres}}")
    (tmp_path / "in" / ".git").mkdir()
    (tmp_path / "in" / ".git" / "x.yaml").write_text("services: {x: {image: postgres}}")
    (tmp_path / "in" / "linked").symlink_to(tmp_path / "out")
    (tmp_path / "in" / "compose.yaml").write_text("services: {web: {image: example/web}}")
    result = import_files([tmp_path / "in"])
    assert result.files == ("compose.yaml",)
