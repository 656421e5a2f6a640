"""Which rows of a bill belong to which node: the architect's rules, then tags that name a node."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fnmatch import translate
from typing import Literal

import msgspec
from msgspec import Struct

from models.words import Text

COLUMNS = ("ResourceId", "Tags", "ServiceName", "RegionId", "ResourceName", "SubAccountId")
MOST_KNOWN = 200_000


class Condition(Struct, frozen=True):
    """A value of a row that equals (`=`) or is like (`~`, with * and ?) `pattern`.

    `column` is one of the columns above or `Tags.<key>`.
    """

    column: str
    operator: Literal["=", "~"]
    pattern: str


class BillRule(Struct, frozen=True):
    """Rows that meet all conditions belong to `node` (id)."""

    conditions: tuple[Condition, ...]
    node: str


_HEAD = rf"(?:{'|'.join(COLUMNS)})(?:\.[^=~;&]+?)?\s*[=~]"
_NEXT_RULE, _NEXT_CONDITION = re.compile(rf";\s*(?={_HEAD}|$)"), re.compile(rf"\s&\s(?={_HEAD})")


def tag_column(key: str) -> str:
    """Return the column of a condition on the tag of this key."""
    return f"Tags.{key}"


def parse_rules(text: str, nodes: Mapping[str, str]) -> tuple[BillRule, ...]:
    """Return the rules of a text like “Tags.team = Feed & RegionId = eu -> Feed API; ResourceId ~ *sqs* -> Jobs”.

    Args:
        nodes: node id to name; a rule names either.

    Raises:
        ValueError: a rule cannot be read or names no node; the message quotes it.
    """
    by_name = {name.casefold(): key for key, name in nodes.items()}
    rules = []
    for part in filter(None, (piece.strip() for piece in _NEXT_RULE.split(text))):
        head, arrow, target = (piece.strip() for piece in part.rpartition("->"))
        if not arrow or not head or not target or "->" in head:
            raise ValueError(
                Text("“{part}” is not a rule; write for example: Tags.team = Feed -> Feed API.", part=part)
            )
        node = target if target in nodes else by_name.get(target.casefold())
        if node is None:
            raise ValueError(Text("“{part}”: no node is called “{target}”.", part=part, target=target))
        rules.append(BillRule(tuple(_condition(piece, part) for piece in _NEXT_CONDITION.split(head)), node))
    return tuple(rules)


def _condition(text: str, part: str) -> Condition:
    match = re.match(r"^(\w+(?:\.[^=~]+?)?)\s*([=~])\s*(.+)$", text.strip())
    if match is None:
        raise ValueError(Text("“{part}” is not a rule; write for example: Tags.team = Feed -> Feed API.", part=part))
    column, operator, pattern = match.groups()
    if column.partition(".")[0] not in COLUMNS:
        raise ValueError(
            Text("“{part}”: the column must be Tags.<key> or one of {names}.", part=part, names=", ".join(COLUMNS))
        )
    return Condition(column, "=" if operator == "=" else "~", pattern.strip())


def rules_text(rules: Sequence[BillRule], nodes: Mapping[str, str]) -> str:
    """Return the rules as `parse_rules` reads them, with the names of the nodes where these tell them apart."""
    names = list(nodes.values())
    parts = []
    for rule in rules:
        wanted = " & ".join(f"{one.column} {one.operator} {one.pattern}" for one in rule.conditions)
        name = nodes.get(rule.node, rule.node)
        parts.append(f"{wanted} -> {name if names.count(name) == 1 else rule.node}")
    return "; ".join(parts)


class NodeFinder:
    """Finds the node of a row; remembers what it found for equal rows, up to a limit."""

    def __init__(self, rules: Sequence[BillRule], nodes: Mapping[str, str]) -> None:
        self._rules = [
            ([(one, re.compile(translate(one.pattern), re.IGNORECASE)) for one in rule.conditions], rule.node)
            for rule in rules
        ]
        self._names = {name.casefold(): key for key, name in nodes.items()} | {key.casefold(): key for key in nodes}
        self._known: dict[tuple[str, ...], str] = {}
        used = {one.column.partition(".")[0] for rule in rules for one in rule.conditions}
        self.columns = tuple(name for name in COLUMNS if name in used or (name == "Tags" and self._names))
        """The columns that decide; the others need not be read."""

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
        tags = _tags(values[1]) if "Tags" in self.columns else {}
        for conditions, node in self._rules:
            if all(_meets(one, pattern, values, tags) for one, pattern in conditions):
                return node
        for value in tags.values():
            named = self._names.get(value.casefold())
            if named is not None:
                return named
        return ""


def _meets(one: Condition, pattern: re.Pattern[str], values: tuple[str, ...], tags: Mapping[str, str]) -> bool:
    column, _, key = one.column.partition(".")
    value = tags.get(key, "") if column == "Tags" and key else values[COLUMNS.index(column)]
    return value == one.pattern if one.operator == "=" else pattern.match(value) is not None


def _tags(text: str) -> dict[str, str]:
    """Return the tags of a row; a text that is no JSON object has none."""
    if not text.startswith("{"):
        return {}
    try:
        read = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return {}
    return {str(key): str(value) for key, value in read.items()} if isinstance(read, dict) else {}
