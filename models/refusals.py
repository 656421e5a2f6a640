"""What the operating system says when it refuses something, as texts that can be translated."""

from __future__ import annotations

import errno

from models.words import Text, sentence_of

_REASONS = {
    errno.EACCES: Text("Permission denied"),
    errno.EPERM: Text("Operation not permitted"),
    errno.ENOENT: Text("No such file or directory"),
    errno.ENOTDIR: Text("Not a directory"),
    errno.EISDIR: Text("Is a directory"),
    errno.EEXIST: Text("File exists"),
    errno.ENOSPC: Text("No space left on device"),
    errno.EROFS: Text("Read-only file system"),
    errno.EFBIG: Text("File too large"),
    errno.EIO: Text("Input/output error"),
    errno.EBUSY: Text("Device or resource busy"),
    errno.ENAMETOOLONG: Text("File name too long"),
    errno.ELOOP: Text("Too many levels of symbolic links"),
    errno.EMFILE: Text("Too many open files"),
}
"""By number, in the words of the system."""


def reason_of(error: OSError) -> str:
    """Return why the system refused; what is not known here stays in the system's own words."""
    return _REASONS.get(error.errno or 0) or error.strerror or sentence_of(error)
