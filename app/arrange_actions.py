"""The actions that arrange the drawing and let parts of it stand out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from app.action_spec import ActionSpec, has_selection, has_several, is_open
from app.canvas.tools.align import align, distribute
from app.canvas.tools.bend import reset_routes
from app.canvas.tools.collapse import toggle_collapse
from app.canvas.tools.focus import focus_neighbors, focus_path
from app.canvas.tools.group import group
from app.canvas.tools.note import write_note
from app.canvas.tools.nudge import nudge
from app.canvas.tools.order import TITLES, reorder
from app.canvas.tools.pin import toggle_pin
from app.canvas.tools.stamp import keep_stamp
from app.canvas.tools.tidy import tidy_drawing
from app.dialogs import ask_name
from app.words import in_words, say
from models.design.kinds import kinds

if TYPE_CHECKING:
    from app.main_window import MainWindow

ORDER_KEYS = {"front": "Ctrl+Shift+]", "forward": "Ctrl+]", "backward": "Ctrl+[", "back": "Ctrl+Shift+["}
EDGE_KEYS = {"left": "A", "center": "C", "right": "D", "top": "W", "middle": "E", "bottom": "S"}


def _nudging(right: int, down: int) -> Callable[[MainWindow], object]:
    return lambda window: nudge(window.canvas, right, down)


def _aligning(edge: str) -> Callable[[MainWindow], object]:
    return lambda window: align(window.canvas, edge)


def _distributing(axis: str) -> Callable[[MainWindow], object]:
    return lambda window: distribute(window.canvas, axis)


def _ordering(where: str) -> Callable[[MainWindow], object]:
    return lambda window: reorder(window.canvas, where)


def _ask_group(window: MainWindow) -> None:
    """Ask which boundary the selection goes into."""
    menu = QMenu(window)
    menu.setObjectName("groupKinds")
    for kind in kinds().boundaries.values():
        if kind.axis != "annotation":
            menu.addAction(in_words(kind.label)).triggered.connect(
                lambda _=False, key=kind.id: group(window.canvas, key)
            )
    menu.popup(window.canvas.mapToGlobal(window.canvas.rect().center()))


def _ask_stamp(window: MainWindow) -> None:
    """Ask for a name and keep the selection as a stamp in the palette."""
    name = ask_name(window, say("Keep as stamp"), "palette")
    kept = keep_stamp(window.session, window.canvas.stamps, name) if name else None
    if kept is not None:
        window.show_stamps()
        window.surface.say_briefly(say("The stamp “{title}” stands below the building blocks.", title=kept.title))


TIDY = (
    ActionSpec(
        "tidy",
        "Tidy layout",
        lambda w: tidy_drawing(w.canvas),
        "Arrange",
        ("Ctrl+L",),
        "tidy",
        enabled=is_open,
        group=1,
    ),
    ActionSpec(
        "tidy_selection",
        "Tidy selection",
        lambda w: tidy_drawing(w.canvas, "selection"),
        "Arrange",
        ("Ctrl+Shift+L",),
        "tidy",
        enabled=has_selection,
        group=1,
    ),
    ActionSpec(
        "tidy_new",
        "Tidy new nodes only",
        lambda w: tidy_drawing(w.canvas, "new"),
        "Arrange",
        ("Ctrl+Alt+L",),
        "tidy",
        enabled=is_open,
        group=1,
    ),
    ActionSpec(
        "pin",
        "Pin or release",
        lambda w: toggle_pin(w.canvas),
        "Arrange",
        ("Ctrl+Shift+P",),
        "pin",
        enabled=has_selection,
        group=1,
    ),
)
LINES = (
    *(
        ActionSpec(
            f"align_{edge}",
            f"Align {edge}",
            _aligning(edge),
            "Arrange",
            (f"Alt+{key}",),
            "",
            "canvas",
            has_several,
            2,
            submenu="Align",
        )
        for edge, key in EDGE_KEYS.items()
    ),
    *(
        ActionSpec(
            f"distribute_{axis}",
            f"Distribute {axis}",
            _distributing(axis),
            "Arrange",
            (f"Alt+Shift+{axis[0].upper()}",),
            "",
            "canvas",
            has_several,
            2,
            submenu="Align",
        )
        for axis in ("horizontally", "vertically")
    ),
    *(
        ActionSpec(
            f"order_{where}",
            title,
            _ordering(where),
            "Arrange",
            (ORDER_KEYS[where],),
            "",
            "canvas",
            has_selection,
            2,
            submenu="Order",
        )
        for where, title in TITLES.items()
    ),
    ActionSpec(
        "reset_route",
        "Reset route",
        lambda w: reset_routes(w.canvas),
        "Arrange",
        ("Ctrl+Shift+R",),
        "reset",
        "canvas",
        has_selection,
        2,
    ),
)
NUDGES = tuple(
    ActionSpec(
        f"nudge_{name}{'_far' if step > 1 else ''}",
        f"Nudge {name}{' far' if step > 1 else ''}",
        _nudging(x * step, y * step),
        "",
        (f"Shift+{name.title()}" if step > 1 else name.title(),),
        "",
        "canvas",
        has_selection,
    )
    for step in (1, 10)
    for name, x, y in (("left", -1, 0), ("right", 1, 0), ("up", 0, -1), ("down", 0, 1))
)
ARRANGE: tuple[ActionSpec, ...] = (
    ActionSpec(
        "note", "Note…", lambda w: write_note(w.canvas), "Arrange", ("Ctrl+Shift+M",), "note", enabled=has_selection
    ),
    ActionSpec(
        "group", "Group into boundary", lambda w: group(w.canvas), "Arrange", ("G",), "group", "canvas", has_selection
    ),
    ActionSpec("group_as", "Group as…", _ask_group, "Arrange", ("Ctrl+G",), "boundary", "canvas", has_selection),
    ActionSpec(
        "collapse",
        "Collapse or expand",
        lambda w: toggle_collapse(w.canvas),
        "Arrange",
        ("Ctrl+Shift+C",),
        "minimize",
        enabled=has_selection,
    ),
    ActionSpec(
        "stamp",
        "Keep as stamp…",
        _ask_stamp,
        "Arrange",
        ("Ctrl+Alt+S",),
        "stamp",
        enabled=has_selection,
    ),
    *TIDY,
    *LINES,
    *NUDGES,
)
FOCUS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "focus_neighbors",
        "Focus on neighbors",
        lambda w: focus_neighbors(w.canvas),
        "View",
        ("Ctrl+Shift+F",),
        "view",
        enabled=has_selection,
        group=3,
    ),
    ActionSpec(
        "focus_path",
        "Focus on request path",
        lambda w: focus_path(w.canvas),
        "View",
        ("Ctrl+Shift+J",),
        "view",
        enabled=has_selection,
        group=3,
    ),
)
