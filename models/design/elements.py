"""The elements a design is made of: nodes, flows, boundaries, positions, inputs and the brief.

Elements are immutable records. Mappings inside them are read-only by type and must never be mutated; an edit
builds a new element with `msgspec.structs.replace`. A value that is absent from `params` stands at the default
of its kind (see `models.design.kinds`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeAlias, cast

import msgspec
from msgspec import Struct, field

from models.words import Number, Text, plain, sentence_of

Id: TypeAlias = str
Value: TypeAlias = Any
"""A JSON value: number, text, boolean, None, list or mapping."""

Provenance = Literal["default", "measured", "published", "confirmed"]
Interaction = Literal["request", "message", "stream", "batch"]
Role = Literal["active", "standby", "read_replica"]

BRIEF_ID: Id = "brief"
POSITION_PREFIX = "pos/"
INPUT_PREFIX = "in/"
VIEWS: tuple[str, ...] = ("services", "data_flow", "deployment")
FARTHEST = 1e7
"""No place of a drawing is farther out, in pixels: beyond it single precision no longer tells pixels apart."""
_TOO_FAR = Text(
    "An element lies farther out than {farthest} pixels; move it nearer to the others.",
    farthest=Number(f"{FARTHEST:,.0f}"),
)
LONGEST_NAME = 1000
"""Characters of a name; what is longer is a note, and no panel, page or picture could show it."""
MOST_COPIES = 1_000_000
"""Replicas of a site or copies of a boundary that can be counted with."""


class DesignError(ValueError):
    """An edit that would break the design; the message is a sentence for the architect."""


def _check_name(name: str) -> None:
    if len(name) > LONGEST_NAME:
        raise DesignError(
            Text(
                "“{name}…” is {count} characters long; a name has at most {most}.",
                name=name[:40],
                count=Number(f"{len(name):,}"),
                most=Number(f"{LONGEST_NAME:,}"),
            )
        )


class Site(Struct, frozen=True, forbid_unknown_fields=False):
    """One place where a node runs.

    Attributes:
        boundary: the innermost deployment boundary (provider, region, zone, cluster or site group); None = the brief's
            home region.
        replicas: running copies at month 0, at least 0.
        role: active sites share the load, a standby takes over, a read replica serves reads.
    """

    boundary: Id | None = None
    replicas: int = 1
    role: Role = "active"

    def __post_init__(self) -> None:
        if not 0 <= self.replicas <= MOST_COPIES:
            args = {"replicas": self.replicas, "most": Number(f"{MOST_COPIES:,}")}
            raise DesignError(Text("A site cannot have {replicas} replicas; give 0 to {most}.", **args))


class Node(Struct, frozen=True, tag="node", tag_field="element"):
    """A service, store, queue or user group of the drawing; one evaluation row per site."""

    kind: str
    name: str
    params: Mapping[str, Value] = field(default_factory=dict)
    sites: tuple[Site, ...] = (Site(),)
    context: Id | None = None
    technology: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    provenance: Mapping[str, Provenance] = field(default_factory=dict)
    origin: str = ""

    def __post_init__(self) -> None:
        if not self.kind:
            raise DesignError(Text("A node needs a kind."))
        _check_name(self.name)
        if not self.sites:
            raise DesignError(Text("{name} needs at least one site.", name=self.name or Text("A node")))


class Flow(Struct, frozen=True, tag="flow", tag_field="element"):
    """A directed flow of requests, messages, records or batches between two nodes.

    Attributes:
        journeys: ids of the first flows of the journeys this flow serves; empty = all journeys that reach its source.
        evidence: where an imported flow was read from, with its confidence, as a sentence.
    """

    source: Id
    target: Id
    interaction: Interaction = "request"
    name: str = ""
    params: Mapping[str, Value] = field(default_factory=dict)
    journeys: tuple[Id, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    provenance: Mapping[str, Provenance] = field(default_factory=dict)
    origin: str = ""
    evidence: str = ""

    def __post_init__(self) -> None:
        _check_name(self.name)


class Boundary(Struct, frozen=True, tag="boundary", tag_field="element"):
    """A container: a team or context, a deployment boundary, or a network overlay; or a text on the canvas.

    Attributes:
        kind: id of a boundary kind, which fixes the axis (context, deployment, overlay or annotation).
        copies: how many equal copies of it exist (*Store × 300*); load is shared, cost multiplied.
        members: ids in a network overlay; empty on the other axes, where nodes and boundaries name their parent.
    """

    kind: str
    name: str
    parent: Id | None = None
    copies: int = 1
    params: Mapping[str, Value] = field(default_factory=dict)
    members: tuple[Id, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    origin: str = ""

    def __post_init__(self) -> None:
        _check_name(self.name)
        if not 1 <= self.copies <= MOST_COPIES:
            args = {"name": self.name or Text("A boundary"), "copies": self.copies, "most": Number(f"{MOST_COPIES:,}")}
            raise DesignError(Text("{name} cannot have {copies} copies; give 1 to {most}.", **args))


class Position(Struct, frozen=True, tag="position", tag_field="element"):
    """Where an element lies in one view, in pixels of the 8 px grid; for flows only `waypoints` counts.

    Attributes:
        pinned: tidy leaves it where it is.
        z: drawing order among its kind; higher is nearer.
        collapsed: a boundary shown as one node with its totals.
    """

    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0
    pinned: bool = False
    z: int = 0
    collapsed: bool = False
    waypoints: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        if not (self.width >= 0 and self.height >= 0):
            raise DesignError(Text("An element cannot have a negative size."))
        near = -FARTHEST <= self.x <= FARTHEST and -FARTHEST <= self.y <= FARTHEST and -FARTHEST <= self.z <= FARTHEST
        near = near and self.width <= FARTHEST and self.height <= FARTHEST
        if self.waypoints:
            near = near and all(-FARTHEST <= x <= FARTHEST and -FARTHEST <= y <= FARTHEST for x, y in self.waypoints)
        if not near:
            raise DesignError(_TOO_FAR)


class Input(Struct, frozen=True, tag="input", tag_field="element"):
    """One JSON value of a framework: a weight, an answer, a budget. Unknown ones are kept verbatim."""

    value: Value = None
    provenance: Provenance = "confirmed"


class Brief(Struct, frozen=True, tag="brief", tag_field="element"):
    """What the plan is for: names, the company's profile, and the parameters that hold for the whole design.

    Attributes:
        params: overrides of the brief's parameters (growth, horizon, targets, home region …).
        phases: dated changes: month, label and the parameter overrides of nodes from that month on.
        decision: why this variant was chosen or rejected; printed in the plan.
    """

    name: str = ""
    client: str = ""
    author: str = ""
    params: Mapping[str, Value] = field(default_factory=dict)
    provenance: Mapping[str, Provenance] = field(default_factory=dict)
    phases: tuple[Phase, ...] = ()
    catalog_digest: str = ""
    decision: str = ""
    note: str = ""


class Phase(Struct, frozen=True):
    """A dated change: from `month` on, `path` of `element` has `value` (for example 10 replicas from month 7)."""

    month: int
    element: Id
    path: str
    value: Value
    label: str = ""

    def __post_init__(self) -> None:
        if not self.month >= 0:
            raise DesignError(Text("A phase cannot start in month {month}.", month=self.month))


Element: TypeAlias = Node | Flow | Boundary | Position | Input | Brief
DRAWN = (Node, Flow, Boundary)


def position_id(view: str, element: Id) -> Id:
    """Return the id of the position of `element` (or of `element/site number`) in `view`."""
    return f"{POSITION_PREFIX}{view}/{element}"


def positioned(identifier: Id) -> tuple[str, Id]:
    """Return (view, element id) of a position id; a site's position names its node.

    Raises:
        DesignError: the id is not of the form `pos/<view>/<id>`.
    """
    parts = identifier.split("/")
    if len(parts) < 3 or parts[0] != "pos":
        raise DesignError(
            Text("{identifier} is not the id of a position; expected pos/<view>/<id>.", identifier=repr(identifier))
        )
    return parts[1], parts[2]


def input_id(framework: str, path: str) -> Id:
    """Return the id of a framework's input."""
    return f"{INPUT_PREFIX}{framework}/{path}"


def references(identifier: Id, element: Element) -> Iterator[Id]:
    """Yield the ids that must exist for this element to make sense."""
    if isinstance(element, Flow):
        yield element.source
        yield element.target
        yield from element.journeys
    elif isinstance(element, Node):
        for site in element.sites:
            if site.boundary is not None:
                yield site.boundary
        if element.context is not None:
            yield element.context
    elif isinstance(element, Boundary):
        if element.parent is not None:
            yield element.parent
        yield from element.members
    elif isinstance(element, Position):
        yield positioned(identifier)[1]
    elif isinstance(element, Brief):
        for phase in element.phases:
            yield phase.element


_ENCODER = msgspec.json.Encoder(order="sorted", enc_hook=plain)
_DECODER: msgspec.json.Decoder[Element] = msgspec.json.Decoder(Element)


def encode(element: Element) -> bytes:
    """Return the element as sorted JSON."""
    return _ENCODER.encode(element)


def decode(data: bytes | str) -> Element:
    """Return the element in the JSON text.

    Raises:
        DesignError: the text is not an element; the message says where.
    """
    try:
        return _DECODER.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise DesignError(Text("Not an element of a design: {error}.", error=sentence_of(error))) from error


def leaves(element: Element) -> dict[str, Value]:
    """Return the element as a flat mapping of leaf paths (`params.replicas`) to JSON values.

    Lists are leaves, and so are empty mappings below the fields of the element.
    """
    flat: dict[str, Value] = {}

    def walk(prefix: str, value: Value) -> None:
        if isinstance(value, dict) and value:
            for key, inner in value.items():
                walk(f"{prefix}\x1f{key}", inner)
        else:
            flat[prefix] = value

    for name, value in msgspec.to_builtins(element, enc_hook=plain).items():
        if name == "value" or not (isinstance(value, dict) and not value):
            walk(name, value)
    return flat


def path_words(path: str) -> str:
    """Return a leaf path as people read it: `params.replicas`."""
    return path.replace("\x1f", ".")


def assemble(flat: Mapping[str, Value]) -> Element:
    """Return the element of a flat mapping: the inverse of `leaves`.

    Raises:
        DesignError: the leaves do not make a valid element.
    """
    tree: dict[str, Value] = {}
    for path, value in flat.items():
        *parents, last = path.split("\x1f")
        branch = tree
        for parent in parents:
            branch = branch.setdefault(parent, {})
            if not isinstance(branch, dict):
                raise DesignError(
                    Text("The combined change is not valid: {path} lies inside a plain value.", path=path_words(path))
                )
        if last in branch:
            raise DesignError(
                Text("The combined change is not valid: {path} is both a value and a group.", path=path_words(path))
            )
        branch[last] = value
    try:
        return cast("Element", msgspec.convert(tree, Element))
    except msgspec.ValidationError as error:
        raise DesignError(Text("The combined change is not valid: {error}.", error=sentence_of(error))) from error
