"""Widths of text in the bundled typeface, without Qt, so that the canvas, SVG and paper place every label alike.

The bundled faces have no kerning and no ligatures, so the width of a line is exactly the sum of the advance widths of
its characters. On screen the same holds for a font with `QFont.HintingPreference.PreferNoHinting`.
"""

import unicodedata
from collections.abc import Sequence
from functools import cache
from importlib.resources import as_file, files
from itertools import accumulate
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

Weight = Literal["regular", "semibold", "bold"]

FAMILY = "Groundplan Sans"
ELLIPSIS = "…"
_FACE_FILES: dict[Weight, str] = {
    "regular": "GroundplanSans-Regular.ttf",
    "semibold": "GroundplanSans-SemiBold.ttf",
    "bold": "GroundplanSans-Bold.ttf",
}


class TypefaceMetrics(msgspec.Struct, frozen=True):
    """Vertical metrics of the typeface as fractions of the font size; all faces share them.

    `ascent` and `descent` are both positive and measured from the baseline; `line_height` is their sum plus line gap.
    """

    ascent: float
    descent: float
    line_height: float
    cap_height: float
    x_height: float


class _Advances(dict[str, float]):
    """Advance widths by character as fractions of the font size; characters outside the font are estimated once."""

    def __init__(self, widths: dict[str, str], units_per_em: int, missing: int) -> None:
        super().__init__({char: int(width) / units_per_em for width, chars in widths.items() for char in chars})
        self._default = missing / units_per_em

    def __missing__(self, char: str) -> float:
        # Another font of the system draws these: full-width scripts take one em, marks and controls take no room.
        if unicodedata.category(char)[0] in "MC":
            width = 0.0
        elif unicodedata.east_asian_width(char) in "WF":
            width = 1.0
        else:
            width = self._default
        self[char] = width
        return width


def text_width(text: str, size: float, weight: Weight = "regular") -> float:
    """Return the width of one line of text, in the unit of `size` (pixels or points)."""
    return sum(map(_advances(weight).__getitem__, text)) * size


def text_widths(texts: Sequence[str], size: float, weight: Weight = "regular") -> NDArray[np.float64]:
    """Return the widths of many lines, shape (len(texts),), in the unit of `size`."""
    advance = _advances(weight).__getitem__
    return np.fromiter((sum(map(advance, text)) for text in texts), np.float64, len(texts)) * size


def wrapped(text: str, size: float, max_width: float, weight: Weight = "regular") -> list[str]:
    """Return the lines of a text broken between words, and at its line breaks; a word that is too wide is cut."""
    lines = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}" if line else word
            if line and text_width(longer, size, weight) > max_width:
                lines.append(elide(line, size, max_width, weight))
                longer = word
            line = longer
        lines.append(elide(line, size, max_width, weight))
    return lines


def elide(text: str, size: float, max_width: float, weight: Weight = "regular") -> str:
    """Return `text` if it fits into `max_width`, else its longest beginning that fits together with an ellipsis.

    Spaces before the ellipsis are dropped. Where not even the ellipsis fits, the empty string is returned.
    """
    advances = _advances(weight)
    room = max_width / size + 1e-9
    ends = list(accumulate(map(advances.__getitem__, text)))
    if not ends or ends[-1] <= room:
        return text
    room -= advances[ELLIPSIS]
    if room < 0:
        return ""
    kept = next(index for index, end in enumerate(ends) if end > room)
    return text[:kept].rstrip() + ELLIPSIS


@cache
def typeface_metrics() -> TypefaceMetrics:
    """Return the vertical metrics of the bundled typeface."""
    table = _table()
    em = table.units_per_em
    return TypefaceMetrics(
        ascent=table.ascent / em,
        descent=table.descent / em,
        line_height=(table.ascent + table.descent + table.line_gap) / em,
        cap_height=table.cap_height / em,
        x_height=table.x_height / em,
    )


def covers(text: str) -> bool:
    """Return whether the bundled typeface has a glyph for every character, so that paper needs no other font."""
    known = _covered()
    return all(char in known for char in text)


@cache
def font_file(weight: Weight = "regular") -> Path:
    """Return the TrueType file of one face, to be registered with Qt or embedded into a PDF."""
    with as_file(files("resources") / "fonts" / _FACE_FILES[weight]) as path:
        return path


class _Face(msgspec.Struct, frozen=True):
    missing: int
    widths: dict[str, str]


class _MetricsTable(msgspec.Struct, frozen=True):
    units_per_em: int
    ascent: int
    descent: int
    line_gap: int
    cap_height: int
    x_height: int
    faces: dict[str, _Face]


@cache
def _table() -> _MetricsTable:
    source = files("resources") / "fonts" / "metrics.json"
    return msgspec.json.decode(source.read_bytes(), type=_MetricsTable)


@cache
def _advances(weight: Weight) -> _Advances:
    table = _table()
    face = table.faces[weight]
    return _Advances(face.widths, table.units_per_em, face.missing)


@cache
def _covered() -> frozenset[str]:
    return frozenset("".join(_table().faces["regular"].widths.values()))
