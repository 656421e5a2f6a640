"""Icons of vendors that the user imported, in place of the bundled ones; kept as SVG files in the data folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import platformdirs
from PySide6.QtCore import QByteArray, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtSvg import QSvgRenderer

from exports.whole import write_whole
from models.design.kinds import kinds
from models.icon_packs import LARGEST_ICON, IconPack, PackError, clean_svg
from models.icons import icon_for

Draw = Callable[[QPainter, QRectF], None]


def icon_folder() -> Path:
    """Return the folder of imported icons: one SVG per node kind."""
    return Path(platformdirs.user_data_dir("groundplan", appauthor=False)) / "icons"


def keep_pack(pack: IconPack, folder: Path) -> int:
    """Keep the icons of a pack that Qt can draw; returns how many.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for kind, data in pack.icons.items():
        if QSvgRenderer(QByteArray(data)).isValid():
            write_whole(folder / f"{kind}.svg", data)
            count += 1
    return count


def forget_packs(folder: Path) -> None:
    """Go back to the bundled icons."""
    for path in folder.glob("*.svg"):
        path.unlink()


def load_icons(folder: Path) -> dict[str, Draw]:
    """Return how to draw each imported icon, by the name of the bundled icon it stands for."""
    found: dict[str, Draw] = {}
    for path in sorted(folder.glob("*.svg")):
        if path.stem not in kinds().nodes or path.stat().st_size > LARGEST_ICON:
            continue
        try:
            renderer = QSvgRenderer(QByteArray(clean_svg(path.read_bytes())))
        except (PackError, OSError):
            continue
        if renderer.isValid():
            found[icon_for("kinds", path.stem)] = _drawing(renderer)
    return found


def _drawing(renderer: QSvgRenderer) -> Draw:
    def draw(painter: QPainter, box: QRectF) -> None:
        size = renderer.defaultSize()
        scale = min(box.width() / max(1, size.width()), box.height() / max(1, size.height()))
        width, height = size.width() * scale, size.height() * scale
        middle = box.center()
        renderer.render(painter, QRectF(middle.x() - width / 2, middle.y() - height / 2, width, height))

    return draw
