"""A picture on paper: vectors and selectable text on a reportlab canvas, scaled to a box."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from reportlab.lib.colors import Color
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from exports.painting import Point, Points, frame, paint
from models.icons import Path
from models.picture import Picture
from models.themes import Theme, ThemeName, rgba, theme
from models.typeface import Weight, font_file

if TYPE_CHECKING:
    from models.lenses import Legend

FONTS: dict[Weight, str] = {
    "regular": "GroundplanSans",
    "semibold": "GroundplanSans-SemiBold",
    "bold": "GroundplanSans-Bold",
}
Link = Callable[[str], str | None]
"""Maps an element's id to the name of a place in the document, or None."""


@cache
def register_fonts() -> None:
    """Make the bundled faces known to reportlab under the names of `FONTS`; done once."""
    for weight, name in FONTS.items():
        pdfmetrics.registerFont(TTFont(name, str(font_file(weight))))
    pdfmetrics.registerFontFamily(FONTS["regular"], normal=FONTS["regular"], bold=FONTS["bold"])


def fitted_scale(picture: Picture, width: float, height: float, legend: Legend | None = None) -> float:
    """Return the points per px, at most 1, at which the picture fills the box without leaving it."""
    _, _, across, down = frame(picture, legend)
    return min(width / across, height / down, 1.0)


def draw_picture(
    canvas: Canvas,
    picture: Picture,
    box: tuple[float, float, float, float],
    *,
    colors: Theme,
    link: Link | None = None,
    legend: Legend | None = None,
) -> float:
    """Draw the picture into a box of the page and return its scale in points per px.

    Args:
        canvas: reportlab canvas, origin at the bottom left.
        box: x, y of the lower left corner, width and height in points; the picture stands centered at its top.
        colors: theme; its canvas color is not painted, paper stays paper.
        link: where a click on an element leads; None draws no links.
        legend: of the lens that colors the picture, drawn below it.
    """
    register_fonts()
    x, y, width, _ = frame(picture, legend)
    scale = fitted_scale(picture, box[2], box[3], legend)
    canvas.saveState()
    canvas.translate(box[0] + (box[2] - width * scale) / 2, box[1] + box[3])
    canvas.scale(scale, -scale)
    canvas.translate(-x, -y)
    paint(picture, colors, _PdfPen(canvas, link), ground=False, legend=legend)
    canvas.restoreState()
    return scale


class PictureFlowable(Flowable):  # type: ignore[misc]
    """The picture as a flowable: as wide as its frame, at most `height` points high."""

    def __init__(
        self, picture: Picture, width: float, height: float, link: Link | None = None, legend: Legend | None = None
    ) -> None:
        super().__init__()
        self.picture = picture
        self.scale = fitted_scale(picture, width, height, legend)
        self.width = width
        self.height = frame(picture, legend)[3] * self.scale
        self._link = link
        self._legend = legend

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """Return the size in points; the flowable does not shrink to what is available."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw at the origin of the current frame."""
        box = (0.0, 0.0, self.width, self.height)
        draw_picture(self.canv, self.picture, box, colors=theme("light"), link=self._link, legend=self._legend)


def picture_pdf(
    picture: Picture, theme_name: ThemeName = "light", *, link: Link | None = None, legend: Legend | None = None
) -> bytes:
    """Return a one-page PDF as large as the picture, 0.75 points per px, with the canvas color as ground."""
    register_fonts()
    x, y, width, height = frame(picture, legend)
    scale = 0.75
    data = BytesIO()
    canvas = Canvas(
        data,
        pagesize=(width * scale, height * scale),
        invariant=True,
        initialFontName=FONTS["regular"],
        pageCompression=1,
    )
    canvas.setTitle(picture.design.brief.name or "Design")
    canvas.setCreator("Groundplan")
    canvas.scale(scale, -scale)
    canvas.translate(-x, -y - height)
    paint(picture, theme(theme_name), _PdfPen(canvas, link), legend=legend)
    canvas.showPage()
    canvas.save()
    return data.getvalue()


def color_of(text: str) -> Color:
    """Return a reportlab color of `#RRGGBB` or `#RRGGBBAA`."""
    return Color(*rgba(text))


class _PdfPen:
    """Draws on a canvas whose y axis has been turned downward."""

    def __init__(self, canvas: Canvas, link: Link | None) -> None:
        self._canvas = canvas
        self._link = link

    def rectangle(
        self,
        box: tuple[float, float, float, float],
        radius: float = 0.0,
        fill: str = "",
        stroke: str = "",
        width: float = 1.0,
        dash: Sequence[float] = (),
    ) -> None:
        canvas = self._canvas
        if fill:
            canvas.setFillColor(color_of(fill))
        if stroke:
            self._stroke(stroke, width, dash)
        if radius:
            canvas.roundRect(*box, min(radius, box[2] / 2, box[3] / 2), stroke=bool(stroke), fill=bool(fill))
        else:
            canvas.rect(*box, stroke=bool(stroke), fill=bool(fill))

    def line(self, points: Sequence[Point] | Points, color: str, width: float, dash: Sequence[float] = ()) -> None:
        canvas = self._canvas
        self._stroke(color, width, dash)
        canvas.setLineCap(1 if dash and dash[0] < 2 else 0)
        canvas.setLineJoin(1)
        path = canvas.beginPath()
        for number, (x, y) in enumerate(points):
            (path.lineTo if number else path.moveTo)(float(x), float(y))
        canvas.drawPath(path, stroke=1, fill=0)

    def shape(self, path: Path, at: Point, scale: float, fill: str) -> None:
        canvas = self._canvas
        canvas.setFillColor(color_of(fill))
        outline: Any = canvas.beginPath()
        draw = {"M": outline.moveTo, "L": outline.lineTo, "C": outline.curveTo, "Z": outline.close}
        for verb, numbers in path:
            draw[verb](*(value * scale + at[number % 2] for number, value in enumerate(numbers)))
        canvas.drawPath(outline, stroke=0, fill=1, fillMode=1)

    def circle(self, center: Point, radius: float, fill: str, stroke: str, width: float) -> None:
        self._canvas.setFillColor(color_of(fill))
        self._stroke(stroke, width, ())
        self._canvas.circle(*center, radius, stroke=1, fill=1)

    def text(self, at: Point, text: str, size: float, color: str, weight: Weight = "regular") -> None:
        if not text:
            return
        canvas = self._canvas
        written = canvas.beginText()
        written.setTextTransform(1, 0, 0, -1, *at)
        written.setFont(FONTS[weight], size)
        written.setFillColor(color_of(color))
        written.textOut(text)
        canvas.drawText(written)

    def mark(self, key: str, name: str, box: tuple[float, float, float, float]) -> None:
        place = self._link(key) if self._link else None
        if place:
            x, y, width, height = box
            self._canvas.linkRect(name, place, (x, y, x + width, y + height), relative=1)

    def _stroke(self, color: str, width: float, dash: Sequence[float]) -> None:
        self._canvas.setStrokeColor(color_of(color))
        self._canvas.setLineWidth(width)
        self._canvas.setDash(list(dash))
