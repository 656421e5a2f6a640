"""What can go wrong with a project file, said so that an architect knows what to do."""

from __future__ import annotations

from pathlib import Path

from models.refusals import reason_of
from models.words import Text, sentence_of


class StorageError(Exception):
    """A project file cannot be read or written; the message is a sentence that names the file and the way out."""


class ReadOnlyError(StorageError):
    """A change was asked of a project that is open for reading only."""


def said_of(error: StorageError | OSError, written: Path, meant: Path) -> StorageError:
    """Return an error about a file that was written first, `written`, as one about the file that was asked for."""
    if isinstance(error, OSError):
        reason = reason_of(error)
        words = Text(
            "“{target}” could not be written: {strerror}. Choose another place.", target=meant, strerror=reason
        )
        return StorageError(words)
    sentence = sentence_of(error)
    if isinstance(sentence, Text):
        named = {written: meant, str(written): str(meant), written.name: meant.name}
        kept = {
            name: named.get(value, value) if isinstance(value, Path | str) else value
            for name, value in sentence.args.items()
        }
        sentence = sentence.filled(**kept)
    return type(error)(sentence)
