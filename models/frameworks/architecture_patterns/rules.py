"""Rules as data (`resources/rules/patterns.json`) joined with one small pure function each.

A function yields hits: the elements, the words for the title and the reason, the figures that prove it and perhaps a
remedy. Severity, wording and thresholds are data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field

from models.design.elements import Id
from models.frameworks.architecture_patterns.reading import Reading
from models.report import Finding, Message, Remedy, Severity
from models.words import Number

RULES_FILE = Path(__file__).parents[3] / "resources" / "rules" / "patterns.json"
MOST_PER_RULE = 8


class Rule(Struct, frozen=True):
    """One rule.

    Attributes:
        section: part of the panel it belongs to.
        title, why: sentences with places for the arguments of a hit and for the thresholds.
        source: author, year and section that the rule rests on.
    """

    id: str
    section: str
    severity: Severity
    title: str
    why: str
    source: str
    thresholds: Mapping[str, float] = field(default_factory=dict)

    def limit(self, name: str) -> float:
        """Return a threshold; raises KeyError if the rule has none of this name."""
        return self.thresholds[name]


class Hit(Struct, frozen=True):
    """One place where a rule applies."""

    elements: tuple[Id, ...]
    args: Mapping[str, Any] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    remedy: Remedy | None = None
    severity: Severity | None = None


Check = Callable[[Reading, Rule], Iterator[Hit]]


class Section(Struct, frozen=True):
    """A group of rules as the panel shows it."""

    id: str
    title: str


class _File(Struct, frozen=True):
    sections: tuple[Section, ...]
    rules: tuple[Rule, ...]


@cache
def rule_book() -> tuple[tuple[Section, ...], tuple[Rule, ...]]:
    """Return sections and rules in the order of the panel; read once."""
    read = msgspec.json.decode(RULES_FILE.read_bytes(), type=_File)
    return read.sections, read.rules


def checks() -> dict[str, Check]:
    """Return the function of every rule by its id."""
    from models.frameworks.architecture_patterns import calls, clouds, data_flow, events, platform, serverless, services

    tables = (
        services.CHECKS,
        calls.CHECKS,
        data_flow.CHECKS,
        platform.CHECKS,
        serverless.CHECKS,
        events.CHECKS,
        clouds.CHECKS,
    )
    return {name: check for table in tables for name, check in table.items()}


def apply_rules(reading: Reading) -> tuple[Finding, ...]:
    """Return what the rules find, in their order, at most MOST_PER_RULE findings of each."""
    table = checks()
    found = []
    for rule in rule_book()[1]:
        for hit in islice(table[rule.id](reading, rule), MOST_PER_RULE):
            found.append(_finding(rule, hit))
    return tuple(found)


def _finding(rule: Rule, hit: Hit) -> Finding:
    words = {**{name: Number(f"{value:g}") for name, value in rule.thresholds.items()}, **hit.args}
    return Finding(
        rule=f"patterns.{rule.id}",
        severity=hit.severity or rule.severity,
        title=Message(rule.title, words),
        why=Message(rule.why, words),
        elements=hit.elements,
        evidence=hit.evidence,
        remedy=hit.remedy,
    )
