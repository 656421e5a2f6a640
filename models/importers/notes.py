"""What an import says about its input: notes about what was assumed or not understood, and the refusal of a file."""

from __future__ import annotations

from typing import Literal, NamedTuple

from msgspec import Struct

from models.design.elements import Id

Severity = Literal["info", "warning", "error"]


class ImportProblem(ValueError):
    """A file that cannot be imported; the message is a sentence that says what is wrong, where, and what to do."""


class Reason(NamedTuple):
    """How sure an inferred flow is, and the half sentence why with the place it was read from."""

    sure: str
    because: str


class Note(Struct, frozen=True):
    """One thing that was assumed, left out or not understood.

    Attributes:
        severity: `info` an assumption, `warning` something was left out, `error` something could not be read.
        file: name of the file below the folder of the input; empty when the note is about the whole.
        line: 1-based line, 0 when there is none.
        what: a sentence.
        element: the node the note is about, if there is one.
    """

    severity: Severity
    file: str
    line: int
    what: str
    element: Id | None = None

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}: " if self.line else f"{self.file}: " if self.file else ""
        return f"{place}{self.what}"
