"""What the report of an import shows can be read whole."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.import_report import ImportReport
from app.settings_dialog import SettingsDialog
from models.design.design import Design
from models.importers import Imported
from models.importers.notes import Note

LONG = "The input says nothing about demand: ten requests a second are assumed; set the users as they are. " * 4


def test_long_notes_are_broken_to_be_read_whole(window, qtbot) -> None:
    notes = (Note("warning", "compose.yml", 3, LONG), Note("warning", "compose.yml", 4, "Short."))
    report = ImportReport(window, "compose", Imported(Design(), notes), can_join=False)
    qtbot.addWidget(report)
    report.open()
    qtbot.waitExposed(report)
    tree = report.not_understood
    long, short = (tree.visualItemRect(tree.topLevelItem(row)).height() for row in (0, 1))
    assert long > 2 * short
    report.resize(report.width() + 400, report.height())
    qtbot.waitUntil(lambda: tree.visualItemRect(tree.topLevelItem(0)).height() < long)
    QTest.keyClick(report, Qt.Key.Key_Escape)
    assert not report.isVisible()


def test_a_long_word_of_the_settings_squeezes_no_field(window, qtbot) -> None:
    dialog = SettingsDialog(window)
    dialog.open()
    tall = dialog.theme.height()
    dialog._say(LONG, "bad")
    qtbot.waitUntil(lambda: dialog.status.height() > 40)
    assert dialog.theme.height() == tall
    dialog.close()
