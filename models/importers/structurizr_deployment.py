"""Where the containers of a Structurizr workspace run: one deployment environment as boundaries and sites."""

from __future__ import annotations

from collections.abc import Sequence

from models.design.elements import Role
from models.importers.home import region_named, zone_named
from models.importers.sketch import Box, Frame, Sketch, Stand
from models.importers.stencils import Framing, frame_of_label, recognize_text
from models.importers.structurizr_parts import Part, Workspace
from models.importers.workloads import words
from models.words import Text, enumerated, quoted

_LIVE = ("live", "production", "prod")
_STANDBY = frozenset({"failover", "standby", "passive", "secondary"})
_FEW = 6


def deploy(sketch: Sketch, workspace: Workspace, boxes: dict[int, Box], name: str) -> None:
    """Add the boundaries and infrastructure of the chosen environment, and place the boxes of its instances.

    Args:
        boxes: boxes by the identity of their part; instances and infrastructure are added.
        name: the file, for notes.
    """
    filled = [each for each in workspace.environments if each.children]
    if not filled:
        return
    chosen = next((each for word in _LIVE for each in filled if each.name.lower() == word), None)
    chosen = chosen or next((each for word in _LIVE for each in filled if word in each.name.lower()), filled[0])
    others = [each.name for each in filled if each is not chosen]
    if others:
        what = Text(
            "Of the deployment environments “{name}” is taken; left out: {names}.",
            name=chosen.name,
            names=enumerated([quoted(other) for other in others], _FEW),
        )
        sketch.say("warning", chosen.mark, what)
    _Deploying(sketch, boxes, chosen).run(name)


class _Deploying:
    def __init__(self, sketch: Sketch, boxes: dict[int, Box], environment: Part) -> None:
        self.sketch = sketch
        self.boxes = boxes
        self.environment = environment
        self.stands: dict[int, tuple[Box, list[Stand]]] = {}
        self._machines: list[str] = []

    def run(self, name: str) -> None:
        for part in self.environment.children:
            self._walk(part, [], 1, "", False)
        for box, stands in self.stands.values():
            box.sites = _merged(stands)
        if self._machines:
            what = Text(
                "Machines and runtimes are no boundaries: they are named in the notes of what runs on them: {names}.",
                names=enumerated([quoted(machine) for machine in dict.fromkeys(self._machines)], _FEW),
            )
            self.sketch.say("info", (name, 0), what)

    def _walk(
        self, part: Part, frames: Sequence[str], copies: int, machine: str, standby: bool, scales: bool = False
    ) -> None:
        standby = standby or bool(_STANDBY & {tag.lower() for tag in part.tags})
        if part.kind == "instance":
            self._stand(part, frames, copies, machine, standby)
            if scales and id(part) in self.boxes:
                self.boxes[id(part)].params["autoscaled"] = True
        elif part.kind == "infrastructureNode":
            self._infrastructure(part, frames, copies)
        elif part.kind in ("deploymentNode", "group"):
            framing = framing_of(part) if part.kind == "deploymentNode" else None
            if framing is not None:
                frame = self._frame(part, framing, frames)
                frames = [frame.key, *frames]
            elif part.kind == "deploymentNode":
                self._machines.append(part.name)
                scales = scales or _scales_out(part)
                machine = f"{machine} / {part.name}" if machine else part.name
            for child in part.children:
                self._walk(child, frames, copies * part.instances, machine, standby, scales)

    def _frame(self, part: Part, framing: Framing, frames: Sequence[str]) -> Frame:
        frame = Frame(
            key=f"structurizr/deployment/{part.path}",
            name=part.name,
            kind=framing.kind,
            mark=part.mark,
            params=dict(framing.params),
            tags=dict(part.properties),
            note=part.description,
            where=part.where,
            why="its name or its tags say so",
            frames=list(frames),
        )
        self.sketch.frames.append(frame)
        return frame

    def _stand(self, part: Part, frames: Sequence[str], copies: int, machine: str, standby: bool) -> None:
        box = self.boxes.get(id(part.of)) if part.of is not None else None
        role: Role = "standby" if standby else "active"
        if box is not None:
            self.boxes[id(part)] = box
            self._stand_box(box, frames, min(copies * part.instances, 10_000), machine, role)
        elif part.of is not None:  # an instance of a system as a whole: of each of its containers
            for inner in part.of.inside("container"):
                self._stand_box(self.boxes[id(inner)], frames, min(copies * part.instances, 10_000), machine, role)

    def _stand_box(self, box: Box, frames: Sequence[str], copies: int, machine: str, role: Role) -> None:
        _, stands = self.stands.setdefault(id(box), (box, []))
        stands.append(Stand(frames[0] if frames else "", copies, role))
        box.frames.extend(frame for frame in frames if frame not in box.frames)
        if machine and f"Runs on {machine}." not in box.note:
            box.note = f"{box.note}\nRuns on {machine}."

    def _infrastructure(self, part: Part, frames: Sequence[str], copies: int) -> None:
        texts = (part.technology, *part.tags, part.name)
        found = next((each for each in map(recognize_text, filter(None, texts)) if each is not None), None)
        why = found.why if found is not None else "it is an infrastructure node"
        box = Box(
            key=f"structurizr/deployment/{part.path}",
            name=part.name,
            kind=found.kind if found is not None and found.kind != "users" else "service",
            mark=part.mark,
            technology=part.technology or (found.technology if found is not None else ""),
            note="\n".join(filter(None, (part.description, f"{part.where}: {why}."))),
            tags=dict(part.properties),
            frames=list(frames),
        )
        box.sites = [Stand(frames[0] if frames else "", copies, "active")] if copies > 1 else []
        self.boxes[id(part)] = box
        self.sketch.boxes.append(box)


def _scales_out(part: Part) -> bool:
    said = " ".join(words(" ".join((part.name, part.technology, *part.tags))))
    return "autoscaling" in said.replace(" ", "")


def framing_of(part: Part) -> Framing | None:
    """Return the boundary that a deployment node is, or None if it is a machine or a runtime."""
    if zone_named(part.name) is not None:
        return Framing("zone")
    if region_named(part.name) is not None:
        return Framing("region")
    for text in (*part.tags, part.name, part.technology):
        last = text.rpartition(" - ")[2]
        known = frame_of_label(text if last == "Cloud" else last) if text else None
        if known is not None and known.kind != "network" and recognize_text(last) is None:
            return known
        if known is not None and known.kind in ("cluster", "provider", "region", "zone"):
            return known
    return None


def _merged(stands: Sequence[Stand]) -> list[Stand]:
    """Return one stand for each place and role, with all their copies; an active one comes first."""
    found: dict[tuple[str, Role], int] = {}
    for stand in stands:
        found[stand.frame, stand.role] = found.get((stand.frame, stand.role), 0) + stand.copies
    merged = [Stand(frame, copies, role) for (frame, role), copies in found.items()]
    return sorted(merged, key=lambda stand: stand.role != "active")
