"""Writing a file so that it appears whole or not at all."""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import suppress
from glob import escape
from pathlib import Path

from models.refusals import reason_of
from models.words import Text

PARTIAL = ".partial"
LEFT_OVER_S = 600.0


def write_whole(path: Path, data: bytes) -> None:
    """Write the bytes beside the file and put them in its place in one step.

    Raises:
        OSError: they cannot be written; the message is a sentence, and what was there is untouched.
    """
    temporary = ""
    for left in path.parent.glob(f".{escape(path.name)}.*{PARTIAL}"):
        remove_left_over(left)
    try:
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", suffix=PARTIAL, delete=False
        ) as file:
            temporary = file.name
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_mask())
        os.replace(temporary, path)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise OSError(
            Text(
                "“{path}” cannot be written: {reason}. Choose another place or free some room.",
                path=path,
                reason=reason_of(error),
            )
        ) from error


def remove_left_over(partial: Path) -> None:
    """Remove what a killed program left half-written; a file that is written now is young and stays."""
    with suppress(OSError):
        if time.time() - partial.stat().st_mtime > LEFT_OVER_S:
            partial.unlink()


def _mask() -> int:
    """Return the process's mask of permissions, so that the file is as open as any other."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
