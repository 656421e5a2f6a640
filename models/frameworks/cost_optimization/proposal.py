"""What a savings rule says: the fleet after it, the changes that make it so, and what it asks of people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from models.design.elements import Id
from models.frameworks.cost_optimization.fleet import Fleet
from models.report import Message
from models.words import Text


class Proposal(NamedTuple):
    """A saving as a changed fleet.

    Attributes:
        changes: arguments of the move `change_nodes`.
        overhead: USD per month that the bill does not show: work done again after interruptions.
        effort: what it asks of people. danger: how much can go wrong; risk: what.
    """

    rule: str
    title: Text
    after: Fleet
    nodes: tuple[Id, ...]
    changes: Mapping[str, Mapping[Id, Any]]
    label: Message
    why: Message
    effort: Literal["minutes", "hours", "days"]
    danger: Literal["low", "medium", "high"]
    risk: Text
    overhead: float = 0.0
