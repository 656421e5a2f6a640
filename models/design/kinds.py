"""The kinds of nodes, flows and boundaries and the parameters of the brief, read from `resources/kinds`.

A kind is data: category, icon, key, parameters with unit, range, help and default, station type, equivalents.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Literal, TypeVar

import msgspec
from msgspec import Struct, field

from models.dates import day_of
from models.design.elements import Boundary, Brief, Element, Flow, Node, Provenance, Value
from models.words import NO_TEXT, Number, Text, joined, text_of_json

KINDS_FOLDER = Path(__file__).parents[2] / "resources" / "kinds"
Axis = Literal["context", "deployment", "overlay", "annotation"]
LARGEST = 1e12
"""No number of a drawing is larger; it keeps products of several finite."""
AXES: tuple[Axis, ...] = ("context", "deployment", "overlay", "annotation")
Station = Literal["none", "server", "llm", "training", "batch", "store", "cache", "queue", "external"]
Evidence = Literal["measured", "computed", "published", "secondary", "assumption"]
Read = TypeVar("Read")
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
    label: Text
    help: Text
    type: ParameterType = "number"
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    default: Value = None
    choices: tuple[str, ...] = ()
    evidence: Evidence = "assumption"
    source: str = ""
    group: Text = NO_TEXT

    def problem(self, value: Value) -> Text | None:
        """Return a sentence that says why `value` cannot be set, or None if it can."""
        if value is None:
            return None
        check = _CHECKS[self.type]
        return check(self, value)


def _check_number(parameter: Parameter, value: Value) -> Text | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return Text("{label} must be a number.", label=parameter.label)
    if abs(value) > LARGEST:
        return Text(
            "{label} is larger than anything that can be computed with ({largest:g}).",
            label=parameter.label,
            largest=LARGEST,
        )
    if parameter.type == "integer" and value != int(value):
        return Text("{label} must be a whole number.", label=parameter.label)
    if parameter.minimum is not None and value < parameter.minimum:
        return Text(
            "{label} cannot be below {bound}.", label=parameter.label, bound=_amount(parameter, parameter.minimum)
        )
    if parameter.maximum is not None and value > parameter.maximum:
        return Text(
            "{label} cannot be above {bound}.", label=parameter.label, bound=_amount(parameter, parameter.maximum)
        )
    return None


def _amount(parameter: Parameter, bound: float) -> str:
    """Return a bound as it is typed into the field."""
    shown = Number(f"{bound * 100 if parameter.unit == '%' else bound:g}")
    return joined((shown, Text(parameter.unit)), " ") if parameter.unit else shown


def _check_choice(parameter: Parameter, value: Value) -> Text | None:
    if value not in parameter.choices:
        return Text("{label} must be one of {choices}.", label=parameter.label, choices=", ".join(parameter.choices))
    return None


def _check_boolean(parameter: Parameter, value: Value) -> Text | None:
    return None if isinstance(value, bool) else Text("{label} must be yes or no.", label=parameter.label)


def _check_text(parameter: Parameter, value: Value) -> Text | None:
    return None if isinstance(value, str) else Text("{label} must be text.", label=parameter.label)


def _check_shares(parameter: Parameter, value: Value) -> Text | None:
    numbers = isinstance(value, dict) and all(isinstance(x, int | float) and x >= 0 for x in value.values())
    return None if numbers else Text("{label} must give a share of 0 or more to each name.", label=parameter.label)


def _check_factors(parameter: Parameter, value: Value) -> Text | None:
    numbers = isinstance(value, list | tuple) and all(isinstance(x, int | float) and x >= 0 for x in value)
    return (
        None
        if numbers and len(value) == 24
        else Text("{label} must be 24 factors of 0 or more, one an hour.", label=parameter.label)
    )


def _check_tags(parameter: Parameter, value: Value) -> Text | None:
    texts = isinstance(value, dict) and all(isinstance(text, str) for text in value.values())
    return None if texts else Text("{label} must give a text to each name.", label=parameter.label)


def _check_date(parameter: Parameter, value: Value) -> Text | None:
    if value == "" or (isinstance(value, str) and day_of(value) is not None):
        return None
    return Text("{label} must be a date, as 2027-11 or 2027-11-30.", label=parameter.label)


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
    label: Text = NO_TEXT
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
    label: Text
    category: Text
    help: Text
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
    def noun(self) -> Text:
        """The label inside a sentence: “model serving”, but “LLM API” and “CI/CD” as they are."""
        return Text(" ".join(word if word[1:2].isupper() else word.lower() for word in self.label.split(" ")))

    def parameter(self, name: str) -> Parameter | None:
        """Return the parameter of this name, or None."""
        return next((parameter for parameter in self.parameters if parameter.name == name), None)


class BoundaryKind(Struct, frozen=True):
    """A kind of boundary on one axis; one for annotation holds nothing and is no part of the system."""

    id: str
    label: Text
    axis: Axis
    help: Text
    icon: str = ""
    key: str = ""
    parameters: tuple[Parameter, ...] = ()


class FlowKind(Struct, frozen=True):
    """One interaction with its parameters."""

    id: str
    label: Text
    help: Text
    parameters: tuple[Parameter, ...] = ()


class Kinds(Struct, frozen=True):
    """All kinds by id, the parameters of the brief and the named daily profiles (24 factors of mean 1)."""

    nodes: Mapping[str, NodeKind]
    flows: Mapping[str, FlowKind]
    boundaries: Mapping[str, BoundaryKind]
    brief: tuple[Parameter, ...]
    profiles: Mapping[str, tuple[float, ...]]
    categories: tuple[Text, ...]


def _read(name: str, form: type[Read]) -> Read:
    """Return the content of a file of kinds; its labels and helps become texts."""
    return msgspec.json.decode((KINDS_FOLDER / f"{name}.json").read_bytes(), type=form, dec_hook=text_of_json)


def words_of_kinds() -> Iterator[str]:
    """Yield every text of the kinds that a window shows: labels, helps, groups, units, choices and categories."""
    table = kinds()
    for kind in _all_kinds(table):
        yield from (kind.label, kind.help)
    for parameter in all_parameters():
        yield from words_of_parameter(parameter)
    yield from table.flows
    for node in table.nodes.values():
        yield from (node.category, node.noun, *(line.label or line.item.replace("_", " ") for line in node.billing))


def all_parameters() -> Iterator[Parameter]:
    """Yield the parameters of the brief and of every kind."""
    table = kinds()
    yield from table.brief
    for kind in _all_kinds(table):
        yield from kind.parameters


def _all_kinds(table: Kinds) -> tuple[NodeKind | FlowKind | BoundaryKind, ...]:
    return (*table.nodes.values(), *table.flows.values(), *table.boundaries.values())


@cache
def units() -> tuple[str, ...]:
    """Return the units that parameters have, each once."""
    return tuple(dict.fromkeys(parameter.unit for parameter in all_parameters() if parameter.unit))


def words_of_parameter(parameter: Parameter) -> Iterator[str]:
    """Yield the texts of a parameter that a form shows."""
    choices = (choice.replace("_", " ") for choice in parameter.choices)
    if parameter.source.startswith("Groundplan"):  # a source of others is cited as it is
        yield parameter.source
    yield from (text for text in (parameter.label, parameter.help, parameter.group, parameter.unit, *choices) if text)


@cache
def kinds() -> Kinds:
    """Return all kinds; read once."""
    nodes, flows = _read("nodes", tuple[NodeKind, ...]), _read("flows", tuple[FlowKind, ...])
    bounds, brief = _read("boundaries", tuple[BoundaryKind, ...]), _read("brief", tuple[Parameter, ...])
    profiles = _read("profiles", dict[str, tuple[float, ...]])
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


def problems(element: Element) -> list[Text]:
    """Return a sentence for every parameter value that is out of its range or of the wrong type."""
    if isinstance(element, Node) and element.kind not in kinds().nodes:
        return [Text("“{name}” has the unknown kind {kind!r}.", name=element.name, kind=element.kind)]
    known = parameters_of(element)
    found = []
    for name, value in getattr(element, "params", {}).items():
        parameter = known.get(name)
        sentence = parameter.problem(value) if parameter else None
        if sentence:
            found.append(sentence)
    return found
