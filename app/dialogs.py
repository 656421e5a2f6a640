"""Dialogs: opening, saving, importing, exporting, and telling what went wrong and what was kept."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox, QPushButton, QWidget

from app.session import Session
from app.words import mark, say
from models.design.design import from_text
from models.design.elements import DesignError
from models.storage.errors import StorageError

NAME_WIDTH = 380
PROJECT_SUFFIX = ".groundplan"
OPEN_FILTER = mark("Groundplan (*.groundplan *.json);;All files (*)")
SAVE_FILTER = mark("Groundplan project (*.groundplan)")
IMPORT_FILTER = mark("Compose, Kubernetes, Terraform, drawings (*.yml *.yaml *.json *.drawio *.dsl);;All files (*)")


def tell(parent: QWidget, title: str, sentence: str) -> None:
    """Say something without blocking the canvas longer than a click."""
    box = QMessageBox(QMessageBox.Icon.Information, "Groundplan", title, QMessageBox.StandardButton.Ok, parent)
    box.setInformativeText(sentence)
    box.open()


def ask_name(parent: QWidget, title: str, suggested: str = "") -> str:
    """Ask for a name; empty if none was given."""
    dialog = QInputDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setLabelText(say("Name"))
    dialog.setTextValue(suggested)
    dialog.resize(NAME_WIDTH, dialog.sizeHint().height())
    taken = dialog.exec() == QInputDialog.DialogCode.Accepted
    dialog.deleteLater()
    return dialog.textValue().strip() if taken else ""


def report_fault(parent: QWidget | None, title: str, sentence: str, details: str) -> None:
    """Say what happened, what was kept and what to do; the details can be copied."""
    box = QMessageBox(QMessageBox.Icon.Warning, "Groundplan", title, QMessageBox.StandardButton.Close, parent)
    kept = say("Your design is as it was; nothing that you committed is lost.")
    advice = say("Go on, or undo the last step. If it happens again, send the details with what you did.")
    box.setInformativeText(f"{sentence}\n\n{kept}\n{advice}")
    copy = QPushButton(say("Copy details"))
    box.addButton(copy, QMessageBox.ButtonRole.ActionRole)
    copy.clicked.disconnect()
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(details))
    box.open()


def open_path(parent: QWidget, session: Session, path: Path) -> bool:
    """Open a project file or a design in text form; returns whether it is open now."""
    try:
        if path.suffix == ".json":
            session.open_designs(path.stem, [(say("Plan"), from_text(path.read_bytes()))])
        else:
            from models.storage.project import Project

            project = Project.open(path)
            session.open_project(project)
            if project.notice:
                tell(parent, say("“{name}” is open for reading only", name=path.name), project.notice)
    except (StorageError, DesignError, OSError) as error:
        tell(parent, say("“{name}” was not opened", name=path.name), str(error))
        return False
    return True


def ask_open(parent: QWidget) -> Path | None:
    """Return the file the user chose, or None."""
    name, _ = QFileDialog.getOpenFileName(parent, say("Open"), "", say(OPEN_FILTER))
    return Path(name) if name else None


def save_project(parent: QWidget, session: Session) -> Path | None:
    """Ask for a file and keep the project in it from now on; returns where, or None if it was not saved."""
    name, _ = QFileDialog.getSaveFileName(
        parent, say("Save as project"), f"{session.title}{PROJECT_SUFFIX}", say(SAVE_FILTER)
    )
    if not name:
        return None
    path = Path(name)
    if path.suffix != PROJECT_SUFFIX:
        path = path.with_name(path.name + PROJECT_SUFFIX)
    try:
        # The dialog has asked whether to replace the file it names, but not one whose suffix was added here.
        session.save_as(path, overwrite=path == Path(name))
    except (StorageError, DesignError, OSError) as error:
        tell(parent, say("“{name}” was not saved", name=path.name), str(error))
        return None
    return path


def may_close(parent: QWidget, session: Session) -> bool:
    """Return whether the window may close: unsaved edits are asked about."""
    if session.is_saved or not session.has_edits:
        return True
    box = QMessageBox(
        QMessageBox.Icon.Question, "Groundplan", say("Save “{title}” as a project?", title=session.title), parent=parent
    )
    box.setInformativeText(say("It has changes that are in no file yet."))
    buttons = QMessageBox.StandardButton
    box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
    answer = box.exec()
    if answer == buttons.Save:
        return save_project(parent, session) is not None
    return answer == buttons.Discard


def show_about(parent: QWidget) -> None:
    """Say what this program is and what it rests on."""
    words = say(
        "An offline planner for architects of AI systems.\nApache-2.0. Icons: Carbon (Apache-2.0). Typeface: OFL."
    )
    tell(parent, "Groundplan", words)
