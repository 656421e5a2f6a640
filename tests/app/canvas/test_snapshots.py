"""Image snapshots of the painter, tolerant of antialiasing: coarse brightness of the picture against a kept one."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage

from app.canvas.tools.collapse import toggle_collapse
from app.canvas.tools.pin import toggle_pin
from models import themes
from models.picture import LensValues
from tests.app.canvas.test_painting import pixels, shown

FOLDER = Path(__file__).with_name("snapshots")
TILE = 8
FAR = 40
"""Tiles whose mean differs by more, of 255, count as different; antialiasing moves a tile by less than half of it."""


def tiles(image: np.ndarray) -> np.ndarray:
    """The mean color of each tile, shape (rows, columns, 3)."""
    height, width = (size // TILE * TILE for size in image.shape[:2])
    cut = image[:height, :width].astype(np.float64)
    return cut.reshape(height // TILE, TILE, width // TILE, TILE, 3).mean(axis=(1, 3))


def check(name: str, image: np.ndarray) -> None:
    path = FOLDER / f"{name}.png"
    found = tiles(image)
    assert path.exists(), f"There is no snapshot {path.name}."
    kept = tiles(pixels(QImage(str(path))))
    assert kept.shape == found.shape
    far = np.abs(kept - found).max(axis=2) > FAR
    assert far.mean() < 0.002, f"{int(far.sum())} tiles of {name} differ from the snapshot."


def scenes(canvas, session) -> None:
    session.select({"left"})
    toggle_collapse(canvas)
    session.select({"stock"})
    toggle_pin(canvas)
    session.select(())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_drawing_looks_as_it_did(canvas, theme: str) -> None:
    canvas.set_theme(themes.theme(theme))
    canvas.set_lens_values(LensValues({"web": ("93 %", 7), "stock": ("12 %", 1)}, {"f2": ("8 /s", 255)}))
    check(f"drawing-{theme}", shown(canvas))


def test_collapsed_and_pinned_look_as_they_did(canvas, session) -> None:
    scenes(canvas, session)
    check("collapsed", shown(canvas))


def test_a_missing_card_is_noticed(canvas, session) -> None:
    canvas.set_lens_values(LensValues({"web": ("93 %", 7), "stock": ("12 %", 1)}, {"f2": ("8 /s", 255)}))
    session.change([("f1", None), ("f2", None), ("f3", None)], "Remove flows")
    session.change([("pos/services/stock", None), ("stock", None)], "Remove")
    with pytest.raises(AssertionError, match="differ"):
        check("drawing-light", shown(canvas))
