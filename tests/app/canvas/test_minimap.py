"""The minimap follows the theme and the places of the drawing."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QPoint, QRectF, QSizeF

from app.canvas.camera import Camera
from app.canvas.minimap import Minimap
from app.theme import tint
from models import themes
from models.design.elements import Position, position_id


def test_the_minimap_is_drawn_again_in_another_theme(canvas, qtbot) -> None:
    minimap = Minimap(canvas, canvas)
    minimap.show()
    for name in ("light", "dark"):
        theme = themes.theme(name)
        canvas.set_theme(theme)
        ground = minimap.grab().toImage().pixelColor(QPoint(4, 4))
        assert ground == tint(theme, "card")


def test_the_minimap_shows_what_moves_and_does_not_draw_what_it_cannot_show(canvas, session, qtbot) -> None:
    minimap = Minimap(canvas, canvas)
    minimap.show()
    before = minimap.grab().toImage()
    drawn = minimap._drawn
    node = session.design.node("web")
    session.change([("web", msgspec.structs.replace(node, name="Renamed"))], "Rename")
    assert minimap.grab().toImage() == before
    assert minimap._drawn is drawn
    session.change([(position_id("services", "web"), Position(x=40.0, y=460.0))], "Move")
    assert minimap.grab().toImage() != before


def test_fitting_leaves_the_room_of_what_floats_at_the_bottom() -> None:
    wide, tall = QRectF(0, 0, 1200, 500), QRectF(0, 0, 400, 900)
    camera = Camera.fitting(wide, QSizeF(1264, 700), foot=104.0)
    assert camera.rect_to_view(wide).bottom() == 700 - 104
    assert camera.rect_to_view(wide).top() == 96
    little = Camera.fitting(wide, QSizeF(1264, 600), foot=104.0)
    assert little.rect_to_view(wide).top() == 32, "what is above stays in sight"
    whole = Camera.fitting(tall, QSizeF(1264, 700), foot=104.0)
    assert whole == Camera.fitting(tall, QSizeF(1264, 700)), "no drawing is made smaller for it"
