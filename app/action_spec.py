"""One row of the action tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from app.main_window import MainWindow

Scope = Literal["window", "canvas"]


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One thing the user can do.

    Attributes:
        menu: the menu it is in; empty = only in the command palette and by its shortcut.
        scope: `canvas` shortcuts hold while the canvas has the focus, so that letters can be typed elsewhere.
        enabled: whether it can be done now.
        group: a menu draws a line between groups.
        label: a text that depends on the state (“Undo Move CDN”); None = `text`.
        submenu: title of the submenu it is in; empty = in the menu itself.
    """

    id: str
    text: str
    handler: Callable[[MainWindow], object]
    menu: str = ""
    shortcuts: tuple[str, ...] = ()
    icon: str = ""
    scope: Scope = "window"
    enabled: Callable[[MainWindow], bool] = lambda window: True
    group: int = 0
    label: Callable[[MainWindow], str] | None = None
    submenu: str = ""


def is_open(window: MainWindow) -> bool:
    """Return whether a design is open."""
    return window.session.is_open


def is_behind_start(window: MainWindow) -> bool:
    """Return whether a design is open but the start page covers it."""
    return window.session.is_open and window.pages.currentIndex() == 0


def has_selection(window: MainWindow) -> bool:
    """Return whether anything is selected."""
    return bool(window.session.selection)


def has_several(window: MainWindow) -> bool:
    """Return whether more than one element is selected."""
    return len(window.session.selection) > 1
