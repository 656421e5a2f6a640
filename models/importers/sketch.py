"""A system as somebody drew or described it: boxes in frames, lines and remarks, and the design made of them.

Readers of drawings fill these records; here frames become boundaries of their axes, boxes nodes, lines flows, and what
is drawn keeps its place in every view.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from models.design.design import Design
from models.design.elements import (
    BRIEF_ID,
    LONGEST_NAME,
    VIEWS,
    Boundary,
    Brief,
    Element,
    Flow,
    Id,
    Node,
    Position,
    Role,
    Site,
    Value,
    position_id,
)
from models.design.ids import IdSource
from models.design.kinds import boundary_axis, kinds, parameters_of
from models.importers.drawing import USERS_ORIGIN, add_users, calm_loops
from models.importers.drawio_cells import Rect
from models.importers.inference import FoundFlow, entry_points
from models.importers.notes import Note, Reason, Severity
from models.importers.spread import spread
from models.importers.workloads import System, Workload
from models.importers.yaml_reader import Mark
from models.words import Text, joined, quoted

CARD: tuple[float, float] = (168.0, 64.0)
"""Size of a card on the canvas; a shape that is drawn larger keeps its size, up to `LARGEST_CARD`."""
LARGEST_CARD: tuple[float, float] = (360.0, 200.0)
_LETTER, _LINE = 7.0, 18.0
_WIDEST_TEXT = 320.0
_USERS_AWAY = 120.0


class Stand(Struct, frozen=True):
    """One place where a box runs: a frame (empty = nowhere in particular), how many copies, and their role."""

    frame: str
    copies: int
    role: Role


class Box(Struct, kw_only=True):
    """A part of the system.

    Attributes:
        key: stable name of where it came from; becomes the node's `origin`.
        frames: keys of the frames around it, innermost first.
        sites: where it runs; empty = once, in the innermost deployment frame.
        note: where it was read and why it is what it is.
        rect: where it is drawn; None = nowhere.
    """

    key: str
    name: str
    kind: str
    mark: Mark
    technology: str = ""
    note: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    params: dict[str, Value] = field(default_factory=dict)
    frames: list[str] = field(default_factory=list)
    sites: list[Stand] = field(default_factory=list)
    rect: Rect | None = None


class Frame(Struct, kw_only=True):
    """Something that holds boxes and other frames; `frames` are those around it, innermost first.

    Attributes:
        where, why: where it was read, and what says that it is of its kind.
    """

    key: str
    name: str
    kind: str
    mark: Mark
    params: dict[str, Value] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    note: str = ""
    where: str = ""
    why: str = ""
    frames: list[str] = field(default_factory=list)
    rect: Rect | None = None


class Line(FoundFlow, kw_only=True):
    """A drawn flow with the label it has."""

    key: str
    name: str = ""
    tags: dict[str, str] = field(default_factory=dict)


class Remark(Struct, kw_only=True):
    """A text of the drawing that belongs to no shape."""

    key: str
    text: str
    rect: Rect


class Sketch(Struct, kw_only=True):
    """Everything read from a drawing.

    Attributes:
        home_region: `provider/region` that the drawing is about where its frames do not say it.
    """

    title: str = ""
    home_region: str = ""
    boxes: list[Box] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    about: list[tuple[Note, str]] = field(default_factory=list)

    def say(self, severity: Severity, mark: Mark, what: str, key: str = "") -> None:
        """Add a note, about the box `key` where there is one."""
        self.about.append((Note(severity, mark[0], mark[1], what), key))


def design_of(sketch: Sketch, new_id: IdSource) -> tuple[Design, list[Note], Mapping[Id, Reason]]:
    """Return the design of a sketch, its notes and the reasons of its flows."""
    _add_demand(sketch)
    making = _Making(sketch, new_id)
    making.add_frames()
    making.add_boxes()
    making.add_lines()
    making.add_positions()
    return Design(making.elements), making.notes(), making.reasons


def _add_demand(sketch: Sketch) -> None:
    """Let somebody use the system: the drawn users, or new ones before its entry points; calm its loops."""
    workloads = [
        Workload(key=box.key, name=box.name, form="", mark=box.mark, kind=box.kind, technology=box.technology)
        for box in sketch.boxes
    ]
    system = System(workloads=workloads)
    flows: list[FoundFlow] = list(sketch.lines)
    people = [box for box in sketch.boxes if box.kind == "users" and box.params.get("peak_rate_rps") != 0]
    starting = {line.source for line in sketch.lines}
    rate = kinds().nodes["users"].parameter("peak_rate_rps")
    assumed = f"{rate.default if rate else 0:g}"
    users = None
    if any(box.key in starting for box in people):
        what = Text(
            "The input says nothing about demand: {rate} requests/s in the peak hour are assumed for each of "
            "{names}. Set the users nodes or import a trace.",
            rate=assumed,
            names=_listed(box.name for box in people if box.key in starting),
        )
        system.say("warning", ("", 0), what)
    elif entry_points(workloads, flows)[0]:
        users = add_users(system, flows)
    elif first := _first_boxes(sketch):
        users = Workload(key=USERS_ORIGIN, name="Users", form="", mark=("", 0), kind="users") if not people else None
        why = Text("assumed, because the drawing begins there")
        flows += [
            FoundFlow(source=people[0].key if people else USERS_ORIGIN, target=box.key, confidence="low", reason=why,
                      mark=box.mark)
            for box in first
        ]  # fmt: skip
        what = Text(
            "The input says nothing about demand: {rate} requests/s in the peak hour before {names} are assumed, where "
            "the drawing begins. Set the users node or import a trace.",
            rate=assumed,
            names=_listed(box.name for box in first),
        )
        system.say("warning", ("", 0), what)
    calm_loops(system, flows)
    if users is not None:
        sketch.boxes.append(Box(key=users.key, name=users.name, kind="users", mark=users.mark))
    for flow in flows:
        if not isinstance(flow, Line):
            fields = {name: getattr(flow, name) for name in FoundFlow.__struct_fields__}
            sketch.lines.append(Line(key=f"{flow.source}->{flow.target}", **fields))
    sketch.notes.extend(system.notes)


def _first_boxes(sketch: Sketch) -> list[Box]:
    """Return the boxes that lead somewhere and that nothing leads to; of a circle the one that is drawn first."""
    starting, reached = {line.source for line in sketch.lines}, {line.target for line in sketch.lines}
    leading = [box for box in sketch.boxes if box.key in starting and box.kind != "users"]
    free = [box for box in leading if box.key not in reached]
    if free:
        return free
    return sorted(leading, key=lambda box: box.rect[0] + box.rect[1] if box.rect else 0.0)[:1]


class _Making:
    def __init__(self, sketch: Sketch, new_id: IdSource) -> None:
        self.sketch = sketch
        self.new_id = new_id
        self.elements: dict[Id, Element] = {}
        self.ids: dict[str, Id] = {}
        self.reasons: dict[Id, Reason] = {}
        self._axes = {frame.key: boundary_axis(frame.kind) for frame in sketch.frames}

    def _nearest(self, frames: Iterable[str], axis: str | None) -> Id | None:
        """Return the id of the innermost of the frames on the axis."""
        return next((self.ids[key] for key in frames if self._axes.get(key) == axis), None)

    def add_frames(self) -> None:
        for frame in self.sketch.frames:
            self.ids[frame.key] = self.new_id()
        for frame in self.sketch.frames:
            self.elements[self.ids[frame.key]] = Boundary(
                frame.kind,
                frame.name[:LONGEST_NAME],
                self._nearest(frame.frames, self._axes[frame.key]),
                params=frame.params,
                tags=frame.tags,
                note="\n".join(filter(None, (frame.note, frame.where and f"{frame.where}: {frame.why}."))),
                origin=frame.key,
            )

    def add_boxes(self) -> None:
        members: dict[str, list[Id]] = {}
        for box in self.sketch.boxes:
            identifier = self.ids[box.key] = self.new_id()
            sites = tuple(Site(self.ids.get(stand.frame), stand.copies, stand.role) for stand in box.sites)
            sites = sites or (Site(self._nearest(box.frames, "deployment"), kinds().nodes[box.kind].replicas),)
            node = Node(
                kind=box.kind,
                name=box.name[:LONGEST_NAME],
                sites=sites,
                context=self._nearest(box.frames, "context"),
                technology=box.technology,
                tags=box.tags,
                note=box.note,
                origin=f"{box.key}#replicas={sites[0].replicas}",
            )
            known = parameters_of(node)
            params = {
                key: value for key, value in box.params.items() if key in known and known[key].problem(value) is None
            }
            fields = {name: getattr(node, name) for name in Node.__struct_fields__}
            self.elements[identifier] = Node(
                **{**fields, "params": params, "provenance": dict.fromkeys(params, "published")}
            )
            for frame in box.frames:
                if self._axes.get(frame) == "overlay":
                    members.setdefault(frame, []).append(identifier)
        for key, listed in members.items():
            boundary = self.elements[self.ids[key]]
            assert isinstance(boundary, Boundary)
            fields = {name: getattr(boundary, name) for name in Boundary.__struct_fields__}
            self.elements[self.ids[key]] = Boundary(**{**fields, "members": tuple(listed)})

    def add_lines(self) -> None:
        for line in self.sketch.lines:
            identifier = self.new_id()
            self.elements[identifier] = Flow(
                source=self.ids[line.source],
                target=self.ids[line.target],
                interaction=line.interaction,
                name=line.name[:LONGEST_NAME],
                params=line.params,
                tags=line.tags,
                provenance=dict.fromkeys(line.params, "default"),
                origin=line.key,
                evidence=str(line.evidence()),
            )
            self.reasons[identifier] = line.told()

    def add_positions(self) -> None:
        """Give everything that is drawn its place in each view that shows it."""
        sketch = self.sketch
        boxes = [(box, box.rect) for box in sketch.boxes if box.rect is not None]
        frames = [(frame, frame.rect) for frame in sketch.frames if frame.rect is not None]
        leaves = [rect for _, rect in boxes] + [remark.rect for remark in sketch.remarks]
        sizes = [card_size(rect) for _, rect in boxes] + [text_size(remark) for remark in sketch.remarks]
        placed, framed = spread(leaves, sizes, [rect for _, rect in frames])
        for (box, _), rect in zip(boxes, placed.tolist(), strict=False):
            width, height = rect[2:] if tuple(rect[2:]) != CARD else (0.0, 0.0)
            for view in VIEWS:
                self._keep(view, self.ids[box.key], Position(rect[0], rect[1], width, height))
        for (frame, _), rect in zip(frames, framed.tolist(), strict=True):
            views = {"context": ("services",), "deployment": ("deployment",)}
            for view in views.get(str(self._axes[frame.key]), ("services", "deployment")):
                self._keep(view, self.ids[frame.key], Position(*rect))
        for remark, rect in zip(sketch.remarks, placed.tolist()[len(boxes) :], strict=True):
            identifier = self.new_id()
            whole = remark.text if len(remark.text) > LONGEST_NAME else ""
            self.elements[identifier] = Boundary("text", remark.text[:LONGEST_NAME], note=whole, origin=remark.key)
            for view in VIEWS:
                self._keep(view, identifier, Position(*rect))
        if len(placed) and USERS_ORIGIN in self.ids:
            entries = {line.target for line in sketch.lines if line.source == USERS_ORIGIN}
            row = next((row for row, (box, _) in enumerate(boxes) if box.key in entries), 0)
            left = min([*placed[:, 0].tolist(), *framed[:, 0].tolist()])
            for view in VIEWS:
                place = Position(left - CARD[0] - _USERS_AWAY, float(placed[row][1]))
                self._keep(view, self.ids[USERS_ORIGIN], place)
        params = {"home_region": sketch.home_region} if sketch.home_region else {}
        self.elements[BRIEF_ID] = Brief(
            name=sketch.title[:LONGEST_NAME], params=params, provenance=dict.fromkeys(params, "default")
        )

    def _keep(self, view: str, identifier: Id, position: Position) -> None:
        self.elements[position_id(view, identifier)] = position

    def notes(self) -> list[Note]:
        told = [Note(n.severity, n.file, n.line, n.what, self.ids.get(key)) for n, key in self.sketch.about]
        return [*told, *self.sketch.notes]


def card_size(rect: Rect) -> tuple[float, float]:
    """Return the size of the card of a shape: that of a card, or larger where the shape is."""
    width, height = (
        min(max(size, least), most) for size, least, most in zip(rect[2:], CARD, LARGEST_CARD, strict=True)
    )
    return round(width / 8) * 8.0, round(height / 8) * 8.0


def text_size(remark: Remark) -> tuple[float, float]:
    """Return the size in which a text can be read whole."""
    lines = remark.text.splitlines() or [""]
    longest = max(map(len, lines)) * _LETTER + 24
    width = min(max(min(remark.rect[2], _WIDEST_TEXT), longest), max(_WIDEST_TEXT, remark.rect[2]))
    rows = sum(-(-len(line) * _LETTER // max(width - 24, 1.0)) or 1 for line in lines)
    return -(-width // 8) * 8.0, -(-(rows * _LINE + 20) // 8) * 8.0


def _listed(names: Iterable[str]) -> str:
    listed = list(dict.fromkeys(names))
    parts = [quoted(name) for name in listed[:4]]
    return joined([*parts, "…"] if len(listed) > 4 else parts)
