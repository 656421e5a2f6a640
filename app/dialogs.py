"""Dialogs: opening, saving, importing, exporting, and telling what went wrong and what was kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QInputDialog, QMessageBox, QPushButton, QWidget

from app.places import ask_file, ask_target, suggestion
from app.words import in_words, mark, say
from models.design.elements import DesignError
from models.storage.errors import StorageError

if TYPE_CHECKING:
    from app.main_window import MainWindow

NAME_WIDTH = 380
PAGE_PROPERTY = "manualPage"
"""Property of a dialog that says which page of the manual is about it, where its class does not."""
TOLD_PRICES = "toldPrices"
"""Property of a window: the variants whose missing price list was told."""
PROJECT_SUFFIX = ".groundplan"
LONGEST_WORDS = 1200
OPEN_FILTER = mark("Groundplan (*.groundplan *.json);;All files (*)")
SAVE_FILTER = mark("Groundplan project (*.groundplan)")
IMPORT_FILTER = mark(
    "Compose, Kubernetes, Terraform, CALM, drawings, designs, tables "
    "(*.yml *.yaml *.drawio *.dio *.xml *.dsl *.json *.tfstate *.jsonl *.csv *.csv.gz *.parquet);;All files (*)"
)


def tell(parent: QWidget, title: str, sentence: str) -> None:
    """Say something without blocking the canvas longer than a click."""
    box = _box(QMessageBox.Icon.Information, QMessageBox.StandardButton.Ok, title, sentence, parent)
    if box is not None:
        box.open()


def _box(
    icon: QMessageBox.Icon, button: QMessageBox.StandardButton, title: str, sentence: str, parent: QWidget | None
) -> QMessageBox | None:
    """Return a box with the words as they are, or None while one with the same words is open.

    Names and files can hold anything: markup in them is text, and a sentence never makes a box larger than the screen.
    """
    title, sentence = bounded(title), bounded(sentence)
    for other in QApplication.topLevelWidgets():
        if not isinstance(other, QMessageBox) or not other.isVisible() or other.parentWidget() is not parent:
            continue
        if (other.text(), other.informativeText()) == (title, sentence):
            return None
    box = QMessageBox(icon, "Groundplan", title, button, parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setInformativeText(sentence)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return box


def bounded(words: str) -> str:
    """Return words with what cannot be printed shown as a box, and no longer than a dialog can show."""
    kept = words if len(words) <= LONGEST_WORDS else f"{words[: LONGEST_WORDS // 2]} … {words[-LONGEST_WORDS // 2 :]}"
    return "".join(letter if letter.isprintable() or letter == "\n" else "\N{REPLACEMENT CHARACTER}" for letter in kept)


def owner_of(dialog: QWidget) -> QWidget | None:
    """Return the window that a dialog, or a dialog of that dialog, was opened from."""
    owner: QWidget | None = dialog
    while isinstance(owner, QDialog):
        parent = owner.parentWidget()
        owner = parent.window() if parent is not None else None
    return owner


def ask_name(parent: QWidget, title: str, page: str, suggested: str = "") -> str:
    """Ask for a name; empty if none was given. F1 opens the `page` of the manual."""
    dialog = QInputDialog(parent)
    dialog.setProperty(PAGE_PROPERTY, page)
    dialog.setWindowTitle(title)
    dialog.setLabelText(say("Name"))
    dialog.setTextValue(suggested)
    dialog.resize(NAME_WIDTH, dialog.sizeHint().height())
    taken = dialog.exec() == QInputDialog.DialogCode.Accepted
    dialog.deleteLater()
    return dialog.textValue().strip() if taken else ""


def report_fault(parent: QWidget | None, title: str, sentence: str, details: str) -> None:
    """Say what happened, what was kept and what to do; the details can be copied."""
    kept = say("Your design is as it was; nothing that you committed is lost.")
    advice = say("Go on, or undo the last step. If it happens again, send the details with what you did.")
    words = f"{bounded(sentence)}\n\n{kept}\n{advice}"
    box = _box(QMessageBox.Icon.Warning, QMessageBox.StandardButton.Close, title, words, parent)
    if box is None:
        return
    copy = QPushButton(say("Copy details"))
    box.addButton(copy, QMessageBox.ButtonRole.ActionRole)
    copy.clicked.disconnect()
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(details))
    box.open()


def tell_missing_prices(window: MainWindow) -> None:
    """Say once for each variant that its price list is not at hand, and what the figures rest on instead."""
    session = window.session
    project, known = session.project, window.property(TOLD_PRICES) or []
    if project is None or session.variant in known:
        return
    from models.plans import lacks_prices

    if not lacks_prices(project, session.design):
        return
    window.setProperty(TOLD_PRICES, [*known, session.variant])
    words = say(
        "The price list that “{name}” was made with is not in the file. The prices of this program are used, so the "
        "figures can differ from what you printed. Open a backup of the file to see the old ones, or take “Save as…” "
        "to go on with these prices.",
        name=session.variant_name,
    )
    tell(window, say("Other prices than before"), words)


def ask_open(window: MainWindow) -> Path | None:
    """Return the file the user chose, or None."""
    return ask_file(window, say("Open"), say(OPEN_FILTER))


def save_project(window: MainWindow) -> Path | None:
    """Ask for a file and keep the project in it from now on; returns where, or None if it was not saved."""
    session, suggested = window.session, suggestion(window, PROJECT_SUFFIX, say("Plan"))
    chosen = path = ask_target(window, say("Save as project"), suggested, say(SAVE_FILTER))
    if path is None:
        return None
    if path.suffix != PROJECT_SUFFIX:
        path = path.with_name(path.name + PROJECT_SUFFIX)
    try:
        # The dialog has asked whether to replace the file it names, but not one whose suffix was added here.
        session.save_as(path, overwrite=path == chosen)
    except (StorageError, DesignError, OSError) as error:
        tell(window, say("“{name}” was not saved", name=path.name), in_words(error))
        return None
    return path


def may_close(window: MainWindow) -> bool:
    """Return whether the window may close: unsaved edits are asked about."""
    session = window.session
    if session.is_saved or not session.has_edits:
        return True
    box = QMessageBox(
        QMessageBox.Icon.Question, "Groundplan", say("Save “{title}” as a project?", title=session.title), parent=window
    )
    box.setInformativeText(say("It has changes that are in no file yet."))
    buttons = QMessageBox.StandardButton
    box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
    answer = box.exec()
    if answer == buttons.Save:
        return save_project(window) is not None
    return answer == buttons.Discard


def show_about(parent: QWidget) -> None:
    """Say what this program is and what it rests on."""
    words = say(
        "An offline planner for architects of AI systems.\nApache-2.0. Icons: Carbon (Apache-2.0). Typeface: OFL."
    )
    tell(parent, "Groundplan", words)
