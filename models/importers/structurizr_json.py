"""The JSON of a Structurizr workspace as the same parts that the DSL makes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from models.importers.notes import Note
from models.importers.structurizr_parts import Part, PartKind, Relation, Workspace
from models.importers.yaml_reader import Map, Seq
from models.words import Text

_DEEPEST = 64
_VIEWS = ("containerViews", "systemLandscapeViews", "systemContextViews")
_NUMBER = re.compile(r"-?\d{1,6}(\.\d+)?")
_SYSTEMS: tuple[tuple[str, PartKind], ...] = (
    ("people", "person"),
    ("softwareSystems", "softwareSystem"),
    ("customElements", "element"),
)
_INSIDE: dict[PartKind, tuple[tuple[str, PartKind], ...]] = {
    "softwareSystem": (("containers", "container"),),
    "container": (("components", "component"),),
    "deploymentNode": (
        ("children", "deploymentNode"),
        ("infrastructureNodes", "infrastructureNode"),
        ("containerInstances", "instance"),
        ("softwareSystemInstances", "instance"),
    ),
}


def is_workspace(document: object) -> bool:
    """Return whether a document is the JSON of a workspace."""
    if not isinstance(document, Map) or not isinstance(document.get("model"), Map):
        return False
    model = document.map("model")
    return bool({"softwareSystems", "people", "deploymentNodes"} & set(model)) or "views" in document


def mapped(value: Any, name: str) -> Any:
    """Return plain JSON as the values of the YAML reader, which are texts, lists and mappings; lines are not known."""
    mark = (name, 0)
    if isinstance(value, dict):
        return Map(mark, {key: mapped(inner, name) for key, inner in value.items() if key != "documentation"})
    if isinstance(value, list):
        return Seq(mark, [mapped(inner, name) for inner in value])
    return None if value is None else str(value)


def workspace_of_json(document: Map) -> Workspace:
    """Return the model of a workspace in JSON."""
    return _Reading(document).read()


class _Reading:
    def __init__(self, document: Map) -> None:
        self.document = document
        self.workspace = Workspace(name=document.text("name"), description=document.text("description"))
        self.known: dict[str, Part] = {}
        self._groups: dict[tuple[int, str], Part] = {}
        self._told: list[tuple[Part, Map]] = []
        self._instances: list[tuple[Part, str]] = []

    def read(self) -> Workspace:
        model = self.document.map("model")
        for key, kind in _SYSTEMS:
            for record in model.seq(key).maps():
                self._part(record, kind, None, 0)
        environments: dict[str, Part] = {}
        for record in model.seq("deploymentNodes").maps():
            title = record.text("environment") or "Default"
            environment = environments.setdefault(title, Part("environment", title, record.mark))
            self._part(record, "deploymentNode", environment, 0)
        self.workspace.environments = list(environments.values())
        for instance, key in self._instances:
            instance.of = self.known.get(key)
            instance.name = instance.of.name if instance.of is not None else instance.name
        for part, record in self._told:
            self._relate(part, record)
        self._place()
        return self.workspace

    def _place(self) -> None:
        """Keep the places of the view that draws most parts, if it was ever laid out."""
        views = self.document.map("views")
        best: dict[int, tuple[float, float]] = {}
        for kind in _VIEWS:
            for view in views.seq(kind).maps():
                found: dict[int, tuple[float, float]] = {}
                for element in view.seq("elements").maps():
                    part, x, y = self.known.get(element.text("id")), element.text("x"), element.text("y")
                    if part is not None and _NUMBER.fullmatch(x) and _NUMBER.fullmatch(y):
                        found[id(part)] = (float(x), float(y))
                if len(set(found.values())) > max(1, len(best)):
                    best = found
        self.workspace.places = best

    def _part(self, record: Map, kind: PartKind, parent: Part | None, depth: int) -> None:
        if depth > _DEEPEST:
            return
        mark = record.mark
        part = Part(
            kind,
            record.text("name"),
            mark,
            description=record.text("description"),
            technology=record.text("technology"),
            tags=[tag.strip() for tag in record.text("tags").split(",") if tag.strip()],
            properties={key: str(value) for key, value in record.map("properties").items() if isinstance(value, str)},
        )
        part.parent = self._group(record, parent)
        count = record.text("instances").split("..")[0]
        part.instances = max(1, min(int(count), 10_000)) if count.isdigit() else 1
        if kind == "instance":
            part.instances = 1
            self._instances.append((part, record.text("containerId") or record.text("softwareSystemId")))
        (part.parent.children if part.parent is not None else self.workspace.parts).append(part)
        if record.text("id"):
            self.known[record.text("id")] = part
        for key, inner in _INSIDE.get(kind, ()):
            for child in record.seq(key).maps():
                self._part(child, inner, part, depth + 1)
        self._told.extend((part, each) for each in record.seq("relationships").maps())

    def _group(self, record: Map, parent: Part | None) -> Part | None:
        """Return the group that a part is in, made where it is named first; “A/B” is a group in a group."""
        for title in _names(record.text("group")):
            key = (id(parent), title)
            if key not in self._groups:
                group = Part("group", title, record.at("group"), parent=parent)
                self._groups[key] = group
                (parent.children if parent is not None else self.workspace.parts).append(group)
            parent = self._groups[key]
        return parent

    def _relate(self, part: Part, record: Map) -> None:
        if record.text("linkedRelationshipId"):
            return  # it follows from another one
        target = self.known.get(record.text("destinationId"))
        if target is None:
            what = Text("A relationship of “{name}” leads to nothing that is defined; it is left out.", name=part.name)
            self.workspace.notes.append(Note("warning", record.mark[0], record.mark[1], what))
            return
        tags = [tag.strip() for tag in record.text("tags").split(",") if tag.strip() and tag.strip() != "Relationship"]
        if record.text("interactionStyle") == "Asynchronous":
            tags.append("Asynchronous")
        self.workspace.relations.append(
            Relation(part, target, record.mark, record.text("description"), record.text("technology"), tags)
        )


def _names(group: str) -> Iterator[str]:
    return (name for name in group.split("/") if name)
