"""The minimap follows the theme."""

from __future__ import annotations

from PySide6.QtCore import QPoint

from app.canvas.minimap import Minimap
from app.theme import tint
from models import themes


def test_the_minimap_is_drawn_again_in_another_theme(canvas, qtbot) -> None:
    minimap = Minimap(canvas, canvas)
    minimap.show()
    for name in ("light", "dark"):
        theme = themes.theme(name)
        canvas.set_theme(theme)
        ground = minimap.grab().toImage().pixelColor(QPoint(4, 4))
        assert ground == tint(theme, "card")
