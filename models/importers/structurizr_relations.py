"""The relationships of a Structurizr workspace as flows between the nodes that its parts became."""

from __future__ import annotations

from collections.abc import Mapping

from models.importers.carrying import carries
from models.importers.sketch import Box, Line, Sketch
from models.importers.structurizr_parts import Part, Relation, Workspace
from models.importers.workloads import Confidence
from models.interruption import while_wanted
from models.words import Text, counted, enumerated, quoted

_FEW = 6
_MOST_FANNED = 12


def relate(sketch: Sketch, workspace: Workspace, boxes: Mapping[int, Box], name: str) -> None:
    """Add a line for each relationship between nodes; those of components are lifted to their containers.

    Args:
        boxes: boxes by the identity of the part that they are of.
        name: the file, for notes.
    """
    relating = _Relating(sketch, boxes, name)
    general: list[Relation] = []
    for relation in while_wanted(workspace.relations):
        ends = relating.box_of(relation.source), relating.box_of(relation.target)
        if ends[0] is None or ends[1] is None:
            general.append(relation)
        else:
            relating.add(relation, ends[0], ends[1])
    for relation in general:
        relating.add_general(relation)
    relating.tell()


class _Relating:
    def __init__(self, sketch: Sketch, boxes: Mapping[int, Box], name: str) -> None:
        self.sketch = sketch
        self.boxes = boxes
        self.name = name
        self.known: dict[tuple[str, str], Line] = {}
        self.leading: dict[str, set[str]] = {}
        self.led: dict[str, set[str]] = {}
        self._inner: dict[int, list[Box]] = {}
        self._talks: list[str] = []
        self._answers: list[str] = []
        self._machines: list[str] = []

    def box_of(self, part: Part) -> Box | None:
        """Return the box of a part, of a component that of its container, or None for a frame."""
        for each in (part, *part.above()):
            box = self.boxes.get(id(each))
            if box is not None:
                return box
            if each.kind != "component" and each.kind != "group":
                return None
        return None

    def add(self, relation: Relation, source: Box, target: Box, sure: Confidence = "high", why: str = "") -> None:
        if source is target:
            return
        if _is_person(relation.source) and _is_person(relation.target):
            self._talks.append(f"{source.name} → {target.name}")
            return
        known = self.known.get((source.key, target.key))
        if known is not None:
            if relation.description and relation.description not in known.name.split("; "):
                known.name = f"{known.name}; {relation.description}" if known.name else relation.description
            return
        carried = carries(source, target, relation.description, relation.technology, relation.tags)
        reason = why or Text("the relationship is stated")
        if carried.because:
            reason = Text("{reason}; {because}", reason=reason, because=carried.because)
        line = Line(
            key=f"{source.key}->{target.key}",
            source=source.key,
            target=target.key,
            confidence=sure,
            reason=reason,
            mark=relation.mark,
            interaction=carried.interaction,
            params=dict(carried.params),
            name=relation.description,
            tags={"tags": ", ".join(relation.tags)} if relation.tags else {},
        )
        if relation.technology:
            line.params["protocol"] = relation.technology
        if target.kind == "users" and not _is_person(relation.target) and source.kind != "users":
            line.params["probability"] = 0.0
            self._answers.append(f"{source.name} → {target.name}")
        if target.kind == "users" and source.kind == "users":
            target.params.setdefault("peak_rate_rps", 0)
        self.known[source.key, target.key] = line
        self.leading.setdefault(source.key, set()).add(target.key)
        self.led.setdefault(target.key, set()).add(source.key)
        self.sketch.lines.append(line)

    def add_general(self, relation: Relation) -> None:
        """Add what is said of a whole system, unless it is said of its parts too."""
        sources, targets = self._inside(relation.source, True), self._inside(relation.target, False)
        everything = self._all_inside(relation.source), self._all_inside(relation.target)
        if not sources or not targets or {box.key for box in sources} == {box.key for box in targets}:
            self._machines.append(f"{relation.source.name} → {relation.target.name}")
            return
        ends = {target.key for target in everything[1]}
        if any(not ends.isdisjoint(self.leading.get(source.key, ())) for source in everything[0]):
            return
        pairs = [(source, target) for source in sources for target in targets][:_MOST_FANNED]
        whole = next(part for part in (relation.target, relation.source) if self.box_of(part) is None)
        why = Text("the relationship is that of “{name}” as a whole", name=whole.name)
        for source, target in pairs:
            self.add(relation, source, target, "low", why)

    def _all_inside(self, part: Part) -> list[Box]:
        own = self.box_of(part)
        if own is not None:
            return [own]
        if id(part) not in self._inner:
            found = {box.key: box for each in part.below() if (box := self.boxes.get(id(each))) is not None}
            self._inner[id(part)] = list(found.values())
        return self._inner[id(part)]

    def _inside(self, part: Part, outgoing: bool) -> list[Box]:
        """Return the parts that a whole stands for: its first ones, or those of which nothing inside is called."""
        inside = self._all_inside(part)
        keys = {box.key for box in inside}
        ends = self.leading if outgoing else self.led
        return [box for box in inside if keys.isdisjoint(ends.get(box.key, ()))] or inside

    def tell(self) -> None:
        mark = (self.name, 0)
        if self._talks:
            what = counted(
                "{count} relationship is left out, as people talk there and no system: {names}.",
                "{count} relationships are left out, as people talk there and no systems: {names}.",
                len(self._talks),
                names=_named(self._talks),
            )
            self.sketch.say("info", mark, what)
        if self._machines:
            what = counted(
                "{count} relationship between machines is left out: {names}.",
                "{count} relationships between machines are left out: {names}.",
                len(self._machines),
                names=_named(self._machines),
            )
            self.sketch.say("info", mark, what)
        if self._answers:
            what = counted(
                "{count} flow delivers the program that users run; it starts no requests of them: {names}.",
                "{count} flows deliver the program that users run; they start no requests of them: {names}.",
                len(self._answers),
                names=_named(self._answers),
            )
            self.sketch.say("info", mark, what)


def _is_person(part: Part) -> bool:
    return part.kind == "person"


def _named(names: list[str]) -> str:
    return enumerated([quoted(name) for name in names], _FEW)
