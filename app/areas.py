"""The areas of the window: what F6 goes around and which page of the manual each has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

if TYPE_CHECKING:
    from app.main_window import MainWindow
    from app.sides import Side


class Area(NamedTuple):
    """A part of the window with the page of the manual that describes it."""

    page: str
    widget: QWidget


def page_of_framework(framework: str) -> str:
    """Return the page of a framework: `cost_optimization` for `cost-optimization`."""
    return framework.replace("-", "_")


def areas(window: MainWindow) -> tuple[Area, ...]:
    """Return every area from top to bottom and left to right, also those that are not shown."""
    left, right = window.palette_side, window.panel_side
    frameworks = (Area(page_of_framework(key), panel) for key, panel in right.frameworks.items())
    return (
        Area("start", window.start_page),
        Area("window", window.title_bar),
        Area("views", window.view_bar),
        Area("palette", left.palette_panel),
        Area("outline", left.outline),
        Area("history", left.history),
        Area("canvas", window.surface),
        Area("inspector", right.inspector),
        *frameworks,
        Area("findings", right.findings),
        Area("scoreboard", window.scoreboard),
    )


def area_of(window: MainWindow, widget: QWidget | None) -> Area | None:
    """Return the area that holds a widget; the tabs of a side belong to the panel they show."""
    for side in (window.palette_side, window.panel_side):
        if widget is side.tabs:
            widget = side.stack.currentWidget()
    if widget is None:
        return None
    return next((area for area in areas(window) if area.widget is widget or area.widget.isAncestorOf(widget)), None)


def stations(window: MainWindow) -> tuple[QWidget, ...]:
    """Return the parts that F6 stops at and that are shown; a side is one of them, its tabs come first in it."""
    left, right = window.palette_side, window.panel_side
    parts = (window.title_bar, window.view_bar, left, window.surface, right, window.scoreboard, window.start_page)
    return tuple(part for part in parts if part.isVisible() and first_stop(part) is not None)


def go_around(window: MainWindow, step: int) -> None:
    """Give the focus to the next (step 1) or the previous (-1) station."""
    shown = stations(window)
    focus = QApplication.focusWidget()
    here = (number for number, part in enumerate(shown) if focus and (part is focus or part.isAncestorOf(focus)))
    at = next(here, -1 if step > 0 else 0)
    if shown:
        enter(shown[(at + step) % len(shown)])


def toggle_sides(window: MainWindow) -> None:
    """Give the whole width to the drawing, or show the sides again."""
    sides = (window.palette_side, window.panel_side)
    shown = any(side.isVisible() for side in sides)
    for side in sides:
        side.setVisible(not shown)
    if shown and window.session.is_open:
        window.canvas.setFocus()


def enter_panel(side: Side, panel: QWidget) -> None:
    """Show a panel, also of a side that was hidden, and give it the focus."""
    side.show()
    side.show_panel(panel)
    enter(panel)


def enter(part: QWidget) -> None:
    """Give the focus to the first part that takes it."""
    stop = first_stop(part)
    if stop is not None:
        stop.setFocus(Qt.FocusReason.TabFocusReason)


def first_stop(part: QWidget) -> QWidget | None:
    """Return what Tab reaches first in a part of the window, or None."""
    return next((widget for widget in _in_tab_order(part) if _takes_focus(widget)), None)


def _takes_focus(widget: QWidget) -> bool:
    by_tab = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
    return by_tab and widget.isVisible() and widget.isEnabled() and widget.focusProxy() is None


def _in_tab_order(part: QWidget) -> Iterator[QWidget]:
    """Yield the widgets of a part in the order of Tab, beginning with itself."""
    yield part
    widget = part.nextInFocusChain()
    while widget is not None and widget is not part:
        if part.isAncestorOf(widget):
            yield widget
        widget = widget.nextInFocusChain()
