"""Speed of the canvas: each frame is a change and the finished painting of a 1600×1000 view."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator

import msgspec
from PySide6.QtCore import QEventLoop, QPointF, QRectF, QSettings, Qt, QTimer
from PySide6.QtGui import QColor, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QGraphicsScene, QGraphicsView

from app.application import make_application
from app.canvas.tools.move import MoveTool
from app.canvas.tools.nudge import nudge
from app.canvas.view import CanvasView
from app.main_window import MainWindow
from app.session import Session
from models.catalog.catalog import load_catalog
from models.design.elements import Position
from models.evaluation import evaluate
from models.lenses import read_lens
from models.picture import LensValues
from models.themes import theme
from tests.app.canvas import gestures
from tests.benchmarks.designs import big_design
from tests.benchmarks.timing import Row, row

FRAMES = 60
LONGEST_S = 60
VIEW = (1600, 1000)
Result = tuple[str, Row]


def canvas(size: int) -> Iterator[Result]:
    """Yield paint, pan, pan_fit, zoom, drag and recolor of a drawing with boundaries, labels, routes and badges."""
    application = QApplication.instance() or make_application()
    design = big_design(size)
    session = Session()
    session.open_designs("Benchmark", [("Plan", design)])
    view = CanvasView(session, theme("light"))
    view.resize(*VIEW)
    view.show()
    evaluation = evaluate(design, load_catalog())
    values = [read_lens(lens, evaluation).values for lens in ("load", "cost")]
    view.set_lens_values(values[0])
    QApplication.processEvents()
    gc.freeze()  # as the window does once a project is open

    def frames(change: Callable[[int], object], number: int = FRAMES) -> Row:
        times = []
        for step in range(number):
            start = time.perf_counter()
            change(step)
            view.repaint()
            times.append((time.perf_counter() - start) * 1000.0)
            application.processEvents()
        return row(times)

    view.fit()
    yield f"paint/{size}", frames(lambda step: view.redraw(), 10)
    yield f"pan_fit/{size}", frames(lambda step: view.set_camera(view.camera.panned(8 if step % 2 else -8, 3)))
    view.show_actual_size()
    yield f"pan/{size}", frames(lambda step: view.set_camera(view.camera.panned(12, 7)))
    yield f"zoom/{size}", frames(lambda step: view.zoom_by(1.1 if step % 20 < 10 else 1 / 1.1, QPointF(800, 500)))
    yield from _recolor(view, values, size)
    view.show_actual_size()
    yield f"drag/{size}", _drag(view, frames)
    yield f"reroute_drag/{size}", _reroute(view, frames)
    view.close()


def _recolor(view: CanvasView, values: list[LensValues], size: int) -> Iterator[Result]:
    """Yield recolor, the frames after a change of the lens, and recolored, the time until the new colors are seen."""
    view.show_actual_size()
    view.redraw()
    view.repaint()
    times, whole = [], []
    for step in range(12):
        begin = start = time.perf_counter()
        view.set_lens_values(values[step % 2])
        while True:
            view.repaint()
            times.append((time.perf_counter() - start) * 1000.0)
            if view.is_sharp():
                break
            start = time.perf_counter()
        whole.append((time.perf_counter() - begin) * 1000.0)
        QApplication.processEvents()
    yield f"recolor/{size}", row(times)
    yield f"recolored/{size}", row(whole)


def _drag(view: CanvasView, frames: Callable[..., Row]) -> Row:
    """Press on a card, move it about with real mouse events, leave it where it was."""
    key = view.picture.nodes.ids[len(view.picture.nodes.ids) // 2]
    view.reveal(key)
    QApplication.processEvents()
    x, y = gestures.middle(view, key)
    gestures.press(view, x, y)
    result = frames(lambda step: gestures.move(view, x + 4 * step + 8, y + 2 * step))
    assert isinstance(view.tool, MoveTool)
    QTest.keyClick(view, Qt.Key.Key_Escape)
    gestures.release(view, x, y)
    return result


def _reroute(view: CanvasView, frames: Callable[..., Row]) -> Row:
    """Commit the move of one card with its flows, as a drag does at its end."""
    session = view.session
    session.select({view.picture.nodes.elements[len(view.picture.nodes.ids) // 2]})
    return frames(lambda step: nudge(view, 2 if step % 2 else -2, 1), 20)


def panels(size: int) -> Iterator[Result]:
    """Yield panels_refresh and findings_refresh: from an edit until what is in sight shows it, and until all is known.

    In sight are drawing, scoreboard and one panel; each panel is looked at in turn. Out of sight are the findings of
    the frameworks that are not looked at: they are counted on the tab of the findings.
    """
    QApplication.instance() or make_application()
    window = MainWindow(QSettings("", QSettings.Format.IniFormat))
    window.resize(*VIEW)
    window.show()
    window.studies.close()  # they run in another process when the hand rests
    design = big_design(size)
    refresh = _Refresh(window)
    refresh.after(lambda: window.session.open_designs("Benchmark", [("Plan", design)]))
    key = next(key for key, node in design.nodes.items() if node.kind == "service")
    window.session.select({key})
    seen, known = [], []
    side = window.panel_side
    speaking = [panel for panel in side.frameworks.values() if panel.assessment() is not None]
    for panel in (side.inspector, *speaking):
        side.show_panel(panel)
        refresh.after(lambda: window.session.month_changed.emit(0))
        for replicas in range(10, 18):
            node = window.session.design.node(key)
            sites = tuple(msgspec.structs.replace(site, replicas=replicas) for site in node.sites)
            changes = [(key, msgspec.structs.replace(node, sites=sites))]
            sight, all_known = refresh.after(lambda changes=changes: window.session.change(changes, "Replicas"))
            seen.append(sight)
            known.append(all_known)
    window.evaluator.forget()
    window.session.close()
    window.deleteLater()
    yield f"panels_refresh/{size}", row(seen)
    yield f"findings_refresh/{size}", row(known)


class _Refresh:
    """Waits as the program does; asking again and again would hold up the evaluation."""

    def __init__(self, window: MainWindow) -> None:
        self._loop, self._start, self._seen, self._known = QEventLoop(), 0.0, 0.0, 0.0
        session = window.session
        session.evaluation_changed.connect(lambda _: None if session.framework else self._in_sight())
        session.assessment_changed.connect(lambda _: self._in_sight())
        session.assessments_changed.connect(lambda _: self._all_known())
        self._longest = QTimer(self._loop, singleShot=True, interval=LONGEST_S * 1000)
        self._longest.timeout.connect(lambda: self._loop.exit(0))

    def _in_sight(self) -> None:
        QTimer.singleShot(0, self._loop, self._painted)  # after the paint that the change asked for

    def _painted(self) -> None:
        self._seen = self._seen or time.perf_counter()

    def _all_known(self) -> None:
        self._known = time.perf_counter()
        QTimer.singleShot(0, self._loop, lambda: self._loop.exit(1))

    def after(self, change: Callable[[], object]) -> tuple[float, float]:
        """Return the milliseconds until what is in sight shows the change, and until the findings are counted."""
        self._start, self._seen, self._known = time.perf_counter(), 0.0, 0.0
        change()
        self._longest.start()
        if not self._loop.exec():
            raise TimeoutError(f"The panels were not refreshed within {LONGEST_S} s.")
        self._longest.stop()
        return ((self._seen or self._known) - self._start) * 1000.0, (self._known - self._start) * 1000.0


def naive(size: int) -> Iterator[Result]:
    """Yield naive_pan_fit: the same cards and flows as one QGraphicsItem each, as most editors are built."""
    design = big_design(size)
    scene = QGraphicsScene()
    centers = {}
    for key in design.nodes:
        position = design.position("services", key)
        assert isinstance(position, Position)
        item = scene.addRect(QRectF(position.x, position.y, 168, 64), QColor("gray"), QColor("white"))
        scene.addText(key).setParentItem(item)
        centers[key] = QPointF(position.x + 84, position.y + 32)
    for flow in design.flows.values():
        start, end = centers[flow.source], centers[flow.target]
        scene.addLine(start.x(), start.y(), end.x(), end.y())
    view = QGraphicsView(scene)
    view.setRenderHint(QPainter.RenderHint.Antialiasing)
    view.resize(*VIEW)
    view.fitInView(scene.sceneRect(), Qt.AspectRatioMode.KeepAspectRatio)
    view.show()
    QApplication.processEvents()  # before its first exposure a window paints nothing
    times = []
    for step in range(12):
        begin = time.perf_counter()
        view.translate(8 if step % 2 else -8, 3)
        view.viewport().repaint()
        times.append((time.perf_counter() - begin) * 1000.0)
    view.close()
    yield f"naive_pan_fit/{size}", row(times)
