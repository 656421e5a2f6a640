"""Random gestures on the real canvas: the picture always fits the design, and undo leads back to the identical one."""

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QMenu, QPlainTextEdit

from app.canvas.camera import Camera
from app.canvas.tools.align import EDGES, align, distribute
from app.canvas.tools.bend import reset_routes
from app.canvas.tools.clipboard import copy_selection, paste
from app.canvas.tools.collapse import toggle_collapse
from app.canvas.tools.delete import delete_selection
from app.canvas.tools.duplicate import duplicate
from app.canvas.tools.group import group
from app.canvas.tools.nudge import nudge
from app.canvas.tools.order import TITLES, reorder
from app.canvas.tools.pin import toggle_pin
from app.canvas.tools.tidy import tidy_drawing
from app.canvas.view import CanvasView
from app.session import VIEW_TITLES, Session
from models import themes
from models.design.ids import seeded_ids
from models.picture import build
from tests.app.canvas.gestures import ALT, SHIFT, click, double_click, drag, key, middle, move, press, release

MOST = 40
picks = st.integers(0, 10_000)
steps = st.integers(-300, 300)


class Hand(RuleBasedStateMachine):
    """Plays gestures; `drawing` is set by the test."""

    drawing = None

    @initialize()
    def open(self) -> None:
        self.session = Session(seeded_ids(5))
        self.session.open_designs("Shop", [("Plan", self.drawing)])
        self.canvas = CanvasView(self.session, themes.theme("light"))
        self.canvas.resize(1000, 700)
        self.canvas.show()
        self.canvas.set_camera(Camera(-40.0, -40.0, 0.8))

    def teardown(self) -> None:
        if not hasattr(self, "canvas"):
            return
        while self.session.document.undo_label:
            self.session.undo()
        assert self.session.design == self.drawing
        self.canvas.tool.cancel()
        self.canvas.close()
        self.canvas.deleteLater()

    def pick(self, number: int, parts: str = "nfb") -> str | None:
        picture = self.canvas.picture
        found = [*(picture.nodes.elements if "n" in parts else ()), *(picture.boundaries.ids if "b" in parts else ())]
        found += picture.flows.elements if "f" in parts else []
        return found[number % len(found)] if found else None

    def close_fields(self) -> None:
        for field in [*self.canvas.findChildren(QPlainTextEdit), *self.canvas.findChildren(QLineEdit)]:
            if field.isVisible():
                key(field, Qt.Key.Key_Escape)
        for menu in self.canvas.findChildren(QMenu):
            menu.close()

    # -- pointer -------------------------------------------------------------------------------------------------------

    @rule(number=picks, adding=st.booleans())
    def click_on(self, number: int, adding: bool) -> None:
        element = self.pick(number)
        if element is not None and (box := self.canvas.box_of(element)) is not None:
            click(self.canvas, box.center().x(), box.top() + 6, SHIFT if adding else Qt.KeyboardModifier.NoModifier)

    @rule(number=picks, x=steps, y=steps, copying=st.booleans())
    def drag_something(self, number: int, x: int, y: int, copying: bool) -> None:
        element = self.pick(number, "nb")
        if element is not None and len(self.session.design.nodes) < MOST:
            box = self.canvas.box_of(element)
            start = (box.center().x(), box.top() + 10)
            drag(
                self.canvas, start, (start[0] + x, start[1] + y), ALT if copying else Qt.KeyboardModifier.NoModifier, 2
            )

    @rule(number=picks, x=steps, y=steps)
    def give_a_drag_up(self, number: int, x: int, y: int) -> None:
        element = self.pick(number, "n")
        if element is None:
            return
        before = self.session.design
        start = middle(self.canvas, element)
        press(self.canvas, *start)
        move(self.canvas, start[0] + x, start[1] + y)
        key(self.canvas, Qt.Key.Key_Escape)
        release(self.canvas, *start)
        assert self.session.design == before

    @rule(number=picks, other=picks)
    def connect(self, number: int, other: int) -> None:
        source, target = self.pick(number, "n"), self.pick(other, "n")
        if source is None or target is None:
            return
        x, y = middle(self.canvas, source)
        move(self.canvas, x, y)
        drag(self.canvas, (self.canvas.box_of(source).right(), y), middle(self.canvas, target))
        self.close_fields()

    @rule(number=picks, segment=st.integers(0, 5), by=steps)
    def bend(self, number: int, segment: int, by: int) -> None:
        flows = self.canvas.picture.flows
        if not len(flows):
            return
        row = number % len(flows)
        path = flows.path(row)
        if len(path) < 2:
            return
        at = segment % (len(path) - 1)
        x, y = ((path[at] + path[at + 1]) / 2).tolist()
        drag(self.canvas, (x, y), (x + by, y + by), steps=2)

    @rule(number=picks, other=picks, at_end=st.booleans())
    def reconnect(self, number: int, other: int, at_end: bool) -> None:
        flow, node = self.pick(number, "f"), self.pick(other, "n")
        if flow is None or node is None:
            return
        self.session.select({flow})
        row = self.canvas.picture.flows.row.get(flow)
        if row is not None and len(path := self.canvas.picture.flows.path(row)) > 1:
            x, y = path[-1 if at_end else 0].tolist()
            drag(self.canvas, (x, y), middle(self.canvas, node), steps=2)

    @rule(kind=st.sampled_from([Qt.Key.Key_S, Qt.Key.Key_Q, Qt.Key.Key_R, Qt.Key.Key_X]), x=steps, y=steps)
    def place(self, kind: Qt.Key, x: int, y: int) -> None:
        key(self.canvas, kind)
        click(self.canvas, 400 + x, 350 + y)
        self.close_fields()

    @rule(number=picks)
    def double_click_on(self, number: int) -> None:
        element = self.pick(number)
        if element is not None and (box := self.canvas.box_of(element)) is not None:
            double_click(self.canvas, box.center().x(), box.top() + 6)
            self.close_fields()

    # -- commands ------------------------------------------------------------------------------------------------------

    @rule(edge=st.sampled_from(sorted(EDGES)))
    def align(self, edge: str) -> None:
        align(self.canvas, edge)

    @rule(axis=st.sampled_from(["horizontally", "vertically"]))
    def distribute(self, axis: str) -> None:
        distribute(self.canvas, axis)

    @rule(where=st.sampled_from(sorted(TITLES)))
    def reorder(self, where: str) -> None:
        reorder(self.canvas, where)

    @rule(act=st.sampled_from([toggle_pin, toggle_collapse, reset_routes, group]))
    def arrange(self, act: object) -> None:
        act(self.canvas)
        self.close_fields()

    @rule(x=st.integers(-10, 10), y=st.integers(-10, 10))
    def nudge(self, x: int, y: int) -> None:
        nudge(self.canvas, x, y)

    @rule(scope=st.sampled_from(["all", "selection", "new"]))
    def tidy(self, scope: str) -> None:
        tidy_drawing(self.canvas, scope)

    @rule()
    def delete(self) -> None:
        delete_selection(self.session)

    @rule()
    def copies(self) -> None:
        if len(self.session.design.nodes) < MOST:
            duplicate(self.canvas)
            if copy_selection(self.session):
                paste(self.canvas)

    @rule(view=st.sampled_from([view for view, _ in VIEW_TITLES]))
    def look(self, view: str) -> None:
        self.session.show_view(view)

    @rule(back=st.booleans())
    def history(self, back: bool) -> None:
        self.session.undo() if back else self.session.redo()

    # -- what always holds ---------------------------------------------------------------------------------------------

    @invariant()
    def picture_fits(self) -> None:
        if not hasattr(self, "canvas"):
            return
        picture = self.canvas.picture
        anew = build(self.session.design, self.session.view)
        assert picture.design is self.session.design
        assert set(picture.nodes.ids) == set(anew.nodes.ids)
        assert set(picture.flows.ids) == set(anew.flows.ids)
        assert picture.boundaries.ids == anew.boundaries.ids
        stored = {name for name in anew.nodes.ids if self.session.design.position(self.session.view, name)}
        for row, name in enumerate(anew.nodes.ids):
            rect = picture.nodes.rects[picture.nodes.row[name]]
            assert name not in stored or np.allclose(rect, anew.nodes.rects[row]), name
        if stored == set(anew.nodes.ids):
            assert np.allclose(picture.boundaries.rects, anew.boundaries.rects)
        assert self.session.selection <= self.session.design.elements.keys()


@pytest.mark.usefixtures("qapp")
def test_random_gestures_are_undone_to_the_identical_design(drawing) -> None:
    class Player(Hand):
        pass

    Player.drawing = drawing
    run_state_machine_as_test(
        Player,
        settings=settings(
            max_examples=12,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
