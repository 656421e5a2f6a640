"""Short ways to write drawings of draw.io for the tests of its importer."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from models.design.ids import seeded_ids
from models.importers import Imported, import_files

CARD_STYLE = "rounded=1;whiteSpace=wrap;html=1;"


def shape(
    key: str,
    label: str,
    place: tuple[float, float, float, float],
    style: str = CARD_STYLE,
    parent: str = "1",
) -> str:
    """Return the cell of a shape at x, y, width, height."""
    x, y, width, height = place
    return (
        f'<mxCell id="{key}" value={quoteattr(label)} style="{style}" vertex="1" parent="{parent}">'
        f'<mxGeometry x="{x}" y="{y}" width="{width}" height="{height}" as="geometry"/></mxCell>'
    )


def line(key: str, source: str, target: str, label: str = "", style: str = "html=1;", points: str = "") -> str:
    """Return the cell of a line; `points` are further tags of its geometry."""
    ends = "".join(f' {name}="{end}"' for name, end in (("source", source), ("target", target)) if end)
    return (
        f'<mxCell id="{key}" value={quoteattr(label)} style="{style}" edge="1" parent="1"{ends}>'
        f'<mxGeometry relative="1" as="geometry">{points}</mxGeometry></mxCell>'
    )


TWO = (shape("a", "Shop", (0, 0, 120, 60)), shape("b", "Bank", (400, 0, 120, 60)))
"""Two shapes with room between them."""


def model(cells: Sequence[str]) -> str:
    """Return the mxGraphModel of cells."""
    return f'<mxGraphModel><root><mxCell id="0"/><mxCell id="1" parent="0"/>{"".join(cells)}</root></mxGraphModel>'


def drawing(*cells: str, name: str = "Page-1") -> str:
    """Return a file of one page that is not packed."""
    return f'<mxfile host="test"><diagram id="d" name="{name}">{model(cells)}</diagram></mxfile>'


def packed(text: str) -> str:
    """Return the XML of a page as draw.io packs it: percent encoding, raw deflate, base64."""
    squeezed = zlib.compressobj(9, zlib.DEFLATED, -15)
    return base64.b64encode(squeezed.compress(quote(text, safe="").encode()) + squeezed.flush()).decode()


def import_drawing(folder: Path, text: str, name: str = "drawing.drawio") -> Imported:
    """Write a drawing to a file of the folder and import it."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return import_files([path], seeded_ids(1))
