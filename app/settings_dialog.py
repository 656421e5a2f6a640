"""The settings: theme, icons of vendors, recent projects; each holds at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QFormLayout, QPushButton, QWidget

from app.icons import use_drawn_icons
from app.panels.widgets import column, label, row, set_tone
from app.places import ask_file
from app.settings import SYSTEM, language_choice
from app.theme import CHOICES, theme_choice
from app.window_place import size_within_screen
from app.words import LANGUAGES, in_words, mark, say, say_many
from app.work import Work

if TYPE_CHECKING:
    from app.main_window import MainWindow
    from models.icon_packs import IconPack

THEMES = {"system": mark("As the system"), "light": mark("Light"), "dark": mark("Dark")}
MOST_NOTES = 3


class SettingsDialog(QDialog):
    """What holds for the whole program."""

    def __init__(self, window: MainWindow, icon_folder: Path | None = None) -> None:
        from app.vendor_icons import icon_folder as default_folder

        super().__init__(window)
        self.setWindowTitle(say("Settings"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._window = window
        self.work = Work(self)
        self.work.done.connect(self._keep_pack)
        self.work.failed.connect(lambda sentence, _: self._say(sentence, "bad"))
        self._folder = icon_folder if icon_folder is not None else default_folder()
        self.theme = QComboBox()
        self.theme.setAccessibleName(say("Theme"))
        for choice in CHOICES:
            self.theme.addItem(say(THEMES[choice]), choice)
        self.theme.setCurrentIndex(self.theme.findData(theme_choice(window.settings)))
        self.theme.activated.connect(self._choose_theme)
        self.language = QComboBox()
        self.language.setAccessibleName(say("Language"))
        self.language.addItem(say(THEMES["system"]), SYSTEM)
        for code, name in LANGUAGES.items():
            self.language.addItem(name, code)
        self.language.setCurrentIndex(self.language.findData(language_choice(window.settings)))
        self.language.activated.connect(self._choose_language)
        self.import_icons, self.bundled_icons = (
            QPushButton(say("Import a vendor's ZIP…")),
            QPushButton(say("Use bundled icons")),
        )
        self.import_icons.clicked.connect(self._ask_pack)
        self.bundled_icons.clicked.connect(self._forget_pack)
        self.forget = QPushButton(say("Forget recent projects"))
        self.forget.clicked.connect(self._forget_recent)
        self.status = label("", "muted", wrap=True)
        self._assemble()
        self._show_icons()
        size_within_screen(self, 480, 260)

    def _assemble(self) -> None:
        icons = row(None, 0, 8)
        icons.addWidget(self.import_icons)
        icons.addWidget(self.bundled_icons)
        icons.addStretch(1)
        recent = row(None, 0, 8)
        recent.addWidget(self.forget)
        recent.addStretch(1)
        fields = QFormLayout()
        fields.setHorizontalSpacing(16)
        fields.setVerticalSpacing(12)
        fields.addRow(say("Theme"), self.theme)
        fields.addRow(say("Language"), self.language)
        fields.addRow(say("Icons of vendors"), icons)
        fields.addRow(say("Recent projects"), recent)
        close = QPushButton(say("Close"))
        close.clicked.connect(self.close)
        layout = column(self, 16, 12)
        layout.addLayout(fields)
        layout.addWidget(self.status)
        layout.addStretch(1)
        layout.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)

    def _choose_theme(self) -> None:
        self._window.settings.setValue("theme", self.theme.currentData())
        for window in self._windows():
            window.set_theme_choice()

    def _choose_language(self) -> None:
        self._window.settings.setValue("language", self.language.currentData())
        self._say(say("The language changes when the program starts next time."), "")

    def _windows(self) -> list[MainWindow]:
        return self._window.desk.windows if self._window.desk is not None else [self._window]

    def _ask_pack(self) -> None:
        path = ask_file(self._window, say("Icons of a vendor"), say("ZIP of SVG icons (*.zip)"), self)
        if path is not None:
            self.take_pack(path)

    def take_pack(self, path: Path) -> None:
        """Read a vendor's ZIP off the GUI thread and draw its icons from now on; what was left out is said."""
        self._say(say("Reading {name} …", name=path.name), "")
        self.work.start(lambda _: _read_pack(path))

    def _keep_pack(self, pack: IconPack | str) -> None:
        from app.vendor_icons import keep_pack

        if isinstance(pack, str):
            self._say(pack, "bad")
            return
        try:
            count = keep_pack(pack, self._folder)
        except OSError as error:
            self._say(in_words(error), "bad")
            return
        self._redraw()
        words = say_many(
            "{count} kind has an icon of “{name}” now; ",
            "{count} kinds have an icon of “{name}” now; ",
            count,
            name=pack.name,
        )
        words += say_many(
            "{count} icon stands for none of the kinds.",
            "{count} icons stand for none of the kinds.",
            pack.unmatched,
        )
        if pack.notes:
            words += say_many(
                " {count} file was left out: {notes}",
                " {count} files were left out: {notes}",
                len(pack.notes),
                notes=" ".join(map(in_words, pack.notes[:MOST_NOTES])),
            )
        self._say(words + say(" Paper and SVG keep the bundled icons."), "good")

    def _forget_pack(self) -> None:
        from app.vendor_icons import forget_packs

        forget_packs(self._folder)
        self._redraw()
        self._say(say("The bundled icons are drawn."), "")

    def _redraw(self) -> None:
        from app.vendor_icons import load_icons

        use_drawn_icons(load_icons(self._folder))
        self._show_icons()
        for window in self._windows():
            window.set_theme_choice()

    def _show_icons(self) -> None:
        self.bundled_icons.setEnabled(any(self._folder.glob("*.svg")))

    def _forget_recent(self) -> None:
        self._window.settings.remove("recent")
        self._window.start_page.refresh()
        self._say(say("The list of recent projects is empty; the files are untouched."), "")

    def _say(self, sentence: str, tone: str) -> None:
        self.status.setText(sentence)
        set_tone(self.status, tone)
        layout = self.layout()
        if layout is not None and (needed := layout.totalHeightForWidth(self.width())) > self.height():
            self.resize(self.width(), needed)


def _read_pack(path: Path) -> IconPack | str:
    """Return what a ZIP holds, or why it cannot be used; runs on a worker thread."""
    from models.icon_packs import PackError, read_pack

    try:
        return read_pack(path)
    except PackError as error:
        return in_words(error)


def open_settings_dialog(window: MainWindow) -> QWidget:
    """Open the settings."""
    dialog = SettingsDialog(window)
    dialog.open()
    return dialog
