"""Make the bundled typeface "Groundplan Sans" from IBM Plex Sans (a maintenance script, not part of a build).

Changes against the original, as the SIL Open Font License 1.1 allows under another name ("Plex" is a reserved name):
signs for charts and findings are added; kerning and ligatures are taken out, so that the width of a line is exactly
the sum of its advance widths in Qt, on paper and in `models.typeface`; hinting is taken out because the canvas paints
at fractional sizes.

Run: npm pack @expo-google-fonts/ibm-plex-sans, unpack it, then
    .venv/bin/python scripts/build_fonts.py UNPACKED_FOLDER
"""

import json
import math
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

FONTS = Path(__file__).resolve().parent.parent / "resources" / "fonts"
FACES = {"regular": "400Regular", "semibold": "600SemiBold", "bold": "700Bold"}
TITLES = {"regular": "Regular", "semibold": "SemiBold", "bold": "Bold"}
FAMILY = "Groundplan Sans"
DROPPED = ("GPOS", "GSUB", "GDEF", "STAT", "fpgm", "prep", "cvt ", "gasp")
SIGN_WIDTH = 720
Point = tuple[float, float]


def polygon(pen: TTGlyphPen, points: list[Point]) -> None:
    """Draw one closed contour of straight lines; clockwise fills, counterclockwise cuts."""
    pen.moveTo(points[0])
    for point in points[1:]:
        pen.lineTo(point)
    pen.closePath()


def disc(pen: TTGlyphPen, radius: float, clockwise: bool = True) -> None:
    """Draw a circle around the optical middle as eight quadratic arcs."""
    turn = -math.pi / 4 if clockwise else math.pi / 4
    reach = radius / math.cos(math.pi / 8)
    pen.moveTo((SIGN_WIDTH / 2 + radius, 349))
    for step in range(8):
        for share, length in ((step + 0.5, reach), (step + 1.0, radius)):
            angle = turn * share
            point = (SIGN_WIDTH / 2 + length * math.cos(angle), 349 + length * math.sin(angle))
            if length == reach:
                control = point
        pen.qCurveTo(control, point)
    pen.closePath()


def ring(pen: TTGlyphPen) -> None:
    """Draw a hollow circle."""
    disc(pen, 260)
    disc(pen, 200, clockwise=False)


def cross(pen: TTGlyphPen) -> None:
    """Draw a ballot cross."""
    mid, arm, half = SIGN_WIDTH / 2, 230, 44
    bars = [(-arm, -arm + half), (-arm + half, -arm), (arm, arm - half), (arm - half, arm)]
    polygon(pen, [(mid + x, 349 + y) for x, y in [bars[0], bars[3], bars[2], bars[1]]])
    polygon(pen, [(mid - x, 349 + y) for x, y in [bars[1], bars[2], bars[3], bars[0]]])


def warning(pen: TTGlyphPen) -> None:
    """Draw a triangle with an exclamation mark cut out."""
    polygon(pen, [(360, 690), (690, 60), (30, 60)])
    polygon(pen, [(325, 480), (340, 270), (380, 270), (395, 480)])
    polygon(pen, [(325, 210), (325, 135), (395, 135), (395, 210)])


def shape(*points: Point) -> Callable[[TTGlyphPen], None]:
    """Return a drawing of one polygon."""
    return lambda pen: polygon(pen, list(points))


SIGNS: dict[str, Callable[[TTGlyphPen], None]] = {
    "▲": shape((360, 620), (640, 110), (80, 110)),
    "▼": shape((640, 588), (360, 78), (80, 588)),
    "▶": shape((110, 629), (620, 349), (110, 69)),
    "◀": shape((610, 629), (610, 69), (100, 349)),
    "▸": shape((220, 530), (540, 349), (220, 168)),
    "▾": shape((541, 480), (360, 160), (179, 480)),
    "■": shape((110, 599), (610, 599), (610, 99), (110, 99)),
    "◆": shape((360, 649), (660, 349), (360, 49), (60, 349)),
    "●": lambda pen: disc(pen, 260),
    "○": ring,
    "✗": cross,
    "⚠": warning,
}


def add_signs(font: TTFont) -> None:
    """Add the signs that the original lacks, all of one width."""
    order = font.getGlyphOrder()
    for sign, draw in SIGNS.items():
        name = f"uni{ord(sign):04X}"
        pen = TTGlyphPen(None)
        draw(pen)
        glyph = pen.glyph()
        font["glyf"][name] = glyph
        glyph.recalcBounds(font["glyf"])
        font["hmtx"][name] = (SIGN_WIDTH, glyph.xMin)
        for table in font["cmap"].tables:
            if table.isUnicode():
                table.cmap[ord(sign)] = name
    font.setGlyphOrder(list(dict.fromkeys([*order, *(f"uni{ord(sign):04X}" for sign in SIGNS)])))


def rename(font: TTFont, weight: str) -> None:
    """Give the modified font its own name and keep the original's copyright and license entries."""
    title = TITLES[weight]
    names = font["name"]
    names.names = [name for name in names.names if name.nameID in (0, 8, 9, 13, 14)]
    entries = {
        1: FAMILY if weight != "semibold" else f"{FAMILY} SemiBold",
        2: "Regular" if weight == "semibold" else title,
        3: f"1.0;Groundplan;GroundplanSans-{title}",
        4: f"{FAMILY} {title}",
        5: "Version 1.0; derived from IBM Plex Sans 3.201",
        6: f"GroundplanSans-{title}",
    }
    if weight == "semibold":
        entries |= {16: FAMILY, 17: title}
    for key, text in entries.items():
        names.setName(text, key, 3, 1, 0x409)


def unhint(font: TTFont) -> None:
    """Remove the instructions and tables that belong to hinting, kerning and ligatures."""
    for tag in DROPPED:
        if tag in font:
            del font[tag]
    for name in font.getGlyphOrder():
        font["glyf"][name].removeHinting()


def face_metrics(font: TTFont) -> dict[str, object]:
    """Return advance widths (font units) as {width: characters} and the vertical metrics of one face."""
    cmap, widths = font.getBestCmap(), font["hmtx"]
    groups: dict[int, list[str]] = {}
    for code in sorted(cmap):
        if 0x20 <= code <= 0xFFFF:
            groups.setdefault(widths[cmap[code]][0], []).append(chr(code))
    return {
        "missing": widths[".notdef"][0],
        "widths": {str(width): "".join(text) for width, text in sorted(groups.items())},
    }


def main(source: Path) -> None:
    """Write the three faces, the table of widths and the license into resources/fonts."""
    faces = {}
    for weight, folder in FACES.items():
        font = TTFont(source / folder / f"IBMPlexSans_{folder}.ttf")
        unhint(font)
        add_signs(font)
        rename(font, weight)
        font.save(FONTS / f"GroundplanSans-{TITLES[weight]}.ttf")
        faces[weight] = face_metrics(font)
        head, vertical, outline = font["head"], font["hhea"], font["OS/2"]
    metrics = {
        "family": FAMILY,
        "units_per_em": head.unitsPerEm,
        "ascent": vertical.ascent,
        "descent": -vertical.descent,
        "line_gap": vertical.lineGap,
        "cap_height": outline.sCapHeight,
        "x_height": outline.sxHeight,
        "faces": faces,
    }
    (FONTS / "metrics.json").write_text(json.dumps(metrics, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    shutil.copy(source / "LICENSE_FONT", FONTS / "OFL.txt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
