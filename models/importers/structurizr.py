"""Structurizr workspaces: people use, containers and systems without any become nodes, systems and groups contexts.

Components are parts of the program that their container is: they are named in its note, and what they use their
container uses. Of the deployment environments one is taken, which places the containers.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from models.importers.drawio_cells import Rect
from models.importers.drawio_places import settle_places
from models.importers.folder import Folder
from models.importers.notes import ImportProblem
from models.importers.sketch import CARD, Box, Frame, Sketch
from models.importers.stencils import Found, recognize_text
from models.importers.structurizr_deployment import deploy
from models.importers.structurizr_dsl import read_base, read_script
from models.importers.structurizr_json import workspace_of_json
from models.importers.structurizr_model import workspace_of
from models.importers.structurizr_parts import Part, Workspace
from models.importers.structurizr_relations import relate
from models.importers.workloads import word_set, words
from models.importers.yaml_reader import Map
from models.interruption import while_wanted
from models.words import Text, counted, enumerated, quoted

ORIGIN = "structurizr/"
_OUTSIDE = word_set("external existing legacy thirdparty saas")
_IN_HANDS = word_set("browser spa singlepage mobile android ios desktop angular react vue xamarin flutter electron")
_NOT_IN_HANDS = word_set("server api backend gateway database")
_DEFAULT_TAGS = frozenset({"Element", "Person", "Software System", "Container", "Component", "Relationship"})
_FEW = 6
_VIEW_SCALE = 0.4
"""Elements of Structurizr are 450 wide by default; so they come to about the width of a card."""


def read_structurizr(content: str | Map, path: Path, folder: Folder) -> tuple[Sketch, tuple[str, ...]]:
    """Return the sketch of a workspace and the names of the files it was read from.

    Args:
        content: the text of the DSL, or the JSON of a workspace.
        path, folder: the file and the folder from which it may include others.

    Raises:
        ImportProblem: it cannot be read, or describes no system; the sentence names file and line.
    """
    name = folder.name(path)
    files: tuple[str, ...] = (name,)
    if isinstance(content, str):
        script = read_script(content, path, folder)
        base = next((each for each in script.statements if each.word(0).lower() == "workspace"), None)
        if base is not None and base.word(1).lower() == "extends":
            script = read_base(script, path, folder, base)
        workspace, files = workspace_of(script), tuple(script.files)
    else:
        workspace = workspace_of_json(content)
    workspace.tell_apart()
    if not any(part.kind in ("softwareSystem", "container", "element") for part in workspace.everything()):
        raise ImportProblem(
            Text(
                "{file} describes no software system; there is nothing to draw. Import the workspace whole.", file=name
            )
        )
    return _Drawing(workspace, name).draw(), files


class _Drawing:
    def __init__(self, workspace: Workspace, name: str) -> None:
        self.workspace = workspace
        self.name = name
        self.sketch = Sketch(title=workspace.name, notes=list(workspace.notes))
        self.boxes: dict[int, Box] = {}
        self._unknown: list[str] = []
        self._components: list[Part] = []
        systems = [part for part in workspace.everything() if part.kind == "softwareSystem"]
        self._opened = any(system.inside("container") for system in systems)

    def draw(self) -> Sketch:
        for part in while_wanted(self.workspace.everything()):
            self._add(part)
        deploy(self.sketch, self.workspace, self.boxes, self.name)
        settle_places(self.sketch, {}, self.name)
        relate(self.sketch, self.workspace, self.boxes, self.name)
        self._tell()
        return self.sketch

    def _add(self, part: Part) -> None:
        if part.kind == "component":
            self._components.append(part)
        elif part.kind == "group" or (part.kind == "softwareSystem" and part.inside("container")):
            if not any(above.kind == "container" for above in part.above()):
                self.sketch.frames.append(self._frame(part))
        elif part.kind in ("person", "softwareSystem", "container", "element"):
            self.boxes[id(part)] = self._box(part)
            self.sketch.boxes.append(self.boxes[id(part)])

    def _frame(self, part: Part) -> Frame:
        return Frame(
            key=ORIGIN + part.path,
            name=part.name,
            kind="team",
            mark=part.mark,
            tags=dict(part.properties),
            note=part.description,
            where=part.where,
            why="it is a group" if part.kind == "group" else "it is a software system with containers",
            frames=[ORIGIN + above.path for above in part.above()],
        )

    def _box(self, part: Part) -> Box:
        found = self._kind_of(part)
        where = f"{part.where}: {found.why} ({found.confidence} confidence)."
        components = [each.name for each in part.inside("component")]
        inside = f"Components: {', '.join(components)}." if components else ""
        tags = {"tags": ", ".join(dict.fromkeys(tag for tag in part.tags if tag not in _DEFAULT_TAGS))}
        return Box(
            key=ORIGIN + part.path,
            name=part.name,
            kind=found.kind,
            mark=part.mark,
            technology=part.technology or found.technology,
            note=_written(part.description, inside, where),
            tags={key: value for key, value in {**tags, **part.properties}.items() if value},
            frames=[ORIGIN + above.path for above in part.above()],
            rect=self._rect(part),
        )

    def _rect(self, part: Part) -> Rect | None:
        """Return where a view of the workspace draws the part, in the size of our cards."""
        place = self.workspace.places.get(id(part))
        return (place[0] * _VIEW_SCALE, place[1] * _VIEW_SCALE, *CARD) if place is not None else None

    def _kind_of(self, part: Part) -> Found:
        """Return the node kind of a part and what it rests on: technology, tags, name; else what it is in the model."""
        if part.kind == "person":
            return Found("users", "people", "high", Text("it is a person"))
        said = {*words(part.technology), *words(part.name), *(word for tag in part.tags for word in words(tag))}
        if part.kind == "container" and said & _IN_HANDS and not said & _NOT_IN_HANDS:
            return Found("users", part.technology, "medium", Text("it runs in the hands of its users"))
        for text in (part.technology, *(tag for tag in part.tags if tag not in _DEFAULT_TAGS), part.name):
            found = recognize_text(text) if text else None
            if found is not None and found.kind not in ("service", "users", "edge_device"):
                why = Text("its technology is {technology}", technology=text) if text == part.technology else found.why
                return Found(found.kind, found.technology, found.confidence, why)
        if part.kind == "container":
            if not part.technology:
                self._unknown.append(part.name)
            return Found("service", part.technology, "medium", Text("it is a container"))
        outside = self._opened or "".join(words(" ".join(part.tags))) in _OUTSIDE or bool(said & _OUTSIDE)
        if outside:
            return Found("third_party_api", "", "low", Text("it is a system outside of what is drawn"))
        self._unknown.append(part.name)
        return Found("service", "", "low", Text("it is a software system"))

    def _tell(self) -> None:
        if self._unknown:
            what = counted(
                "{names} names no technology and is drawn as a service.",
                "{names} name no technology and are drawn as services.",
                len(self._unknown),
                names=_named(self._unknown),
            )
            self.sketch.say("info", (self.name, 0), what)
        if self._components:
            what = counted(
                "{count} component is a part of its container and named in its note: {names}.",
                "{count} components are parts of their containers and named in their notes: {names}.",
                len(self._components),
                names=_named([part.name for part in self._components]),
            )
            self.sketch.say("info", self._components[0].mark, what)


def _written(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _named(names: Sequence[str]) -> str:
    return enumerated([quoted(name) for name in names], _FEW)
