"""Real windows on the offscreen platform, each with settings of its own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

SCREEN = Path(__file__).with_name("screen.json")
"""A screen of a usual size; without it menus of a window would lie over one another."""
os.environ.setdefault("QT_QPA_PLATFORM", f"offscreen:configfile={SCREEN}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The offscreen platform says what it cannot do (size hints, raising, grabbing) whenever a window is shown."""
    for item in items:
        item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support", extend=True))


@pytest.fixture(scope="session")
def qapp_cls():
    """Let the program itself make its application, with its style and typeface."""
    from app.application import make_application

    return lambda _arguments: make_application()


@pytest.fixture(autouse=True)
def hand_off() -> Iterator[None]:
    """Let go of the mouse after each test: a button that stays pressed is pressed for all windows."""
    yield
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QGuiApplication
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QWidget

    for button in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton):
        if QGuiApplication.instance() is not None and QGuiApplication.mouseButtons() & button:
            QTest.mouseRelease(QWidget(), button)


@pytest.fixture
def settings(tmp_path: Path):
    """Settings in a file of the test."""
    from PySide6.QtCore import QSettings

    found = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    found.setValue("theme", "light")
    return found


@pytest.fixture
def drawing():
    """Two teams with three services, a queue and flows, placed by hand."""
    from models.design.design import Design
    from models.design.elements import BRIEF_ID, Boundary, Brief, Flow, Node, Position, position_id

    elements = {
        BRIEF_ID: Brief(name="Shop"),
        "left": Boundary("team", "Team Left"),
        "right": Boundary("team", "Team Right"),
        "web": Node("service", "Web", context="left"),
        "orders": Node("service", "Orders", context="left"),
        "stock": Node("service", "Stock", context="right"),
        "people": Node("users", "People"),
        "f1": Flow("people", "web"),
        "f2": Flow("web", "orders"),
        "f3": Flow("orders", "stock"),
    }
    places = {
        "people": (0, 104, 0, 0),
        "left": (240, 40, 464, 280),
        "right": (752, 40, 296, 280),
        "web": (272, 104, 0, 0),
        "orders": (504, 104, 0, 0),
        "stock": (800, 104, 0, 0),
    }
    for key, (x, y, width, height) in places.items():
        elements[position_id("services", key)] = Position(x=x, y=y, width=width, height=height)
    return Design(elements)


@pytest.fixture
def session(drawing, qapp):
    """A session with the drawing and predictable ids."""
    from app.session import Session
    from models.design.ids import seeded_ids

    found = Session(seeded_ids(1))
    found.open_designs("Shop", [("Plan", drawing)])
    return found


@pytest.fixture
def canvas(session, qtbot) -> Iterator[object]:
    """The canvas of the session, shown at 100 % with the scene's origin at (40, 40)."""
    from app.canvas.camera import Camera
    from app.canvas.view import CanvasView
    from models import themes

    found = CanvasView(session, themes.theme("light"))
    qtbot.addWidget(found)
    found.resize(1200, 800)
    with qtbot.waitExposed(found):
        found.show()
    found.set_camera(Camera(-40.0, -40.0, 1.0))
    found.setFocus()
    yield found
    found.tool.cancel()


@pytest.fixture
def window(settings, qtbot) -> Iterator[object]:
    """The whole window, on its start page."""
    from PySide6.QtCore import QThreadPool

    from app.main_window import MainWindow

    found = MainWindow(settings)
    qtbot.addWidget(found, before_close_func=lambda widget: widget.session.close())
    found.resize(1280, 800)
    with qtbot.waitExposed(found):
        found.show()
    yield found
    found.evaluator.forget()
    QThreadPool.globalInstance().waitForDone()


@pytest.fixture
def desk(settings, qtbot, tmp_path: Path):
    """Windows that keep their recovery copies in a folder of the test."""
    from PySide6.QtCore import QThreadPool

    from app.desk import Desk

    found = Desk(settings, tmp_path / "recovery")
    yield found
    for window in list(found.windows):
        window.session.close()
        if window.mirror is not None:
            window.mirror.discard()
        window.evaluator.forget()
        window.close()
    QThreadPool.globalInstance().waitForDone()
