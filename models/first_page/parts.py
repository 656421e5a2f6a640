"""What page one is made of: statements of words and figures, and figures beside their targets."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from models.formatting import format_figure, format_value
from models.report import Figure

Part: TypeAlias = str | Figure
Statement: TypeAlias = tuple[Part, ...]
"""A sentence of plain words and figures; a figure is printed by the one formatter and leads to its derivation."""

Verdict = Literal["met", "missed", "tie", "not known", "no target"]


class TargetRow(Struct, frozen=True):
    """One figure of the plan beside the alternative and the target.

    Attributes:
        target: as text; empty = none was set.
        limit: the target in the figure's unit.
        name: how a sentence calls what is aimed at.
    """

    label: str
    recommended: Figure
    alternative: Figure | None
    target: str
    verdict: Verdict
    limit: float | None = None
    name: str = ""


class Names(Struct, frozen=True):
    """How the two variants are called."""

    variant: str
    alternative: str


def statement_text(statement: Statement) -> str:
    """Return a statement as plain text."""
    return "".join(part if isinstance(part, str) else format_figure(part) for part in statement)


def plural(word: str) -> str:
    """Return the plural of an English noun of business: questions, queries, boxes."""
    if word.endswith("y") and word[-2:-1] not in tuple("aeiou"):
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "ch", "sh")) else f"{word}s"


def months(number: float) -> str:
    """Return "month 9"."""
    return format_value(number, "month")
