"""Architecture patterns: is it built right? Rules over the evaluated graph, contracts, buffers and functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from models.design.elements import input_id
from models.evaluation import Evaluation
from models.frameworks.architecture_patterns import tables
from models.frameworks.architecture_patterns.inputs import FRAMEWORK, INPUTS
from models.frameworks.architecture_patterns.reading import Reading
from models.frameworks.architecture_patterns.rules import apply_rules, rule_book
from models.report import Assessment, Block, Finding, Findings, InputField, Message
from models.words import Text

ID = FRAMEWORK
TITLE = Text("Architecture patterns")

__all__ = ["ID", "INPUTS", "TITLE", "assess"]


def assess(evaluation: Evaluation, studies: Sequence[object] = ()) -> Assessment:
    """Return what the rules find, the tables they rest on, and what to change first."""
    reading = Reading(evaluation)
    findings = apply_rules(reading)
    order = {"error": 0, "warning": 1, "note": 2}
    ranked = tuple(sorted(findings, key=lambda finding: (order[finding.severity], finding.remedy is None)))
    return Assessment(ID, Message(TITLE), _answer(reading, ranked), lambda: _blocks(reading, ranked), ranked)


def _blocks(reading: Reading, ranked: tuple[Finding, ...]) -> Iterator[Block]:
    minutes = INPUTS["outage_minutes"]
    yield tables.summary(reading, ranked)
    yield InputField(input_id(ID, "outage_minutes"), "outage_minutes", Message(minutes.label), minutes.unit)
    yield Findings(ranked)
    yield from tables.blocks(reading)


def _answer(reading: Reading, findings: tuple[Finding, ...]) -> Message:
    if not reading.n:
        return Message(
            "Nothing is drawn yet: {number} rules wait for services and flows.", {"number": len(rule_book()[1])}
        )
    real = [finding for finding in findings if finding.severity != "note"]
    notes = len(findings) - len(real)
    if not real:
        counts = {"rules": len(rule_book()[1]), "notes": notes}
        return Message("None of {rules} rules finds a fault; {notes} remarks are worth a look.", counts)
    words = {"number": len(real), "notes": notes, "first": real[0].title}
    if len(real) == 1:
        return Message("One thing to change: {first}. {notes} remarks besides.", words)
    return Message("{number} things to change, first: {first}. {notes} remarks besides.", words)
