"""Which rows of a bill belong to which node: the architect's rules, then tags that name a node."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fnmatch import translate
from typing import Literal

import msgspec
from msgspec import Struct

COLUMNS = ("ResourceId", "Tags", "ServiceName", "RegionId", "ResourceName", "SubAccountId")
MOST_KNOWN = 200_000


class BillRule(Struct, frozen=True):
    """Rows whose `column` equals (`=`) or is like (`~`, with * and ?) `pattern` belong to `node` (id).

    `column` is one of the columns above or `Tags.<key>`.
    """

    column: str
    operator: Literal["=", "~"]
    pattern: str
    node: str


def parse_rules(text: str, nodes: Mapping[str, str]) -> tuple[BillRule, ...]:
    """Return the rules of a text like “Tags.team = Feed -> Feed API; ResourceId ~ *sqs* -> Jobs”.

    Args:
        nodes: node id to name; a rule names either.

    Raises:
        ValueError: a rule cannot be read or names no node; the message quotes it.
    """
    by_name = {name.casefold(): key for key, name in nodes.items()}
    rules = []
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        match = re.match(r"^(\w+(?:\.[^=~]+?)?)\s*([=~])\s*(.+?)\s*->\s*(.+)$", part)
        if match is None:
            raise ValueError(f"“{part}” is not a rule; write for example: Tags.team = Feed -> Feed API.")
        column, operator, pattern, target = match.groups()
        if column.partition(".")[0] not in COLUMNS:
            raise ValueError(f"“{part}”: the column must be Tags.<key> or one of {', '.join(COLUMNS)}.")
        node = target if target in nodes else by_name.get(target.casefold())
        if node is None:
            raise ValueError(f"“{part}”: no node is called “{target}”.")
        rules.append(BillRule(column, "=" if operator == "=" else "~", pattern, node))
    return tuple(rules)


class NodeFinder:
    """Finds the node of a row; remembers what it found for equal rows, up to a limit."""

    def __init__(self, rules: Sequence[BillRule], nodes: Mapping[str, str]) -> None:
        self._rules = [(rule, re.compile(translate(rule.pattern), re.IGNORECASE)) for rule in rules]
        self._names = {name.casefold(): key for key, name in nodes.items()} | {key.casefold(): key for key in nodes}
        self._known: dict[tuple[str, ...], str] = {}
        self._tags_matter = bool(self._names) or any(rule.column.startswith("Tags") for rule in rules)

    def find(self, values: tuple[str, ...]) -> str:
        """Return the node id of a row's values in the order of `COLUMNS`; empty when none fits."""
        if not self._rules and not self._names:
            return ""
        found = self._known.get(values)
        if found is None:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            found = self._known[values] = self._search(values)
        return found

    def _search(self, values: tuple[str, ...]) -> str:
        tags = _tags(values[1]) if self._tags_matter else {}
        for rule, pattern in self._rules:
            column, _, key = rule.column.partition(".")
            value = tags.get(key, "") if column == "Tags" else values[COLUMNS.index(column)]
            if value == rule.pattern if rule.operator == "=" else pattern.match(value):
                return rule.node
        for value in tags.values():
            node = self._names.get(value.casefold())
            if node is not None:
                return node
        return ""


def _tags(text: str) -> dict[str, str]:
    """Return the tags of a row; a text that is no JSON object has none."""
    if not text.startswith("{"):
        return {}
    try:
        read = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return {}
    return {str(key): str(value) for key, value in read.items()} if isinstance(read, dict) else {}
