"""Files of any content come to the real window: what is wrong is said in a sentence, and nothing else happens."""

import gzip
import json
import os
import sqlite3
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QThreadPool
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QMessageBox

from app import dialogs
from app.desk import Desk
from app.files import take_files
from app.import_report import ImportReport
from app.measured import MeasuredReport
from app.progress import ProgressBox
from app.tips import as_tip
from models.design.design import Design, to_text
from models.design.elements import Flow, Node
from models.interruption import go_on
from models.storage.project import Project

COMPOSE = "services:\n  web: {image: nginx}\n"
HEAD = "ChargePeriodStart,BilledCost,EffectiveCost,ListCost,ContractedCost,BillingCurrency,ServiceName,ChargeCategory\n"
DESIGN = {"format": "groundplan-design", "version": 1}


def boxes(window) -> list[QMessageBox]:
    return [box for box in window.findChildren(QMessageBox) if box.isVisible()]


def said(window, qtbot, path: Path) -> str:
    """Give a file to the window and return what the box says; the box is closed."""
    take_files(window, [path])
    qtbot.waitUntil(lambda: bool(boxes(window)), timeout=20_000)
    (box,) = boxes(window)
    sentence = box.informativeText()
    assert "Traceback" not in sentence
    assert "Error:" not in sentence
    box.close()
    return sentence


def written(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def node(**changes: object) -> dict[str, object]:
    return {"element": "node", "kind": "service", "name": "Search", **changes}


def design(elements: dict[str, object]) -> str:
    return json.dumps({**DESIGN, "elements": elements}, indent=1)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.yaml", b"PK\x03\x04rest", "ZIP archive: unpack it"),
        ("a.json", gzip.compress(b"{}", mtime=0), "packed by gzip: unpack it"),
        ("a.pdf", b"%PDF-1.7\n\xe2\xe3", "is a PDF"),
        ("a.drawio", "<mxfile host='x'><diagram/></mxfile>", "draw.io file without a page"),
        ("a.xml", '<?xml version="1.0"?>\n<mxGraphModel dx="1: 2"/>', "no shape with a label"),
        ("a.xml", '<!DOCTYPE a [<!ENTITY b "c">]><mxfile>&b;</mxfile>', "declares a document type"),
        ("a.dsl", 'workspace "Bank" {\n  model {\n  }\n}\n', "describes no software system"),
        ("a.dsl", 'workspace "B" {\n  model {\n', "a.dsl, line 2: the block that begins here is never closed"),
        ("a.json", '{"$schema": "calm", "nodes": [], "relationships": []}', "is an architecture without nodes"),
        ("a.md", "# Title\nkey: value: more\n", "neither a Compose file, nor Kubernetes manifests, nor a design"),
        (
            "a.yaml",
            b"services:\n  web:\n    image: caf\xe9\n",
            "line 3: this is not a text file in UTF-8",
        ),
        ("a.yaml", "services:\n  a: 1\n  b: \x07\n", "a.yaml, line 3: this is not valid YAML"),
        ("a.json", '{"services": {"a": }', "a.json, line 1"),
        ("a.json", design({"s": node(name=5)}), "the element s (“5”) is not valid: Expected `str`, got `int`"),
        ("a.json", design({"s": node(params={"x": 10**30})}), "whole number of more than 64 bits"),
        ("a.json", design({"s": node()})[:-30], "line "),
        ("a.json", design({"s": node()}).replace('"Search"', "NaN"), "line "),
        (
            "a.json",
            design({"s": node(), "t": node(name="Other")}).replace('"t"', '"s"'),
            "holds “s” twice",
        ),
        (
            "a.json",
            design({"s": node(), "pos/services/s": {"element": "position", "x": 1e308}}),
            "pos/services/s is not valid: An element lies farther out",
        ),
        ("a.json", design({"s": node(sites=[{"replicas": 10**15}])}), "(“Search”) is not valid: A site cannot have"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place(window, qtbot, tmp_path, name, content, words) -> None:
    assert words in said(window, qtbot, written(tmp_path, name, content))
    assert not window.session.is_open


def test_a_design_larger_than_other_inputs_is_imported(window, qtbot, tmp_path) -> None:
    elements = {f"n{number}": Node("service", f"N{number}", note="x" * 3000) for number in range(1500)}
    path = written(tmp_path, "large.json", to_text(Design(elements)))
    assert path.stat().st_size > 4 * 2**20
    take_files(window, [path])
    qtbot.waitUntil(lambda: window.findChild(ImportReport) is not None, timeout=30_000)
    assert window.findChild(ImportReport).understood.topLevelItemCount() == 1500


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_files_of_windows_are_read(window, qtbot, tmp_path, encoding) -> None:
    take_files(window, [written(tmp_path, "a.yaml", COMPOSE.replace("\n", "\r\n").encode(encoding))])
    qtbot.waitUntil(lambda: window.findChild(ImportReport) is not None, timeout=20_000)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.yaml", "a.json", "a.groundplan", "a.parquet"])
def test_a_pipe_is_not_waited_for(window, drawing, qtbot, tmp_path, name) -> None:
    window.session.open_designs("Shop", [("Plan", drawing)])
    os.mkfifo(tmp_path / name)
    assert "file" in said(window, qtbot, tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="this system has no links")
def test_links_out_of_the_folder_and_loops_are_not_followed(window, qtbot, tmp_path) -> None:
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    assert "does not exist" in said(window, qtbot, tmp_path / "loop.yaml")
    (tmp_path / "out.yaml").symlink_to("/etc/passwd")
    assert "leads out of the folder" in said(window, qtbot, tmp_path / "out.yaml")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (HEAD + "2026-09-01T00:00:00Z,nan,1,inf,1,USD,Compute,Usage\n", "NaN, infinite or too large"),
        (HEAD + "2026-09-01T00:00:00Z,1e308,1,1,1,USD,C,Usage\n" * 2, "NaN, infinite or too large"),
        (HEAD + "2026-13-01T00:00:00Z,1,1,1,1,USD,Compute,Usage\n", "row 2: “2026-13-01T00:00:00Z” is not a date"),
        ("users,throughput,p95_ms\n1,5,10\n2,inf,20\n", "no finite number"),
        ("name,color\na,b\n", "bill (FOCUS), a load test, metrics or a trace"),
    ],
)
def test_numbers_that_are_none_do_not_reach_the_design(window, drawing, qtbot, tmp_path, content, words) -> None:
    window.session.open_designs("Shop", [("Plan", drawing)])
    assert words in said(window, qtbot, written(tmp_path, "a.csv", content))
    assert window.session.design == drawing


def test_a_dropped_benchmark_is_told_by_its_content(window, qtbot, tmp_path) -> None:
    chat = Design({"u": Node("users", "U"), "m": Node("llm_serving", "Model"), "f": Flow("u", "m")})
    window.session.open_designs("Chat", [("Plan", chat)])
    take_files(window, [written(tmp_path, "r.json", json.dumps({"request_throughput": 5.0, "model_id": "<b>x</b>"}))])
    qtbot.waitUntil(lambda: window.findChild(MeasuredReport) is not None, timeout=20_000)
    report = window.findChild(MeasuredReport)
    assert "<b>x</b>" in report.sentences.text()
    assert report.sentences.textFormat() == Qt.TextFormat.PlainText


def test_names_are_shown_as_they_are_and_once(window) -> None:
    title = "“<img src=/etc/passwd>\x1b” was not opened"
    for _ in range(3):
        dialogs.tell(window, title, "<b>" + "x" * 100_000)
    (box,) = boxes(window)
    assert box.textFormat() == Qt.TextFormat.PlainText
    assert box.text() == title.replace("\x1b", "\N{REPLACEMENT CHARACTER}")
    assert len(box.informativeText()) < 2000
    box.close()


def test_markup_stays_text_in_tooltips() -> None:
    assert as_tip("a & b") == "a & b"
    assert as_tip("<img src=x>\n&") == "<qt>&lt;img src=x&gt;<br>&amp;</qt>"


# -- projects ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path, drawing) -> Path:
    path = tmp_path / "plan.groundplan"
    Project.create(path, "Kept", [("First", drawing), ("Second", drawing)]).close()
    return path


def run(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement)
    connection.close()


def test_a_damaged_project_leaves_open_what_is_open(window, qtbot, drawing, project) -> None:
    run(project, "UPDATE element SET body = '{}' WHERE id = 'web'")
    window.session.open_designs("Mine", [("Plan", drawing)])
    assert "damaged in First" in said(window, qtbot, project)
    assert window.session.title == "Mine"
    assert window.session.design == drawing
    with Project.open(project) as again:
        assert not again.read_only


def test_a_damaged_variant_is_not_shown_and_the_others_stay(window, project) -> None:
    run(project, "UPDATE element SET body = '{}' WHERE id = 'web' AND variant = (SELECT max(id) FROM variant)")
    with Project.open(project, read_only=True) as kept:
        damaged = max(variant.id for variant in kept.variants())
        run(project, f"UPDATE variant SET place = 9 WHERE id = '{damaged}'")
    window.open_path(project)
    session = window.session
    whole = session.variant
    session.show_variant(damaged)
    assert session.variant == whole
    (box,) = boxes(window)
    assert "is damaged in" in box.informativeText()
    assert ".." not in box.informativeText()
    box.close()


def test_damaged_studies_are_computed_again(window, project) -> None:
    run(project, "INSERT INTO study SELECT 's', id, 'x', 'x', '{' FROM variant LIMIT 1")
    window.open_path(project)
    assert window.session.is_open
    assert not boxes(window)


def test_an_undo_that_cannot_be_written_is_refused(window, project) -> None:
    window.open_path(project)
    session = window.session
    session.change([("new", Node("service", "New"))], "Add")
    with session.project._store.writing() as connection:
        connection.execute("PRAGMA query_only = ON")
    session.undo()
    assert "new" in session.design.nodes
    (box,) = boxes(window)
    assert "could not be saved; nothing was changed" in box.informativeText()
    box.close()


def test_the_suffix_may_be_in_capitals(settings, qtbot, tmp_path, project) -> None:
    desk = Desk(settings, tmp_path / "recovery")
    window = desk.open_window()
    qtbot.addWidget(window)
    take_files(window, [project.rename(tmp_path / "PLAN.GROUNDPLAN")])
    assert window.session.title == "Kept"
    window.evaluator.forget()
    window.session.close()


# -- giving up ---------------------------------------------------------------------------------------------------------


def test_a_canceled_job_ends_early(window, qtbot) -> None:
    begun, ended = threading.Event(), threading.Event()

    def endless(_: object) -> None:
        try:
            while True:
                begun.set()
                go_on()
        finally:
            ended.set()

    box = ProgressBox(window, "Import", "Reading …")
    box.start(endless)
    assert begun.wait(10)
    box.cancel()
    box.canceled.emit()
    assert ended.wait(10)
    QApplication.processEvents()


def test_reading_stops_in_the_middle_of_a_large_table(window, drawing, qtbot, tmp_path) -> None:
    window.session.open_designs("Shop", [("Plan", drawing)])
    path = written(tmp_path, "t.csv", "timestamp\n" + "2026-01-01 00:00:00\n" * 400_000)
    take_files(window, [path])
    box = window.findChild(ProgressBox)
    box.canceled.emit()
    qtbot.waitUntil(lambda: not box.work.is_running, timeout=5_000)
    assert not boxes(window)
    assert window.findChild(MeasuredReport) is None
    QThreadPool.globalInstance().waitForDone()


# -- clipboard ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "<html><body><table><tr><td>1</td></tr></table>",
        "a\0b\x1b[31m",
        "[" * 100_000,
        '{"format": "groundplan-design"',
        design({"s": node(kind="")}),
        design({"s": node(name="x" * 1001)}),
        design({"s": node(), "t": node()}).replace('"t"', '"s"'),
        design({"f": {"element": "flow", "source": "a", "target": "b"}}),
        design({"s": node(params={"x": 10**30})}),
        design({"s": node(name="a\ud800b")}),
        "x" * 5_000_000,
    ],
)
def test_foreign_text_on_the_clipboard_is_refused_with_a_sentence(window, drawing, text) -> None:
    window.session.open_designs("Shop", [("Plan", drawing)])
    QGuiApplication.clipboard().setText(text)
    window.actions_by_id["paste"].trigger()
    assert window.session.design == drawing
    (box,) = boxes(window)
    assert box.informativeText().startswith("Nothing was pasted. ")
    assert len(box.informativeText()) < 2000
    box.close()


def test_a_picture_on_the_clipboard_is_no_design(window, drawing) -> None:
    window.session.open_designs("Shop", [("Plan", drawing)])
    QGuiApplication.clipboard().setImage(QImage(4, 4, QImage.Format.Format_RGB32))
    window.actions_by_id["paste"].trigger()
    assert window.session.design == drawing


def test_odd_names_are_pasted_as_they_are(window, drawing) -> None:
    window.session.open_designs("Shop", [("Plan", drawing)])
    names = ["<img src=/etc/passwd><h1>x</h1>", "a\nb\tc", "x" * 1000, "=cmd()", "\u202eevil"]
    QGuiApplication.clipboard().setText(design({f"n{at}": node(name=name) for at, name in enumerate(names)}))
    window.actions_by_id["paste"].trigger()
    assert {element.name for element in window.session.design.nodes.values()} >= set(names)
    assert not window.grab().isNull()
    assert not boxes(window)
