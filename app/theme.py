"""Light and dark: colors from `resources/themes`, the bundled typeface, Qt palette and style sheet."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from models import themes
from models.themes import Theme
from models.typeface import FAMILY, font_file

THEMES_FOLDER = Path(__file__).parents[1] / "resources" / "themes"
ThemeChoice = Literal["system", "light", "dark"]
CHOICES: tuple[ThemeChoice, ...] = ("system", "light", "dark")
TEXT_SIZE = 13
GRID = 8


def tint(theme: Theme, role: str) -> QColor:
    """Return the color of a role: a field of the theme, or `scale/3`, `series/1`."""
    name, _, number = role.partition("/")
    value = getattr(theme, name)
    return parse_color(value[int(number) % len(value)] if number else value)


@cache
def parse_color(text: str) -> QColor:
    """Return the color of `#RRGGBB` or `#RRGGBBAA` (Qt itself reads eight digits as alpha first); do not modify it."""
    if len(text) == 9:
        return QColor.fromRgb(int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16), int(text[7:], 16))
    return QColor(text)


@cache
def load_typeface() -> str:
    """Register the bundled faces with Qt and return their family."""
    for weight in ("regular", "semibold", "bold"):
        QFontDatabase.addApplicationFont(str(font_file(weight)))
    return FAMILY


@cache
def font(size: float = TEXT_SIZE, weight: int = QFont.Weight.Normal) -> QFont:
    """Return the bundled typeface at `size` px, unhinted so that its widths are those of `models.typeface`."""
    found = QFont(load_typeface())
    found.setPixelSize(round(size) or 1)
    if size != round(size):
        found.setPointSizeF(size * 72 / 96)
    found.setWeight(QFont.Weight(weight))
    found.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return found


def theme_choice(settings: QSettings) -> ThemeChoice:
    """Return what the user chose; the system's scheme while nothing was chosen."""
    chosen = settings.value("theme", "system")
    return next((choice for choice in CHOICES if choice == chosen), "system")


def resolve(choice: ThemeChoice) -> Theme:
    """Return the theme of a choice; `system` asks the desktop and takes light if it does not say."""
    if choice == "system":
        dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return themes.theme("dark" if dark else "light")
    return themes.theme(choice)


def apply_theme(application: QApplication, theme: Theme) -> None:
    """Give the application this theme's palette, typeface and style sheet, unless it wears them already."""
    if application.property("theme") == theme.id:
        return
    application.setProperty("theme", theme.id)
    application.setFont(font())
    application.setPalette(palette(theme))
    application.setStyleSheet(style_sheet(theme))


def palette(theme: Theme) -> QPalette:
    """Return the Qt palette of a theme."""
    role = QPalette.ColorRole
    chosen = QPalette()
    for target, source in (
        (role.Window, "panel"),
        (role.WindowText, "text"),
        (role.Base, "panel"),
        (role.AlternateBase, "raised"),
        (role.Text, "text"),
        (role.PlaceholderText, "faint"),
        (role.Button, "panel"),
        (role.ButtonText, "text"),
        (role.BrightText, "text"),
        (role.ToolTipBase, "card"),
        (role.ToolTipText, "text"),
        (role.Highlight, "accent"),
        (role.HighlightedText, "accent_text"),
        (role.Link, "accent"),
        (role.Mid, "separator"),
        (role.Dark, "card_border"),
    ):
        chosen.setColor(target, tint(theme, source))
    for target in (role.WindowText, role.Text, role.ButtonText):
        chosen.setColor(QPalette.ColorGroup.Disabled, target, tint(theme, "faint"))
    return chosen


def style_sheet(theme: Theme) -> str:
    """Return the style sheet: `resources/themes/window.qss` with the theme's colors in place of `@role`."""
    text = _sheet_source().replace("@icons", THEMES_FOLDER.as_posix())
    names = sorted(theme.__struct_fields__, key=len, reverse=True)
    for name in names:
        value = getattr(theme, name)
        if isinstance(value, str):
            text = text.replace(f"@{name}", value)
    return text


@cache
def _sheet_source() -> str:
    return (THEMES_FOLDER / "window.qss").read_text("utf-8")
