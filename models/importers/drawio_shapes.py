"""What the shapes of a draw.io page are: boxes, frames, texts, ornaments, by their style and where they lie."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
from msgspec import Struct, field

from models.importers.drawio_cells import Cell, Rect
from models.importers.notes import ImportProblem
from models.importers.stencils import (
    Framing,
    frame_of_label,
    frame_of_shape,
    is_decoration,
    product_of_shape,
    stencil,
)
from models.importers.workloads import word_set
from models.interruption import while_wanted
from models.words import Number, Text

MOST_FRAMES = 3000
_ROWS = frozenset({"text", "line", "table_row", "partial_rectangle"})
_ICON_KEYS = ("resIcon", "prIcon", "grIcon")
_WRAPPERS = frozenset({"resource_icon", "product_icon", "group", "group_center", "rrect"})
_PLAIN = word_set(
    "rectangle ellipse swimlane label rounded image double_rect ext process hexagon rect parallelogram rhombus "
    "cloud stencil group container html table table_row card document step"
)
"""Shapes that say nothing about what they stand for."""
_BADGE = re.compile(r"\(?[0-9]{1,2}[a-z]?\)?\.?|[A-Za-z]")
_BADGE_SIZE = 50.0
_LEGENDS = frozenset({"legend", "key", "legende"})
_LEGEND_ROOM = (80.0, 400.0)
_LOGO_SIZE = 120.0
_OVERLAY_SIZE = 32.0
"""A small picture without a label lies on something else: a lock on a border, a mark on a shape."""
_LOGO_NEAR = 48.0
_BANNER = (400.0, 64.0)
_FRAME_RATIO = 1.5
_ICON_RATIO = 6.0
_CAPTION_NEAR = 34.0
_LONGEST_CAPTION, _MOST_CAPTIONS = 40, 3
_HEAD_ROOM = 64.0
_DEEPEST = 64
"""So many frames around a shape count; no drawing nests deeper."""
_EMPTY_WORDS = word_set("amazon aws google cloud azure microsoft az")


class Shapes(Struct):
    """The shapes of a page by what they are.

    Attributes:
        owners: the box, frame or text that a cell is a part of, by the id of the cell.
        frames: with the boundary that shape or label names, if they do.
        stencils: the telling stencil of a cell, if it has one.
        around: frames around each box, text or frame, innermost first.
    """

    boxes: list[Cell] = field(default_factory=list)
    frames: list[tuple[Cell, Framing | None]] = field(default_factory=list)
    texts: list[Cell] = field(default_factory=list)
    ornaments: list[Cell] = field(default_factory=list)
    edges: list[Cell] = field(default_factory=list)
    owners: dict[str, Cell] = field(default_factory=dict)
    stencils: dict[str, str] = field(default_factory=dict)
    around: dict[str, list[str]] = field(default_factory=dict)
    hidden: int = 0


def sort_shapes(cells: Sequence[Cell], name: str) -> Shapes:
    """Return the cells of a page sorted by what they are.

    Args:
        name: how a refusal names the file.

    Raises:
        ImportProblem: more shapes hold others than any drawing has groups.
    """
    return _Sorting(cells, name).sort()


class _Sorting:
    def __init__(self, cells: Sequence[Cell], name: str) -> None:
        self.name = name
        self.by_id = {cell.id: cell for cell in cells}
        self.found = Shapes()
        drawn = [cell for cell in cells if cell.is_vertex or cell.is_edge]
        self.found.hidden = sum(1 for cell in drawn if not cell.visible)
        self.found.edges = [cell for cell in drawn if cell.visible and cell.is_edge]
        self.vertices = [cell for cell in drawn if cell.visible and cell.is_vertex and not cell.is_edge]
        self.joined = {end for edge in self.found.edges for end in (edge.source, edge.target) if end}
        self.logos: list[tuple[Cell, Framing]] = []
        self.lists = _lists(self.vertices, self.by_id)

    def sort(self) -> Shapes:
        self._merge_parts()
        candidates, frames = [], []
        for cell in while_wanted(self.vertices):
            what = self._first_look(cell)
            if what in ("frame", "backdrop"):
                frames.append(cell)
            elif what == "box":
                candidates.append(cell)
            elif what == "text":
                self.found.texts.append(cell)
            else:
                self.found.ornaments.append(cell)
        self._name_by_captions(candidates)
        candidates = self._without_legends(candidates)
        boxes, holding = _holders(candidates, self.found.stencils)
        frames = [*frames, *holding]
        if len(frames) > MOST_FRAMES:
            raise ImportProblem(
                Text(
                    "{file}: more than {most} shapes of a page hold others. Split it.",
                    file=self.name,
                    most=Number(f"{MOST_FRAMES:,}"),
                )
            )
        self.found.boxes = boxes
        self._settle_frames(frames)
        self._nest()
        self._absorb()
        return self.found

    # -- parts of one shape ----------------------------------------------------------------------------------------

    def _merge_parts(self) -> None:
        """Join parts with the shape they belong to, and labels of lines with their lines."""
        rest = []
        for cell in self.vertices:
            above = self.by_id.get(cell.parent)
            if above is not None and above.is_edge:
                above.lines = (*above.lines, *cell.lines)
            elif above is not None and self.found.owners.get(above.id, above).id in self.lists:
                owner = self.found.owners[cell.id] = self.found.owners.get(above.id, above)
                owner.rows = (*owner.rows, *cell.lines)
            elif above is not None and above.is_vertex and _is_part(cell, above):
                owner = self.found.owners.get(above.id, above)
                self.found.owners[cell.id] = owner
                owner.lines = (*owner.lines, *cell.lines)
                name = telling_stencil(cell)
                if name and not self.found.stencils.get(owner.id):
                    self.found.stencils[owner.id] = name
            else:
                rest.append(cell)
        self.vertices = rest
        for cell in rest:
            self.found.stencils.setdefault(cell.id, telling_stencil(cell))

    def _first_look(self, cell: Cell) -> str:
        """Return `box`, `frame`, `backdrop`, `text` or `ornament`."""
        name, (width, height) = self.found.stencils[cell.id], cell.rect[2:]
        named, bound = cell.style.get("named", "").split(), cell.id in self.joined
        framing = frame_of_shape(name) if name else None
        small = max(width, height) <= _LOGO_SIZE
        if framing is not None and small and not bound and product_of_shape(name) is None:
            self.logos.append((cell, framing))
            return "ornament"
        if cell.id in self.lists:
            return "box"
        if _is_group(cell) or (framing is not None and not small):
            return "frame"
        if _BADGE.fullmatch(cell.label) and max(width, height) <= _BADGE_SIZE and not (name or bound):
            return "ornament"
        if not bound and (_is_text(cell, name) or (name == "" and cell.lines and _is_banner(cell))):
            return "text" if cell.lines else "ornament"
        shape = stencil(cell.style.get("shape", ""))
        if is_decoration(shape) or any(word in ("line", "triangle") for word in named):
            return "text" if cell.lines and not bound else "ornament"
        if not (cell.lines or bound or name) and not small:
            return "backdrop"  # a frame if a text or a logo at its top names it
        if not (cell.lines or bound) and max(width, height) <= _OVERLAY_SIZE:
            return "ornament"
        known = bool(name) and (product_of_shape(name, partly=True) is not None)
        return "box" if cell.lines or known or (bound and not small) else "ornament"

    def _name_by_captions(self, candidates: Sequence[Cell]) -> None:
        """Give shapes without a label the free text right below, above or on them."""
        free = [cell for cell in self.found.texts if cell.number("fontSize", 12) < 20]
        unnamed = [cell for cell in candidates if not cell.lines]
        if not free or not unnamed:
            return
        taken: set[str] = set()
        places = np.array([_middle(cell.rect) for cell in free])
        for cell in unnamed:
            x, y, width, height = cell.rect
            low = np.array([x - 8, y - _CAPTION_NEAR])
            high = np.array([x + width + 8, y + height + _CAPTION_NEAR])
            near = np.flatnonzero(((places >= low) & (places <= high)).all(1)).tolist()
            near = [row for row in near if free[row].id not in taken and len(free[row].label) <= _LONGEST_CAPTION]
            captions = sorted((free[row] for row in near), key=lambda text: (text.rect[1], text.rect[0]))
            lines = tuple(line for text in captions for line in text.lines)
            if 0 < len(captions) <= _MOST_CAPTIONS and not _says_nothing(lines):
                cell.lines = lines
                taken.update(text.id for text in captions)
                self.found.owners.update((text.id, cell) for text in captions)
        self.found.texts = [cell for cell in self.found.texts if cell.id not in taken]

    def _without_legends(self, candidates: list[Cell]) -> list[Cell]:
        """Take out the small samples of a legend: they lie below or beside its heading and nothing leads to them."""
        heads = [cell for cell in (*self.found.texts, *candidates) if cell.label.lower().strip(" :") in _LEGENDS]
        kept = []
        for cell in candidates:
            x, y = _middle(cell.rect)
            small = max(cell.rect[2:]) <= _BADGE_SIZE and cell.id not in self.joined
            if any(cell is head for head in heads) or (
                small and any(_holds(_legend_of(head), x, y, 0.0) for head in heads)
            ):
                self.found.ornaments.append(cell)
            else:
                kept.append(cell)
        if len(kept) < len(candidates):
            self.found.ornaments.extend(cell for cell in self.found.texts if cell in heads)
            self.found.texts = [cell for cell in self.found.texts if cell not in heads]
        return kept

    # -- frames ----------------------------------------------------------------------------------------------------

    def _settle_frames(self, frames: Iterable[Cell]) -> None:
        """Keep the frames that say something: by their label, their stencil, a logo on their border or their lines."""
        listed = sorted(frames, key=lambda cell: cell.rect[2] * cell.rect[3])
        by_logo: dict[str, Framing] = {}
        for logo, of_logo in self.logos:
            home = _home_of(logo, listed)
            if home is not None and frame_of_label(home.label) is None:
                if home.id not in by_logo:
                    home.lines = home.lines or logo.lines
                by_logo.setdefault(home.id, of_logo)
        self._head_frames(listed)
        for cell in listed:
            framing_of_shape = frame_of_shape(self.found.stencils.get(cell.id, ""))
            framing: Framing | None = frame_of_label(cell.label) or framing_of_shape or by_logo.get(cell.id)
            if framing_of_shape is not None and framing_of_shape.kind != "provider":
                framing = framing_of_shape
            if cell.lines or framing is not None or cell.id in self.joined:
                self.found.frames.append((cell, framing))
            else:
                self.found.ornaments.append(cell)

    def _head_frames(self, frames: Sequence[Cell]) -> None:
        """Give frames without a label that hold boxes the free text at their top."""
        centers = np.array([_middle(cell.rect) for cell in self.found.boxes]).reshape(-1, 2)
        for cell in while_wanted(frames):
            x, y, width, height = cell.rect
            inside = (centers[:, 0] >= x) & (centers[:, 0] <= x + width)
            inside &= (centers[:, 1] >= y) & (centers[:, 1] <= y + height)
            if cell.lines or not inside.any():
                continue
            top = (x, y - 8, width, min(height, _HEAD_ROOM))
            heads = [text for text in self.found.texts if _holds(top, *_middle(text.rect), 0.0)]
            if len(heads) == 1 and len(heads[0].label) <= _LONGEST_CAPTION:
                cell.lines = heads[0].lines
                self.found.owners[heads[0].id] = cell
                self.found.texts.remove(heads[0])

    def _nest(self) -> None:
        """Find the frames around everything: those that it is a child of, and those that it lies in."""
        frames = sorted((cell for cell, _ in self.found.frames), key=lambda cell: cell.rect[2] * cell.rect[3])
        rects = np.array([cell.rect for cell in frames], np.float64).reshape(-1, 4)
        rank = {cell.id: row for row, cell in enumerate(frames)}
        for cell in while_wanted([*self.found.boxes, *self.found.texts, *frames]):
            x, y, width, height = cell.rect
            own = rank.get(cell.id)
            if own is None:
                cx, cy = _middle(cell.rect)
                inside = (rects[:, 0] <= cx) & (cx <= rects[:, 0] + rects[:, 2])
                inside &= (rects[:, 1] <= cy) & (cy <= rects[:, 1] + rects[:, 3])
            else:
                inside = (rects[:, 0] <= x + 1) & (x + width <= rects[:, 0] + rects[:, 2] + 1)
                inside &= (rects[:, 1] <= y + 1) & (y + height <= rects[:, 1] + rects[:, 3] + 1)
                inside &= np.arange(len(frames)) > own
            self.found.around[cell.id] = [frames[row].id for row in np.flatnonzero(inside)[:_DEEPEST].tolist()]

    def _absorb(self) -> None:
        """Let a label around a single unnamed shape be the name of the shape: it is drawn as its caption."""
        held: dict[str, list[Cell]] = {}
        for cell in [*self.found.boxes, *(frame for frame, _ in self.found.frames)]:
            for key in self.found.around.get(cell.id, ()):
                held.setdefault(key, []).append(cell)
        boxes = {cell.id for cell in self.found.boxes}
        gone: dict[str, Cell] = {}
        for frame, framing in self.found.frames:
            inside = held.get(frame.id, [])
            if framing is None and len(inside) == 1 and inside[0].id in boxes and not inside[0].lines:
                gone[frame.id] = inside[0]
                inside[0].lines = frame.lines
        self.found.owners.update(gone)
        self.found.frames = [entry for entry in self.found.frames if entry[0].id not in gone]
        for key, frames in self.found.around.items():
            self.found.around[key] = [each for each in frames if each not in gone]


def telling_stencil(cell: Cell) -> str:
    """Return the stencil or library picture of a cell that says what it stands for, or an empty text."""
    style = cell.style
    names = [style[key] for key in _ICON_KEYS if key in style]
    image = style.get("image", "")
    if image and not image.startswith("data:"):
        names.append(image)
    names += [style.get("shape", ""), *style.get("named", "").split()]
    for name in names:
        found = stencil(name.partition("(")[0]) if name else ""
        last = found.rpartition(".")[2]
        if found and last not in _WRAPPERS and last not in _PLAIN and last != "text" and not is_decoration(found):
            return found
    return ""


def _lists(vertices: Sequence[Cell], by_id: dict[str, Cell]) -> set[str]:
    """Return the ids of the shapes that are lists or tables: nothing but rows of text stands in them."""
    holding, filled = set[str](), set[str]()
    for cell in vertices:
        filled.add(cell.parent)
        above = by_id.get(cell.parent) if not _is_row(cell) else None
        while above is not None and above.id not in holding:
            holding.add(above.id)
            above = by_id.get(above.parent)
    return {
        cell.id for cell in vertices if "childLayout" in cell.style and cell.id in filled and cell.id not in holding
    }


def _is_row(cell: Cell) -> bool:
    named = cell.style.get("named", "").split()
    return bool(_ROWS & {*named, stencil(cell.style.get("shape", ""))})


def _is_part(cell: Cell, above: Cell) -> bool:
    if cell.style.get("part") == "1" or cell.style.get("connectable") == "0":
        return not _is_group(above) or cell.style.get("part") == "1"
    return False


def _is_group(cell: Cell) -> bool:
    named = cell.style.get("named", "").split()
    last = stencil(cell.style.get("shape", "")).rpartition(".")[2]
    grouped = "swimlane" in named or last in ("group", "group_center", "rrect") or "grIcon" in cell.style
    return grouped or cell.is_on("container")


def _is_text(cell: Cell, name: str) -> bool:
    named = cell.style.get("named", "").split()
    bare = cell.style.get("strokeColor") == "none" and cell.style.get("fillColor") in (None, "none")
    return not name and ("text" in named or "edgeLabel" in named or bare)


def _is_banner(cell: Cell) -> bool:
    width, height = cell.rect[2:]
    return width >= _BANNER[0] and height <= _BANNER[1]


def _middle(rect: Rect) -> tuple[float, float]:
    return rect[0] + rect[2] / 2, rect[1] + rect[3] / 2


def _holds(rect: Rect, x: float, y: float, margin: float) -> bool:
    return rect[0] - margin <= x <= rect[0] + rect[2] + margin and rect[1] - margin <= y <= rect[1] + rect[3] + margin


def _says_nothing(lines: Sequence[str]) -> bool:
    return set(" ".join(lines).lower().split()) <= _EMPTY_WORDS


def _legend_of(head: Cell) -> Rect:
    x, y, width, height = head.rect
    return (x - _LEGEND_ROOM[0], y - height, width + 2 * _LEGEND_ROOM[0], height + _LEGEND_ROOM[1])


def _home_of(logo: Cell, frames: Sequence[Cell]) -> Cell | None:
    """Return the frame whose upper left corner holds a logo, else one without a label that it lies at."""
    x, y = _middle(logo.rect)
    for cell in frames:
        left, top, width, height = cell.rect
        if _holds((left, top, min(width, _LOGO_NEAR * 2), min(height, _LOGO_NEAR * 2)), x, y, 0.0):
            return cell
    return next((cell for cell in frames if not cell.lines and _is_at_border(cell.rect, x, y)), None)


def _is_at_border(rect: Rect, x: float, y: float) -> bool:
    return _holds(rect, x, y, _LOGO_NEAR) and not _holds(rect, x, y, -_LOGO_NEAR)


def _holders(candidates: Sequence[Cell], stencils: dict[str, str]) -> tuple[list[Cell], list[Cell]]:
    """Part the candidates into boxes and those that hold others: larger plain shapes, or far larger icons."""
    if not candidates:
        return [], []
    rects = np.array([cell.rect for cell in candidates], np.float64)
    centers = rects[:, :2] + rects[:, 2:] / 2
    areas = rects[:, 2] * rects[:, 3]
    smallest = float(areas.min())
    across = np.argsort(centers[:, 0], kind="stable")
    columns = centers[across, 0]
    boxes: list[Cell] = []
    frames: list[Cell] = []
    for row, cell in enumerate(while_wanted(candidates)):
        ratio = _FRAME_RATIO if not stencils.get(cell.id) else _ICON_RATIO
        if areas[row] <= smallest * ratio:
            boxes.append(cell)
            continue
        low, high = rects[row, :2], rects[row, :2] + rects[row, 2:]
        others = across[np.searchsorted(columns, low[0]) : np.searchsorted(columns, high[0], side="right")]
        inside = (centers[others, 1] >= low[1]) & (centers[others, 1] <= high[1]) & (areas[others] * ratio < areas[row])
        (frames if inside.any() else boxes).append(cell)
        if len(frames) > MOST_FRAMES:
            break  # it is refused
    return boxes, frames
