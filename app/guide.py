"""The guided first design: three steps in a note beside what they are about; it follows what the hand does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QEvent, QObject, QPoint, QTimer
from PySide6.QtWidgets import QFrame, QPushButton, QWidget

from app.canvas.tools.select import SelectTool
from app.panels.widgets import column, label, row
from app.words import mark, say
from models.design.design import Design
from models.design.elements import Flow

if TYPE_CHECKING:
    from app.main_window import MainWindow

RATE = "peak_rate_rps"
WIDTH = 320
GAP = 16


class Step(NamedTuple):
    """What to do, how, and when it is done; `beside` is the part of the window the note stands beside."""

    title: str
    text: str
    beside: str
    is_done: Callable[[Design], bool]


def has_users(design: Design) -> bool:
    """Return whether someone uses the system."""
    return any(node.kind == "users" for node in design.nodes.values())


def users_call_something(design: Design) -> bool:
    """Return whether a flow leaves the users."""
    return any(_from_users(design, flow) for flow in design.flows.values())


def _from_users(design: Design, flow: Flow) -> bool:
    return design.node(flow.source).kind == "users"


def demand_is_set(design: Design) -> bool:
    """Return whether the users' peak rate was given."""
    return any(node.kind == "users" and RATE in node.params for node in design.nodes.values())


STEPS = (
    Step(
        mark("Who uses it?"),
        mark("Drag “Users” from the blocks at the left onto the drawing, or press U and click where they shall be."),
        "palette",
        has_users,
    ),
    Step(
        mark("What do they call?"),
        mark(
            "Hover the users and drag one of the four dots to an empty place. Choose what answers them, for example an "
            "API gateway or an LLM API, from the list that opens."
        ),
        "canvas",
        users_call_something,
    ),
    Step(
        mark("How much?"),
        mark(
            "Type how many requests they send in the peak hour into the field at the right. Every figure below follows."
        ),
        "panel",
        demand_is_set,
    ),
)
END = (
    mark("That is a plan."),
    mark(
        "Click any figure below to see how it is computed, drag the month to watch it grow, and branch a variant to "
        "compare it with."
    ),
)


class Guide(QFrame):
    """The note; it floats over the window and closes itself when the design is closed."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window.centralWidget())
        self._window = window
        self.step = -1
        self._led = False
        self.setProperty("role", "popup")
        self.setObjectName("guide")
        self.setFixedWidth(WIDTH)
        self.setAccessibleName(say("Guided first design"))
        self._count = label("", "small", "accent")
        self._title = label("", "heading", wrap=True)
        self._text = label("", "muted", wrap=True)
        self.skip, self.end = QPushButton(say("Skip step")), QPushButton(say("End guide"))
        self.skip.clicked.connect(lambda: self._show(self.step + 1))
        self.end.clicked.connect(self.finish)
        buttons = row(None, 0, 8)
        buttons.addStretch(1)
        buttons.addWidget(self.skip)
        buttons.addWidget(self.end)
        layout = column(self, 16, 8)
        for part in (self._count, self._title, self._text):
            layout.addWidget(part)
        layout.addLayout(buttons)
        window.session.design_changed.connect(self.follow)
        window.session.project_changed.connect(self.finish)
        window.canvas.tool_changed.connect(self._lead_soon)
        window.installEventFilter(self)
        self._show(0)
        self.show()

    def follow(self, *_: object) -> None:
        """Go on as soon as the step is done."""
        design = self._window.session.design
        while self.step < len(STEPS) and STEPS[self.step].is_done(design):
            self._show(self.step + 1)

    def finish(self) -> None:
        """Close the note."""
        self._window.removeEventFilter(self)
        self._window.session.design_changed.disconnect(self.follow)
        self._window.session.project_changed.disconnect(self.finish)
        self._window.canvas.tool_changed.disconnect(self._lead_soon)
        self._window.canvas.setFocus()
        self.hide()
        self.deleteLater()

    def _show(self, step: int) -> None:
        self.step = step
        done = step >= len(STEPS)
        self._count.setText("" if done else say("Step {step} of {count}", step=step + 1, count=len(STEPS)))
        self._count.setVisible(not done)
        self._title.setText(say(END[0] if done else STEPS[step].title))
        self._text.setText(say(END[1] if done else STEPS[step].text))
        self.skip.setVisible(not done)
        self.end.setText(say("Done") if done else say("End guide"))
        self.place()
        self.raise_()
        self._lead_soon()

    def _lead_soon(self, *_: object) -> None:
        # Whoever ends a gesture selects something and takes the focus after it.
        QTimer.singleShot(0, self, self._lead)

    def _lead(self) -> None:
        """Go to the field of the last step, once no name is being typed any more."""
        window = self._window
        if self._led or self.step != len(STEPS) - 1 or not isinstance(window.canvas.tool, SelectTool):
            return
        users = [key for key, node in window.session.design.nodes.items() if node.kind == "users"]
        if users:
            self._led = True
            window.session.select({users[0]})
            window.inspect()
            window.panel_side.inspector.go_to(RATE)

    def place(self) -> None:
        """Stand beside the part of the window that the step is about."""
        self.adjustSize()
        canvas = self._window.canvas
        corner = canvas.mapTo(self.parentWidget(), QPoint(0, 0))
        beside = STEPS[self.step].beside if self.step < len(STEPS) else "canvas"
        right = corner.x() + canvas.width() - self.width() - GAP
        x = {"palette": corner.x() + GAP, "panel": right}.get(beside, (corner.x() + GAP + right) // 2)
        self.move(x, corner.y() + GAP)

    def parentWidget(self) -> QWidget:
        """The middle of the window."""
        found = super().parentWidget()
        assert found is not None
        return found

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep its place when the window changes size."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self.place()
        return False


def start_guide(window: MainWindow) -> Guide:
    """Begin with an empty design and the first step."""
    target = window.free_window()
    target.open_empty()
    return Guide(target)
