"""The table of widths against the font files themselves, as paper and screen read them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QFont, QFontDatabase, QFontMetricsF
from reportlab.pdfbase.ttfonts import TTFontFile

from models.typeface import FAMILY, covers, elide, font_file, text_width, text_widths, typeface_metrics

WEIGHTS = ("regular", "semibold", "bold")
LABELS = ("Model serving", "$41,200/mo ▲3 %", "p95 840 ms ▼", "CO₂e ≈ 9.1 t", "AVATAR fi fl Ty", "Größe → 12 €", "")
QT_WEIGHTS = {"regular": QFont.Weight.Normal, "semibold": QFont.Weight.DemiBold, "bold": QFont.Weight.Bold}


@pytest.mark.parametrize("weight", WEIGHTS)
def test_widths_equal_those_of_the_font_file(weight) -> None:
    face = TTFontFile(str(font_file(weight)))
    for code, width in face.charWidths.items():
        if 0x20 <= code < 0xFFFF:
            assert text_width(chr(code), 1000, weight) == pytest.approx(width, abs=1e-6), hex(code)


@pytest.mark.parametrize("weight", WEIGHTS)
def test_widths_equal_those_of_qt(qapp, weight) -> None:
    assert QFontDatabase.addApplicationFont(str(font_file(weight))) >= 0
    font = QFont(FAMILY)
    font.setWeight(QT_WEIGHTS[weight])
    font.setPixelSize(100)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    metrics = QFontMetricsF(font)
    for label in LABELS:
        assert metrics.horizontalAdvance(label) == pytest.approx(text_width(label, 100, weight), abs=0.05 * len(label))


@pytest.mark.parametrize("weight", WEIGHTS)
def test_all_digits_have_one_width(weight) -> None:
    assert len({text_width(digit, 10, weight) for digit in "0123456789"}) == 1


def test_signs_of_the_interface_are_covered() -> None:
    assert covers("→←↑↓▲▼●○✓✗⚠×·–—−≥≤≈₂€£µμλρ…▸▾◆■ÄÖÜßéñ")
    assert not covers("模型")


def test_characters_of_other_fonts_get_room() -> None:
    assert text_width("模型", 10) == 20
    assert text_width("e\u0301", 10) == text_width("e", 10)
    assert text_width("a\n", 10) == text_width("a", 10)


def test_many_labels_equal_single_ones() -> None:
    assert text_widths(LABELS, 13, "bold") == pytest.approx(
        np.array([text_width(label, 13, "bold") for label in LABELS])
    )
    assert text_widths([], 13).shape == (0,)


@given(st.text(max_size=40), st.floats(0, 400), st.sampled_from(WEIGHTS))
def test_elided_text_fits_and_is_longest(text: str, max_width: float, weight) -> None:
    shown = elide(text, 12, max_width, weight)
    assert text_width(shown, 12, weight) <= max_width + 1e-6
    if shown != text and shown:
        kept = shown.removesuffix("…")
        assert text.startswith(kept)
        rest = text[len(kept) :]
        word = rest[: len(rest) - len(rest.lstrip()) + 1]
        assert text_width(kept + word + "…", 12, weight) > max_width or not rest.strip()


def test_elide_keeps_what_fits_and_drops_what_cannot() -> None:
    assert elide("Reranker", 12, 200) == "Reranker"
    assert elide("Model serving on accelerators", 12, 90) == "Model serving…"
    assert elide("Reranker", 12, 2) == ""


def test_vertical_metrics() -> None:
    metrics = typeface_metrics()
    assert metrics.line_height == pytest.approx(metrics.ascent + metrics.descent)
    assert 0 < metrics.x_height < metrics.cap_height < metrics.ascent
