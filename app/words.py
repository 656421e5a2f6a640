"""Words of the window in the user's language, by gettext: English text is the key, `resources/locale` translates it.

`say` translates where a text is shown; numbers in it are written with the signs of the language. `mark` names a text in
a table, so that it is collected for translation; it is said when it is shown. What models write is put into words here
too, by `in_words`.
"""

from __future__ import annotations

import dataclasses
import gettext
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace
from PySide6.QtCore import QLocale

from models.report import Chart, Message
from models.words import Number, Text, sentence_of

if TYPE_CHECKING:
    from models.picture import LensValues

LOCALE_FOLDER = Path(__file__).parents[1] / "resources" / "locale"
DOMAINS = (
    "groundplan",
    "kinds",
    "models",
    "cloud_selection",
    "architecture_patterns",
    "cost_optimization",
    "scaling",
    "files",
)
"""Files of words: the window, the kinds, the models, each framework, importers and storage; the first that knows a text
translates it."""
LANGUAGES = {"en": "English", "de": "Deutsch"}
"""Languages of the window by code, each by its own name; English needs no file."""


class Signs(NamedTuple):
    """How a language writes numbers: the decimal sign, that between thousands, and whether a currency follows."""

    decimal: str
    thousands: str
    currency_follows: bool


class _Words:
    """The translations in use, and the signs of numbers unless they are the English ones."""

    translations: gettext.NullTranslations = gettext.NullTranslations()
    signs: Signs | None = None


def use_language(code: str) -> None:
    """Speak this language from now on; English where a language or a single text is not translated."""
    translations = gettext.NullTranslations()
    for domain in reversed(DOMAINS if code != "en" else ()):
        found = gettext.translation(domain, LOCALE_FOLDER, [code], fallback=True)
        if isinstance(found, gettext.GNUTranslations):
            found.add_fallback(translations)
            translations = found
    _Words.translations = translations
    _Words.signs = signs_of(code)
    _number.cache_clear()


def signs_of(code: str) -> Signs | None:
    """Return how a language writes numbers; None for the English way."""
    locale = QLocale(code)
    decimal, thousands = locale.decimalPoint(), locale.groupSeparator()
    if (decimal, thousands) == (".", ","):
        return None
    return Signs(decimal, thousands, locale.toCurrencyString(1, "$").endswith("$"))


def say(text: str, /, **args: object) -> str:
    """Return a text in the language in use, with `{name}` places filled in from `args`."""
    found = _translated(_Words.translations, text) if text else text
    return found.format(**_spoken(args)) if args else found


@lru_cache(maxsize=2**13)  # eight files would be asked one after the other, of each text of each panel
def _translated(translations: gettext.NullTranslations, text: str) -> str:
    return translations.gettext(text)


def say_many(one: str, other: str, count: float, /, **args: object) -> str:
    """Return the form of a text that fits a count; `{count}` is filled in."""
    found = _Words.translations.ngettext(one, other, 1 if count == 1 else 2)
    return found.format(**_spoken({"count": count, **args}))


def mark(text: str) -> str:
    """Return the text as it is; it is said where it is shown."""
    return text


def in_words(text: Message | str | BaseException) -> str:
    """Return what models say in the language in use: a message, a text, or the sentence of an error.

    Texts and numbers among the values are put into words as well. A plain string is data, as the name of a node, and
    stays.
    """
    if isinstance(text, Number):
        return _number(text) if _Words.signs is not None else text
    if isinstance(text, SENTENCES):
        if type(_Words.translations) is gettext.NullTranslations:
            return str(text)
        if text.other:
            return say_many(text.key, text.other, 1 if text.args.get("count") == 1 else 2, **text.args)
        return say(text.key, **text.args)
    if isinstance(text, BaseException):
        return in_words(sentence_of(text))
    return text


def said(chart: Chart) -> Chart:
    """Return a chart with all its texts in the language in use, for what draws it."""
    series = tuple(
        replace(each, name=in_words(each.name), x=tuple(in_words(x) if isinstance(x, Text) else x for x in each.x))
        for each in chart.series
    )
    x, y = (replace(axis, title=Message(in_words(axis.title))) for axis in (chart.x, chart.y))
    marks = tuple((axis, value, in_words(name)) for axis, value, name in chart.marks)
    return replace(chart, title=Message(in_words(chart.title)), x=x, y=y, series=series, marks=marks)


def said_values(values: LensValues) -> LensValues:
    """Return what a lens puts on the picture with its texts in the language in use; most are numbers and stay."""
    if type(_Words.translations) is gettext.NullTranslations:
        return values
    nodes, flows = (
        {key: (in_words(text), code) for key, (text, code) in marks.items()} for marks in (values.nodes, values.flows)
    )
    return dataclasses.replace(values, nodes=nodes, flows=flows)


def _spoken(args: Mapping[str, object]) -> dict[str, object]:
    """Return the values of a text with the texts and numbers among them in the language in use."""
    spoken: dict[str, object] = {}
    for name, value in args.items():
        if isinstance(value, WORDS):
            spoken[name] = in_words(value)
        elif _Words.signs is None or isinstance(value, bool) or not isinstance(value, float | int):
            spoken[name] = value
        else:
            spoken[name] = _Float(value) if isinstance(value, float) else _Int(value)
    return spoken


SENTENCES = (Text, Message)
WORDS = (*SENTENCES, Number, BaseException)


class _Float(float):
    """A number that a text formats with the signs of the language."""

    def __format__(self, spec: str) -> str:
        """Return the number as the text asks for it."""
        return _number(float(self).__format__(spec))


class _Int(int):
    """A whole number that a text formats with the signs of the language."""

    def __format__(self, spec: str) -> str:
        """Return the number as the text asks for it."""
        return _number(int(self).__format__(spec))


_PERCENT = re.compile(r"(?<=\d)%")
_MONEY = re.compile(r"^([−+±]?)([$€£¥₹]|[A-Z]{3}\u202f)([\d.,–−kMG]+)(.*)$", re.DOTALL)


@lru_cache(maxsize=2**15)  # after an edit most numbers of a panel read as before
def _number(text: str) -> str:
    """Return a number that is written in English with the signs of the language in use."""
    signs = _Words.signs
    if signs is None:
        return text
    text = _PERCENT.sub("\u202f%", text)
    money = _MONEY.match(text) if signs.currency_follows else None
    if money is not None:
        text = f"{money[1]}{money[3]}\u202f{money[2].strip()}{money[4]}"
    return text.translate({ord("."): signs.decimal, ord(","): signs.thousands})


_TYPED = re.compile(r"^\s*[-+−]?\s*[$€£¥₹]?\s*(\d[\d.,]*(?:\s\d{3}(?!\d)[\d.,]*)*|[.,]\d+)")
_GROUP = re.compile("(?<=\\d)\u202f(?=\\d{3}(?!\\d))")


def typed(text: str) -> str:
    """Return what was typed or copied as English writes it: "1,5 Tage" of a German hand is "1.5 days".

    Where the language has a comma for decimals, a point is still taken for one unless it can only part thousands; what
    is no number of the language stays as it is: "1,500.5" was copied from English, and so may its unit be.
    """
    text = _GROUP.sub("", text)
    signs = _Words.signs
    found = _TYPED.match(text) if signs is not None else None
    if signs is None or found is None:
        return text
    number, decimal, thousands = found[1], re.escape(signs.decimal), re.escape(signs.thousands)
    grouped = rf"\d{{1,3}}(?:[{thousands}\s]\d{{3}})+{decimal}\d*|[1-9]\d{{0,2}}(?:{thousands}\d{{3}})+"
    if re.fullmatch(rf"(?:{grouped}|\d*{decimal}\d*)\s*", number):
        number = number.replace(signs.thousands, "").replace(signs.decimal, ".")
    return f"{text[: found.start(1)]}{number}{_unit_in_english(text[found.end(1) :])}"


HAND_UNITS = (
    *(mark("second"), mark("seconds"), mark("minute"), mark("minutes"), mark("hour"), mark("hours"), mark("day")),
    *(mark("days"), mark("week"), mark("weeks"), mark("month"), mark("months"), mark("year"), mark("years")),
    *(mark("thousand"), mark("million"), mark("billion"), mark("mn"), mark("bn"), mark("request"), mark("requests")),
    *(mark("calls"), mark("runs"), mark("documents"), mark("messages"), mark("events"), mark("tokens"), mark("items")),
)
"""Words of units that a hand may write though no field is in them."""


def _unit_in_english(text: str) -> str:
    """Return what stands behind a number with the words of units in English; what is none stays as it is."""
    words = _unit_words(_Words.translations)
    parts = re.split(r"(/|\s+)", text.replace("\u202f", " ").replace("\u00a0", " "))
    start = 0
    while start < len(parts):
        for end in range(len(parts), start, -1):
            english = words.get("".join(parts[start:end]).casefold())
            if english is not None:
                parts[start:end] = [english]
                break
        start += 1
    return "".join(parts)


@lru_cache(maxsize=2)
def _unit_words(translations: gettext.NullTranslations) -> dict[str, str]:
    """Return the English unit by how a language calls it, small letters only: whole ones, and each side of a stroke."""
    from models.design.kinds import units

    found: dict[str, str] = {}
    for unit in (*HAND_UNITS, *units()):
        there = translations.gettext(unit)
        sides = [*zip(there.split("/"), unit.split("/"), strict=False)] if there.count("/") == unit.count("/") else []
        for shown, english in ((there, unit), *sides):
            if shown != english:
                found.setdefault(shown.strip().casefold(), english.strip())
    return found
