"""What the Variant menu does: branch, duplicate, rename, delete, choose the baseline, compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMessageBox

from app.dialogs import ask_name
from app.words import say

if TYPE_CHECKING:
    from app.compare.window import CompareWindow
    from app.main_window import MainWindow


def has_several(window: MainWindow) -> bool:
    """Return whether there is anything to compare or delete."""
    return len(window.session.variants) > 1


def is_no_baseline(window: MainWindow) -> bool:
    """Return whether the shown variant is not the one that the others are measured against."""
    baseline = window.session.baseline_variant
    return baseline is not None and baseline.id != window.session.variant


def free_name(window: MainWindow, wanted: str) -> str:
    """Return `wanted`, with a number behind it if a variant is called so already."""
    taken = {variant.name.casefold() for variant in window.session.variants}
    name, number = wanted, 2
    while name.casefold() in taken:
        name, number = f"{wanted} {number}", number + 1
    return name


def ask_new(window: MainWindow) -> None:
    """Ask for a name and go on in a copy of the shown variant."""
    suggested = free_name(window, window.session.variant_name)
    name = ask_name(window, say("New variant from here"), "variants", suggested)
    if name:
        window.session.add_variant(free_name(window, name))


def duplicate(window: MainWindow) -> None:
    """Copy the shown variant under a name of its own and show the copy."""
    window.session.add_variant(
        free_name(window, say("Copy of {variant_name}", variant_name=window.session.variant_name))
    )


def ask_rename(window: MainWindow) -> None:
    """Ask for another name of the shown variant."""
    session = window.session
    name = ask_name(window, say("Rename variant"), "variants", session.variant_name)
    if name and name != session.variant_name:
        session.rename_variant(session.variant, free_name(window, name))


def ask_delete(window: MainWindow) -> None:
    """Delete the shown variant after a question, because no undo brings it back."""
    session = window.session
    text = say("Delete the variant “{variant_name}”?", variant_name=session.variant_name)
    buttons = QMessageBox.StandardButton
    box = QMessageBox(QMessageBox.Icon.Question, "Groundplan", text, buttons.Cancel, window)
    box.setInformativeText(
        say("Its design and history go with it. To keep why it was rejected, use Compare › Decisions.")
    )
    delete = box.addButton(say("Delete"), QMessageBox.ButtonRole.DestructiveRole)
    box.exec()
    if box.clickedButton() is delete:
        session.delete_variant(session.variant)


def make_baseline(window: MainWindow) -> None:
    """Measure the other variants against the shown one."""
    window.session.set_baseline(window.session.variant)


def open_compare(window: MainWindow) -> CompareWindow:
    """Open the comparison, or bring the one that is open to the front."""
    from app.compare.window import CompareWindow

    found = window.findChild(CompareWindow)
    if found is None:
        found = CompareWindow(window, window.session, window.theme)
        window.theme_changed.connect(found.set_theme)
    found.show()
    found.raise_()
    return found
