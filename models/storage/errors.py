"""What can go wrong with a project file, said so that an architect knows what to do."""

from __future__ import annotations


class StorageError(Exception):
    """A project file cannot be read or written; the message is a sentence that names the file and the way out."""


class ReadOnlyError(StorageError):
    """A change was asked of a project that is open for reading only."""
