"""A picture as an SVG document: real texts, elements by id, the bundled typeface embedded."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path as FilePath
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from exports.painting import Point, Points, frame, paint
from models.icons import Path
from models.picture import Picture
from models.themes import ThemeName, rgba, theme
from models.typeface import FAMILY, Weight, font_file

if TYPE_CHECKING:
    from models.lenses import Legend

_WEIGHTS: dict[Weight, int] = {"regular": 400, "semibold": 600, "bold": 700}


def svg_text(
    picture: Picture,
    theme_name: ThemeName = "light",
    *,
    embed_fonts: bool = True,
    title: str = "",
    legend: Legend | None = None,
) -> str:
    """Return the picture as an SVG document in px of 100 %.

    Args:
        embed_fonts: carry the typeface in the file (about 0.3 MiB), so that it looks alike everywhere.
        legend: of the lens that colors the picture, drawn below it.
        title: name of the document for screen readers; the design's name when empty.
    """
    colors = theme(theme_name)
    pen = _SvgPen()
    paint(picture, colors, pen, legend=legend)
    x, y, width, height = frame(picture, legend)
    name = escape(title or picture.design.brief.name or "Design")
    style = f"text{{font-family:{FAMILY!r},sans-serif;white-space:pre}}"
    if embed_fonts:
        style = _font_faces(pen.weights) + style
    size = f'width="{_n(width)}" height="{_n(height)}" viewBox="{_n(x)} {_n(y)} {_n(width)} {_n(height)}"'
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">\n'
        f"<title>{name}</title>\n<style>{style}</style>\n" + "\n".join(pen.lines) + "\n</svg>\n"
    )


def write_svg(
    picture: Picture, path: FilePath, theme_name: ThemeName = "light", *, legend: Legend | None = None
) -> None:
    """Write the picture to an SVG file; see `svg_text`."""
    path.write_text(svg_text(picture, theme_name, legend=legend), encoding="utf-8")


def _font_faces(weights: set[Weight]) -> str:
    faces = []
    for weight in sorted(weights):
        data = base64.b64encode(font_file(weight).read_bytes()).decode("ascii")
        source = f"url(data:font/ttf;base64,{data})"
        faces.append(f"@font-face{{font-family:{FAMILY!r};font-weight:{_WEIGHTS[weight]};src:{source}}}")
    return "".join(faces)


def _n(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _paint(color: str, kind: str) -> str:
    if not color:
        return f' {kind}="none"'
    alpha = rgba(color)[3]
    opacity = f' {kind}-opacity="{_n(alpha)}"' if alpha < 1 else ""
    return f' {kind}="{color[:7]}"{opacity}'


class _SvgPen:
    """Collects SVG elements; `weights` are the faces used."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.weights: set[Weight] = set()

    def rectangle(
        self,
        box: tuple[float, float, float, float],
        radius: float = 0.0,
        fill: str = "",
        stroke: str = "",
        width: float = 1.0,
        dash: Sequence[float] = (),
    ) -> None:
        x, y, w, h = (_n(value) for value in box)
        corners = f' rx="{_n(radius)}"' if radius else ""
        edge = f'{_paint(stroke, "stroke")} stroke-width="{_n(width)}"{_dashes(dash)}' if stroke else ""
        self.lines.append(f'<rect x="{x}" y="{y}" width="{w}" height="{h}"{corners}{_paint(fill, "fill")}{edge}/>')

    def line(self, points: Sequence[Point] | Points, color: str, width: float, dash: Sequence[float] = ()) -> None:
        text = " ".join(f"{_n(float(x))},{_n(float(y))}" for x, y in points)
        cap = ' stroke-linecap="round"' if dash and dash[0] < 2 else ""
        self.lines.append(
            f'<polyline points="{text}" fill="none"{_paint(color, "stroke")} stroke-width="{_n(width)}"'
            f'{_dashes(dash)}{cap} stroke-linejoin="round"/>'
        )

    def shape(self, path: Path, at: Point, scale: float, fill: str) -> None:
        parts = []
        for verb, numbers in path:
            moved = [value * scale + at[number % 2] for number, value in enumerate(numbers)]
            parts.append(verb + " ".join(_n(value) for value in moved))
        self.lines.append(f'<path d="{"".join(parts)}"{_paint(fill, "fill")}/>')

    def circle(self, center: Point, radius: float, fill: str, stroke: str, width: float) -> None:
        place = f'cx="{_n(center[0])}" cy="{_n(center[1])}" r="{_n(radius)}"'
        self.lines.append(
            f'<circle {place}{_paint(fill, "fill")}{_paint(stroke, "stroke")} stroke-width="{_n(width)}"/>'
        )

    def text(self, at: Point, text: str, size: float, color: str, weight: Weight = "regular") -> None:
        if not text:
            return
        self.weights.add(weight)
        place = f'x="{_n(at[0])}" y="{_n(at[1])}" font-size="{_n(size)}" font-weight="{_WEIGHTS[weight]}"'
        self.lines.append(f"<text {place}{_paint(color, 'fill')}>{escape(text)}</text>")

    def mark(self, key: str, name: str, box: tuple[float, float, float, float]) -> None:
        x, y, w, h = (_n(value) for value in box)
        self.lines.append(
            f'<rect id={quoteattr(key)} x="{x}" y="{y}" width="{w}" height="{h}" fill="none" pointer-events="all">'
            f"<title>{escape(name)}</title></rect>"
        )


def _dashes(dash: Sequence[float]) -> str:
    return f' stroke-dasharray="{" ".join(_n(value) for value in dash)}"' if dash else ""
