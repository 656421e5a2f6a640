"""draw.io drawings: shapes become nodes by stencil and label, groups boundaries, lines flows, texts notes.

What is drawn keeps its place (see `spread`). What was left out is counted, and every kind says what it rests on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from models.design.kinds import kinds
from models.importers.drawio_cells import Cell, Page, read_cells, read_pages
from models.importers.drawio_lines import read_lines
from models.importers.drawio_places import settle_places
from models.importers.drawio_shapes import Shapes, sort_shapes
from models.importers.home import provider_name
from models.importers.notes import ImportProblem
from models.importers.recognition import STORES
from models.importers.sketch import Box, Frame, Remark, Sketch
from models.importers.stencils import Found, Framing, frame_of_label, is_product, product_in, recognize_shape, vendor_of
from models.interruption import while_wanted
from models.words import Text, counted, enumerated, quoted

ORIGIN = "drawio/"
_LONGEST_TITLE = 60
_LONGEST_NAME = 120
_LARGE_LETTERS, _WIDE = 18, 400
_FEW = 6
_MOST_PAGES = 30
_SHORT = frozenset(
    {"ssl", "vpc", "vpn", "ec2", "ebs", "rds", "iot", "api", "dns", "sns", "sqs", "ip", "db", "nat", "vhd"}
)
_NO_TECHNOLOGY = frozenset({"users", "edge_device", "third_party_api", "on_premises"})
_VENDOR_WORDS = frozenset({"amazon", "aws", "google", "google cloud", "cloud", "azure", "microsoft", "elastic"})
_PLACEHOLDERS = frozenset({"title text", "subtitle text", "label", "title", "text", "subtitle"})


def read_drawio(text: str, name: str) -> Sketch:
    """Return the sketch of the first page of a drawing that holds anything.

    Args:
        name: how notes name the file.

    Raises:
        ImportProblem: it is no drawing, damaged or too large, or no page holds a shape that stands for anything.
    """
    pages = read_pages(text, name)
    sketches = ((page, _Reading(page, name)) for page in pages)
    for page, reading in sketches:
        if reading.sketch.boxes:
            reading.settle()
            others = [other.name for other in pages if other is not page]
            if others:
                what = counted(
                    "Page “{page}” is imported; {names} is left out. Move it to the front in draw.io to import it.",
                    "Page “{page}” is imported; {names} are left out. Move one to the front in draw.io to import it.",
                    len(others),
                    page=page.name,
                    names=enumerated([quoted(other) for other in others], _MOST_PAGES),
                )
                reading.sketch.say("warning", (name, 0), what)
            return reading.sketch
    raise ImportProblem(
        Text("{file} holds no shape with a label or a known stencil; there is nothing to draw.", file=name)
    )


class _Reading:
    def __init__(self, page: Page, name: str) -> None:
        self.page = page
        self.name = name
        self.shapes: Shapes = sort_shapes(read_cells(page, name), name)
        self.sketch = Sketch()
        self._unknown: list[str] = []
        for cell in while_wanted(self.shapes.boxes):
            self.sketch.boxes.append(self._box(cell))

    def settle(self) -> None:
        """Add frames, lines, texts and notes to the sketch that holds the boxes."""
        for cell, framing in self.shapes.frames:
            self.sketch.frames.append(self._frame(cell, framing))
        vendors = Counter(filter(None, map(vendor_of, self.shapes.stencils.values())))
        settle_places(self.sketch, vendors, self.name)
        self._scale_out()
        read_lines(self.sketch, self.shapes, self.name)
        self._add_remarks()
        self._tell()

    def _around(self, cell: Cell) -> list[str]:
        return [f"{ORIGIN}{key}" for key in self.shapes.around.get(cell.id, ())]

    def _box(self, cell: Cell) -> Box:
        shape = self.shapes.stencils.get(cell.id, "")
        found = _found(cell, shape)
        name, technology, rest = _title(cell, found.technology if found else "", shape)
        technology = cell.data.get("c4Technology") or technology
        where = f"Read from {self.name}, cell {cell.id}"
        if found is None:
            self._unknown.append(name)
            why = f"{where}: neither its shape nor its label says what it is; a service is assumed (low confidence)."
        else:
            why = f"{where}: {found.why} ({found.confidence} confidence)."
        rest = "\n".join(filter(None, (cell.data.get("c4Description", ""), rest, *cell.rows)))
        return Box(
            key=f"{ORIGIN}{cell.id}",
            name=name,
            kind=found.kind if found else "service",
            mark=(self.name, cell.line),
            technology=technology,
            note=f"{rest}\n{why}" if rest else why,
            tags={
                key: value
                for key, value in cell.data.items()
                if value and len(value) <= 200 and not key.startswith("c4")
            },
            frames=self._around(cell),
            rect=cell.rect,
        )

    def _frame(self, cell: Cell, framing: Framing | None) -> Frame:
        name = cell.lines[0] if cell.lines else ""
        more = "\n".join(cell.lines[1:])
        if len(cell.label) <= _LONGEST_TITLE:
            name, more = cell.label, ""
        why = "it names no place, a context is assumed"
        if framing is not None:
            why = "its label says so" if frame_of_label(cell.label) is framing else "its shape or its logo says so"
        return Frame(
            key=f"{ORIGIN}{cell.id}",
            name=name or (_name_of(framing) if framing else "Group"),
            kind=framing.kind if framing else "team",
            mark=(self.name, cell.line),
            params=dict(framing.params) if framing else {},
            note=more,
            where=f"Read from {self.name}, cell {cell.id}",
            why=why,
            frames=self._around(cell),
            rect=cell.rect,
        )

    def _scale_out(self) -> None:
        """Let what is drawn in a group of automatic scaling scale by itself."""
        for cell, _ in self.shapes.frames:
            if "auto_scaling" in self.shapes.stencils.get(cell.id, "") or "auto scaling" in cell.label.lower():
                for box in self.sketch.boxes:
                    if f"{ORIGIN}{cell.id}" in box.frames and box.kind not in STORES:
                        box.params["autoscaled"] = True

    def _add_remarks(self) -> None:
        """Keep the free texts; the one that heads the drawing names it."""
        texts = [cell for cell in self.shapes.texts if cell.label.lower() not in _PLACEHOLDERS]
        drawn = [*self.shapes.boxes, *(cell for cell, _ in self.shapes.frames)]
        top = min((cell.rect[1] for cell in drawn), default=0.0)
        heads = [cell for cell in texts if cell.rect[1] + cell.rect[3] / 2 <= top and _is_heading(cell)]
        head = max(heads, key=lambda cell: (cell.number("fontSize", 12), -cell.rect[1]), default=None)
        named = self.page.name if not self.page.name.startswith("Page-") and not self.page.name.isdigit() else ""
        self.sketch.title = named or (head.label if head is not None and len(head.label) <= _LONGEST_NAME else "")
        for cell in texts:
            self.sketch.remarks.append(Remark(key=f"{ORIGIN}{cell.id}", text="\n".join(cell.lines), rect=cell.rect))

    def _tell(self) -> None:
        mark = (self.name, 0)
        if self._unknown:
            what = counted(
                "{count} shape is of no known kind and drawn as a service: {names}.",
                "{count} shapes are of no known kind and drawn as services: {names}.",
                len(self._unknown),
                names=_named(self._unknown),
            )
            self.sketch.say("warning", mark, what)
        contexts = [frame.name for frame in self.sketch.frames if frame.kind == "team"]
        if contexts:
            what = counted(
                "{count} group names no place; it is drawn as a context: {names}.",
                "{count} groups name no place; they are drawn as contexts: {names}.",
                len(contexts),
                names=_named(contexts),
            )
            self.sketch.say("info", mark, what)
        if self.shapes.ornaments:
            labels = [cell.label for cell in self.shapes.ornaments if len(cell.label) > 2]
            what = counted(
                "{count} shape without meaning for the system (line, arrow, number, logo, picture) is left out.",
                "{count} shapes without meaning for the system (lines, arrows, numbers, logos, pictures) are left out.",
                len(self.shapes.ornaments),
            )
            if labels:
                what = Text("{said} With a label: {names}.", said=what, names=_named(labels))
            self.sketch.say("info", mark, what)
        if self.shapes.hidden:
            what = counted(
                "{count} shape or line is hidden in the drawing and left out.",
                "{count} shapes and lines are hidden in the drawing and left out.",
                self.shapes.hidden,
            )
            self.sketch.say("info", mark, what)


def _found(cell: Cell, shape: str) -> Found | None:
    """Return what a shape stands for; one of the C4 library says whether it is a person, and its technology."""
    if cell.data.get("c4Type") == "Person":
        return Found("users", "people", "high", Text("it is a person"))
    technology = cell.data.get("c4Technology", "")
    return (recognize_shape(shape, technology) if technology else None) or recognize_shape(shape, cell.label)


def _name_of(framing: Framing) -> str:
    return provider_name(str(framing.params.get("provider", ""))) or kinds().boundaries[framing.kind].label


def _title(cell: Cell, technology: str, shape: str) -> tuple[str, str, str]:
    """Return name, technology and the rest of the label: a line that only names a product is the technology."""
    lines = list(cell.lines)
    if not lines:
        words = shape.rpartition(".")[2].replace("_", " ")
        generic = technology and technology[0].isupper()
        return (technology if generic else _sentence(words) or "Unnamed"), technology, ""
    row = next((row for row in range(len(lines) - 1, 0, -1) if _is_technology(lines[row])), 0)
    head, rest = " ".join(lines[:row]), ""
    if row and not _is_brand(head) and head.lower() not in _VENDOR_WORDS:
        technology, rest, lines = lines[row], "\n".join(lines[row + 1 :]), lines[:row]
    name = " ".join(lines)
    if len(name) <= _LONGEST_TITLE:
        return name, technology, rest
    head = lines[0] if len(lines[0]) <= _LONGEST_TITLE else lines[0][: _LONGEST_TITLE - 1].rstrip() + "…"
    return head, technology, name


def _is_technology(line: str) -> bool:
    """Return whether a line of a label names a product and nothing else, as the second line of many shapes does."""
    found = product_in(line)
    return found is not None and is_product(line) and found[0].kind not in _NO_TECHNOLOGY and not line.isupper()


def _is_brand(text: str) -> bool:
    """Return whether a text is the name of a provider's product and nothing else."""
    found = product_in(text)
    return found is not None and is_product(text) and found[0].technology[:1].isupper()


def _is_heading(cell: Cell) -> bool:
    """Return whether a text is drawn as the heading of a drawing: in large letters, or as a banner."""
    return cell.number("fontSize", 12) >= _LARGE_LETTERS or cell.rect[2] >= _WIDE


def _sentence(words: str) -> str:
    """Return words of a stencil with a capital first letter, short ones that are no words all in capitals."""
    text = " ".join(word.upper() if word in _SHORT else word for word in words.split())
    return text[:1].upper() + text[1:]


def _named(names: Iterable[str]) -> str:
    listed = Counter(name[:40] for name in names)
    return enumerated([quoted(f"{name} × {count}" if count > 1 else name) for name, count in listed.items()], _FEW)
