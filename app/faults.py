"""What happens when something goes wrong: the log, the hooks, and a dialog that says what was kept."""

from __future__ import annotations

import faulthandler
import logging
import sys
import traceback
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

import platformdirs
from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from app.words import in_words

log = logging.getLogger("groundplan")
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def log_folder() -> Path:
    """Return the folder of the log, made if it is missing."""
    folder = Path(platformdirs.user_log_dir("groundplan", appauthor=False))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def keep_log() -> None:
    """Write the log, Qt's messages and crashes of the interpreter into the log folder."""
    try:
        folder = log_folder()
        log.addHandler(RotatingFileHandler(folder / "groundplan.log", maxBytes=1_000_000, backupCount=2, delay=True))
        # The file stays open for as long as the program runs: the crash handler writes into its descriptor.
        faulthandler.enable((folder / "crash.log").open("a", encoding="utf-8"))
    except OSError as error:
        log.addHandler(logging.StreamHandler(sys.stderr))
        log.warning("No log can be kept: %s", error)
        faulthandler.enable()
    qInstallMessageHandler(_on_qt_message)


def _on_qt_message(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    log.log(_LEVELS.get(kind, logging.WARNING), "Qt: %s", message)


def catch_faults(show: Callable[[str, str], None]) -> None:
    """Log exceptions that nothing caught and call `show(sentence, details)` instead of ending the program."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        details = "".join(traceback.format_exception(kind, error, trace))
        log.error("Not caught:\n%s", details)
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        show(in_words(error) or kind.__name__, details)

    sys.excepthook = hook
