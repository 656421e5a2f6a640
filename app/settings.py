"""What the program remembers between runs: theme, language, window and recent projects."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import platformdirs
from PySide6.QtCore import QSettings

from app.words import LANGUAGES

RECENT = 8
SYSTEM = "system"


def open_settings() -> QSettings:
    """Return the settings file of this user."""
    folder = Path(platformdirs.user_config_dir("groundplan", appauthor=False))
    return QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)


def language_choice(settings: QSettings) -> str:
    """Return the code of the language that was chosen; `system` while none was."""
    chosen = str(settings.value("language", SYSTEM))
    return chosen if chosen in LANGUAGES else SYSTEM


def language_of(choice: str, wanted: Iterable[str]) -> str:
    """Return the language to speak.

    Args:
        choice: a code of `LANGUAGES`, or `system`.
        wanted: the languages of the system, the most wanted first, as “de-AT” or “de”.
    """
    if choice != SYSTEM:
        return choice
    codes = (name.replace("_", "-").partition("-")[0].lower() for name in wanted)
    return next((code for code in codes if code in LANGUAGES), "en")


def recent_paths(settings: QSettings) -> list[Path]:
    """Return the projects opened last that still exist, newest first."""
    found = settings.value("recent", [])
    names = [found] if isinstance(found, str) else [str(name) for name in found] if isinstance(found, list) else []
    return [path for path in map(Path, names) if path.exists()]


def remember_path(settings: QSettings, path: Path) -> None:
    """Put a project at the front of the recent ones."""
    path = path.resolve()
    kept = [path, *(other for other in recent_paths(settings) if other != path)][:RECENT]
    settings.setValue("recent", [str(entry) for entry in kept])
