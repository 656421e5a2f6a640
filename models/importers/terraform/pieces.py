"""The resources of a plan in pieces: equal copies of one together, each with its rule and what it refers to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from models.design.kinds import kinds
from models.importers.terraform.plan import Plan, Resource, without_indices
from models.importers.terraform.references import References, Target
from models.importers.terraform.table import TypeRule, rule_for, type_rule
from models.importers.terraform.values import every, first, is_set, texts
from models.interruption import while_wanted

_IDENTITIES = (
    "arn", "id", "self_link", "url", "invoke_arn", "endpoint", "address", "dns_name", "fqdn", "default_hostname",
    "domain_name", "uri", "repository_url", "primary_endpoint_address", "configuration_endpoint_address",
    "regional_domain_name", "bucket_regional_domain_name",
)  # fmt: skip
_SHORTEST_IDENTITY = 6
_MOST_COPIES = 50
_ZONE_KEY = re.compile(r"^(?:[a-z]{2}(?:-[a-z]+)+-?\d)?-?[a-f1-6]$")
_STEP = re.compile(r"module\.([^.\[]+)(\[(?:\"(?:[^\"\\]|\\.)*\"|[^\]\[]*)\])?")


class Piece:
    """One resource, or the equal copies of one that `count` makes.

    Attributes:
        key: address, without the index when copies stand together.
        values: attributes of the first copy, completed from its templates.
        templates: pieces that say more about it.
    """

    def __init__(self, key: str, rule: TypeRule, module: str, configured: tuple[str, str]) -> None:
        self.key = key
        self.rule = rule
        self.module = module
        self.configured = configured
        self.resources: list[Resource] = []
        self.values: dict[str, Any] = {}
        self.templates: list[Piece] = []

    @property
    def type(self) -> str:
        """Type of the resource."""
        return self.configured[1].removeprefix("data.").partition(".")[0]

    @property
    def is_drawn(self) -> bool:
        """Whether it is a node."""
        return bool(self.rule.kind) and self.rule.role in ("", "part", "cluster")

    @property
    def index(self) -> str:
        """Index of a piece that stands alone, as text."""
        single = self.resources[0].index if len(self.resources) == 1 and self.key.endswith("]") else None
        return "" if single is None else str(single)


class Pieces:
    """All pieces of a plan with the lookups between them."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.references = References(plan.configuration)
        self.all: list[Piece] = []
        self.unknown: dict[str, list[str]] = {}
        self.left: dict[str, dict[str, int]] = {}
        self._by_configured: dict[tuple[str, str], list[Piece]] = {}
        self._by_identity: dict[str, Piece | None] = {}
        self._called: dict[int, list[Piece]] = {}
        self._by_name: dict[tuple[str, str], Piece] = {}
        self._indexed: dict[tuple[str, str], dict[str, dict[str, list[Piece]]]] = {}
        for resource in while_wanted(plan.resources):
            self._take(resource)
        self._take_documents()
        for piece in while_wanted(self.all):
            self._identify(piece)

    def _take(self, resource: Resource) -> None:
        rule = type_rule(resource.type)
        if rule is None:
            self.unknown.setdefault(resource.type, []).append(resource.address)
            return
        rule = rule_for(rule, resource.values)
        if rule.left:
            counts = self.left.setdefault(rule.left, {})
            counts[resource.type] = counts.get(resource.type, 0) + 1
        if not (rule.kind or rule.role):
            return
        configured = resource.configured
        known = self._by_configured.setdefault(configured, [])
        if _stands_together(rule, resource):
            own = f"{resource.module + '.' if resource.module else ''}{configured[1]}"
            for piece in known:
                if piece.key == own and _same_size(piece, resource):
                    piece.resources.append(resource)
                    return
            key = own if all(piece.key != own for piece in known) else resource.address
        else:
            key = resource.address
        piece = Piece(key, rule, resource.module, configured)
        piece.resources.append(resource)
        piece.values = resource.values
        known.append(piece)
        self.all.append(piece)

    def _take_documents(self) -> None:
        """Take up data sources that join others, such as policy documents: only the configuration has them."""
        for module, name in self.references.of:
            rule = type_rule(name.split(".")[1]) if name.startswith("data.") else None
            if rule is not None and rule.role == "hop":
                piece = Piece(f"{module + '.' if module else ''}{name}", rule, module, (module, name))
                self._by_configured.setdefault((module, name), []).append(piece)
                self.all.append(piece)

    def _identify(self, piece: Piece) -> None:
        for resource in piece.resources[:_MOST_COPIES]:
            for attribute in _IDENTITIES:
                value = resource.values.get(attribute)
                if isinstance(value, str) and len(value) >= _SHORTEST_IDENTITY:
                    other = self._by_identity.setdefault(value, piece)
                    if other is not piece:
                        self._by_identity[value] = None
            name = first(resource.values, ("name", *piece.rule.name))
            if isinstance(name, str):
                self._by_name.setdefault((resource.type, name), piece)

    # -- lookups ---------------------------------------------------------------------------------------------------

    def complete(self) -> None:
        """Complete the values of pieces from the templates they name, and those from theirs."""
        for piece in while_wanted(self.all):
            seen, waiting = {id(piece)}, [piece]
            while waiting:
                each = waiting.pop(0)
                for _, template in self.targets(each, each.rule.template):
                    if template.rule.role == "template" and id(template) not in seen:
                        seen.add(id(template))
                        piece.templates.append(template)
                        waiting.append(template)
            if piece.templates:
                merged: dict[str, Any] = {}
                for template in reversed(piece.templates):
                    merged.update({key: value for key, value in template.values.items() if is_set(value)})
                merged.update({key: value for key, value in piece.values.items() if is_set(value)})
                piece.values = merged
                piece.rule = rule_for(type_rule(piece.type) or piece.rule, merged)

    def targets(self, piece: Piece, attributes: Iterable[str] | None = None) -> list[tuple[str, Piece]]:
        """Return (attribute, piece) for what a piece refers to, in all or in the named attributes.

        References of the configuration come first; known values that are the address or id of another piece follow.
        """
        wanted = None if attributes is None else tuple(attributes)
        found: dict[tuple[str, int], tuple[str, Piece]] = {}
        configured = self.references.of.get(piece.configured)
        for reference in configured.references if configured else ():
            if wanted is None or any(_below(reference.attribute, each) for each in wanted):
                for target in self._of_target(reference.target, piece):
                    found.setdefault((reference.attribute, id(target)), (reference.attribute, target))
        for attribute in wanted or ():
            for value in every(piece.values, attribute):
                for text in texts(value, 200):
                    other = self._by_identity.get(text)
                    if other is not None and all(id(other) != key[1] for key in found):
                        found[attribute, id(other)] = (attribute, other)
        own = [(attribute, target) for attribute, target in found.values() if target is not piece]
        if wanted and piece.rule.after and wanted == piece.rule.after:
            own += [(wanted[0], target) for target in self._called.get(id(piece), ())]
        return own

    def add_called(self, hop: Piece, called: Piece) -> None:
        """Let a hop lead to a service that it names without a resource of the plan."""
        self._called.setdefault(id(hop), []).append(called)

    def constants(self, piece: Piece) -> Mapping[str, Any]:
        """Return the constants in the configuration of a piece, by attribute."""
        configured = self.references.of.get(piece.configured)
        return configured.constants if configured else {}

    def of_value(self, text: str) -> Piece | None:
        """Return the piece of which this is the id, address or ARN, or None."""
        return self._by_identity.get(text)

    def of_name(self, type_name: str, name: str) -> Piece | None:
        """Return the piece of a type with this name, or None."""
        return self._by_name.get((type_name, name))

    def _of_target(self, target: Target, source: Piece) -> list[Piece]:
        listed = self._by_configured.get((target.module, target.name), [])
        if len(listed) <= 1:
            return listed
        beside = source.module if target.module == source.configured[0] else ""  # in one module there are no others
        by_index = self._copies(target.module, target.name, beside)
        if target.index or source.index:
            found = [*by_index.get(target.index or source.index, ()), *(by_index.get("", ()) if target.index else ())]
            found = [piece for piece in found if _compatible(piece.module, source.module)]
            if found or target.index:
                return found[:_MOST_COPIES]
        near = (piece for each in by_index.values() for piece in each if _compatible(piece.module, source.module))
        return list(islice(near, _MOST_COPIES))

    def _copies(self, module: str, name: str, within: str) -> dict[str, list[Piece]]:
        """Return the pieces of a resource by their index; `within` = those of one copy of its module only."""
        if (module, name) not in self._indexed:
            made = self._indexed.setdefault((module, name), {})
            for piece in self._by_configured[module, name]:
                for place in {"", piece.module}:
                    made.setdefault(place, {}).setdefault(piece.index, []).append(piece)
        return self._indexed[module, name].get(within, {})


def _stands_together(rule: TypeRule, resource: Resource) -> bool:
    """Return whether a resource is one of equal copies: by `count` or for each zone, and bought by the machine."""
    compute = rule.kind == "*" or (rule.kind and kinds().nodes[rule.kind].compute != "none")
    if not compute or rule.role == "part":
        return False
    return isinstance(resource.index, int) or (
        isinstance(resource.index, str) and bool(_ZONE_KEY.match(resource.index))
    )


def _same_size(piece: Piece, resource: Resource) -> bool:
    rule = piece.rule
    return all(
        first(piece.values, (path,)) == first(resource.values, (path,))
        for path in (*rule.machine, *rule.replicas, *rule.engine)
    )


def _below(attribute: str, wanted: str) -> bool:
    return attribute == wanted or attribute.startswith(f"{wanted}.") or wanted.startswith(f"{attribute}.")


def _compatible(one: str, other: str) -> bool:
    """Return whether two module addresses have the same indices as far as they share their path."""
    if "[" not in one or "[" not in other:
        return True
    for (name, index), (other_name, other_index) in zip(_STEP.findall(one), _STEP.findall(other), strict=False):
        if name != other_name:
            return True
        if index != other_index:
            return False
    return True


def path_of(piece: Piece) -> str:
    """Return the path of the piece's module without indices."""
    return without_indices(piece.module)


def values_of(piece: Piece) -> Iterator[Mapping[str, Any]]:
    """Yield the values of each copy of a piece."""
    for resource in piece.resources:
        yield resource.values
