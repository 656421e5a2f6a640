"""The guided first design by real mouse and keys leads to figures that a first design should have."""

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMenu, QWidget

from app.canvas.tools.connect import place_connected
from app.guide import STEPS, Guide
from tests.app.canvas.gestures import click, drag, key, middle, move


def name_field(canvas) -> QWidget:
    return next(field for field in canvas.findChildren(QWidget, "nameField") if field.isVisible())


def test_three_steps_lead_to_a_design_whose_answer_streams(window, qtbot) -> None:
    window.activateWindow()
    window.actions_by_id["guide"].trigger()
    canvas, session, guide = window.canvas, window.session, window.findChild(Guide)
    key(canvas, Qt.Key.Key_U)
    click(canvas, 100, 300)
    key(name_field(canvas), Qt.Key.Key_Return)
    (users,) = session.design.nodes
    move(canvas, *middle(canvas, users))
    drag(canvas, (canvas.box_of(users).right(), middle(canvas, users)[1]), (400, 300))
    menu = next(menu for menu in canvas.findChildren(QMenu) if menu.objectName() == "fittingKinds")
    next(action for action in menu.actions() if action.data() == "llm_api").trigger()
    menu.hide()
    assert session.selection != {users}
    key(name_field(canvas), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: session.selection == {users})
    field = window.focusWidget()
    assert isinstance(field, QLineEdit)
    assert field.accessibleName().startswith("Requests at the peak hour")
    qtbot.waitUntil(lambda: not field.visibleRegion().isEmpty())
    field.selectAll()  # as a window in front keeps it; the tests' windows lose the focus to the menu's
    QTest.keyClicks(field, "20")
    assert guide.step == len(STEPS)
    assert session.design.node(users).params["peak_rate_rps"] == 20
    qtbot.waitUntil(lambda: getattr(session.evaluation, "design", None) is session.design, timeout=20_000)
    figures = {figure.id: figure for figure in session.evaluation.scoreboard()}
    first, last = (figures[f"total/{name}"].value for name in ("first_p95_s", "last_p95_s"))
    assert 0.1 < first < 0.6 * last
    (flow,) = session.design.flows.values()
    assert flow.provenance["streams"] == "default"


@pytest.mark.parametrize("kind", ["api_gateway", "queue", "embedding"])
def test_what_writes_no_tokens_streams_nothing(canvas, session, kind) -> None:
    place_connected(canvas, "web", kind, QPointF(400.0, 560.0))
    key(name_field(canvas), Qt.Key.Key_Return)
    (added,) = [flow for key, flow in session.design.flows.items() if key not in ("f1", "f2", "f3")]
    assert "streams" not in added.params
