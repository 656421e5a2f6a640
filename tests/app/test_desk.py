"""Windows: one for each project, one program for each user, unsaved work restored after a crash; drops and imports."""

import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QRect, QSize, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtNetwork import QLocalSocket
from PySide6.QtWidgets import QApplication, QMessageBox

from app.compare.window import CompareWindow
from app.desk import Desk
from app.files import import_paths
from app.import_report import ImportReport
from app.recovery import restore
from app.variant_menu import duplicate, make_baseline, open_compare
from app.window_place import fits, inside
from models.storage.working_copy import read_working_copy

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = """
services:
  web:
    image: nginx:1.27
    depends_on: [api]
  api:
    image: example/api:1
    environment:
      REDIS_URL: redis://cache:6379
  cache:
    image: redis:7
"""

# Qt 6.12 wants a QPointF here, which Qt 6.11 does not take yet.
OLD_DRAG_EVENT = pytest.mark.filterwarnings("ignore:Function. 'QDragEnterEvent:DeprecationWarning")


def rename(window, name: str) -> None:
    session = window.session
    key = next(iter(session.design.nodes))
    session.change([(key, msgspec.structs.replace(session.design.node(key), name=name))], f"Rename to {name}")


def compose_file(folder: Path) -> Path:
    path = folder / "compose.yaml"
    path.write_text(COMPOSE, "utf-8")
    return path


def test_each_project_has_a_window_of_its_own(desk) -> None:
    first = desk.open_window("template:assistant")
    first.actions_by_id["new"].trigger()
    assert [window.session.title for window in desk.windows] == ["Retrieval-augmented assistant", "New design"]
    assert first.session.title == "Retrieval-augmented assistant"
    desk.windows[1].close()
    assert desk.windows == [first]


def test_an_open_project_comes_to_the_front_instead_of_a_second_time(desk, tmp_path) -> None:
    window = desk.open_window("template:fraud")
    window.session.save_as(tmp_path / "fraud.groundplan")
    assert desk.open_source(str(tmp_path / "fraud.groundplan")) is window
    assert len(desk.windows) == 1


def test_a_second_start_hands_its_files_over(desk, qtbot, tmp_path) -> None:
    name = f"groundplan-test-{os.getpid()}"
    assert desk.listen(name)
    code = f"""
import sys
from PySide6.QtCore import QCoreApplication
application = QCoreApplication([])
from app.desk import hand_over
sys.exit(0 if hand_over({name!r}, ["template:vision"]) else 1)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    )
    qtbot.waitUntil(lambda: process.poll() is not None, timeout=30_000)
    assert process.returncode == 0
    assert [window.session.title for window in desk.windows] == ["Computer vision at the edge"]


@pytest.mark.parametrize("message", [b"no json\n", b"{}\n", json.dumps([1, None]).encode() + b"\n"])
def test_nonsense_from_the_socket_opens_nothing(desk, qtbot, message: bytes) -> None:
    name = f"groundplan-test-nonsense-{os.getpid()}"
    assert desk.listen(name)
    desk.open_window()
    socket = QLocalSocket()
    socket.connectToServer(name)
    socket.write(message)
    socket.flush()
    qtbot.waitUntil(
        lambda: socket.bytesAvailable() > 0 or socket.state() != QLocalSocket.LocalSocketState.ConnectedState
    )
    assert [window.session.is_open for window in desk.windows] == [False]


def test_unsaved_edits_survive_a_crash(settings, tmp_path, qtbot) -> None:
    code = f"""
import os
from pathlib import Path
from app.application import make_application
application = make_application()
from PySide6.QtCore import QSettings
from app.desk import Desk
import msgspec
settings = QSettings({str(tmp_path / "s.ini")!r}, QSettings.Format.IniFormat)
window = Desk(settings, Path({str(tmp_path / "recovery")!r})).open_window("template:assistant")
session = window.session
session.add_variant("Idea")
key = next(iter(session.design.nodes))
session.change([(key, msgspec.structs.replace(session.design.node(key), name="Precious"))], "Rename")
os._exit(9)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"}, capture_output=True
    )
    assert done.returncode == 9, done.stderr
    desk = Desk(settings, tmp_path / "recovery")
    assert desk.restore_work() == 1
    window = desk.windows[0]
    assert [variant.name for variant in window.session.variants][-1] == "Idea"
    window.session.show_variant(window.session.variants[-1].id)
    assert "Precious" in [node.name for node in window.session.design.nodes.values()]
    assert window.session.has_edits
    box = window.findChild(QMessageBox)
    assert "Retrieval-augmented assistant" in box.informativeText()
    assert "save it" in box.informativeText()
    box.close()
    assert len(list((tmp_path / "recovery").glob("*.working"))) == 1
    window.mirror.discard()
    window.session.close()
    window.close()
    assert restore(tmp_path / "recovery").works == ()


def test_the_mirror_appears_with_the_first_edit_and_goes_when_saved(desk, tmp_path) -> None:
    window = desk.open_window("template:assistant")
    assert window.mirror.path is None
    rename(window, "A")
    kept = window.mirror.path
    assert kept.exists()
    rename(window, "B")
    duplicate(window)
    assert len(list(kept.parent.glob("*.working"))) == 1
    window.session.save_as(tmp_path / "kept.groundplan")
    assert window.mirror.path is None
    assert list(kept.parent.iterdir()) == []


def test_a_damaged_mirror_is_set_aside(tmp_path) -> None:
    (tmp_path / "x.working").write_bytes(b"not a project")
    assert restore(tmp_path) == ((), (tmp_path / "x.damaged",))
    assert [path.name for path in tmp_path.iterdir()] == ["x.damaged"]


def test_an_import_reports_before_it_opens(desk, qtbot, tmp_path) -> None:
    window = desk.open_window()
    box = import_paths(window, [compose_file(tmp_path)])
    qtbot.waitSignal(box.work.done, timeout=20_000).wait()
    report = window.findChild(ImportReport)
    assert report.understood.topLevelItemCount() == 4
    assert report.inferred.topLevelItemCount() >= 2
    assert report.join_button.isHidden()
    assert not window.session.is_open
    report.open_button.click()
    assert {node.name for node in window.session.design.nodes.values()} >= {"web", "api", "cache"}


def test_an_import_can_join_the_open_design_as_one_step(desk, qtbot, tmp_path) -> None:
    window = desk.open_window("template:assistant")
    before = window.session.design
    qtbot.waitSignal(import_paths(window, [compose_file(tmp_path)]).work.done, timeout=20_000).wait()
    window.findChild(ImportReport).join_button.click()
    assert len(window.session.design.nodes) == len(before.nodes) + 4
    window.session.undo()
    assert window.session.design == before


def test_what_cannot_be_imported_is_explained(desk, qtbot, tmp_path) -> None:
    window = desk.open_window()
    path = tmp_path / "x.yaml"
    path.write_text("a: [1", "utf-8")
    qtbot.waitSignal(import_paths(window, [path]).work.done, timeout=20_000).wait()
    box = window.findChild(QMessageBox)
    assert "x.yaml" in box.informativeText()
    assert "Traceback" not in box.informativeText()
    box.close()


@OLD_DRAG_EVENT
def test_dropped_files_are_opened_or_imported(desk, qtbot, tmp_path) -> None:
    window = desk.open_window("template:fraud")
    window.session.save_as(tmp_path / "fraud.groundplan")
    window.close()
    target = desk.open_window()
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "fraud.groundplan"))])
    drop = QDropEvent(
        QPointF(50, 50), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    enter = QDragEnterEvent(
        QPoint(50, 50), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(target, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(target, drop)
    assert target.session.title == "fraud"
    assert target.session.is_saved


def test_the_baseline_can_be_chosen_and_variants_compared(desk, qtbot) -> None:
    window = desk.open_window("template:assistant")
    actions = window.actions_by_id
    assert not actions["baseline"].isEnabled()
    with qtbot.waitSignal(window.session.assessments_changed, timeout=20_000):
        window.next_variant()
    assert actions["baseline"].isEnabled()
    make_baseline(window)
    assert window.session.baseline_variant.name == "Own 32 B model"
    compare = open_compare(window)
    assert open_compare(window) is compare
    assert window.session.variants[1].id in compare.sides
    window.switch_theme()
    assert compare._theme.id == "dark"
    compare.close()
    qtbot.waitUntil(lambda: window.findChild(CompareWindow) is None)


@OLD_DRAG_EVENT
def test_files_dropped_on_the_drawing_reach_the_window(desk, tmp_path) -> None:
    window = desk.open_window("template:fraud")
    window.session.save_as(tmp_path / "fraud.groundplan")
    window.close()
    target = desk.open_window("template:vision")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "fraud.groundplan"))])
    enter = QDragEnterEvent(
        QPoint(50, 50), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(target.canvas, enter)
    drop = QDropEvent(
        QPointF(50, 50), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(target.canvas, drop)
    assert [window.session.title for window in desk.windows] == [
        "Computer vision at the edge",
        "fraud",
    ]


def test_the_first_window_fits_the_screen(desk) -> None:
    window = desk.open_window()
    room = window.screen().availableSize().expandedTo(window.minimumSizeHint())
    assert window.width() <= room.width()
    assert window.height() <= room.height()


def test_the_sides_of_a_window_made_narrower_give_way_to_the_drawing(window, drawing) -> None:
    window.session.open_designs("Shop", [("Plan", drawing)])
    window.resize(1440, 800)
    window.splitter.setSizes([232, 700, 500])
    window.resize(1000, 800)
    sizes = window.splitter.sizes()
    assert sizes[1] >= 440
    assert sizes[2] >= window.panel_side.minimumWidth()
    window.splitter.setSizes([232, 300, 460])
    window.resize(1040, 800)
    assert window.splitter.sizes()[1] < 400


def test_a_window_has_room_only_with_its_frame() -> None:
    assert fits(QSize(1440, 900), QRect(0, 0, 1600, 1000))
    assert not fits(QSize(1280, 800), QRect(0, 0, 1280, 800))
    assert not fits(QSize(1440, 900), QRect(0, 0, 1280, 800))


@pytest.mark.parametrize("wanted", [QRect(32, 48, 1440, 900), QRect(400, 200, 1440, 900), QRect(-20, -20, 1440, 900)])
def test_another_window_stays_within_the_screen(wanted: QRect) -> None:
    room = QRect(0, 0, 1600, 1000)
    found = inside(wanted, room)
    assert room.contains(found)
    assert found.top() >= 32
    assert found.size() == QSize(1440, 900)


def test_windows_of_a_screen_do_not_hide_each_other_or_leave_it(desk) -> None:
    first = desk.open_window()
    first.showNormal()
    first.setGeometry(20, 50, 720, 500)
    for _ in range(6):
        desk.open_window()
    places = [window.geometry() for window in desk.windows]
    assert all(desk.windows[0].screen().availableGeometry().contains(place) for place in places)
    assert places[0].topLeft() != places[1].topLeft()


def test_a_window_opens_as_the_last_one_was_left(desk, settings, tmp_path) -> None:
    window = desk.open_window("template:fraud")
    window.showNormal()
    window.setGeometry(8, 60, 760, 560)
    window.splitter.setSizes([190, 248, 320])
    sizes = window.splitter.sizes()
    window.close()
    again = desk.open_window("template:fraud")
    assert again.geometry() == QRect(8, 60, 760, 560)
    assert again.splitter.sizes() == sizes


def test_a_window_is_called_after_its_project(desk, tmp_path) -> None:
    window = desk.open_window("template:fraud")
    assert window.windowTitle() == "Fraud scoring on a stream – Groundplan"
    window.session.save_as(tmp_path / "Acme v1.2.groundplan")
    assert window.windowTitle() == "Acme v1.2 – Groundplan"
    window.close()
    assert desk.open_path(tmp_path / "Acme v1.2.groundplan").session.title == "Acme v1.2"


@pytest.mark.parametrize("name", ["-dash.yaml", "sp ace ünï 日本.yaml", "a#b.yaml", "%41 &?.yaml"])
def test_odd_paths_are_handed_over_and_imported(desk, qtbot, tmp_path, name) -> None:
    path = compose_file(tmp_path).rename(tmp_path / name)
    desk.open_window()
    window = desk.open_source(str(path))
    qtbot.waitUntil(lambda: window.findChild(ImportReport) is not None, timeout=20_000)
    assert window.findChild(ImportReport).windowTitle() == f"Import {path.stem}"


@pytest.mark.parametrize("name", ["/nowhere/x.groundplan", "x" * 5000, "a\0.json", "template:nothing", "\udcff.json"])
def test_what_is_not_there_is_said(desk, name) -> None:
    window = desk.open_source(name)
    assert not window.session.is_open
    box = window.findChild(QMessageBox)
    assert "was not opened" in box.text()
    assert len(box.informativeText()) > 20
    box.close()


def test_work_that_cannot_be_mirrored_again_stays_where_it_is(desk, tmp_path) -> None:
    first = desk.open_window("template:assistant")
    rename(first, "Precious")
    mirror = first.mirror.path
    first.mirror._copy.close()
    first.mirror._copy = None
    first.session.close()
    first.close()
    second = Desk(desk.settings, mirror.parent)
    for entry in mirror.parent.iterdir():
        assert entry == mirror
    second.recovery = mirror.parent
    window = second.open_window()
    window.mirror._folder = tmp_path / "file" / "recovery"
    (tmp_path / "file").write_text("no folder", "utf-8")
    assert second.restore_work() == 1
    assert mirror.exists()
    assert [node.name for node in window.session.design.nodes.values()].count("Precious") == 1
    said = [box.text() for box in window.findChildren(QMessageBox)]
    assert said == ["Your changes are not kept for recovery", "Your work was restored"]
    window.session.close()
    window.close()


def test_a_change_of_a_variant_that_is_not_shown_is_mirrored(desk) -> None:
    window = desk.open_window("template:assistant")
    session = window.session
    rename(window, "Shown")
    other = session.variants[1].id
    key = next(iter(session.design_of(other).nodes))
    changed = msgspec.structs.replace(session.design_of(other).node(key), name="Hidden")
    assert session.change_variant(other, [(key, changed)], "Rename")
    session.rename_variant(other, "Renamed")
    mirror = window.mirror.path
    assert [path for path in mirror.parent.iterdir() if path.suffix == ".working"] == [mirror]
    window.mirror._copy.close()
    _, designs = read_working_copy(mirror)
    assert dict(designs)["Renamed"].node(key).name == "Hidden"


def test_damaged_work_is_set_aside_and_told(desk) -> None:
    desk.recovery.mkdir()
    (desk.recovery / "x.working").write_bytes(b"not a project")
    window = desk.open_window()
    assert desk.restore_work() == 0
    box = window.findChild(QMessageBox)
    assert "x.damaged" in box.informativeText()
    box.close()
