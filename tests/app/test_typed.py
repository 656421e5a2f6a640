"""What a window shows as a quantity can be typed and pasted into the field of that quantity, in every language."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtTest import QTest

from app.panels.form import ParameterField, text_of, value_in
from app.words import LANGUAGES, in_words, say, use_language
from models.design.elements import Brief
from models.design.kinds import Parameter, units
from models.formatting import format_value, money_of
from models.words import Text

EUROS = Brief(params={"currency": "EUR", "units_per_usd": 0.9})
FRANCS = Brief(params={"currency": "CHF", "units_per_usd": 0.8})


@contextmanager
def speaking(language: str) -> Iterator[None]:
    use_language(language)
    try:
        yield
    finally:
        use_language("en")


def quantity(unit: str, kind: str = "number") -> Parameter:
    return Parameter("quantity", Text("Quantity"), Text(""), type=kind, unit=unit)


@pytest.mark.parametrize("language", LANGUAGES)
@given(
    unit=st.sampled_from(("", *units())), value=st.floats(1e-3, 1e11), brief=st.sampled_from((Brief(), EUROS, FRANCS))
)
def test_every_quantity_that_is_shown_is_read_by_its_field(
    language: str, unit: str, value: float, brief: Brief
) -> None:
    value = value / 1e11 if unit == "%" else value
    parameter = quantity(unit)
    with speaking(language), money_of(brief):
        for precise, near in ((False, 6e-2 if unit == "%" else 6e-3), (True, 6e-3 if "USD" in unit else 6e-6)):
            shown = in_words(format_value(value, unit, precise=precise))
            assert value_in(parameter, shown) == pytest.approx(value, rel=near), shown
        with_unit = f"{text_of(parameter, value)} {say(unit)}".strip()
        assert value_in(parameter, with_unit) == pytest.approx(value, rel=1e-9), with_unit


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("16,5 Tage", "h", 396.0),
        ("3,2 Mrd.", "tokens", 3.2e9),
        ("1,5 Mio. Token", "tokens", 1.5e6),
        ("300/Tag", "1/s", 300 / 86_400),
        ("90 Anfragen/Stunde", "1/s", 0.025),
        ("12,5 h/Woche", "h/month", 12.5 * 730 / 168),
        ("4 je Replikat", "per replica", 4.0),
        ("2 weeks", "days", 14.0),
        ("1.000 $/Monat", "USD/month", 1000.0),
    ],
)
def test_units_are_read_in_german_and_in_english(text: str, unit: str, value: float) -> None:
    with speaking("de"):
        assert value_in(quantity(unit), text) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [("0.004 1/day", "1/day", 0.004), ("3m", "ms", 180_000.0), ("70B", "billion", 70.0), ("7 million", "", 7e6)],
)
def test_a_text_never_says_another_number_than_it_reads(text: str, unit: str, value: float) -> None:
    assert value_in(quantity(unit), text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["0,004 1/s", "12,24", "1,2345", "0,5"])
def test_a_comma_that_parts_no_thousands_is_refused_in_english(text: str) -> None:
    with pytest.raises(ValueError, match="decimals with a point"):
        value_in(quantity("1/s"), text)


def test_a_value_of_a_panel_can_be_pasted_into_a_field(qtbot) -> None:
    with speaking("de"):
        field = ParameterField(quantity("h"))
        qtbot.addWidget(field)
        entered: list[object] = []
        field.entered.connect(entered.append)
        field.show_values([(12.5, "confirmed")])
        field.editor.selectAll()
        QGuiApplication.clipboard().setText("16,5\u202fTage")
        QTest.keySequence(field.editor, QKeySequence(QKeySequence.StandardKey.Paste))
        assert entered == [pytest.approx(396.0)]
        assert field._error.isHidden()


def test_a_bound_is_told_as_the_field_shows_it() -> None:
    share = Parameter("share", Text("Share"), Text(""), type="number", unit="%", maximum=1)
    with pytest.raises(ValueError, match="cannot be above 100 %"):
        value_in(share, "150 %")


# -- lists -------------------------------------------------------------------------------------------------------------

HALVES = [0.5, 1.5] * 12


@pytest.mark.parametrize(
    ("language", "separator", "half", "more"),
    [
        ("en", "; ", "0.5", "1.5"),
        ("en", " ", "0.5", "1.5"),
        ("en", ", ", "0.5", "1.5"),
        ("en", "\n", ".5", "1.5"),
        ("de", "; ", "0,5", "1,5"),
        ("de", ";", "0,5", "1,5"),
        ("de", " ", "0,5", "1,5"),
        ("de", ", ", "0,5", "1,5"),
        ("de", "\t", "0.5", "1.5"),
    ],
)
def test_factors_are_parted_by_semicolons_or_blanks(language: str, separator: str, half: str, more: str) -> None:
    with speaking(language):
        assert value_in(quantity("", "factors"), separator.join([half, more] * 12)) == HALVES


@pytest.mark.parametrize("language", LANGUAGES)
@settings(max_examples=20)
@given(
    st.lists(st.floats(0, 1e6), min_size=24, max_size=24),
    st.dictionaries(st.from_regex(r"\A[A-Z][a-z]+( [A-Z][a-z]*)?\Z"), st.floats(0, 1e4), min_size=1),
)
def test_lists_read_back_as_they_are_shown(language: str, factors: list[float], shares: dict[str, float]) -> None:
    with speaking(language):
        for kind, value in (("factors", factors), ("shares", shares)):
            parameter = quantity("", kind)
            read = value_in(parameter, text_of(parameter, value))
            assert read == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize(
    ("language", "text"), [("en", "12,24"), ("en", "1,500"), ("de", "12,24,36"), ("de", "1,500.5")]
)
@pytest.mark.parametrize("kind", ["factors", "shares"])
def test_a_comma_that_may_part_two_numbers_is_refused(language: str, text: str, kind: str) -> None:
    with speaking(language), pytest.raises(ValueError, match="„?“?.*" + text.replace(".", r"\.")):
        value_in(quantity("", kind), text if kind == "factors" else f"DE {text}")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "DE 0.6; FR 0.4"),
        ("en", "DE 0.6, FR 0.4"),
        ("de", "DE 0,6; FR 0,4"),
        ("de", "DE 0,6, FR 0,4"),
        ("de", "DE 60 %; FR: 0,4"),
    ],
)
def test_shares_are_parted_by_semicolons(language: str, text: str) -> None:
    with speaking(language):
        assert value_in(quantity("", "shares"), text) == pytest.approx({"DE": 0.6, "FR": 0.4})


def test_the_help_of_a_list_says_how_to_part_its_numbers(qtbot) -> None:
    with speaking("de"):
        for kind, example in (("factors", "0,5; 1,5"), ("shares", "DE 0,6; FR 0,4")):
            field = ParameterField(quantity("", kind))
            qtbot.addWidget(field)
            assert example in field.editor.toolTip()
            assert example in field.editor.accessibleDescription()
