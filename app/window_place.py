"""Where windows and dialogs stand: inside the screen with their frame, a window as it was when last closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QRect, QSize

if TYPE_CHECKING:
    from PySide6.QtCore import QSettings
    from PySide6.QtWidgets import QSplitter, QWidget

    from app.main_window import MainWindow

GEOMETRY, SIDES = "window/geometry", "window/sides"
STEP = 32
LEAST_SHARE = 0.45
"""Of the width of a window belongs to the drawing, as far as the sides can give way."""
SMALL = 1000
"""On a screen narrower than this the sides begin as narrow as they can be, for the sake of the drawing."""
FRAME = QSize(16, 48)
"""What a desktop's frame takes at most; its real size is not known before the window is shown."""


def place_first(window: MainWindow, settings: QSettings) -> None:
    """Put the first window where the last one stood, else in the middle; where it would not fit, fill the screen."""
    geometry, sides = settings.value(GEOMETRY), settings.value(SIDES)
    if isinstance(sides, QByteArray):
        window.splitter.restoreState(sides)
    if isinstance(geometry, QByteArray) and window.restoreGeometry(geometry):
        return
    room = window.screen().availableGeometry()
    if room.width() < SMALL and not isinstance(sides, QByteArray):
        narrowest = [side.minimumWidth() for side in (window.palette_side, window.panel_side)]
        window.splitter.setSizes([narrowest[0], room.width() - sum(narrowest), narrowest[1]])
    if not fits(window.size(), room):
        window.resize(window.size().boundedTo(room.size()))
        window.showMaximized()


def place_beside(window: MainWindow, last: MainWindow) -> None:
    """Put another window a little right of and below the last one, or over it where it would leave the screen."""
    if last.isMaximized() or last.isFullScreen():
        window.showMaximized()
        return
    window.splitter.setSizes(last.splitter.sizes())
    room = last.screen().availableGeometry()
    window.setGeometry(inside(last.geometry().translated(STEP, STEP), room))


def leave_room(window: MainWindow, before: QSize) -> None:
    """Let the sides of a window that became narrower give way to the drawing, down to their least width.

    A window that is opened keeps the sides it was closed with.
    """
    if not window.isVisible() or window.width() >= before.width():
        return
    splitter = window.splitter
    left, middle, right = splitter.sizes()
    missing = round(LEAST_SHARE * (left + middle + right)) - middle
    if missing <= 0:
        return
    from_right = max(0, min(missing, right - _least_width(splitter, 2)))
    from_left = max(0, min(missing - from_right, left - _least_width(splitter, 0)))
    splitter.setSizes([left - from_left, middle + from_left + from_right, right - from_right])


def _least_width(splitter: QSplitter, place: int) -> int:
    part = splitter.widget(place)
    return max(part.minimumSizeHint().width(), part.minimumWidth()) if part is not None else 0


def fits(size: QSize, room: QRect) -> bool:
    """Return whether a window of this size has room with its frame."""
    return size.width() + FRAME.width() <= room.width() and size.height() + FRAME.height() <= room.height()


def inside(wanted: QRect, room: QRect) -> QRect:
    """Return the rectangle moved, and cut where it must be, so that it and its title bar are within the room."""
    size = wanted.size().boundedTo(room.size() - FRAME)
    found = QRect(wanted.topLeft(), size)
    if not room.adjusted(0, FRAME.height(), 0, 0).contains(found):
        found.moveTopLeft(room.topLeft())
        found.translate(FRAME.width() // 2, FRAME.height() - FRAME.width() // 2)
    return found


def size_within_screen(dialog: QWidget, width: int, height: int) -> None:
    """Give a dialog its usual size in px, less where the screen has no room for it with its frame."""
    parent = dialog.parentWidget()
    screen = parent.screen() if parent is not None else dialog.screen()
    dialog.resize(QSize(width, height).boundedTo(screen.availableSize() - FRAME))


def keep_place(window: MainWindow, settings: QSettings) -> None:
    """Remember where the window stands and how wide its sides are."""
    settings.setValue(GEOMETRY, window.saveGeometry())
    settings.setValue(SIDES, window.splitter.saveState())
