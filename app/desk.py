"""All windows of the program: one for each open project, one program for each user, work restored after a crash."""

from __future__ import annotations

import getpass
import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QSettings
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from app import dialogs
from app.files import PROJECT_SUFFIXES, take_files
from app.main_window import MainWindow
from app.recovery import recovery_folder, restore
from app.sweeping import Sweeping
from app.window_place import keep_place, place_beside, place_first
from app.words import say

WAIT_MS = 1000
LARGEST_MESSAGE = 64 * 1024
OPENED = (*PROJECT_SUFFIXES, ".json")
"""What is opened as it is; any other file is imported."""


def server_name() -> str:
    """Return the name under which this user's program listens."""
    return f"groundplan-{hashlib.sha256(getpass.getuser().encode()).hexdigest()[:12]}"


def hand_over(name: str, sources: Sequence[str]) -> bool:
    """Give files to the program that listens under this name; returns whether one took them."""
    socket = QLocalSocket()
    socket.connectToServer(name)
    if not socket.waitForConnected(WAIT_MS):
        return False
    socket.write(json.dumps(list(sources)).encode() + b"\n")
    taken = socket.waitForBytesWritten(WAIT_MS) and socket.waitForReadyRead(WAIT_MS)
    answer = bytes(socket.readAll().data()) if taken else b""
    socket.disconnectFromServer()
    return answer == b"ok\n"


def is_there(path: Path) -> bool:
    """Return whether there is a file or folder of this name; a name that cannot be one is none."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


class Desk(QObject):
    """Opens windows and knows which are open."""

    def __init__(self, settings: QSettings, recovery: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.settings = settings
        self.recovery = recovery if recovery is not None else recovery_folder()
        self.windows: list[MainWindow] = []
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)

    def open_window(self, source: str = "") -> MainWindow:
        """Open another window, on its start page or on a file or template."""
        window = MainWindow(self.settings, desk=self)
        window.keep_mirror(self.recovery)
        Sweeping(window)
        window.closed.connect(self._on_closed)
        self.windows.append(window)
        if len(self.windows) > 1:
            place_beside(window, self.windows[-2])
        else:
            place_first(window, self.settings)
        window.show()
        window.raise_()
        window.activateWindow()
        if source:
            window.open_source(source)
        return window

    def restore_work(self) -> int:
        """Open what was not saved when the program last ended; returns how many designs that were."""
        found = restore(self.recovery)
        for work in found.works:
            window = self.free_window()
            window.session.open_designs(work.title, work.designs, restored=True)
            window.mirror_now()
            if window.mirror is not None and window.mirror.path is not None:
                work.path.unlink(missing_ok=True)
            dialogs.tell(window, say("Your work was restored"), work.sentence())
        for path in found.damaged:
            words = say(
                "The copy of a design that was not saved is damaged; it was kept as “{path}”. No project is touched.",
                path=path,
            )
            dialogs.tell(self.windows[-1] if self.windows else self.open_window(), say("Not restored"), words)
        return len(found.works)

    def free_window(self) -> MainWindow:
        """Return a window that shows nothing yet, a new one if there is none."""
        free = (window for window in self.windows if not window.session.is_open and window.opening.path is None)
        return next(free, None) or self.open_window()

    def open_source(self, source: str) -> MainWindow:
        """Open a file or template, at the variant after a `#` if there is one, in a window of its own."""
        if is_there(Path(source)):
            return self.open_path(Path(source))
        window = self.free_window()
        window.open_source(source)
        return window

    def open_path(self, path: Path) -> MainWindow:
        """Open a file in a window of its own; a project that is open already comes to the front."""
        for window in self.windows:
            project = window.session.project
            shown = window.opening.path or (None if project is None else project.path)
            if shown is not None and os.path.realpath(shown) == os.path.realpath(path):
                window.raise_()
                window.activateWindow()
                return window
        if path.suffix.lower() not in OPENED and path.is_file():
            window = self.windows[-1] if self.windows else self.open_window()
            take_files(window, [path])
            return window
        window = self.free_window()
        window.open_path(path)
        return window

    def _on_closed(self) -> None:
        window = self.sender()
        if isinstance(window, MainWindow) and window in self.windows:
            keep_place(window, self.settings)
            self.windows.remove(window)
            window.deleteLater()

    # -- one program -------------------------------------------------------------------------------------------------

    def listen(self, name: str) -> bool:
        """Take over files that later starts of the program hand over; returns whether that works."""
        if self._server.listen(name):
            return True
        QLocalServer.removeServer(name)
        return self._server.listen(name)

    def _on_connection(self) -> None:
        socket = self._server.nextPendingConnection()
        socket.readyRead.connect(lambda: self._take(socket))
        socket.disconnected.connect(socket.deleteLater)

    def _take(self, socket: QLocalSocket) -> None:
        if not socket.canReadLine():
            if socket.bytesAvailable() > LARGEST_MESSAGE:
                socket.abort()
            return
        try:
            sources = json.loads(bytes(socket.readLine(LARGEST_MESSAGE).data()))
        except ValueError:
            socket.abort()
            return
        socket.write(b"ok\n")
        socket.flush()
        names = [name for name in sources if isinstance(name, str)] if isinstance(sources, list) else []
        window = self.windows[-1] if self.windows else self.open_window()
        for name in names:
            window = self.open_source(name)
        window.show()
        window.raise_()
        window.activateWindow()
