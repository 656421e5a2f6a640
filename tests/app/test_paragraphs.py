"""Wrapped texts know their heights by heart, and learn them anew when they change."""

from __future__ import annotations

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QLabel

from app.panels.widgets import label

LONG = "The reranker is the bottleneck: it is busy for 81 % of the time and full in month 14 of the plan. " * 3


def plain(text: str, font: QFont) -> QLabel:
    """Return Qt's own label of the same text and font."""
    found = QLabel(text)
    found.setWordWrap(True)
    found.ensurePolished()  # else a style sheet of the program, if one is in use, would set its font later
    found.setFont(font)
    return found


def test_a_paragraph_is_as_tall_as_qt_says(qtbot) -> None:
    shown = label(LONG, wrap=True)
    qtbot.addWidget(shown)
    shown.ensurePolished()
    other = plain(LONG, shown.font())
    qtbot.addWidget(other)
    for width in (600, 200, 90, 600):
        assert shown.heightForWidth(width) == other.heightForWidth(width)
    assert (shown.sizeHint(), shown.minimumSizeHint()) == (other.sizeHint(), other.minimumSizeHint())


def test_another_text_and_another_font_have_other_heights(qtbot) -> None:
    shown = label(LONG, wrap=True)
    qtbot.addWidget(shown)
    shown.ensurePolished()
    tall, wide = shown.heightForWidth(200), shown.sizeHint()
    shown.setText("Short.")
    assert shown.heightForWidth(200) < tall
    assert shown.sizeHint() != wide
    shown.setText(LONG)
    large = QFont(shown.font())
    large.setPixelSize(40)
    shown.setFont(large)
    other = plain(LONG, large)
    qtbot.addWidget(other)
    assert shown.heightForWidth(200) == other.heightForWidth(200) > tall
    assert shown.minimumSizeHint() == other.minimumSizeHint()


def test_a_style_sheet_with_another_font_has_other_heights(qtbot) -> None:
    shown = label(LONG, "small", wrap=True)
    qtbot.addWidget(shown)
    shown.ensurePolished()
    tall = shown.heightForWidth(200)
    shown.setStyleSheet("QLabel { font-size: 33px; padding: 5px; }")
    shown.ensurePolished()
    assert shown.heightForWidth(200) > tall
