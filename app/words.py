"""Words of the window in the user's language, by gettext: English text is the key, `resources/locale` translates it.

`say` translates where a text is shown. `mark` names a text in a table, so that it is collected for translation; it is
said when it is shown. What models write is put into words here too, by `in_words`.
"""

from __future__ import annotations

import dataclasses
import gettext
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from models.report import Chart, Message
from models.words import Text, sentence_of

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


class _Words:
    """The translations in use."""

    translations: gettext.NullTranslations = gettext.NullTranslations()


def use_language(code: str) -> None:
    """Speak this language from now on; English where a language or a single text is not translated."""
    translations = gettext.NullTranslations()
    for domain in reversed(DOMAINS if code != "en" else ()):
        found = gettext.translation(domain, LOCALE_FOLDER, [code], fallback=True)
        if isinstance(found, gettext.GNUTranslations):
            found.add_fallback(translations)
            translations = found
    _Words.translations = translations


def say(text: str, /, **args: object) -> str:
    """Return a text in the language in use, with `{name}` places filled in from `args`."""
    found = _Words.translations.gettext(text) if text else text
    return found.format(**_spoken(args)) if args else found


def say_many(one: str, other: str, count: float, /, **args: object) -> str:
    """Return the form of a text that fits a count; `{count}` is filled in."""
    found = _Words.translations.ngettext(one, other, 1 if count == 1 else 2)
    return found.format(**_spoken({"count": count, **args}))


def mark(text: str) -> str:
    """Return the text as it is; it is said where it is shown."""
    return text


def in_words(text: Message | str | BaseException) -> str:
    """Return what models say in the language in use: a message, a text, or the sentence of an error.

    Texts among the values are put into words as well. A plain string is data, as the name of a node, and stays.
    """
    if isinstance(text, Text | Message):
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
    """Return the values of a text with the texts among them in the language in use."""
    return {name: in_words(value) if isinstance(value, WORDS) else value for name, value in args.items()}


WORDS = (Text, Message, BaseException)
