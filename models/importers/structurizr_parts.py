"""The parts of a Structurizr workspace, whether it was written in the DSL or as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct, field

from models.importers.notes import Note
from models.importers.yaml_reader import Mark

PartKind = Literal[
    "person", "softwareSystem", "container", "component", "group", "environment", "deploymentNode",
    "infrastructureNode", "instance", "element",
]  # fmt: skip


class Part(Struct, eq=False):
    """A person, system, container, component, group, deployment node or instance.

    Attributes:
        of: what an instance is an instance of.
        instances: how many equal ones of a deployment node there are.
        identifier: how the DSL names it; empty = it has none.
        twin: its number among those of its name beside it, from 1.
    """

    kind: PartKind
    name: str
    mark: Mark
    description: str = ""
    technology: str = ""
    tags: list[str] = field(default_factory=list)
    properties: dict[str, str] = field(default_factory=dict)
    parent: Part | None = None
    children: list[Part] = field(default_factory=list)
    of: Part | None = None
    instances: int = 1
    identifier: str = ""
    twin: int = 1

    def above(self) -> Iterator[Part]:
        """Yield its parents, innermost first."""
        part = self.parent
        while part is not None:
            yield part
            part = part.parent

    def below(self) -> Iterator[Part]:
        """Yield everything inside it."""
        for child in self.children:
            yield child
            yield from child.below()

    def inside(self, kind: PartKind) -> list[Part]:
        """Return the parts of a kind in it, also those in its groups."""
        return [part for part in self.below() if part.kind == kind]

    @property
    def where(self) -> str:
        """Where it was read, as notes of nodes and boundaries say it; a line of 0 is not known."""
        file, line = self.mark
        return f"Read from {file}, line {line}" if line else f"Read from {file}"

    @property
    def path(self) -> str:
        """Its names from the outside in: the stable name that ids of an import rest on."""
        parts = [*reversed(list(self.above())), self]
        return "/".join(part.name if part.twin == 1 else f"{part.name}~{part.twin}" for part in parts)


class Relation(Struct, eq=False):
    """A relationship between two parts."""

    source: Part
    target: Part
    mark: Mark
    description: str = ""
    technology: str = ""
    tags: list[str] = field(default_factory=list)


class Workspace(Struct):
    """The model of a workspace.

    Attributes:
        places: where a view draws a part, by the identity of the part.
    """

    name: str = ""
    description: str = ""
    parts: list[Part] = field(default_factory=list)
    environments: list[Part] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    places: dict[int, tuple[float, float]] = field(default_factory=dict)

    def tell_apart(self) -> None:
        """Number the parts of the same name that lie beside each other, so that each has a path of its own."""
        waiting = [self.parts, self.environments]
        while waiting:
            seen: dict[str, int] = {}
            for part in waiting.pop():
                part.twin = seen[part.name] = seen.get(part.name, 0) + 1
                waiting.append(part.children)

    def everything(self) -> Iterator[Part]:
        """Yield all parts of the model without those of the deployment environments."""
        for part in self.parts:
            yield part
            yield from part.below()
