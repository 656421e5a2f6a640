"""A picture as a bitmap, through the same vectors as the PDF, without a window system."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pypdfium2  # type: ignore[import-untyped]

from exports.painting import frame
from exports.pdf.drawing import picture_pdf
from models.picture import Picture
from models.themes import ThemeName

if TYPE_CHECKING:
    from models.lenses import Legend

LARGEST_SIDE = 16_384


def png_bytes(
    picture: Picture, theme_name: ThemeName = "light", *, scale: float = 2.0, legend: Legend | None = None
) -> bytes:
    """Return the picture as PNG, `scale` px per px of the picture; smaller if a side would exceed `LARGEST_SIDE`.

    Raises:
        ValueError: the scale is not positive.
    """
    if not scale > 0:
        raise ValueError(f"A picture cannot be drawn at scale {scale:g}; give a number above 0, for example 2.")
    _, _, width, height = frame(picture, legend)
    used = min(scale, LARGEST_SIDE / max(width, height))
    document = pypdfium2.PdfDocument(picture_pdf(picture, theme_name, legend=legend))
    data = BytesIO()
    try:
        page = document[0]
        bitmap = page.render(scale=used / 0.75)
        bitmap.to_pil().save(data, "PNG")
        bitmap.close()
        page.close()
    finally:
        document.close()
    return data.getvalue()


def write_png(
    picture: Picture,
    path: Path,
    theme_name: ThemeName = "light",
    *,
    scale: float = 2.0,
    legend: Legend | None = None,
) -> None:
    """Write the picture to a PNG file; see `png_bytes`."""
    path.write_bytes(png_bytes(picture, theme_name, scale=scale, legend=legend))
