"""What each type of resource is: the tables of `resources/importers/terraform`, one file for each provider."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import translate
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct, field

from models.design.elements import Interaction, Value
from models.importers.terraform.values import first, is_set
from models.importers.workloads import Confidence
from models.words import Text

FOLDER = Path(__file__).parents[3] / "resources" / "importers" / "terraform"
Role = Literal[
    "",
    "hop",
    "cluster",
    "template",
    "part",
    "scaling",
    "network",
    "subnet",
    "subnet_group",
    "guard",
    "opening",
    "service",
    "ingress",
    "manifest",
]
Sort = Literal["permissions", "network", "addresses", "observation", "scaling", "images", "settings", "paid"]
SORTS: dict[str, Text] = {
    "permissions": Text("permissions, keys and policies"),
    "network": Text("routes, rules and parts of networks"),
    "addresses": Text("addresses and records"),
    "observation": Text("logs, alarms and budgets"),
    "scaling": Text("rules of scaling"),
    "images": Text("image registries"),
    "settings": Text("settings and parts of services"),
    "paid": Text("gateways and hosts of networks that are paid by the hour"),
}
"""What resources that are no nodes are called in notes, by sort."""


class Reading(Struct, frozen=True, forbid_unknown_fields=True):
    """How a parameter is read: the first of `paths` that holds something.

    Attributes:
        scale: factor from the unit of the attribute to that of the parameter.
        choose: value by what is written; "null" = nothing is written, "*" = anything else.
        least: a smaller number says nothing.
        amount: the attribute is an amount of Kubernetes, such as 500m or 2Gi; binary = 512M means MiB.
        schedule: the attribute is a cron or rate expression; the parameter is runs a day.
        times: paths of counts that multiply it.
        each: path of a list: what the paths give in each of its items is added.
        rest: what is read is taken from this.
    """

    paths: tuple[str, ...]
    scale: float = 1.0
    choose: dict[str, Value] = field(default_factory=dict)
    least: float | None = None
    amount: Literal["", "cpu", "bytes", "binary"] = ""
    schedule: bool = False
    times: tuple[str, ...] = ()
    each: str = ""
    rest: float | None = None


class Case(Struct, frozen=True, forbid_unknown_fields=True):
    """What is different where every attribute of `when` holds the value; true = anything, false = nothing."""

    when: dict[str, Value]
    role: Role | None = None
    kind: str | None = None
    drawn: str | None = None
    technology: str | None = None
    left: str | None = None
    note: str | None = None
    interaction: Interaction | None = None
    fixed: dict[str, Value] = field(default_factory=dict)
    values: dict[str, Reading] = field(default_factory=dict)
    unpriced: tuple[str, ...] | None = None
    carried: bool | None = None
    reads: bool | None = None


class TypeRule(Struct, frozen=True, forbid_unknown_fields=True):
    """What resources of one type are and what their attributes say; all names are paths of attributes.

    Attributes:
        kind: node kind; "*" = found from the image; empty = not a node.
        role: what it is when it is no plain node: a `hop` joins others, a `cluster` is a boundary, a `template` or
            `part` says more about another, a `guard` is a security group and an `opening` lets one into another.
        left: sort under which it is counted when it is not drawn.
        machine, default_machine: machine type of one replica.
        card, cards: accelerator and its count where the machine type does not say.
        replicas, least, most: counts; `product` multiplies counts, each with what is added to it; `plus` adds;
            `times` multiplies the sum.
        zonal: the counts among them that are of each zone.
        beside: (count, machine type) of machines that belong to it and are not drawn.
        others: names of the containers of a pod, the first of which says what it is.
        before, after: attributes whose targets stand before or after it in a flow.
        members: what refers to it stands behind it. passes: a reference to it means what is behind it. backs: what
            stores and brokers refer to as their server.
        within, template, part_of: attributes that name its cluster, what says more about it, what it is a part of.
        publishes: attributes that name what it opens to the internet.
        published: attribute -> values that mean that it can be reached from the internet; "*" = any value, or, as the
            attribute, always.
        unpriced: no price of it is known; the attribute that names its size.
        disks: attributes with GiB of disks inside the machine.
        settings: attributes that hold environment variables.
        carries, carried: its machines carry pods; it runs on machines that are drawn on their own.
        one: all of them in a place are one node.
    """

    kind: str = ""
    role: Role = ""
    left: str = ""
    technology: str = ""
    name: tuple[str, ...] = ()
    engine: tuple[str, ...] = ()
    machine: tuple[str, ...] = ()
    default_machine: str = ""
    card: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()
    replicas: tuple[str, ...] = ()
    least: tuple[str, ...] = ()
    most: tuple[str, ...] = ()
    product: tuple[tuple[str, int], ...] = ()
    plus: dict[str, dict[str, int]] = field(default_factory=dict)
    times: tuple[str, ...] = ()
    zonal: tuple[str, ...] = ()
    beside: tuple[tuple[str, str], ...] = ()
    others: tuple[str, ...] = ()
    at_least: int = 0
    values: dict[str, Reading] = field(default_factory=dict)
    fixed: dict[str, Value] = field(default_factory=dict)
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    template: tuple[str, ...] = ()
    part_of: tuple[str, ...] = ()
    opens: tuple[str, ...] = ()
    publishes: tuple[str, ...] = ()
    publishes_when: dict[str, Value] = field(default_factory=dict)
    published: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    only_types: tuple[str, ...] = ()
    unpriced: tuple[str, ...] = ()
    disks: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    image: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    serves: tuple[str, ...] = ()
    members: bool = False
    passes: bool = False
    backs: bool = False
    pool: bool = False
    pod: bool = False
    one: bool = False
    carries: bool = False
    carried: bool = False
    reads: bool = False
    note: Literal["", "container", "chart"] = ""
    sure: Confidence = "high"
    interaction: Interaction | None = None
    cases: tuple[Case, ...] = ()


class Left(Struct, frozen=True, forbid_unknown_fields=True):
    """Types (with * for any letters) that are no nodes, by sort."""

    sort: Sort
    types: tuple[str, ...]


class Called(Struct, frozen=True, forbid_unknown_fields=True):
    """A service that permissions name without a resource of its own: the first word that stands in them tells.

    Attributes:
        model: pattern of the model in the permissions; its first group is the name of the model.
    """

    words: tuple[str, ...]
    type: str
    kind: str
    technology: str
    model: str = ""


class ProviderTable(Struct, frozen=True, forbid_unknown_fields=True):
    """One file of the folder.

    Attributes:
        provider: id of the provider in the catalog.
        like: type -> type that it is read as.
        called: services that only permissions name.
    """

    source: str
    date: str
    provider: str
    types: dict[str, TypeRule]
    left: tuple[Left, ...]
    like: dict[str, str] = field(default_factory=dict)
    called: tuple[Called, ...] = ()


@cache
def tables() -> tuple[ProviderTable, ...]:
    """Return the tables; read once."""
    return tuple(msgspec.json.decode(path.read_bytes(), type=ProviderTable) for path in sorted(FOLDER.glob("*.json")))


@cache
def _rules() -> dict[str, TypeRule]:
    found = {}
    for table in tables():
        found.update(table.types)
        found.update({name: table.types[like] for name, like in table.like.items()})
    return found


@cache
def _left() -> tuple[tuple[re.Pattern[str], TypeRule], ...]:
    return tuple(
        (re.compile(translate(pattern)), TypeRule(left=group.sort))
        for table in tables()
        for group in table.left
        for pattern in group.types
    )


@cache
def type_rule(type_name: str) -> TypeRule | None:
    """Return what resources of the type are, or None if the type is not known."""
    known = _rules().get(type_name)
    if known is not None:
        return known
    return next((rule for pattern, rule in _left() if pattern.match(type_name)), None)


def provider_of_type(type_name: str) -> str:
    """Return the id in the catalog of the provider whose types begin like this one, or an empty text."""
    prefix = type_name.partition("_")[0]
    return {"aws": "aws", "google": "gcp", "azurerm": "azure"}.get(prefix, "")


def rule_for(rule: TypeRule, values: Mapping[str, Any]) -> TypeRule:
    """Return the rule as it stands for a resource with these values: the first case that holds counts."""
    for case in rule.cases:
        if all(_holds(values, path, wanted) for path, wanted in case.when.items()):
            return _changed(rule, case)
    return rule


def _holds(values: Mapping[str, Any], path: str, wanted: Value) -> bool:
    written = first(values, (path,))
    if wanted is True and not isinstance(written, bool):
        return is_set(written)
    if wanted is False and not isinstance(written, bool):
        return not is_set(written)
    if isinstance(wanted, str) and wanted.endswith("*"):
        return isinstance(written, str) and written.startswith(wanted[:-1])
    return bool(written == wanted)


def _changed(rule: TypeRule, case: Case) -> TypeRule:
    changes: dict[str, Any] = {
        name: value
        for name in ("role", "kind", "technology", "left", "note", "interaction", "unpriced", "carried", "reads")
        if (value := getattr(case, name)) is not None
    }
    if case.drawn is not None:
        changes.update(kind=case.drawn, role="", passes=False, backs=False)
    return msgspec.structs.replace(
        rule, **changes, fixed={**rule.fixed, **case.fixed}, values={**rule.values, **case.values}
    )
