"""The cells of a draw.io file: its pages unpacked, styles split, labels as plain text, places made absolute."""

from __future__ import annotations

import base64
import binascii
import math
import re
import zlib
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import unquote

from msgspec import Struct, field

from models.importers.notes import ImportProblem
from models.importers.xml_reader import Tag, read_xml
from models.interruption import while_wanted
from models.words import Number, Text

LARGEST_PAGE_BYTES = 32 * 2**20
MOST_CELLS = 50_000
LONGEST_LABEL = 20_000
"""Of a longer label nothing could be read on a canvas."""
FARTHEST_DRAWN = 1e6
_BREAKS = frozenset({"br", "div", "p", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "ul", "ol", "table"})
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_DECLARED = re.compile(r"<[!?][^>]*>?")
_HIDDEN_TEXT = frozenset({"style", "script", "title", "head"})
_OBJECTS = frozenset({"object", "UserObject"})
Rect = tuple[float, float, float, float]
"""x, y, width, height in the drawing."""
Point = tuple[float, float]


class Page(Struct, frozen=True):
    """One page: its name, its mxGraphModel, and the line of the file where a packed one stands (0 = not packed)."""

    name: str
    model: Tag
    packed_at: int = 0


class Cell(Struct, eq=False):
    """One shape or line.

    Attributes:
        lines: the label as lines of plain text.
        rows: what its rows say, of a shape that is a list or a table.
        rect: absolute place; of a line that of nothing.
        share: where it lies in its parent, as shares of the parent's width and height, beside `rect`.
        ends: absolute points where a line begins and ends when it is bound to no cell.
        data: attributes that the author gave the shape; those of the C4 library (`c4Name` …) say what its label says.
    """

    id: str
    line: int
    parent: str = ""
    source: str = ""
    target: str = ""
    is_edge: bool = False
    is_vertex: bool = False
    lines: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    style: dict[str, str] = field(default_factory=dict)
    rect: Rect = (0.0, 0.0, 0.0, 0.0)
    share: Point = (0.0, 0.0)
    ends: tuple[Point | None, Point | None] = (None, None)
    visible: bool = True
    data: dict[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The label on one line."""
        return " ".join(self.lines)

    def number(self, key: str, default: float) -> float:
        """Return a number of the style."""
        return _number(self.style.get(key), default)

    def is_on(self, key: str) -> bool:
        """Return whether the style switches something on."""
        return self.style.get(key) == "1"


def read_pages(text: str, name: str) -> list[Page]:
    """Return the pages of a drawing.

    Raises:
        ImportProblem: it is no drawing, not well formed, packed wrongly or too large when unpacked.
    """
    root = read_xml(text, name)
    if root.name == "mxGraphModel":
        return [Page("", root)]
    if root.name != "mxfile":
        raise ImportProblem(Text("{file} is XML, but no drawing of draw.io.", file=name))
    pages, room = [], LARGEST_PAGE_BYTES
    for number, diagram in enumerate((tag for tag in root.children if tag.name == "diagram"), 1):
        title = diagram.attributes.get("name", "") or f"{number}"
        model = diagram.first("mxGraphModel")
        packed = diagram.text.strip()
        if model is None and packed:
            unpacked = _unpacked(packed, name, title, room)
            room -= len(unpacked)
            inner = read_xml(unpacked, f"{name} ({title})")
            if inner.name != "mxGraphModel":
                raise ImportProblem(Text("{file}: page “{page}” holds no drawing.", file=name, page=title))
            pages.append(Page(title, inner, diagram.line))
        elif model is not None:
            pages.append(Page(title, model))
    if not pages:
        raise ImportProblem(Text("{file} is a draw.io file without a page; there is nothing to import.", file=name))
    return pages


def _unpacked(packed: str, name: str, page: str, room: int) -> str:
    """Return the XML of a packed page: base64, raw deflate, percent encoding."""
    damaged = Text(
        "{file}: page “{page}” is packed and cannot be unpacked. Open it in draw.io, switch off “Compressed” in the "
        "properties of the file and save it again.",
        file=name,
        page=page,
    )
    unpacker = zlib.decompressobj(-15)
    try:
        data = unpacker.decompress(base64.b64decode(packed, validate=False), room + 1)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise ImportProblem(damaged) from error
    if len(data) > room:
        raise ImportProblem(
            Text("{file}: unpacked, its pages are larger than {most} MiB. Split it.", file=name,
                 most=LARGEST_PAGE_BYTES // 2**20)
        )  # fmt: skip
    if not unpacker.eof:
        raise ImportProblem(damaged)
    try:
        return unquote(data.decode("utf-8"), errors="strict")
    except UnicodeDecodeError as error:
        raise ImportProblem(damaged) from error


def read_cells(page: Page, name: str) -> list[Cell]:
    """Return the cells of a page in drawing order, those of the first layer included.

    Raises:
        ImportProblem: there are too many.
    """
    root = page.model.first("root")
    cells: dict[str, Cell] = {}
    tags: dict[str, Tag] = {}
    for number, (tag, outer) in enumerate(while_wanted(_cell_tags(root))):
        if number >= MOST_CELLS:
            raise ImportProblem(
                Text("{file}: page “{page}” holds more than {most} cells. Split it.", file=name, page=page.name,
                     most=Number(f"{MOST_CELLS:,}"))
            )  # fmt: skip
        attributes = {**(outer.attributes if outer is not None else {}), **tag.attributes}
        cell = _cell(attributes, outer, page.packed_at or tag.line, number)
        if cell.id in cells:
            cell.id = f"{cell.id}~{number}"
        cells[cell.id], tags[cell.id] = cell, tag
    for key, cell in cells.items():
        geometry = tags[key].first("mxGeometry")
        if geometry is not None:
            _place(cell, geometry)
    return _settled(cells)


def _cell_tags(root: Tag | None) -> Iterator[tuple[Tag, Tag | None]]:
    for tag in root.children if root is not None else ():
        if tag.name == "mxCell":
            yield tag, None
        elif tag.name in _OBJECTS:
            inner = tag.first("mxCell")
            if inner is not None:
                yield inner, tag


def _cell(attributes: dict[str, str], outer: Tag | None, line: int, number: int) -> Cell:
    style = split_style(attributes.get("style", ""))
    label = attributes.get("label" if outer is not None else "value", "")
    known = {"id", "label", "placeholders", "tooltip", "link", "tags"}
    data = {} if outer is None else {key: text for key, text in outer.attributes.items() if key not in known}
    if outer is not None and outer.attributes.get("placeholders") == "1":
        for key, value in data.items():
            label = label.replace(f"%{key}%", value)
    plain = data.get("c4Description" if data.get("c4Type") == "Relationship" else "c4Name", "")
    return Cell(
        id=attributes.get("id") or f"cell-{number}",
        line=line,
        parent=attributes.get("parent", ""),
        source=attributes.get("source", ""),
        target=attributes.get("target", ""),
        is_edge=attributes.get("edge") == "1",
        is_vertex=attributes.get("vertex") == "1",
        lines=label_lines(plain, False) or label_lines(label, style.get("html") == "1"),
        style=style,
        visible=attributes.get("visible") != "0",
        data=data,
    )


def _place(cell: Cell, geometry: Tag) -> None:
    """Keep the geometry as written: relative to the parent, which `_settled` makes absolute."""
    given = geometry.attributes
    x, y, width, height = (_number(given.get(key), 0.0) for key in ("x", "y", "width", "height"))
    if given.get("relative") == "1" and cell.is_vertex:
        offset = next((tag for tag in geometry.children if tag.attributes.get("as") == "offset"), None)
        dx, dy = _point(offset) if offset is not None else (0.0, 0.0)
        cell.share, x, y = (x, y), dx, dy
    cell.rect = (x, y, max(0.0, width), max(0.0, height))
    points = {tag.attributes.get("as", ""): _point(tag) for tag in geometry.children if tag.name == "mxPoint"}
    cell.ends = (points.get("sourcePoint"), points.get("targetPoint"))


def _settled(cells: dict[str, Cell]) -> list[Cell]:
    """Return the cells with absolute places; what lies in a hidden layer or shape is hidden too."""
    done: set[str] = set()
    for start in cells.values():
        chain, cell = [], start
        while cell.id not in done and cell not in chain:
            chain.append(cell)
            above = cells.get(cell.parent)
            if above is None:
                break
            cell = above
        for each in reversed(chain):
            _settle(each, cells.get(each.parent))
            done.add(each.id)
    return list(cells.values())


def _settle(cell: Cell, above: Cell | None) -> None:
    left, top, wide, high = above.rect if above is not None and above.is_vertex else (0.0, 0.0, 0.0, 0.0)
    x, y, width, height = cell.rect
    x, y = x + cell.share[0] * wide, y + cell.share[1] * high
    cell.rect = (_near(x + left), _near(y + top), _near(width), _near(height))
    first, last = ((_near(end[0] + left), _near(end[1] + top)) if end is not None else None for end in cell.ends)
    cell.ends = (first, last)
    cell.visible = cell.visible and (above is None or above.visible)


def _near(value: float) -> float:
    return min(max(value, -FARTHEST_DRAWN), FARTHEST_DRAWN)


def _point(tag: Tag) -> Point:
    return _number(tag.attributes.get("x"), 0.0), _number(tag.attributes.get("y"), 0.0)


def _number(text: str | None, default: float) -> float:
    try:
        value = float(text) if text else default
    except ValueError:
        return default
    return value if math.isfinite(value) else default


def split_style(style: str) -> dict[str, str]:
    """Return the settings of a style; words without a value (`text`, `ellipse`) are kept as `=word` under "named"."""
    found: dict[str, str] = {}
    for part in style.split(";"):
        key, equals, value = part.partition("=")
        if equals:
            found[key.strip()] = value.strip()
        elif key.strip():
            found["named"] = f"{found.get('named', '')} {key.strip()}".strip()
    return found


def label_lines(label: str, is_html: bool) -> tuple[str, ...]:
    """Return the lines of a label as plain text."""
    text = label = label[:LONGEST_LABEL]
    if is_html and ("<" in label or "&" in label):
        reader = _LabelReader()
        reader.feed(_DECLARED.sub("", _COMMENT.sub("", label)))  # the parser reads open comments again and again
        reader.close()
        text = "".join(reader.pieces)
    lines = (" ".join(line.split()) for line in text.replace("\xa0", " ").splitlines())
    return tuple(line for line in lines if line)


class _LabelReader(HTMLParser):
    """Collects the text of a label, with line breaks where the HTML breaks lines."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN_TEXT:
            self._hidden += 1
        elif tag in _BREAKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN_TEXT:
            self._hidden = max(0, self._hidden - 1)
        elif tag in _BREAKS and tag != "br":
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(data.replace("\n", " "))
