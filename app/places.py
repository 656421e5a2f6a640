"""Where the dialogs for files begin: where a file was chosen last, beside the project, or among the documents."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget

if TYPE_CHECKING:
    from app.main_window import MainWindow

FOLDER = "folder"
UNFIT = '/\\:*?"<>|'
"""What some system does not take in the name of a file."""


def ask_file(window: MainWindow, title: str, filters: str, over: QWidget | None = None) -> Path | None:
    """Ask for a file to read, over the window or a dialog of it; returns it, or None."""
    name, _ = QFileDialog.getOpenFileName(over or window, title, str(folder_to_read(window)), filters)
    return _remembered(window, Path(name)) if name else None


def ask_files(window: MainWindow, title: str, filters: str) -> list[Path]:
    """Ask for files to read; returns them."""
    names, _ = QFileDialog.getOpenFileNames(window, title, str(folder_to_read(window)), filters)
    return [_remembered(window, Path(name)) for name in names]


def ask_target(window: MainWindow, title: str, suggested: Path, filters: str) -> Path | None:
    """Ask where to write, beginning with a suggestion; returns the file, or None."""
    name, _ = QFileDialog.getSaveFileName(window, title, str(suggested), filters)
    return _remembered(window, Path(name)) if name else None


def suggestion(window: MainWindow, ending: str, otherwise: str) -> Path:
    """Return the file that is suggested for what is open: its title, beside the project if it is in one.

    Args:
        otherwise: name of what has no title.
    """
    project = window.session.project
    folder = project.path.parent if project is not None else folder_to_read(window)
    name = "".join("-" if letter in UNFIT else letter for letter in window.session.title).strip(" .")
    return folder / f"{name or otherwise}{ending}"


def folder_to_read(window: MainWindow) -> Path:
    """Return where a file was chosen last, the folder of the project, or that of the documents."""
    project = window.session.project
    last = str(window.settings.value(FOLDER, ""))
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    places = [Path(last)] if last else []
    places += [project.path.parent] if project is not None else []
    return next((place for place in (*places, Path(documents)) if place.is_dir()), Path.home())


def remember(window: MainWindow, path: Path) -> None:
    """Begin where this file is next time."""
    window.settings.setValue(FOLDER, str(path.absolute().parent))


def _remembered(window: MainWindow, path: Path) -> Path:
    remember(window, path)
    return path
