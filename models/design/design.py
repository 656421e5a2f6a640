"""A design as a value: one immutable mapping from id to element, with the rules that hold between elements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from models.design.delta import Delta
from models.design.elements import (
    BRIEF_ID,
    INPUT_PREFIX,
    Boundary,
    Brief,
    DesignError,
    Element,
    Flow,
    Id,
    Input,
    Node,
    Position,
    input_id,
    position_id,
    references,
)
from models.design.json_faults import first_repeated, reason_of
from models.design.kinds import AXES, boundary_axis
from models.words import Text, plain, quoted

if TYPE_CHECKING:
    from pathlib import Path

    import networkx

_NO_BRIEF = Brief()
REJECTED = ("rejected", "verworfen", "abgelehnt")
"""How the decision of a variant begins that is not taken, in small letters."""


class Design:
    """An immutable drawing; `apply` returns the next one. Whoever holds it can read it on any thread.

    Invariants: every referenced id exists and has the right type, boundaries form a forest per axis, ids fit their
    element. They are checked for the elements that a delta touches and for those that refer to them.
    """

    __slots__ = ("__dict__", "elements")

    elements: Mapping[Id, Element]

    def __init__(self, elements: Mapping[Id, Element] | None = None) -> None:
        """Check all `elements` and keep them.

        Raises:
            DesignError: they break a rule; the message names the element.
        """
        self.elements = dict(elements or {})
        for key, element in self.elements.items():
            check(key, element, self.elements)

    @classmethod
    def _trusted(cls, elements: Mapping[Id, Element], referrers: dict[Id, frozenset[Id]] | None) -> Design:
        design = cls.__new__(cls)
        design.elements = elements
        if referrers is not None:
            design.__dict__["referrers"] = referrers
        return design

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Design) and self.elements == other.elements

    __hash__ = object.__hash__

    def __len__(self) -> int:
        return len(self.elements)

    @cached_property
    def referrers(self) -> dict[Id, frozenset[Id]]:
        """Map each id to the ids of the elements that refer to it. Read only."""
        found: dict[Id, set[Id]] = {}
        for key, element in self.elements.items():
            for target in references(key, element):
                found.setdefault(target, set()).add(key)
        return {key: frozenset(value) for key, value in found.items()}

    def apply(self, delta: Delta) -> Design:
        """Return the design after `delta`.

        Raises:
            DesignError: the delta does not start from this design, or its result breaks a rule. Nothing is changed.
        """
        if not delta:
            return self
        elements = dict(self.elements)
        for key, (before, after) in delta.changes.items():
            if elements.get(key) != before:
                raise DesignError(
                    Text("The change does not fit: {who} was changed.", who=name_of(key, elements.get(key) or before))
                )
            if after is None:
                elements.pop(key, None)
            else:
                elements[key] = after
        self._check_changes(delta, elements)
        known = "referrers" in self.__dict__  # else the first who asks pays for it; most edits do not
        design = Design._trusted(elements, self._next_referrers(delta) if known else None)
        self._hand_over(delta, design)
        return design

    def _hand_over(self, delta: Delta, design: Design) -> None:
        """Carry the per-type mappings over, patched where the delta touches them."""
        for name, kind in (("nodes", Node), ("flows", Flow), ("boundaries", Boundary), ("_all_inputs", Input)):
            known = self.__dict__.get(name)
            if known is None:
                continue
            touched = {
                key: after
                for key, (before, after) in delta.changes.items()
                if isinstance(before, kind) or isinstance(after, kind)
            }
            if touched:
                known = dict(known)
                for key, after in touched.items():
                    if isinstance(after, kind):
                        known[key] = after
                    else:
                        known.pop(key, None)
            design.__dict__[name] = known

    def _check_changes(self, delta: Delta, elements: Mapping[Id, Element]) -> None:
        for key, (before, after) in delta.changes.items():
            if after is not None:
                check(key, after, elements)
            if after is None or type(after) is not type(before) or _recast(before, after):
                for referrer in self.referrers.get(key, ()):
                    element = elements.get(referrer)
                    if element is not None:
                        check(referrer, element, elements)

    def _next_referrers(self, delta: Delta) -> dict[Id, frozenset[Id]]:
        changed = []
        for key, (before, after) in delta.changes.items():
            old = set(references(key, before)) if before is not None else set()
            new = set(references(key, after)) if after is not None else set()
            if old != new:
                changed.append((key, old, new))
        if not changed:
            return self.referrers
        index = dict(self.referrers)
        for key, old, new in changed:
            for target in old - new:
                index[target] = index[target] - {key}
            for target in new - old:
                index[target] = index.get(target, frozenset()) | {key}
        return index

    # -- reading ---------------------------------------------------------------------------------------------------

    @property
    def brief(self) -> Brief:
        """The brief, or an empty one."""
        found = self.elements.get(BRIEF_ID)
        return found if isinstance(found, Brief) else _NO_BRIEF

    @property
    def is_rejected(self) -> bool:
        """True when the brief's decision begins with “Rejected”, in a language of the window."""
        return self.brief.decision.casefold().startswith(REJECTED)

    @cached_property
    def nodes(self) -> dict[Id, Node]:
        """All nodes by id, in the order of the mapping. Read only."""
        return {key: element for key, element in self.elements.items() if isinstance(element, Node)}

    @cached_property
    def flows(self) -> dict[Id, Flow]:
        """All flows by id. Read only."""
        return {key: element for key, element in self.elements.items() if isinstance(element, Flow)}

    @cached_property
    def boundaries(self) -> dict[Id, Boundary]:
        """All boundaries by id. Read only."""
        return {key: element for key, element in self.elements.items() if isinstance(element, Boundary)}

    def node(self, identifier: Id) -> Node:
        """Return the node; raises KeyError if there is none of this id."""
        element = self.elements[identifier]
        if not isinstance(element, Node):
            raise KeyError(identifier)
        return element

    def input(self, framework: str, path: str) -> Input | None:
        """Return the framework's input, or None while it stands at its default."""
        found = self.elements.get(input_id(framework, path))
        return found if isinstance(found, Input) else None

    def inputs(self, framework: str) -> dict[str, Input]:
        """Return all inputs of a framework by path."""
        prefix = f"{INPUT_PREFIX}{framework}/"
        return {key[len(prefix) :]: given for key, given in self._all_inputs.items() if key.startswith(prefix)}

    @cached_property
    def _all_inputs(self) -> dict[Id, Input]:
        return {key: element for key, element in self.elements.items() if isinstance(element, Input)}

    def position(self, view: str, identifier: Id) -> Position | None:
        """Return where the element lies in the view, or None if it was never placed there."""
        found = self.elements.get(position_id(view, identifier))
        return found if isinstance(found, Position) else None

    def ancestors(self, boundary: Id | None) -> Iterator[tuple[Id, Boundary]]:
        """Yield the boundary and its parents, innermost first."""
        while boundary is not None:
            element = self.elements[boundary]
            if not isinstance(element, Boundary):
                return
            yield boundary, element
            boundary = element.parent

    @cached_property
    def graph(self) -> networkx.MultiDiGraph:
        """The frozen networkx graph: one node per node, one keyed edge per flow, each with its `element`."""
        import networkx

        graph = networkx.MultiDiGraph()
        graph.add_nodes_from((key, {"element": node}) for key, node in self.nodes.items())
        graph.add_edges_from((flow.source, flow.target, key, {"element": flow}) for key, flow in self.flows.items())
        return networkx.freeze(graph)


def name_of(identifier: Id, element: Element | None) -> str:
    """Return how a sentence names the element: its name in quotes, of several lines the first, else its id."""
    name = getattr(element, "name", "").partition("\n")[0]
    return quoted(name) if name else identifier


def _recast(before: Element | None, after: Element) -> bool:
    return isinstance(before, Boundary) and isinstance(after, Boundary) and before.kind != after.kind


def check(key: Id, element: Element, elements: Mapping[Id, Element]) -> None:
    """Check one element against the elements it lies among.

    Raises:
        DesignError: it breaks a rule; the message names it.
    """
    _check_identifier(key, element)
    if isinstance(element, Node):
        _check_node(key, element, elements)
    elif isinstance(element, Flow):
        _check_flow(key, element, elements)
    elif isinstance(element, Boundary):
        _check_boundary(key, element, elements)
    else:
        for target in references(key, element):
            if target not in elements:
                raise DesignError(Text("{key} refers to {target}, which does not exist.", key=key, target=target))


def _check_identifier(key: Id, element: Element) -> None:
    expected = (
        key == BRIEF_ID
        if isinstance(element, Brief)
        else key.startswith("pos/")
        if isinstance(element, Position)
        else key.startswith(INPUT_PREFIX)
        if isinstance(element, Input)
        else bool(key) and "/" not in key and key != BRIEF_ID
    )
    if not expected:
        raise DesignError(
            Text("{key} cannot be the id of a {name}.", key=repr(key), name=type(element).__name__.lower())
        )


def _check_node(key: Id, node: Node, elements: Mapping[Id, Element]) -> None:
    if node.context is not None:
        _expect_axis(key, node, node.context, "context", elements)
    for site in node.sites:
        if site.boundary is not None:
            _expect_axis(key, node, site.boundary, "deployment", elements)


def _expect_axis(key: Id, node: Node, target: Id, axis: str, elements: Mapping[Id, Element]) -> None:
    boundary = elements.get(target)
    if not isinstance(boundary, Boundary):
        raise DesignError(
            Text(
                "{who} lies in {target}, which is not a boundary of this design.", who=name_of(key, node), target=target
            )
        )
    if boundary_axis(boundary.kind) != axis:
        raise DesignError(
            Text(
                "{who} cannot lie in “{name}”: a {kind} is not on the {axis} axis.",
                who=name_of(key, node),
                name=boundary.name,
                kind=boundary.kind,
                axis=axis,
            )
        )


def _check_flow(key: Id, flow: Flow, elements: Mapping[Id, Element]) -> None:
    if not isinstance(elements.get(flow.source), Node):
        args = {"who": name_of(key, flow), "node": flow.source}
        raise DesignError(Text("Flow {who} starts at {node}, which is not a node of this design.", **args))
    if not isinstance(elements.get(flow.target), Node):
        args = {"who": name_of(key, flow), "node": flow.target}
        raise DesignError(Text("Flow {who} ends at {node}, which is not a node of this design.", **args))
    for journey in flow.journeys:
        if not isinstance(elements.get(journey), Flow):
            raise DesignError(
                Text(
                    "Flow {who} serves journey {journey}, which is not a flow of this design.",
                    who=name_of(key, flow),
                    journey=journey,
                )
            )


def _check_boundary(key: Id, boundary: Boundary, elements: Mapping[Id, Element]) -> None:
    axis = boundary_axis(boundary.kind)
    if axis not in AXES:
        raise DesignError(
            Text("{who} has the unknown boundary kind {kind}.", who=name_of(key, boundary), kind=repr(boundary.kind))
        )
    for member in boundary.members:
        if member not in elements:
            raise DesignError(
                Text("{who} holds {member}, which does not exist.", who=name_of(key, boundary), member=member)
            )
    seen = {key}
    parent = boundary.parent
    while parent is not None:
        above = elements.get(parent)
        if not isinstance(above, Boundary):
            raise DesignError(
                Text(
                    "{who} lies in {parent}, which is not a boundary of this design.",
                    who=name_of(key, boundary),
                    parent=parent,
                )
            )
        if boundary_axis(above.kind) != axis:
            raise DesignError(
                Text(
                    "{who} cannot lie in “{name}”: the two are on different axes.",
                    who=name_of(key, boundary),
                    name=above.name,
                )
            )
        if parent in seen:
            raise DesignError(Text("{who} would contain itself.", who=name_of(key, boundary)))
        seen.add(parent)
        parent = above.parent


LARGEST_TEXT_BYTES = 256 * 2**20
_PACKER = msgspec.msgpack.Encoder(enc_hook=plain)
_TEXT_ENCODER = msgspec.json.Encoder(order="sorted", enc_hook=plain)


def to_text(design: Design) -> str:
    """Return the design as sorted, indented JSON: the text form for git, the clipboard and `.json` files."""
    payload = {"format": "groundplan-design", "version": 1, "elements": dict(sorted(design.elements.items()))}
    return msgspec.json.format(_TEXT_ENCODER.encode(payload), indent=2).decode() + "\n"


class _Text(msgspec.Struct):
    format: str
    version: int
    elements: dict[Id, Element]


def from_text(text: str | bytes) -> Design:
    """Return the design in the JSON text.

    Raises:
        DesignError: the text is no design, a newer version, or breaks a rule; the message says what and where.
    """
    try:
        read = msgspec.json.decode(text, type=_Text)
        _PACKER.encode(read.elements)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, OverflowError) as error:
        raise DesignError(Text("This is not a Groundplan design: {reason}.", reason=reason_of(error, text))) from error
    if read.format != "groundplan-design":
        raise DesignError(Text("This is not a Groundplan design: its format says {format}.", format=repr(read.format)))
    if read.version > 1:
        raise DesignError(
            Text(
                "This design is of version {version}; this program reads up to 1. Update Groundplan.",
                version=read.version,
            )
        )
    twice = first_repeated(text)
    if twice:
        raise DesignError(
            Text("This design holds {twice} twice. Keep the one that is meant and read it again.", twice=twice)
        )
    return Design(read.elements)


def read_design(path: Path) -> Design:
    """Return the design in a text file.

    Raises:
        DesignError: it is no regular file, larger than any design, or no design; the message says what and where.
        OSError: it cannot be read.
    """
    if not path.is_file():
        raise DesignError(Text("“{path}” does not exist or is not a regular file. Check the name.", path=path))
    if path.stat().st_size > LARGEST_TEXT_BYTES:
        raise DesignError(
            Text("“{path}” is larger than {most} MiB, which no design is.", path=path, most=LARGEST_TEXT_BYTES // 2**20)
        )
    return from_text(path.read_bytes())
