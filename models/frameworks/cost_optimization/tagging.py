"""Tags with inheritance, the tagging policy, and how shared cost is split over the groups of a tag.

An element without a key inherits it from the boundaries around it: first its team, then where it runs; a flow from the
node that pays for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from typing import NamedTuple

from models.design.design import Design
from models.design.elements import Id, Node
from models.design.kinds import value_of
from models.evaluation import Evaluation
from models.frameworks.cost_optimization.inputs import setting
from models.frameworks.cost_optimization.ledger import WHOLE_PLAN, Ledger
from models.words import Text

UNTAGGED = Text("Untagged")


class Violation(NamedTuple):
    """A node that breaks the policy: `missing` keys and `refused` (key, value) pairs."""

    node: Id
    missing: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


class Policy(NamedTuple):
    """Required keys and, by key, the allowed values; `problem` says which part of the text cannot be read."""

    required: tuple[str, ...]
    allowed: Mapping[str, frozenset[str]]
    problem: str = ""


class GroupCost(NamedTuple):
    """What a group is charged: its own cost and its part of the shared cost, USD per month."""

    group: str
    direct: float
    shared: float

    @property
    def total(self) -> float:
        """Own and shared cost together."""
        return self.direct + self.shared


def node_tags(design: Design, node: Node) -> dict[str, str]:
    """Return the tags of a node with those it inherits; the nearest wins."""
    return {**_inherited(design, node.sites[0].boundary, node.context), **node.tags}


def _inherited(design: Design, boundary: Id | None, context: Id | None) -> dict[str, str]:
    tags: dict[str, str] = {}
    for start in (boundary, context):
        for _, above in reversed(list(design.ancestors(start))):
            tags.update(above.tags)
    return tags


def all_tags(evaluation: Evaluation) -> list[dict[str, str]]:
    """Return the tags of every node, in the order of the node columns; the same list while none changed. Read only."""
    design, stages = evaluation.design, evaluation.pipeline.stages
    boundaries = stages.each("boundaries", tuple(design.boundaries.values()), lambda one: one)
    own = stages.each(
        "own tags",
        evaluation.pipeline.nodes.elements,
        lambda node: (node.sites[0].boundary, node.context, node.tags),
    )

    def find() -> list[dict[str, str]]:
        inherited = cache(partial(_inherited, design))
        return [{**inherited(boundary, context), **tags} for boundary, context, tags in own]

    return stages.run("tags", (own, boundaries), find)


def policy(design: Design) -> Policy:
    """Return the tagging policy of the brief and the inputs."""
    required = _words(str(value_of(design.brief, "required_tags") or ""))
    allowed: dict[str, frozenset[str]] = {}
    text = str(setting(design, "allowed_values") or "")
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        key, colon, values = part.partition(":")
        if not colon or not _words(values):
            return Policy(required, {}, Text("“{part}” is not of the form “tag: value, value”.", part=part))
        allowed[key.strip()] = frozenset(_words(values))
    return Policy(required, allowed)


def _words(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (word.strip() for word in text.split(","))))


def violations(evaluation: Evaluation, rules: Policy, tags: list[dict[str, str]]) -> tuple[Violation, ...]:
    """Return every node that misses a required key or carries a value that is not allowed."""

    def find() -> tuple[Violation, ...]:
        found = []
        for node, own in zip(evaluation.node_ids, tags, strict=True):
            missing = tuple(key for key in rules.required if not own.get(key))
            refused = tuple(
                (key, own[key]) for key, values in rules.allowed.items() if own.get(key) and own[key] not in values
            )
            if missing or refused:
                found.append(Violation(node, missing, refused))
        return tuple(found)

    stated = repr((rules.required, sorted((key, sorted(values)) for key, values in rules.allowed.items())))
    return evaluation.pipeline.stages.run("tag violations", (evaluation.node_ids, tags, stated), find)


def groups_of(charges: Ledger, tags: list[dict[str, str]], flow_tags: list[Mapping[str, str]], key: str) -> list[str]:
    """Return the value of tag `key` for each owner; a flow's own tag wins over that of its payer."""
    n = len(tags)
    names = [own.get(key) or UNTAGGED for own in tags]
    for number, own in enumerate(flow_tags):
        names.append(own.get(key) or names[int(charges.payer[n + number])])
    return [*names, WHOLE_PLAN]


def tagged_share(charges: Ledger, groups: list[str]) -> float:
    """Return the share of the cost of nodes and flows that carries the tag; 1 when nothing is billed."""
    sums = charges.grouped(groups)
    plan = sums.pop(WHOLE_PLAN, 0.0)
    whole = charges.total - plan
    return 1.0 - sums.get(UNTAGGED, 0.0) / whole if whole > 0 else 1.0


def charge_back(
    charges: Ledger, groups: list[str], rule: str, shares: Mapping[str, float]
) -> tuple[tuple[GroupCost, ...], float]:
    """Return what each group is charged, and what is left because no group can carry it.

    Args:
        rule: `proportional` to own cost, `even`, or `fixed` by `shares` (scaled to 1 over the groups that exist).
    """
    sums = charges.grouped(groups)
    shared = sums.pop(WHOLE_PLAN, 0.0) + sums.pop(UNTAGGED, 0.0)
    weights = {"proportional": sums, "even": dict.fromkeys(sums, 1.0), "fixed": shares}[rule]
    usable = {group: float(weights.get(group, 0.0)) for group in sums}
    whole = sum(usable.values())
    if whole <= 0.0:
        return tuple(GroupCost(group, usd, 0.0) for group, usd in sums.items()), shared
    parts = tuple(GroupCost(group, usd, shared * (usable[group] / whole)) for group, usd in sums.items())
    return parts, 0.0
