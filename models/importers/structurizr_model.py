"""What the statements of the Structurizr DSL say: parts with their identifiers, relationships, deployment."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, field

from models.importers.notes import Note
from models.importers.structurizr_dsl import Script, Statement
from models.importers.structurizr_parts import Part, PartKind, Relation, Workspace
from models.importers.workloads import word_set
from models.words import Text

_KINDS: dict[str, PartKind] = {
    "person": "person",
    "softwaresystem": "softwareSystem",
    "container": "container",
    "component": "component",
    "group": "group",
    "enterprise": "group",
    "deploymentnode": "deploymentNode",
    "infrastructurenode": "infrastructureNode",
    "containerinstance": "instance",
    "softwaresysteminstance": "instance",
    "instanceof": "instance",
    "deploymentenvironment": "environment",
    "element": "element",
}
_WITH_TECHNOLOGY = frozenset({"container", "component", "deploymentNode", "infrastructureNode"})
_OF_VIEWS = word_set("views configuration styles branding terminology themes theme")
_QUIET = word_set(
    "url perspectives healthcheck !identifiers !impliedrelationships metadata deploymentgroup properties archetypes "
    "!relationships !elements !docs !adrs name"
)


class _Archetype(Struct):
    """A kind of element or relationship with defaults, that a workspace defines for itself."""

    base: str
    technology: str = ""
    description: str = ""
    tags: list[str] = field(default_factory=list)


def workspace_of(script: Script) -> Workspace:
    """Return the model of a workspace; what is not understood becomes notes with their lines."""
    return _Modeling(script).read()


class _Modeling:
    def __init__(self, script: Script) -> None:
        self.script = script
        self.workspace = Workspace(notes=list(script.notes))
        self.hierarchical = False
        self.known: dict[str, Part] = {}
        self.archetypes: dict[str, _Archetype] = {}
        self._arrows: list[tuple[Statement, Part | None]] = []
        self._instances: list[tuple[Part, str]] = []

    def read(self) -> Workspace:
        for statement in self.script.statements:
            first = statement.word(0).lower()
            if first == "workspace":
                self._workspace(statement)
            elif first == "model":
                self._block(statement.statements(), None)
            elif first == "!identifiers":
                self.hierarchical = statement.word(1).lower() == "hierarchical"
            elif first not in _OF_VIEWS:
                self._block([statement], None)
        for instance, name in self._instances:
            instance.of = self._find(name, instance)
            if instance.of is None:
                self._say(instance.mark, Text("“{name}” is not defined; its instance is left out.", name=name))
            else:
                instance.name = instance.of.name
        for statement, scope in self._arrows:
            self._relate(statement, scope)
        return self.workspace

    def _workspace(self, statement: Statement) -> None:
        if statement.word(1).lower() != "extends":
            self.workspace.name = statement.word(1) or self.workspace.name
            self.workspace.description = statement.word(2) or self.workspace.description
        for inner in statement.statements():
            first = inner.word(0).lower()
            if first == "name":
                self.workspace.name = inner.word(1)
            elif first == "description":
                self.workspace.description = inner.word(1)
            elif first == "!identifiers":
                self.hierarchical = inner.word(1).lower() == "hierarchical"
            elif first == "model":
                self._block(inner.statements(), None)
            elif first not in _OF_VIEWS | _QUIET:
                self._block([inner], None)

    # -- statements of the model -----------------------------------------------------------------------------------

    def _block(self, statements: Sequence[Statement], scope: Part | None) -> None:
        for statement in statements:
            self._statement(statement, scope)

    def _statement(self, statement: Statement, scope: Part | None) -> None:
        words = statement.words
        identifier = ""
        if len(words) > 2 and words[1] == "=":
            identifier, words = words[0], words[2:]
        first = words[0].lower()
        if any(_is_arrow(word) for word in words[:2]):
            self._arrows.append((Statement(words, statement.mark, statement.body), scope))
        elif first == "!identifiers":
            self.hierarchical = words[-1].lower() == "hierarchical"
        elif first == "archetypes":
            self._define(statement.statements())
        elif first in ("!ref", "!extend", "!element") and len(words) > 1:
            self._again(words[1], identifier, statement, scope)
        elif first in _KINDS or first in self.archetypes:
            self._part(words, identifier, statement, scope)
        elif scope is not None and self._detail(scope, words, statement):
            return
        elif first not in _QUIET | _OF_VIEWS and not first.startswith("!"):
            self._say(statement.mark, Text("“{word}” is not understood and left out.", word=words[0]))

    def _define(self, statements: Sequence[Statement]) -> None:
        for statement in statements:
            words = statement.words
            if len(words) > 2 and words[1] == "=":
                name, base = words[0].lower(), words[2].lower()
                above = self.archetypes.get(base.strip("->"), self.archetypes.get(base))
                made = _Archetype("->" if _is_arrow(words[2]) else above.base if above else base)
                if above is not None:
                    made.technology, made.description, made.tags = above.technology, above.description, [*above.tags]
                for inner in statement.statements():
                    key = inner.word(0).lower()
                    if key == "technology":
                        made.technology = inner.word(1)
                    elif key == "description":
                        made.description = inner.word(1)
                    elif key in ("tag", "tags"):
                        made.tags.extend(_tags(inner.words[1:]))
                self.archetypes[name] = made

    def _again(self, name: str, identifier: str, statement: Statement, scope: Part | None) -> None:
        part = self._find(name, scope)
        if part is None:
            self._say(statement.mark, Text("“{name}” is not defined; what is said of it is left out.", name=name))
            return
        if identifier:
            self._register(identifier, part)
        self._block(statement.statements(), part)

    def _part(self, words: list[str], identifier: str, statement: Statement, scope: Part | None) -> None:
        archetype = self.archetypes.get(words[0].lower())
        base = archetype.base if archetype is not None else words[0].lower()
        kind = _KINDS.get(base)
        if kind is None:
            self._say(statement.mark, Text("“{word}” is not understood and left out.", word=words[0]))
            return
        given = words[1:]
        part = Part(kind, given[0] if given else "", statement.mark, parent=scope, identifier=identifier)
        if kind == "instance":
            self._instances.append((part, part.name))
            part.tags = _tags(given[2:3])
        else:
            rest = given[1:]
            part.description = rest[0] if rest and kind != "environment" else ""
            if kind in _WITH_TECHNOLOGY or kind == "element":
                part.technology, rest = (rest[1] if len(rest) > 1 else ""), rest[1:]
            part.tags = _tags(rest[1:2])
            if kind == "deploymentNode" and len(rest) > 2:
                part.instances = _count(rest[2])
            if kind == "element":  # name, metadata, description, tags
                part.description, part.technology = part.technology, part.description
        if archetype is not None:
            part.technology = part.technology or archetype.technology
            part.description = part.description or archetype.description
            part.tags = [*archetype.tags, *part.tags]
        if kind == "environment":
            self.workspace.environments.append(part)
        elif scope is not None:
            scope.children.append(part)
        else:
            self.workspace.parts.append(part)
        if identifier:
            self._register(identifier, part)
        self._block(statement.statements(), part)

    def _detail(self, part: Part, words: list[str], statement: Statement) -> bool:
        """Take a property of the part; return whether the line was one."""
        key, value = words[0].lower(), words[1] if len(words) > 1 else ""
        if key == "description":
            part.description = value
        elif key == "technology":
            part.technology = value
        elif key in ("tag", "tags"):
            part.tags.extend(_tags(words[1:]))
        elif key == "instances":
            part.instances = _count(value)
        elif key == "properties":
            pairs = (inner for inner in statement.statements() if len(inner.words) > 1)
            part.properties.update((inner.words[0], inner.words[1]) for inner in pairs)
        else:
            return False
        return True

    # -- identifiers and relationships -----------------------------------------------------------------------------

    def _register(self, identifier: str, part: Part) -> None:
        names = [each.identifier for each in reversed(list(part.above())) if each.identifier and each.kind != "group"]
        full = ".".join([*names, identifier]).lower()
        self.known[full] = part
        if not self.hierarchical:
            self.known[identifier.lower()] = part
        with_groups = [each.identifier for each in reversed(list(part.above())) if each.identifier]
        self.known.setdefault(".".join([*with_groups, identifier]).lower(), part)

    def _find(self, name: str, scope: Part | None) -> Part | None:
        """Return the part of an identifier, looked for from the scope outwards."""
        wanted = name.lower()
        if wanted == "this":
            return scope
        around = [scope, *scope.above()] if scope is not None else []
        for part in around:
            names = [each.identifier for each in reversed([part, *part.above()]) if each.identifier]
            plain = [
                each.identifier for each in reversed([part, *part.above()]) if each.identifier and each.kind != "group"
            ]
            for path in (names, plain):
                found = self.known.get(".".join([*path, wanted]).lower())
                if found is not None:
                    return found
        return self.known.get(wanted)

    def _relate(self, statement: Statement, scope: Part | None) -> None:
        words = statement.words
        place = next(row for row, word in enumerate(words[:2]) if _is_arrow(word))
        source_name = words[0] if place else "this"
        target_name = words[place + 1] if len(words) > place + 1 else ""
        source, target = self._find(source_name, scope), self._find(target_name, scope)
        if source is None or target is None:
            name = source_name if source is None else target_name
            self._say(statement.mark, Text("“{name}” is not defined; the relationship is left out.", name=name))
            return
        given = words[place + 2 :]
        archetype = self.archetypes.get(words[place].strip("->").lower()) if words[place] != "->" else None
        relation = Relation(source, target, statement.mark)
        if archetype is not None:
            relation.description, relation.technology = archetype.description, archetype.technology
            relation.tags = list(archetype.tags)
        relation.description = given[0] if given else relation.description
        relation.technology = given[1] if len(given) > 1 else relation.technology
        relation.tags += _tags(given[2:3])
        for inner in statement.statements():
            key = inner.word(0).lower()
            if key in ("tag", "tags"):
                relation.tags += _tags(inner.words[1:])
            elif key == "technology":
                relation.technology = inner.word(1)
            elif key == "description":
                relation.description = inner.word(1)
        self.workspace.relations.append(relation)

    def _say(self, mark: tuple[str, int], what: str) -> None:
        self.workspace.notes.append(Note("warning", mark[0], mark[1], what))


def _is_arrow(word: str) -> bool:
    return word == "->" or (word.startswith("--") and word.endswith("->") and len(word) > 3)


def _tags(words: Sequence[str]) -> list[str]:
    return [tag.strip() for word in words for tag in word.split(",") if tag.strip()]


def _count(text: str) -> int:
    """Return a number of instances; of a range like `2..4` or `1..N` the lower bound."""
    first = text.split("..")[0].strip()
    return max(1, min(int(first), 10_000)) if first.isdigit() else 1
