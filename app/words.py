"""Words of the window in the user's language, by gettext: English text is the key, `resources/locale` translates it.

`say` translates where a text is shown. `mark` names a text in a table, so that it is collected for translation; it is
said when it is shown. What models write is put into words here too, by `in_words`.
"""

from __future__ import annotations

import gettext
from pathlib import Path

from models.report import Message

LOCALE_FOLDER = Path(__file__).parents[1] / "resources" / "locale"
DOMAIN = "groundplan"
LANGUAGES = {"en": "English", "de": "Deutsch"}
"""Languages of the window by code, each by its own name; English needs no file."""


class _Words:
    """The translations in use."""

    translations: gettext.NullTranslations = gettext.NullTranslations()


def use_language(code: str) -> None:
    """Speak this language from now on; English where a language or a single text is not translated."""
    _Words.translations = gettext.translation(DOMAIN, LOCALE_FOLDER, [code], fallback=True)


def say(text: str, /, **args: object) -> str:
    """Return a text in the language in use, with `{name}` places filled in from `args`."""
    found = _Words.translations.gettext(text) if text else text
    return found.format(**args) if args else found


def say_many(one: str, other: str, count: int, /, **args: object) -> str:
    """Return the form of a text that fits a count; `{count}` is filled in."""
    return _Words.translations.ngettext(one, other, count).format(count=count, **args)


def mark(text: str) -> str:
    """Return the text as it is; it is said where it is shown."""
    return text


def in_words(message: Message | str) -> str:
    """Return a sentence of the models in the language in use."""
    return say(message.key, **message.args) if isinstance(message, Message) else say(message)
