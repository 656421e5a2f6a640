"""The kinds of nodes, flows and boundaries and the parameters of the brief, read from `resources/kinds`.

A kind is data: category, icon, key, parameters with unit, range, help and default, station type, equivalents.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct, field

from models.dates import day_of
from models.design.elements import Boundary, Brief, Element, Flow, Node, Provenance, Value

KINDS_FOLDER = Path(__file__).parents[2] / "resources" / "kinds"
Axis = Literal["context", "deployment", "overlay", "annotation"]
LARGEST = 1e12
"""No number of a drawing is larger; it keeps products of several finite."""
AXES: tuple[Axis, ...] = ("context", "deployment", "overlay", "annotation")
Station = Literal["none", "server", "llm", "training", "batch", "store", "cache", "queue", "external"]
Evidence = Literal["measured", "computed", "published", "secondary", "assumption"]
ParameterType = Literal["number", "integer", "boolean", "choice", "text", "shares", "factors", "tags", "date"]


class Parameter(Struct, frozen=True):
    """One value that an architect can set, with everything a form needs.

    Attributes:
        name: key in `params`; carries its unit (`service_time_ms`, `memory_gib`).
        type: `shares` is a mapping from name to share, `factors` a list of 24 hourly factors, `tags` a mapping from
            name to text, `date` a month or a day (2027-11, 2027-11-30).
        unit: unit as shown; "%" means that the stored value is a fraction.
        minimum, maximum: inclusive bounds of numbers; None = open.
        default: the value while nobody has set one; None = not known.
        evidence: what the default rests on.
    """

    name: str
    label: str
    help: str
    type: ParameterType = "number"
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    default: Value = None
    choices: tuple[str, ...] = ()
    evidence: Evidence = "assumption"
    source: str = ""
    group: str = ""

    def problem(self, value: Value) -> str | None:
        """Return a sentence that says why `value` cannot be set, or None if it can."""
        if value is None:
            return None
        check = _CHECKS[self.type]
        return check(self, value)


def _check_number(parameter: Parameter, value: Value) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return f"{parameter.label} must be a number."
    if abs(value) > LARGEST:
        return f"{parameter.label} is larger than anything that can be computed with ({LARGEST:g})."
    if parameter.type == "integer" and value != int(value):
        return f"{parameter.label} must be a whole number."
    if parameter.minimum is not None and value < parameter.minimum:
        return f"{parameter.label} cannot be below {parameter.minimum:g} {parameter.unit}".rstrip() + "."
    if parameter.maximum is not None and value > parameter.maximum:
        return f"{parameter.label} cannot be above {parameter.maximum:g} {parameter.unit}".rstrip() + "."
    return None


def _check_choice(parameter: Parameter, value: Value) -> str | None:
    if value not in parameter.choices:
        return f"{parameter.label} must be one of {', '.join(parameter.choices)}."
    return None


def _check_boolean(parameter: Parameter, value: Value) -> str | None:
    return None if isinstance(value, bool) else f"{parameter.label} must be yes or no."


def _check_text(parameter: Parameter, value: Value) -> str | None:
    return None if isinstance(value, str) else f"{parameter.label} must be text."


def _check_shares(parameter: Parameter, value: Value) -> str | None:
    numbers = isinstance(value, dict) and all(isinstance(x, int | float) and x >= 0 for x in value.values())
    return None if numbers else f"{parameter.label} must give a share of 0 or more to each name."


def _check_factors(parameter: Parameter, value: Value) -> str | None:
    numbers = isinstance(value, list | tuple) and all(isinstance(x, int | float) and x >= 0 for x in value)
    return None if numbers and len(value) == 24 else f"{parameter.label} must be 24 factors of 0 or more, one an hour."


def _check_tags(parameter: Parameter, value: Value) -> str | None:
    texts = isinstance(value, dict) and all(isinstance(text, str) for text in value.values())
    return None if texts else f"{parameter.label} must give a text to each name."


def _check_date(parameter: Parameter, value: Value) -> str | None:
    if value == "" or (isinstance(value, str) and day_of(value) is not None):
        return None
    return f"{parameter.label} must be a date, as 2027-11 or 2027-11-30."


_CHECKS = {
    "number": _check_number,
    "integer": _check_number,
    "choice": _check_choice,
    "boolean": _check_boolean,
    "text": _check_text,
    "shares": _check_shares,
    "factors": _check_factors,
    "tags": _check_tags,
    "date": _check_date,
}


class BillingLine(Struct, frozen=True):
    """One line of a node's bill: `item` of the catalog times a quantity that the evaluation computes.

    Attributes:
        quantity: name of a computed monthly quantity (see `models.evaluation`), for example `requests` or `stored_gib`.
        scale: multiplies the quantity into the item's pricing unit.
        when: `managed`, `self_run` or `always`.
    """

    item: str
    quantity: str
    scale: float = 1.0
    label: str = ""
    when: Literal["always", "managed", "self_run"] = "always"


class NodeKind(Struct, frozen=True):
    """A kind of node.

    Attributes:
        key: the single key that arms it; empty = none.
        station: how the evaluation treats it.
        compute: what a replica is bought as: an instance, a managed instance of `managed_service`, or nothing.
        billing: further lines of its bill.
        equivalents: provider id -> name of its service there.
        next: kinds offered first when a flow from it is dropped on empty canvas.
        link: flows can go through it (a VPN, an interconnect).
    """

    id: str
    label: str
    category: str
    help: str
    station: Station
    icon: str = ""
    key: str = ""
    technology: str = ""
    parameters: tuple[Parameter, ...] = ()
    replicas: int = 1
    compute: Literal["instance", "managed_instance", "none"] = "none"
    managed_service: str = ""
    billing: tuple[BillingLine, ...] = ()
    equivalents: Mapping[str, str] = field(default_factory=dict)
    synonyms: tuple[str, ...] = ()
    next: tuple[str, ...] = ()
    link: bool = False

    @property
    def noun(self) -> str:
        """The label inside a sentence: “model serving”, but “LLM API” and “CI/CD” as they are."""
        return " ".join(word if word[1:2].isupper() else word.lower() for word in self.label.split(" "))

    def parameter(self, name: str) -> Parameter | None:
        """Return the parameter of this name, or None."""
        return next((parameter for parameter in self.parameters if parameter.name == name), None)


class BoundaryKind(Struct, frozen=True):
    """A kind of boundary on one axis; one for annotation holds nothing and is no part of the system."""

    id: str
    label: str
    axis: Axis
    help: str
    icon: str = ""
    key: str = ""
    parameters: tuple[Parameter, ...] = ()


class FlowKind(Struct, frozen=True):
    """One interaction with its parameters."""

    id: str
    label: str
    help: str
    parameters: tuple[Parameter, ...] = ()


class Kinds(Struct, frozen=True):
    """All kinds by id, the parameters of the brief and the named daily profiles (24 factors of mean 1)."""

    nodes: Mapping[str, NodeKind]
    flows: Mapping[str, FlowKind]
    boundaries: Mapping[str, BoundaryKind]
    brief: tuple[Parameter, ...]
    profiles: Mapping[str, tuple[float, ...]]
    categories: tuple[str, ...]


@cache
def kinds() -> Kinds:
    """Return all kinds; read once."""
    nodes = msgspec.json.decode((KINDS_FOLDER / "nodes.json").read_bytes(), type=tuple[NodeKind, ...])
    flows = msgspec.json.decode((KINDS_FOLDER / "flows.json").read_bytes(), type=tuple[FlowKind, ...])
    bounds = msgspec.json.decode((KINDS_FOLDER / "boundaries.json").read_bytes(), type=tuple[BoundaryKind, ...])
    brief = msgspec.json.decode((KINDS_FOLDER / "brief.json").read_bytes(), type=tuple[Parameter, ...])
    profiles = msgspec.json.decode((KINDS_FOLDER / "profiles.json").read_bytes(), type=dict[str, tuple[float, ...]])
    return Kinds(
        nodes={kind.id: kind for kind in nodes},
        flows={kind.id: kind for kind in flows},
        boundaries={kind.id: kind for kind in bounds},
        brief=brief,
        profiles=profiles,
        categories=tuple(dict.fromkeys(kind.category for kind in nodes)),
    )


def boundary_axis(kind: str) -> Axis | None:
    """Return the axis of a boundary kind, or None if the kind is unknown."""
    found = kinds().boundaries.get(kind)
    return found.axis if found else None


def parameters_of(element: Element) -> Mapping[str, Parameter]:
    """Return the parameters of the element's kind by name; empty for an unknown kind. Read only."""
    if isinstance(element, Node):
        return _node_parameters(element.kind)
    if isinstance(element, Flow):
        return _flow_parameters(element.interaction)
    if isinstance(element, Boundary):
        return _boundary_parameters(element.kind)
    if isinstance(element, Brief):
        return _brief_parameters()
    return {}


@cache
def _node_parameters(kind: str) -> dict[str, Parameter]:
    known = kinds().nodes.get(kind)
    return {parameter.name: parameter for parameter in known.parameters} if known else {}


@cache
def _flow_parameters(interaction: str) -> dict[str, Parameter]:
    return {parameter.name: parameter for parameter in kinds().flows[interaction].parameters}


@cache
def _boundary_parameters(kind: str) -> dict[str, Parameter]:
    known = kinds().boundaries.get(kind)
    return {parameter.name: parameter for parameter in known.parameters} if known else {}


@cache
def _brief_parameters() -> dict[str, Parameter]:
    return {parameter.name: parameter for parameter in kinds().brief}


def value_of(element: Node | Flow | Boundary | Brief, name: str) -> Value:
    """Return the parameter's value: the element's own where it can be, else the default of its kind, else None."""
    own = element.params.get(name)
    parameter = parameters_of(element).get(name)
    if own is not None and (parameter is None or parameter.problem(own) is None):
        return own
    return parameter.default if parameter else None


def origin_of(element: Node | Flow | Brief, name: str) -> Provenance:
    """Return how well the value is known: `default` until the architect sets, measures or confirms it."""
    stated = element.provenance.get(name)
    if stated is not None:
        return stated
    return "confirmed" if element.params.get(name) is not None else "default"


def problems(element: Element) -> list[str]:
    """Return a sentence for every parameter value that is out of its range or of the wrong type."""
    if isinstance(element, Node) and element.kind not in kinds().nodes:
        return [f"“{element.name}” has the unknown kind {element.kind!r}."]
    known = parameters_of(element)
    found = []
    for name, value in getattr(element, "params", {}).items():
        parameter = known.get(name)
        sentence = parameter.problem(value) if parameter else None
        if sentence:
            found.append(sentence)
    return found
