"""Where faults of the program are written down, so that the user sees a sentence and never a traceback."""

from __future__ import annotations

import traceback
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from app.words import say
from models.refusals import reason_of

LOG_NAME = "groundplan.log"
MAX_LOG_BYTES = 2**20


def log_path() -> Path:
    """Return the file that faults are appended to."""
    return platformdirs.user_log_path("groundplan", appauthor=False) / LOG_NAME


def log_fault(error: BaseException) -> str:
    """Append the traceback to the log and return the sentence for the user."""
    what = f"{type(error).__name__}: {str(error)[:200]}"
    path = log_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > MAX_LOG_BYTES:
            path.replace(path.with_suffix(".old.log"))
        with path.open("a", encoding="utf-8") as log:
            log.write(f"\n{datetime.now(UTC).isoformat(timespec='seconds')}\n")
            log.writelines(traceback.format_exception(error))
    except OSError as refused:
        return say(
            "The program made a mistake ({what}); it could not be written to {path} ({strerror}).",
            what=what,
            path=path,
            strerror=reason_of(refused),
        )
    return say("The program made a mistake ({what}). Details are in {path}.", what=what, path=path)
